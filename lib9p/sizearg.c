/*
 * sizearg.c: numbers of bytes in the arguments of servers.  Sleeps not, holds
 * nothing.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"

/* The bytes that s means: a number, perhaps with K, M or G after it; -1 if it is none, or is too large. */
vlong sizearg(char *s)
{
	static char unit[] = "KMG";
	char *end, *u;
	vlong n;

	n = strtoll(s, &end, 0);
	if(end == s || n < 0 || n > 1LL<<30)
		return -1;
	if(*end != 0 && (u = strchr(unit, *end)) != nil){
		n <<= 10*(u-unit+1);
		end++;
	}
	return *end == 0? n: -1;
}
