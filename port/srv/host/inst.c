/*
 * inst.c: the instances of servers that run in the kernel.
 *
 * An Inst has a copy of its kind's table, with the state of its own.  The
 * list has one reference, each link and each fid of #h one; the last one
 * calls fini, when no connection is left.  Names are unique among those that
 * are not coming; a coming one is called in.n until it is committed.
 *
 * The kinds' tables are copied before any server is started, so that a fresh
 * copy has nothing of a running one's.
 *
 * Locks: insts.lk for the list, names and ids, then one Inst's lk.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"
#include "hosti.h"

enum {
	Maxkinds = 16,
	Maxinst = 1024,
};

static Srv kinds[Maxkinds];
static int nkinds;

static struct {
	QLock lk;
	Inst *head, **last;
	int n;
	u32int lastid;
} insts = { .last = &insts.head };

/* --- kinds --- */
void kindinit(void)
{
	int i;

	for(i = 0; fstab[i] != nil && nkinds < Maxkinds; i++)
		if((fstab[i]->flags & SrvBlocks) == 0)
			kinds[nkinds++] = *fstab[i];
}

Srv *kindnth(int i)
{
	return i < nkinds? &kinds[i]: nil;
}

Srv *kindfind(char *name)
{
	int i;

	for(i = 0; i < nkinds; i++)
		if(strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	werrstr("%q: no such kind of server is linked in", name);
	return nil;
}

/* --- the list; insts.lk is held --- */
static int coming(Inst *x)
{
	return x->state == Coming || x->state == Restored;
}

char *instname(Inst *x, char *buf, int n)
{
	if(coming(x))
		snprint(buf, n, "in.%ud", x->id);
	else
		strecpy(buf, buf+n, x->name);
	return buf;
}

static Inst *find(char *name)
{
	Inst *x;
	char buf[NAMELEN];

	for(x = insts.head; x != nil; x = x->next)
		if(strcmp(instname(x, buf, sizeof buf), name) == 0)
			break;
	return x;
}

static void enlist(Inst *x)
{
	x->id = ++insts.lastid;
	x->next = nil;
	*insts.last = x;
	insts.last = &x->next;
	insts.n++;
	incref(&x->ref);
}

/* the caller drops the list's reference, without the lock */
static void delist(Inst *x)
{
	Inst **l;

	for(l = &insts.head; *l != x; l = &(*l)->next)
		;
	if((*l = x->next) == nil)
		insts.last = l;
	insts.n--;
}

Inst *instfind(char *name)
{
	Inst *x;

	qlock(&insts.lk);
	if((x = find(name)) != nil)
		incref(&x->ref);
	qunlock(&insts.lk);
	return x;
}

Inst *instnth(int i)
{
	Inst *x;

	qlock(&insts.lk);
	for(x = insts.head; x != nil && i > 0; x = x->next)
		i--;
	if(x != nil)
		incref(&x->ref);
	qunlock(&insts.lk);
	return x;
}

int instnameok(char *name)
{
	if(namecheck(name) < 0)
		return -1;
	if(strlen(name) >= NAMELEN || strcmp(name, "ctl") == 0 || strcmp(name, "clone") == 0 || strncmp(name, "in.", 3) == 0)
		return seterr(Ebadname);
	return 0;
}

/* --- beginning and end --- */
static Inst *alloc(void)
{
	Inst *x;

	if(linkinit() < 0 || (x = mallocz(sizeof *x, 1)) == nil)
		return seterrp(Enomem);
	x->ref = 1;
	x->last = &x->links;
	strecpy(x->owner, x->owner+sizeof x->owner, up->user);
	return x;
}

void instput(Inst *x)
{
	int i;

	if(x == nil || decref(&x->ref) > 0)
		return;
	if(x->made && x->srv.fini != nil)
		x->srv.fini(&x->srv);
	for(i = 0; i < x->nin; i++)
		chanclose(x->in[i]);
	imgfree(&x->img);
	free(x->in);
	free(x->conns);
	free(x);
}

/* give x the table of kind k, as yet without state */
void instkind(Inst *x, Srv *k)
{
	x->kind = k;
	x->srv = *k;
	x->srv.owner = x->owner;
}

/* as a running one of that name; 0, or -1 and errstr */
static int enter(Inst *x)
{
	int r;

	r = 0;
	qlock(&insts.lk);
	if(find(x->name) != nil)
		r = seterr(Eexist);
	else if(insts.n >= Maxinst)
		r = seterr("too many servers");
	else
		enlist(x);
	qunlock(&insts.lk);
	return r;
}

int instnew(char *kind, char *name, char *arg)
{
	Inst *x;
	Srv *k;
	int r;

	if(instnameok(name) < 0 || (k = kindfind(kind)) == nil || (x = alloc()) == nil)
		return -1;
	instkind(x, k);
	strecpy(x->name, x->name+sizeof x->name, name);
	x->state = Live;
	r = -1;
	if(k->init == nil || k->init(&x->srv, arg) == 0){
		x->made = 1;
		if((r = enter(x)) == 0 && (r = instpost(x, name)) < 0)
			instremove(x);
	}
	instput(x);
	return r;
}

Inst *instcoming(Fid *holder)
{
	Inst *x;
	int many;

	if((x = alloc()) == nil)
		return nil;
	x->state = Coming;
	x->holder = holder;
	imginit(&x->img);
	qlock(&insts.lk);
	if(!(many = insts.n >= Maxinst))
		enlist(x);
	qunlock(&insts.lk);
	if(!many)
		return x;
	instput(x);
	return seterrp("too many servers");
}

void instflush(Inst *x)
{
	Link *l;

	while((l = x->dirty) != nil){
		x->dirty = l->dirtynext;
		l->isdirty = 0;
		linkflush(l);
	}
}

void instunlock(Inst *x)
{
	instflush(x);
	qunlock(&x->lk);
}

int instpost(Inst *x, char *name)
{
	Chan *c[2];
	Link *l;

	if(pipechans(c) < 0)
		return -1;
	qlock(&x->lk);
	l = nil;
	if(x->state != Live)
		seterr(x->state == Gone? Eremoved: Einuse);
	else if((l = linknew(x, c[0], nil)) != nil)
		incref(&l->ref);
	instunlock(x);
	if(l == nil){
		chanclose(c[0]);
		chanclose(c[1]);
		return -1;
	}
	linkstart(l);
	linkput(l);
	return srvpost(c[1], name, 0600);	/* if that fails the other end is closed, and so the link ends */
}

/* its first link, referenced */
static Link *instlink(Inst *x)
{
	Link *l;

	qlock(&x->lk);
	if((l = x->links) != nil)
		incref(&l->ref);
	qunlock(&x->lk);
	return l;
}

/* all connections end of one that goes on elsewhere, or never ran; insts.lk and x->lk are held */
static void instend(Inst *x)
{
	if(x->made && x->srv.leave != nil)
		x->srv.leave(&x->srv);
	x->state = Gone;
	x->holder = nil;
	hostprocs(x);
	while(x->links != nil)
		linkend(x->links);
	delist(x);
}

/*
 * End it, and its posts.  These may have the last reference to the other
 * ends, which call linksink when they are closed: so not under the lock.
 */
int instremove(Inst *x)
{
	Link *l;
	int state;

	qlock(&insts.lk);
	qlock(&x->lk);
	if((state = x->state) == Live){
		x->state = Gone;
		hostprocs(x);
		delist(x);
	}
	instunlock(x);
	qunlock(&insts.lk);
	if(state != Live)
		return seterr(state == Gone? Eremoved: Einuse);
	while((l = instlink(x)) != nil){
		if(l->ml.send != nil)
			srvunpost(l->chan);
		qlock(&x->lk);
		linkend(l);
		instunlock(x);
		linkput(l);
	}
	instput(x);
	return 0;
}

/* let go of one that was frozen, or never ran; its ends are not hung up while others have them too */
int instletgo(Inst *x, Fid *holder)
{
	int ok;

	qlock(&insts.lk);
	qlock(&x->lk);
	if((ok = x->holder == holder && (x->state == Frozen || coming(x))) != 0)
		instend(x);
	instunlock(x);
	qunlock(&insts.lk);
	if(!ok)
		return seterr("not frozen here");
	instput(x);
	return 0;
}

/* x takes the name, and the place of old, which is frozen; insts.lk is held */
static int replace(Inst *x, Inst *old)
{
	int r;

	qlock(&old->lk);
	r = 0;
	if(old->state != Frozen)
		r = seterr(Eexist);
	else{
		x->since = old->since;
		x->moves = old->moves;
		instend(old);
	}
	instunlock(old);
	return r;
}

int instcommit(Inst *x)
{
	Inst *old;
	int r;

	qlock(&insts.lk);
	old = nil;
	r = 0;
	if(x->state != Restored)
		r = seterr("nothing is restored");
	else if((old = find(x->name)) != nil)
		r = replace(x, old);
	if(r == 0){
		qlock(&x->lk);
		x->state = Live;
		x->holder = nil;
		x->moves++;
		takeall(x);
		hostprocs(x);
		if(x->since != 0)
			x->pause = nsec() - x->since;
		instunlock(x);
	}
	qunlock(&insts.lk);
	if(r < 0)
		return -1;
	instput(old);
	startall(x);
	return 0;
}

void instcount(Inst *x, u32int *fids, u32int *reqs)
{
	Link *l;

	*fids = *reqs = 0;
	for(l = x->links; l != nil; l = l->next){
		*fids += l->c->nfids;
		*reqs += l->c->ntags;
	}
}
