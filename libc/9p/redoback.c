/*
 * redoback.c: go on from a restart log, in a new process.
 *
 * The checkpoint is restored, then the messages of the log are handled again
 * in the order and at the time they were handled.  The answers come out as they did,
 * and the first so many of each connection, which its clients have, are dropped;
 * the others are sent when all is done.  What is in the slots and not in the
 * log is handled then as if it had just been read.
 *
 * Which answers count: those that were taken to be written.  A Tversion makes
 * those void that have not been; so it has been logged how many were taken
 * until then, and none beyond is taken here before it, nor beyond those that
 * were written: Redoconn.limit.
 *
 * Of the segment nothing changes but what the slots say of themselves, so that
 * a death meanwhile does no harm.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include "host.h"
#include "redo.h"
#include "redohost.h"

static char Ediffers[] = "restart log: this program answers otherwise";

static u32int getsize(uchar *p)
{
	return p[0] | p[1]<<8 | p[2]<<16 | (u32int)p[3]<<24;
}

/* is a, of numbers that wrap, before b? */
static int before(u32int a, u32int b)
{
	return (s32int)(a-b) < 0;
}

/* --- answers --- */

/* the next answer was made: it is sent later, unless the client has it */
static int answer(Hconn *x, uchar *p, u32int n)
{
	Redoconn *c;
	Held *d, **l;

	c = x->hook;
	c->made++;
	if(c->doomed || !before(c->out, c->made))
		return 0;
	if((d = heldnew(HeldAnswer, p, n, nil, 0)) == nil)
		return -1;
	for(l = &x->answers; *l != nil; l = &(*l)->next)
		;
	*l = d;
	return 0;
}

/* one more answer of x's: 1; 0: there is none; -1 and errstr */
static int take(Hconn *x)
{
	Redoconn *c;
	Held *d;
	Mreq *m;
	uchar *p;
	u32int n;
	int r;

	c = x->hook;
	if((d = c->pend) != nil){
		c->pend = d->next;
		r = answer(x, d->msg, d->n);
		heldfree(d);
		return r < 0? -1: 1;
	}
	if((m = connout(x->c)) == nil)
		return 0;
	n = connanswer(m, &p);
	r = n > 0? answer(x, p, n): 0;
	msgmemgive(&x->mem, m);
	return r < 0? -1: 1;
}

static int takeuntil(Hconn *x, u32int limit)
{
	Redoconn *c;
	int r;

	c = x->hook;
	r = 1;
	while(r > 0 && (c->doomed || before(c->made, limit)))
		r = take(x);
	return r < 0? -1: 0;
}

/* what may be taken by now, of all connections */
static int takeall(Redohost *r)
{
	Hconn *x;

	for(x = r->h->conns; x != nil; x = x->next)
		if(takeuntil(x, ((Redoconn*)x->hook)->limit) < 0)
			return -1;
	return 0;
}

/* the rest, at the end */
static int takerest(Hconn *x)
{
	Redoconn *c;
	int r;

	while((r = take(x)) > 0)
		;
	if(r < 0)
		return -1;
	c = x->hook;
	if(before(c->made, c->out)){
		werrstr("%s", Ediffers);
		return -1;
	}
	c->sent = c->taken = c->out;
	return 0;
}

static int isversion(Redorec *x)
{
	return x->kind == RecMsg && x->n > BIT32SZ && x->data[BIT32SZ] == Tversion;
}

/* c's limit, of what comes after the record at */
static void setlimit(Redohost *r, Redoconn *c, Redorec *at)
{
	c->limit = c->out;
	while((at = redonext(&r->log, at)) != nil){
		if(at->conn != c->slot)
			continue;
		if(at->kind == RecHangup)
			c->doomed = 1;
		if(at->kind == RecTaken)
			c->limit = at->num;
		if(at->kind == RecHangup || at->kind == RecTaken)
			break;
	}
}

/* --- connections --- */

/* the server's end of a connection, if its client may still be there */
static int serveopen(Redohost *r, Redoconn *c)
{
	char path[256], *user;
	Dir *d;
	int fd, mine;

	redoservename(r, c->id, path, sizeof path);
	if((fd = open(path, ORDWR)) < 0)
		return open("#c/null", ORDWR);	/* reads as a client that is gone */
	if((d = dirfstat(fd)) == nil){
		close(fd);
		return -1;
	}
	user = getuser();
	mine = user != nil && strcmp(d->uid, user) == 0;
	c->out = d->qid.vers - c->base;
	free(d);
	if(mine)
		return fd;
	close(fd);
	return open("#c/null", ORDWR);
}

