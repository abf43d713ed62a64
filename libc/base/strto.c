/*
 * Text to integers: one scanner for all widths.  What does not fit gives the
 * nearest number that does.
 */
#include "u.h"
#include "lib.h"

vlong atoll(const char *s);
long atol(const char *s);

typedef struct Num Num;
struct Num {
	uvlong v;
	int neg;
	int over;		/* v did not fit */
	const char *end;	/* after the last digit; the start if there was none */
};

static int digitval(int c)
{
	if(c >= '0' && c <= '9')
		return c-'0';
	if(c >= 'a' && c <= 'z')
		return c-'a'+10;
	if(c >= 'A' && c <= 'Z')
		return c-'A'+10;
	return 36;
}

/* 0x only counts as a prefix if a hexadecimal digit follows */
static int hexprefix(const char *s)
{
	return s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && digitval(s[2]) < 16;
}

static Num scan(const char *s, int base)
{
	Num n;
	int d;

	n = (Num){.end = s};
	while(*s == ' ' || (*s >= '\t' && *s <= '\r'))
		s++;
	if(*s == '-' || *s == '+')
		n.neg = *s++ == '-';
	if((base == 0 || base == 16) && hexprefix(s)){
		s += 2;
		base = 16;
	}else if(base == 0)
		base = *s == '0'? 8: 10;
	if(base < 2 || base > 36)
		return n;
	for(; (d = digitval(*s)) < base; s++){
		if(__builtin_mul_overflow(n.v, (uvlong)base, &n.v) || __builtin_add_overflow(n.v, (uvlong)d, &n.v))
			n.over = 1;
		n.end = s+1;
	}
	return n;
}

vlong strtoll(const char *s, char **end, int base)
{
	enum { Min = 1 };
	uvlong limit;
	Num n;

	n = scan(s, base);
	if(end)
		*end = (char*)n.end;
	limit = ~0ULL>>1;
	if(n.neg)
		return n.over || n.v > limit? -(vlong)limit - Min: -(vlong)n.v;
	return n.over || n.v > limit? (vlong)limit: (vlong)n.v;
}

/* A minus sign negates modulo 2^64, as in C. */
uvlong strtoull(const char *s, char **end, int base)
{
	Num n;

	n = scan(s, base);
	if(end)
		*end = (char*)n.end;
	if(n.over)
		return ~0ULL;
	return n.neg? -n.v: n.v;
}

long strtol(const char *s, char **end, int base)
{
	return strtoll(s, end, base);
}

ulong strtoul(const char *s, char **end, int base)
{
	return strtoull(s, end, base);
}

vlong atoll(const char *s)
{
	return strtoll(s, nil, 0);
}

long atol(const char *s)
{
	return strtoll(s, nil, 0);
}

int atoi(const char *s)
{
	return strtoll(s, nil, 0);
}
