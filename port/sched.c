/*
 * sched.c: which process runs.
 *
 * Each processor has a run queue: real-time processes by deadline, then 20
 * priorities, first come first served in each.  A process that leaves its
 * processor picks the next one there and switches to it directly; only when
 * there is none does the processor go to its own stack, in schedloop, to look
 * in others' queues and then halt.
 *
 * Who makes a process ready keeps it for his own processor, whatever that one
 * runs now: often it is about to wait for the very process, which then
 * follows it without another processor being woken, nor any lock taken: one
 * such process can be in Runq.hand, which only changes atomically.  When
 * instead the waker goes on in user mode and the process still waits,
 * schedcheck wakes an idle processor to take it.  At the latest the next tick
 * puts it in the queue.
 *
 * Priorities: base minus what it has run lately (used, halved every
 * quarter of a second, in a queue too), unless fixed.
 *
 * Invariants.  A process in a run queue or hand is Pready.  oncpu is set, under the
 * queue's lock, by who takes it out, and cleared when its registers are
 * saved, after a switch away.  In between it may have been made ready again;
 * then nobody else takes it, and only an idle processor waits for that.
 * Proc.state is Pmoribund only before the last switch.
 *
 * Locks: Runq.lk (runq.c), one at a time.  All here runs with interrupts off.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "runq.h"
#include "timerq.h"

enum {
	Tick = 10000000,	/* ns between looks at a running process */
	Halve = 250000000,	/* ns in which use counts half */
	Balance = 16,		/* ticks between comparing queues */
	Unit = 25,		/* 2^Unit ns of use cost one level of priority */
	/* Cpu.resched */
	Preempt = 1<<0,
	Surplus = 1<<1,		/* somebody else might run what is queued here */
};

void (*proctracehook)(Proc*, int, vlong);
static u64int idlemask;		/* processors that halt, or are about to, and that nobody has woken yet */

static inline Runq *runq(Cpu *c)
{
	return __atomic_load_n(&c->runq, __ATOMIC_ACQUIRE);
}

static inline void trace(Proc *p, int event, vlong now)
{
	if(p->traced)
		proctrace(p, event, now);
}

/* an event for #p/trace, if it is open.  Any level */
void proctrace(Proc *p, int event, vlong now)
{
	void (*f)(Proc*, int, vlong);

	f = __atomic_load_n(&proctracehook, __ATOMIC_ACQUIRE);
	if(f)
		f(p, event, now);
}

/* have c choose anew who runs there; any level */
void schedpreempt(Cpu *c)
{
	__atomic_fetch_or(&c->resched, Preempt, __ATOMIC_SEQ_CST);
	if(c != thiscpu())
		cpukick(c->id);
}

/* --- times and priorities --- */

/* what was used long ago counts less */
static __attribute__((noinline)) void age(Proc *p, vlong now)
{
	u64int k;
	vlong d;

	d = now - p->usedat;
	k = d / Halve;
	p->used = k < 64? p->used>>k: 0;
	poke(p->usedat, now - d%Halve);
}

static inline void reprio(Proc *p, vlong now)
{
	u64int k;

	if(now - p->usedat >= Halve)
		age(p, now);
	k = p->used >> Unit;
	k = k < p->basepri? p->basepri - k: 0;
	if(p->fixedpri)
		k = p->basepri;
	if(p->rt && !edfactive(p))
		k = 0;
	poke(p->pri, k);
}

/* count what p, running here, has run; the time */
static inline vlong charge(Cpu *c, Proc *p)
{
	vlong now, ran;

	now = monons();
	runq(c)->now = now;
	ran = now - p->runstart;
	p->runstart = now;
	p->used += ran;
	if(p->rt)
		edfcharge(p, ran, now);
	reprio(p, now);
	return ran;
}

/* nothing tells user time from the kernel's but the ticks; between them it is as it was lately */
static inline void split(Proc *p, vlong ran)
{
	u64int u;

	u = p->kp? 0: (u64int)ran*p->mix >> 8;
	p->utime += u;
	p->stime += ran - u;
}

