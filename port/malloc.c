/*
 * malloc.c: the kernel's memory.
 *
 * Small objects lie in slabs, pages that hold objects of one size behind a
 * Slab header; larger ones are whole pages, contiguous if more than one.
 * So an address tells what it is: page aligned, or in a slab.
 *
 * The last word of every slab object, and of a larger one if there is room
 * for it, is a guard made of the address, one value while in use and another
 * while free.  free() checks it, and so finds what was written past the end
 * and what is freed twice; malloc checks the link of a free object.
 *
 * Locks: one per size; no call is made under it.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "segment.h"
#include "check/check.h"

enum {
	Slabhdr = 64,
	Slabmagic = 0x51ab51ab,
#ifdef CHECKED
	Guardsize = 2*sizeof(u64int),	/* the second says who called malloc */
#else
	Guardsize = sizeof(u64int),
#endif
	Smallmax = 1984,	/* the largest object of a slab, guard included */
};
#define InUse 0x6b8d2f4e91c3a507UL
#define Unused 0x93e1c45d7a2f860bUL

typedef struct Slab Slab;
typedef struct Obj Obj;
typedef struct Class Class;

struct Obj { Obj *next; };

struct Slab {
	u32int magic;
	u16int class;
	u16int nfree;
	u32int fresh;		/* offset of the first object never given out */
	Slab *next, *prev;	/* in Class.some, if nfree > 0 */
	Obj *free;
};

struct Class {
	Lock lk;
	u16int size;		/* of an object with its guard */
	u16int count;		/* objects in a slab */
	u16int nempty;		/* slabs that are all free: one is kept */
	u32int nused;		/* objects in use */
	u32int nheld;		/* of them, freed but in quarantine */
	Slab *some;		/* slabs that have a free object */
};

/* multiples of 16, from 512 of 64; of the larger, as many as fit into a page */
static u16int sizes[] = {
	32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448,
	512, 576, 640, 768, 960, 1344, Smallmax,
};
static Class classes[nelem(sizes)];
static u8int classof[Smallmax/16 + 1];
static u32int nlarge;		/* objects of whole pages */

void mallocinit(void)
{
	uint i, c;

	c = 0;
	for(i = 0; i < nelem(classof); i++){
		if(i*16 > sizes[c])
			c++;
		classof[i] = c;
	}
	for(c = 0; c < nelem(sizes); c++){
		classes[c].size = sizes[c];
		classes[c].count = (PGSZ-Slabhdr)/sizes[c];
	}
}

static inline u64int *guardof(void *p, usize size)
{
	return (u64int*)((uchar*)p + size - Guardsize);
}

/* free, or checked and overwritten, when an object has trouble */
static noreturn_ void bad(char *what, void *p, void *pc)
{
	panic("free: %s: %p, from %p", what, p, pc);
}

/* c->lk is held */
static void slabin(Class *c, Slab *s)
{
	s->prev = nil;
	s->next = c->some;
	if(c->some != nil)
		c->some->prev = s;
	c->some = s;
}

static void slabout(Class *c, Slab *s)
{
	if(s->prev != nil)
		s->prev->next = s->next;
	else
		c->some = s->next;
	if(s->next != nil)
		s->next->prev = s->prev;
}

/* an object of a slab that has one; c->lk is held */
static void *slabget(Class *c, Slab *s)
{
	Obj *o;

	if(s->nfree == c->count)
		c->nempty--;
	o = s->free;
	if(o != nil){
		if(((uintptr)o ^ (uintptr)s) >= PGSZ || *guardof(o, c->size) != ((uintptr)o ^ Unused))
			panic("malloc: free memory was written: slab %p, object %p of %d bytes", s, o, c->size);
		s->free = o->next;
	}else{
		o = (Obj*)((uchar*)s + s->fresh);
		s->fresh += c->size;
	}
	c->nused++;
	if(--s->nfree == 0)
		slabout(c, s);
	return o;
}

static Slab *slabnew(Class *c, int flags)
{
	u64int pa;
	Slab *s;

	pa = pagealloc(flags);
	if(pa == 0)
		return nil;
	s = kaddr(pa);
	s->magic = Slabmagic;
	s->class = c - classes;
	s->nfree = c->count;
	s->fresh = Slabhdr;
	s->free = nil;
	return s;
}

