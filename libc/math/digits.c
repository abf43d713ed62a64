/*
 * Floating point to decimal digits, exactly: v is the fraction r/s of two
 * big numbers, from which digit after digit is taken; what is left says how
 * to round (half to even).
 */
#include "u.h"
#include "libc.h"
#include "big.h"
#include "float.h"

/* Is r/s less than 1/10? */
static int small(Big *r, Big *s)
{
	Big t;

	if(bigbits(s) - bigbits(r) < 4)
		return 0;
	if(bigbits(s) - bigbits(r) > 4)
		return 1;
	t.n = r->n;
	memmove(t.w, r->w, r->n*sizeof r->w[0]);
	bigmuladd(&t, 10, 0);
	return bigcmp(&t, s) < 0;
}

/* r/s = v / 10^*point, at least 0.1 and less than 1 */
static void scale(double v, Big *r, Big *s, int *point)
{
	u64int bits, m;
	int e, k;

	bits = bitsof(v);
	m = bits & FRACMASK;
	e = expof(bits);
	if(e == 0)
		e = 1;
	else
		m |= 1UL<<Fracbits;
	e -= Expbias+Fracbits;		/* v = m * 2^e */
	bigset(r, m);
	bigset(s, 1);
	if(e > 0)
		bigshl(r, e);
	else
		bigshl(s, -e);
	/* 10^(k-1) <= v < 10^k, or k is one too small: log10(2) is 1233/4096 and a bit */
	k = (bigbits(r)-bigbits(s) - 1)*1233 >> 12;
	if(k > 0)
		bigpow10(s, k);
	else
		bigpow10(r, -k);
	for(; bigcmp(r, s) >= 0; k++)
		bigmuladd(s, 10, 0);
	for(; small(r, s); k--)	/* the estimate was too large */
		bigmuladd(r, 10, 0);
	*point = k;
}

/* The next digit of r/s */
static int digit(Big *r, Big *s)
{
	int d;

	bigmuladd(r, 10, 0);
	for(d = 0; bigcmp(r, s) >= 0; d++)
		bigsub(r, s);
	return d;
}

static u64int low(Big *b)
{
	return b->n == 0? 0: b->n == 1? b->w[0]: (u64int)b->w[1]<<32 | b->w[0];
}

/* n digits of r/s, s of 60 bits; what is left compared to one half */
static int smalldigits(Big *r, Big *s, char *buf, int n)
{
	u64int a, b;
	int i;

	a = low(r);
	b = low(s);
	for(i = 0; i < n; i++){
		a *= 10;
		buf[i] = '0' + a/b;
		a %= b;
	}
	return 2*a < b? -1: 2*a > b;
}

/* Add one to the last of n digits; 1 if all were 9 and it is a one and zeros now. */
static int roundup(char *buf, int n)
{
	while(n > 0 && buf[n-1] == '9')
		buf[--n] = '0';
	if(n > 0){
		buf[n-1]++;
		return 0;
	}
	return 1;
}

int fltdigits(double v, int fixed, int n, char *buf, int *point)
{
	Big r, s;
	int i, c;

	scale(v, &r, &s, point);
	if(fixed)
		n += *point;
	if(n > Maxdigits)
		n = Maxdigits;
	if(n < 0)
		return 0;
	if(s.n <= 2 && bigbits(&s) <= 60)
		c = smalldigits(&r, &s, buf, n);
	else{
		for(i = 0; i < n; i++)
			buf[i] = '0' + digit(&r, &s);
		bigshl(&r, 1);
		c = bigcmp(&r, &s);
	}
	if(c < 0 || (c == 0 && (n == 0 || (buf[n-1] & 1) == 0)))
		return n;
	if(!roundup(buf, n))
		return n;
	buf[0] = '1';
	++*point;
	if(fixed && n < Maxdigits){
		if(n > 0)
			buf[n] = '0';
		n++;
	}
	return n;
}
