/*
 * fid.c: fids and connections.
 *
 * A fid is counted: its number's place in the connection's table has one
 * reference (a linked client has it instead), and each request that names it
 * one more.  Whoever drops the last one destroys it, which calls the server;
 * respond must not do that, so it puts such a fid on Srv.dead, and the next
 * srvcall, or srvreap, destroys it.
 *
 * Fid.busy settles who may do what: walks, stats and wstats share the fid;
 * open, create and a walk in place have it alone; a new fid answers nothing
 * until its attach or walk succeeds; clunk and remove mark it gone for good.
 * Nobody waits: the loser gets an error.  Reads and writes ask only omode,
 * which is set last by an open and excludes everything but clunk and remove.
 *
 * Locks: Conn.lk for the tables and counts, Srv.dlk for dead; both are
 * leaves, and no memory is allocated under them.  Only fidclose, srvreap,
 * connhangup and what calls them run server code.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

/* --- users: a counted string before which its count lies --- */
typedef struct Uid Uid;
struct Uid {
	long ref;
	char name[];
};

static Uid *uidof(char *name)
{
	return (Uid*)(name - __builtin_offsetof(Uid, name));
}

static void uidfree(char *name)
{
	if(name != nil && __atomic_sub_fetch(&uidof(name)->ref, 1, __ATOMIC_ACQ_REL) == 0)
		free(uidof(name));
}

/* Give f its user: 0, or -1 if there is no memory.  An empty name is none. */
int fiduid(Fid *f, char *name)
{
	Uid *u;
	usize n;

	if(name == nil || *name == 0)
		name = "none";
	n = strlen(name)+1;
	if((u = malloc(sizeof *u + n)) == nil)
		return -1;
	u->ref = 1;
	memmove(u->name, name, n);
	uidfree(f->uid);
	f->uid = u->name;
	return 0;
}

/* f gets the user of another fid, the one it is walked from */
static void uidshare(Fid *f, Fid *from)
{
	if(from->uid != nil)
		__atomic_add_fetch(&uidof(from->uid)->ref, 1, __ATOMIC_RELAXED);
	if(f->uid != nil)
		uidfree(f->uid);
	f->uid = from->uid;
}

/* fiduid, or if other has the same user uidshare; other may be nil */
int fiduidlike(Fid *f, char *name, Fid *other)
{
	if(other == nil || other->uid == nil || strcmp(other->uid, name) != 0)
		return fiduid(f, name);
	uidshare(f, other);
	return 0;
}

/* --- the table of numbers --- */
static u32int fidhash(u32int num, u32int cap)
{
	return (num*0x9E3779B1U >> 7) & (cap-1);
}

/*
 * Make room for one more; failure only makes the chains longer, unless there
 * is no table at all.  Only connmsg changes fidcap, so it may be read here.
 */
static int tablegrow(Conn *c)
{
	Fid **t, **old, *f, *next;
	u32int cap, i, h;

	cap = c->fidcap == 0? 16: 4*c->fidcap;
	if((t = mallocz(cap*sizeof t[0], 1)) == nil)
		return c->fidcap == 0? -1: 0;
	lock(&c->lk);
	old = c->fids;
	if(cap <= c->fidcap)
		old = t;	/* somebody else was quicker */
	else{
		for(i = 0; i < c->fidcap; i++)
			for(f = c->fids[i]; f != nil; f = next){
				next = f->next;
				h = fidhash(f->fid, cap);
				f->next = t[h];
				t[h] = f;
			}
		c->fids = t;
		c->fidcap = cap;
	}
	unlock(&c->lk);
	free(old);
	return 0;
}

/* the fid of that number, new ones too; c->lk is held */
static Fid *tablefind(Conn *c, u32int num)
{
	Fid *f;

	if(c->fidcap == 0)
		return nil;
	for(f = c->fids[fidhash(num, c->fidcap)]; f != nil; f = f->next)
		if(f->fid == num)
			return f;
	return nil;
}

/* does f's number lead to it?  Not if it is new or clunked.  Frozen. */
int fidnumbered(Fid *f)
{
	return f->fid != NOFID && tablefind(f->conn, f->fid) == f;
}

