/*
 * conv.c: 9P messages to Fcalls and back.
 *
 * One table gives the fields of each message type in order; size, encoding
 * and decoding all read it, so they cannot disagree.  Decoding trusts
 * nothing: every length is compared with what is left, strings hold no NUL,
 * and the fields must use up exactly the size the message claims.  Strings
 * are moved onto their own length field to make room for a NUL.
 * No locks, no memory allocated, nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

enum {
	HDRSZ = BIT32SZ+BIT8SZ+BIT16SZ,
	Maxfields = 6,
};

enum {	/* kinds of field */
	Fend,
	F1, F2, F4, F8,
	Fstr,
	Fqid,
	Fdata,		/* count[4] and that many bytes: count, data */
	Fstat,		/* n[2] and that many bytes: nstat, stat */
	Fnames,		/* n[2] and strings: nwname, wname */
	Fqids,		/* n[2] and qids: nwqid, wqid */
};

typedef struct Field Field;
struct Field {
	u8int kind;
	u16int off;
};
#define AT(k, m) { k, __builtin_offsetof(Fcall, m) }

static const Field layout[][Maxfields] = {
	[Tversion-Tversion] = { AT(F4, msize), AT(Fstr, version) },
	[Rversion-Tversion] = { AT(F4, msize), AT(Fstr, version) },
	[Tauth-Tversion] = { AT(F4, afid), AT(Fstr, uname), AT(Fstr, aname) },
	[Rauth-Tversion] = { AT(Fqid, aqid) },
	[Tattach-Tversion] = { AT(F4, fid), AT(F4, afid), AT(Fstr, uname), AT(Fstr, aname) },
	[Rattach-Tversion] = { AT(Fqid, qid) },
	[Rerror-Tversion] = { AT(Fstr, ename) },
	[Tflush-Tversion] = { AT(F2, oldtag) },
	[Twalk-Tversion] = { AT(F4, fid), AT(F4, newfid), AT(Fnames, nwname) },
	[Rwalk-Tversion] = { AT(Fqids, nwqid) },
	[Topen-Tversion] = { AT(F4, fid), AT(F1, mode) },
	[Ropen-Tversion] = { AT(Fqid, qid), AT(F4, iounit) },
	[Tcreate-Tversion] = { AT(F4, fid), AT(Fstr, name), AT(F4, perm), AT(F1, mode) },
	[Rcreate-Tversion] = { AT(Fqid, qid), AT(F4, iounit) },
	[Tread-Tversion] = { AT(F4, fid), AT(F8, offset), AT(F4, count) },
	[Rread-Tversion] = { AT(Fdata, count) },
	[Twrite-Tversion] = { AT(F4, fid), AT(F8, offset), AT(Fdata, count) },
	[Rwrite-Tversion] = { AT(F4, count) },
	[Tclunk-Tversion] = { AT(F4, fid) },
	[Tremove-Tversion] = { AT(F4, fid) },
	[Tstat-Tversion] = { AT(F4, fid) },
	[Rstat-Tversion] = { AT(Fstat, nstat) },
	[Twstat-Tversion] = { AT(F4, fid), AT(Fstat, nstat) },
	[Rwstat-Tversion] = { { Fend, 0 } },	/* also gives the table its length */
};

/* the fields of a type, or nil if there is no such message */
static const Field *fields(u8int type)
{
	if(type < Tversion || type > Rwstat || type == Rerror-1)
		return nil;
	return layout[type-Tversion];
}

static u32int slen(const char *s)
{
	return s == nil? 0: strlen(s);
}

static uvlong fieldsize(const Field *fl, Fcall *f)
{
	uvlong n;
	int i;

	switch(fl->kind){
	case F1:
		return BIT8SZ;
	case F2:
		return BIT16SZ;
	case F4:
		return BIT32SZ;
	case F8:
		return BIT64SZ;
	case Fstr:
		return BIT16SZ + slen(*(char**)((char*)f + fl->off));
	case Fqid:
		return QIDSZ;
	case Fdata:
		return BIT32SZ + (uvlong)f->count;
	case Fstat:
		return BIT16SZ + f->nstat;
	case Fqids:
		return BIT16SZ + f->nwqid*QIDSZ;
	case Fnames:
		n = BIT16SZ;
		for(i = 0; i < f->nwname && i < MAXWELEM; i++)
			n += BIT16SZ + slen(f->wname[i]);
		return n;
	}
	return 0;
}

