/*
 * Compiling regular expressions (regexp(6)) by recursive descent straight
 * into code.  What an operator applies to is the code emitted last, in which
 * all jumps are relative: a split is put before it by moving it up.
 */
#include "u.h"
#include "libc.h"
#include "regexp.h"
#include "regprog.h"

enum {
	Maxdepth = 200,		/* of parentheses */
	Maxinst = 1<<20,
};

typedef struct Comp Comp;
struct Comp {
	char *s;	/* what is left to read */
	char *err;	/* nil as long as all is well */
	int newline;
	int depth;
	int nsub;	/* parentheses seen, and one for the whole */
	Inst *inst;
	int ninst, capinst;
	Class *class;
	int nclass, capclass;
	Runes *runes;
	int nrunes, caprunes;
};

static void fail(Comp *c, char *err)
{
	if(c->err == nil)
		c->err = err;
}

/* Room for one more in an array of *cap elements; 0 or -1. */
static int more(Comp *c, void **p, int n, int *cap, int size)
{
	void *q;

	if(n < *cap)
		return 0;
	if(n >= Maxinst){
		fail(c, "expression too long");
		return -1;
	}
	q = realloc(*p, (2*n+16)*(usize)size);
	if(q == nil){
		fail(c, "out of memory");
		return -1;
	}
	*p = q;
	*cap = 2*n+16;
	return 0;
}

static void emit(Comp *c, int op, u32int r, int x, int y)
{
	if(c->err || more(c, (void**)&c->inst, c->ninst, &c->capinst, sizeof(Inst)) < 0)
		return;
	c->inst[c->ninst++] = (Inst){op, r, x, y};
}

/* Put an instruction before the code from at on. */
static void insert(Comp *c, int at, int op, int x, int y)
{
	emit(c, op, 0, 0, 0);
	if(c->err)
		return;
	memmove(&c->inst[at+1], &c->inst[at], (c->ninst-1-at)*sizeof(Inst));
	c->inst[at] = (Inst){op, 0, x, y};
}

static void addrange(Comp *c, Class *k, Rune lo, Rune hi)
{
	if(c->err || more(c, (void**)&c->runes, c->nrunes, &c->caprunes, sizeof(Runes)) < 0)
		return;
	c->runes[c->nrunes++] = (Runes){lo, hi};
	k->n++;
}

/* One member of a class, with its backslash taken off. */
static Rune member(Comp *c)
{
	Rune r;

	if(*c->s == '\\')
		c->s++;
	if(*c->s == 0){
		fail(c, "malformed '[]'");
		return 0;
	}
	c->s += chartorune(&r, c->s);
	return r;
}

/* A class, after its bracket; a ] may not be its first member. */
static void class(Comp *c)
{
	Rune lo, hi;
	Class k;

	if(more(c, (void**)&c->class, c->nclass, &c->capclass, sizeof(Class)) < 0)
		return;
	k = (Class){.first = c->nrunes, .newline = c->newline};
	if(*c->s == '^'){
		k.negated = 1;
		c->s++;
	}
	do{
		lo = member(c);
		hi = lo;
		if(!c->err && c->s[0] == '-'){
			c->s++;
			if(*c->s == ']')
				fail(c, "malformed '[]'");
			hi = member(c);
		}
		if(hi < lo)
			fail(c, "malformed '[]'");
		addrange(c, &k, lo, hi);
	}while(!c->err && *c->s != ']');
	if(c->err)
		return;
	c->s++;
	c->class[c->nclass] = k;
	emit(c, Iclass, c->nclass++, 0, 0);
}

static void alternatives(Comp *c);

static void group(Comp *c)
{
	int sub;

	if(++c->depth > Maxdepth){
		fail(c, "too many nested parentheses");
		return;
	}
	sub = c->nsub++;
	if(sub < NSUBEXP)
		emit(c, Isave, 2*sub, 0, 0);
	alternatives(c);
	if(*c->s == ')')
		c->s++;
	else
		fail(c, "unmatched left paren");
	if(sub < NSUBEXP)
		emit(c, Isave, 2*sub+1, 0, 0);
	c->depth--;
}

/* The shortest thing that an operator applies to. */
static void operand(Comp *c)
{
	Rune r;

	c->s += chartorune(&r, c->s);
	switch(r){
	case '(':
		group(c);
		return;
	case '[':
		class(c);
		return;
	case '.':
		emit(c, c->newline? Iall: Iany, 0, 0, 0);
		return;
	case '^':
		emit(c, Ibol, 0, 0, 0);
		return;
	case '$':
		emit(c, Ieol, 0, 0, 0);
		return;
	case '*':
	case '+':
	case '?':
		fail(c, "missing operand for an operator");
		return;
	case '\\':
		if(*c->s != 0)
			c->s += chartorune(&r, c->s);
		break;
	}
	emit(c, Ichar, r, 0, 0);
}

/* Apply * + or ? to the code from at on. */
static void repeat(Comp *c, int at, int op)
{
	int n;

	n = c->ninst - at;
	switch(op){
	case '*':
		insert(c, at, Isplit, 1, n+2);
		emit(c, Ijmp, 0, -n-1, 0);
		break;
	case '+':
		emit(c, Isplit, 0, -n, 1);
		break;
	case '?':
		insert(c, at, Isplit, 1, n+1);
		break;
	}
}

