/*
 * cleanname: the shortest equivalent of a path name, by its text alone
 * (cleanname(2)).  Works in place; the empty name becomes ".", for which
 * there must be room.  A name that starts with # keeps its first element,
 * which names a device.
 */
#include "u.h"
#include "lib.h"

char *cleanname(char *name);

static char *element(char *s)
{
	while(*s != 0 && *s != '/')
		s++;
	return s;
}

/* Is [s, e) the dots elements, "." or ".."? */
static int dots(char *s, char *e, int n)
{
	return e-s == n && s[0] == '.' && s[n-1] == '.';
}

char *cleanname(char *name)
{
	char *to, *floor, *from, *end;
	int rooted, up;

	rooted = *name == '/';
	to = name;
	from = name;
	if(*name == '#')
		from = to = element(name);
	else if(rooted)
		to++;
	floor = to;	/* .. takes nothing away before this */
	for(; ; from = end){
		while(*from == '/')
			from++;
		if(*from == 0)
			break;
		end = element(from);
		if(dots(from, end, 1))
			continue;
		up = dots(from, end, 2);
		if(up && to > floor){
			while(to > floor && *--to != '/')
				;
			continue;
		}
		if(up && (rooted || *name == '#'))
			continue;
		if(to > name && to[-1] != '/')
			*to++ = '/';
		memmove(to, from, end-from);
		to += end-from;
		if(up)
			floor = to;
	}
	if(to == name)
		*to++ = '.';
	*to = 0;
	return name;
}
