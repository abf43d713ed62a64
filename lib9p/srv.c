/*
 * srv.c: srvcall, the checks that every request passes before its handler.
 *
 * What a handler may rely on: the fid is live and of a kind that fits the
 * request, open for what is asked, names are good path elements, modes and
 * permissions are known bits, offsets are not negative, counts are within
 * msize, a directory is never opened for anything but reading, and nobody
 * else opens, creates with or walks the fid meanwhile.
 *
 * Each call function returns an error to be answered, or nil when the
 * request is the handler's; then r is not to be touched again, since it may
 * be answered, and its host gone on, in another process.
 * Holds Srv.lk around handlers if SrvLocked, else no lock.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

/* what a create may ask for besides permissions */
#define CREATEBITS (DMDIR|DMAPPEND|DMEXCL|DMTMP)

vlong (*srvclock)(void) = nsec;

/* make r the server's; all that respond and handlers read and hosts need not set */
void srvstart(Req *r)
{
	r->flushed = 0;
	r->hold = 0;
	r->opened = 0;
	r->fidlock = LockNone;
	r->err = nil;
	r->rcount = 0;
	r->aux = nil;
	r->flushes = nil;
	__atomic_store_n(&r->state, Rbusy, __ATOMIC_RELEASE);
}

/* instead of its handler, for a request that the server had begun elsewhere */
static void resume(Req *r)
{
	Held *h;
	Img m;

	h = ((Mreq*)r)->held;
	r->msg = 1;
	imgopen(&m, h->msg+h->n, h->nprog);
	r->srv->restorereq(r, &m);
}

static char *handle(Srv *s, void (*h)(Req*), Req *r)
{
	if(r->msg == MsgResumed)
		h = resume;
	if(s->flags & SrvLocked){
		qlock(&s->lk);
		h(r);
		qunlock(&s->lk);
	}else
		h(r);
	return nil;
}

static char *answer(Req *r)
{
	respond(r, nil);
	return nil;
}

char *srvowner(Srv *s)
{
	return s->owner != nil? s->owner: "sys";
}

/* --- read and write --- */
static char *callread(Req *r)
{
	Fid *f;
	Srv *s;
	void (*h)(Req*);
	u32int max;

	f = r->fid;
	s = r->srv;
	if(f->omode != OREAD && f->omode != ORDWR && f->omode != OEXEC)
		return f->omode < 0? Enotopen: Ebaduse;
	if(r->offset < 0)
		return Enegoff;
	max = r->conn->msize-IOHDRSZ;
	if(max > r->buf.n)
		max = r->buf.n;
	if(r->count > max)
		r->count = max;
	h = s->read;
	if(f->sfile != nil && f->sfile->read != nil)
		h = f->sfile->read;
	else if(f->qid.type & QTDIR && f->sfile != nil)
		h = streeread;
	else if(f->qid.type & QTDIR && f->file != nil)
		h = treeread;
	if(h == nil)
		return Enoread;
	return handle(s, h, r);
}

static char *callwrite(Req *r)
{
	Fid *f;
	Srv *s;

	f = r->fid;
	s = r->srv;
	if(f->omode != OWRITE && f->omode != ORDWR)
		return f->omode < 0? Enotopen: Ebaduse;
	if(r->offset < 0)
		return Enegoff;
	if(r->count > r->conn->msize-IOHDRSZ || r->count > r->buf.n)
		return Ebadcount;
	if(f->sfile != nil && f->sfile->write != nil)
		return handle(s, f->sfile->write, r);
	if(s->write == nil)
		return Enowrite;
	return handle(s, s->write, r);
}

/* --- attach and auth --- */
static char *callauth(Req *r)
{
	Srv *s;

	s = r->srv;
	if(s->auth == nil || s->flags & SrvNoauth)
		return Enoauth;
	if(fiduid(r->afid, r->uname) < 0)
		return Enomem;
	r->afid->qid = (Qid){ .type = QTAUTH };
	r->afid->made = 1;
	return handle(s, s->auth, r);
}

static void toroot(Fid *f)
{
	Srv *s;

	s = f->srv;
	if(s->files != nil){
		f->sfile = s->files;
		f->qid = (Qid){ .type = s->files->mode>>24 };
	}else if(s->tree != nil){
		f->file = s->tree->root;
		fileincref(f->file);
		f->qid = f->file->d.qid;
	}
}

