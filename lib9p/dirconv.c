/*
 * dirconv.c: stat(5) records to Dirs and back.
 *
 * A record is a 16-bit size, not counting itself, a fixed part, and four
 * strings.  statcheck is the only judge of hostile records; convM2D uses it.
 * No locks, no memory allocated, nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

enum {
	Fixed = STATFIXLEN-4*BIT16SZ,	/* up to the first string */
	Nstr = 4,
};

typedef struct Strs Strs;
struct Strs {
	char *s[Nstr];
	uint n[Nstr];
};

static inline uint slen(char *s)
{
	return s == nil? 0: strlen(s);
}

/* the strings and their lengths; the bytes of the record, as sizeD2M */
static inline uint dirstrs(Dir *d, Strs *x)
{
	x->s[0] = d->name;
	x->s[1] = d->uid;
	x->s[2] = d->gid;
	x->s[3] = d->muid;
	x->n[0] = slen(d->name);
	x->n[1] = slen(d->uid);
	x->n[2] = d->gid == d->uid? x->n[1]: slen(d->gid);	/* as it often is */
	x->n[3] = d->muid == d->uid? x->n[1]: slen(d->muid);
	return STATFIXLEN + x->n[0] + x->n[1] + x->n[2] + x->n[3];
}

/*
 * Bytes of d's record, size field included; nil strings are empty ones.
 * More than STATMAX means it has none.
 */
uint sizeD2M(Dir *d)
{
	Strs x;

	return dirstrs(d, &x);
}

/* a name, which is mostly short */
static inline uchar *putname(uchar *p, char *s, uint n)
{
	u32int a, b;

	p = put2(p, n);
	if(n >= 4 && n <= 8){
		__builtin_memcpy(&a, s, 4);
		__builtin_memcpy(&b, s+n-4, 4);
		__builtin_memcpy(p, &a, 4);
		__builtin_memcpy(p+n-4, &b, 4);
	}else
		memmove(p, s, n);
	return p+n;
}

static inline void dirfixed(uchar *p, Dir *d, u32int size)
{
	p = put2(p, size-BIT16SZ);
	p = put2(p, d->type);
	p = put4(p, d->dev);
	p = putqid(p, &d->qid);
	p = put4(p, d->mode);
	p = put4(p, d->atime);
	p = put4(p, d->mtime);
	put8(p, d->length);
}

void dirput(uchar *p, Dir *d, u32int size)
{
	dirfixed(p, d, size);
}

/*
 * Put d's record in the n bytes at m: its length.  If it does not fit, only
 * the size field is written and 2 returned, so the caller can make room; 0
 * if not even that fits or the record would be too long for 9P.
 */
uint convD2M(Dir *d, uchar *m, uint n)
{
	Strs x;
	uint size;
	int i;

	size = dirstrs(d, &x);
	if(size > STATMAX || n < BIT16SZ)
		return 0;
	if(size > n){
		put2(m, size-BIT16SZ);
		return BIT16SZ;
	}
	dirfixed(m, d, size);
	m += Fixed;
	for(i = 0; i < Nstr; i++)
		m = putname(m, x.s[i], x.n[i]);
	return size;
}

/* The same into a Buf, whole or not at all. */
u32int bufputdir(Buf *b, u32int off, Dir *d)
{
	uchar fix[Fixed];
	Strs x;
	u32int size;
	int i;

	size = dirstrs(d, &x);
	if(size > STATMAX || off > b->n || size > b->n-off)
		return 0;
	if(b->p != nil)
		return convD2M(d, b->p+off, size);
	dirput(fix, d, size);
	bufput(b, off, fix, Fixed);
	off += Fixed;
	for(i = 0; i < Nstr; i++){
		put2(fix, x.n[i]);
		off += bufput(b, off, fix, BIT16SZ);
		off += bufput(b, off, x.s[i], x.n[i]);
	}
	return size;
}

/*
 * Is m one record of exactly n bytes, its strings filling it exactly and
 * without NULs?
 */
int statcheck(uchar *m, uint n)
{
	uchar *p, *end;
	uint k;
	int i;

	if(n < STATFIXLEN || n > STATMAX || get2(m)+(uint)BIT16SZ != n)
		return -1;
	p = m+Fixed;
	end = m+n;
	for(i = 0; i < Nstr; i++){
		if(end-p < BIT16SZ)
			return -1;
		k = get2(p);
		p += BIT16SZ;
		if(end-p < k || memchr(p, 0, k) != nil)
			return -1;
		p += k;
	}
	return p == end? 0: -1;
}

/*
 * Decode the record at the start of the n bytes at m: its length, or 0.
 * The strings go to strs, which has room for as many bytes as the record,
 * and may be m itself, the record being used up; with strs nil they are not
 * decoded and d's strings are nil.
 */
uint convM2D(uchar *m, uint n, Dir *d, char *strs)
{
	char *s[Nstr];
	uchar *p;
	uint size, k;
	int i;

	if(n < STATFIXLEN)
		return 0;
	size = get2(m)+BIT16SZ;
	if(size > n || statcheck(m, size) < 0)
		return 0;
	d->type = get2(m+2);
	d->dev = get4(m+4);
	getqid(m+8, &d->qid);
	d->mode = get4(m+21);
	d->atime = get4(m+25);
	d->mtime = get4(m+29);
	d->length = get8(m+33);
	p = m+Fixed;
	for(i = 0; i < Nstr; i++){
		k = get2(p);
		p += BIT16SZ;
		s[i] = strs;
		if(strs != nil){
			memmove(strs, p, k);
			strs[k] = 0;
			strs += k+1;
		}
		p += k;
	}
	d->name = s[0];
	d->uid = s[1];
	d->gid = s[2];
	d->muid = s[3];
	return size;
}