/*
 * Bytes f takes as a message; 0 if it has no such type, too many names or a
 * string that a 9P string cannot hold.
 */
u32int sizeS2M(Fcall *f)
{
	const Field *fl;
	uvlong n, k;

	if((fl = fields(f->type)) == nil)
		return 0;
	n = HDRSZ;
	for(; fl->kind != Fend; fl++){
		k = fieldsize(fl, f);
		if(fl->kind == Fstr && k > BIT16SZ+0xFFFF)
			return 0;
		n += k;
	}
	if((f->type == Twalk && f->nwname > MAXWELEM) || (f->type == Rwalk && f->nwqid > MAXWELEM))
		return 0;
	return n > 0xFFFFFFFFU? 0: n;
}

static uchar *putstr(uchar *p, const char *s)
{
	u32int n;

	n = slen(s);
	p = put2(p, n);
	memmove(p, s, n);
	return p+n;
}

static uchar *putbytes(uchar *p, const void *s, u32int n)
{
	if(n > 0 && s != nil && s != p)	/* nil: the caller has the bytes elsewhere */
		memmove(p, s, n);
	return p+n;
}

static uchar *fieldput(uchar *p, const Field *fl, Fcall *f)
{
	void *v;
	int i;

	v = (char*)f + fl->off;
	switch(fl->kind){
	case F1:
		*p = *(u8int*)v;
		return p+1;
	case F2:
		return put2(p, *(u16int*)v);
	case F4:
		return put4(p, *(u32int*)v);
	case F8:
		return put8(p, *(vlong*)v);
	case Fstr:
		return putstr(p, *(char**)v);
	case Fqid:
		return putqid(p, v);
	case Fdata:
		return putbytes(put4(p, f->count), f->data, f->count);
	case Fstat:
		return putbytes(put2(p, f->nstat), f->stat, f->nstat);
	case Fnames:
		p = put2(p, f->nwname);
		for(i = 0; i < f->nwname; i++)
			p = putstr(p, f->wname[i]);
		return p;
	case Fqids:
		p = put2(p, f->nwqid);
		for(i = 0; i < f->nwqid; i++)
			p = putqid(p, &f->wqid[i]);
		return p;
	}
	return p;
}

static uchar *puthead(uchar *m, u32int size, Fcall *f)
{
	m = put4(m, size);
	*m++ = f->type;
	return put2(m, f->tag);
}

/* the most frequent answers, without the table; 0: another way */
static u32int quickS2M(Fcall *f, uchar *m, u32int n)
{
	u32int size, i;
	uchar *p;

	switch(f->type){
	case Rclunk:
		size = HDRSZ;
		if(n >= size)
			puthead(m, size, f);
		break;
	case Ropen:
		size = HDRSZ+QIDSZ+BIT32SZ;
		if(n >= size)
			put4(putqid(puthead(m, size, f), &f->qid), f->iounit);
		break;
	case Rwalk:
		size = HDRSZ+BIT16SZ+f->nwqid*QIDSZ;
		if(f->nwqid > MAXWELEM || n < size)
			return 0;
		p = put2(puthead(m, size, f), f->nwqid);
		for(i = 0; i < f->nwqid; i++)
			p = putqid(p, &f->wqid[i]);
		break;
	default:
		return 0;
	}
	return n >= size? size: 0;
}

/*
 * Make f's message in the n bytes at m: its length, or 0 if it does not fit
 * or f is no message.  Data and stat bytes that are nil, or already in their
 * place, are left alone, so a large answer need not be copied.
 */
u32int convS2M(Fcall *f, uchar *m, u32int n)
{
	const Field *fl;
	uchar *p;
	u32int size, i;

	if((size = quickS2M(f, m, n)) > 0)
		return size;
	size = sizeS2M(f);
	if(size == 0 || size > n)
		return 0;
	if(f->type == Twalk)
		for(i = 0; i < f->nwname; i++)
			if(slen(f->wname[i]) > 0xFFFF)
				return 0;
	p = puthead(m, size, f);
	for(fl = fields(f->type); fl->kind != Fend; fl++)
		p = fieldput(p, fl, f);
	return size;
}

