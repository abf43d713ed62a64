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
 * Copies share values until one side writes.  Bounds: Valmax bytes a
 * variable, Groupmax bytes an environment, Varmax variables.
 *
 * Locks: Env.lk guards everything; no handler waits for anything else.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "env.h"

/* a decimal number, all of s: nil, or the error */
static char *idof(char *s, u64int *id)
{
	char *end;

	*id = strtoull(s, &end, 10);
	return *s >= '0' && *s <= '9' && *end == 0 ? nil : Ebadarg;
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

/* --- writing; Env.lk held --- */

static char *writevar(Req *r, Var *v)
{
	char *err;
	vlong end;

	if(r->offset > Valmax || r->count > Valmax-r->offset)
		return Enospace;
	end = r->offset + r->count;
	if(r->count == 0)
		return nil;
	err = varresize(v, end > vallen(v) ? end : vallen(v));
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
	if(groupfind(e, b))
		return Eexist;
	from = groupfind(e, a);
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
		vartruncate(varof(r->fid));
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
		varunlink(e, v);
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
	err = varchange(v, &r->d);
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
	/* what an image had, and no fid */
	for(; e->cleared; groupfree(e->cleared))
		e->cleared->ref = 1;
	for(; e->removed; varfree(e->removed))
		e->removed->ref = 1;
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
	.save = envsave,
	.restore = envrestore,
	.savefid = envsavefid,
	.restorefid = envrestorefid,
};
