/*
 * Matching: a simulation of the nondeterministic machine, one rune of the
 * text at a time, with a list of the instructions it is at.  The time is
 * bounded by the product of the lengths of text and expression.  Of all
 * matches the leftmost is taken, and of these the longest; for the
 * subexpressions, alternatives written first and longer repeats win.
 *
 * The lists are sparse sets, so that emptying one costs nothing.  Each
 * thread (an instruction in a list) has its own slots; the memory comes from
 * the stack for small expressions, else from malloc.
 */
#include "u.h"
#include "libc.h"
#include "regexp.h"
#include "regprog.h"

enum { Onstack = 2048 };

typedef struct List List;
typedef struct Exec Exec;
typedef struct Todo Todo;

struct List {	/* threads in order of preference */
	int n;
	int *pc;	/* [n] */
	int *where;	/* [ninst]: index in pc, if that is valid */
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

static int inclass(Exec *e, Inst *i, Rune r)
{
	Class *k;
	Runes *s;
	int n;

	k = &e->p->class[i->r];
	s = &e->p->runes[k->first];
	for(n = 0; n < k->n; n++)
		if(r >= s[n].lo && r <= s[n].hi)
			return !k->negated;
	return k->negated && (r != '\n' || k->newline);
}

static int has(List *l, int pc)
{
	int i;

	i = l->where[pc];
	return i >= 0 && i < l->n && l->pc[i] == pc;
}

/*
 * Add the thread at pc, with e->slots, and all that follows from it without
 * reading; p is the place in the text and r the rune there.
 */
static void addthread(Exec *e, List *l, int pc, char *p, Rune r)
{
	Todo *t;
	Inst *i;

	t = e->todo;
	*t++ = (Todo){pc, nil};
	while(t > e->todo){
		pc = (--t)->pc;
		if(pc < 0){
			e->slots[-1-pc] = t->old;
			continue;
		}
		if(has(l, pc))
			continue;
		l->where[pc] = l->n;
		l->pc[l->n] = pc;
		i = &e->p->inst[pc];
		switch(i->op){
		case Ijmp:
			*t++ = (Todo){pc+i->x, nil};
			break;
		case Isplit:
			*t++ = (Todo){pc+i->y, nil};
			*t++ = (Todo){pc+i->x, nil};
			break;
		case Ibol:
			if(atbol(e, p))
				*t++ = (Todo){pc+1, nil};
			break;
		case Ieol:
			if(r == 0 || r == '\n')
				*t++ = (Todo){pc+1, nil};
			break;
		case Isave:
			if((int)i->r < e->nslot){
				*t++ = (Todo){-1-(int)i->r, e->slots[i->r]};
				e->slots[i->r] = p;
			}
			*t++ = (Todo){pc+1, nil};
			break;
		default:
			memmove(l->slots + l->n*e->nslot, e->slots, e->nslot*sizeof(void*));
			break;
		}
		l->n++;
	}
}

/* A match ends at p: keep it if there was none, or it begins as early and is longer. */
static void keep(Exec *e, void **slots)
{
	if(e->found && slots[0] > e->best[0])
		return;
	if(e->found && slots[0] == e->best[0] && slots[1] <= e->best[1])
		return;
	memmove(e->best, slots, e->nslot*sizeof(void*));
	e->found = 1;
}

/* Move all threads of e->now over rune r, which is followed at q by rune after. */
static void step(Exec *e, Rune r, char *q, Rune after)
{
	void **slots;
	Inst *i;
	int k, pc, ok;

	e->next.n = 0;
	for(k = 0; k < e->now.n; k++){
		pc = e->now.pc[k];
		i = &e->p->inst[pc];
		switch(i->op){
		case Ichar:
			ok = r == i->r && r != 0;
			break;
		case Iany:
			ok = r != '\n' && r != 0;
			break;
		case Iall:
			ok = r != 0;
			break;
		case Iclass:
			ok = r != 0 && inclass(e, i, r);
			break;
		case Imatch:
			keep(e, e->now.slots + k*e->nslot);
			continue;
		default:
			continue;
		}
		slots = e->now.slots + k*e->nslot;
		if(!ok || (e->found && slots[0] > e->best[0]))
			continue;
		memmove(e->slots, slots, e->nslot*sizeof(void*));
		addthread(e, &e->next, pc+1, q, after);
	}
}

/* The next place where the expression's first rune is; nil if nowhere. */
static char *skip(Exec *e, char *p)
{
	Rune r;
	int n;

	while((r = runeat(e, p, &n)) != e->p->start){
		if(r == 0)
			return nil;
		p += n;
	}
	return p;
}

static void run(Exec *e, char *p)
{
	List t;
	Rune r, after;
	char *q;
	int n, m;

	r = runeat(e, p, &n);
	e->now.n = 0;
	for(;;){
		if(e->now.n == 0){
			if(e->found)
				return;
			if(e->p->start != 0){
				p = skip(e, p);
				if(p == nil)
					return;
				r = runeat(e, p, &n);
			}
		}
		if(!e->found){
			memset(e->slots, 0, e->nslot*sizeof(void*));
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
	e->now.where = ints(&mem, n);
	e->next.where = ints(&mem, n);
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
	memset(e.now.where, 0, p->ninst*sizeof(int));
	memset(e.next.where, 0, p->ninst*sizeof(int));
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
