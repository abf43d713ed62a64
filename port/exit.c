/*
 * exit.c: how a process ends, and how its parent learns of it.
 *
 * pexit, in the process itself: no more notes, timers off, files and groups
 * let go (which may sleep, and a kill then cuts short), memory given back, the
 * message for the parent, children disowned, out of the table; then it
 * switches away for the last time, and who runs next on that processor calls
 * procgone.  A process that ends by a note of the system stays after the
 * message, with its memory, as Pbroken, until somebody kills it; when
 * there are many of those the oldest is killed.
 *
 * Locks: familylock for parent, child, sibling, waitq, nwait, nchild, and so
 * that no parent vanishes while its child wakes it; brokenlk.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"

enum {
	Broken = 8,		/* kept at a time */
	Spare = 32,		/* free Waitmsgs kept */
	Textmax = ERRMAX+NAMELEN+16,
};

struct Waitmsg {
	Waitmsg *next;
	u32int pid;
	u64int time[3];		/* ns: user, system, with its children's; real */
	char msg[Textmax];
};

Lock familylock;
static Lock brokenlk;
static Proc *broken;		/* by qnext, oldest first */
static int nbroken;
static Lock sparelk;
static Waitmsg *spare;
static int nspare;

/* --- wait messages --- */

Waitmsg *waitmsgnew(void)
{
	Waitmsg *w;

	lock(&sparelk);
	w = spare;
	if(w){
		spare = w->next;
		nspare--;
	}
	unlock(&sparelk);
	if(w == nil)
		w = malloc(sizeof *w);
	return w? w: seterrp("no memory for a process");
}

void waitmsgfree(Waitmsg *w)
{
	if(w == nil)
		return;
	lock(&sparelk);
	if(nspare < Spare){
		w->next = spare;
		spare = w;
		nspare++;
		w = nil;
	}
	unlock(&sparelk);
	free(w);
}

static Waitmsg *message(Proc *p, char *why)
{
	Waitmsg *w;

	w = p->exitmsg;
	p->exitmsg = nil;
	schedcharge(p);
	w->next = nil;
	w->pid = p->pid;
	w->time[0] = p->utime + p->cutime;
	w->time[1] = p->stime + p->cstime;
	w->time[2] = monons() - p->starttime;
	w->msg[0] = 0;
	if(why[0])
		snprint(w->msg, sizeof w->msg, "%s %ud: %s", p->text, p->pid, why);
	return w;
}

/* --- the family --- */

void adopt(Proc *parent, Proc *c)
{
	lock(&familylock);
	c->parent = parent;
	c->sibling = parent->child;
	if(c->sibling)
		c->sibling->sibprev = &c->sibling;
	c->sibprev = &parent->child;
	parent->child = c;
	parent->nchild++;
	unlock(&familylock);
}

/* with familylock */
static void leaveparent(Proc *p)
{
	*p->sibprev = p->sibling;
	if(p->sibling)
		p->sibling->sibprev = p->sibprev;
	p->parent->nchild--;
	p->parent = nil;
}

/* gives w to p's parent; what nobody wants */
static Waitmsg *tellparent(Proc *p, Waitmsg *w)
{
	Proc *parent;

	lock(&familylock);
	parent = p->parent;
	if(parent){
		leaveparent(p);
		if(parent->waitq)
			parent->waitqtail->next = w;
		else
			parent->waitq = w;
		parent->waitqtail = w;
		parent->nwait++;
		w = nil;
		wakeup(&parent->waitr);
	}
	unlock(&familylock);
	return w;
}

/* no more children, nor messages from them */
static Waitmsg *disown(Proc *p)
{
	Waitmsg *w;
	Proc *c;

	lock(&familylock);
	while((c = p->child) != nil){
		leaveparent(c);
		c->ppid = 1;
	}
	w = p->waitq;
	p->waitq = nil;
	p->nwait = 0;
	unlock(&familylock);
	return w;
}

