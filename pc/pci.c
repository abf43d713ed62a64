/*
 * pci.c: configuration space and the list of devices.  Access is by the
 * ports of configuration mechanism 1, under pcilk; the extended space
 * through memory where ACPI's MCFG table says where.  The firmware has
 * given out addresses and bus numbers; they are taken as they are.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "arch.h"
#include "x86.h"
#include "pc.h"
#include "pci.h"

enum {
	Addr = 0xcf8, Data = 0xcfc,
	Multi = 0x80,			/* PciHdr: has several functions */
	Bridge = 0x060400,		/* class: PCI to PCI */
	Maxcaps = 48,
};

static Lock pcilk;
static Pcidev *devs, **last = &devs;
static u64int seen[4];			/* buses scanned */

static u32int cfgport(int bus, int dev, int fn, int r, int width, u32int *put)
{
	u32int v;

	v = ~0U;
	lock(&pcilk);
	outl(Addr, 1U<<31 | bus<<16 | dev<<11 | fn<<8 | (r & 0xfc));
	if(width == 4){
		if(put != nil)
			outl(Data, *put);
		else
			v = inl(Data);
	}else if(width == 2){
		if(put != nil)
			outw(Data + (r & 2), *put);
		else
			v = inw(Data + (r & 2));
	}else{
		if(put != nil)
			outb(Data + (r & 3), *put);
		else
			v = inb(Data + (r & 3));
	}
	unlock(&pcilk);
	return v;
}

/* The device's 4 KiB in memory, or nil. */
static uchar *extspace(Pcidev *d)
{
	uchar *t;
	u32int len, off;

	if(d->ext != nil || (t = acpitable("MCFG", 0, &len)) == nil)
		return d->ext;
	for(off = 44; off + 16 <= len; off += 16)
		if(get16(t+off+8) == 0 && d->bus >= t[off+10] && d->bus <= t[off+11])
			return d->ext = kmapdev(get64(t+off) + ((d->bus - t[off+10])<<20 | d->dev<<15 | d->fn<<12), PGSZ);
	return nil;
}

/* A register beyond what the ports reach. */
static volatile u32int *extreg(Pcidev *d, int r)
{
	uchar *p;

	if(r < 0 || r >= 4096 || (p = extspace(d)) == nil)
		return nil;
	return (volatile u32int*)(p + (r & ~3));
}

u32int pcicfgr(Pcidev *d, int r, int width)
{
	volatile u32int *p;
	u32int v;

	if(r >= 0 && r < 256)
		return cfgport(d->bus, d->dev, d->fn, r, width, nil);
	p = extreg(d, r);
	v = p == nil? ~0U: *p >> 8*(r & 3);
	return width == 4? v: v & ((1U<<8*width) - 1);
}

void pcicfgw(Pcidev *d, int r, int width, u32int v)
{
	volatile u32int *p;
	u32int mask;

	if(r >= 0 && r < 256){
		cfgport(d->bus, d->dev, d->fn, r, width, &v);
		return;
	}
	p = extreg(d, r);
	if(p == nil)
		return;
	mask = width == 4? ~0U: ((1U<<8*width) - 1) << 8*(r & 3);
	*p = (*p & ~mask) | (v << 8*(r & 3) & mask);
}

/* Size up one BAR, decoding being off; returns how many it takes. */
static int sizebar(Pcidev *d, int i)
{
	Pcibar *b;
	u64int v, m;
	int r, wide;

	b = &d->bar[i];
	r = PciBar + 4*i;
	v = pcicfgr(d, r, 4);
	pcicfgw(d, r, 4, ~0U);
	m = pcicfgr(d, r, 4);
	pcicfgw(d, r, 4, v);
	if(m == 0)
		return 1;
	b->io = v & 1;
	if(b->io){
		b->addr = v & 0xfffc;
		b->size = (~(m & 0xfffc) & 0xffff) + 1;
		return 1;
	}
	b->prefetch = v>>3 & 1;
	wide = (v & 6) == 4 && i+1 < NBAR;
	if(wide){
		v |= (u64int)pcicfgr(d, r+4, 4)<<32;
		pcicfgw(d, r+4, 4, ~0U);
		m |= (u64int)pcicfgr(d, r+4, 4)<<32;
		pcicfgw(d, r+4, 4, v>>32);
	}else
		m |= ~0UL<<32;
	b->addr = v & ~15UL;
	b->size = ~(m & ~15UL) + 1;
	return wide? 2: 1;
}

static void sizebars(Pcidev *d)
{
	u32int cmd;
	int i, n;

	n = d->hdr == 0? NBAR: d->hdr == 1? 2: 0;
	cmd = pcicfgr(d, PciCmd, 2);
	pcicfgw(d, PciCmd, 2, cmd & ~(PciIo|PciMem));
	for(i = 0; i < n; )
		i += sizebar(d, i);
	pcicfgw(d, PciCmd, 2, cmd);
}

