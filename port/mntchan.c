/*
 * mntchan.c: requests as messages on a channel.
 *
 * Answers come in two ways.  Through a Msglink (a pipe) the server's own
 * write runs muxsink, in its process, and the data is copied straight from
 * its pages to the client's.  On any other channel one of those that wait
 * reads for all and passes the part on when it has got its own.
 *
 * A first note sends Tflush and goes on waiting; a second abandons: what the
 * Call refers to is the caller's again at once, since only this file copies
 * into it, and says so while it does (copying).  Too many abandoned requests
 * and the connection is dead, as on hang-up or nonsense from the server.
 *
 * Locks: Mux.lk, then a Rendez; acclk around muxsink's pieces.  Neither is
 * held while something is sent.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"
#include "mux.h"

#define DEATHWAIT 1000000000LL	/* ns that a process to be killed waits for an answer */

enum {
	Small = 320,		/* longest message made on the stack */
};

/* --- sending --- */
static int notwriting(void *a)
{
	return !((Mux*)a)->writing;
}

/* one writer at a time, which a note ends the wait of */
static int writelock(Mux *mx)
{
	for(;;){
		lock(&mx->lk);
		if(!mx->writing){
			mx->writing = 1;
			unlock(&mx->lk);
			return 0;
		}
		unlock(&mx->lk);
		if(sleep(&mx->wr, notwriting, mx) < 0)
			return seterr(Eintr);
	}
}

static void writeunlock(Mux *mx)
{
	lock(&mx->lk);
	mx->writing = 0;
	unlock(&mx->lk);
	wakeup(&mx->wr);
}

/* all of a message to a stream; half of one ends the connection */
static int streamput(Mux *mx, uchar *m, u32int n)
{
	u32int done;
	long r;

	if(writelock(mx) < 0)
		return -1;
	r = 0;
	for(done = 0; done < n; done += r)
		if((r = chanwrite(mx->tc, m+done, n-done, 0)) <= 0){
			if(r == 0)
				seterr(Ehungup);
			r = -1;
			break;
		}
	writeunlock(mx);
	if(r < 0 && done > 0)
		muxdie(mx, Ehungup);
	return r < 0? -1: 0;
}

int muxput(Mux *mx, Part *s, int nowait)
{
	uchar *p;
	int r;

	if(mx->link.send != nil)
		return mx->link.send(mx->link.end, s, nowait);
	if(s->b == nil)
		return streamput(mx, s->h, s->n);
	if((p = malloc(s->n)) == nil)
		return seterr(Enomem);
	partget(s, 0, p, s->n);
	r = streamput(mx, p, s->n);
	free(p);
	return r;
}

/* a short one */
static int putshort(Mux *mx, uchar *m, u32int n, int nowait)
{
	Part s;

	s = (Part){ .h = m, .nh = n, .n = n };
	return muxput(mx, &s, nowait);
}

static int sendcall(Mux *mx, Call *k)
{
	uchar small[Small];
	Part s;
	int r;

	if(k->r.type == Tread){
		s = (Part){ .h = small, .room = &k->r.buf };
		s.n = s.nh = msgread(k, small);
		return muxput(mx, &s, 0);
	}
	s = (Part){ .h = small, .n = msgsize(k) };
	if(s.n > mx->m.msize)
		return seterr("message too long for the server");
	s.nh = s.n;
	if(k->r.type == Twrite){
		s.nh -= k->r.count;
		s.b = &k->r.buf;
	}
	if(s.nh > sizeof small && (s.h = malloc(s.nh)) == nil)
		return seterr(Enomem);
	msgmake(k, s.h, s.n);
	r = muxput(mx, &s, 0);
	if(s.h != small)
		free(s.h);
	return r;
}

static int clunktag(Mux *mx, int tag, u32int fid)
{
	uchar m[Msghdr+4];

	msgclunk(m, tag, fid);
	return putshort(mx, m, sizeof m, 1);
}

