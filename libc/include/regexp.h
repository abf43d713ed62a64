/*
 * regexp.h: regular expressions, regexp(2); their syntax is regexp(6).
 * A Reprog is one malloced piece, freed by free.
 */
#pragma once
typedef struct Reprog Reprog;
typedef struct Resub Resub;

struct Resub {	/* where a (sub)expression matched: [s, e) */
	union {
		union { char *sp; Rune *rsp; } s;
		char *sp;
		Rune *rsp;
	};
	union {
		union { char *ep; Rune *rep; } e;
		char *ep;
		Rune *rep;
	};
};

enum { NSUBEXP = 32 };	/* the whole and the first 31 parentheses are remembered */

Reprog *regcomp(char *exp);
Reprog *regcomplit(char *exp);	/* all characters stand for themselves */
Reprog *regcompnl(char *exp);	/* . and [^…] match newlines too */
int regexec(Reprog *p, char *s, Resub *m, int n);	/* 1, 0 no match, -1 no memory */
void regsub(char *from, char *to, int room, Resub *m, int n);
int rregexec(Reprog *p, Rune *s, Resub *m, int n);
void rregsub(Rune *from, Rune *to, int room, Resub *m, int n);
void regerror(char *msg);	/* called on bad syntax; the program may have its own */