static void *small(usize n, int flags)
{
	Class *c;
	Slab *s, *new;
	void *p;

	c = &classes[classof[(n+Guardsize+15)/16]];
	lock(&c->lk);
	s = c->some;
	if(s == nil){
		unlock(&c->lk);
		new = slabnew(c, flags);
		if(new == nil)
			return nil;
		lock(&c->lk);
		slabin(c, new);
		c->nempty++;
		s = new;
	}
	p = slabget(c, s);
	unlock(&c->lk);
	*guardof(p, c->size) = (uintptr)p ^ InUse;
	shadowobject(p, n, c->size);
	return p;
}

/* whole pages; the page's tag keeps how much was asked for */
static void *large(usize n, int flags)
{
	u64int pa, all;
	void *p;

	if(n >= 1UL<<32)
		return nil;
	all = PGROUND(n);
	pa = all == PGSZ? pagealloc(flags): pagerun(all>>PGSHIFT);
	if(pa == 0)
		return nil;
	__atomic_add_fetch(&nlarge, 1, __ATOMIC_RELAXED);
	p = kaddr(pa);
	pageof(pa)->tag = n;
	if(all-n >= Guardsize)
		*guardof(p, all) = (uintptr)p ^ InUse;
	shadowobject(p, n, all);
	return p;
}

#ifdef CHECKED
/* where the room of the object p lies in ends, and in *start where it starts; nil: no object of ours */
static uchar *objectend(void *p, uchar **start)
{
	Slab *s;
	Class *c;
	Page *pg;
	usize off;

	s = (Slab*)PGDOWN(p);
	pg = (uintptr)p >= DMAPBASE? pageof(paddr(s)): nil;
	if(pg == nil || (pg->kind != KindKern && pg->kind != KindUser && pg->kind != KindRun))
		return nil;
	*start = (uchar*)s;
	if(pg->tag != 0)
		return *start + PGROUND(pg->tag);
	off = (uintptr)p & (PGSZ-1);
	if(s->magic != Slabmagic || s->class >= nelem(classes) || off < Slabhdr)
		return nil;
	c = &classes[s->class];
	*start += off - (off-Slabhdr)%c->size;
	return *start + c->size;
}

static void sign(void *p, uintptr pc)
{
	uchar *start, *end;

	if(p != nil && (end = objectend(p, &start)) != nil)
		if(((uintptr)p & (PGSZ-1)) != 0 || PGROUND(pageof(paddr(p))->tag) - pageof(paddr(p))->tag >= Guardsize)
			guardof(start, end-start)[1] = pc;
}

uintptr allocsite(void *p, usize *off)
{
	uchar *start, *end;
	Page *pg;

	if((end = objectend(p, &start)) == nil)
		return 0;
	pg = pageof(paddr(start));
	if(pg->tag != 0 && PGROUND(pg->tag) - pg->tag < Guardsize)
		return 0;
	*off = (uchar*)p - start;
	return guardof(start, end-start)[1];
}
#else
#define sign(p, pc) ((void)0)
#endif

static void *get(usize n, int flags)
{
	void *p;

	p = n <= Smallmax-Guardsize? small(n, flags): large(n, flags);
	if(p == nil)
		seterr("out of memory");
	return p;
}

void *malloc(usize n)
{
	void *p;

	p = get(n, 0);
	sign(p, (uintptr)__builtin_return_address(0));
	return p;
}

void *mallocpromised(usize n)
{
	return get(n, PageTable);
}

void *mallocz(usize n, int clr)
{
	void *p;

	p = get(n, 0);
	sign(p, (uintptr)__builtin_return_address(0));
	if(p != nil && clr)
		memset(p, 0, n);
	return p;
}

static void smallfree(void *p, void *pc)
{
	u64int *g;
	Class *c;
	Slab *s, *old;
	u32int off;

	s = (Slab*)PGDOWN(p);
	off = ((uintptr)p & (PGSZ-1)) - Slabhdr;
	if(s->magic != Slabmagic || s->class >= nelem(classes))
		bad("no memory of malloc's", p, pc);
	c = &classes[s->class];
	if(off%c->size != 0 || off/c->size >= c->count)
		bad("not the start of an object", p, pc);
	g = guardof(p, c->size);
	old = nil;
	lock(&c->lk);
	if(*g != ((uintptr)p ^ InUse))
		bad(*g == ((uintptr)p ^ Unused)? "freed twice": "written past its end", p, pc);
	*g = (uintptr)p ^ Unused;
	((Obj*)p)->next = s->free;
	s->free = p;
	c->nused--;
	if(s->nfree++ == 0)
		slabin(c, s);
	if(s->nfree == c->count){
		if(c->nempty > 0){
			slabout(c, s);
			old = s;
		}else
			c->nempty++;
	}
	unlock(&c->lk);
	if(old != nil){
		old->magic = 0;
		pagefree(paddr(old));
	}
}

