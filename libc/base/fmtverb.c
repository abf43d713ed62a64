/*
 * The built-in verbs that need no floating point: integers, characters,
 * strings, pointers, the error string.
 */
#include "u.h"
#include "lib.h"
#include "fmtpriv.h"

enum { Maxdigits = 64 + 64/3 + 1 };	/* binary, or with separators */

/* The next argument, sized by the flags; negative ones are negated, *neg set. */
static uvlong intarg(Fmt *f, int *neg)
{
	vlong v;

	*neg = 0;
	if(f->r == 'p')
		return (uintptr)va_arg(f->args, void*);
	if(f->flags & FmtVLong)
		v = va_arg(f->args, vlong);
	else if(f->flags & FmtLong)
		v = va_arg(f->args, long);
	else
		v = va_arg(f->args, int);
	if(!(f->flags & FmtUnsigned) && f->r == 'd'){
		if(f->flags & FmtByte)
			v = (schar)v;
		else if(f->flags & FmtShort)
			v = (short)v;
		*neg = v < 0;
		return v < 0? -(uvlong)v: (uvlong)v;
	}
	if(f->flags & FmtByte)
		return (uchar)v;
	if(f->flags & FmtShort)
		return (ushort)v;
	if(f->flags & (FmtLong|FmtVLong))
		return v;
	return (uint)v;
}

static int radix(Rune verb)
{
	switch(verb){
	case 'b':
		return 2;
	case 'o':
		return 8;
	case 'x':
	case 'X':
	case 'p':
		return 16;
	}
	return 10;
}

/* Digits of v backwards from end; sep is put between groups of three, 0 for none. */
static char *digits(char *end, uvlong v, int base, int upper, int sep)
{
	const char *set;
	int n;

	set = upper? "0123456789ABCDEF": "0123456789abcdef";
	for(n = 0; v != 0; n++, v /= base){
		if(sep && n > 0 && n%3 == 0)
			*--end = sep;
		*--end = set[v % base];
	}
	return end;
}

static char *signof(Fmt *f, int neg)
{
	if(neg)
		return "-";
	if((f->flags & FmtUnsigned) || f->r != 'd')
		return "";
	if(f->flags & FmtSign)
		return "+";
	return (f->flags & FmtSpace)? " ": "";
}

/* The prefix that # asks for; octal's is a digit, made by the caller. */
static char *prefixof(Fmt *f, uvlong v)
{
	if(f->r == 'p')
		return "0x";
	if(!(f->flags & FmtSharp) || v == 0)
		return "";
	switch(f->r){
	case 'x':
		return "0x";
	case 'X':
		return "0X";
	case 'b':
		return "0b";
	}
	return "";
}

int fmtinteger(Fmt *f)
{
	char buf[Maxdigits], *end, *s, *prefix;
	uvlong v;
	long zeros;
	int base, neg, sep;

	v = intarg(f, &neg);
	base = radix(f->r);
	sep = base == 10 && (f->flags & (FmtComma|FmtApost))? ',': 0;
	end = buf + sizeof buf;
	s = digits(end, v, base, f->r == 'X', sep);
	prefix = base == 10? signof(f, neg): prefixof(f, v);
	if(f->flags & FmtPrec){
		f->flags &= ~(ulong)FmtZero;	/* as in C */
		zeros = f->prec - (end-s);
	}else
		zeros = v == 0;
	if(zeros < 0)
		zeros = 0;
	if(base == 8 && (f->flags & FmtSharp) && zeros == 0 && (s == end || *s != '0'))
		zeros = 1;
	return fmtnumber(f, prefix, zeros, s, end-s);
}

int fmtchar(Fmt *f)
{
	char buf[UTFmax];
	Rune r;

	r = va_arg(f->args, int);
	return fmtfield(f, buf, runetochar(buf, &r), 1);
}

int fmtpercent(Fmt *f)
{
	return fmtpad(f, '%', 1);
}

/*
 * Add s in f's field, cut to f's precision in runes; no byte beyond the last
 * of those is read.
 */
int fmtstrcpy(Fmt *f, char *s)
{
	Rune r;
	char *p;
	long n;

	if(s == nil)
		s = "<nil>";
	if(!(f->flags & (FmtPrec|FmtWidth)))
		return fmtput(f, s, strlen(s));
	p = s;
	for(n = 0; !(f->flags & FmtPrec) || n < f->prec; n++){
		if(*p == 0)
			break;
		p += chartorune(&r, p);
	}
	return fmtfield(f, s, p-s, n);
}

int fmtstring(Fmt *f)
{
	return fmtstrcpy(f, va_arg(f->args, char*));
}

int fmtrunestrcpy(Fmt *f, Rune *s)
{
	long i, n, pad;

	if(s == nil)
		return fmtstrcpy(f, nil);
	for(n = 0; !(f->flags & FmtPrec) || n < f->prec; n++)
		if(s[n] == 0)
			break;
	pad = (f->flags & FmtWidth)? f->width - n: 0;
	if(!(f->flags & FmtLeft) && fmtpad(f, ' ', pad) < 0)
		return -1;
	for(i = 0; i < n; i++)
		if(fmtputrune(f, s[i]) < 0)
			return -1;
	if(f->flags & FmtLeft)
		return fmtpad(f, ' ', pad);
	return 0;
}

int fmtrunestring(Fmt *f)
{
	return fmtrunestrcpy(f, va_arg(f->args, Rune*));
}

/* %r: the error string; takes no argument. */
int errfmt(Fmt *f)
{
	char buf[ERRMAX];

	rerrstr(buf, sizeof buf);
	return fmtstrcpy(f, buf);
}
