/*
 * pipesink.c: pipes for the kernel's own: mounts that speak 9P on one end, and
 * servers that answer there.
 *
 * They send by pipesend, whole messages, and get what the other side writes
 * handed to their sink, in the writer's process, without the lock.  A sink
 * that does not take all is taken off until it is set again, and the rest
 * queued: nothing is lost, and the order stays.  That a sink was set again
 * meanwhile shows in sinkgen.
 *
 * Locks: the Pipe's is held but for the calls of sinks; insink counts those,
 * so that who takes a sink off can wait for their end.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"
#include "pipe.h"

/* --- giving to a sink --- */
static int notinsink(void *a)
{
	return ((End*)a)->insink == 0;
}

static void sinkleave(End *e)
{
	if(--e->insink == 0 && e->nsinkwait > 0)
		wakeup(&e->sinkr);
}

/* the other side hung up: its last call.  The pipe is held, but not during the call */
void sinkhangup(End *e)
{
	u32int (*f)(void*, Part*);
	void *arg;

	f = e->sink;
	arg = e->sinkarg;
	e->sink = nil;
	e->insink++;
	piperelease(e->p);
	f(arg, nil);
	pipehold(e->p);
	sinkleave(e);
}

/* s from off on: b is room for its Buf */
static void partrest(Part *s, u32int off, Part *rest, Buf *b)
{
	u32int k;

	*rest = *s;
	k = MIN(off, s->nh);
	rest->h += k;
	rest->nh -= k;
	rest->n -= off;
	if(off > k){
		bufslice(s->b, off-k, s->b->n-(off-k), b);
		rest->b = b;
	}
}

/*
 * Give s from off on to the sink: how far it took it.  If not to the end,
 * there is no sink any more; one that is set meanwhile is tried too.  The
 * pipe is held, but not during the calls, and so may have been closed.
 */
u32int sinkcalls(End *e, Part *s, u32int off)
{
	u32int (*f)(void*, Part*);
	void *arg;
	u32int gen;
	Part rest, *t;
	Buf b;

	while(off < s->n && (f = e->sink) != nil){
		t = s;
		if(off > 0){
			partrest(s, off, &rest, &b);
			t = &rest;
		}
		arg = e->sinkarg;
		gen = e->sinkgen;
		e->insink++;
		piperelease(e->p);
		off += f(arg, t);
		pipehold(e->p);
		if(off < s->n && gen == e->sinkgen)
			e->sink = nil;
		sinkleave(e);
	}
	return off;
}

/* --- sending --- */
typedef struct Want Want;
struct Want {
	End *e;
	u32int n;
};

static int canput(void *a)
{
	Want *w;

	w = a;
	return w->e->gone || w->e->sink != nil || w->e->readers != nil || pipeisroom(w->e, w->n);
}

static End *other(End *e)
{
	return &e->p->end[e == &e->p->end[0]];
}

/* until n bytes can go to e; -1 and errstr: interrupted */
static int waitroom(End *e, u32int n)
{
	Want w;
	int r;

	w = (Want){ .e = e, .n = n };
	pipehold(e->p);
	e->nwait++;
	piperelease(e->p);
	r = sleep(&e->room, canput, &w);
	pipehold(e->p);
	e->nwait--;
	piperelease(e->p);
	return r;
}

/* Msglink.wait: a is the end that the sender has */
static int pipewait(void *a, u32int n)
{
	return waitroom(other(a), n);
}

/* the rest of pipesend, from off on: the pipe is held, and let go */
static __attribute__((noinline)) int sendrest(End *e, Part *s, u32int off, int nowait)
{
	Reader *done;
	int r;

	done = nil;
	for(;;){
		if(off == 0)
			off = sinkput(e, s, 0);
		if(off > 0 || e->gone || e->readers != nil || pipeisroom(e, s->n))
			break;
		piperelease(e->p);
		if(nowait)
			return 1;
		if(waitroom(e, s->n) < 0)
			return -1;
		pipehold(e->p);
	}
	r = 0;
	if(off < s->n){
		if(e->gone)
			r = seterr(Ehungup);
		else if((off = pipehand(e, s, off, &done)) < s->n)
			r = pipequeue(e, s, off);
	}
	if(r == 0)
		e->nmsg++;
	piperelease(e->p);
	pipewakereaders(done);
	return r;
}

