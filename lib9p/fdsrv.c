/*
 * fdsrv.c: serve a client on a channel of bytes or messages.
 *
 * One process reads and runs handlers.  Who holds wlk writes: the reader
 * takes it before each message, so answers given at once go out after the
 * handler without a lock taken twice; an answer given in another process is
 * written by that process, or, if somebody is writing, by him.  Nobody waits
 * for wlk but the reader and the end.  Who holds it runs, after writing,
 * what had to wait for another request's answer (fidorder.c).
 *
 * The Conn's last reference frees the memory, perhaps long after the client.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

enum {
	Firstmsize = 8192+IOHDRSZ,	/* until the version is agreed on */
};

typedef struct Fdsrv Fdsrv;
struct Fdsrv {
	Conn *c;
	Io *io;
	QLock wlk;		/* the writer's */
	int failed;		/* a write failed: under wlk */
	Msgmem mem;
	int orders;		/* SrvFidorder */
	Fidorder order;		/* under wlk */
};

/* the connection goes */
static void gone(Conn *c)
{
	Fdsrv *x;

	x = c->host;
	msgmemfree(&x->mem);
	free(x);
}

/* --- writing --- */
static void writeall(Fdsrv *x)
{
	Mreq *m;
	uchar *p;
	u32int n;

	do
		while((m = connout(x->c)) != nil){
			n = connanswer(m, &p);
			if(n > 0 && !x->failed && x->io->write(x->io, p, n) != (long)n)
				x->failed = 1;
			msgmemgive(&x->mem, m);
		}
	while(x->order.n > 0 && fidorderrun(&x->order, x->c));
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

/* if the message has to wait for another one's answer it is kept: 1; 0: it can be run; -1: no memory */
static int keep(Fdsrv *x, uchar *msg, u32int n)
{
	Mreq *m;
	uchar *p;

	if(!x->orders)
		return 0;
	fidorderseen(&x->order, x->c, &x->mem, msg, n);
	if(!fidordermust(&x->order, x->c, msg, n))
		return 0;
	if((m = msgmemcopy(&x->mem, &p, n)) == nil)
		return -1;
	memmove(p, msg, n);
	fidorderkeep(&x->order, m, p);
	return 1;
}

/* run the message, of n bytes, that in has given; wlk is held; 0 or -1 */
static int run(Fdsrv *x, Msgin *in, uchar *p, u32int n)
{
	Mreq *m;
	int kept;

	if((kept = keep(x, p, n)) > 0)
		return 0;
	if(kept < 0 || (m = msgmemtake(&x->mem, in, &p, n)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	connmsg(x->c, p, n, m);
	return 0;
}

static int serve(Fdsrv *x, Msgin *in)
{
	uchar *p;
	int n, failed;

	for(;;){
		if((n = msginread(in, &p)) <= 0)
			return n;
		qlock(&x->wlk);
		failed = run(x, in, p, n) < 0;
		writeall(x);
		failed |= x->failed;
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
	x->c = c;
	x->io = io;
	x->orders = (s->flags & SrvFidorder) != 0;
	c->host = x;
	c->reply = reply;
	c->gone = gone;
	r = msginopen(&in, io, Firstmsize < c->msize? Firstmsize: c->msize);
	if(r == 0)
		r = serve(x, &in);
	rerrstr(err, sizeof err);
	qlock(&x->wlk);
	fidorderdrop(&x->order, &x->mem);
	qunlock(&x->wlk);
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
