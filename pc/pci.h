/*
 * pci.h: devices on the PCI buses, for drivers.  The list is made at boot and
 * does not change.  Registers of the configuration space are named by
 * offset (PCI Local Bus specification 3.0, chapter 6).
 */
#pragma once
typedef struct Pcidev Pcidev;
typedef struct Pcibar Pcibar;

enum {	/* configuration space */
	PciVid = 0x00, PciDid = 0x02, PciCmd = 0x04, PciStatus = 0x06, PciRev = 0x08, PciClass = 0x09,
	PciHdr = 0x0e, PciBar = 0x10, PciBus2 = 0x19, PciSubvid = 0x2c, PciSubdid = 0x2e, PciCap = 0x34,
	PciIntl = 0x3c, PciIntp = 0x3d,
	PciIo = 1<<0, PciMem = 1<<1, PciMaster = 1<<2, PciNointx = 1<<10,	/* PciCmd */
	PciHascap = 1<<4,			/* PciStatus */
	CapMsi = 0x05, CapVendor = 0x09, CapPcie = 0x10, CapMsix = 0x11,
	NBAR = 6,
};

struct Pcibar {
	u64int addr;		/* physical, or I/O port; 0: none, or given none by the firmware */
	u64int size;		/* bytes, 0: none */
	u8int io;
	u8int prefetch;
};

struct Pcidev {
	u8int bus, dev, fn;
	u8int rev;
	u8int hdr;		/* 0 device, 1 bridge */
	u8int intl;		/* ISA interrupt, 0 or 255: none */
	u16int vid, did;
	u32int class;		/* class<<16 | subclass<<8 | interface */
	Pcibar bar[NBAR];
	Pcidev *next;
	/* pci.c's and msi.c's */
	uchar *ext;		/* its configuration space in memory, or nil */
	uchar *msix;		/* table of vectors, when used */
	int nmsix;
};

Pcidev *pcimatch(Pcidev *prev, int vid, int did);	/* the next one after prev (nil: first); did 0: any */
Pcidev *pciclass(Pcidev *prev, u32int class);	/* the same by class and subclass: class<<16 | subclass<<8 */
u32int pcicfgr(Pcidev*, int r, int width);	/* width 1, 2, 4; ~0 where there is nothing */
void pcicfgw(Pcidev*, int r, int width, u32int v);
int pcicap(Pcidev*, int id, int after);		/* offset of the next capability after that offset (0: first), or 0 */
void pcienable(Pcidev*);			/* memory, I/O, bus master */
void *pcimap(Pcidev*, int bar, u64int off, usize n);	/* registers, uncached; nil and errstr: not within the BAR */

/*
 * The device's n'th message interrupt (MSI-X, or MSI for n 0, or else the shared
 * pin for n 0): f(ureg, arg) is called at interrupt level.  nil and errstr:
 * there is none.  intrfree gives it back.
 */
Intr *intrmsi(Pcidev*, int n, char *name, void (*f)(Ureg*, void*), void *arg);
int pcinmsi(Pcidev*);		/* how many intrmsi can give; at least 1 where there is a pin */
