/*
 * fork.c: rfork(2).
 *
 * Everything that can fail is made first, as a Groups and a child that does
 * not run yet; then it is given to the process, or the child made
 * ready, at once.  Another process may see the child in the table
 * meanwhile, and note or kill it; it finds that when it first goes to user
 * mode.
 *
 * Locks: Proc.lk while a group's pointer changes, for #p looks at them.  Sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"

enum {
	Known = RFNAMEG|RFENVG|RFFDG|RFNOTEG|RFPROC|RFMEM|RFNOWAIT|RFCNAMEG|RFCENVG|RFCFDG|RFREND|RFNOMNT,
	Children = 4096,	/* living or not waited for */
};

typedef struct Groups Groups;
struct Groups {
	Pgrp *pgrp;
	Fgrp *fgrp;
	Egrp *egrp;
	Rgrp *rgrp;
};

static u32int lastnoteid;

static u32int newnoteid(void)
{
	u32int id;

	while((id = __atomic_add_fetch(&lastnoteid, 1, __ATOMIC_RELAXED) & 0x7fffffff) == 0)
		;
	return id;
}

static int contradict(int f)
{
	return (f & (RFFDG|RFCFDG)) == (RFFDG|RFCFDG)
		|| (f & (RFNAMEG|RFCNAMEG)) == (RFNAMEG|RFCNAMEG)
		|| (f & (RFENVG|RFCENVG)) == (RFENVG|RFCENVG)
		|| (!(f & RFPROC) && (f & (RFMEM|RFNOWAIT)));
}

static void groupsclose(Groups *g)
{
	if(g->pgrp)
		pgrpclose(g->pgrp);
	if(g->fgrp)
		fgrpclose(g->fgrp);
	if(g->egrp)
		egrpclose(g->egrp);
	rgrpclose(g->rgrp);
}

/* the groups the flags ask for, nil where nothing changes.  -1: nothing is left behind */
static int groupsmake(Groups *g, Proc *p, int f)
{
	memset(g, 0, sizeof *g);
	if((f & RFNAMEG) && (g->pgrp = pgrpcopy(p->pgrp)) == nil)
		goto fail;
	if((f & RFCNAMEG) && (g->pgrp = pgrpnew()) == nil)
		goto fail;
	/* who may not mount may not get out of that by an empty name space either */
	if((f & RFCNAMEG) && pgrpisnomount(p->pgrp))
		pgrpnomount(g->pgrp);
	if((f & RFFDG) && (g->fgrp = fgrpcopy(p->fgrp)) == nil)
		goto fail;
	if((f & RFCFDG) && (g->fgrp = fgrpnew()) == nil)
		goto fail;
	if((f & RFENVG) && (g->egrp = egrpcopy(p->egrp)) == nil)
		goto fail;
	if((f & RFCENVG) && (g->egrp = egrpnew()) == nil)
		goto fail;
	if((f & RFREND) && (g->rgrp = rgrpnew()) == nil)
		goto fail;
	return 0;
fail:
	groupsclose(g);
	memset(g, 0, sizeof *g);
	return -1;
}

#define exchange(a, b) do{ __typeof__(a) was_ = (a); (a) = (b); (b) = was_; }while(0)

/* p takes those that are there; g has what it had instead */
static void groupsgive(Groups *g, Proc *p)
{
	lock(&p->lk);
	if(g->pgrp)
		exchange(p->pgrp, g->pgrp);
	if(g->fgrp)
		exchange(p->fgrp, g->fgrp);
	if(g->egrp)
		exchange(p->egrp, g->egrp);
	if(g->rgrp)
		exchange(p->rgrp, g->rgrp);
	unlock(&p->lk);
}

static long forkself(int f)
{
	Groups g;
	Proc *p;

	p = up;
	if(groupsmake(&g, p, f) < 0)
		return -1;
	if(g.fgrp)
		fgrpleave(p, p->fgrp);
	groupsgive(&g, p);
	groupsclose(&g);
	if(f & RFNOTEG)
		p->noteid = newnoteid();
	if(f & RFNOMNT)
		pgrpnomount(p->pgrp);
	return 0;
}