static void endfamily(Proc *p, char *why)
{
	Waitmsg *w, *next;

	waitmsgfree(tellparent(p, message(p, why)));
	if(p->child == nil && p->waitq == nil)
		return;
	for(w = disown(p); w; w = next){
		next = w->next;
		waitmsgfree(w);
	}
}

/* --- the end --- */

/* from now on nothing but a kill reaches p, and that only ends its sleeps */
static void silence(Proc *p)
{
	timerdel(&p->alarmtimer);
	lock(&p->lk);
	p->exiting = 1;
	p->dying = (p->procctl & PCkill) != 0;
	p->procctl = 0;
	p->nnote = 0;
	p->killonly = 0;
	noteflags(p);
	unlock(&p->lk);
	edffree(p);
}

static void closegroups(Proc *p)
{
	Fgrp *f;
	Egrp *e;
	Rgrp *r;
	Pgrp *g;
	Chan *slash, *dot;

	f = p->fgrp;
	e = p->egrp;
	r = p->rgrp;
	g = p->pgrp;
	slash = p->slash;
	dot = p->dot;
	/* closing may need the name space, and the right to a user's servers: descriptors first */
	lock(&p->lk);
	p->fgrp = nil;
	unlock(&p->lk);
	if(f){
		fgrpleave(p, f);
		fgrpclose(f);
	}
	lock(&p->lk);
	p->egrp = nil;
	p->rgrp = nil;
	p->pgrp = nil;
	p->slash = nil;
	p->dot = nil;
	unlock(&p->lk);
	if(e)
		egrpclose(e);
	rgrpclose(r);
	chanclose(dot);
	chanclose(slash);
	if(g)
		pgrpclose(g);
}

static void freememory(Proc *p)
{
	char *prof;

	prof = p->prof;
	p->prof = nil;	/* the clock interrupt looks */
	/* who reads these holds debug */
	qlock(&p->debug);
	if(!p->kp)
		segfreeall(p);
	free(prof);
	free(p->args);
	free(p->syscalltrace);
	p->args = nil;
	p->nargs = 0;
	p->syscalltrace = nil;
	fpdrop(p);
	qunlock(&p->debug);
}

static void unbreak(Proc *p)
{
	Proc **l;

	lock(&brokenlk);
	for(l = &broken; *l != p; l = &(*l)->brknext)
		;
	*l = p->brknext;
	nbroken--;
	unlock(&brokenlk);
}

/* until it is killed */
static void linger(Proc *p)
{
	Proc **l;

	lock(&brokenlk);
	p->brknext = nil;
	for(l = &broken; *l; l = &(*l)->brknext)
		;
	*l = p;
	if(++nbroken > Broken)
		prockill(broken);
	unlock(&brokenlk);
	wakeup(&p->dbgr);
	while((__atomic_load_n(&p->procctl, __ATOMIC_SEQ_CST) & PCkill) == 0){
		__atomic_store_n(&p->state, Pbroken, __ATOMIC_SEQ_CST);
		if(killed() && __sync_bool_compare_and_swap(&p->state, Pbroken, Prunning))
			break;
		sched();
	}
	unbreak(p);
}

/*
 * The current process ends; status is what its parent is told, "" for
 * success.  freemem 0: it stays as Pbroken until it is killed, unless it has been.
 */
noreturn_ void pexit(char *status, int freemem)
{
	char why[ERRMAX];
	Proc *p;

	p = up;
	strecpy(why, why+ERRMAX, status);
	if(p->nlocks != 0)
		panic("%s %ud exits with %d locks", p->text, p->pid, p->nlocks);
	silence(p);
	closegroups(p);
	if(freemem || p->dying){
		freememory(p);
		endfamily(p, why);
	}else{
		endfamily(p, why);
		linger(p);
		freememory(p);
	}
	proctrim();
	if(p->traced)
		proctrace(p, TrDead, monons());
	procdel(p);
	wakeup(&p->dbgr);
	wakeup(&p->waitr);	/* readers of #p/wait */
	splhi();
	p->state = Pmoribund;
	sched();
	panic("a dead process runs");
}

