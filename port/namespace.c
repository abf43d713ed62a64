/*
 * namespace.c: name spaces, the mount tables of process groups.
 *
 * A table maps the identity of a file, {dev, qid.path}, to a Mhead: what is
 * covered and the list of what is mounted there.  A Mhead never changes: bind
 * and unmount make a new one.  So a walk needs no lock while it tries the
 * elements of a union, an open union directory keeps the list it was opened
 * with, and copying a name space copies only references.
 *
 * Locks: Pgrp.mod serialises changes and is held while they are made;
 * Pgrp.lk, a spin lock, guards the table.  Closing channels may sleep and is
 * done without either.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"

enum {
	Nhash = 32,
	Nbits = 8*Nhash,
	Maxelems = 4096,	/* of one name space */
};

typedef struct Entry Entry;
struct Entry {
	Mhead *mh;
	Entry *next;
};

struct Pgrp {
	long ref;
	u32int id;
	u8int nomount;
	QLock mod;
	Lock lk;
	u32int lastid;		/* of an element */
	int nelem;
	u64int bits[Nbits/64];	/* which hashes may have an entry: most files have none */
	u64int devs[Nbits/64];	/* which trees, by dev%Nbits: most have none */
	Entry *hash[Nhash];
};

static char Emismatch[] = "inconsistent mount";
static char Enotmounted[] = "not mounted";
static char Enotinunion[] = "not in union";

/* --- mount points --- */
static Mhead *mheadalloc(Chan *from, int n)
{
	Mhead *mh;

	if((mh = malloc(sizeof *mh + n*sizeof mh->e[0])) == nil)
		return seterrp(Enomem);
	mh->ref = 1;
	mh->from = from;
	mh->n = 0;
	chanincref(from);
	return mh;
}

void mheadincref(Mhead *mh)
{
	incref(&mh->ref);
}

static void mheadfree(Mhead *mh, Chan **dead)
{
	int i;

	for(i = 0; i < mh->n; i++){
		chandrop(mh->e[i].to, dead);
		free(mh->e[i].spec);
	}
	chandrop(mh->from, dead);
	free(mh);
}

void mheaddrop(Mhead *mh, Chan **dead)
{
	if(mh != nil && decref(&mh->ref) == 0)
		mheadfree(mh, dead);
}

void mheadclose(Mhead *mh)
{
	Chan *dead;

	if(mh == nil || decref(&mh->ref) > 0)
		return;
	dead = nil;
	mheadfree(mh, &dead);
	chanreap(dead);
}

static Melem *addelem(Mhead *mh, Chan *to, u32int id, int flag)
{
	Melem *e;

	e = &mh->e[mh->n++];
	*e = (Melem){ .to = to, .id = id, .flag = flag & (MCREATE|MCACHE) };
	chanincref(to);
	return e;
}

static int setspec(Melem *e, int mounted, char *spec)
{
	e->mounted = mounted;
	if(spec != nil && spec[0] != 0 && (e->spec = strdup(spec)) == nil)
		return seterr(Enomem);
	return 0;
}

/* append copies of mh's elements but the skip'th */
static int copyelems(Mhead *to, Mhead *mh, int skip)
{
	Melem *o, *e;
	int i;

	for(i = 0; i < mh->n; i++){
		if(i == skip)
			continue;
		o = &mh->e[i];
		e = addelem(to, o->to, o->id, o->flag);
		if(setspec(e, o->mounted, o->spec) < 0)
			return -1;
	}
	return 0;
}

/* --- the table --- */
static u32int bit(u32int dev, u64int path)
{
	u64int h;

	h = (path + dev*0x9E3779B97F4A7C15UL) * 0xD6E8FEB86659FD93UL;
	return h>>56;	/* below Nbits */
}

static u32int hash(u32int dev, u64int path)
{
	return bit(dev, path) / (Nbits/Nhash);
}

/* bits never go away: the unmounted cost a search */
static void setbit(Pgrp *g, Chan *c)
{
	u32int b;

	b = bit(c->dev, c->qid.path);
	__atomic_fetch_or(&g->bits[b/64], 1UL<<b%64, __ATOMIC_RELAXED);
	b = c->dev % Nbits;
	__atomic_fetch_or(&g->devs[b/64], 1UL<<b%64, __ATOMIC_RELAXED);
}

