/*
 * timer.c: timers, the clock interrupt, and the calls that tell or count
 * time.
 *
 * Each processor has its timers in a pairing heap threaded through the
 * Timers themselves, so that adding one cannot fail and any can leave.  A
 * timer runs on the processor where it was added.  There is no regular tick:
 * the clock is armed for whichever comes first, the top of the heap or the
 * scheduler's own tick while a process runs.  It is not armed anew when the top
 * leaves: an interrupt for nothing sets that right.
 *
 * Locks: Timerq.lk, the last in the order; f runs without it, in interrupt
 * context, and may add its own timer again.  A Timer is used by one
 * process at a time (timeradd and timerdel do not race on the same one).
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "timerq.h"

#define Never ((vlong)~(1ULL<<63))

void (*kprofhook)(Ureg*);

/* of two heaps make one; both are roots, and not nil */
static Timer *meld(Timer *a, Timer *b)
{
	Timer *t;

	if(b->when < a->when){
		t = a;
		a = b;
		b = t;
	}
	b->next = a->child;
	if(b->next)
		b->next->prev = &b->next;
	b->prev = &a->child;
	a->child = b;
	return a;
}

/* a heap of a list of siblings: meld them in pairs from the left, then the pairs from the right */
static Timer *meldall(Timer *list)
{
	Timer *a, *b, *pairs;

	for(pairs = nil; list; pairs = a){
		a = list;
		b = a->next;
		list = b? b->next: nil;
		if(b){
			b->next = nil;
			a = meld(a, b);
		}
		a->next = pairs;
	}
	for(a = nil; pairs; pairs = list){
		list = pairs->next;
		a = a? meld(a, pairs): pairs;
	}
	return a;
}

static void settop(Timerq *q, Timer *t)
{
	q->top = t;
	if(t){
		t->next = nil;
		t->prev = &q->top;
	}
}

static void heapadd(Timerq *q, Timer *t)
{
	t->child = nil;
	settop(q, q->top? meld(q->top, t): t);
	t->active = 1;
}

static void heapdel(Timerq *q, Timer *t)
{
	Timer *sub;

	sub = meldall(t->child);
	*t->prev = t->next;
	if(t->next)
		t->next->prev = t->prev;
	if(q->top == nil)
		settop(q, sub);
	else if(sub)
		settop(q, meld(q->top, sub));
	t->child = nil;
	t->next = nil;
	t->prev = nil;
	t->active = 0;
}

static void arm(Timerq *q)
{
	vlong when;

	when = q->top? q->top->when: Never;
	if(q->tick >= 0 && q->tick < when)
		when = q->tick;
	if(when >= q->armed)
		return;
	q->armed = when;
	clockarm(when);
}

/*
 * t->f will run at t->when, and every t->period from then on.  A time that
 * is past means soon.  t must not be active on another processor; an active
 * one is moved.
 */
void timeradd(Timer *t)
{
	Timerq *q;
	Cpu *c;
	int on;

	if(t->active)
		timerdel(t);
	on = splhi();
	c = thiscpu();
	q = c->timers;
	lock(&q->lk);
	t->cpu = c;
	heapadd(q, t);
	arm(q);
	unlock(&q->lk);
	splx(on);
}

/*
 * On return t is not active, and t->f not running (unless it is t->f that
 * asks).  Not with a Lock held that t->f takes.
 */
void timerdel(Timer *t)
{
	Timerq *q;

	if(t->cpu == nil)
		return;
	q = t->cpu->timers;
	lock(&q->lk);
	for(;;){
		if(t->active)
			heapdel(q, t);
		if(q->running != t)
			break;
		q->again = 0;
		if(t->cpu == thiscpu())
			break;
		unlock(&q->lk);
		cpurelax();
		lock(&q->lk);
	}
	unlock(&q->lk);
}

/* run t, due and the top; q->lk is released meanwhile */
static void fire(Timerq *q, Timer *t)
{
	vlong period;

	heapdel(q, t);
	q->running = t;
	period = t->period;
	q->again = period > 0;
	unlock(&q->lk);
	t->f(t);
	lock(&q->lk);
	/* a timer that is not periodic may be gone by now */
	if(q->again && !t->active){
		t->when += period;
		heapadd(q, t);
	}
	q->again = 0;
	q->running = nil;
}

/* the clock interrupt of this processor, interrupts off */
void timerintr(Ureg *u)
{
	Timerq *q;
	Timer *t;
	vlong now;

	q = thiscpu()->timers;
	if(kprofhook)
		kprofhook(u);
	now = monons();
	lock(&q->lk);
	q->armed = Never;
	while((t = q->top) != nil && t->when <= now)
		fire(q, t);
	unlock(&q->lk);
	if(q->tick >= 0 && q->tick <= now)
		q->tick = schedtick(u, now);
	lock(&q->lk);
	arm(q);
	unlock(&q->lk);
}

/* a process begins to run after none did: the tick is wanted; interrupts are off */
void timertick(vlong when)
{
	Timerq *q;

	q = thiscpu()->timers;
	if(q->tick >= 0)
		return;
	lock(&q->lk);
	q->tick = when;
	arm(q);
	unlock(&q->lk);
}

void timerqinit(Timerq *q)
{
	q->tick = -1;
	q->armed = Never;
	thiscpu()->timers = q;
}

vlong nsec(void)
{
	return monons() + boottime;
}

long sys_nsec(u64int *a)
{
	USED(a);
	return nsec();
}

static void alarmed(Timer *t)
{
	postnote(t->arg, "alarm", NUser);
}

/* a[0]: ms, 0 for none.  The ms that were left of the last one */
long sys_alarm(u64int *a)
{
	Timer *t;
	vlong left;

	t = &up->alarmtimer;
	if(a[0] == 0 && t->cpu == nil)	/* there was never one */
		return 0;
	left = t->active? t->when - monons(): 0;
	timerdel(t);
	if(a[0] > 0){
		t->f = alarmed;
		t->arg = up;
		t->period = 0;
		t->when = monons() + (vlong)MIN(a[0], (u64int)MAXMS)*1000000;
		timeradd(t);
	}
	return left > 0? (left + 999999) / 1000000: 0;
}
