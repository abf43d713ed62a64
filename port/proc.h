/*
 * proc.h: processes, their groups, notes, timers.
 * Locks: Proc.lk guards state, notes and the links of wait queues; the
 * groups have their own.  Order: Rendez.use or QLock.use, then Proc.lk, then the run queue's.
 */
#pragma once
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

struct Note { char msg[ERRMAX]; int flag; };

struct Timer {
	vlong when;		/* monons */
	vlong period;		/* 0: once */
	void (*f)(Timer*);	/* in interrupt context */
	void *arg;
	/* timer.c's */
	Cpu *cpu;
	Timer *next;
	int index;
	u8int active;
};

struct Proc {
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
	u8int newtext;
	int nlocks;		/* QLocks held: not to be killed inside */
	char text[NAMELEN];	/* program name */
	char user[NAMELEN];
	char *args;		/* malloced, NUL-separated */
	int nargs;
	char errstr[ERRMAX];	/* the current one */
	char syserrstr[ERRMAX];	/* spare for the errstr call */

	/* memory */
	Segment *seg[NSEG];
	Seglink seglink[NSEG];	/* segment.c's */
	QLock seglock;		/* seg[] itself; the process itself reads it without */
	void *mmu;		/* Mmu* */
	u8int killonly;		/* sleeps end early only for a kill: waiting for a page */
	void *fp;		/* fpsize bytes, or nil until first used */
	void *notefp;

	/* groups */
	Pgrp *pgrp;
	Fgrp *fgrp;
	Egrp *egrp;
	Rgrp *rgrp;
	Chan *slash;
	Chan *dot;

	/* family */
	Proc *parent;
	Proc *child, *sibling;
	Waitmsg *waitq, *waitqtail;
	int nwait, nchild;
	Rendez waitr;
	Lock exl;

	/* waiting */
	Proc *qnext;		/* in a QLock, Rendez or run queue */
	Rendez *r;		/* sleeping here */
	QLock *ql;		/* waiting for this */
	int (*rcond)(void*);
	void *rarg;
	u8int interrupted;	/* sleep was ended by a note */
	u8int tmout;
	Timer sleeptimer;
	Timer alarmtimer;
	Rendez sleepr;
	uintptr rendtag, rendval;
	Proc *rendhash;

	/* notes */
	Note note[NNOTE];
	int nnote;
	u8int notified;		/* the handler runs */
	uintptr notefn;		/* user's handler or 0 */
	Ureg *ureg;		/* the user frame, while in the kernel */
	uintptr noteureg;	/* user address of the handler's Ureg */
	char lastnote[ERRMAX];

	/* scheduling */
	u8int pri, basepri, fixedpri;
	int wired;		/* processor, or -1 */
	Cpu *cpu;		/* last ran on */
	vlong runstart;
	u64int utime, stime;	/* ns */
	u64int cutime, cstime;	/* of dead children waited for */
	vlong starttime;
	vlong quantumend;
	void *edf;		/* real-time parameters */

	/* files */
	Req *mntreq;		/* a spare request for mnt.c */
	QLock debug;		/* held by users of #p on this process */
	Proc *pdbg;		/* who waits for us to stop */
	u32int sysno;
	uintptr qpc;		/* pc of the last lock waited for */
	char *syscalltrace;
	void (*kpfun)(void*);
	void *kparg;
	Proc *pidhash;
	void *prof;
};

/* processes: proc.c */
Proc *kproc(char *name, void (*f)(void*), void *arg);	/* nil: no memory */
noreturn_ void pexit(char *status, int freemem);
Proc *procpid(u32int pid);		/* referenced by debug lock discipline: call with proclock */
int procforeach(int (*f)(Proc*, void*), void*);	/* under the table's lock; stops when f returns nonzero, returning it */
void procdump(void);			/* all processes' states to the console; any level */
int procuser(Proc*, char *user);
extern Lock proctablock;

/* scheduling: sched.c */
void sched(void);			/* give up the processor; up->state says why */
void ready(Proc*);			/* any level */
void yield(void);
void schedinit(void);
noreturn_ void schedloop(void);

/* notes: note.c */
int postnote(Proc*, char *msg, int flag);	/* any process; not from interrupts.  1 posted, 0 not */
int postnotepg(u32int noteid, char *msg, int flag);
int notepending(void);			/* would a sleep be interrupted */

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
void fgrpcloexec(Fgrp*);		/* exec: close the OCEXEC ones */
Egrp *egrpnew(void);			/* nil: no memory */
Egrp *egrpcopy(Egrp*);
void egrpincref(Egrp*);
void egrpclose(Egrp*);
u64int egrpid(Egrp*);
char *envspec(char *buf, int n);	/* what #e attaches with for the current process: its group's id */
Rgrp *rgrpnew(void);
void rgrpincref(Rgrp*);
void rgrpclose(Rgrp*);

/* system calls: a is rdi rsi rdx r10 r8 r9; result, -1 with errstr set */
#include "sysnum.h"
#define X(n, name) long sys_##name(u64int *a);
SYSCALLS(X)
#undef X
