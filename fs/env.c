/*
 * env.c: environments, env(3): a movable server.
 *
 * An environment is a directory of variables, each a file of any bytes.  The
 * attach's spec, a decimal number, says which one; it comes into being when
 * it is first attached, or as a copy.  The spec `ctl` attaches to a file that
 * takes the messages
 *
 *	copy old new	new becomes a copy of old (empty when there is no old)
 *	clear id	that environment is gone; who has its files open keeps them
 *
 * Who may attach to which environment is for the host to see to; whoever can,
 * may do everything in it.
 *
 * Copies share values until one side writes.  A value with a reference count
 * above one is never changed.  Bounds: Valmax bytes a variable, Groupmax
 * bytes an environment, Varmax variables.
 *
 * Locks: Env.lk guards everything; no handler waits for anything else.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"

enum {
	Valmax = 256*1024,
	Groupmax = 1024*1024,
	Varmax = 2048,
	Namemax = 255,
	Nhash = 64,		/* environments */
	Iochunk = 8192,
};

typedef struct Env Env;
typedef struct Group Group;
typedef struct Var Var;
typedef struct Val Val;
typedef struct Efid Efid;

struct Val {
	long ref;
	u32int len;
	u32int cap;
	uchar data[];
};

struct Var {
	long ref;		/* one of its group, one for each fid */
	Group *group;		/* nil: removed, or the group is cleared */
	int slot;
	char *name;
	u32int hash;
	Val *val;		/* nil: empty */
	u64int path;
	u32int vers;
	u32int mtime;
};

struct Group {
	long ref;		/* one of the table, one for each fid */
	u64int id;
	Var **var;		/* with holes, so that a directory being read does not move */
	int nvar, maxvar;	/* used slots with holes; allocated */
	int nlive;
	u32int bytes;
	u64int path;
	u32int vers;
	u32int mtime;
	u8int cleared;
	Group *next;
};

/* a fid's: group alone for a directory, var too for a variable; ctl has none */
struct Efid {
	Group *group;
	Var *var;
};

struct Env {
	QLock lk;
	Group *hash[Nhash];
	u64int path;
};

enum {	/* qid.path */
	Qctl = 1,
	Qfirst = 16,
};

/* --- values --- */

static void valfree(Val *v)
{
	if(v && --v->ref == 0)
		free(v);
}

/* a value with room for cap bytes and v's contents, v's reference passed on; nil: no memory, v stays */
static Val *valgrow(Val *v, u32int cap)
{
	Val *new;

	if(v && v->ref == 1 && v->cap >= cap)
		return v;
	if(v && cap < 2*v->len)
		cap = 2*v->len;
	if(cap > Valmax)
		cap = Valmax;
	new = malloc(sizeof *new + cap);
	if(new == nil)
		return nil;
	new->ref = 1;
	new->cap = cap;
	new->len = v ? v->len : 0;
	if(v)
		memmove(new->data, v->data, v->len);
	valfree(v);
	return new;
}

static u32int vallen(Var *v)
{
	return v->val ? v->val->len : 0;
}

/* --- variables and groups; Env.lk held --- */

static u32int now(void)
{
	return nsec()/1000000000;
}

static u32int strhash(char *s)
{
	u32int h;

	for(h = 2166136261U; *s; s++)
		h = (h ^ (uchar)*s) * 16777619;
	return h;
}

static void varfree(Var *v)
{
	if(v == nil || --v->ref > 0)
		return;
	valfree(v->val);
	free(v->name);
	free(v);
}

static void groupfree(Group *g)
{
	if(g == nil || --g->ref > 0)
		return;
	free(g->var);
	free(g);
}

static void grouptouch(Group *g)
{
	g->vers++;
	g->mtime = now();
}

/* takes v out of its group, whose reference goes */
static void varunlink(Var *v)
{
	Group *g;

	g = v->group;
	g->var[v->slot] = nil;
	g->nlive--;
	g->bytes -= vallen(v);
	v->group = nil;
	grouptouch(g);
	varfree(v);
}

