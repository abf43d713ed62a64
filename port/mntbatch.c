/*
 * mntbatch.c: several requests in one message, for servers that take them.
 *
 * A server that handles the requests of a connection in the order sent, each
 * wholly before the next, may be sent some that rely on those before: a walk
 * and the open of what it leads to; a walk, a stat and the clunk.  If the
 * walk fails the rest fails too, the fid not being there.  So an open or a
 * stat wakes the server once.  Which servers do, the channel says
 * (Msglink.inorder), or, on a stream, the version agreed on; all others get
 * one request at a time.
 *
 * A clunk that nobody waits for is not sent at once to those of them that are
 * processes, which would wake the server for it alone: it goes with the next
 * request that is no read or write.  At most Maxdefer wait (Mux.defer), not
 * longer than Latest, for which there is a process, and none of a process
 * that ends.
 *
 * Locks: Mux.lk; flush.lk, before it, only for the list of all connections
 * (mntver.c's).  Neither is held while something is sent.
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

enum {
	Clunklen = Msghdr+4,
	Room = 512,		/* for all messages of a batch */
	Most = Room - (Maxdefer+1)*Clunklen,	/* of it for the requests */
	Maxbatch = 2,		/* requests in one */
	Latest = 10000000,	/* ns that a clunk waits for others to go with */
};

static struct {
	u32int wanted;		/* some wait */
	u8int runs;
	Rendez r;
	Rendez delay;
} late;

/* --- clunks that wait --- */

/* put the messages of those that wait at p, and their tags in tag: how many; lk is held */
static int takeclunks(Mux *mx, uchar *p, u16int *tag)
{
	Tag *t;
	int i, n;

	n = mx->ndefer;
	for(i = 0; i < n; i++){
		tag[i] = mx->defer[i];
		t = &mx->tags[tag[i]];
		t->use = TagAsync;
		msgclunk(p+i*Clunklen, tag[i], t->fid);
	}
	mx->ndefer = 0;
	return n;
}

/* they could not be sent */
static void unsent(Mux *mx, u16int *tag, int n)
{
	Tag *t;
	int i;

	lock(&mx->lk);
	for(i = 0; i < n; i++){
		t = &mx->tags[tag[i]];
		if(mx->state != MuxDead && t->use == TagAsync){
			t->use = TagLate;
			mx->nclunk--;
			mx->nlate++;
		}
	}
	unlock(&mx->lk);
}

/* send the clunks that wait */
void muxclunks(Mux *mx)
{
	uchar m[Maxdefer*Clunklen];
	u16int tag[Maxdefer];
	Part s;
	int n;

	lock(&mx->lk);
	n = takeclunks(mx, m, tag);
	unlock(&mx->lk);
	if(n == 0)
		return;
	s = (Part){ .h = m, .nh = n*Clunklen, .n = n*Clunklen };
	if(mx->link.send(mx->link.end, &s, 1) != 0)
		unsent(mx, tag, n);
}

static int iswanted(void *a)
{
	USED(a);
	return __atomic_load_n(&late.wanted, __ATOMIC_SEQ_CST) != 0;
}

static int never(void *a)
{
	USED(a);
	return 0;
}

/* the process that sees to it that no clunk waits for long */
static void lateclunks(void *a)
{
	USED(a);
	for(;;){
		sleepu(&late.r, iswanted, nil);
		if(tsleep(&late.delay, never, nil, Latest) < 0)
			continue;
		__atomic_store_n(&late.wanted, 0, __ATOMIC_SEQ_CST);
		muxeach(muxclunks);
	}
}

void muxinit(void)
{
	cachehook = cachereclaim;
	late.runs = kproc("clunk", lateclunks, nil) != nil;
}