/* take a string at *pp, terminate it over its length field */
static char *getstr(uchar **pp, uchar *end)
{
	uchar *p;
	u32int n;

	p = *pp;
	if(end-p < BIT16SZ)
		return nil;
	n = get2(p);
	if(end-p-BIT16SZ < n || memchr(p+BIT16SZ, 0, n) != nil)
		return nil;
	*pp = p+BIT16SZ+n;
	memmove(p, p+BIT16SZ, n);
	p[n] = 0;
	return (char*)p;
}

static uchar *getnames(uchar *p, uchar *end, Fcall *f)
{
	int i;

	f->nwname = get2(p);
	p += BIT16SZ;
	if(f->nwname > MAXWELEM)
		return nil;
	for(i = 0; i < f->nwname; i++)
		if((f->wname[i] = getstr(&p, end)) == nil)
			return nil;
	return p;
}

static uchar *getqids(uchar *p, uchar *end, Fcall *f)
{
	int i;

	f->nwqid = get2(p);
	p += BIT16SZ;
	if(f->nwqid > MAXWELEM || end-p < f->nwqid*QIDSZ)
		return nil;
	for(i = 0; i < f->nwqid; i++, p += QIDSZ)
		getqid(p, &f->wqid[i]);
	return p;
}

/* the least room each kind needs, so that fieldget may read its fixed part */
static const u8int least[] = {
	[F1] = BIT8SZ, [F2] = BIT16SZ, [F4] = BIT32SZ, [F8] = BIT64SZ, [Fstr] = BIT16SZ, [Fqid] = QIDSZ,
	[Fdata] = BIT32SZ, [Fstat] = BIT16SZ, [Fnames] = BIT16SZ, [Fqids] = BIT16SZ,
};

static uchar *fieldget(uchar *p, uchar *end, const Field *fl, Fcall *f)
{
	void *v;

	if(end-p < least[fl->kind])
		return nil;
	v = (char*)f + fl->off;
	switch(fl->kind){
	case F1:
		*(u8int*)v = *p;
		return p+BIT8SZ;
	case F2:
		*(u16int*)v = get2(p);
		return p+BIT16SZ;
	case F4:
		*(u32int*)v = get4(p);
		return p+BIT32SZ;
	case F8:
		*(vlong*)v = get8(p);
		return p+BIT64SZ;
	case Fstr:
		return (*(char**)v = getstr(&p, end)) == nil? nil: p;
	case Fqid:
		getqid(p, v);
		return p+QIDSZ;
	case Fdata:
		f->count = get4(p);
		f->data = (char*)p+BIT32SZ;
		return end-p-BIT32SZ < f->count? nil: p+BIT32SZ+f->count;
	case Fstat:
		f->nstat = get2(p);
		f->stat = p+BIT16SZ;
		return end-p-BIT16SZ < f->nstat? nil: p+BIT16SZ+f->nstat;
	case Fnames:
		return getnames(p, end, f);
	case Fqids:
		return getqids(p, end, f);
	}
	return nil;
}

/*
 * Decode the message at the start of the n bytes at m: its length, or 0 if
 * it is not a whole, well-formed message.  f's strings and data point into
 * m, which is changed.  Fields that the type does not have are left alone.
 */
u32int convM2S(uchar *m, u32int n, Fcall *f)
{
	const Field *fl;
	uchar *p, *end;
	u32int size;

	if(n < HDRSZ)
		return 0;
	size = get4(m);
	if(size < HDRSZ || size > n)
		return 0;
	f->type = m[BIT32SZ];
	f->tag = get2(m+BIT32SZ+BIT8SZ);
	p = m+HDRSZ;
	end = m+size;
	switch(f->type){	/* the most frequent, without the table */
	case Tclunk:
	case Tstat:
		if(size != HDRSZ+BIT32SZ)
			return 0;
		f->fid = get4(p);
		return size;
	case Topen:
		if(size != HDRSZ+BIT32SZ+BIT8SZ)
			return 0;
		f->fid = get4(p);
		f->mode = p[BIT32SZ];
		return size;
	case Twalk:
		if(size < HDRSZ+2*BIT32SZ+BIT16SZ)
			return 0;
		f->fid = get4(p);
		f->newfid = get4(p+BIT32SZ);
		return getnames(p+2*BIT32SZ, end, f) == end? size: 0;
	}
	if((fl = fields(f->type)) == nil)
		return 0;
	for(; fl->kind != Fend; fl++)
		if((p = fieldget(p, end, fl, f)) == nil)
			return 0;
	return p == end? size: 0;
}
