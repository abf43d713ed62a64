/*
 * proc.c: the table of processes, their making and their memory, kernel
 * processes.
 *
 * A process is in the table from procnew to procdel: in a slot, which is its
 * place in the directory #p, and in a hash by pid.  seq counts processes and
 * is never used again.  Proc.ref keeps the structure, not the process: a
 * dead one's is kept, with its kernel stack, for the next to be made; the few that
 * are too many are freed by proctrim, in a process that is about to sleep anyway.
 *
 * How many there may be follows from the memory there is; the last few are
 * the host owner's, who may want to kill something.
 *
 * Locks: proctablock for the table; deadlk for the dead.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"

enum {
	Nhash = 256,
	Pagesper = 16,		/* of memory, for each process there may be */
	Fewest = 64, Most = 32768,
	Reserved = 8,		/* for the host owner */
	Keep = 4,		/* dead ones */
	Pidmask = 0x7fffffff,
};

char *procstatename[Nprocstate] = {
	[Pdead] = "Dead", [Pmoribund] = "Moribund", [Pready] = "Ready", [Prunning] = "Running",
	[Pqueueing] = "Queueing", [Pqueueingr] = "QueueingR", [Pqueueingw] = "QueueingW",
	[Pwakeme] = "Wakeme", [Pbroken] = "Broken", [Pstopped] = "Stopped",
	[Prendezvous] = "Rendez", [Pscheding] = "New", [Psemwait] = "Semwait",
};

Lock proctablock;
static Proc **slots;
static u32int nslots;		/* there are */
static u32int top;		/* slots from here on are free */
static u32int lowest;		/* slots below are not */
static u32int nprocs;
static Proc *hash[Nhash];
static u64int nextseq = 1;

static Lock deadlk;
static Proc *dead;		/* by qnext */
static int ndead;

void procinit(void)
{
	Memstat m;

	memstat(&m);
	nslots = MAX(Fewest, MIN(m.total/Pagesper, Most));
	slots = mallocz(nslots * sizeof *slots, 1);
	if(slots == nil)
		panic("no memory for the process table");
}

/* --- the table --- */

static Proc *lookup(u32int pid)
{
	Proc *p;

	for(p = hash[pid % Nhash]; p && p->pid != pid; p = p->pidhash)
		;
	return p;
}

/* with proctablock */
static void number(Proc *p)
{
	do{
		p->seq = nextseq++;
		p->pid = p->seq & Pidmask;
	}while(p->pid == 0 || lookup(p->pid));
	p->pidhash = hash[p->pid % Nhash];
	hash[p->pid % Nhash] = p;
}

static int enter(Proc *p)
{
	int owner;

	owner = isowner();
	lock(&proctablock);
	if(nprocs + (owner? 0: Reserved) >= nslots){
		unlock(&proctablock);
		return seterr("no free processes");
	}
	while(slots[lowest])
		lowest++;
	p->slot = lowest;
	slots[lowest++] = p;
	top = MAX(top, lowest);
	nprocs++;
	number(p);
	unlock(&proctablock);
	return 0;
}

void procdel(Proc *p)
{
	Proc **l;

	lock(&proctablock);
	for(l = &hash[p->pid % Nhash]; *l != p; l = &(*l)->pidhash)
		;
	*l = p->pidhash;
	slots[p->slot] = nil;
	lowest = MIN(lowest, p->slot);
	while(top > 0 && slots[top-1] == nil)
		top--;
	nprocs--;
	unlock(&proctablock);
}

Proc *procpid(u32int pid)
{
	return lookup(pid);
}

Proc *procget(u64int seq)
{
	Proc *p;

	lock(&proctablock);
	p = lookup(seq & Pidmask);
	if(p && p->seq == seq)
		incref(&p->ref);
	else
		p = nil;
	unlock(&proctablock);
	return p;
}

int procforeach(int (*f)(Proc*, void*), void *arg)
{
	u32int i;
	int r;

	r = 0;
	lock(&proctablock);
	for(i = 0; i < top && r == 0; i++)
		if(slots[i])
			r = f(slots[i], arg);
	unlock(&proctablock);
	return r;
}

/* the i'th slot's process: its number in *seq, 1; 0: there is none, -1: nor further on */
int procslot(u64int i, u64int *seq)
{
	int r;

	lock(&proctablock);
	r = i >= top? -1: slots[i] != nil;
	if(r > 0)
		*seq = slots[i]->seq;
	unlock(&proctablock);
	return r;
}

/* --- making and freeing --- */

static void bury(Proc *p)
{
	p->state = Pdead;
	lock(&deadlk);
	p->qnext = dead;
	dead = p;
	poke(ndead, ndead + 1);
	unlock(&deadlk);
}

static Proc *exhume(int keep)
{
	Proc *p;

	p = nil;
	lock(&deadlk);
	if(ndead > keep){
		p = dead;
		dead = p->qnext;
		poke(ndead, ndead - 1);
	}
	unlock(&deadlk);
	return p;
}

