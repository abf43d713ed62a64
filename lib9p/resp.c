/*
 * resp.c: answers, and flushes, which are about the order of answers.
 *
 * A request's state goes Rbusy -> Rfin and its Req back to the host.  When
 * there is a reason to put the answer off it goes Rbusy -> Rheld -> (answer)
 * Rans -> (no more reasons) Rfin; Req.hold counts the reasons:
 *	srvcall is in a clunk's or remove's handler, and will destroy the fid
 *	before the client hears of it;
 *	a flush handler is running and looks at the request;
 *	the request is a flush, and what it flushes has not been answered.
 * The flushes of a request hang from it in one chain, Req.flushes, in the
 * order they came, a flush of a flush after the flush: each waits for the
 * one before, which gives the order flush(5) asks for.
 *
 * Conn.lk protects all this once a request is Rheld; the way from Rbusy to
 * Rfin of a linked request takes no lock, and loses against flushattach in
 * one compare-and-swap.  The answer of a message is queued under the same
 * lock that takes its tag out of the table, so a flush either finds the
 * request or its answer is queued already.  respond runs under server locks:
 * nothing here calls the server but flushrun.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

/* what must be remembered of a request that is no longer ours */
typedef struct Fin Fin;
struct Fin {
	Conn *c;
	Req *done;	/* linked: to be given back */
	Req *flush;	/* the next in its chain */
	Fid *fid[3];	/* references to drop */
};

