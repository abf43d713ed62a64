/*
 * move.c: a console and its views in an image.
 *
 *	logsize[4] key[1] typed[1] midline[1] next id[8] stamp[8] holder[1]
 *	out, say, events: each length[4] and bytes
 *	views[1], each: n[1] id[8] owner[s] label[s] flags[1] base[8] head[8]
 *		shown[8] held[8] nintr[4] dropped[4], the log's bytes from its
 *		oldest to head, input's length[4] and so many [2], line's
 *		length[4] and bytes
 *
 * A fid is what it refers to[1], then a view's id and the position of its
 * log[8 8].  One whose view is gone gets a view of its own that is gone.  A
 * write that waits has how many of its bytes were taken[4]; other requests
 * have their handlers called again.
 *
 * Everything in an image is checked.  Nothing else runs when a server is
 * saved or restored: Srv.lk is not taken.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "consmux.h"

enum {	/* what a fid refers to */
	Froot,
	Fview,
	Fgone,
};

enum {	/* flags of a view */
	Vraw = 1<<0,
	Vshow = 1<<1,
	Vkeep = 1<<2,
	Vclosing = 1<<3,
	Vall = (1<<4)-1,
};

/* --- saving --- */
static void putring(Img *m, uchar *ring, u32int size, u32int at, u32int n)
{
	u32int i;

	imgput4(m, n);
	for(i = 0; i < n; i++)
		imgput1(m, ring[(at+i) % size]);
}

static void putlog(Img *m, Mux *x, View *v)
{
	uchar buf[256];
	u64int at;
	u32int k;

	for(at = viewoldest(x, v); at < v->head; at += k){
		k = v->head-at < sizeof buf? v->head-at: sizeof buf;
		viewget(x, v, at, buf, k);
		imgputn(m, buf, k);
	}
}

static void putview(Img *m, Mux *x, View *v)
{
	u32int i;

	imgput1(m, v->n);
	imgput8(m, v->id);
	imgputs(m, v->owner);
	imgputs(m, v->label);
	imgput1(m, (v->raw? Vraw: 0) | (v->show? Vshow: 0) | (v->keep? Vkeep: 0) | (v->closing? Vclosing: 0));
	imgput8(m, v->base);
	imgput8(m, v->head);
	imgput8(m, v->shown);
	imgput8(m, v->held);
	imgput4(m, v->nintr);
	imgput4(m, v->dropped);
	putlog(m, x, v);
	imgput4(m, v->nin);
	for(i = 0; i < v->nin; i++)
		imgput2(m, v->in[(v->inat+i) % Inmax]);
	putring(m, v->line, Linemax, 0, v->nline);
}

int consmuxsave(Srv *s, Img *m)
{
	Mux *x;
	int i, n;

	x = s->aux;
	imgput4(m, x->logsize);
	imgput1(m, x->key);
	imgput1(m, x->typed);
	imgput1(m, x->midline);
	imgput8(m, x->id);
	imgput8(m, x->stamp);
	imgput1(m, x->holder != nil? x->holder->n: 0);
	putring(m, x->out, Outmax, x->outat, x->nout);
	putring(m, (uchar*)x->say, Saymax, 0, x->nsay);
	putring(m, x->event, Eventmax, 0, x->nevent);
	n = 0;
	for(i = 0; i < Viewmax; i++)
		n += x->view[i] != nil;
	imgput1(m, n);
	for(i = 0; i < Viewmax; i++)
		if(x->view[i] != nil)
			putview(m, x, x->view[i]);
	return imgok(m);
}

void consmuxsavefid(Fid *f, Img *m)
{
	Cfid *x;

	x = f->aux;
	imgput1(m, x->v == nil? Froot: x->v->gone? Fgone: Fview);
	if(x->v != nil){
		imgput8(m, x->v->id);
		imgput8(m, x->base);
	}
}

static int iswrite(Req *r)
{
	Cfid *x;

	x = r->fid->aux;
	return r->type == Twrite && x->v != nil && (r->fid->qid.path & ((1<<Qshift)-1)) == Qcons;
}

void consmuxsavereq(Req *r, Img *m)
{
	if(r->type == Twrite && iswrite(r))
		imgput4(m, r->rcount);
}

/* --- restoring --- */
static int fail(char *e)
{
	werrstr("%s", e);
	return -1;
}

static int bad(void)
{
	return fail(Ebadimage);
}

/* at most max bytes, and how many; -1 */
static int getbytes(Img *m, void *p, u32int max, u32int *n)
{
	uchar *s;

	*n = imgget4(m);
	if(*n > max)
		return bad();
	if((s = imggetn(m, *n)) == nil)
		return *n == 0? imgok(m): bad();
	memmove(p, s, *n);
	return 0;
}

static int getlog(Img *m, Mux *x, View *v)
{
	uchar *p;
	u64int head, n;

	if(v->base > v->head || v->shown > v->head || v->head > 1ULL<<62)
		return bad();
	n = v->head - viewoldest(x, v);
	p = imggetn(m, n);
	if(n > 0 && p == nil)
		return bad();
	head = v->head;
	v->head -= n;
	viewput(x, v, p, n);
	return v->head == head? 0: bad();
}

static int getinput(Img *m, View *v)
{
	u32int i;

	v->nin = imgget4(m);
	if(v->nin > Inmax)
		return bad();
	for(i = 0; i < v->nin; i++)
		if((v->in[i] = imgget2(m)) > Ineof)
			return bad();
	return getbytes(m, v->line, Linemax, &v->nline);
}

