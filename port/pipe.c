/*
 * pipe.c: what goes through pipes; #|, their files, is srv/pipe.c.
 *
 * What is written to one side is read at the other.  A write is a message: a
 * read gives bytes of one message only, and the rest of it, if any, to the
 * next read.  Messages up to the iounit are not mixed with others.
 *
 * Data goes straight from the writer's pages to those of a reader that
 * waits.  If none does, it is copied and queued, up to Room bytes for each
 * direction; a write for which there is no room waits, its data staying
 * where it is, until readers have taken all of it.  So a queue is a list of
 * messages of which some are copies and some are requests.
 *
 * A kernel mount that speaks 9P on one end uses it without requests: it
 * sends by pipesend, and gets what the other side writes handed to its sink
 * in the writer's process.
 *
 * When the last user of one end has closed it, the other reads what there is
 * and then the end of file; writing to it is an error, and a note.
 *
 * Locks: hold and release, for everything in a Pipe; nobody sleeps with it,
 * and sinks and respond are called without it.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"
#include "pipe.h"

enum {
	Room = 256*KiB,
	Sparesize = 128,	/* bytes of the message kept at hand */
};

typedef struct Src Src;

/* what is written: a header, or none, and a Buf, or none */
struct Src {
	uchar *h;
	u32int nh;
	Buf *b;
	u32int n;		/* of both */
};

static char Eclosed[] = "write on closed pipe";

/* --- the lock: held across copies, so not a spin lock; cheaper than a QLock when it is free --- */
/* free, or taken by one who does not know of us and would not wake us */
static int trylater(void *a)
{
	return __atomic_load_n(&((Pipe*)a)->held, __ATOMIC_RELAXED) != 2;
}

