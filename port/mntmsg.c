/*
 * mntmsg.c: a Call's request as a 9P message, and the answer's message into
 * the Call.
 *
 * Requests are made from what mnt.c has checked.  Answers come from anybody:
 * the type must be the request's or Rerror, each message must have exactly
 * the length that its fields make, and no count may be larger than what was
 * asked for.  Data goes from the message straight to where the client wants
 * it.
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

u16int msg2(uchar *p)
{
	return p[0] | p[1]<<8;
}

u32int msg4(uchar *p)
{
	return p[0] | p[1]<<8 | p[2]<<16 | (u32int)p[3]<<24;
}

static u64int msg8(uchar *p)
{
	return msg4(p) | (u64int)msg4(p+4)<<32;
}

static uchar *put2(uchar *p, u32int v)
{
	p[0] = v;
	p[1] = v>>8;
	return p+2;
}

static uchar *put4(uchar *p, u32int v)
{
	put2(p, v);
	return put2(p+2, v>>16);
}

static uchar *putstr(uchar *p, char *s)
{
	u32int n;

	n = strlen(s);
	p = put2(p, n);
	memmove(p, s, n);
	return p+n;
}

/* --- requests --- */
static u32int namesize(Call *k)
{
	u32int n;
	int i;

	n = 2;
	for(i = 0; i < k->r.nwname; i++)
		n += 2 + strlen(k->r.wname[i]);
	return n;
}

u32int msgsize(Call *k)
{
	switch(k->r.type){
	case Tversion:
		return Msghdr + 4 + 2 + strlen(k->r.name);
	case Tauth:
		return Msghdr + 4 + 4 + strlen(k->r.uname) + strlen(k->r.name);
	case Tattach:
		return Msghdr + 8 + 4 + strlen(k->r.uname) + strlen(k->r.name);
	case Twalk:
		return Msghdr + 8 + namesize(k);
	case Topen:
		return Msghdr + 5;
	case Tcreate:
		return Msghdr + 4 + 2 + strlen(k->r.name) + 5;
	case Tread:
		return Treadlen;
	case Twrite:
		return Msghdr + 16 + k->r.count;
	case Twstat:
		return Msghdr + 4 + 2 + k->nstat;
	}
	return Msghdr + 4;	/* Tclunk Tremove Tstat */
}

static uchar *head(uchar *p, u32int size, int type, u16int tag)
{
	p = put4(p, size);
	*p++ = type;
	return put2(p, tag);
}

static uchar *ends(Call *k, uchar *p)
{
	p = put4(p, k->r.offset);
	p = put4(p, k->r.offset>>32);
	return put4(p, k->r.count);
}

static void fields(Call *k, uchar *p)
{
	int i;

	switch(k->r.type){
	case Tversion:
		putstr(put4(p, k->r.count), k->r.name);
		return;
	case Tauth:
		putstr(putstr(put4(p, k->newfidn), k->r.uname), k->r.name);
		return;
	case Tattach:
		p = put4(put4(p, k->newfidn), k->afidn);
		putstr(putstr(p, k->r.uname), k->r.name);
		return;
	}
	p = put4(p, k->fidn);
	switch(k->r.type){
	case Twalk:
		p = put2(put4(p, k->newfidn), k->r.nwname);
		for(i = 0; i < k->r.nwname; i++)
			p = putstr(p, k->r.wname[i]);
		break;
	case Topen:
		*p = k->r.mode;
		break;
	case Tcreate:
		p = put4(putstr(p, k->r.name), k->r.perm);
		*p = k->r.mode;
		break;
	case Tread:
	case Twrite:
		ends(k, p);
		break;
	case Twstat:
		memmove(put2(p, k->nstat), k->stat, k->nstat);
		break;
	}
}

void msgmake(Call *k, uchar *m, u32int size)
{
	fields(k, head(m, size, k->r.type, k->tag));
}

u32int msgread(Call *k, uchar *m)
{
	ends(k, put4(head(m, Treadlen, Tread, k->tag), k->fidn));
	return Treadlen;
}

void msgflush(uchar *p, u16int tag, u16int old)
{
	put2(head(p, Msghdr+2, Tflush, tag), old);
}

void msgclunk(uchar *p, u16int tag, u32int fid)
{
	put4(head(p, Msghdr+4, Tclunk, tag), fid);
}

