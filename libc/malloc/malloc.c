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
#define Mguard 0x3C6996A5U

typedef struct { u32int v; } __attribute__((packed, may_alias)) Unaligned;

/* with Head and Guard */
static const ushort classsize[Nclass] = {
	32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640,
	768, 896, 1024, 1280, 1536, 1792, 2048, 2560, 3072, 3584, 4096, 5120, 6144, 7168, 8192,
};

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
#define guardof(h, n) (((Unaligned*)(void*)((char*)body(h) + (n)))->v)

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
		s = seprint(s, e, ", %ld bytes allocated at pc 0x%ux", (long)sizeasked(h), h->tag);
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

/* What of a block may be used; 0 if its kind makes no sense. */
static usize capacity(Head *h)
{
	Span *s;

	if(h->kind < Nclass)
		return classsize[h->kind] - Over;
	if(h->kind != Kspan)
		return 0;
	s = (Span*)(void*)h - 1;
	return s->size - sizeof(Span) - Over;
}

/* A block of class c that was never used. */
static Head *fresh(int c)
{
	usize size, n;
	Head *h;
	Span *s;

	size = classsize[c];
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
	h->sizelo = n;
	h->sizehi = n>>32;
	h->sig = sigof(h, Mbusy);
	guardof(h, n) = Mguard;
}

static void *alloc(usize n, uintptr tag)
{
	Head *h;

	if(n > Maxblock){
		werrstr("out of memory");
		return nil;
	}
	heapenter();
	h = n + Over <= Maxsmall? smallalloc(n): bigalloc(n);
	if(h != nil){
		h->tag = tag;
		h->retag = 0;
		setsize(h, n);
	}
	heapleave();
	if(h == nil){
		werrstr("out of memory");
		return nil;
	}
	return body(h);
}

static int overrun(Head *h)
{
	usize n;

	n = sizeasked(h);
	return n > capacity(h) || guardof(h, n) != Mguard;
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
	if(h->kind != Kinner && overrun(h))
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
	h->sizelo = h->sizehi = 0;
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
	heapenter();
	h = checked(p);
	o = outer(h);
	if(o != h){
		checked(body(o));
		h->sig = sigof(h, Mfree);
	}
	release(o);
	heapleave();
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
	heapenter();
	h = checked(p);
	old = sizeasked(h);
	ok = resize(h, n) == 0;
	if(ok)
		h->retag = tag;
	heapleave();
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
	h->sizelo = n;
	h->sizehi = n>>32;
	h->sig = sigof(h, Mbusy);
	return q;
}

/* What of the block may be used; the rest of its room becomes part of it. */
usize msize(void *p)
{
	Head *h;
	usize n;

	heapenter();
	h = checked(p);
	n = sizeasked(h);
	if(h->kind != Kinner){
		n = capacity(h);
		setsize(h, n);
	}
	heapleave();
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
	return h->sig != sigof(h, Mbusy) || overrun(h);
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
	size = classsize[s->class];
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

	heapenter();
	bad = spanwalk(spanbad);
	if(bad && fatal)
		heapdie("heap damaged", nil, nil);
	heapleave();
	if(bad)
		werrstr("heap damaged");
	return bad? -1: 0;
}
