/*
 * client.c: the client's end of a connection.
 *
 * For one process at a time, which reads answers while it waits: a call that
 * is answered before its turn is kept in its C9call.  Answers to reads are
 * copied straight to the reader's memory.
 *
 * The server is not trusted: an answer with an unknown tag, of the wrong
 * type, longer than was asked, or that does not parse, ends the connection,
 * after which every call fails at once.  A read of the channel that fails
 * with "interrupted" makes the call that waits flush itself; interrupted
 * again, it gives up the connection, whose state it no longer knows.
 * No locks; everything that waits for the server sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

enum {
	Window = 8,		/* reads or writes on their way at once */
	Maxcalls = 4096,
};

struct C9call {
	u16int tag;
	u8int type;
	u8int done;
	u16int nwname;
	u32int count;
	uchar *dst;		/* read data goes here, if not nil */
	uchar *msg;		/* an answer that came out of turn, owned */
	Fcall f;
	C9call *next;
};

struct C9 {
	Io *io;
	u32int msize;
	int dead;
	Msgin in;
	uchar *out;		/* msize bytes */
	C9call *calls;		/* no answer taken yet */
	int ncalls;
	u16int tag;		/* last used */
	uchar *last;		/* the answer c9wait gave, if owned */
	u32int *fids;		/* bits of the numbers in use */
	u32int nfids;
};

static int dead(C9 *c, char *why)
{
	c->dead = 1;
	werrstr("%s", why);
	return -1;
}

int c9dead(C9 *c)
{
	return c->dead;
}

u32int c9iounit(C9 *c)
{
	return c->msize-IOHDRSZ;
}

/* --- fid numbers --- */
u32int c9fidnew(C9 *c)
{
	u32int i, b, n;
	u32int *p;

	for(i = 0; i < c->nfids; i++)
		if(c->fids[i] != ~0U)
			break;
	if(i == c->nfids){
		n = c->nfids == 0? 4: 2*c->nfids;
		if((p = realloc(c->fids, n*sizeof p[0])) == nil){
			werrstr("%s", Enomem);
			return NOFID;
		}
		memset(p+c->nfids, 0, (n-c->nfids)*sizeof p[0]);
		c->fids = p;
		c->nfids = n;
	}
	b = __builtin_ctz(~c->fids[i]);
	c->fids[i] |= 1U<<b;
	return i*32+b;
}

void c9fidfree(C9 *c, u32int fid)
{
	if(fid/32 < c->nfids)
		c->fids[fid/32] &= ~(1U<<fid%32);
}

/* --- calls --- */
static C9call *callfind(C9 *c, u16int tag)
{
	C9call *k;

	for(k = c->calls; k != nil && k->tag != tag; k = k->next)
		;
	return k;
}

static void callfree(C9 *c, C9call *k)
{
	C9call **l;

	for(l = &c->calls; *l != k; l = &(*l)->next)
		;
	*l = k->next;
	c->ncalls--;
	free(k->msg);
	free(k);
}

C9call *c9send(C9 *c, Fcall *t)
{
	C9call *k;
	u32int n;

	if(c->dead || c->ncalls >= Maxcalls){
		werrstr("%s", c->dead? Ehungup: Enoreqs);
		return nil;
	}
	if((k = mallocz(sizeof *k, 1)) == nil){
		werrstr("%s", Enomem);
		return nil;
	}
	if(t->type == Tversion)
		t->tag = NOTAG;
	else{
		do
			c->tag = c->tag+1 == NOTAG? 0: c->tag+1;
		while(callfind(c, c->tag) != nil);
		t->tag = c->tag;
	}
	k->tag = t->tag;
	k->type = t->type;
	k->count = t->count;
	k->nwname = t->nwname;
	if((n = convS2M(t, c->out, c->msize)) == 0){
		free(k);
		werrstr("%s", Ebadcount);
		return nil;
	}
	k->next = c->calls;
	c->calls = k;
	c->ncalls++;
	if(c->io->write(c->io, c->out, n) == (long)n)
		return k;
	callfree(c, k);
	c->dead = 1;
	return nil;
}

/* is f an answer to k that keeps within what was asked? */
static int fits(C9call *k, Fcall *f)
{
	if(f->type == Rerror)
		return k->type != Tflush;
	if(f->type != k->type+1)
		return 0;
	switch(f->type){
	case Rread:
	case Rwrite:
		return f->count <= k->count;
	case Rwalk:
		return f->nwqid <= k->nwname;
	case Rstat:
		return statcheck(f->stat, f->nstat) == 0;
	}
	return 1;
}

