/*
 * swap.c: what happens when memory is short.
 *
 * In order: pages of programs that don't run; then, in turns, pages of
 * programs that do and pages of processes, those not used since the last
 * turn (a clock, over all segments there ever were).  The latter need a swap
 * file, which must be a kernel-linked server's: a user process on that path
 * could itself be waiting for memory.
 *
 * A page on its way out stays in its slot, marked SlotOut, and in no address
 * space.  If somebody wants it before it is written, the slot becomes an
 * ordinary one again and what was written is forgotten.
 *
 * A page that relatives by fork share goes from all of them, to one block: a
 * swap block is counted.  For while one of them holds it, nothing is gained.
 *
 * Locks: making (one process at a time makes room; held while swap is
 * written, never while anything else is waited for), then Segment.lk, then
 * swap.lk.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "segment.h"

enum {
	Batch = 16,		/* pages made free at a time */
	Rounds = 3,		/* over everything, before there is nothing more to do */
	Patience = 50,		/* times to wait for others to free something */
	Nap = 10*1000*1000,	/* ns */
	Refmax = 255,
};
#define Noblock (~0UL)

static struct {
	Lock lk;
	Chan *c;
	uchar *ref;		/* slots that refer to each block */
	u64int n, nfree;
	u64int hint;
} swap;
static QLock making;
static Rendez pagerwait;
static int haspager;
static Segment *hand;		/* next to look at */

static u64int swapalloc(void)
{
	u64int i, b;

	b = Noblock;
	lock(&swap.lk);
	if(swap.nfree > 0)
		for(i = 0; i < swap.n; i++){
			if(swap.ref[swap.hint] == 0){
				b = swap.hint;
				swap.ref[b] = 1;
				swap.nfree--;
				break;
			}
			if(++swap.hint == swap.n)
				swap.hint = 0;
		}
	unlock(&swap.lk);
	return b;
}

u64int swapavail(void)
{
	return swap.nfree;
}

int swapdup(u64int b)
{
	int r;

	r = -1;
	lock(&swap.lk);
	if(swap.ref[b] < Refmax){
		swap.ref[b]++;
		r = 0;
	}
	unlock(&swap.lk);
	return r;
}

void swapfree(u64int b)
{
	lock(&swap.lk);
	if(swap.ref[b] == 0)
		panic("swapfree: block %lud is free", b);
	if(--swap.ref[b] == 0)
		swap.nfree++;
	unlock(&swap.lk);
}

static int swapio(u64int b, u64int pa, int write)
{
	long n, r;

	for(n = 0; n < PGSZ; n += r){
		if(write)
			r = chanwrite(swap.c, (uchar*)kaddr(pa)+n, PGSZ-n, (b<<PGSHIFT)+n);
		else
			r = chanread(swap.c, (uchar*)kaddr(pa)+n, PGSZ-n, (b<<PGSHIFT)+n);
		if(r < 0)
			return -1;
		if(r == 0)
			return seterr("swap file is too short");
	}
	return 0;
}

int swapread(u64int b, u64int pa)
{
	int r, i;

	for(i = 0; ; i++){
		up->killonly++;
		r = swapio(b, pa, 0);
		up->killonly--;
		if(r == 0 || i == Patience || strcmp(geterr(), Enomem) != 0 || memnap() < 0)
			return r;
	}
}

static int swapwrite(u64int b, u64int pa)
{
	int r;

	up->killonly++;
	r = swapio(b, pa, 1);
	up->killonly--;
	return r;
}

/* may pages of s go; s is locked */
static int mayswap(Segment *s)
{
	Seglink *l;

	if(segistext(s) || s->type == SegPhys || s->attr & SegNoswap)
		return 0;
	/* a program that exec is still building has no process yet */
	if(s->type != SegShared && s->links == nil)
		return 0;
	for(l = s->links; l != nil; l = l->next)
		if(l->p->noswap)
			return 0;
	return 1;
}

