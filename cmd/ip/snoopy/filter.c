/*
 * filter.c: which packets are wanted.  An expression, in the usual order of
 * precedence:
 *
 *	proto			it has that layer
 *	proto(f=v, f!=v, ...)	and in it such fields; a=v: its s or its d is v
 *	! e   e & e   e | e   ( e )
 *
 * It becomes a tree; parentheses and ! nest only so deep.
 */
#include "u.h"
#include "libc.h"
#include "snoopy.h"

enum {
	Maxdepth = 50,
	Maxword = 64,
};

struct Filter {
	int op;			/* ! & | or p (proto), f (field) */
	int not;		/* f: != */
	char name[Maxword];
	char val[Maxword];
	Filter *a, *b;		/* p: a is its first field; f: b is the next */
};

typedef struct Parse Parse;
struct Parse {
	char *p;
	int depth;
};

void filterfree(Filter *f)
{
	if(f == nil)
		return;
	filterfree(f->a);
	filterfree(f->b);
	free(f);
}

static Filter *node(int op, Filter *a, Filter *b)
{
	Filter *f;

	if((f = mallocz(sizeof *f, 1)) == nil){
		filterfree(a);
		filterfree(b);
		return nil;
	}
	f->op = op;
	f->a = a;
	f->b = b;
	return f;
}

static int next(Parse *x)
{
	while(*x->p == ' ' || *x->p == '\t' || *x->p == '\n')
		x->p++;
	return *x->p;
}

static int word(Parse *x, char *buf)
{
	int n;

	next(x);
	for(n = 0; *x->p != 0 && strchr(" \t\n()!=&|,", *x->p) == nil; x->p++)
		if(n < Maxword-1)
			buf[n++] = *x->p;
	buf[n] = 0;
	if(n > 0)
		return 0;
	werrstr("filter: a name is wanted at %q", x->p);
	return -1;
}

static int expect(Parse *x, int c)
{
	if(next(x) == c){
		x->p++;
		return 0;
	}
	werrstr("filter: %c is wanted at %q", c, x->p);
	return -1;
}

/* the fields in parentheses, up to ) : a list, nil and errstr */
static Filter *fields(Parse *x)
{
	Filter *f;

	if((f = node('f', nil, nil)) == nil)
		return nil;
	if(word(x, f->name) < 0)
		goto bad;
	if(next(x) == '!'){
		x->p++;
		f->not = 1;
	}
	if(expect(x, '=') < 0 || word(x, f->val) < 0)
		goto bad;
	if(next(x) == ','){
		x->p++;
		if((f->b = fields(x)) == nil)
			goto bad;
	}else if(expect(x, ')') < 0)
		goto bad;
	return f;
bad:
	filterfree(f);
	return nil;
}

static Filter *expr(Parse *x, int level);
static Filter *unary(Parse *x);

static Filter *unary1(Parse *x)
{
	Filter *f;

	if(next(x) == '!'){
		x->p++;
		f = unary(x);
		return f != nil? node('!', f, nil): nil;
	}
	if(*x->p == '('){
		x->p++;
		if((f = expr(x, 0)) == nil || expect(x, ')') == 0)
			return f;
		filterfree(f);
		return nil;
	}
	if((f = node('p', nil, nil)) == nil)
		return nil;
	if(word(x, f->name) < 0)
		goto bad;
	if(next(x) == '('){
		x->p++;
		if((f->a = fields(x)) == nil)
			goto bad;
	}
	return f;
bad:
	filterfree(f);
	return nil;
}

static Filter *unary(Parse *x)
{
	Filter *f;

	if(x->depth == Maxdepth){
		werrstr("filter: too deep");
		return nil;
	}
	x->depth++;
	f = unary1(x);
	x->depth--;
	return f;
}

/* level 0: | of level 1; 1: & of what unary gives */
static Filter *expr(Parse *x, int level)
{
	Filter *a, *b;
	int op;

	op = level == 0? '|': '&';
	a = level == 0? expr(x, 1): unary(x);
	while(a != nil && next(x) == op){
		while(*x->p == op)
			x->p++;
		b = level == 0? expr(x, 1): unary(x);
		if(b == nil){
			filterfree(a);
			return nil;
		}
		a = node(op, a, b);
	}
	return a;
}

Filter *filterparse(char *s)
{
	Parse x = { .p = s };
	Filter *f;

	f = expr(&x, 0);
	if(f == nil || next(&x) == 0)
		return f;
	werrstr("filter: what is %q?", x.p);
	filterfree(f);
	return nil;
}

static int hasfield(Layer *l, char *name, char *val)
{
	int i;

	for(i = 0; i < l->n; i++)
		if(strcmp(l->name[i], name) == 0 && cistrcmp(l->val[i], val) == 0)
			return 1;
	return 0;
}

static int fieldsmatch(Filter *f, Layer *l)
{
	int has;

	for(; f != nil; f = f->b){
		if(strcmp(f->name, "a") == 0)
			has = hasfield(l, "s", f->val) || hasfield(l, "d", f->val);
		else
			has = hasfield(l, f->name, f->val);
		if(has == f->not)
			return 0;
	}
	return 1;
}

int filtermatch(Filter *f, Packet *k)
{
	int i;

	if(f == nil)
		return 1;
	switch(f->op){
	case '!':
		return !filtermatch(f->a, k);
	case '&':
		return filtermatch(f->a, k) && filtermatch(f->b, k);
	case '|':
		return filtermatch(f->a, k) || filtermatch(f->b, k);
	}
	for(i = 0; i < k->n; i++)
		if(strcmp(k->layer[i].proto, f->name) == 0 && fieldsmatch(f->a, &k->layer[i]))
			return 1;
	return 0;
}
