/*
 * Circular functions (sin(2)).  The argument is reduced by multiplying it
 * with as many bits of 2/pi as matter (Payne and Hanek, SIGNUM Newsletter
 * 18, 1983), so that large ones lose nothing; the rest, at most pi/4, goes
 * into a Taylor series in 64 bits of mantissa.
 */
#include "u.h"
#include "libc.h"
#include "float.h"

typedef long double Ext;
typedef unsigned __int128 U128;

#define HALFPI 1.57079632679489661923132169163975144L

/* 2/pi = 0.A2F9836E… */
static const u64int twobypi[] = {
	0xA2F9836E4E441529UL, 0xFC2757D1F534DDC0UL, 0xDB6295993C439041UL,
	0xFE5163ABDEBBC561UL, 0xB7246E3A424DD2E0UL, 0x06492EEA09D1921CUL,
	0xFE1DEB1CB129A73EUL, 0xE88235F52EBB4484UL, 0xE99C7026B45F7E41UL,
	0x3991D639835339F4UL, 0x9C845F8BBDF9283BUL, 0x1FF897FFDE05980FUL,
	0xEF2F118B5A0A6D1FUL, 0x6D367ECF27CB09B7UL, 0x4F463F669E5FEA2DUL,
	0x7527BAC7EBE5F17BUL, 0x3D0739F78A5292EAUL, 0x6BFB5FB11F8D5D08UL,
	0x56033046FC7B6BABUL, 0xF0CFBC209AF4361DUL,
};

/* 64 bits of 2/pi after the first n */
static u64int window(int n)
{
	u64int v;

	v = twobypi[n/64]<<(n%64);
	if(n%64)
		v |= twobypi[n/64+1]>>(64-n%64);
	return v;
}

/*
 * p[0..3], least first, = m * (192 bits of 2/pi after the first n)
 */
static void multiply(u64int p[4], u64int m, int n)
{
	U128 acc;
	int i;

	acc = 0;
	for(i = 0; i < 3; i++){
		acc += (U128)m * window(n + 64*(2-i));
		p[i] = acc;
		acc >>= 64;
	}
	p[3] = acc;
}

static void shiftright(u64int p[4], int n)
{
	int i;

	if(n == 0)
		return;
	for(i = 0; i < 3; i++)
		p[i] = p[i]>>n | p[i+1]<<(64-n);
	p[3] >>= n;
}

/* The 192-bit fraction f, of which the highest bit counts 1/2, as a number below 1. */
static Ext fraction(u64int f[3])
{
	Ext x;
	int i, e;

	e = 0;
	for(i = 2; i > 0 && f[i] == 0; i--)
		e -= 64;
	x = f[i] * 0x1p-64L;
	if(i > 0)
		x += f[i-1] * 0x1p-128L;
	for(; e < 0; e += 64)
		x *= 0x1p-64L;
	return x;
}

/* x, finite, is *quadrant quarter turns and the result, at most pi/4 either way */
static Ext reduce(double x, int *quadrant)
{
	u64int v, m, p[4];
	Ext r;
	int e, q, i, neg;

	*quadrant = 0;
	if(fabs(x) <= 0.78)
		return x;
	v = bitsof(x);
	m = (v & FRACMASK) | 1UL<<Fracbits;
	e = expof(v) - Expbias - Fracbits;	/* |x| = m * 2^e */
	/* bits of 2/pi that only give whole turns are left out */
	if(e >= 2)
		multiply(p, m, e-2);
	else{
		multiply(p, m, 0);
		shiftright(p, 2-e);
	}
	/* p[2] has the quarter turns in its two highest bits, then the fraction */
	q = p[2]>>62;
	p[2] = p[2]<<2 | p[1]>>62;
	p[1] = p[1]<<2 | p[0]>>62;
	p[0] <<= 2;
	neg = p[2]>>63;
	if(neg){	/* one more, less what is missing */
		q++;
		for(i = 0; i < 3; i++)
			p[i] = ~p[i];
	}
	r = fraction(p) * HALFPI;
	if(neg)
		r = -r;
	if(x < 0){
		q = -q;
		r = -r;
	}
	*quadrant = q & 3;
	return r;
}

static Ext series(Ext s, const Ext *c, int n)
{
	Ext t;

	for(t = c[--n]; n > 0; )
		t = t*s + c[--n];
	return t;
}

static Ext sine(Ext x)
{
	static const Ext c[] = {	/* 1, -1/3!, 1/5! … */
		1, -1/6.0L, 1/120.0L, -1/5040.0L, 1/362880.0L, -1/39916800.0L,
		1/6227020800.0L, -1/1307674368000.0L, 1/355687428096000.0L,
		-1/121645100408832000.0L,
	};

	return x*series(x*x, c, nelem(c));
}

static Ext cosine(Ext x)
{
	static const Ext c[] = {	/* 1, -1/2!, 1/4! … */
		1, -1/2.0L, 1/24.0L, -1/720.0L, 1/40320.0L, -1/3628800.0L,
		1/479001600.0L, -1/87178291200.0L, 1/20922789888000.0L,
		-1/6402373705728000.0L, 1/2432902008176640000.0L,
	};

	return series(x*x, c, nelem(c));
}

/* sin of x and that many quarter turns more */
static double wave(double x, int ahead)
{
	Ext r;
	int q;

	if(x-x != 0)
		return NaN();
	r = reduce(x, &q);
	switch((q+ahead) & 3){
	case 0:
		return sine(r);
	case 1:
		return cosine(r);
	case 2:
		return -sine(r);
	}
	return -cosine(r);
}

double sin(double x)
{
	return x == 0? x: wave(x, 0);
}

double cos(double x)
{
	return wave(x, 1);
}

double tan(double x)
{
	Ext r;
	int q;

	if(x-x != 0)
		return NaN();
	if(x == 0)
		return x;
	r = reduce(x, &q);
	return q & 1? -cosine(r)/sine(r): sine(r)/cosine(r);
}

static Ext arc(Ext y, Ext x)
{
	Ext r;

	asm("fpatan" : "=t"(r) : "0"(x), "u"(y) : "st(1)");
	return r;
}

/* The angle of the point (x, y) */
double atan2(double y, double x)
{
	return arc(y, x);
}

double atan(double x)
{
	return arc(x, 1);
}

static Ext extsqrt(Ext x)
{
	asm("fsqrt" : "+t"(x));
	return x;
}

double asin(double x)
{
	if(!(fabs(x) <= 1))
		return NaN();
	return arc(x, extsqrt((1 - (Ext)x)*(1 + (Ext)x)));
}

double acos(double x)
{
	if(!(fabs(x) <= 1))
		return NaN();
	return arc(extsqrt((1 - (Ext)x)*(1 + (Ext)x)), x);
}