/* serve c, which is info's, when all is done */
static Hconn *join(Redohost *r, Conn *c, Redoconn *info, Redorec *at)
{
	Hconn *x;
	int fd;

	if(r->slot[info->slot] != nil){
		werrstr("%s", Ebadimage);
		return nil;
	}
	info->out = info->made = info->sent;
	if((fd = serveopen(r, info)) < 0)
		return nil;
	r->add = *info;
	if((x = hostadd(r->h, c, fd)) == nil){
		close(fd);
		return nil;
	}
	setlimit(r, x->hook, at);
	return x;
}

/* --- the checkpoint --- */
static int heldall(Redohost *r, Conn **c, int n)
{
	Held *d, **l;
	Hconn *x;
	Mreq *m;
	int i;

	while((d = heldnext(c, n, &i)) != nil){
		x = c[i]->host;
		switch(d->kind){
		case HeldAnswer:
			for(l = &((Redoconn*)x->hook)->pend; *l != nil; l = &(*l)->next)
				;
			d->next = nil;
			*l = d;
			break;
		case HeldParked:
			if((m = msgmemheld(&x->mem, d)) == nil){
				heldfree(d);
				werrstr("%s", Enomem);
				return -1;
			}
			connheld(c[i], d, m);
			break;
		default:
			heldfree(d);	/* in a slot */
		}
	}
	return takeall(r);
}

static int restore(Redohost *r)
{
	Redoconn info[RedoConns];
	Conn *c[RedoConns];
	Img m;
	uchar *p;
	u64int n;
	int i, k;

	p = redopre(&r->log, &n);
	imgopen(&m, p, n);
	if((k = redogetconns(r, &m, info, RedoConns)) < 0)
		return -1;
	p = redoimage(&r->log, &n);
	imgopen(&m, p, n);
	if((i = srvrestore(r->h->srv, &m, c, RedoConns)) < 0)
		return -1;
	if(i != k){
		werrstr("%s", Ebadimage);
		return -1;
	}
	for(i = 0; i < k; i++)
		if(join(r, c[i], &info[i], nil) == nil)
			return -1;
	return heldall(r, c, k);
}

