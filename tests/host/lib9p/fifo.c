/*
 * fifo.c: a movable server for tests of requests that wait half done.
 *
 * Two files, a and b, each a queue of Room bytes.  A write waits until all of
 * it went into the queue, a read until there is something; both in the order
 * in which they came, whoever sent them.  A flushed write that has put some
 * bytes into the queue succeeds with as many.  A remove, which removes
 * nothing, waits until the queue is empty.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"

enum { Qroot, Qa, Qb, Room = 24 };

typedef struct Queue Queue;
typedef struct Fifo Fifo;
struct Queue {
	uchar buf[Room];
	u32int n;
	Req *readers, *writers, *removers;	/* linked by next */
};
struct Fifo {
	Queue q[2];
};

static Queue *queueof(Req *r)
{
	Fifo *x;

	x = r->srv->aux;
	return &x->q[r->fid->qid.path == Qb];
}

static void append(Req **l, Req *r)
{
	for(; *l != nil; l = &(*l)->next)
		;
	*l = r;
	r->next = nil;
}

static int takeout(Req **l, Req *r)
{
	for(; *l != nil; l = &(*l)->next)
		if(*l == r){
			*l = r->next;
			return 1;
		}
	return 0;
}

/* the first write goes on; was it done? */
static int fill(Queue *q)
{
	Req *w;
	u32int k;

	w = q->writers;
	k = w->count - w->rcount;
	if(k > Room-q->n)
		k = Room-q->n;
	reqget(w, w->rcount, q->buf+q->n, k);
	q->n += k;
	w->rcount += k;
	if(w->rcount < w->count)
		return 0;
	q->writers = w->next;
	respond(w, nil);
	return 1;
}

static void drain(Queue *q)
{
	Req *r;

	r = q->readers;
	q->readers = r->next;
	r->rcount = reqput(r, 0, q->buf, q->n);
	q->n -= r->rcount;
	memmove(q->buf, q->buf+r->rcount, q->n);
	respond(r, nil);
}

static void run(Queue *q)
{
	Req *r;
	int more;

	do{
		more = q->writers != nil && fill(q);
		if(q->readers != nil && q->n > 0){
			drain(q);
			more = 1;
		}
	}while(more);
	while(q->n == 0 && (r = q->removers) != nil){
		q->removers = r->next;
		respond(r, nil);
	}
}

static void fiforead(Req *r)
{
	Queue *q;

	q = queueof(r);
	append(&q->readers, r);
	run(q);
}

static void fifowrite(Req *r)
{
	Queue *q;

	q = queueof(r);
	append(&q->writers, r);
	run(q);
}

static void fiforemove(Req *r)
{
	Queue *q;

	q = queueof(r);
	append(&q->removers, r);
	run(q);
}

static void fifoopen(Req *r)
{
	respond(r, nil);
}

static void fifoflush(Req *r)
{
	Queue *q;
	Req *old;

	old = r->oldreq;
	q = queueof(old);
	if(takeout(&q->readers, old))
		respond(old, Eintr);
	else if(takeout(&q->writers, old)){
		respond(old, old->rcount > 0? nil: Eintr);
		run(q);
	}
	respond(r, nil);
}

static int fifosave(Srv *s, Img *m)
{
	Fifo *x;
	int i;

	x = s->aux;
	for(i = 0; i < 2; i++){
		imgput4(m, x->q[i].n);
		imgputn(m, x->q[i].buf, x->q[i].n);
	}
	return imgok(m);
}

static void fifosavereq(Req *r, Img *m)
{
	if(r->type == Twrite && r->rcount > 0)
		imgput4(m, r->rcount);
}

static void fiforestorereq(Req *r, Img *m)
{
	u32int n;

	n = imgget4(m);
	if(r->type != Twrite || imgend(m) < 0 || n >= r->count){
		respond(r, Ebadimage);
		return;
	}
	r->rcount = n;
	fifowrite(r);
}

static Sfile files[] = {
	[Qroot] = { .name = "/", .mode = DMDIR|0555 },
	[Qa] = { .name = "a", .mode = 0666, .read = fiforead, .write = fifowrite },
	[Qb] = { .name = "b", .mode = 0666, .read = fiforead, .write = fifowrite },
};

static int fifoinit(Srv *s, char *arg)
{
	USED(arg);
	if((s->aux = mallocz(sizeof(Fifo), 1)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	return 0;
}

/* removes outlive their clients */
static void fifofini(Srv *s)
{
	Fifo *x;
	Req *r;
	int i;

	x = s->aux;
	for(i = 0; i < 2; i++)
		while((r = x->q[i].removers) != nil){
			x->q[i].removers = r->next;
			respond(r, Ehungup);
		}
	srvreap(s);
	free(x);
	s->aux = nil;
}

static int fiforestore(Srv *s, Img *m)
{
	Fifo *x;
	uchar *p;
	u32int n;
	int i;

	if(fifoinit(s, nil) < 0)
		return -1;
	x = s->aux;
	for(i = 0; i < 2; i++){
		n = imgget4(m);
		p = imggetn(m, n);
		if(p == nil || n > Room){
			fifofini(s);
			werrstr("%s", Ebadimage);
			return -1;
		}
		memmove(x->q[i].buf, p, n);
		x->q[i].n = n;
	}
	return 0;
}

Srv fifosrv = {
	.name = "fifo",
	.flags = SrvLocked,
	.files = files,
	.nfiles = nelem(files),
	.init = fifoinit,
	.fini = fifofini,
	.open = fifoopen,
	.remove = fiforemove,
	.flush = fifoflush,
	.save = fifosave,
	.restore = fiforestore,
	.savereq = fifosavereq,
	.restorereq = fiforestorereq,
};