/* read one answer and give it to its call, which is returned; nil and errstr */
static C9call *recv(C9 *c)
{
	C9call *k;
	uchar *m;
	Fcall f;
	int n;

	memset(&f, 0, sizeof f);
	n = msginread(&c->in, &m);
	if(n <= 0){
		if(n == 0)
			werrstr("%s", Ehungup);
		return nil;
	}
	if(convM2S(m, n, &f) != (u32int)n || (k = callfind(c, f.tag)) == nil || k->done || !fits(k, &f)){
		dead(c, Ebotch);
		return nil;
	}
	if(f.type == Rread && k->dst != nil)
		memmove(k->dst, f.data, f.count);
	k->f = f;
	k->done = 1;
	return k;
}

/* keep k's answer beyond the next read */
static int keep(C9 *c, C9call *k)
{
	uchar *old;
	u32int n;

	if(k->f.type == Rread && k->dst != nil)
		return 0;
	n = sizeS2M(&k->f);
	if((k->msg = malloc(n)) == nil)
		return dead(c, Enomem);
	old = k->msg;
	convS2M(&k->f, old, n);
	convM2S(old, n, &k->f);
	return 0;
}

/* wait until k has its answer; errstr may be "interrupted", and nothing lost */
static int await(C9 *c, C9call *k)
{
	char e[ERRMAX];
	C9call *got;

	while(!k->done){
		if(c->dead){
			werrstr("%s", Ehungup);
			return -1;
		}
		if((got = recv(c)) == nil){
			rerrstr(e, sizeof e);
			if(strcmp(e, Eintr) != 0)
				c->dead = 1;
			return -1;
		}
		if(got != k && keep(c, got) < 0)
			return -1;
	}
	return 0;
}

/* hand k's answer over in r, error answers as errors */
static int taken(C9 *c, C9call *k, Fcall *r)
{
	*r = k->f;
	free(c->last);
	c->last = k->msg;
	k->msg = nil;
	callfree(c, k);
	if(r->type != Rerror)
		return 0;
	werrstr("%s", r->ename[0] != 0? r->ename: Egreg);
	return -1;
}

int c9flush(C9 *c, C9call *k, Fcall *r)
{
	C9call *fl;
	Fcall t, ans;

	memset(&t, 0, sizeof t);
	t.type = Tflush;
	t.oldtag = k->tag;
	if((fl = c9send(c, &t)) == nil || await(c, fl) < 0){
		c->dead = 1;
		if(fl != nil)
			callfree(c, fl);
		callfree(c, k);
		return -1;
	}
	taken(c, fl, &ans);
	if(!k->done){
		callfree(c, k);
		return 0;
	}
	taken(c, k, r);
	return 1;
}

int c9wait(C9 *c, C9call *k, Fcall *r)
{
	char e[ERRMAX];

	if(await(c, k) == 0)
		return taken(c, k, r);
	rerrstr(e, sizeof e);
	if(c->dead){
		callfree(c, k);
		werrstr("%s", e);
		return -1;
	}
	switch(c9flush(c, k, r)){
	case 0:
		werrstr("%s", Eintr);
		return -1;
	case 1:	/* it was answered all the same */
		return r->type == Rerror? -1: 0;
	}
	return -1;
}

static int rpc(C9 *c, Fcall *t, Fcall *r)
{
	C9call *k;

	if((k = c9send(c, t)) == nil)
		return -1;
	return c9wait(c, k, r);
}

static Fcall call(int type, u32int fid)
{
	Fcall t;

	memset(&t, 0, sizeof t);
	t.type = type;
	t.fid = fid;
	return t;
}

/* --- the connection --- */
static int version(C9 *c)
{
	Fcall t, r;

	t = call(Tversion, 0);
	t.msize = c->msize;
	t.version = VERSION9P;
	if(rpc(c, &t, &r) < 0)
		return -1;
	if(strcmp(r.version, VERSION9P) != 0 || r.msize > c->msize || r.msize < MINMSIZE){
		werrstr("server speaks %s, messages of %ud bytes", r.version, r.msize);
		return -1;
	}
	c->msize = r.msize;
	return 0;
}

C9 *c9new(Io *io, u32int msize)
{
	C9 *c;

	if(msize < MINMSIZE || msize > MAXMSIZE)
		msize = MAXMSIZE;
	if((c = mallocz(sizeof *c, 1)) == nil)
		goto Nomem;
	c->io = io;
	c->msize = msize;
	if((c->out = malloc(msize)) == nil || msginopen(&c->in, io, msize) < 0)
		goto Nomem;
	if(version(c) == 0)
		return c;
	c9free(c);
	return nil;

Nomem:
	if(c != nil)
		c9free(c);
	werrstr("%s", Enomem);
	return nil;
}

