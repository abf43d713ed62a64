/*
 * virtioblk.c: virtio disks (VIRTIO 1.1 section 5.2), sdv0 and on.  Each
 * request has a slot with its header and status, and goes straight between the
 * client's pages and the device.
 *
 * Locks: the queue's, for its ring and slots.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "9p.h"
#include "disk.h"
#include "virtio.h"

enum {
	Fro = 5, Fflush = 9,			/* feature bits */
	Tin = 0, Tout = 1, Tflushdisk = 4,
	Nslot = 16,
	Maxseg = 67,				/* of one request: 65 pages and the two of the protocol */
	Maxio = 64*PGSZ,
};

typedef struct Vdisk Vdisk;
typedef struct Slot Slot;

struct Slot {
	struct { u32int type, reserved; u64int sector; } hdr;
	u8int status;
	u8int busy, done;
	void *table;
};

struct Vdisk {
	Disk disk;
	Virtdev *dev;
	Vqueue *q;
	Rendez wait;				/* for a slot to be free or done */
	Slot *slot[Nslot];
};

static void intr(Vqueue *q)
{
	Vdisk *d = q->aux;
	Slot *s;
	int any = 0;

	lock(&q->lk);
	while((s = vqget(q, nil)) != nil){
		__atomic_store_n(&s->done, 1, __ATOMIC_RELEASE);
		any = 1;
	}
	unlock(&q->lk);
	if(any)
		wakeup(&d->wait);
}

static int slotdone(void *a)
{
	return __atomic_load_n(&((Slot*)a)->done, __ATOMIC_ACQUIRE);
}

static Slot *slottake(Vdisk *d)
{
	Slot *s = nil;
	int i;

	lock(&d->q->lk);
	for(i = 0; i < Nslot && s == nil; i++)
		if(!d->slot[i]->busy)
			s = d->slot[i];
	if(s != nil)
		s->busy = 1;
	unlock(&d->q->lk);
	return s;
}

static int slotthere(void *a)
{
	Vdisk *d = a;
	int i;

	for(i = 0; i < Nslot; i++)
		if(!d->slot[i]->busy)
			return 1;
	return 0;
}

typedef struct Room Room;
struct Room {
	Vqueue *q;
	int n;
};

static int roomthere(void *a)
{
	Room *r = a;

	return r->q->nfree >= r->n;
}

/* gives the chain to the device; where it takes no tables of descriptors, when its ring has room */
static void submit(Vdisk *d, Slot *s, Vseg *seg, int n, int type)
{
	Room room = { d->q, virtiohas(d->dev, Vfindirect) ? 1 : n };
	int nout = type == Tin ? 1 : n-1, r;

	s->done = 0;
	s->status = 0xff;
	for(;;){
		lock(&d->q->lk);
		if(room.n == 1)
			r = vqaddtable(d->q, s->table, seg, nout, n-nout, s);
		else
			r = vqadd(d->q, seg, nout, n-nout, s);
		if(r == 0)
			vqkick(d->q);
		unlock(&d->q->lk);
		if(r == 0)
			return;
		sleepu(&d->wait, roomthere, &room);
	}
}

/* n bytes, whole sectors, at most Maxio, at off; sleeps, not interruptible; 0 or -1 */
static int transfer(Vdisk *d, int type, vlong off, Buf *b, u32int n)
{
	Vseg seg[Maxseg];
	Slot *s;
	int ns, r = -1;

	while((s = slottake(d)) == nil)
		sleepu(&d->wait, slotthere, d);
	s->hdr.type = type;
	s->hdr.reserved = 0;
	s->hdr.sector = off / DiskSector;
	seg[0] = (Vseg){ paddr(&s->hdr), sizeof s->hdr };
	ns = virtiosegs(b, n, seg+1, Maxseg-2);
	if(ns < 0){
		seterr(Eio);
		goto out;
	}
	seg[ns+1] = (Vseg){ paddr(&s->status), 1 };
	submit(d, s, seg, ns+2, type);
	sleepu(&d->wait, slotdone, s);
	r = s->status == 0 ? 0 : seterr(Eio);
out:
	s->busy = 0;
	wakeup(&d->wait);
	return r;
}

static int slotsnew(Vdisk *d)
{
	int i;
	u64int pa;

	for(i = 0; i < Nslot; i++){
		d->slot[i] = mallocz(sizeof(Slot), 1);
		pa = pagerun(1);	/* holds Maxseg descriptors */
		if(d->slot[i] == nil || pa == 0)
			return seterr(Enomem);
		d->slot[i]->table = kaddr(pa);
	}
	return 0;
}

static int readwrite(Disk *d, int write, vlong off, Buf *b, u32int n)
{
	return transfer(d->aux, write ? Tout : Tin, off, b, n);
}

static int flush(Disk *d)
{
	Buf none = { .p = nil };

	return transfer(d->aux, Tflushdisk, 0, &none, 0);
}

static void start(Virtdev *v, Vdisk *d, int unit)
{
	u64int sectors;

	d->dev = v;
	sectors = (u64int)virtiocfg(v, 0, 4) | (u64int)virtiocfg(v, 4, 4)<<32;
	snprint(d->disk.name, sizeof d->disk.name, "sdv%d", unit);
	d->disk.model = "virtio disk";
	d->disk.size = sectors > 1UL<<53 ? 0 : sectors * DiskSector;
	d->disk.readonly = virtiohas(v, Fro);
	d->disk.maxio = Maxio;
	d->disk.transfer = readwrite;
	d->disk.flush = virtiohas(v, Fflush) ? flush : nil;
	d->disk.aux = d;
	d->q = virtioqueue(v, 0, intr, d);
	if(d->q == nil || slotsnew(d) < 0 || virtiostart(v, d->disk.name) < 0)
		kprint("%s: %s\n", d->disk.name, geterr());
	else
		diskadd(&d->disk);
}

void virtioblkinit(void)
{
	Pcidev *p = nil;
	Virtdev *v;
	Vdisk *d;
	int unit = 0;

	while((v = virtioprobe(&p, Vblk, 1UL<<Fro | 1UL<<Fflush)) != nil){
		d = mallocz(sizeof *d, 1);
		if(d == nil)
			return;
		start(v, d, unit++);
	}
}
