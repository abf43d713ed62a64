/*
 * virtionet.c: virtio network cards (VIRTIO 1.1 section 5.1), of which one
 * pair of queues is used.  A frame's memory goes to the device as it is, the
 * device's header before it; one that was received is handed on, and
 * a new one takes its place.  With mergeable buffers a frame longer than
 * one is put together in memory of its own.
 *
 * What was sent is noticed when the next frame is, or one was received; the device
 * interrupts for it only while somebody waits for room, until half the queue is free.
 *
 * All frames are asked for, and ether.c chooses.  Locks: each queue's.
 * Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "9p.h"
#include "ether.h"
#include "virtio.h"

enum {
	Fcsum = 0, Frxcsum = 1, Fmtu = 3, Fmac = 5, Fmerge = 15, Fstatus = 16,		/* feature bits */
	Cmac = 0, Cstatus = 6, Cmtu = 10,			/* device configuration */
	Linkup = 1,
	Nrx = 128,
	Needscsum = 1, Datavalid = 2,				/* flags, the first byte of a header */
	Hcsumstart = 6, Hcsumoff = 8,				/* where in it */
	Oldhdr = 10, Newhdr = 12,				/* the new one ends in the count of buffers */
	Mergesz = 1536,						/* of a buffer that may be one of several */
};

typedef struct Netcard Netcard;
struct Netcard {
	Ether ether;
	Virtdev *dev;
	Vqueue *rx, *tx;
	u32int hdr;			/* bytes of the device's header */
	u32int bufsz;			/* bytes of frame in one receive buffer */
};

/* where the device's header and the frame lie: before VIRTIO 1.0 each needs its own descriptor */
static int segments(Netcard *v, Etherframe *f, u32int n, Vseg *s)
{
	s[0] = (Vseg){ paddr(f->p - v->hdr), v->hdr };
	s[1] = (Vseg){ paddr(f->p), n };
	if(v->dev->legacy && !virtiohas(v->dev, Fmerge))
		return 2;
	s[0].len += n;
	return 1;
}

/* --- receiving; the queue's lock held but in rxintr --- */

static void give(Netcard *v, Etherframe *f)
{
	Vseg s[2];
	int n = segments(v, f, v->bufsz, s);

	kassert(vqadd(v->rx, s, 0, n, f) == 0);
}

/* f and n-1 further buffers as one frame; nil: too long, or no memory, and the others are the device's again */
static Etherframe *merge(Netcard *v, Etherframe *f, u32int len, int n)
{
	Etherframe *all = etherframe(v->ether.mtu + Etherhdr);
	uchar *p = f->p;
	u32int at = 0;
	int ok = all != nil;

	for(;;){
		ok = ok && len <= v->bufsz + v->hdr && len <= all->max - at;
		if(ok)
			memmove(all->p + at, p, len);
		at += len;
		give(v, f);
		if(--n == 0)
			break;
		f = vqget(v->rx, &len);
		if(f == nil){
			ok = 0;
			break;
		}
		p = f->p - v->hdr;
	}
	if(ok){
		all->n = at;
		return all;
	}
	if(all != nil)
		etherfree(all);
	return nil;
}

/* the frame that begins in f, and the device has its buffers back; nil: it is lost */
static Etherframe *frame(Netcard *v, Etherframe *f, u32int len)
{
	Etherframe *fresh;
	int n = 1;

	if(v->hdr == Newhdr)
		n = f->p[-2] | f->p[-1]<<8;
	len -= v->hdr;
	if(virtiohas(v->dev, Fmerge) && n > 1){
		f = merge(v, f, len, n);
		if(f == nil)
			etherbad(&v->ether);
		return f;
	}
	fresh = etherframe(v->bufsz);
	if(fresh == nil){
		give(v, f);
		etherlost(&v->ether);
		return nil;
	}
	give(v, fresh);
	f->n = len;
	return f;
}

/* what the header h tells of f's checksum (5.1.6.4.1): f, or nil when that cannot be */
static Etherframe *sums(Netcard *v, Etherframe *f, uchar *h)
{
	u32int start, off;

	if(!virtiohas(v->dev, Frxcsum))
		return f;
	f->sumok = (h[0] & (Needscsum|Datavalid)) != 0;
	if(!(h[0] & Needscsum))
		return f;
	start = h[Hcsumstart] | h[Hcsumstart+1]<<8;
	off = h[Hcsumoff] | h[Hcsumoff+1]<<8;
	if(start < Etherhdr || start + off + 2 > f->n){
		etherbad(&v->ether);
		etherfree(f);
		return nil;
	}
	f->csumstart = start;
	f->csumoff = off;
	return f;
}

/* the next frame: 1, or 0 when there is no more; *f nil: it is lost */
static int receive(Netcard *v, Etherframe **f)
{
	uchar h[Newhdr];
	Etherframe *b;
	u32int len;

	b = vqget(v->rx, &len);
	*f = nil;
	if(b == nil)
		return 0;
	if(len >= v->hdr && len <= v->hdr + v->bufsz){
		memmove(h, b->p - v->hdr, v->hdr);
		*f = frame(v, b, len);
		if(*f != nil)
			*f = sums(v, *f, h);
	}else{
		give(v, b);
		etherbad(&v->ether);
	}
	return 1;
}

