/*
 * qsort: quicksort that gives up for heapsort when it has recursed too deep,
 * so that no input costs more than n log n; short runs are sorted by
 * insertion.  No memory is allocated; the stack is bounded by 2 log2 n
 * small frames.  Not stable.
 */
#include "u.h"
#include "lib.h"

void qsort(void *base, usize n, usize size, int (*cmp)(const void*, const void*));

enum { Short = 8 };

typedef struct Sort Sort;
struct Sort {
	usize size;
	int words;	/* elements are whole, aligned words */
	int (*cmp)(const void*, const void*);
};

typedef u64int __attribute__((may_alias)) Word;

static void swap(Sort *s, uchar *a, uchar *b)
{
	Word *p, *q, w;
	usize n;
	uchar c;

	if(s->words){
		p = (Word*)(void*)a;
		q = (Word*)(void*)b;
		for(n = s->size/sizeof(Word); n > 0; n--){
			w = *p;
			*p++ = *q;
			*q++ = w;
		}
		return;
	}
	for(n = s->size; n > 0; n--){
		c = *a;
		*a++ = *b;
		*b++ = c;
	}
}

static void insertion(Sort *s, uchar *a, usize n)
{
	uchar *p, *q, *end;

	end = a + n*s->size;
	for(p = a + s->size; p < end; p += s->size)
		for(q = p; q > a && s->cmp(q - s->size, q) > 0; q -= s->size)
			swap(s, q - s->size, q);
}

/* Let element i of a heap of n sink to its place. */
static void sink(Sort *s, uchar *a, usize i, usize n)
{
	usize kid;

	for(; (kid = 2*i+1) < n; i = kid){
		if(kid+1 < n && s->cmp(a + kid*s->size, a + (kid+1)*s->size) < 0)
			kid++;
		if(s->cmp(a + i*s->size, a + kid*s->size) >= 0)
			break;
		swap(s, a + i*s->size, a + kid*s->size);
	}
}

static void heapsort(Sort *s, uchar *a, usize n)
{
	usize i;

	for(i = n/2; i > 0; i--)
		sink(s, a, i-1, n);
	for(i = n-1; i > 0; i--){
		swap(s, a, a + i*s->size);
		sink(s, a, 0, i);
	}
}

/* Put the median of first, middle and last first. */
static void choosepivot(Sort *s, uchar *a, usize n)
{
	uchar *mid, *last;

	mid = a + n/2*s->size;
	last = a + (n-1)*s->size;
	if(s->cmp(mid, last) > 0)
		swap(s, mid, last);
	if(s->cmp(a, last) > 0)
		swap(s, a, last);
	if(s->cmp(a, mid) < 0)
		swap(s, a, mid);
}

/* Split a[0..n) about a[0]; returns its place, nothing before is more, nothing after less. */
static usize partition(Sort *s, uchar *a, usize n)
{
	usize lo, hi;

	lo = 0;
	hi = n;
	for(;;){
		do
			lo++;
		while(lo < n && s->cmp(a + lo*s->size, a) < 0);
		do
			hi--;
		while(hi > 0 && s->cmp(a + hi*s->size, a) > 0);
		if(lo >= hi)
			break;
		swap(s, a + lo*s->size, a + hi*s->size);
	}
	swap(s, a, a + hi*s->size);
	return hi;
}

static void sort(Sort *s, uchar *a, usize n, int depth)
{
	usize m;

	while(n > Short){
		if(depth-- == 0){
			heapsort(s, a, n);
			return;
		}
		choosepivot(s, a, n);
		m = partition(s, a, n);
		if(m < n-m-1){
			sort(s, a, m, depth);
			a += (m+1)*s->size;
			n -= m+1;
		}else{
			sort(s, a + (m+1)*s->size, n-m-1, depth);
			n = m;
		}
	}
	insertion(s, a, n);
}

void qsort(void *base, usize n, usize size, int (*cmp)(const void*, const void*))
{
	Sort s;
	int depth;
	usize m;

	if(n < 2 || size == 0)
		return;
	s.size = size;
	s.words = size%sizeof(Word) == 0 && (uintptr)base%sizeof(Word) == 0;
	s.cmp = cmp;
	depth = 0;
	for(m = n; m > 0; m >>= 1)
		depth += 2;
	sort(&s, base, n, depth);
}
