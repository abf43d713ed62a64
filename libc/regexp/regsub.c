/*
 * regsub: text with parts of a match put in: & and \0 are the whole, \1 to
 * \9 subexpressions, \ before anything else takes its meaning away.  The
 * result is cut to room, and terminated.
 */
#include "u.h"
#include "libc.h"
#include "regexp.h"

/* Which subexpression is meant at s?  -1: none; the runes it takes in *len. */
static int reference(int c0, int c1, int *len)
{
	*len = 1;
	if(c0 == '&')
		return 0;
	if(c0 == '\\' && c1 >= '0' && c1 <= '9'){
		*len = 2;
		return c1-'0';
	}
	return -1;
}

void regsub(char *from, char *to, int room, Resub *m, int n)
{
	char *p, *end;
	int i, len;

	if(room <= 0)
		return;
	end = to+room-1;
	while(*from != 0 && to < end){
		i = reference(from[0], from[1], &len);
		if(i < 0){
			if(*from == '\\' && from[1] != 0)
				from++;
			*to++ = *from++;
			continue;
		}
		from += len;
		if(i < n && m[i].sp != nil)
			for(p = m[i].sp; p < m[i].ep && to < end; )
				*to++ = *p++;
	}
	*to = 0;
}

void rregsub(Rune *from, Rune *to, int room, Resub *m, int n)
{
	Rune *p, *end;
	int i, len;

	if(room <= 0)
		return;
	end = to+room-1;
	while(*from != 0 && to < end){
		i = reference(from[0], from[1], &len);
		if(i < 0){
			if(*from == '\\' && from[1] != 0)
				from++;
			*to++ = *from++;
			continue;
		}
		from += len;
		if(i < n && m[i].rsp != nil)
			for(p = m[i].rsp; p < m[i].rep && to < end; )
				*to++ = *p++;
	}
	*to = 0;
}
