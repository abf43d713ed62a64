/*
 * host.c: processes that serve the connections of one instance, host.h.
 *
 * A connection's process reads a message, takes the instance lock, has the
 * library handle it, lets go, and writes what answers there are, the last
 * of them by the call that waits for the next message, sendread(2).  An answer
 * given by another connection's process is left to the one whose connection
 * it is for, which is woken out of its read.  So a client that does not read
 * blocks nobody but itself.
 *
 * While the instance is frozen the processes wait in hosthold, what they
 * have read and not handled in their Msgin, what they have not written in
 * Hconn.out and the library's queue.
 */
#include <u.h>
#include <libc.h>
#include <ureg.h>
#include <sysnum.h>
#include <9p.h>
#include <srvhost.h>
#include "host.h"

enum {
	Firstmsize = 8192+IOHDRSZ,	/* until the version is agreed on */
	Together = 16,			/* messages handled at a time */
	Nonote = -1,			/* Hconn.note: not yet */
	Badnote = -2,
};

Host *hostself;

static char stopnote[] = "9p: stop";
static char exitnote[] = "9p: exit";

static void caught(void *ureg, char *note)
{
	Ureg *u;

	u = ureg;
	if(strcmp(note, exitnote) == 0)
		_exits(nil);
	if(strcmp(note, stopnote) == 0){
		u->rip = iostopat(u->rip);
		noted(NCONT);
	}
	if(strcmp(note, "alarm") == 0 || strncmp(note, "sys: write on closed pipe", 25) == 0)
		noted(NCONT);
	noted(NDFLT);
}

void hostnotes(void)
{
	notify(caught);
}

/* --- reading and writing --- */

/* a call that came to nothing because of a note, perhaps one that came late */
static int interrupted(long r)
{
	char err[ERRMAX];

	if(r == -1)
		rerrstr(err, sizeof err);
	return r == -3 || (r == -1 && strcmp(err, Eintr) == 0);
}

long hostcall(int fd, void *buf, long n, int what, int *doing, int *stop)
{
	long r;

	__atomic_store_n(doing, what, __ATOMIC_SEQ_CST);
	do
		r = iostop(fd, buf, n, stop, what == Hostreading? SYSpread: SYSpwrite);
	while(r < 0 && __atomic_load_n(stop, __ATOMIC_SEQ_CST) == 0 && interrupted(r));
	__atomic_store_n(doing, Hostnothing, __ATOMIC_SEQ_CST);
	return r < 0? -1: r;
}

static long hostio(Hconn *x, int what, void *buf, long n)
{
	return hostcall(x->fd, buf, n, what, &x->doing, what == Hostreading? &x->stop: &x->h->frozen);
}

/* the answer in out has been written, or will never be */
static void outdone(Hconn *x)
{
	Host *h;
	int lk;

	h = x->h;
	if(x->outm != nil){
		lk = x->outm->r.aux != nil && h->srv->destroyreq != nil;
		if(lk)
			qlock(&h->lk);
		msgmemgive(&x->mem, x->outm);
		if(lk)
			qunlock(&h->lk);
	}
	if(x->outh != nil)
		free(x->outh);
	x->outm = nil;
	x->outh = nil;
	x->nout = 0;
	x->part = nil;
}

/* the quick answers have been written, or will never be */
static void quickdone(Hconn *x)
{
	Host *h;

	x->nquick = x->quickat = 0;
	if(x->lend.r.aux == nil){
		x->lend.l.npart = 0;
		return;
	}
	h = x->h;
	qlock(&h->lk);
	lendover(&x->lend);
	qunlock(&h->lk);
}

/* make out one piece of memory, which nobody else knows of, and quick another */
void hostown(Hconn *x)
{
	if(x->part != nil)
		x->nout = connanswer(x->outm, &x->out);
	x->part = nil;
	lendput(&x->lend);
}

long hostread(Hconn *x, void *buf, long n)
{
	return hostio(x, Hostreading, buf, n);
}

static void outlock(Hconn *x)
{
	if(x->h->hooks != nil)
		qlock(&x->outlk);
}

static void outunlock(Hconn *x)
{
	if(x->h->hooks != nil)
		qunlock(&x->outlk);
}

/* take an answer to out: 0 if there is none; 1, and nout may be 0 if it is not to be sent */
static int outnext(Hconn *x)
{
	Held *d;

	if((d = x->answers) != nil){
		x->answers = d->next;
		x->outh = d;
		x->out = d->msg;
		x->nout = d->n;
	}else if((x->outm = connout(x->c)) == nil)
		return 0;
	else if(x->h->hooks == nil && (x->nout = connparts(x->outm, &x->part, &x->npart)) > 0)
		;
	else
		x->nout = connanswer(x->outm, &x->out);
	if(x->nout > 0 && x->h->hooks != nil)
		x->h->hooks->taken(x);
	return 1;
}