static char *tableadd(Conn *c, Fid *f)
{
	char *e;
	u32int h;

	e = nil;
	lock(&c->lk);
	if(c->nfids >= c->fidcap){
		unlock(&c->lk);
		if(tablegrow(c) < 0)
			return Enomem;
		lock(&c->lk);
	}
	if(c->hungup)
		e = Ehungup;
	else if(c->nfids >= MAXFIDS)
		e = Enofids;
	else if(tablefind(c, f->fid) != nil)
		e = Edupfid;
	else{
		h = fidhash(f->fid, c->fidcap);
		f->next = c->fids[h];
		c->fids[h] = f;
		c->nfids++;
	}
	unlock(&c->lk);
	return e;
}

/* take f out of the table; 0 if it was not there; c->lk is held */
static int tableremove(Conn *c, Fid *f)
{
	Fid **l;

	if(f->fid == NOFID || c->fidcap == 0)
		return 0;
	for(l = &c->fids[fidhash(f->fid, c->fidcap)]; *l != nil; l = &(*l)->next)
		if(*l == f){
			*l = f->next;
			f->next = nil;
			c->nfids--;
			return 1;
		}
	return 0;
}

/* --- fids --- */
enum {
#ifdef __SANITIZE_ADDRESS__
	Maxspare = 0,	/* so that a use after the end is seen */
#else
	Maxspare = 8,
#endif
};

/* of the spare ones, or new; c is counted already */
static __attribute__((noinline)) Fid *fidspare(Conn *c)
{
	Fid *f;

	lock(&c->lk);
	if((f = c->spare) != nil){
		c->spare = f->next;
		c->nspare--;
	}
	unlock(&c->lk);
	if(f == nil && (f = malloc(sizeof *f)) == nil)
		connunref(c);
	return f;
}

/* memory for a fid, counted on c */
static inline Fid *fidalloc(Conn *c)
{
	Fid *f;

	connref(c);
	if(__atomic_load_n(&c->hand, __ATOMIC_RELAXED) != nil && (f = __atomic_exchange_n(&c->hand, nil, __ATOMIC_ACQUIRE)) != nil)
		return f;
	return fidspare(c);
}

static void conngone(Conn *c)
{
	Fid *f;

	if(c->gone != nil)
		c->gone(c);
	connheldfree(c);
	while((f = c->spare) != nil){
		c->spare = f->next;
		free(f);
	}
	free(c->hand);
	free(c->fids);
	free(c->tags);
	free(c);
}

static void fidrelease(Fid *f)
{
	Fid *none;
	Conn *c;

	c = f->conn;
	none = nil;
	if(Maxspare == 0 || !__atomic_compare_exchange_n(&c->hand, &none, f, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED)){
		lock(&c->lk);
		if(c->nspare < Maxspare){
			f->next = c->spare;
			c->spare = f;
			c->nspare++;
			f = nil;
		}
		unlock(&c->lk);
		free(f);
	}
	connunref(c);
}

static Fid *fidfailed(Fid *f, char *e)
{
	if(f != nil)
		fidrelease(f);
	werrstr("%s", e);
	return nil;
}

/* enter f in the table */
static __attribute__((noinline)) Fid *fidenter(Conn *c, Fid *f)
{
	char *e;

	return (e = tableadd(c, f)) == nil? f: fidfailed(f, e);
}

/*
 * A new fid of c with one reference, the table's, or the caller's if num is
 * NOFID.  It belongs to no file until an attach or walk has succeeded with
 * it.  Nil and errstr: no memory, too many, or the number is taken.
 */
Fid *fidnew(Conn *c, u32int num)
{
	Fid *f;

	if((f = fidalloc(c)) == nil)
		return fidfailed(nil, Enomem);
	*f = (Fid){ .ref = 1, .fid = num, .conn = c, .srv = c->srv, .omode = -1, .busy = BUSYNEW };
	return num == NOFID? f: fidenter(c, f);
}

/* The fid of that number, with a reference for the caller; nil if there is none. */
Fid *fidlookup(Conn *c, u32int num)
{
	Fid *f;

	lock(&c->lk);
	f = tablefind(c, num);
	if(f != nil){
		if(__atomic_load_n(&f->busy, __ATOMIC_ACQUIRE) & BUSYNEW)
			f = nil;
		else
			fidincref(f);
	}
	unlock(&c->lk);
	return f;
}

int fidwaits(Conn *c, u32int num)
{
	Fid *f;
	int waits;

	lock(&c->lk);
	f = tablefind(c, num);
	waits = f != nil && (__atomic_load_n(&f->busy, __ATOMIC_ACQUIRE) & (BUSYNEW|BUSYEXCL)) != 0;
	unlock(&c->lk);
	return waits;
}