static Var *varfind(Group *g, char *name)
{
	u32int h;
	int i;

	h = strhash(name);
	for(i = 0; i < g->nvar; i++)
		if(g->var[i] && g->var[i]->hash == h && strcmp(g->var[i]->name, name) == 0)
			return g->var[i];
	return nil;
}

/* a free slot: a hole when holes are many, else at the end; -1: no room */
static int slot(Group *g)
{
	Var **p;
	int i, n;

	if(g->nlive >= Varmax)
		return -1;
	if(g->nvar > 2*g->nlive || g->nvar >= Varmax)
		for(i = 0; i < g->nvar; i++)
			if(g->var[i] == nil)
				return i;
	if(g->nvar == g->maxvar){
		n = g->maxvar ? 2*g->maxvar : 16;
		p = realloc(g->var, n*sizeof(Var*));
		if(p == nil)
			return -1;
		g->var = p;
		g->maxvar = n;
	}
	return g->nvar++;
}

/* a new empty variable of g, with the group's reference; nil: no memory or too many */
static Var *varnew(Env *e, Group *g, char *name)
{
	Var *v;
	int i;

	v = mallocz(sizeof *v, 1);
	if(v == nil)
		return nil;
	v->name = strdup(name);
	i = v->name ? slot(g) : -1;
	if(i < 0){
		free(v->name);
		free(v);
		return nil;
	}
	v->ref = 1;
	v->group = g;
	v->slot = i;
	v->hash = strhash(name);
	v->path = e->path++;
	v->mtime = now();
	g->var[i] = v;
	g->nlive++;
	grouptouch(g);
	return v;
}

static Group **groupplace(Env *e, u64int id)
{
	Group **l;

	for(l = &e->hash[id%Nhash]; *l && (*l)->id != id; l = &(*l)->next)
		;
	return l;
}

static Group *groupget(Env *e, u64int id)
{
	Group **l, *g;

	l = groupplace(e, id);
	if(*l)
		return *l;
	g = mallocz(sizeof *g, 1);
	if(g == nil)
		return nil;
	g->ref = 1;
	g->id = id;
	g->path = e->path++;
	g->mtime = now();
	*l = g;
	return g;
}

static void groupclear(Env *e, u64int id)
{
	Group **l, *g;
	int i;

	l = groupplace(e, id);
	g = *l;
	if(g == nil)
		return;
	*l = g->next;
	for(i = 0; i < g->nvar; i++)
		if(g->var[i])
			varunlink(g->var[i]);
	g->cleared = 1;
	groupfree(g);
}

/* to, which is new, gets what from has; on failure it is as it was */
static char *groupcopy(Env *e, Group *from, u64int id)
{
	Group *to;
	Var *v;
	int i;

	to = groupget(e, id);
	if(to == nil)
		return Enomem;
	for(i = 0; i < from->nvar; i++){
		if(from->var[i] == nil)
			continue;
		v = varnew(e, to, from->var[i]->name);
		if(v == nil){
			groupclear(e, id);
			return Enomem;
		}
		v->mtime = from->var[i]->mtime;
		v->val = from->var[i]->val;
		if(v->val)
			v->val->ref++;
		to->bytes += vallen(v);
	}
	return nil;
}

/* --- fids --- */

static Env *envof(Fid *f)
{
	return f->srv->aux;
}

static Group *groupof(Fid *f)
{
	Efid *x;

	x = f->aux;
	return x ? x->group : nil;
}

static Var *varof(Fid *f)
{
	Efid *x;

	x = f->aux;
	return x ? x->var : nil;
}

static Qid varqid(Var *v)
{
	return (Qid){ .path = v->path, .vers = v->vers };
}

static Qid groupqid(Group *g)
{
	return (Qid){ .path = g->path, .vers = g->vers, .type = QTDIR };
}

