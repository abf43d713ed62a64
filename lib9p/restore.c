/*
 * restore.c: a server with all its connections from an image, save.c.
 *
 * Nothing in the image is trusted: sections have the sums they claim, counts
 * are bounded by the bytes that are left and by the library's limits, fids
 * and messages are such as the library could have saved.  What the server
 * itself saved is for it to check.  Nothing is sent and no request is run:
 * messages wait in Conn.held until the host gives them to connheld.
 *
 * A failure leaves nothing: connections, fids and the server's state are
 * freed again, in that order.  Nobody else uses any of this yet: no locks.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

enum {
	Fidleast = 4+1+1+3+QIDSZ+8+8+4+1+8+4,	/* bytes of a fid in an image */
	Nomode = 0xFF,		/* omode of a fid that is not open */
};

/* a connection that is being made */
typedef struct Making Making;
struct Making {
	Conn *c;
	Img m;
	Fid **clunked;		/* referenced */
	u32int nclunked;
	Fid *last;		/* whose user the next may share */
};

/* --- messages --- */
Held *heldnew(int kind, uchar *msg, u32int n, uchar *prog, u32int nprog)
{
	Held *h;

	if((h = malloc(sizeof *h + n + nprog)) == nil){
		werrstr("%s", Enomem);
		return nil;
	}
	*h = (Held){ .kind = kind, .n = n, .nprog = nprog };
	memmove(h->msg, msg, n);
	if(nprog > 0)
		memmove(h->msg+n, prog, nprog);
	return h;
}

void heldfree(Held *h)
{
	if(h->fid != nil)
		fidclose(h->fid);
	if(h->afid != nil)
		fidclose(h->afid);
	free(h);
}

void heldadd(Conn *c, Held *h)
{
	h->next = nil;
	if(c->held == nil)
		c->held = h;
	else
		c->heldlast->next = h;
	c->heldlast = h;
}

static Held *heldpop(Conn *c)
{
	Held *h;

	h = c->held;
	if((c->held = h->next) == nil)
		c->heldlast = nil;
	return h;
}

void connheldfree(Conn *c)
{
	while(c->held != nil)
		heldfree(heldpop(c));
}

/*
 * Take out what is to be sent or handled next: all answers, then what was
 * parked, in the order in which it came to the server, then what is new.
 */
Held *heldnext(Conn **c, int n, int *which)
{
	Held *h, *best;
	int i;

	best = nil;
	for(i = 0; i < n; i++){
		h = c[i]->held;
		if(h == nil)
			continue;
		if(best == nil || h->kind < best->kind || (h->kind == best->kind && h->seq < best->seq)){
			best = h;
			*which = i;
		}
	}
	return best != nil? heldpop(c[*which]): nil;
}

static int bad(void)
{
	werrstr("%s", Ebadimage);
	return -1;
}

static int nomem(void)
{
	werrstr("%s", Enomem);
	return -1;
}

/* --- fids --- */

/* is f, with the mode of its file, what its qid says? */
static int placeok(Fid *f, u64int path, u32int mode)
{
	return f->qid.path == path && ((mode & DMDIR) != 0) == ((f->qid.type & QTDIR) != 0);
}

/*
 * What of a server's files it is: as an attach and walks would have left it.
 * If it is none of them, that is for restorefid to judge.
 */
static int fidsetplace(Fid *f, u32int sfile, int tree, u64int path)
{
	Srv *s;

	s = f->srv;
	if(sfile == 0 && !tree)
		return (s->files == nil && s->tree == nil) || s->restorefid != nil || f->qid.type & QTAUTH;
	if(sfile != 0){
		if(s->files == nil || sfile > (u32int)s->nfiles || tree)
			return 0;
		f->sfile = &s->files[sfile-1];
		return placeok(f, (f->qid.path & ~0xFFFFFFFFUL) | (sfile-1), f->sfile->mode);
	}
	if(s->tree == nil || (f->file = treesaved(s->tree, path)) == nil)
		return 0;
	return placeok(f, path, f->file->d.mode);
}

/* the open mode, and what goes with it */
static int fidsetopen(Fid *f, int omode, int rclose)
{
	if(omode == Nomode)
		return rclose? bad(): 0;
	if(omode > OEXEC || rclose > 1 || (f->qid.type & QTDIR && omode != OREAD))
		return bad();
	if(rclose && (f->rcreq = mallocz(sizeof(Req), 1)) == nil)
		return nomem();
	f->rclose = rclose;
	f->omode = omode;
	if(f->file != nil)
		f->file->nopen++;
	return 0;
}