static void rxintr(Vqueue *q)
{
	Netcard *v = q->aux;
	Etherframe *f;
	int more, any = 0;

	for(;;){
		lock(&q->lk);
		more = receive(v, &f);
		if(!more && any)
			vqkick(q);
		unlock(&q->lk);
		if(!more)
			return;
		any = 1;
		if(f != nil)
			etherin(&v->ether, f);
	}
}

/* --- sending --- */

static void sent(Netcard *v)
{
	Etherframe *f;

	while((f = vqget(v->tx, nil)) != nil)
		etherfree(f);
}

/* a frame that did not fit may go when those sent meanwhile have left; else their interrupt is wanted */
static int retry(Netcard *v, Vseg *s, int n, Etherframe *f)
{
	vqinterrupt(v->tx, 1);
	sent(v);
	if(vqadd(v->tx, s, n, 0, f) < 0){
		poke(v->ether.full, 1);
		return -1;
	}
	vqinterrupt(v->tx, 0);
	return 0;
}

static void header(Etherframe *f, uchar *h, u32int n)
{
	memset(h, 0, n);
	if(f->csumstart == 0)
		return;
	h[0] = Needscsum;
	h[Hcsumstart] = f->csumstart;
	h[Hcsumstart+1] = f->csumstart>>8;
	h[Hcsumoff] = f->csumoff;
	h[Hcsumoff+1] = f->csumoff>>8;
}

static int transmit(Ether *e, Etherframe *f)
{
	Netcard *v = e->aux;
	Vseg s[2];
	int n, r;

	header(f, f->p - v->hdr, v->hdr);
	n = segments(v, f, f->n, s);
	lock(&v->tx->lk);
	sent(v);
	r = vqadd(v->tx, s, n, 0, f);
	if(r < 0)
		r = retry(v, s, n, f);
	if(r == 0)
		vqkick(v->tx);
	unlock(&v->tx->lk);
	return r;
}

/* also when something was received */
static void txintr(Vqueue *q)
{
	Netcard *v = q->aux;
	int room;

	lock(&q->lk);
	sent(v);
	room = v->ether.full && q->nfree >= q->size/2;
	if(room){
		vqinterrupt(q, 0);
		poke(v->ether.full, 0);
	}
	unlock(&q->lk);
	if(room)
		etherroom(&v->ether);
}

/* --- set-up --- */

static void changed(Virtdev *d)
{
	Netcard *v = d->aux;
	int on = 1;

	if(virtiohas(d, Fstatus))
		on = (virtiocfg(d, Cstatus, 2) & Linkup) != 0;
	etherlink(&v->ether, on, 0);
}

/* what the device tells of itself; an address of our own if it has none */
static void configure(Netcard *v)
{
	Ether *e = &v->ether;
	u32int mtu;
	int i;

	if(virtiohas(v->dev, Fmac))
		for(i = 0; i < Eaddrlen; i++)
			e->addr[i] = virtiocfg(v->dev, Cmac+i, 1);
	else{
		genrandom(e->addr, Eaddrlen);
		e->addr[0] = (e->addr[0] & ~1) | 2;
	}
	e->mtu = Ethermtu;
	if(virtiohas(v->dev, Fmtu)){
		mtu = virtiocfg(v->dev, Cmtu, 2);
		if(mtu >= 68 && mtu <= Etherjumbo)
			e->mtu = mtu;
	}
	v->hdr = virtiohas(v->dev, Vfversion1) || virtiohas(v->dev, Fmerge) ? Newhdr : Oldhdr;
	v->bufsz = virtiohas(v->dev, Fmerge) ? Mergesz : e->mtu + Etherhdr;
}

static int queues(Netcard *v)
{
	Etherframe *f;
	int i;

	v->rx = virtioqueue(v->dev, 0, rxintr, v);
	v->tx = virtioqueue(v->dev, 1, txintr, v);
	if(v->rx == nil || v->tx == nil)
		return -1;
	for(i = 0; i < Nrx && i < v->rx->size/2; i++){
		f = etherframe(v->bufsz);
		if(f == nil)
			return seterr(Enomem);
		give(v, f);
	}
	return 0;
}

static int start(Netcard *v)
{
	v->ether.chip = "virtio";
	v->ether.transmit = transmit;
	v->ether.aux = v;
	v->ether.csum = virtiohas(v->dev, Fcsum);
	v->dev->aux = v;
	v->dev->changed = changed;
	configure(v);
	if(queues(v) < 0 || virtiostart(v->dev, "ether") < 0)
		return -1;
	changed(v->dev);
	if(etheradd(&v->ether) < 0)
		return -1;
	lock(&v->rx->lk);
	vqinterrupt(v->tx, 0);
	vqkick(v->rx);
	unlock(&v->rx->lk);
	return 0;
}

void virtionetinit(void)
{
	Pcidev *p = nil;
	Virtdev *d;
	Netcard *v;

	while((d = virtioprobe(&p, Vnet, 1UL<<Fcsum | 1UL<<Frxcsum | 1UL<<Fmtu | 1UL<<Fmac | 1UL<<Fmerge | 1UL<<Fstatus)) != nil){
		v = mallocz(sizeof *v, 1);
		if(v == nil)
			return;
		v->dev = d;
		if(start(v) < 0)
			kprint("virtionet: %s\n", geterr());
	}
}
