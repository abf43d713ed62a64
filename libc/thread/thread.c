/* Making, ending, naming and finding threads and processes (thread(2)). */
#include "u.h"
#include "libc.h"
#include "thread.h"
#include "../sys/sys.h"
#include "impl.h"

int threadcreate(void (*f)(void*), void *arg, uint stack)
{
	Thread *t;

	t = threadnew(thisproc, f, arg, stack);
	if(t == nil)
		return -1;
	t->grp = thisthread->grp;
	return t->id;
}

/* As proccreate, with more flags for rfork. */
int procrfork(void (*f)(void*), void *arg, uint stack, int flags)
{
	Proc *p, **l, *new;
	Thread *t;
	int id;

	p = thisproc;
	new = procnew();
	if(new == nil)
		return -1;
	t = threadnew(new, f, arg, stack);
	if(t != nil){
		t->grp = p->cur->grp;
		id = t->id;
		p->fork.flags = flags;
		p->fork.child = new;
		resched();
		if(p->fork.pid >= 0)
			return id;
		free(t->stack);
		free(t);
	}
	lock(&proclock);
	for(l = &procs; *l != new; l = &(*l)->next)
		;
	*l = new->next;
	unlock(&proclock);
	free(new);
	return -1;
}

int proccreate(void (*f)(void*), void *arg, uint stack)
{
	return procrfork(f, arg, stack, 0);
}

/* The thread ends; with the last one its process, with status. */
void threadexits(char *status)
{
	Thread *t;
	Proc *p;

	p = thisproc;
	t = p->cur;
	free(p->status);
	p->status = status? strdup(status): nil;
	lock(&p->lock);
	t->state = Tdead;
	unlock(&p->lock);
	t->dying = 0;
	resched();
	abort();
}

int threadid(void)
{
	return thisthread->id;
}

/* Thread id, or nil; proclock is held. */
static Thread *find(int id)
{
	Proc *p;
	Thread *t;

	for(p = procs; p != nil; p = p->next)
		for(t = p->threads; t != nil; t = t->all)
			if(t->id == id)
				return t;
	return nil;
}

/* The pid of a thread's process; -1 if there is no such thread. */
int threadpid(int id)
{
	Thread *t;
	int pid;

	lock(&proclock);
	t = find(id);
	pid = t? t->proc->pid: -1;
	unlock(&proclock);
	return pid;
}

int threadgetgrp(void)
{
	return thisthread->grp;
}

/* The group it had before. */
int threadsetgrp(int grp)
{
	int old;

	old = thisthread->grp;
	thisthread->grp = grp;
	return old;
}

static void kill(Thread *t)
{
	t->dying = 1;
	altcancel(t);
}

static void interrupt(Thread *t)
{
	altcancel(t);
	if(t->proc->cur == t && t != thisthread)
		postnote(PNPROC, t->proc->pid, "threadint");
}

static void each(int grp, int id, void (*f)(Thread*))
{
	Proc *p;
	Thread *t;

	lock(&chanlock);
	lock(&proclock);
	for(p = procs; p != nil; p = p->next)
		for(t = p->threads; t != nil; t = t->all)
			if(t->state != Tdead && (id? t->id == id: t->grp == grp))
				f(t);
	unlock(&proclock);
	unlock(&chanlock);
}

/* They end when they would next run. */
void threadkill(int id)
{
	each(0, id, kill);
	if(thisthread->dying)
		threadexits("killed");
}

void threadkillgrp(int grp)
{
	each(grp, 0, kill);
	if(thisthread->dying)
		threadexits("killed");
}

/* Their channel operation, or system call, fails. */
void threadint(int id)
{
	each(0, id, interrupt);
}

void threadintgrp(int grp)
{
	each(grp, 0, interrupt);
}

char *threadgetname(void)
{
	return thisthread->name;
}

void threadsetname(char *fmt, ...)
{
	va_list args;
	Thread *t;

	t = thisthread;
	free(t->name);
	va_start(args, fmt);
	t->name = vsmprint(fmt, args);
	va_end(args);
}

void **threaddata(void)
{
	return &thisthread->data;
}

void **procdata(void)
{
	return &thisproc->data;
}