static char *idof(char *s, u64int *id)
{
	char *end;

	*id = strtoull(s, &end, 10);
	return *s >= '0' && *s <= '9' && *end == 0 ? nil : Ebadarg;
}

static char *attachgroup(Env *e, Fid *f, char *spec)
{
	Efid *x;
	u64int id;

	if(spec == nil || idof(spec, &id) != nil)
		return Ebadattach;
	x = mallocz(sizeof *x, 1);
	if(x == nil)
		return Enomem;
	x->group = groupget(e, id);
	if(x->group == nil){
		free(x);
		return Enomem;
	}
	x->group->ref++;
	f->aux = x;
	f->qid = groupqid(x->group);
	return nil;
}

static void envattach(Req *r)
{
	Env *e;
	char *err;

	e = envof(r->fid);
	err = nil;
	if(r->name && strcmp(r->name, "ctl") == 0)
		r->fid->qid = (Qid){ .path = Qctl };
	else{
		qlock(&e->lk);
		err = attachgroup(e, r->fid, r->name);
		qunlock(&e->lk);
	}
	respond(r, err);
}

static char *envclone(Fid *from, Fid *to)
{
	Env *e;
	Efid *x, *y;

	x = from->aux;
	if(x == nil)
		return nil;
	y = malloc(sizeof *y);
	if(y == nil)
		return Enomem;
	e = envof(from);
	qlock(&e->lk);
	*y = *x;
	y->group->ref++;
	if(y->var)
		y->var->ref++;
	qunlock(&e->lk);
	to->aux = y;
	return nil;
}

static void envdestroyfid(Fid *f)
{
	Env *e;
	Efid *x;

	x = f->aux;
	if(x == nil)
		return;
	e = envof(f);
	qlock(&e->lk);
	varfree(x->var);
	groupfree(x->group);
	qunlock(&e->lk);
	free(x);
	f->aux = nil;
}

static char *walkvar(Efid *x, char *name, Qid *q)
{
	Var *v;

	if(x->var)
		return Enotdir;
	if(strcmp(name, "..") == 0){
		*q = groupqid(x->group);
		return nil;
	}
	v = varfind(x->group, name);
	if(v == nil)
		return Enonexist;
	v->ref++;
	x->var = v;
	*q = varqid(v);
	return nil;
}

static char *envwalk1(Fid *f, char *name, Qid *q)
{
	Env *e;
	char *err;

	if(f->aux == nil)
		return Enotdir;
	e = envof(f);
	qlock(&e->lk);
	err = walkvar(f->aux, name, q);
	if(err == nil)
		f->qid = *q;
	qunlock(&e->lk);
	return err;
}

/* --- contents; Env.lk held --- */

/* makes v n bytes long, with zeros where it grows */
static char *resize(Var *v, vlong n)
{
	Group *g;
	Val *w;
	u32int len;

	len = vallen(v);
	g = v->group;
	if(n > Valmax || (g && n > len && g->bytes + (n-len) > Groupmax))
		return Enospace;
	w = valgrow(v->val, n);
	if(w == nil)
		return Enomem;
	v->val = w;
	if(n > len)
		memset(w->data+len, 0, n-len);
	w->len = n;
	if(g)
		g->bytes += (u32int)n - len;
	v->vers++;
	v->mtime = now();
	return nil;
}

static void truncate(Var *v)
{
	if(v->group)
		v->group->bytes -= vallen(v);
	valfree(v->val);
	v->val = nil;
	v->vers++;
	v->mtime = now();
}

static char *writevar(Req *r, Var *v)
{
	char *err;
	vlong end;

	end = r->offset + r->count;
	if(r->offset > Valmax || end > Valmax)
		return Enospace;
	if(r->count == 0)
		return nil;
	err = resize(v, end > vallen(v) ? end : vallen(v));
	if(err == nil)
		r->rcount = reqget(r, 0, v->val->data+r->offset, r->count);
	return err;
}

