/*
 * self.c: the checked kernel shows that its checks can fail: with the boot
 * argument selfcheck=name it does what must not be done, once, at start-up.
 * The test qemu/checked asks for each and wants the panic.
 * Runs in the first process; nothing else uses it.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"

typedef struct Pair Pair;
struct Pair {
	Lock a, b;
	QLock q;
};

static int seven = 7;	/* no constant, or the compiler would see what comes */

static void pastend(void)
{
	char *p;

	if((p = malloc(seven)) != nil)
		p[seven] = 1;
}

static void afterfree(void)
{
	char *p;

	if((p = malloc(seven)) == nil)
		return;
	free(p);
	*(volatile char*)p = 1;
}

static void freetwice(void)
{
	void *p;

	p = malloc(seven);
	free(p);
	free(p);
}

static void copypast(void)
{
	char *p;

	if((p = malloc(seven)) != nil)
		memset(p, 0, seven+1);
}

static void both(Lock *a, Lock *b)
{
	lock(a);
	lock(b);
	unlock(b);
	unlock(a);
}

static __attribute__((noinline)) Pair *pairnew(void)
{
	return mallocz(sizeof(Pair), 1);
}

/* in two objects: the order is that of their kind, who is made at one place */
static void order(void)
{
	Pair *p, *q;

	if((p = pairnew()) == nil || (q = pairnew()) == nil)
		return;
	both(&p->a, &p->b);
	both(&q->b, &q->a);
}

static void sleeplocked(void)
{
	Pair *p;

	if((p = pairnew()) == nil)
		return;
	lock(&p->a);
	qlock(&p->q);
}

static void overflow(void)
{
	int big;

	big = 0x7ffffff0 + seven;
	kprint("%d\n", big + 2*seven);
}

static void shift(void)
{
	kprint("%d\n", 1 << (seven*5));
}

void checkself(void)
{
	static struct {
		char *name;
		void (*f)(void);
	} fault[] = {
		{ "pastend", pastend }, { "afterfree", afterfree }, { "freetwice", freetwice },
		{ "copypast", copypast }, { "order", order }, { "sleeplocked", sleeplocked },
		{ "overflow", overflow }, { "shift", shift },
	};
	char *what;
	uint i;

	if((what = bootarg("selfcheck")) == nil)
		return;
	for(i = 0; i < nelem(fault); i++)
		if(strcmp(what, fault[i].name) == 0)
			fault[i].f();
	panic("selfcheck: %s went unnoticed", what);
}
