/*
 * rpc.c: a function for each 9P2000.L message that the translator sends.
 * Messages are built and taken apart in small buffers; file data goes
 * straight between the transport and the client's pages.  Every length in
 * an answer is checked: the host is not trusted.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ninep.h"

enum {
	Rlerror = 7,
	Tlopen = 12, Tlcreate = 14, Trename = 20, Treadlink = 22,
	Tgetattr = 24, Tsetattr = 26, Tfsync = 50,
	Tmkdir = 72, Trenameat = 74, Tunlinkat = 76,
	Getattrbasic = 0x7ff,
};

struct L9msg {	/* a message being made, or an answer being read */
	uchar *base, *p, *e;
	int bad;		/* it did not fit */
};

static void put(L9msg *m, u64int v, int n)
{
	if(m->e - m->p < n){
		m->bad = 1;
		return;
	}
	for(; n > 0; n--, v >>= 8)
		*m->p++ = v;
}

static void putstr(L9msg *m, char *s)
{
	usize n = strlen(s);

	put(m, n, 2);
	if(m->bad || n > 0xffff || (usize)(m->e - m->p) < n){
		m->bad = 1;
		return;
	}
	memmove(m->p, s, n);
	m->p += n;
}

static u64int get(L9msg *m, int n)
{
	u64int v = 0;
	int i;

	if(m->e - m->p < n){
		m->bad = 1;
		m->p = m->e;
		return 0;
	}
	for(i = 0; i < n; i++)
		v |= (u64int)m->p[i] << 8*i;
	m->p += n;
	return v;
}

static Qid getqid(L9msg *m)
{
	Qid q;

	q.type = get(m, 1);
	q.vers = get(m, 4);
	q.path = get(m, 8);
	return q;
}

static void start(L9msg *m, uchar *buf, int n, int type)
{
	m->base = m->p = buf;
	m->e = buf + n;
	m->bad = 0;
	put(m, 0, 4);
	put(m, type, 1);
	put(m, NOTAG, 2);
}

static int fail(char *e)
{
	werrstr("%s", e);
	return -1;
}

static int hosterror(L9msg *m)
{
	u32int code = get(m, 4);
	char *e = l9error(code);

	if(m->bad)
		return fail(Ebadmsg);
	if(e != nil)
		return fail(e);
	werrstr("host error %ud", code);
	return -1;
}

/*
 * Send m with nout bytes of out behind it; the answer must be of the type
 * after m's, and is left in m (reusing its buffer), without data that went to in.
 */
static long rpc(L9 *l, L9msg *m, Buf *out, u32int nout, Buf *in, uchar *r, u32int nr)
{
	u32int n = m->p - m->base, type = m->base[4], i;
	u32int size = n + nout;
	long got;

	if(m->bad)
		return fail(Etoolong);
	for(i = 0; i < 4; i++)
		m->base[i] = size >> 8*i;
	got = l->io->rpc(l->io, m->base, n, out, nout, r, nr, in);
	if(got < 0)
		return -1;
	if(got < L9hdr)
		return fail(Ebadmsg);
	m->base = r;
	m->p = r + L9hdr;
	m->e = r + (got < (long)nr ? got : (long)nr);
	m->bad = 0;
	if(r[4] == Rlerror)
		return hosterror(m);
	if(r[4] != type+1)
		return fail(Ebadmsg);
	return got;
}

static long simple(L9 *l, L9msg *m)
{
	return rpc(l, m, nil, 0, nil, m->base, m->e - m->base);
}

static int done(L9msg *m)
{
	return m->bad ? fail(Ebadmsg) : 0;
}

u32int l9fid(L9 *l)
{
	u32int f;

	qlock(&l->lk);
	f = l->nfreefid > 0 ? l->freefid[--l->nfreefid] : l->nextfid++;
	qunlock(&l->lk);
	return f;
}