static char *control(Env *e, char **w, int n)
{
	u64int a, b;
	Group *from;

	if(n == 2 && strcmp(w[0], "clear") == 0 && idof(w[1], &a) == nil){
		groupclear(e, a);
		return nil;
	}
	if(n != 3 || strcmp(w[0], "copy") != 0 || idof(w[1], &a) != nil || idof(w[2], &b) != nil)
		return Ebadarg;
	if(*groupplace(e, b))
		return Eexist;
	from = *groupplace(e, a);
	return from ? groupcopy(e, from, b) : nil;
}

/* --- handlers --- */

static void envopen(Req *r)
{
	Env *e;

	e = envof(r->fid);
	if((r->fid->qid.type & QTDIR) && ((r->mode & 3) != OREAD || (r->mode & ORCLOSE))){
		respond(r, Eisdir);
		return;
	}
	if(r->fid->aux == nil && (r->mode & ORCLOSE)){
		respond(r, Eperm);
		return;
	}
	if(varof(r->fid) && (r->mode & OTRUNC)){
		qlock(&e->lk);
		truncate(varof(r->fid));
		r->fid->qid = varqid(varof(r->fid));
		qunlock(&e->lk);
	}
	respond(r, nil);
}

static char *createvar(Env *e, Fid *f, char *name)
{
	Efid *x;
	Var *v;

	x = f->aux;
	if(x->group->cleared)
		return Enonexist;
	if(varfind(x->group, name))
		return Eexist;
	if(x->group->nlive >= Varmax)
		return Enospace;
	v = varnew(e, x->group, name);
	if(v == nil)
		return Enomem;
	v->ref++;
	x->var = v;
	f->qid = varqid(v);
	return nil;
}

static void envcreate(Req *r)
{
	Env *e;
	char *err;

	e = envof(r->fid);
	if(groupof(r->fid) == nil || varof(r->fid) || (r->perm & (DMDIR|DMAPPEND|DMEXCL)))
		err = Eperm;
	else if(strlen(r->name) > Namemax)
		err = Etoolong;
	else{
		qlock(&e->lk);
		err = createvar(e, r->fid, r->name);
		qunlock(&e->lk);
	}
	respond(r, err);
}

static void vardir(Fid *f, Var *v, Dir *d)
{
	memset(d, 0, sizeof *d);
	d->qid = varqid(v);
	d->mode = 0666;
	d->atime = d->mtime = v->mtime;
	d->length = vallen(v);
	d->name = v->name;
	d->uid = d->gid = d->muid = f->uid;
}

static void otherdir(Fid *f, Dir *d)
{
	Group *g;

	memset(d, 0, sizeof *d);
	g = groupof(f);
	if(g){
		d->qid = groupqid(g);
		d->atime = d->mtime = g->mtime;
		d->mode = DMDIR|0777;
		d->name = "/";
	}else{
		d->qid = f->qid;
		d->mode = 0200;
		d->name = "ctl";
	}
	d->uid = d->gid = d->muid = f->uid;
}

static int vargen(u64int i, Dir *d, void *arg)
{
	Req *r;
	Group *g;

	r = arg;
	g = groupof(r->fid);
	if(i >= (u64int)g->nvar)
		return 0;
	if(g->var[i] == nil)
		return -1;
	vardir(r->fid, g->var[i], d);
	return 1;
}

static void envread(Req *r)
{
	Env *e;
	Var *v;
	char *err;

	e = envof(r->fid);
	v = varof(r->fid);
	err = nil;
	qlock(&e->lk);
	if(r->fid->qid.type & QTDIR)
		err = dirread9p(r, vargen, r);
	else if(v == nil)
		err = Eperm;
	else
		readbuf(r, v->val ? v->val->data : nil, vallen(v));
	qunlock(&e->lk);
	respond(r, err);
}

