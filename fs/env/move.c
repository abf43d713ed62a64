/*
 * move.c: environments in an image.
 *
 *	next path[8]
 *	live groups[4], each: id[8] path[8] vers[4] mtime[4] slots[4], and for
 *		each slot whether it is taken[1], then its variable
 *	cleared groups[4], the same with no slots
 *	removed variables[4]
 *
 * A variable is path[8] vers[4] mtime[4] name[s] value[4].  Values are
 * numbered as they appear: 0 is none, a new number is followed by length[4]
 * and bytes, an old one is that value, shared.  A fid is what it is for[1],
 * then its group, then its variable (below).
 *
 * Everything in an image is checked.  Nothing else runs when a server is
 * saved or restored: Env.lk is not taken.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "env.h"

enum {	/* what a fid is for */
	Fctl,
	Fgroup,
	Fvar,
};

/* values met so far, while an image is read */
typedef struct Restoring Restoring;
struct Restoring {
	Env *e;
	Img *m;
	Val **val;
	u32int nval, maxval;
};

/* --- saving --- */
static void unnumber(Var *v)
{
	if(v && v->val)
		v->val->index = 0;
}

static void unnumberall(Env *e)
{
	Group *g;
	Var *v;
	int h, i;

	for(h = 0; h < Nhash; h++)
		for(g = e->hash[h]; g; g = g->next)
			for(i = 0; i < g->nvar; i++)
				unnumber(g->var[i]);
	for(v = e->removed; v; v = v->next)
		unnumber(v);
}

static void putvar(Img *m, Var *v, u32int *nval)
{
	Val *w;

	imgput8(m, v->path);
	imgput4(m, v->vers);
	imgput4(m, v->mtime);
	imgputs(m, v->name);
	w = v->val;
	if(w == nil){
		imgput4(m, 0);
		return;
	}
	if(w->index != 0){
		imgput4(m, w->index);
		return;
	}
	w->index = ++*nval;
	imgput4(m, w->index);
	imgput4(m, w->len);
	imgputn(m, w->data, w->len);
}

static void putgroup(Img *m, Group *g, u32int *nval)
{
	int i;

	imgput8(m, g->id);
	imgput8(m, g->path);
	imgput4(m, g->vers);
	imgput4(m, g->mtime);
	imgput4(m, g->cleared ? 0 : g->nvar);
	for(i = 0; i < g->nvar && !g->cleared; i++){
		imgput1(m, g->var[i] != nil);
		if(g->var[i])
			putvar(m, g->var[i], nval);
	}
}

static u32int ngroups(Group *g)
{
	u32int n;

	for(n = 0; g; g = g->next)
		n++;
	return n;
}

int envsave(Srv *s, Img *m)
{
	Env *e;
	Group *g;
	Var *v;
	u32int n, nval;
	int i;

	e = s->aux;
	unnumberall(e);
	nval = 0;
	imgput8(m, e->path);
	n = 0;
	for(i = 0; i < Nhash; i++)
		n += ngroups(e->hash[i]);
	imgput4(m, n);
	for(i = 0; i < Nhash; i++)
		for(g = e->hash[i]; g; g = g->next)
			putgroup(m, g, &nval);
	imgput4(m, ngroups(e->cleared));
	for(g = e->cleared; g; g = g->next)
		putgroup(m, g, &nval);
	n = 0;
	for(v = e->removed; v; v = v->next)
		n++;
	imgput4(m, n);
	for(v = e->removed; v; v = v->next)
		putvar(m, v, &nval);
	return imgok(m);
}

void envsavefid(Fid *f, Img *m)
{
	Efid *x;
	Group *g;
	Var *v;

	x = f->aux;
	if(x == nil){
		imgput1(m, Fctl);
		return;
	}
	g = x->group;
	v = x->var;
	imgput1(m, v ? Fvar : Fgroup);
	imgput1(m, g->cleared);
	imgput8(m, g->cleared ? g->path : g->id);
	if(v){
		imgput1(m, v->group == nil);
		imgput8(m, v->group ? (u64int)v->slot : v->path);
	}
}

/* --- restoring --- */
static int fail(char *e)
{
	werrstr("%s", e);
	return -1;
}

/* the value of that number, with a reference for the caller; new ones are read */
static int getval(Restoring *x, u32int index, Val **val)
{
	Val *w, **p;
	uchar *data;
	u32int len, n;

	if(index <= x->nval){
		*val = index > 0 ? x->val[index-1] : nil;
		if(*val)
			(*val)->ref++;
		return 0;
	}
	len = imgget4(x->m);
	data = imggetn(x->m, len);
	if(imgok(x->m) < 0)
		return -1;
	if(index != x->nval+1 || len > Valmax)
		return fail(Ebadimage);
	if(x->nval == x->maxval){
		n = x->maxval ? 2*x->maxval : 16;
		if((p = realloc(x->val, n*sizeof p[0])) == nil)
			return fail(Enomem);
		x->val = p;
		x->maxval = n;
	}
	if((w = malloc(sizeof *w + len)) == nil)
		return fail(Enomem);
	*w = (Val){ .ref = 1, .len = len, .cap = len };
	memmove(w->data, data, len);
	x->val[x->nval++] = w;
	*val = w;
	return 0;
}

/* may there be such a file?  Paths are never used again. */
static int pathok(Env *e, u64int path)
{
	return path >= Qfirst && path < e->path;
}

