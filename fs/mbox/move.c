/*
 * move.c: a mailbox in an image.
 *
 *	next[8] max[8] vers[4] mtime[4]
 *	messages[4], then those that are removed and open[4]; each is
 *		num[8] mtime[4] flags[1] vers[4] length[4] and its bytes
 *	events[8] ever, and the last ones, Nevent at most: kind[1] num[8]
 *
 * A fid is what it has[1], then the message's number, the draft, or where it
 * stands in the events.  A read that waits has nothing to be saved: its
 * handler is called again.
 *
 * Everything in an image is checked.  Nothing else runs when a server is
 * saved or restored: Srv.lk is not taken.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "mbox.h"

enum {	/* what a fid has */
	Fnone,
	Fmsg,
	Fdraft,
	Fevent,
};

enum {
	Msgleast = 8+4+1+4+4,	/* bytes of a message in an image */
};

/* --- saving --- */
static void putmsg(Img *m, Msg *g)
{
	imgput8(m, g->num);
	imgput4(m, g->mtime);
	imgput1(m, g->flags);
	imgput4(m, g->vers);
	imgput4(m, g->n);
	imgputn(m, g->raw, g->n);
}

static void putmsgs(Img *m, Mbox *b)
{
	Msg *g, *last;
	u32int i, n;

	imgput4(m, b->nlive);
	for(i = 0; i < b->nslot; i++)
		if(b->slot[i].m != nil)
			putmsg(m, b->slot[i].m);
	n = 0;
	last = nil;
	for(g = b->gone; g != nil; g = g->next){
		last = g;
		n++;
	}
	imgput4(m, n);
	for(g = last; g != nil; g = g->prev)	/* each is put before the others when it is read */
		putmsg(m, g);
}

/* the first event that is still there */
static u64int firstevent(Mbox *b)
{
	return b->nevent > Nevent? b->nevent-Nevent: 0;
}

int mboxsave(Srv *s, Img *m)
{
	Mbox *b;
	u64int i;

	b = s->aux;
	imgput8(m, b->next);
	imgput8(m, b->max);
	imgput4(m, b->vers);
	imgput4(m, b->mtime);
	putmsgs(m, b);
	imgput8(m, b->nevent);
	for(i = firstevent(b); i < b->nevent; i++){
		imgput1(m, b->event[i%Nevent].kind);
		imgput8(m, b->event[i%Nevent].num);
	}
	return imgok(m);
}

void mboxsavefid(Fid *f, Img *m)
{
	Mfid *x;

	x = f->aux;
	if(x->m != nil && x->m->num == 0){
		imgput1(m, Fdraft);
		imgput1(m, x->m->bad);
		imgput4(m, x->m->n);
		imgputn(m, x->m->raw, x->m->n);
	}else if(x->m != nil){
		imgput1(m, Fmsg);
		imgput8(m, x->m->num);
	}else if(f->qid.path == Qevent && f->omode >= 0){
		imgput1(m, Fevent);
		imgput8(m, x->seq);
		imgput1(m, x->n - x->at);
		imgputn(m, x->line+x->at, x->n - x->at);
	}else
		imgput1(m, Fnone);
}

/* --- restoring --- */
static int fail(char *e)
{
	werrstr("%s", e);
	return -1;
}

/* the bytes that follow their number, as those of a draft */
static int getbytes(Img *m, Mbox *b, Msg *g)
{
	uchar *p;
	char *e;
	u32int n;

	n = imgget4(m);
	p = imggetn(m, n);
	if(imgok(m) < 0)
		return -1;
	return n > 0 && (e = draftput(b, g, p, n)) != nil? fail(e): 0;
}

/* one message, as it was when it came */
static int getmsg(Img *m, Mbox *b, int gone)
{
	Msg *g;
	u64int num;
	u32int mtime, flags, vers;

	num = imgget8(m);
	mtime = imgget4(m);
	flags = imgget1(m);
	vers = imgget4(m);
	if((g = draftnew(b)) == nil)
		return -1;
	if(getbytes(m, b, g) < 0)
		goto Fail;
	if(num == 0 || num >= b->next || flags >= 1<<Nflags){
		fail(Ebadimage);
		goto Fail;
	}
	g->mtime = mtime;
	g->flags = flags;
	g->vers = vers;
	if(msgenter(b, g, num, gone) == 0)
		return 0;
	fail(Ebadimage);
Fail:
	msgclose(b, g);
	return -1;
}

