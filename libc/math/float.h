/* float.h: the parts of a double (IEEE 754 binary64) */
#pragma once

enum {
	Fracbits = 52,
	Expmask = 0x7FF,
	Expbias = 1023,
};
#define FRACMASK ((1UL<<Fracbits)-1)
#define SIGNBIT (1UL<<63)

static inline u64int bitsof(double d)
{
	u64int v;

	__builtin_memcpy(&v, &d, sizeof v);
	return v;
}

static inline double frombits(u64int v)
{
	double d;

	__builtin_memcpy(&d, &v, sizeof d);
	return d;
}

#define expof(v) ((int)((v)>>Fracbits) & Expmask)
