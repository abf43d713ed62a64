/*
 * segment.c: segments, and the address spaces made of them.
 *
 * What a segment's pages are:
 *	Text	the image's own pages, read only; nothing is kept per segment,
 *		unless a debugger wrote to it (SegPriv): then like Data
 *	Data Bss Stack	slots with pages of their own, or shared copy-on-write
 *		with images and with relatives by fork: a page that somebody
 *		else refers to is mapped read only.  The rest is zeros
 *	Shared	slots, but fork shares the segment
 *	Phys	device memory
 *
 * A segment knows all address spaces it is mapped in (links), so that a page
 * can be taken out of all of them.  What a slot holds is mapped, or not, in
 * each of them; a mapping without a slot exists only for Text and Phys.
 *
 * Stacks have a declared limit, StackMax, but reserve only as many pages as
 * are in use, in steps of StackStep: a process whose stack grows beyond what
 * can be had gets a note, as when it passes the limit.
 *
 * Locks: Proc.seglock, then Segment.lk (both sleep), then pool.lk.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "tos.h"
#include "segment.h"

enum {
	Chunk = 8,	/* segments allocated at a time */
	Redzone = 128,	/* bytes below the stack pointer that count */
};

char *segtypename[] = {
	[SegText] = "Text", [SegData] = "Data", [SegBss] = "Bss",
	[SegStack] = "Stack", [SegShared] = "Shared", [SegPhys] = "Phys",
};
Segment *segall;
static struct {
	Lock lk;
	Segment *free;
} pool;

static int poolgrow(void)
{
	Segment *s;
	int i;

	s = mallocz(Chunk*sizeof *s, 1);
	if(s == nil)
		return -1;
	lock(&pool.lk);
	for(i = 0; i < Chunk; i++){
		s[i].next = pool.free;
		pool.free = &s[i];
		s[i].all = segall;
		__atomic_store_n(&segall, &s[i], __ATOMIC_RELEASE);
	}
	unlock(&pool.lk);
	return 0;
}

Segment *segnew(int type, u32int attr, uintptr base, uintptr top)
{
	Segment *s;

	for(;;){
		lock(&pool.lk);
		s = pool.free;
		if(s != nil)
			pool.free = s->next;
		unlock(&pool.lk);
		if(s != nil)
			break;
		if(poolgrow() < 0)
			return nil;
	}
	/* lk, wait and gen may be in use by who has a stale pointer */
	s->type = type;
	s->attr = attr;
	s->base = base;
	s->top = top;
	s->resv = 0;
	ptabinit(&s->tab);
	s->image = nil;
	s->fstart = s->flen = 0;
	s->pa = 0;
	s->links = nil;
	s->nlink = 0;
	s->hand = 0;
	s->lastnew = 0;
	s->imgnext = nil;
	s->name[0] = 0;
	__atomic_store_n(&s->ref, 1, __ATOMIC_SEQ_CST);
	return s;
}

