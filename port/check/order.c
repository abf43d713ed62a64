/*
 * order.c: the checked kernel learns in which order locks are taken, and
 * panics at the first that could deadlock, whether it would now or not.
 *
 * Locks fall into classes: those at one place of what one call of malloc
 * makes, wherever the objects are, or a single static one.  The graph has an
 * edge from each class held to the one taken; an edge that would close a
 * circle is the error.  Locks tried for, not waited for, add no edge, but
 * count as held.  Two locks of a class at a time are not ordered here.
 * A QLock is not to be waited for, nor anything slept for, under a Lock.
 *
 * Locks: graph.busy, which is no Lock, with interrupts off.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"

enum {
	Nclass = 2048,
	Nhash = 4096,
	Spinmax = 16,
};

typedef struct Class Class;
struct Class {
	uintptr site;		/* who called malloc, or a static lock's address */
	usize off;
	uintptr pc;		/* where it was first taken */
	u8int seen;
	u64int after[Nclass/64];	/* taken while this is held */
	uintptr afterpc;	/* where the last edge was added */
};

static struct {
	u32int busy;
	int n;
	Class class[Nclass];
	u16int hash[Nhash];	/* index+1 */
} graph;

static struct {
	int n;
	Lockheld held[Spinmax];
} spin[NCPU];

static void graphlock(void)
{
	while(__atomic_exchange_n(&graph.busy, 1, __ATOMIC_ACQUIRE))
		cpurelax();
}

static void graphunlock(void)
{
	__atomic_store_n(&graph.busy, 0, __ATOMIC_RELEASE);
}

/* a lock's class, or -1; graph is held */
static int classof(void *l, uintptr pc)
{
	uintptr site;
	usize off;
	u32int h;
	Class *c;

	off = 0;
	site = (uintptr)l;
	if(site < KTZERO && (site = allocsite(l, &off)) == 0)
		return -1;
	for(h = (site*31 + off)%Nhash; graph.hash[h] != 0; h = (h+1)%Nhash){
		c = &graph.class[graph.hash[h]-1];
		if(c->site == site && c->off == off)
			return c - graph.class;
	}
	if(graph.n == Nclass)
		panic("lock order: more than %d classes of locks", Nclass);
	c = &graph.class[graph.n++];
	graph.hash[h] = graph.n;
	c->site = site;
	c->off = off;
	c->pc = pc;
	return graph.n-1;
}

static int reaches(int from, int to)
{
	Class *c;
	u64int w;
	int i, k;

	if(from == to)
		return 1;
	c = &graph.class[from];
	if(c->seen)
		return 0;
	c->seen = 1;
	for(i = 0; i < Nclass/64; i++)
		for(w = c->after[i]; w != 0; w &= w-1){
			k = i*64 + __builtin_ctzl(w);
			if(reaches(k, to))
				return 1;
		}
	return 0;
}

static char *symat(uintptr pc, uintptr *off)
{
	char *s;

	*off = 0;
	s = symname(pc, off);
	return s != nil? s: "?";
}

static noreturn_ void wrong(Class *held, uintptr heldpc, Class *taken, uintptr pc)
{
	char *a, *b, *c;
	uintptr x, y, z;

	a = symat(heldpc, &x);
	b = symat(pc, &y);
	c = symat(taken->afterpc, &z);
	panic("lock order: the lock taken at %s+%#lux is held while that at %s+%#lux is taken; the other order was seen, last at %s+%#lux (classes %d, %d)",
		a, (ulong)x, b, (ulong)y, c, (ulong)z, (int)(held-graph.class), (int)(taken-graph.class));
}

static void edge(Lockheld *h, void *l, uintptr pc)
{
	Class *a, *b;
	int from, to, i;

	graphlock();
	from = classof(h->lock, h->pc);
	to = classof(l, pc);
	if(from >= 0 && to >= 0 && from != to){
		a = &graph.class[from];
		b = &graph.class[to];
		if((a->after[to/64] & 1UL<<to%64) == 0){
			for(i = 0; i < graph.n; i++)
				graph.class[i].seen = 0;
			if(reaches(to, from)){
				graphunlock();
				wrong(a, h->pc, b, pc);
			}
			a->after[to/64] |= 1UL<<to%64;
			a->afterpc = pc;
		}
	}
	graphunlock();
}

static void edges(void *l, uintptr pc)
{
	int i, c;

	c = thiscpu()->id;
	for(i = 0; i < spin[c].n; i++)
		edge(&spin[c].held[i], l, pc);
	if(up != nil)
		for(i = 0; i < up->nqheld; i++)
			edge(&up->qheld[i], l, pc);
}

void orderlock(void *l, uintptr pc, int try)
{
	int c;

	c = thiscpu()->id;
	if(!try)
		edges(l, pc);
	if(spin[c].n == Spinmax)
		panic("lock order: %d Locks held", Spinmax);
	spin[c].held[spin[c].n++] = (Lockheld){ l, pc };
}

/* take l out of the n in h; 0: it was not there */
static int drop(Lockheld *h, int n, void *l)
{
	int i;

	for(i = n-1; i >= 0 && h[i].lock != l; i--)
		;
	if(i < 0)
		return 0;
	for(; i < n-1; i++)
		h[i] = h[i+1];
	return 1;
}

void orderunlock(void *l)
{
	int c;

	c = thiscpu()->id;
	spin[c].n -= drop(spin[c].held, spin[c].n, l);
}

void orderqlock(void *l, uintptr pc, int try)
{
	int s;

	s = splhi();
	if(up == nil){
		splx(s);
		return;
	}
	if(!try){
		ordersleep();
		edges(l, pc);
	}
	if(up->nqheld == Heldmax)
		panic("lock order: %d QLocks held", Heldmax);
	up->qheld[up->nqheld++] = (Lockheld){ l, pc };
	splx(s);
}

void orderqunlock(void *l)
{
	if(up != nil)
		up->nqheld -= drop(up->qheld, up->nqheld, l);
}

void ordersleep(void)
{
	int s;

	s = splhi();
	if(thiscpu()->nlock > 0)
		panic("about to sleep with a Lock held, taken at %#lux", (ulong)spin[thiscpu()->id].held[0].pc);
	splx(s);
}
