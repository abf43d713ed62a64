/*
 * exportfs: serve a part of this process's name space over 9P, on standard
 * input and output, or posted in /srv.
 *
 * Every operation becomes system calls on names below the root, made by
 * worker processes, so that a read which blocks holds up nobody else and a Tflush
 * interrupts it.  A fid refers to a Node, one per live name, so a rename is
 * seen by all fids on the file.  `..` at the root stays there: lib9p passes no
 * name with a slash, and the root has no parent.
 *
 * The files come from many servers; qid.path is made unique by mixing in
 * the server's type and device.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>

enum {
	Maxworkers = 200,
	Maxpath = 8192,
	Nhash = 512,
};

typedef struct Node Node;
struct Node {
	long ref;
	Node *parent;
	char *name;
	u8int removed;
	Node *next;
};

typedef struct Xfid Xfid;
struct Xfid {	/* Fid.aux */
	Node *node;
	int fd;
	vlong diroff;		/* directory reads: how far we are */
	QLock dirlk;
};

static Workers *workers;
static char *rootname = "/";
static Node root = { .ref = 1, .name = "" };
static Node *hash[Nhash];
static QLock nodelk;		/* the nodes; not held over calls that may block */
static int readonly;

/* --- nodes --- */

static Node **slot(Node *dir, char *name)
{
	u32int h = (uintptr)dir >> 4;

	for(; *name != 0; name++)
		h = h*31 + (uchar)*name;
	return &hash[h % Nhash];
}

static void hashout(Node *n)
{
	Node **s;

	if(n->parent == nil || n->removed)
		return;
	for(s = slot(n->parent, n->name); *s != nil; s = &(*s)->next)
		if(*s == n){
			*s = n->next;
			return;
		}
}

static Node *nodechild(Node *dir, char *name)
{
	Node *n, **s;

	qlock(&nodelk);
	s = slot(dir, name);
	for(n = *s; n != nil; n = n->next)
		if(n->parent == dir && strcmp(n->name, name) == 0){
			n->ref++;
			goto out;
		}
	n = mallocz(sizeof *n, 1);
	if(n == nil || (n->name = strdup(name)) == nil){
		free(n);
		n = nil;
		goto out;
	}
	n->ref = 1;
	n->parent = dir;
	dir->ref++;
	n->next = *s;
	*s = n;
out:
	qunlock(&nodelk);
	return n;
}

static void nodeincref(Node *n)
{
	qlock(&nodelk);
	n->ref++;
	qunlock(&nodelk);
}

static void nodeclose(Node *n)
{
	Node *up;

	qlock(&nodelk);
	for(; n != nil && --n->ref == 0; n = up){
		hashout(n);
		up = n->parent;
		free(n->name);
		free(n);
	}
	qunlock(&nodelk);
}

static void noderemoved(Node *n)
{
	qlock(&nodelk);
	hashout(n);
	n->removed = 1;
	qunlock(&nodelk);
}

static void noderenamed(Node *n, char *name)
{
	Node **s;

	qlock(&nodelk);
	hashout(n);
	free(n->name);
	n->name = name;
	if(n->parent != nil && !n->removed){
		s = slot(n->parent, name);
		n->next = *s;
		*s = n;
	}
	qunlock(&nodelk);
}

/* the name of n's file, with more behind it: malloced */
static char *nodepath(Node *n, char *more)
{
	char *buf = malloc(Maxpath), *p, *s;
	usize len;

	if(buf == nil)
		return nil;
	p = buf + Maxpath - 1;
	*p = 0;
	if(more != nil){
		p -= strlen(more);	/* an element: shorter than Maxpath */
		strcpy(p, more);
	}
	qlock(&nodelk);
	for(; n->parent != nil && p > buf; n = n->parent){
		len = strlen(n->name);
		if(p - buf < (long)len + 2){
			p = buf;
			break;
		}
		if(*p != 0)
			*--p = '/';
		p -= len;
		memmove(p, n->name, len);
	}
	qunlock(&nodelk);
	s = p > buf ? smprint("%s%s%s", rootname, *p && rootname[strlen(rootname)-1] != '/' ? "/" : "", p) : nil;
	if(p == buf)
		werrstr("%s", Etoolong);
	free(buf);
	return s;
}

