/*
 * ninep: presents a host's 9P2000.L server as plain 9P2000: the host's
 * files under QEMU's virtio-9p, or any L server on a byte stream.
 *
 * What Plan 9 has and the L dialect lacks: exclusive and append-only files are
 * refused at create and wstat (never ignored); wstat is all or nothing (wstat.c);
 * an open file that has been removed, whose name is all that some hosts know
 * it by, shows the attributes it had when opened.  What the L dialect has and Plan 9 lacks: symbolic links are followed
 * here, inside the tree; devices, sockets and FIFOs can be seen and removed, not
 * opened.  Owners are numbers in decimal, but for root.
 *
 * An attach names a share and perhaps a path in it, "share/path"; the first
 * attach to a share makes the session that later ones use.  Handlers sleep in rpcs.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ninep.h"

L9io *(*ninepdial)(char *tag);
static QLock sesslk;
static L9 *sessions;

L9 *ffidsession(Fid *f)
{
	return ((Ffid*)f->aux)->l;
}

/* held over the first attach's rpcs: others to the same share must wait for it anyway */
static L9 *sessionfor(char *tag)
{
	L9io *io;
	L9 *l;

	qlock(&sesslk);
	for(l = sessions; l != nil; l = l->next)
		if(strcmp(l->tag, tag) == 0)
			goto out;
	io = ninepdial != nil ? ninepdial(tag) : nil;
	if(io == nil){
		if(ninepdial == nil)
			werrstr("no such host share");
		goto out;
	}
	l = l9new(io);
	if(l == nil)
		goto out;
	l->tag = strdup(tag);
	if(l->tag == nil){
		l9free(l);
		l = nil;
		goto out;
	}
	l->next = sessions;
	sessions = l;
out:
	qunlock(&sesslk);
	return l;
}

static Ffid *ffidnew(L9 *l, Node *n)
{
	Ffid *f = mallocz(sizeof *f, 1);

	if(f == nil)
		return nil;
	f->l = l;
	f->node = n;
	f->ofid = NOFID;
	return f;
}

/* the elements of an attach's name; empty ones left out; -1: too many */
static int elements(char *s, char **elem)
{
	int i, n = getfields(s, elem, MAXWELEM+1, 1, "/"), m = 0;

	for(i = 0; i < n; i++)
		if(elem[i][0] != 0)
			elem[m++] = elem[i];
	if(m > MAXWELEM){
		werrstr("%s", Ebadattach);
		return -1;
	}
	return m;
}

static void npattach(Req *r)
{
	char *elem[MAXWELEM+1], *s;
	Qid q[MAXWELEM];
	Node *n = nil;
	L9 *l = nil;
	Ffid *f = nil;
	int ne, nw;

	s = strdup(r->name != nil ? r->name : "");
	ne = s != nil ? elements(s, elem) : -1;
	if(ne >= 0)
		l = sessionfor(ne > 0 ? elem[0] : "");
	if(l != nil)
		n = nodewalk(l, l->root, ne > 0 ? ne-1 : 0, elem+1, &nw, q);
	if(n != nil)
		f = ffidnew(l, n);
	free(s);
	if(f == nil){
		if(n != nil)
			nodeclose(l, n);
		responderr(r);
		return;
	}
	r->fid->aux = f;
	r->fid->qid = nodeqid(n);
	respond(r, nil);
}

static void npwalk(Req *r)
{
	L9 *l = ffidsession(r->fid);
	Ffid *from = r->fid->aux, *f;
	Node *n;
	int nw = 0;

	n = nodewalk(l, from->node, r->nwname, r->wname, &nw, r->wqid);
	r->nwqid = nw;
	if(n == nil){
		if(nw == 0)
			responderr(r);
		else
			respond(r, nil);
		return;
	}
	f = ffidnew(l, n);
	if(f == nil){
		nodeclose(l, n);
		responderr(r);
		return;
	}
	r->newfid->aux = f;
	r->newfid->qid = nodeqid(n);
	respond(r, nil);
}

/* what one message can carry; whole pages, so that a large transfer stays aligned */
static u32int iounit(L9 *l)
{
	u32int n = l->msize - IOHDRSZ;

	return n > 4096 ? n & ~4095U : n;
}

