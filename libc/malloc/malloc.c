/*
 * malloc(2): blocks.  Small ones (up to Maxsmall) are of 31 sizes; each
 * size has a list of free blocks, and a run from which blocks that were
 * never used are cut.  Bigger ones are spans.  Every operation is a few
 * instructions under heaplock, so processes that share memory may all call.
 *
 * A block's Head carries a signature that says busy or free, and bytes after
 * it must stay as they are: free, realloc and malloc itself look, and stop
 * the program with a message if a block was freed twice, was none, was
 * overrun, or was written to after it was freed.
 */
#include "u.h"
#include "libc.h"
#include "heap.h"

enum {
	Linear = 128,	/* sizes up to here are 16 apart, then four to a doubling */
	Perrun = 8,	/* blocks in a run, or more to fill Minrun */
	Minrun = 8192,
	Over = sizeof(Head) + Guard,
};

#define Mbusy 0x5A3C
#define Mfree 0xC195
static const uchar guard[Guard] = { 0xA5, 0x96, 0x69, 0x3C };

Lock heaplock;

static struct {
	Head *free;	/* the next one's address is the first word of a free block */
	char *cur;	/* never used blocks of the current run */
	char *end;
	Span *run;
} class[Nclass];

#define body(h) ((void*)((h)+1))
#define headof(p) ((Head*)(p) - 1)
#define nextof(h) (*(Head**)body(h))

static u16int sigof(Head *h, uint state)
{
	uintptr a;

	a = (uintptr)h >> 4;
	return state ^ a ^ a>>16;
}

void heapdie(char *what, void *p, Head *h)
{
	char buf[160], *s, *e;

	s = buf;
	e = buf + sizeof buf;
	s = seprint(s, e, "%s: malloc: %s %p", argv0? argv0: "", what, p);
	if(h != nil)
		s = seprint(s, e, ", %ld bytes allocated at pc 0x%ux", (long)h->size, h->tag);
	s = seprint(s, e, "\n");
	write(2, buf, s-buf);
	abort();
}

static int classof(usize n)
{
	int log;

	if(n <= Linear)
		return (n+15)/16 - 2;
	log = 63 - __builtin_clzl(n-1);		/* n-1 in [2^log, 2^(log+1)) */
	return (Linear/16-2) + (log-7)*4 + ((n-1)>>(log-2) & 3) + 1;
}

static usize sizeofclass(int c)
{
	int k;

	if(c <= Linear/16-2)
		return (c+2)*16;
	k = c - (Linear/16-2) - 1;
	return (usize)(4 + k%4 + 1) << (k/4 + 5);
}

/* What of a block may be used. */
static usize capacity(Head *h)
{
	Span *s;

	if(h->kind < Nclass)
		return sizeofclass(h->kind) - Over;
	s = (Span*)(void*)h - 1;
	return s->size - sizeof(Span) - Over;
}

/* A block of class c that was never used. */
static Head *fresh(int c)
{
	usize size, n;
	Head *h;
	Span *s;

	size = sizeofclass(c);
	if((usize)(class[c].end - class[c].cur) < size){
		n = sizeof(Span) + Perrun*size;
		s = spanalloc(n < Minrun? Minrun: n, Srun);
		if(s == nil)
			return nil;
		if(class[c].run)
			class[c].run->next = (Span*)(void*)class[c].cur;
		s->class = c;
		s->next = nil;
		class[c].run = s;
		class[c].cur = (char*)(s+1);
		class[c].end = (char*)s + s->size;
	}
	h = (Head*)(void*)class[c].cur;
	class[c].cur += size;
	h->kind = c;
	return h;
}

static Head *smallalloc(usize n)
{
	Head *h, *next;
	int c;

	c = classof(n + Over);
	h = class[c].free;
	if(h == nil)
		return fresh(c);
	next = nextof(h);
	if(h->sig != sigof(h, Mfree) || h->kind != c || (next != nil && !inheap(next)))
		heapdie("written to after it was freed:", body(h), nil);
	class[c].free = next;
	return h;
}