static int unused(Segment *s, uintptr va)
{
	Seglink *l;
	Mmu *m;
	int used;

	used = 0;
	for(l = s->links; l != nil; l = l->next)
		if((m = linkmmu(l)) != nil && mmuused(m, va, 1))
			used = 1;
	return !used;
}

/* may the page of slot i of s go: it is s's alone, or only relatives by fork share it */
static int isvictim(Segment *s, u64int i)
{
	u64int v, pa;
	uintptr va;

	v = *ptabget(&s->tab, i);
	if((v & SlotState) != SlotPage)
		return 0;
	va = slotva(s, i);
	pa = slotpa(v);
	if(pageref(pa) > 1 && (pageof(pa)->kind != KindUser || pagepinned(pa)
	|| (s->image != nil && va - s->base < s->flen)))	/* which the image may share */
		return 0;
	return unused(s, va);
}

/* a slot of s whose page is to go, from s->hand on, NoSlot when s is through; s is locked */
static u64int victim(Segment *s)
{
	u64int i;

	for(i = ptabnext(&s->tab, s->hand); i != NoSlot; i = ptabnext(&s->tab, i+1))
		if(isvictim(s, i))
			break;
	s->hand = i == NoSlot? 0: i+1;
	return i;
}

/* the page pa, written to block b, goes from va of t if it is there */
static void relativeout(Segment *t, uintptr va, u64int pa, u64int b)
{
	u64int *v;

	qlock(&t->lk);
	v = va - t->base < t->top - t->base? ptabget(&t->tab, segslot(t, va)): nil;
	if(v != nil && *v == (pa|SlotPage) && mayswap(t) && !pagepinned(pa) && swapdup(b) == 0){
		segunmap(t, va, va+PGSZ, nil);
		*v = b<<PGSHIFT | SlotSwap;
		pagefree(pa);
	}
	qunlock(&t->lk);
}

/* likewise from all but s, until two references are left: of s, and of who writes it out */
static void relativesout(Segment *s, uintptr va, u64int pa, u64int b)
{
	Segment *t;

	for(t = segall; t != nil && pageref(pa) > 2; t = t->all)
		if(t != s && segtryref(t)){
			relativeout(t, va, pa, b);
			segput(t);
		}
}

/*
 * Write out slot i of s, which is locked, and unlocked meanwhile.  1: it is
 * gone, -1: it can't be written.  While the page has our reference, relatives
 * that write get a copy of it.
 */
static int pageout(Segment *s, u64int i)
{
	u64int *v, b, pa;
	uintptr va;
	int r, gone;

	b = swapalloc();
	if(b == Noblock)
		return -1;
	v = ptabget(&s->tab, i);
	pa = slotpa(*v);
	va = slotva(s, i);
	segunmap(s, va, va+PGSZ, nil);
	*v = pa|SlotOut;
	pageincref(pa);
	qunlock(&s->lk);
	r = swapwrite(b, pa);
	if(r == 0)
		relativesout(s, va, pa, b);
	qlock(&s->lk);
	gone = 0;
	v = ptabget(&s->tab, i);
	if(v != nil && *v == (pa|SlotOut)){
		if(r == 0){
			*v = b<<PGSHIFT | SlotSwap;
			pagefree(pa);
			gone = 1;
		}else
			*v = pa|SlotPage;
	}
	if(!gone)
		swapfree(b);
	pagefree(pa);
	return r < 0? -1: gone;
}

/* pages of s written out; *full when nothing more can be */
static u64int segout(Segment *s, u64int want, int *full)
{
	u64int n, i;
	int r;

	n = 0;
	qlock(&s->lk);
	while(n < want && !*full && mayswap(s)){
		i = victim(s);
		if(i == NoSlot)
			break;
		r = pageout(s, i);
		if(r < 0)
			*full = 1;
		else
			n += r;
	}
	qunlock(&s->lk);
	return n;
}

