/*
 * Verbs that a program installs itself: encodefmt prints bytes in base 16,
 * 32 or 64 after the verb ('H' '<' '[' by custom: encode(2)), dirmodefmt the
 * mode of a file as ls does (stat(2)).
 */
#include "u.h"
#include "libc.h"

enum { Chunk = 60 };	/* bytes at a time: a whole number of groups in each base */

typedef int Encoder(char*, int, const uchar*, int);

/* Arguments: none but the bytes; their number is the precision, 1 without. */
int encodefmt(Fmt *f)
{
	Encoder *enc;
	char buf[2*Chunk+1];
	uchar *p;
	long n, m;

	p = va_arg(f->args, uchar*);
	n = (f->flags & FmtPrec)? f->prec: 1;
	f->flags &= ~(ulong)(FmtPrec|FmtWidth);
	if(p == nil)
		return fmtstrcpy(f, "<nil>");
	enc = f->r == '<'? enc32: f->r == '['? enc64: enc16;
	for(; n > 0; n -= m, p += m){
		m = n > Chunk? Chunk: n;
		if(enc(buf, sizeof buf, p, m) < 0 || fmtstrcpy(f, buf) < 0)
			return -1;
	}
	return 0;
}

static char *rwx(char *s, int bits)
{
	*s++ = bits & DMREAD? 'r': '-';
	*s++ = bits & DMWRITE? 'w': '-';
	*s++ = bits & DMEXEC? 'x': '-';
	return s;
}

/* Argument: an int or long with the mode. */
int dirmodefmt(Fmt *f)
{
	char buf[12], *s;
	uint m;

	m = va_arg(f->args, uint);
	s = buf;
	*s++ = m & DMDIR? 'd': m & DMAPPEND? 'a': m & DMAUTH? 'A': '-';
	*s++ = m & DMEXCL? 'l': '-';
	s = rwx(s, m>>6);
	s = rwx(s, m>>3);
	s = rwx(s, m);
	*s = 0;
	return fmtstrcpy(f, buf);
}
