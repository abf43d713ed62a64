/*
 * consmux.c: several views of one console, a movable server; consmux(4) says
 * what its files are.
 *
 * A fid's aux is a Cfid, which refers to the view whose directory or file it
 * is.  A view lives while a file of it is open; a fid that is not open may
 * outlive it, and then finds nothing.  Opening clone makes a view, and the
 * fid its ctl.
 *
 * What waits: reads of cons, note, host/out and host/event for which there is
 * nothing, and writes of cons for which there is no room; these keep in
 * Req.rcount what was taken already.
 *
 * SrvLocked: Srv.lk is held in all handlers, consmuxdestroyfid among them,
 * and across respond.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "consmux.h"

enum {
	Ctlmax = 256,
	Defkey = '\\'-'@',
};

typedef struct Sort Sort;
struct Sort {	/* of file */
	char *name;
	u32int mode;
};

static Sort rootsort[Nroot] = {
	[Qroot] = { "/", DMDIR|0555 },
	[Qclone] = { "clone", 0666 },
	[Qrootctl] = { "ctl", 0600 },
	[Qrootstatus] = { "status", 0444 },
	[Qhost] = { "host", DMDIR|0500 },
	[Qin] = { "in", 0200 },
	[Qout] = { "out", 0400 },
	[Qevent] = { "event", 0400 },
};

/* the group is the server's owner */
static Sort viewsort[Nview] = {
	[Qdir] = { nil, DMDIR|0555 },
	[Qcons] = { "cons", 0660 },
	[Qconsctl] = { "consctl", 0660 },
	[Qctl] = { "ctl", 0660 },
	[Qlog] = { "log", 0440 },
	[Qnote] = { "note", 0440 },
	[Qstatus] = { "status", 0444 },
};

u32int cmuxmode(int view, u32int k)
{
	return (view? viewsort: rootsort)[k].mode;
}

static Mux *cmuxof(Fid *f)
{
	return f->srv->aux;
}

static View *viewof(Fid *f)
{
	return ((Cfid*)f->aux)->v;
}

static u32int fileof(Fid *f)
{
	return f->qid.path & ((1<<Qshift)-1);
}

/* describe a file of v, or of the root if that is nil; buf is for a name of 16 bytes */
static void filedir(Srv *s, View *v, u32int k, Dir *d, char *buf)
{
	Sort *t;

	memset(d, 0, sizeof *d);
	t = v != nil? &viewsort[k]: &rootsort[k];
	d->mode = t->mode;
	d->name = t->name;
	if(v != nil && k == Qdir){
		snprint(buf, 16, "%d", v->n);
		d->name = buf;
	}
	d->uid = d->muid = v != nil? v->owner: srvowner(s);
	d->gid = srvowner(s);
	d->atime = d->mtime = srvclock()/1000000000;
	d->qid.path = (v != nil? v->id << Qshift: 0) | k;
	d->qid.type = d->mode>>24;
}

/* --- fids --- */
static void consmuxattach(Req *r)
{
	char *e;

	e = nil;
	if(r->name != nil && *r->name != 0)
		e = Ebadattach;
	else if((r->fid->aux = mallocz(sizeof(Cfid), 1)) == nil)
		e = Enomem;
	r->fid->qid = (Qid){ .path = Qroot, .type = QTDIR };
	respond(r, e);
}

static char *consmuxclone(Fid *from, Fid *to)
{
	Cfid *x;

	if((x = mallocz(sizeof *x, 1)) == nil)
		return Enomem;
	x->v = viewof(from);
	if(x->v != nil)
		x->v->ref++;
	to->aux = x;
	return nil;
}

