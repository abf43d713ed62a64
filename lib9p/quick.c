/*
 * quick.c: messages that are answered at once.
 *
 * Most requests have their answer before their handler returns: walks and
 * clunks of servers that walk name by name, and of a server that says so
 * (SrvAtonce) opens, stats, reads and writes.  Nothing can flush such a
 * request, since the next message of its connection is looked at after it.
 * So it needs no Mreq and no place in the tag table: connquick does what
 * connmsg, connout and connanswer together do, from one buffer to another.
 * What is not that simple is left to those.
 *
 * As connmsg: not at the same time as another of its connection; may sleep
 * if handlers do.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

enum {
	HDRSZ = BIT32SZ+BIT8SZ+BIT16SZ,
	Iohdr = HDRSZ+BIT32SZ+BIT64SZ+BIT32SZ,	/* a Tread, a Twrite without its data */
};

static inline u32int least(u32int a, u32int b)
{
	return a < b? a: b;
}

typedef struct Quick Quick;
struct Quick {
	Conn *c;
	uchar *m;		/* the message, of n bytes */
	u32int n;
	uchar *out;		/* its answer's place, of room bytes */
	u32int room;
	u32int len;		/* of the answer; 0: it is none of ours */
};

/* the answer is there, len bytes long */
static void done(Quick *x, u32int len)
{
	uchar *p;

	x->len = len;
	p = put4(x->out, len);
	*p++ = x->m[BIT32SZ] + 1;
	put2(p, get2(x->m+BIT32SZ+BIT8SZ));
}

static void failed(Quick *x, char *e)
{
	u32int n;

	n = strlen(e);
	if(n > ERRMAX-1)
		n = ERRMAX-1;
	put2(x->out+HDRSZ, n);
	memmove(x->out+HDRSZ+BIT16SZ, e, n);
	done(x, HDRSZ+BIT16SZ+n);
	x->out[BIT32SZ] = Rerror;
}

/* --- walk --- */

/*
 * Find the names of a Twalk, and end each with a NUL, for which its length
 * gives way: how many; -1: they are not right, the message is as it was.
 */
static int getnames(Quick *x, char **name)
{
	uchar *p, *end;
	u32int k;
	int i, n;

	p = x->m+HDRSZ+BIT32SZ+BIT32SZ;
	end = x->m+x->n;
	n = get2(p);
	if(n > MAXWELEM)
		return -1;
	p += BIT16SZ;
	for(i = 0; i < n; i++){
		if(end-p < BIT16SZ)
			return -1;
		k = get2(p);
		if(end-p-BIT16SZ < k || memchr(p+BIT16SZ, 0, k) != nil)
			return -1;
		name[i] = (char*)p;
		p += BIT16SZ+k;
	}
	if(p != end)
		return -1;
	for(i = 0; i < n; i++){
		p = (uchar*)name[i];
		k = get2(p);
		memmove(p, p+BIT16SZ, k);
		p[k] = 0;
	}
	return n;
}

static void quickwalk(Quick *x)
{
	char *name[MAXWELEM], *e;
	Qid q[MAXWELEM];
	Srvwalk w;
	uchar *p;
	Fid *f;
	u32int newfid;
	int i, n;

	if(x->c->srv->walk != nil || x->n < HDRSZ+BIT32SZ+BIT32SZ+BIT16SZ)
		return;
	newfid = get4(x->m+HDRSZ+BIT32SZ);
	if(newfid == NOFID || newfid == get4(x->m+HDRSZ) || (n = getnames(x, name)) < 0)
		return;
	if((f = fidlookup(x->c, get4(x->m+HDRSZ))) == nil){
		failed(x, Eunknownfid);
		return;
	}
	w = (Srvwalk){ .name = name, .n = n, .q = q };
	e = msgwalk(f, newfid, &w, &n);
	fidclose(f);
	if(e != nil){
		failed(x, e);
		return;
	}
	p = put2(x->out+HDRSZ, n);
	for(i = 0; i < n; i++)
		p = putqid(p, &q[i]);
	done(x, p - x->out);
}

/* --- clunk --- */
static void quickclunk(Quick *x)
{
	Fid *f;
	char *e;

	if(x->n != HDRSZ+BIT32SZ)
		return;
	if((f = fidlookup(x->c, get4(x->m+HDRSZ))) == nil){
		failed(x, Eunknownfid);
		return;
	}
	if(f->omode >= 0 && f->rclose){
		fidclose(f);
		return;
	}
	e = fidgone(f);
	fidclose(f);
	if(e != nil)
		failed(x, e);
	else
		done(x, HDRSZ);
}

/* --- with a handler --- */

