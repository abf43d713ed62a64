/*
 * desc.c: a processor's descriptor tables and the registers that say where
 * traps and system calls go.  The interrupt table is shared; the global
 * table, the task segment and the interrupt stacks are each processor's own.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"

typedef struct Gate Gate;
struct Gate {
	u16int off0, sel;
	u8int ist, type;
	u16int off1;
	u32int off2, pad;
};
typedef struct Tabptr Tabptr;
struct Tabptr {
	u16int limit;
	u64int base;
} __attribute__((packed));

enum {
	Gateintr = 0x8e,	/* present, 64-bit interrupt gate, for the kernel */
	Gateuser = 0xee,	/* user mode may use it too */
};
/* what a system call clears: trap, interrupt, direction, privilege level of I/O, nested task, alignment check */
#define CALLMASK (Ftrap|Fintr|Fdir|Fiopl|Fnest|Falign)

static Gate idt[256];
Pccpu cpu0;

static void gateset(int v, int ist, int type)
{
	u64int a;

	a = (u64int)vectors + 16*v;
	idt[v].off0 = a;
	idt[v].off1 = a>>16;
	idt[v].off2 = a>>32;
	idt[v].sel = KCODE;
	idt[v].ist = ist;
	idt[v].type = type;
}

static void idtinit(void)
{
	int v;

	for(v = 0; v < 256; v++)
		gateset(v, 0, Gateintr);
	gateset(1, IstDebug, Gateintr);
	gateset(2, IstNmi, Gateintr);
	gateset(3, 0, Gateuser);
	gateset(8, IstFault, Gateintr);
	gateset(18, IstDebug, Gateintr);
}

static void gdtinit(Pccpu *p)
{
	u64int a;

	p->gdt[KCODE>>3] = 0x00af9b000000ffff;
	p->gdt[KDATA>>3] = 0x00cf93000000ffff;
	p->gdt[UDATA>>3] = 0x00cff3000000ffff;
	p->gdt[UCODE>>3] = 0x00affb000000ffff;
	a = (u64int)&p->tss;
	p->gdt[TSSSEL>>3] = (sizeof(Tss)-1) | (a & 0xffffff)<<16 | 0x89UL<<40 | (a>>24 & 0xff)<<56;
	p->gdt[(TSSSEL>>3) + 1] = a>>32;
}

void descinit(Pccpu *p, uchar *iststk)
{
	Tabptr t;

	if(p == &cpu0)
		idtinit();
	gdtinit(p);
	p->cpu.self = &p->cpu;
	p->tss.ist[IstFault-1] = (u64int)iststk + ISTKSZ;
	p->tss.ist[IstNmi-1] = (u64int)iststk + 2*ISTKSZ;
	p->tss.ist[IstDebug-1] = (u64int)iststk + 3*ISTKSZ;
	p->tss.iomap = sizeof(Tss);
	t.limit = sizeof p->gdt - 1;
	t.base = (u64int)p->gdt;
	gdtload(&t);
	t.limit = sizeof idt - 1;
	t.base = (u64int)idt;
	__asm__ volatile("lidt %0; ltr %w1" :: "m"(t), "r"(TSSSEL));
	wrmsr(MSRGSBASE, (u64int)p);
	wrmsr(MSRKGSBASE, 0);
	wrmsr(MSRSTAR, (u64int)(KDATA|3)<<48 | (u64int)KCODE<<32);
	wrmsr(MSRLSTAR, (u64int)syscallentry);
	wrmsr(MSRSFMASK, CALLMASK);
	wrmsr(Msrsysentercs, 0);	/* the other fast call faults */
}

void kstkset(uintptr top)
{
	thiscpu()->kstktop = top;
	pccpu()->tss.rsp[0] = top;
}
