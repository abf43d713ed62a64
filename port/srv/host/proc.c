/*
 * proc.c: processes of a server that runs in the kernel, hostproc.h.
 *
 * An Inst lists those it has, each with a reference on it, under the instance
 * lock.  Hostproc.p is nil from the end of the process on; a Hostproc has two
 * references, the process's and the server's.  Whoever changes Inst.state
 * calls hostprocs: they wait for that in hostenter.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"
#include "hosti.h"
#include "hostproc.h"

struct Hostproc {
	long ref;
	Inst *x;
	Proc *p;
	Rendez r;	/* for the instance to run */
	void (*f)(Hostproc*, void*);
	void *arg;
	Hostproc *next;
};

static void put(Hostproc *h)
{
	if(decref(&h->ref) == 0)
		free(h);
}

static void body(void *a)
{
	Hostproc *h, **l;
	Inst *x;

	h = a;
	x = h->x;
	h->f(h, h->arg);
	qlock(&x->lk);
	h->p = nil;
	for(l = &x->procs; *l != h; l = &(*l)->next)
		;
	*l = h->next;
	qunlock(&x->lk);
	put(h);
	instput(x);
}

Hostproc *hostproc(Srv *s, char *name, void (*f)(Hostproc*, void*), void *arg)
{
	Hostproc *h;
	Inst *x;

	x = (Inst*)((uchar*)s - __builtin_offsetof(Inst, srv));
	if((h = mallocz(sizeof *h, 1)) == nil)
		return seterrp(Enomem);
	h->ref = 2;
	h->x = x;
	h->f = f;
	h->arg = arg;
	h->next = x->procs;
	x->procs = h;
	incref(&x->ref);
	if((h->p = kproc(name, body, h)) != nil)
		return h;
	x->procs = h->next;
	decref(&x->ref);
	free(h);
	return seterrp(Enomem);
}

void hostprocend(Hostproc *h)
{
	if(h->p != nil)
		kprocintr(h->p);
	put(h);
}

void hostprocs(Inst *x)
{
	Hostproc *h;

	for(h = x->procs; h != nil; h = h->next)
		if(x->state == Gone && h->p != nil)
			kprocintr(h->p);
		else
			wakeup(&h->r);
}

static int settled(void *a)
{
	Inst *x;

	x = a;
	return x->state == Live || x->state == Gone;
}

int hostenter(Hostproc *h)
{
	Inst *x;

	x = h->x;
	for(;;){
		qlock(&x->lk);
		if(x->state == Live)
			return 0;
		qunlock(&x->lk);
		if(sleep(&h->r, settled, x) < 0 || x->state == Gone)
			return -1;
	}
}

void hostleave(Hostproc *h)
{
	instunlock(h->x);
}

/* --- the tree of a server in #h, or wherever it is now --- */
Chan *hostroot(char *kind, char *name)
{
	static QLock lk;	/* who comes second finds the first one's */
	Chan *c, *root;
	char *e;
	int again;

	do{
		qlock(&lk);
		e = srvposted(name, &c);
		if(e != nil && strcmp(e, Enonexist) == 0 && isowner())
			e = instnew(kind, name, "") < 0? geterr(): srvposted(name, &c);
		qunlock(&lk);
		if(e != nil)
			return seterrp(e);
		root = muxattach(c, nil, up->user, "");
		again = root == nil && isowner() && strcmp(geterr(), Ehungup) == 0;
		if(again)	/* it was a program that has died: the name is free */
			srvunpost(c);
		chanclose(c);
	}while(again);
	return root;
}