static Pcidev *found(int bus, int dev, int fn)
{
	Pcidev *d;

	d = mallocz(sizeof *d, 1);
	if(d == nil)
		return nil;
	d->bus = bus;
	d->dev = dev;
	d->fn = fn;
	d->vid = pcicfgr(d, PciVid, 2);
	d->did = pcicfgr(d, PciDid, 2);
	d->rev = pcicfgr(d, PciRev, 1);
	d->class = pcicfgr(d, PciRev, 4)>>8;
	d->hdr = pcicfgr(d, PciHdr, 1) & 0x7f;
	if(pcicfgr(d, PciIntp, 1) != 0)
		d->intl = pcicfgr(d, PciIntl, 1);
	sizebars(d);
	*last = d;
	last = &d->next;
	return d;
}

static void scandev(int bus, int dev)
{
	Pcidev *d;
	int fn, nfn;

	nfn = 1;
	for(fn = 0; fn < nfn; fn++){
		if((cfgport(bus, dev, fn, PciVid, 2, nil) & 0xffff) == 0xffff || (d = found(bus, dev, fn)) == nil)
			continue;
		if(fn == 0 && pcicfgr(d, PciHdr, 1) & Multi)
			nfn = 8;
	}
}

/*
 * Bus 0, then the buses behind the bridges found, which come later in the
 * list.  A bus is scanned once, however the bridges are numbered.
 */
void pciscan(void)
{
	Pcidev *d;
	int bus, dev;

	seen[0] = 1;
	for(dev = 0; dev < 32; dev++)
		scandev(0, dev);
	for(d = devs; d != nil; d = d->next){
		if(d->hdr != 1 || d->class>>8 != Bridge>>8)
			continue;
		bus = pcicfgr(d, PciBus2, 1);
		if(seen[bus/64]>>bus%64 & 1)
			continue;
		seen[bus/64] |= 1UL<<bus%64;
		for(dev = 0; dev < 32; dev++)
			scandev(bus, dev);
	}
}

Pcidev *pcimatch(Pcidev *prev, int vid, int did)
{
	Pcidev *d;

	for(d = prev == nil? devs: prev->next; d != nil; d = d->next)
		if(d->vid == vid && (did == 0 || d->did == did))
			break;
	return d;
}

Pcidev *pciclass(Pcidev *prev, u32int class)
{
	Pcidev *d;

	for(d = prev == nil? devs: prev->next; d != nil; d = d->next)
		if(d->class>>8 == class>>8)
			break;
	return d;
}

int pcicap(Pcidev *d, int id, int after)
{
	int r, i;

	if(!(pcicfgr(d, PciStatus, 2) & PciHascap))
		return 0;
	r = pcicfgr(d, after == 0? PciCap: after+1, 1) & ~3;
	for(i = 0; i < Maxcaps && r >= 0x40; i++){
		if((int)pcicfgr(d, r, 1) == id)
			return r;
		r = pcicfgr(d, r+1, 1) & ~3;
	}
	return 0;
}

void pcienable(Pcidev *d)
{
	pcicfgw(d, PciCmd, 2, pcicfgr(d, PciCmd, 2) | PciIo|PciMem|PciMaster);
}

void *pcimap(Pcidev *d, int bar, u64int off, usize n)
{
	Pcibar *b;
	void *p;

	if(bar < 0 || bar >= NBAR)
		return seterrp("no such base address register");
	b = &d->bar[bar];
	if(b->io || b->addr == 0 || off > b->size || n > b->size - off)
		return seterrp("registers are outside the device");
	p = kmapdev(b->addr + off, n);
	if(p == nil)
		return seterrp("no memory to map registers");
	return p;
}

/* #P/pci: bus.device.function, class, vendor and device, interrupt, BARs: address and size */
static int pciread(char *buf, int n)
{
	Pcidev *d;
	Pcibar *b;
	char *p, *e;

	p = buf;
	e = buf + n;
	for(d = devs; d != nil; d = d->next){
		p = seprint(p, e, "%d.%d.%d:\t%.2ux.%.2ux.%.2ux %.4ux/%.4ux %3d", d->bus, d->dev, d->fn,
			d->class>>16, d->class>>8 & 0xff, d->class & 0xff, d->vid, d->did, d->intl);
		for(b = d->bar; b < d->bar + NBAR; b++)
			if(b->size != 0)
				p = seprint(p, e, " %d:%.8lux %lud", (int)(b - d->bar), b->addr | b->io, b->size);
		p = seprint(p, e, "\n");
	}
	return p - buf;
}

static Archfile pcifile = { .name = "pci", .mode = 0444, .read = pciread };

void pciinit(void)
{
	pciscan();
	archadd(&pcifile);
}