/* once over all segments, or until want pages are written out */
static u64int swapout(u64int want)
{
	Segment *first;
	u64int n;
	int full;

	if(swap.c == nil || segall == nil)
		return 0;
	n = 0;
	full = 0;
	if(hand == nil)
		hand = segall;
	first = hand;
	do{
		if(segtryref(hand)){
			n += segout(hand, want-n, &full);
			segput(hand);
			if(n >= want)
				break;
		}
		hand = hand->all != nil? hand->all: segall;
	}while(hand != first && !full);
	return n;
}

/* pages made free; making is held */
static u64int makeroom(u64int want)
{
	u64int n;
	int i;

	n = imagereclaim(want);
	for(i = 0; i < Rounds && n < want; i++){
		n += imagetrim(want-n);
		if(n < want)
			n += swapout(want-n);
	}
	return n;
}

static int hasroom(void *arg)
{
	USED(arg);
	return pageavail();
}

int memwait(void)
{
	Rendez r;
	int i, n;

	memset(&r, 0, sizeof r);
	for(i = 0; i < Patience; i++){
		qlock(&making);
		n = pageavail() || makeroom(Batch) > 0;
		qunlock(&making);
		if(n)
			return 0;
		up->killonly++;
		n = tsleep(&r, hasroom, nil, Nap);
		up->killonly--;
		if(n < 0)
			return -1;
	}
	return seterr("not enough memory");
}

int memnap(void)
{
	Rendez r;
	int n;

	memset(&r, 0, sizeof r);
	qlock(&making);
	makeroom(Batch);
	qunlock(&making);
	up->killonly++;
	n = tsleep(&r, returnfalse, nil, Nap);
	up->killonly--;
	return n < 0? -1: 0;
}

/* the pager */

static int isshort(void *arg)
{
	USED(arg);
	return pageslow();
}

static void pager(void *arg)
{
	Rendez nap;
	u64int n;

	USED(arg);
	memset(&nap, 0, sizeof nap);
	for(;;){
		sleepu(&pagerwait, isshort, nil);
		qlock(&making);
		n = makeroom(Batch);
		qunlock(&making);
		if(n == 0 && tsleep(&nap, returnfalse, nil, 10*Nap) < 0)
			yield();
	}
}

void pagerkick(void)
{
	if(haspager)
		wakeup(&pagerwait);
}

int swapon(Chan *c)
{
	vlong len;
	uchar *ref;
	int busy;

	if(c->fid == nil)
		return seterr("swap file must be a kernel server's");
	if(c->qid.type & QTDIR || c->mode != ORDWR)
		return seterr("swap file must be open for reading and writing");
	len = chanlength(c);
	if(len < 0)
		return -1;
	len /= PGSZ;
	if(len == 0 || len >= 1LL<<32)
		return seterr("swap file has no useful size");
	ref = mallocz(len, 1);
	if(ref == nil)
		return -1;
	lock(&swap.lk);
	busy = swap.c != nil;
	if(!busy){
		chanincref(c);
		swap.ref = ref;
		swap.n = swap.nfree = len;
		swap.c = c;
	}
	unlock(&swap.lk);
	if(busy){
		free(ref);
		return seterr("swap file is already in use");
	}
	if(kproc("pager", pager, nil) != nil)
		haspager = 1;
	memtotal(0, len);
	return 0;
}

int swapstat(char *buf, int n)
{
	Memstat m;
	char *p, *e;

	memstat(&m);
	p = buf;
	e = buf+n;
	p = seprint(p, e, "%llud memory\n", (uvlong)m.total*PGSZ);
	p = seprint(p, e, "%d pagesize\n", PGSZ);
	p = seprint(p, e, "%llud kernel\n", (uvlong)m.kernel);
	p = seprint(p, e, "%llud/%llud user\n", (uvlong)m.user, (uvlong)(m.user+m.free));
	p = seprint(p, e, "%llud/%llud swap\n", (uvlong)(m.swaptotal-m.swapfree), (uvlong)m.swaptotal);
	p = seprint(p, e, "%llud/%llud reserved\n", (uvlong)m.reserved, (uvlong)(m.total+m.swaptotal));
	return p-buf;
}
