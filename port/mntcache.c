/*
 * mntcache.c: file contents kept for mounts that ask for it (MCACHE).
 *
 * A Cfile is a file of such a mount, by the tree's dev and qid.path, of which
 * Blocks are kept.  Reading in order, the next blocks are asked for before
 * anyone wants them (ahead), within the length that stat gave; synthetic files,
 * which have none, append-only and exclusive ones are not kept.  Every open compares versions:
 * if the server did not say that a version goes with each change (Mux.versions),
 * or it is another one, all there was is forgotten.  Writes go to the server at
 * once, and then what they cover is forgotten.
 *
 * Asking ahead is a Call that nobody waits for: its fin, in the process that brings
 * the answer, makes the Block full.  Who wants a Block that is not there yet waits with
 * a Call that is never sent, on a stream taking his turn as its reader.
 *
 * A Block is in the table, or gone; it is freed when it is gone and has no pins,
 * of which its fetch has one.  Cache.lk protects everything but a pinned block's data; it is
 * taken under Mux.lk, and before a Rendez's.  cachereclaim may run at any level, and so
 * only tries for it, and frees pages, not memory of malloc.  Sleeps: cacheio.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"
#include "mux.h"

enum {
	Blockpages = 16,		/* most of a block */
	Maxblock = Blockpages*PGSZ,
	Window = 512*KiB,		/* asked for ahead */
	Maxpages = 32*MiB/PGSZ,		/* kept in all, */
	Share = 16,			/* and of memory: this part */
	Nhash = 256,
	Statroom = 256,
};

typedef struct Block Block;
typedef struct Waiter Waiter;

struct Waiter {
	Call *k;
	Waiter *next;
};

#define Offmax 0x7FFFFFFFFFFFFFFFLL

enum { Coming, Full, Failed };

struct Block {
	Cfile *f;
	u64int num;
	Block *next;		/* in its bucket */
	Block *older, *newer;	/* in Cache's list; dead: older */
	Waiter *waiters;
	u32int pins;
	u32int n;		/* bytes, when full */
	u8int state;
	u8int gone;
	u8int npages;
	uchar *page[Blockpages];
};

struct Cfile {
	Cfile *next;
	Mux *mux;
	u32int dev;
	u32int vers;
	u64int path;
	u32int ref;		/* channels */
	u32int nblocks;		/* until they are freed */
	u32int size;		/* of a block */
	vlong length;		/* that stat gave; -1: not asked since something changed */
	u64int last;		/* block read last */
};

static struct {
	Lock lk;
	Cfile *file[Nhash];
	Block *block[Nhash];
	Block *oldest, *newest;
	Block *dead;		/* without pages, to be freed */
	u32int npages;
} cache;

/* --- blocks; lk is held --- */
static Block **bucket(Cfile *f, u64int num)
{
	return &cache.block[(num*31 + (uintptr)f/64) % Nhash];
}

static Block *find(Cfile *f, u64int num)
{
	Block *b;

	for(b = *bucket(f, num); b != nil; b = b->next)
		if(b->f == f && b->num == num)
			return b;
	return nil;
}

static void link(Block *b)
{
	Block **h;

	h = bucket(b->f, b->num);
	b->next = *h;
	*h = b;
	b->newer = nil;
	if((b->older = cache.newest) != nil)
		b->older->newer = b;
	else
		cache.oldest = b;
	cache.newest = b;
}

static void unlink(Block *b)
{
	Block **l;

	for(l = bucket(b->f, b->num); *l != b; l = &(*l)->next)
		;
	*l = b->next;
	if(b->older != nil)
		b->older->newer = b->newer;
	else
		cache.oldest = b->newer;
	if(b->newer != nil)
		b->newer->older = b->older;
	else
		cache.newest = b->older;
}

static void freepages(Block *b)
{
	cache.npages -= b->npages;
	while(b->npages > 0)
		pagefree((uintptr)b->page[--b->npages] - DMAPBASE);
}

/* no pins, and not in the table: its pages go now, the rest by bury */
static void die(Block *b)
{
	freepages(b);
	b->older = cache.dead;
	cache.dead = b;
}

