/*
 * exportfs: serve a part of this process's name space over 9P, on standard
 * input and output, posted in /srv, or to those who call on a network.
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
#include "export.h"

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
	Node *top;		/* what was attached to, above node or node itself */
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
static int patterns;		/* there are some: not all files are shown */

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

/* where n is below the root, "" or /a/b, with more behind it, in a malloced buffer that is to be freed; nil: too long */
static char *nodebelow(Node *n, char *more, char **path)
{
	char *buf = malloc(Maxpath), *p;
	usize len;

	if(buf == nil)
		return nil;
	p = buf + Maxpath - 1;
	*p = 0;
	if(more != nil){
		p -= strlen(more);	/* an element: shorter than Maxpath */
		strcpy(p, more);
		*--p = '/';
	}
	qlock(&nodelk);
	for(; n->parent != nil && p != nil; n = n->parent){
		len = strlen(n->name);
		if(p - buf < (long)len + 2){
			p = nil;
			break;
		}
		p -= len;
		memmove(p, n->name, len);
		*--p = '/';
	}
	qunlock(&nodelk);
	*path = p;
	if(p != nil)
		return buf;
	free(buf);
	werrstr("%s", Etoolong);
	return nil;
}

/* the name of n's file, with more behind it: malloced */
static char *nodepath(Node *n, char *more)
{
	char *buf, *p, *s;

	buf = nodebelow(n, more, &p);
	if(buf == nil)
		return nil;
	if(*p == '/' && rootname[strlen(rootname)-1] == '/')
		p++;
	s = smprint("%s%s", rootname, p);
	free(buf);
	return s;
}

