/*
 * virtioblk.c: disks (VIRTIO 1.1 section 5.2) as #S: for each, sdvN, the
 * bytes of the disk as a file, and sdvNctl, which tells its size.
 *
 * A request goes straight between the client's pages and the device when it
 * is whole sectors; what is not is read into a buffer of whole sectors, and written
 * back under the disk's lock, so that neighbours in a sector are not lost.
 * Requests sleep until the device is done, which notes don't interrupt: the
 * pages are the device's until then.
 *
 * Locks: the queue's for its ring and slots; rmw, a QLock, for partial sectors.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"
#include "virtio.h"

enum {
	Sector = 512,
	Fro = 5, Fflush = 9,			/* feature bits */
	Tin = 0, Tout = 1, Tflushdisk = 4,
	Nslot = 16,
	Maxseg = 67,				/* of one request: 65 pages and the two of the protocol */
	Maxio = 64*PGSZ,
	Kdata = 0, Kctl = 1,
};

typedef struct Disk Disk;
typedef struct Slot Slot;

struct Slot {
	struct { u32int type, reserved; u64int sector; } hdr;
	u8int status;
	u8int busy, done;
	Disk *disk;
	void *table;
};

struct Disk {
	int unit;
	u64int size;				/* bytes */
	u8int readonly, canflush;
	Virtdev *dev;
	Vqueue *q;
	QLock rmw;
	Rendez wait;				/* for a slot to be free or done */
	Slot *slot[Nslot];
	Disk *next;
};

static Disk *disks;

