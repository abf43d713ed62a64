/*
 * virtio.h: devices of virtio over PCI, modern and transitional, with split
 * queues.  Sections and names: Virtual I/O Device (VIRTIO) 1.1.
 *
 * A driver probes for devices, sets up queues, and then adds chains of
 * buffers under the queue's lock; the device gives them back, in any order,
 * at the interrupt: intr is called with no lock held and takes the chains
 * that are done with vqget.
 */
#pragma once
#include "pci.h"
typedef struct Virtdev Virtdev;
typedef struct Vqueue Vqueue;
typedef struct Vseg Vseg;

enum {	/* device types */
	Vnet = 1, Vblk = 2, Vconsole = 3, Vrng = 4, V9p = 9,
	/* feature bits of all devices */
	Vfindirect = 28, Vfversion1 = 32,
	Vmaxindirect = 512,	/* segments of one chain in a table of its own: two pages of descriptors */
};

struct Vseg {	/* physically contiguous memory */
	u64int pa;
	u32int len;
};

struct Vqueue {
	Lock lk;
	Virtdev *dev;
	int index;
	int size;		/* descriptors, a power of two */
	int nfree;
	u16int free;		/* head of the list of free descriptors */
	u16int lastused;
	struct Vdesc *desc;
	u16int *avail;		/* flags, index, ring[size] */
	u16int *used;		/* flags, index, then Vusedelem[size] */
	void **token;		/* by head descriptor */
	volatile void *notify;
	void (*intr)(Vqueue*);
	void *aux;
};

struct Virtdev {
	Pcidev *pci;
	int type;
	u64int features;	/* both sides have */
	u8int legacy;
	int port;		/* legacy: I/O base */
	volatile uchar *common, *isr, *cfg, *notify;
	u32int notifymult;
	u32int cfglen;
	Vqueue *queue[64];
	int nqueue;
	Intr *intr;
	void (*changed)(Virtdev*);	/* the driver's: its configuration has; at interrupt level; nil: not asked for */
	void *aux;		/* the driver's */
};

Virtdev *virtioprobe(Pcidev **prev, int type, u64int want);	/* the next device of a type, reset, features settled; nil: no more */
Vqueue *virtioqueue(Virtdev*, int index, void (*intr)(Vqueue*), void *aux);	/* nil and errstr */
int virtiostart(Virtdev*, char *name);	/* after the queues: interrupts, DRIVER_OK */
u32int virtiocfg(Virtdev*, int off, int width);	/* device configuration, 1 2 or 4 bytes wide; ~0 past its end */
int virtiohas(Virtdev*, int feature);

/* q->lk held.  vqadd: nout segments the device reads, then nin that it writes; -1: no room now */
int vqadd(Vqueue *q, Vseg *s, int nout, int nin, void *token);
int vqaddtable(Vqueue *q, void *table, Vseg *s, int nout, int nin, void *token);	/* through an indirect table: two pages, direct-mapped */
void vqkick(Vqueue *q);
void vqinterrupt(Vqueue *q, int on);	/* whether the device shall interrupt for it; a hint, on at first */
void *vqget(Vqueue *q, u32int *len);	/* token of a chain that is done, and bytes written by the device; nil: none */
int virtiosegs(Buf *b, u32int n, Vseg *s, int max);	/* a Buf's first n bytes as segments; -1: too many, or not reachable */
