/*
 * main.c: from boot.S to kmain, and what a kernel that runs calls back for.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "arch.h"
#include "x86.h"
#include "pc.h"

extern uchar bootstktop[];
extern void (*drvtab[])(void);		/* conf.c */

/* Does not return, so the stack protector's value may change under it. */
noreturn_ void pcmain(u32int magic, u64int info)
{
	static uchar iststk[3*ISTKSZ] __attribute__((aligned(16)));
	u64int r;

	descinit(&cpu0, iststk);
	kstkset((uintptr)bootstktop);
	cpus[0] = &cpu0.cpu;
	cpu0.cpu.online = 1;
	ncpu = 1;
	machputsinit();
	cpufeatinit();
	smappatch();
	cpusetup();
	r = rdtsc() * 0x9e3779b97f4a7c15;
	hwrandom(&r, sizeof r);
	__stack_chk_guard = r & ~0xffUL;	/* a zero byte stops strings */
	bootinforead(magic, info);
	memmapinit();
	kmapinit();
	picoff();
	acpiinit();
	lapicinit();
	cpu0.cpu.apicid = lapicid();
	madtread();
	clockinit();
	fpinitcpu();
	kmaplate();
	kmain();
}

void machlate(void)
{
	int i;

	intrinit();
	archinit();
	pciinit();
	for(i = 0; drvtab[i] != nil; i++)
		drvtab[i]();
	smpstart();
	clocklate();
}

/* #P/cputype */
static int cputyperead(char *buf, int n)
{
	char *s;

	for(s = cpufeat.name; *s == ' '; s++)
		;
	return snprint(buf, n, "%s %lud MHz %s family %#ux\n", *s? s: "amd64", (tschz+500000)/1000000,
		cpufeat.vendor, cpufeat.sig);
}

static Archfile cputypefile = { .name = "cputype", .mode = 0444, .read = cputyperead };

void archinit(void)
{
	archadd(&cputypefile);
}