/* --- what clients see of a Dir --- */

static u64int mix(u64int x)
{
	x = (x ^ x>>31) * 0x9e3779b97f4a7c15UL;
	return x ^ x>>29;
}

static u64int mixpath(u32int type, u32int dev, u64int path)
{
	return path ^ mix((u64int)type<<32 | dev);
}

static void clientqid(Dir *d)
{
	d->qid.path = mixpath(d->type, d->dev, d->qid.path);
}

static int qidof(Node *n, Qid *q)
{
	char *path = nodepath(n, nil);
	Dir *d = path != nil ? dirstat(path) : nil;

	free(path);
	if(d == nil)
		return -1;
	clientqid(d);
	*q = d->qid;
	free(d);
	return 0;
}

/* --- handlers' work, in workers; a call that fails by a flush fails the request --- */

static Xfid *xfidnew(Node *n)
{
	Xfid *x = mallocz(sizeof *x, 1);

	if(x == nil)
		return nil;
	x->node = n;
	x->fd = -1;
	return x;
}

static void doattach(Req *r)
{
	Xfid *x;

	if(r->name != nil && r->name[0] != 0 && strcmp(r->name, "/") != 0){
		respond(r, Ebadattach);
		return;
	}
	nodeincref(&root);
	x = xfidnew(&root);
	if(x == nil || qidof(&root, &r->fid->qid) < 0){
		nodeclose(&root);
		free(x);
		responderr(r);
		return;
	}
	r->fid->aux = x;
	respond(r, nil);
}

/* the reference to n is exchanged for one to the file so named in it */
static Node *step(Node *n, char *name)
{
	Node *to;

	if(strcmp(name, "..") != 0)
		to = nodechild(n, name);
	else{
		to = n->parent != nil ? n->parent : n;
		nodeincref(to);
	}
	nodeclose(n);
	return to;
}

static void dowalk(Req *r)
{
	Xfid *from = r->fid->aux, *x;
	Node *n = from->node;
	Qid q = r->fid->qid;
	int i;

	nodeincref(n);
	for(i = 0; i < r->nwname; i++){
		if(!(q.type & QTDIR)){
			werrstr("%s", Enotdir);
			break;
		}
		n = step(n, r->wname[i]);
		if(n == nil || qidof(n, &q) < 0)
			break;
		r->wqid[i] = q;
	}
	r->nwqid = i;
	x = n != nil && i == r->nwname ? xfidnew(n) : nil;
	if(x != nil){
		r->newfid->aux = x;
		r->newfid->qid = q;
		respond(r, nil);
		return;
	}
	if(n != nil)
		nodeclose(n);
	if(i > 0 && i < r->nwname)
		respond(r, nil);
	else
		responderr(r);
}

static void answeropen(Req *r, int fd)
{
	Xfid *x = r->fid->aux;
	Dir *d = dirfstat(fd);

	if(d == nil){
		responderr(r);
		close(fd);
		return;
	}
	clientqid(d);
	r->fid->qid = d->qid;
	r->iounit = iounit(fd);
	free(d);
	x->fd = fd;
	respond(r, nil);
}

static void doopen(Req *r)
{
	Xfid *x = r->fid->aux;
	char *path = nodepath(x->node, nil);
	int fd = path != nil ? open(path, (r->mode & ~ORCLOSE) | OCEXEC) : -1;

	free(path);
	if(fd < 0)
		responderr(r);
	else
		answeropen(r, fd);
}