static Entry **find(Pgrp *g, u32int dev, u64int path)
{
	Entry **l;

	for(l = &g->hash[hash(dev, path)]; *l != nil; l = &(*l)->next)
		if((*l)->mh->from->qid.path == path && (*l)->mh->from->dev == dev)
			break;
	return l;
}

static __attribute__((noinline)) Mhead *search(Pgrp *g, u32int dev, u64int path)
{
	Entry *e;
	Mhead *mh;

	mh = nil;
	lock(&g->lk);
	if((e = *find(g, dev, path)) != nil){
		mh = e->mh;
		mheadincref(mh);
	}
	unlock(&g->lk);
	return mh;
}

Mhead *mountpoint(u32int dev, Qid *q)
{
	Pgrp *g;
	u32int b;

	if((g = up->pgrp) == nil)
		return nil;
	b = bit(dev, q->path);
	if((__atomic_load_n(&g->bits[b/64], __ATOMIC_RELAXED) & 1UL<<b%64) == 0)
		return nil;
	return search(g, dev, q->path);
}

int nscovers(u32int dev)
{
	u32int b;

	if(up->pgrp == nil)
		return 0;
	b = dev % Nbits;
	return (__atomic_load_n(&up->pgrp->devs[b/64], __ATOMIC_RELAXED) & 1UL<<b%64) != 0;
}

/* what is mounted on c now, borrowed; mod is held */
static Mhead *headof(Pgrp *g, Chan *c)
{
	Entry *e;

	e = *find(g, c->dev, c->qid.path);
	return e == nil? nil: e->mh;
}

/* put mh (nil: nothing) in place of what is mounted on c; mod is held, and let go.  0 or -1 */
static int change(Pgrp *g, Chan *c, Mhead *mh)
{
	Entry **l, *e, *spare;
	Mhead *old;

	spare = nil;
	if(mh != nil && (spare = malloc(sizeof *spare)) == nil){
		qunlock(&g->mod);
		return seterr(Enomem);
	}
	old = nil;
	lock(&g->lk);
	l = find(g, c->dev, c->qid.path);
	if((e = *l) != nil){
		old = e->mh;
		g->nelem -= old->n;
		if(mh != nil)
			e->mh = mh;
		else{
			*l = e->next;
			spare = e;
		}
	}else if(mh != nil){
		*spare = (Entry){ .mh = mh };
		*l = spare;
		setbit(g, c);
		spare = nil;
	}
	if(mh != nil)
		g->nelem += mh->n;
	unlock(&g->lk);
	qunlock(&g->mod);
	free(spare);
	mheadclose(old);
	return 0;
}

/* --- bind and unmount --- */

/* the new elements: new itself, or all those of the union it is */
static int addnew(Pgrp *g, Mhead *mh, Chan *new, int flag, int mounted, char *spec)
{
	Mhead *u;
	Melem *e;
	int i, first;

	u = new->umh;
	if(u == nil || u->n == 1)
		return setspec(addelem(mh, new, ++g->lastid, flag), mounted, spec);
	first = mh->n;
	for(i = 0; i < u->n; i++){
		e = addelem(mh, u->e[i].to, 0, flag & (u->e[i].flag|MCACHE));
		if(setspec(e, u->e[i].mounted, u->e[i].spec) < 0)
			return -1;
	}
	/* in the order in which binding them one by one would give this list */
	if((flag & MORDER) == MBEFORE)
		for(i = mh->n-1; i >= first; i--)
			mh->e[i].id = ++g->lastid;
	else
		for(i = first; i < mh->n; i++)
			mh->e[i].id = ++g->lastid;
	return 0;
}

/* what was there before: the elements, or the covered directory as the only one */
static int addold(Mhead *mh, Mhead *oh, Chan *old)
{
	if(oh != nil)
		return copyelems(mh, oh, -1);
	addelem(mh, old, 0, 0);
	return 0;
}

