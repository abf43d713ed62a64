/*
 * rendez.c: waiting for conditions, for time, and for another process.
 *
 * A process that sleeps on a Rendez is linked there (Proc.r says so) and
 * Pwakeme.  wakeup unlinks it, then makes it ready; after that
 * neither touches the Rendez again on this sleep's behalf, so it may be gone by
 * the time the sleeper runs.  A note, a kill or the timer only makes the
 * sleeper ready: it finds itself still linked, and unlinks itself.  All this
 * stands or falls with Proc.state being changed from Pwakeme by one party
 * only (procwake).
 *
 * A sleeper says which notes may end its sleep (Proc.intr), becomes Pwakeme,
 * and then looks for notes; who posts one sets notepending and then looks at
 * the state: so one sees the other.
 *
 * An Await is the same for one process and one event, without a lock: its
 * come and Proc.state are each written by one side before it reads the other's.
 *
 * Locks: Rendez.use, then a run queue's.  Rgrp.lk likewise.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "9p.h"
#include "timerq.h"

enum {
	Nrend = 32,
};

struct Rgrp {
	long ref;
	Lock lk;
	Proc *hash[Nrend];	/* by tag, linked by Proc.rendhash */
};

int returnfalse(void *arg)
{
	USED(arg);
	return 0;
}

/* does something pending end a sleep of that kind, begun at mark */
static int stirred(Proc *p, int how, u32int mark)
{
	if((__atomic_load_n(&p->notepending, __ATOMIC_SEQ_CST) & NPnote) == 0)
		return 0;
	if(how & IntrMark)
		return p->noteseq != mark;
	if(how & IntrNote)
		return 1;
	return (how & IntrKill) && (p->procctl & PCkill);
}

static void dequeue(Rendez *r, Proc *p)
{
	Proc **l;

	for(l = &r->head; *l && *l != p; l = &(*l)->rnext)
		;
	if(*l == p)
		*l = p->rnext;
	p->r = nil;
}

/* with r->use, which is released: p waits until it is made ready, for a reason or not */
static void wait(Rendez *r, Proc *p, int how, u32int mark)
{
	poke(p->intr, how);
	__atomic_store_n(&p->state, Pwakeme, __ATOMIC_SEQ_CST);
	unlock(&r->use);
	/* if somebody else was faster, p is in a run queue and sched finds it there */
	if((stirred(p, how, mark) || p->tmout) && __sync_bool_compare_and_swap(&p->state, Pwakeme, Prunning))
		return;
	sched();
}

/* p has been unlinked by wakeup, which may not have let go of r yet; then r may vanish */
static int awoken(Rendez *r, Proc *p)
{
	if(__atomic_load_n(&p->r, __ATOMIC_ACQUIRE))
		return 0;
	while(__atomic_load_n(&r->use.key, __ATOMIC_ACQUIRE) != 0)
		cpurelax();
	return 1;
}

/* linked on r, which is locked, until something happens: 0 woken, -1 interrupted, 1 time is up */
static int waitfor(Rendez *r, Proc *p, int how, u32int mark)
{
	int v;

	for(;;){
		wait(r, p, how, mark);
		if(awoken(r, p))
			return 0;
		lock(&r->use);
		v = p->r == nil? 0: stirred(p, how, mark)? -1: 1;
		if(p->r == nil || v < 0 || p->tmout)
			break;
	}
	if(v != 0)
		dequeue(r, p);
	unlock(&r->use);
	return v;
}

static int sleepon(Rendez *r, int (*cond)(void*), void *arg, int how, u32int mark)
{
	Proc *p;
	int v;

	p = up;
	ordersleep();
	lock(&r->use);
	if(cond(arg)){
		unlock(&r->use);
		return 0;
	}
	p->rcond = cond;
	p->rarg = arg;
	p->rnext = r->head;
	r->head = p;
	p->r = r;
	v = waitfor(r, p, how, mark);
	poke(p->intr, 0);
	return v < 0? seterr(Eintr): v;
}

