/*
 * mnt.c: calls on file servers, the same whichever way they go.
 *
 * Each file operation becomes a Call: a lib9p Req with what its transport
 * needs.  mntlink.c hands the Req to a linked Srv as it is; mntchan.c makes a
 * message of it and fills in the answer.  Here is what does not depend on
 * the way: fids and their numbers, splitting transfers at the iounit, and
 * pinning the user's pages for the time of a transfer.
 *
 * A Call belongs to the process that made it until callrun, and again after,
 * but for one case: a linked server that does not answer even a flush keeps
 * it, and mntlink.c frees it when the answer comes at last.  That is possible
 * only when everything the Req refers to belongs to the Call (leave).
 * Each process keeps two Calls at hand in mntreq; the others are in a pool.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"

static struct {
	Lock lk;
	Call *free;
} pool;

static __attribute__((noinline)) Call *callalloc(void)
{
	Call *k;

	lock(&pool.lk);
	if((k = pool.free) != nil)
		pool.free = k->next;
	unlock(&pool.lk);
	if(k != nil)
		return k;
	if((k = mallocz(sizeof *k, 1)) == nil)
		return seterrp(Enomem);
	k->r.done = linkdone;
	k->r.wqid = k->wqid;
	return k;
}

Call *callnew(Mnt *m, Chan *c, int type)
{
	Call *k;

	linklate();
	if((k = (Call*)up->mntreq) != nil)
		up->mntreq = (Req*)k->next;
	else if((k = callalloc()) == nil)
		return nil;
	k->r.type = type;
	k->r.srv = m->srv;
	k->r.conn = m->conn;
	k->m = m;
	k->chan = c;
	if(c != nil){
		k->r.fid = c->fid;
		k->fidn = c->fidnum;
	}
	k->subst = nil;
	k->w = (Await){ .p = up };
	k->leave = 0;
	k->more = 0;
	return k;
}

static void poolput(Call *k)
{
	lock(&pool.lk);
	k->next = pool.free;
	pool.free = k;
	unlock(&pool.lk);
}

void callfree(Call *k)
{
	Call *hand;

	if(k == nil)
		return;
	if(k->own != nil){
		free(k->own);
		k->own = nil;
	}
	if(k->pin.n > 0){
		bufunpin(&k->pin, k->room);
		k->pin.n = 0;
	}
	hand = (Call*)up->mntreq;
	if(hand == nil || hand->next == nil){
		k->next = nil;
		if(hand == nil)
			up->mntreq = &k->r;
		else
			hand->next = k;
	}else
		poolput(k);
}

void mntreqfree(Req *r)
{
	Call *k;

	if((k = (Call*)r) == nil)
		return;
	mntreqfree((Req*)k->next);
	free(k->sparechan);
	free(k->sparepath);
	free(k->sparecross);
	k->sparechan = nil;
	k->sparepath = nil;
	k->sparecross = nil;
	poolput(k);
}

/* as callrun, but leaves the error string alone */
static int callgo(Call **kp)
{
	Call *k;

	k = *kp;
	if(k->m->mux != nil)
		muxrun(k);
	else{
		k->w.come = AwNone;
		srvcall(&k->r);
		if(!reqisdone(&k->r)){
			linkwait(kp);
			if((k = *kp) == nil)
				return -1;
		}
	}
	return k->r.err != nil? -1: 0;
}

int callrun(Call **kp)
{
	if(callgo(kp) == 0)
		return 0;
	return seterr(*kp == nil? Eintr: (*kp)->r.err);
}

/* may the Req be kept by a server that does not block, and so needs copies of what it refers to? */
static int parks(Mnt *m)
{
	return m->srv != nil && (m->srv->flags & SrvBlocks) == 0;
}

/* --- walk --- */

/* give a Call its own copies of names; 0 or -1 */
static int ownnames(Call *k, char **names, int n)
{
	char **w, *s;
	usize size;
	int i;

	size = n*sizeof w[0];
	for(i = 0; i < n; i++)
		size += strlen(names[i])+1;
	if((w = malloc(size+1)) == nil)
		return seterr(Enomem);
	s = (char*)(w+n);
	for(i = 0; i < n; i++){
		w[i] = s;
		size = strlen(names[i])+1;
		memmove(s, names[i], size);
		s += size;
	}
	k->own = w;
	k->leave = 1;
	return 0;
}

