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
 * answers there, uses it without requests: pipesink.c.
 *
 * When the last user of one end has closed it, the other reads what there is
 * and then the end of file; writing to it is an error, and a note.
 *
 * Locks: pipehold and piperelease, for everything in a Pipe; nobody sleeps with it,
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

/* free, or taken by one who does not know of us and would not wake us */
static int trylater(void *a)
{
	return __atomic_load_n(&((Pipe*)a)->held, __ATOMIC_RELAXED) != 2;
}

void pipelockwait(Pipe *p)
{
	while(__atomic_exchange_n(&p->held, 2, __ATOMIC_ACQUIRE) != 0)
		sleepu(&p->lockr, trylater, p);
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

void pipemsgfree(End *e, Msg *m)
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
Msg *pipetakefirst(End *e)
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

int pipeisroom(End *e, u32int n)
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

void pipewakereaders(Reader *list)
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
u32int pipehand(End *e, Part *s, u32int off, Reader **done)
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
int pipequeue(End *e, Part *s, u32int off)
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
	pipetakefirst(e);
	if((*writer = m->r) != nil)
		m->r->rcount = m->n;
	pipemsgfree(e, m);
}

/* r is among those that wait: 0 when it has been served, -1 and errstr if a note came first */
static int awaitdata(Pipe *p, End *e, Reader *r)
{
	int waits;

	if(await(&r->w) == 0)
		return 0;
	pipehold(p);
	waits = delreader(e, r);
	piperelease(p);
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
	pipehold(p);
	wake = e->nwait > 0;
	if(r->b->n == 0)
		;
	else if(e->head != nil)
		takesome(e, r, &writer);
	else if(!p->end[!side].gone && !nowait){
		addreader(e, r);
		parked = 1;
	}
	piperelease(p);
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

/* keep r's data from off on: nil, an error, or Parked */
static char *later(End *e, Part *s, u32int off, Req *r)
{
	if(pipeisroom(e, s->n - off) && pipequeue(e, s, off) == 0)
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
	pipehold(p);
	off = sinkput(e, &s, 0);
	if(off < s.n || (s.n == 0 && e->sink == nil)){
		if(e->gone)
			err = Eclosed;
		else{
			off = pipehand(e, &s, off, &done);
			if((off < s.n || (s.n == 0 && done == nil)) && (err = later(e, &s, off, r)) == Parked)
				r = nil;
		}
	}
	if(err == nil || err == Parked)
		e->nmsg++;
	piperelease(p);
	pipewakereaders(done);
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
	pipehold(pi);
	if(e->gone)
		goto No;
	off = sinkput(e, &s, 0);
	if(off > 0){
		if(off < n && (e->gone || pipequeue(e, &s, off) < 0))
			n = off;
	}else if(e->gone)
		goto No;
	else if(e->readers != nil){
		if((r = pipehandone(e, &s)) == nil)
			goto No;
	}else if(!pipeisroom(e, n) || pipequeue(e, &s, 0) < 0)
		goto No;
	e->nmsg++;
	piperelease(pi);
	if(r != nil && awakes(&r->w))
		awaken(&r->w);
	return n;
No:
	piperelease(pi);
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
	pipemsgfree(e, m);
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
		pipehold(p);
		parked = unpark(p, old);
		piperelease(p);
	}
	if(parked)
		respond(old, old->rcount > 0? nil: Eintr);
	respond(r, nil);
}

/* --- opening and closing --- */

/* forget what is queued in e; requests are left in *writers */
static void drop(End *e, Req **writers)
{
	Msg *m;

	while(e->head != nil){
		m = pipetakefirst(e);
		if(m->r != nil){
			m->r->next = *writers;
			*writers = m->r;
		}
		pipemsgfree(e, m);
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
	pipehold(p);
	if(--e->opens > 0){
		piperelease(p);
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
		e->inorder = o->inorder = 0;
	}
	piperelease(p);
	wakeup(&e->room);
	notewriters(writers);
	respondall(writers, Eclosed);
	pipewakereaders(readers);
}

char *pipejoin(Pipe *p, int side)
{
	char *err;

	err = nil;
	pipehold(p);
	if(p->end[side].gone)
		err = Ehungup;
	else
		p->end[side].opens++;
	piperelease(p);
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
	quickpass = pipemsg;
}