void c9free(C9 *c)
{
	while(c->calls != nil)
		callfree(c, c->calls);
	msginclose(&c->in);
	free(c->out);
	free(c->last);
	free(c->fids);
	free(c);
}

/* --- files --- */
int c9auth(C9 *c, u32int afid, char *uname, char *aname, Qid *q)
{
	Fcall t, r;

	t = call(Tauth, 0);
	t.afid = afid;
	t.uname = uname;
	t.aname = aname;
	if(rpc(c, &t, &r) < 0)
		return -1;
	if(q != nil)
		*q = r.aqid;
	return 0;
}

int c9attach(C9 *c, u32int fid, u32int afid, char *uname, char *aname, Qid *q)
{
	Fcall t, r;

	t = call(Tattach, fid);
	t.afid = afid;
	t.uname = uname;
	t.aname = aname;
	if(rpc(c, &t, &r) < 0)
		return -1;
	if(q != nil)
		*q = r.qid;
	return 0;
}

/* up to MAXWELEM names of *path into t, in buf of n bytes; *path moves on */
static int names(Fcall *t, char **path, char *buf, usize n)
{
	char *p;
	usize k;

	p = *path;
	for(t->nwname = 0; t->nwname < MAXWELEM; t->nwname++){
		while(*p == '/')
			p++;
		if(*p == 0)
			break;
		for(k = 0; p[k] != 0 && p[k] != '/'; k++)
			;
		if(k == 1 && p[0] == '.'){
			p++;
			t->nwname--;
			continue;
		}
		if(k+1 > n)
			break;
		t->wname[t->nwname] = buf;
		memmove(buf, p, k);
		buf[k] = 0;
		buf += k+1;
		n -= k+1;
		p += k;
	}
	*path = p;
	while(*p == '/')
		p++;
	return *p != 0;
}

/* one Twalk: 0, or -1 and errstr also if it fell short */
static int walkpart(C9 *c, Fcall *t, Qid *q)
{
	Fcall r;

	if(rpc(c, t, &r) < 0)
		return -1;
	if(r.nwqid < t->nwname){
		werrstr("%s", Enonexist);
		return -1;
	}
	if(q != nil && r.nwqid > 0)
		*q = r.wqid[r.nwqid-1];
	return 0;
}

/*
 * Walk newfid (which is not fid) to path, names and slashes, from fid.  If
 * it fails newfid is nowhere.  q, or nil, is set if there are names.
 */