int segtryref(Segment *s)
{
	long n;

	n = __atomic_load_n(&s->ref, __ATOMIC_SEQ_CST);
	while(n > 0)
		if(__atomic_compare_exchange_n(&s->ref, &n, n+1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return 1;
	return 0;
}

/* what a slot that is to be empty holds; a busy one's block is its reader's to free */
static void slotfree(u64int v)
{
	switch(v & SlotState){
	case SlotPage:
	case SlotOut:
		pagefree(slotpa(v));
		break;
	case SlotSwap:
		swapfree(v >> PGSHIFT);
		break;
	}
}

static void slotsfree(Ptab *t)
{
	u64int used;
	Leaf *l;
	u32int i;

	for(i = 0; t->nused > 0 && i < t->ndir; i++){
		l = t->dir[i];
		if(l == nil)
			continue;
		for(used = l->used; used != 0; used &= used-1)
			slotfree(l->slot[__builtin_ctzl(used)]);
	}
	ptabfree(t);
}

void segput(Segment *s)
{
	if(decref(&s->ref) > 0)
		return;
	if(segistext(s))
		imageuntext(s);
	slotsfree(&s->tab);
	if(s->image != nil)
		imageput(s->image);
	s->image = nil;
	memunreserve(s->resv);
	s->resv = 0;
	lock(&pool.lk);
	s->next = pool.free;
	pool.free = s;
	unlock(&pool.lk);
}

/* with the tables, the kernel's and the processor's, that n pages may need */
u64int segcost(u64int n)
{
	return n == 0? 0: n + n/256 + 3;
}

int segreserve(Segment *s, u64int npages)
{
	u64int want;

	want = segcost(npages);
	if(want > s->resv){
		if(memreserve(want - s->resv) < 0)
			return -1;
	}else
		memunreserve(s->resv - want);
	s->resv = want;
	return 0;
}

/* links */

/* page tables of private segments are in segcost */
u64int seglinkcost(Segment *s)
{
	if(s->type != SegShared && s->type != SegPhys)
		return 0;
	return (s->top - s->base) >> (PGSHIFT+9);
}

/* how a process may use s */
static int protof(Segment *s, u32int attr)
{
	int prot;

	prot = MMUREAD;
	if(s->type != SegText && !((s->attr | attr) & SegRO))
		prot |= MMUWRITE;
	if(s->attr & SegExec)
		prot |= MMUEXEC;
	if(s->attr & SegUncached)
		prot |= MMUUNCACHED;
	if(s->attr & SegWC)
		prot |= MMUWC;
	return prot;
}

void seglinkin(Proc *p, int i, Segment *s, u32int attr)
{
	Seglink *l;

	l = &p->seglink[i];
	l->p = p;
	l->attr = attr;
	l->prot = protof(s, attr);
	l->resv = seglinkcost(s);
	qlock(&s->lk);
	l->prev = &s->links;
	l->next = s->links;
	if(l->next != nil)
		l->next->prev = &l->next;
	s->links = l;
	s->nlink++;
	p->seg[i] = s;
	qunlock(&s->lk);
}

Segment *segunlink(Proc *p, int i)
{
	Seglink *l;
	Segment *s;

	s = p->seg[i];
	l = &p->seglink[i];
	qlock(&s->lk);
	*l->prev = l->next;
	if(l->next != nil)
		l->next->prev = l->prev;
	s->nlink--;
	p->seg[i] = nil;
	qunlock(&s->lk);
	if(l->resv > 0)
		memunreserve(l->resv);
	l->resv = 0;
	return s;
}

Mmu *linkmmu(Seglink *l)
{
	return __atomic_load_n(&l->p->mmu, __ATOMIC_ACQUIRE);
}

int segindex(Proc *p, uintptr va)
{
	Segment *s;
	int i;

	for(i = 0; i < NSEG; i++){
		s = p->seg[i];
		if(s != nil && va - s->base < s->top - s->base)
			return i;
	}
	return -1;
}

Segment *seglock(uintptr va)
{
	Segment *s;
	Proc *p;
	int i;

	p = up;
	for(;;){
		i = p->lastseg;
		s = p->seg[i];
		if(s == nil || va - s->base >= s->top - s->base){
			i = segindex(p, va);
			if(i < 0)
				return seterrp("bad address");
			s = p->seg[i];
			if(s == nil)
				continue;
			p->lastseg = i;
		}
		qlock(&s->lk);
		if(p->seg[i] == s && va >= s->base && va < s->top)
			return s;
		qunlock(&s->lk);
	}
}

Segment *segref(Proc *p, uintptr va)
{
	Segment *s;
	int i;

	qlock(&p->seglock);
	i = segindex(p, va);
	s = i < 0? nil: p->seg[i];
	if(s != nil)
		incref(&s->ref);
	qunlock(&p->seglock);
	return s != nil? s: seterrp("bad address");
}

int segoverlap(Proc *p, uintptr base, uintptr top, Segment *but)
{
	Segment *s;
	int i;

	for(i = 0; i < NSEG; i++){
		s = p->seg[i];
		if(s != nil && s != but && base < s->top && s->base < top)
			return 1;
	}
	return 0;
}

void segunmap(Segment *s, uintptr va, uintptr end, Proc *but)
{
	Seglink *l;
	Mmu *m;

	for(l = s->links; l != nil; l = l->next)
		if(l->p != but && (m = linkmmu(l)) != nil)
			mmuunmap(m, va, end);
}

void segdrop(Segment *s, uintptr va, uintptr end)
{
	u64int i, last, v;

	if(va >= end)
		return;
	segunmap(s, va, end, nil);
	i = segslot(s, s->type == SegStack? end-PGSZ: va);
	last = segslot(s, s->type == SegStack? va: end-PGSZ);
	for(i = ptabnext(&s->tab, i); i != NoSlot && i <= last; i = ptabnext(&s->tab, i+1)){
		v = *ptabget(&s->tab, i);
		ptabdel(&s->tab, i);
		slotfree(v);
	}
}

/* fork */

typedef struct Forking Forking;
struct Forking {
	Segment *from, *to;
	uintptr lo, hi;		/* the parent's pages here are shared now: to be protected */
	uintptr sp, tos;	/* stack: pages copied at once; below sp nothing counts */
	u32int pid;		/* of the child, for its Tos */
};

enum { Forkdone, Forknomem, Forkread };	/* of a slot; Forkread: it must be read first */

/* the child gets a page of its own with what is in pa */
static int forkpage(Forking *f, u64int i, u64int pa)
{
	u64int new;

	new = userpage(0);
	if(new == 0)
		return Forknomem;
	pagecopy(new, pa);
	if(slotva(f->from, i) == f->tos)
		((Tos*)((uchar*)kaddr(new) + PGSZ-sizeof(Tos)))->pid = f->pid;
	if(ptabput(&f->to->tab, i, new|SlotPage) == nil){
		pagefree(new);
		return Forknomem;
	}
	return Forkdone;
}

/*
 * One slot of the parent's, not empty: what it holds is shared, or copied if
 * it is pinned or will be written at once.  Forkread: it must be read first.
 */
static int forkslot(Forking *f, u64int i)
{
	u64int *v;
	uintptr va;

	v = ptabget(&f->from->tab, i);
	va = slotva(f->from, i);
	switch(*v & SlotState){
	case SlotOut:
		*v = slotpa(*v)|SlotPage;
		/* fall through */
	case SlotPage:
		if(va == f->sp || va == f->tos || pagepinned(slotpa(*v)))
			return forkpage(f, i, slotpa(*v));
		if(ptabput(&f->to->tab, i, *v) == nil)
			return Forknomem;
		pageincref(slotpa(*v));
		f->lo = MIN(f->lo, va);
		f->hi = MAX(f->hi, va+PGSZ);
		return Forkdone;
	case SlotSwap:
		if(va == f->sp || va == f->tos || swapdup(*v >> PGSHIFT) < 0)
			return Forkread;
		if(ptabput(&f->to->tab, i, *v) == nil){
			swapfree(*v >> PGSHIFT);
			return Forknomem;
		}
		return Forkdone;
	}
	return Forkread;	/* busy */
}

/* -2: all done; -1: no memory; else the slot that must be read first */
static long forkslots(Forking *f)
{
	u64int i;
	int r;

	for(i = ptabnext(&f->from->tab, 0); i != NoSlot; i = ptabnext(&f->from->tab, i+1)){
		if(f->sp != 0 && slotva(f->from, i) < f->sp)
			continue;
		r = forkslot(f, i);
		if(r == Forkread)
			return i;
		if(r == Forknomem)
			return -1;
	}
	return -2;
}

/* take away the right to write from all that have the parent's segment */
static void protect(Forking *f)
{
	Seglink *l;
	Mmu *m;

	if(f->lo >= f->hi)
		return;
	for(l = f->from->links; l != nil; l = l->next)
		if((m = linkmmu(l)) != nil)
			mmuprotect(m, f->lo, f->hi);
}

static Segment *likeof(Segment *s)
{
	Segment *t;
	u64int n;

	t = segnew(s->type, s->attr, s->base, s->top);
	if(t == nil)
		return nil;
	n = (s->top - s->base) >> PGSHIFT;
	if(s->type == SegStack)
		n = s->tab.nused + StackStep;
	if(segreserve(t, n) < 0){
		segput(t);
		return nil;
	}
	if(s->image != nil)
		imageincref(s->image);
	t->image = s->image;
	t->fstart = s->fstart;
	t->flen = s->flen;
	strecpy(t->name, t->name+sizeof t->name, s->name);
	return t;
}

/* s is locked, and unlocked on return; nil and errstr, or nil and *again */
static Segment *forkonce(Segment *s, uintptr sp, u32int pid, int *again)
{
	Forking f = { .from = s, .lo = ~0UL, .pid = pid };
	u64int pa;
	long r;

	*again = 0;
	f.to = likeof(s);
	if(f.to == nil){
		qunlock(&s->lk);
		return nil;
	}
	if(s->type == SegStack){
		f.tos = USERTOP - PGSZ;
		if(sp >= s->base && sp < s->top)
			f.sp = PGDOWN(sp);
	}
	r = forkslots(&f);
	protect(&f);
	if(r == -2){
		qunlock(&s->lk);
		return f.to;
	}
	/* no memory, or a page that has to be here first: then all over again */
	if(r == -1){
		qunlock(&s->lk);
		*again = memwait() == 0;
	}else{
		pa = segpage(s, slotva(s, r), 0, nil);
		*again = pa != PageFail;
		if(pageready(pa))
			qunlock(&s->lk);
	}
	segput(f.to);
	return nil;
}

static Segment *forkcopy(Proc *child, int i)
{
	Segment *s, *t;
	uintptr sp;
	int again;

	s = up->seg[i];
	sp = up->ureg != nil? up->ureg->rsp: 0;
	do{
		qlock(&s->lk);
		t = forkonce(s, sp >= Redzone? sp-Redzone: 0, child->pid, &again);
	}while(t == nil && again);
	return t;
}

/* map a page of the child's stack that was copied */
static void stackmap(Proc *child, Segment *s, uintptr va)
{
	u64int *v;

	if(va < s->base || va >= s->top)
		return;
	v = ptabget(&s->tab, segslot(s, va));
	if(v != nil && (*v & SlotState) == SlotPage && !pageshared(slotpa(*v)))
		mmumap(child->mmu, va, slotpa(*v), MMUREAD|MMUWRITE);
}

/* what the child will use at once: its stack, and the text around where it is */
static void forkmap(Proc *child, Segment *s, Ureg *u)
{
	qlock(&s->lk);
	if(s->type == SegStack){
		stackmap(child, s, USERTOP-PGSZ);
		if(u != nil && u->rsp < USERTOP-PGSZ+Redzone)
			stackmap(child, s, PGDOWN(u->rsp-Redzone));
	}else if(u != nil && segistext(s) && u->rip - s->base < s->top - s->base)
		segaround(s, child, u->rip, 0);
	qunlock(&s->lk);
}

static int forkseg(Proc *child, int i, int sharemem)
{
	Segment *s, *t;

	s = up->seg[i];
	t = nil;
	switch(s->type){
	case SegText:
		if(s->attr & SegPriv && !sharemem)
			t = forkcopy(child, i);
		else
			t = s;
		break;
	case SegData:
	case SegBss:
		t = sharemem? s: forkcopy(child, i);
		break;
	case SegStack:
		t = forkcopy(child, i);
		break;
	case SegShared:
	case SegPhys:
		t = s;
		break;
	}
	if(t == nil)
		return -1;
	if(t == s){
		if(memreserve(seglinkcost(s)) < 0)
			return -1;
		incref(&s->ref);
	}
	seglinkin(child, i, t, up->seglink[i].attr);
	forkmap(child, t, up->ureg);
	return 0;
}

int segcopyall(Proc *child, int sharemem)
{
	int i;

	memset(child->seg, 0, sizeof child->seg);
	child->mmu = mmunew();
	if(child->mmu == nil)
		return seterr("not enough memory");
	for(i = 0; i < NSEG; i++)
		if(up->seg[i] != nil && forkseg(child, i, sharemem) < 0){
			segfreeall(child);
			return -1;
		}
	return 0;
}

void segfreeall(Proc *p)
{
	Segment *s[NSEG];
	Mmu *m;
	int i, on;

	m = p->mmu;
	on = splhi();
	p->mmu = nil;
	if(p == up)
		mmuswitch(nil);
	splx(on);
	qlock(&p->seglock);
	for(i = 0; i < NSEG; i++)
		s[i] = p->seg[i] != nil? segunlink(p, i): nil;
	qunlock(&p->seglock);
	for(i = 0; i < NSEG; i++)
		if(s[i] != nil)
			segput(s[i]);
	if(m != nil)
		mmufree(m);
}

/* what others may know */

int seginfo(Proc *p, int i, Seginfo *si)
{
	Segment *s;
	int n, found;

	found = 0;
	qlock(&p->seglock);
	for(n = 0; n < NSEG && !found; n++){
		s = p->seg[n];
		if(s == nil || i-- > 0)
			continue;
		si->type = s->type;
		si->attr = s->attr | p->seglink[n].attr;
		si->base = s->base;
		si->top = s->top;
		si->ref = s->ref;
		strecpy(si->name, si->name+sizeof si->name, s->name[0] != 0? s->name: segtypename[s->type]);
		found = 1;
	}
	qunlock(&p->seglock);
	return found;
}

u64int segpages(Proc *p)
{
	Segment *s;
	u64int n;
	int i;

	n = 0;
	qlock(&p->seglock);
	for(i = 0; i < NSEG; i++){
		s = p->seg[i];
		if(s != nil && s->type != SegStack)
			n += (s->top - s->base) >> PGSHIFT;
	}
	qunlock(&p->seglock);
	return n;
}

Chan *segtextchan(Proc *p)
{
	Segment *s;
	Chan *c;
	int i;

	c = nil;
	qlock(&p->seglock);
	for(i = 0; i < NSEG && c == nil; i++){
		s = p->seg[i];
		if(s != nil && s->type == SegText && s->image != nil)
			c = imagechan(s->image);
	}
	qunlock(&p->seglock);
	return c != nil? c: seterrp("process has no text");
}

int segkey(uintptr va, u64int *seg, u64int *off)
{
	Segment *s;

	s = seglock(va);
	if(s == nil)
		return -1;
	*seg = (uintptr)s;
	*off = va - s->base;
	qunlock(&s->lk);
	return 0;
}

/*
 * A debugger is about to write p's text, so p must have it alone.  p is
 * stopped, or this would pull the segment from under its feet.
 */
int segprivate(Proc *p, uintptr va)
{
	Segment *s, *t;
	int i, r;

	if(p != up && p->state != Pstopped && p->state != Pbroken)
		return seterr("process not stopped");
	r = -1;
	t = nil;
	qlock(&p->seglock);
	i = segindex(p, va);
	s = i < 0? nil: p->seg[i];
	if(s == nil || !segistext(s)){
		r = s != nil? 0: seterr("bad address");
		goto out;
	}
	t = segnew(SegText, s->attr|SegPriv, s->base, s->top);
	if(t == nil || segreserve(t, (s->top - s->base)>>PGSHIFT) < 0)
		goto out;
	imageincref(s->image);
	t->image = s->image;
	t->fstart = s->fstart;
	t->flen = s->flen;
	segput(segunlink(p, i));
	if(p->mmu != nil)
		mmuunmap(p->mmu, t->base, t->top);
	seglinkin(p, i, t, 0);
	t = nil;
	r = 0;
out:
	qunlock(&p->seglock);
	if(t != nil)
		segput(t);
	return r;
}