/* the server's own part */
static int fidsetaux(Fid *f, Img *m)
{
	Img part;
	uchar *p;
	u32int n;

	n = imgget4(m);
	p = imggetn(m, n);
	if(imgok(m) < 0)
		return -1;
	f->made = 1;
	if(f->srv->restorefid == nil)
		return n == 0? 0: bad();
	imgopen(&part, p, n);
	if(f->srv->restorefid(f, &part) < 0)
		return -1;
	return imgend(&part);
}

static int fidget(Fid *f, Making *x)
{
	Img *m;
	char *uid;
	u64int path;
	u32int sfile;
	int omode, rclose, tree;

	m = &x->m;
	omode = imgget1(m);
	rclose = imgget1(m);
	uid = imggets(m);
	imggetqid(m, &f->qid);
	f->dirindex = imgget8(m);
	f->diroffset = imgget8(m);
	f->dircount = imgget4(m);
	sfile = imgget4(m);
	tree = imgget1(m);
	path = imgget8(m);
	if(imgok(m) < 0)
		return -1;
	if(f->diroffset < 0 || !fidsetplace(f, sfile, tree, path))
		return bad();
	if(fidsetopen(f, omode, rclose) < 0)
		return -1;
	if(fiduidlike(f, uid, x->last) < 0)
		return nomem();
	return fidsetaux(f, m);
}

/* the next fid, entered under its number, or remembered as clunked */
static int fidrestore(Making *x, int clunked)
{
	Fid *f;
	u32int num;

	num = imgget4(&x->m);
	if(num == NOFID)
		return bad();
	if((f = fidnew(x->c, clunked? NOFID: num)) == nil)
		return -1;
	if(clunked){
		f->fid = num;
		x->clunked[x->nclunked++] = f;
	}
	if(fidget(f, x) < 0)
		return -1;
	fidlive(f);
	x->last = f;
	return 0;
}

static int fidsrestore(Making *x)
{
	u32int n, nclunked, i;

	n = imgget4(&x->m);
	nclunked = imgget4(&x->m);
	if(n > imgleft(&x->m)/Fidleast || nclunked > n || (n > 0 && !x->c->session))
		return bad();
	if(nclunked > 0 && (x->clunked = malloc(nclunked*sizeof x->clunked[0])) == nil)
		return nomem();
	for(i = 0; i < n; i++)
		if(fidrestore(x, i >= n-nclunked) < 0)
			return -1;
	return 0;
}

/* --- held messages --- */
static Held *heldget(Making *x)
{
	Img *m;
	Held *h;
	uchar *msg, *prog;
	u64int seq;
	u32int n, nprog, fid, afid;
	int kind;

	m = &x->m;
	kind = imgget1(m);
	seq = imgget8(m);
	fid = imgget4(m);
	afid = imgget4(m);
	n = imgget4(m);
	msg = imggetn(m, n);
	nprog = imgget4(m);
	prog = imggetn(m, nprog);
	if(imgok(m) < 0)
		return nil;
	if(n > MAXMSIZE || fid > x->nclunked || afid > x->nclunked){
		bad();
		return nil;
	}
	if((h = heldnew(kind, msg, n, prog, nprog)) == nil)
		return nil;
	h->seq = seq;
	if(fid != 0)
		fidincref(h->fid = x->clunked[fid-1]);
	if(afid != 0)
		fidincref(h->afid = x->clunked[afid-1]);
	return h;
}

/* may h come after last? */
static int heldok(Making *x, Held *h, Held *last)
{
	if(h->kind < HeldAnswer || h->kind > HeldNew || (last != nil && h->kind < last->kind))
		return 0;
	if(h->kind == HeldParked)
		return x->c->session && (last == nil || last->kind != HeldParked || h->seq > last->seq);
	return h->nprog == 0 && h->fid == nil && h->afid == nil && h->seq == 0;
}

static int heldrestore(Making *x)
{
	Held *h, *last;
	u32int n, i, parked;

	n = imgget4(&x->m);
	parked = 0;
	for(i = 0; i < n; i++){
		last = x->c->heldlast;
		if((h = heldget(x)) == nil)
			return -1;
		heldadd(x->c, h);
		parked += h->kind == HeldParked;
		if(!heldok(x, h, last) || parked > MAXREQS)
			return bad();
	}
	return 0;
}