static void consmuxdestroyfid(Fid *f)
{
	Cfid *x;
	View *v;

	if((x = f->aux) == nil)
		return;
	v = x->v;
	if(v != nil && f->omode >= 0 && fileof(f) != Qdir){
		if(fileof(f) == Qconsctl && --v->nconsctl == 0)
			viewraw(v, 0);
		v->nopen--;
		viewclose(cmuxof(f), v);
	}
	viewunref(v);
	free(x);
	f->aux = nil;
	cmuxrun(cmuxof(f));
}

/* the number that a view's directory has; 0: none */
static int number(char *s)
{
	char *end;
	long n;

	n = *s >= '1' && *s <= '9'? strtol(s, &end, 10): 0;
	return n > 0 && *end == 0 && n <= Viewmax? n: 0;
}

static char *walkroot(Fid *f, char *name, u32int *k)
{
	View *v;
	u32int i, host;

	host = fileof(f) == Qhost;
	*k = Qroot;
	if(strcmp(name, "..") == 0)
		return nil;
	for(i = host? Qin: Qclone; i < (host? Nroot: Qin); i++)
		if(strcmp(rootsort[i].name, name) == 0){
			*k = i;
			return nil;
		}
	if(host || (v = viewnumber(cmuxof(f), number(name))) == nil)
		return Enonexist;
	((Cfid*)f->aux)->v = v;
	v->ref++;
	*k = Qdir;
	return nil;
}

static char *walkview(Fid *f, char *name, u32int *k)
{
	u32int i;

	if(strcmp(name, "..") == 0){
		viewunref(viewof(f));
		((Cfid*)f->aux)->v = nil;
		*k = Qroot;
		return nil;
	}
	if(viewof(f)->gone)
		return Enonexist;
	for(i = Qcons; i < Nview; i++)
		if(strcmp(viewsort[i].name, name) == 0){
			*k = i;
			return nil;
		}
	return Enonexist;
}

static char *consmuxwalk1(Fid *f, char *name, Qid *q)
{
	char *e, buf[16];
	u32int k;
	Dir d;

	filedir(f->srv, viewof(f), fileof(f), &d, buf);
	if(strcmp(name, "..") != 0 && !hasperm(&d, f->uid, AEXEC))
		return Eperm;
	e = viewof(f) != nil? walkview(f, name, &k): walkroot(f, name, &k);
	if(e != nil)
		return e;
	filedir(f->srv, viewof(f), k, &d, buf);
	*q = f->qid = d.qid;
	return nil;
}

/* --- open, stat --- */
static char *openclone(Fid *f)
{
	Cfid *x;
	char buf[16];
	Dir d;

	x = f->aux;
	if((x->v = viewnew(cmuxof(f), f->uid)) == nil)
		return Enospace;
	filedir(f->srv, x->v, Qctl, &d, buf);
	f->qid = d.qid;
	return nil;
}

static char *mayopen(Req *r)
{
	View *v;
	char buf[16];
	Dir d;

	v = viewof(r->fid);
	if(v != nil && v->gone)
		return Enonexist;
	filedir(r->srv, v, fileof(r->fid), &d, buf);
	return (r->mode & ORCLOSE) == 0 && hasperm(&d, r->fid->uid, omode2perm(r->mode))? nil: Eperm;
}

static void consmuxopen(Req *r)
{
	View *v;
	char *e;

	v = viewof(r->fid);
	e = mayopen(r);
	if(e == nil && v == nil && fileof(r->fid) == Qclone)
		e = openclone(r->fid);
	else if(e == nil && v != nil && fileof(r->fid) != Qdir){
		v->nopen++;
		if(fileof(r->fid) == Qconsctl)
			v->nconsctl++;
	}
	respond(r, e);
	cmuxrun(r->srv->aux);
}

static void consmuxstat(Req *r)
{
	View *v;
	char buf[16];

	v = viewof(r->fid);
	if(v != nil && v->gone){
		respond(r, Enonexist);
		return;
	}
	filedir(r->srv, v, fileof(r->fid), &r->d, buf);
	respond(r, nil);
}

