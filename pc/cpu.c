/*
 * cpu.c: what the processor can do, and its control registers.  All
 * processors are taken to be alike; the first is asked.  Leaves: Intel SDM
 * volume 2, CPUID; hypervisor leaves as KVM and VMware define them.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"

Cpufeat cpufeat;
extern uchar smaptab[], esmaptab[];

static int bit(u32int v, int n)
{
	return v>>n & 1;
}

static void put4(char *s, u32int v)
{
	memmove(s, &v, 4);
}

static void cpunames(void)
{
	Cpuid r;
	u32int i;

	r = cpuid(0, 0);
	put4(cpufeat.vendor, r.b);
	put4(cpufeat.vendor+4, r.d);
	put4(cpufeat.vendor+8, r.c);
	if(cpuid(0x80000000, 0).a < 0x80000004)
		return;
	for(i = 0; i < 3; i++){
		r = cpuid(0x80000002+i, 0);
		put4(cpufeat.name+16*i, r.a);
		put4(cpufeat.name+16*i+4, r.b);
		put4(cpufeat.name+16*i+8, r.c);
		put4(cpufeat.name+16*i+12, r.d);
	}
}

void cpufeatinit(void)
{
	Cpufeat *f;
	Cpuid r;

	f = &cpufeat;
	cpunames();
	f->maxleaf = cpuid(0, 0).a;
	r = cpuid(1, 0);
	f->sig = r.a;
	f->pge = bit(r.d, 13);
	f->pat = bit(r.d, 16);
	f->x2apic = bit(r.c, 21);
	f->tscdeadline = bit(r.c, 24);
	f->xsave = bit(r.c, 26);
	f->rdrand = bit(r.c, 30);
	if(bit(r.c, 31)){
		r = cpuid(0x40000000, 0);
		if(r.a >= 0x40000000 && r.a < 0x40010000)
			f->maxhyper = r.a;
	}
	if(f->maxleaf >= 7){
		r = cpuid(7, 0);
		f->tscadjust = bit(r.b, 1);
		f->smep = bit(r.b, 7);
		f->rdseed = bit(r.b, 18);
		f->smap = bit(r.b, 20);
		f->umip = bit(r.c, 2);
	}
	f->gbpage = bit(cpuid(0x80000001, 0).d, 26);
	if(cpuid(0x80000000, 0).a >= 0x80000007)
		f->tscinvariant = bit(cpuid(0x80000007, 0).d, 8);
}

/*
 * The page attribute table: entries 0 to 3 as at reset (write back, through,
 * uncached unless the MTRRs say other, uncached), entry 4 write combining,
 * which PtePat selects.
 */
#define PATVALUE 0x0007040100070406UL

void cpusetup(void)
{
	u64int r;

	r = Cr4pae|Cr4mce|Cr4osfxsr|Cr4osxmm;
	if(cpufeat.pge)
		r |= Cr4pge;
	if(cpufeat.smep)
		r |= Cr4smep;
	if(cpufeat.smap)
		r |= Cr4smap;
	if(cpufeat.umip)
		r |= Cr4umip;
	if(cpufeat.xsave)
		r |= Cr4osxsave;
	cr4put(r);
	cr0put((cr0get() & ~(u64int)Cr0em) | Cr0mp|Cr0ne|Cr0wp|Cr0ts);
	if(cpufeat.pat)
		wrmsr(Msrpat, PATVALUE);
	wrmsr(MSREFER, rdmsr(MSREFER) | Efersce|Efernxe);
}

void smappatch(void)
{
	struct { uchar *at; u64int op; } *p;

	if(!cpufeat.smap)
		return;
	for(p = (void*)smaptab; (uchar*)p < esmaptab; p++){
		p->at[0] = 0x0f;
		p->at[1] = 0x01;
		p->at[2] = p->op;
	}
}