static int bindcheck(Chan *new, Chan *old, int flag)
{
	if(flag & ~(MORDER|MCREATE|MCACHE) || (flag & MORDER) == MORDER)
		return seterr(Ebadarg);
	if((new->qid.type ^ old->qid.type) & QTDIR)
		return seterr(Emismatch);
	if((flag & MORDER) != MREPL && (old->qid.type & QTDIR) == 0)
		return seterr(Enotdir);
	return 0;
}

/*
 * Mount new on old, which is the file under what may be mounted there.  A
 * new that is a union (umh) stands for all its elements.
 */
int nsbind(Chan *new, Chan *old, int flag, int mounted, char *spec)
{
	Pgrp *g;
	Mhead *oh, *mh;
	int n, order, r;

	if(bindcheck(new, old, flag) < 0)
		return -1;
	g = up->pgrp;
	order = flag & MORDER;
	qlock(&g->mod);
	oh = headof(g, old);
	n = (new->umh != nil? new->umh->n: 1) + (order == MREPL? 0: oh != nil? oh->n: 1);
	if(g->nelem + n > Maxelems){
		qunlock(&g->mod);
		return seterr("too many mounts in the name space");
	}
	if((mh = mheadalloc(oh != nil? oh->from: old, n)) == nil){
		qunlock(&g->mod);
		return -1;
	}
	r = 0;
	if(order == MAFTER)
		r = addold(mh, oh, old);
	if(r == 0)
		r = addnew(g, mh, new, flag, mounted, spec);
	if(r == 0 && order == MBEFORE)
		r = addold(mh, oh, old);
	if(r < 0)
		qunlock(&g->mod);
	else
		r = change(g, old, mh);
	if(r < 0)
		mheadclose(mh);
	return r;
}

/* is e what c names: the file itself, or the connection it was mounted from */
static int iselem(Melem *e, Chan *c)
{
	return chansame(e->to, c) || muxchan(e->to) == c;
}

/* mh without its i'th element; nil and errstr */
static Mhead *without(Mhead *mh, int i)
{
	Mhead *nh;

	if((nh = mheadalloc(mh->from, mh->n-1)) == nil)
		return nil;
	if(copyelems(nh, mh, i) == 0)
		return nh;
	mheadclose(nh);
	return nil;
}

int nsunmount(Chan *mounted, Chan *old)
{
	Pgrp *g;
	Mhead *oh, *nh;
	int i, r;

	g = up->pgrp;
	qlock(&g->mod);
	if((oh = headof(g, old)) == nil){
		qunlock(&g->mod);
		return seterr(Enotmounted);
	}
	nh = nil;
	if(mounted != nil){
		for(i = 0; i < oh->n && (oh->e[i].id == 0 || !iselem(&oh->e[i], mounted)); i++)
			;
		if(i == oh->n){
			qunlock(&g->mod);
			return seterr(Enotinunion);
		}
		if(oh->n > 2 || (oh->n == 2 && oh->e[!i].id != 0)){
			if((nh = without(oh, i)) == nil){
				qunlock(&g->mod);
				return -1;
			}
		}
	}
	if((r = change(g, old, nh)) < 0)
		mheadclose(nh);
	return r;
}

/* --- groups --- */
Pgrp *pgrpnew(void)
{
	static u32int last;
	Pgrp *g;

	if((g = mallocz(sizeof *g, 1)) == nil)
		return seterrp(Enomem);
	g->ref = 1;
	g->id = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
	return g;
}

Pgrp *pgrpcopy(Pgrp *o)
{
	Pgrp *g;
	Entry *e, *n;
	int i;

	if((g = pgrpnew()) == nil)
		return nil;
	qlock(&o->mod);
	g->nomount = o->nomount;
	g->lastid = o->lastid;
	g->nelem = o->nelem;
	memmove(g->bits, o->bits, sizeof g->bits);
	memmove(g->devs, o->devs, sizeof g->devs);
	for(i = 0; i < Nhash; i++)
		for(e = o->hash[i]; e != nil; e = e->next){
			if((n = malloc(sizeof *n)) == nil)
				goto Bad;
			n->mh = e->mh;
			mheadincref(n->mh);
			n->next = g->hash[i];
			g->hash[i] = n;
		}
	qunlock(&o->mod);
	return g;
Bad:
	qunlock(&o->mod);
	pgrpclose(g);
	return seterrp(Enomem);
}

