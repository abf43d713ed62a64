/*
 * move.c: instances freeze, are saved, thaw or are let go; and come from an
 * image.
 *
 * From Freezing on linksink takes nothing and linkflush sends nothing, under
 * the instance lock; then each link is stopped, which waits for the calls
 * under way, and the instance is Frozen: messages stay in the pipes, answers
 * in connout.  So thawing is to be Live again, and to start the links.
 *
 * A coming instance is its opener's alone until it is committed.  It is
 * restored whole, or not at all, and sends nothing.  At the commit what was
 * held is taken up before any new message, under one hold of the lock.
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

enum {
	Maxconns = 16*1024,
};
#define Maximage (1UL<<30)

/* --- starting and stopping --- */

/* the next link that startall, or stopall, has not seen to; referenced */
static Link *nextlink(Inst *x, int started)
{
	Link *l;

	qlock(&x->lk);
	for(l = x->links; l != nil && l->started == started; l = l->next)
		;
	if(l != nil){
		l->started = started;
		incref(&l->ref);
	}
	qunlock(&x->lk);
	return l;
}

void startall(Inst *x)
{
	Link *l;

	while((l = nextlink(x, 1)) != nil){
		linkstart(l);
		linkput(l);
	}
}

static void stopall(Inst *x)
{
	Link *l;

	while((l = nextlink(x, 0)) != nil){
		linkstop(l);
		linkput(l);
	}
}

/* --- freezing --- */
int freeze(Inst *x, Fid *holder)
{
	char *e;
	Link *l;

	e = nil;
	qlock(&x->lk);
	if(x->state != Live)
		e = x->state == Gone? Eremoved: "already frozen";
	else if(x->kind->save == nil || x->kind->restore == nil)
		e = "this kind of server cannot be moved";
	else{
		x->state = Freezing;
		x->holder = holder;
		x->since = nsec();
		for(l = x->links; l != nil; l = l->next)
			l->started = 1;
	}
	qunlock(&x->lk);
	if(e != nil)
		return seterr(e);
	stopall(x);
	qlock(&x->lk);
	x->state = Frozen;
	qunlock(&x->lk);
	return 0;
}

int thaw(Inst *x, Fid *holder)
{
	Link *l;
	int ok;

	qlock(&x->lk);
	if((ok = x->holder == holder && x->state == Frozen) != 0){
		imgfree(&x->img);
		x->holder = nil;
		x->state = Live;
		hostprocs(x);
		for(l = x->links; l != nil; l = l->next)
			linkdirty(l);
	}
	instunlock(x);
	if(!ok)
		return seterr("not frozen here");
	startall(x);
	return 0;
}

/* --- saving --- */
static void unhold(Conn *c)
{
	Held *h;
	int i;

	while((h = heldnext(&c, 1, &i)) != nil)
		heldfree(h);
}

static int save(Inst *x, Conn **c)
{
	Link *l;
	int i, r;

	r = 0;
	for(i = 0, l = x->links; l != nil && r == 0; l = l->next){
		c[i++] = l->c;
		r = linkhold(l);
	}
	if(r == 0 && (r = srvsave(&x->srv, c, i, &x->img)) == 0)
		r = imgok(&x->img);
	for(l = x->links; l != nil; l = l->next)
		unhold(l->c);
	return r;
}

int freezesave(Inst *x)
{
	Conn **c;
	int r;

	if(x->state != Frozen)
		return seterr("not frozen");
	if(x->img.n > 0)
		return 0;
	if((c = malloc((x->nlinks+1)*sizeof c[0])) == nil)
		return seterr(Enomem);
	imginit(&x->img);
	if((r = save(x, c)) < 0)
		imgfree(&x->img);
	else
		x->bytes = x->img.n;
	free(c);
	return r;
}

/* --- coming in --- */