static void docreate(Req *r)
{
	Xfid *x = r->fid->aux;
	char *path = nodepath(x->node, r->name);
	int fd = path != nil ? create(path, (r->mode & ~ORCLOSE) | OCEXEC | OEXCL, r->perm) : -1;
	Node *n;

	free(path);
	if(fd < 0){
		responderr(r);
		return;
	}
	n = nodechild(x->node, r->name);
	if(n == nil){
		responderr(r);
		close(fd);
		return;
	}
	nodeclose(x->node);
	x->node = n;
	answeropen(r, fd);
}

/* give the entries in buf the qids that clients see: layout of stat(5) */
static void patchqids(uchar *buf, long n)
{
	uchar *p, *path;
	u64int v;
	int i, len;

	for(p = buf; p + STATFIXLEN <= buf + n; p += len){
		len = (p[0] | p[1]<<8) + BIT16SZ;
		path = p + 2 + 2 + 4 + 1 + 4;
		v = 0;
		for(i = 0; i < 8; i++)
			v |= (u64int)path[i] << 8*i;
		v = mixpath(p[2] | p[3]<<8, p[4] | p[5]<<8 | p[6]<<16 | (u32int)p[7]<<24, v);
		for(i = 0; i < 8; i++)
			path[i] = v >> 8*i;
	}
}

/* through the descriptor's own offset, which a union's directories need */
static long readdir(Xfid *x, uchar *buf, long n, vlong off)
{
	long got = -1;

	qlock(&x->dirlk);
	if(off == 0 && x->diroff != 0){
		if(seek(x->fd, 0, 0) < 0)
			goto out;
		x->diroff = 0;
	}
	if(off != x->diroff){
		werrstr("%s", Ebadoffset);
		goto out;
	}
	got = read(x->fd, buf, n);
	if(got > 0){
		patchqids(buf, got);
		x->diroff += got;
	}
out:
	qunlock(&x->dirlk);
	return got;
}

static void doread(Req *r)
{
	Xfid *x = r->fid->aux;
	uchar *buf = r->buf.p;
	long n;

	if(buf == nil && (buf = malloc(r->count)) == nil){
		responderr(r);
		return;
	}
	if(r->fid->qid.type & QTDIR)
		n = readdir(x, buf, r->count, r->offset);
	else
		n = pread(x->fd, buf, r->count, r->offset);
	if(n >= 0){
		if(buf != r->buf.p)
			reqput(r, 0, buf, n);
		r->rcount = n;
	}
	if(buf != r->buf.p)
		free(buf);
	if(n < 0)
		responderr(r);
	else
		respond(r, nil);
}

static void dowrite(Req *r)
{
	Xfid *x = r->fid->aux;
	uchar *buf = r->buf.p;
	long n;

	if(buf == nil){
		buf = malloc(r->count);
		if(buf == nil){
			responderr(r);
			return;
		}
		reqget(r, 0, buf, r->count);
	}
	n = pwrite(x->fd, buf, r->count, r->offset);
	if(buf != r->buf.p)
		free(buf);
	if(n < 0){
		responderr(r);
		return;
	}
	r->rcount = n;
	respond(r, nil);
}

static void doremove(Req *r)
{
	Xfid *x = r->fid->aux;
	char *path;

	if(x->node == &root){
		respond(r, Eperm);
		return;
	}
	path = nodepath(x->node, nil);
	if(path == nil || remove(path) < 0)
		responderr(r);
	else{
		noderemoved(x->node);
		respond(r, nil);
	}
	free(path);
}

static void dostat(Req *r)
{
	Xfid *x = r->fid->aux;
	char *path = nil;
	Dir *d;

	if(x->fd >= 0)
		d = dirfstat(x->fd);
	else{
		path = nodepath(x->node, nil);
		d = path != nil ? dirstat(path) : nil;
		free(path);
	}
	if(d == nil){
		responderr(r);
		return;
	}
	clientqid(d);
	r->d = *d;
	r->d.type = 0;
	r->d.dev = 0;
	if(x->node == &root)
		r->d.name = "/";
	respond(r, nil);
	free(d);
}