static char *writectl(Req *r, Env *e)
{
	char buf[80], *w[4];
	int n;

	if(r->count >= sizeof buf)
		return Ebadarg;
	n = reqget(r, 0, buf, r->count);
	buf[n] = 0;
	r->rcount = n;
	return control(e, w, tokenize(buf, w, nelem(w)));
}

static void envwrite(Req *r)
{
	Env *e;
	Var *v;
	char *err;

	e = envof(r->fid);
	v = varof(r->fid);
	r->rcount = 0;
	qlock(&e->lk);
	err = v ? writevar(r, v) : writectl(r, e);
	qunlock(&e->lk);
	respond(r, err);
}

static void envremove(Req *r)
{
	Env *e;
	Var *v;
	char *err;

	e = envof(r->fid);
	v = varof(r->fid);
	err = nil;
	qlock(&e->lk);
	if(v == nil)
		err = Eperm;
	else if(v->group == nil)
		err = Enonexist;
	else
		varunlink(v);
	qunlock(&e->lk);
	respond(r, err);
}

static void envstat(Req *r)
{
	Env *e;
	Var *v;

	e = envof(r->fid);
	v = varof(r->fid);
	qlock(&e->lk);
	if(v)
		vardir(r->fid, v, &r->d);
	else
		otherdir(r->fid, &r->d);
	respond(r, nil);	/* copies the strings; under the lock, for a rename frees the name */
	qunlock(&e->lk);
}

/* may v be called name?  nil, or the error */
static char *mayrename(Var *v, char *name)
{
	Var *o;

	if(v->group == nil)
		return Enonexist;
	if(strlen(name) > Namemax)
		return Etoolong;
	o = varfind(v->group, name);
	return o == nil || o == v ? nil : Eexist;
}

static void rename(Var *v, char *name)
{
	free(v->name);
	v->name = name;
	v->hash = strhash(name);
	grouptouch(v->group);
}

/* name and length, all or nothing; modes, times and owners are not kept */
static char *wstatvar(Var *v, Dir *d)
{
	char *name, *err;

	if(d->mode != ~0U || d->mtime != ~0U || (d->gid && *d->gid) || (d->uid && *d->uid))
		return Eperm;
	name = nil;
	err = nil;
	if(d->name && *d->name){
		err = mayrename(v, d->name);
		if(err == nil && (name = strdup(d->name)) == nil)
			err = Enomem;
	}
	if(err == nil && d->length != ~0LL)
		err = d->length < 0 ? Ebadarg : resize(v, d->length);
	if(err)
		free(name);
	else if(name)
		rename(v, name);
	return err;
}

static void envwstat(Req *r)
{
	Env *e;
	Var *v;
	char *err;

	e = envof(r->fid);
	v = varof(r->fid);
	if(v == nil){
		respond(r, Eperm);
		return;
	}
	qlock(&e->lk);
	err = wstatvar(v, &r->d);
	qunlock(&e->lk);
	respond(r, err);
}

static int envinit(Srv *s, char *arg)
{
	Env *e;

	USED(arg);
	e = mallocz(sizeof *e, 1);
	if(e == nil){
		werrstr(Enomem);
		return -1;
	}
	e->path = Qfirst;
	s->aux = e;
	return 0;
}

static void envfini(Srv *s)
{
	Env *e;
	int i;

	e = s->aux;
	for(i = 0; i < Nhash; i++)
		while(e->hash[i])
			groupclear(e, e->hash[i]->id);
	free(e);
	s->aux = nil;
}

Srv envsrv = {
	.name = "env",
	.dc = 'e',
	.init = envinit,
	.fini = envfini,
	.attach = envattach,
	.walk1 = envwalk1,
	.clone = envclone,
	.open = envopen,
	.create = envcreate,
	.read = envread,
	.write = envwrite,
	.remove = envremove,
	.stat = envstat,
	.wstat = envwstat,
	.destroyfid = envdestroyfid,
};
