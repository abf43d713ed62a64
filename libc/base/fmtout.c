/*
 * The print engine's output: bytes, runes, padding and fields.  A buffer
 * without flush is a fixed one: text that does not fit is cut before the
 * first rune that is not whole, and the buffer then counts as full.
 */
#include "u.h"
#include "lib.h"
#include "fmtpriv.h"

enum { Short = 4 };	/* bytes that are not worth a call to copy */

long fmtcount(Fmt *f)
{
	long n;

	n = f->to - f->start;
	if(f->runes)
		n /= (long)sizeof(Rune);
	return f->nfmt + n;
}

/* Make room for at least n bytes; on failure the buffer is closed. */
static int room(Fmt *f, long n)
{
	while(f->stop - f->to < n)
		if(f->flush == nil || f->flush(f) <= 0){
			f->stop = f->to;
			return -1;
		}
	return 0;
}

static int putrune32(Fmt *f, Rune r)
{
	if(room(f, sizeof r) < 0)
		return -1;
	*(Rune*)(void*)f->to = r;
	f->to += sizeof r;
	return 0;
}

int fmtputrune(Fmt *f, Rune r)
{
	char buf[UTFmax];

	if(f->runes)
		return putrune32(f, r);
	return fmtput(f, buf, runetochar(buf, &r));
}

/* How many of the first max bytes of s[0..n) end at the end of a rune; max < n. */
static long wholerunes(const char *s, long max)
{
	Rune r;
	long i;

	for(i = max; i > 0 && max-i < UTFmax-1; i--)
		if((s[i] & 0xC0) != 0x80)
			break;
	if(i < max && i + chartorune(&r, s+i) > max)
		return i;
	return max;
}

static int putdecoded(Fmt *f, const char *s, long n)
{
	Rune r;
	const char *end;

	for(end = s+n; s < end; ){
		if(fullrune(s, end-s))
			s += chartorune(&r, s);
		else{
			r = Runeerror;
			s++;
		}
		if(putrune32(f, r) < 0)
			return -1;
	}
	return 0;
}

int fmtput(Fmt *f, const char *s, long n)
{
	long m;

	if(f->runes)
		return putdecoded(f, s, n);
	if(n <= Short && n <= f->stop - f->to){
		for(; n > 0; n--)
			*f->to++ = *s++;
		return 0;
	}
	while((m = f->stop - f->to) < n){
		if(f->flush == nil)
			m = wholerunes(s, m);
		memmove(f->to, s, m);
		f->to += m;
		s += m;
		n -= m;
		if(room(f, 1) < 0 || f->flush == nil){
			f->stop = f->to;
			return -1;
		}
	}
	memmove(f->to, s, n);
	f->to += n;
	return 0;
}

int fmtpad(Fmt *f, int c, long n)
{
	if(n > 0 && !f->runes && n <= f->stop - f->to){
		memset(f->to, c, n);
		f->to += n;
		return 0;
	}
	for(; n > 0; n--){
		if(f->runes){
			if(putrune32(f, c) < 0)
				return -1;
			continue;
		}
		if(f->to >= f->stop && room(f, 1) < 0)
			return -1;
		*f->to++ = c;
	}
	return 0;
}

int fmtfield(Fmt *f, const char *s, long n, long nrune)
{
	long pad;

	if(!(f->flags & FmtWidth))
		return fmtput(f, s, n);
	pad = f->width - nrune;
	if(!(f->flags & FmtLeft) && fmtpad(f, ' ', pad) < 0)
		return -1;
	if(fmtput(f, s, n) < 0)
		return -1;
	if(f->flags & FmtLeft)
		return fmtpad(f, ' ', pad);
	return 0;
}

int fmtnumber(Fmt *f, const char *prefix, long zeros, const char *s, long n)
{
	long np, pad;

	np = strlen(prefix);
	pad = (f->flags & FmtWidth)? f->width - (np+zeros+n): 0;
	if(pad > 0 && (f->flags & (FmtZero|FmtLeft)) == FmtZero){
		zeros += pad;
		pad = 0;
	}
	if(!(f->flags & FmtLeft) && fmtpad(f, ' ', pad) < 0)
		return -1;
	if(fmtput(f, prefix, np) < 0 || fmtpad(f, '0', zeros) < 0 || fmtput(f, s, n) < 0)
		return -1;
	if(f->flags & FmtLeft)
		return fmtpad(f, ' ', pad);
	return 0;
}

/* For verbs: add one rune, or a string in f's field. */
int fmtrune(Fmt *f, int r)
{
	return fmtputrune(f, r);
}
