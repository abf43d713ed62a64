/* scan.h: ndb(6) text, pair by pair; scan.c. */
#pragma once
typedef struct Scan Scan;
struct Scan {
	char *p;		/* where it is */
	char *e;		/* the end of the text */
	int begun;		/* a pair of the entry has been given */
	char *attr;		/* the pair: pieces of the text */
	int nattr;
	char *val;
	int nval;
	int newline;		/* it is the first of its line */
};
int scanpair(Scan *s);		/* 1; 0: the entry ends before s->p, or at the end of the text */
int scanis(char *p, int n, char *word);
Ndbtuple *scanentry(Scan *s, char *attr, char *val, Ndbtuple **hit);	/* of those with attr=val if attr is not nil; nil: none */