/* --- read --- */
typedef struct List List;
struct List {	/* a directory being read */
	Srv *s;
	View *v;
	u32int dir;
	char name[16];
};

/* entries of the root: its files, then views by number */
static int entry(u64int i, Dir *d, void *arg)
{
	List *l;
	View *v;
	u32int first, end;

	l = arg;
	if(l->v != nil && l->v->gone)
		return 0;
	first = l->v != nil? Qcons: l->dir == Qhost? Qin: Qclone;
	end = l->v != nil? Nview: l->dir == Qhost? Nroot: Qin;
	if(i < end-first){
		filedir(l->s, l->v, first+i, d, l->name);
		return 1;
	}
	i -= end-first;
	if(l->v != nil || l->dir == Qhost || i >= Viewmax)
		return 0;
	if((v = viewnumber(l->s->aux, i+1)) == nil)
		return -1;
	filedir(l->s, v, Qdir, d, l->name);
	return 1;
}

static void readdir(Req *r)
{
	List l;

	l.s = r->srv;
	l.v = viewof(r->fid);
	l.dir = fileof(r->fid);
	respond(r, dirread9p(r, entry, &l));
}

static void readrootctl(Mux *m, Req *r)
{
	char buf[80];

	snprint(buf, sizeof buf, "key ^%c\nlog %ud\nhold %d\n", m->key+'@', m->logsize, m->holder != nil? m->holder->n: 0);
	readstr(r, buf);
	respond(r, nil);
}

/* a line for each view, or for the only one */
static void readstatus(Mux *m, Req *r, View *only)
{
	char *buf, *s, *e;
	int i;

	if((buf = malloc(Viewmax*(Labelmax+2*NAMEMAX))) == nil){
		respond(r, Enomem);
		return;
	}
	s = buf;
	*s = 0;
	e = buf + Viewmax*(Labelmax+2*NAMEMAX);
	for(i = 0; i < Viewmax; i++)
		if(m->view[i] != nil && (only == nil || only == m->view[i]))
			s = viewline(m, m->view[i], s, e);
	readstr(r, buf);
	free(buf);
	respond(r, nil);
}

static void readnumber(Req *r, View *v)
{
	char buf[16];

	snprint(buf, sizeof buf, "%d\n", v->n);
	readstr(r, buf);
	respond(r, nil);
}

/* offsets count from the oldest byte there was when offset 0 was read */
static void readlog(Mux *m, Req *r, View *v)
{
	Cfid *x;
	uchar buf[256];
	u64int at, oldest;
	u32int n, k;

	x = r->fid->aux;
	oldest = viewoldest(m, v);
	if(r->offset == 0)
		x->base = oldest;
	at = x->base + r->offset;
	if(at < oldest)
		at = oldest;
	for(n = 0; n < r->count && at < v->head; n += k, at += k){
		k = v->head-at < sizeof buf? v->head-at: sizeof buf;
		viewget(m, v, at, buf, k);
		k = reqput(r, n, buf, k);
	}
	r->rcount = n;
	respond(r, nil);
}

/* a read of what comes when it comes */
static void park(Mux *m, Waitq *q, Req *r)
{
	if(r->count == 0){
		respond(r, nil);
		return;
	}
	waitadd(q, r);
	cmuxrun(m);
}

static void readview(Mux *m, Req *r, View *v)
{
	switch(fileof(r->fid)){
	case Qcons:
		park(m, &v->read, r);
		break;
	case Qnote:
		park(m, &v->note, r);
		break;
	case Qlog:
		readlog(m, r, v);
		break;
	case Qstatus:
		readstatus(m, r, v);
		break;
	case Qconsctl:
		readstr(r, v->raw? "rawon\n": "rawoff\n");
		respond(r, nil);
		break;
	default:
		readnumber(r, v);
		break;
	}
}

