/*
 * The scan engine (scan(2)): reads text by a format.  One byte of look-ahead
 * is all it asks of its input.  Conversions: d u x o i (sizes h hh l ll z),
 * e f g (double; h asks for float), c s [set] in bytes, C S in Runes, n, %.
 */
#include "u.h"
#include "libc.h"
#include "scan.h"

enum {
	Maxnum = 400,	/* longest number that is looked at */
	Nowidth = 1<<30,
};

typedef struct Conv Conv;
struct Conv {	/* one conversion */
	int verb;
	int width;	/* bytes left to take */
	int quiet;	/* '*': store nothing */
	ulong size;	/* FmtShort … */
	u64int set[4];	/* bytes in [set] */
};

static int get(Scan *s)
{
	int c;

	c = s->get(s);
	if(c < 0)
		s->over = 1;
	else
		s->nread++;
	return c;
}

static void unget(Scan *s, int c)
{
	if(c < 0)
		return;
	s->unget(s);
	s->nread--;
}

static int isblank_(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skipblank(Scan *s)
{
	int c;

	do
		c = get(s);
	while(isblank_(c));
	unget(s, c);
}

/* Read a [set] after its bracket; returns what follows it. */
static char *readset(Conv *v, char *f)
{
	int negate, lo, hi;
	char *first;

	negate = *f == '^';
	f += negate;
	for(first = f; *f != 0 && (*f != ']' || f == first); f++){
		lo = hi = (uchar)*f;
		if(f[1] == '-' && f[2] != 0 && f[2] != ']'){
			hi = (uchar)f[2];
			f += 2;
		}
		for(; lo <= hi; lo++)
			v->set[lo>>6] |= 1UL<<(lo & 63);
	}
	for(lo = 0; negate && lo < 4; lo++)
		v->set[lo] = ~v->set[lo];
	return *f? f+1: f;
}

static char *readconv(Conv *v, char *f)
{
	*v = (Conv){.width = 0};
	if(*f == '*'){
		v->quiet = 1;
		f++;
	}
	for(; *f >= '0' && *f <= '9'; f++)
		if(v->width < Maxnum*1000)
			v->width = v->width*10 + *f-'0';
	for(;; f++){
		if(*f == 'h')
			v->size |= v->size & FmtShort? FmtByte: FmtShort;
		else if(*f == 'l')
			v->size |= v->size & FmtLong? FmtVLong: FmtLong;
		else if(*f == 'z')
			v->size |= FmtLong;
		else
			break;
	}
	v->verb = *f;
	if(*f != 0)
		f++;
	if(v->verb == '[')
		f = readset(v, f);
	if(v->width == 0)
		v->width = v->verb == 'c' || v->verb == 'C'? 1: Nowidth;
	return f;
}

/* Take the next byte into *p if it is one of set. */
static int accept1(Scan *s, Conv *v, char **p, char *end, char *set)
{
	int c;

	if(v->width <= 0 || *p >= end)
		return 0;
	c = get(s);
	if(c <= 0 || strchr(set, c) == nil){
		unget(s, c);
		return 0;
	}
	v->width--;
	*(*p)++ = c;
	return 1;
}

static int storeint(Conv *v, va_list *args, uvlong n)
{
	if(v->quiet)
		return 0;
	if(v->size & (FmtLong|FmtVLong))
		*va_arg(*args, uvlong*) = n;
	else if(v->size & FmtByte)
		*va_arg(*args, uchar*) = n;
	else if(v->size & FmtShort)
		*va_arg(*args, ushort*) = n;
	else
		*va_arg(*args, uint*) = n;
	return 1;
}

/* 1 stored, 0 read but not stored, -1 no match */
static int scanint(Scan *s, Conv *v, va_list *args)
{
	char buf[Maxnum+1], *p, *end, *set;
	int base;

	base = v->verb == 'x' || v->verb == 'X'? 16: v->verb == 'o'? 8: v->verb == 'i'? 0: 10;
	p = buf;
	end = buf+Maxnum;
	accept1(s, v, &p, end, "+-");
	set = base == 16? "0123456789abcdefABCDEF": base == 8? "01234567": "0123456789";
	if((base == 0 || base == 16) && accept1(s, v, &p, end, "0")){
		if(accept1(s, v, &p, end, "xX"))
			set = "0123456789abcdefABCDEF";
		else if(base == 0)
			set = "01234567";
	}
	while(accept1(s, v, &p, end, set))
		;
	*p = 0;
	if(p == buf || p[-1] == '+' || p[-1] == '-')
		return -1;
	if(v->verb == 'd' || v->verb == 'i')
		return storeint(v, args, strtoll(buf, nil, base));
	return storeint(v, args, strtoull(buf, nil, base));
}

static int scanfloat(Scan *s, Conv *v, va_list *args)
{
	char buf[Maxnum+1], *p, *end;
	double d;
	int digits;

	p = buf;
	end = buf+Maxnum;
	digits = 0;
	accept1(s, v, &p, end, "+-");
	while(accept1(s, v, &p, end, "0123456789"))
		digits++;
	if(accept1(s, v, &p, end, "."))
		while(accept1(s, v, &p, end, "0123456789"))
			digits++;
	if(digits == 0)
		return -1;
	if(accept1(s, v, &p, end, "eE")){
		accept1(s, v, &p, end, "+-");
		while(accept1(s, v, &p, end, "0123456789"))
			;
	}
	*p = 0;
	if(v->quiet)
		return 0;
	d = strtod(buf, nil);
	if(v->size & FmtShort)
		*va_arg(*args, float*) = d;
	else
		*va_arg(*args, double*) = d;
	return 1;
}

static int wanted(Conv *v, int c)
{
	switch(v->verb){
	case 'c':
		return 1;
	case '[':
		return v->set[c>>6]>>(c & 63) & 1;
	}
	return !isblank_(c);
}

static int scanbytes(Scan *s, Conv *v, va_list *args)
{
	char *to;
	int c, n;

	to = v->quiet? nil: va_arg(*args, char*);
	for(n = 0; n < v->width; n++){
		c = get(s);
		if(c < 0 || !wanted(v, c)){
			unget(s, c);
			break;
		}
		if(to)
			*to++ = c;
	}
	if(n == 0 || (v->verb == 'c' && n < v->width))
		return -1;
	if(to && v->verb != 'c')
		*to = 0;
	return to != nil;
}

/* Read one rune; -1 at the end or before a blank when stop is set. */
static long getrune(Scan *s, int stop)
{
	char buf[UTFmax];
	Rune r;
	int c, n;

	for(n = 0; n < UTFmax; ){
		c = get(s);
		if(c < 0 || (n > 0 && (c & 0xC0) != 0x80) || (n == 0 && stop && isblank_(c))){
			unget(s, c);
			break;
		}
		buf[n++] = c;
		if(fullrune(buf, n))
			break;
	}
	if(n == 0)
		return -1;
	if(!fullrune(buf, n))
		return Runeerror;
	chartorune(&r, buf);
	return r;
}

static int scanrunes(Scan *s, Conv *v, va_list *args)
{
	Rune *to;
	long r;
	int n;

	to = v->quiet? nil: va_arg(*args, Rune*);
	for(n = 0; n < v->width; n++){
		r = getrune(s, v->verb == 'S');
		if(r < 0)
			break;
		if(to)
			*to++ = r;
	}
	if(n == 0 || (v->verb == 'C' && n < v->width))
		return -1;
	if(to && v->verb == 'S')
		*to = 0;
	return to != nil;
}

static int convert(Scan *s, Conv *v, va_list *args)
{
	int c;

	switch(v->verb){
	case 'd': case 'u': case 'x': case 'X': case 'o': case 'i':
		skipblank(s);
		return scanint(s, v, args);
	case 'e': case 'f': case 'g': case 'E': case 'G':
		skipblank(s);
		return scanfloat(s, v, args);
	case 's':
		skipblank(s);
		return scanbytes(s, v, args);
	case 'c':
	case '[':
		return scanbytes(s, v, args);
	case 'S':
		skipblank(s);
		return scanrunes(s, v, args);
	case 'C':
		return scanrunes(s, v, args);
	case 'n':
		storeint(v, args, s->nread);
		return 0;
	case '%':
		skipblank(s);
		if((c = get(s)) == '%')
			return 0;
		unget(s, c);
		return -1;
	}
	return -1;
}

/* Conversions stored; -1 if the input ended before the first. */
int doscan(Scan *s, char *fmt, va_list args)
{
	va_list ap;
	Conv v;
	int c, n, rv;

	va_copy(ap, args);
	n = 0;
	rv = 0;
	while(*fmt != 0 && rv >= 0){
		if(isblank_(*fmt)){
			skipblank(s);
			fmt++;
		}else if(*fmt == '%'){
			fmt = readconv(&v, fmt+1);
			rv = convert(s, &v, &ap);
			if(rv > 0)
				n++;
		}else{
			c = get(s);
			if(c != (uchar)*fmt++){
				unget(s, c);
				break;
			}
		}
	}
	va_end(ap);
	return n == 0 && s->over? -1: n;
}
