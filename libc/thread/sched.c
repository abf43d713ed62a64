/*
 * Scheduling: each process runs its ready threads in turn, on their own
 * stacks, and sleeps on a semaphore when there is none.  A thread gives up
 * the processor in park, yield and threadexits only.  Threads are made ready
 * by any process, under the Proc's lock.
 */
#include "u.h"
#include "libc.h"
#include "thread.h"
#include "../sys/sys.h"
#include "impl.h"

Lock chanlock, proclock;
Proc *procs;
Proc *mainproc;
static int lastid;

/* Put t, which is not in it, at the end of its process's queue. */
void threadready(Thread *t)
{
	Proc *p;
	int wake;

	p = t->proc;
	lock(&p->lock);
	t->state = Tready;
	t->next = nil;
	if(p->head == nil)
		p->head = t;
	else
		p->tail->next = t;
	p->tail = t;
	wake = p->idle;
	p->idle = 0;
	unlock(&p->lock);
	if(wake)
		semrelease(&p->sem, 1);
}

/* The next thread to run; waits for one. */
static Thread *pick(Proc *p)
{
	Thread *t;

	for(;;){
		lock(&p->lock);
		t = p->head;
		if(t != nil){
			p->head = t->next;
			unlock(&p->lock);
			return t;
		}
		p->idle = 1;
		unlock(&p->lock);
		while(semacquire(&p->sem, 1) < 0)
			;	/* a note */
	}
}

static void checkstack(Thread *t)
{
	if(*(u32int*)(void*)t->stack != Stackguard)
		sysfatal("thread %d %q overran its stack of %ud bytes", t->id, t->name? t->name: "", t->size);
}

void resched(void)
{
	Proc *p;
	Thread *t;

	p = thisproc;
	t = p->cur;
	checkstack(t);
	threadswitch(&t->sp, p->sp);
}

void yield(void)
{
	threadready(thisthread);
	resched();
	if(thisthread->dying)
		threadexits("killed");
}

void park(void)
{
	Thread *t;
	int had;

	t = thisthread;
	lock(&t->proc->lock);
	had = t->token;
	t->token = 0;
	if(!had)
		t->state = Tparked;
	unlock(&t->proc->lock);
	if(!had)
		resched();
}

void unpark(Thread *t)
{
	int parked;

	lock(&t->proc->lock);
	parked = t->state == Tparked;
	if(parked)
		t->state = Tready;
	else
		t->token = 1;
	unlock(&t->proc->lock);
	if(parked)
		threadready(t);
}

static void bury(Proc *p, Thread *t)
{
	Thread **l;

	lock(&proclock);
	for(l = &p->threads; *l != t; l = &(*l)->all)
		;
	*l = t->all;
	unlock(&proclock);
	free(t->stack);
	free(t->name);
	free(t);
}

/* The last thread has gone. */
static void procend(Proc *p)
{
	char status[ERRMAX];
	Proc **l;

	lock(&proclock);
	for(l = &procs; *l != p; l = &(*l)->next)
		;
	*l = p->next;
	unlock(&proclock);
	strecpy(status, status+sizeof status, p->status? p->status: "");
	free(p->status);
	_tos->priv[PrivThread] = nil;
	if(p != mainproc)
		free(p);
	exits(status[0]? status: nil);
}

/*
 * Fork for the current thread.  The child goes on with its own Proc, on a
 * copy of this stack.  It cannot go away before its pid is noted, for that
 * takes proclock.
 */
static void dofork(Proc *p)
{
	Proc *child;
	int pid;

	child = p->fork.child;
	lock(&proclock);
	pid = rfork(RFPROC|RFMEM|RFNOWAIT|p->fork.flags);
	if(pid == 0)
		procrun(child);
	if(pid > 0)
		child->pid = pid;
	unlock(&proclock);
	p->fork.child = nil;
	p->fork.pid = pid;
}

/* A process's life. */
void procrun(Proc *p)
{
	Thread *t;

	_tos->priv[PrivThread] = p;
	threadnotes();
	for(;;){
		if(p->threads == nil)
			procend(p);
		t = pick(p);
		p->cur = t;
		for(;;){
			threadswitch(&p->sp, t->sp);
			if(p->fork.child == nil)
				break;
			dofork(p);
		}
		p->cur = nil;
		if(t->state == Tdead)
			bury(p, t);
	}
}

/* A new Proc, in the list of all; nil without memory. */
Proc *procnew(void)
{
	Proc *p;

	p = mallocz(sizeof *p, 1);
	if(p == nil)
		return nil;
	lock(&proclock);
	p->next = procs;
	procs = p;
	unlock(&proclock);
	return p;
}

/* A new thread of p, ready to run; nil without memory. */
Thread *threadnew(Proc *p, void (*f)(void*), void *arg, uint stack)
{
	u64int *sp;
	Thread *t;

	if(stack < Minstack)
		stack = Minstack;
	t = mallocz(sizeof *t, 1);
	if(t == nil || (t->stack = malloc(stack)) == nil){
		free(t);
		return nil;
	}
	t->size = stack;
	*(u32int*)(void*)t->stack = Stackguard;
	t->id = __atomic_add_fetch(&lastid, 1, __ATOMIC_RELAXED);
	t->proc = p;
	sp = (u64int*)(void*)(t->stack + (stack & ~15U));
	*--sp = 0;
	*--sp = 0;
	*--sp = (uintptr)threadbegin;
	*--sp = 0;			/* rbp: ends back traces */
	*--sp = 0;			/* rbx */
	*--sp = (uintptr)f;		/* r12 */
	*--sp = (uintptr)arg;		/* r13 */
	*--sp = 0;
	*--sp = 0;
	t->sp = sp;
	lock(&proclock);
	t->all = p->threads;
	p->threads = t;
	unlock(&proclock);
	threadready(t);
	return t;
}