static void largefree(void *p, void *pc)
{
	Page *pg;
	u64int pa, all;

	pa = paddr(p);
	pg = pageof(pa);
	if(pg == nil || pg->tag == 0 || (pg->kind != KindKern && pg->kind != KindUser && pg->kind != KindRun))
		bad("no memory of malloc's, or freed twice", p, pc);
	all = PGROUND(pg->tag);
	if(all-pg->tag >= Guardsize && *guardof(p, all) != ((uintptr)p ^ InUse))
		bad("written past its end", p, pc);
	pg->tag = 0;
	__atomic_sub_fetch(&nlarge, 1, __ATOMIC_RELAXED);
	if(pg->kind == KindRun)
		pagerunfree(pa, all>>PGSHIFT);
	else
		pagefree(pa);
}

#ifdef CHECKED
static inline u32int *nheldof(void *p)
{
	return &classes[((Slab*)PGDOWN(p))->class].nheld;
}

/* the small object p has been freed; which one is to be freed now, or nil */
static void *holdback(void *p)
{
	shadowset(p, classes[((Slab*)PGDOWN(p))->class].size, ShadowFree);
	__atomic_add_fetch(nheldof(p), 1, __ATOMIC_RELAXED);
	p = quarantine(p);
	if(p != nil)
		__atomic_sub_fetch(nheldof(p), 1, __ATOMIC_RELAXED);
	return p;
}
#endif

void free(void *p)
{
	if(p == nil)
		return;
#ifdef CHECKED
	shadowfree(p, (uintptr)__builtin_return_address(0));
	if(((uintptr)p & (PGSZ-1)) != 0 && (p = holdback(p)) == nil)
		return;
#endif
	if(((uintptr)p & (PGSZ-1)) == 0)
		largefree(p, __builtin_return_address(0));
	else if(((uintptr)p & 15) == 0 && ((uintptr)p & (PGSZ-1)) >= Slabhdr)
		smallfree(p, __builtin_return_address(0));
	else
		bad("not the start of an object", p, __builtin_return_address(0));
}

static u32int inuse(Class *c)
{
	return __atomic_load_n(&c->nused, __ATOMIC_RELAXED) - __atomic_load_n(&c->nheld, __ATOMIC_RELAXED);
}

void mallocstat(char *buf, int n)
{
	u64int all, held;
	char *p, *e;
	uint i;

	e = buf+n;
	all = __atomic_load_n(&nlarge, __ATOMIC_RELAXED);
	held = 0;
	for(i = 0; i < nelem(classes); i++){
		all += inuse(&classes[i]);
		held += __atomic_load_n(&classes[i].nheld, __ATOMIC_RELAXED);
	}
	p = seprint(buf, e, "%llud objects\n%ud larger\n%llud held back\n", (uvlong)all,
		__atomic_load_n(&nlarge, __ATOMIC_RELAXED), (uvlong)held);
	for(i = 0; i < nelem(classes); i++)
		p = seprint(p, e, "%ud of %d\n", inuse(&classes[i]), classes[i].size-Guardsize);
}

usize msize(void *p)
{
	u64int all, tag;

	if((uintptr)p & (PGSZ-1))
		return classes[((Slab*)PGDOWN(p))->class].size - Guardsize;
	tag = pageof(paddr(p))->tag;
	all = PGROUND(tag);
	return all-tag >= Guardsize? all-Guardsize: tag;
}

void *realloc(void *p, usize n)
{
	void *q;
	usize had;

	if(p == nil)
		return malloc(n);
	had = msize(p);
	shadowobject(p, had, had);
	if(n <= had && n >= had/2)
		return p;
	q = malloc(n);
	if(q == nil)
		return nil;
	memcpy(q, p, MIN(n, had));
	free(p);
	return q;
}
