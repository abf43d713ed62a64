/*
 * impl.h: what thread(2)'s files share.
 *
 * A Proc is a process of the program; each runs its scheduler on its own
 * stack, which no other process sees, and its threads on stacks from malloc,
 * which all see.  So a fork that shares memory must happen in the scheduler:
 * a thread asks for it by Proc.fork.
 *
 * Locks, in this order: chanlock, proclock, Proc.lock.  All are held for
 * moments and never while a thread is switched.
 */
#pragma once

typedef struct Thread Thread;
typedef struct Proc Proc;

enum {
	Minstack = 32*1024,	/* untouched pages cost nothing */
	Stackguard = 0x57ACEDD1,

	/* Thread.state */
	Tready = 0,	/* in its process's queue, or running */
	Tparked,
	Tdead,
};

struct Thread {
	void *sp;	/* while not running */
	char *stack;
	uint size;
	int id;
	int grp;
	int state;
	int token;	/* was unparked before it parked */
	int dying;	/* threadkill: to exit when it next runs */
	int interrupted;	/* threadint: its channel operation ends */
	Proc *proc;
	Thread *next;	/* in the ready queue */
	Thread *all;	/* in Proc.threads */
	void (*f)(void*);
	void *arg;
	char *name;
	void *data;
	Alt *alts;	/* what it waits for; under chanlock */
	int chosen;	/* which of them came about */
};

struct Proc {
	Lock lock;	/* protects the queue, threads' states and tokens, idle */
	int pid;
	void *sp;	/* the scheduler's, while a thread runs */
	Thread *cur;
	Thread *head;	/* ready threads */
	Thread *tail;
	Thread *threads;	/* all; under proclock */
	int idle;	/* asleep on sem */
	long sem;
	Proc *next;	/* in the list of all; under proclock */
	void *data;
	char *status;	/* to exit with */
	struct {	/* asked of the scheduler by the current thread */
		Proc *child;
		int flags;
		int pid;
	} fork;
};

extern Lock chanlock, proclock;
extern Proc *procs;
extern Proc *mainproc;

#define thisproc ((Proc*)_tos->priv[PrivThread])
#define thisthread (thisproc->cur)

void threadswitch(void **save, void *load);	/* switch.S */
void threadbegin(void);
Thread *threadnew(Proc *p, void (*f)(void*), void *arg, uint stack);
Proc *procnew(void);
void procrun(Proc *p) noreturn_;
void resched(void);		/* let the scheduler run */
void park(void);		/* wait for unpark, which may have come already */
void unpark(Thread *t);
void threadready(Thread *t);
void altcancel(Thread *t);	/* end t's channel operation, if it waits in one */
void threadnotes(void);		/* have notes handled in this process */
