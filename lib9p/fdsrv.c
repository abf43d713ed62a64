/*
 * fdsrv.c: serve a client on a channel of bytes or messages.
 *
 * One process reads and runs handlers.  Who holds wlk writes: the reader
 * takes it before each message, so answers given at once go out after the
 * handler without a lock taken twice; an answer given in another process is
 * written by that process, or, if somebody is writing, by him.  Nobody waits
 * for wlk but the reader and the end.
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

	while((m = connout(x->c)) != nil){
		n = connanswer(m, &p);
		if(n > 0 && !x->failed && x->io->write(x->io, p, n) != (long)n)
			x->failed = 1;
		msgmemgive(&x->mem, m);
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
static int serve(Fdsrv *x, Msgin *in)
{
	Mreq *m;
	uchar *p;
	int n, failed;

	for(;;){
		if((n = msginread(in, &p)) <= 0)
			return n;
		if((m = msgmemtake(&x->mem, in, &p, n)) == nil){
			werrstr("%s", Enomem);
			return -1;
		}
		qlock(&x->wlk);
		connmsg(x->c, p, n, m);
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
