/*
 * proc.h: processes, their groups, notes, timers.
 *
 * Proc.state is changed by the process itself while it runs; from a waiting
 * state (Pwakeme, Prendezvous, Pstopped, Pbroken) to Pready by whoever does it
 * first, with procwake, which then puts the process in a run queue.  So a waiter may
 * wake for no reason and looks again at what it waits for.
 *
 * Proc.lk guards notes, procctl, the pointers to groups as seen by other processes, user, text, args.
 * Order: the process table, the family lock, QLock.use and Rendez.use, then Proc.lk, then a run queue's, then a timer queue's.
 */
#pragma once
#include "check/check.h"
typedef struct Pgrp Pgrp;
typedef struct Fgrp Fgrp;
typedef struct Egrp Egrp;
typedef struct Rgrp Rgrp;
typedef struct Timer Timer;
typedef struct Note Note;
typedef struct Waitmsg Waitmsg;
typedef struct Chan Chan;
typedef struct Segment Segment;
typedef struct Req Req;

enum {	/* Proc.state */
	Pdead = 0, Pmoribund, Pready, Prunning, Pqueueing, Pqueueingr, Pqueueingw, Pwakeme,
	Pbroken, Pstopped, Prendezvous, Pscheding, Psemwait, Nprocstate,
};
extern char *procstatename[];

enum {
	NNOTE = 8,
	NPRI = 20,		/* priorities 0..19; 10 normal, 13 kernel processes; real time above all */
	PriNormal = 10, PriKproc = 13, PriRoot = 13,
	/* rfork flags */
	RFNAMEG = 1<<0, RFENVG = 1<<1, RFFDG = 1<<2, RFNOTEG = 1<<3, RFPROC = 1<<4, RFMEM = 1<<5,
	RFNOWAIT = 1<<6, RFCNAMEG = 1<<10, RFCENVG = 1<<11, RFCFDG = 1<<12, RFREND = 1<<13, RFNOMNT = 1<<14,
	/* noted */
	NCONT = 0, NDFLT = 1, NSAVE = 2, NRSTR = 3,
	/* kinds of note */
	NUser = 0, NExit, NDebug,
};

struct Note {
	char msg[ERRMAX];
	u8int flag;		/* NUser, NExit, NDebug */
	u8int group;		/* its whole group got it */
	u8int shown;		/* a debugger has been stopped for it */
};

enum {	/* Proc.procctl: to be seen to on the way to user mode */
	PCkill = 1<<0,
	PCstop = 1<<1,
	PCtrace = 1<<2,		/* stop at the next system call's beginning or end */
	/* Proc.notepending */
	NPnote = 1<<0,		/* a note can be delivered, or a kill: sleeps are interrupted */
	NPctl = 1<<1,
	/* Proc.intr: what ends its sleep */
	IntrNote = 1<<0,
	IntrKill = 1<<1,
	IntrMark = 1<<2,	/* only notes since noteseq was as given */
};

struct Timer {
	vlong when;		/* monons */
	vlong period;		/* 0: once */
	void (*f)(Timer*);	/* in interrupt context */
	void *arg;
	/* timer.c's: a pairing heap */
	Cpu *cpu;
	Timer *child;
	Timer *next;		/* sibling */
	Timer **prev;		/* what points here; nil: not in the heap */
	u8int active;
};

struct Proc {
#ifdef CHECKED
	Lockheld qheld[Heldmax];	/* QLocks and RWLocks, in the order taken */
	int nqheld;
#endif
	uintptr ksp;		/* saved kernel stack pointer while not running */
	uintptr kstktop;
	Lock lk;
	u32int pid;
	u32int ppid;
	u32int noteid;
	u8int state;
	u8int kp;		/* a kernel process */
	u8int oncpu;		/* its stack is in use by a processor */
	u8int noswap;
	u8int hang;		/* stop at exec, for debuggers */
	u8int procctl;		/* stop, trace: procctl.c's */
	u8int fpused;
	u8int notepending;	/* quick test on the way to user mode */
	u8int insyscall;
	u8int nofault;		/* user memory that is not there now makes copyin fail */
	u8int exiting;		/* takes no more notes */
	u8int dying;		/* ... because it was killed: servers that do not answer cannot hold it */
	u8int intr;		/* IntrNote, IntrKill: while waiting */
	u8int private;		/* its memory is not to be read */
	u8int together;		/* its death by a note ends all such of its note group */
	u8int traced;		/* its events go to #p/trace */
	u8int awaiting;		/* somebody reads its wait messages */
	int nlocks;		/* QLocks held */
	u64int seq;		/* never used again; its low 31 bits are the pid */
	u32int slot;		/* in the process table */
	long ref;		/* one is the living process's own */
	char *args;		/* malloced, NUL-separated */
	int nargs;

