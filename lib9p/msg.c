/*
 * msg.c: a connection that carries messages: tags, numbers of fids, and the
 * way from a T-message to a Req and from its answer to an R-message.
 *
 * Every Mreq that connmsg got comes out of connout once, whatever happens.
 * Between the two it is in the tag table, unless its tag could not be used
 * or the connection was reset, and holds a reference on the connection and
 * on each fid it names.  Conn.gen tells answers of an earlier session, which
 * are not sent.  Conn.lk protects tags and out.  connmsg runs handlers and
 * may sleep if they do; connout and connanswer do not.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

enum {
	HDRSZ = BIT32SZ+BIT8SZ+BIT16SZ,
	Twritehdr = HDRSZ+BIT32SZ+BIT64SZ+BIT32SZ,
	Dataoff = 16,	/* of read data and stat records in their buffer, the header before it */
};

/* --- tags --- */
static u32int taghash(u16int tag, u32int cap)
{
	return tag & (cap-1);
}

static Mreq *tagfind(Conn *c, u16int tag)
{
	Req *r;

	if(c->tagcap == 0)
		return nil;
	for(r = c->tags[taghash(tag, c->tagcap)]; r != nil; r = r->tagnext)
		if(r->tag == tag)
			return (Mreq*)r;
	return nil;
}

int msgtagfree(Conn *c, u16int tag)
{
	int is;

	lock(&c->lk);
	is = tagfind(c, tag) == nil;
	unlock(&c->lk);
	return is;
}

/* only connmsg changes tagcap, so it may be read without the lock here */
static int taggrow(Conn *c)
{
	Req **t, **old, *r, *next;
	u32int cap, i, h;

	cap = c->tagcap == 0? 16: 4*c->tagcap;
	if((t = mallocz(cap*sizeof t[0], 1)) == nil)
		return c->tagcap == 0? -1: 0;
	lock(&c->lk);
	old = c->tags;
	if(cap <= c->tagcap)
		old = t;
	else{
		for(i = 0; i < c->tagcap; i++)
			for(r = c->tags[i]; r != nil; r = next){
				next = r->tagnext;
				h = taghash(r->tag, cap);
				r->tagnext = t[h];
				t[h] = r;
			}
		c->tags = t;
		c->tagcap = cap;
	}
	unlock(&c->lk);
	free(old);
	return 0;
}

/* m is the connection's until connout; lk held */
static void connadd(Conn *c, Mreq *m)
{
	connref(c);
	m->r.gen = c->gen;
}

/* enter m's request under its tag, so that it can be flushed */
static char *tagadd(Conn *c, Mreq *m)
{
	char *e;
	u32int h;

	e = nil;
	lock(&c->lk);
	connadd(c, m);
	if(c->ntags >= c->tagcap){
		unlock(&c->lk);
		if(taggrow(c) < 0)
			return Enomem;
		lock(&c->lk);
	}
	if(c->hungup)
		e = Ehungup;
	else if(!c->session)
		e = Ebotch;
	else if(m->r.tag == NOTAG || tagfind(c, m->r.tag) != nil)
		e = Ebadtag;
	else if(c->ntags >= MAXREQS)
		e = Enoreqs;
	else{
		h = taghash(m->r.tag, c->tagcap);
		m->r.tagnext = c->tags[h];
		c->tags[h] = &m->r;
		m->tagged = 1;
		c->ntags++;
	}
	unlock(&c->lk);
	return e;
}

void tagremove(Conn *c, Mreq *m)
{
	Req **l;

	if(!m->tagged)
		return;
	m->tagged = 0;
	c->ntags--;
	for(l = &c->tags[taghash(m->r.tag, c->tagcap)]; *l != &m->r; l = &(*l)->tagnext)
		;
	*l = m->r.tagnext;
}

/* --- the answers' queue --- */
void outappend(Conn *c, Mreq *m)
{
	m->next = nil;
	if(c->out == nil)
		__atomic_store_n(&c->out, m, __ATOMIC_RELEASE);
	else
		c->outlast->next = m;
	c->outlast = m;
}

/*
 * The next answer to be sent, or nil.  The Mreq is the host's again, the
 * answer in it until it is used for the next request.
 */