static int walknew(Call *k)
{
	if(k->m->mux != nil)
		return (k->newfidn = muxfid(k->m->mux)) == NOFID? -1: 0;
	return (k->r.newfid = fidnew(k->m->conn, NOFID)) == nil? -1: 0;
}

static void walkundo(Call *k)
{
	if(k->m->mux == nil)
		fidclose(k->r.newfid);
	else if(k->newfidn != NOFID)
		muxfidfree(k->m->mux, k->newfidn);
}

static void walkedto(Call *k, Chan *c)
{
	if(k->m->mux != nil)
		c->fidnum = k->newfidn;
	else
		c->fid = k->r.newfid;
}

/* nobody wants what k has walked to */
static void unwalked(Call *k)
{
	Chan c;

	c = (Chan){ .mnt = k->m, .fidnum = NOFID };
	walkedto(k, &c);
	mntclunk(&c);
}

/* the channel for what k has walked to; nil: no memory, and the fid is clunked */
static Chan *walked(Call *k, Chan *from)
{
	Chan *c;

	if((c = channew(k->m)) == nil){
		unwalked(k);
		return nil;
	}
	c->dev = from->dev;
	c->flag = from->flag & CCache;
	walkedto(k, c);
	return c;
}

/* by a request */
static __attribute__((noinline)) int callwalk(Chan *from, char **names, int n, Qid *q, Chan **to, Mhead **mh)
{
	Call *k;
	int got, i;

	if((k = callnew(from->mnt, from, Twalk)) == nil)
		return -1;
	k->r.nwname = n;
	k->r.wname = names;
	if(parks(k->m)){
		if(ownnames(k, names, n) < 0)
			goto Bad;
		k->r.wname = k->own;
	}
	if(walknew(k) < 0)
		goto Bad;
	if(callrun(&k) < 0){
		if(k != nil)
			walkundo(k);
		goto Bad;
	}
	got = k->r.nwqid;
	if(got > 0)
		memmove(q, k->wqid, got*sizeof q[0]);
	for(i = 0; mh != nil && i < got && *mh == nil; i++)
		*mh = mountpoint(from->dev, &q[i]);
	if(mh != nil && *mh != nil){
		if(got == n)
			unwalked(k);
		else
			walkundo(k);
		got = i;
	}else if(got < n)
		walkundo(k);
	else if((*to = walked(k, from)) == nil)
		goto Bad;
	else
		(*to)->qid = n > 0? q[n-1]: from->qid;
	callfree(k);
	return got;
Bad:
	callfree(k);
	return -1;
}

/*
 * Walk n names from a file (0: stay there).  When all of them are walked, *to
 * becomes a channel for what is there, without a name.  q has room for n
 * qids.  The number of names walked; -1: not even the first, or no memory.
 * With mh the walk ends at the first mount point, which *mh becomes; no
 * channel is made then.
 */
int mntwalk(Chan *from, char **names, int n, Qid *q, Chan **to, Mhead **mh)
{
	if((from->flag & CEnv) && (from = envroot(from)) == nil)
		return -1;
	if(from->mnt->srv != nil && from->mnt->srv->walk == nil)
		return linkwalk(from, names, n, q, to, mh);
	return callwalk(from, names, n, q, to, mh);
}

/* --- open, create, clunk, remove --- */
Chan *mntopen(Chan *c, int omode)
{
	Call *k;
	Chan *nc;

	if((k = callnew(c->mnt, c, Topen)) == nil)
		return nil;
	k->leave = 1;
	k->r.mode = omode & (3|OTRUNC|ORCLOSE);
	if(callrun(&k) < 0){
		callfree(k);
		return nil;
	}
	if((nc = k->subst) != nil){
		callfree(k);
		chanclose(c);
		return nc;
	}
	c->qid = k->r.qid;
	if(chanisopen(c, omode, k->r.iounit) < 0)
		c = nil;
	callfree(k);
	return c;
}

int mntcreate(Chan *c, char *name, int omode, u32int perm)
{
	Call *k;
	int r;

	if((k = callnew(c->mnt, c, Tcreate)) == nil)
		return -1;
	k->r.name = name;
	if(parks(k->m)){
		if(ownnames(k, &name, 1) < 0){
			callfree(k);
			return -1;
		}
		k->r.name = *(char**)k->own;
	}
	k->r.mode = omode & (3|ORCLOSE);
	k->r.perm = perm;
	if((r = callrun(&k)) == 0){
		c->qid = k->r.qid;
		r = chanisopen(c, omode, k->r.iounit);
	}
	callfree(k);
	return r;
}