/* what the connections are spoken on: the current process's fd, in the order of the image */
int comingconn(Inst *x, int fd)
{
	Chan **in, *c;
	int r;

	if((c = fdchan(fd, -1, 0)) == nil)
		return -1;
	r = -1;
	qlock(&x->lk);
	if(x->state != Coming || x->nin >= Maxconns)
		seterr(Einuse);
	else if(c->mode != ORDWR || c->qid.type & (QTDIR|QTAUTH) || c->mux != nil)
		seterr("not a channel that 9P can be served on");
	else if((in = realloc(x->in, (x->nin+1)*sizeof in[0])) == nil)
		seterr(Enomem);
	else{
		x->in = in;
		x->in[x->nin++] = c;
		r = 0;
	}
	qunlock(&x->lk);
	if(r < 0)
		chanclose(c);
	return r;
}

int comingwrite(Inst *x, Req *r)
{
	Img *m;
	uchar *p;
	usize cap;

	m = &x->img;
	if(x->state != Coming)
		return seterr(Eperm);
	if((usize)r->offset != m->n)
		return seterr(Ebadoffset);
	if(r->count > Maximage - m->n)
		return seterr(Etoobig);
	if(m->n + r->count > m->cap){
		cap = MAX(2*m->cap, PGROUND(m->n + r->count));
		if((p = realloc(m->p, cap)) == nil)
			return seterr(Enomem);
		m->p = p;
		m->cap = cap;
	}
	reqget(r, 0, m->p + m->n, r->count);
	m->n += r->count;
	return 0;
}

static void figures(Inst *x, Conn **c, int n)
{
	Held *h;
	int i;

	x->bytes = x->img.n;
	x->held = x->fids = 0;
	for(i = 0; i < n; i++){
		x->fids += c[i]->nfids;
		for(h = c[i]->held; h != nil; h = h->next)
			x->held++;
	}
}

static void noreply(Conn *c)
{
	USED(c);
}

/* the first n of the channels get links; the other connections are forgotten */
static int linkall(Inst *x, Conn **c, int n)
{
	int i;

	for(i = 0; i < n && linknew(x, x->in[i], c[i]) != nil; i++)
		x->in[i] = nil;
	if(i == n)
		return 0;
	for(; i < n; i++){
		unhold(c[i]);
		c[i]->reply = noreply;
		connhangup(c[i]);
		connclose(c[i]);
	}
	return -1;
}

static int restore1(Inst *x)
{
	Img m;
	int n;

	if((x->conns = malloc((x->nin+1)*sizeof x->conns[0])) == nil)
		return seterr(Enomem);
	instkind(x, x->kind);
	imgopen(&m, x->img.p, x->img.n);
	if((n = srvrestore(&x->srv, &m, x->conns, x->nin)) < 0){
		free(x->conns);
		x->conns = nil;
		return -1;
	}
	x->made = 1;
	figures(x, x->conns, n);
	if(linkall(x, x->conns, n) < 0)
		return -1;
	if(n < x->nin)
		return seterr("image: fewer connections than were given");
	return 0;
}

/*
 * Make of the coming instance what its image says.  After a refusal another
 * image can be written, unless the refusal came when there was a server
 * already: then it can only be closed.
 */
int restore(Inst *x)
{
	int r;

	qlock(&x->lk);
	r = -1;
	if(x->state != Coming || x->made)
		seterr(Einuse);
	else if(x->kind == nil || x->name[0] == 0)
		seterr("the kind or the name is not known yet");
	else if((r = restore1(x)) == 0)
		x->state = Restored;
	imgfree(&x->img);
	instunlock(x);
	return r;
}

/* take up what the connections hold: the first that the new one does.  x->lk is held, and it is Live */
void takeall(Inst *x)
{
	Held *h;
	Link *l;
	int i;

	while((h = heldnext(x->conns, x->nin, &i)) != nil){
		l = x->conns[i]->host;
		if(linktake(l, h) < 0)
			linkend(l);
	}
	for(l = x->links; l != nil; l = l->next)
		linkdirty(l);
	free(x->conns);
	x->conns = nil;
}
