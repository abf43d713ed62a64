/*
 * page.c: physical pages.
 *
 * All of memory is blocks of 2^order pages, aligned to their size, free or
 * handed out.  A free block is on the list of its order; only its first
 * page's Page is looked at.  Taking a page splits the smallest block there
 * is, and giving it back joins it with its other half, if that is a free
 * block of the same order.  So the Pages of memory never used are never
 * touched, and booting costs the same with any amount of it.
 *
 * Invariant: the Page of every block's first page is valid, and so is that
 * of its other half if it lies outside of the memory there is (KindInner).
 *
 * Each processor keeps a few pages at hand, so most calls take no lock.
 *
 * Locks: pool.lk is innermost; interrupts are off while a processor's cache
 * is used.  Nothing here sleeps.  A processor must have its gs before its
 * first call.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "segment.h"
#include "check/check.h"

enum {
	Norder = 19,		/* up to 1 GiB */
	Nil = 0xffffffffU,	/* no page */
	Cachemax = 31,
	Maxranges = 64,
};

typedef struct Cache Cache;
struct Cache {
	u32int n;
	u32int pfn[Cachemax];
} __attribute__((aligned(64)));

static struct {
	Lock lk;
	u64int nfree;		/* pages in free blocks */
	u32int list[Norder];
} pool;
Page *pages;			/* by page number, from 0 */
u64int npages;
static Cache cache[NCPU];
static u32int cachemax = Cachemax;
static int fillorder;		/* a cache is filled with 2^fillorder pages */
static u64int minfree, lowfree;	/* users get none below minfree; the pager works below lowfree */
static Memrange ranges[Maxranges];
static int nranges;

static void blockadd(u32int i, int order)
{
	Page *p;

	p = &pages[i];
	p->kind = KindFree;
	p->order = order;
	p->prev = Nil;
	p->next = pool.list[order];
	if(p->next != Nil)
		pages[p->next].prev = i;
	pool.list[order] = i;
}

static void blockdel(u32int i)
{
	Page *p;

	p = &pages[i];
	if(p->prev != Nil)
		pages[p->prev].next = p->next;
	else
		pool.list[p->order] = p->next;
	if(p->next != Nil)
		pages[p->next].prev = p->prev;
	p->kind = KindInner;
}

/* the first page of a block of that order, or Nil */
static u32int blockget(int order)
{
	u32int i;
	int k;

	for(k = order; k < Norder && pool.list[k] == Nil; k++)
		;
	if(k == Norder)
		return Nil;
	i = pool.list[k];
	blockdel(i);
	while(k > order){
		k--;
		blockadd(i + (1U<<k), k);
	}
	pool.nfree -= 1UL<<order;
	return i;
}

static void blockput(u32int i, int order)
{
	u32int half;

	pool.nfree += 1UL<<order;
	pages[i].kind = KindInner;
	for(; order < Norder-1; order++){
		half = i ^ (1U<<order);
		if(half >= npages || pages[half].kind != KindFree || pages[half].order != order)
			break;
		blockdel(half);
		i &= ~(1U<<order);
	}
	blockadd(i, order);
}

/* the order of the greatest block that can begin at page i and ends by end */
static int blockorder(u64int i, u64int end)
{
	int k;

	for(k = 0; k < Norder-1; k++)
		if(i & 1UL<<k || i + (2UL<<k) > end)
			break;
	return k;
}

/* do f to each of the blocks that pages [i, end) consist of */
static void eachblock(u64int i, u64int end, void (*f)(u32int, int))
{
	int k;

	for(; i < end; i += 1UL<<k){
		k = blockorder(i, end);
		f(i, k);
	}
}

static void markhalf(u32int i, int order)
{
	u64int half;

	half = i ^ (1UL<<order);
	if(half < npages)
		pages[half].kind = KindInner;
}

static void markinner(u32int i, int order)
{
	USED(order);
	pages[i].kind = KindInner;
}

/* usable memory as whole pages, neighbours joined */
static void findranges(void)
{
	u64int lo, hi;
	int i;

	for(i = 0; i < nusablemem; i++){
		lo = PGROUND(usablemem[i].base) >> PGSHIFT;
		hi = (usablemem[i].base + usablemem[i].len) >> PGSHIFT;
		if(lo >= hi)
			continue;
		if(nranges > 0 && ranges[nranges-1].base + ranges[nranges-1].len == lo)
			ranges[nranges-1].len += hi-lo;
		else if(nranges < Maxranges)
			ranges[nranges++] = (Memrange){lo, hi-lo};
	}
	if(nranges == 0)
		panic("no memory");
}

