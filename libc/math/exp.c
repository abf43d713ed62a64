/*
 * Exponentials and logarithms (exp(2), hypot(2), sinh(2)), by way of the
 * x87's base 2 functions: 64 bits of mantissa in between leave results that
 * are wrong by little more than half of the last place.
 */
#include "u.h"
#include "libc.h"
#include "float.h"

typedef long double Ext;

#define LOG2E 1.44269504088896340735992468100189214L
#define LN2 0.693147180559945309417232121458176568L
#define LOG102 0.301029995663981195213738894724493027L

/* y * log2(x), x > 0 */
static Ext ylog2(Ext y, Ext x)
{
	Ext r;

	asm("fyl2x" : "=t"(r) : "0"(x), "u"(y) : "st(1)");
	return r;
}

/* 2^x, |x| < 20000 */
static Ext power2(Ext x)
{
	Ext whole, r;

	asm("frndint" : "=t"(whole) : "0"(x));
	x -= whole;
	asm("f2xm1" : "=t"(r) : "0"(x));	/* |x| <= 1/2 */
	r += 1;
	asm("fscale" : "=t"(r) : "0"(r), "u"(whole));
	return r;
}

static Ext clamp(Ext x)
{
	if(x > 17000)
		return 17000;
	return x < -17000? -17000: x;
}

double exp(double x)
{
	Ext r;
	int k;

	if(x != x)
		return x;
	if(x > 710)
		return Inf(1);
	if(x < -750)
		return 0;
	/* e^x = 2^k e^r; k*ln 2 is taken off in two parts, the first exact */
	k = x*(double)LOG2E + (x < 0? -0.5: 0.5);
	r = (Ext)x - k*0x1.62e42fefp-1L;
	r -= k*(LN2 - 0x1.62e42fefp-1L);
	return power2(r*LOG2E) * power2(k);
}

double log(double x)
{
	if(x != x || isInf(x, 1))
		return x;
	if(x == 0)
		return Inf(-1);
	return x < 0? NaN(): (double)ylog2(LN2, x);
}

double log10(double x)
{
	if(x != x || isInf(x, 1))
		return x;
	if(x == 0)
		return Inf(-1);
	return x < 0? NaN(): (double)ylog2(LOG102, x);
}

static int isodd(double y)
{
	double half;

	return fabs(y) < 0x1p53 && modf(y/2, &half) != 0;
}

static int iswhole(double y)
{
	return floor(y) == y;
}

/* x to a small whole power, by squaring */
static Ext wholepow(Ext x, int n)
{
	Ext r;
	int m;

	r = 1;
	for(m = n < 0? -n: n; m > 0; m >>= 1){
		if(m & 1)
			r *= x;
		x *= x;
	}
	return n < 0? 1/r: r;
}

/* x^y for x 0 or infinite */
static double edgepow(double x, double y)
{
	double r;

	r = (fabs(x) > 1) == (y > 0)? Inf(1): 0;
	return bitsof(x)>>63 && isodd(y)? -r: r;
}

double pow(double x, double y)
{
	double r;
	int neg;

	if(y == 0 || x == 1)
		return 1;
	if(x != x || y != y)
		return NaN();
	if(isInf(y, 0)){
		if(fabs(x) == 1)
			return 1;
		return (fabs(x) > 1) == (y > 0)? Inf(1): 0;
	}
	if(x == 0 || isInf(x, 0))
		return edgepow(x, y);
	if(x < 0 && !iswhole(y))
		return NaN();
	if(iswhole(y) && fabs(y) <= 64)
		return wholepow(x, y);
	neg = x < 0 && isodd(y);
	r = power2(clamp(ylog2(y, fabs(x))));
	return neg? -r: r;
}

double pow10(int n)
{
	return pow(10, n);
}

double sqrt(double x)
{
	double r;

	asm("sqrtsd %1,%0" : "=x"(r) : "x"(x));
	return r;
}

double hypot(double x, double y)
{
	Ext r;

	if(isInf(x, 0) || isInf(y, 0))
		return Inf(1);
	r = (Ext)x*x + (Ext)y*y;
	asm("fsqrt" : "+t"(r));
	return r;
}

/* e^x for the hyperbolic functions, where the double may overflow first */
static Ext extexp(double x)
{
	return power2(clamp(x*LOG2E));
}

static Ext extsinh(double x)
{
	Ext e, s, t;

	if(fabs(x) > 0.5){
		e = extexp(x);
		return (e - 1/e)/2;
	}
	s = (Ext)x*x;		/* the difference above would cancel: sum x^(2k+1)/(2k+1)! */
	t = 1 + s/210*(1 + s/272);
	t = 1 + s/42*(1 + s/72*(1 + s/110*(1 + s/156*t)));
	return x*(1 + s/6*(1 + s/20*t));
}

static Ext extcosh(double x)
{
	Ext e;

	e = extexp(x);
	return (e + 1/e)/2;
}

double sinh(double x)
{
	return x != x || isInf(x, 0) || x == 0? x: (double)extsinh(x);
}

double cosh(double x)
{
	return x != x? x: (double)extcosh(x);
}

double tanh(double x)
{
	if(x != x || x == 0)
		return x;
	if(fabs(x) > 22)
		return x < 0? -1: 1;
	return extsinh(x)/extcosh(x);
}
