/*
 * intr.c: vectors and who is called for them.
 *
 * A vector has a list of Intrs; a device's handler runs with interrupts off on the
 * processor that was interrupted and may wake but not sleep.  Lists change
 * under veclk, by single stores of pointers, and are read without a lock;
 * intrfree waits until no processor is in the vector's handlers.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "arch.h"
#include "x86.h"
#include "pc.h"

struct Intr {
	int vec;
	int isa;		/* ISA interrupt routed by the I/O APIC, or -1 */
	char *name;
	void (*f)(Ureg*, void*);
	void *arg;
	void (*off)(void*, int);	/* silences a message interrupt */
	void *offarg;
	int offn;
	u64int count;
	Intr *next;
};

enum { NISA = 16 };

static Lock veclk;
static Intr *vectab[256];
static u32int active[256];	/* processors in the handlers */
static int isavec[NISA];
static int nextvec = VDEV;

/* A vector that nobody has, or -1.  It is taken when intrnew is given it. */
int vecalloc(void)
{
	int i, v;

	lock(&veclk);
	for(i = VDEV; i < VTIMER; i++){
		v = nextvec;
		nextvec = nextvec+1 < VTIMER? nextvec+1: VDEV;
		if(vectab[v] == nil){
			unlock(&veclk);
			return v;
		}
	}
	unlock(&veclk);
	return -1;
}

Intr *intrnew(int vec, char *name, void (*f)(Ureg*, void*), void *arg)
{
	Intr *i;

	i = mallocz(sizeof *i, 1);
	if(i == nil)
		return nil;
	i->vec = vec;
	i->isa = -1;
	i->name = name;
	i->f = f;
	i->arg = arg;
	lock(&veclk);
	i->next = vectab[vec];
	__atomic_store_n(&vectab[vec], i, __ATOMIC_RELEASE);
	unlock(&veclk);
	return i;
}

void intrsetoff(Intr *i, void (*off)(void*, int), void *arg, int n)
{
	i->offarg = arg;
	i->offn = n;
	i->off = off;
}

Intr *intrisa(int irq, char *name, void (*f)(Ureg*, void*), void *arg)
{
	Intr *i;
	int v, new;

	if(irq < 0 || irq >= NISA)
		return seterrp("no such interrupt");
	v = isavec[irq];
	new = v == 0;
	if(new && (v = vecalloc()) < 0)
		return seterrp("no free interrupt vector");
	i = intrnew(v, name, f, arg);
	if(i == nil)
		return seterrp("no memory for an interrupt");
	i->isa = irq;
	if(new && ioapicroute(irq, v, cpu0.cpu.apicid) < 0){
		intrfree(i);
		return seterrp("interrupt is not connected");
	}
	isavec[irq] = v;
	return i;
}

/* Not from a handler. */
void intrfree(Intr *i)
{
	Intr **l;
	int v, isa;

	if(i->off != nil)
		i->off(i->offarg, i->offn);
	v = i->vec;
	isa = i->isa;
	lock(&veclk);
	for(l = &vectab[v]; *l != i; l = &(*l)->next)
		;
	__atomic_store_n(l, i->next, __ATOMIC_RELEASE);
	if(vectab[v] == nil && isa >= 0){
		ioapicmask(isa);
		isavec[isa] = 0;
	}
	unlock(&veclk);
	while(__atomic_load_n(&active[v], __ATOMIC_SEQ_CST) != 0)
		cpurelax();
	free(i);
}

static void device(Ureg *ur, int v)
{
	Intr *i;

	__atomic_fetch_add(&active[v], 1, __ATOMIC_SEQ_CST);
	for(i = __atomic_load_n(&vectab[v], __ATOMIC_ACQUIRE); i != nil; i = __atomic_load_n(&i->next, __ATOMIC_ACQUIRE)){
		i->count++;
		i->f(ur, i->arg);
	}
	__atomic_fetch_sub(&active[v], 1, __ATOMIC_SEQ_CST);
	lapiceoi();
}

void intrdispatch(Ureg *ur)
{
	thiscpu()->nintr++;
	switch(ur->trap){
	case VTIMER:
		lapiceoi();
		timerintr(ur);
		break;
	case VKICK:
		lapiceoi();
		break;
	case VSPURIOUS:
		break;
	default:
		device(ur, ur->trap);
	}
}

/* #P/irqalloc: vector, ISA number, count, name */
static int irqread(char *buf, int n)
{
	Intr *i;
	char *p, *e;
	int v;

	p = buf;
	e = buf + n;
	lock(&veclk);
	for(v = VDEV; v < VTIMER; v++)
		for(i = vectab[v]; i != nil; i = i->next)
			p = seprint(p, e, "%3d %3d %11lud %s\n", v, i->isa, i->count, i->name);
	unlock(&veclk);
	return p - buf;
}

static Archfile irqfile = { .name = "irqalloc", .mode = 0444, .read = irqread };

void intrinit(void)
{
	archadd(&irqfile);
}
