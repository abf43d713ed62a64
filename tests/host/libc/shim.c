/*
 * shim.c: the host calls that glibc lacks, for the tests of libc/base under
 * Linux: locks that only check that they are used in pairs, the error
 * string.  Test programs have one thread.
 */
#include "../../../libc/include/u.h"
#include "../../../libc/include/lib.h"

static char err[ERRMAX];

void lock(Lock *l)
{
	if(l->users)
		__builtin_trap();
	l->users = 1;
}

int canlock(Lock *l)
{
	if(l->users)
		return 0;
	l->users = 1;
	return 1;
}

void unlock(Lock *l)
{
	if(!l->users)
		__builtin_trap();
	l->users = 0;
}

void werrstr(char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprint(err, sizeof err, fmt, args);
	va_end(args);
}

void rerrstr(char *buf, uint n)
{
	strecpy(buf, buf+n, err);
}

#ifndef SHIMNOMALLOCZ
void *mallocz(usize n, int clr)
{
	void *p;

	p = malloc(n);
	if(p && clr)
		memset(p, 0, n);
	return p;
}
#endif