Mreq *connout(Conn *c)
{
	Mreq *m;

	/* an answer that comes now is followed by reply */
	if(__atomic_load_n(&c->out, __ATOMIC_ACQUIRE) == nil)
		return nil;
	lock(&c->lk);
	if((m = c->out) != nil){
		__atomic_store_n(&c->out, m->next, __ATOMIC_RELEASE);
		m->stale = c->hungup || m->r.gen != c->gen;
		__atomic_sub_fetch(&c->ref, 1, __ATOMIC_RELEASE);	/* never the last: the caller has one */
	}
	unlock(&c->lk);
	return m;
}

int connready(Conn *c)
{
	int ready;

	lock(&c->lk);
	ready = c->out != nil;
	unlock(&c->lk);
	return ready;
}

/* --- from messages --- */

/* a fid by its number, or *held, if that was clunked since the message came */
static char *getheld(Conn *c, u32int num, Fid **f, Fid **held)
{
	if(held != nil && *held != nil){
		*f = *held;
		*held = nil;
	}else if((*f = fidlookup(c, num)) == nil)
		return Eunknownfid;
	return nil;
}

static char *getfid(Conn *c, Mreq *m, u32int num, Fid **f)
{
	return getheld(c, num, f, m->held != nil? &m->held->fid: nil);
}

/* reserve a number; nothing after this may fail before the handler's answer is settled */
char *msgnewfid(Conn *c, u32int num, Fid **f)
{
	char e[ERRMAX];

	if(num == NOFID)
		return Eunknownfid;
	if((*f = fidnew(c, num)) != nil){
		fidincref(*f);
		return nil;
	}
	rerrstr(e, sizeof e);
	return strcmp(e, Edupfid) == 0? Edupfid: strcmp(e, Enofids) == 0? Enofids: Enomem;
}

static char *getattach(Conn *c, Mreq *m, Fcall *f)
{
	Req *r;
	char *e;

	r = &m->r;
	r->uname = f->uname;
	r->name = f->aname;
	if(f->type == Tauth)
		return msgnewfid(c, f->afid, &r->afid);
	if(f->afid != NOFID && (e = getheld(c, f->afid, &r->afid, m->held != nil? &m->held->afid: nil)) != nil)
		return e;
	return msgnewfid(c, f->fid, &r->fid);
}

static char *getwalk(Conn *c, Mreq *m, Fcall *f)
{
	Req *r;
	char *e;

	r = &m->r;
	if((e = getfid(c, m, f->fid, &r->fid)) != nil)
		return e;
	r->nwname = f->nwname;
	r->wname = m->wname;
	memmove(m->wname, f->wname, f->nwname*sizeof m->wname[0]);
	r->wqid = m->wqid;
	if(f->newfid != f->fid)
		return msgnewfid(c, f->newfid, &r->newfid);
	r->newfid = r->fid;
	fidincref(r->fid);
	return nil;
}

/* make m's buffer hold an answer with n bytes of data, and more after it */
static char *room(Mreq *m, u32int n, u32int more)
{
	Req *r;

	r = &m->r;
	if(n <= sizeof m->small - Dataoff){
		r->buf = (Buf){ .p = m->small+Dataoff, .n = n };
		return nil;
	}
	if(m->nrbuf < Dataoff+n+more){
		free(m->rbuf);
		m->nrbuf = 0;
		if((m->rbuf = malloc(Dataoff+n+more)) == nil)
			return Enomem;
		m->nrbuf = Dataoff+n+more;
	}
	r->buf = (Buf){ .p = m->rbuf+Dataoff, .n = n };
	return nil;
}

/* the same for the stat record that r->d makes, when it is known */
char *msgstatroom(Mreq *m)
{
	u32int n;

	n = sizeD2M(&m->r.d);
	if(n > STATMAX || n > m->r.conn->msize-IOHDRSZ)
		return Ebadstat;
	return room(m, n, 0);
}

