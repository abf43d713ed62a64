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
 * messages of which some are copies and some are requests.  Readers wait in
 * their own process (Reader).
 *
 * A kernel mount that speaks 9P on one end, or a server in the kernel that
 * answers there, uses it without requests: it sends by pipesend, and gets what
 * the other side writes handed to its sink in the writer's process.  A sink
 * that does not take all is taken off until it is set again, and the rest
 * queued: nothing is lost, and the order stays.
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

static char Eclosed[] = "write on closed pipe";
static char Parked[] = "parked";	/* not an error */

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

/* --- readers --- */
static void addreader(End *e, Reader *r)
{
	r->next = nil;
	if(e->readers == nil)
		e->readers = r;
	else
		e->lastreader->next = r;
	e->lastreader = r;
}

/* take r out of those that wait: 0 if it does not, having been served */
static int delreader(End *e, Reader *r)
{
	Reader **l, *prev;

	prev = nil;
	for(l = &e->readers; *l != r; l = &(*l)->next){
		if(*l == nil)
			return 0;
		prev = *l;
	}
	*l = r->next;
	if(e->lastreader == r)
		e->lastreader = prev;
	return 1;
}

static void wakereaders(Reader *list)
{
	Reader *r;

	while((r = list) != nil){
		list = r->next;
		if(awakes(&r->w))
			awaken(&r->w);
	}
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
 * Hand s from off on to the readers that wait (then nothing is queued); they
 * are taken off and left in *done, to be woken.  How far that went.
 */
static u32int hand(End *e, Part *s, u32int off, Reader **done)
{
	Reader *r;
	Buf b;
	u32int n;

	while((r = e->readers) != nil && (off < s->n || off == 0)){
		e->readers = r->next;
		r->next = nil;
		*done = r;
		done = &r->next;
		n = MIN(r->b->n, s->n - off);
		b = *r->b;
		b.n = n;
		partcopy(&b, 0, s, off, n);
		r->got = n;
		off += n;
		r->left = s->n - off;
		if(s->n == 0)
			break;
	}
	return off;
}

/* copy s from off on to the queue; -1 and errstr: no memory */
static int queue(End *e, Part *s, u32int off)
{
	Msg *m;
	Buf b;

	if((m = msgnew(e, s->n - off)) == nil)
		return -1;
	m->n = s->n - off;
	b = (Buf){ .p = m->data, .n = m->n };
	partcopy(&b, 0, s, off, m->n);
	append(e, m);
	return 0;
}

/* --- read and write --- */
/* bytes of the first message to r; a request that was taken up is left in *writer */
static void takesome(End *e, Reader *r, Req **writer)
{
	Msg *m;
	Buf b;
	u32int n;

	m = e->head;
	n = MIN(r->b->n, m->n - m->off);
	if(m->r != nil)
		bufcopy(r->b, 0, &m->r->buf, m->off, n);
	else{
		b = (Buf){ .p = m->data, .n = m->n };
		bufcopy(r->b, 0, &b, m->off, n);
		e->bytes -= n;
	}
	r->got = n;
	m->off += n;
	if(m->off < m->n){
		r->left = m->n - m->off;
		return;
	}
	takefirst(e);
	if((*writer = m->r) != nil)
		m->r->rcount = m->n;
	msgfree(e, m);
}

/* r is among those that wait: 0 when it has been served, -1 and errstr if a note came first */
static int awaitdata(Pipe *p, End *e, Reader *r)
{
	int waits;

	if(await(&r->w) == 0)
		return 0;
	hold(p);
	waits = delreader(e, r);
	release(p);
	if(waits)
		return -1;
	awaitu(&r->w);
	return 0;
}

/* read at that side: r->got, none at the end or if nowait; -1 and errstr: interrupted */
static int get(Pipe *p, int side, Reader *r, int nowait)
{
	End *e;
	Req *writer;
	int parked, wake;

	e = &p->end[side];
	writer = nil;
	parked = 0;
	hold(p);
	wake = e->nwait > 0;
	if(r->b->n == 0)
		;
	else if(e->head != nil)
		takesome(e, r, &writer);
	else if(!p->end[!side].gone && !nowait){
		addreader(e, r);
		parked = 1;
	}
	release(p);
	if(wake)
		wakeup(&e->room);
	if(parked)
		return awaitdata(p, e, r);
	if(writer != nil)
		respond(writer, nil);
	return 0;
}

void piperead(Req *r)
{
	Reader rd;
	Buf b;

	b = r->buf;
	b.n = MIN(b.n, r->count);
	rd = (Reader){ .w.p = up, .b = &b };
	if(get(pipeof(r->fid), sideof(r->fid), &rd, mntismore(r)) < 0){
		responderr(r);
		return;
	}
	r->rcount = rd.got;
	mntmore(r, rd.left);
	respond(r, nil);
}

/* the same without a request: see quickget */
static long quickread(Chan *c, uchar *p, u32int n, u32int *left)
{
	Reader rd;
	Buf b;

	b = (Buf){ .p = p, .n = n };
	rd = (Reader){ .w.p = up, .b = &b };
	if(get(pipeof(c->fid), sideof(c->fid), &rd, 0) < 0)
		return -1;
	*left = rd.left;
	return rd.got;
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

static void sinkleave(End *e)
{
	if(--e->insink == 0 && e->nsinkwait > 0)
		wakeup(&e->sinkr);
}

/* the other side hung up: its last call.  The pipe is held, but not during the call */
static void sinkhangup(End *e)
{
	u32int (*f)(void*, Part*);
	void *arg;

	f = e->sink;
	arg = e->sinkarg;
	e->sink = nil;
	e->insink++;
	release(e->p);
	f(arg, nil);
	hold(e->p);
	sinkleave(e);
}

/* s from off on: b is room for its Buf */
static void partrest(Part *s, u32int off, Part *rest, Buf *b)
{
	u32int k;

	*rest = *s;
	k = MIN(off, s->nh);
	rest->h += k;
	rest->nh -= k;
	rest->n -= off;
	if(off > k){
		bufslice(s->b, off-k, s->b->n-(off-k), b);
		rest->b = b;
	}
}

/*
 * Give s from off on to the sink: how far it took it.  If not to the end,
 * there is no sink any more; one that is set meanwhile is tried too.  The
 * pipe is held, but not during the calls, and so may have been closed.
 */
static __attribute__((noinline)) u32int sinkcalls(End *e, Part *s, u32int off)
{
	u32int (*f)(void*, Part*);
	void *arg;
	u32int gen;
	Part rest, *t;
	Buf b;

	while(off < s->n && (f = e->sink) != nil){
		t = s;
		if(off > 0){
			partrest(s, off, &rest, &b);
			t = &rest;
		}
		arg = e->sinkarg;
		gen = e->sinkgen;
		e->insink++;
		release(e->p);
		off += f(arg, t);
		hold(e->p);
		if(off < s->n && gen == e->sinkgen)
			e->sink = nil;
		sinkleave(e);
	}
	return off;
}

static inline u32int sinkput(End *e, Part *s, u32int off)
{
	return e->sink == nil? off: sinkcalls(e, s, off);
}

/* keep r's data from off on: nil, an error, or Parked */
static char *later(End *e, Part *s, u32int off, Req *r)
{
	if(isroom(e, s->n - off) && queue(e, s, off) == 0)
		return nil;
	if(park(e, r, off) == 0)
		return Parked;
	if(off == 0)
		return Enomem;
	r->rcount = off;
	return nil;
}

void pipewrite(Req *r)
{
	Pipe *p;
	End *e;
	Part s;
	Reader *done;
	char *err;
	u32int off;

	p = pipeof(r->fid);
	e = &p->end[!sideof(r->fid)];
	done = nil;
	err = nil;
	s = (Part){ .b = &r->buf, .n = r->count };
	r->rcount = r->count;
	hold(p);
	off = sinkput(e, &s, 0);
	if(off < s.n || (s.n == 0 && e->sink == nil)){
		if(e->gone)
			err = Eclosed;
		else{
			off = hand(e, &s, off, &done);
			if((off < s.n || (s.n == 0 && done == nil)) && (err = later(e, &s, off, r)) == Parked)
				r = nil;
		}
	}
	if(err == nil || err == Parked)
		e->nmsg++;
	release(p);
	wakereaders(done);
	if(err == Eclosed)
		closednote(r);
	if(r != nil)
		respond(r, err);
}

/*
 * A short write without a request: when a reader waits that can take all of
 * it, when a mount gets it, or when there is room to queue it.
 */
static long quickwrite(Chan *c, uchar *p, u32int n)
{
	Pipe *pi;
	End *e;
	Reader *r;
	Part s;
	u32int off;

	if(n == 0)
		return -1;
	pi = pipeof(c->fid);
	e = &pi->end[!sideof(c->fid)];
	s = (Part){ .h = p, .nh = n, .n = n };
	r = nil;
	hold(pi);
	if(e->gone)
		goto No;
	off = sinkput(e, &s, 0);
	if(off > 0){
		if(off < n && (e->gone || queue(e, &s, off) < 0))
			n = off;
	}else if(e->gone)
		goto No;
	else if((r = e->readers) == nil){
		if(!isroom(e, n) || queue(e, &s, 0) < 0)
			goto No;
	}else{
		if(r->b->n < n)
			goto No;
		e->readers = r->next;
		r->got = partcopy(r->b, 0, &s, 0, n);
	}
	e->nmsg++;
	release(pi);
	if(r != nil && awakes(&r->w))
		awaken(&r->w);
	return n;
No:
	release(pi);
	return -1;
}

/* take a write's request out of those that wait: 1, or 0 if it does not */
static int unpark(Pipe *p, Req *r)
{
	End *e;
	Msg **ml, *m, *mprev;

	e = &p->end[!sideof(r->fid)];
	mprev = nil;
	for(ml = &e->head; (m = *ml) != nil && m->r != r; ml = &m->next)
		mprev = m;
	if(m == nil)
		return 0;
	*ml = m->next;
	if(e->tail == m)
		e->tail = mprev;
	if((r->rcount = m->off) == 0)
		e->nmsg--;
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
	if(old->type == Twrite){
		p = pipeof(old->fid);
		hold(p);
		parked = unpark(p, old);
		release(p);
	}
	if(parked)
		respond(old, old->rcount > 0? nil: Eintr);
	respond(r, nil);
}

/* --- the kernel's side --- */
typedef struct Want Want;
struct Want {
	End *e;
	u32int n;
};

static int canput(void *a)
{
	Want *w;

	w = a;
	return w->e->gone || w->e->sink != nil || w->e->readers != nil || isroom(w->e, w->n);
}

static End *other(End *e)
{
	return &e->p->end[e == &e->p->end[0]];
}

/* Msglink.wait: a is the end that the sender has */
static int pipewait(void *a, u32int n)
{
	End *e;
	Want w;
	int r;

	e = other(a);
	w = (Want){ .e = e, .n = n };
	hold(e->p);
	e->nwait++;
	release(e->p);
	r = sleep(&e->room, canput, &w);
	hold(e->p);
	e->nwait--;
	release(e->p);
	return r;
}

/* Msglink.send: the message goes to the other end */
static int pipesend(void *a, Part *s, int nowait)
{
	End *e;
	Reader *done;
	u32int off;
	int r;

	e = other(a);
	done = nil;
	for(;;){
		hold(e->p);
		off = sinkput(e, s, 0);
		if(off > 0 || e->gone || e->readers != nil || isroom(e, s->n))
			break;
		release(e->p);
		if(nowait)
			return 1;
		if(pipewait(a, s->n) < 0)
			return -1;
	}
	r = 0;
	if(off < s->n){
		if(e->gone)
			r = seterr(Ehungup);
		else if((off = hand(e, s, off, &done)) < s->n)
			r = queue(e, s, off);
	}
	if(r == 0)
		e->nmsg++;
	release(e->p);
	wakereaders(done);
	return r;
}

/* put m back as the first */
static void putfirst(End *e, Msg *m)
{
	m->next = e->head;
	e->head = m;
	if(m->next == nil)
		e->tail = m;
	if(m->r == nil){
		e->bytes += m->n - m->off;
		e->charge += m->n + sizeof *m;
	}
}

/*
 * Give the first message that was written before to f: 0 if it does not take
 * all.  Then the rest stays, unless its writer waits no more.
 */
static int drain1(End *e, u32int (*f)(void*, Part*), void *arg)
{
	Msg *m;
	Req *r;
	Part s;
	Buf b;
	int all;

	m = takefirst(e);
	r = m->r;
	if(r != nil)
		bufslice(&r->buf, m->off, m->n - m->off, &b);
	else
		b = (Buf){ .p = m->data+m->off, .n = m->n - m->off };
	s = (Part){ .b = &b, .n = b.n };
	release(e->p);
	if(s.n > 0)
		m->off += f(arg, &s);
	hold(e->p);
	all = m->off == m->n;
	if(!all && (r == nil || !r->flushed)){
		putfirst(e, m);
		return 0;
	}
	if(r != nil){
		r->rcount = m->off;
		if(!all && m->off == 0)
			e->nmsg--;
		release(e->p);
		respond(r, all || m->off > 0? nil: Eintr);
		hold(e->p);
	}
	msgfree(e, m);
	return all;
}

/* arg's calls are over */
static void sinkoff(End *e, void *arg)
{
	hold(e->p);
	if(e->sinkarg == arg)
		e->sink = nil;
	e->nsinkwait++;
	release(e->p);
	sleepu(&e->sinkr, notinsink, e);
	hold(e->p);
	e->nsinkwait--;
	release(e->p);
}

/* Msglink.sink */
static int pipesink(void *a, u32int (*f)(void*, Part*), void *arg)
{
	End *e;
	int wake;

	e = a;
	if(f == nil){
		sinkoff(e, arg);
		return 0;
	}
	hold(e->p);
	if(e->draining || (e->sink != nil && e->sinkarg != arg) || other(e)->sink == f){
		release(e->p);
		return seterr(Einuse);
	}
	e->draining = 1;
	e->sink = nil;
	e->sinkarg = arg;
	e->insink++;
	while(e->head != nil && drain1(e, f, arg))
		;
	if(e->head == nil){
		e->sink = f;
		e->sinkgen++;
		if(other(e)->gone)
			sinkhangup(e);
	}
	e->draining = 0;
	sinkleave(e);
	wake = e->nwait > 0;
	release(e->p);
	if(wake)
		wakeup(&e->room);
	return 0;
}

static int pipelink(Chan *c, Msglink *l)
{
	if(c->fid == nil || c->fid->srv != &pipesrv || c->qid.type & QTDIR)
		return 0;
	l->end = &pipeof(c->fid)->end[sideof(c->fid)];
	l->send = pipesend;
	l->wait = pipewait;
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
	Reader *readers;
	Req *writers;

	e = &p->end[side];
	o = &p->end[!side];
	writers = nil;
	hold(p);
	if(--e->opens > 0){
		release(p);
		return;
	}
	e->gone = 1;
	drop(e, &writers);
	readers = o->readers;	/* who get nothing */
	o->readers = nil;
	if(o->sink != nil)
		sinkhangup(o);
	if(o->opens == 0){	/* as new */
		drop(o, &writers);
		e->gone = o->gone = 0;
	}
	release(p);
	wakeup(&e->room);
	notewriters(writers);
	respondall(writers, Eclosed);
	wakereaders(readers);
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
	quickget = quickread;
	quickput = quickwrite;
}
