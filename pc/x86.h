/*
 * x86.h: instructions that C cannot express, and the bits they work on.
 * Names of registers and bits: Intel SDM volume 3.
 */
#pragma once
#include "asm.h"

enum {	/* CR0 */
	Cr0mp = 1<<1, Cr0em = 1<<2, Cr0ts = 1<<3, Cr0ne = 1<<5, Cr0wp = 1<<16,
};
enum {	/* CR4 */
	Cr4pae = 1<<5, Cr4mce = 1<<6, Cr4pge = 1<<7, Cr4osfxsr = 1<<9, Cr4osxmm = 1<<10,
	Cr4umip = 1<<11, Cr4osxsave = 1<<18, Cr4smep = 1<<20, Cr4smap = 1<<21,
};
enum {	/* EFER */
	Efersce = 1<<0, Efernxe = 1<<11,
};
enum {	/* rflags */
	Fcarry = 1<<0, Fone = 1<<1, Ftrap = 1<<8, Fintr = 1<<9, Fdir = 1<<10,
	Fiopl = 3<<12, Fnest = 1<<14, Fresume = 1<<16, Falign = 1<<18,
	Fuser = 0x250dd5,	/* what a user may have: CF PF AF ZF SF TF DF OF RF AC ID */
};
enum {	/* model-specific registers */
	Msrtscadjust = 0x3b,
	Msrapicbase = 0x1b,
	Msrsysentercs = 0x174,
	Msrpat = 0x277,
	Msrtscdeadline = 0x6e0,
	Msrx2apic = 0x800,
	Msrtscaux = 0xc0000103,
};

static inline u8int inb(int port)
{
	u8int v;

	__asm__ volatile("inb %w1,%0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline u16int inw(int port)
{
	u16int v;

	__asm__ volatile("inw %w1,%0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline u32int inl(int port)
{
	u32int v;

	__asm__ volatile("inl %w1,%0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void outb(int port, u8int v)
{
	__asm__ volatile("outb %0,%w1" :: "a"(v), "Nd"(port));
}

static inline void outw(int port, u16int v)
{
	__asm__ volatile("outw %0,%w1" :: "a"(v), "Nd"(port));
}

static inline void outl(int port, u32int v)
{
	__asm__ volatile("outl %0,%w1" :: "a"(v), "Nd"(port));
}

static inline u64int rdmsr(u32int r)
{
	u32int lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(r));
	return (u64int)hi<<32 | lo;
}

static inline void wrmsr(u32int r, u64int v)
{
	__asm__ volatile("wrmsr" :: "c"(r), "a"((u32int)v), "d"((u32int)(v>>32)) : "memory");
}

static inline u64int rdtsc(void)
{
	u32int lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (u64int)hi<<32 | lo;
}

#define CRFUNCS(n) \
	static inline u64int cr##n##get(void) \
	{ \
		u64int v; \
		__asm__ volatile("movq %%cr" #n ",%0" : "=r"(v) :: "memory"); \
		return v; \
	} \
	static inline void cr##n##put(u64int v) \
	{ \
		__asm__ volatile("movq %0,%%cr" #n :: "r"(v) : "memory"); \
	}
CRFUNCS(0)
CRFUNCS(2)
CRFUNCS(3)
CRFUNCS(4)
#undef CRFUNCS

static inline void invlpg(uintptr va)
{
	__asm__ volatile("invlpg (%0)" :: "r"(va) : "memory");
}

static inline void xcr0put(u64int v)
{
	__asm__ volatile("xsetbv" :: "c"(0), "a"((u32int)v), "d"((u32int)(v>>32)));
}

typedef struct Cpuid Cpuid;
struct Cpuid { u32int a, b, c, d; };

static inline Cpuid cpuid(u32int leaf, u32int sub)
{
	Cpuid r;

	__asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(sub));
	return r;
}

/* device memory: one access of that width, in program order */
static inline u32int mmget32(volatile void *p) { return *(volatile u32int*)p; }
static inline void mmput32(volatile void *p, u32int v) { *(volatile u32int*)p = v; }