/* try to send tag's clunk; what cannot be sent now is sent later */
static int clunksend(Mux *mx, int tag, u32int fid)
{
	Tag *t;

	if(clunktag(mx, tag, fid) == 0)
		return 0;
	lock(&mx->lk);
	t = &mx->tags[tag];
	if(mx->state != MuxDead && t->use == TagAsync){
		t->use = TagLate;
		mx->nclunk--;
		mx->nlate++;
	}
	unlock(&mx->lk);
	return -1;
}

/* the clunks that could not be sent when they were due */
void muxlate(Mux *mx)
{
	u32int i, fid;
	int ok;

	ok = 1;
	for(i = 0; ok && __atomic_load_n(&mx->nlate, __ATOMIC_RELAXED) > 0; i++){
		lock(&mx->lk);
		while(i < mx->ntags && mx->tags[i].use != TagLate)
			i++;
		if(i >= mx->ntags){
			unlock(&mx->lk);
			return;
		}
		mx->tags[i].use = TagAsync;
		mx->tags[i].type = Tclunk;
		fid = mx->tags[i].fid;
		mx->nlate--;
		mx->nclunk++;
		unlock(&mx->lk);
		ok = clunksend(mx, i, fid) == 0;
	}
}

/* --- waiting --- */

/* read a stream until a message has come: -1 if a note came first */
static int fill(Mux *mx)
{
	uchar h[Headlen];
	Part s;
	u32int size;
	long n;

	for(;;){
		if(mx->nr >= 4){
			size = msg4(mx->rbuf);
			if(muxbadsize(mx, size))
				return 0;
			if(mx->nr >= size){
				s = (Part){ .h = mx->rbuf, .nh = size, .n = size };
				partget(&s, 0, h, sizeof h);
				muxinput(mx, &s, h);
				mx->nr -= size;
				memmove(mx->rbuf, mx->rbuf+size, mx->nr);
				return 0;
			}
		}
		n = chanread(mx->tc, mx->rbuf+mx->nr, mx->m.msize-mx->nr, 0);
		if(n < 0 && strcmp(geterr(), Eintr) == 0)
			return -1;
		if(n <= 0){
			muxdie(mx, n < 0? geterr(): Ehungup);
			return 0;
		}
		mx->nr += n;
	}
}

static int mayread(void *a)
{
	Call *k;

	k = a;
	return reqisdone(&k->r) || k->offered;
}

static void waitput(Mux *mx, Call *k)
{
	k->offered = 0;
	k->prev = nil;
	if((k->next = mx->waiting) != nil)
		k->next->prev = k;
	mx->waiting = k;
}

static void waitdel(Mux *mx, Call *k)
{
	if(k->next != nil)
		k->next->prev = k->prev;
	if(k->prev != nil)
		k->prev->next = k->next;
	else
		mx->waiting = k->next;
}

/* if nobody reads, let one of those do it that wait; lk is held and let go */
static void pass(Mux *mx)
{
	Call *k;

	if(!mx->reading && (k = mx->waiting) != nil){
		k->offered = 1;
		wakeup(&k->rend);
	}
	unlock(&mx->lk);
}

/* wait for k, reading for all if nobody else does; as callwait */
static __attribute__((noinline)) int streamwait(Mux *mx, Call *k)
{
	int r;

	r = 0;
	lock(&mx->lk);
	while(r == 0 && !reqisdone(&k->r)){
		if(!mx->reading){
			mx->reading = 1;
			unlock(&mx->lk);
			r = fill(mx);
			lock(&mx->lk);
			mx->reading = 0;
			continue;
		}
		waitput(mx, k);
		unlock(&mx->lk);
		r = sleep(&k->rend, mayread, k);
		lock(&mx->lk);
		waitdel(mx, k);
	}
	pass(mx);
	return reqisdone(&k->r)? 0: r;
}

static void killagain(Timer *t)
{
	prockill(t->arg);
}

/* as streamwait, by a process to be killed: whatever it waits in, another kill ends it */
static int laststreamwait(Mux *mx, Call *k)
{
	Timer *t;
	int r;

	t = &up->alarmtimer;	/* nothing alarms it any more */
	timerdel(t);
	t->f = killagain;
	t->arg = up;
	t->when = monons() + DEATHWAIT;
	timeradd(t);
	r = streamwait(mx, k);
	timerdel(t);
	return r;
}