/* a variable at g's slot i; on failure what there is of it is g's all the same */
static int getvar(Restoring *x, Group *g, int i, Var **var)
{
	Img *m;
	Var *v;
	char *name;
	u64int path;
	u32int vers, mtime, val;

	m = x->m;
	path = imgget8(m);
	vers = imgget4(m);
	mtime = imgget4(m);
	name = imggets(m);
	val = imgget4(m);
	if(imgok(m) < 0)
		return -1;
	if(!pathok(x->e, path) || namecheck(name) < 0 || strlen(name) > Namemax || varfind(g, name))
		return fail(Ebadimage);
	if((v = varinslot(g, i, name, path)) == nil)
		return fail(Enomem);
	v->vers = vers;
	v->mtime = mtime;
	if(getval(x, val, &v->val) < 0)
		return -1;
	g->bytes += vallen(v);
	*var = v;
	return g->bytes <= Groupmax ? 0 : fail(Ebadimage);
}

static int getvars(Restoring *x, Group *g, u32int nvar)
{
	Var *v;
	u32int i;

	if(nvar > Varmax || nvar > imgleft(x->m))
		return fail(Ebadimage);
	if(nvar > 0 && (g->var = mallocz(nvar*sizeof g->var[0], 1)) == nil)
		return fail(Enomem);
	g->nvar = g->maxvar = nvar;
	for(i = 0; i < nvar; i++)
		if(imgget1(x->m) && getvar(x, g, i, &v) < 0)
			return -1;
	return imgok(x->m);
}

/* the next group: in the table or among the cleared, even if it then fails */
static int getgroup(Restoring *x, int cleared)
{
	Img *m;
	Group *g;
	u64int id, path;
	u32int vers, mtime, nvar;

	m = x->m;
	id = imgget8(m);
	path = imgget8(m);
	vers = imgget4(m);
	mtime = imgget4(m);
	nvar = imgget4(m);
	if(imgok(m) < 0)
		return -1;
	if(!pathok(x->e, path) || (cleared ? nvar > 0 : groupfind(x->e, id) != nil))
		return fail(Ebadimage);
	if((g = groupnew(id, path)) == nil)
		return fail(Enomem);
	g->vers = vers;
	g->mtime = mtime;
	if(cleared){
		g->ref = 0;	/* the fids' are to come */
		grouporphan(x->e, g);
		return 0;
	}
	groupadd(x->e, g);
	return getvars(x, g, nvar);
}

/* a variable that is in no group any more */
static int getremoved(Restoring *x)
{
	Group limbo;
	Var *slot, *v;
	int r;

	limbo = (Group){ .var = &slot };
	v = nil;
	r = getvar(x, &limbo, 0, &v);
	if(limbo.nlive > 0){
		slot->group = nil;
		slot->ref = 0;
		varorphan(x->e, slot);
	}
	return r;
}

static int getgroups(Restoring *x, int cleared)
{
	u32int n;

	for(n = imgget4(x->m); n > 0; n--)
		if(getgroup(x, cleared) < 0)
			return -1;
	return imgok(x->m);
}

static int getall(Restoring *x)
{
	u32int n;

	x->e->path = imgget8(x->m);
	if(getgroups(x, 0) < 0 || getgroups(x, 1) < 0)
		return -1;
	for(n = imgget4(x->m); n > 0; n--)
		if(getremoved(x) < 0)
			return -1;
	return imgok(x->m);
}

int envrestore(Srv *s, Img *m)
{
	Restoring x;
	Env *e;
	char err[ERRMAX];
	int r;

	if((e = mallocz(sizeof *e, 1)) == nil)
		return fail(Enomem);
	s->aux = e;
	x = (Restoring){ .e = e, .m = m };
	r = getall(&x);
	free(x.val);
	if(r < 0){
		rerrstr(err, sizeof err);
		s->fini(s);
		werrstr("%s", err);
	}
	return r;
}

static Group *findgroup(Env *e, int cleared, u64int key)
{
	Group *g;

	if(!cleared)
		return groupfind(e, key);
	for(g = e->cleared; g && g->path != key; g = g->next)
		;
	return g;
}

static Var *findvar(Env *e, Group *g, int removed, u64int key)
{
	Var *v;

	if(!removed)
		return key < (u64int)g->nvar ? g->var[key] : nil;
	for(v = e->removed; v && v->path != key; v = v->next)
		;
	return v;
}

static int restorectl(Fid *f)
{
	return f->qid.path == Qctl && f->qid.type == 0 ? 0 : fail(Ebadimage);
}

int envrestorefid(Fid *f, Img *m)
{
	Env *e;
	Efid *x;
	Group *g;
	Var *v;
	u64int path;
	int kind, gone;

	e = f->srv->aux;
	kind = imgget1(m);
	if(kind == Fctl)
		return restorectl(f);
	gone = imgget1(m);
	g = findgroup(e, gone, imgget8(m));
	v = nil;
	if(g && kind == Fvar){
		gone = imgget1(m);
		v = findvar(e, g, gone, imgget8(m));
	}
	if(imgok(m) < 0 || g == nil || (v == nil) != (kind == Fgroup))
		return fail(Ebadimage);
	path = v ? v->path : g->path;
	if(f->qid.path != path || f->qid.type != (v ? 0 : QTDIR))
		return fail(Ebadimage);
	if((x = mallocz(sizeof *x, 1)) == nil)
		return fail(Enomem);
	x->group = g;
	x->var = v;
	g->ref++;
	if(v)
		v->ref++;
	f->aux = x;
	return 0;
}
