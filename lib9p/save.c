/*
 * save.c: a server with all its connections as one image.
 *
 * An image is a line with the format's version, the server's name, and
 * sections, each a tag of four bytes, its length and quicksum, then its bytes:
 *
 *	head	connections[4] next sequence number[8]
 *	data	what Srv.save says
 *	conn	for each: msize[4] session[1]
 *		fids[4], of which clunked[4], then those fids
 *		held[4], then those messages
 *
 * Fids are in the order of their numbers.  One that was clunked while a
 * request goes on using it comes after the others, and the request refers to
 * it by its place there.  A request that waits is saved as the message that
 * it came as, made anew, with the server's word on its progress; all in the
 * order in which the server got them, so that a flush comes after what it
 * flushes.  Nothing else runs: no locks are taken.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

/* things to be put in order */
typedef struct List List;
struct List {
	Key *k;
	u32int n, cap;
};

/* what a connection has */
typedef struct Saving Saving;
struct Saving {
	Conn *c;
	List fids, clunked, reqs;
	Img *m;
};

/* --- lists --- */
static int listadd(List *l, u64int key, void *p)
{
	Key *k;
	u32int cap;

	if(l->n == l->cap){
		cap = l->cap > 0? 2*l->cap: 64;
		if((k = realloc(l->k, cap*sizeof k[0])) == nil){
			werrstr("%s", Enomem);
			return -1;
		}
		l->k = k;
		l->cap = cap;
	}
	l->k[l->n++] = (Key){ .key = key, .p = p };
	return 0;
}

/* Put n keys in order, ascending. */
void keysort(Key *k, usize n)
{
	Key t;
	usize gap, i, j;

	for(gap = 1; gap < n/3; gap = 3*gap+1)
		;
	for(; gap > 0; gap /= 3)
		for(i = gap; i < n; i++){
			t = k[i];
			for(j = i; j >= gap && k[j-gap].key > t.key; j -= gap)
				k[j] = k[j-gap];
			k[j] = t;
		}
}

/* --- sections --- */

/* begin a section: what sectend needs */
usize sectbegin(Img *m, char *tag)
{
	imgputn(m, tag, TAGSZ);
	imgput8(m, 0);
	imgput4(m, 0);
	return m->n;
}

void sectend(Img *m, usize at)
{
	if(m->err != nil)
		return;
	put8(m->p+at-BIT32SZ-BIT64SZ, m->n-at);
	put4(m->p+at-BIT32SZ, quicksum(m->p+at, m->n-at));
}

/* something whose length, in four bytes, is known after it was put */
static usize partbegin(Img *m)
{
	imgput4(m, 0);
	return m->n;
}

static void partend(Img *m, usize at)
{
	if(m->err == nil && m->n-at > 0xFFFFFFFFUL)
		imgfail(m, Etoobig);
	if(m->err == nil)
		put4(m->p+at-BIT32SZ, m->n-at);
}

/* --- what there is --- */
static int isnew(Fid *f)
{
	return (f->busy & BUSYNEW) != 0;
}

/* a fid of a message: remember it if no number leads to it */
static int clunkedadd(Saving *x, Fid *f)
{
	if(f == nil || isnew(f) || fidnumbered(f) || f->index != 0)
		return 0;
	if(listadd(&x->clunked, 0, f) < 0)
		return -1;
	f->index = x->clunked.n;
	return 0;
}

/*
 * The same of a request.  A clunk that waits is one that removes, and took
 * rclose out of the fid, where it must be found again.
 */
static int reqclunked(Saving *x, Req *r)
{
	if(clunkedadd(x, r->fid) < 0 || clunkedadd(x, r->afid) < 0)
		return -1;
	if(r->type == Tclunk)
		x->clunked.k[r->fid->index-1].key = 1;
	return 0;
}

