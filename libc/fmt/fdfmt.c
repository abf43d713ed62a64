/*
 * Printing to file descriptors (print(2)).  Text of up to Buffer bytes goes
 * out in one write, so that lines of several processes do not mix.
 */
#include "u.h"
#include "libc.h"

enum { Buffer = 512 };

static int fdflush(Fmt *f)
{
	long n;

	n = f->to - f->start;
	if(n > 0 && write((int)(uintptr)f->farg, f->start, n) != n)
		return 0;
	f->nfmt += n;
	f->to = f->start;
	return 1;
}

/* Let f print to fd through buf; always 0. */
int fmtfdinit(Fmt *f, int fd, char *buf, int size)
{
	memset(f, 0, sizeof *f);
	f->start = buf;
	f->to = buf;
	f->stop = buf+size;
	f->flush = fdflush;
	f->farg = (void*)(uintptr)fd;
	return 0;
}

/* Write what is left in f's buffer; the bytes written through f in all, or -1. */
int fmtfdflush(Fmt *f)
{
	return fdflush(f)? f->nfmt: -1;
}

/* The bytes written, or -1 if a write failed. */
int vfprint(int fd, char *fmt, va_list args)
{
	char buf[Buffer];
	Fmt f;
	int n;

	fmtfdinit(&f, fd, buf, sizeof buf);
	va_copy(f.args, args);
	n = dofmt(&f, fmt);
	va_end(f.args);
	return n < 0? -1: fmtfdflush(&f);
}

int fprint(int fd, char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vfprint(fd, fmt, args);
	va_end(args);
	return n;
}

int print(char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vfprint(1, fmt, args);
	va_end(args);
	return n;
}