static Head *bigalloc(usize n)
{
	Head *h;
	Span *s;

	s = spanalloc(sizeof(Span) + n + Over, Sbig);
	if(s == nil)
		return nil;
	h = (Head*)(void*)(s+1);
	h->kind = Kspan;
	return h;
}

static void setsize(Head *h, usize n)
{
	h->size = n;
	h->sig = sigof(h, Mbusy);
	memcpy((char*)body(h) + n, guard, Guard);
}

static void *alloc(usize n, uintptr tag)
{
	Head *h;

	if(n > Maxblock){
		werrstr("out of memory");
		return nil;
	}
	lock(&heaplock);
	h = n + Over <= Maxsmall? smallalloc(n): bigalloc(n);
	if(h != nil){
		h->tag = tag;
		h->retag = 0;
		setsize(h, n);
	}
	unlock(&heaplock);
	if(h == nil){
		werrstr("out of memory");
		return nil;
	}
	return body(h);
}

/* The Head of the block at p, a busy one that is in order. */
static Head *checked(void *p)
{
	Head *h;

	h = headof(p);
	if((uintptr)p & 15 || !inheap(h))
		heapdie("not a block of the heap:", p, nil);
	if(h->sig == sigof(h, Mfree))
		heapdie("freed twice:", p, nil);
	if(h->sig != sigof(h, Mbusy))
		heapdie("no block, or written to before its start:", p, nil);
	if(h->kind != Kinner && (h->size > capacity(h) || memcmp((char*)p + h->size, guard, Guard) != 0))
		heapdie("written to beyond its end:", p, h);
	return h;
}

/* mallocalign's blocks: the one around it */
static Head *outer(Head *h)
{
	Head *o;

	if(h->kind != Kinner)
		return h;
	o = headof((char*)body(h) - h->tag);
	if(o->sig != sigof(o, Mbusy))
		heapdie("written to before its start:", body(h), nil);
	return o;
}

static void release(Head *h)
{
	int c;

	c = h->kind;
	h->sig = sigof(h, Mfree);
	h->size = 0;
	if(c == Kspan){
		spanfree((Span*)(void*)h - 1);
		return;
	}
	nextof(h) = class[c].free;
	class[c].free = h;
}

void free(void *p)
{
	Head *h, *o;

	if(p == nil)
		return;
	lock(&heaplock);
	h = checked(p);
	o = outer(h);
	if(o != h){
		checked(body(o));
		h->sig = sigof(h, Mfree);
	}
	release(o);
	unlock(&heaplock);
}

/* Give the block room for n bytes where it is, or -1; heaplock is held. */
static int resize(Head *h, usize n)
{
	Span *s;
	usize cap;

	cap = capacity(h);
	if(h->kind == Kspan){
		s = (Span*)(void*)h - 1;
		if(n + Over <= Maxsmall)
			return -1;	/* belongs among the small now */
		if(n > cap && spangrow(s, sizeof *s + n + Over) < 0)
			return -1;
		if(n < cap/2)
			spanshrink(s, sizeof *s + n + Over);
	}else if(h->kind == Kinner || n > cap || n < cap/4)
		return -1;
	setsize(h, n);
	return 0;
}

/* realloc for somebody: tag tells whom */
static void *reallocate(void *p, usize n, uintptr tag)
{
	Head *h;
	usize old;
	void *q;
	int ok;

	if(n > Maxblock){
		werrstr("out of memory");
		return nil;
	}
	lock(&heaplock);
	h = checked(p);
	old = h->size;
	ok = resize(h, n) == 0;
	if(ok)
		h->retag = tag;
	unlock(&heaplock);
	if(ok)
		return p;
	q = alloc(n, tag);
	if(q == nil)
		return nil;
	memmove(q, p, old < n? old: n);
	setrealloctag(q, tag);
	free(p);
	return q;
}

#define caller ((uintptr)__builtin_return_address(0))

