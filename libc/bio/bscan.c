/* Numbers and more by format from a Biobuf: Bgetd, Bscan. */
#include "u.h"
#include "libc.h"
#include "bio.h"
#include "../fmt/scan.h"

static int bioget(Scan *s)
{
	return Bgetc(s->arg);
}

static void biounget(Scan *s)
{
	Bungetc(s->arg);
}

/* As sscan; what does not match stays to be read. */
int Bvscan(Biobuf *b, char *fmt, va_list args)
{
	Scan in;

	in = (Scan){.get = bioget, .unget = biounget, .arg = b};
	return doscan(&in, fmt, args);
}

int Bscan(Biobuf *b, char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = Bvscan(b, fmt, args);
	va_end(args);
	return n;
}

/* Read a floating-point number; 0, or -1 if there is none. */
int Bgetd(Biobuf *b, double *d)
{
	return Bscan(b, "%g", d) == 1? 0: -1;
}
