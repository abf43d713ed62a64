/*
 * edf.c: real-time processes: period, deadline, cost, as proc(3) has them.
 *
 * An admitted process is wired to one processor, where what all those
 * admitted may use within their deadlines is at most RtMost.  It is released
 * every period: until its deadline, or until it has run for its cost, it goes
 * before all others by earliest deadline.  Then it is spent: it runs only
 * when nothing else wants to, until the next release.
 *
 * Releases happen when the process, awake, reaches release+period: the timer
 * `again` sees to that while it is spent and not waiting; a process that
 * waits is released, if due, when it wakes.  So periods may be skipped, and
 * the last release tells all.
 *
 * Locks: the run queue's of the Edf's processor, for all but the parameters,
 * which the setting processes share under paramlk.  Timers are added with it, but
 * never deleted under it: their functions take it.  Edfs are not given back
 * to malloc, for `again` may fire late; p is nil in one that is free.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "runq.h"

enum {
	Shortest = 100000,	/* ns: no period may be shorter */
	/* Edf.state */
	Spent = 0,
	Released,
};
#define Longest 1000000000000LL	/* ns */

typedef struct Edf Edf;
struct Edf {
	Proc *p;
	vlong period, deadline, cost;	/* ns */
	u8int sporadic, yieldonblock;
	u8int state;
	u32int load;		/* parts of RtAll */
	int waswired;
	Cpu *cpu;
	vlong release;		/* the last */
	vlong end;		/* its deadline */
	vlong left;		/* of cost */
	Timer again;		/* next release */
	Timer slice;		/* cost or deadline reached, while running */
	Edf *next;		/* free ones */
};

static QLock paramlk;
static Edf *freelist;		/* under paramlk */

static inline Edf *edfof(Proc *p)
{
	return p->edf;
}

static void note(Proc *p, int event)
{
	if(p->traced)
		proctrace(p, event, monons());
}

/* --- what the scheduler calls --- */

int edfactive(Proc *p)
{
	return edfof(p)->state == Released;
}

vlong edfend(Proc *p)
{
	return edfof(p)->end;
}

/* with the lock: it waits for its next release */
static void spend(Edf *e)
{
	e->state = Spent;
	if(e->again.active)
		return;
	e->again.when = e->release + e->period;
	timeradd(&e->again);
}

/* with the lock, due: a new period, unless its deadline is past as well */
static void release(Edf *e, vlong now)
{
	if(e->sporadic)
		e->release = now;
	else
		e->release += (now - e->release) / e->period * e->period;
	e->end = e->release + e->deadline;
	e->left = e->cost;
	e->state = Released;
	note(e->p, TrRelease);
	if(e->end <= now)
		spend(e);
}

void edfwake(Proc *p)
{
	Edf *e;
	vlong now;

	e = p->edf;
	now = monons();
	if(e->state == Released && (e->left <= 0 || e->end <= now))
		e->state = Spent;
	if(e->state == Released)
		return;
	if(now >= e->release + e->period)
		release(e, now);
	else
		spend(e);
}

void edfexpire(Proc *p)
{
	note(p, TrDeadline);
	spend(p->edf);
}

void edfrun(Proc *p, Runq *q)
{
	Edf *e;

	e = p->edf;
	if(e->state != Released){
		/* woken before edfstop said that it was spent: see to its next release */
		lock(&q->lk);
		spend(e);
		unlock(&q->lk);
		return;
	}
	poke(q->curpri, Rt);
	poke(q->curend, e->end);
	e->slice.when = MIN(e->end, q->now + e->left);
	timeradd(&e->slice);
	note(p, TrEdf);
}

void edfcharge(Proc *p, vlong ran, vlong now)
{
	Edf *e;
	Runq *q;

	e = p->edf;
	q = e->cpu->runq;
	lock(&q->lk);
	if(e->state == Released){
		e->left -= ran;
		if(e->left <= 0 || e->end <= now){
			note(p, e->left <= 0? TrSlice: TrDeadline);
			spend(e);
		}
	}
	unlock(&q->lk);
}

void edfstop(Proc *p, int waits)
{
	Edf *e;
	Runq *q;

	e = p->edf;
	timerdel(&e->slice);
	if(!waits || !(e->sporadic || e->yieldonblock))
		return;
	q = e->cpu->runq;
	lock(&q->lk);
	e->state = Spent;
	unlock(&q->lk);
}