void fidincref(Fid *f)
{
	__atomic_add_fetch(&f->ref, 1, __ATOMIC_RELAXED);
}

static inline int fidunref(Fid *f)
{
	return __atomic_sub_fetch(&f->ref, 1, __ATOMIC_ACQ_REL) == 0;
}

/* the answer to the remove of a last clunk: runs under respond */
static void rcdone(Req *r)
{
	reqdone(r);
	fiddrop(r->fid);
}

/* a file to be removed on clunk whose client went away without one */
static void fidlastremove(Fid *f)
{
	Req *r;

	r = f->rcreq;
	f->rclose = 0;
	f->ref = 1;
	r->type = Tclunk;
	r->srv = f->srv;
	r->conn = f->conn;
	r->fid = f;
	r->done = rcdone;
	srvstart(r);
	srvremove(r);
}

/* f lets go of its file */
static inline void fidleave(Fid *f)
{
	Srv *s;

	s = f->srv;
	if(f->made && s->destroyfid != nil){
		if(s->flags & SrvLocked)
			qlock(&s->lk);
		s->destroyfid(f);
		if(s->flags & SrvLocked)
			qunlock(&s->lk);
	}
	if(f->file != nil)
		filefidclose(f);
}

static void fiddestroy(Fid *f)
{
	if(f->rclose && f->rcreq != nil){
		fidlastremove(f);
		return;
	}
	fidleave(f);
	uidfree(f->uid);
	if(f->rcreq != nil)
		free(f->rcreq);
	fidrelease(f);
}

/*
 * Drop a reference; the last one destroys the fid, and calls the server's
 * destroyfid.  Not to be called under a lock that it takes.
 */
void fidclose(Fid *f)
{
	if(fidunref(f))
		fiddestroy(f);
}

/* the same where no server code may run */
void fiddrop(Fid *f)
{
	Srv *s;

	if(!fidunref(f))
		return;
	s = f->srv;
	lock(&s->dlk);
	f->next = s->dead;
	__atomic_store_n(&s->dead, f, __ATOMIC_RELEASE);
	unlock(&s->dlk);
}

/*
 * Destroy the fids of s whose last user was an answer.  srvcall, connmsg and
 * connhangup do this in passing; a server that is told nothing for long may
 * want it sooner.  Not to be called under a server's lock.
 */
void srvreap(Srv *s)
{
	Fid *f, *next;

	while(__atomic_load_n(&s->dead, __ATOMIC_ACQUIRE) != nil){
		lock(&s->dlk);
		f = s->dead;
		__atomic_store_n(&s->dead, nil, __ATOMIC_RELAXED);
		unlock(&s->dlk);
		for(; f != nil; f = next){
			next = f->next;
			f->next = nil;
			fiddestroy(f);
		}
	}
}

/* --- who may use it --- */
static char *fidtake(Req *r, u32int no, u32int add, int kind)
{
	char *e;

	if((e = fidbusy(r->fid, no, add)) == nil)
		r->fidlock = kind;
	return e;
}

char *fidshare(Req *r)
{
	return fidtake(r, BUSYEXCL, 1, LockShared);
}

char *fidexcl(Req *r)
{
	return fidtake(r, ~0U, BUSYEXCL, LockExcl);
}

void fidfree(Req *r)
{
	if(r->fidlock == LockShared)
		__atomic_sub_fetch(&r->fid->busy, 1, __ATOMIC_RELEASE);
	else if(r->fidlock == LockExcl)
		__atomic_and_fetch(&r->fid->busy, ~BUSYEXCL, __ATOMIC_RELEASE);
	r->fidlock = LockNone;
}

void fidlive(Fid *f)
{
	__atomic_and_fetch(&f->busy, ~BUSYNEW, __ATOMIC_RELEASE);
}

/* take f out of its table, if it is in it, and drop the table's reference */
void fidunlink(Fid *f)
{
	Conn *c;
	int in;

	if(f->fid == NOFID)
		return;
	c = f->conn;
	lock(&c->lk);
	in = tableremove(c, f);
	unlock(&c->lk);
	if(in)
		fiddrop(f);
}