static void dowstat(Req *r)
{
	Xfid *x = r->fid->aux;
	char *path = nil, *name = nil;
	int e;

	/* the kernel's wstat knows the file by its own qid, not by the one we made of it */
	r->d.qid = (Qid){ ~0UL, ~0U, 0xff };
	r->d.type = ~0;
	r->d.dev = ~0;
	if(r->d.name != nil && r->d.name[0] != 0 && (name = strdup(r->d.name)) == nil){
		responderr(r);
		return;
	}
	if(x->fd >= 0 && name == nil)
		e = dirfwstat(x->fd, &r->d);
	else{
		path = nodepath(x->node, nil);
		e = path != nil ? dirwstat(path, &r->d) : -1;
		free(path);
	}
	if(e < 0){
		free(name);
		responderr(r);
		return;
	}
	if(name != nil)
		noderenamed(x->node, name);
	respond(r, nil);
}

/* --- the table: all is done by workers --- */

static void toworker(Req *r)
{
	static void (*fn[])(Req*) = {
		[Tattach-Tversion] = doattach, [Twalk-Tversion] = dowalk,
		[Topen-Tversion] = doopen, [Tcreate-Tversion] = docreate,
		[Tread-Tversion] = doread, [Twrite-Tversion] = dowrite,
		[Tremove-Tversion] = doremove, [Tclunk-Tversion] = doremove,
		[Tstat-Tversion] = dostat, [Twstat-Tversion] = dowstat,
	};

	workrun(workers, r, fn[r->type-Tversion]);
}

static void changes(Req *r)
{
	if(readonly)
		respond(r, Erofs);
	else
		toworker(r);
}

static void xopen(Req *r)
{
	if(readonly && ((r->mode & 3) == OWRITE || (r->mode & 3) == ORDWR || r->mode & (OTRUNC|ORCLOSE)))
		respond(r, Erofs);
	else
		toworker(r);
}

static void xflush(Req *r)
{
	workflush(workers, r);
}

static void xdestroyfid(Fid *f)
{
	Xfid *x = f->aux;

	if(x == nil)
		return;
	if(x->fd >= 0)
		close(x->fd);
	nodeclose(x->node);
	free(x);
}

static Srv exportsrv = {
	.name = "exportfs",
	.attach = toworker,
	.walk = toworker,
	.open = xopen,
	.create = changes,
	.read = toworker,
	.write = changes,
	.remove = changes,
	.stat = toworker,
	.wstat = changes,
	.flush = xflush,
	.destroyfid = xdestroyfid,
};

static void usage(void)
{
	fprint(2, "usage: exportfs [-R] [-r root] [-s srvname]\n");
	exits("usage");
}

/* a client that does not read its answers hangs up; the workers are to go then, too */
static int hungup(void *ureg, char *note)
{
	USED(ureg);
	return strstr(note, "write on closed pipe") != nil;
}

int main(int argc, char **argv)
{
	char *name = nil;
	int r;

	ARGBEGIN{
	case 'r':
		rootname = EARGF(usage());
		break;
	case 'R':
		readonly = 1;
		break;
	case 's':
		name = EARGF(usage());
		break;
	default:
		usage();
	}ARGEND
	if(argc != 0)
		usage();
	workers = workersnew(&userworkhost, Maxworkers);
	if(workers == nil)
		sysfatal("%r");
	if(name != nil){
		if(srvpost(&exportsrv, name, nil, 0, "") < 0)
			sysfatal("%s: %r", name);
		exits(nil);
	}
	rfork(RFNOTEG);
	atnotify(hungup, 1);
	r = srvfd(&exportsrv, 0, 1);
	workersfree(workers);	/* they would wait for ever */
	if(r < 0)
		sysfatal("%r");
	exits(nil);
}