/* give back c's fid, if it has one; whatever happens, it is gone, and the error string is not touched */
void mntclunk(Chan *c)
{
	Call *k;
	Fid *f;

	if(c->mnt->mux != nil){
		if(c->fidnum != NOFID)
			muxclunk(c);
		return;
	}
	if((f = c->fid) == nil)
		return;
	c->fid = nil;
	if(fidclunk(f))
		return;
	if((k = callnew(c->mnt, nil, Tclunk)) == nil){
		fidclose(f);
		return;
	}
	k->r.fid = f;
	k->leave = 1;
	callgo(&k);
	if(k != nil){
		fidclose(f);
		callfree(k);
	}
}

int mntremove(Chan *c)
{
	Call *k;
	int r;

	if((k = callnew(c->mnt, nil, Tremove)) == nil)
		return -1;
	k->r.fid = c->fid;
	k->fidn = c->fidnum;
	c->fid = nil;
	c->fidnum = NOFID;
	c->flag |= CGone;
	k->leave = 1;
	r = callrun(&k);
	if(k != nil){
		if(k->m->mux == nil)
			fidclose(k->r.fid);
		else
			muxfidgone(k);
	}
	callfree(k);
	return r;
}

/* --- stat --- */
long mntstat(Chan *c, uchar *buf, u32int n)
{
	Call *k;
	long r;

	if((k = callnew(c->mnt, c, Tstat)) == nil)
		return -1;
	k->r.buf = (Buf){ .p = buf, .n = n };
	if(parks(k->m)){
		if((k->own = malloc(n)) == nil){
			callfree(k);
			return seterr(Enomem);
		}
		k->r.buf.p = k->own;
		k->leave = 1;
	}
	if((r = callrun(&k)) == 0){
		r = k->r.rcount;
		if(k->own != nil)
			memmove(buf, k->own, r);
	}
	callfree(k);
	return r;
}

int mntwstat(Chan *c, uchar *buf, u32int n)
{
	Call *k;
	char *strs;
	int r;

	if((k = callnew(c->mnt, c, Twstat)) == nil)
		return -1;
	if(k->m->mux != nil){
		k->stat = buf;
		k->nstat = n;
	}else{
		strs = (char*)buf;
		if(parks(k->m)){
			if((k->own = strs = malloc(n)) == nil){
				callfree(k);
				return seterr(Enomem);
			}
			k->leave = 1;
		}
		convM2D(buf, n, &k->r.d, strs);
	}
	r = callrun(&k);
	callfree(k);
	if(c->flag & CCache)
		cachechanged(c);
	return r;
}

/* --- data --- */

/* where byte off of b is, and how many lie there in one piece */
static uchar *bufat(Buf *b, u32int off, u32int *n)
{
	u32int at;

	*n = b->n - off;
	if(b->p != nil)
		return b->p + off;
	at = b->off + off;
	*n = MIN(*n, BUFPAGE - at%BUFPAGE);
	return b->page[at/BUFPAGE] + at%BUFPAGE;
}

/* as bufcopy, from u */
static u32int upartcopy(Buf *to, u32int tooff, Upart *u, u32int off, u32int n)
{
	Iopart *v;
	uchar *t;
	u32int done, k;

	if(tooff > to->n)
		return 0;
	n = MIN(n, to->n - tooff);
	for(v = u->v; off >= v->n; v++)
		off -= v->n;
	up->nofault = 1;
	for(done = 0; done < n; done += k){
		t = bufat(to, tooff+done, &k);
		k = MIN(k, n-done);
		k = MIN(k, v->n-off);
		if(copyin(t, (uintptr)v->p + off, k) < 0){
			u->failed = 1;
			break;
		}
		if((off += k) == v->n){
			off = 0;
			v++;
		}
	}
	up->nofault = 0;
	return done;
}

/* n bytes of s from off on, to tooff of to: how many; cut at to's end */
u32int partcopyall(Buf *to, u32int tooff, Part *s, u32int off, u32int n)
{
	Buf h;
	u32int k;

	k = 0;
	if(off < s->nh){
		h = (Buf){ .p = s->h, .n = s->nh };
		k = bufcopy(to, tooff, &h, off, MIN(n, s->nh-off));
		n -= k;
		off += k;
	}
	if(n > 0 && s->b != nil && off >= s->nh)
		k += bufcopy(to, tooff+k, s->b, off-s->nh, n);
	else if(n > 0 && s->u != nil && off < s->n)
		k += upartcopy(to, tooff+k, s->u, off-s->nh, MIN(n, s->n-off));
	return k;
}

