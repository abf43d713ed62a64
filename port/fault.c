/*
 * fault.c: pages at the moment they are needed.
 *
 * segpage finds, makes, copies or reads the page of a segment at an address.
 * It is called with the segment locked.  What can be done at once is done
 * and the segment stays locked; for anything that sleeps the lock is
 * dropped first, and the caller begins again from the address, for by then
 * everything may have changed: other processes share the segment, and the
 * image's server may be one of them.
 *
 * A page that is shared (with relatives by fork, or an image) is mapped
 * read only.  Whoever writes gets a copy, and the old page is taken out of
 * all other address spaces that have the segment.
 *
 * Waiting for a page is ended by a kill only (Proc.killonly).  All of this
 * sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "segment.h"

enum {
	Around = 8,	/* pages of text that are mapped together */
	Ahead = 7,	/* pages of zeros mapped with the one asked for, when memory is gone through in order */
	Tries = 1000,	/* of others taking the page away again */
};

typedef struct Genwait Genwait;
struct Genwait { u32int *gen, was; };

static int genmoved(void *arg)
{
	Genwait *w;

	w = arg;
	return __atomic_load_n(w->gen, __ATOMIC_ACQUIRE) != w->was;
}

int waitgen(Rendez *r, u32int *gen, u32int was)
{
	Genwait w = { gen, was };
	int n;

	up->killonly++;
	n = sleep(r, genmoved, &w);
	up->killonly--;
	return n;
}

u64int userpage(int flags)
{
	u64int pa;

	pa = pagealloc(flags|PageUser);
	if(pageslow())
		pagerkick();
	return pa;
}

/* unlock, and make room */
static u64int nopage(Segment *s)
{
	qunlock(&s->lk);
	return memwait() < 0? PageFail: PageRetry;
}

/* unlock, and wait until a busy slot of s isn't */
static u64int waitslot(Segment *s)
{
	u32int gen;
	int r;

	gen = s->gen;
	incref(&s->ref);
	qunlock(&s->lk);
	r = waitgen(&s->wait, &s->gen, gen);
	segput(s);
	return r < 0? PageFail: PageRetry;
}

/* unlock, and read what slot i holds from swap */
static u64int readslot(Segment *s, u64int i)
{
	u64int *v, block, pa;
	int r;

	v = ptabget(&s->tab, i);
	block = *v >> PGSHIFT;
	pa = userpage(0);
	if(pa == 0)
		return nopage(s);
	*v = block<<PGSHIFT | SlotBusy;
	incref(&s->ref);
	qunlock(&s->lk);
	r = swapread(block, pa);
	qlock(&s->lk);
	v = ptabget(&s->tab, i);
	if(v == nil || *v != (block<<PGSHIFT | SlotBusy)){
		/* emptied meanwhile: the block was left to us */
		pagefree(pa);
		swapfree(block);
	}else if(r < 0){
		pagefree(pa);
		*v = block<<PGSHIFT | SlotSwap;
	}else{
		*v = pa|SlotPage;
		swapfree(block);
	}
	s->gen++;
	qunlock(&s->lk);
	wakeup(&s->wait);
	segput(s);
	return r < 0? PageFail: PageRetry;
}

/* unlock, and read page pg of s's file, and what follows it in s */
static u64int readimage(Segment *s, u64int pg)
{
	u64int last;
	Image *img;
	int r;

	img = s->image;
	last = (s->fstart + s->flen + PGSZ-1) >> PGSHIFT;
	imageincref(img);
	qunlock(&s->lk);
	r = imageload(img, pg, last-pg, 1);
	imageput(img);
	return r < 0? PageFail: PageRetry;
}

/* a page of the image at va, with a reference if ref; as segpage */
static u64int imagepage(Segment *s, uintptr va, int ref)
{
	u64int off, n, pa;

	off = va - s->base;
	n = off < s->flen? MIN(s->flen - off, PGSZ): 0;
	pa = imagefind(s->image, (s->fstart + off) >> PGSHIFT, ref);
	if(pa == 0)
		return readimage(s, (s->fstart + off) >> PGSHIFT);
	if(s->fstart + off + n <= imagesize(s->image))
		return pa;
	if(ref)
		pagefree(pa);
	qunlock(&s->lk);
	seterr("program file is truncated");
	return PageFail;
}