/* a number that cannot be kept for reuse is just lost: there are 2^32 */
static void fidfree(L9 *l, u32int f)
{
	u32int *nf;

	qlock(&l->lk);
	if(l->nfreefid == l->capfreefid){
		nf = realloc(l->freefid, (l->capfreefid+64) * sizeof nf[0]);
		if(nf == nil)
			goto out;
		l->freefid = nf;
		l->capfreefid += 64;
	}
	l->freefid[l->nfreefid++] = f;
out:
	qunlock(&l->lk);
}

/* when the answer to a clunk is lost the number may still be in use: it is not given out again */
void l9clunk(L9 *l, u32int fid)
{
	uchar buf[64];
	L9msg m;

	if(fid == NOFID)
		return;
	start(&m, buf, sizeof buf, Tclunk);
	put(&m, fid, 4);
	if(simple(l, &m) >= 0)
		fidfree(l, fid);
}

static int version(L9 *l)
{
	uchar buf[64];
	L9msg m;
	u32int n;

	start(&m, buf, sizeof buf, Tversion);
	put(&m, l->io->msize, 4);
	putstr(&m, "9P2000.L");
	if(simple(l, &m) < 0)
		return -1;
	l->msize = get(&m, 4);
	n = get(&m, 2);
	if(m.bad || l->msize > l->io->msize || l->msize < L9small || n != 8 || m.e - m.p < 8 || memcmp(m.p, "9P2000.L", 8) != 0)
		return fail("host does not speak 9P2000.L");
	return 0;
}

static int attach(L9 *l, u32int fid, Qid *q)
{
	uchar buf[L9small];
	L9msg m;

	start(&m, buf, sizeof buf, Tattach);
	put(&m, fid, 4);
	put(&m, NOFID, 4);
	putstr(&m, "");
	putstr(&m, l->io->aname != nil ? l->io->aname : "");
	put(&m, l->io->uid, 4);
	if(simple(l, &m) < 0)
		return -1;
	*q = getqid(&m);
	return done(&m);
}

L9 *l9new(L9io *io)
{
	L9 *l = mallocz(sizeof *l, 1);

	if(l == nil)
		return nil;
	l->io = io;
	l->nhash = 64;
	l->hash = mallocz(l->nhash * sizeof l->hash[0], 1);
	l->root = mallocz(sizeof *l->root, 1);
	if(l->hash == nil || l->root == nil)
		goto bad;
	l->root->ref = 1;
	l->root->hfid = l->nextfid++;
	if(version(l) < 0 || attach(l, l->root->hfid, &l->root->qid) < 0)
		goto bad;
	return l;
bad:
	free(l->root);
	free(l->hash);
	free(l);
	return nil;
}

void l9free(L9 *l)
{
	nodeclose(l, l->root);
	free(l->hash);
	free(l->freefid);
	free(l);
}

/* newfid is given back when the host said no: but not after an answer that makes no sense */
int l9walk(L9 *l, u32int fid, u32int newfid, int n, char **name, Qid *q)
{
	uchar buf[L9small];
	L9msg m;
	int i, nq;

	start(&m, buf, sizeof buf, Twalk);
	put(&m, fid, 4);
	put(&m, newfid, 4);
	put(&m, n, 2);
	for(i = 0; i < n; i++)
		putstr(&m, name[i]);
	if(m.bad || simple(l, &m) < 0){
		if(m.bad){
			fidfree(l, newfid);
			return fail(Etoolong);
		}
		if(buf[4] == Rlerror)
			fidfree(l, newfid);
		return -1;
	}
	nq = get(&m, 2);
	if(m.bad || nq > n)
		return fail(Ebadmsg);
	for(i = 0; i < nq; i++)
		q[i] = getqid(&m);
	if(m.bad)
		return fail(Ebadmsg);
	return nq;	/* after part of the way some servers keep newfid, so its number is not used again */
}

int l9open(L9 *l, u32int fid, u32int flags, u32int *iounit)
{
	uchar buf[64];
	L9msg m;

	start(&m, buf, sizeof buf, Tlopen);
	put(&m, fid, 4);
	put(&m, flags, 4);
	if(simple(l, &m) < 0)
		return -1;
	getqid(&m);
	*iounit = get(&m, 4);
	return done(&m);
}