/* may clients know of the file so named in n? */
static int shown(Node *n, char *name)
{
	char *buf, *p;
	int r;

	if(!patterns)
		return 1;
	buf = nodebelow(n, name, &p);
	r = buf != nil && patternshow(p);
	free(buf);
	if(!r)
		werrstr("%s", Enonexist);
	return r;
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

static Xfid *xfidnew(Node *n, Node *top)
{
	Xfid *x = mallocz(sizeof *x, 1);

	if(x == nil)
		return nil;
	x->node = n;
	x->top = top;
	x->fd = -1;
	return x;
}

/* the reference to n is exchanged for one to the file so named in it */
static Node *step(Node *n, Node *top, char *name)
{
	Node *to;

	if(strcmp(name, "..") != 0)
		to = shown(n, name)? nodechild(n, name): nil;
	else{
		to = n != top ? n->parent : n;
		nodeincref(to);
	}
	nodeclose(n);
	return to;
}

/* a client may attach to a directory below the root: its path is walked, so that .. leads nowhere else */
static Node *attachnode(char *path, Qid *q)
{
	char *copy, *name, *next;
	Node *n;

	copy = strdup(path);
	if(copy == nil)
		return nil;
	n = &root;
	nodeincref(n);
	if(qidof(n, q) < 0)
		goto Err;
	for(name = copy; *name != 0; name = next){
		next = strchr(name, '/');
		if(next != nil)
			*next++ = 0;
		else
			next = name+strlen(name);
		if(*name == 0 || strcmp(name, ".") == 0)
			continue;
		if(strcmp(name, "..") == 0 || !(q->type & QTDIR)){
			werrstr("%s", Ebadattach);
			goto Err;
		}
		n = step(n, &root, name);
		if(n == nil || qidof(n, q) < 0)
			goto Err;
	}
	free(copy);
	return n;

Err:
	if(n != nil)
		nodeclose(n);
	free(copy);
	return nil;
}

static void doattach(Req *r)
{
	Xfid *x;
	Node *n;

	n = attachnode(r->name != nil? r->name: "", &r->fid->qid);
	x = n != nil? xfidnew(n, n): nil;
	if(x == nil){
		if(n != nil)
			nodeclose(n);
		responderr(r);
		return;
	}
	r->fid->aux = x;
	respond(r, nil);
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
		n = step(n, from->top, r->wname[i]);
		if(n == nil || qidof(n, &q) < 0)
			break;
		r->wqid[i] = q;
	}
	r->nwqid = i;
	x = n != nil && i == r->nwname ? xfidnew(n, from->top) : nil;
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
	char *path = shown(x->node, r->name)? nodepath(x->node, r->name): nil;
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

static u64int get(uchar *p, int n)
{
	u64int v;

	for(v = 0; n > 0; n--)
		v = v<<8 | p[n-1];
	return v;
}

static int entryshown(Node *dir, uchar *p)
{
	char name[NAMEMAX+1];
	uint n;

	n = get(p+STATFIXLEN-4*BIT16SZ, BIT16SZ);
	if(n > NAMEMAX)
		return 0;
	memmove(name, p+STATFIXLEN-3*BIT16SZ, n);
	name[n] = 0;
	return shown(dir, name);
}

/* give the entries in buf the qids that clients see, and take out those that they do not: layout of stat(5) */
static long patchdir(Node *dir, uchar *buf, long n)
{
	uchar *p, *to, *path;
	u64int v;
	int i, len;

	to = buf;
	for(p = buf; p + STATFIXLEN <= buf + n; p += len){
		len = get(p, BIT16SZ)+BIT16SZ;
		path = p + 2 + 2 + 4 + 1 + 4;
		v = mixpath(get(p+2, 2), get(p+4, 4), get(path, 8));
		for(i = 0; i < 8; i++)
			path[i] = v >> 8*i;
		if(patterns && !entryshown(dir, p))
			continue;
		memmove(to, p, len);
		to += len;
	}
	return to-buf;
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
	do
		got = read(x->fd, buf, n);
	while(got > 0 && (got = patchdir(x->node, buf, got)) == 0);
	if(got > 0)
		x->diroff += got;
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
	else if(name != nil && x->node->parent != nil && !shown(x->node->parent, name))
		e = -1;
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
	.flags = SrvFidorder,
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
	fprint(2, "usage: exportfs [-nRv] [-P patternfile] [-r root] [-l addr | -s srvname]\n");
	exits("usage");
}

/* a client that does not read its answers hangs up; the workers are to go then, too */
static int hungup(void *ureg, char *note)
{
	USED(ureg);
	return strstr(note, "write on closed pipe") != nil;
}

/* the client on descriptors 0 and 1 */
static void serve(void)
{
	int r;

	rfork(RFNOTEG);
	atnotify(hungup, 1);
	r = srvfd(&exportsrv, 0, 1);
	workersfree(workers);	/* they would wait for ever */
	if(r < 0)
		sysfatal("%r");
}

int main(int argc, char **argv)
{
	char *name = nil, *addr = nil, ctl[256];
	int anybody = 0;

	ARGBEGIN{
	case 'l':
		addr = EARGF(usage());
		break;
	case 'n':
		anybody = 1;
		break;
	case 'P':
		patternsread(EARGF(usage()));
		patterns = 1;
		break;
	case 'r':
		rootname = EARGF(usage());
		break;
	case 'R':
		readonly = 1;
		break;
	case 's':
		name = EARGF(usage());
		break;
	case 'v':
		exportsrv.flags |= SrvVersions;
		break;
	default:
		usage();
	}ARGEND
	if(argc != 0 || (addr != nil && name != nil))
		usage();
	if(addr != nil && !anybody)
		sysfatal("-l: there is no authentication yet; -n is to say that anybody may act as %s", getuser());
	if(name == nil && addr == nil && isnetwork(0, ctl, sizeof ctl)){
		if(!anybody)
			sysfatal("standard input is a network: there is no authentication yet; -n is to say that anybody may act as %s", getuser());
		netready(ctl);
	}
	if(addr != nil)
		netlisten(addr);
	workers = workersnew(&userworkhost, Maxworkers);
	if(workers == nil)
		sysfatal("%r");
	if(name != nil){
		if(srvpost(&exportsrv, name, nil, 0, "") < 0)
			sysfatal("%s: %r", name);
	}else
		serve();
	exits(nil);
}
