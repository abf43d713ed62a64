/*
 * lock.c: Lock, QLock and RWLock.
 *
 * A Lock's key is its holder's number, so that taking it twice, letting go
 * what another holds, and waiting without end are found and said.  While
 * waiting for its first Lock a processor takes interrupts, so that one that
 * waits for an answer from all processors with a Lock held gets it.
 *
 * A QLock's owner changes by compare-and-swap alone while nobody waits.
 * Who has to wait sets the lowest bit of owner under QLock.use; from then on
 * owner changes only under use, and qunlock hands the lock to the first in
 * the queue.  The queues of an RWLock are handed on likewise: a writer alone,
 * or all readers up to the next writer.
 *
 * QLock and RWLock sleep.  Before there are processes nobody can be waited
 * for, and Early stands for the owner.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "check/check.h"

#define Stuck 10000000000LL	/* ns of spinning after which something is wrong */
#define Early ((Proc*)2)
#define callerpc() ((uintptr)__builtin_return_address(0))

/* --- Lock --- */

static inline int take(Lock *l, u32int me)
{
	return __sync_bool_compare_and_swap(&l->key, 0, me);
}

/* interrupts are off, and were on before if on */
static inline void taken(Lock *l, Cpu *c, int on, uintptr pc)
{
	l->pc = pc;
	if(c->nlock++ == 0)
		c->lockintr = on;
}

static noreturn_ void stuck(Lock *l, char *what)
{
	char *s;
	uintptr off;

	off = 0;
	s = symname(l->pc, &off);
	panic("lock %#p %s: key %ud, taken at %#lux (%s+%#lux)", l, what, l->key, (ulong)l->pc, s? s: "?", (ulong)off);
}

/* apart from lock, whose short way then needs no stack */
static __attribute__((noinline)) void spin(Lock *l, Cpu *c, int on, uintptr pc)
{
	vlong start;
	u32int n, me;

	me = c->id+1;
	if(peek(l->key) == me)
		stuck(l, "taken twice");
	start = 0;
	n = 0;
	do{
		splx(on);
		while(peek(l->key) != 0){
			cpurelax();
			if((++n & 0xfffff) != 0)
				continue;
			if(start == 0)
				start = monons();
			else if(monons()-start > Stuck)
				stuck(l, "not let go");
		}
		if(on)
			splhi();
	}while(!take(l, me));
	taken(l, c, on, pc);
	lockwaited(pc, n);
}

/* lock for this file's own Locks inside others, which have no place in the order */
static inline void lockuse(Lock *l, uintptr pc)
{
	Cpu *c;
	int on;

	on = splhi();
	c = thiscpu();
	if(take(l, c->id+1))
		taken(l, c, on, pc);
	else
		spin(l, c, on, pc);
}

static inline void unlockuse(Lock *l)
{
	Cpu *c;

	c = thiscpu();
	if(peek(l->key) != (u32int)c->id+1)
		stuck(l, "not held by who lets it go");
	__atomic_store_n(&l->key, 0, __ATOMIC_RELEASE);
	if(--c->nlock == 0)
		splx(c->lockintr);
}

/* takes l; interrupts are off until the last Lock is let go.  Any level */
void lock(Lock *l)
{
	lockuse(l, callerpc());
	orderlock(l, callerpc(), 0);
}

/* 1 if l was free and is now taken */
int canlock(Lock *l)
{
	Cpu *c;
	int on;

	on = splhi();
	c = thiscpu();
	if(!take(l, c->id+1)){
		splx(on);
		return 0;
	}
	taken(l, c, on, callerpc());
	orderlock(l, callerpc(), 1);
	return 1;
}

void unlock(Lock *l)
{
	orderunlock(l);
	unlockuse(l);
}

int lockheld(Lock *l)
{
	return peek(l->key) == (u32int)thiscpu()->id+1;
}

/* --- QLock --- */

static inline Proc *self(void)
{
	return up? up: Early;
}

static inline Proc *plain(Proc *o)
{
	return (Proc*)((uintptr)o & ~1UL);
}

static inline Proc *marked(Proc *o)
{
	return (Proc*)((uintptr)o | 1);
}

