/*
 * rc's quoting (quote(2)): a word that is empty or holds a blank, a control
 * or a character special to rc is put between single quotes, with quotes
 * inside doubled.  The program may ask for more through doquote.
 */
#include "u.h"
#include "lib.h"
#include "fmtpriv.h"

int needsrcquote(int c);
char *quotestrdup(char *s);
char *unquotestrdup(char *s);
void quotefmtinstall(void);

int (*doquote)(int);	/* the program's own test, or nil */

/* Does rc take character c for something else than part of a word? */
int needsrcquote(int c)
{
	if(c <= ' ')
		return 1;
	return c < Runeself && strchr("`^#*[]=|\\?${}()'<>&;~@!\"", c) != nil;
}

static int special(Rune r)
{
	return r == '\'' || needsrcquote(r) || (doquote != nil && doquote(r));
}

/* What quoting does to a word. */
typedef struct Size Size;
struct Size {
	int quoted;
	long nbyte;	/* of the result */
	long nrune;
};

static Size measure(char *s)
{
	Size z;
	Rune r;
	int n;

	z = (Size){.quoted = *s == 0};
	for(; *s != 0; s += n){
		n = chartorune(&r, s);
		if(special(r))
			z.quoted = 1;
		z.nbyte += n;
		z.nrune++;
		if(r == '\''){
			z.nbyte++;
			z.nrune++;
		}
	}
	if(z.quoted){
		z.nbyte += 2;
		z.nrune += 2;
	}
	return z;
}

/* %q; # quotes in any case. */
int quotestrfmt(Fmt *f)
{
	char *s, *p;
	Size z;
	long pad;

	s = va_arg(f->args, char*);
	if(s == nil)
		return fmtstrcpy(f, nil);
	z = measure(s);
	if(!z.quoted && (f->flags & FmtSharp)){
		z.quoted = 1;
		z.nrune += 2;
	}
	if(!z.quoted)
		return fmtfield(f, s, z.nbyte, z.nrune);
	pad = (f->flags & FmtWidth)? f->width - z.nrune: 0;
	if((!(f->flags & FmtLeft) && fmtpad(f, ' ', pad) < 0) || fmtpad(f, '\'', 1) < 0)
		return -1;
	for(; (p = strchr(s, '\'')) != nil; s = p+1)
		if(fmtput(f, s, p-s) < 0 || fmtpad(f, '\'', 2) < 0)
			return -1;
	if(fmtput(f, s, strlen(s)) < 0 || fmtpad(f, '\'', 1) < 0)
		return -1;
	return (f->flags & FmtLeft)? fmtpad(f, ' ', pad): 0;
}

static int runespecial(Rune *s)
{
	if(*s == 0)
		return 1;
	for(; *s != 0; s++)
		if(special(*s))
			return 1;
	return 0;
}

/* %Q: the same for a string of runes. */
int quoterunestrfmt(Fmt *f)
{
	Rune *s;
	long pad, i;
	int quoted;

	s = va_arg(f->args, Rune*);
	if(s == nil)
		return fmtstrcpy(f, nil);
	quoted = runespecial(s) || (f->flags & FmtSharp);
	pad = f->width - 2*quoted;
	for(i = 0; s[i] != 0; i++)
		pad -= s[i] == '\''? 2: 1;
	if((!(f->flags & FmtLeft) && fmtpad(f, ' ', pad) < 0) || fmtpad(f, '\'', quoted) < 0)
		return -1;
	for(; *s != 0; s++)
		if(fmtputrune(f, *s) < 0 || (*s == '\'' && fmtputrune(f, *s) < 0))
			return -1;
	if(fmtpad(f, '\'', quoted) < 0)
		return -1;
	return (f->flags & FmtLeft)? fmtpad(f, ' ', pad): 0;
}

/* %q and %Q are always there; this puts them back if they were replaced. */
void quotefmtinstall(void)
{
	fmtinstall('q', quotestrfmt);
	fmtinstall('Q', quoterunestrfmt);
}

/* A malloced copy, quoted if need be; nil without memory. */
char *quotestrdup(char *s)
{
	return smprint("%q", s);
}

/* A malloced copy with one level of quotes taken off; nil without memory. */
char *unquotestrdup(char *s)
{
	char *t, *to, *from;
	int quoted;

	t = strdup(s);
	if(t == nil)
		return nil;
	quoted = 0;
	for(to = from = t; *from != 0; from++){
		if(*from != '\'')
			*to++ = *from;
		else if(quoted && from[1] == '\'')
			*to++ = *from++;
		else
			quoted = !quoted;
	}
	*to = 0;
	return t;
}