	/* memory */
	Segment *seg[NSEG];
	Seglink seglink[NSEG];	/* segment.c's */
	u8int lastseg;		/* where the last fault was */
	QLock seglock;		/* seg[] itself; the process itself reads it without */
	void *mmu;		/* Mmu* */
	u8int killonly;		/* sleeps end early only for a kill: waiting for a page */

	/* groups */
	Pgrp *pgrp;
	Fgrp *fgrp;
	Egrp *egrp;
	Rgrp *rgrp;
	Chan *slash;
	Chan *dot;

	/* family */
	Proc *parent;
	Proc *child, *sibling, **sibprev;
	Proc *brknext;		/* exit.c's: broken ones */
	Waitmsg *waitq, *waitqtail;
	Waitmsg *exitmsg;	/* ours, made at the start so that exit cannot fail */
	int nwait, nchild;
	Rendez waitr;

	/* waiting */
	Proc *qnext;		/* in a QLock or run queue */
	Proc *rnext;		/* in a Rendez, where it may still be while in a run queue */
	Rendez *r;		/* sleeping here */
	QLock *ql;		/* waiting for this */
	int (*rcond)(void*);
	void *rarg;
	u8int tmout;
	Timer sleeptimer;
	Timer alarmtimer;
	Rendez sleepr;
	uintptr rendtag, rendval;
	Proc *rendhash;
	u8int rendmet;		/* the partner came */

	/* notes */
	int nnote;
	u32int noteseq;		/* goes up with each note posted, and at a kill */
	u32int mark;		/* while marked, sleeps are interrupted only by what came after noteseq was this */
	u8int marked;		/* mnt's: a first note was noticed, a second gives up */
	u8int notified;		/* the handler runs */
	u8int notesaved;	/* after noted(NSAVE) */
	uintptr notefn;		/* user's handler or 0 */
	Ureg *ureg;		/* the user frame, while in the kernel */
	uintptr noteureg;	/* user address of the handler's Ureg */

	/* scheduling */
	u8int pri, basepri, fixedpri;
	int wired;		/* processor, or -1 */
	u8int anycpu;		/* was not wired when it was queued */
	Cpu *cpu;		/* last ran on */
	vlong runstart;
	vlong usedat;		/* when used was last halved */
	u64int used;		/* ns run lately */
	u16int mix;		/* of 256: how much of its time is user time */
	u64int utime, stime;	/* ns */
	u64int cutime, cstime, creal;	/* of dead children waited for */
	vlong starttime;
	void *edf;		/* real-time parameters, or nil */
	u8int rt;		/* ... with which it was admitted */

	/* files */
	QLock debug;		/* held by users of #p on this process */
	Rendez dbgr;		/* they wait here for it to stop */
	int ndbg;		/* how many do */
	uintptr *fduse;		/* fd.c's: the channel of the descriptor in use, in fgrp; or nil */
	u32int sysno;
	uintptr qpc;		/* pc of the last lock waited for */
	char *syscalltrace;
	void (*kpfun)(void*);
	void *kparg;
	Proc *pidhash;
	void *prof;

	/* from here on nothing is cleared for a new process: see procnew */
	void *fp;		/* fpsize bytes, or nil until first used */
	void *notefp;
	Req *mntreq;		/* a spare request for mnt.c */
	char text[NAMELEN];	/* program name */
	char user[NAMELEN];
	char errstr[ERRMAX];	/* the current one */
	char syserrstr[ERRMAX];	/* the last failed call's: what errstr shows */
	char noteerr[ERRMAX];	/* syserrstr of before the note */
	char lastnote[ERRMAX];
	Note note[NNOTE];
};