static int kind(Proc *p)
{
	if(p->marked)
		return IntrMark|IntrNote|IntrKill;
	return p->killonly? IntrKill: IntrNote|IntrKill;
}

int sleep(Rendez *r, int (*cond)(void*), void *arg)
{
	Proc *p;

	p = up;
	p->qpc = (uintptr)__builtin_return_address(0);
	return sleepon(r, cond, arg, kind(p), p->mark);
}

void sleepu(Rendez *r, int (*cond)(void*), void *arg)
{
	up->qpc = (uintptr)__builtin_return_address(0);
	sleepon(r, cond, arg, 0, 0);
}

int sleepkill(Rendez *r, int (*cond)(void*), void *arg)
{
	up->qpc = (uintptr)__builtin_return_address(0);
	return sleepon(r, cond, arg, IntrKill, 0);
}

int sleepmark(Rendez *r, int (*cond)(void*), void *arg, u32int mark)
{
	up->qpc = (uintptr)__builtin_return_address(0);
	return sleepon(r, cond, arg, up->killonly? IntrKill: IntrMark|IntrNote|IntrKill, mark);
}

static void timeup(Timer *t)
{
	Proc *p;

	p = t->arg;
	__atomic_store_n(&p->tmout, 1, __ATOMIC_SEQ_CST);
	procwake(p, Pwakeme);
}

/* p's sleeps end in ns */
static void tmstart(Proc *p, vlong ns)
{
	Timer *t;

	p->tmout = 0;
	t = &p->sleeptimer;
	t->f = timeup;
	t->arg = p;
	t->when = monons() + ns;
	timeradd(t);
}

static void tmstop(Proc *p)
{
	timerdel(&p->sleeptimer);
	p->tmout = 0;
}

int tsleep(Rendez *r, int (*cond)(void*), void *arg, vlong ns)
{
	Proc *p;
	int v;

	p = up;
	p->qpc = (uintptr)__builtin_return_address(0);
	tmstart(p, ns);
	v = sleepon(r, cond, arg, kind(p), p->mark);
	tmstop(p);
	return v;
}

void wakeup(Rendez *r)
{
	Proc **l, *p;

	lock(&r->use);
	for(l = &r->head; (p = *l) != nil;){
		if(!p->rcond(p->rarg)){
			l = &p->rnext;
			continue;
		}
		*l = p->rnext;
		/*
		 * p->r is the last that p, running for a note, waits for
		 * under use; asleep, it waits to be made ready.
		 */
		__atomic_store_n(&p->r, nil, __ATOMIC_RELEASE);
		procwake(p, Pwakeme);
	}
	unlock(&r->use);
}

/* --- one event --- */