static char *callattach(Req *r)
{
	Srv *s;
	Fid *f;

	s = r->srv;
	f = r->fid;
	if(r->afid != nil){
		if(s->auth == nil || s->flags & SrvNoauth)
			return Enoauth;
		if((r->afid->qid.type & QTAUTH) == 0)
			return Ebaduse;
	}
	if(fiduid(f, r->uname) < 0)
		return Enomem;
	f->made = 1;
	toroot(f);
	if(s->attach != nil)
		return handle(s, s->attach, r);
	if(r->name != nil && r->name[0] != 0)
		return Ebadattach;
	if(f->sfile == nil && f->file == nil)
		return Egreg;
	return answer(r);
}

/* --- walk --- */
/* where no other walk1 is */
static char *walknone(Fid *f, char *name, Qid *q)
{
	USED(f);
	USED(name);
	USED(q);
	return Enonexist;
}

static inline char *(*walker(Srv *s))(Fid*, char*, Qid*)
{
	if(s->walk1 != nil)
		return s->walk1;
	if(s->files != nil)
		return streewalk1;
	return s->tree != nil? treewalk1: walknone;
}

static char *elemcheck(char *name)
{
	if((name[0] != '.' || name[1] != '.' || name[2] != 0) && namecheck(name) < 0)
		return name[0] == '.' && name[1] == 0? Enonexist: Ebadname;
	return nil;
}

/* make nf a clone of f (temp: a temporary one), and walk it: how many names; -1 and w->err: not the first */
static inline __attribute__((always_inline)) int walkclone(Fid *f, Fid *nf, int temp, Srvwalk *w)
{
	char *(*walk1)(Fid*, char*, Qid*);
	Srv *s;
	Qid *q;
	char *e;
	int i;

	s = f->srv;
	walk1 = walker(s);
	if(s->flags & SrvLocked)
		qlock(&s->lk);
	e = temp? fidtemp(f, nf): fidclone(f, nf);
	for(i = 0; e == nil && i < w->n && !w->stopped; i++){
		q = &w->q[i];
		*q = nf->qid;
		if(!w->good && (e = elemcheck(w->name[i])) != nil)
			break;
		if((nf->qid.type & QTDIR) == 0)
			e = Enotdir;
		else
			e = walk1(nf, w->name[i], q);
		if(e != nil)
			break;
		nf->qid = *q;
		if(w->stop != nil)
			w->stopped = w->stop(q, w->arg);
	}
	if(s->flags & SrvLocked)
		qunlock(&s->lk);
	w->err = e;
	return e != nil && i == 0? -1: i;
}

static int walkall(Fid *f, Fid *nf, Srvwalk *w)
{
	return walkclone(f, nf, 0, w);
}

static inline char *maywalk(Fid *f, int n)
{
	if(n > MAXWELEM)
		return Ebadarg;
	if(f->omode >= 0)
		return Ebaduse;
	if(n > 0 && (f->qid.type & QTDIR) == 0)
		return Enotdir;
	return nil;
}

int srvwalk(Fid *f, Srvwalk *w)
{
	Fid t;
	int got;

	w->stopped = 0;
	w->to = nil;
	got = -1;
	if((w->err = fidhold(f)) != nil)
		return -1;
	if((w->err = maywalk(f, w->n)) == nil){
		got = walkclone(f, &t, 1, w);
		if(got != w->n || w->stopped)
			fidtempend(&t);
		else if(w->at != nil){
			w->at(&t, w->arg);
			fidtempend(&t);
		}else if((w->to = fidkeep(&t)) == nil){
			w->err = Enomem;
			got = -1;
		}
	}
	fidunhold(f);
	reap(f->srv);
	return got;
}

char *msgwalk(Fid *f, u32int num, Srvwalk *w, int *got)
{
	Fid *nf;
	char *e;

	if((e = msgnewfid(f->conn, num, &nf)) != nil)
		return e;
	*got = -1;
	w->stopped = 0;
	if((e = fidhold(f)) == nil){
		if((e = maywalk(f, w->n)) == nil && (*got = walkall(f, nf, w)) < 0)
			e = w->err;
		fidunhold(f);
	}
	if(*got == w->n)
		fidlive(nf);
	else
		fidunlink(nf);
	fidclose(nf);
	return e;
}