/* bring p's times up to date, if it is the current process */
void schedcharge(Proc *p)
{
	int on;

	if(p != up)
		return;
	on = splhi();
	split(p, charge(thiscpu(), p));
	splx(on);
}

static void sample(Proc *p, Ureg *u, vlong ran)
{
	if(trapuser(u)){
		p->utime += ran;
		p->mix += (256 - p->mix) >> 3;
		if(p->prof)
			profsample(p, u->rip, ran);
	}else{
		p->stime += ran;
		p->mix -= p->mix >> 3;
	}
}

/* --- making ready --- */

/*
 * Wake a processor that halts.  It is not idle from now on, so that nobody
 * wakes it once more before it has looked round; it says itself when it is
 * idle again, before it looks a last time.
 */
static void kickidle(Cpu *c)
{
	u64int m, bit;

	while((m = __atomic_load_n(&idlemask, __ATOMIC_SEQ_CST) & ~(1UL<<c->id)) != 0){
		bit = m & -m;
		if(__atomic_fetch_and(&idlemask, ~bit, __ATOMIC_SEQ_CST) & bit){
			cpukick(__builtin_ctzl(bit));
			break;
		}
	}
}

/* what decides whether a process runs at once; the process itself, once queued, may run elsewhere, end and be gone */
typedef struct Claim Claim;
struct Claim {
	int pri;	/* Rt: end counts */
	int wired;
	vlong end;
};

static inline Claim claim(Proc *p)
{
	if(p->rt && edfactive(p))
		return (Claim){ .pri = Rt, .wired = peek(p->wired), .end = edfend(p) };
	return (Claim){ .pri = peek(p->pri), .wired = peek(p->wired) };
}

static inline int beats(Runq *q, Claim k)
{
	if(k.pri == Rt)
		return peek(q->curpri) < Rt || k.end < peek(q->curend);
	return k.pri > peek(q->curpri);
}

/* what made that claim has been queued at v; c is this processor */
static inline void announce(Cpu *c, Cpu *v, Claim k)
{
	Runq *q;

	q = runq(v);
	if(v != c){
		/* it sets curpri to Idle before it looks at n a last time */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if(beats(q, k))
			schedpreempt(v);
		return;
	}
	if(q->curpri == Idle)
		return;
	if(beats(q, k))
		__atomic_fetch_or(&c->resched, Preempt, __ATOMIC_SEQ_CST);
	else if(k.wired < 0 && peek(idlemask))
		__atomic_fetch_or(&c->resched, Surplus, __ATOMIC_SEQ_CST);
}

static inline Cpu *place(Cpu *c, Proc *p)
{
	int n;

	n = peek(p->wired);
	return n < 0? c: cpus[n];
}

static void queue(Runq *q, Proc *p)
{
	lock(&q->lk);
	runqadd(q, p);
	unlock(&q->lk);
}

/* take what is at hand */
static inline Proc *takehand(Runq *q)
{
	if(__atomic_load_n(&q->hand, __ATOMIC_RELAXED) == nil)
		return nil;
	return __atomic_exchange_n(&q->hand, nil, __ATOMIC_SEQ_CST);
}

static void unhand(Runq *q)
{
	Proc *p;

	p = takehand(q);
	if(p)
		queue(q, p);
}

/* p is Pready and in no queue; waited: it did not run until now */
static void enqueue(Proc *p, int waited)
{
	Cpu *c, *v;
	Runq *q;
	Claim k;
	vlong now;
	int on;

	on = splhi();
	c = thiscpu();
	now = runq(c)->now;
	v = place(c, p);
	q = runq(v);
	trace(p, TrReady, now);
	if(p->rt && waited){
		lock(&q->lk);
		edfwake(p);
		reprio(p, now);
		k = claim(p);
		runqadd(q, p);
		unlock(&q->lk);
	}else{
		/* unless it is still leaving, and so has just been counted */
		if(now - peek(p->usedat) >= Halve && procsaved(p, nil))
			reprio(p, now);
		k = claim(p);
		if(!waited || v != c || p->rt || !__sync_bool_compare_and_swap(&q->hand, nil, p))
			queue(q, p);
	}
	announce(c, v, k);
	splx(on);
}