static int awcas(Await *a, u32int old, u32int new)
{
	return __atomic_compare_exchange_n(&a->come, &old, new, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static u32int awcome(Await *a)
{
	return __atomic_load_n(&a->come, __ATOMIC_SEQ_CST);
}

static int awaitlong(Await *a, Proc *p, int how, u32int mark)
{
	int v;

	poke(p->intr, how);
	do{
		__atomic_store_n(&p->state, Pwakeme, __ATOMIC_SEQ_CST);
		v = stirred(p, how, mark) || p->tmout || awcome(a) != AwWaits;
		/* if somebody was faster, p is in a run queue and sched finds it there */
		if(!v || !__sync_bool_compare_and_swap(&p->state, Pwakeme, Prunning))
			sched();
		if(awcome(a) != AwWaits)
			goto Come;
		v = stirred(p, how, mark)? -1: p->tmout;
	}while(v == 0);
	poke(p->intr, 0);
	if(awcas(a, AwWaits, AwNone))
		return v < 0? seterr(Eintr): v;
Come:
	poke(p->intr, 0);
	while(awcome(a) != AwOver)
		cpurelax();
	return 0;
}

static int awaiton(Await *a, int how)
{
	if(!awcas(a, AwNone, AwWaits))
		return 0;
	return awaitlong(a, a->p, how, a->p->mark);
}

int await(Await *a)
{
	a->p->qpc = (uintptr)__builtin_return_address(0);
	return awaiton(a, kind(a->p));
}

void awaitu(Await *a)
{
	a->p->qpc = (uintptr)__builtin_return_address(0);
	awaiton(a, 0);
}

int tawait(Await *a, vlong ns)
{
	int v;

	a->p->qpc = (uintptr)__builtin_return_address(0);
	tmstart(a->p, ns);
	v = awaiton(a, kind(a->p));
	tmstop(a->p);
	return v;
}

void awaken(Await *a)
{
	procfollow(a->p);
	__atomic_store_n(&a->come, AwOver, __ATOMIC_RELEASE);
}

/* --- sleep(2) --- */

/* a[0]: ms; 0 lets others run.  0, -1 interrupted */
long sys_sleep(u64int *a)
{
	vlong ms;
	int v;

	ms = a[0];
	if(ms > 0)
		return tsleep(&up->sleepr, returnfalse, nil, MIN(ms, (vlong)MAXMS)*1000000) < 0? -1: 0;
	v = edfyield();
	if(v > 0){
		yield();
		v = 0;
	}
	return v;
}

/* --- rendezvous(2) --- */

Rgrp *rgrpnew(void)
{
	Rgrp *g;

	g = mallocz(sizeof *g, 1);
	if(g == nil)
		return seterrp(Enomem);
	g->ref = 1;
	return g;
}

void rgrpincref(Rgrp *g)
{
	incref(&g->ref);
}

void rgrpclose(Rgrp *g)
{
	if(g && decref(&g->ref) == 0)
		free(g);
}

static Proc **bucket(Rgrp *g, uintptr tag)
{
	return &g->hash[(tag ^ tag>>5 ^ tag>>12) % Nrend];
}

/* takes the process that waits with that tag, or p, out of its bucket; with g->lk */
static Proc *unhash(Rgrp *g, uintptr tag, Proc *p)
{
	Proc **l, *q;

	for(l = bucket(g, tag); (q = *l) != nil; l = &q->rendhash)
		if(p? q == p: q->rendtag == tag){
			*l = q->rendhash;
			q->rendhash = nil;
			return q;
		}
	return nil;
}

/* p, hashed, waits for its partner; g->lk is released.  0; -1: a note came first */
static int awaitpartner(Rgrp *g, Proc *p)
{
	int noted;

	for(;;){
		poke(p->intr, IntrNote|IntrKill);
		__atomic_store_n(&p->state, Prendezvous, __ATOMIC_SEQ_CST);
		unlock(&g->lk);
		if(!stirred(p, IntrNote|IntrKill, 0) || !__sync_bool_compare_and_swap(&p->state, Prendezvous, Prunning))
			sched();
		if(__atomic_load_n(&p->rendmet, __ATOMIC_ACQUIRE))
			return 0;
		lock(&g->lk);
		noted = stirred(p, IntrNote|IntrKill, 0);
		if(p->rendmet || noted)
			break;
	}
	if(!p->rendmet)
		unhash(g, p->rendtag, p);
	unlock(&g->lk);
	return p->rendmet? 0: seterr(Eintr);
}

/* a[0]: tag, a[1]: value.  The partner's value; -1 interrupted */
long sys_rendezvous(u64int *a)
{
	Rgrp *g;
	Proc *p, *q, **l;
	uintptr v;

	p = up;
	g = p->rgrp;
	lock(&g->lk);
	q = unhash(g, a[0], nil);
	if(q){
		v = q->rendval;
		q->rendval = a[1];
		__atomic_store_n(&q->rendmet, 1, __ATOMIC_RELEASE);
		procwake(q, Prendezvous);
		unlock(&g->lk);
		return v;
	}
	p->rendtag = a[0];
	p->rendval = a[1];
	p->rendmet = 0;
	l = bucket(g, a[0]);
	p->rendhash = *l;
	*l = p;
	if(awaitpartner(g, p) < 0)
		return -1;
	return p->rendval;
}