static char *callwalk(Req *r)
{
	Srvwalk w;
	Srv *s;
	Fid *t;
	char *e;
	int n;

	s = r->srv;
	r->nwqid = 0;
	if(r->newfid == r->fid && r->nwname > 0)
		e = fidexcl(r);
	else
		e = fidshare(r);
	if(e != nil)
		return e;
	if((e = maywalk(r->fid, r->nwname)) != nil)
		return e;
	if(r->newfid == r->fid){
		if(r->nwname == 0)
			return answer(r);
		if((t = fidnew(r->conn, NOFID)) == nil)
			return Enomem;
		r->newfid = t;
	}
	if(s->walk != nil){
		if((e = fidclone(r->fid, r->newfid)) != nil)
			return e;
		return handle(s, s->walk, r);
	}
	w = (Srvwalk){ .name = r->wname, .n = r->nwname, .q = r->wqid };
	if((n = walkall(r->fid, r->newfid, &w)) < 0)
		return w.err;
	r->nwqid = n;
	return answer(r);
}

/* --- open and create --- */

/*
 * A file to be removed when it is clunked needs a server that removes, and
 * over messages a request to do it with if the client goes away.
 */
static char *rcloseprep(Req *r)
{
	if((r->mode & ORCLOSE) == 0)
		return nil;
	if(r->srv->remove == nil)
		return Eperm;
	if(r->msg && r->fid->rcreq == nil && (r->fid->rcreq = mallocz(sizeof(Req), 1)) == nil)
		return Enomem;
	return nil;
}

static char *openprep(Req *r)
{
	char *e;

	if((e = fidexcl(r)) != nil)
		return e;
	if(r->fid->omode >= 0)
		return Eopen;
	r->mode &= ~OCEXEC;
	if(r->mode & ~(3|OTRUNC|ORCLOSE))
		return Ebadmode;
	r->iounit = 0;
	return nil;
}

static char *callopen(Req *r)
{
	Srv *s;
	char *e;

	s = r->srv;
	if((e = openprep(r)) != nil)
		return e;
	if(r->fid->qid.type & QTDIR && r->mode != OREAD)
		return Eisdir;
	if((e = rcloseprep(r)) != nil)
		return e;
	if(s->open != nil)
		return handle(s, s->open, r);
	if(r->fid->sfile != nil)
		return handle(s, streeopen, r);
	if(r->fid->file != nil)
		return handle(s, treeopen, r);
	return answer(r);
}

static char *callcreate(Req *r)
{
	Srv *s;
	char *e;

	s = r->srv;
	if((e = openprep(r)) != nil)
		return e;
	if((r->fid->qid.type & QTDIR) == 0)
		return Enotdir;
	if(namecheck(r->name) < 0)
		return Ebadname;
	if(r->perm & ~(CREATEBITS|0777))
		return Ebadarg;
	if(r->perm & DMDIR && (r->mode & ~ORCLOSE) != OREAD)
		return Eisdir;
	if(s->create == nil)
		return Eperm;
	if((e = rcloseprep(r)) != nil)
		return e;
	return handle(s, s->create, r);
}

/*
 * The permissions open(5) gives a file that is created with perm in a
 * directory of mode dirmode.
 */
u32int createperm(u32int perm, u32int dirmode)
{
	u32int mask;

	mask = perm & DMDIR? 0777: 0666;
	return perm & (~mask | (dirmode & mask));
}

/* --- clunk and remove --- */

/* respond has been or will be called; hand over the answer when the fid is destroyed */
static char *lastuse(Req *r)
{
	Fid *f;

	if(r->msg && reqanswered(r)){
		f = r->fid;
		r->fid = nil;
		fidclose(f);
	}
	reqrelease(r);
	return nil;
}

void srvremove(Req *r)
{
	if(r->srv->remove != nil)
		handle(r->srv, r->srv->remove, r);
	else
		respond(r, Eperm);
}

static char *callclunk(Req *r)
{
	Fid *f;
	char *e;

	f = r->fid;
	r->mode = OREAD;
	if((e = fidgone(f)) != nil)
		return e;
	if(f->omode >= 0 && f->rclose){
		f->rclose = 0;
		r->mode = ORCLOSE;	/* tells respond */
		reqhold(r);
		srvremove(r);
		return lastuse(r);
	}
	if(r->msg){
		r->fid = nil;
		fidclose(f);
	}
	return answer(r);
}

