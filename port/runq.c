/*
 * runq.c: a processor's queue of processes that are ready.
 *
 * Real-time processes come first, by deadline (q->rt), then 20 priorities,
 * first come first served in each.  n and nfree are right whenever q->lk is
 * free; others look at them, at map and at rt without it.  What is at hand
 * (q->hand) is not in the queue: that is sched.c's.
 *
 * Locks: all here is called with q->lk, and interrupts off.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "runq.h"

static void rtadd(Runq *q, Proc *p)
{
	Proc **l;
	vlong end;

	end = edfend(p);
	for(l = &q->rt; *l && edfend(*l) <= end; l = &(*l)->qnext)
		;
	p->qnext = *l;
	poke(*l, p);
}

/* p, Pready, goes into its class; with q->lk */
void runqadd(Runq *q, Proc *p)
{
	int i;

	p->anycpu = peek(p->wired) < 0;
	poke(q->n, q->n + 1);
	poke(q->nfree, q->nfree + p->anycpu);
	if(p->rt && edfactive(p)){
		rtadd(q, p);
		return;
	}
	i = peek(p->pri);	/* a process that is still leaving its processor may change it */
	p->qnext = nil;
	if(q->map & 1U<<i)
		q->q[i].tail->qnext = p;
	else
		q->q[i].head = p;
	q->q[i].tail = p;
	poke(q->map, q->map | 1U<<i);
}

static inline void counttaken(Runq *q, Proc *p)
{
	poke(q->n, q->n - 1);
	poke(q->nfree, q->nfree - p->anycpu);
}

/* p, which comes after prev (nil: first) at priority i, leaves; with q->lk */
void runqout(Runq *q, int i, Proc *prev, Proc *p)
{
	if(prev)
		prev->qnext = p->qnext;
	else
		q->q[i].head = p->qnext;
	if(p->qnext == nil)
		q->q[i].tail = prev;
	if(q->q[i].head == nil)
		poke(q->map, q->map & ~(1U<<i));
	counttaken(q, p);
}

static Proc *takert(Runq *q, Proc *me)
{
	Proc **l, *p;

	for(l = &q->rt; (p = *l) != nil; l = &p->qnext)
		if(procsaved(p, me)){
			poke(*l, p->qnext);
			counttaken(q, p);
			return p;
		}
	return nil;
}

/*
 * Takes out the first of the highest priority, or nil: one whose registers
 * are saved, or me; thief: that may run on any processor.  With q->lk.
 */
Proc *runqtake(Runq *q, Proc *me, int thief)
{
	Proc *prev, *p;
	u32int map;
	int i;

	if(q->rt && !thief && (p = takert(q, me)) != nil)
		return p;
	for(map = q->map; map; map &= ~(1U<<i)){
		i = 31 - __builtin_clz(map);
		for(prev = nil, p = q->q[i].head; p; prev = p, p = p->qnext)
			if(procsaved(p, me) && (p->anycpu || !thief)){
				runqout(q, i, prev, p);
				return p;
			}
	}
	return nil;
}

/* p has become real-time now; if it is queued here, move it up; with q->lk */
void runqmove(Runq *q, Proc *p)
{
	Proc *prev, *x;

	prev = nil;
	for(x = q->q[p->pri].head; x && x != p; x = x->qnext)
		prev = x;
	if(x == nil)
		return;
	runqout(q, p->pri, prev, p);
	runqadd(q, p);
}

/* with q->lk: real-time processes whose time is over go to the end */
void runqexpire(Runq *q)
{
	Proc *p;

	while((p = q->rt) != nil && edfend(p) <= q->now){
		poke(q->rt, p->qnext);
		counttaken(q, p);
		edfexpire(p);
		poke(p->pri, 0);
		runqadd(q, p);
	}
}