/* --- timers --- */

static void sliceover(Timer *t)
{
	schedpreempt(t->cpu);
}

/* the next period begins, if e is still what it was when this was set */
static void againdue(Timer *t)
{
	Edf *e;
	Runq *q;
	Proc *p;
	vlong now;
	int on, state;

	e = t->arg;
	q = e->cpu->runq;
	now = monons();
	lock(&q->lk);
	p = e->p;
	state = p? peek(p->state): Pdead;
	on = p && p->rt && e->state == Spent && (state == Pready || state == Prunning);
	if(on && now < e->release + e->period){
		spend(e);	/* set for an earlier one, since overtaken */
		on = 0;
	}
	if(on){
		release(e, now);
		if(e->state == Released && state == Pready)
			runqmove(q, p);
	}
	unlock(&q->lk);
	if(on)
		schedpreempt(e->cpu);
}

/* --- parameters --- */

static Edf *edfnew(Proc *p)
{
	Edf *e;

	if((e = freelist) != nil){
		freelist = e->next;
		e->period = e->deadline = e->cost = 0;
		e->sporadic = e->yieldonblock = 0;
		e->state = Spent;
	}else if((e = mallocz(sizeof *e, 1)) == nil)
		return seterrp("no memory for real-time parameters");
	e->p = p;
	e->again.f = againdue;
	e->again.arg = e;
	e->slice.f = sliceover;
	e->slice.arg = e;
	p->edf = e;
	return e;
}