static void hold(Pipe *p)
{
	u32int v;

	v = 0;
	if(__atomic_compare_exchange_n(&p->held, &v, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	while(__atomic_exchange_n(&p->held, 2, __ATOMIC_ACQUIRE) != 0)
		sleepu(&p->lockr, trylater, p);
}

static void release(Pipe *p)
{
	if(__atomic_exchange_n(&p->held, 0, __ATOMIC_SEQ_CST) == 2)
		wakeup(&p->lockr);
}

/* --- messages --- */
static Msg *msgnew(End *e, u32int cap)
{
	Msg *m;

	if(cap <= Sparesize && (m = e->spare) != nil)
		e->spare = nil;
	else{
		cap = MAX(cap, Sparesize);
		if((m = malloc(sizeof *m + cap)) == nil)
			return seterrp(Enomem);
		m->cap = cap;
	}
	m->next = nil;
	m->r = nil;
	m->off = 0;
	return m;
}

static void msgfree(End *e, Msg *m)
{
	if(e->spare == nil && m->cap == Sparesize)
		e->spare = m;
	else
		free(m);
}

static void append(End *e, Msg *m)
{
	if(e->head == nil)
		e->head = m;
	else
		e->tail->next = m;
	e->tail = m;
	if(m->r == nil){
		e->bytes += m->n;
		e->charge += m->n + sizeof *m;
	}
}

/* take the first message off the queue */
static Msg *takefirst(End *e)
{
	Msg *m;

	m = e->head;
	e->head = m->next;
	if(m->r == nil){
		e->bytes -= m->n - m->off;
		e->charge -= m->n + sizeof *m;
	}
	return m;
}

static int isroom(End *e, u32int n)
{
	return e->charge + n <= Room || e->charge == 0;
}

/* n bytes of s from off on */
static void srcget(Src *s, u32int off, Buf *to, u32int n)
{
	Buf h;
	u32int k;

	k = 0;
	if(off < s->nh){
		h = (Buf){ .p = s->h, .n = s->nh };
		k = bufcopy(to, 0, &h, off, MIN(n, s->nh-off));
	}
	if(k < n)
		bufcopy(to, k, s->b, off+k-s->nh, n-k);
}

/* --- readers --- */
static void addreader(End *e, Req *r)
{
	r->next = nil;
	if(e->readers == nil)
		e->readers = r;
	else
		e->lastreader->next = r;
	e->lastreader = r;
}

static void respondall(Req *list, char *err)
{
	Req *r;

	while((r = list) != nil){
		list = r->next;
		respond(r, err);
	}
}

/*
 * Hand s to the readers that wait (then nothing is queued); they are taken
 * off and left in *done, to be answered.  The bytes they got.
 */
static u32int hand(End *e, Src *s, Req **done)
{
	Req *r;
	Buf b;
	u32int off, n;

	off = 0;
	while((r = e->readers) != nil && (off < s->n || off == 0)){
		e->readers = r->next;
		r->next = nil;
		*done = r;
		done = &r->next;
		n = MIN(r->count, s->n - off);
		b = r->buf;
		b.n = MIN(b.n, n);
		srcget(s, off, &b, b.n);
		r->rcount = b.n;
		off += b.n;
		if(off < s->n)
			mntmore(r, s->n - off);
		if(s->n == 0)
			break;
	}
	return off;
}

/* copy s from off on to the queue; -1 and errstr: no memory */
static int queue(End *e, Src *s, u32int off)
{
	Msg *m;
	Buf b;

	if((m = msgnew(e, s->n - off)) == nil)
		return -1;
	m->n = s->n - off;
	b = (Buf){ .p = m->data, .n = m->n };
	srcget(s, off, &b, m->n);
	append(e, m);
	return 0;
}

/* --- read and write --- */
/* bytes of the first message to r; a request that was taken up is left in *writer */
static void takesome(End *e, Req *r, Req **writer)
{
	Msg *m;
	Buf b;
	u32int n;

	m = e->head;
	n = MIN(r->count, m->n - m->off);
	if(m->r != nil)
		bufcopy(&r->buf, 0, &m->r->buf, m->off, n);
	else{
		b = (Buf){ .p = m->data, .n = m->n };
		bufcopy(&r->buf, 0, &b, m->off, n);
		e->bytes -= n;
	}
	r->rcount = n;
	m->off += n;
	if(m->off < m->n){
		mntmore(r, m->n - m->off);
		return;
	}
	takefirst(e);
	if((*writer = m->r) != nil)
		m->r->rcount = m->n;
	msgfree(e, m);
}

void piperead(Req *r)
{
	Pipe *p;
	End *e;
	Req *writer;
	int side, parked, wake;

	p = pipeof(r->fid);
	side = sideof(r->fid);
	e = &p->end[side];
	writer = nil;
	parked = 0;
	hold(p);
	wake = e->wanted;
	e->wanted = 0;
	if(r->count == 0)
		r->rcount = 0;
	else if(e->head != nil)
		takesome(e, r, &writer);
	else if(p->end[!side].gone || mntismore(r))
		r->rcount = 0;
	else{
		addreader(e, r);
		parked = 1;
	}
	release(p);
	if(wake)
		wakeup(&e->room);
	if(parked)
		return;
	if(writer != nil)
		respond(writer, nil);
	respond(r, nil);
}

static void closednote(Req *r)
{
	Chan *c;

	c = reqchan(r);
	if(c != nil && (c->flag & CMsg) == 0)
		postnote(reqproc(r), "sys: write on closed pipe", NUser);
}

/* the writer waits until the rest of its data is taken; -1 and errstr: no memory */
static int park(End *e, Req *r, u32int off)
{
	Msg *m;

	if((m = msgnew(e, 0)) == nil)
		return -1;
	m->r = r;
	m->n = r->count;
	m->off = off;
	append(e, m);
	return 0;
}

static int notinsink(void *a)
{
	return ((End*)a)->insink == 0;
}

/* lk is held, but not during the call */
static void sinkcall(End *e, Buf *b, u32int n)
{
	void (*f)(void*, Buf*, u32int);
	void *arg;

	f = e->sink;
	arg = e->sinkarg;
	e->insink++;
	release(e->p);
	f(arg, b, n);
	hold(e->p);
	if(--e->insink == 0)
		wakeup(&e->sinkr);
}

void pipewrite(Req *r)
{
	Pipe *p;
	End *e;
	Src s;
	Req *done;
	char *err;
	u32int off;

	p = pipeof(r->fid);
	e = &p->end[!sideof(r->fid)];
	done = nil;
	err = nil;
	s = (Src){ .b = &r->buf, .n = r->count };
	r->rcount = r->count;
	hold(p);
	if(e->gone)
		err = Eclosed;
	else if(e->sink != nil)
		sinkcall(e, &r->buf, r->count);
	else{
		off = hand(e, &s, &done);
		if(off < s.n || (s.n == 0 && done == nil)){
			if(isroom(e, s.n - off) && queue(e, &s, off) == 0)
				;
			else if(park(e, r, off) == 0)
				r = nil;
			else if(off > 0)
				r->rcount = off;
			else
				err = Enomem;
		}
	}
	release(p);
	respondall(done, nil);
	if(err == Eclosed)
		closednote(r);
	if(r != nil)
		respond(r, err);
}

/*
 * A short write without a request: when a reader waits that can take all of
 * it, when a mount gets it, or when there is room to queue it.
 */
static long quick(Chan *c, uchar *p, u32int n)
{
	Pipe *pi;
	End *e;
	Req *r;
	Src s;
	Buf b;

	if(c->fid->srv != &pipesrv || n == 0)
		return -1;
	pi = pipeof(c->fid);
	e = &pi->end[!sideof(c->fid)];
	b = (Buf){ .p = p, .n = n };
	s = (Src){ .b = &b, .n = n };
	hold(pi);
	if(e->gone)
		goto No;
	if(e->sink != nil){
		sinkcall(e, &b, n);
		release(pi);
		return n;
	}
	if((r = e->readers) == nil){
		if(!isroom(e, n) || queue(e, &s, 0) < 0)
			goto No;
		release(pi);
		return n;
	}
	if(r->count < n || r->buf.n < n)
		goto No;
	e->readers = r->next;
	r->rcount = bufcopy(&r->buf, 0, &b, 0, n);
	release(pi);
	respond(r, nil);
	return n;
No:
	release(pi);
	return -1;
}

/* take a request out of those that wait: 1, or 0 if it does not */
static int unpark(Pipe *p, Req *r)
{
	End *e;
	Req **l, *prev;
	Msg **ml, *m, *mprev;
	int side;

	side = sideof(r->fid);
	if(r->type == Tread){
		e = &p->end[side];
		prev = nil;
		for(l = &e->readers; *l != nil && *l != r; l = &(*l)->next)
			prev = *l;
		if(*l == nil)
			return 0;
		*l = r->next;
		if(e->lastreader == r)
			e->lastreader = prev;
		return 1;
	}
	e = &p->end[!side];
	mprev = nil;
	for(ml = &e->head; (m = *ml) != nil && m->r != r; ml = &m->next)
		mprev = m;
	if(m == nil)
		return 0;
	*ml = m->next;
	if(e->tail == m)
		e->tail = mprev;
	r->rcount = m->off;
	msgfree(e, m);
	return 1;
}

void pipeflush(Req *r)
{
	Pipe *p;
	Req *old;
	int parked;

	old = r->oldreq;
	parked = 0;
	if(old->type == Tread || old->type == Twrite){
		p = pipeof(old->fid);
		hold(p);
		parked = (old->fid->qid.type & QTDIR) == 0 && unpark(p, old);
		release(p);
	}
	if(parked)
		respond(old, old->type == Twrite && old->rcount > 0? nil: Eintr);
	respond(r, nil);
}

/* --- the mount's side --- */
typedef struct Want Want;
struct Want {
	End *e;
	u32int n;
};

static int canput(void *a)
{
	Want *w;

	w = a;
	return w->e->gone || w->e->readers != nil || isroom(w->e, w->n);
}

/* Msglink.send: a is the end that the mount has, the message goes to the other */
static int pipesend(void *a, uchar *h, u32int nh, Buf *b, int nowait)
{
	End *e;
	Pipe *p;
	Src s;
	Want w;
	Req *done;
	u32int off;
	int r;

	e = a;
	p = e->p;
	e = &p->end[e == &p->end[0]];
	s = (Src){ .h = h, .nh = nh, .b = b, .n = nh + (b == nil? 0: b->n) };
	done = nil;
	for(;;){
		hold(p);
		if(e->gone || e->sink != nil || e->readers != nil || isroom(e, s.n))
			break;
		if(!nowait)
			e->wanted = 1;
		release(p);
		if(nowait)
			return 1;
		w = (Want){ .e = e, .n = s.n };
		if(sleep(&e->room, canput, &w) < 0)
			return -1;
	}
	r = 0;
	if(e->gone || e->sink != nil)
		r = seterr(Ehungup);
	else{
		off = hand(e, &s, &done);
		if(off < s.n)
			r = queue(e, &s, off);
	}
	release(p);
	respondall(done, nil);
	return r;
}

/* Msglink.sink */
static void pipesink(void *a, void (*f)(void*, Buf*, u32int), void *arg)
{
	End *e;
	Msg *m;
	Req *r;
	Buf b;

	e = a;
	hold(e->p);
	e->sink = nil;
	while(f != nil && e->head != nil){	/* what was written before */
		m = takefirst(e);
		r = m->r;
		if(r != nil)
			bufslice(&r->buf, m->off, m->n - m->off, &b);
		else
			b = (Buf){ .p = m->data+m->off, .n = m->n - m->off };
		release(e->p);
		f(arg, &b, b.n);
		if(r != nil){
			r->rcount = r->count;
			respond(r, nil);
		}
		hold(e->p);
		msgfree(e, m);
	}
	e->sinkarg = arg;
	e->sink = f;
	release(e->p);
	if(f == nil)
		sleepu(&e->sinkr, notinsink, e);
}

static int pipelink(Chan *c, Msglink *l)
{
	if(c->fid == nil || c->fid->srv != &pipesrv || c->qid.type & QTDIR)
		return 0;
	l->end = &pipeof(c->fid)->end[sideof(c->fid)];
	l->send = pipesend;
	l->sink = pipesink;
	return 1;
}

/* --- opening and closing --- */

/* forget what is queued in e; requests are left in *writers */
static void drop(End *e, Req **writers)
{
	Msg *m;

	while(e->head != nil){
		m = takefirst(e);
		if(m->r != nil){
			m->r->next = *writers;
			*writers = m->r;
		}
		msgfree(e, m);
	}
}

static void notewriters(Req *list)
{
	for(; list != nil; list = list->next)
		closednote(list);
}

/*
 * The last user of a side closes it: what was to be read there is lost, and
 * its writers told; who reads at the other side gets the end of the file.
 */
void pipeleave(Pipe *p, int side)
{
	End *e, *o;
	Req *readers, *writers;

	e = &p->end[side];
	o = &p->end[!side];
	readers = writers = nil;
	hold(p);
	if(--e->opens > 0){
		release(p);
		return;
	}
	e->gone = 1;
	drop(e, &writers);
	readers = o->readers;	/* their rcount is 0, as srvcall left it */
	o->readers = nil;
	if(o->sink != nil)
		sinkcall(o, nil, 0);
	if(o->opens == 0){	/* as new */
		drop(o, &writers);
		e->gone = o->gone = 0;
	}
	release(p);
	wakeup(&e->room);
	notewriters(writers);
	respondall(writers, Eclosed);
	respondall(readers, nil);
}

char *pipejoin(Pipe *p, int side)
{
	char *err;

	err = nil;
	hold(p);
	if(p->end[side].gone)
		err = Ehungup;
	else
		p->end[side].opens++;
	release(p);
	return err;
}

void pipefree(Pipe *p)
{
	free(p->end[0].spare);
	free(p->end[1].spare);
	free(p);
}

void pipeinit(void)
{
	linkhook = pipelink;
	quickhook = quick;
}