int c9walk(C9 *c, u32int fid, u32int newfid, char *path, Qid *q)
{
	char *buf;
	Fcall t;
	usize n;
	int more, ok, first;

	n = strlen(path)+2;
	if((buf = malloc(n)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	t = call(Twalk, fid);
	t.newfid = newfid;
	first = 1;
	do{
		more = names(&t, &path, buf, n);
		ok = walkpart(c, &t, q);
		if(ok < 0 && !first){
			char e[ERRMAX];

			rerrstr(e, sizeof e);
			t = call(Tclunk, newfid);
			rpc(c, &t, &(Fcall){0});
			werrstr("%s", e);
		}
		first = 0;
		t.fid = newfid;
	}while(ok == 0 && more);
	free(buf);
	return ok;
}

static int opened(C9 *c, Fcall *t, Qid *q, u32int *iounit)
{
	Fcall r;

	if(rpc(c, t, &r) < 0)
		return -1;
	if(q != nil)
		*q = r.qid;
	if(iounit != nil)
		*iounit = r.iounit != 0 && r.iounit < c9iounit(c)? r.iounit: c9iounit(c);
	return 0;
}

int c9open(C9 *c, u32int fid, int mode, Qid *q, u32int *iounit)
{
	Fcall t;

	t = call(Topen, fid);
	t.mode = mode;
	return opened(c, &t, q, iounit);
}

int c9create(C9 *c, u32int fid, char *name, int mode, u32int perm, Qid *q, u32int *iounit)
{
	Fcall t;

	t = call(Tcreate, fid);
	t.name = name;
	t.mode = mode;
	t.perm = perm;
	return opened(c, &t, q, iounit);
}

static C9call *sendio(C9 *c, int type, u32int fid, uchar *p, u32int n, vlong off)
{
	C9call *k;
	Fcall t;

	t = call(type, fid);
	t.offset = off;
	t.count = n;
	if(type == Twrite)
		t.data = (char*)p;
	if((k = c9send(c, &t)) != nil && type == Tread)
		k->dst = p;
	return k;
}

/* wait for a sendio: bytes done, -1 */
static long waitio(C9 *c, C9call *k)
{
	Fcall r;

	if(c9wait(c, k, &r) < 0)
		return -1;
	return r.count;
}

/* move n bytes with up to window requests on their way; a short answer ends it */
static long transfer(C9 *c, int type, u32int fid, uchar *p, long n, vlong off, int window)
{
	C9call *k[Window];
	u32int want[Window], unit;
	long sent, done, m;
	int i, head, tail, over, failed;
	char e[ERRMAX];

	unit = c9iounit(c);
	sent = done = 0;
	head = tail = 0;
	over = failed = 0;
	while(!over || head != tail){
		while(!over && head-tail < window && (sent < n || (n == 0 && head == 0))){
			i = head%window;
			want[i] = n-sent < (long)unit? n-sent: unit;
			if((k[i] = sendio(c, type, fid, p+sent, want[i], off+sent)) == nil){
				rerrstr(e, sizeof e);
				over = failed = 1;
				break;
			}
			head++;
			sent += want[i];
		}
		if(head == tail)
			break;
		i = tail++%window;
		m = waitio(c, k[i]);
		if(over)
			continue;
		if(m < 0){
			rerrstr(e, sizeof e);
			over = failed = 1;
			continue;
		}
		done += m;
		if((u32int)m < want[i] || done == n)
			over = 1;
	}
	if(!failed || done > 0)
		return done;
	werrstr("%s", e);
	return -1;
}

long c9read(C9 *c, u32int fid, void *buf, long n, vlong off)
{
	return transfer(c, Tread, fid, buf, n, off, 1);
}

long c9write(C9 *c, u32int fid, const void *buf, long n, vlong off)
{
	return transfer(c, Twrite, fid, (uchar*)buf, n, off, 1);
}

long c9readn(C9 *c, u32int fid, void *buf, long n, vlong off)
{
	return transfer(c, Tread, fid, buf, n, off, Window);
}

long c9writen(C9 *c, u32int fid, const void *buf, long n, vlong off)
{
	return transfer(c, Twrite, fid, (uchar*)buf, n, off, Window);
}

Dir *c9stat(C9 *c, u32int fid)
{
	Fcall t, r;
	Dir *d;

	t = call(Tstat, fid);
	if(rpc(c, &t, &r) < 0)
		return nil;
	if((d = malloc(sizeof *d + r.nstat)) == nil){
		werrstr("%s", Enomem);
		return nil;
	}
	convM2D(r.stat, r.nstat, d, (char*)(d+1));
	return d;
}

/* records in n bytes at m, or -1 if they are not whole, good ones */
static long countdirs(uchar *m, long n)
{
	Dir d;
	long i, k, nd;

	nd = 0;
	for(i = 0; i < n; i += k, nd++)
		if((k = convM2D(m+i, n-i, &d, nil)) == 0)
			return -1;
	return nd;
}

/*
 * The entries that the directory has at *off, which is moved on: how many,
 * and in *d one piece of memory with all of them; 0 at the end.
 */
long c9dirread(C9 *c, u32int fid, vlong *off, Dir **d)
{
	uchar *buf;
	char *strs;
	long n, nd, i, k;
	u32int max;

	*d = nil;
	max = c9iounit(c) < STATMAX? c9iounit(c): STATMAX;
	if((buf = malloc(max)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	nd = n = c9read(c, fid, buf, max, *off);
	if(n > 0 && (nd = countdirs(buf, n)) < 0)
		werrstr("%s", Ebotch);
	if(nd > 0 && (*d = malloc(nd*sizeof **d + n)) == nil){
		werrstr("%s", Enomem);
		nd = -1;
	}
	if(nd > 0){
		strs = (char*)(*d+nd);
		for(i = 0, k = 0; i < nd; i++){
			convM2D(buf+k, n-k, *d+i, strs+k);
			k += get2(buf+k)+BIT16SZ;
		}
		*off += n;
	}
	free(buf);
	return nd;
}

int c9wstat(C9 *c, u32int fid, Dir *d)
{
	Fcall t, r;
	uchar *m;
	uint n;
	int ok;

	n = sizeD2M(d);
	if(n > STATMAX || (m = malloc(n)) == nil){
		werrstr("%s", n > STATMAX? Ebadstat: Enomem);
		return -1;
	}
	t = call(Twstat, fid);
	t.nstat = convD2M(d, m, n);
	t.stat = m;
	ok = rpc(c, &t, &r);
	free(m);
	return ok;
}

static int endfid(C9 *c, int type, u32int fid)
{
	Fcall t, r;
	int ok;

	t = call(type, fid);
	ok = rpc(c, &t, &r);
	c9fidfree(c, fid);
	return ok;
}

int c9clunk(C9 *c, u32int fid)
{
	return endfid(c, Tclunk, fid);
}

int c9remove(C9 *c, u32int fid)
{
	return endfid(c, Tremove, fid);
}
