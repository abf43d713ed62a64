/*
 * trans.c: see trans.h.
 *
 * The linked one keeps the table of numbers that such a client does not
 * have, and answers itself what in the other is found out about numbers and
 * tags before the server is asked.  The program has one thread, or each
 * Trans has one.
 */
#include <stdlib.h>
#include <stdio.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "trans.h"

/* Test code's own memory does not fail. */
void *__real_malloc(usize);

static void *must(usize n)
{
	void *p;

	if((p = __real_malloc(n)) == nil)
		abort();
	memset(p, 0, n);
	return p;
}

/* --- messages --- */
typedef struct Msgt Msgt;
typedef struct Ans Ans;
struct Msgt {
	Trans t;
	Conn *c;
	int *live;	/* Mreqs out, for whoever is left */
	Ans *first, **last;	/* quicktrans: answers, in order */
	u32int nsent;
	Lend lend;
};

struct Ans {
	Ans *next;
	u32int n;
	uchar p[];
};

int quickdone[256];

static void msgkick(Conn *c)
{
	USED(c);
}

static void mreqfree(Mreq *m)
{
	Srv *s;

	s = m->r.srv;
	if(s->destroyreq != nil && m->r.aux != nil)
		s->destroyreq(&m->r);
	free(m->rbuf);
	free(m->msg);
	free(m);
}

static int msgsend(Trans *t, uchar *msg, u32int n)
{
	Msgt *x;
	Mreq *m;

	x = (Msgt*)t;
	m = must(sizeof *m);
	m->msg = must(n+1);
	memmove(m->msg, msg, n);
	connmsg(x->c, m->msg, n, m);
	return 0;
}

static void addanswer(Msgt *x, uchar *p, u32int n)
{
	Ans *a;

	a = must(sizeof *a + n);
	a->n = n;
	memmove(a->p, p, n);
	*x->last = a;
	x->last = &a->next;
}

static int msgrecv(Trans *t, uchar *buf, u32int max);

/* have what was lent of the answer in out */
static void unlend(Msgt *x, uchar *out, u32int n)
{
	uchar *all;
	Iopart *p;
	u32int i, k, at;

	if(x->lend.l.npart > 0 && x->nsent%4 == 1){
		all = must(n);
		k = lendparts(&x->lend, out, &p);
		for(i = at = 0; i < k && at + p[i].n <= n; at += p[i++].n)
			memmove(all+at, p[i].p, p[i].n);
		if(i != k || at != n)
			abort();
		memmove(out, all, n);
		free(all);
	}else
		lendput(&x->lend);
	lendover(&x->lend);
}

/* memory of the exact size, so that ASan sees what lies outside */
static int quicksend(Trans *t, uchar *msg, u32int n)
{
	static const u32int rooms[] = { MINMSIZE, 300, 8192+IOHDRSZ };
	static uchar buf[MAXMSIZE];
	Msgt *x;
	uchar *m, *out;
	u32int room, k;
	int r;

	x = (Msgt*)t;
	m = must(n == 0? 1: n);
	memmove(m, msg, n);
	room = rooms[x->nsent++ % nelem(rooms)];
	out = must(room);
	x->c->lend = x->nsent%2? &x->lend: nil;
	k = connquick(x->c, m, n, out, room);
	if(k > room)
		abort();
	if(k == 0 && memcmp(m, msg, n) != 0)
		abort();
	if(k > 0){
		quickdone[msg[4]]++;
		while((r = msgrecv(t, buf, sizeof buf)) > 0)
			addanswer(x, buf, r);
		unlend(x, out, k);
		addanswer(x, out, k);
	}
	free(m);
	free(out);
	return k > 0? 0: msgsend(t, msg, n);
}

static int quickrecv(Trans *t, uchar *buf, u32int max)
{
	Msgt *x;
	Ans *a;
	int n;

	x = (Msgt*)t;
	if((a = x->first) == nil)
		return msgrecv(t, buf, max);
	if((x->first = a->next) == nil)
		x->last = &x->first;
	n = a->n;
	if((u32int)n > max)
		abort();
	memmove(buf, a->p, n);
	free(a);
	return n;
}