static void procfree(Proc *p)
{
	if(p->mntreq)
		mntreqfree(p->mntreq);
	kstkfree(p->kstktop);
	free(p);
}

void proctrim(void)
{
	Proc *p;

	if(peek(ndead) <= Keep)
		return;
	while((p = exhume(Keep)) != nil)
		procfree(p);
}

void procput(Proc *p)
{
	if(decref(&p->ref) == 0)
		bury(p);
}

void procgone(Proc *p)
{
	__atomic_store_n(&p->oncpu, 0, __ATOMIC_RELEASE);
	procput(p);
}

/* a Proc with a stack, its fields as they come */
static Proc *raw(void)
{
	Proc *p;

	p = exhume(0);
	if(p)
		return p;
	p = mallocz(sizeof *p, 1);
	if(p == nil)
		return seterrp("no memory for a process");
	p->kstktop = kstkalloc();
	if(p->kstktop == 0){
		free(p);
		return seterrp("no memory for a kernel stack");
	}
	return p;
}

Proc *procnew(void)
{
	Proc *p;
	uintptr stk;

	proctrim();
	p = raw();
	if(p == nil)
		return nil;
	stk = p->kstktop;
	memset(p, 0, __builtin_offsetof(Proc, fp));
	p->kstktop = stk;
	p->ref = 1;
	p->wired = -1;
	p->mix = 128;
	p->state = Pscheding;
	p->text[0] = p->user[0] = 0;
	p->errstr[0] = p->syserrstr[0] = 0;
	p->starttime = p->usedat = monons();
	p->exitmsg = waitmsgnew();
	if(p->exitmsg && enter(p) == 0)
		return p;
	waitmsgfree(p->exitmsg);
	bury(p);
	return nil;
}

int procuser(Proc *p, char *user)
{
	if(strlen(user) >= NAMELEN)
		return seterr("user name too long");
	lock(&p->lk);
	strecpy(p->user, p->user+NAMELEN, user);
	unlock(&p->lk);
	return 0;
}

void procexeced(void)
{
	Proc *p;
	char *prof;

	p = up;
	prof = p->prof;
	p->prof = nil;
	free(prof);
	notereset();
	lock(&p->lk);
	p->private = 0;
	p->together = 0;
	if(p->hang)
		p->procctl |= PCstop;
	noteflags(p);
	unlock(&p->lk);
}

/* --- kernel processes --- */

static void kprocstart(void)
{
	schedarrive();
	splx(1);
	up->kpfun(up->kparg);
	pexit("", 1);
}

Proc *kproc(char *name, void (*f)(void*), void *arg)
{
	Proc *p;

	p = procnew();
	if(p == nil)
		return nil;
	p->kp = 1;
	p->kpfun = f;
	p->kparg = arg;
	p->basepri = p->pri = PriKproc;
	p->fixedpri = 1;
	strecpy(p->text, p->text+NAMELEN, name);
	strecpy(p->user, p->user+NAMELEN, hostowner());
	p->ksp = ctxinit(p->kstktop, kprocstart);
	ready(p);
	return p;
}

/* --- for people --- */

char *procstate(Proc *p, char *buf, int n)
{
	int s;

	s = p->state;
	if(s != Pwakeme && s != Psemwait)
		snprint(buf, n, "%s", s < Nprocstate? procstatename[s]: "?");
	else if(p->kp)
		snprint(buf, n, "Idle");
	else if(p->killonly)
		snprint(buf, n, "Fault");
	else if(p->insyscall && p->sysno < NSYSCALL && sysname[p->sysno]){
		snprint(buf, n, "%s", sysname[p->sysno]);
		buf[0] += 'A'-'a';
	}else
		snprint(buf, n, "%s", procstatename[s]);
	return buf;
}

static void dumpone(Proc *p)
{
	char state[16], *s, *call;
	uintptr off;

	off = 0;
	s = p->qpc? symname(p->qpc, &off): nil;
	call = p->sysno < NSYSCALL && sysname[p->sysno]? sysname[p->sysno]: "-";
	kprint("%6ud %6ud %-12s %-16s %-10s pri %2d/%-2d", p->pid, p->ppid, p->user, p->text, procstate(p, state, sizeof state), p->pri, p->basepri);
	kprint(" %s %s waits %s+%#lux", p->insyscall? "in": "after", call, s? s: "?", (ulong)off);
	if(p->r)
		kprint(" rendez %#p", p->r);
	if(p->ql)
		kprint(" qlock %#p", p->ql);
	kprint(" %c%c%c\n", p->notepending? 'n': '-', p->notified? 'h': '-', p->oncpu? 'c': '-');
}

void procdump(void)
{
	u32int i;
	int locked;

	/* in a hang or a panic the lock may never be free; the slots can be read all the same */
	locked = !lockheld(&proctablock) && canlock(&proctablock);
	for(i = 0; i < top; i++)
		if(slots[i])
			dumpone(slots[i]);
	if(locked)
		unlock(&proctablock);
}