/* a page of s's own, filled from the file as far as there is one, in no slot yet; as segpage */
static u64int newpage(Segment *s, uintptr va)
{
	u64int off, n, from, pa;

	off = va - s->base;
	if(s->image == nil || off >= s->flen){
		pa = userpage(PageZero);
		return pa == 0? nopage(s): pa;
	}
	from = imagepage(s, va, 1);
	if(!pageready(from))
		return from;
	pa = userpage(0);
	if(pa != 0){
		n = MIN(s->flen - off, PGSZ);
		memcpy(kaddr(pa), kaddr(from), n);
		if(n < PGSZ)
			memset((uchar*)kaddr(pa) + n, 0, PGSZ-n);
	}
	pagefree(from);
	return pa == 0? nopage(s): pa;
}

/* what an empty slot is filled with; as segpage */
static u64int freshslot(Segment *s, uintptr va, int write)
{
	u64int pa;

	if(s->type == SegStack && segcost(s->tab.nused+1) > s->resv && segreserve(s, s->tab.nused+StackStep) < 0){
		qunlock(&s->lk);
		return PageFail;
	}
	if(!write && s->image != nil && va - s->base + PGSZ <= s->flen)
		pa = imagepage(s, va, 1);
	else
		pa = newpage(s, va);
	if(pageready(pa) && ptabput(&s->tab, segslot(s, va), pa|SlotPage) == nil){
		pagefree(pa);
		return nopage(s);
	}
	return pa;
}

/* a copy of pa for slot v, which is to be written; as segpage */
static u64int unshare(Segment *s, uintptr va, u64int *v, u64int pa, Proc *self)
{
	u64int new;

	new = userpage(0);
	if(new == 0)
		return nopage(s);
	pagecopy(new, pa);
	*v = new|SlotPage;
	segunmap(s, va, va+PGSZ, self);
	pagefree(pa);
	return new;
}

/*
 * The address of the page of s at va (page aligned, inside), for writing
 * exclusively s's.  s is locked, and stays so if the result is pageready;
 * else it is PageRetry or PageFail (with errstr), and s is not locked.
 * self maps the page next, so a mapping of its that becomes wrong is left to
 * it; nil: nobody does.
 */
u64int segpage(Segment *s, uintptr va, int write, Proc *self)
{
	u64int *v;

	if(s->type == SegPhys)
		return s->pa + (va - s->base);
	if(segistext(s))
		return imagepage(s, va, 0);
	v = ptabget(&s->tab, segslot(s, va));
	if(v == nil)
		return freshslot(s, va, write);
	switch(*v & SlotState){
	case SlotBusy:
		return waitslot(s);
	case SlotSwap:
		return readslot(s, segslot(s, va));
	case SlotOut:
		*v = slotpa(*v)|SlotPage;
		break;
	}
	if(write && pageshared(slotpa(*v)))
		return unshare(s, va, v, slotpa(*v), self);
	return slotpa(*v);
}

void segaround(Segment *s, Proc *p, uintptr va, uintptr but)
{
	u64int pa[Around];
	uintptr start, end;
	u64int pg, npg;
	int n;

	start = va & ~(uintptr)(Around*PGSZ-1);
	end = MIN(start + Around*PGSZ, s->top);
	start = MAX(start, s->base);
	pg = (s->fstart + start - s->base) >> PGSHIFT;
	npg = (imagesize(s->image) + PGSZ-1) >> PGSHIFT;
	if(pg >= npg)
		return;
	n = MIN((end - start) >> PGSHIFT, npg - pg);
	imagefindn(s->image, pg, pa, n);
	if(but - start < (uintptr)n*PGSZ)
		pa[(but - start) >> PGSHIFT] = 0;
	/* what cannot be mapped for want of memory will fault */
	mmumaprun(p->mmu, start, pa, n, s->attr & SegExec? MMUREAD|MMUEXEC: MMUREAD);
}

/*
 * va, new, has been mapped.  When what lies before it was the last new page,
 * more will follow: those after it come along.  They are reserved, so this
 * takes memory from nobody; but it isn't done when memory is short.
 */