static int cas(u8int *p, u8int old, u8int new)
{
	return __atomic_compare_exchange_n(p, &old, new, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* a linked host looks at state whenever it likes, hence atomic */
static u8int state(Req *r)
{
	return __atomic_load_n(&r->state, __ATOMIC_RELAXED);
}

static void setstate(Req *r, u8int st)
{
	__atomic_store_n(&r->state, st, __ATOMIC_RELAXED);
}

static noreturn_ void botch(Req *r)
{
	print("9p: %s: request type %d tag %d answered in state %d\n",
		r->srv->name == nil? "?": r->srv->name, r->type, r->tag, state(r));
	__builtin_trap();
}

/* copy an error, cut between characters */
static void seterr(Req *r, char *err)
{
	usize n;

	r->err = r->ebuf;
	if(err == r->ebuf)
		return;
	n = strlen(err);
	if(n > ERRMAX-1){
		n = ERRMAX-1;
		while(n > 0 && (err[n]&0xC0) == 0x80)
			n--;
	}
	memmove(r->ebuf, err, n);
	r->ebuf[n] = 0;
}

/*
 * A walk that holds fid alone is one in place, and newfid a fresh fid of
 * ours (or still fid, if there was no memory for one).
 */
static void walkdone(Req *r)
{
	Fid *nf;
	int ok, inplace;

	nf = r->newfid;
	ok = r->err == nil && r->nwqid == r->nwname;
	inplace = r->fidlock == LockExcl;
	if(nf == r->fid){
		fidfree(r);
		return;
	}
	if(inplace && ok)
		fidswap(r->fid, nf);
	else if(ok)
		fidlive(nf);
	else if(r->msg && !inplace)
		fidunlink(nf);
	fidfree(r);
	if(inplace){
		r->newfid = r->fid;
		fiddrop(nf);
	}
}

static void attachdone(Req *r, Fid *f)
{
	if(r->err != nil){
		if(r->msg)
			fidunlink(f);
		return;
	}
	r->qid = f->qid;
	if(r->type == Tauth)
		f->omode = ORDWR;
	fidlive(f);
}

static void opendone(Req *r)
{
	Fid *f;
	u32int most;

	f = r->fid;
	if(r->err == nil){
		r->qid = f->qid;
		f->rclose = (r->mode & ORCLOSE) != 0;
		f->dirindex = 0;
		f->diroffset = 0;
		most = r->conn->msize - IOHDRSZ;
		if(r->iounit > most)
			r->iounit = most;
		if(f->file != nil && !r->opened)
			__atomic_add_fetch(&f->file->nopen, 1, __ATOMIC_ACQUIRE);
		__atomic_store_n(&f->omode, r->mode&3, __ATOMIC_RELEASE);
	}else if(r->opened)
		__atomic_sub_fetch(&f->file->nopen, 1, __ATOMIC_RELEASE);
	fidfree(r);
}

static void statdone(Req *r)
{
	char *e;

	if(r->err == nil){
		e = nil;
		if(r->msg)
			e = msgstatroom((Mreq*)r);
		if(e == nil && (r->rcount = convD2M(&r->d, r->buf.p, r->buf.n)) == 0)
			e = Ebadstat;
		if(e != nil)
			seterr(r, e);
	}
	fidfree(r);
}

/* what an answer means for the request's fids */
static void settle(Req *r)
{
	switch(r->type){
	case Tread:
	case Twrite:
		if(r->err != nil)
			r->rcount = 0;
		else if(r->rcount > r->count)
			r->rcount = r->count;
		break;
	case Tattach:
		attachdone(r, r->fid);
		break;
	case Tauth:
		attachdone(r, r->afid);
		break;
	case Twalk:
		walkdone(r);
		break;
	case Topen:
	case Tcreate:
		opendone(r);
		break;
	case Tstat:
		statdone(r);
		break;
	case Twstat:
		fidfree(r);
		break;
	case Tclunk:
		if(r->mode & ORCLOSE)
			r->err = nil;	/* the file may be gone or protected by now */
		break;
	}
}

/*
 * r is answered: if nothing holds it, it is out of the library's tables and
 * n says what is left to do without the lock.  c->lk is held.
 */
static int finlocked(Req *r, Fin *n)
{
	Mreq *m;

	if(r->hold > 0){
		setstate(r, Rans);
		return 0;
	}
	n->c = r->conn;
	n->flush = r->flushes;
	n->done = r;
	n->fid[0] = n->fid[1] = n->fid[2] = nil;
	setstate(r, Rfin);
	if(!r->msg)
		return 1;
	m = (Mreq*)r;
	n->done = nil;
	n->fid[0] = r->fid;
	n->fid[1] = r->newfid;
	n->fid[2] = r->afid;
	tagremove(n->c, m);
	if(!m->hanging)
		outappend(n->c, m);
	connref(n->c);
	return 1;
}

/* the hang-up's flush of a message is over, and so is the message */
void reqhangdone(Req *r)
{
	Conn *c;
	Mreq *m;

	c = r->conn;
	m = r->host;
	lock(&c->lk);
	outappend(c, m);
	connref(c);
	unlock(&c->lk);
	c->reply(c);
	connunref(c);
}

static void give1(Req *r)
{
	if(r->done != nil)
		r->done(r);
	else
		reqdone(r);
}

static void give(Fin *n)
{
	int i;

	if(n->done != nil){
		give1(n->done);
		return;
	}
	for(i = 0; i < (int)nelem(n->fid); i++)
		if(n->fid[i] != nil)
			fiddrop(n->fid[i]);
	n->c->reply(n->c);
	connunref(n->c);
}

/* one reason less to hold r: true if it may go */
static int unhold(Req *r, Fin *n)
{
	int go;

	lock(&r->conn->lk);
	r->hold--;
	go = state(r) == Rans && finlocked(r, n);
	unlock(&r->conn->lk);
	return go;
}

/* a loop, because the chain is as long as the client likes */
static void finish(Fin *n)
{
	Req *fl;

	do{
		fl = n->flush;
		give(n);
	}while(fl != nil && unhold(fl, n));
}

static void respondlocked(Req *r)
{
	Fin n;
	int go;

	lock(&r->conn->lk);
	if(state(r) != Rbusy && state(r) != Rheld)
		botch(r);
	go = finlocked(r, &n);
	unlock(&r->conn->lk);
	if(go)
		finish(&n);
}

static __attribute__((noinline)) void respondall(Req *r, char *err)
{
	u8int st;

	st = state(r);
	if(st != Rbusy && st != Rheld)
		botch(r);
	r->err = nil;
	if(err != nil)
		seterr(r, err);
	settle(r);
	if(!r->msg && cas(&r->state, Rbusy, Rfin))
		give1(r);
	else
		respondlocked(r);
}

/*
 * Answer a request, with success if err is nil; err is copied.  Every
 * request is answered exactly once.  Takes only leaf locks, does not sleep,
 * runs no server code; after it the Req is not the server's any more.
 */
void respond(Req *r, char *err)
{
	/* a linked client's successful read or write needs little of the rest */
	if((r->type|2) == Twrite && err == nil && !r->msg && cas(&r->state, Rbusy, Rfin)){
		if(r->rcount > r->count)
			r->rcount = r->count;
		r->err = nil;
		give1(r);
	}else
		respondall(r, err);
}

/* Answer with the error string. */
void responderr(Req *r)
{
	char e[ERRMAX];

	rerrstr(e, sizeof e);
	respond(r, e[0] != 0? e: Egreg);
}

void reqhold(Req *r)
{
	lock(&r->conn->lk);
	r->hold++;
	setstate(r, Rheld);
	unlock(&r->conn->lk);
}

void reqrelease(Req *r)
{
	Fin n;

	if(unhold(r, &n))
		finish(&n);
}

int reqanswered(Req *r)
{
	int ans;

	lock(&r->conn->lk);
	ans = state(r) == Rans;
	unlock(&r->conn->lk);
	return ans;
}

/* which requests a server is asked to give up; the others are waited for */
static int flushable(Req *old)
{
	return old->type != Tclunk && old->type != Tremove && old->type != Tflush;
}

/*
 * Flush old through r, for a client that made both.  r is done after old's
 * answer is decided and not before old's own done; old may have succeeded.
 * r's srv, conn and done are set.
 */
void srvflush(Req *r, Req *old)
{
	int how;

	r->type = Tflush;
	r->fid = nil;
	r->msg = 0;
	srvstart(r);
	lock(&r->conn->lk);
	how = flushattach(old, r);
	unlock(&r->conn->lk);
	flushrun(r, how);
	srvreap(r->srv);
}

/*
 * Chain the flush r to the request old, if that is not answered yet.  If the
 * server is to be told, old is held until flushrun has done it.  c->lk is
 * held.  What is read of old here is read after its state is Rheld or Rans
 * and so stays until the lock is let go.
 */
int flushattach(Req *old, Req *r)
{
	Req *tail;
	int how;

	r->oldreq = nil;
	cas(&old->state, Rbusy, Rheld);
	if(state(old) != Rheld && state(old) != Rans)
		return FlushGone;
	how = FlushWait;
	if(state(old) == Rheld && flushable(old)){
		__atomic_store_n(&old->flushed, 1, __ATOMIC_RELEASE);
		if(old->srv->flush != nil){
			old->hold++;
			r->oldreq = old;
			how = FlushCall;
		}
	}
	for(tail = old; tail->flushes != nil; tail = tail->flushes)
		;
	tail->flushes = r;
	r->hold++;
	setstate(r, Rheld);
	return how;
}

/* with how from flushattach: tell the server, or answer what needs no telling */
void flushrun(Req *r, int how)
{
	Srv *s;
	Req *old;

	if(how != FlushCall){
		respond(r, nil);
		return;
	}
	s = r->srv;
	old = r->oldreq;
	if(s->flags & SrvLocked)
		qlock(&s->lk);
	s->flush(r);
	if(s->flags & SrvLocked)
		qunlock(&s->lk);
	reqrelease(old);
}
