/*
 * The built-in verbs that need no floating point: integers, characters,
 * strings, pointers, the error string.
 */
#include "u.h"
#include "lib.h"
#include "fmtpriv.h"

enum {
	Maxdigits = 64,		/* binary */
	Room = 128,		/* for them with prefix, separators and some zeros */
};

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

/* Bits of a digit; 0: decimal */
static int digitbits(Rune verb)
{
	switch(verb){
	case 'b':
		return 1;
	case 'o':
		return 3;
	case 'x':
	case 'X':
	case 'p':
		return 4;
	}
	return 0;
}

/* Digits of v backwards from end. */
static char *digits(char *end, uvlong v, int bits, int upper)
{
	const char *set;

	set = upper? "0123456789ABCDEF": "0123456789abcdef";
	for(; v != 0; v >>= bits)
		*--end = set[v & ((1<<bits)-1)];
	return end;
}

/* In decimal; sep is put between groups of three, 0 for none. */
static char *decimals(char *end, uvlong v, int sep)
{
	int n;

	for(n = 0; v != 0; v /= 10){
		if(sep && n == 3){
			*--end = sep;
			n = 0;
		}
		*--end = '0' + v%10;
		n++;
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

/* zeros in front of n digits, for the precision and # */
static long leading(Fmt *f, char *s, long n, int bits)
{
	long zeros;

	zeros = n == 0;
	if(f->flags & FmtPrec){
		f->flags &= ~(ulong)FmtZero;	/* as in C */
		zeros = f->prec > n? f->prec - n: 0;
	}
	if(bits == 3 && (f->flags & FmtSharp) && zeros == 0 && (n == 0 || *s != '0'))
		zeros = 1;
	return zeros;
}

int fmtinteger(Fmt *f)
{
	char buf[Room], *end, *s, *prefix;
	uvlong v;
	long zeros, n;
	int bits, neg;

	v = intarg(f, &neg);
	end = buf + sizeof buf;
	bits = digitbits(f->r);
	if(bits){
		s = digits(end, v, bits, f->r == 'X');
		prefix = prefixof(f, v);
	}else{
		s = decimals(end, v, (f->flags & (FmtComma|FmtApost))? ',': 0);
		prefix = signof(f, neg);
	}
	zeros = leading(f, s, end-s, bits);
	n = strlen(prefix);
	if((f->flags & (FmtZero|FmtLeft)) == FmtZero && f->width > end-s + zeros + n)
		zeros = f->width - (end-s + n);
	if(zeros + n > s-buf)
		return fmtnumber(f, prefix, zeros, s, end-s);
	while(zeros-- > 0)
		*--s = '0';
	while(n-- > 0)
		*--s = prefix[n];
	return fmtfield(f, s, end-s, end-s);
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
