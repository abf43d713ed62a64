/*
 * printf.c: formatted files, over print(2) and scan(2).  The counts returned
 * are of bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include "../../../libc/fmt/scan.h"

static int tofile(Fmt *f)
{
	fwrite(f->start, 1, f->to-f->start, f->farg);
	f->nfmt += f->to-f->start;
	f->to = f->start;
	return 1;
}

int vfprintf(FILE *file, const char *fmt, va_list args)
{
	char buf[256];
	Fmt f;

	memset(&f, 0, sizeof f);
	f.start = f.to = buf;
	f.stop = buf+sizeof buf;
	f.flush = tofile;
	f.farg = file;
	va_copy(f.args, args);
	dofmt(&f, (char*)fmt);
	va_end(f.args);
	tofile(&f);
	return ferror(file) ? -1 : f.nfmt;
}

int fprintf(FILE *f, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vfprintf(f, fmt, args);
	va_end(args);
	return n;
}

int printf(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vfprintf(stdout, fmt, args);
	va_end(args);
	return n;
}

/* the whole text; n counts what there would be room for */
int vsnprintf(char *s, size_t n, const char *fmt, va_list args)
{
	char *text;
	int len;

	text = vsmprint((char*)fmt, args);
	if(text == nil)
		return -1;
	len = strlen(text);
	if(n > 0)
		strecpy(s, s+n, text);
	free(text);
	return len;
}

int snprintf(char *s, size_t n, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(s, n, fmt, args);
	va_end(args);
	return len;
}

int vsprintf(char *s, const char *fmt, va_list args)
{
	return vsnprint(s, 1<<30, (char*)fmt, args);
}

int sprintf(char *s, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsprintf(s, fmt, args);
	va_end(args);
	return n;
}

int sscanf(const char *s, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsscan(s, (char*)fmt, args);
	va_end(args);
	return n;
}

static int scanget(Scan *s)
{
	return fgetc(s->arg);
}

static void scanunget(Scan *s)
{
	FILE *f = s->arg;

	ungetc(f->r[-1], f);
}

int fscanf(FILE *f, const char *fmt, ...)
{
	Scan s = { .get = scanget, .unget = scanunget, .arg = f };
	va_list args;
	int n;

	va_start(args, fmt);
	n = doscan(&s, (char*)fmt, args);
	va_end(args);
	return n;
}
