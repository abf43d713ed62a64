/*
 * The print engine: reads a format, finds each verb's function and calls it.
 * The verb table is static and starts with the built-in verbs; fmtinstall
 * changes it under its lock, look-ups take no lock (each entry is one
 * aligned pointer, and extra verbs are published by their count, after the
 * entry is whole).  Nothing here sleeps except through Fmt.flush.
 */
#include "u.h"
#include "lib.h"
#include "fmtpriv.h"

enum {
	Nascii = 128,
	Nextra = 32,	/* verbs outside ASCII */
};

typedef int Verb(Fmt*);

static Verb *verbs[Nascii] = {
	['d'] = fmtinteger, ['u'] = fmtinteger, ['x'] = fmtinteger, ['X'] = fmtinteger,
	['o'] = fmtinteger, ['b'] = fmtinteger, ['p'] = fmtinteger,
	['c'] = fmtchar, ['C'] = fmtchar, ['%'] = fmtpercent,
	['s'] = fmtstring, ['S'] = fmtrunestring,
	['q'] = quotestrfmt, ['Q'] = quoterunestrfmt,
	['r'] = errfmt,
	['e'] = fmtfloat, ['E'] = fmtfloat, ['f'] = fmtfloat, ['g'] = fmtfloat, ['G'] = fmtfloat,
};

static struct {
	Rune r;
	Verb *f;
} extra[Nextra];
static int nextra;
static Lock verblock;

/* Make verb print through f; -1 if the table is full. */
int fmtinstall(int verb, int (*f)(Fmt*))
{
	int i, ok;

	if(verb <= 0 || verb > Runemax)
		return -1;
	ok = 0;
	lock(&verblock);
	if(verb < Nascii)
		__atomic_store_n(&verbs[verb], f, __ATOMIC_RELEASE);
	else{
		for(i = 0; i < nextra && extra[i].r != (Rune)verb; i++)
			;
		if(i < Nextra){
			extra[i].r = verb;
			__atomic_store_n(&extra[i].f, f, __ATOMIC_RELEASE);
			if(i == nextra)
				__atomic_store_n(&nextra, i+1, __ATOMIC_RELEASE);
		}else
			ok = -1;
	}
	unlock(&verblock);
	return ok;
}

static Verb *verbfind(Rune r)
{
	int i, n;

	if(r < Nascii)
		return __atomic_load_n(&verbs[r], __ATOMIC_ACQUIRE);
	n = __atomic_load_n(&nextra, __ATOMIC_ACQUIRE);
	for(i = 0; i < n; i++)
		if(extra[i].r == r)
			return extra[i].f;
	return nil;
}

/* An unknown verb shows itself between percent signs. */
static int badverb(Fmt *f)
{
	if(fmtpad(f, '%', 1) < 0 || fmtputrune(f, f->r) < 0)
		return -1;
	return fmtpad(f, '%', 1);
}

/* What characters are between a percent sign and its verb; all others are verbs. */
enum { Special = 1<<15 };
static const ushort between[Nascii] = {
	['-'] = FmtLeft, ['+'] = FmtSign, [' '] = FmtSpace, ['#'] = FmtSharp,
	[','] = FmtComma, ['\''] = FmtApost, ['L'] = FmtLDouble, ['z'] = FmtLong,
	['0' ... '9'] = Special, ['*'] = Special, ['.'] = Special,
	['h'] = Special, ['l'] = Special, ['u'] = Special,
};

/* u is a flag before another integer verb or size (%ud, %ullx), else a verb. */
static int uisflag(int next)
{
	return next == 'd' || next == 'x' || next == 'X' || next == 'o' || next == 'b'
		|| next == 'l' || next == 'h';
}

/* h, hh, l, ll: the second of a pair turns short to byte, long to vlong */
static void sizeflag(Fmt *f, int c)
{
	if(c == 'h')
		f->flags |= (f->flags & FmtShort)? FmtByte: FmtShort;
	else
		f->flags |= (f->flags & FmtLong)? FmtVLong: FmtLong;
}