/* clunk: mark it gone and take it out of its table; the caller still holds a reference */
char *fidgone(Fid *f)
{
	u32int v;

	v = __atomic_load_n(&f->busy, __ATOMIC_RELAXED);
	do{
		if(v & (BUSYNEW|BUSYGONE))
			return Eunknownfid;
		if(v & BUSYEXCL)
			return Efidinuse;
	}while(!__atomic_compare_exchange_n(&f->busy, &v, v|BUSYGONE, 1, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	fidunlink(f);
	return nil;
}

int fidclunk(Fid *f)
{
	if(f->omode >= 0 && f->rclose)
		return 0;
	fidgone(f);	/* whatever it says: the reference is given up */
	fidclose(f);
	return 1;
}

/* what a walk in place does to fid when the fresh fid has arrived */
void fidswap(Fid *a, Fid *b)
{
	Fid t;

	t = *a;
	a->qid = b->qid;
	a->aux = b->aux;
	a->sfile = b->sfile;
	a->file = b->file;
	a->made = b->made;
	b->qid = t.qid;
	b->aux = t.aux;
	b->sfile = t.sfile;
	b->file = t.file;
	b->made = t.made;
}

/*
 * Make to a second fid for from's file: everything but what is open, with
 * the server's clone for aux.  Nil or error.
 */
char *fidclone(Fid *from, Fid *to)
{
	uidshare(to, from);
	return fidsamefile(from, to);
}

/* --- a temporary one, fidtemp, ends --- */
Fid *fidkeep(Fid *t)
{
	Fid *f;

	if((f = fidalloc(t->conn)) == nil){
		fidtempend(t);
		return fidfailed(nil, Enomem);
	}
	*f = (Fid){ .ref = 1, .fid = NOFID, .conn = t->conn, .srv = t->srv, .uid = t->uid, .qid = t->qid, .omode = -1,
		.made = 1, .aux = t->aux, .sfile = t->sfile, .file = t->file };
	if(f->uid != nil)
		__atomic_add_fetch(&uidof(f->uid)->ref, 1, __ATOMIC_RELAXED);
	return f;
}

void fidtempend(Fid *t)
{
	fidleave(t);
}

/* --- connections --- */
/* A connection with one reference, the host's; see 9p.h.  Nil and errstr: no memory. */
Conn *connnew(Srv *s)
{
	Conn *c;

	if((c = mallocz(sizeof *c, 1)) == nil){
		werrstr("%s", Enomem);
		return nil;
	}
	c->srv = s;
	c->ref = 1;
	c->msize = s->msize != 0? s->msize: MAXMSIZE;
	return c;
}

void connunref(Conn *c)
{
	if(__atomic_sub_fetch(&c->ref, 1, __ATOMIC_ACQ_REL) == 0)
		conngone(c);
}

/* Drop the host's reference; the connection goes with its last fid and request. */
void connclose(Conn *c)
{
	connunref(c);
}

/* take a fid out of the table, looking from bucket *i on; nil: it is empty */
static Fid *tablepop(Conn *c, u32int *i)
{
	Fid *f;
	u32int n;

	f = nil;
	lock(&c->lk);
	for(n = 0; n < c->fidcap && c->nfids > 0; n++){
		*i &= c->fidcap-1;
		if((f = c->fids[*i]) != nil){
			tableremove(c, f);
			break;
		}
		++*i;
	}
	unlock(&c->lk);
	return f;
}

/* forget the session: flush and forget the requests, clunk the fids */
void connreset(Conn *c)
{
	Fid *f;
	u32int i;

	lock(&c->lk);
	c->gen++;
	c->session = 0;
	unlock(&c->lk);
	msgflushall(c);
	i = 0;
	while((f = tablepop(c, &i)) != nil){
		__atomic_or_fetch(&f->busy, BUSYGONE, __ATOMIC_RELEASE);
		fidclose(f);
	}
	srvreap(c->srv);
}

/*
 * The client is gone: tell the server, flush all that is outstanding, clunk
 * all fids.  Answers still come out of connout, as not to be sent.  Calls
 * the server, so not under its locks.  A second call does nothing.
 */
void connhangup(Conn *c)
{
	Srv *s;
	int again;

	s = c->srv;
	lock(&c->lk);
	again = c->hungup;
	c->hungup = 1;
	unlock(&c->lk);
	if(again)
		return;
	if(s->hangup != nil){
		if(s->flags & SrvLocked)
			qlock(&s->lk);
		s->hangup(c);
		if(s->flags & SrvLocked)
			qunlock(&s->lk);
	}
	connreset(c);
	connheldfree(c);
}
