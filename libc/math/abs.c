/* abs.c: whole numbers: abs(2), and a*b/c without overflow (muldiv(2)). */
#include "u.h"
#include "libc.h"

int abs(int x)
{
	return x < 0? -x: x;
}

long labs(long x)
{
	return x < 0? -x: x;
}

vlong llabs(vlong x)
{
	return x < 0? -x: x;
}

/* a*b/c, in 128 bits in between; a quotient that does not fit traps */
ulong umuldiv(ulong a, ulong b, ulong c)
{
	ulong hi, lo;

	asm("mulq %3" : "=a"(lo), "=d"(hi) : "a"(a), "rm"(b) : "cc");
	asm("divq %2" : "+a"(lo), "+d"(hi) : "rm"(c) : "cc");
	return lo;
}

long muldiv(long a, long b, long c)
{
	long hi, lo;

	asm("imulq %3" : "=a"(lo), "=d"(hi) : "a"(a), "rm"(b) : "cc");
	asm("idivq %2" : "+a"(lo), "+d"(hi) : "rm"(c) : "cc");
	return lo;
}