static u32int openflags(int mode)
{
	u32int flags = Lolarge | Lononblock;

	switch(mode & 3){
	case OWRITE:
		flags |= Lowronly;
		break;
	case ORDWR:
		flags |= Lordwr;
		break;
	}
	if(mode & OTRUNC)
		flags |= Lotrunc;
	return flags;
}

/* a second fid on the same file, to be opened */
static int cloned(L9 *l, u32int fid, u32int *new)
{
	Qid q;

	*new = l9fid(l);
	return l9walk(l, fid, *new, 0, nil, &q) < 0 ? -1 : 0;
}

static int mayopen(L9 *l, u32int fid, int mode, L9attr *a)
{
	u32int fmt;

	if(l9getattr(l, fid, a) < 0)
		return -1;
	fmt = a->mode & Sifmt;
	if(fmt == Siflnk)
		werrstr("%s", Enonexist);	/* what it stands for is not there */
	else if(fmt != Sifreg && fmt != Sifdir)
		werrstr("not a regular file: cannot be opened through 9P");
	else if((mode & 3) == OEXEC && fmt == Sifreg && !(a->mode & 0111))
		werrstr("%s", Eperm);
	else
		return 0;
	return -1;
}

static void npopen(Req *r)
{
	L9 *l = ffidsession(r->fid);
	Ffid *f = r->fid->aux;
	u32int fid, ofid, unit;

	if(nodefid(l, nodereal(f->node), &fid) < 0 || mayopen(l, fid, r->mode, &f->attr) < 0 || cloned(l, fid, &ofid) < 0){
		responderr(r);
		return;
	}
	if(l9open(l, ofid, openflags(r->mode), &unit) < 0){
		responderr(r);
		l9clunk(l, ofid);
		return;
	}
	f->ofid = ofid;
	r->fid->qid = nodeqid(f->node);
	r->iounit = iounit(l);
	respond(r, nil);
}

static int makedir(L9 *l, u32int dirfid, char *name, u32int perm, u32int *ofid, Qid *q)
{
	u32int unit;
	int nq;

	if(l9mkdir(l, dirfid, name, perm, q) < 0)
		return -1;
	*ofid = l9fid(l);
	nq = l9walk(l, dirfid, *ofid, 1, &name, q);
	if(nq != 1){
		if(nq == 0)
			werrstr("%s", Enonexist);
		*ofid = NOFID;
		return -1;
	}
	return l9open(l, *ofid, Lordonly, &unit);
}

static int makefile(L9 *l, u32int dirfid, char *name, int mode, u32int perm, u32int *ofid, Qid *q)
{
	if(cloned(l, dirfid, ofid) < 0){
		*ofid = NOFID;
		return -1;
	}
	return l9create(l, *ofid, name, (openflags(mode) & ~Lotrunc) | Locreat | Loexcl | Lonofollow, perm, q);
}

static void npcreate(Req *r)
{
	L9 *l = ffidsession(r->fid);
	Ffid *f = r->fid->aux;
	u32int dirfid, ofid = NOFID, perm;
	char *name = nil;
	L9attr a;
	Node *n;
	Qid q;
	int e;

	if(r->perm & (DMAPPEND|DMEXCL|DMAUTH|DMMOUNT)){
		respond(r, "append-only and exclusive files cannot be kept on this host");
		return;
	}
	if(nodefid(l, nodereal(f->node), &dirfid) < 0 || l9getattr(l, dirfid, &a) < 0)
		goto bad;
	name = namedec(r->name);
	if(name == nil){
		werrstr("%s", Ebadname);
		goto bad;
	}
	qlock(&l->renaming);
	if(r->perm & DMDIR){
		perm = r->perm & (~0777U | (a.mode & 0777)) & 0777;
		e = makedir(l, dirfid, name, perm, &ofid, &q);
	}else{
		perm = r->perm & (~0666U | (a.mode & 0666)) & 0777;
		e = makefile(l, dirfid, name, r->mode, perm, &ofid, &q);
	}
	qunlock(&l->renaming);
	if(e < 0)
		goto bad;
	n = nodechild(l, f->node, name, &q);
	if(n == nil || l9getattr(l, ofid, &f->attr) < 0){
		if(n != nil)
			nodeclose(l, n);
		goto bad;
	}
	free(name);
	nodeclose(l, f->node);
	f->node = n;
	f->ofid = ofid;
	r->fid->qid = nodeqid(n);
	r->iounit = iounit(l);
	respond(r, nil);
	return;
bad:
	responderr(r);
	l9clunk(l, ofid);
	free(name);
}

