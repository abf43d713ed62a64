/*
 * msgmem.c: the memory of requests that come as messages, for their hosts.
 *
 * A request whose strings or data point into its message keeps the message:
 * a short one is copied beside its Mreq, a long one takes the reader's buffer
 * along.  Freed buffers and Mreqs are kept for the next ones, a few.
 *
 * Msgmem.lk protects all of it and is held for a few instructions.  Nothing
 * sleeps, but that the server's destroyreq is called by msgmemgive.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

enum {
	Short = 512,			/* messages copied */
	Maxspare = 8,			/* kept */
	Bigbuf = 128*1024,		/* answers' buffers not kept in more than Maxbig of them */
	Maxbig = 2,
};

struct Msgkeep {
	Mreq m;			/* first */
	void *big;		/* the message, if it has memory of its own */
	u32int bigcap;		/* as a reader's buffer; 0: it is none */
	usize held;		/* its part of Msgmem.held */
	Msgkeep *next;
	uchar copy[Short];
};

static Msgkeep *keepnew(Msgmem *x)
{
	Msgkeep *g;

	lock(&x->lk);
	if((g = x->spare) != nil){
		x->spare = g->next;
		x->nspare--;
		if(g->m.nrbuf > Bigbuf)
			x->nbig--;
	}
	unlock(&x->lk);
	if(g == nil)
		g = mallocz(sizeof *g, 1);
	else
		g->m.data = nil;
	return g;
}

static uchar *bufnew(Msgmem *x, u32int cap)
{
	uchar *p;

	p = nil;
	lock(&x->lk);
	if(x->bufcap == cap){
		p = x->buf;
		x->buf = nil;
		x->bufcap = 0;
	}
	unlock(&x->lk);
	return p != nil? p: malloc(cap);
}

static void buffree(Msgmem *x, uchar *p, u32int cap)
{
	uchar *old;

	if(cap == 0){
		free(p);
		return;
	}
	lock(&x->lk);
	old = x->buf;
	x->buf = p;
	x->bufcap = cap;
	unlock(&x->lk);
	free(old);
}

void msgmemhold(Msgmem *x, Mreq *m, u32int n)
{
	Msgkeep *g;

	g = (Msgkeep*)m;
	lock(&x->lk);
	x->held -= g->held;
	g->held = sizeof *g + m->nrbuf + (g->big != nil? n: 0);
	x->held += g->held;
	unlock(&x->lk);
}

void msgmemgive(Msgmem *x, Mreq *m)
{
	Msgkeep *g;
	void *big;
	int keep;

	g = (Msgkeep*)m;
	if(m->r.srv != nil && m->r.srv->destroyreq != nil && m->r.aux != nil)
		m->r.srv->destroyreq(&m->r);
	big = g->big;
	g->big = nil;
	if(big != nil)
		buffree(x, big, g->bigcap);
	lock(&x->lk);
	x->held -= g->held;
	g->held = 0;
	keep = x->nspare < Maxspare;
	if(keep && m->nrbuf > Bigbuf && x->nbig++ >= Maxbig){
		x->nbig--;
		keep = 0;
	}
	if(keep){
		g->next = x->spare;
		x->spare = g;
		x->nspare++;
	}
	unlock(&x->lk);
	if(!keep){
		free(m->rbuf);
		free(g);
	}
}

/* does a request of this type refer to its message after it was taken apart? */
static int refers(u8int type)
{
	return type == Tauth || type == Tattach || type == Twalk || type == Tcreate
		|| type == Twrite || type == Twstat;
}

Mreq *msgmemtake(Msgmem *x, Msgin *in, uchar **msg, u32int n)
{
	Msgkeep *g;
	uchar *fresh;

	if((g = keepnew(x)) == nil)
		return nil;
	if(!refers((*msg)[BIT32SZ]))
		return &g->m;
	if(n <= Short){
		memmove(g->copy, *msg, n);
		*msg = g->copy;
		return &g->m;
	}
	if((fresh = bufnew(x, in->cap)) == nil){
		g->m.r.srv = nil;	/* the server has not seen it */
		msgmemgive(x, &g->m);
		return nil;
	}
	g->bigcap = in->cap;
	g->big = msgintake(in, fresh);
	return &g->m;
}

Mreq *msgmemcopy(Msgmem *x, uchar **msg, u32int n)
{
	Msgkeep *g;

	if((g = keepnew(x)) == nil)
		return nil;
	*msg = g->copy;
	if(n > Short){
		if((*msg = malloc(n)) == nil){
			g->m.r.srv = nil;
			msgmemgive(x, &g->m);
			return nil;
		}
		g->big = *msg;
		g->bigcap = 0;
	}
	return &g->m;
}

Mreq *msgmemheld(Msgmem *x, void *own)
{
	Msgkeep *g;

	if((g = keepnew(x)) == nil)
		return nil;
	g->big = own;
	g->bigcap = 0;
	return &g->m;
}

void msgmemfree(Msgmem *x)
{
	Msgkeep *g;

	while((g = x->spare) != nil){
		x->spare = g->next;
		free(g->m.rbuf);
		free(g);
	}
	free(x->buf);
	x->buf = nil;
	x->bufcap = 0;
	x->nspare = x->nbig = 0;
}