static void consmuxread(Req *r)
{
	Mux *m;

	m = r->srv->aux;
	if(r->fid->qid.type & QTDIR)
		readdir(r);
	else if(viewof(r->fid) != nil)
		readview(m, r, viewof(r->fid));
	else switch(fileof(r->fid)){
	case Qout:
		park(m, &m->hostout, r);
		break;
	case Qevent:
		park(m, &m->hostevent, r);
		break;
	case Qrootstatus:
		readstatus(m, r, nil);
		break;
	default:
		readrootctl(m, r);
		break;
	}
}

static void consmuxflush(Req *r)
{
	Mux *m;
	View *v;
	Req *o;

	m = r->srv->aux;
	o = r->oldreq;
	v = (o->type == Tread || o->type == Twrite)? viewof(o->fid): nil;
	if(v != nil && waitremove(&v->write, o))
		respond(o, o->rcount > 0? nil: Eintr);
	else if(v != nil && (waitremove(&v->read, o) || waitremove(&v->note, o)))
		respond(o, Eintr);
	else if(waitremove(&m->hostout, o) || waitremove(&m->hostevent, o))
		respond(o, Eintr);
	respond(r, nil);
}

/* --- write --- */
static int onoff(char *s)
{
	return strcmp(s, "on") == 0? 1: strcmp(s, "off") == 0? 0: -1;
}

/* who may take the input: anybody if it is free, its owner's other views, and the server's owner */
static int mayhold(Mux *m, Req *r, View *v)
{
	return m->holder == nil || m->holder == v || strcmp(m->holder->owner, v->owner) == 0
		|| strcmp(r->fid->uid, srvowner(r->srv)) == 0;
}

static char *viewgive(Mux *m, View *v, char *to)
{
	View *w;

	if((w = viewnumber(m, number(to))) == nil)
		return Enonexist;
	if(m->holder != v)
		return Eperm;
	cmuxhold(m, w);
	return nil;
}

static char *viewctl(Mux *m, Req *r, View *v, char **w, int n)
{
	if(n == 1 && strcmp(w[0], "hold") == 0){
		if(!mayhold(m, r, v))
			return Eperm;
		cmuxhold(m, v);
	}else if(n == 2 && strcmp(w[0], "give") == 0)
		return viewgive(m, v, w[1]);
	else if(n == 2 && strcmp(w[0], "show") == 0 && onoff(w[1]) >= 0)
		v->show = onoff(w[1]);
	else if(n == 2 && strcmp(w[0], "keep") == 0 && onoff(w[1]) >= 0)
		v->keep = onoff(w[1]);
	else if(n == 2 && strcmp(w[0], "label") == 0 && strlen(w[1]) < Labelmax && (*w[1] == 0 || namecheck(w[1]) == 0))
		strecpy(v->label, v->label+Labelmax, w[1]);
	else if(n == 1 && strcmp(w[0], "clear") == 0)
		v->base = v->shown = v->head;
	else
		return Ebadarg;
	return nil;
}

static char *viewconsctl(View *v, char **w, int n)
{
	if(n != 1 || (strcmp(w[0], "rawon") != 0 && strcmp(w[0], "rawoff") != 0))
		return Ebadarg;
	viewraw(v, strcmp(w[0], "rawon") == 0);
	return nil;
}

/* the control character that ^X or the byte itself means; -1 */
static int keyof(char *s)
{
	int c;

	c = s[0];
	if(c == '^' && s[1] > '@' && s[1] < '`' && s[2] == 0)
		c = s[1]-'@';
	else if(s[0] == 0 || s[1] != 0)
		return -1;
	return c > 0 && c < ' '? c: -1;
}

static char *rootctl(Mux *m, char **w, int n)
{
	View *v;

	if(n == 2 && strcmp(w[0], "key") == 0 && keyof(w[1]) > 0)
		m->key = keyof(w[1]);
	else if(n == 2 && strcmp(w[0], "hold") == 0){
		if((v = viewnumber(m, number(w[1]))) == nil)
			return Enonexist;
		cmuxhold(m, v);
	}else
		return Ebadarg;
	return nil;
}