/* k bytes of out have been written */
static void outwritten(Hconn *x, long k)
{
	outlock(x);
	x->out += k;
	x->nout -= k;
	if(x->h->hooks != nil){
		if(x->nout == 0)
			x->h->hooks->sent(x);
		else
			x->h->hooks->part(x);
	}
	outunlock(x);
}

static int quickwrite(Hconn *x)
{
	long k;

	lendput(&x->lend);
	for(; x->quickat < x->nquick; x->quickat += k)
		if((k = hostio(x, Hostwriting, x->quick+x->quickat, x->nquick-x->quickat)) <= 0)
			return -1;
	quickdone(x);
	return 0;
}

/* besides what is to be written now, is there nothing to be done before the next message is read? */
static int mayleave(Hconn *x)
{
	return x->exch && x->h->hooks == nil && x->in.start == x->in.end && x->answers == nil
		&& __atomic_load_n(&x->c->out, __ATOMIC_RELAXED) == nil;
}

/*
 * Write all answers there are, but for the last, which is left to ioread: 0;
 * -1: it failed, or the instance is frozen.
 */
static int hostwrite(Hconn *x)
{
	long k;
	int more;

	if(x->nquick > 0){
		if(x->nout == 0 && x->outm == nil && mayleave(x))
			return 0;
		if(quickwrite(x) < 0)
			return -1;
	}
	for(;;){
		if(x->nout > 0 && mayleave(x))
			return 0;
		hostown(x);
		while(x->nout > 0){
			if((k = hostio(x, Hostwriting, x->out, x->nout)) <= 0)
				return -1;
			outwritten(x, k);
		}
		outdone(x);
		outlock(x);
		more = outnext(x);
		outunlock(x);
		if(!more)
			return 0;
	}
}

void hostnote(int fd)
{
	write(fd, stopnote, sizeof stopnote - 1);
}

/* write the answer, all of it, and read; the other way if the channel cannot do that */
static long answerread(Hconn *x, void *buf, long n)
{
	Iopart one, *p;
	u32int np;
	long r;

	p = &one;
	np = 1;
	if(x->lend.l.npart > 0 && x->quickat == 0 && x->nquick == RREADHDR + x->lend.l.n)
		np = lendparts(&x->lend, x->quick, &p);
	else if(x->nquick > 0){
		lendput(&x->lend);
		one = (Iopart){ x->quick+x->quickat, x->nquick-x->quickat };
	}else if(x->part == nil)
		one = (Iopart){ x->out, x->nout };
	else{
		p = x->part;
		np = x->npart;
	}
	__atomic_store_n(&x->doing, Hostreading, __ATOMIC_SEQ_CST);
	do
		r = exchstop(x->fd, p, np, buf, n, &x->stop, SYSsendread);
	while(r == -1 && __atomic_load_n(&x->stop, __ATOMIC_SEQ_CST) == 0 && interrupted(r));
	__atomic_store_n(&x->doing, Hostnothing, __ATOMIC_SEQ_CST);
	if(r >= 0 || r == -2){
		if(x->nquick > 0)
			quickdone(x);
		else
			outdone(x);
	}
	if(r == -1 && __atomic_load_n(&x->stop, __ATOMIC_SEQ_CST) == 0){
		x->exch = 0;
		return hostwrite(x) < 0? -1: hostread(x, buf, n);
	}
	if(r == -2 && __atomic_load_n(&x->stop, __ATOMIC_SEQ_CST) == 0 && interrupted(-1))
		return hostread(x, buf, n);
	return r < 0? -1: r;
}

static long ioread(Io *io, void *buf, long n)
{
	Hconn *x;

	x = io->aux;
	if(x->h->hooks != nil)
		return x->h->hooks->read(x, buf, n);
	return x->nout + x->nquick > 0? answerread(x, buf, n): hostread(x, buf, n);
}

/* have x's process go to the top of its loop; lk is held */
void hostwake(Hconn *x)
{
	int doing;

	__atomic_store_n(&x->stop, 1, __ATOMIC_SEQ_CST);
	doing = __atomic_load_n(&x->doing, __ATOMIC_SEQ_CST);
	if(doing == Hostreading || (doing == Hostwriting && x->h->frozen))
		hostnote(x->note);
}

