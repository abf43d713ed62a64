/*
 * regprog.h: a compiled regular expression: code for a machine that follows
 * all alternatives at once.  Jumps are relative, so code can be moved.
 */
#pragma once

enum {
	Ichar,		/* matches rune r */
	Iany,		/* any but newline */
	Iall,		/* any */
	Iclass,		/* one of class r */
	Ibol,		/* at the start of a line */
	Ieol,
	Isave,		/* note the place in slot r: 2i start, 2i+1 end of subexpression i */
	Isplit,		/* both at x and y; x is preferred */
	Ijmp,		/* at x */
	Imatch,
};

typedef struct Inst Inst;
typedef struct Runes Runes;
typedef struct Class Class;

struct Inst {
	int op;
	u32int r;
	int x;		/* relative to this instruction */
	int y;
};

struct Runes {		/* part of a class */
	Rune lo, hi;
};

struct Class {
	int negated;
	int newline;	/* a negated class matches newline only then */
	int first;	/* its ranges in Reprog.runes */
	int n;
};

struct Reprog {
	int ninst;
	int nslot;	/* 2 * subexpressions, the whole included */
	int known;	/* what a match can begin with: */
	u64int ascii[2];	/* these */
	u64int beyond;	/* not 0: runes from 0x80 on */
	Inst *inst;
	Class *class;
	Runes *runes;
};

int reginclass(Reprog *p, Inst *i, Rune r);	/* is r in the class of i? */