/* what is written to the ctl files is words, whole in one write */
static char *writewords(Mux *m, Req *r, View *v)
{
	char buf[Ctlmax], *w[4];
	int n;

	if(r->count >= sizeof buf)
		return Etoobig;
	n = reqget(r, 0, buf, r->count);
	buf[n] = 0;
	r->rcount = n;
	n = tokenize(buf, w, nelem(w));
	if(v == nil)
		return rootctl(m, w, n);
	return fileof(r->fid) == Qconsctl? viewconsctl(v, w, n): viewctl(m, r, v, w, n);
}

static void keyboard(Mux *m, Req *r)
{
	uchar buf[256];
	u32int i, k;

	for(; r->rcount < r->count; r->rcount += k){
		k = reqget(r, r->rcount, buf, sizeof buf);
		for(i = 0; i < k; i++)
			cmuxtype(m, buf[i]);
		cmuxrun(m);
	}
	respond(r, nil);
}

static void writecons(Mux *m, Req *r, View *v)
{
	if(v->write.first == nil && viewwrite(m, r))
		respond(r, nil);
	else
		waitadd(&v->write, r);
}

void consmuxwrite(Req *r)
{
	Mux *m;
	View *v;

	m = r->srv->aux;
	v = viewof(r->fid);
	if(v == nil && fileof(r->fid) == Qin)
		keyboard(m, r);
	else if(v != nil && fileof(r->fid) == Qcons)
		writecons(m, r, v);
	else
		respond(r, writewords(m, r, v));
	cmuxrun(m);
}

/* --- instances --- */
Mux *cmuxnew(u32int logsize, int key)
{
	Mux *m;

	if((m = mallocz(sizeof *m, 1)) == nil)
		return nil;
	m->id = 1;
	m->logsize = logsize;
	m->key = key;
	return m;
}

void cmuxfree(Mux *m)
{
	int i;

	for(i = 0; i < Viewmax; i++)
		if(m->view[i] != nil)
			viewdrop(m, m->view[i]);
	free(m);
}

/* arg has words: log=bytes, key=^X */
static int consmuxinit(Srv *s, char *arg)
{
	char buf[Ctlmax], *w[4];
	vlong size;
	int i, n, key;

	size = Logdef;
	key = Defkey;
	strecpy(buf, buf+sizeof buf, arg != nil? arg: "");
	n = tokenize(buf, w, nelem(w));
	for(i = 0; i < n; i++){
		if(strncmp(w[i], "log=", 4) == 0)
			size = sizearg(w[i]+4);
		else if(strncmp(w[i], "key=", 4) == 0)
			key = keyof(w[i]+4);
		else
			key = -1;
	}
	if(size < Logleast || size > Logmost || key < 0){
		werrstr("consmux: bad argument: %s", arg);
		return -1;
	}
	if((s->aux = cmuxnew(size, key)) != nil)
		return 0;
	werrstr("%s", Enomem);
	return -1;
}

static void consmuxfini(Srv *s)
{
	cmuxfree(s->aux);
	s->aux = nil;
}

Srv consmuxsrv = {
	.name = "consmux",
	.flags = SrvLocked|SrvInorder,
	.init = consmuxinit,
	.fini = consmuxfini,
	.attach = consmuxattach,
	.walk1 = consmuxwalk1,
	.clone = consmuxclone,
	.open = consmuxopen,
	.read = consmuxread,
	.write = consmuxwrite,
	.flush = consmuxflush,
	.stat = consmuxstat,
	.destroyfid = consmuxdestroyfid,
	.save = consmuxsave,
	.restore = consmuxrestore,
	.savefid = consmuxsavefid,
	.restorefid = consmuxrestorefid,
	.savereq = consmuxsavereq,
	.restorereq = consmuxrestorereq,
};
