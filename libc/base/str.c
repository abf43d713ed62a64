/*
 * Byte strings.  strlen, strchr and strcmp look at eight bytes at a time, some
 * beyond the end perhaps, but never in a page that the string is not in.
 */
#include "u.h"
#include "lib.h"
#include "word.h"

/* keeps the compiler from seeing strlen in a loop, and calling it */
#define opaque(x) asm("" : "+r"(x))

char *strcpy(char *to, const char *from);
char *strncpy(char *to, const char *from, usize n);
char *strcat(char *to, const char *from);
char *strncat(char *to, const char *from, usize n);
char *strpbrk(const char *s, const char *set);
usize strspn(const char *s, const char *set);
usize strcspn(const char *s, const char *set);
char *strtok(char *s, const char *set);
usize strnlen(const char *s, usize max);

usize strlen(const char *s)
{
	const char *p;
	u64int w;

	p = s;
	if(inpage(p)){		/* most are short */
		w = get64(p);
		if(haszero(w))
			return __builtin_ctzl(haszero(w))>>3;
		p += 8 - ((uintptr)p & 7);
	}
	for(; (uintptr)p & 7; p++)
		if(*p == 0)
			return p-s;
	for(;; p += 8){
		opaque(p);
		w = get64(p);
		if(haszero(w))
			return p-s + (__builtin_ctzl(haszero(w))>>3);
	}
}

/* The length, but not beyond max; reads no further. */
usize strnlen(const char *s, usize max)
{
	const char *p;

	p = memchr(s, 0, max);
	return p? (usize)(p-s): max;
}

int strcmp(const char *a, const char *b)
{
	u64int v, w, d;
	int c;

	for(; inpage(a) && inpage(b); a += 8, b += 8){
		w = get64(a);
		v = get64(b);
		d = (w ^ v) | haszero(w);
		if(d != 0){	/* its lowest bit is in the first byte that differs, or ends both */
			c = __builtin_ctzl(d) & ~7;
			return (int)(w>>c & 0xFF) - (int)(v>>c & 0xFF);
		}
	}
	for(;; a++, b++){
		c = (uchar)*a;
		if(c != (uchar)*b || c == 0)
			return c - (uchar)*b;
	}
}

int strncmp(const char *a, const char *b, usize n)
{
	for(; n > 0; n--, a++, b++)
		if(*a != *b || *a == 0)
			return (uchar)*a - (uchar)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	u64int w, pattern;

	c = (uchar)c;
	if(c == 0)
		return (char*)s + strlen(s);
	for(; (uintptr)s & 7; s++){
		if((uchar)*s == c)
			return (char*)s;
		if(*s == 0)
			return nil;
	}
	pattern = c*ONES;
	for(;; s += 8){
		w = get64(s);
		if(haszero(w) || haszero(w ^ pattern))
			break;
	}
	for(; (uchar)*s != c; s++)
		if(*s == 0)
			return nil;
	return (char*)s;
}

char *strrchr(const char *s, int c)
{
	const char *last;

	last = nil;
	for(;; s++){
		if(*s == (char)c)
			last = s;
		if(*s == 0)
			return (char*)last;
	}
}

char *strcpy(char *to, const char *from)
{
	memcpy(to, from, strlen(from)+1);
	return to;
}

char *strncpy(char *to, const char *from, usize n)
{
	usize len;

	len = strnlen(from, n);
	memcpy(to, from, len);
	memset(to+len, 0, n-len);
	return to;
}

char *strcat(char *to, const char *from)
{
	strcpy(to+strlen(to), from);
	return to;
}

char *strncat(char *to, const char *from, usize n)
{
	char *p;

	n = strnlen(from, n);
	p = to+strlen(to);
	memcpy(p, from, n);
	p[n] = 0;
	return to;
}

char *strstr(const char *s, const char *sub)
{
	usize n;

	n = strlen(sub);
	if(n == 0)
		return (char*)s;
	for(; (s = strchr(s, sub[0])) != nil; s++)
		if(strncmp(s, sub, n) == 0)
			return (char*)s;
	return nil;
}

/* A set of bytes; 0 is in it if zero is set. */
static void bytemask(u64int mask[4], const char *set, int zero)
{
	mask[0] = mask[1] = mask[2] = mask[3] = 0;
	mask[0] |= zero;
	for(; *set != 0; set++)
		mask[(uchar)*set>>6] |= 1UL<<(*set & 63);
}

#define inmask(m, c) ((m)[(uchar)(c)>>6]>>((c) & 63) & 1)

usize strspn(const char *s, const char *set)
{
	u64int mask[4];
	const char *p;

	bytemask(mask, set, 0);
	for(p = s; inmask(mask, *p); p++)
		;
	return p-s;
}

usize strcspn(const char *s, const char *set)
{
	u64int mask[4];
	const char *p;

	bytemask(mask, set, 1);
	for(p = s; !inmask(mask, *p); p++)
		;
	return p-s;
}

char *strpbrk(const char *s, const char *set)
{
	s += strcspn(s, set);
	return *s? (char*)s: nil;
}

/* Next token of s, or of the string before if s is nil; keeps its place in a static. */
char *strtok(char *s, const char *set)
{
	static char *rest;
	char *p;

	if(s == nil)
		s = rest;
	if(s == nil)
		return nil;
	s += strspn(s, set);
	if(*s == 0){
		rest = nil;
		return nil;
	}
	p = s + strcspn(s, set);
	rest = nil;
	if(*p != 0){
		*p = 0;
		rest = p+1;
	}
	return s;
}

/* A malloced copy, or nil. */
char *strdup(const char *s)
{
	usize n;
	char *p;

	n = strlen(s)+1;
	p = malloc(n);
	if(p != nil)
		memmove(p, s, n);
	return p;
}
