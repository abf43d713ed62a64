/*
 * Matching: a simulation of the nondeterministic machine, one rune of the
 * text at a time, with a list of the instructions it is at.  The time is
 * bounded by the product of the lengths of text and expression.  Of all
 * matches the leftmost is taken, and of these the longest; for the
 * subexpressions, alternatives written first and longer repeats win.
 *
 * A list holds the instructions that read or match (threads), in the order
 * of preference, each with its own slots.  Which instructions have been
 * added for a place in the text is told by a mark with that place's number.
 * Where there is no thread, the text is searched for what a match can begin
 * with.  Memory comes from the stack for small expressions, else from malloc.
 */
#include "u.h"
#include "libc.h"
#include "regexp.h"
#include "regprog.h"

enum { Onstack = 2048 };

typedef struct List List;
typedef struct Exec Exec;
typedef struct Todo Todo;

struct List {
	int n;
	int *pc;	/* [n] */
	void **slots;	/* [n*nslot] */
};

struct Todo {	/* to look at, or a slot to put back */
	int pc;		/* -1-slot to put back */
	void *old;
};

struct Exec {
	Reprog *p;
	int wide;	/* the text is Runes */
	int nslot;	/* slots that the caller wants */
	char *begin;	/* of the text */
	char *end;	/* where it must end; nil: at its 0 */
	List now, next;
	u32int *mark;	/* [ninst] */
	u32int place;	/* number of the place that threads are being added for */
	Todo *todo;
	void **slots;	/* of the thread being added */
	void **best;	/* of the match found */
	int found;
};

/* The rune at p, 0 at the end; its bytes in *n. */
static inline Rune runeat(Exec *e, char *p, int *n)
{
	Rune r;

	if(e->end != nil && p >= e->end){
		*n = 0;
		return 0;
	}
	if(e->wide){
		*n = sizeof(Rune);
		return *(Rune*)(void*)p;
	}
	if((uchar)*p < Runeself){
		*n = 1;
		return (uchar)*p;
	}
	*n = chartorune(&r, p);
	return r;
}

/* Is there a newline or the beginning before p? */
static int atbol(Exec *e, char *p)
{
	if(p == e->begin)
		return 1;
	if(e->wide)
		return ((Rune*)(void*)p)[-1] == '\n';
	return p[-1] == '\n';
}

int reginclass(Reprog *p, Inst *i, Rune r)
{
	Class *k;
	Runes *s;
	int n;

	k = &p->class[i->r];
	s = &p->runes[k->first];
	for(n = 0; n < k->n; n++)
		if(r >= s[n].lo && r <= s[n].hi)
			return !k->negated;
	return k->negated && (r != '\n' || k->newline);
}

static inline void copyslots(void **to, void **from, int n)
{
	for(; n > 0; n -= 2){
		*to++ = *from++;
		*to++ = *from++;
	}
}

/* A new thread with e->slots. */
static inline void addleaf(Exec *e, List *l, int pc)
{
	l->pc[l->n] = pc;
	copyslots(l->slots + l->n*e->nslot, e->slots, e->nslot);
	l->n++;
}

/*
 * The instruction after i, which does not read, or -1 if there is no way on
 * at p, where r is; what else is to be looked at goes to *t.
 */
static inline int follow(Exec *e, Inst *i, int pc, char *p, Rune r, Todo **t)
{
	switch(i->op){
	case Ijmp:
		return pc + i->x;
	case Isplit:
		*(*t)++ = (Todo){pc + i->y, nil};
		return pc + i->x;
	case Isave:
		if((int)i->r < e->nslot){
			*(*t)++ = (Todo){-1-(int)i->r, e->slots[i->r]};
			e->slots[i->r] = p;
		}
		return pc+1;
	case Ibol:
		return atbol(e, p)? pc+1: -1;
	}
	return r == 0 || r == '\n'? pc+1: -1;	/* Ieol */
}

/* Add the threads that pc leads to, with e->slots; p is the place in the text, r the rune there. */
static void addthread(Exec *e, List *l, int pc, char *p, Rune r)
{
	Todo *t;
	Inst *i;

	t = e->todo;
	for(;;){
		for(; pc >= 0 && e->mark[pc] != e->place; pc = follow(e, i, pc, p, r, &t)){
			e->mark[pc] = e->place;
			i = &e->p->inst[pc];
			if(i->op <= Iclass || i->op == Imatch){
				addleaf(e, l, pc);
				break;
			}
		}
		for(;; e->slots[-1-t->pc] = t->old){
			if(t == e->todo)
				return;
			if((--t)->pc >= 0)
				break;
		}
		pc = t->pc;
	}
}

/* A match ends at p: keep it if there was none, or it begins as early and is longer. */
static void keep(Exec *e, void **slots)
{
	if(e->found && slots[0] > e->best[0])
		return;
	if(e->found && slots[0] == e->best[0] && slots[1] <= e->best[1])
		return;
	copyslots(e->best, slots, e->nslot);
	e->found = 1;
}

/* Can an instruction that reads read r, which is not 0? */
static inline int reads(Exec *e, Inst *i, Rune r)
{
	switch(i->op){
	case Ichar:
		return r == i->r;
	case Iany:
		return r != '\n';
	case Iall:
		return 1;
	}
	return reginclass(e->p, i, r);
}

