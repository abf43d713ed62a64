/*
 * Printing into Runes: the same engine with Fmt.runes set, so that a unit of
 * the buffer is a Rune; and formats that are Runes themselves.
 */
#include "u.h"
#include "libc.h"

enum { Nolimit = 1<<28 };

/* As vseprint: always terminated; returns the terminator's place. */
Rune *runevseprint(Rune *buf, Rune *end, char *fmt, va_list args)
{
	Fmt f;

	if(end <= buf)
		return buf;
	memset(&f, 0, sizeof f);
	f.runes = 1;
	f.start = (char*)buf;
	f.to = f.start;
	f.stop = (char*)(end-1);
	va_copy(f.args, args);
	dofmt(&f, fmt);
	va_end(f.args);
	*(Rune*)(void*)f.to = 0;
	return (Rune*)(void*)f.to;
}

Rune *runeseprint(Rune *buf, Rune *end, char *fmt, ...)
{
	va_list args;
	Rune *r;

	va_start(args, fmt);
	r = runevseprint(buf, end, fmt, args);
	va_end(args);
	return r;
}

int runevsnprint(Rune *buf, int n, char *fmt, va_list args)
{
	if(n <= 0)
		return 0;
	return runevseprint(buf, buf+n, fmt, args) - buf;
}

int runesnprint(Rune *buf, int n, char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	n = runevsnprint(buf, n, fmt, args);
	va_end(args);
	return n;
}

int runesprint(Rune *buf, char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = runevsnprint(buf, Nolimit, fmt, args);
	va_end(args);
	return n;
}

Rune *runevsmprint(char *fmt, va_list args)
{
	Fmt f;
	int n;

	if(runefmtstrinit(&f) < 0)
		return nil;
	va_copy(f.args, args);
	n = dofmt(&f, fmt);
	va_end(f.args);
	if(n < 0){
		free(f.start);
		return nil;
	}
	return runefmtstrflush(&f);
}

Rune *runesmprint(char *fmt, ...)
{
	va_list args;
	Rune *r;

	va_start(args, fmt);
	r = runevsmprint(fmt, args);
	va_end(args);
	return r;
}

/* dofmt with a format of Runes. */
int dorfmt(Fmt *f, const Rune *fmt)
{
	char *s;
	int n;

	s = smprint("%S", fmt);
	if(s == nil)
		return -1;
	n = dofmt(f, s);
	free(s);
	return n;
}

/* A malloced copy, quoted for rc if need be; nil without memory. */
Rune *quoterunestrdup(Rune *s)
{
	return runesmprint("%Q", s);
}

/* A malloced copy with one level of quotes taken off; nil without memory. */
Rune *unquoterunestrdup(Rune *s)
{
	char *quoted, *plain;
	Rune *r;

	r = nil;
	quoted = smprint("%S", s);
	plain = quoted? unquotestrdup(quoted): nil;
	if(plain != nil)
		r = runesmprint("%s", plain);
	free(plain);
	free(quoted);
	return r;
}
