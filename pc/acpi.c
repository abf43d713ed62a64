/*
 * acpi.c: finding ACPI's tables, and the ones with fixed layouts that say how the
 * machine is built: MADT (interrupt controllers, processors).  Layouts:
 * ACPI specification 6.  Lengths and checksums are checked before a
 * table is believed.  Everything here runs at boot, on one processor; tables
 * stay mapped.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"

enum {
	Hdrlen = 36,
	Rsdp1len = 20, Rsdp2len = 36,
	Maxtable = 4*MiB,
	Maxtables = 256,
	Madtlapic = 0, Madtioapic = 1, Madtoverride = 2, Madtx2apic = 9,
};

static uchar *root;		/* RSDT or XSDT */
static u32int rootlen;
static int rootsize;		/* of an entry */
u32int apicids[NAPIC];
int napic;

u16int get16(uchar *p)
{
	return p[0] | p[1]<<8;
}

u32int get32(uchar *p)
{
	return get16(p) | (u32int)get16(p+2)<<16;
}

u64int get64(uchar *p)
{
	return get32(p) | (u64int)get32(p+4)<<32;
}

static int sumok(uchar *p, u32int n)
{
	uchar sum;

	for(sum = 0; n > 0; n--)
		sum += *p++;
	return sum == 0;
}

/* The whole table at pa, or nil. */
static uchar *tablemap(u64int pa, u32int *len)
{
	uchar *p;
	u32int n;

	if(pa == 0 || (p = physmap(pa, Hdrlen)) == nil)
		return nil;
	n = get32(p+4);
	if(n < Hdrlen || n > Maxtable || (p = physmap(pa, n)) == nil || !sumok(p, n))
		return nil;
	*len = n;
	return p;
}

static int rsdpok(uchar *p)
{
	return p != nil && memcmp(p, "RSD PTR ", 8) == 0 && sumok(p, Rsdp1len);
}

/* In the memory of a BIOS, on a 16-byte border between base and base+n. */
static uchar *rsdpscan(u64int base, u32int n)
{
	uchar *p;
	u32int i;

	p = physmap(base, n + Rsdp2len);
	for(i = 0; p != nil && i < n; i += 16)
		if(rsdpok(p+i))
			return p+i;
	return nil;
}

static uchar *rsdpfind(void)
{
	uchar *p;
	u64int ebda;

	if(bootinfo.rsdplen >= Rsdp1len && rsdpok(bootinfo.rsdp))
		return bootinfo.rsdp;
	if(bootinfo.rsdppa != 0 && rsdpok(p = physmap(bootinfo.rsdppa, Rsdp2len)))
		return p;
	ebda = get16(kaddr(0x40e))<<4;
	if(ebda >= 0x80000 && ebda < 0xa0000-KiB && (p = rsdpscan(ebda, KiB)) != nil)
		return p;
	return rsdpscan(0xe0000, 0x20000 - Rsdp2len);
}

void acpiinit(void)
{
	uchar *p;

	p = rsdpfind();
	if(p == nil)
		return;
	if(p[15] >= 2 && (p != bootinfo.rsdp || bootinfo.rsdplen >= Rsdp2len) && sumok(p, Rsdp2len)){
		root = tablemap(get64(p+24), &rootlen);
		rootsize = 8;
	}
	if(root == nil){
		root = tablemap(get32(p+16), &rootlen);
		rootsize = 4;
	}
}

uchar *acpitable(char *sig, int n, u32int *len)
{
	uchar *p;
	u32int off;
	int i;

	if(root == nil)
		return nil;
	i = 0;
	for(off = Hdrlen; off + rootsize <= rootlen && i++ < Maxtables; off += rootsize){
		p = tablemap(rootsize == 8? get64(root+off): get32(root+off), len);
		if(p != nil && memcmp(p, sig, 4) == 0 && n-- == 0)
			return p;
	}
	return nil;
}

static void addcpu(u32int apicid, u32int flags)
{
	int i;

	if(!(flags & 1))
		return;
	for(i = 0; i < napic; i++)
		if(apicids[i] == apicid)
			return;
	if(napic < NAPIC)
		apicids[napic++] = apicid;
}

static void override(uchar *p)
{
	u32int flags;

	flags = get16(p+8);
	ioapicisa(p[3], get32(p+4), (flags & 3) == 3, (flags>>2 & 3) == 3);
}

static void madtentry(uchar *p, u32int n)
{
	switch(p[0]){
	case Madtlapic:
		if(n >= 8)
			addcpu(p[3], get32(p+4));
		break;
	case Madtioapic:
		if(n >= 12)
			ioapicadd(get32(p+4), get32(p+8));
		break;
	case Madtoverride:
		if(n >= 10)
			override(p);
		break;
	case Madtx2apic:
		if(n >= 16)
			addcpu(get32(p+4), get32(p+8));
		break;
	}
}

/* Without a MADT: this processor alone, and the I/O APIC where PCs have it. */
void madtread(void)
{
	uchar *t;
	u32int len, off, n;

	apicids[napic++] = lapicid();
	t = acpitable("APIC", 0, &len);
	if(t == nil){
		ioapicadd(0xfec00000, 0);
		ioapicisa(0, 2, 0, 0);
		return;
	}
	for(off = 44; off + 2 <= len; off += n){
		n = t[off+1];
		if(n < 2 || n > len - off)
			break;
		madtentry(t+off, n);
	}
}