/* 0, -1: a note came, or a process to be killed has waited long enough */
static int answerwait(Mux *mx, Call *k)
{
	int last;

	last = killed() || up->dying;
	if(mx->link.send == nil)
		return last? laststreamwait(mx, k): streamwait(mx, k);
	if(last && tawait(&k->w, DEATHWAIT) != 0)
		return -1;
	return callwait(k);
}

int muxwait(Call *k)
{
	return answerwait(k->m->mux, k);
}

/* the fid that k's request makes or gives up stays with its tag */
static u32int keepfid(Call *k)
{
	u32int f;

	f = NOFID;
	switch(k->r.type){
	case Twalk:
	case Tattach:
	case Tauth:
		f = k->newfidn;
		k->newfidn = NOFID;
		break;
	case Tclunk:
	case Tremove:
		f = k->fidn;
		k->fidn = NOFID;
		break;
	}
	return f;
}

/* k's caller waits no longer; lk is held.  1: there are too many such */
int muxleave(Mux *mx, Call *k)
{
	Tag *t;

	if(mx->ver == k)
		mx->ver = nil;
	else{
		t = &mx->tags[k->tag];
		t->k = nil;
		t->fid = keepfid(k);
		t->mate = k->r.nwname;
		if(k->r.type == Tclunk || k->r.type == Tremove){
			t->use = TagAsync;
			mx->nclunk++;
		}else{
			t->use = TagLimbo;
			mx->nlimbo++;
		}
	}
	muxerr(k, Eintr);
	return mx->nlimbo > Maxlimbo || mx->nclunk > 2*Maxclunk;
}

static void abandon(Mux *mx, Call *k)
{
	int many;

	lock(&mx->lk);
	if(reqisdone(&k->r) || k->copying){
		k->quit = 1;
		unlock(&mx->lk);
		callwaitu(k);
		return;
	}
	many = muxleave(mx, k);
	unlock(&mx->lk);
	reqdone(&k->r);
	if(many)
		muxdie(mx, "connection given up: the server does not answer");
}

/* ask the server to forget about k: -1 if that could not be sent */
static int sendflush(Mux *mx, Call *k)
{
	uchar m[Msghdr+2];
	Tag *t;
	int tag;

	lock(&mx->lk);
	if(reqisdone(&k->r) || k->copying || mx->state == MuxDead){
		unlock(&mx->lk);
		return 0;
	}
	if((tag = muxtag(mx, TagFlush, Tflush, NOFID, nil)) < 0){
		unlock(&mx->lk);
		return -1;
	}
	mx->tags[tag].mate = k->tag;
	mx->tags[k->tag].flushing = 1;
	unlock(&mx->lk);
	msgflush(m, tag, k->tag);
	if(putshort(mx, m, sizeof m, 0) == 0)
		return 0;
	lock(&mx->lk);
	t = &mx->tags[tag];
	if(mx->state != MuxDead && t->use == TagFlush && t->mate == k->tag){
		muxtagput(mx, tag);
		t = &mx->tags[k->tag];
		t->flushing = 0;
		if(t->use == TagHeld)
			muxtagover(mx, k->tag);
	}
	unlock(&mx->lk);
	return -1;
}

/* --- calls --- */
void muxready(Call *k)
{
	k->r.err = nil;
	k->r.rcount = 0;
	k->r.flushed = 0;
	k->copying = 0;
	k->quit = 0;
	k->sent = 0;
	k->tag = NOTAG;
	k->w.come = AwNone;
	__atomic_store_n(&k->r.state, Rbusy, __ATOMIC_RELEASE);
}

int muxcalltag(Mux *mx, Call *k)
{
	int tag;

	if(mx->nbusy == mx->nclunk + mx->nlate)
		mx->ntrips++;
	if((tag = muxtag(mx, TagCall, k->r.type, NOFID, k)) < 0)
		return -1;
	k->tag = tag;
	return 0;
}

