/*
 * What kind of rune is it, and its other case (isalpharune(2)); binary
 * search in the tables of runetab.c.
 */
#include "u.h"
#include "libc.h"
#include "runetab.h"

static int inrange(const Range *t, int n, Rune c)
{
	int lo, hi, mid;

	lo = 0;
	hi = n;
	while(lo < hi){
		mid = (lo+hi)/2;
		if(c > t[mid].hi)
			lo = mid+1;
		else
			hi = mid;
	}
	return lo < n && c >= t[lo].lo;
}

static Rune mapped(const Casemap *t, int n, Rune c)
{
	int lo, hi, mid;

	lo = 0;
	hi = n;
	while(lo < hi){
		mid = (lo+hi)/2;
		if(c > t[mid].hi)
			lo = mid+1;
		else
			hi = mid;
	}
	if(lo < n && c >= t[lo].lo && (c - t[lo].lo)%t[lo].step == 0)
		return c + t[lo].delta;
	return c;
}

int isalpharune(Rune c)
{
	return inrange(runealpha, nrunealpha, c);
}

int isdigitrune(Rune c)
{
	return inrange(runedigit, nrunedigit, c);
}

int isupperrune(Rune c)
{
	return inrange(runeupper, nruneupper, c);
}

int islowerrune(Rune c)
{
	return inrange(runelower, nrunelower, c);
}

int istitlerune(Rune c)
{
	return inrange(runetitle, nrunetitle, c);
}

int isspacerune(Rune c)
{
	return inrange(runespace, nrunespace, c);
}

Rune toupperrune(Rune c)
{
	return mapped(runetoupper, nrunetoupper, c);
}

Rune tolowerrune(Rune c)
{
	return mapped(runetolower, nrunetolower, c);
}

Rune totitlerune(Rune c)
{
	Rune t;

	t = mapped(runetotitle, nrunetotitle, c);
	return t != c || istitlerune(c)? t: toupperrune(c);
}
