/* sscan: the scan engine on a string. */
#include "u.h"
#include "libc.h"
#include "scan.h"

static int strget(Scan *s)
{
	uchar *p;

	p = s->arg;
	if(*p == 0)
		return -1;
	s->arg = p+1;
	return *p;
}

static void strunget(Scan *s)
{
	s->arg = (uchar*)s->arg - 1;
}

int vsscan(const char *s, char *fmt, va_list args)
{
	Scan in;

	in = (Scan){.get = strget, .unget = strunget, .arg = (void*)s};
	return doscan(&in, fmt, args);
}

int sscan(const char *s, char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsscan(s, fmt, args);
	va_end(args);
	return n;
}