static void unpin(Block *b)
{
	if(--b->pins == 0 && b->gone)
		die(b);
}

static void forget(Block *b)
{
	unlink(b);
	b->gone = 1;
	b->pins++;
	unpin(b);
}

/* forget blocks of f that have bytes from off to end */
static void forgetrange(Cfile *f, vlong off, vlong end)
{
	Block *b, *newer;

	for(b = cache.oldest; b != nil; b = newer){
		newer = b->newer;
		if(b->f == f && (vlong)(b->num*f->size) < end && (vlong)((b->num+1)*f->size) > off)
			forget(b);
	}
}

static void fileunref(Cfile *f)
{
	Cfile **l;

	if(f->ref > 0 || f->nblocks > 0)
		return;
	for(l = &cache.file[f->path % Nhash]; *l != f; l = &(*l)->next)
		;
	*l = f->next;
	free(f);
}

/* free what has died */
static void bury(void)
{
	Block *b;

	while((b = cache.dead) != nil){
		cache.dead = b->older;
		b->f->nblocks--;
		fileunref(b->f);
		free(b);
	}
}

/* make the block used longest ago go: its pages; 0: none can */
static u32int evict(void)
{
	Block *b;
	u32int n;

	for(b = cache.oldest; b != nil && b->pins > 0; b = b->newer)
		;
	if(b == nil)
		return 0;
	n = b->npages;
	forget(b);
	return n;
}

u64int cachereclaim(u64int want)
{
	u64int n;
	u32int k;

	if(cache.oldest == nil || !canlock(&cache.lk))
		return 0;
	for(n = 0; n < want && (k = evict()) > 0; n += k)
		;
	unlock(&cache.lk);
	return n;
}

/* --- fetching --- */

/* room for a block of n pages, by letting go of others if need be; lk is held */
static int makeroom(u32int n)
{
	Memstat m;

	memstat(&m);
	while(cache.npages + n > MIN(m.total/Share, Maxpages) || m.free < m.total/Share + n){
		if(evict() == 0)
			return -1;
		memstat(&m);
	}
	return 0;
}

/* a new block, coming, with the pin of its fetch; nil: it is there already, or no memory */
static Block *blocknew(Cfile *f, u64int num)
{
	Block *b;
	u64int pa;
	u32int n;

	n = f->size/PGSZ;
	if((b = mallocz(sizeof *b, 1)) == nil)
		return nil;
	b->f = f;
	b->num = num;
	b->pins = 1;
	lock(&cache.lk);
	bury();
	f->nblocks++;
	if(find(f, num) != nil || makeroom(n) < 0)
		goto Bad;
	cache.npages += n;
	while(b->npages < n && (pa = pagealloc(PageUser)) != 0)
		b->page[b->npages++] = kaddr(pa);
	if(b->npages < n){
		cache.npages -= n - b->npages;
		goto Bad;
	}
	link(b);
	unlock(&cache.lk);
	return b;
Bad:
	die(b);
	unlock(&cache.lk);
	return nil;
}

/* both who sends a Call and its answer have done with it */
static void callunref(Call *k)
{
	if(__atomic_sub_fetch(&k->more, 1, __ATOMIC_ACQ_REL) == 0){
		k->fin = nil;
		callfree(k);
	}
}

/* the block has got what it will get; lk is held */
static void came(Block *b, char *err, u32int n)
{
	Waiter *w;

	b->state = err == nil? Full: Failed;
	b->n = n;
	if(err != nil && !b->gone){
		unlink(b);
		b->gone = 1;
	}
	while((w = b->waiters) != nil){
		b->waiters = w->next;
		w->next = nil;
		muxdone(w->k);
	}
	unpin(b);
}

/* Call.fin */
static void fetched(Call *k)
{
	lock(&cache.lk);
	came(k->r.aux, k->r.err, k->r.rcount);
	unlock(&cache.lk);
	reqdone(&k->r);
	callunref(k);
}

