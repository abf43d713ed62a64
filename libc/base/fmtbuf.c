/*
 * Printing into memory: fixed buffers (snprint, seprint) and growing ones
 * (smprint, through fmtstrinit).  Fixed buffers are always terminated and
 * never hold part of a rune.
 */
#include "u.h"
#include "lib.h"
#include "fmtpriv.h"

enum { Firstroom = 64 };

static void fixedinit(Fmt *f, char *buf, char *end)
{
	memset(f, 0, sizeof *f);
	f->start = buf;
	f->to = buf;
	f->stop = end-1;	/* the NUL's place */
}

/*
 * Format into buf[0..end) and terminate.  Returns the address of the NUL;
 * buf itself, unwritten, if there is no room even for that.
 */
char *vseprint(char *buf, char *end, char *fmt, va_list args)
{
	Fmt f;

	if(end <= buf)
		return buf;
	fixedinit(&f, buf, end);
	va_copy(f.args, args);
	dofmt(&f, fmt);
	va_end(f.args);
	*f.to = 0;
	return f.to;
}

char *seprint(char *buf, char *end, char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = vseprint(buf, end, fmt, args);
	va_end(args);
	return p;
}

/* The same, by size; returns the bytes before the NUL. */
int vsnprint(char *buf, int n, char *fmt, va_list args)
{
	if(n <= 0)
		return 0;
	return vseprint(buf, buf+n, fmt, args) - buf;
}

int snprint(char *buf, int n, char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	n = vsnprint(buf, n, fmt, args);
	va_end(args);
	return n;
}

/* Double the buffer, keeping a place for the terminator beyond f->stop. */
static int grow(Fmt *f)
{
	usize n, used, term;
	char *p;

	term = f->runes? sizeof(Rune): 1;
	used = f->to - f->start;
	n = (f->stop - f->start + term)*2;
	p = realloc(f->start, n);
	if(p == nil)
		return 0;
	f->start = p;
	f->to = p + used;
	f->stop = p + n - term;
	f->farg = p;
	return 1;
}

static int growinit(Fmt *f, int runes)
{
	memset(f, 0, sizeof *f);
	f->start = malloc(Firstroom);
	if(f->start == nil)
		return -1;
	f->runes = runes;
	f->to = f->start;
	f->stop = f->start + Firstroom - (runes? sizeof(Rune): 1);
	f->flush = grow;
	f->farg = f->start;
	return 0;
}

/* Start f on a buffer that grows by realloc; 0, or -1 without memory. */
int fmtstrinit(Fmt *f)
{
	return growinit(f, 0);
}

int runefmtstrinit(Fmt *f)
{
	return growinit(f, 1);
}

/*
 * Terminate and give the buffer to the caller, who frees it; nil if there
 * was no memory (from fmtstrinit, or on the way: text is never cut short).
 */
char *fmtstrflush(Fmt *f)
{
	char *p;

	p = f->start;
	f->start = nil;
	if(p == nil)
		return nil;
	if(f->runes)
		*(Rune*)(void*)f->to = 0;
	else
		*f->to = 0;
	return p;
}

Rune *runefmtstrflush(Fmt *f)
{
	return (Rune*)(void*)fmtstrflush(f);
}

char *vsmprint(char *fmt, va_list args)
{
	Fmt f;
	int n;

	if(fmtstrinit(&f) < 0)
		return nil;
	va_copy(f.args, args);
	n = dofmt(&f, fmt);
	va_end(f.args);
	if(n < 0){
		free(f.start);
		return nil;
	}
	return fmtstrflush(&f);
}

char *smprint(char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = vsmprint(fmt, args);
	va_end(args);
	return p;
}
