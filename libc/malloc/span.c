/*
 * The lower level of malloc: spans.  Memory comes from sbrk in regions; each
 * is a row of spans closed by a Send.  Free spans are in bins by the
 * logarithm of their size, and no two of them are neighbours.  All under
 * heaplock.
 */
#include "u.h"
#include "libc.h"
#include "../sys/sys.h"
#include "heap.h"

enum {
	Nbin = 48,
	Chunkmin = 64*1024,	/* least taken from sbrk at a time */
	Chunkmax = 1024*1024,
	Keep = 256*1024,	/* free at the top that is not given back */
};

#define Mspan 0x7053416e41655268UL

static Span *bins[Nbin];
static u64int binmask;		/* bins that are not empty */
static Span *firstregion;
uintptr heaplo, heaphi;
static usize total;		/* taken from sbrk */

#define magicof(s) (Mspan ^ (uintptr)(s))
#define above(s) ((Span*)(void*)((char*)(s) + (s)->size))

int spanok(Span *s)
{
	return s->magic == magicof(s) && s->state >= Sfree && s->state <= Send;
}

static void checkspan(Span *s)
{
	if(!spanok(s))
		heapdie("heap damaged before", s, nil);
}

static int binof(usize size)
{
	return 63 - __builtin_clzl(size);
}

static void binput(Span *s)
{
	int b;

	b = binof(s->size);
	s->state = Sfree;
	s->prev = nil;
	s->next = bins[b];
	if(s->next)
		s->next->prev = s;
	bins[b] = s;
	binmask |= 1UL<<b;
}

static void bintake(Span *s)
{
	int b;

	b = binof(s->size);
	checkspan(s);
	if(s->prev)
		s->prev->next = s->next;
	else
		bins[b] = s->next;
	if(s->next)
		s->next->prev = s->prev;
	if(bins[b] == nil)
		binmask &= ~(1UL<<b);
}

static Span *spaninit(void *p, usize size, Span *below, int state)
{
	Span *s;

	s = p;
	s->magic = magicof(s);
	s->size = size;
	s->below = below;
	s->state = state;
	return s;
}

/* Join s, in no bin, with its free neighbours and put the result in its bin. */
static Span *join(Span *s)
{
	Span *o;

	o = above(s);
	checkspan(o);
	if(o->state == Sfree){
		bintake(o);
		s->size += o->size;
	}
	o = s->below;
	if(o != nil && o->state == Sfree){
		bintake(o);
		o->size += s->size;
		s->magic = 0;
		s = o;
	}
	above(s)->below = s;
	binput(s);
	return s;
}

/* Cut s to size and free the rest, if it is worth it. */
static void cut(Span *s, usize size)
{
	Span *rest;

	if(s->size - size < 2*Grain)
		return;
	rest = spaninit((char*)s + size, s->size - size, s, Sfree);
	above(s)->below = rest;
	s->size = size;
	join(rest);
}

/* Memory for a span of size; joined to what is free at the top. */
static int extend(usize size)
{
	Span *s, *end;
	usize n;
	char *p;

	n = total/4;
	if(n < Chunkmin)
		n = Chunkmin;
	if(n > Chunkmax)
		n = Chunkmax;
	if(n < size + sizeof(Span) + Grain)
		n = size + sizeof(Span) + Grain;
	n = (n+4095) & ~4095UL;
	p = sbrk(n);
	if(p == (char*)-1)
		return -1;
	total += n;
	end = heaphi? (Span*)(void*)(heaphi - sizeof(Span)): nil;
	if((uintptr)p == heaphi){	/* what was the end begins the new span */
		checkspan(end);
		s = spaninit(end, n, end->below, Sbig);
	}else{
		s = spaninit(p, n - sizeof(Span), nil, Sbig);
		if(end)
			end->next = s;	/* region after region */
		else
			firstregion = s;
	}
	if(heaplo == 0)
		heaplo = (uintptr)p;
	heaphi = (uintptr)p + n;
	spaninit((char*)p + n - sizeof(Span), sizeof(Span), s, Send)->next = nil;
	join(s);
	return 0;
}

/* A span of at least size out of bin b. */
static Span *fit(int b, usize size)
{
	Span *s;

	for(s = bins[b]; s != nil; s = s->next){
		checkspan(s);
		if(s->size >= size)
			return s;
	}
	return nil;
}

Span *spanalloc(usize size, int state)
{
	Span *s;
	u64int m;
	int b;

	size = (size + Grain-1) & ~(usize)(Grain-1);
	for(;;){
		b = binof(size);
		s = fit(b, size);
		m = binmask>>b>>1;
		if(s == nil && m != 0)
			s = bins[b+1 + __builtin_ctzl(m)];
		if(s != nil)
			break;
		if(extend(size) < 0)
			return nil;
	}
	bintake(s);
	s->state = state;
	cut(s, size);
	return s;
}

void spanfree(Span *s)
{
	Span *end;
	usize n;

	checkspan(s);
	s = join(s);
	end = above(s);
	n = s->size & ~4095UL;
	if(end->state != Send || s->size < 4*Keep || (uintptr)end + sizeof *end != heaphi)
		return;
	/* give the top back, but for Keep */
	n -= Keep;
	if(brkcut((void*)heaphi, (void*)(heaphi - n)) < 0)
		return;
	bintake(s);
	heaphi -= n;
	total -= n;
	s->size -= n;
	spaninit(above(s), sizeof(Span), s, Send)->next = nil;
	binput(s);
}

int spangrow(Span *s, usize size)
{
	Span *o;

	size = (size + Grain-1) & ~(usize)(Grain-1);
	o = above(s);
	checkspan(o);
	if(o->state != Sfree || s->size + o->size < size)
		return -1;
	bintake(o);
	s->size += o->size;
	above(s)->below = s;
	cut(s, size);
	return 0;
}

void spanshrink(Span *s, usize size)
{
	cut(s, (size + Grain-1) & ~(usize)(Grain-1));
}

int spanwalk(int (*f)(Span *s))
{
	Span *s;
	int r;

	for(s = firstregion; s != nil; s = s->state == Send? s->next: above(s))
		if((r = f(s)) != 0)
			return r;
	return 0;
}