static int getmsgs(Img *m, Mbox *b, int gone)
{
	u32int i, n;

	n = imgget4(m);
	if(n > imgleft(m)/Msgleast)
		return fail(Ebadimage);
	for(i = 0; i < n; i++)
		if(getmsg(m, b, gone) < 0)
			return -1;
	return imgok(m);
}

static int getevents(Img *m, Mbox *b)
{
	Event *e;
	u64int i;

	b->nevent = imgget8(m);
	for(i = firstevent(b); i < b->nevent; i++){
		e = &b->event[i%Nevent];
		e->kind = imgget1(m);
		e->num = imgget8(m);
		if(e->kind > Eflags)
			return fail(Ebadimage);
	}
	return imgok(m);
}

int mboxrestore(Srv *s, Img *m)
{
	Mbox *b;
	u64int next, max;
	u32int vers, mtime;

	next = imgget8(m);
	max = imgget8(m);
	vers = imgget4(m);
	mtime = imgget4(m);
	if(imgok(m) < 0)
		return -1;
	if(next == 0 || next > Maxnum || max == 0 || max > Maxmax)
		return fail(Ebadimage);
	if((b = boxnew(max)) == nil)
		return fail(Enomem);
	b->next = next;
	if(getmsgs(m, b, 0) < 0 || getmsgs(m, b, 1) < 0 || getevents(m, b) < 0){
		boxfree(b);
		return -1;
	}
	b->vers = vers;
	b->mtime = mtime;
	s->aux = b;
	return 0;
}

/* is the qid one of message g's, which is parsed, as walks give it? */
static int qidok(Msg *g, Qid *q)
{
	u32int k;

	k = q->path & ((1<<Qshift)-1);
	if(q->path>>Qshift != g->num || (k == Qdir) != ((q->type & QTDIR) != 0))
		return 0;
	if(k <= Qflags)
		return 1;
	return k >= Qfield && k-Qfield < g->nfield && g->field[k-Qfield].file;
}

static int getmsgfid(Fid *f, Mfid *x, Img *m)
{
	Mbox *b;
	Msg *g;
	char *e;
	u64int num;

	b = f->srv->aux;
	num = imgget8(m);
	if((g = msgfind(b, num)) == nil)
		for(g = b->gone; g != nil && g->num != num; g = g->next)
			;
	if(g == nil)
		return fail(Ebadimage);
	if((e = msgparse(g)) != nil)
		return fail(e);
	if(!qidok(g, &f->qid))
		return fail(Ebadimage);
	x->m = g;
	g->ref++;
	return 0;
}

static int getdraftfid(Fid *f, Mfid *x, Img *m)
{
	Mbox *b;
	int bad;

	b = f->srv->aux;
	bad = imgget1(m);
	if(f->qid.path != Qnew || f->omode != OWRITE)
		return fail(Ebadimage);
	if((x->m = draftnew(b)) == nil || getbytes(m, b, x->m) < 0)
		return -1;
	x->m->bad = bad != 0;
	return 0;
}

static int geteventfid(Fid *f, Mfid *x, Img *m)
{
	Mbox *b;
	uchar *p;
	u32int n;

	b = f->srv->aux;
	x->seq = imgget8(m);
	n = imgget1(m);
	p = imggetn(m, n);
	if(imgok(m) < 0 || x->seq > b->nevent || n > sizeof x->line || f->qid.path != Qevent || f->omode != OREAD)
		return fail(Ebadimage);
	memmove(x->line, p, n);
	x->n = n;
	b->nreader++;
	return 0;
}

/* one of the root's files; new and event have more when they are open */
static int getrootfid(Fid *f)
{
	Qid *q;

	q = &f->qid;
	if(q->path > Qctl || (q->path == Qroot) != ((q->type & QTDIR) != 0))
		return fail(Ebadimage);
	return f->omode >= 0 && (q->path == Qnew || q->path == Qevent)? fail(Ebadimage): 0;
}

int mboxrestorefid(Fid *f, Img *m)
{
	Mfid *x;

	if((x = mallocz(sizeof *x, 1)) == nil)
		return fail(Enomem);
	f->aux = x;
	switch(imgget1(m)){
	case Fnone:
		return imgok(m) < 0? -1: getrootfid(f);
	case Fmsg:
		return getmsgfid(f, x, m);
	case Fdraft:
		return getdraftfid(f, x, m);
	case Fevent:
		return geteventfid(f, x, m);
	}
	return fail(Ebadimage);
}
