/*
 * pattern.c: what exportfs shows: every pattern with + matches the path, and
 * none with -.  The root is always shown.  Several workers ask at once:
 * matching changes nothing.
 */
#include <u.h>
#include <libc.h>
#include <bio.h>
#include <regexp.h>
#include "export.h"

typedef struct Pattern Pattern;
struct Pattern {
	Pattern *next;
	int want;
	Reprog *re;
};

static Pattern *patterns;

void patternsread(char *file)
{
	Pattern *p, **end;
	Biobuf *b;
	char *line;

	b = Bopen(file, OREAD);
	if(b == nil)
		sysfatal("%s: %r", file);
	for(end = &patterns; *end != nil; end = &(*end)->next)
		;
	for(; (line = Brdstr(b, '\n', 1)) != nil; free(line)){
		if(line[0] == 0)
			continue;
		if(line[0] != '+' && line[0] != '-')
			sysfatal("%s: neither + nor -: %s", file, line);
		p = mallocz(sizeof *p, 1);
		if(p == nil)
			sysfatal("%r");
		p->want = line[0] == '+';
		p->re = regcomp(line+1);
		if(p->re == nil)
			sysfatal("%s: %s", file, line);
		*end = p;
		end = &p->next;
	}
	Bterm(b);
}

int patternshow(char *path)
{
	Pattern *p;

	if(path[0] == 0 || strcmp(path, "/") == 0)
		return 1;
	for(p = patterns; p != nil; p = p->next)
		if((regexec(p->re, path, nil, 0) == 1) != p->want)
			return 0;
	return 1;
}
