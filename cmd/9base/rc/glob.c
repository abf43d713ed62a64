/*
 * glob.c: patterns of rc, for file names and for ~ and switch, in place of
 * 9base's, which knows no runes over 16 bits.
 *
 * In a pattern GLOB comes before each *, ? and [ that has a meaning, and
 * before a GLOB that has none.
 */
#include "rc.h"
#include "exec.h"
#include "fns.h"

/* takes the marks out, in place */
void deglob(char *s)
{
	char *to;

	for(to = s; *s; s++){
		if(*s == GLOB && s[1])
			s++;
		*to++ = *s;
	}
	*to = 0;
}

static char *runeskip(char *s)
{
	Rune r;

	return s + chartorune(&r, s);
}

/*
 * Is r in the class that p, after the [, starts?  *end: after the ]; nil when
 * there is no ].
 */
static int inclass(char *p, Rune r, char **end)
{
	Rune lo, hi;
	int not, hit;

	not = *p == '~';
	if(not)
		p++;
	hit = 0;
	while(*p && *p != ']'){
		if(*p == GLOB && p[1])
			p++;
		p += chartorune(&lo, p);
		hi = lo;
		if(*p == '-' && p[1]){
			p++;
			p += chartorune(&hi, p);
		}
		if((lo <= r && r <= hi) || (hi <= r && r <= lo))
			hit = 1;
	}
	*end = *p ? p+1 : nil;
	return hit != not;
}

/* one character of s against one element of p: moves both on, or fails */
static int matchone(char **s, char **p)
{
	char *end;
	Rune r;

	if(**p != GLOB)
		return *(*s)++ == *(*p)++;
	switch((*p)[1]){
	case '?':
		*s = runeskip(*s);
		*p += 2;
		return 1;
	case '[':
		*s += chartorune(&r, *s);
		if(!inclass(*p+2, r, &end) || end == nil)
			return 0;
		*p = end;
		return 1;
	}
	if(**s != (*p)[1])
		return 0;
	(*s)++;
	*p += (*p)[1] ? 2 : 1;
	return 1;
}

/*
 * Does all of s match the pattern, which ends at stop?  After a failure only
 * the last * need take one more character.
 */
int match(char *s, char *p, int stop)
{
	char *stars, *starp;

	stars = starp = nil;
	for(;;){
		if(*p == GLOB && p[1] == '*'){
			p += 2;
			stars = s;
			starp = p;
			continue;
		}
		if(*s == 0)
			return *p == 0 || *p == stop;
		if(*p && *p != stop && matchone(&s, &p))
			continue;
		if(starp == nil)
			return 0;
		s = stars = runeskip(stars);
		p = starp;
	}
}

static int haspattern(char *p, char *end)
{
	for(; p < end; p++)
		if(*p == GLOB)
			return 1;
	return 0;
}

static word *expand(char *done, char *p, word *tail);

/* done with the names in it that match p's first element, and the rest of p */
static word *expanddir(char *done, char *p, word *tail)
{
	char *next, *more;
	Dir *d;
	long i, n;
	int fd, needdir;

	next = strchr(p, '/');
	needdir = next != nil;
	if(next == nil)
		next = p+strlen(p);
	fd = open(done[0] ? done : ".", OREAD);
	if(fd < 0)
		return tail;
	n = dirreadall(fd, &d);
	close(fd);
	for(i = 0; i < n; i++){
		if((needdir && !(d[i].mode & DMDIR)) || !match(d[i].name, p, '/'))
			continue;
		more = smprint("%s%s", done, d[i].name);
		if(more)
			tail = expand(more, next, tail);
		free(more);
	}
	if(n > 0)
		free(d);
	return tail;
}

/* puts the files that are done followed by a match of p before tail */
static word *expand(char *done, char *p, word *tail)
{
	char *path, *to, *next;

	path = emalloc(strlen(done)+strlen(p)+1);
	strcpy(path, done);
	to = path+strlen(path);
	for(;;){
		while(*p == '/')
			*to++ = *p++;
		next = strchr(p, '/');
		if(next == nil)
			next = p+strlen(p);
		if(next == p || haspattern(p, next))
			break;
		while(p < next)
			*to++ = *p++;
	}
	*to = 0;
	if(*p)
		tail = expanddir(path, p, tail);
	else if(access(path, AEXIST) == 0)
		tail = newword(path, tail);
	efree(path);
	return tail;
}

static int wordcmp(const void *a, const void *b)
{
	return strcmp((*(word**)a)->word, (*(word**)b)->word);
}

static word *sorted(word *w)
{
	word **v, *list;
	int i, n;

	n = count(w);
	v = (word**)emalloc(n*sizeof(word*));
	for(i = 0; i < n; i++, w = w->next)
		v[i] = w;
	qsort(v, n, sizeof(word*), wordcmp);
	list = nil;
	for(i = n-1; i >= 0; i--){
		v[i]->next = list;
		list = v[i];
	}
	efree((char*)v);
	return list;
}

/* the files that match a word; the word itself when none does */
static word *globword(char *w)
{
	word *found;

	found = nil;
	if(haspattern(w, w+strlen(w)))
		found = expand("", w, nil);
	if(found)
		return found->next ? sorted(found) : found;
	deglob(w);
	return newword(w, nil);
}

/* replaces the words on the stack by what they match */
void globlist(void)
{
	word *w, *list, **last;

	list = nil;
	last = &list;
	for(w = runq->argv->words; w; w = w->next){
		*last = globword(w->word);
		while(*last)
			last = &(*last)->next;
	}
	poplist();
	pushlist();
	runq->argv->words = list;
}
