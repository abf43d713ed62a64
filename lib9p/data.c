/*
 * data.c: moving a request's data, and reading directories.
 *
 * A handler knows neither where its client's data is nor how it got there;
 * everything goes through bufput and bufget, which never touch a byte beyond
 * the Buf.  No locks but Conn.lk for a directory's position, no memory
 * allocated, nothing sleeps (gen may).
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

/* Copy n bytes at p to offset off of b; what is beyond its end is cut.  Bytes copied. */
u32int bufput(Buf *b, u32int off, const void *p, u32int n)
{
	const uchar *s;
	u32int left, k, o;

	if(off >= b->n)
		return 0;
	if(n > b->n-off)
		n = b->n-off;
	if(b->p != nil){
		memmove(b->p+off, p, n);
		return n;
	}
	s = p;
	for(left = n; left > 0; left -= k){
		o = (b->off+off) % BUFPAGE;
		k = BUFPAGE-o;
		if(k > left)
			k = left;
		memmove(b->page[(b->off+off)/BUFPAGE]+o, s, k);
		s += k;
		off += k;
	}
	return n;
}

/* Copy n bytes at offset off of b to p, fewer if b ends before.  Bytes copied. */
u32int bufget(Buf *b, u32int off, void *p, u32int n)
{
	uchar *d;
	u32int left, k, o;

	if(off >= b->n)
		return 0;
	if(n > b->n-off)
		n = b->n-off;
	if(b->p != nil){
		memmove(p, b->p+off, n);
		return n;
	}
	d = p;
	for(left = n; left > 0; left -= k){
		o = (b->off+off) % BUFPAGE;
		k = BUFPAGE-o;
		if(k > left)
			k = left;
		memmove(d, b->page[(b->off+off)/BUFPAGE]+o, k);
		d += k;
		off += k;
	}
	return n;
}

/* n cut so that off+n does not go beyond what was asked for */
static u32int within(Req *r, u32int off, u32int n)
{
	if(off >= r->count)
		return 0;
	return n < r->count-off? n: r->count-off;
}

/* For handlers of reads: n bytes at p to byte off of the answer.  Does not set rcount. */
int reqput(Req *r, u32int off, const void *p, u32int n)
{
	return bufput(&r->buf, off, p, within(r, off, n));
}

/* For handlers of writes: n bytes at byte off of what is written to p. */
int reqget(Req *r, u32int off, void *p, u32int n)
{
	return bufget(&r->buf, off, p, within(r, off, n));
}

/* --- data that is lent: from the second part on, once npart is not 0 --- */
int reqlends(Req *r)
{
	return r->lent != nil;
}

void reqkeep(Req *r)
{
	Lending *l;
	u32int i, off;

	l = r->lent;
	off = 0;
	for(i = 1; i < l->npart; i++){
		memmove(r->buf.p+off, l->part[i].p, l->part[i].n);
		off += l->part[i].n;
	}
	l->npart = 0;
	r->lent = nil;
}

void reqlend(Req *r, u32int off, const void *p, u32int n)
{
	Lending *l;

	if((l = r->lent) == nil || n == 0){
		reqput(r, off, p, n);
		return;
	}
	if(l->npart == 0){
		l->npart = 1;
		l->n = 0;
	}
	if(off != l->n || n > r->count-off || l->npart == l->max){
		reqkeep(r);
		reqput(r, off, p, n);
		return;
	}
	l->part[l->npart++] = (Iopart){ (void*)p, n };
	l->n += n;
}

u32int lendparts(Lend *x, uchar *head, Iopart **part)
{
	x->part[0] = (Iopart){ head, RREADHDR };
	*part = x->part;
	return x->l.npart;
}

void lendput(Lend *x)
{
	if(x->l.npart > 0)
		reqkeep(&x->r);
}

void lendover(Lend *x)
{
	x->l.npart = 0;
	if(x->r.aux != nil && x->r.srv->destroyreq != nil)
		x->r.srv->destroyreq(&x->r);
	x->r.aux = nil;
}

/*
 * Copy n bytes at offset from of b's data to offset to of a's room; what is
 * beyond the end of either is cut.  Bytes copied.
 */
static u32int bufmove(Buf *a, u32int to, Buf *b, u32int from, u32int n)
{
	u32int left, k, o, put;

	if(b->p != nil)
		return from < b->n? bufput(a, to, b->p+from, n < b->n-from? n: b->n-from): 0;
	if(from >= b->n)
		return 0;
	if(n > b->n-from)
		n = b->n-from;
	for(left = n; left > 0; left -= put){
		o = (b->off+from) % BUFPAGE;
		k = BUFPAGE-o < left? BUFPAGE-o: left;
		put = bufput(a, to, b->page[(b->off+from)/BUFPAGE]+o, k);
		if(put == 0)
			break;
		to += put;
		from += put;
	}
	return n-left;
}