/* the same for n bytes that may be lent instead: the list of parts lies behind them */
static char *lendroom(Mreq *m, u32int n)
{
	u32int parts;
	char *e;

	parts = n/BUFPAGE + 3;
	if((e = room(m, n, (parts+1)*sizeof(Iopart))) != nil)
		return e;
	m->lent.part = (Iopart*)((uintptr)(m->r.buf.p + n + sizeof(Iopart)-1) & ~(sizeof(Iopart)-1));
	m->lent.max = parts;
	m->r.lent = &m->lent;
	return nil;
}

static char *getio(Conn *c, Mreq *m, Fcall *f)
{
	Req *r;
	char *e;

	r = &m->r;
	if((e = getfid(c, m, f->fid, &r->fid)) != nil)
		return e;
	r->offset = f->offset;
	r->count = f->count;
	if(f->type == Twrite && m->data == nil){
		r->buf = (Buf){ .p = (uchar*)f->data, .n = f->count };
		return nil;
	}
	if(r->count > c->msize-IOHDRSZ)
		r->count = c->msize-IOHDRSZ;
	e = c->lends && r->count >= Lendleast? lendroom(m, r->count): room(m, r->count, 0);
	if(e != nil)
		return e;
	if(m->data != nil && m->data->n < r->count)
		m->data = nil;
	if(m->data != nil){
		r->buf = *m->data;
		r->buf.n = r->count;
	}
	return nil;
}

/* There is room for it in m already, so this cannot fail. */
void connown(Mreq *m)
{
	Buf old;

	if(m->data == nil)
		return;
	m->data = nil;
	if((m->r.type|2) != Twrite)
		return;
	old = m->r.buf;
	if(room(m, old.n, 0) == nil)
		bufget(&old, 0, m->r.buf.p, old.n);
}

static char *getother(Conn *c, Mreq *m, Fcall *f)
{
	Req *r;
	char *e;

	r = &m->r;
	if((e = getfid(c, m, f->fid, &r->fid)) != nil)
		return e;
	switch(f->type){
	case Tcreate:
		r->name = f->name;
		r->perm = f->perm;
		/* fall through */
	case Topen:
		r->mode = f->mode;
		return nil;
	case Twstat:
		if(statcheck(f->stat, f->nstat) < 0)
			return Ebadstat;
		convM2D(f->stat, f->nstat, &r->d, (char*)f->stat);
		return nil;
	}
	return nil;
}

/* fill in r from the message; r->type stays 0 if that fails, so that nothing is settled */
static char *msgreq(Conn *c, Mreq *m, Fcall *f)
{
	char *e;

	switch(f->type){
	case Tauth:
	case Tattach:
		e = getattach(c, m, f);
		break;
	case Twalk:
		e = getwalk(c, m, f);
		break;
	case Tread:
	case Twrite:
		e = getio(c, m, f);
		break;
	case Tflush:
		e = nil;
		break;
	default:
		e = getother(c, m, f);
		break;
	}
	if(e == nil)
		m->r.type = f->type;
	return e;
}

static void msgflush(Conn *c, Mreq *m, u16int oldtag)
{
	Mreq *old;
	int how;

	how = FlushGone;
	lock(&c->lk);
	old = tagfind(c, oldtag);
	if(old != nil && old != m)
		how = flushattach(&old->r, &m->r);
	unlock(&c->lk);
	flushrun(&m->r, how);
}

/* does it say 9P2000, or something later that a 9P2000 server may scale down? */
static int versionok(char *v)
{
	if(strncmp(v, "9P", 2) != 0)
		return 0;
	return strtol(v+2, nil, 10) >= 2000;
}

/* the version that s agrees to when a client proposes v */
static char *versionof(Srv *s, char *v)
{
	static char *const name[] = { VERSION9P, VERSION9P ".i", VERSION9P ".v", VERSION9P ".iv" };
	int i;

	i = 0;
	if(strncmp(v, VERSION9P ".", sizeof VERSION9P) != 0)
		return name[0];
	for(v += sizeof VERSION9P; *v != 0; v++)
		if(*v == 'i' && (s->flags & SrvFidorder || srvinorder(s)))
			i |= 1;
		else if(*v == 'v' && s->flags & SrvVersions)
			i |= 2;
	return name[i];
}

/*
 * A new session: whatever is outstanding is flushed and will not be answered.
 * The answer's msize is in count, its version in name.
 */