int l9create(L9 *l, u32int fid, char *name, u32int flags, u32int mode, Qid *q)
{
	uchar buf[L9small];
	L9msg m;

	start(&m, buf, sizeof buf, Tlcreate);
	put(&m, fid, 4);
	putstr(&m, name);
	put(&m, flags, 4);
	put(&m, mode, 4);
	put(&m, ~0U, 4);
	if(simple(l, &m) < 0)
		return -1;
	*q = getqid(&m);
	return done(&m);
}

int l9mkdir(L9 *l, u32int dirfid, char *name, u32int mode, Qid *q)
{
	uchar buf[L9small];
	L9msg m;

	start(&m, buf, sizeof buf, Tmkdir);
	put(&m, dirfid, 4);
	putstr(&m, name);
	put(&m, mode, 4);
	put(&m, ~0U, 4);
	if(simple(l, &m) < 0)
		return -1;
	*q = getqid(&m);
	return done(&m);
}

long l9read(L9 *l, u32int fid, vlong off, u32int n, Buf *to)
{
	uchar buf[64];
	L9msg m;
	u32int count;
	long got;

	if(n > l->msize - IOHDRSZ)
		n = l->msize - IOHDRSZ;
	start(&m, buf, sizeof buf, Tread);
	put(&m, fid, 4);
	put(&m, off, 8);
	put(&m, n, 4);
	got = rpc(l, &m, nil, 0, to, buf, sizeof buf);
	if(got < 0)
		return -1;
	count = get(&m, 4);
	if(m.bad || count > n || count > got - L9hdr - 4)
		return fail(Ebadcount);
	return count;
}

long l9write(L9 *l, u32int fid, vlong off, u32int n, Buf *from)
{
	uchar buf[64];
	L9msg m;
	u32int count;

	if(n > l->msize - IOHDRSZ)
		n = l->msize - IOHDRSZ;
	start(&m, buf, sizeof buf, Twrite);
	put(&m, fid, 4);
	put(&m, off, 8);
	put(&m, n, 4);
	if(rpc(l, &m, from, n, nil, buf, sizeof buf) < 0)
		return -1;
	count = get(&m, 4);
	if(m.bad || count > n)
		return fail(Ebadcount);
	return count;
}

int l9getattr(L9 *l, u32int fid, L9attr *a)
{
	uchar buf[256];
	L9msg m;

	start(&m, buf, sizeof buf, Tgetattr);
	put(&m, fid, 4);
	put(&m, Getattrbasic, 8);
	if(simple(l, &m) < 0)
		return -1;
	get(&m, 8);	/* valid: the basic ones always are */
	a->qid = getqid(&m);
	a->mode = get(&m, 4);
	a->uid = get(&m, 4);
	a->gid = get(&m, 4);
	get(&m, 8);	/* nlink */
	get(&m, 8);	/* rdev */
	a->size = get(&m, 8);
	get(&m, 8);	/* block size */
	get(&m, 8);	/* blocks */
	a->atime = get(&m, 8);
	get(&m, 8);
	a->mtime = get(&m, 8);
	return done(&m);
}

int l9setattr(L9 *l, u32int fid, L9set *s)
{
	uchar buf[128];
	L9msg m;

	start(&m, buf, sizeof buf, Tsetattr);
	put(&m, fid, 4);
	put(&m, s->valid, 4);
	put(&m, s->mode, 4);
	put(&m, s->uid, 4);
	put(&m, s->gid, 4);
	put(&m, s->size, 8);
	put(&m, s->atime, 8);
	put(&m, 0, 8);
	put(&m, s->mtime, 8);
	put(&m, 0, 8);
	return simple(l, &m) < 0 ? -1 : 0;
}

static int unsupported(void)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	return strcmp(err, l9error(95)) == 0;
}