/* the name for a numeric owner */
static char *owner(char *buf, int n, u32int id)
{
	if(id == 0)
		strecpy(buf, buf+n, "root");
	else
		snprint(buf, n, "%ud", id);
	return buf;
}

static u32int seconds(vlong t)
{
	return t < 0 ? 0 : t > 0xffffffffLL ? 0xffffffffU : t;
}

/* strings: name as given, owners in f */
static void attrdir(L9attr *a, Ffid *f, char *name, Dir *d)
{
	memset(d, 0, sizeof *d);
	d->qid = a->qid;
	d->qid.type &= QTDIR;
	d->mode = a->mode & 0777;
	d->atime = seconds(a->atime);
	d->mtime = seconds(a->mtime);
	if((a->mode & Sifmt) == Sifdir){
		d->mode |= DMDIR;
		d->qid.type = QTDIR;
	}else if((a->mode & Sifmt) == Sifreg)
		d->length = a->size;
	d->name = name;
	d->uid = d->muid = owner(f->uid, sizeof f->uid, a->uid);
	d->gid = owner(f->gid, sizeof f->gid, a->gid);
}

static char *shownname(L9 *l, Node *n)
{
	char *s;

	qlock(&l->lk);
	s = n->name != nil ? nameenc(n->name) : strdup("/");
	qunlock(&l->lk);
	return s;
}

static int failedby(char *e)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	return strcmp(err, e) == 0;
}

int ffidany(L9 *l, Ffid *f, u32int *fid)
{
	if(f->ofid != NOFID){
		*fid = f->ofid;
		return 0;
	}
	return nodefid(l, nodereal(f->node), fid);
}

/* the attributes, and the fid they are of */
static int ffidattr(L9 *l, Ffid *f, u32int *fid, L9attr *a)
{
	if(ffidany(l, f, fid) < 0)
		return -1;
	if(l9getattr(l, *fid, a) < 0){
		if(f->ofid == NOFID || !failedby(Enonexist))
			return -1;
		*a = f->attr;
	}else if(f->ofid != NOFID && a->qid.path != f->attr.qid.path)
		*a = f->attr;
	return 0;
}

static void npstat(Req *r)
{
	L9 *l = ffidsession(r->fid);
	Ffid *f = r->fid->aux;
	char *name = nil;
	L9attr a;
	u32int fid;

	if(ffidattr(l, f, &fid, &a) < 0 || (name = shownname(l, f->node)) == nil){
		responderr(r);
		return;
	}
	attrdir(&a, f, name, &r->d);
	respond(r, nil);
	free(name);
}

/* takes the next entry of the host's listing apart: 1, 0 at the end, -1 */
static int nextentry(L9 *l, Ffid *f)
{
	long n;
	int m;

	if(f->buf == nil && (f->buf = malloc(L9names)) == nil)
		return -1;
	if(f->p == f->e){
		if(f->atend)
			return 0;
		n = l9readdir(l, f->ofid, f->hostoff, f->buf, L9names);
		if(n < 0)
			return -1;
		f->p = f->buf;
		f->e = f->buf + n;
		f->atend = n == 0;
	}
	m = l9dirent(&f->p, f->e, &f->eqid, &f->hostoff, &f->ename);
	if(m <= 0)
		return m;
	free(f->shown);
	f->shown = nil;
	f->index++;
	return 1;
}