static vlong unitns(char *s)
{
	static struct { char *name; vlong ns; } unit[] = {
		{ "", 1 }, { "ns", 1 }, { "us", 1000 }, { "µs", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
	};
	uint i;

	for(i = 0; i < nelem(unit); i++)
		if(strcmp(unit[i].name, s) == 0)
			return unit[i].ns;
	return 0;
}

/* a number with a decimal point and a unit, in ns; -1: bad */
static vlong parsetime(char *s)
{
	vlong v, frac, scale, unit;

	v = frac = 0;
	scale = 1;
	if((*s < '0' || *s > '9') && *s != '.')
		return -1;
	for(; *s >= '0' && *s <= '9'; s++)
		if((v = v*10 + *s-'0') > Longest)
			return -1;
	if(*s == '.')
		for(s++; *s >= '0' && *s <= '9'; s++)
			if(scale < 1000000000){
				scale *= 10;
				frac = frac*10 + *s-'0';
			}
	unit = unitns(s);
	if(unit == 0 || v > Longest/unit)
		return -1;
	return v*unit + frac*unit/scale;
}

static vlong *param(Edf *e, char *what)
{
	if(strcmp(what, "period") == 0)
		return &e->period;
	if(strcmp(what, "deadline") == 0)
		return &e->deadline;
	return &e->cost;
}

static int set(Proc *p, char *what, char *time)
{
	vlong t, *v;
	Edf *e;
	int sign;

	if(p->rt)
		return seterr("already admitted");
	e = p->edf;
	if(e == nil && (e = edfnew(p)) == nil)
		return -1;
	sign = *time == '+'? 1: *time == '-'? -1: 0;
	t = parsetime(sign? time+1: time);
	v = param(e, what);
	if(t >= 0 && sign)
		t = *v + sign*t;
	if(t < 0 || t > Longest)
		return seterr("bad time");
	*v = t;
	return 0;
}

/* Sets p's period, deadline or cost to a time such as 1.5ms; a sign changes what it was.  -1 and errstr.  Sleeps */
int edfset(Proc *p, char *what, char *time)
{
	int r;

	qlock(&paramlk);
	r = set(p, what, time);
	qunlock(&paramlk);
	return r;
}

/* Marks p sporadic, or yieldonblock.  -1 and errstr.  Sleeps */
int edfmode(Proc *p, char *what)
{
	Edf *e;

	qlock(&paramlk);
	e = p->edf;
	if(e == nil)
		e = edfnew(p);
	if(e && strcmp(what, "sporadic") == 0)
		e->sporadic = 1;
	else if(e)
		e->yieldonblock = 1;
	qunlock(&paramlk);
	return e? 0: -1;
}

/* --- admission --- */

/* it runs otherwise from now on */
static void nudge(Proc *p)
{
	Cpu *c;

	c = peek(p->cpu);
	if(c && peek(p->state) == Prunning)
		schedpreempt(c);
}

static char *unfit(Edf *e)
{
	if(e->deadline == 0)
		e->deadline = e->period;
	if(e->period < Shortest)
		return "real-time period not set, or too short";
	if(e->cost <= 0)
		return "real-time cost not set";
	if(e->deadline > e->period)
		return "real-time deadline is beyond the period";
	if(e->cost > e->deadline)
		return "real-time cost exceeds the deadline";
	return nil;
}

/*
 * Enough for all deadlines on a processor to be kept is that the costs'
 * shares of their deadlines are less than the whole together.
 */
static int fits(Cpu *c, Edf *e)
{
	Runq *q;
	int ok;

	q = c? __atomic_load_n(&c->runq, __ATOMIC_ACQUIRE): nil;
	if(q == nil)
		return 0;
	lock(&q->lk);
	ok = q->rtload + e->load <= RtMost;
	if(ok)
		q->rtload += e->load;
	unlock(&q->lk);
	return ok;
}

static Cpu *findroom(Proc *p, Edf *e)
{
	int i;

	if(p->wired >= 0)
		return fits(cpus[p->wired], e)? cpus[p->wired]: nil;
	for(i = 0; i < NCPU; i++)
		if(fits(cpus[i], e))
			return cpus[i];
	return nil;
}

static int admit(Proc *p, Edf *e)
{
	char *why;
	Runq *q;
	Cpu *c;

	if(p->rt)
		return seterr("already admitted");
	if(e == nil)
		return seterr("real-time period not set");
	why = unfit(e);
	if(why)
		return seterr(why);
	e->load = (e->cost << 20) / e->deadline;
	c = findroom(p, e);
	if(c == nil)
		return seterr("real-time process would not keep its deadlines");
	q = c->runq;
	lock(&q->lk);
	e->cpu = c;
	e->waswired = p->wired;
	e->release = monons();
	e->end = e->release + e->deadline;
	e->left = e->cost;
	e->state = Released;
	poke(p->wired, c->id);
	p->rt = 1;
	unlock(&q->lk);
	note(p, TrAdmit);
	nudge(p);
	return 0;
}

/* p is real-time from now on.  -1 and errstr: its parameters do not fit, or the processor's load.  Sleeps */
int edfadmit(Proc *p)
{
	int r;

	qlock(&paramlk);
	r = admit(p, p->edf);
	qunlock(&paramlk);
	return r;
}

static void expel(Proc *p, Edf *e)
{
	Runq *q;

	if(!p->rt)
		return;
	q = e->cpu->runq;
	lock(&q->lk);
	p->rt = 0;
	poke(p->wired, e->waswired);
	q->rtload -= e->load;
	unlock(&q->lk);
	timerdel(&e->again);
	note(p, TrExpel);
	nudge(p);
}

/* Sleeps */
void edfexpel(Proc *p)
{
	qlock(&paramlk);
	expel(p, p->edf);
	qunlock(&paramlk);
}

/* p, the current process, exits.  Sleeps */
void edffree(Proc *p)
{
	Edf *e;

	if(p->edf == nil)
		return;
	qlock(&paramlk);
	e = p->edf;
	expel(p, e);
	timerdel(&e->slice);
	p->edf = nil;
	e->p = nil;
	e->next = freelist;
	freelist = e;
	qunlock(&paramlk);
}

/* 0: the next release has come; -1: a note came first; 1: not a real-time process.  Sleeps */
int edfyield(void)
{
	Edf *e;
	Runq *q;
	vlong now, wait;

	e = up->edf;
	if(!up->rt)
		return 1;
	q = e->cpu->runq;
	now = monons();
	lock(&q->lk);
	e->state = Spent;
	wait = e->release + e->period - now;
	if(wait <= 0)
		release(e, now);
	unlock(&q->lk);
	note(up, TrYield);
	if(wait <= 0){
		yield();
		return 0;
	}
	return tsleep(&up->sleepr, returnfalse, nil, wait) < 0? -1: 0;
}

int edfshow(Proc *p, char *buf, int n)
{
	Edf *e;
	int k;

	qlock(&paramlk);
	e = p->edf;
	k = e? snprint(buf, n, "period %lldns deadline %lldns cost %lldns%s%s%s\n", e->period, e->deadline, e->cost,
		e->sporadic? " sporadic": "", e->yieldonblock? " yieldonblock": "", p->rt? " admitted": ""): 0;
	qunlock(&paramlk);
	return k;
}