/* Conn.reply: the instance lock is held, by whoever runs the server */
static void reply(Conn *c)
{
	Hconn *x;
	Host *h;

	x = c->host;
	h = x->h;
	if(x->dead){
		for(x = h->dead; x != nil && x != c->host; x = x->next)
			;
		if(x == nil){
			x = c->host;
			x->next = h->dead;
			h->dead = x;
		}
	}else if(x != h->cur && !h->frozen && !x->stop)
		hostwake(x);
}

void hostreap(Host *h)
{
	Hconn *x;
	Conn *c;
	Mreq *m;

	while((x = h->dead) != nil){
		h->dead = x->next;
		c = x->c;
		__atomic_add_fetch(&c->ref, 1, __ATOMIC_RELAXED);
		while((m = connout(c)) != nil)
			msgmemgive(&x->mem, m);
		connclose(c);
	}
}

/* --- a connection's process --- */

void hosthold(Host *h)
{
	while(h->frozen){
		if(--h->nrun == 0)
			rwakeup(&h->stopped);
		rsleep(&h->thawed);
		h->nrun++;
	}
}

/* handle a message: 0; -1: no memory */
static int hostmsg1(Hconn *x, uchar *p, u32int n)
{
	Host *h;
	Mreq *m;
	u32int k;

	h = x->h;
	if(h->hooks == nil && (k = connquick(x->c, p, n, x->quick+x->nquick, Quickroom-x->nquick)) > 0){
		x->nquick += k;
		return 0;
	}
	if((m = msgmemtake(&x->mem, &x->in, &p, n)) == nil)
		return -1;
	if(h->hooks != nil)
		h->hooks->begin(x, p, n);
	connmsg(x->c, p, n, m);
	if(h->hooks != nil)
		h->hooks->end(x, m);
	return 0;
}

/* does the client take several answers as one message?  A mount does */
static int several(Hconn *x)
{
	char name[32], line[1024];
	long n;
	int ctl;

	if(x->h->hooks != nil)
		return 0;
	if(x->asked && x->gen == x->c->gen)
		return x->several;
	x->asked = 1;
	x->gen = x->c->gen;
	x->several = 0;
	snprint(name, sizeof name, "#d/%dctl", x->fd);
	if((ctl = open(name, OREAD)) < 0)
		return 0;
	n = read(ctl, line, sizeof line - 1);
	close(ctl);
	if(n > 0){
		line[n] = 0;
		x->several = strstr(line, "other end inorder") != nil;
	}
	return x->several;
}

/* handle the message that was read, and some more if they came with it: 0; -1: no memory */
static int hostmsgs(Hconn *x, uchar *p, u32int n)
{
	Host *h;
	int r, i;

	h = x->h;
	qlock(&h->lk);
	if(h->frozen){
		x->in.start -= n;	/* to be read again */
		qunlock(&h->lk);
		return 0;
	}
	h->cur = x;
	x->c->lends = x->exch && h->hooks == nil;
	x->c->lend = x->c->lends? &x->lend: nil;
	i = 0;
	do
		r = hostmsg1(x, p, n);
	while(r == 0 && x->in.start < x->in.end && ++i < Together && several(x) && (n = msginnext(&x->in, &p)) > 0);
	h->cur = nil;
	if(h->dead != nil)
		hostreap(h);
	qunlock(&h->lk);
	return r;
}

static void answersfree(Hconn *x)
{
	Held *d;

	free(x->outh);
	while((d = x->answers) != nil){
		x->answers = d->next;
		free(d);
	}
}

void hostunlink(Hconn *x)
{
	Hconn **l;
	Host *h;

	h = x->h;
	if(h->hooks != nil)
		h->hooks->close(x);
	h->cur = x;
	connhangup(x->c);
	h->cur = nil;
	for(l = &h->conns; *l != x; l = &(*l)->next)
		;
	*l = x->next;
	x->dead = 1;
	x->next = h->dead;
	h->dead = x;
	close(x->fd);
	if(x->note >= 0)
		close(x->note);
	msginclose(&x->in);
	if(x->outm != nil)
		msgmemgive(&x->mem, x->outm);
	lendover(&x->lend);
	answersfree(x);
	h->nconn--;
	hostreap(h);
	connclose(x->c);
}

/* the client is gone, or no use */
static void hostgone(Hconn *x)
{
	Host *h;

	h = x->h;
	qlock(&h->lk);
	hosthold(h);
	hostunlink(x);
	h->nrun--;
	if(h->nconn == 0)
		hostover(h);
	qunlock(&h->lk);
}

