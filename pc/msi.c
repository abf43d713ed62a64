/*
 * msi.c: interrupts that are memory writes (PCI specification 3.0, 6.8): the
 * address names a local APIC, the data its vector.  All go to processor 0.
 * Drivers call these at start-up, one at a time for a device.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"
#include "pci.h"

enum {
	Ctl = 2,			/* offset in the capability */
	MsiAddr = 4, MsiEnable = 1<<0, MsiWide = 1<<7, MsiMany = 7<<4,
	MsixTable = 4, MsixEnable = 1<<15, MsixMaskall = 1<<14, MsixSize = 0x7ff,
	Entsize = 16, EntAddr = 0, EntHi = 4, EntData = 8, EntCtl = 12, EntMask = 1,
};

static u32int msiaddr(void)
{
	return 0xfee00000 | cpu0.cpu.apicid<<12;
}

/* Map the table and mask all in it: 0, or -1. */
static int msixopen(Pcidev *d, int cap)
{
	u32int t, n;
	u32int i;

	if(d->msix != nil)
		return 0;
	n = (pcicfgr(d, cap+Ctl, 2) & MsixSize) + 1;
	t = pcicfgr(d, cap+MsixTable, 4);
	d->msix = pcimap(d, t & 7, t & ~7U, n*Entsize);
	if(d->msix == nil)
		return -1;
	d->nmsix = n;
	pcicfgw(d, PciCmd, 2, pcicfgr(d, PciCmd, 2) | PciMem|PciMaster|PciNointx);
	pcicfgw(d, cap+Ctl, 2, pcicfgr(d, cap+Ctl, 2) | MsixEnable|MsixMaskall);
	for(i = 0; i < n; i++)
		mmput32(d->msix + i*Entsize + EntCtl, EntMask);
	pcicfgw(d, cap+Ctl, 2, (pcicfgr(d, cap+Ctl, 2) | MsixEnable) & ~MsixMaskall);
	return 0;
}

static void msixoff(void *arg, int n)
{
	Pcidev *d;

	d = arg;
	mmput32(d->msix + n*Entsize + EntCtl, EntMask);
}

static void msixset(Pcidev *d, int n, int vec)
{
	uchar *e;

	e = d->msix + n*Entsize;
	mmput32(e + EntAddr, msiaddr());
	mmput32(e + EntHi, 0);
	mmput32(e + EntData, vec);
	mmput32(e + EntCtl, 0);
}

static void msioff(void *arg, int n)
{
	Pcidev *d;
	int cap;

	USED(n);
	d = arg;
	cap = pcicap(d, CapMsi, 0);
	pcicfgw(d, cap+Ctl, 2, pcicfgr(d, cap+Ctl, 2) & ~MsiEnable);
}

static void msiset(Pcidev *d, int cap, int vec)
{
	u32int ctl;
	int data;

	ctl = pcicfgr(d, cap+Ctl, 2);
	pcicfgw(d, cap+MsiAddr, 4, msiaddr());
	data = cap + MsiAddr + 4;
	if(ctl & MsiWide){
		pcicfgw(d, data, 4, 0);
		data += 4;
	}
	pcicfgw(d, data, 2, vec);
	pcicfgw(d, PciCmd, 2, pcicfgr(d, PciCmd, 2) | PciMaster|PciNointx);
	pcicfgw(d, cap+Ctl, 2, (ctl & ~MsiMany) | MsiEnable);
}

static Intr *intrpin(Pcidev *d, char *name, void (*f)(Ureg*, void*), void *arg)
{
	if(d->intl == 0 || d->intl >= 16)
		return seterrp("device has no interrupt");
	ioapicpci(d->intl);
	return intrisa(d->intl, name, f, arg);
}

int pcinmsi(Pcidev *d)
{
	int cap;

	cap = pcicap(d, CapMsix, 0);
	if(cap != 0)
		return (pcicfgr(d, cap+Ctl, 2) & MsixSize) + 1;
	return pcicap(d, CapMsi, 0) != 0 || (d->intl != 0 && d->intl < 16);
}

Intr *intrmsi(Pcidev *d, int n, char *name, void (*f)(Ureg*, void*), void *arg)
{
	Intr *i;
	int cap, vec, msix;

	msix = 1;
	cap = pcicap(d, CapMsix, 0);
	if(cap == 0 || msixopen(d, cap) < 0){
		msix = 0;
		cap = pcicap(d, CapMsi, 0);
	}
	if(n < 0 || n >= (msix? d->nmsix: 1))
		return seterrp("device has no such interrupt");
	if(cap == 0 || cpu0.cpu.apicid > 0xff)
		return intrpin(d, name, f, arg);
	if((vec = vecalloc()) < 0 || (i = intrnew(vec, name, f, arg)) == nil)
		return seterrp("no free interrupt vector");
	if(msix){
		msixset(d, n, vec);
		intrsetoff(i, msixoff, d, n);
	}else{
		msiset(d, cap, vec);
		intrsetoff(i, msioff, d, 0);
	}
	return i;
}