/* --- answers --- */
static void getqid(uchar *p, Qid *q)
{
	q->type = p[0];
	q->vers = msg4(p+1);
	q->path = msg8(p+5);
}

/* the string at off, which must be the message's last field; cut to fit */
static char *getlast(Part *s, u32int off, char *str, u32int max)
{
	uchar l[2];
	u32int k;

	if(s->n < off+2 || partget(s, off, l, 2) != 2 || s->n != off+2+msg2(l))
		return Ebotch;
	k = MIN(msg2(l), max-1);
	partget(s, off+2, str, k);
	str[k] = 0;
	return nil;
}

static char *rerror(Call *k, Part *s)
{
	char *e;

	if((e = getlast(s, Msghdr, k->r.ebuf, ERRMAX)) != nil)
		return e;
	return k->r.ebuf[0] != 0? k->r.ebuf: Eio;
}

static char *rversion(Call *k, Mux *mx, Part *s, uchar *h)
{
	k->r.rcount = msg4(h+Msghdr);
	return getlast(s, Msghdr+4, mx->version, sizeof mx->version);
}

static char *rwalk(Call *k, Part *s)
{
	uchar m[2+MAXWELEM*QIDSZ];
	u32int i;

	if(s->n < Msghdr+2 || s->n > Msghdr+sizeof m)
		return Ebotch;
	partget(s, Msghdr, m, s->n-Msghdr);
	k->r.nwqid = msg2(m);
	if(k->r.nwqid > k->r.nwname || s->n != (u32int)(Msghdr+2+k->r.nwqid*QIDSZ))
		return Ebotch;
	if(k->r.nwqid == 0 && k->r.nwname > 0)
		return Ebotch;
	for(i = 0; i < k->r.nwqid; i++)
		getqid(m+2+i*QIDSZ, &k->wqid[i]);
	return nil;
}

/* is it in its place already?  A server that is linked in has put it there */
static int sameplace(Part *s, Buf *b)
{
	return s->b != nil && s->nh == Msghdr+4 && s->b->p == b->p && s->b->page == b->page
		&& s->b->off == b->off && (b->p != nil || b->page != nil);
}

static char *rread(Call *k, Part *s, uchar *h)
{
	u32int c;

	if(s->n < Msghdr+4)
		return Ebotch;
	c = msg4(h+Msghdr);
	if(c > k->r.count || s->n != Msghdr+4+c)
		return Ebotch;
	k->r.rcount = sameplace(s, &k->r.buf)? c: partcopy(&k->r.buf, 0, s, Msghdr+4, c);
	return nil;
}

static char *rstat(Call *k, Part *s, uchar *h)
{
	u32int c;

	if(s->n < Msghdr+2)
		return Ebotch;
	c = msg2(h+Msghdr);
	if(c < STATFIXLEN || s->n != Msghdr+2+c)
		return Ebotch;
	if(c > k->r.buf.n)
		c = 2;		/* the record's own size field tells the room it needs */
	k->r.rcount = partcopy(&k->r.buf, 0, s, Msghdr+2, c);
	return nil;
}

char *msganswer(Call *k, Mux *mx, Part *s, uchar *h)
{
	int type;

	type = h[4];
	if(type == Rerror)
		return rerror(k, s);
	if(type != k->r.type+1)
		return Ebotch;
	switch(type){
	case Rversion:
		return rversion(k, mx, s, h);
	case Rauth:
	case Rattach:
		if(s->n != Msghdr+QIDSZ)
			return Ebotch;
		getqid(h+Msghdr, &k->r.qid);
		return nil;
	case Rwalk:
		return rwalk(k, s);
	case Ropen:
	case Rcreate:
		if(s->n != Msghdr+QIDSZ+4)
			return Ebotch;
		getqid(h+Msghdr, &k->r.qid);
		k->r.iounit = msg4(h+Msghdr+QIDSZ);
		return nil;
	case Rread:
		return rread(k, s, h);
	case Rwrite:
		k->r.rcount = msg4(h+Msghdr);
		return s->n != Msghdr+4 || k->r.rcount > k->r.count? Ebotch: nil;
	case Rstat:
		return rstat(k, s, h);
	}
	return s->n != Msghdr? Ebotch: nil;
}