/* The next place has a new number; when they run out the marks are cleared. */
static void nextplace(Exec *e)
{
	if(++e->place != 0)
		return;
	memset(e->mark, 0, e->p->ninst*sizeof e->mark[0]);
	e->place = 1;
}

/* Move all threads of e->now over rune r, which is followed at q by rune after. */
static void step(Exec *e, Rune r, char *q, Rune after)
{
	void **slots;
	Inst *i;
	int k, pc;

	e->next.n = 0;
	nextplace(e);
	slots = e->now.slots;
	for(k = 0; k < e->now.n; k++, slots += e->nslot){
		pc = e->now.pc[k];
		i = &e->p->inst[pc];
		if(i->op == Imatch){
			keep(e, slots);
			continue;
		}
		if(r == 0 || !reads(e, i, r) || (e->found && slots[0] > e->best[0]))
			continue;
		copyslots(e->slots, slots, e->nslot);
		addthread(e, &e->next, pc+1, q, after);
	}
}

/* The next place that a match can begin at; nil if there is none. */
static char *skip(Exec *e, char *p)
{
	u64int *set;
	Rune r;
	int n;

	set = e->p->ascii;
	if(!e->wide && e->end == nil)
		for(;; p++){
			r = (uchar)*p;
			if(r >= Runeself? e->p->beyond: set[r>>6]>>(r & 63) & 1)
				return p;
			if(r == 0)
				return nil;
		}
	for(;; p += n){
		r = runeat(e, p, &n);
		if(r == 0)
			return nil;
		if(r >= Runeself? e->p->beyond: set[r>>6]>>(r & 63) & 1)
			return p;
	}
}

static inline void clearslots(Exec *e)
{
	int i;

	for(i = 0; i < e->nslot; i++)
		e->slots[i] = nil;
}

static void run(Exec *e, char *p)
{
	List t;
	Rune r, after;
	char *q;
	int n, m;

	r = runeat(e, p, &n);
	e->now.n = 0;
	nextplace(e);
	for(;;){
		if(e->now.n == 0){
			if(e->found)
				return;
			if(e->p->known){
				p = skip(e, p);
				if(p == nil)
					return;
				r = runeat(e, p, &n);
			}
		}
		if(!e->found){
			clearslots(e);
			addthread(e, &e->now, 0, p, r);
		}
		q = p+n;
		m = 0;
		after = r == 0? 0: runeat(e, q, &m);
		step(e, r, q, after);
		if(r == 0)
			return;
		t = e->now;
		e->now = e->next;
		e->next = t;
		p = q;
		r = after;
		n = m;
	}
}

static int *ints(void **mem, int n)
{
	int *p;

	p = *mem;
	*mem = p + (n+1)/2*2;
	return p;
}

static void **pointers(void **mem, int n)
{
	void **p;

	p = *mem;
	*mem = p+n;
	return p;
}

static usize layout(Exec *e, void *mem)
{
	void *start;
	int n, s;

	start = mem;
	n = e->p->ninst;
	s = e->nslot;
	e->now.slots = pointers(&mem, n*s);
	e->next.slots = pointers(&mem, n*s);
	e->slots = pointers(&mem, s);
	e->best = pointers(&mem, s);
	e->todo = mem;
	mem = e->todo + 2*n+2;
	e->now.pc = ints(&mem, n);
	e->next.pc = ints(&mem, n);
	e->mark = (u32int*)ints(&mem, n);
	return (char*)mem - (char*)start;
}

static int match(Reprog *p, char *s, Resub *m, int n, int wide)
{
	u64int small[Onstack/sizeof(u64int)];
	void *mem;
	usize size;
	Exec e;
	int i;

	memset(&e, 0, sizeof e);
	e.p = p;
	e.wide = wide;
	e.nslot = n > 0 && 2*n < p->nslot? 2*n: n > 0? p->nslot: 2;
	e.begin = s;
	if(n > 0){
		if(m[0].sp != nil)
			s = m[0].sp;
		e.end = m[0].ep;
	}
	mem = small;
	size = layout(&e, mem);
	if(size > sizeof small){
		mem = malloc(size);
		if(mem == nil)
			return -1;
		layout(&e, mem);
	}
	memset(e.mark, 0, p->ninst*sizeof e.mark[0]);
	run(&e, s);
	for(i = 0; i < n; i++){
		m[i].sp = e.found && 2*i < e.nslot? e.best[2*i]: nil;
		m[i].ep = e.found && 2*i < e.nslot? e.best[2*i+1]: nil;
	}
	if(mem != small)
		free(mem);
	return e.found;
}

/*
 * Match s.  m[0], if n > 0, may say where to begin and before what place to
 * end (else both nil).  On a match m[0] is the whole, the others the
 * subexpressions, nil where one took no part.
 */
int regexec(Reprog *p, char *s, Resub *m, int n)
{
	return match(p, s, m, n, 0);
}

int rregexec(Reprog *p, Rune *s, Resub *m, int n)
{
	return match(p, (char*)s, m, n, 1);
}