void *malloc(usize n)
{
	return alloc(n, caller);
}

void *mallocz(usize n, int clr)
{
	void *p;

	p = alloc(n, caller);
	if(p != nil && clr)
		memset(p, 0, n);
	return p;
}

void *calloc(usize n, usize size)
{
	void *p;

	if(__builtin_mul_overflow(n, size, &n))
		n = ~0UL;
	p = alloc(n, caller);
	if(p != nil)
		memset(p, 0, n);
	return p;
}

/* realloc(p, 0) frees and gives nil; on failure p stays as it was. */
void *realloc(void *p, usize n)
{
	if(p == nil)
		return alloc(n, caller);
	if(n == 0){
		free(p);
		return nil;
	}
	return reallocate(p, n, caller);
}

/*
 * n bytes at an address that is offset modulo align, and that lie within
 * one multiple of span bytes, if that is not 0.
 */
void *mallocalign(usize n, usize align, long offset, usize span)
{
	char *p, *q;
	Head *h;
	usize a;

	if(align < 16)
		align = 16;
	a = offset < 0? align - (usize)-offset%align: (usize)offset%align;
	if(align%16 != 0 || a%16 != 0 || (span != 0 && n > span) || n+align+span > Maxblock){
		werrstr("mallocalign: impossible alignment");
		return nil;
	}
	p = alloc(n + 2*align + span + sizeof(Head), caller);
	if(p == nil)
		return nil;
	q = p + sizeof(Head);
	q += (align - (uintptr)q%align + a)%align;
	while(span != 0 && (uintptr)q/span != ((uintptr)q + n-1)/span && q + align + n <= p + n + 2*align + span)
		q += align;
	h = headof(q);
	h->kind = Kinner;
	h->tag = q-p;
	h->retag = 0;
	h->size = n;
	h->sig = sigof(h, Mbusy);
	return q;
}

/* What of the block may be used; the rest of its room becomes part of it. */
usize msize(void *p)
{
	Head *h;
	usize n;

	lock(&heaplock);
	h = checked(p);
	n = h->size;
	if(h->kind != Kinner){
		n = capacity(h);
		setsize(h, n);
	}
	unlock(&heaplock);
	return n;
}

void setmalloctag(void *p, uintptr tag)
{
	if(p != nil && headof(p)->kind != Kinner)
		headof(p)->tag = tag;
}

void setrealloctag(void *p, uintptr tag)
{
	if(p != nil)
		headof(p)->retag = tag;
}

uintptr getmalloctag(void *p)
{
	return outer(headof(p))->tag;
}

uintptr getrealloctag(void *p)
{
	return headof(p)->retag;
}

/* 0 if the block is in order, busy or free. */
static int blockbad(Head *h)
{
	if(h->sig == sigof(h, Mfree))
		return 0;
	if(h->sig != sigof(h, Mbusy) || h->size > capacity(h))
		return 1;
	return memcmp((char*)body(h) + h->size, guard, Guard) != 0;
}

static int spanbad(Span *s)
{
	char *p, *end;
	usize size;

	if(!spanok(s))
		return 1;
	if(s->state == Sbig)
		return blockbad((Head*)(void*)(s+1));
	if(s->state != Srun)
		return 0;
	size = sizeofclass(s->class);
	end = s == class[s->class].run? class[s->class].cur: (char*)s->next;
	for(p = (char*)(s+1); p+size <= end; p += size)
		if(((Head*)(void*)p)->kind != s->class || blockbad((Head*)(void*)p))
			return 1;
	return 0;
}

/* Look over the whole heap; -1 if something in it is damaged, or the end with fatal. */
int malloccheck(int fatal)
{
	int bad;

	lock(&heaplock);
	bad = spanwalk(spanbad);
	if(bad && fatal)
		heapdie("heap damaged", nil, nil);
	unlock(&heaplock);
	if(bad)
		werrstr("heap damaged");
	return bad? -1: 0;
}