static int msgrecv(Trans *t, uchar *buf, u32int max)
{
	Msgt *x;
	Mreq *m;
	uchar *p;
	u32int n;

	x = (Msgt*)t;
	do{
		if((m = connout(x->c)) == nil){
			werrstr("no answer");
			return -1;
		}
		n = connanswer(m, &p);
		if(n > max)
			abort();
		memmove(buf, p, n);
		mreqfree(m);
	}while(n == 0);
	return n;
}

/* answers that come later than the client left */
static void msglate(Conn *c)
{
	Mreq *m;

	while((m = connout(c)) != nil)
		mreqfree(m);
}

static void msgclose(Trans *t)
{
	static uchar buf[MAXMSIZE];
	Msgt *x;

	x = (Msgt*)t;
	while(x->first != nil)
		quickrecv(t, buf, sizeof buf);
	x->c->reply = msglate;
	msglate(x->c);
	connhangup(x->c);
	connclose(x->c);
	free(x);
}

Trans *msgtrans(Srv *s)
{
	Msgt *x;

	x = must(sizeof *x);
	x->t.send = msgsend;
	x->t.recv = msgrecv;
	x->t.close = msgclose;
	if((x->c = connnew(s)) == nil)
		abort();
	x->c->reply = msgkick;
	x->last = &x->first;
	return &x->t;
}

Trans *quicktrans(Srv *s)
{
	Trans *t;

	t = msgtrans(s);
	t->send = quicksend;
	t->recv = quickrecv;
	return t;
}

/* --- linked --- */
typedef struct Linkt Linkt;
typedef struct Call Call;
typedef struct Num Num;

struct Num {	/* a fid's number */
	u32int num;
	Fid *f;
	Num *next;
};

struct Call {
	Req r;
	Linkt *x;
	uchar *msg;
	Fcall f;
	Num *num;	/* to be entered when it succeeds */
	Qid wqid[MAXWELEM];
	uchar *buf;
	uchar *ans;	/* the answer, when there is one */
	u32int nans;
	Call *next;
	int flushed;	/* a flush has it, so its memory stays */
};

struct Linkt {
	Trans t;
	Srv *s;
	Conn *c;
	Num *nums;
	Call *calls;	/* outstanding, by tag */
	Call *out, **outl;
	int closed;
	long ref;
};

static Num *numfind(Linkt *x, u32int num)
{
	Num *n;

	for(n = x->nums; n != nil && n->num != num; n = n->next)
		;
	return n;
}

static void numdel(Linkt *x, Num *n)
{
	Num **l;

	for(l = &x->nums; *l != n; l = &(*l)->next)
		;
	*l = n->next;
	free(n);
}

static void unref(Linkt *x)
{
	if(--x->ref == 0){
		connclose(x->c);
		free(x);
	}
}

static void callfree(Call *k)
{
	if(k->x->s->destroyreq != nil && k->r.type != 0)
		k->x->s->destroyreq(&k->r);
	free(k->msg);
	free(k->buf);
	free(k->ans);
	unref(k->x);
	free(k);
}

static void answer(Call *k, Fcall *f)
{
	uchar *p;
	u32int n;

	f->tag = k->f.tag;
	n = sizeS2M(f);
	p = must(n);
	if(convS2M(f, p, n) != n)
		abort();
	k->ans = p;
	k->nans = n;
	*k->x->outl = k;
	k->x->outl = &k->next;
}

static void answererr(Call *k, char *e)
{
	Fcall f;

	memset(&f, 0, sizeof f);
	f.type = Rerror;
	f.ename = e;
	answer(k, &f);
}

static void fidend(Call *k)
{
	Linkt *x;
	Num *n;
	int ok;

	x = k->x;
	switch(k->r.type){
	case Tclunk:
	case Tremove:
		if(k->r.err == nil || strcmp(k->r.err, Efidinuse) != 0){
			if((n = numfind(x, k->f.fid)) != nil)
				numdel(x, n);
			fidclose(k->r.fid);
		}
		fidclose(k->r.fid);	/* the call's own */
		break;
	case Tattach:
	case Tauth:
	case Twalk:
		ok = k->r.err == nil && (k->r.type != Twalk || k->r.nwqid == k->r.nwname);
		if(k->num != nil){
			if(ok)
				k->num->num = k->r.type == Twalk? k->f.newfid: k->r.type == Tauth? k->f.afid: k->f.fid;
			else{
				fidclose(k->num->f);
				numdel(x, k->num);
			}
		}
		if(k->r.type == Twalk)
			fidclose(k->r.fid);
		if(k->r.type == Tattach && k->r.afid != nil)
			fidclose(k->r.afid);
		break;
	default:
		if(k->r.fid != nil)
			fidclose(k->r.fid);
		break;
	}
}

