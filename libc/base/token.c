/*
 * Cutting a string into fields, in place (getfields(2)).  tokenize and
 * gettokens know rc's quotes: '…' holds anything, '' inside it is one quote.
 */
#include "u.h"
#include "lib.h"

int gettokens(char *s, char **args, int max, char *delims);

/*
 * Take one token off s: unquote it in place, terminate it, and return where
 * the next begins (nil at the end of the string).
 */
static char *cut(char *s, char *delims)
{
	char *to;
	int quoted;

	quoted = 0;
	for(to = s; *s != 0; s++){
		if(*s == '\''){
			if(quoted && s[1] == '\''){
				*to++ = *s++;
				continue;
			}
			quoted = !quoted;
			continue;
		}
		if(!quoted && utfrune(delims, (uchar)*s) != nil){
			*to = 0;
			return s+1;
		}
		*to++ = *s;
	}
	*to = 0;
	return nil;
}

/* At most max fields between runs of bytes of delims; ASCII delimiters only. */
int gettokens(char *s, char **args, int max, char *delims)
{
	int n;

	for(n = 0; n < max && s != nil; n++){
		while(*s != 0 && (uchar)*s < Runeself && strchr(delims, *s) != nil)
			s++;
		if(*s == 0)
			break;
		args[n] = s;
		s = cut(s, delims);
	}
	return n;
}

int tokenize(char *s, char **args, int max)
{
	return gettokens(s, args, max, " \t\r\n");
}

/*
 * Cut at the runes of delims, no quoting.  With multi, runs of them count as
 * one and those at either end as none.  The last of max fields keeps the
 * rest of the string.
 */
int getfields(char *s, char **args, int max, int multi, char *delims)
{
	Rune r;
	char *p;
	int n, len, infield;

	n = 0;
	infield = 0;
	if(max <= 0)
		return 0;
	if(!multi){
		args[n++] = s;
		infield = 1;
	}
	for(p = s; *p != 0; p += len){
		len = chartorune(&r, p);
		if(utfrune(delims, r) == nil){
			if(!infield)
				args[n++] = p;
			infield = 1;
			continue;
		}
		if(n == max && infield)
			break;
		*p = 0;
		infield = 0;
		if(!multi){
			args[n++] = p+len;
			infield = 1;
		}
	}
	return n;
}