static void ahead(Segment *s, Proc *p, uintptr va, int may)
{
	u64int pa[Ahead];
	uintptr first, end;
	int n;

	if(s->lastnew + PGSZ != va){
		s->lastnew = va;
		return;
	}
	first = va + PGSZ;
	end = MIN(first + Ahead*PGSZ, s->top);
	n = 0;
	for(va = first; va < end && !pageslow(); va += PGSZ){
		if(ptabget(&s->tab, segslot(s, va)) != nil)
			break;
		pa[n] = pagealloc(PageUser|PageZero);
		if(pa[n] == 0)
			break;
		if(ptabput(&s->tab, segslot(s, va), pa[n]|SlotPage) == nil){
			pagefree(pa[n]);
			break;
		}
		n++;
	}
	s->lastnew = va - PGSZ;
	mmumaprun(p->mmu, first, pa, n, may);
}

/* 1: mended, 0: once more, -1 */
static int faultonce(Proc *p, uintptr va, int prot)
{
	Segment *s;
	u64int pa;
	u32int had;
	int may;

	s = seglock(va);
	if(s == nil)
		return -1;
	may = p->seglink[p->lastseg].prot;
	if((prot & ~may) & (MMUWRITE|MMUEXEC)){
		qunlock(&s->lk);
		return seterr("memory protection violation");
	}
	had = s->tab.nused;
	pa = segpage(s, va, prot & MMUWRITE, p);
	if(!pageready(pa))
		return pa == PageFail? -1: 0;
	if(!(prot & MMUWRITE) && may & MMUWRITE && s->type != SegPhys && pageshared(pa))
		may &= ~MMUWRITE;
	if(mmumap(p->mmu, va, pa, may) < 0){
		qunlock(&s->lk);
		return memwait();
	}
	if(segistext(s))
		segaround(s, p, va, va);
	else if(s->tab.nused > had && s->image == nil && s->type != SegStack)
		ahead(s, p, va, may);
	qunlock(&s->lk);
	return 1;
}

int fault(uintptr va, int prot, int user)
{
	Proc *p;
	int r, i;

	USED(user);
	p = up;
	if(va >= USERTOP || p == nil || p->mmu == nil)
		return seterr("bad address");
	for(i = 0; i < Tries; i++){
		r = faultonce(p, PGDOWN(va), prot);
		if(r != 0)
			return r < 0? -1: 0;
	}
	return seterr("page fault cannot be mended");
}

/* zeros that nobody has touched yet, and who only looks need not have a page made */
static int isblank(Segment *s, uintptr va)
{
	if(s->type == SegPhys || s->type == SegText || ptabget(&s->tab, segslot(s, va)) != nil)
		return 0;
	return s->image == nil || va - s->base >= s->flen;
}

/* 1: moved, 0: once more, -1.  *n is cut to what the page and the segment have */
static int ioonce(Segment *s, uintptr va, usize *n, int write, Segmove *move, void *arg, usize done)
{
	static uchar zeros[PGSZ];
	u64int pa;
	usize off;

	qlock(&s->lk);
	if(va < s->base || va >= s->top || s->type == SegPhys){
		qunlock(&s->lk);
		return seterr("bad address");
	}
	off = va & (PGSZ-1);
	*n = MIN(*n, PGSZ-off);
	if(!write && isblank(s, PGDOWN(va))){
		move(arg, done, zeros+off, *n);
		qunlock(&s->lk);
		return 1;
	}
	pa = segpage(s, PGDOWN(va), write, nil);
	if(!pageready(pa))
		return pa == PageFail? -1: 0;
	move(arg, done, (uchar*)kaddr(pa) + off, *n);
	qunlock(&s->lk);
	return 1;
}

long segio(Segment *s, uintptr va, usize n, int write, Segmove *move, void *arg)
{
	usize done, m;
	int r;

	for(done = 0; done < n; done += m){
		m = n-done;
		r = ioonce(s, va+done, &m, write, move, arg, done);
		if(r < 0)
			return done > 0? (long)done: -1;
		if(r == 0)
			m = 0;
	}
	return done;
}

static void fetch(void *arg, usize done, uchar *mem, usize n)
{
	memcpy((uchar*)arg + done, mem, n);
}

static void store(void *arg, usize done, uchar *mem, usize n)
{
	memcpy(mem, (uchar*)arg + done, n);
}

long segfetch(Proc *p, uintptr va, void *buf, usize n, int write)
{
	Segment *s;
	long r;

	if(write && segprivate(p, va) < 0)
		return -1;
	s = segref(p, va);
	if(s == nil)
		return -1;
	if(write && s->attr & SegRO && s->type != SegText)
		r = seterr("memory protection violation");
	else
		r = segio(s, va, n, write, write? store: fetch, buf);
	segput(s);
	return r;
}
