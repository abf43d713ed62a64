/* runestr*: the string functions, for Runes that end in a 0. */
#include "u.h"
#include "libc.h"

long runestrlen(const Rune *s)
{
	const Rune *p;

	for(p = s; *p != 0; p++)
		;
	return p-s;
}

Rune *runestrchr(const Rune *s, Rune c)
{
	for(; *s != c; s++)
		if(*s == 0)
			return nil;
	return (Rune*)s;
}

Rune *runestrrchr(const Rune *s, Rune c)
{
	const Rune *last;

	last = nil;
	do
		if(*s == c)
			last = s;
	while(*s++ != 0);
	return (Rune*)last;
}

int runestrncmp(const Rune *a, const Rune *b, long n)
{
	for(; n > 0; n--, a++, b++){
		if(*a != *b)
			return *a < *b? -1: 1;
		if(*a == 0)
			break;
	}
	return 0;
}

int runestrcmp(const Rune *a, const Rune *b)
{
	return runestrncmp(a, b, ~0UL>>1);
}

Rune *runestrcpy(Rune *to, const Rune *from)
{
	memmove(to, from, (runestrlen(from)+1)*sizeof(Rune));
	return to;
}

/* Fills up with zeros; no terminator if from is n or longer. */
Rune *runestrncpy(Rune *to, const Rune *from, long n)
{
	long i;

	for(i = 0; i < n && from[i] != 0; i++)
		to[i] = from[i];
	for(; i < n; i++)
		to[i] = 0;
	return to;
}

/* Copies, cuts at end, always terminates; returns the terminator's place. */
Rune *runestrecpy(Rune *to, Rune *end, const Rune *from)
{
	if(to >= end)
		return to;
	while(to < end-1 && *from != 0)
		*to++ = *from++;
	*to = 0;
	return to;
}

Rune *runestrcat(Rune *to, const Rune *from)
{
	runestrcpy(to + runestrlen(to), from);
	return to;
}

Rune *runestrncat(Rune *to, const Rune *from, long n)
{
	Rune *p;

	for(p = to + runestrlen(to); n > 0 && *from != 0; n--)
		*p++ = *from++;
	*p = 0;
	return to;
}

Rune *runestrstr(const Rune *s, const Rune *sub)
{
	long n;

	n = runestrlen(sub);
	if(n == 0)
		return (Rune*)s;
	for(; (s = runestrchr(s, sub[0])) != nil; s++)
		if(runestrncmp(s, sub, n) == 0)
			return (Rune*)s;
	return nil;
}

/* A malloced copy, or nil. */
Rune *runestrdup(const Rune *s)
{
	Rune *p;
	long n;

	n = (runestrlen(s)+1)*sizeof(Rune);
	p = malloc(n);
	if(p != nil)
		memmove(p, s, n);
	return p;
}