static void msgversion(Conn *c, Mreq *m, Fcall *f)
{
	Req *r;
	u32int max;

	r = &m->r;
	connreset(c);
	max = c->srv->msize != 0? c->srv->msize: MAXMSIZE;
	r->count = f->msize < max? f->msize: max;
	r->name = "unknown";
	lock(&c->lk);
	connadd(c, m);
	if(versionok(f->version) && r->count >= MINMSIZE){
		r->name = versionof(c->srv, f->version);
		c->session = 1;
		c->msize = r->count;
	}
	unlock(&c->lk);
	r->type = Tversion;
	respond(r, r->count < MINMSIZE? Eshort: nil);
}

static void mreqstart(Conn *c, Mreq *m)
{
	Req *r;

	r = &m->r;
	r->type = 0;
	r->tag = NOTAG;
	r->msg = 1;
	r->srv = c->srv;
	r->conn = c;
	r->fid = r->newfid = r->afid = nil;
	r->oldreq = nil;
	r->done = nil;
	m->hanging = 0;
	m->tagged = 0;
	r->lent = nil;
	m->lent.npart = 0;
	m->seq = __atomic_fetch_add(&c->srv->seq, 1, __ATOMIC_RELAXED);
	srvstart(r);
}

/* no request: answer under the message's tag, which is in no table */
static void msgbad(Conn *c, Mreq *m, char *err)
{
	lock(&c->lk);
	connadd(c, m);
	unlock(&c->lk);
	respond(&m->r, err);
}

/*
 * Take a message apart: 0 if it is malformed.  Reads, and writes whose data is
 * elsewhere, by hand.
 */
static int parse(Mreq *m, uchar *msg, u32int n, Fcall *f)
{
	int type;

	type = n == Twritehdr? msg[BIT32SZ]: 0;
	if(type != Tread && (type != Twrite || m->data == nil))
		return convM2S(msg, n, f) == n;
	f->type = type;
	f->tag = m->r.tag;
	f->fid = get4(msg+HDRSZ);
	f->offset = get8(msg+HDRSZ+BIT32SZ);
	f->count = get4(msg+HDRSZ+BIT32SZ+BIT64SZ);
	if(type == Tread)
		return get4(msg) == n;
	return f->count == m->data->n && get4(msg) == (uvlong)n + f->count;
}

static void msgrun(Conn *c, uchar *msg, u32int n, Mreq *m)
{
	Fcall f;
	Srv *s;
	char *e;

	s = c->srv;
	mreqstart(c, m);
	if(n >= HDRSZ)
		m->r.tag = get2(msg+BIT32SZ+BIT8SZ);
	if(n > c->msize || !parse(m, msg, n, &f) || get4(msg) > c->msize || f.type & 1){
		msgbad(c, m, Ebadmsg);
		return;
	}
	if(f.type == Tversion){
		msgversion(c, m, &f);
		return;
	}
	if((e = tagadd(c, m)) == nil)
		e = msgreq(c, m, &f);
	if(e != nil)
		respond(&m->r, e);
	else if(f.type == Tflush)
		msgflush(c, m, f.oldtag);
	else{
		if(m->held != nil && m->held->nprog > 0 && s->restorereq != nil)
			m->r.msg = MsgResumed;
		srvrun(&m->r);
	}
	reap(s);
}

/*
 * Run the T-message in the n bytes at msg as m's request.  Both are the
 * library's until m comes out of connout, which may be before this returns;
 * msg is changed.  Calls for one connection do not overlap.
 */
void connmsg(Conn *c, uchar *msg, u32int n, Mreq *m)
{
	m->held = nil;
	msgrun(c, msg, n, m);
}

void connrefuse(Conn *c, u16int tag, Mreq *m, char *err)
{
	m->held = nil;
	mreqstart(c, m);
	m->r.tag = tag;
	msgbad(c, m, err);
}

/*
 * As connmsg for a message that was held; parked ones go on where they were,
 * if their server said where that is.
 */
void connheld(Conn *c, Held *h, Mreq *m)
{
	m->held = h->kind == HeldParked? h: nil;
	msgrun(c, h->msg, h->n, m);
}

