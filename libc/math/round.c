/*
 * Parts of numbers and special values (floor(2), frexp(2), nan(2)), by the
 * bits of a double.
 */
#include "u.h"
#include "libc.h"
#include "float.h"

#define EXP1 ((u64int)Expbias<<Fracbits)

double NaN(void)
{
	return frombits(0x7FF8000000000000UL);
}

/* sign < 0: minus infinity */
double Inf(int sign)
{
	return frombits(((u64int)Expmask<<Fracbits) | (sign < 0? SIGNBIT: 0));
}

int isNaN(double x)
{
	return x != x;
}

/* sign 0: either one */
int isInf(double x, int sign)
{
	u64int v;

	v = bitsof(x);
	if((v & ~SIGNBIT) != (u64int)Expmask<<Fracbits)
		return 0;
	return sign == 0 || (sign < 0) == (int)(v>>63);
}

double fabs(double x)
{
	return frombits(bitsof(x) & ~SIGNBIT);
}

/* x without its fraction */
static double trunc_(double x)
{
	u64int v;
	int e;

	v = bitsof(x);
	e = expof(v) - Expbias;
	if(e < 0)
		return frombits(v & SIGNBIT);
	if(e >= Fracbits)
		return x;
	return frombits(v & ~(FRACMASK>>e));
}

double floor(double x)
{
	double t;

	t = trunc_(x);
	return t > x? t-1: t;
}

double ceil(double x)
{
	return -floor(-x);
}

/* The fraction of x, with its sign; *whole the rest. */
double modf(double x, double *whole)
{
	*whole = trunc_(x);
	if(isInf(x, 0))
		return frombits(bitsof(x) & SIGNBIT);
	return frombits((bitsof(x - *whole) & ~SIGNBIT) | (bitsof(x) & SIGNBIT));
}

/* x = f * 2^*exp with f at least 1/2 and less than 1 */
double frexp(double x, int *exp)
{
	u64int v;

	*exp = 0;
	v = bitsof(x);
	if(x == 0 || expof(v) == Expmask)
		return x;
	if(expof(v) == 0){	/* denormal */
		v = bitsof(x * 0x1p54);
		*exp = -54;
	}
	*exp += expof(v) - (Expbias-1);
	return frombits((v & ~((u64int)Expmask<<Fracbits)) | (u64int)(Expbias-1)<<Fracbits);
}

static double pow2(int e)
{
	return frombits((u64int)(e+Expbias)<<Fracbits);
}

double ldexp(double x, int e)
{
	int f;

	if(x == 0 || x-x != 0)
		return x;
	x = frexp(x, &f);	/* x*2 is in [1, 2) now */
	if(e > 4096)
		e = 4096;
	if(e < -4096)
		e = -4096;
	e += f;
	if(e > 1024)
		return x < 0? Inf(-1): Inf(1);
	if(e < -1080)
		return x < 0? -0.0: 0;
	if(e > -1022)
		return x*2*pow2(e-1);
	return x * pow2(e+100) * pow2(-100);	/* rounded once, at the end */
}

/* x - n*y for the whole n towards 0 that makes the result's size less than y's. */
double fmod(double x, double y)
{
	long double a, b;

	if(x-x != 0 || y != y || y == 0)
		return NaN();
	if(isInf(y, 0))
		return x;
	a = x;
	b = y;
	asm volatile("1: fprem\n\tfnstsw %%ax\n\ttestb $4,%%ah\n\tjne 1b"
		: "+t"(a) : "u"(b) : "ax", "cc");
	return a;
}
