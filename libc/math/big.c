/* Arithmetic on big natural numbers; see big.h. */
#include "u.h"
#include "libc.h"
#include "big.h"

static void trim(Big *b)
{
	while(b->n > 0 && b->w[b->n-1] == 0)
		b->n--;
}

void bigset(Big *b, u64int v)
{
	b->n = 2;
	b->w[0] = v;
	b->w[1] = v>>32;
	trim(b);
}

void bigmuladd(Big *b, u32int mul, u32int add)
{
	u64int acc;
	int i;

	acc = add;
	for(i = 0; i < b->n; i++){
		acc += (u64int)b->w[i]*mul;
		b->w[i] = acc;
		acc >>= 32;
	}
	if(acc != 0 && b->n < Bigwords)
		b->w[b->n++] = acc;
}

void bigpow10(Big *b, int e)
{
	enum { Billion = 1000000000 };

	for(; e >= 9; e -= 9)
		bigmuladd(b, Billion, 0);
	for(; e > 0; e--)
		bigmuladd(b, 10, 0);
}

void bigshl(Big *b, int n)
{
	int i, words, bits;

	words = n/32;
	bits = n%32;
	if(b->n == 0 || b->n+words+1 > Bigwords)
		return;
	b->w[b->n] = 0;
	for(i = b->n; i >= 0; i--){
		b->w[i+words] = b->w[i]<<bits;
		if(bits && i > 0)
			b->w[i+words] |= b->w[i-1]>>(32-bits);
	}
	for(i = 0; i < words; i++)
		b->w[i] = 0;
	b->n += words+1;
	trim(b);
}

void bigsub(Big *a, const Big *b)
{
	s64int acc;
	int i;

	acc = 0;
	for(i = 0; i < a->n; i++){
		acc += a->w[i];
		if(i < b->n)
			acc -= b->w[i];
		a->w[i] = acc;
		acc >>= 32;
	}
	trim(a);
}

int bigcmp(const Big *a, const Big *b)
{
	int i;

	if(a->n != b->n)
		return a->n < b->n? -1: 1;
	for(i = a->n-1; i >= 0; i--)
		if(a->w[i] != b->w[i])
			return a->w[i] < b->w[i]? -1: 1;
	return 0;
}

int bigbits(const Big *b)
{
	if(b->n == 0)
		return 0;
	return 32*b->n - __builtin_clz(b->w[b->n-1]);
}