/* the groups a child shares, references taken */
static void groupsshare(Groups *g, Proc *p)
{
	if(g->pgrp == nil){
		g->pgrp = p->pgrp;
		pgrpincref(g->pgrp);
	}
	if(g->fgrp == nil){
		g->fgrp = p->fgrp;
		fgrpincref(g->fgrp);
	}
	if(g->egrp == nil){
		g->egrp = p->egrp;
		egrpincref(g->egrp);
	}
	if(g->rgrp == nil){
		g->rgrp = p->rgrp;
		rgrpincref(g->rgrp);
	}
}

static void childstart(void)
{
	Ureg *u;

	schedarrive();
	splx(1);
	u = up->ureg;
	while(up->notepending)
		userreturn(u);
	userenter(u);
}

/* what a child has of its parent's without anything being allocated */
static void inherit(Proc *c, Proc *p)
{
	c->ppid = p->pid;
	c->hang = p->hang;
	c->private = p->private;
	c->noswap = p->noswap;
	c->basepri = p->basepri;
	c->fixedpri = p->fixedpri;
	c->pri = p->pri;
	c->used = p->used;
	c->usedat = p->usedat;
	c->mix = p->mix;
	c->slash = p->slash;
	c->dot = p->dot;
	chanincref(c->slash);
	chanincref(c->dot);
}

/*
 * The child joins its note group.  Who posts to a group looks at all of the
 * table under proctablock: he finds the child, or the parent has his note
 * now, and the child must not be: -1 and errstr.
 */
static int joingroup(Proc *c, Proc *p, int f)
{
	int noted;

	memmove(c->text, p->text, sizeof c->text);
	memmove(c->user, p->user, sizeof c->user);
	if(f & RFNOTEG){
		c->noteid = newnoteid();
		return 0;
	}
	lock(&proctablock);
	c->noteid = p->noteid;
	c->together = p->together && f & RFMEM;
	noted = groupnoted();
	unlock(&proctablock);
	return noted? seterr(Eintr): 0;
}

static void frame(Proc *c, Proc *p)
{
	c->ureg = uregtop(c->kstktop);
	*c->ureg = *p->ureg;
	c->ureg->rax = 0;
	c->ksp = ctxinit(c->kstktop, childstart);
}

/* a child that never ran */
static void undo(Proc *c, Groups *g)
{
	lock(&c->lk);
	c->exiting = 1;
	unlock(&c->lk);
	fpdrop(c);
	groupsclose(g);
	waitmsgfree(c->exitmsg);
	procdel(c);
	wakeup(&c->dbgr);
	procput(c);
}

static long forkproc(int f)
{
	Groups g;
	Proc *p, *c;
	long pid;

	p = up;
	if(!(f & RFNOWAIT) && p->nchild + p->nwait >= Children)
		return seterr("too many children not waited for");
	c = procnew();
	if(c == nil)
		return -1;
	pid = c->pid;
	memset(&g, 0, sizeof g);
	if(joingroup(c, p, f) < 0 || groupsmake(&g, p, f) < 0)
		goto fail;
	if(fpcopy(c, p) < 0 || notefork(c) < 0)
		goto fail;
	if(segcopyall(c, (f & RFMEM) != 0) < 0)
		goto fail;
	groupsshare(&g, p);
	inherit(c, p);
	groupsgive(&g, c);
	if(f & RFNOMNT)
		pgrpnomount(c->pgrp);
	frame(c, p);
	if(!(f & RFNOWAIT))
		adopt(p, c);
	ready(c);
	return pid;
fail:
	undo(c, &g);
	return -1;
}

/* a[0]: flags.  The child's pid, 0 in the child; without RFPROC 0; -1 */
long sys_rfork(u64int *a)
{
	int f;

	f = a[0];
	if((f & ~Known) || contradict(f))
		return seterr(Ebadarg);
	return f & RFPROC? forkproc(f): forkself(f);
}

/* the first process's groups */
int procfirst(Proc *p)
{
	Groups g;

	memset(&g, 0, sizeof g);
	g.pgrp = pgrpnew();
	g.fgrp = fgrpnew();
	g.egrp = egrpnew();
	g.rgrp = rgrpnew();
	if(!g.pgrp || !g.fgrp || !g.egrp || !g.rgrp){
		groupsclose(&g);
		return -1;
	}
	groupsgive(&g, p);
	p->noteid = newnoteid();
	return 0;
}
