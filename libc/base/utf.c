/*
 * UTF-8, 21 bits.  Malformed input (a stray or missing continuation byte, an
 * overlong form, a surrogate, anything above U+10FFFF) decodes as Runeerror
 * and one byte, so a decoder always advances and never passes a NUL.
 */
#include "u.h"
#include "lib.h"

enum {
	Max1 = 0x7F, Max2 = 0x7FF, Max3 = 0xFFFF,
	Sur0 = 0xD800, Sur1 = 0xDFFF,
};

/* Bytes that a leading byte announces; 0 if it cannot lead. */
static int announced(uchar c)
{
	if(c < 0x80)
		return 1;
	if(c < 0xC2)
		return 0;
	if(c < 0xE0)
		return 2;
	if(c < 0xF0)
		return 3;
	return c < 0xF5? 4: 0;
}

static int legal(Rune r, int n)
{
	switch(n){
	case 2:
		return r > Max1;
	case 3:
		return r > Max2 && (r < Sur0 || r > Sur1);
	}
	return r > Max3 && r <= Runemax;
}

/* Decode the rune at s into *r; returns its bytes. */
int chartorune(Rune *r, const char *s)
{
	Rune v;
	uchar c;
	int i, n;

	c = s[0];
	if(c < Runeself){
		*r = c;
		return 1;
	}
	n = announced(c);
	v = c & (0xFF >> (n+1));
	for(i = 1; i < n; i++){
		c = s[i];
		if((c & 0xC0) != 0x80)
			break;
		v = v<<6 | (c & 0x3F);
	}
	if(n == 0 || i < n || !legal(v, n)){
		*r = Runeerror;
		return 1;
	}
	*r = v;
	return n;
}

/* Encode *r at s (no terminator); what is no legal rune becomes Runeerror. */
int runetochar(char *s, const Rune *r)
{
	Rune v;
	int i, n;

	v = *r;
	if(v <= Max1){
		s[0] = v;
		return 1;
	}
	if(v > Runemax || (v >= Sur0 && v <= Sur1))
		v = Runeerror;
	n = runelen(v);
	for(i = n-1; i > 0; i--){
		s[i] = 0x80 | (v & 0x3F);
		v >>= 6;
	}
	s[0] = (0xF00 >> n) | v;
	return n;
}

/* Bytes that runetochar would make. */
int runelen(long r)
{
	if(r < 0 || r > Runemax || (r >= Sur0 && r <= Sur1))
		r = Runeerror;
	if(r <= Max1)
		return 1;
	if(r <= Max2)
		return 2;
	return r <= Max3? 3: 4;
}

int runenlen(const Rune *r, int n)
{
	int sum;

	for(sum = 0; n > 0; n--)
		sum += runelen(*r++);
	return sum;
}

/* 1 if chartorune needs no more than the n bytes at s, be they good or bad. */
int fullrune(const char *s, int n)
{
	int i, want;

	if(n <= 0)
		return 0;
	want = announced(s[0]);
	for(i = 1; i < want; i++){
		if(i >= n)
			return 0;
		if((s[i] & 0xC0) != 0x80)
			break;
	}
	return 1;
}

/* Runes in the string s. */
int utflen(const char *s)
{
	Rune r;
	int n;

	for(n = 0; *s != 0; n++){
		if((uchar)*s < Runeself)
			s++;
		else
			s += chartorune(&r, s);
	}
	return n;
}

/* Runes in the first max bytes of s; one cut off by the end is not counted. */
int utfnlen(const char *s, long max)
{
	const char *end;
	Rune r;
	int n;

	end = s+max;
	for(n = 0; s < end && *s != 0; n++){
		if(!fullrune(s, end-s > UTFmax? UTFmax: end-s))
			break;
		s += chartorune(&r, s);
	}
	return n;
}

/* First, and last, place of rune c in s; nil if there is none. */
char *utfrune(const char *s, long c)
{
	Rune r;
	int n;

	if(c < Runeself)
		return strchr(s, c);
	for(; *s != 0; s += n){
		n = chartorune(&r, s);
		if(r == (Rune)c)
			return (char*)s;
	}
	return nil;
}

char *utfrrune(const char *s, long c)
{
	const char *last;
	Rune r;
	int n;

	if(c < Runeself)
		return strrchr(s, c);
	last = nil;
	for(; *s != 0; s += n){
		n = chartorune(&r, s);
		if(r == (Rune)c)
			last = s;
	}
	return (char*)last;
}

/* UTF-8 keeps its runes apart, so this is a search for bytes. */
char *utfutf(const char *s, const char *sub)
{
	return strstr(s, sub);
}

/* Copy from into to[..end), cut at a whole rune, terminate; returns the NUL. */
char *utfecpy(char *to, char *end, const char *from)
{
	Rune r;
	int n;

	if(to >= end)
		return to;
	for(; *from != 0; from += n, to += n){
		n = chartorune(&r, from);
		if(end-to <= n)
			break;
		memmove(to, from, n);
	}
	*to = 0;
	return to;
}

/* Copy from into to[..end), cut, terminate; returns the NUL. */
char *strecpy(char *to, char *end, const char *from)
{
	if(to >= end)
		return to;
	while(to < end-1 && *from != 0)
		*to++ = *from++;
	*to = 0;
	return to;
}
