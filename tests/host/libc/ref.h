/* ref.h: see ref.c */
#pragma once
void refprint(char *buf, int n, const char *fmt, int prec, double d);
double refread(const char *s);
long double reffun(const char *name, double x);
long double refpow(double x, double y);
long double refatan2(double y, double x);
long double refhypot(double x, double y);
double reffmod(double x, double y);
double refldexp(double x, int e);