static void hostserve(Hconn *x)
{
	uchar *p;
	int n;

	for(;;){
		if(__atomic_load_n(&x->stop, __ATOMIC_SEQ_CST)){
			qlock(&x->h->lk);
			hosthold(x->h);
			__atomic_store_n(&x->stop, 0, __ATOMIC_SEQ_CST);
			qunlock(&x->h->lk);
		}
		if(hostwrite(x) < 0){
			if(x->h->frozen)
				continue;
			break;
		}
		if((n = msginread(&x->in, &p)) <= 0){
			if(x->stop)
				continue;
			break;
		}
		if(hostmsgs(x, p, n) < 0)
			break;
		if(x->c->session && msginsize(&x->in, x->c->msize) < 0)
			break;
	}
	hostgone(x);
}

/* --- making and ending --- */

/* the last reference to a connection is dropped */
static void gone(Conn *c)
{
	Hconn *x;

	x = c->host;
	msgmemfree(&x->mem);
	free(x);
}

/* tell the channel that several requests may come at a time, if it is one that wants to know */
static void sayinorder(Srv *s, int fd)
{
	char name[32];
	int ctl;

	if(!srvinorder(s))
		return;
	snprint(name, sizeof name, "#d/%dctl", fd);
	if((ctl = open(name, OWRITE)) < 0)
		return;
	write(ctl, "inorder", 7);
	close(ctl);
}

Hconn *hostadd(Host *h, Conn *c, int fd)
{
	Hconn *x, **l;
	u32int size;

	if((x = mallocz(sizeof *x, 1)) == nil){
		werrstr("%s", Enomem);
		return nil;
	}
	x->h = h;
	x->c = c;
	x->fd = fd;
	x->note = Nonote;
	x->stop = h->frozen;
	x->io = (Io){ .read = ioread, .aux = x, .fd = fd };
	size = c->session || c->msize < Firstmsize? c->msize: Firstmsize;
	if(msginopen(&x->in, &x->io, size) < 0
	|| (h->hooks != nil && h->hooks->open(x) < 0)){
		msginclose(&x->in);
		free(x);
		return nil;
	}
	sayinorder(h->srv, fd);
	x->exch = 1;
	c->host = x;
	c->reply = reply;
	c->gone = gone;
	for(l = &h->conns; *l != nil; l = &(*l)->next)
		;
	*l = x;
	h->nconn++;
	return x;
}

void hostdrop(Hconn *x)
{
	Hconn **l;

	for(l = &x->h->conns; *l != x; l = &(*l)->next)
		;
	*l = x->next;
	x->h->nconn--;
	if(x->h->hooks != nil)
		x->h->hooks->close(x);
	msginclose(&x->in);
	answersfree(x);
	x->c->gone = nil;
	x->c->reply = nil;
	x->c->host = nil;
	free(x);
}

/* a new process: open what hostwake needs, say so; 0, or -1 if it is no use */
static int hostbegin(Hconn *x)
{
	char path[64];
	Host *h;
	int fd;

	hostnotes();
	h = x->h;
	snprint(path, sizeof path, "#p/%d/note", getpid());
	fd = open(path, OWRITE|OCEXEC);
	qlock(&h->lk);
	x->note = fd < 0? Badnote: fd;
	if(fd >= 0)
		h->nrun++;
	rwakeupall(&h->started);
	qunlock(&h->lk);
	return fd < 0? -1: 0;
}

int hoststart(Hconn *x)
{
	x->note = Nonote;
	x->pid = rfork(RFPROC|RFMEM|RFNOWAIT);
	if(x->pid == 0){
		if(hostbegin(x) == 0)
			hostserve(x);
		_exits(nil);
	}
	if(x->pid < 0)
		return -1;
	while(x->note == Nonote)
		rsleep(&x->h->started);
	if(x->note >= 0)
		return 0;
	werrstr("cannot open the note file of a process");
	return -1;
}

Host *hostnew(Srv *s, Hostopt *o)
{
	Host *h;

	if((h = mallocz(sizeof *h, 1)) == nil){
		werrstr("%s", Enomem);
		return nil;
	}
	h->srv = s;
	h->argv = o->argv;
	h->live = o->live;
	h->frozen = 1;
	h->stopped.l = h->thawed.l = h->started.l = &h->lk;
	h->ctl = h->ctlpost = -1;
	hostself = h;
	return h;
}

/* The end that somebody asked for: nothing is left of it. */
void hostover(Host *h)
{
	if(h->hooks != nil)
		h->hooks->over(h);
	hostexit(h, nil);
}

/* The end of all processes, this one last. */
void hostexit(Host *h, char *status)
{
	USED(h);
	postnote(PNGROUP, getpid(), exitnote);
	_exits(status);
}