/* have block num come: 0, or -1 if it does not */
static int fetch(Chan *c, u64int num)
{
	Cfile *f;
	Block *b;
	Call *k;

	f = c->cfile;
	if((b = blocknew(f, num)) == nil)
		return -1;
	if((k = callnew(c->mnt, c, Tread)) == nil){
		lock(&cache.lk);
		came(b, Enomem, 0);
		unlock(&cache.lk);
		return -1;
	}
	k->r.aux = b;
	k->r.buf = (Buf){ .page = b->page, .n = f->size };
	k->r.count = f->size;
	k->r.offset = num*f->size;
	k->more = 2;
	k->fin = fetched;
	muxstart(k);
	callunref(k);
	return 0;
}

/* have the blocks come that a read of block num, up to last, wants, and more if it goes on in order */
static void ahead(Chan *c, u64int num, u64int last)
{
	Cfile *f;
	u64int i, end;
	int is;

	f = c->cfile;
	end = num + Window/f->size;
	if(num != 0 && num != f->last && num != f->last+1)
		end = MIN(last+1, end);
	f->last = num;
	for(i = num; i < end && (vlong)(i*f->size) < f->length; i++){
		lock(&cache.lk);
		is = find(f, i) != nil;
		unlock(&cache.lk);
		if(!is && fetch(c, i) < 0)
			break;
	}
}

/* block num, pinned; nil: it is not there */
static Block *get(Cfile *f, u64int num)
{
	Block *b;

	lock(&cache.lk);
	if((b = find(f, num)) != nil){
		b->pins++;
		unlink(b);
		link(b);
	}
	unlock(&cache.lk);
	return b;
}

static void put(Block *b)
{
	lock(&cache.lk);
	unpin(b);
	unlock(&cache.lk);
}

/* wait for a pinned block; -1 and errstr: interrupted, or no memory */
static int await1(Chan *c, Block *b)
{
	Waiter w, **l;
	int r;

	if((w.k = callnew(c->mnt, c, Tread)) == nil)
		return -1;
	muxready(w.k);
	w.next = nil;
	r = 0;
	lock(&cache.lk);
	if(b->state == Coming){
		w.next = b->waiters;
		b->waiters = &w;
		unlock(&cache.lk);
		r = muxwait(w.k);
		lock(&cache.lk);
		for(l = &b->waiters; *l != nil; l = &(*l)->next)
			if(*l == &w){
				*l = w.next;
				break;
			}
		if(b->state != Coming)
			r = 0;
	}
	unlock(&cache.lk);
	callfree(w.k);
	return r < 0? seterr(Eintr): 0;
}

/* --- files --- */

/* c, of a mount that keeps contents, has been opened */
void cacheopen(Chan *c)
{
	Cfile *f, *new, **h;
	u32int size;

	if(c->qid.type & (QTDIR|QTAPPEND|QTEXCL|QTAUTH))
		return;
	for(size = Maxblock; size > c->iounit; size /= 2)
		;
	if(size < PGSZ || (new = mallocz(sizeof *new, 1)) == nil)
		return;
	*new = (Cfile){ .mux = c->mnt->mux, .dev = c->dev, .path = c->qid.path, .vers = c->qid.vers, .size = size, .length = -1 };
	lock(&cache.lk);
	bury();
	h = &cache.file[c->qid.path % Nhash];
	for(f = *h; f != nil && (f->mux != new->mux || f->dev != c->dev || f->path != c->qid.path); f = f->next)
		;
	if(f == nil){
		f = new;
		new = nil;
		f->next = *h;
		*h = f;
	}else if(!c->mnt->mux->versions || f->vers != c->qid.vers){
		forgetrange(f, 0, Offmax);
		f->length = -1;
		f->vers = c->qid.vers;
	}
	if(f->size <= c->iounit){
		f->ref++;
		c->cfile = f;
		c->flag |= CKeeps;
	}
	unlock(&cache.lk);
	free(new);
}

void cacheclose(Chan *c)
{
	Cfile *f;

	f = c->cfile;
	c->cfile = nil;
	lock(&cache.lk);
	if(--f->ref == 0 && !f->mux->versions)
		forgetrange(f, 0, Offmax);
	f->nblocks++;
	bury();
	f->nblocks--;
	fileunref(f);
	unlock(&cache.lk);
}

