/*
 * %e %f %g, and E and G: floating point (print(2)).  Exact to any precision
 * up to Maxprec, to which greater ones are cut.
 */
#include "u.h"
#include "libc.h"
#include "../base/fmtpriv.h"
#include "big.h"
#include "float.h"

enum {
	Maxprec = 1000,
	Room = 310 + 1 + Maxprec + 8,	/* digits, point, digits, exponent */
};

int fmtfloat(Fmt *f);

typedef struct Dec Dec;
struct Dec {	/* 0.d1d2d3… * 10^point */
	char d[Maxdigits];
	int n;
	int point;
};

/* Digit i, counted from the point leftward as negative; beyond the known ones 0. */
static int at(Dec *x, int i)
{
	i += x->point;
	return i >= 0 && i < x->n? x->d[i]: '0';
}

static char *withpoint(char *to, Dec *x, int prec, int sharp)
{
	int i;

	if(x->point <= 0)
		*to++ = '0';
	for(i = -x->point; i < 0; i++)
		*to++ = at(x, i);
	if(prec > 0 || sharp)
		*to++ = '.';
	for(i = 0; i < prec; i++)
		*to++ = at(x, i);
	return to;
}

static char *exponent(char *to, char *end, int e, int verb)
{
	*to++ = verb;
	*to++ = e < 0? '-': '+';
	return seprint(to, end, "%.2d", e < 0? -e: e);
}

/* d.ddde+dd */
static char *scientific(char *to, char *end, Dec *x, int prec, int sharp, int verb)
{
	int i;

	*to++ = x->n > 0? x->d[0]: '0';
	if(prec > 0 || sharp)
		*to++ = '.';
	for(i = 1; i <= prec; i++)
		*to++ = i < x->n? x->d[i]: '0';
	return exponent(to, end, x->n > 0? x->point-1: 0, verb);
}

static void decimal(Dec *x, double v, int fixed, int n)
{
	x->n = 0;
	x->point = 0;
	if(v == 0)
		return;
	x->n = fltdigits(v, fixed, n, x->d, &x->point);
	if(x->n == 0)
		x->point = 0;
}

/* %g: the shorter style, without zeros at the end unless # asks for them */
static char *general(char *to, char *end, double v, int prec, int sharp, int verb)
{
	int e, shown;
	Dec x;

	if(prec == 0)
		prec = 1;
	decimal(&x, v, 0, prec);
	e = x.n > 0? x.point-1: 0;
	shown = prec;
	if(!sharp){
		while(x.n > 0 && x.d[x.n-1] == '0')
			x.n--;
		shown = x.n > 0? x.n: 1;
	}
	if(e < -4 || e >= prec)
		return scientific(to, end, &x, shown-1, sharp, verb);
	return withpoint(to, &x, shown > e+1? shown-1-e: 0, sharp);
}

static char *convert(Fmt *f, char *to, char *end, double v)
{
	int prec, sharp;
	Dec x;

	prec = (f->flags & FmtPrec)? f->prec: 6;
	if(prec > Maxprec)
		prec = Maxprec;
	sharp = (f->flags & FmtSharp) != 0;
	switch(f->r){
	case 'f':
		decimal(&x, v, 1, prec);
		return withpoint(to, &x, prec, sharp);
	case 'e':
	case 'E':
		decimal(&x, v, 0, prec+1);
		return scientific(to, end, &x, prec, sharp, f->r);
	}
	return general(to, end, v, prec, sharp, f->r == 'G'? 'E': 'e');
}

int fmtfloat(Fmt *f)
{
	char buf[Room], *end, *sign;
	double v;
	int neg;

	if(f->flags & FmtLDouble)
		v = va_arg(f->args, long double);
	else
		v = va_arg(f->args, double);
	neg = bitsof(v)>>63;
	sign = neg? "-": f->flags & FmtSign? "+": f->flags & FmtSpace? " ": "";
	if(v != v || v-v != 0){
		f->flags &= ~(ulong)FmtZero;
		if(v != v)
			return fmtnumber(f, "", 0, "NaN", 3);
		return fmtnumber(f, neg? "-": "+", 0, "Inf", 3);
	}
	end = convert(f, buf, buf+sizeof buf, neg? -v: v);
	return fmtnumber(f, sign, 0, buf, end-buf);
}
