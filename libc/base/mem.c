/*
 * memory functions, for the kernel as well: no SSE.  Up to 32 bytes move as
 * overlapping words with no loop; more by `rep movsq` and `rep stosq`, which
 * real processors stream and QEMU counts as one instruction for 8 bytes.
 * The compiler may call these for its own purposes, so nothing here may be
 * of a shape that it turns back into a call.
 * The direction flag is clear throughout (an interrupt may come at any time).
 */
#include "u.h"
#include "lib.h"
#include "word.h"

/* 0 to 32 bytes: everything is loaded before anything is stored, so overlap is no matter */
static inline void small(uchar *d, const uchar *s, usize n)
{
	u64int a, b, c, e;

	if(n >= 16){
		a = get64(s);
		b = get64(s+8);
		c = get64(s+n-16);
		e = get64(s+n-8);
		put64(d, a);
		put64(d+8, b);
		put64(d+n-16, c);
		put64(d+n-8, e);
	}else if(n >= 8){
		a = get64(s);
		b = get64(s+n-8);
		put64(d, a);
		put64(d+n-8, b);
	}else if(n >= 4){
		a = get32(s);
		b = get32(s+n-4);
		put32(d, a);
		put32(d+n-4, b);
	}else if(n >= 2){
		a = get16(s);
		b = get16(s+n-2);
		put16(d, a);
		put16(d+n-2, b);
	}else if(n == 1)
		*d = *s;
}

/* More than 32 bytes, d before s or apart. */
static inline void forward(uchar *d, const uchar *s, usize n)
{
	u64int last;
	uchar *dend;
	usize words;

	last = get64(s+n-8);
	dend = d+n-8;
	words = n>>3;
	asm volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(words) : : "memory");
	put64(dend, last);
}

/* More than 32 bytes, d inside s: from the end, 32 at a time. */
static void backward(uchar *d, const uchar *s, usize n)
{
	u64int a, b, c, e;

	while(n > 32){
		n -= 32;
		a = get64(s+n);
		b = get64(s+n+8);
		c = get64(s+n+16);
		e = get64(s+n+24);
		put64(d+n, a);
		put64(d+n+8, b);
		put64(d+n+16, c);
		put64(d+n+24, e);
	}
	small(d, s, n);
}

void *memcpy(void *dst, const void *src, usize n)
{
	if(n <= 32)
		small(dst, src, n);
	else
		forward(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, usize n)
{
	if(n <= 32)
		small(dst, src, n);
	else if((uintptr)dst - (uintptr)src >= n)
		forward(dst, src, n);
	else
		backward(dst, src, n);
	return dst;
}

void *memset(void *p, int c, usize n)
{
	uchar *d, *end;
	u64int v;
	usize words;

	d = p;
	end = d+n;
	v = (uchar)c * 0x0101010101010101UL;
	if(n >= 8){
		if(n > 16){
			words = n>>3;
			asm volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(v) : "memory");
		}else
			put64(d, v);
		put64(end-8, v);
	}else if(n >= 4){
		put32(d, v);
		put32(end-4, v);
	}else if(n >= 2){
		put16(d, v);
		put16(end-2, v);
	}else if(n == 1)
		*d = c;
	return p;
}

int memcmp(const void *a, const void *b, usize n)
{
	const uchar *p, *q;
	u64int x, y;

	p = a;
	q = b;
	for(; n >= 8; n -= 8, p += 8, q += 8){
		x = get64(p);
		y = get64(q);
		if(x != y)
			return __builtin_bswap64(x) < __builtin_bswap64(y)? -1: 1;
	}
	for(; n > 0; n--, p++, q++)
		if(*p != *q)
			return *p < *q? -1: 1;
	return 0;
}

/* By aligned words, as strlen: no byte is read from a page that p[0..n) is not in. */
void *memchr(const void *p, int c, usize n)
{
	const uchar *s;
	u64int pattern;

	s = p;
	c = (uchar)c;
	for(; n > 0 && (uintptr)s & 7; n--, s++)
		if(*s == c)
			return (void*)s;
	pattern = c*ONES;
	for(; n >= 8; n -= 8, s += 8)
		if(haszero(get64(s) ^ pattern))
			break;
	for(; n > 0; n--, s++)
		if(*s == c)
			return (void*)s;
	return nil;
}

/* Copy up to and with the first byte c: the place after it in dst, or nil if it is not in n bytes. */
void *memccpy(void *dst, const void *src, int c, usize n)
{
	const uchar *s;
	uchar *d;

	d = dst;
	for(s = src; n > 0; n--)
		if((*d++ = *s++) == (uchar)c)
			return d;
	return nil;
}