static Mreq *tagpop(Conn *c, u32int *i)
{
	Mreq *m;
	u32int n;

	for(n = 0; n < c->tagcap && c->ntags > 0; n++){
		*i &= c->tagcap-1;
		if((m = (Mreq*)c->tags[*i]) != nil){
			tagremove(c, m);
			return m;
		}
		++*i;
	}
	return nil;
}

/*
 * Forget all outstanding requests: each is taken out of the tag table and
 * flushed by the Req it brought for this, its answer not to be sent.
 * Clunks, removes and flushes end by themselves.
 */
void msgflushall(Conn *c)
{
	Mreq *m;
	Req *h;
	u32int i;
	int how;

	i = 0;
	for(;;){
		lock(&c->lk);
		if((m = tagpop(c, &i)) == nil)
			break;
		h = &m->hang;
		if(m->r.type == Tclunk || m->r.type == Tremove || m->r.type == Tflush){
			unlock(&c->lk);
			continue;
		}
		m->hanging = 1;
		h->type = Tflush;
		h->msg = 0;
		h->srv = c->srv;
		h->conn = c;
		h->done = reqhangdone;
		h->host = m;
		srvstart(h);
		how = flushattach(&m->r, h);
		unlock(&c->lk);
		flushrun(h, how);
	}
	unlock(&c->lk);
}

/* --- to messages --- */
static void answerof(Mreq *m, Fcall *f)
{
	Req *r;

	r = &m->r;
	f->type = r->type+1;
	f->tag = r->tag;
	switch(r->type){
	case Tversion:
		f->msize = r->count;
		f->version = r->name;
		break;
	case Tauth:
		f->aqid = r->qid;
		break;
	case Twalk:
		f->nwqid = r->nwqid;
		memmove(f->wqid, r->wqid, r->nwqid*sizeof f->wqid[0]);
		break;
	case Tattach:
	case Topen:
	case Tcreate:
		f->qid = r->qid;
		f->iounit = r->iounit;
		break;
	case Tstat:
		f->nstat = r->rcount;
		f->stat = nil;
		break;
	}
}

/* the head of an answer of n bytes to a read or write */
static void iohead(Req *r, uchar *p, u32int n)
{
	p = put4(p, n);
	*p++ = r->type+1;
	put4(put2(p, r->tag), r->rcount);
}

/* of a read or write, by hand: no other answers are so many */
static u32int ioanswer(Mreq *m, uchar **msg)
{
	Req *r;
	uchar *p;
	u32int n;

	r = &m->r;
	p = m->small;
	n = RREADHDR;
	if(r->type == Tread){
		n += r->rcount;
		if(m->data == nil)
			p = r->buf.p - RREADHDR;	/* the data is in its place */
	}
	*msg = p;
	iohead(r, p, n);
	return n;
}

/*
 * Make the answer of an Mreq from connout: its length, and in *msg its
 * address, in m's memory; 0 if it is not to be sent.  Never more than the
 * connection's msize.
 */
u32int connanswer(Mreq *m, uchar **msg)
{
	Fcall f;
	Req *r;
	uchar *p;
	u32int n;

	r = &m->r;
	if(m->lent.npart > 0)
		reqkeep(r);
	if(m->stale)
		return 0;
	if(r->err == nil && (r->type|2) == Twrite)
		return ioanswer(m, msg);
	p = m->small;
	n = sizeof m->small;
	if(r->err != nil){
		f.type = Rerror;
		f.tag = r->tag;
		f.ename = r->err;
	}else{
		answerof(m, &f);
		if(r->type == Tstat){
			p = r->buf.p - HDRSZ - BIT16SZ;
			n = Dataoff + r->rcount;
		}
	}
	*msg = p;
	return convS2M(&f, p, n);
}

/* Only for an Mreq that connanswer was not called for. */
u32int connparts(Mreq *m, Iopart **part, u32int *n)
{
	Req *r;
	u32int size;

	r = &m->r;
	if(m->lent.npart == 0 || m->stale || r->err != nil || r->rcount != m->lent.n)
		return 0;
	size = RREADHDR + r->rcount;
	iohead(r, m->small, size);
	m->lent.part[0] = (Iopart){ m->small, RREADHDR };
	*part = m->lent.part;
	*n = m->lent.npart;
	return size;
}