/* --- connections --- */
static int connfill(Making *x)
{
	Conn *c;
	u32int msize, session;

	c = x->c;
	msize = imgget4(&x->m);
	session = imgget1(&x->m);
	if(session > 1 || msize < MINMSIZE || msize > MAXMSIZE)
		return bad();
	if(session && msize > c->msize){
		werrstr("image: messages of %ud bytes are too large", msize);
		return -1;
	}
	if(session)
		c->msize = msize;
	c->session = session;
	if(fidsrestore(x) < 0 || heldrestore(x) < 0)
		return -1;
	return imgend(&x->m);
}

/* the connection is given up: no file is removed because of that */
static void conndrop(Conn *c)
{
	Held *h;
	Fid *f;
	u32int i;

	for(i = 0; i < c->fidcap; i++)
		for(f = c->fids[i]; f != nil; f = f->next)
			f->rclose = 0;
	for(h = c->held; h != nil; h = h->next)
		if(h->fid != nil)
			h->fid->rclose = 0;
	connheldfree(c);
	connreset(c);
	connclose(c);
}

static Conn *connrestore(Srv *s, Img *part)
{
	Making x;
	u32int i;
	int r;

	x = (Making){ .m = *part };
	if((x.c = connnew(s)) == nil)
		return nil;
	r = connfill(&x);
	for(i = 0; i < x.nclunked; i++){
		if(r < 0)
			x.clunked[i]->rclose = 0;
		fidclose(x.clunked[i]);
	}
	free(x.clunked);
	if(r == 0)
		return x.c;
	conndrop(x.c);
	return nil;
}

/* --- the whole --- */
static int sectopen(Img *m, char *tag, Img *part)
{
	uchar *p, *t;
	usize n;
	u32int sum;

	t = imggetn(m, TAGSZ);
	n = imgget8(m);
	sum = imgget4(m);
	p = imggetn(m, n);
	if(imgok(m) < 0)
		return -1;
	if(memcmp(t, tag, TAGSZ) != 0){
		werrstr("image: section %s is missing", tag);
		return -1;
	}
	if(quicksum(p, n) != sum){
		werrstr("image: section %s has a wrong checksum", tag);
		return -1;
	}
	imgopen(part, p, n);
	return 0;
}

/* is it an image of this server, and of how many connections? */
static int headget(Srv *s, Img *m)
{
	Img part;
	uchar *p;
	char *name;
	u32int n;

	p = imggetn(m, strlen(IMGMAGIC));
	if(p == nil || memcmp(p, IMGMAGIC, strlen(IMGMAGIC)) != 0){
		werrstr("image: not an image, or of another version");
		return -1;
	}
	name = imggets(m);
	if(imgok(m) < 0)
		return -1;
	if(strcmp(name, s->name) != 0){
		werrstr("image: is not of %s", s->name);
		return -1;
	}
	if(sectopen(m, TAGHEAD, &part) < 0)
		return -1;
	n = imgget4(&part);
	s->seq = imgget8(&part);
	if(n > 0x7FFFFFFF)
		imgfail(&part, Ebadimage);
	return imgend(&part) < 0? -1: (int)n;
}

static int staterestore(Srv *s, Img *m)
{
	Img part;

	if(sectopen(m, TAGDATA, &part) < 0 || s->restore(s, &part) < 0)
		return -1;
	if(imgend(&part) == 0)
		return 0;
	treerestored(s->tree);
	s->fini(s);
	return -1;
}

int srvrestore(Srv *s, Img *m, Conn **c, int max)
{
	Img part;
	char e[ERRMAX];
	int n, i;

	if(s->save == nil || s->restore == nil){
		werrstr("%s: cannot be moved", s->name);
		return -1;
	}
	if((n = headget(s, m)) < 0)
		return -1;
	if(n > max){
		werrstr("image: %d connections, not %d", n, max);
		return -1;
	}
	if(staterestore(s, m) < 0)
		return -1;
	for(i = 0; i < n; i++)
		if(sectopen(m, TAGCONN, &part) < 0 || (c[i] = connrestore(s, &part)) == nil)
			break;
	if(i == n && imgend(m) == 0){
		treerestored(s->tree);
		return n;
	}
	rerrstr(e, sizeof e);
	while(i > 0)
		conndrop(c[--i]);
	srvreap(s);
	treerestored(s->tree);
	s->fini(s);
	werrstr("%s", e);
	return -1;
}