/* each flush is to name what it waits for, which may be a flush */
static void flushname(List *reqs)
{
	Req *r;
	u32int i;

	for(i = 0; i < reqs->n; i++){
		r = reqs->k[i].p;
		r->oldtag = NOTAG;
	}
	for(i = 0; i < reqs->n; i++){
		r = reqs->k[i].p;
		if(r->flushes != nil)
			r->flushes->oldtag = r->tag;
	}
}

static int collectreqs(Saving *x)
{
	Conn *c;
	Held *h;
	Req *r;
	u32int i;

	c = x->c;
	for(i = 0; i < c->tagcap; i++)
		for(r = c->tags[i]; r != nil; r = r->tagnext)
			if(listadd(&x->reqs, ((Mreq*)r)->seq, r) < 0)
				return -1;
	keysort(x->reqs.k, x->reqs.n);
	flushname(&x->reqs);
	for(h = c->held; h != nil; h = h->next)
		if(clunkedadd(x, h->fid) < 0 || clunkedadd(x, h->afid) < 0)
			return -1;
	for(i = 0; i < x->reqs.n; i++)
		if(reqclunked(x, x->reqs.k[i].p) < 0)
			return -1;
	return 0;
}

static int collectfids(Saving *x)
{
	Conn *c;
	Fid *f;
	u32int i;

	c = x->c;
	for(i = 0; i < c->fidcap; i++)
		for(f = c->fids[i]; f != nil; f = f->next)
			if(!isnew(f) && listadd(&x->fids, f->fid, f) < 0)
				return -1;
	keysort(x->fids.k, x->fids.n);
	return 0;
}

/* --- fids --- */

static void fidsave(Img *m, Fid *f, int removes)
{
	usize at;

	imgput4(m, f->fid);
	imgput1(m, f->omode);
	imgput1(m, f->rclose || removes);
	imgputs(m, f->uid);
	imgputqid(m, &f->qid);
	imgput8(m, f->dirindex);
	imgput8(m, f->diroffset);
	imgput4(m, f->dircount);
	imgput4(m, f->sfile != nil? f->sfile - f->srv->files + 1: 0);
	imgput1(m, f->file != nil);
	imgput8(m, f->file != nil? f->file->seq: 0);
	at = partbegin(m);
	if(f->srv->savefid != nil)
		f->srv->savefid(f, m);
	partend(m, at);
}

/* --- messages --- */
static void putheld(Img *m, int kind, u64int seq, Fid *f, Fid *af)
{
	imgput1(m, kind);
	imgput8(m, seq);
	imgput4(m, f != nil? f->index: 0);
	imgput4(m, af != nil? af->index: 0);
}

static void heldsave(Img *m, Held *h)
{
	putheld(m, h->kind, h->seq, h->fid, h->afid);
	imgput4(m, h->n);
	imgputn(m, h->msg, h->n);
	imgput4(m, h->nprog);
	imgputn(m, h->msg+h->n, h->nprog);
}

/* the T-message a request came as; its data and stat are to follow the rest */
static void fcallof(Req *r, Fcall *f)
{
	*f = (Fcall){
		.type = r->type, .tag = r->tag, .oldtag = r->oldtag,
		.fid = r->fid != nil? r->fid->fid: NOFID,
		.afid = r->afid != nil? r->afid->fid: NOFID,
		.uname = r->uname, .aname = r->name, .name = r->name,
		.perm = r->perm, .mode = r->mode,
		.offset = r->offset, .count = r->count,
	};
	if(r->type == Twalk){
		f->newfid = r->newfid->fid == NOFID? f->fid: r->newfid->fid;
		f->nwname = r->nwname;
		memmove(f->wname, r->wname, r->nwname*sizeof f->wname[0]);
	}
	if(r->type == Twstat)
		f->nstat = sizeD2M(&r->d);
}

static void msgsave(Img *m, Req *r)
{
	Fcall f;
	uchar *p;
	u32int n;

	fcallof(r, &f);
	n = sizeS2M(&f);
	imgput4(m, n);
	if((p = imgroom(m, n)) == nil)
		return;
	if(n == 0 || convS2M(&f, p, n) != n)
		imgfail(m, Ebotch);
	else if(r->type == Twrite)
		bufget(&r->buf, 0, p+n-r->count, r->count);
	else if(r->type == Twstat)
		convD2M(&r->d, p+n-f.nstat, f.nstat);
}

