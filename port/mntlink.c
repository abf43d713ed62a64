/*
 * mntlink.c: servers that are linked into the kernel.
 *
 * The caller's process runs srvcall; the Req is the answer.  Most servers
 * answer before srvcall returns.  Others keep the Req: then the caller sleeps
 * on its Call until linkdone, which respond calls in some other process.
 *
 * A note flushes the request; the server answers soon after.  If it does not,
 * a second note leaves the Call with the server (AwLeft), and the last one to
 * touch it, linkdone, puts it on the late list; linklate disposes of that in
 * the next process that makes a call, since neither fids nor pages can be
 * given back under respond.  A Call that refers to memory of its caller
 * cannot be left: then the caller waits without regard to notes.
 *
 * Locks: late.lk, a leaf.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"

enum { Nlinked = 64 };
static Mnt *linked[Nlinked];
static int nlinked;

Call *linklatehead;
static struct {
	Lock lk;
	u32int busy;
} late;

/* --- waiting --- */

/* the event comes first, and the Req is ours a moment later */
static void settled(Call *k)
{
	while(!reqisdone(&k->r))
		cpurelax();
}

int callwait(Call *k)
{
	if(await(&k->w) < 0)
		return -1;
	settled(k);
	return 0;
}

void callwaitu(Call *k)
{
	awaitu(&k->w);
	settled(k);
}

/* Req.done: wakes who waits, or notes that nobody does */
void linkdone(Req *r)
{
	Call *k;
	u32int was;

	k = (Call*)r;
	was = __atomic_exchange_n(&k->w.come, AwDone, __ATOMIC_SEQ_CST);
	reqdone(r);
	if(was == AwLeft){
		lock(&late.lk);
		k->next = linklatehead;
		__atomic_store_n(&linklatehead, k, __ATOMIC_RELAXED);
		unlock(&late.lk);
	}else if(was == AwWaits)
		awaken(&k->w);
}