/* For servers that join a write to a read: n bytes at byte from of what w writes to byte to of r's answer.  Does not set rcount. */
int reqmove(Req *r, u32int to, Req *w, u32int from, u32int n)
{
	return bufmove(&r->buf, to, &w->buf, from, within(r, to, within(w, from, n)));
}

/*
 * Take the part of a read of a file whose n bytes are at p.  Sets rcount;
 * the caller still responds.
 */
void readbuf(Req *r, const void *p, vlong n)
{
	r->rcount = 0;
	if(r->offset >= n)
		return;
	n -= r->offset;
	if(n > r->count)
		n = r->count;
	r->rcount = reqput(r, 0, (const uchar*)p+r->offset, n);
}

/* the same of a string's bytes */
void readstr(Req *r, const char *s)
{
	readbuf(r, s, strlen(s));
}

/*
 * Answer a directory read, see 9p.h.  Where the fid stands is read and
 * written under Conn.lk, so reads that race get a consistent one.
 */
char *dirreadat(Req *r, int (*gen)(u64int *i, Dir *d, void *arg), void *arg)
{
	Fid *f;
	Buf b;
	Dir d;
	u64int i;
	vlong want;
	u32int n, k, last;
	int have;

	f = r->fid;
	r->rcount = 0;
	lock(&r->conn->lk);
	last = f->dircount;
	i = r->offset == 0? 0: f->dirindex;
	want = r->offset == 0? 0: f->diroffset;
	unlock(&r->conn->lk);
	if(r->offset != want)
		return Ebadoffset;
	b = r->buf;
	if(b.n > r->count)
		b.n = r->count;
	for(n = 0;; n += k, i++){
		memset(&d, 0, sizeof d);
		have = gen(&i, &d, arg);
		if(have == 0 || (k = bufputdir(&b, n, &d)) == 0)
			break;
	}
	/* a client that fills a buffer asks again for what is left of it: Linux does */
	if(n == 0 && have && (r->offset == 0 || r->count >= last))
		return Eshort;
	lock(&r->conn->lk);
	if(n > 0)
		f->dircount = r->count;
	f->dirindex = i;
	f->diroffset = r->offset+n;
	unlock(&r->conn->lk);
	r->rcount = n;
	return nil;
}

typedef struct Plaingen Plaingen;
struct Plaingen {
	int (*gen)(u64int, Dir*, void*);
	void *arg;
};

static int plaingen(u64int *i, Dir *d, void *arg)
{
	Plaingen *g;
	int have;

	g = arg;
	for(; (have = g->gen(*i, d, g->arg)) < 0; ++*i)
		;
	return have;
}

/* the same with a gen that knows its entries by number, see 9p.h */
char *dirread9p(Req *r, int (*gen)(u64int i, Dir *d, void *arg), void *arg)
{
	Plaingen g;

	g.gen = gen;
	g.arg = arg;
	return dirreadat(r, plaingen, &g);
}

static int same(char *a, char *b)
{
	return a != nil && b != nil && strcmp(a, b) == 0;
}

/*
 * Does d's mode allow uid all of want (AREAD, AWRITE, AEXEC or'ed)?  A user
 * has what others have, what the group has if he is the group's namesake,
 * and what the owner has if he is that.
 */
int hasperm(Dir *d, char *uid, int want)
{
	int m;

	m = d->mode & 7;
	if((m & want) != want && same(d->uid, uid))
		m |= d->mode>>6 & 7;
	if((m & want) != want && same(d->gid, uid))
		m |= d->mode>>3 & 7;
	return (m & want) == want;
}

/* The permissions that an open mode needs on the file. */
int omode2perm(int omode)
{
	static const u8int perm[] = {
		[OREAD] = AREAD,
		[OWRITE] = AWRITE,
		[ORDWR] = AREAD|AWRITE,
		[OEXEC] = AEXEC,
	};

	return perm[omode&3] | (omode & OTRUNC? AWRITE: 0);
}

static int badname(void)
{
	werrstr("%s", Ebadname);
	return -1;
}

/*
 * Is it fit to be a file's name: not empty, "." or "..", not too long, no
 * slash or control character?  0, or -1 and errstr.
 */
int namecheck(const char *name)
{
	const uchar *p;

	p = (const uchar*)name;
	if(p == nil || p[0] == 0 || (p[0] == '.' && (p[1] == 0 || (p[1] == '.' && p[2] == 0))))
		return badname();
	for(; *p != 0; p++)
		if(*p < ' ' || *p == 0x7F || *p == '/')
			return badname();
	if(p-(const uchar*)name > NAMEMAX){
		werrstr("%s", Etoolong);
		return -1;
	}
	return 0;
}
