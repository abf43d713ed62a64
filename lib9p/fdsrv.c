/*
 * fdsrv.c: serve a client on a channel of bytes or messages.
 *
 * One process reads and runs handlers.  Who holds wlk writes: the reader
 * takes it before each message, so answers given at once go out after the
 * handler without a lock taken twice; an answer given in another process is
 * written by that process, or, if somebody is writing, by him.  Nobody waits
 * for wlk but the reader and the end.
 *
 * A request whose strings or data point into its message keeps the message:
 * short ones are copied to the Msg, a long one takes the reader's buffer
 * along.  Freed buffers and Msgs are kept for the next ones, a few.
 * The Conn's last reference frees the rest, perhaps long after the client.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

enum {
	Firstmsize = 8192+IOHDRSZ,	/* until the version is agreed on */
	Short = 512,			/* messages copied */
	Maxspare = 8,			/* Msgs kept */
	Bigbuf = 128*1024,		/* answers' buffers not kept in more than Maxbig of them */
	Maxbig = 2,
};

typedef struct Fdsrv Fdsrv;
typedef struct Msg Msg;

struct Msg {
	Mreq m;			/* first */
	uchar *big;		/* the message, if it took the reader's buffer */
	u32int bigcap;
	Msg *next;
	uchar copy[Short];
};

struct Fdsrv {
	Srv *s;
	Conn *c;
	Io *io;
	QLock wlk;		/* the writer's */
	int failed;		/* a write failed: under wlk */
	Lock lk;		/* protects the rest */
	Msg *spare;
	int nspare;
	int nbig;
	uchar *buf;		/* a spare reader's buffer, of bufcap */
	u32int bufcap;
};

/* --- memory --- */
static Msg *msgnew(Fdsrv *x)
{
	Msg *g;

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
	return g;
}

static uchar *bufnew(Fdsrv *x, u32int cap)
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

static void buffree(Fdsrv *x, uchar *p, u32int cap)
{
	uchar *old;

	lock(&x->lk);
	old = x->buf;
	x->buf = p;
	x->bufcap = cap;
	unlock(&x->lk);
	free(old);
}

static void msgfree(Fdsrv *x, Msg *g)
{
	uchar *big;
	int keep;

	if(x->s->destroyreq != nil)
		x->s->destroyreq(&g->m.r);
	big = g->big;
	g->big = nil;
	if(big != nil)
		buffree(x, big, g->bigcap);
	lock(&x->lk);
	keep = x->nspare < Maxspare;
	if(keep && g->m.nrbuf > Bigbuf && x->nbig++ >= Maxbig){
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
		free(g->m.rbuf);
		free(g);
	}
}

/* the connection goes */
static void gone(Conn *c)
{
	Fdsrv *x;
	Msg *g;

	x = c->host;
	while((g = x->spare) != nil){
		x->spare = g->next;
		free(g->m.rbuf);
		free(g);
	}
	free(x->buf);
	free(x);
}

/* --- writing --- */
static void writeall(Fdsrv *x)
{
	Mreq *m;
	uchar *p;
	u32int n;

	while((m = connout(x->c)) != nil){
		n = connanswer(m, &p);
		if(n > 0 && !x->failed && x->io->write(x->io, p, n) != (long)n)
			x->failed = 1;
		msgfree(x, (Msg*)m);
	}
}

/*
 * Conn.reply: write what there is unless somebody is at it, who looks again
 * after he has let go of wlk.
 */
static void reply(Conn *c)
{
	Fdsrv *x;

	x = c->host;
	while(connready(c) && canqlock(&x->wlk)){
		writeall(x);
		qunlock(&x->wlk);
	}
}

/* --- reading --- */

/* does a request of this type refer to its message after it was taken apart? */
static int refers(u8int type)
{
	return type == Tauth || type == Tattach || type == Twalk || type == Tcreate
		|| type == Twrite || type == Twstat;
}

/* the next message's request; it may take in's buffer along; nil: memory */
static Msg *nextmsg(Fdsrv *x, Msgin *in, uchar **p, u32int n)
{
	Msg *g;
	uchar *fresh;

	if((g = msgnew(x)) == nil)
		return nil;
	if(!refers((*p)[BIT32SZ]))
		return g;
	if(n <= Short){
		memmove(g->copy, *p, n);
		*p = g->copy;
		return g;
	}
	if((fresh = bufnew(x, in->cap)) == nil){
		msgfree(x, g);
		return nil;
	}
	g->bigcap = in->cap;
	g->big = msgintake(in, fresh);
	return g;
}

static int serve(Fdsrv *x, Msgin *in)
{
	Msg *g;
	uchar *p;
	int n, failed;

	for(;;){
		if((n = msginread(in, &p)) <= 0)
			return n;
		if((g = nextmsg(x, in, &p, n)) == nil){
			werrstr("%s", Enomem);
			return -1;
		}
		qlock(&x->wlk);
		connmsg(x->c, p, n, &g->m);
		writeall(x);
		failed = x->failed;
		qunlock(&x->wlk);
		reply(x->c);
		if(failed)
			return -1;
		if(x->c->session && msginsize(in, x->c->msize) < 0)
			return -1;
	}
}

int srvio(Srv *s, Io *io)
{
	Fdsrv *x;
	Conn *c;
	Msgin in;
	char err[ERRMAX];
	int r;

	if((x = mallocz(sizeof *x, 1)) == nil || (c = connnew(s)) == nil){
		free(x);
		werrstr("%s", Enomem);
		return -1;
	}
	x->s = s;
	x->c = c;
	x->io = io;
	c->host = x;
	c->reply = reply;
	c->gone = gone;
	r = msginopen(&in, io, Firstmsize < c->msize? Firstmsize: c->msize);
	if(r == 0)
		r = serve(x, &in);
	rerrstr(err, sizeof err);
	connhangup(c);
	qlock(&x->wlk);		/* whoever is writing has done with io */
	x->failed = 1;
	qunlock(&x->wlk);
	reply(c);
	msginclose(&in);
	connclose(c);
	if(r < 0)
		werrstr("%s", err);
	return r;
}
