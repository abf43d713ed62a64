/*
 * runq.h: a processor's run queue, between runq.c, sched.c and edf.c.
 */
#pragma once
typedef struct Runq Runq;

struct Runq {
	Proc *hand;		/* to run next if nothing is queued; see sched.c */
	Lock lk;		/* for all but hand, curpri, curend, now */
	int n;			/* processes queued */
	int nfree;		/* of them, those that any processor may run */
	u32int map;		/* bit i: q[i] is not empty */
	struct { Proc *head, *tail; } q[NPRI];
	Proc *rt;		/* real-time processes, earliest deadline first */
	u32int rtload;		/* admitted here, parts of RtAll */
	int curpri;		/* of who runs here: Idle, 0.., Rt.  Others look at it without lock */
	vlong curend;		/* its deadline, of Rt */
	u32int nticks;
	vlong now;		/* monons() of the last switch or tick */
};
enum {
	Idle = -1,
	Rt = NPRI,		/* above all priorities */
	RtAll = 1<<20,		/* a whole processor */
	RtMost = RtAll - RtAll/20,	/* the rest keeps the system alive */
};

/* runq.c: all with the lock, interrupts off */
void runqadd(Runq*, Proc*);	/* it is Pready */
void runqout(Runq*, int pri, Proc *prev, Proc*);
Proc *runqtake(Runq*, Proc *me, int thief);
void runqexpire(Runq*);
void runqmove(Runq*, Proc*);	/* maybe queued here at its priority, it now goes by deadline */

/* may it be taken: its registers are saved, or it is me, about to switch */
static inline int procsaved(Proc *p, Proc *me)
{
	return p == me || __atomic_load_n(&p->oncpu, __ATOMIC_ACQUIRE) == 0;
}

/* sched.c's calls of edf.c, with the run queue's lock, for processes with Proc.rt set */
void edfwake(Proc*);		/* it is about to be queued after waiting */
int edfactive(Proc*);		/* it is to be queued by deadline */
vlong edfend(Proc*);		/* the deadline */
void edfexpire(Proc*);		/* which is past */
/* without, with interrupts off, on its processor */
void edfrun(Proc*, Runq*);	/* it begins to run */
void edfcharge(Proc*, vlong ran, vlong now);
void edfstop(Proc*, int waits);	/* it ceases to; waits: for something else than the processor */

/* sched.c's, for edf.c */
void schedpreempt(Cpu*);	/* that processor chooses anew; any level */