/* --- the log --- */
static int newconn(Redohost *r, Redorec *x)
{
	Redoconn info;
	Conn *c;

	info = (Redoconn){ .id = x->num, .slot = x->conn };
	if(x->n != 4 || x->conn >= RedoConns){
		werrstr("%s", Ebadimage);
		return -1;
	}
	memmove(&info.base, x->data, 4);
	if(r->nextid <= info.id)
		r->nextid = info.id+1;
	if((c = connnew(r->h->srv)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	return join(r, c, &info, x) == nil? -1: 0;
}

/*
 * What is handled instead of a message whose answer was an error: nothing,
 * but that a remove clunks its fid.
 */
static void substitute(uchar *msg)
{
	msg[BIT32SZ] = msg[BIT32SZ] == Tremove? Tclunk: Rerror;
}

static int again(Hconn *x, Redorec *rec, char *err)
{
	Held *d;
	Mreq *m;
	int ok;

	if((d = heldnew(HeldNew, rec->data, rec->n, nil, 0)) == nil || (m = msgmemheld(&x->mem, d)) == nil){
		free(d);
		werrstr("%s", Enomem);
		return -1;
	}
	if(err != nil && rec->n > BIT32SZ)
		substitute(d->msg);
	connmsg(x->c, d->msg, rec->n, m);
	ok = 1;
	if(err != nil){
		m->r.err = m->r.ebuf;
		strecpy(m->r.ebuf, m->r.ebuf+ERRMAX, err);
	}else if(rec->result == ResParked)
		ok = m->r.state != Rfin;
	else if(rec->result == ResAnswered)
		ok = m->r.state == Rfin && (m->r.err == nil || m->r.type == Tversion);
	if(!ok)
		werrstr("%s", Ediffers);
	return ok? 0: -1;
}

/* answers that a Tversion finds not taken are void */
static int renew(Redohost *r, Hconn *x, Redorec *rec)
{
	Redoconn *c;
	Redorec *t;
	Held *d;

	c = x->hook;
	if(takeuntil(x, c->limit) < 0)
		return -1;
	while((d = c->pend) != nil){
		c->pend = d->next;
		heldfree(d);
	}
	t = redonext(&r->log, rec);
	setlimit(r, c, t != nil && t->kind == RecTaken? t: rec);
	return 0;
}

static int replaymsg(Redohost *r, Hconn *x, Redorec *rec)
{
	Redorec *e;
	Redoconn *c;
	char *err;

	c = x->hook;
	if(rec->num != c->nmsg){
		werrstr("%s", Ebadimage);
		return -1;
	}
	c->nmsg++;
	err = nil;
	if(rec->result == ResError && (e = redonext(&r->log, rec)) != nil && e->kind == RecError
	&& memchr(e->data, 0, e->n) != nil)
		err = (char*)e->data;
	if(isversion(rec) && renew(r, x, rec) < 0)
		return -1;
	if(again(x, rec, err) < 0)
		return -1;
	return takeall(r);
}

static int replay1(Redohost *r, Redorec *rec)
{
	Hconn *x;

	r->now = rec->time;
	if(rec->kind == RecNew)
		return newconn(r, rec);
	if(rec->kind == RecTaken || rec->kind == RecError)
		return 0;
	if(rec->conn >= RedoConns || (x = r->slot[rec->conn]) == nil){
		werrstr("%s", Ebadimage);
		return -1;
	}
	if(rec->kind == RecMsg)
		return replaymsg(r, x, rec);
	hostunlink(x);
	return takeall(r);
}

/* --- the slots --- */

/* bytes of the n messages at p, of have; -1: there are not so many */
static long skip(uchar *p, u32int have, u32int n)
{
	u32int at, size;

	for(at = 0; n > 0; n--, at += size){
		if(have-at < BIT32SZ)
			return -1;
		size = getsize(p+at);
		if(size < BIT32SZ || size > have-at)
			return -1;
	}
	return at;
}

/* what was read and is not in the log is as if just read */
static int unread(Redohost *r, Hconn *x)
{
	Redoconn *c;
	uchar *p;
	u32int have, num, rest;
	long at;

	c = x->hook;
	redosettle(&r->log, c->slot);
	p = redoslot(&r->log, c->slot, &have, &num);
	if((at = skip(p, have, c->nmsg-num)) < 0){
		werrstr("%s", Ebadimage);
		return -1;
	}
	c->at = at;
	rest = have-at;
	if(msginsize(&x->in, rest) < 0 || (x->c->session && msginsize(&x->in, x->c->msize) < 0))
		return -1;
	memmove(x->in.buf, p+at, rest);
	x->in.start = 0;
	x->in.end = rest;
	return 0;
}

/* slots that nobody has, as they were before anybody had them */
static void cleanslots(Redohost *r)
{
	u32int i, have, num;

	for(i = 0; i < RedoConns; i++)
		if(r->slot[i] == nil && redoused(&r->log, i)){
			redosettle(&r->log, i);
			redoslot(&r->log, i, &have, &num);
			redodrop(&r->log, i, have, 0);
		}
}

/* --- the whole --- */
int redoback(Redohost *r)
{
	Redorec *rec;
	Hconn *x;

	r->replaying = 1;
	r->h->hooks = &redohooks;
	if(restore(r) < 0)
		return -1;
	for(rec = nil; (rec = redonext(&r->log, rec)) != nil; )
		if(replay1(r, rec) < 0)
			return -1;
	for(x = r->h->conns; x != nil; x = x->next)
		if(takerest(x) < 0 || unread(r, x) < 0)
			return -1;
	r->replaying = 0;
	cleanslots(r);
	redoclean(r->h->name, r);
	r->now = nsec();
	for(x = r->h->conns; x != nil; x = x->next)
		if(hoststart(x) < 0)
			return -1;
	return 0;
}

int redohanded(Redohost *r, Img *m)
{
	r->nhand = redogetconns(r, m, r->hand, RedoConns);
	return r->nhand < 0? -1: 0;
}

int redoadopt(Host *h)
{
	Redohost *r;
	Redoconn *c;
	Hconn *x;
	u32int have, num;
	int i;

	r = &redo;
	if(redoopen(&r->log, h->name) < 0)
		return -1;
	i = 0;
	for(x = h->conns; x != nil; x = x->next){
		c = i < r->nhand? malloc(sizeof *c): nil;
		if(c == nil){
			werrstr("%s", i < r->nhand? Enomem: Ebadimage);
			return -1;
		}
		*c = r->hand[i++];
		redoslot(&r->log, c->slot, &have, &num);
		c->at = have - (x->in.end - x->in.start);
		r->slot[c->slot] = x;
		x->hook = c;
	}
	h->hooks = &redohooks;
	return 0;
}
