/*
 * store.c: environments, their variables and values.
 *
 * A value is shared by copies of its variable, and is never changed while its
 * reference count is above one.  A group's variables are an array with holes,
 * so that they stay where they are while the directory is read.
 *
 * Locks: Env.lk, held by the callers.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "env.h"

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

u32int vallen(Var *v)
{
	return v->val ? v->val->len : 0;
}

/* --- variables and groups --- */

static u32int now(void)
{
	return srvclock()/1000000000;
}

static u32int strhash(char *s)
{
	u32int h;

	for(h = 2166136261U; *s; s++)
		h = (h ^ (uchar)*s) * 16777619;
	return h;
}

void varfree(Var *v)
{
	if(v == nil || --v->ref > 0)
		return;
	if(v->link != nil && (*v->link = v->next) != nil)
		v->next->link = v->link;
	valfree(v->val);
	free(v->name);
	free(v);
}

void groupfree(Group *g)
{
	if(g == nil || --g->ref > 0)
		return;
	if(g->link != nil && (*g->link = g->next) != nil)
		g->next->link = g->link;
	free(g->var);
	free(g);
}

static void grouptouch(Group *g)
{
	g->vers++;
	g->mtime = now();
}

void varorphan(Env *e, Var *v)
{
	if((v->next = e->removed) != nil)
		v->next->link = &v->next;
	v->link = &e->removed;
	e->removed = v;
}

/* takes v out of its group, whose reference goes */
void varunlink(Env *e, Var *v)
{
	Group *g;

	g = v->group;
	g->var[v->slot] = nil;
	g->nlive--;
	g->bytes -= vallen(v);
	v->group = nil;
	grouptouch(g);
	varorphan(e, v);
	varfree(v);
}

Var *varfind(Group *g, char *name)
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
	g->var[g->nvar] = nil;
	return g->nvar++;
}

/* a new empty variable at g's slot i, which is free, with the group's reference; nil: no memory */
Var *varinslot(Group *g, int i, char *name, u64int path)
{
	Var *v;

	v = mallocz(sizeof *v, 1);
	if(v == nil)
		return nil;
	v->name = strdup(name);
	if(v->name == nil){
		free(v);
		return nil;
	}
	v->ref = 1;
	v->group = g;
	v->slot = i;
	v->hash = strhash(name);
	v->path = path;
	g->var[i] = v;
	g->nlive++;
	return v;
}

/* the same at any slot, dated; nil: no memory or too many */
Var *varnew(Env *e, Group *g, char *name)
{
	Var *v;
	int i;

	i = slot(g);
	v = i >= 0 ? varinslot(g, i, name, e->path) : nil;
	if(v == nil)
		return nil;
	e->path++;
	v->mtime = now();
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

Group *groupfind(Env *e, u64int id)
{
	return *groupplace(e, id);
}

Group *groupnew(u64int id, u64int path)
{
	Group *g;

	g = mallocz(sizeof *g, 1);
	if(g == nil)
		return nil;
	g->ref = 1;
	g->id = id;
	g->path = path;
	return g;
}

void groupadd(Env *e, Group *g)
{
	*groupplace(e, g->id) = g;
}

void grouporphan(Env *e, Group *g)
{
	g->cleared = 1;
	if((g->next = e->cleared) != nil)
		g->next->link = &g->next;
	g->link = &e->cleared;
	e->cleared = g;
}

Group *groupget(Env *e, u64int id)
{
	Group *g;

	g = groupfind(e, id);
	if(g)
		return g;
	g = groupnew(id, e->path);
	if(g == nil)
		return nil;
	e->path++;
	g->mtime = now();
	groupadd(e, g);
	return g;
}

void groupclear(Env *e, u64int id)
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
			varunlink(e, g->var[i]);
	grouporphan(e, g);
	groupfree(g);
}

/* to, which is new, gets what from has; on failure it is as it was */
char *groupcopy(Env *e, Group *from, u64int id)
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

/* --- contents --- */

/* makes v n bytes long, with zeros where it grows */
char *varresize(Var *v, vlong n)
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

void vartruncate(Var *v)
{
	if(v->group)
		v->group->bytes -= vallen(v);
	valfree(v->val);
	v->val = nil;
	v->vers++;
	v->mtime = now();
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
char *varchange(Var *v, Dir *d)
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
		err = d->length < 0 ? Ebadarg : varresize(v, d->length);
	if(err)
		free(name);
	else if(name)
		rename(v, name);
	return err;
}
