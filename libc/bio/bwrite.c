/* Writing to a Biobuf; Bprint formats straight into its buffer. */
#include "u.h"
#include "libc.h"
#include "bio.h"
#include "biolib.h"

int Bspill(Biobuf *b, int c)
{
	if(b->mode != OWRITE || Bflush(b) < 0)
		return Beof;
	*b->wp++ = c;
	return 0;
}

/* n, or Beof if a write failed. */
long Bwrite(Biobuf *b, const void *p, long n)
{
	const uchar *from;
	long m, left;

	if(b->mode != OWRITE)
		return Beof;
	from = p;
	for(left = n; left > 0; left -= m){
		if(b->wp >= b->we && Bflush(b) < 0)
			return Beof;
		m = b->we - b->wp;
		if(m > left)
			m = left;
		memmove(b->wp, from, m);
		b->wp += m;
		from += m;
	}
	return n;
}

/* The bytes it took, or Beof. */
int Bputrune(Biobuf *b, long c)
{
	char buf[UTFmax];
	Rune r;

	if(c >= 0 && c < Runeself)
		return Bputc(b, c) < 0? Beof: 1;
	r = c;
	return Bwrite(b, buf, runetochar(buf, &r));
}

static int bioflush(Fmt *f)
{
	Biobuf *b;

	b = f->farg;
	b->wp = (uchar*)f->to;
	f->nfmt += f->to - f->start;
	if(Bflush(b) < 0)
		return 0;
	f->start = f->to = (char*)b->wp;
	f->stop = (char*)b->we;
	return 1;
}

/* The bytes printed, or Beof. */
int Bvprint(Biobuf *b, char *fmt, va_list args)
{
	Fmt f;
	int n;

	if(b->mode != OWRITE)
		return Beof;
	memset(&f, 0, sizeof f);
	f.start = f.to = (char*)b->wp;
	f.stop = (char*)b->we;
	f.flush = bioflush;
	f.farg = b;
	va_copy(f.args, args);
	n = dofmt(&f, fmt);
	va_end(f.args);
	if(!b->bad)
		b->wp = (uchar*)f.to;
	return n < 0? Beof: n;
}

int Bprint(Biobuf *b, char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = Bvprint(b, fmt, args);
	va_end(args);
	return n;
}
