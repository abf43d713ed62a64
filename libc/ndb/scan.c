/*
 * scan.c: the text of the network database, ndb(6), as pairs and entries.
 *
 * An entry begins with a line whose first character is neither white nor #,
 * and goes on until the next such line.  A word that begins with # makes the
 * rest of its line a comment.  The text may be anything: a pair without a
 * name is passed over, a quote that is not closed ends with its line.
 *
 * Nothing here sleeps or keeps state but in the Scan.
 */
#include "u.h"
#include "libc.h"
#include "ndb.h"
#include "scan.h"

static int blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == 0;
}

static char *lineend(Scan *s)
{
	char *p;

	p = memchr(s->p, '\n', s->e - s->p);
	return p != nil? p: s->e;
}

/* to the next word of the entry: 1, 0 there is none */
static int nextword(Scan *s, int *newline)
{
	while(s->p < s->e){
		if(*s->p == '\n'){
			*newline = 1;
			s->p++;
			if(s->begun && s->p < s->e && !blank(*s->p) && *s->p != '\n' && *s->p != '#')
				return 0;
		}else if(blank(*s->p))
			s->p++;
		else if(*s->p == '#')
			s->p = lineend(s);
		else
			return 1;
	}
	return 0;
}

static void value(Scan *s)
{
	char *e;

	e = lineend(s);
	if(s->p < e && *s->p == '"'){
		s->val = ++s->p;
		while(s->p < e && *s->p != '"')
			s->p++;
		s->nval = s->p - s->val;
		if(s->p < e)
			s->p++;
		return;
	}
	s->val = s->p;
	while(s->p < e && !blank(*s->p))
		s->p++;
	s->nval = s->p - s->val;
}

int scanpair(Scan *s)
{
	int newline;

	newline = !s->begun;
	while(nextword(s, &newline)){
		s->attr = s->p;
		while(s->p < s->e && *s->p != '=' && *s->p != '\n' && !blank(*s->p))
			s->p++;
		s->nattr = s->p - s->attr;
		s->val = s->p;
		s->nval = 0;
		if(s->p < s->e && *s->p == '='){
			s->p++;
			value(s);
		}
		if(s->nattr == 0)
			continue;
		s->newline = newline;
		s->begun = 1;
		return 1;
	}
	return 0;
}

int scanis(char *p, int n, char *word)
{
	return (int)strlen(word) == n && memcmp(p, word, n) == 0;
}

static Ndbtuple *pairnew(char *attr, int na, char *val, int nv)
{
	Ndbtuple *t;

	if((t = mallocz(sizeof *t + nv+1, 1)) == nil)
		return nil;
	if(na > Ndbalen-1)
		na = Ndbalen-1;
	memmove(t->attr, attr, na);
	t->val = (char*)(t+1);
	memmove(t->val, val, nv);
	t->line = t;
	return t;
}

/* is it an entry that is looked for?  leaves s behind it */
static int wanted(Scan *s, char *attr, char *val)
{
	int found;

	found = 0;
	s->begun = 0;
	while(scanpair(s))
		if(attr == nil || (scanis(s->attr, s->nattr, attr) && scanis(s->val, s->nval, val)))
			found = 1;
	return found;
}

/* the entry at s as tuples; nil: memory */
static Ndbtuple *entry(Scan *s, char *attr, char *val, Ndbtuple **hit)
{
	Ndbtuple *first, *last, *line, *t;

	first = last = line = nil;
	*hit = nil;
	s->begun = 0;
	while(scanpair(s)){
		if((t = pairnew(s->attr, s->nattr, s->val, s->nval)) == nil){
			ndbfree(first);
			return nil;
		}
		if(last == nil)
			first = t;
		else
			last->entry = t;
		if(s->newline || line == nil)
			line = t;
		else
			last->line = t;
		t->line = line;
		last = t;
		if(*hit == nil && attr != nil && strcmp(t->attr, attr) == 0 && strcmp(t->val, val) == 0)
			*hit = t;
	}
	return first;
}

Ndbtuple *scanentry(Scan *s, char *attr, char *val, Ndbtuple **hit)
{
	char *start;

	while(s->p < s->e){
		start = s->p;
		if(!wanted(s, attr, val))
			continue;
		s->p = start;
		return entry(s, attr, val, hit);
	}
	return nil;
}

Ndbtuple *ndbnew(char *attr, char *val)
{
	return pairnew(attr, strlen(attr), val, strlen(val));
}

void ndbfree(Ndbtuple *t)
{
	Ndbtuple *next;

	for(; t != nil; t = next){
		next = t->entry;
		free(t);
	}
}
