/*
 * mmu.c: the user half of an address space.
 *
 * Fork and exit are the reason for the shape.  Every table page of an Mmu is
 * in its list of Ptabs, and eight bits of the directory entry that points
 * at a last-level table say which eighths of it have been written.  So to
 * empty an address space is to clear those eighths, without a walk, and an
 * Mmu that is freed keeps its first few table pages, linked and empty:
 * the next process is likely to want the same.  Table pages are given back only by
 * mmufree.
 *
 * Mmu.lk guards the tables; listlk the lists of unused ones.  Nothing sleeps.
 * Flushing comes after the tables are changed and the lock is let go (shoot.c).
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "x86.h"
#include "pc.h"

enum {
	GroupShift = 52,	/* of the eighths' bits in a directory entry; hardware ignores them */
	Group = 64,		/* entries in an eighth */
	NMORE = 254,
	NCACHED = 6,		/* unused Mmus kept with their tables */
};
#define GROUPBITS (0xffUL<<GroupShift)
#define IX(va, level) ((va)>>(12 + 9*(level)) & 511)
#define TABBITS (PteP|PteW|PteU|PteA)

struct Ptabmore {		/* fills a page */
	Ptabmore *next;		/* older */
	int n;
	Ptab tab[NMORE];
};
_Static_assert(sizeof(Ptabmore) <= PGSZ, "Ptabmore");

static Lock listlk;
static Mmu *unused;		/* with top and some tables, all empty */
static int nunused;
static Mmu *bare;		/* just the structures */

static Pte *table(Pte e)
{
	return kaddr(e & PteAddr);
}

/* Room for one more Ptab, or nil. */
static Ptab *ptabnew(Mmu *m)
{
	Ptabmore *t;
	u64int pa;

	if(m->ntab < PTABKEPT)
		return &m->tab[m->ntab];
	if(m->more == nil || m->more->n == NMORE){
		if((pa = pagealloc(PageTable)) == 0)
			return nil;
		t = kaddr(pa);
		t->next = m->more;
		t->n = 0;
		m->more = t;
	}
	return &m->more->tab[m->more->n];
}

/* A new table below entry e: 0, or -1. */
static int tabnew(Mmu *m, Pte *e, int leaf)
{
	Ptab *t;
	u64int pa;

	if((t = ptabnew(m)) == nil || (pa = pagealloc(PageZero|PageTable)) == 0)
		return -1;
	t->parent = e;
	t->leaf = leaf;
	if(m->ntab >= PTABKEPT)
		m->more->n++;
	m->ntab++;
	*e = pa | TABBITS;
	return 0;
}

static __attribute__((noinline)) Pte *pdewalk(Mmu *m, uintptr va, int alloc)
{
	Pte *e;
	int l;

	e = &m->top[IX(va, 3)];
	for(l = 2; ; l--){
		if(*e == 0 && (!alloc || tabnew(m, e, l == 0) < 0))
			return nil;
		if(l == 0)
			break;
		e = &table(*e)[IX(va, l)];
	}
	m->lastpde = e;
	m->lastva = va>>21;
	return e;
}

/* The directory entry of va, pointing at a table; nil: none, or no memory for one. */
static inline Pte *pdeof(Mmu *m, uintptr va, int alloc)
{
	if(m->lastpde != nil && va>>21 == m->lastva)
		return m->lastpde;
	return pdewalk(m, va, alloc);
}

static Pte ptebits(int prot)
{
	Pte b;

	b = PteP|PteU|PteA;
	if(prot & MMUWRITE)
		b |= PteW|PteD;
	if(!(prot & MMUEXEC))
		b |= PteNX;
	if(prot & MMUUNCACHED)
		b |= PtePcd|PtePwt;
	else if(prot & MMUWC)
		b |= cpufeat.pat? PtePat: PtePcd;
	return b;
}

/* May a translation cached from old deny what new allows, but never the other way? */
static int looser(Pte old, Pte new)
{
	Pte lost;

	if((old ^ new) & (PteAddr|PtePcd|PtePwt|PtePat))
		return 0;
	lost = (old & ~new & PteW) | (new & ~old & PteNX);
	return lost == 0;
}