/* fid's clunk, which nobody waits for, may wait itself: 1; 0: it is to be sent at once */
int muxdefer(Mux *mx, u32int fid)
{
	int tag, n;

	if(mx->link.send == nil || !muxinorder(mx) || !late.runs || up->exiting || mx->link.direct(mx->link.end))
		return 0;
	tag = -1;
	lock(&mx->lk);
	if(mx->state == MuxLive && mx->ndefer < Maxdefer && mx->nclunk + mx->nlate < Maxclunk)
		tag = muxtag(mx, TagDefer, Tclunk, fid, nil);
	if(tag >= 0){
		mx->defer[mx->ndefer++] = tag;
		mx->nclunk++;
	}
	n = mx->ndefer;
	unlock(&mx->lk);
	if(tag < 0)
		return 0;
	if(n == Maxdefer)
		muxclunks(mx);
	else if(__atomic_load_n(&late.wanted, __ATOMIC_RELAXED) == 0 && __atomic_exchange_n(&late.wanted, 1, __ATOMIC_SEQ_CST) == 0)
		wakeup(&late.r);
	return 1;
}

/* --- requests --- */
typedef struct Batch Batch;
struct Batch {
	Mux *mx;
	Call **k;
	int n;
	u32int gone;		/* fid to be clunked after them, or NOFID */
	int gonetag;
	u16int late[Maxdefer];	/* tags of clunks that go along */
	int nlate;
	u32int size[Maxbatch];	/* of the requests' messages */
	u32int len;
	uchar m[Room];
};

/* get tags for all: nil, or an error, none having one; lk is held */
static char *tags(Batch *b)
{
	Mux *mx;
	int i;

	mx = b->mx;
	b->gonetag = -1;
	if(mx->state != MuxLive)
		return mx->state == MuxDead? mx->why: Ehungup;
	for(i = 0; i < b->n; i++)
		if(muxcalltag(mx, b->k[i]) < 0)
			goto Bad;
	if(b->gone == NOFID)
		return nil;
	if((b->gonetag = muxtag(mx, TagAsync, Tclunk, b->gone, nil)) >= 0){
		mx->nclunk++;
		return nil;
	}
Bad:
	while(--i >= 0)
		muxend(mx, b->k[i]);
	return Enomem;
}

static void make(Batch *b)
{
	int i;

	for(i = 0; i < b->n; i++){
		msgmake(b->k[i], b->m+b->len, b->size[i]);
		b->len += b->size[i];
	}
	if(b->gone != NOFID){
		msgclunk(b->m+b->len, b->gonetag, b->gone);
		b->len += Clunklen;
	}
}

/* nothing was sent: each ends with the error e */
static void failed(Batch *b, char *e)
{
	Mux *mx;
	Call *k;
	int i;

	mx = b->mx;
	lock(&mx->lk);
	for(i = 0; i < b->n; i++){
		k = b->k[i];
		if(!reqisdone(&k->r) && !k->copying){
			muxend(mx, k);
			muxerr(k, e);
			reqdone(&k->r);
		}
	}
	if(b->gonetag >= 0 && mx->state != MuxDead){
		mx->nclunk--;
		muxfidput(mx, b->gone);
		muxtagput(mx, b->gonetag);
	}
	unlock(&mx->lk);
	unsent(mx, b->late, b->nlate);
}

/* do the requests fit into one message? */
static int fits(Batch *b)
{
	u32int len;
	int i;

	len = 0;
	for(i = 0; i < b->n; i++){
		b->size[i] = msgsize(b->k[i]);
		len += b->size[i];
	}
	return len <= Most && len <= b->mx->m.msize;
}

/*
 * Send the n requests at k, no more than Maxbatch, as one message, with the clunks that wait, and
 * with that of gone unless it is NOFID; its number is free when that is
 * answered.  0: they have to be sent one by one, nothing was done.
 */
int muxsendall(Mux *mx, Call **k, int n, u32int gone)
{
	Batch b;
	Part s;
	char *e;
	int i;

	b.mx = mx;
	b.k = k;
	b.n = n;
	if(!fits(&b))
		return 0;
	if(peek(mx->nlate) > 0)
		muxlate(mx);
	b.gone = gone;
	b.nlate = 0;
	for(i = 0; i < n; i++)
		muxready(k[i]);
	lock(&mx->lk);
	if((e = tags(&b)) == nil)
		b.nlate = takeclunks(mx, b.m, b.late);
	unlock(&mx->lk);
	if(e != nil){
		for(i = 0; i < n; i++){
			muxerr(k[i], e);
			reqdone(&k[i]->r);
		}
		if(gone != NOFID)
			muxfidfree(mx, gone);
		return 1;
	}
	b.len = b.nlate*Clunklen;
	make(&b);
	s = (Part){ .h = b.m, .nh = b.len, .n = b.len };
	if(muxput(mx, &s, 0) == 0){
		for(i = 0; i < n; i++)
			k[i]->sent = 1;
	}else
		failed(&b, geterr());
	return 1;
}