static void reqsave(Img *m, Req *r)
{
	Srv *s;
	usize at;

	s = r->srv;
	putheld(m, HeldParked, ((Mreq*)r)->seq, r->fid, r->afid);
	msgsave(m, r);
	at = partbegin(m);
	if(s->savereq != nil && r->type != Tflush)
		s->savereq(r, m);
	partend(m, at);
}

static u32int ofkind(Img *m, Conn *c, int kind)
{
	Held *h;
	u32int n;

	n = 0;
	for(h = c->held; h != nil; h = h->next)
		if(h->kind == kind){
			heldsave(m, h);
			n++;
		}
	return n;
}

/* answers that nobody has taken yet */
static u32int outsave(Img *m, Conn *c)
{
	Mreq *o;
	uchar *p;
	u32int n, k;

	k = 0;
	for(o = c->out; o != nil; o = o->next){
		if(c->hungup || o->r.gen != c->gen)
			continue;
		o->stale = 0;
		n = connanswer(o, &p);
		putheld(m, HeldAnswer, 0, nil, nil);
		imgput4(m, n);
		imgputn(m, p, n);
		imgput4(m, 0);
		k++;
	}
	return k;
}

static void messages(Saving *x)
{
	Img *m;
	usize at;
	u32int i, n;

	m = x->m;
	imgput4(m, 0);
	at = m->n;
	n = ofkind(m, x->c, HeldAnswer);
	n += outsave(m, x->c);
	n += ofkind(m, x->c, HeldParked);
	for(i = 0; i < x->reqs.n; i++)
		reqsave(m, x->reqs.k[i].p);
	n += x->reqs.n;
	n += ofkind(m, x->c, HeldNew);
	if(m->err == nil)
		put4(m->p+at-BIT32SZ, n);
}

/* --- connections --- */
static void connput(Saving *x)
{
	Img *m;
	usize at;
	u32int i;

	m = x->m;
	at = sectbegin(m, TAGCONN);
	imgput4(m, x->c->msize);
	imgput1(m, x->c->session);
	imgput4(m, x->fids.n + x->clunked.n);
	imgput4(m, x->clunked.n);
	for(i = 0; i < x->fids.n; i++)
		fidsave(m, x->fids.k[i].p, 0);
	for(i = 0; i < x->clunked.n; i++)
		fidsave(m, x->clunked.k[i].p, x->clunked.k[i].key);
	messages(x);
	sectend(m, at);
}

static int connsave(Conn *c, Img *m)
{
	Saving x;
	u32int i;
	int r;

	x = (Saving){ .c = c, .m = m };
	r = -1;
	if(collectreqs(&x) == 0 && collectfids(&x) == 0){
		connput(&x);
		r = imgok(m);
	}
	for(i = 0; i < x.clunked.n; i++)
		((Fid*)x.clunked.k[i].p)->index = 0;
	free(x.fids.k);
	free(x.clunked.k);
	free(x.reqs.k);
	return r;
}

int srvsave(Srv *s, Conn **c, int n, Img *m)
{
	usize at;
	int i;

	if(s->save == nil || s->restore == nil){
		werrstr("%s: cannot be moved", s->name);
		return -1;
	}
	srvreap(s);
	imgputn(m, IMGMAGIC, strlen(IMGMAGIC));
	imgputs(m, s->name);
	at = sectbegin(m, TAGHEAD);
	imgput4(m, n);
	imgput8(m, s->seq);
	sectend(m, at);
	at = sectbegin(m, TAGDATA);
	if(s->save(s, m) < 0)
		return -1;
	sectend(m, at);
	for(i = 0; i < n; i++)
		if(connsave(c[i], m) < 0)
			return -1;
	return imgok(m);
}