/* the same to plain memory */
u32int partget(Part *s, u32int off, void *p, u32int n)
{
	Buf b;

	if(off < s->nh && n <= s->nh - off){
		memmove(p, s->h+off, n);
		return n;
	}
	b = (Buf){ .p = p, .n = n };
	return partcopyall(&b, 0, s, off, n);
}

/* the n bytes of b from off on */
void bufslice(Buf *b, u32int off, u32int n, Buf *part)
{
	u32int at;

	*part = (Buf){ .n = n };
	if(b->p != nil)
		part->p = b->p + off;
	else if(b->page != nil){
		at = b->off + off;
		part->page = b->page + at/BUFPAGE;
		part->off = at%BUFPAGE;
	}
}

u32int bufcopy(Buf *to, u32int tooff, Buf *from, u32int fromoff, u32int n)
{
	uchar *t, *f;
	u32int tn, fn, done;

	if(tooff > to->n || fromoff > from->n)
		return 0;
	n = MIN(n, to->n - tooff);
	n = MIN(n, from->n - fromoff);
	if(to->p != nil && from->p != nil){
		memmove(to->p+tooff, from->p+fromoff, n);
		return n;
	}
	for(done = 0; done < n; done += tn){
		t = bufat(to, tooff+done, &tn);
		f = bufat(from, fromoff+done, &fn);
		tn = MIN(tn, fn);
		tn = MIN(tn, n-done);
		memmove(t, f, tn);
	}
	return n;
}

/*
 * Transfer b, in pieces of c's iounit; stops at the first that falls short.
 * The bytes done; an error counts only if there are none.
 */
static long iorun(Call **kp, Chan *c, int type, Buf *b, vlong off)
{
	Call *k;
	u32int done, n;

	if(c->mnt->mux != nil && b->n > c->iounit && muxmay(c->mnt->mux, type))
		return muxmany(c, type, b, off);
	done = 0;
	do{
		k = *kp;
		n = MIN(b->n - done, c->iounit);
		bufslice(b, done, n, &k->r.buf);
		k->r.count = n;
		k->r.offset = off+done;
		if(callrun(kp) < 0)
			return done > 0? (long)done: -1;
		done += k->r.rcount;
	}while(k->r.rcount == n && done < b->n);
	return done;
}

static long iobuf(Chan *c, int type, Buf *b, vlong off)
{
	Call *k;
	long r;

	if((k = callnew(c->mnt, c, type)) == nil)
		return -1;
	r = iorun(&k, c, type, b, off);
	callfree(k);
	return r;
}

/* the same of a channel that is not open, or of which something is kept */
static long ioother(Chan *c, int type, Place *p, long n, vlong off)
{
	if((c->flag & COpen) == 0)
		return seterr(Enotopen);
	return cacheio(c, type, p, n, off);
}

long mntio(Chan *c, int type, Buf *b, vlong off)
{
	if((c->flag & (COpen|CKeeps)) != COpen)
		return ioother(c, type, &(Place){ .b = b }, b->n, off);
	return iobuf(c, type, b, off);
}

/* a short transfer, by way of the Call's own memory */
static long iosmall(Chan *c, int type, uintptr va, u32int n, vlong off)
{
	Call *k;
	long r;

	if((k = callnew(c->mnt, c, type)) == nil)
		return -1;
	k->leave = 1;
	k->r.buf = (Buf){ .p = k->small, .n = n };
	k->r.count = n;
	k->r.offset = off;
	r = -1;
	if(type == Twrite && copyin(k->small, va, n) < 0)
		goto Out;
	if(callrun(&k) < 0)
		goto Out;
	r = k->r.rcount;
	if(type == Tread && copyout(va, k->small, r) < 0)
		r = -1;
Out:
	callfree(k);
	return r;
}

/* read n bytes into user memory at va, by way of the Call's own if they are few; or -1 */
static long readpart(Call **kp, uintptr va, u32int n, vlong off)
{
	Call *k;
	long r;

	k = *kp;
	k->r.count = n;
	k->r.offset = off;
	if(n <= SMALLIO)
		k->r.buf = (Buf){ .p = k->small, .n = n };
	else{
		if(bufpin(&k->pin, va, n, 1, k->room, NROOM) < 0){
			k->pin.n = 0;
			return -1;
		}
		k->r.buf = k->pin;
	}
	r = callrun(kp) < 0? -1: (long)k->r.rcount;
	if((k = *kp) == nil)
		return -1;
	if(n > SMALLIO){
		bufunpin(&k->pin, k->room);
		k->pin.n = 0;
	}else if(r > 0 && copyout(va, k->small, r) < 0)
		r = -1;
	return r;
}

