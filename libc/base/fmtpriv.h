/*
 * fmtpriv.h: what the files of the print engine share.  A "unit" is what the
 * buffer holds: a byte of UTF-8, or a Rune if Fmt.runes is set.  All
 * functions here return 0, or -1 when the output can take no more; from then
 * on the Fmt has no room and stays that way.
 */
#pragma once

enum { Maxwidth = 1<<24 };	/* wider widths and precisions are cut to this */

int fmtput(Fmt *f, const char *s, long n);		/* n bytes of UTF-8; malformed bytes pass unchanged */
int fmtputrune(Fmt *f, Rune r);
int fmtpad(Fmt *f, int c, long n);			/* n times the ASCII character c */
int fmtfield(Fmt *f, const char *s, long n, long nrune);/* in a field of f->width, left or right */
/* a number: sign or base prefix, zeros to fill, then the digits; obeys width, FmtZero, FmtLeft */
int fmtnumber(Fmt *f, const char *prefix, long zeros, const char *s, long n);
long fmtcount(Fmt *f);					/* units made so far */

int fmtinteger(Fmt *f);
int fmtstring(Fmt *f);
int fmtrunestring(Fmt *f);
int fmtchar(Fmt *f);
int fmtpercent(Fmt *f);
int errfmt(Fmt *f);
int quotestrfmt(Fmt *f);
int quoterunestrfmt(Fmt *f);
int fmtfloat(Fmt *f) __attribute__((weak));	/* only where there is floating point */
int fmtstrinit(Fmt *f);
char *fmtstrflush(Fmt *f);
int dofmt(Fmt *f, char *fmt);