/* attributes of the entry: of what a link leads to, or of the link that leads nowhere */
static int entryattr(L9 *l, Ffid *f, L9attr *a)
{
	Node *n;
	Qid q;
	u32int fid;
	int nw, e;

	n = nodewalk(l, f->node, 1, &f->shown, &nw, &q);
	if(n == nil)
		return -1;
	e = nodefid(l, nodereal(n), &fid);
	if(e == 0)
		e = l9getattr(l, fid, a);
	nodeclose(l, n);
	return e;
}

typedef struct Listing Listing;
struct Listing {
	L9 *l;
	Ffid *f;
	int failed;		/* and the error string is set */
};

/* entry i is number i+1 of the host's listing; entries are asked for in order, the last one perhaps again */
static int direntry(u64int i, Dir *d, void *arg)
{
	Listing *ls = arg;
	Ffid *f = ls->f;
	L9attr a;
	int m;

	while(f->index < i+1){
		m = nextentry(ls->l, f);
		if(m <= 0){
			ls->failed = m < 0;
			return 0;
		}
	}
	if(strcmp(f->ename, ".") == 0 || strcmp(f->ename, "..") == 0)
		return -1;
	if(f->shown == nil && (f->shown = nameenc(f->ename)) == nil){
		ls->failed = 1;
		return 0;
	}
	if(entryattr(ls->l, f, &a) < 0){
		ls->failed = failedby(Eintr) || failedby(Enomem);
		return ls->failed ? 0 : -1;	/* it went meanwhile */
	}
	attrdir(&a, f, f->shown, d);
	return 1;
}

static void rewind(Ffid *f)
{
	f->p = f->e = f->buf;
	f->hostoff = f->index = 0;
	f->atend = 0;
	free(f->shown);
	f->shown = nil;
}

static void npread(Req *r)
{
	L9 *l = ffidsession(r->fid);
	Ffid *f = r->fid->aux;
	Listing ls = { l, f, 0 };
	char *e;
	long n;

	if(r->fid->qid.type & QTDIR){
		qlock(&f->lk);
		if(r->offset == 0)
			rewind(f);
		e = dirread9p(r, direntry, &ls);
		qunlock(&f->lk);
		if(ls.failed && r->rcount == 0)
			responderr(r);
		else
			respond(r, e);
		return;
	}
	n = l9read(l, f->ofid, r->offset, r->count, &r->buf);
	if(n < 0){
		responderr(r);
		return;
	}
	r->rcount = n;
	respond(r, nil);
}

static void npwrite(Req *r)
{
	L9 *l = ffidsession(r->fid);
	Ffid *f = r->fid->aux;
	long n;

	n = l9write(l, f->ofid, r->offset, r->count, &r->buf);
	if(n < 0){
		responderr(r);
		return;
	}
	r->rcount = n;
	respond(r, nil);
}

/* the name goes, not what a link leads to */
static int unlinknode(L9 *l, Node *n)
{
	char *name;
	u32int dirfid;
	int isdir = !nodeislink(n) && (n->qid.type & QTDIR), e;

	if(n->parent == nil){
		werrstr("%s", Eperm);
		return -1;
	}
	if(nodefid(l, nodereal(n->parent), &dirfid) < 0)
		return -1;
	name = nodename(l, n);
	if(name == nil)
		return -1;
	e = l9unlink(l, dirfid, name, isdir);
	free(name);
	if(e == 0)
		noderemoved(l, n);
	return e;
}

static void npremove(Req *r)
{
	Ffid *f = r->fid->aux;

	if(unlinknode(ffidsession(r->fid), f->node) < 0)
		responderr(r);
	else
		respond(r, nil);
}

static void npdestroyfid(Fid *fid)
{
	Ffid *f = fid->aux;
	L9 *l;

	if(f == nil)
		return;
	l = f->l;
	l9clunk(l, f->ofid);
	nodeclose(l, f->node);
	free(f->buf);
	free(f->shown);
	free(f);
}

Srv ninepsrv = {
	.name = "ninep",
	.dc = '9',
	.flags = SrvBlocks,
	.attach = npattach,
	.walk = npwalk,
	.open = npopen,
	.create = npcreate,
	.read = npread,
	.write = npwrite,
	.remove = npremove,
	.stat = npstat,
	.wstat = npwstat,
	.destroyfid = npdestroyfid,
};