/* what is left at once of a message of which some was read */
static long iorest(Chan *c, uintptr va, u32int n, vlong off)
{
	Call *k;
	long r;

	if((k = callnew(c->mnt, c, Tread)) == nil)
		return 0;
	k->leave = 1;
	k->more = n;
	r = readpart(&k, va, n, off);
	callfree(k);
	return MAX(r, 0);
}

long (*quickget)(Chan*, uchar*, u32int, u32int*);
long (*quickput)(Chan*, uchar*, u32int);
int (*quickpass)(Chan*, Part*);

static long quickread(Chan *c, uintptr va, long n, vlong off)
{
	uchar buf[SMALLIO];
	u32int left;
	long r;

	left = 0;
	if((r = quickget(c, buf, MIN(n, SMALLIO), &left)) <= 0)
		return r;
	if(copyout(va, buf, r) < 0)
		return -1;
	if(left > 0 && r < n)
		r += iorest(c, va+r, MIN(n-r, left), off+r);
	return r;
}

/* a read for which all of its room is pinned that the last one needed */
static long longread(Chan *c, uintptr va, u32int n, vlong off)
{
	Call *k;
	long r, left;

	if((k = callnew(c->mnt, c, Tread)) == nil)
		return -1;
	k->leave = 1;
	r = readpart(&k, va, MIN(n, c->big), off);
	left = k == nil || r <= 0? 0: MIN(n-r, k->more);
	callfree(k);
	if(left > 0)
		r += iorest(c, va+r, left, off+r);
	return r;
}

/*
 * A read with much room of a server that mostly gives little: what comes is
 * mostly short, and pinning all the room for it costs more than copying.  So
 * ask for as much as came the last time; if that was not all, the server says
 * how much there is, which is fetched at once.
 */
long mntquickread(Chan *c, uintptr va, long n, vlong off)
{
	long r;

	if(c->big == 0 || n <= SMALLIO)
		r = quickread(c, va, n, off);
	else
		r = longread(c, va, MIN(n, c->iounit), off);
	c->big = r > SMALLIO? r: 0;
	return r;
}

long mntquickwrite(Chan *c, uintptr va, u32int n, vlong off)
{
	uchar buf[SMALLIO];
	long r;

	if(copyin(buf, va, n) < 0)
		return -1;
	if((r = quickput(c, buf, n)) >= 0)
		return r;
	return iosmall(c, Twrite, va, n, off);
}

/* a part of a user's transfer, its pages pinned together */
static long iopinned(Chan *c, int type, uintptr va, u32int n, vlong off)
{
	Call *k;
	long r;

	if((k = callnew(c->mnt, c, type)) == nil)
		return -1;
	k->leave = 1;
	if(bufpin(&k->pin, va, n, type == Tread, k->room, NROOM) < 0){
		k->pin.n = 0;
		r = -1;
	}else
		r = iorun(&k, c, type, &k->pin, off);
	callfree(k);
	return r;
}

static long iouser(Chan *c, int type, uintptr va, long n, vlong off)
{
	long done, m, r, piece;

	if(n <= SMALLIO && n <= c->iounit)
		return iosmall(c, type, va, n, off);
	if(n <= c->iounit)
		return iopinned(c, type, va, n, off);
	piece = MAX(MiB/c->iounit, 1) * (long)c->iounit;
	done = 0;
	do{
		m = MIN(n-done, piece);
		if((r = iopinned(c, type, va+done, m, off+done)) < 0)
			return done > 0? done: -1;
		done += r;
	}while(r == m && done < n);
	return done;
}

long mntdirect(Chan *c, int type, Place *p, long done, long n, vlong off)
{
	Buf b;

	if(p->b == nil)
		return iouser(c, type, p->va+done, n, off);
	bufslice(p->b, done, n, &b);
	return iobuf(c, type, &b, off);
}

long mntiouser(Chan *c, int type, uintptr va, long n, vlong off)
{
	if((c->flag & (COpen|CKeeps)) != COpen)
		return ioother(c, type, &(Place){ .va = va }, n, off);
	return iouser(c, type, va, n, off);
}
