/*
 * lapic.c: the processor's own interrupt controller (Intel SDM volume 3
 * chapter 11): inter-processor interrupts, the one-shot timer, end of interrupt.
 * Registers are in memory (xAPIC), or, where the firmware has switched to
 * x2APIC, model-specific.  Each processor sees only its own.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"

enum {	/* register offsets */
	Id = 0x20, Tpr = 0x80, Eoi = 0xb0, Ldr = 0xd0, Svr = 0xf0, Esr = 0x280, Icr = 0x300, Icrhi = 0x310,
	Lvttimer = 0x320, Lvtperf = 0x340, Lvtlint0 = 0x350, Lvtlint1 = 0x360, Lvterror = 0x370,
	Initcount = 0x380, Curcount = 0x390, Divide = 0x3e0,
	Svrenable = 1<<8, Masked = 1<<16, Nmi = 4<<8, Deadline = 2<<17,
	Divide1 = 0xb,
	Icrbusy = 1<<12,
	Baseenable = 1<<11, Basex2 = 1<<10,
};

static uchar *regs;
static int x2;

static u32int get(int r)
{
	return x2? rdmsr(Msrx2apic + (r>>4)): mmget32(regs + r);
}

static void put(int r, u32int v)
{
	if(x2)
		wrmsr(Msrx2apic + (r>>4), v);
	else
		mmput32(regs + r, v);
}

/* On each processor.  The registers of all are at the same address. */
void lapicinit(void)
{
	u64int base;

	base = rdmsr(Msrapicbase);
	if(regs == nil && !x2){
		x2 = (base & Basex2) != 0;
		if(!x2 && (regs = kmapdev(base & PteAddr, PGSZ)) == nil)
			panic("lapic: no memory to map it");
	}
	if(x2)
		wrmsr(Msrapicbase, base | Baseenable|Basex2);
	else if(!(base & Baseenable))
		wrmsr(Msrapicbase, base | Baseenable);
	put(Tpr, 0);
	put(Lvttimer, Masked | VTIMER);
	put(Lvtperf, Masked);
	put(Lvtlint0, Masked);
	put(Lvtlint1, thiscpu()->id == 0? Nmi: Masked);
	put(Lvterror, Masked | VERROR);
	put(Divide, Divide1);
	put(Esr, 0);
	put(Svr, Svrenable | VSPURIOUS);
	put(Eoi, 0);
}

u32int lapicid(void)
{
	return x2? get(Id): get(Id)>>24;
}

void lapiceoi(void)
{
	put(Eoi, 0);
}

/* A command to the processor with that id.  Returns when it has been sent. */
void lapicipi(u32int apicid, u32int cmd)
{
	int s;

	s = splhi();
	if(x2)
		wrmsr(Msrx2apic + (Icr>>4), (u64int)apicid<<32 | cmd | IpiAssert);
	else{
		while(mmget32(regs + Icr) & Icrbusy)
			cpurelax();
		put(Icrhi, apicid<<24);
		put(Icr, cmd | IpiAssert);
		while(mmget32(regs + Icr) & Icrbusy)
			cpurelax();
	}
	splx(s);
}

/* One shot of count timer ticks; 0 stops it. */
void lapicarm(u32int count)
{
	put(Lvttimer, VTIMER);
	put(Initcount, count);
}

void lapicdeadline(void)
{
	put(Lvttimer, Deadline | VTIMER);
	__asm__ volatile("mfence" ::: "memory");	/* the SDM asks for it before the first deadline */
}

/* For calibration: count down from the top, silently; what is left. */
void lapicfree(void)
{
	put(Lvttimer, Masked | VTIMER);
	put(Initcount, ~0U);
}

u32int lapiccount(void)
{
	return get(Curcount);
}

void cpukick(int id)
{
	if(id >= 0 && id < NCPU && cpus[id] != nil && cpus[id]->online)
		lapicipi(cpus[id]->apicid, VKICK);
}
