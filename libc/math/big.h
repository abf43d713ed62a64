/*
 * big.h: natural numbers of bounded size, for the exact conversions between
 * decimal text and floating point.  Nothing is allocated; a result that
 * would not fit is a mistake of the caller, who knows his bounds.
 */
#pragma once

enum {
	Bigwords = 248,		/* 7936 bits: 800 digits times 10^1130, with room to shift */
	Maxdigits = 800,	/* significant digits; no double has more than 767 */
};

typedef struct Big Big;
struct Big {
	int n;			/* words in use; the last is not 0 */
	u32int w[Bigwords];	/* least first */
};

void bigset(Big *b, u64int v);
void bigmuladd(Big *b, u32int mul, u32int add);
void bigpow10(Big *b, int e);	/* b *= 10^e */
void bigshl(Big *b, int n);
void bigsub(Big *a, const Big *b);	/* a -= b; a >= b */
int bigcmp(const Big *a, const Big *b);
int bigbits(const Big *b);

/*
 * The decimal digits of v > 0, rounded correctly: n significant ones
 * (fixed 0), or all up to n after the point (fixed 1).  At most Maxdigits are
 * made, what follows is 0.  *point: the point stands before buf[*point].
 * Returns how many digits; 0 if v rounds to 0.
 */
int fltdigits(double v, int fixed, int n, char *buf, int *point);