/* Msglink.send: the message goes to the other end */
static int pipesend(void *a, Part *s, int nowait)
{
	End *e;
	Reader *r;
	u32int off;

	e = other(a);
	r = nil;
	off = 0;
	pipehold(e->p);
	if(e->sink != nil)
		off = sinkcalls(e, s, 0);
	else
		r = pipehandone(e, s);
	if(r == nil && off < s->n)
		return sendrest(e, s, off, nowait);
	e->nmsg++;
	piperelease(e->p);
	if(r != nil && awakes(&r->w))
		awaken(&r->w);
	return 0;
}

/* a message with user memory, to the sink of the other end: 1; 0: not sent */
static int pipesendu(void *a, Part *s)
{
	u32int (*f)(void*, Part*);
	void *arg;
	End *e;
	int r;

	e = other(a);
	r = 0;
	pipehold(e->p);
	if((f = e->sink) != nil){
		arg = e->sinkarg;
		e->insink++;
		piperelease(e->p);
		r = f(arg, s) == s->n;
		pipehold(e->p);
		sinkleave(e);
		e->nmsg += r;
	}
	piperelease(e->p);
	return r;
}

/* put m back as the first */
static void putfirst(End *e, Msg *m)
{
	m->next = e->head;
	e->head = m;
	if(m->next == nil)
		e->tail = m;
	if(m->r == nil){
		e->bytes += m->n - m->off;
		e->charge += m->n + sizeof *m;
	}
}

/*
 * Give the first message that was written before to f: 0 if it does not take
 * all.  Then the rest stays, unless its writer waits no more.
 */
static int drain1(End *e, u32int (*f)(void*, Part*), void *arg)
{
	Msg *m;
	Req *r;
	Part s;
	Buf b;
	int all;

	m = pipetakefirst(e);
	r = m->r;
	if(r != nil)
		bufslice(&r->buf, m->off, m->n - m->off, &b);
	else
		b = (Buf){ .p = m->data+m->off, .n = m->n - m->off };
	s = (Part){ .b = &b, .n = b.n };
	piperelease(e->p);
	if(s.n > 0)
		m->off += f(arg, &s);
	pipehold(e->p);
	all = m->off == m->n;
	if(!all && (r == nil || !r->flushed)){
		putfirst(e, m);
		return 0;
	}
	if(r != nil){
		r->rcount = m->off;
		if(!all && m->off == 0)
			e->nmsg--;
		piperelease(e->p);
		respond(r, all || m->off > 0? nil: Eintr);
		pipehold(e->p);
	}
	pipemsgfree(e, m);
	return all;
}

/* arg's calls are over */
static void sinkoff(End *e, void *arg)
{
	pipehold(e->p);
	if(e->sinkarg == arg)
		e->sink = nil;
	e->nsinkwait++;
	piperelease(e->p);
	sleepu(&e->sinkr, notinsink, e);
	pipehold(e->p);
	e->nsinkwait--;
	piperelease(e->p);
}

/* Msglink.sink */
static int pipesink(void *a, u32int (*f)(void*, Part*), void *arg)
{
	End *e;
	int wake;

	e = a;
	if(f == nil){
		sinkoff(e, arg);
		return 0;
	}
	pipehold(e->p);
	if(e->draining || (e->sink != nil && e->sinkarg != arg) || other(e)->sink == f){
		piperelease(e->p);
		return seterr(Einuse);
	}
	e->draining = 1;
	e->sink = nil;
	e->sinkarg = arg;
	e->insink++;
	while(e->head != nil && drain1(e, f, arg))
		;
	if(e->head == nil){
		e->sink = f;
		e->sinkgen++;
		if(other(e)->gone)
			sinkhangup(e);
	}
	e->draining = 0;
	sinkleave(e);
	wake = e->nwait > 0;
	piperelease(e->p);
	if(wake)
		wakeup(&e->room);
	return 0;
}

/* Msglink.direct */
static int pipedirect(void *a)
{
	return peek(other(a)->sink) != nil;
}

/* quickpass */
int pipemsg(Chan *c, Part *s)
{
	End *e;

	e = &pipeof(c->fid)->end[sideof(c->fid)];
	return s->u != nil? pipesendu(e, s): pipesend(e, s, 0);
}

int pipelink(Chan *c, Msglink *l)
{
	if(c->fid == nil || c->fid->srv != &pipesrv || c->qid.type & QTDIR)
		return 0;
	l->end = &pipeof(c->fid)->end[sideof(c->fid)];
	l->send = pipesend;
	l->wait = pipewait;
	l->sink = pipesink;
	l->direct = pipedirect;
	l->mine = &((End*)l->end)->inorder;
	l->inorder = &other(l->end)->inorder;
	return 1;
}