/* the entry of va, which its group says is used; nil: no memory for its table.  m is locked */
static inline Pte *entryof(Mmu *m, uintptr va)
{
	Pte *pde, group;

	if((pde = pdeof(m, va, 1)) == nil)
		return nil;
	group = 1UL<<(GroupShift + IX(va, 0)/Group);
	if(!(*pde & group))
		*pde |= group;
	return &table(*pde)[IX(va, 0)];
}

/* what is not mapped no processor has a translation of: there is nothing to be flushed */
int mmumaprun(Mmu *m, uintptr va, u64int *pa, int n, int prot)
{
	Pte *e, bits;
	int i;

	if(va >= USERTOP || (u64int)n > (USERTOP-va) >> PGSHIFT)
		return -1;
	bits = ptebits(prot);
	lock(&m->lk);
	for(i = 0; i < n; i++){
		if(pa[i] == 0)
			continue;
		if((e = entryof(m, va + (uintptr)i*PGSZ)) == nil)
			break;
		if(!(*e & PteP))
			*e = pa[i] | bits;
	}
	unlock(&m->lk);
	return i < n? -1: 0;
}

int mmumap(Mmu *m, uintptr va, u64int pa, int prot)
{
	Pte *e, old, new;

	if(va >= USERTOP)
		return -1;
	new = pa | ptebits(prot);
	lock(&m->lk);
	if((e = entryof(m, va)) == nil){
		unlock(&m->lk);
		return -1;
	}
	old = *e;
	*e = new;
	unlock(&m->lk);
	if(old & PteP){
		if(!looser(old, new))
			tlbflush(m, PGDOWN(va), PGDOWN(va) + PGSZ);
		else if(thiscpu()->mmu == m)
			invlpg(va);	/* others fault, and their table walk finds the new one */
	}
	return 0;
}

/*
 * Entries [i, n) of the table below *pde become what keep leaves of them.  Counts those
 * that changed, and notes the range they cover; base is the address of entry 0.
 */
typedef struct Sweep Sweep;
struct Sweep {
	Pte keep;
	long n;
	uintptr lo, hi;
};

static void sweeptab(Sweep *s, Pte *pde, uintptr base, int i, int n)
{
	Pte *t, new;

	t = table(*pde);
	for(; i < n; i++){
		if(!(*pde>>(GroupShift + i/Group) & 1)){
			i |= Group-1;
			continue;
		}
		new = t[i] & s->keep;
		if(t[i] == new)
			continue;
		t[i] = new;
		if(s->n++ == 0)
			s->lo = base + (uintptr)i*PGSZ;
		s->hi = base + (uintptr)(i+1)*PGSZ;
	}
}

/* The first directory entry with a table at or after va: va is moved on to it; nil: none below end. */
static Pte *nextpde(Mmu *m, uintptr *va, uintptr end)
{
	uintptr a, size;
	Pte *e;
	int l;

	for(a = *va; a < end; a = (a & ~(size-1)) + size){
		e = &m->top[IX(a, 3)];
		for(l = 3; *e != 0 && l > 1; l--)
			e = &table(*e)[IX(a, l-1)];
		if(*e != 0){
			*va = a;
			return e;
		}
		size = 1UL<<(12 + 9*l);
	}
	return nil;
}

static void sweep(Mmu *m, uintptr va, uintptr end, Pte keep)
{
	Sweep s;
	uintptr base, top;
	Pte *pde;

	va = PGDOWN(va);
	end = MIN(PGROUND(end), USERTOP);
	s.keep = keep;
	s.n = 0;
	lock(&m->lk);
	while(va < end && (pde = nextpde(m, &va, end)) != nil){
		base = va & ~(BIGPG-1);
		top = MIN(end, base + BIGPG);
		sweeptab(&s, pde, base, IX(va, 0), (top - base)/PGSZ);
		va = top;
	}
	unlock(&m->lk);
	if(s.n > 0)
		tlbflush(m, s.lo, s.hi);
}

void mmuunmap(Mmu *m, uintptr va, uintptr end)
{
	sweep(m, va, end, 0);
}