static void intr(Vqueue *q)
{
	Disk *d = q->aux;
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

static Slot *slottake(Disk *d)
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
	Disk *d = a;
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
static void submit(Disk *d, Slot *s, Vseg *seg, int n, int type)
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
static int transfer(Disk *d, int type, vlong off, Buf *b, u32int n)
{
	Vseg seg[Maxseg];
	Slot *s;
	int ns, r = -1;

	while((s = slottake(d)) == nil)
		sleepu(&d->wait, slotthere, d);
	s->hdr.type = type;
	s->hdr.reserved = 0;
	s->hdr.sector = off / Sector;
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

/* a part of b */
static Buf sub(Buf *b, u32int at)
{
	Buf s = *b;

	if(s.p != nil)
		s.p += at;
	else{
		s.page += (s.off + at) / PGSZ;
		s.off = (s.off + at) % PGSZ;
	}
	s.n -= at;
	return s;
}

/* what begins or ends within a sector, through a buffer of one */
static long partial(Disk *d, int type, vlong off, Buf *b, u32int at, u32int n)
{
	u32int skip = off % Sector, m = MIN(n, Sector - skip);
	uchar *sec = malloc(Sector);
	Buf sb = { .p = sec, .n = Sector };
	int r;

	if(sec == nil)
		return seterr(Enomem);
	qlock(&d->rmw);
	r = transfer(d, Tin, off-skip, &sb, Sector);
	if(r == 0 && type == Tin)
		bufput(b, at, sec+skip, m);
	else if(r == 0){
		bufget(b, at, sec+skip, m);
		r = transfer(d, Tout, off-skip, &sb, Sector);
	}
	qunlock(&d->rmw);
	free(sec);
	return r < 0 ? -1 : (long)m;
}

/* bytes transferred; -1 if none */
static long diskio(Disk *d, int type, vlong off, Buf *b, u32int n)
{
	u32int at, m;
	Buf s;
	long r;

	if(off < 0 || (u64int)off >= d->size)
		return type == Tin ? 0 : seterr(Enospace);
	if(n > d->size - off)
		n = d->size - off;
	for(at = 0; at < n; at += m){
		m = MIN(n-at, Maxio) / Sector * Sector;
		if((off+at) % Sector != 0 || m == 0){
			r = partial(d, type, off+at, b, at, n-at);
			m = r;
		}else{
			s = sub(b, at);
			r = transfer(d, type, off+at, &s, m);
		}
		if(r < 0)
			return at > 0 ? (long)at : -1;
	}
	return n;
}

/* --- the server --- */

static Disk *diskof(Fid *f)
{
	Disk *d;

	for(d = disks; d != nil; d = d->next)
		if((u64int)d->unit == (f->qid.path-1) / 2)
			return d;
	return nil;
}

static int kind(Fid *f)
{
	return (f->qid.path-1) % 2;
}

static void describe(Disk *d, int k, Dir *e, char *name)
{
	memset(e, 0, sizeof *e);
	snprint(name, NAMELEN, "sdv%d%s", d->unit, k == Kctl ? "ctl" : "");
	e->name = name;
	e->qid.path = 1 + d->unit*2 + k;
	e->mode = k == Kctl ? 0440 : d->readonly ? 0440 : 0660;
	e->uid = e->gid = e->muid = hostowner();
	if(k == Kdata)
		e->length = d->size;
}

static void rootdir(Dir *e)
{
	memset(e, 0, sizeof *e);
	e->name = "#S";
	e->qid.type = QTDIR;
	e->mode = DMDIR | 0555;
	e->uid = e->gid = e->muid = hostowner();
}

static void sdattach(Req *r)
{
	if(r->name != nil && r->name[0] != 0){
		respond(r, Ebadattach);
		return;
	}
	r->fid->qid = (Qid){ .type = QTDIR };
	respond(r, nil);
}

static char *sdwalk1(Fid *f, char *name, Qid *q)
{
	char n[NAMELEN];
	Disk *d;
	Dir e;
	int k;

	if(strcmp(name, "..") == 0){
		*q = (Qid){ .type = QTDIR };
		return nil;
	}
	USED(f);
	for(d = disks; d != nil; d = d->next)
		for(k = Kdata; k <= Kctl; k++){
			describe(d, k, &e, n);
			if(strcmp(n, name) == 0){
				*q = e.qid;
				return nil;
			}
		}
	return Enonexist;
}

static int sdgen(u64int i, Dir *e, void *arg)
{
	Disk *d;

	for(d = disks; d != nil; d = d->next)
		if((u64int)d->unit == i/2){
			describe(d, i%2, e, arg);
			return 1;
		}
	return 0;
}

static void sdstat(Req *r)
{
	char name[NAMELEN];

	if(r->fid->qid.type & QTDIR)
		rootdir(&r->d);
	else
		describe(diskof(r->fid), kind(r->fid), &r->d, name);
	respond(r, nil);
}

static void sdopen(Req *r)
{
	char name[NAMELEN];
	Dir e;

	if(r->fid->qid.type & QTDIR)
		rootdir(&e);
	else
		describe(diskof(r->fid), kind(r->fid), &e, name);
	respond(r, devmayopen(r, &e));
}

static void sdread(Req *r)
{
	char buf[128], name[NAMELEN];
	Disk *d;
	long n;

	if(r->fid->qid.type & QTDIR){
		respond(r, dirread9p(r, sdgen, name));
		return;
	}
	d = diskof(r->fid);
	if(kind(r->fid) == Kctl){
		snprint(buf, sizeof buf, "inquiry virtio disk\ngeometry %lud %d\n", d->size/Sector, Sector);
		readstr(r, buf);
		respond(r, nil);
		return;
	}
	n = diskio(d, Tin, r->offset, &r->buf, r->count);
	if(n < 0){
		responderr(r);
		return;
	}
	r->rcount = n;
	respond(r, nil);
}

static void sdwrite(Req *r)
{
	Disk *d = diskof(r->fid);
	long n;

	if(kind(r->fid) == Kctl || d->readonly){
		respond(r, Eperm);
		return;
	}
	n = diskio(d, Tout, r->offset, &r->buf, r->count);
	if(n < 0){
		responderr(r);
		return;
	}
	r->rcount = n;
	respond(r, nil);
}

/* a null wstat asks for what was written to be on the medium */
static void sdwstat(Req *r)
{
	Disk *d;
	Buf none = { .p = nil };

	if(r->fid->qid.type & QTDIR || !dirisnull(&r->d)){
		respond(r, Eperm);
		return;
	}
	d = diskof(r->fid);
	if(d->canflush && transfer(d, Tflushdisk, 0, &none, 0) < 0)
		responderr(r);
	else
		respond(r, nil);
}

Srv virtioblksrv = {
	.name = "sd",
	.dc = 'S',
	.flags = SrvBlocks,
	.attach = sdattach,
	.walk1 = sdwalk1,
	.open = sdopen,
	.read = sdread,
	.write = sdwrite,
	.stat = sdstat,
	.wstat = sdwstat,
};

static int slotsnew(Disk *d)
{
	int i;
	u64int pa;

	for(i = 0; i < Nslot; i++){
		d->slot[i] = mallocz(sizeof(Slot), 1);
		pa = pagerun(1);	/* holds Maxseg descriptors */
		if(d->slot[i] == nil || pa == 0)
			return seterr(Enomem);
		d->slot[i]->table = kaddr(pa);
		d->slot[i]->disk = d;
	}
	return 0;
}

void virtioblkinit(void)
{
	Pcidev *p = nil;
	Virtdev *v;
	Disk *d, **end = &disks;
	int unit = 0;

	while((v = virtioprobe(&p, Vblk, 1UL<<Fro | 1UL<<Fflush)) != nil){
		d = mallocz(sizeof *d, 1);
		if(d == nil)
			return;
		d->dev = v;
		d->unit = unit++;
		d->size = (u64int)virtiocfg(v, 0, 4) | (u64int)virtiocfg(v, 4, 4)<<32;
		d->size = d->size > 1UL<<53 ? 0 : d->size * Sector;
		d->readonly = virtiohas(v, Fro);
		d->canflush = virtiohas(v, Fflush);
		d->q = virtioqueue(v, 0, intr, d);
		if(d->q == nil || slotsnew(d) < 0 || virtiostart(v, "sd") < 0){
			kprint("virtioblk: %s\n", geterr());
			continue;
		}
		*end = d;
		end = &d->next;
	}
}