/* processes: proc.c exit.c */
void procinit(void);			/* after pageinit and mallocinit */
Proc *kproc(char *name, void (*f)(void*), void *arg);	/* runs f as a kernel process; nil: no memory */
noreturn_ void pexit(char *status, int freemem);	/* freemem 0: stays as Pbroken until it is killed.  Sleeps */
Proc *procpid(u32int pid);		/* with proctablock held, which keeps it there; nil: none */
Proc *procget(u64int seq);		/* referenced; nil: it is gone */
void procput(Proc*);			/* drops a reference */
int procforeach(int (*f)(Proc*, void*), void*);	/* under the table's lock; stops when f returns nonzero, returning it */
void procdump(void);			/* all processes' states to the console; any level */
char *procstate(Proc*, char *buf, int n);	/* for people: the call it sleeps in, or its state; buf */
void procexeced(void);			/* exec is past failing: what it resets of notes, #p */
int procslot(u64int i, u64int *seq);	/* for the directory: 1 and its seq, 0 free, -1 past the last */
int procuser(Proc*, char *user);	/* 0; -1: too long a name */
extern Lock proctablock;
int procfirst(Proc*);			/* fork.c: gives the first process groups of its own; -1: no memory */
Proc *procnew(void);			/* in the table, with pid, kernel stack and exitmsg; nil and errstr: no memory, too many */
void procdel(Proc*);			/* out of the table */
void procgone(Proc*);			/* it has left its stack; interrupts off */
void proctrim(void);			/* give back dead processes' memory, except a few to be used again */
extern Lock familylock;			/* parents, children, wait messages */
long procwait(Proc*, char *buf, int n);	/* the next wait message's text; -1: none to come, or interrupted.  Sleeps */
void adopt(Proc *parent, Proc *child);
Waitmsg *waitmsgnew(void);		/* nil: no memory */
void waitmsgfree(Waitmsg*);

/*
 * rendez.c: one process's wait for one event, which costs less than a Rendez.
 * Set p (the waiter) and come to AwNone first.  Who brings the event about
 *
 *	if(awakes(a))	says that it has come; then a may be gone, unless
 *		awaken(a);	somebody waits: wakes him, the last use of a
 *
 * await returns 0 when it has come, -1 and errstr if a note was first; after
 * that a can be awaited again.
 */
typedef struct Await Await;
struct Await {
	Proc *p;
	u32int come;
};
enum { AwNone, AwWaits, AwLeft, AwDone, AwOver };	/* AwLeft: mnt's, nobody will wait any more */
int await(Await*);
void awaitu(Await*);			/* not to be interrupted */
int tawait(Await*, vlong ns);		/* 1: time is up */
void awaken(Await*);			/* not from interrupts */
static inline int awakes(Await *a)
{
	return __atomic_exchange_n(&a->come, AwDone, __ATOMIC_SEQ_CST) == AwWaits;
}

/* scheduling: sched.c */
void sched(void);			/* give up the processor; up->state says why */
void ready(Proc*);			/* any level */
int procwake(Proc*, int state);		/* if it waits in that state, make it ready; any level */
int procfollow(Proc*);			/* the same for Pwakeme, not from interrupts: it is to run when this process waits */
void yield(void);
void schedinit(void);			/* this processor's queues */
noreturn_ void schedloop(void);
void schedarrive(void);			/* the first thing a new process does */
void schedcheck(void);			/* see to Cpu.resched, on the way to user mode */
vlong schedtick(Ureg*, vlong now);	/* timer.c's: when to call again, -1 never */
void schedcharge(Proc*);		/* bring the running process's times up to date */
void procsetpri(Proc*, int pri, int fixed);
int procwire(Proc*, int cpu);		/* -1: any */
void proctrace(Proc*, int event, vlong when);	/* for processes with traced set */
extern void (*proctracehook)(Proc*, int event, vlong when);	/* proctrace.c's, or nil */
enum { TrAdmit, TrRelease, TrEdf, TrRun, TrReady, TrSleep, TrYield, TrSlice, TrDeadline, TrExpel, TrDead, TrInts, TrUser };