/* p waits, or is new, and nobody else can make it ready now.  Any level */
void ready(Proc *p)
{
	poke(p->state, Pready);
	enqueue(p, 1);
}

/* 1 if p waited in that state, and is ready now.  Any level */
int procwake(Proc *p, int state)
{
	if(!__sync_bool_compare_and_swap(&p->state, (u8int)state, Pready))
		return 0;
	enqueue(p, 1);
	return 1;
}

/*
 * As procwake(p, Pwakeme), by a process that will probably soon wait itself:
 * p follows it then, and does not interrupt it before, but for the tick.
 */
int procfollow(Proc *p)
{
	Runq *q;
	Cpu *c;
	int on, quick;

	if(!__sync_bool_compare_and_swap(&p->state, Pwakeme, Pready))
		return 0;
	on = splhi();
	c = thiscpu();
	q = c->runq;
	quick = !p->rt && !p->traced && place(c, p) == c && q->now - peek(p->usedat) < Halve;
	if(!quick || !__sync_bool_compare_and_swap(&q->hand, nil, p))
		enqueue(p, 1);
	else if(peek(idlemask) && peek(p->wired) < 0 && q->curpri != Idle)
		__atomic_fetch_or(&c->resched, Surplus, __ATOMIC_SEQ_CST);
	splx(on);
	return 1;
}

/* --- switching --- */

/* the process at hand goes before a queue that is empty */
static inline Proc *pickhand(Cpu *c, Runq *q, Proc *me)
{
	Proc *p;

	p = takehand(q);
	if(p == nil)
		return nil;
	if(peek(q->n) == 0 && procsaved(p, me) && !p->rt && place(c, p) == c){
		p->oncpu = 1;
		return p;
	}
	queue(q, p);
	return nil;
}

/* the next process for c, taken out of its queue; me: who is leaving, or nil */
static Proc *pick(Cpu *c, Proc *me)
{
	Runq *q;
	Proc *p;

	q = c->runq;
	p = pickhand(c, q, me);
	while(p == nil && __atomic_load_n(&q->n, __ATOMIC_SEQ_CST) > 0){
		lock(&q->lk);
		if(q->rt)
			runqexpire(q);
		p = runqtake(q, me, 0);
		if(p && place(c, p) == c)
			p->oncpu = 1;
		unlock(&q->lk);
		if(p == nil)
			break;
		if(place(c, p) != c){
			enqueue(p, 0);	/* wired elsewhere since it was queued */
			p = nil;
		}
	}
	return p;
}

static inline int surplus(Runq *q)
{
	return __atomic_load_n(&q->nfree, __ATOMIC_SEQ_CST) > 0 || __atomic_load_n(&q->hand, __ATOMIC_SEQ_CST) != nil;
}

/* a process of q for c, or nil */
static Proc *rob(Cpu *c, Runq *q)
{
	Proc *p;

	lock(&q->lk);
	p = runqtake(q, nil, 1);
	if(p)
		p->oncpu = 1;
	unlock(&q->lk);
	if(p || (p = takehand(q)) == nil)
		return p;
	if(procsaved(p, nil) && place(c, p) == c){
		p->oncpu = 1;
		return p;
	}
	enqueue(p, 0);
	return nil;
}

static Proc *steal(Cpu *c)
{
	Cpu *v;
	Proc *p;
	int i;

	for(i = 1; i < NCPU; i++){
		v = cpus[(c->id+i) % NCPU];
		if(v && runq(v) && surplus(runq(v)) && (p = rob(c, runq(v))) != nil)
			return p;
	}
	return nil;
}

/* p is what c runs now */
static inline void running(Cpu *c, Proc *p)
{
	Runq *q;

	q = c->runq;
	poke(p->state, Prunning);
	poke(p->cpu, c);
	p->runstart = q->now;
	poke(q->curpri, peek(p->pri));
	trace(p, TrRun, q->now);
	if(p->rt)
		edfrun(p, q);
}

