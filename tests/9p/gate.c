/*
 * gate.c: a server for tests of what is answered later.
 *
 *	gate	a read waits until somebody writes: each write answers the
 *		oldest read with its bytes, or fails if none waits.  A flush
 *		answers the read it means "interrupted".
 *	slow	the same, but its reads ignore flushes: the flush waits.
 *	open	an open waits until "open" is written to ctl
 *	ctl	"open": let an open go; "fail": let it fail; "count": how many wait
 *	sub/x	a file in a directory, exec only for its owner
 *
 * One lock, held over respond on purpose, so that a respond that called the
 * server would hang.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"

enum {
	Qroot, Qgate, Qslow, Qopen, Qctl, Qsub, Qx,
};

typedef struct Gate Gate;
struct Gate {
	Lock lk;
	Req *wait, **last;	/* linked by Req.next */
	int ndestroy, nflush;
};

static void park(Gate *g, Req *r)
{
	r->next = nil;
	lock(&g->lk);
	*g->last = r;
	g->last = &r->next;
	unlock(&g->lk);
}

/* the oldest waiting request for file q, taken out; lk held */
static Req *oldest(Gate *g, u64int q)
{
	Req **l, *r;

	for(l = &g->wait; (r = *l) != nil; l = &r->next)
		if(r->fid->qid.path == q){
			*l = r->next;
			if(r->next == nil)
				g->last = l;
			return r;
		}
	return nil;
}

static void gateread(Req *r)
{
	park(r->srv->aux, r);
}

static char *letgo(Req *w, u64int q)
{
	Gate *g;
	Req *r;
	uchar buf[64];
	int n;

	g = w->srv->aux;
	n = reqget(w, 0, buf, sizeof buf);
	lock(&g->lk);
	if((r = oldest(g, q)) != nil){
		r->rcount = reqput(r, 0, buf, n);
		respond(r, nil);
	}
	unlock(&g->lk);
	w->rcount = w->count;
	return r != nil? nil: "nobody waits";
}

static void gatewrite(Req *w)
{
	respond(w, letgo(w, w->fid->qid.path));
}

static void gateopen(Req *r)
{
	char *e;

	if((e = streemayopen(r)) != nil)
		respond(r, e);
	else if(r->fid->qid.path == Qopen)
		park(r->srv->aux, r);
	else
		respond(r, nil);
}

static void ctlwrite(Req *w)
{
	Gate *g;
	Req *r;
	char cmd[16];
	int n;

	g = w->srv->aux;
	n = reqget(w, 0, cmd, sizeof cmd-1);
	cmd[n] = 0;
	lock(&g->lk);
	if((r = oldest(g, Qopen)) != nil)
		respond(r, strcmp(cmd, "fail") == 0? Einuse: nil);
	unlock(&g->lk);
	w->rcount = w->count;
	respond(w, r != nil? nil: "nobody waits");
}

static void ctlread(Req *r)
{
	Gate *g;
	Req *w;
	char buf[64];
	int n;

	g = r->srv->aux;
	n = 0;
	lock(&g->lk);
	for(w = g->wait; w != nil; w = w->next)
		n++;
	snprint(buf, sizeof buf, "waiting %d flushed %d destroyed %d\n", n, g->nflush, g->ndestroy);
	unlock(&g->lk);
	readstr(r, buf);
	respond(r, nil);
}

static void gateflush(Req *r)
{
	Gate *g;
	Req **l, *o;

	g = r->srv->aux;
	lock(&g->lk);
	g->nflush++;
	for(l = &g->wait; (o = *l) != nil && o != r->oldreq; l = &o->next)
		;
	if(o != nil && o->fid->qid.path != Qslow){
		*l = o->next;
		if(o->next == nil)
			g->last = l;
		respond(o, Eintr);
	}
	unlock(&g->lk);
	respond(r, nil);
}

static void gatedestroy(Fid *f)
{
	Gate *g;

	g = f->srv->aux;
	lock(&g->lk);
	g->ndestroy++;
	unlock(&g->lk);
}

static Sfile files[] = {
	[Qroot] = { .name = "/", .mode = DMDIR|0555 },
	[Qgate] = { .name = "gate", .mode = 0666, .read = gateread, .write = gatewrite },
	[Qslow] = { .name = "slow", .mode = 0666, .read = gateread, .write = gatewrite },
	[Qopen] = { .name = "open", .mode = 0666 },
	[Qctl] = { .name = "ctl", .mode = 0666, .read = ctlread, .write = ctlwrite },
	[Qsub] = { .name = "sub", .mode = DMDIR|0700 },
	[Qx] = { .name = "x", .mode = 0100, .dir = Qsub },
};

static int gateinit(Srv *s, char *arg)
{
	Gate *g;

	USED(arg);
	if((g = mallocz(sizeof *g, 1)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	g->last = &g->wait;
	s->aux = g;
	return 0;
}

/* reads of slow outlive their clients */
static void gatefini(Srv *s)
{
	Gate *g;
	Req *r;

	g = s->aux;
	while((r = g->wait) != nil){
		g->wait = r->next;
		respond(r, Ehungup);
	}
	srvreap(s);
	free(g);
}

Srv gatesrv = {
	.name = "gate",
	.files = files,
	.nfiles = nelem(files),
	.init = gateinit,
	.fini = gatefini,
	.open = gateopen,
	.flush = gateflush,
	.destroyfid = gatedestroy,
};
