/*
 * hostsave.c: freeze an instance in user space, save it, let it go on.
 *
 * Frozen is: the instance lock is held, or held again, by the freezing
 * process, and every connection's process waits in hosthold.  Saving changes
 * nothing; what the connections' processes hold is put in Conn.held for the
 * time of srvsave.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include "host.h"

void hostcount(Host *h, Hostfigs *f)
{
	Hconn *x;

	f->fids = f->reqs = 0;
	for(x = h->conns; x != nil; x = x->next){
		lock(&x->c->lk);
		f->fids += x->c->nfids;
		f->reqs += x->c->ntags;
		unlock(&x->c->lk);
	}
}

int hostfreeze(Host *h)
{
	Hconn *x;

	qlock(&h->lk);
	h->since = nsec();
	h->frozen = 1;
	for(x = h->conns; x != nil; x = x->next)
		hostwake(x);
	feedstop(h);
	while(h->nrun > 0)
		rsleep(&h->stopped);
	if(h->nconn > 0)
		return 0;
	h->frozen = 0;
	qunlock(&h->lk);
	werrstr("%s", Ehungup);
	return -1;
}

void hostthaw(Host *h)
{
	h->frozen = 0;
	rwakeupall(&h->thawed);
	qunlock(&h->lk);
}

/* --- what waits in the host --- */
static int hold(Conn *c, int kind, uchar *p, u32int n)
{
	Held *d;

	if(n == 0)
		return 0;
	if((d = heldnew(kind, p, n, nil, 0)) == nil)
		return -1;
	heldadd(c, d);
	return 0;
}

static u32int size4(uchar *p)
{
	return p[0] | p[1]<<8 | p[2]<<16 | (u32int)p[3]<<24;
}

/* the messages read, the last perhaps not whole */
static int holdnew(Hconn *x)
{
	uchar *p;
	u32int left, n;

	p = x->in.buf + x->in.start;
	for(left = x->in.end - x->in.start; left > 0; left -= n){
		n = left;
		if(left >= BIT32SZ && size4(p) >= BIT32SZ && size4(p) < left)
			n = size4(p);
		if(hold(x->c, HeldNew, p, n) < 0)
			return -1;
		p += n;
	}
	return 0;
}

static int holdall(Hconn *x, int new)
{
	Held *d;

	hostown(x);
	if(hold(x->c, HeldAnswer, x->quick+x->quickat, x->nquick-x->quickat) < 0)
		return -1;
	if(hold(x->c, HeldAnswer, x->out, x->nout) < 0)
		return -1;
	for(d = x->answers; d != nil; d = d->next)
		if(hold(x->c, HeldAnswer, d->msg, d->n) < 0)
			return -1;
	return new? holdnew(x): 0;
}

int hostsave(Host *h, Img *m, int new)
{
	Conn **c;
	Hconn *x;
	Held *d;
	int i, n, r;

	if((c = mallocz(h->nconn*sizeof c[0], 1)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	r = n = 0;
	for(x = h->conns; x != nil; x = x->next){
		c[n++] = x->c;
		if(r == 0)
			r = holdall(x, new);
	}
	if(r == 0)
		r = srvsave(h->srv, c, n, m);
	if(r == 0)
		r = imgok(m);
	while((d = heldnext(c, n, &i)) != nil)
		heldfree(d);
	free(c);
	return r;
}
