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

static void dirstrs(Dir *d, char *s[Nstr])
{
	s[0] = d->name;
	s[1] = d->uid;
	s[2] = d->gid;
	s[3] = d->muid;
}

/*
 * Bytes of d's record, size field included; nil strings are empty ones.
 * More than STATMAX means it has none.
 */
uint sizeD2M(Dir *d)
{
	char *s[Nstr];
	uint n;
	int i;

	dirstrs(d, s);
	n = STATFIXLEN;
	for(i = 0; i < Nstr; i++)
		if(s[i] != nil)
			n += strlen(s[i]);
	return n;
}

void dirput(uchar *p, Dir *d, u32int size)
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

/*
 * Put d's record in the n bytes at m: its length.  If it does not fit, only
 * the size field is written and 2 returned, so the caller can make room; 0
 * if not even that fits or the record would be too long for 9P.
 */
uint convD2M(Dir *d, uchar *m, uint n)
{
	char *s[Nstr];
	uint size, k;
	int i;

	size = sizeD2M(d);
	if(size > STATMAX || n < BIT16SZ)
		return 0;
	if(size > n){
		put2(m, size-BIT16SZ);
		return BIT16SZ;
	}
	dirput(m, d, size);
	m += Fixed;
	dirstrs(d, s);
	for(i = 0; i < Nstr; i++){
		k = s[i] == nil? 0: strlen(s[i]);
		m = put2(m, k);
		memmove(m, s[i], k);
		m += k;
	}
	return size;
}

/* The same into a Buf, whole or not at all. */
u32int bufputdir(Buf *b, u32int off, Dir *d)
{
	uchar fix[Fixed];
	char *s[Nstr];
	u32int size, k;
	int i;

	size = sizeD2M(d);
	if(size > STATMAX || off > b->n || size > b->n-off)
		return 0;
	if(b->p != nil)
		return convD2M(d, b->p+off, size);
	dirput(fix, d, size);
	bufput(b, off, fix, Fixed);
	off += Fixed;
	dirstrs(d, s);
	for(i = 0; i < Nstr; i++){
		k = s[i] == nil? 0: strlen(s[i]);
		put2(fix, k);
		off += bufput(b, off, fix, BIT16SZ);
		off += bufput(b, off, s[i], k);
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
