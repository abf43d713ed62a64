/*
 * procctl.c: messages to /proc/n/ctl.
 *
 * Stopping is asked for in Proc.procctl and done by the process itself; who
 * waits for it sleeps on Proc.dbgr and counts in ndbg, which makes a note stop
 * the process as well.
 *
 * Locks: Proc.lk for procctl and ndbg; Proc.debug while a process is started,
 * so that nobody is looking at its registers.  Messages whose names end in
 * stop, and startsyscall, sleep until the process stops; a note ends that.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"
#include "procfile.h"

enum {
	Ctlmax = 256,
	/* Msg.flags */
	User = 1<<0,		/* not for kernel processes */
	Owner = 1<<1,		/* the host owner only */
};

typedef struct Msg Msg;
struct Msg {
	char *name;
	int (*f)(Proc*, char *arg);	/* 0; -1 and errstr */
	u8int arg;			/* it has one */
	u8int flags;
};

/* --- stop and start --- */

static int stopped(void *arg)
{
	Proc *p;

	p = arg;
	return p->state == Pstopped || p->state == Pbroken || p->exiting;
}

/* begin to wait for p to stop; nothing more can make it miss us */
static void enlist(Proc *p, int n)
{
	lock(&p->lk);
	p->ndbg += n;
	unlock(&p->lk);
}

static int awaitstop(Proc *p)
{
	int r;

	r = sleep(&p->dbgr, stopped, p);
	enlist(p, -1);
	return r;
}

static int dowaitstop(Proc *p, char *arg)
{
	USED(arg);
	if(p == up)
		return seterr(Ebadarg);
	enlist(p, 1);
	return awaitstop(p);
}

static int dostop(Proc *p, char *arg)
{
	USED(arg);
	enlist(p, 1);
	if(p->state != Pstopped)
		procrequest(p, PCstop);
	if(p == up){
		enlist(p, -1);
		return 0;
	}
	return awaitstop(p);
}

/* p, stopped, goes on, with that bit of procctl set */
static int go(Proc *p, int ctl)
{
	int r;

	qlock(&p->debug);
	lock(&p->lk);
	if(p->state == Pstopped)
		p->procctl |= ctl;
	unlock(&p->lk);
	r = procstart(p);
	qunlock(&p->debug);
	return r;
}

static int dostart(Proc *p, char *arg)
{
	USED(arg);
	return go(p, 0);
}

static int gowait(Proc *p, int ctl)
{
	enlist(p, 1);
	if(go(p, ctl) < 0){
		enlist(p, -1);
		return -1;
	}
	return awaitstop(p);
}

static int dostartstop(Proc *p, char *arg)
{
	USED(arg);
	return gowait(p, 0);
}

static int dostartsyscall(Proc *p, char *arg)
{
	USED(arg);
	return gowait(p, PCtrace);
}

static int dokill(Proc *p, char *arg)
{
	USED(arg);
	prockill(p);
	return 0;
}

/* --- bits --- */

static int dohang(Proc *p, char *arg)
{
	USED(arg);
	p->hang = 1;
	return 0;
}

static int donohang(Proc *p, char *arg)
{
	USED(arg);
	p->hang = 0;
	return 0;
}

static int donoswap(Proc *p, char *arg)
{
	USED(arg);
	p->noswap = 1;
	return 0;
}

static int doprivate(Proc *p, char *arg)
{
	USED(arg);
	p->private = 1;
	return 0;
}

static int dotogether(Proc *p, char *arg)
{
	USED(arg);
	p->together = 1;
	return 0;
}

static int doprofile(Proc *p, char *arg)
{
	USED(arg);
	return procprofile(p);
}

static int dotrace(Proc *p, char *arg)
{
	if(arg == nil)
		p->traced ^= 1;
	else
		p->traced = atoi(arg) != 0;
	return 0;
}

static int doevent(Proc *p, char *arg)
{
	USED(arg);
	proctrace(p, TrUser, monons());
	return 0;
}

/* --- descriptors --- */

static Fgrp *fgrpof(Proc *p)
{
	Fgrp *f;

	lock(&p->lk);
	f = p->fgrp;
	if(f)
		fgrpincref(f);
	unlock(&p->lk);
	return f? f: seterrp(Eexited);
}

static int doclose(Proc *p, char *arg)
{
	Fgrp *f;
	char *e;
	long fd;
	int r;

	fd = strtol(arg, &e, 10);
	if(e == arg || *e)
		return seterr(Ebadarg);
	f = fgrpof(p);
	if(f == nil)
		return -1;
	r = fgrpfdclose(f, fd);
	fgrpclose(f);
	return r;
}