void muxstart(Call *k)
{
	Mux *mx;
	char *e;
	int awaited;

	mx = k->m->mux;
	awaited = k->fin == nil;
	if(peek(mx->nlate) > 0)
		muxlate(mx);
	if(peek(mx->ndefer) > 0 && (k->r.type|2) != Twrite && muxsendall(mx, &k, 1, NOFID))
		return;
	muxready(k);
	lock(&mx->lk);
	e = nil;
	if(mx->state == MuxDead)
		e = mx->why;
	else if(k->r.type == Tversion)
		mx->ver = k;
	else if(muxcalltag(mx, k) < 0)
		e = Enomem;
	if(e != nil)
		muxerr(k, e);
	unlock(&mx->lk);
	if(e != nil){
		muxdone(k);
		return;
	}
	if(sendcall(mx, k) == 0){
		if(awaited)
			k->sent = 1;
		return;
	}
	lock(&mx->lk);
	if(!reqisdone(&k->r) && !k->copying){
		muxend(mx, k);
		muxerr(k, geterr());
		muxdone(k);
	}
	unlock(&mx->lk);
}

static int flushable(int type)
{
	return type != Tclunk && type != Tremove && type != Tversion;
}

/* a note came: try for an orderly end, until another comes; a process that is to die has not for ever */
static int secondwait(Mux *mx, Call *k)
{
	if(k->r.type == Tversion || (flushable(k->r.type) && sendflush(mx, k) < 0))
		return -1;
	return answerwait(mx, k);
}

void muxfinish(Call *k, int cancel)
{
	Mux *mx;
	u32int mark;
	int marked;

	mx = k->m->mux;
	if(reqisdone(&k->r) || (!cancel && answerwait(mx, k) == 0))
		return;
	marked = up->marked;
	mark = up->mark;
	up->marked = 1;
	up->mark = notemark();
	if(secondwait(mx, k) < 0)
		abandon(mx, k);
	up->marked = marked;
	up->mark = mark;
}

void muxrun(Call *k)
{
	muxstart(k);
	muxfinish(k, 0);
}

/* k, a clunk or remove, is over: what about its fid's number? */
void muxfidgone(Call *k)
{
	Mux *mx;
	int tag;

	if(k->fidn == NOFID)
		return;
	mx = k->m->mux;
	lock(&mx->lk);
	if(k->sent || mx->state == MuxDead)
		muxfidput(mx, k->fidn);
	else if((tag = muxtag(mx, TagLate, Tclunk, k->fidn, nil)) >= 0)
		mx->nlate++;
	unlock(&mx->lk);
}

/* could nobody notice when c is clunked? */
static int harmless(Chan *c)
{
	if((c->flag & COpen) == 0)
		return 1;
	if(c->flag & CRclose || c->qid.type & (QTEXCL|QTAUTH))
		return 0;
	return c->mode == OREAD || c->mode == OEXEC;
}

/*
 * Clunk c's fid.  Nobody waits for the answer where that does not matter: a
 * file not opened, or open for reading only, not to be removed and not
 * exclusive.
 */
void muxclunk(Chan *c)
{
	Mux *mx;
	Call *k;
	u32int fid;
	int tag;

	mx = c->mnt->mux;
	fid = c->fidnum;
	c->fidnum = NOFID;
	if(harmless(c)){
		if(muxdefer(mx, fid))
			return;
		tag = -1;
		lock(&mx->lk);
		if(mx->state == MuxLive && mx->nclunk + mx->nlate < Maxclunk)
			tag = muxtag(mx, TagAsync, Tclunk, fid, nil);
		if(tag >= 0)
			mx->nclunk++;
		unlock(&mx->lk);
		if(tag >= 0){
			clunksend(mx, tag, fid);
			return;
		}
	}
	if((k = callnew(&mx->m, nil, Tclunk)) == nil)
		return;
	k->fidn = fid;
	muxrun(k);
	muxfidgone(k);
	callfree(k);
}