/* after done, outside of respond: make the message */
static void finish(Call *k)
{
	Fcall f;
	Req *r;

	r = &k->r;
	fidend(k);
	if(r->err != nil){
		answererr(k, r->err);
		return;
	}
	memset(&f, 0, sizeof f);
	f.type = k->f.type+1;
	f.qid = f.aqid = r->qid;
	f.iounit = r->iounit;
	f.count = r->rcount;
	f.data = (char*)k->buf;
	f.nstat = r->rcount;
	f.stat = k->buf;
	f.nwqid = r->nwqid;
	memmove(f.wqid, k->wqid, sizeof f.wqid);
	answer(k, &f);
}

static void done(Req *r)
{
	reqdone(r);
}

/* move what is done to out, in the order in which a client would see it */
static void collect(Linkt *x)
{
	Call **l, *k;
	int again;

	do{
		again = 0;
		for(l = &x->calls; (k = *l) != nil; l = &k->next)
			if(reqisdone(&k->r)){
				*l = k->next;
				k->next = nil;
				finish(k);
				again = 1;
				break;
			}
	}while(again);
}

static Call *callfind(Linkt *x, u16int tag)
{
	Call *k;

	for(k = x->calls; k != nil && k->f.tag != tag; k = k->next)
		;
	return k;
}

static char *usefid(Linkt *x, u32int num, Fid **f)
{
	Num *n;

	if((n = numfind(x, num)) == nil)
		return Eunknownfid;
	fidincref(n->f);
	*f = n->f;
	return nil;
}

/* reserve a number under one no client can use until it is known to be good */
static char *newfid(Call *k, u32int num, Fid **f)
{
	Num *n;

	if(num == NOFID)
		return Eunknownfid;
	for(n = k->x->nums; n != nil; n = n->next)
		if(n->num == num)
			return Edupfid;
	if((*f = fidnew(k->x->c, NOFID)) == nil)
		return Enomem;
	n = must(sizeof *n);
	n->num = NOFID;
	n->f = *f;
	n->next = k->x->nums;
	k->x->nums = n;
	k->num = n;
	return nil;
}

static char *setattach(Call *k, Fcall *f)
{
	Req *r;
	char *e;

	r = &k->r;
	r->uname = f->uname;
	r->name = f->aname;
	r->afid = nil;
	if(f->type == Tauth)
		return newfid(k, f->afid, &r->afid);
	if(f->afid != NOFID && (e = usefid(k->x, f->afid, &r->afid)) != nil)
		return e;
	if((e = newfid(k, f->fid, &r->fid)) != nil && r->afid != nil)
		fidclose(r->afid);
	return e;
}

static char *setwalk(Call *k, Fcall *f)
{
	Req *r;
	char *e;

	r = &k->r;
	if((e = usefid(k->x, f->fid, &r->fid)) != nil)
		return e;
	r->nwname = f->nwname;
	r->wname = f->wname;
	r->wqid = k->wqid;
	r->newfid = r->fid;
	if(f->newfid == f->fid)
		return nil;
	if((e = newfid(k, f->newfid, &r->newfid)) != nil)
		fidclose(r->fid);
	return e;
}

static char *setreq(Call *k, Fcall *f)
{
	Req *r;
	char *e;

	r = &k->r;
	if(f->type == Tattach || f->type == Tauth)
		return setattach(k, f);
	if(f->type == Twalk)
		return setwalk(k, f);
	if((e = usefid(k->x, f->fid, &r->fid)) != nil)
		return e;
	r->mode = f->mode;
	r->name = f->name;
	r->perm = f->perm;
	r->offset = f->offset;
	r->count = f->count;
	switch(f->type){
	case Tread:
		if(r->count > MAXMSIZE)
			r->count = MAXMSIZE;
		k->buf = must(r->count+1);
		r->buf = (Buf){ .p = k->buf, .n = r->count };
		break;
	case Twrite:
		r->buf = (Buf){ .p = (uchar*)f->data, .n = f->count };
		break;
	case Tstat:
		k->buf = must(STATMAX);
		r->buf = (Buf){ .p = k->buf, .n = STATMAX };
		break;
	case Twstat:
		if(statcheck(f->stat, f->nstat) < 0){
			fidclose(r->fid);
			return Ebadstat;
		}
		convM2D(f->stat, f->nstat, &r->d, (char*)f->stat);
		break;
	}
	return nil;
}