static int fillview(Img *m, Mux *x, View *v)
{
	char *label;
	u32int flags;

	label = imggets(m);
	flags = imgget1(m);
	v->raw = (flags & Vraw) != 0;
	v->show = (flags & Vshow) != 0;
	v->keep = (flags & Vkeep) != 0;
	v->closing = (flags & Vclosing) != 0;
	v->base = imgget8(m);
	v->head = imgget8(m);
	v->shown = imgget8(m);
	v->held = imgget8(m);
	v->nintr = imgget4(m);
	v->dropped = imgget4(m);
	if(imgok(m) < 0 || strlen(label) >= Labelmax || flags > Vall)
		return bad();
	strecpy(v->label, v->label+Labelmax, label);
	if(v->held > x->stamp || v->nintr > Inmax)
		return bad();
	return getlog(m, x, v) < 0 || getinput(m, v) < 0? -1: 0;
}

/* one view, into the table even if it then fails */
static int getview(Img *m, Mux *x)
{
	View *v;
	char *owner;
	u64int id;
	int n;

	n = imgget1(m);
	id = imgget8(m);
	owner = imggets(m);
	if(imgok(m) < 0)
		return -1;
	if(n < 1 || n > Viewmax || x->view[n-1] != nil || id == 0 || id >= x->id)
		return bad();
	if((v = mallocz(sizeof *v, 1)) == nil)
		return fail(Enomem);
	x->view[n-1] = v;
	v->n = n;
	v->id = id;
	v->ref = 1;
	if((v->log = mallocz(x->logsize, 1)) == nil || (v->owner = strdup(owner)) == nil)
		return fail(Enomem);
	return fillview(m, x, v);
}

static int getmux(Img *m, Mux *x)
{
	int n, holder;

	x->typed = imgget1(m) != 0;
	x->midline = imgget1(m) != 0;
	x->id = imgget8(m);
	x->stamp = imgget8(m);
	holder = imgget1(m);
	if(getbytes(m, x->out, Outmax, &x->nout) < 0 || getbytes(m, x->say, Saymax-1, &x->nsay) < 0
	|| getbytes(m, x->event, Eventmax, &x->nevent) < 0)
		return -1;
	for(n = x->nevent; n > 0; n--)
		if(x->event[n-1] > Enone)
			return bad();
	if(x->id == 0 || x->id >= 1ULL<<(64-Qshift))
		return bad();
	n = imgget1(m);
	if((n > 0) != (holder > 0))
		return bad();
	for(; n > 0; n--)
		if(getview(m, x) < 0)
			return -1;
	x->holder = viewnumber(x, holder);
	return (x->holder != nil) == (holder > 0)? imgok(m): bad();
}

int consmuxrestore(Srv *s, Img *m)
{
	Mux *x;
	u32int size, key;

	size = imgget4(m);
	key = imgget1(m);
	if(imgok(m) < 0)
		return -1;
	if(size < Logleast || size > Logmost || key == 0 || key >= ' ')
		return bad();
	if((x = cmuxnew(size, key)) == nil)
		return fail(Enomem);
	if(getmux(m, x) < 0){
		cmuxfree(x);
		return -1;
	}
	s->aux = x;
	return 0;
}

/* may the fid be what it is, a file with these modes? */
static int fidok(Fid *f, u32int k, u32int n)
{
	u32int mode, want;

	if(k >= n)
		return 0;
	mode = cmuxmode(n == Nview, k);
	if(((mode & DMDIR) != 0) != ((f->qid.type & QTDIR) != 0))
		return 0;
	want = f->omode < 0? 0: omode2perm(f->omode);
	return ((mode | mode>>3 | mode>>6) & want) == want;
}

static View *findview(Mux *x, u64int id)
{
	int i;

	for(i = 0; i < Viewmax; i++)
		if(x->view[i] != nil && x->view[i]->id == id)
			return x->view[i];
	return nil;
}

static int getviewfid(Fid *f, Cfid *x, u32int k, u64int id)
{
	View *v;

	if((v = findview(f->srv->aux, id)) == nil)
		return bad();
	x->v = v;
	v->ref++;
	if(f->omode < 0 || k == Qdir)
		return 0;
	v->nopen++;
	v->nconsctl += k == Qconsctl;
	return 0;
}

static int getgonefid(Fid *f, Cfid *x, u64int id)
{
	if(f->omode >= 0 && (f->qid.type & QTDIR) == 0)
		return bad();
	if((x->v = mallocz(sizeof *x->v, 1)) == nil)
		return fail(Enomem);
	x->v->id = id;
	x->v->ref = 1;
	x->v->gone = 1;
	return 0;
}

int consmuxrestorefid(Fid *f, Img *m)
{
	Cfid *x;
	u64int id;
	u32int k;
	int kind;

	if((x = mallocz(sizeof *x, 1)) == nil)
		return fail(Enomem);
	f->aux = x;
	k = f->qid.path & ((1<<Qshift)-1);
	kind = imgget1(m);
	if(kind == Froot)
		return imgok(m) == 0 && fidok(f, f->qid.path < Nroot? k: Nroot, Nroot)
			&& (k != Qclone || f->omode < 0)? 0: bad();
	id = imgget8(m);
	x->base = imgget8(m);
	if(imgok(m) < 0 || id != f->qid.path>>Qshift || id == 0 || !fidok(f, k, Nview))
		return bad();
	if(kind == Fview)
		return getviewfid(f, x, k, id);
	return kind == Fgone? getgonefid(f, x, id): bad();
}

/* go on with a write of which a part was taken */
void consmuxrestorereq(Req *r, Img *m)
{
	u32int n;

	n = imgget4(m);
	if(imgok(m) < 0 || !iswrite(r) || n > r->count){
		respond(r, Ebadimage);
		return;
	}
	r->rcount = n;
	consmuxwrite(r);
}