/* leave k with its server: 1, or 0 if it has just been answered */
static int leave(Call *k)
{
	u32int f;

	if(k->chan != nil)
		chanincref(k->chan);
	f = AwNone;
	if(__atomic_compare_exchange_n(&k->w.come, &f, AwLeft, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return 1;
	if(k->chan != nil)
		chanclose(k->chan);
	callwaitu(k);
	return 0;
}

static void finish(Call *f)
{
	if(f == nil)
		return;
	callwaitu(f);
	callfree(f);
}

/* a note came while *kp was waited for; a second one gives up */
static void interrupted(Call **kp)
{
	Call *k, *f;

	k = *kp;
	f = nil;
	if(k->r.type != Tclunk && k->r.type != Tremove)
		f = callnew(k->m, nil, Tflush);
	if(f != nil)
		srvflush(&f->r, &k->r);
	if(callwait(k) < 0){
		if(k->leave && leave(k)){
			*kp = nil;
			if(f != nil && !leave(f))
				callfree(f);
			return;
		}
		callwaitu(k);
	}
	finish(f);
}

/*
 * Wait for a linked server's answer: *kp's r.err says how it ended; nil if it
 * had to be left with the server.
 */
void linkwait(Call **kp)
{
	u32int mark;
	int marked;

	if(callwait(*kp) == 0)
		return;
	marked = up->marked;
	mark = up->mark;
	up->marked = 1;
	up->mark = notemark();
	interrupted(kp);
	up->marked = marked;
	up->mark = mark;
}

/* --- walks that need no request --- */
typedef struct Linkwalk Linkwalk;
struct Linkwalk {
	Srvwalk w;
	Chan *from;
	Mhead *mh;
	uchar *buf;		/* linkwalkstat: room for n bytes */
	u32int n;
	long len;
};

static int ismounted(Qid *q, void *a)
{
	Linkwalk *l;

	l = a;
	return (l->mh = mountpoint(l->from->dev, q)) != nil;
}

/* how many; the mount point where it ended is in *mh, unless that is nil */
static inline int linkgo(Linkwalk *l, Chan *from, char **names, int n, Qid *q, Mhead **mh)
{
	int got;

	l->w.name = names;
	l->w.n = n;
	l->w.good = 1;
	l->w.q = q;
	l->w.stop = mh == nil || !nscovers(from->dev)? nil: ismounted;
	l->w.arg = l;
	l->from = from;
	l->mh = nil;
	if((got = srvwalk(from->fid, &l->w)) < 0)
		return seterr(l->w.err);
	if(mh != nil)
		*mh = l->mh;
	return got;
}

int linkwalk(Chan *from, char **names, int n, Qid *q, Chan **to, Mhead **mh)
{
	Linkwalk l;
	Chan *c;
	int got;

	l.w.at = nil;
	if((got = linkgo(&l, from, names, n, q, mh)) < 0 || l.w.to == nil)
		return got;
	if((c = channew(from->mnt)) == nil){
		fidclunk(l.w.to);
		return -1;
	}
	c->fid = l.w.to;
	c->qid = n > 0? q[n-1]: from->qid;
	*to = c;
	return n;
}

static void statat(Fid *f, void *a)
{
	Linkwalk *l;
	Call *k;

	l = a;
	l->len = -1;
	if((k = callnew(l->from->mnt, nil, Tstat)) == nil)
		return;
	k->r.fid = f;
	k->r.buf = (Buf){ .p = l->buf, .n = l->n };
	if(callrun(&k) == 0)
		l->len = k->r.rcount;
	callfree(k);
}

/*
 * As linkwalk, but of what all names lead to the record is put into buf, as
 * by mntstat, and no channel is made.  -2: all were walked, and that failed.
 */
int linkwalkstat(Chan *from, char **names, int n, Qid *q, uchar *buf, u32int nbuf, long *len, Mhead **mh)
{
	Linkwalk l;
	int got;

	l.w.at = statat;
	l.buf = buf;
	l.n = nbuf;
	got = linkgo(&l, from, names, n, q, mh);
	if(got != n || l.mh != nil)
		return got;
	*len = l.len;
	return l.len < 0? -2: n;
}

/* --- answers that came too late --- */
static void clunk(Mnt *m, Fid *f)
{
	Call *k;

	if((k = callnew(m, nil, Tclunk)) != nil){
		k->r.fid = f;
		k->leave = 1;
		srvcall(&k->r);
		if(!reqisdone(&k->r))
			linkwait(&k);
		if(k == nil)
			return;
		callfree(k);
	}
	fidclose(f);
}

static void bury(Call *k)
{
	Req *r;

	r = &k->r;
	switch(r->type){
	case Twalk:
		if(r->err == nil && r->nwqid == r->nwname)
			clunk(k->m, r->newfid);
		else
			fidclose(r->newfid);
		break;
	case Tattach:
		if(r->err == nil)
			clunk(k->m, r->fid);
		else
			fidclose(r->fid);
		break;
	case Tclunk:
	case Tremove:
		fidclose(r->fid);
		break;
	}
	chanclose(k->subst);
	chanclose(k->chan);
	callfree(k);
}

void linkbury(void)
{
	Call *k;

	if(__atomic_exchange_n(&late.busy, 1, __ATOMIC_ACQUIRE))
		return;
	for(;;){
		lock(&late.lk);
		if((k = linklatehead) != nil)
			linklatehead = k->next;
		unlock(&late.lk);
		if(k == nil)
			break;
		bury(k);
	}
	__atomic_store_n(&late.busy, 0, __ATOMIC_RELEASE);
}

/* --- what the kernel's own servers ask --- */
void mntsubst(Req *r, Chan *c)
{
	((Call*)r)->subst = c;
}

Chan *reqchan(Req *r)
{
	return ((Call*)r)->chan;
}

Proc *reqproc(Req *r)
{
	return ((Call*)r)->w.p;
}

void mntmore(Req *r, u32int left)
{
	((Call*)r)->more = left;
}

int mntismore(Req *r)
{
	return ((Call*)r)->more != 0;
}

u32int devnew(void)
{
	static u32int last;

	return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

/* --- the table --- */
static int linkadd(Srv *s)
{
	Mnt *m;

	if(s->owner == nil)
		s->owner = hostowner();
	if(s->init != nil && s->init(s, "") < 0)
		return -1;
	if((m = mallocz(sizeof *m, 1)) == nil)
		return seterr(Enomem);
	if((m->conn = connnew(s)) == nil){
		free(m);
		return -1;
	}
	m->srv = s;
	m->type = s->dc;
	m->dev = devnew();
	m->msize = m->conn->msize;
	linked[nlinked++] = m;
	return 0;
}

void srvtabinit(void)
{
	int i;

	for(i = 0; srvtab[i] != nil && nlinked < Nlinked; i++)
		if(srvtab[i]->dc != 0 && linkadd(srvtab[i]) < 0)
			print("%s: not started: %s\n", srvtab[i]->name, geterr());
}

static Mnt *linkfind(int dc)
{
	int i;

	for(i = 0; i < nlinked; i++)
		if(linked[i]->srv->dc == dc && dc != 0)
			return linked[i];
	return nil;
}

static Path *rootpath(int dc, char *spec)
{
	char s[UTFmax+2];
	Path *p;
	Rune r;
	int n;

	r = dc;
	s[0] = '#';
	n = 1 + runetochar(s+1, &r);
	s[n] = 0;
	if((p = pathnew(s, n, strlen(spec))) == nil)
		return nil;
	memmove(p->s+n, spec, strlen(spec)+1);
	p->len = p->root = n + strlen(spec);
	return p;
}

/* the Call keeps copies of the strings, in case it has to be left */
static int attachstrs(Call *k, char *uname, char *spec)
{
	char *s;
	usize n, m;

	n = strlen(uname)+1;
	m = strlen(spec)+1;
	if((s = malloc(n+m)) == nil)
		return seterr(Enomem);
	memmove(s, uname, n);
	memmove(s+n, spec, m);
	k->own = s;
	k->leave = 1;
	k->r.uname = s;
	k->r.name = s+n;
	return 0;
}

/* the channel that the server gave instead of c, by the same name */
static Chan *instead(Chan *c, Call *k)
{
	Chan *s;

	if((s = k->subst) == nil)
		return c;
	k->subst = nil;
	s->path = c->path;
	c->path = nil;
	chanclose(c);
	return s;
}

/*
 * The root of the linked server with that letter, attached to as the current
 * user.  Nil and errstr: there is none, or it refused.
 */
Chan *srvattach(int dc, char *spec)
{
	Mnt *m;
	Call *k;
	Chan *c;

	if((m = linkfind(dc)) == nil)
		return seterrp("unknown device in # filename");
	if((c = channew(m)) == nil)
		return nil;
	/* #e is named without the group it stands for: who says it means his own */
	if((c->path = rootpath(dc, dc == 'e'? "": spec)) == nil || (k = callnew(m, nil, Tattach)) == nil)
		goto Bad;
	k->r.afid = nil;
	if((k->r.fid = fidnew(m->conn, NOFID)) == nil)
		goto Badcall;
	if(attachstrs(k, up->user, spec) < 0 || callrun(&k) < 0){
		if(k != nil)
			fidclose(k->r.fid);
		goto Badcall;
	}
	c->fid = k->r.fid;
	c->qid = k->r.qid;
	if(dc == 'e' && (c->qid.type & QTDIR))
		c->flag |= CEnv;
	c = instead(c, k);
	callfree(k);
	return c;
Badcall:
	callfree(k);
Bad:
	chanclose(c);
	return nil;
}