/* fill in r, but for the fid: 0; -1: it is not for us */
static int getreq(Quick *x, Req *r)
{
	uchar *p;

	p = x->m+HDRSZ+BIT32SZ;
	r->type = x->m[BIT32SZ];
	switch(r->type){
	case Topen:
		if(x->n != HDRSZ+BIT32SZ+BIT8SZ)
			return -1;
		r->mode = *p;
		return (r->mode & ORCLOSE) == 0? 0: -1;
	case Tstat:
		r->buf = (Buf){ .p = x->out+HDRSZ+BIT16SZ, .n = least(x->room-HDRSZ-BIT16SZ, x->c->msize-IOHDRSZ) };
		return x->n == HDRSZ+BIT32SZ? 0: -1;
	}
	if(x->n < Iohdr)
		return -1;
	r->offset = get8(p);
	r->count = get4(p+BIT64SZ);
	if(r->type == Tread){
		r->buf = (Buf){ .p = x->out+RREADHDR, .n = r->count };
		return x->n == Iohdr && r->count <= x->room-RREADHDR? 0: -1;
	}
	r->buf = (Buf){ .p = x->m+Iohdr, .n = r->count };
	return r->count == x->n-Iohdr? 0: -1;
}

/* r has succeeded */
static void answer(Quick *x, Req *r)
{
	uchar *p;

	p = x->out+HDRSZ;
	switch(r->type){
	case Topen:
		put4(putqid(p, &r->qid), r->iounit);
		done(x, HDRSZ+QIDSZ+BIT32SZ);
		break;
	case Tstat:
		if(r->rcount < STATFIXLEN)
			break;		/* no room: once more, where there is */
		put2(p, r->rcount);
		done(x, HDRSZ+BIT16SZ+r->rcount);
		break;
	case Tread:
		put4(p, r->rcount);
		done(x, RREADHDR+r->rcount);
		break;
	case Twrite:
		put4(p, r->rcount);
		done(x, HDRSZ+BIT32SZ);
		break;
	}
}

/* r is answered; what it lent counts only if that is all of the answer */
static void lentanswer(Req *r)
{
	Lending *l;

	l = r->lent;
	if(r->err != nil)
		l->npart = 0;
	else if(l->npart > 0 && l->n != r->rcount)
		reqkeep(r);
}

/* with r, which is not used any more when it returns unless something is lent */
static void callwith(Quick *x, Req *r, Lending *l)
{
	if((r->fid = fidlookup(x->c, get4(x->m+HDRSZ))) == nil){
		failed(x, Eunknownfid);
		return;
	}
	r->srv = x->c->srv;
	r->conn = x->c;
	r->done = nil;
	r->msg = 0;
	r->lent = l;
	srvstart(r);
	srvrun(r);
	if(!reqisdone(r)){
		print("9p: %s: request type %d not answered at once\n", r->srv->name, r->type);
		__builtin_trap();
	}
	if(r->lent != nil)
		lentanswer(r);
	if(r->err != nil)
		failed(x, r->err);
	else
		answer(x, r);
	fidclose(r->fid);
}

/* a read of much, and what lends is not in use? */
static int maylend(Quick *x)
{
	Lend *d;

	d = x->c->lend;
	return d != nil && x->m[BIT32SZ] == Tread && x->n == Iohdr && get4(x->m+Iohdr-BIT32SZ) >= Lendleast
		&& d->l.npart == 0 && d->r.aux == nil;
}

static void quickcall(Quick *x)
{
	Req r;
	Lend *d;

	if((x->c->srv->flags & SrvAtonce) == 0)
		return;
	if(!maylend(x)){
		if(getreq(x, &r) == 0)
			callwith(x, &r, nil);
		return;
	}
	d = x->c->lend;
	d->l.part = d->part;
	d->l.max = nelem(d->part);
	if(getreq(x, &d->r) == 0)
		callwith(x, &d->r, &d->l);
}

/* may a request have that tag?  Only requests that come make ntags more */
static inline int tagfree(Conn *c, u16int tag)
{
	if(tag == NOTAG || !c->session || c->hungup)
		return 0;
	return __atomic_load_n(&c->ntags, __ATOMIC_RELAXED) == 0 || msgtagfree(c, tag);
}

/*
 * Handle the T-message in the n bytes at m, if it can be answered at once,
 * and put the answer in the room bytes at out: its length.  0: it was not
 * handled, and is for connmsg.  m may be changed if it was.
 */
u32int connquick(Conn *c, uchar *m, u32int n, uchar *out, u32int room)
{
	Quick x;

	if(room < MINMSIZE || n < HDRSZ+BIT32SZ || get4(m) != n || n > c->msize)
		return 0;
	if(!tagfree(c, get2(m+BIT32SZ+BIT8SZ)))
		return 0;
	x = (Quick){ .c = c, .m = m, .n = n, .out = out, .room = least(room, c->msize) };
	switch(m[BIT32SZ]){
	case Twalk:
		quickwalk(&x);
		break;
	case Tclunk:
		quickclunk(&x);
		break;
	case Topen:
	case Tstat:
	case Tread:
	case Twrite:
		quickcall(&x);
		break;
	}
	reap(c->srv);
	return x.len;
}