static char *callremove(Req *r)
{
	Fid *f;
	char *e;

	f = r->fid;
	if((e = fidgone(f)) != nil)
		return e;
	f->rclose = 0;
	reqhold(r);
	srvremove(r);
	return lastuse(r);
}

/* --- stat and wstat --- */
static char *callstat(Req *r)
{
	Srv *s;
	char *e;

	s = r->srv;
	if((e = fidshare(r)) != nil)
		return e;
	memset(&r->d, 0, sizeof r->d);
	if(s->stat != nil)
		return handle(s, s->stat, r);
	if(r->fid->sfile != nil)
		return handle(s, streestat, r);
	if(r->fid->file != nil)
		return handle(s, treestat, r);
	return Enostat;
}

/* Make d the wstat that changes nothing. */
void dirnull(Dir *d)
{
	memset(d, ~0, sizeof *d);
	d->name = d->uid = d->gid = d->muid = "";
}

static int noname(char *s)
{
	return s == nil || *s == 0;
}

/* Does a wstat of d ask for no change?  Then it is a request to sync. */
int dirisnull(Dir *d)
{
	return d->type == (u16int)~0 && d->dev == ~0U
		&& d->qid.path == ~0UL && d->qid.vers == ~0U && d->qid.type == (u8int)~0
		&& d->mode == ~0U && d->atime == ~0U && d->mtime == ~0U && d->length == ~0LL
		&& noname(d->name) && noname(d->uid) && noname(d->gid) && noname(d->muid);
}

/*
 * What no server allows.  Type and dev belong to the kernel, qid.vers and
 * muid may have changed since the client read them: they are not looked at.
 */
static char *wstatcheck(Dir *d, Qid *q)
{
	int isdir;

	isdir = (q->type & QTDIR) != 0;
	if(d->qid.path != ~0UL && d->qid.path != q->path)
		return Eimmutable;
	if(d->qid.type != (u8int)~0 && (d->qid.type ^ q->type) & QTDIR)
		return Edirchange;
	if(d->mode != ~0U && ((d->mode & DMDIR) != 0) != isdir)
		return Edirchange;
	if(d->length < -1)
		return Ebadarg;
	if(isdir && d->length > 0)
		return Eisdir;
	if(isdir)
		d->length = -1;
	if(!noname(d->name) && namecheck(d->name) < 0)
		return Ebadname;
	return nil;
}

static char *callwstat(Req *r)
{
	Srv *s;
	char *e;

	s = r->srv;
	if((e = fidshare(r)) != nil)
		return e;
	if((e = wstatcheck(&r->d, &r->fid->qid)) != nil)
		return e;
	if(s->wstat != nil)
		return handle(s, s->wstat, r);
	return dirisnull(&r->d)? answer(r): Eperm;
}

/* the checks and the handler, for a request that srvstart has made busy */
void srvrun(Req *r)
{
	static char *(*const call[])(Req*) = {
		[Tauth-Tversion] = callauth, [Tattach-Tversion] = callattach,
		[Twalk-Tversion] = callwalk, [Topen-Tversion] = callopen,
		[Tcreate-Tversion] = callcreate, [Tread-Tversion] = callread,
		[Twrite-Tversion] = callwrite, [Tclunk-Tversion] = callclunk,
		[Tremove-Tversion] = callremove, [Tstat-Tversion] = callstat,
		[Twstat-Tversion] = callwstat,
	};
	Srv *s;
	char *e;
	u32int i;

	s = r->srv;
	i = r->type-Tversion;
	if(i < nelem(call) && call[i] != nil)
		e = call[i](r);
	else{
		r->type = 0;
		e = Ebadmsg;
	}
	if(e != nil)
		respond(r, e);
	reap(s);
}

/*
 * A linked client's request: check it, and call the handler if it passes.
 * 9p.h says what the host sets and how it hears of the answer.  Sleeps only
 * if the server's handlers do.
 */
void srvcall(Req *r)
{
	r->msg = 0;
	r->lent = nil;
	srvstart(r);
	srvrun(r);
}