/* a[0]: string, or 0 */
long sys_exits(u64int *a)
{
	char why[ERRMAX];

	why[0] = 0;
	if(a[0] && copyinstr(why, a[0], ERRMAX) < 0){
		/* cut what is too long, and don't mind what cannot be read */
		if(copyin(why, a[0], ERRMAX) < 0)
			strecpy(why, why+ERRMAX, "bad address in exits");
		why[ERRMAX-1] = 0;
	}
	pexit(why, 1);
}

/* --- await --- */

/* in the reader; arg: whose children */
static int havemsg(void *arg)
{
	Proc *p;

	p = arg;
	return p->waitq != nil || p->nchild == 0 || p->exiting;
}

static int havereport(void *arg)
{
	Proc *p;

	p = arg;
	return p->waitq != nil || p->exiting;
}

/* the next message, with familylock, which is released while waiting; nil and errstr */
static Waitmsg *nextmsg(Proc *p)
{
	Waitmsg *w;
	int r;

	while((w = p->waitq) == nil){
		if(p == up && p->nchild == 0)
			return seterrp("no living children");
		if(p != up && p->exiting)
			return seterrp("process exited");
		unlock(&familylock);
		r = sleep(&p->waitr, p == up? havemsg: havereport, p);
		lock(&familylock);
		if(r < 0)
			return nil;
	}
	p->waitq = w->next;
	p->nwait--;
	p->cutime += w->time[0];
	p->cstime += w->time[1];
	p->creal += w->time[2];
	return w;
}

static char *decimal(char *s, u64int v)
{
	char buf[20];
	int i;

	i = sizeof buf;
	do
		buf[--i] = '0' + v%10;
	while((v /= 10) != 0);
	for(; i < (int)sizeof buf; i++)
		*s++ = buf[i];
	*s++ = ' ';
	return s;
}

/* by hand, since every wait does it; buf has room for the numbers */
static int msgtext(Waitmsg *w, char *buf, int n)
{
	char *s;
	int i;

	s = decimal(buf, w->pid);
	for(i = 0; i < (int)nelem(w->time); i++)
		s = decimal(s, w->time[i]/1000000);
	if(w->msg[0] == 0){
		*s++ = '\'';
		*s++ = '\'';
		*s = 0;
		return s - buf;
	}
	return s - buf + snprint(s, buf+n-s, "%q", w->msg);
}

/* shorten s by a rune */
static void chop(char *s)
{
	int i;

	for(i = strlen(s)-1; i > 0 && (s[i]&0xc0) == 0x80; i--)
		;
	s[i] = 0;
}

/*
 * The text of the next message from p's children, not terminated, cut so
 * that it still reads well if it does not fit: bytes.  p is referenced, or
 * the current process.
 */
long procwait(Proc *p, char *buf, int n)
{
	char text[2*Textmax+64];
	Waitmsg *w;
	long len;

	lock(&familylock);
	if(p->awaiting){
		unlock(&familylock);
		return seterr(Einuse);
	}
	p->awaiting = 1;
	w = nextmsg(p);
	p->awaiting = 0;
	unlock(&familylock);
	if(w == nil)
		return -1;
	while((len = msgtext(w, text, sizeof text)) > n && w->msg[0])
		chop(w->msg);
	waitmsgfree(w);
	len = MIN(len, n);
	memmove(buf, text, len);
	return len;
}

/* a[0]: buffer, a[1]: its size.  Bytes; -1: no children, or interrupted */
long sys_await(u64int *a)
{
	char buf[2*Textmax+64];
	long n;

	n = (int)a[1];
	if(n <= 0)
		return seterr(Ebadarg);
	n = procwait(up, buf, MIN(n, (long)sizeof buf));
	if(n > 0 && copyout(a[0], buf, n) < 0)
		return -1;
	return n;
}
