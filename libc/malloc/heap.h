/*
 * heap.h: malloc's two levels.  The heap is cut without gaps into spans
 * (span.c), each big block is a span of its own, and small blocks of one
 * size share a span, a run (malloc.c).  One Lock, heaplock, guards it all.
 *
 * A span begins with a Span, a block with a Head.  A block's bytes are
 * followed by a guard, right after the size that was asked for.
 */
#pragma once

enum {
	Grain = 256,		/* spans are multiples of this */
	Guard = 4,		/* bytes after a block */
	Maxsmall = 8192,	/* largest block in a run, with Head and Guard */
	Maxblock = 1L<<39,

	/* Head.kind: a class of sizes below Nclass, or */
	Nclass = 31,
	Kspan = 200,		/* the block has its span to itself */
	Kinner = 201,		/* mallocalign: lies inside a block, tag bytes in */
};

typedef struct Span Span;
typedef struct Head Head;

struct Span {		/* 48 bytes */
	u64int magic;	/* tells what it is; mixed with its address */
	usize size;	/* in bytes, this header included */
	Span *below;	/* the neighbour, nil at the start of a region */
	Span *next;	/* free: in its bin; a run: the block after the last one used */
	Span *prev;
	u32int class;	/* a run's */
	u32int state;
};

enum {	/* Span.state */
	Sfree = 1,
	Sbig,
	Srun,
	Send,		/* the end of a region: a Span alone */
};

struct Head {		/* 16 bytes: blocks are aligned so */
	u16int sig;	/* busy or free, mixed with the address */
	u8int kind;
	u8int sizehi;	/* asked for: bits 32 and up; free blocks: 0 */
	u32int sizelo;
	u32int tag;	/* who called malloc; program text lies below 4 GB */
	u32int retag;	/* who called realloc last */
};

#define sizeasked(h) ((usize)(h)->sizehi<<32 | (h)->sizelo)

extern Lock heaplock;

/* lock and unlock of heaplock, with nobody else about, without a call */
static inline void heapenter(void)
{
	long none;

	none = 0;
	if(!__atomic_compare_exchange_n(&heaplock.users, &none, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		lock(&heaplock);
}

static inline void heapleave(void)
{
	long one;

	one = 1;
	if(!__atomic_compare_exchange_n(&heaplock.users, &one, 0, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		unlock(&heaplock);
}

Span *spanalloc(usize size, int state);		/* at least size bytes in all; nil: no memory */
void spanfree(Span *s);				/* joins free neighbours */
int spangrow(Span *s, usize size);		/* into a free neighbour above; 0 or -1 */
void spanshrink(Span *s, usize size);
extern uintptr heaplo, heaphi;			/* where it is */
#define inheap(p) ((uintptr)(p) >= heaplo && (uintptr)(p) < heaphi)
/* calls f for each span in order until it returns not 0, which it returns */
int spanwalk(int (*f)(Span *s));
int spanok(Span *s);
void heapdie(char *what, void *p, Head *h) noreturn_;	/* h: of the block, if it can be trusted */