/* --- a walk and what comes after --- */

/* can what a walk from c leads to be asked for together with it? */
int muxahead(Chan *c)
{
	return c->mnt->mux != nil && muxinorder(c->mnt->mux) && !nscovers(c->dev);
}

/* a walk of n names from a file to a new fid, and a request for that; 0 or -1 */
static int pair(Call **k, Chan *from, char **names, int n, int type)
{
	k[1] = nil;
	if((k[0] = callnew(from->mnt, from, Twalk)) == nil)
		return -1;
	k[0]->r.nwname = n;
	k[0]->r.wname = names;
	if((k[0]->newfidn = muxfid(from->mnt->mux)) == NOFID)
		goto Bad;
	if((k[1] = callnew(from->mnt, nil, type)) == nil){
		muxfidfree(from->mnt->mux, k[0]->newfidn);
		goto Bad;
	}
	k[1]->fidn = k[0]->newfidn;
	return 0;
Bad:
	callfree(k[0]);
	return -1;
}

/* have both answered, the second first: then the first is too, unless the server is at fault */
static void answered(Call **k)
{
	muxfinish(k[1], 0);
	muxfinish(k[0], 1);
}

/* how many of n names the first walked, to q; -1 and errstr: none; -2: all, but the second failed */
static int outcome(Call **k, int n, Qid *q)
{
	if(k[0]->r.err != nil)
		return seterr(k[0]->r.err);
	memmove(q, k[0]->wqid, k[0]->r.nwqid*sizeof q[0]);
	if(k[0]->r.nwqid == n && k[1]->r.err != nil){
		seterr(k[1]->r.err);
		return -2;
	}
	return k[0]->r.nwqid;
}

/*
 * As mntwalk where muxahead is true, but *to is open.  -2 and errstr: the
 * file is there, but was not opened; MuxStep: to be done step by step.
 */
int muxwalkopen(Chan *from, char **names, int n, Qid *q, int omode, Chan **to)
{
	Call *k[2];
	Chan *c;
	int r;

	if((c = channew(from->mnt)) == nil)
		return -1;
	if(pair(k, from, names, n, Topen) < 0){
		chanclose(c);
		return -1;
	}
	k[1]->r.mode = omode & (3|OTRUNC|ORCLOSE);
	r = MuxStep;
	if(muxsendall(from->mnt->mux, k, 2, NOFID)){
		answered(k);
		r = outcome(k, n, q);
	}
	if(r == n || r == -2)
		c->fidnum = k[0]->newfidn;
	else if(k[0]->newfidn != NOFID)
		muxfidfree(from->mnt->mux, k[0]->newfidn);
	c->dev = from->dev;
	c->flag = from->flag & CCache;
	c->qid = k[1]->r.qid;
	if(r == n && chanisopen(c, omode, k[1]->r.iounit) < 0)
		r = -2;
	callfree(k[0]);
	callfree(k[1]);
	if(r == n)
		*to = c;
	else
		chanclose(c);
	return r;
}

/* As mntwalk where muxahead is true, and stat what is there as mntstat: *len.  -2 and errstr: that failed */
int muxwalkstat(Chan *from, char **names, int n, Qid *q, uchar *buf, u32int nbuf, long *len)
{
	Call *k[2];
	int r;

	if(pair(k, from, names, n, Tstat) < 0)
		return -1;
	k[1]->r.buf = (Buf){ .p = buf, .n = nbuf };
	r = MuxStep;
	if(muxsendall(from->mnt->mux, k, 2, k[1]->fidn)){
		k[0]->newfidn = NOFID;
		answered(k);
		if((r = outcome(k, n, q)) == n)
			*len = k[1]->r.rcount;
	}else
		muxfidfree(from->mnt->mux, k[0]->newfidn);
	callfree(k[0]);
	callfree(k[1]);
	return r;
}