/* ranges so far away that their Pages would cost more than a 32nd of what there is below are left out */
static void cutfar(void)
{
	u64int have, end;
	int i;

	have = 0;
	for(i = 0; i < nranges; i++){
		have += ranges[i].len;
		end = ranges[i].base + ranges[i].len;
		if(end >= Nil || (end*sizeof(Page))/PGSZ > have/32 + 16){
			kprint("memory above %#llux is not used: too far away\n", (uvlong)ranges[i].base<<PGSHIFT);
			nranges = i;
			break;
		}
	}
	if(nranges == 0)
		panic("memory is too far away");
}

/* room for the Pages: from the end of the greatest range */
static void placepages(void)
{
	u64int n;
	int i, best;

	npages = ranges[nranges-1].base + ranges[nranges-1].len;
	n = PGROUND(npages*sizeof(Page)) >> PGSHIFT;
	best = 0;
	for(i = 1; i < nranges; i++)
		if(ranges[i].len > ranges[best].len)
			best = i;
#ifdef CHECKED
	n += shadowsize(npages*PGSZ) >> PGSHIFT;
#endif
	if(ranges[best].len <= n)
		panic("too little memory: %lud pages", ranges[best].len);
	ranges[best].len -= n;
	pages = kaddr((ranges[best].base + ranges[best].len) << PGSHIFT);
#ifdef CHECKED
	shadowinit((uchar*)pages + PGROUND(npages*sizeof(Page)), npages*PGSZ);
#endif
}

void pageinit(void)
{
	int i;

	findranges();
	cutfar();
	placepages();
	for(i = 0; i < Norder; i++)
		pool.list[i] = Nil;
	for(i = 0; i < nranges; i++)
		eachblock(ranges[i].base, ranges[i].base + ranges[i].len, markhalf);
	for(i = 0; i < nranges; i++)
		eachblock(ranges[i].base, ranges[i].base + ranges[i].len, blockput);
	cachemax = MIN(Cachemax, pool.nfree/256 + 2);
	for(fillorder = 0; 2U<<fillorder <= (cachemax+1)/2; fillorder++)
		;
	minfree = MIN(512, pool.nfree/64 + 8);
	lowfree = minfree*2 + 16;
	memtotal(pool.nfree, 0);
}

u64int pagesfree(void)
{
	return pool.nfree;
}

u64int pagesidle(void)
{
	return cachemax;
}

int pageslow(void)
{
	return pool.nfree < lowfree;
}

int pageavail(void)
{
	return pool.nfree > minfree;
}

/* interrupts are off, and the cache is empty; 0: there is none */
static int fill(Cache *c, int flags)
{
	u32int i;
	int k;

	i = Nil;
	lock(&pool.lk);
	if(!(flags & PageUser) || pool.nfree > minfree)
		for(k = fillorder; k >= 0 && i == Nil; k--)
			i = blockget(k);
	unlock(&pool.lk);
	if(i == Nil)
		return 0;
	for(c->n = 0; c->n < 1U<<(k+1); c->n++){
		pages[i + c->n].kind = KindIdle;
		c->pfn[c->n] = i + c->n;
	}
	return 1;
}

static void spill(Cache *c, u32int keep)
{
	lock(&pool.lk);
	while(c->n > keep)
		blockput(c->pfn[--c->n], 0);
	unlock(&pool.lk);
}

/* the number of a page, or Nil */
static inline u32int take(int flags)
{
	Cache *c;
	u32int i;
	int s;

	i = Nil;
	s = splhi();
	c = &cache[thiscpu()->id];
	if(c->n > 0 || fill(c, flags))
		i = c->pfn[--c->n];
	splx(s);
	return i;
}

/* the cache was empty, and so was the pool */
static u32int takemore(int flags)
{
	return imagereclaim(cachemax) > 0? take(flags): Nil;
}

u64int pagealloc(int flags)
{
	u64int pa;
	u32int i;
	Page *p;
	int kern;

	kern = !(flags & (PageUser|PageTable));
	if(kern && memkernel(1) < 0)
		return 0;
	i = take(flags);
	if(i == Nil && (i = takemore(flags)) == Nil){
		if(kern)
			memunkernel(1);
		return 0;
	}
	p = &pages[i];
	p->ref = 1;
	p->kind = kern? KindKern: KindUser;
	p->pins = 0;
	p->tag = 0;
	pa = (u64int)i << PGSHIFT;
	shadowset(kaddr(pa), PGSZ, 0);
	if(flags & PageZero)
		pagezero(pa);
	return pa;
}

void pageincref(u64int pa)
{
	Page *p;

	p = pageof(pa);
	if(p == nil || p->kind == KindFixed)
		return;
	if(p->kind != KindUser && p->kind != KindKern)
		panic("pageincref: %#lux is free", pa);
	__atomic_add_fetch(&p->ref, 1, __ATOMIC_SEQ_CST);
}