/* c's file may have changed */
void cachechanged(Chan *c)
{
	Cfile *f;

	lock(&cache.lk);
	for(f = cache.file[c->qid.path % Nhash]; f != nil; f = f->next)
		if(f->mux == c->mnt->mux && f->dev == c->dev && f->path == c->qid.path){
			forgetrange(f, 0, Offmax);
			f->length = -1;
		}
	unlock(&cache.lk);
}

/* nobody can use mx any more, nor will an answer come */
void cachegone(Mux *mx)
{
	Block *b, *newer;
	u32int i;

	for(i = 0; i < mx->ntags; i++)
		if(mx->tags[i].k != nil && mx->tags[i].k->fin == fetched){
			muxerr(mx->tags[i].k, Ehungup);
			fetched(mx->tags[i].k);
		}
	lock(&cache.lk);
	for(b = cache.oldest; b != nil; b = newer){
		newer = b->newer;
		if(b->f->mux == mx)
			forget(b);
	}
	bury();
	unlock(&cache.lk);
}

/* --- transfers --- */
static vlong length(Chan *c)
{
	uchar rec[Statroom];
	Cfile *f;
	Dir d;
	long n;

	f = c->cfile;
	if(f->length < 0){
		d.length = 0;
		n = mntstat(c, rec, sizeof rec);
		if(n >= STATFIXLEN && statcheck(rec, n) == 0)
			convM2D(rec, n, &d, nil);
		f->length = d.length;
	}
	return f->length;
}

/* n bytes of a pinned block, from off on, to done in the caller's: 0 or -1 */
static int give(Block *b, u32int off, u32int n, Place *to, long done)
{
	u32int i, m;

	for(i = 0; i < n; i += m){
		m = MIN(n-i, PGSZ - (off+i)%PGSZ);
		if(to->b == nil){
			if(copyout(to->va+done+i, b->page[(off+i)/PGSZ] + (off+i)%PGSZ, m) < 0)
				return -1;
		}else
			bufput(to->b, done+i, b->page[(off+i)/PGSZ] + (off+i)%PGSZ, m);
	}
	return 0;
}

/* what a pinned block has of the n bytes at off: how many; -1 and errstr.  *last: the file ends in it */
static long part(Chan *c, Block *b, Place *to, long done, long n, vlong off, int *last)
{
	u32int at;

	*last = 0;
	if(await1(c, b) < 0)
		return -1;
	at = off % b->f->size;
	if(b->state != Full || at >= b->n)
		return 0;
	*last = b->n < b->f->size;
	n = MIN(n, b->n - at);
	return give(b, at, n, to, done) < 0? -1: n;
}

/*
 * What is kept of the n bytes at off, or comes by asking for blocks: bytes, -1 and
 * errstr; *rest: the server has to be asked for what is left
 */
static long kept(Chan *c, Place *to, long n, vlong off, int *rest)
{
	Cfile *f;
	Block *b;
	u64int num;
	long done, m;
	int last;

	f = c->cfile;
	*rest = 1;
	for(done = 0; done < n && off+done < f->length; done += m){
		num = (off+done)/f->size;
		b = get(f, num);
		if(b == nil || num != f->last)
			ahead(c, num, (off+n-1)/f->size);
		if(b == nil && (b = get(f, num)) == nil)
			return done;
		m = part(c, b, to, done, n-done, off+done, &last);
		put(b);
		*rest = m == 0;
		if(m <= 0)
			return done > 0 || m == 0? done: -1;
		if(last)
			return done+m;
		*rest = 1;
	}
	return done;
}

/* a read or write of n bytes of a file that is kept; direct is how to do it without */
long cacheio(Chan *c, int type, Place *p, long n, vlong off)
{
	long done, r;
	int rest;

	if(type == Twrite){
		r = mntdirect(c, Twrite, p, 0, n, off);
		lock(&cache.lk);
		forgetrange(c->cfile, off, off+n);
		c->cfile->length = -1;
		unlock(&cache.lk);
		return r;
	}
	rest = 1;
	done = 0;
	if(off < length(c) && (done = kept(c, p, n, off, &rest)) < 0)
		return -1;
	if(!rest || done == n)
		return done;
	r = mntdirect(c, Tread, p, done, n-done, off+done);
	return r < 0? (done > 0? done: -1): done + r;
}