static int isrepeat(int c)
{
	return c == '*' || c == '+' || c == '?';
}

static void concatenation(Comp *c)
{
	int at, any, op, prev;

	for(any = 0; !c->err && *c->s != 0 && *c->s != '|' && *c->s != ')'; any = 1){
		at = c->ninst;
		operand(c);
		for(prev = 0; !c->err && isrepeat(*c->s); prev = op){
			op = *c->s++;
			if(op != prev)	/* ** is * */
				repeat(c, at, op);
		}
	}
	if(!any)
		fail(c, "missing operand for '|' or in '()'");
}

/*
 * a|b|c is: split to a or on, a, jump to the end; split to b or on, b, jump
 * to the end; c.  Until the end is known, each jump holds the distance back
 * to the one before it.
 */
static void alternatives(Comp *c)
{
	int at, jump, back;

	jump = -1;
	for(;;){
		at = c->ninst;
		concatenation(c);
		if(c->err || *c->s != '|')
			break;
		c->s++;
		insert(c, at, Isplit, 1, c->ninst-at + 2);
		emit(c, Ijmp, 0, jump, 0);
		jump = c->ninst-1;
	}
	for(; !c->err && jump >= 0; jump = back){
		back = c->inst[jump].x;
		c->inst[jump].x = c->ninst - jump;
	}
}

static void literal(Comp *c)
{
	Rune r;

	if(*c->s == 0)
		fail(c, "empty expression");
	while(*c->s != 0 && !c->err){
		c->s += chartorune(&r, c->s);
		emit(c, Ichar, r, 0, 0);
	}
}

static void addfirst(Reprog *p, Rune r)
{
	if(r < Runeself)
		p->ascii[r>>6] |= 1UL<<(r & 63);
	else
		p->beyond = 1;
}

/* What an instruction that reads can read; an estimate for runes beyond ASCII. */
static void addreadable(Reprog *p, Inst *i)
{
	Rune r;

	if(i->op == Ichar){
		addfirst(p, i->r);
		return;
	}
	p->beyond = 1;
	for(r = 1; r < Runeself; r++)
		if(i->op == Iall || (i->op == Iany && r != '\n') || (i->op == Iclass && reginclass(p, i, r)))
			addfirst(p, r);
}

/*
 * Find out what a match can begin with: follow all that needs no reading.
 * An expression that can match nothing, or looks at where lines begin and
 * end, is not worth it.
 */
static void findfirst(Reprog *p)
{
	int *todo, n, pc;
	char *seen;
	Inst *i;

	todo = malloc((2*p->ninst+1)*sizeof *todo + p->ninst);
	if(todo == nil)
		return;
	seen = (char*)(todo + 2*p->ninst+1);
	memset(seen, 0, p->ninst);
	p->known = 1;
	n = 0;
	todo[n++] = 0;
	while(n > 0){
		pc = todo[--n];
		if(seen[pc])
			continue;
		seen[pc] = 1;
		i = &p->inst[pc];
		switch(i->op){
		case Isplit:
			todo[n++] = pc+i->y;
			/* fall through */
		case Ijmp:
			todo[n++] = pc+i->x;
			break;
		case Isave:
			todo[n++] = pc+1;
			break;
		case Imatch:
		case Ibol:
		case Ieol:
			p->known = 0;
			break;
		default:
			addreadable(p, i);
			break;
		}
	}
	free(todo);
}

/* All parts in one piece of memory. */
static Reprog *finish(Comp *c)
{
	Reprog *p;
	usize ni, nc, nr;

	ni = c->ninst*sizeof(Inst);
	nc = c->nclass*sizeof(Class);
	nr = c->nrunes*sizeof(Runes);
	p = malloc(sizeof *p + ni + nc + nr);
	if(p == nil){
		fail(c, "out of memory");
		return nil;
	}
	p->ninst = c->ninst;
	p->nslot = 2*(c->nsub < NSUBEXP? c->nsub: NSUBEXP);
	p->known = p->beyond = 0;
	p->ascii[0] = p->ascii[1] = 0;
	p->inst = (Inst*)(p+1);
	p->class = (Class*)(p->inst + c->ninst);
	p->runes = (Runes*)(p->class + c->nclass);
	memmove(p->inst, c->inst, ni);
	if(nc > 0)
		memmove(p->class, c->class, nc);
	if(nr > 0)
		memmove(p->runes, c->runes, nr);
	findfirst(p);
	return p;
}

static Reprog *compile(char *exp, int lit, int newline)
{
	Reprog *p;
	Comp c;

	c = (Comp){.s = exp, .newline = newline, .nsub = 1};
	emit(&c, Isave, 0, 0, 0);
	if(lit)
		literal(&c);
	else
		alternatives(&c);
	if(!c.err && *c.s == ')')
		fail(&c, "unmatched right paren");
	emit(&c, Isave, 1, 0, 0);
	emit(&c, Imatch, 0, 0, 0);
	p = c.err? nil: finish(&c);
	free(c.inst);
	free(c.class);
	free(c.runes);
	if(p == nil)
		regerror(c.err);
	return p;
}

Reprog *regcomp(char *exp)
{
	return compile(exp, 0, 0);
}

Reprog *regcomplit(char *exp)
{
	return compile(exp, 1, 0);
}

Reprog *regcompnl(char *exp)
{
	return compile(exp, 0, 1);
}