/* nobody refers to p any more */
static void idle(Page *p, u64int pa)
{
	Cache *c;
	int s;

	if(p->kind == KindKern)
		memunkernel(1);
	p->kind = KindIdle;
	shadowset(kaddr(pa), PGSZ, ShadowFree);
	s = splhi();
	c = &cache[thiscpu()->id];
	if(c->n >= cachemax)
		spill(c, cachemax/2);
	c->pfn[c->n++] = pa >> PGSHIFT;
	splx(s);
}

void pagefree(u64int pa)
{
	Page *p;

	p = pageof(pa);
	if(p == nil || p->kind == KindFixed)
		return;
	if(p->kind != KindUser && p->kind != KindKern)
		panic("pagefree: %#lux is free", pa);
	/* the only reference is the caller's, and nobody can make more of it */
	if(p->ref == 1)
		p->ref = 0;
	else if(__atomic_sub_fetch(&p->ref, 1, __ATOMIC_SEQ_CST) != 0)
		return;
	idle(p, pa);
}

long pageref(u64int pa)
{
	Page *p;

	p = pageof(pa);
	if(p == nil || p->kind == KindFixed)
		return 2;
	return p->ref;
}

int pagepinned(u64int pa)
{
	Page *p;

	p = pageof(pa);
	return p != nil && p->kind == KindUser && p->pins > 0;
}

/*
 * A pin is a reference and is counted as one first, and no longer one last,
 * so that a page may look shared for a moment when it isn't, never the
 * other way round.
 */
void pagepin(u64int pa)
{
	Page *p;

	p = pageof(pa);
	if(p == nil || p->kind == KindFixed)
		return;
	__atomic_add_fetch(&p->ref, 1, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&p->pins, 1, __ATOMIC_SEQ_CST);
}

void pagesunpin(uchar **page, u64int n)
{
	Page *p;
	u64int i, pa;

	for(i = 0; i < n; i++){
		pa = paddr(page[i]);
		p = pageof(pa);
		if(p == nil || p->kind == KindFixed)
			continue;
		if(p->kind != KindUser || p->pins == 0)
			panic("pageunpin: %#lux is not pinned", pa);
		__atomic_sub_fetch(&p->pins, 1, __ATOMIC_SEQ_CST);
		if(__atomic_sub_fetch(&p->ref, 1, __ATOMIC_SEQ_CST) == 0)
			idle(p, pa);
	}
}

int pagefixed(u64int pa)
{
	u64int pfn;
	Page *p;
	int i;

	pfn = pa >> PGSHIFT;
	for(i = 0; i < nranges; i++)
		if(pfn - ranges[i].base < ranges[i].len)
			return -1;
	p = pageof(pa);
	if(p != nil)
		p->kind = KindFixed;
	return 0;
}

static u32int runget(u64int n)
{
	u32int i;
	int order;

	for(order = 0; 1UL<<order < n; order++)
		;
	if(order >= Norder)
		return Nil;
	lock(&pool.lk);
	i = blockget(order);
	if(i != Nil){
		eachblock(i, i+n, markinner);
		eachblock(i+n, i + (1UL<<order), blockput);
		/* blockget has taken the whole block off nfree, blockput given the rest back */
	}
	unlock(&pool.lk);
	return i;
}

u64int pagerun(usize n)
{
	Page *p;
	u32int i;
	int s;

	if(n == 0 || n >= npages || memkernel(n) < 0)
		return 0;
	i = runget(n);
	if(i == Nil){
		s = splhi();
		spill(&cache[thiscpu()->id], 0);
		splx(s);
		imagereclaim(n);
		i = runget(n);
	}
	if(i == Nil){
		memunkernel(n);
		return 0;
	}
	p = &pages[i];
	p->kind = KindRun;
	p->ref = 1;
	p->npages = n;
	p->tag = 0;
	shadowset(kaddr((u64int)i << PGSHIFT), n*PGSZ, 0);
	return (u64int)i << PGSHIFT;
}

void pagerunfree(u64int pa, usize n)
{
	u32int i;
	Page *p;

	p = pageof(pa);
	if(p == nil || p->kind != KindRun || p->npages != n)
		panic("pagerunfree: %#lux is no run of %lud pages", pa, n);
	i = pa >> PGSHIFT;
	shadowset(kaddr(pa), n*PGSZ, ShadowFree);
	lock(&pool.lk);
	p->kind = KindInner;
	eachblock(i, i+n, blockput);
	unlock(&pool.lk);
	memunkernel(n);
}

void memstat(Memstat *m)
{
	int i;

	memset(m, 0, sizeof *m);
	memcounts(m);
	m->swapfree = swapavail();
	m->free = pool.nfree;
	for(i = 0; i < NCPU; i++)
		m->free += cache[i].n;
	if(m->free + m->kernel < m->total)
		m->user = m->total - m->free - m->kernel;
}