static void setwidth(Fmt *f, long n)
{
	if(n < 0){
		f->flags |= FmtLeft;
		n = -n;
	}
	f->width = n > Maxwidth? Maxwidth: n;
	f->flags |= FmtWidth;
}

static void setprec(Fmt *f, long n)
{
	if(n < 0){	/* as if it were not there */
		f->flags &= ~(ulong)FmtPrec;
		f->prec = 0;
		return;
	}
	f->prec = n > Maxwidth? Maxwidth: n;
	f->flags |= FmtPrec;
}

/* A number of digits, or * for an argument; returns what follows it. */
static char *count(Fmt *f, char *s, long *n)
{
	if(*s == '*'){
		*n = va_arg(f->args, int);
		return s+1;
	}
	for(*n = 0; *s >= '0' && *s <= '9'; s++)
		if(*n <= Maxwidth)
			*n = *n*10 + (*s - '0');
	return s;
}

/* Take what is Special at s; nil if it is the verb u. */
static char *special(Fmt *f, char *s)
{
	long n;

	switch(*s){
	case 'h':
	case 'l':
		sizeflag(f, *s);
		return s+1;
	case 'u':
		if(!uisflag(s[1]))
			return nil;
		f->flags |= FmtUnsigned;
		return s+1;
	case '.':
		s = count(f, s+1, &n);
		setprec(f, n);
		return s;
	case '0':
		if(!(f->flags & FmtWidth)){
			f->flags |= FmtZero;
			return s+1;
		}
	}
	s = count(f, s, &n);
	setwidth(f, n);
	return s;
}

/* Read one conversion after its %; nil if the format ends inside it. */
static char *spec(Fmt *f, char *s)
{
	char *next;
	uchar c;

	f->flags = 0;
	f->width = 0;
	f->prec = 0;
	for(;; s = next){
		c = *s;
		if(c == 0)
			return nil;
		if(c >= Runeself)
			return s + chartorune(&f->r, s);
		next = s+1;
		if(between[c] == Special)
			next = special(f, s);
		else
			f->flags |= between[c];
		if(between[c] == 0 || next == nil){
			f->r = c;
			return s+1;
		}
	}
}

/*
 * Format fmt with f->args into f.  Returns the units made, or -1 when the
 * output would take no more.  The verb's fields in f are kept, so a verb may
 * call back here (fmtprint).
 */
int dofmt(Fmt *f, char *fmt)
{
	Fmt old;
	Verb *v;
	char *p;
	long before;
	int rv;

	before = fmtcount(f);
	old.r = f->r;
	old.width = f->width;
	old.prec = f->prec;
	old.flags = f->flags;
	rv = 0;
	while(rv >= 0){
		for(p = fmt; *p != 0 && *p != '%'; p++)
			;
		if(p > fmt)
			rv = fmtput(f, fmt, p-fmt);
		if(rv < 0 || *p == 0 || (fmt = spec(f, p+1)) == nil)
			break;
		v = verbfind(f->r);
		rv = v? v(f): badverb(f);
	}
	f->r = old.r;
	f->width = old.width;
	f->prec = old.prec;
	f->flags = old.flags;
	return rv < 0? -1: (int)(fmtcount(f) - before);
}

/* For verbs: format more text into f.  0, or -1 when there is no room. */
int fmtvprint(Fmt *f, char *fmt, va_list args)
{
	va_list saved;
	int n;

	va_copy(saved, f->args);
	va_copy(f->args, args);
	n = dofmt(f, fmt);
	va_end(f->args);
	va_copy(f->args, saved);
	va_end(saved);
	return n < 0? -1: 0;
}

int fmtprint(Fmt *f, char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = fmtvprint(f, fmt, args);
	va_end(args);
	return n;
}
