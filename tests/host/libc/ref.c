/* ref.c: what glibc makes of the same numbers; only long double functions, for the plain ones are ours */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include "ref.h"

void refprint(char *buf, int n, const char *fmt, int prec, double d)
{
	snprintf(buf, n, fmt, prec, d);
}

double refread(const char *s)
{
	double d;

	d = 0;
	sscanf(s, "%lf", &d);
	return d;
}

static const struct {
	const char *name;
	long double (*f)(long double);
} funs[] = {
	{"sin", sinl}, {"cos", cosl}, {"tan", tanl}, {"asin", asinl}, {"acos", acosl}, {"atan", atanl},
	{"exp", expl}, {"log", logl}, {"log10", log10l}, {"sqrt", sqrtl}, {"sinh", sinhl}, {"cosh", coshl},
	{"tanh", tanhl}, {"floor", floorl}, {"ceil", ceill},
};

long double reffun(const char *name, double x)
{
	unsigned i;

	for(i = 0; i < sizeof funs/sizeof funs[0]; i++)
		if(strcmp(funs[i].name, name) == 0)
			return funs[i].f(x);
	abort();
}

long double refpow(double x, double y)
{
	return powl(x, y);
}

long double refatan2(double y, double x)
{
	return atan2l(y, x);
}

long double refhypot(double x, double y)
{
	return hypotl(x, y);
}

double reffmod(double x, double y)
{
	return fmodl(x, y);
}

double refldexp(double x, int e)
{
	return ldexpl(x, e);
}