/* before there was Trenameat and Tunlinkat, the file's own fid was needed: still so with diod 1.0 */
static int fileop(L9 *l, u32int dir, char *name, int type, u32int newdir, char *newname)
{
	uchar buf[1200];	/* a name */
	u32int fid = l9fid(l);
	L9msg m;
	Qid q;
	int n;

	n = l9walk(l, dir, fid, 1, &name, &q);
	if(n != 1)
		return n < 0 ? -1 : fail(Enonexist);
	start(&m, buf, sizeof buf, type);
	put(&m, fid, 4);
	if(type == Trename){
		put(&m, newdir, 4);
		putstr(&m, newname);
	}
	n = simple(l, &m) < 0 ? -1 : 0;
	if(type == Trename)
		l9clunk(l, fid);
	else if(n == 0 || buf[4] == Rlerror)	/* a remove clunks in any case */
		fidfree(l, fid);
	return n;
}

int l9rename(L9 *l, u32int dir, char *name, u32int newdir, char *newname)
{
	uchar buf[L9small];
	L9msg m;

	start(&m, buf, sizeof buf, Trenameat);
	put(&m, dir, 4);
	putstr(&m, name);
	put(&m, newdir, 4);
	putstr(&m, newname);
	if(simple(l, &m) >= 0)
		return 0;
	return unsupported() ? fileop(l, dir, name, Trename, newdir, newname) : -1;
}

int l9unlink(L9 *l, u32int dir, char *name, int isdir)
{
	uchar buf[L9small];
	L9msg m;

	start(&m, buf, sizeof buf, Tunlinkat);
	put(&m, dir, 4);
	putstr(&m, name);
	put(&m, isdir ? Latremovedir : 0, 4);
	if(simple(l, &m) >= 0)
		return 0;
	return unsupported() ? fileop(l, dir, name, Tremove, 0, nil) : -1;
}

int l9fsync(L9 *l, u32int fid)
{
	uchar buf[64];
	L9msg m;

	start(&m, buf, sizeof buf, Tfsync);
	put(&m, fid, 4);
	put(&m, 0, 4);
	return simple(l, &m) < 0 ? -1 : 0;
}

char *l9readlink(L9 *l, u32int fid)
{
	uchar *buf = malloc(L9small);
	char *s = nil;
	L9msg m;
	u32int n;

	if(buf == nil)
		return nil;
	start(&m, buf, L9small, Treadlink);
	put(&m, fid, 4);
	if(simple(l, &m) < 0)
		goto out;
	n = get(&m, 2);
	if(m.bad || n > m.e - m.p || memchr(m.p, 0, n) != nil){
		fail(Ebadmsg);
		goto out;
	}
	s = malloc(n+1);
	if(s != nil){
		memmove(s, m.p, n);
		s[n] = 0;
	}
out:
	free(buf);
	return s;
}

/* the entries, as l9dirent takes them apart, into buf: bytes */
long l9readdir(L9 *l, u32int fid, u64int off, uchar *buf, u32int n)
{
	uchar t[64];
	L9msg m;
	u32int count, room = n;

	if(room > l->msize)
		room = l->msize;
	start(&m, t, sizeof t, Tlreaddir);
	put(&m, fid, 4);
	put(&m, off, 8);
	put(&m, room - L9hdr - 4, 4);
	if(rpc(l, &m, nil, 0, nil, buf, n) < 0)
		return -1;
	count = get(&m, 4);
	if(m.bad || count > m.e - m.p)
		return fail(Ebadcount);
	memmove(buf, m.p, count);
	return count;
}

/* the name is moved one byte down, over its length, to make room for its end */
int l9dirent(uchar **p, uchar *e, Qid *q, u64int *off, char **name)
{
	L9msg m = { .p = *p, .e = e };
	u32int n;

	if(m.p == m.e)
		return 0;
	*q = getqid(&m);
	*off = get(&m, 8);
	get(&m, 1);
	n = get(&m, 2);
	if(m.bad || n > m.e - m.p || n == 0 || memchr(m.p, 0, n) != nil || memchr(m.p, '/', n) != nil)
		return fail(Ebadmsg);
	*name = (char*)m.p - 1;
	memmove(*name, m.p, n);
	(*name)[n] = 0;
	*p = m.p + n;
	return 1;
}
