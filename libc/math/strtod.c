/*
 * strtod: decimal text to the nearest double, half to even.  Short numbers
 * are done with one exact operation; others as the quotient of two big
 * numbers, of which 64 bits and whether there is more are enough to round.
 */
#include "u.h"
#include "libc.h"
#include "big.h"
#include "float.h"

enum {
	Exact = 15,		/* digits that a double holds */
	Exactexp = 22,		/* powers of ten that a double holds */
	Toobig = 310,		/* decimal exponents beyond which the answer is clear */
	Toosmall = -326,
	Maxexp = 99999,
};

typedef struct Text Text;
struct Text {	/* 0.ddd… * 10^point */
	char d[Maxdigits];
	int n;		/* without zeros in front; the last one is not 0 */
	long point;
	int neg;
	int more;	/* digits other than 0 were dropped */
};

static int isdigit_(int c)
{
	return c >= '0' && c <= '9';
}

static int matches(const char *s, const char *word)
{
	return cistrncmp(s, word, strlen(word)) == 0;
}

static void adddigit(Text *t, int c, int fraction)
{
	if(t->n == 0 && c == '0'){
		t->point -= fraction;
		return;
	}
	if(t->n < Maxdigits)
		t->d[t->n++] = c;
	else if(c != '0')
		t->more = 1;
	t->point += !fraction;
}

/* The number's text; what follows it, or nil if there is none. */
static const char *parse(Text *t, const char *s)
{
	const char *e;
	int digits, neg;
	long x;

	digits = 0;
	for(; isdigit_(*s); s++, digits++)
		adddigit(t, *s, 0);
	if(*s == '.' && (digits > 0 || isdigit_(s[1])))
		for(s++; isdigit_(*s); s++, digits++)
			adddigit(t, *s, 1);
	if(digits == 0)
		return nil;
	if(*s == 'e' || *s == 'E'){
		e = s+1;
		neg = *e == '-';
		e += *e == '-' || *e == '+';
		if(isdigit_(*e)){
			for(x = 0; isdigit_(*e); e++)
				if(x < Maxexp)
					x = x*10 + *e-'0';
			t->point += neg? -x: x;
			s = e;
		}
	}
	if(!t->more)
		while(t->n > 0 && t->d[t->n-1] == '0')
			t->n--;
	return s;
}

/* Few digits and a small exponent: both exact, so one rounding. */
static int easy(Text *t, double *d)
{
	static const double tens[Exactexp+1] = {
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
	};
	long e, v;
	int i;

	e = t->point - t->n;
	if(t->n > Exact || e < -Exactexp || e > Exactexp)
		return 0;
	v = 0;
	for(i = 0; i < t->n; i++)
		v = v*10 + t->d[i]-'0';
	*d = e < 0? v/tens[-e]: v*tens[e];
	return 1;
}

/* m * 2^e, m's highest bit set, sticky if there is more: rounded to a double */
static double assemble(u64int m, int e, int sticky)
{
	u64int half, low;
	int drop;

	e += 63 + Expbias;		/* now as in a double */
	drop = 63-Fracbits;
	if(e <= 0){			/* denormal: fewer bits stay */
		drop += 1-e;
		e = 1;
	}
	if(drop > 64)
		return 0;
	low = drop == 64? m: m & ((1UL<<drop)-1);
	half = 1UL<<(drop-1);
	m = drop == 64? 0: m>>drop;
	if(low > half || (low == half && (sticky || (m & 1))))
		m++;
	/* the bit at Fracbits, if set, adds one to the exponent, as does a carry from m++ */
	if(e + (int)(m>>Fracbits) - 1 >= Expmask)
		return Inf(1);
	return frombits(((u64int)(e-1)<<Fracbits) + m);
}

static double hard(Text *t)
{
	Big num, den;
	u64int m;
	long e;
	int i, shift;

	bigset(&num, 0);
	for(i = 0; i < t->n; i++)
		bigmuladd(&num, 10, t->d[i]-'0');
	bigset(&den, 1);
	e = t->point - t->n;
	if(e > 0)
		bigpow10(&num, e);
	else
		bigpow10(&den, -e);
	/* make num/den at least 1/2 and less than 2 */
	shift = bigbits(&den) - bigbits(&num);
	if(shift > 0)
		bigshl(&num, shift);
	else
		bigshl(&den, -shift);
	if(bigcmp(&num, &den) < 0){
		bigshl(&num, 1);
		shift++;
	}
	m = 0;
	for(i = 63;; i--){		/* num/den is in [1, 2): its bits */
		if(bigcmp(&num, &den) >= 0){
			bigsub(&num, &den);
			m |= 1UL<<i;
		}
		if(i == 0)
			break;
		bigshl(&num, 1);
	}
	return assemble(m, -shift-63, num.n > 0 || t->more);
}

static double value(Text *t)
{
	double d;

	if(t->n == 0 || t->point < Toosmall)
		return 0;
	if(t->point > Toobig)
		return Inf(1);
	if(easy(t, &d))
		return d;
	return hard(t);
}

/* *end, if not nil, is set to what follows the number; s if there is none. */
double strtod(const char *s, char **end)
{
	const char *p, *start;
	double d;
	Text t;

	start = s;
	while(*s == ' ' || (*s >= '\t' && *s <= '\r'))
		s++;
	t.n = 0;
	t.point = 0;
	t.more = 0;
	t.neg = *s == '-';
	if(*s == '-' || *s == '+')
		s++;
	if(matches(s, "nan")){
		p = s+3;
		d = NaN();
	}else if(matches(s, "inf")){
		p = s + (matches(s, "infinity")? 8: 3);
		d = Inf(1);
	}else{
		p = parse(&t, s);
		d = p? value(&t): 0;
	}
	if(end)
		*end = (char*)(p? p: start);
	return t.neg && p? -d: d;
}

double atof(const char *s)
{
	return strtod(s, nil);
}

/* A number from get, which gives bytes; at most one byte after it is taken. */
double charstod(int (*get)(void*), void *arg)
{
	enum { Longest = 400 };
	char buf[Longest+1];
	int c, n, seen;	/* seen: 1 a point, 2 an exponent */

	do
		c = get(arg);
	while(c == ' ' || c == '\t');
	seen = 0;
	for(n = 0; n < Longest; c = get(arg)){
		if((c == '-' || c == '+') && (n == 0 || buf[n-1] == 'e'))
			;
		else if(c == '.' && seen == 0)
			seen = 1;
		else if((c == 'e' || c == 'E') && seen < 2 && n > 0){
			seen = 2;
			c = 'e';
		}else if(!isdigit_(c))
			break;
		buf[n++] = c;
	}
	buf[n] = 0;
	return strtod(buf, nil);
}