static inline void enter(Cpu *c, Proc *p)
{
	running(c, p);
	c->proc = p;
	mmuswitch(p->mmu);
}

/* after a switch, on the new stack: the process left behind is saved */
static inline void finish(Cpu *c)
{
	Proc *p;

	p = c->lastproc;
	c->lastproc = nil;
	if(p == nil)
		return;
	if(peek(p->state) == Pmoribund)
		procgone(p);
	else
		__atomic_store_n(&p->oncpu, 0, __ATOMIC_RELEASE);
}

void schedarrive(void)
{
	Cpu *c;

	c = thiscpu();
	finish(c);
	fpprocrestore(c->proc);
}

static inline void leave(Cpu *c, Proc *p, Proc *next)
{
	c->nswitch++;
	if(p->fpused)
		fpprocsave(p);
	c->lastproc = p;
	if(next){
		enter(c, next);
		ctxswitch(&p->ksp, next->ksp);
	}else{
		c->proc = nil;
		poke(runq(c)->curpri, Idle);
		mmuswitch(nil);
		ctxswitch(&p->ksp, c->schedsp);
	}
	schedarrive();
}

static inline __attribute__((always_inline)) void giveup(int again)
{
	Proc *p, *next;
	Cpu *c;
	int on;

	on = splhi();
	c = thiscpu();
	p = c->proc;
	if(c->nlock != 0)
		panic("sched: %d locks held by %ud %s", c->nlock, p->pid, p->text);
	split(p, charge(c, p));
	poke(c->resched, 0);
	if(p->rt)
		edfstop(p, !again);
	trace(p, again? TrYield: TrSleep, runq(c)->now);
	if(again){
		unhand(c->runq);
		poke(p->state, Pready);
		enqueue(p, 0);
		__atomic_fetch_and(&c->resched, ~Preempt, __ATOMIC_SEQ_CST);
	}
	if((next = pickhand(c, c->runq, p)) == nil)
		next = pick(c, p);
	if(next == p)
		running(c, p);
	else
		leave(c, p, next);
	splx(on);
}

void sched(void)
{
	giveup(0);
}

/* let others of the same or a higher priority run */
void yield(void)
{
	Cpu *c;
	Proc *p;
	int on;

	on = splhi();
	c = thiscpu();
	p = c->proc;
	poke(c->resched, 0);
	if(peek(runq(c)->n) > 0 || peek(runq(c)->hand) || place(c, p) != c)
		giveup(1);
	splx(on);
}

void schedcheck(void)
{
	Cpu *c;
	int on, f;

	on = splhi();
	c = thiscpu();
	f = __atomic_exchange_n(&c->resched, 0, __ATOMIC_SEQ_CST);
	if((f & Surplus) && surplus(runq(c)))
		kickidle(c);
	if(f & Preempt)
		yield();
	splx(on);
}

/*
 * What those used who wait at lower priorities than now's runs ages too, so that
 * they come up: the first of each, who has waited longest there.
 */
static void agewaiting(Runq *q, vlong now)
{
	Proc *p;
	u32int map;
	int i;

	lock(&q->lk);
	for(map = q->map & ((1U<<q->curpri) - 1); map; map &= map - 1){
		i = __builtin_ctz(map);
		p = q->q[i].head;
		if(now - p->usedat < Halve || !procsaved(p, nil))
			continue;
		reprio(p, now);
		if(p->pri != i){
			runqout(q, i, nil, p);
			runqadd(q, p);
		}
	}
	unlock(&q->lk);
}

/* take a process from the longest queue, if it is longer than c's; so all get about as much */
static void balance(Cpu *c)
{
	Runq *q, *longest;
	Proc *p;
	int i;

	longest = c->runq;
	for(i = 0; i < NCPU; i++){
		q = cpus[i]? runq(cpus[i]): nil;
		if(q && peek(q->n) > peek(longest->n))
			longest = q;
	}
	if(longest == c->runq || (p = rob(c, longest)) == nil)
		return;
	__atomic_store_n(&p->oncpu, 0, __ATOMIC_RELEASE);
	queue(c->runq, p);
}

