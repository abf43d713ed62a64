/*
 * fpu.c: floating point and vector registers of processes.  The kernel
 * itself uses none.
 *
 * A process that has not touched them runs with CR0.TS set; its first use
 * traps (vector 7), it gets an area for its state (Proc.fp), and from then on the state
 * is saved and loaded at every switch.  Proc.fpused says so; while it is set and
 * the process runs, the registers hold the newest state.  Cpu.fpowner
 * is nil while TS is set.  The area is as XSAVE lays it out (Intel SDM volume 1
 * chapter 13), or FXSAVE where there is no XSAVE.  Nothing here sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "x86.h"
#include "pc.h"

enum {
	FxSize = 512,
	FxMxcsr = 24, FxMxcsrmask = 28,	/* offsets in the area */
	XsHeader = 512, XsBv = 512, XsHdrsize = 64,
	Fcwinit = 0x37f,
	Mxcsrinit = 0x1f80,
	Align = 64,
};
#define XCRALL 0xe7UL	/* x87, SSE, AVX, AVX-512's three */

usize fpsize = FxSize;
static u32int xmask;		/* XCR0; 0: FXSAVE only */
static u32int mxcsrmask = 0xffbf;

/* On each processor, after cpusetup. */
void fpinitcpu(void)
{
	static uchar area[FxSize] __attribute__((aligned(16)));
	u64int m;

	if(cpufeat.xsave && cpufeat.maxleaf >= 0xd){
		m = cpuid(0xd, 0).a & XCRALL;
		if((m & 0xe0) != 0xe0 || !(m & 4))
			m &= 7;
		xcr0put(m);
		xmask = m;
		fpsize = cpuid(0xd, 0).b;
	}
	if(thiscpu()->id == 0){
		__asm__ volatile("clts; fninit; fxsave64 %0" : "=m"(area));
		if(get32(area + FxMxcsrmask) != 0)
			mxcsrmask = get32(area + FxMxcsrmask);
	}
	cr0put(cr0get() | Cr0ts);
	thiscpu()->fpowner = nil;
}

static void save(void *a)
{
	if(xmask)
		__asm__ volatile("xsave64 (%0)" :: "r"(a), "a"(xmask), "d"(0) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" :: "r"(a) : "memory");
}

static void load(void *a)
{
	if(xmask)
		__asm__ volatile("xrstor64 (%0)" :: "r"(a), "a"(xmask), "d"(0) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" :: "r"(a) : "memory");
}

/* The processor's registers belong to p; nil: touching them traps. */
static void own(Proc *p)
{
	Cpu *c;

	c = thiscpu();
	if(p != nil)
		__asm__ volatile("clts");
	else if(c->fpowner != nil)
		cr0put(cr0get() | Cr0ts);
	c->fpowner = p;
}

/* The address malloc gave lies before the area. */
void *fpalloc(void)
{
	uchar *p, *a;

	p = malloc(fpsize + Align + sizeof(void*));
	if(p == nil)
		return nil;
	a = (uchar*)(((uintptr)p + sizeof(void*) + Align-1) & ~(uintptr)(Align-1));
	((void**)a)[-1] = p;
	if(xmask)
		memset(a + XsHeader, 0, XsHdrsize);
	return a;
}

void fpfree(void *a)
{
	if(a != nil)
		free(((void**)a)[-1]);
}

void fpinit(void *area)
{
	uchar *a;

	a = area;
	memset(a, 0, fpsize);
	*(u16int*)a = Fcwinit;
	*(u32int*)(a + FxMxcsr) = Mxcsrinit;
}

/* The registers would not load what breaks the processor's rules: make them keep to them. */
void fpsane(void *area)
{
	uchar *a;

	a = area;
	*(u32int*)(a + FxMxcsr) &= mxcsrmask;
	if(xmask){
		*(u64int*)(a + XsBv) &= xmask;
		memset(a + XsHeader + 8, 0, XsHdrsize - 8);
	}
}

int fpfirst(void)
{
	int s;

	if(up->fp == nil && (up->fp = fpalloc()) == nil)
		return -1;
	fpinit(up->fp);
	s = splhi();
	up->fpused = 1;
	own(up);
	load(up->fp);
	splx(s);
	return 0;
}

void fpprocsave(Proc *p)
{
	if(p->fpused)
		save(p->fp);
}

void fpprocrestore(Proc *p)
{
	kstkset(p->kstktop);
	if(p->fpused){
		own(p);
		load(p->fp);
	}else
		own(nil);
}

int fpcopy(Proc *to, Proc *from)
{
	to->fp = nil;
	to->notefp = nil;
	to->fpused = 0;
	if(!from->fpused)
		return 0;
	if((to->fp = fpalloc()) == nil)
		return -1;
	save(to->fp);
	to->fpused = 1;
	return 0;
}

void fpdrop(Proc *p)
{
	int s;

	s = splhi();
	p->fpused = 0;
	if(p == up)
		own(nil);
	splx(s);
	fpfree(p->fp);
	fpfree(p->notefp);
	p->fp = nil;
	p->notefp = nil;
}

void fpnoteenter(void)
{
	int s;

	fpfree(up->notefp);
	up->notefp = nil;
	if(!up->fpused)
		return;
	s = splhi();
	save(up->fp);
	up->notefp = up->fp;
	up->fp = nil;
	up->fpused = 0;
	own(nil);
	splx(s);
}

void fpnoteleave(void)
{
	int s;

	s = splhi();
	fpfree(up->fp);
	up->fp = up->notefp;
	up->notefp = nil;
	up->fpused = up->fp != nil;
	if(up->fpused){
		own(up);
		load(up->fp);
	}else
		own(nil);
	splx(s);
}

/* Which of the six causes, from status bits and not masked. */
static char *causename(u32int bits)
{
	static char *name[] = {
		"invalid operation", "denormal operand", "division by zero",
		"numeric overflow", "numeric underflow", "inexact result",
	};

	return bits & 0x3f? name[__builtin_ctz(bits)]: "floating point error";
}

char *fpcause(int vec)
{
	u32int mxcsr;
	u16int status, control;

	if(vec == 19){
		__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
		return causename(mxcsr & ~(mxcsr>>7) & 0x3f);
	}
	__asm__ volatile("fnstsw %0" : "=m"(status));
	__asm__ volatile("fnstcw %0" : "=m"(control));
	return causename(status & ~control & 0x3f);
}