/* real time: edf.c */
int edfset(Proc*, char *what, char *time);	/* "period", "deadline", "cost"; -1 and errstr */
int edfmode(Proc*, char *what);			/* "sporadic", "yieldonblock" */
int edfadmit(Proc*);				/* -1 and errstr: there is no room for it */
void edfexpel(Proc*);				/* an ordinary process again */
void edffree(Proc*);				/* exit */
int edfshow(Proc*, char *buf, int n);		/* its parameters, for status: bytes */
int edfyield(void);				/* sleep(0) of a real-time process: until its next release.  -1: interrupted; 1: not one */

/* notes: note.c */
int postnote(Proc*, char *msg, int flag);	/* any process that stays there meanwhile; any level.  1 posted, 0 not */
void postnotepg(u32int noteid, char *user, char *msg, int flag);	/* all of the group but the current process; of that user, unless nil */
void prockill(Proc*);			/* it exits when it next leaves the kernel; sleeps are interrupted.  Any level */
void kprocintr(Proc*);			/* a kernel process's sleeps are interrupted from now on: it is to end.  Any level */
void procrequest(Proc*, int ctl);		/* PCstop */
int notepending(void);			/* would a sleep be interrupted */
int groupnoted(void);			/* is there a kill, or a note to its whole group that it is yet to see */
int killed(void);			/* is the current process to die; sleepkill would be interrupted */
u32int notemark(void);			/* for sleepmark */
void noteflags(Proc*);			/* with p->lk: notepending anew */
void procstop(void);			/* the current process: stopped until started; the caller holds up->lk, which is released */
int procstart(Proc*);			/* -1: it was not stopped */
mustcheck int notefork(Proc *child);	/* the state of notes as the parent's; -1: no memory */
void notereset(void);			/* exec: no handler */
int uregset(Ureg *to, Ureg *from);	/* what a user may change of his registers; -1: an address no user has */
void profsample(Proc*, uintptr pc, vlong ns);	/* procprof.c: it ran there for ns; any level */
void systracebegin(Proc*, u64int *a);	/* systrace.c: stop the current process at its call's beginning */
void systraceend(Proc*, long r, vlong start);
extern char *sysname[];

/* timers: timer.c; any level */
void timeradd(Timer*);
void timerdel(Timer*);			/* on return f is not running */

/* groups, each kept by who knows it: namespace.c, fd.c, envgrp.c, rendez.c */
Pgrp *pgrpnew(void);
Pgrp *pgrpcopy(Pgrp*);			/* nil: no memory.  Sleeps */
void pgrpincref(Pgrp*);
void pgrpclose(Pgrp*);			/* Sleeps */
void pgrpnomount(Pgrp*);
Fgrp *fgrpnew(void);
Fgrp *fgrpcopy(Fgrp*);
void fgrpincref(Fgrp*);
void fgrpclose(Fgrp*);
void fgrpleave(Proc*, Fgrp*);		/* p, the current process, will not use it any more */
void fgrpcloexec(Fgrp*);		/* exec: close the OCEXEC ones */
Egrp *egrpnew(void);			/* nil: no memory */
Egrp *egrpcopy(Egrp*);
void egrpincref(Egrp*);
void egrpclose(Egrp*);
u64int egrpid(Egrp*);
char *envspec(char *buf, int n);	/* what #e attaches with for the current process: its group's id */
Chan *envroot(Chan *c);			/* c is some group's root of #e: the current process's, borrowed.  nil and errstr.  Sleeps */
Rgrp *rgrpnew(void);
void rgrpincref(Rgrp*);
void rgrpclose(Rgrp*);

/* system calls: a is rdi rsi rdx r10 r8 r9; result, -1 with errstr set */
#include "sysnum.h"
#define X(n, name) long sys_##name(u64int *a);
SYSCALLS(X)
#undef X