/*
 * The clock, every Tick while a process runs: charge it, and see whether
 * another should run now.
 */
vlong schedtick(Ureg *u, vlong now)
{
	Cpu *c;
	Proc *p;
	Runq *q;

	c = thiscpu();
	p = c->proc;
	if(p == nil)
		return -1;
	q = c->runq;
	sample(p, u, charge(c, p));
	unhand(q);
	if(q->curpri < Rt){
		poke(q->curpri, p->pri);
		if(peek(q->map) & ((1U<<p->pri) - 1))
			agewaiting(q, now);
		if(peek(q->rt) || peek(q->map) >> p->pri)
			__atomic_fetch_or(&c->resched, Preempt, __ATOMIC_SEQ_CST);
	}
	if(peek(q->nfree) > 0)
		kickidle(c);
	if(peek(ncpu) > 1 && ++q->nticks % Balance == 0)
		balance(c);
	return now + Tick;
}

/* --- the processor's own stack --- */

static int work(Cpu *c)
{
	Cpu *v;
	int i;

	if(__atomic_load_n(&runq(c)->n, __ATOMIC_SEQ_CST) > 0)
		return 1;
	for(i = 0; i < NCPU; i++){
		v = cpus[i];
		if(v && runq(v) && surplus(runq(v)))
			return 1;
	}
	return 0;
}

static void idle(Cpu *c)
{
	vlong t;

	__atomic_fetch_or(&idlemask, 1UL<<c->id, __ATOMIC_SEQ_CST);
	c->idle = 1;
	if(!work(c)){
		t = monons();
		((Timerq*)c->timers)->tick = -1;
		idlewait();
		splhi();
		c->idlens += monons() - t;
	}else
		cpurelax();
	c->idle = 0;
	__atomic_fetch_and(&idlemask, ~(1UL<<c->id), __ATOMIC_SEQ_CST);
}

/* runs on the stack it is called on, for ever */
noreturn_ void schedloop(void)
{
	Cpu *c;
	Proc *p;

	splhi();
	c = thiscpu();
	for(;;){
		poke(c->resched, 0);
		runq(c)->now = monons();
		p = pick(c, nil);
		if(p == nil)
			p = steal(c);
		if(p == nil){
			idle(c);
			continue;
		}
		if(surplus(runq(c)))
			kickidle(c);
		timertick(runq(c)->now + Tick);
		enter(c, p);
		ctxswitch(&c->schedsp, p->ksp);
		finish(c);
	}
}

void schedinit(void)
{
	struct { Runq q; Timerq t; } *s;

	s = mallocz(sizeof *s, 1);
	if(s == nil)
		panic("no memory for a processor's run queue");
	s->q.curpri = Idle;
	timerqinit(&s->t);
	__atomic_store_n(&thiscpu()->runq, (void*)&s->q, __ATOMIC_RELEASE);
}

/* a further processor, on its own stack */
noreturn_ void cpustart(void)
{
	schedinit();
	schedloop();
}

/* --- what #p sets --- */

/* have p's processor look at it again */
static void nudge(Proc *p)
{
	Cpu *c;

	c = peek(p->cpu);
	if(c && peek(p->state) == Prunning)
		schedpreempt(c);
}

void procsetpri(Proc *p, int pri, int fixed)
{
	p->basepri = MAX(0, MIN(pri, NPRI-1));
	p->fixedpri = fixed;
	nudge(p);
}

/* run p only on that processor, -1: on any.  -1 and errstr: there is no such one */
int procwire(Proc *p, int cpu)
{
	if(cpu < -1 || cpu >= NCPU || (cpu >= 0 && (cpus[cpu] == nil || runq(cpus[cpu]) == nil)))
		return seterr("no such processor");
	if(p->rt)
		return seterr("a real-time process stays where it was admitted");
	poke(p->wired, cpu);
	nudge(p);
	return 0;
}