static inline int swapowner(QLock *q, Proc **was, Proc *to)
{
	return __atomic_compare_exchange_n(&q->owner, was, to, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* with q->use: either takes q, and 1, or sees to it that q will be handed on */
static int takeormark(QLock *q, Proc *p)
{
	Proc *o;

	o = __atomic_load_n(&q->owner, __ATOMIC_ACQUIRE);
	for(;;){
		if(o == nil){
			if(swapowner(q, &o, p))
				return 1;
		}else if(o == marked(o) || swapowner(q, &o, marked(o)))
			return 0;
	}
}

static void queue(Proc **head, Proc **tail, Proc *p, int state)
{
	p->qnext = nil;
	poke(p->state, state);
	if(*head == nil)
		*head = p;
	else
		(*tail)->qnext = p;
	*tail = p;
}

static Proc *unqueue(Proc **head)
{
	Proc *p;

	p = *head;
	*head = p->qnext;
	return p;
}

static __attribute__((noinline)) void qwait(QLock *q, Proc *p, uintptr pc)
{
	if(p == Early)
		panic("qlock %#p before there are processes", q);
	if(plain(peek(q->owner)) == p)
		panic("qlock %#p taken twice by %ud %s", q, p->pid, p->text);
	lockuse(&q->use, callerpc());
	if(takeormark(q, p)){
		unlockuse(&q->use);
		return;
	}
	p->ql = q;
	p->qpc = pc;
	queue(&q->head, &q->tail, p, Pqueueing);
	unlockuse(&q->use);
	sched();
	p->ql = nil;
}

/* Sleeps until q is the caller's; notes do not interrupt. */
void qlock(QLock *q)
{
	Proc *p;

	p = self();
	orderqlock(q, callerpc(), 0);
	if(!__sync_bool_compare_and_swap(&q->owner, nil, p))
		qwait(q, p, callerpc());
	if(p != Early)
		p->nlocks++;
}

int canqlock(QLock *q)
{
	Proc *p;

	p = self();
	if(!__sync_bool_compare_and_swap(&q->owner, nil, p))
		return 0;
	orderqlock(q, callerpc(), 1);
	if(p != Early)
		p->nlocks++;
	return 1;
}

/* somebody waits: p, whose lock it was, hands it on */
static __attribute__((noinline)) void handover(QLock *q, Proc *p)
{
	if(plain(peek(q->owner)) != p)
		panic("qunlock %#p: owner is %#p", q, q->owner);
	lockuse(&q->use, callerpc());
	p = unqueue(&q->head);
	__atomic_store_n(&q->owner, q->head? marked(p): p, __ATOMIC_RELEASE);
	unlockuse(&q->use);
	ready(p);
}

/* by its owner; does not sleep */
void qunlock(QLock *q)
{
	Proc *p;

	p = self();
	orderqunlock(q);
	if(p != Early)
		p->nlocks--;
	if(!__sync_bool_compare_and_swap(&q->owner, p, nil))
		handover(q, p);
}

int qlockheld(QLock *q)
{
	return plain(peek(q->owner)) == self();
}

/* --- RWLock --- */

static void rwwait(RWLock *l, int state, uintptr pc)
{
	Proc *p;

	p = up;
	if(p == nil)
		panic("rwlock %#p before there are processes", l);
	p->qpc = pc;
	queue(&l->head, &l->tail, p, state);
	unlockuse(&l->use);
	sched();
}

/* with l->use, nobody reads or writes: the lock goes to who is first; what is to be made ready */
static Proc *handon(RWLock *l)
{
	Proc *first, *last;

	first = l->head;
	if(first == nil)
		return nil;
	last = first;
	if(first->state == Pqueueingw)
		l->writer = first;
	else
		for(l->readers = 1; last->qnext && last->qnext->state == Pqueueingr; l->readers++)
			last = last->qnext;
	l->head = last->qnext;
	last->qnext = nil;
	return first;
}

static void readyall(Proc *p)
{
	Proc *next;

	for(; p; p = next){
		next = p->qnext;
		ready(p);
	}
}

void rlock(RWLock *l)
{
	orderqlock(l, callerpc(), 0);
	lockuse(&l->use, callerpc());
	if(l->writer || l->head){
		rwwait(l, Pqueueingr, callerpc());
		return;
	}
	l->readers++;
	unlockuse(&l->use);
}

void runlock(RWLock *l)
{
	Proc *p;

	p = nil;
	orderqunlock(l);
	lockuse(&l->use, callerpc());
	if(l->readers <= 0)
		panic("runlock %#p: not locked", l);
	if(--l->readers == 0)
		p = handon(l);
	unlockuse(&l->use);
	readyall(p);
}

void wlock(RWLock *l)
{
	orderqlock(l, callerpc(), 0);
	lockuse(&l->use, callerpc());
	if(l->writer || l->readers || l->head){
		rwwait(l, Pqueueingw, callerpc());
		return;
	}
	l->writer = self();
	unlockuse(&l->use);
}

void wunlock(RWLock *l)
{
	Proc *p;

	orderqunlock(l);
	lockuse(&l->use, callerpc());
	if(l->writer != self())
		panic("wunlock %#p: writer is %#p", l, l->writer);
	l->writer = nil;
	p = handon(l);
	unlockuse(&l->use);
	readyall(p);
}