static int doclosefiles(Proc *p, char *arg)
{
	Fgrp *f;
	int fd;

	USED(arg);
	f = fgrpof(p);
	if(f == nil)
		return -1;
	for(fd = fgrpfdmax(f)-1; fd >= 0; fd--)
		(void)fgrpfdclose(f, fd);
	fgrpclose(f);
	return 0;
}

/* --- scheduling --- */

static int number(char *s, int max)
{
	char *e;
	long n;

	n = strtol(s, &e, 10);
	if(e == s || *e || n < 0 || n > max)
		return seterr(Ebadarg);
	return n;
}

static int setpri(Proc *p, char *arg, int fixed)
{
	int n;

	n = number(arg, NPRI-1);
	if(n < 0)
		return -1;
	if(n > PriNormal && !isowner())
		return seterr(Eperm);
	procsetpri(p, n, fixed);
	return 0;
}

static int dopri(Proc *p, char *arg)
{
	return setpri(p, arg, 0);
}

static int dofixedpri(Proc *p, char *arg)
{
	return setpri(p, arg, 1);
}

static int dowired(Proc *p, char *arg)
{
	int n;

	n = number(arg, NCPU-1);
	return n < 0? -1: procwire(p, n);
}

static int doperiod(Proc *p, char *arg)
{
	return edfset(p, "period", arg);
}

static int dodeadline(Proc *p, char *arg)
{
	return edfset(p, "deadline", arg);
}

static int docost(Proc *p, char *arg)
{
	return edfset(p, "cost", arg);
}

static int dosporadic(Proc *p, char *arg)
{
	USED(arg);
	return edfmode(p, "sporadic");
}

static int doyieldonblock(Proc *p, char *arg)
{
	USED(arg);
	return edfmode(p, "yieldonblock");
}

static int doadmit(Proc *p, char *arg)
{
	USED(arg);
	return edfadmit(p);
}

static int doexpel(Proc *p, char *arg)
{
	USED(arg);
	edfexpel(p);
	return 0;
}

/* --- the messages --- */

static Msg msgs[] = {
	{ "admit", doadmit, 0, User|Owner },
	{ "close", doclose, 1, User },
	{ "closefiles", doclosefiles, 0, User },
	{ "cost", docost, 1, User },
	{ "deadline", dodeadline, 1, User },
	{ "event", doevent, 0, 0 },
	{ "expel", doexpel, 0, User },
	{ "fixedpri", dofixedpri, 1, 0 },
	{ "hang", dohang, 0, User },
	{ "kill", dokill, 0, User },
	{ "nohang", donohang, 0, User },
	{ "noswap", donoswap, 0, User },
	{ "period", doperiod, 1, User },
	{ "pri", dopri, 1, 0 },
	{ "private", doprivate, 0, User },
	{ "profile", doprofile, 0, User },
	{ "sporadic", dosporadic, 0, User },
	{ "start", dostart, 0, User },
	{ "startstop", dostartstop, 0, User },
	{ "startsyscall", dostartsyscall, 0, User },
	{ "stop", dostop, 0, User },
	{ "together", dotogether, 0, User },
	{ "trace", dotrace, 0, 0 },
	{ "waitstop", dowaitstop, 0, User },
	{ "wired", dowired, 1, 0 },
	{ "yieldonblock", doyieldonblock, 0, User },
};

static Msg *find(char *name)
{
	uint i;

	for(i = 0; i < nelem(msgs); i++)
		if(strcmp(msgs[i].name, name) == 0)
			return &msgs[i];
	return nil;
}

static int control(Proc *p, char **word, int n)
{
	Msg *m;

	m = n > 0? find(word[0]): nil;
	if(m == nil || n > 2 || (m->arg && n != 2) || (n == 2 && !m->arg && m->f != dotrace))
		return seterr("bad process or channel control request");
	/* one that is about to become Pbroken is told to go all the same */
	if(p->exiting && p->state != Pbroken && m->f != dokill)
		return seterr(Eexited);
	if((m->flags & User) && p->kp)
		return seterr("kernel process");
	if((m->flags & Owner) && !isowner())
		return seterr(Eperm);
	return m->f(p, n == 2? word[1]: nil);
}

void procctlwrite(Req *r, Proc *p)
{
	char buf[Ctlmax], *word[3];
	int n;

	if(devtext(r, buf, sizeof buf) < 0){
		responderr(r);
		return;
	}
	n = tokenize(buf, word, nelem(word));
	devwritten(r, control(p, word, n));
}