void mmuprotect(Mmu *m, uintptr va, uintptr end)
{
	sweep(m, va, end, ~(Pte)PteW);
}

int mmulookup(Mmu *m, uintptr va, u64int *pa, int *prot)
{
	Pte *pde, e;

	if(va >= USERTOP)
		return 0;
	lock(&m->lk);
	pde = pdeof(m, va, 0);
	e = pde == nil? 0: table(*pde)[IX(va, 0)];
	unlock(&m->lk);
	if(!(e & PteP))
		return 0;
	*pa = e & PteAddr;
	*prot = MMUREAD | (e & PteW? MMUWRITE: 0) | (e & PteNX? 0: MMUEXEC) | (e & PtePcd? MMUUNCACHED: 0);
	return 1;
}

/*
 * No flush when the bit is cleared: a translation may stay cached until the next
 * switch, and the page look unused meanwhile, which costs at worst a
 * page-in.
 */
int mmuused(Mmu *m, uintptr va, int clear)
{
	Pte *pde, *e;
	int used;

	if(va >= USERTOP)
		return 0;
	lock(&m->lk);
	used = 0;
	pde = pdeof(m, va, 0);
	if(pde != nil){
		e = &table(*pde)[IX(va, 0)];
		used = (*e & PteA) != 0;
		if(clear && used)
			__atomic_fetch_and(e, ~(Pte)PteA, __ATOMIC_RELAXED);
	}
	unlock(&m->lk);
	return used;
}

/* A structure with an empty top table: nil, no memory. */
static Mmu *mmumake(Mmu *m)
{
	u64int pa;

	if((pa = pagealloc(PageZero|PageTable)) == 0)
		goto fail;
	if(m == nil && (m = mallocz(sizeof *m, 1)) == nil){
		pagefree(pa);
		goto fail;
	}
	m->cr3 = pa;
	m->top = kaddr(pa);
	memmove(m->top+256, kerntop+256, 256*sizeof(Pte));
	return m;
fail:
	if(m != nil){
		lock(&listlk);
		m->next = bare;
		bare = m;
		unlock(&listlk);
	}
	return nil;
}

Mmu *mmunew(void)
{
	Mmu *m;

	lock(&listlk);
	if((m = unused) != nil){
		unused = m->next;
		nunused--;
		unlock(&listlk);
		return m;
	}
	if((m = bare) != nil)
		bare = m->next;
	unlock(&listlk);
	return mmumake(m);
}

/* Clear what has been written of the table below a directory entry. */
static void leafclear(Pte *pde)
{
	Pte *t;
	int g;

	t = table(*pde);
	for(g = 0; g < 512/Group; g++)
		if(*pde>>(GroupShift + g) & 1)
			memset(t + g*Group, 0, Group*sizeof(Pte));
	*pde &= ~GROUPBITS;
}

static void tabfree(Ptab *t)
{
	u64int pa;

	pa = *t->parent & PteAddr;
	*t->parent = 0;
	pagefree(pa);
}

/* Empty all, and free the table pages but the first keep, children before parents. */
static void mmuempty(Mmu *m, int keep)
{
	Ptabmore *p;
	int i;

	for(; (p = m->more) != nil; m->more = p->next, pagefree(paddr(p)))
		for(i = p->n; --i >= 0; m->ntab--)
			tabfree(&p->tab[i]);
	for(i = m->ntab; --i >= 0; )
		if(i >= keep){
			tabfree(&m->tab[i]);
			m->ntab--;
		}else if(m->tab[i].leaf)
			leafclear(m->tab[i].parent);
	m->lastpde = nil;
}

void mmufree(Mmu *m)
{
	tlbleave(m);
	mmuempty(m, nunused < NCACHED? PTABKEPT: 0);
	lock(&listlk);
	if(m->ntab > 0){
		m->next = unused;
		unused = m;
		nunused++;
		unlock(&listlk);
		return;
	}
	unlock(&listlk);
	pagefree(m->cr3);
	m->cr3 = 0;
	m->top = nil;
	lock(&listlk);
	m->next = bare;
	bare = m;
	unlock(&listlk);
}