void pgrpincref(Pgrp *g)
{
	incref(&g->ref);
}

void pgrpclose(Pgrp *g)
{
	Entry *e, *next;
	Chan *dead;
	int i;

	if(g == nil || decref(&g->ref) > 0)
		return;
	dead = nil;
	for(i = 0; i < Nhash; i++)
		for(e = g->hash[i]; e != nil; e = next){
			next = e->next;
			mheaddrop(e->mh, &dead);
			free(e);
		}
	free(g);
	chanreap(dead);
}

void pgrpnomount(Pgrp *g)
{
	g->nomount = 1;
}

int pgrpisnomount(Pgrp *g)
{
	return g->nomount;
}

u32int pgrpid(Pgrp *g)
{
	return g->id;
}

/* --- listing --- */

/* how many elements have an id from 1 to max */
static int countids(Pgrp *g, u32int max)
{
	Entry *e;
	int i, j, n;

	n = 0;
	for(i = 0; i < Nhash; i++)
		for(e = g->hash[i]; e != nil; e = e->next)
			for(j = 0; j < e->mh->n; j++)
				n += e->mh->e[j].id - 1 < max;
	return n;
}

/* the id that k others are smaller than; 0: there is none */
static u32int nthid(Pgrp *g, int k)
{
	u32int lo, hi, mid;

	lo = 1;
	hi = g->lastid;
	if(hi == 0 || countids(g, hi) <= k)
		return 0;
	while(lo < hi){
		mid = lo + (hi-lo)/2;
		if(countids(g, mid) > k)
			hi = mid;
		else
			lo = mid+1;
	}
	return lo;
}

static Mhead *headwith(Pgrp *g, u32int id, int *at)
{
	Entry *e;
	int i, j;

	for(i = 0; i < Nhash; i++)
		for(e = g->hash[i]; e != nil; e = e->next)
			for(j = 0; j < e->mh->n; j++)
				if(e->mh->e[j].id == id){
					*at = j;
					return e->mh;
				}
	return nil;
}

/*
 * The flags that put element at back where it is: the oldest of a list
 * replaces what is there, each later one was put at an end.
 */
static char *orderflag(Mhead *mh, int at)
{
	int i, first;

	first = 0;
	for(i = 1; i < mh->n; i++)
		if(mh->e[i].id < mh->e[first].id)
			first = i;
	return at < first? "b": at > first? "a": "";
}

static int nsline(Mhead *mh, int at, char *buf, int n)
{
	char flags[8], name[128], *p, *end, *order;
	Melem *e;
	Chan *tc;

	e = &mh->e[at];
	order = orderflag(mh, at);
	p = seprint(flags, flags+sizeof flags, "%s%s%s", order, e->flag & MCREATE? "c": "", e->flag & MCACHE? "C": "");
	end = buf+n;
	p = seprint(buf, end, "%s %s%s%s", e->mounted? "mount": "bind", p > flags? "-": "", flags, p > flags? " ": "");
	if(!e->mounted)
		return seprint(p, end, "%q %q\n", chanpath(e->to), chanpath(mh->from)) - buf;
	tc = muxchan(e->to);
	if(srvnamehook == nil || !srvnamehook(tc, name, sizeof name))
		strecpy(name, name+sizeof name, chanpath(tc));
	p = seprint(p, end, "%q %q", name, chanpath(mh->from));
	if(e->spec != nil)
		p = seprint(p, end, " %q", e->spec);
	return seprint(p, end, "\n") - buf;
}

/*
 * The i'th line of a list of commands that would make this name space from
 * an empty one: the elements in the order they were mounted in.  Its bytes;
 * 0 when there are no more.
 */
int nsread(Pgrp *g, int i, char *buf, int n)
{
	Mhead *mh;
	u32int id;
	int at, r;

	r = 0;
	qlock(&g->mod);
	if((id = nthid(g, i)) != 0 && (mh = headwith(g, id, &at)) != nil)
		r = nsline(mh, at, buf, n);
	qunlock(&g->mod);
	return r;
}