static void flushcall(Call *k, Fcall *f)
{
	Call *old;
	Fcall a;

	if((old = callfind(k->x, f->oldtag)) == nil){
		memset(&a, 0, sizeof a);
		a.type = Rflush;
		answer(k, &a);
		return;
	}
	k->next = nil;
	{
		Call **l;
		for(l = &k->x->calls; *l != nil; l = &(*l)->next)
			;
		*l = k;
	}
	srvflush(&k->r, &old->r);
}

static int linksend(Trans *t, uchar *msg, u32int n)
{
	Linkt *x;
	Call *k, **l;
	char *e;

	x = (Linkt*)t;
	k = must(sizeof *k);
	k->x = x;
	x->ref++;
	k->msg = must(n);
	memmove(k->msg, msg, n);
	k->r.srv = x->s;
	k->r.conn = x->c;
	k->r.done = done;
	if(convM2S(k->msg, n, &k->f) != n || k->f.type & 1 || k->f.type == Tversion){
		k->f.tag = n >= 7? msg[5]|msg[6]<<8: NOTAG;
		answererr(k, Ebadmsg);
	}else if(callfind(x, k->f.tag) != nil)
		answererr(k, Ebadtag);
	else if(k->f.type == Tflush)
		flushcall(k, &k->f);
	else if((e = setreq(k, &k->f)) != nil)
		answererr(k, e);
	else{
		k->r.type = k->f.type;
		for(l = &x->calls; *l != nil; l = &(*l)->next)
			;
		*l = k;
		srvcall(&k->r);
	}
	collect(x);
	return 0;
}

static int linkrecv(Trans *t, uchar *buf, u32int max)
{
	Linkt *x;
	Call *k;
	int n;

	x = (Linkt*)t;
	collect(x);
	if((k = x->out) == nil){
		werrstr("no answer");
		return -1;
	}
	if((x->out = k->next) == nil)
		x->outl = &x->out;
	n = k->nans;
	if((u32int)n > max)
		abort();
	memmove(buf, k->ans, n);
	callfree(k);
	return n;
}

/* flush what is outstanding and clunk all fids, as a client that exits does */
static void linkclose(Trans *t)
{
	Linkt *x;
	Call *k;
	Req fl;
	Fid *f;

	x = (Linkt*)t;
	for(k = x->calls; k != nil; k = k->next){
		memset(&fl, 0, sizeof fl);
		fl.srv = x->s;
		fl.conn = x->c;
		if(k->r.type != Tflush)
			srvflush(&fl, &k->r);
	}
	collect(x);
	if(x->calls != nil){
		printf("linkclose: requests left\n");
		abort();
	}
	while((k = x->out) != nil){
		x->out = k->next;
		callfree(k);
	}
	while(x->nums != nil){
		memset(&fl, 0, sizeof fl);
		f = x->nums->f;
		numdel(x, x->nums);
		fl.type = Tclunk;
		fl.srv = x->s;
		fl.conn = x->c;
		fl.fid = f;
		srvcall(&fl);
		fidclose(f);
	}
	connhangup(x->c);
	unref(x);
}

Trans *linktrans(Srv *s)
{
	Linkt *x;

	x = must(sizeof *x);
	x->t.send = linksend;
	x->t.recv = linkrecv;
	x->t.close = linkclose;
	x->t.linked = 1;
	x->s = s;
	x->ref = 1;
	x->outl = &x->out;
	if((x->c = connnew(s)) == nil)
		abort();
	return &x->t;
}

int transready(Trans *t)
{
	if(t->linked){
		collect((Linkt*)t);
		return ((Linkt*)t)->out != nil;
	}
	return ((Msgt*)t)->c->out != nil;
}

Conn *transconn(Trans *t)
{
	return t->linked? ((Linkt*)t)->c: ((Msgt*)t)->c;
}
