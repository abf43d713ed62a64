/*
 * virtio.c: finding virtio devices on PCI, their set-up, and split queues.
 *
 * A device is driven through the modern interface where it has one (vendor
 * capabilities, VIRTIO 1.1 section 4.1.4), else through the legacy one (4.1.5: I/O ports
 * in BAR 0).  Both use the same queue layout in memory: descriptors,
 * available ring, and the used ring on its own page (2.6.2), which the
 * legacy interface demands.
 *
 * One interrupt serves all queues of a device, and changes of its configuration
 * where it has but one; else those have their own.  Locks: each queue's own; no
 * function here sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "9p.h"
#include "x86.h"
#include "virtio.h"

enum {
	Vendor = 0x1af4,
	Modernid = 0x1040,
	/* device status */
	Sack = 1, Sdriver = 2, Sok = 4, Sfeatures = 8, Sfailed = 128,
	/* modern common configuration */
	Cdfsel = 0, Cdf = 4, Cgfsel = 8, Cgf = 12, Cmsix = 16, Cnqueue = 18, Cstatus = 20,
	Cqsel = 22, Cqsize = 24, Cqmsix = 26, Cqenable = 28, Cqnotify = 30, Cqdesc = 32, Cqavail = 40, Cqused = 48,
	/* legacy registers */
	Ldf = 0, Lgf = 4, Lqpfn = 8, Lqsize = 12, Lqsel = 14, Lqnotify = 16, Lstatus = 18, Lisr = 19, Lmsix = 20, Lqmsix = 22,
	/* descriptor flags */
	Dnext = 1, Dwrite = 2, Dindirect = 4,
	Usednonotify = 1, Availnointr = 1,	/* the rings' flags */
	Isrconfig = 2,
	Maxqsize = 1024,
	Novector = 0xffff,
};

struct Vdesc {
	u64int pa;
	u32int len;
	u16int flags;
	u16int next;
};

static u8int get8(volatile void *p) { return *(volatile u8int*)p; }
static u16int get16(volatile void *p) { return *(volatile u16int*)p; }
static void put8(volatile void *p, u8int v) { *(volatile u8int*)p = v; }
static void put16(volatile void *p, u16int v) { *(volatile u16int*)p = v; }

static void put64(volatile uchar *p, u64int v)
{
	mmput32(p, v);
	mmput32(p+4, v>>32);
}

static void setstatus(Virtdev *d, int s)
{
	if(d->legacy)
		outb(d->port+Lstatus, s);
	else
		put8(d->common+Cstatus, s);
}

static int status(Virtdev *d)
{
	return d->legacy ? inb(d->port+Lstatus) : get8(d->common+Cstatus);
}

/* one of the structures that vendor capabilities point to (4.1.4): its registers and length */
static volatile uchar *structure(Pcidev *p, int type, u32int *len, int *cap)
{
	u32int off;
	int c;

	for(c = pcicap(p, CapVendor, 0); c != 0; c = pcicap(p, CapVendor, c)){
		if(pcicfgr(p, c+3, 1) != (u32int)type)
			continue;
		off = pcicfgr(p, c+8, 4);
		*len = pcicfgr(p, c+12, 4);
		if(cap != nil)
			*cap = c;
		return pcimap(p, pcicfgr(p, c+4, 1), off, *len);
	}
	return nil;
}

/* d's registers: 0, -1 when it is no device of ours to drive */
static int findregs(Virtdev *d)
{
	u32int len, isrlen, nlen;
	int cap;

	d->common = structure(d->pci, 1, &len, nil);
	d->notify = structure(d->pci, 2, &nlen, &cap);
	d->isr = structure(d->pci, 3, &isrlen, nil);
	if(d->common != nil && len >= Cqused+8 && d->notify != nil && nlen >= 2 && d->isr != nil){
		d->notifymult = pcicfgr(d->pci, cap+16, 4);
		d->cfg = structure(d->pci, 4, &d->cfglen, nil);
		if(d->cfg == nil)
			d->cfglen = 0;
		return 0;
	}
	if(!d->pci->bar[0].io || d->pci->bar[0].size < Lqmsix)
		return -1;
	d->legacy = 1;
	d->port = d->pci->bar[0].addr;
	return 0;
}

static u64int devfeatures(Virtdev *d)
{
	u64int f;

	if(d->legacy)
		return inl(d->port+Ldf);
	mmput32(d->common+Cdfsel, 0);
	f = mmget32(d->common+Cdf);
	mmput32(d->common+Cdfsel, 1);
	return f | (u64int)mmget32(d->common+Cdf)<<32;
}

/* 3.1.1, steps 1 to 6 */
static int settle(Virtdev *d, u64int want)
{
	setstatus(d, 0);
	while(status(d) != 0)
		cpurelax();
	setstatus(d, Sack);
	setstatus(d, Sack|Sdriver);
	d->features = devfeatures(d) & (want | 1UL<<Vfindirect | 1UL<<Vfversion1);
	if(d->legacy){
		outl(d->port+Lgf, d->features);
		return 0;
	}
	mmput32(d->common+Cgfsel, 0);
	mmput32(d->common+Cgf, d->features);
	mmput32(d->common+Cgfsel, 1);
	mmput32(d->common+Cgf, d->features>>32);
	setstatus(d, Sack|Sdriver|Sfeatures);
	if(status(d) & Sfeatures)
		return 0;
	setstatus(d, Sfailed);
	return -1;
}

static int devtype(Pcidev *p)
{
	if(p->did >= Modernid && p->did < Modernid+64)
		return p->did - Modernid;
	if(p->did >= 0x1000 && p->did < Modernid)
		return pcicfgr(p, PciSubdid, 2);
	return -1;
}

Virtdev *virtioprobe(Pcidev **prev, int type, u64int want)
{
	Virtdev *d;
	Pcidev *p;

	for(p = *prev; (p = pcimatch(p, Vendor, 0)) != nil;){
		if(devtype(p) != type)
			continue;
		*prev = p;
		d = mallocz(sizeof *d, 1);
		if(d == nil)
			return nil;
		d->pci = p;
		d->type = type;
		pcienable(p);
		if(findregs(d) == 0 && settle(d, want) == 0)
			return d;
		kprint("virtio: device %d.%d.%d: cannot be driven\n", p->bus, p->dev, p->fn);
		free(d);
	}
	return nil;
}

int virtiohas(Virtdev *d, int feature)
{
	return (d->features >> feature) & 1;
}

u32int virtiocfg(Virtdev *d, int off, int width)
{
	int port;

	if(d->legacy){
		port = d->port + (d->pci->msix != nil ? 24 : 20) + off;
		return width == 1 ? inb(port) : width == 2 ? inw(port) : inl(port);
	}
	if((u32int)(off + width) > d->cfglen)
		return ~0U;
	return width == 1 ? get8(d->cfg+off) : width == 2 ? get16(d->cfg+off) : mmget32(d->cfg+off);
}

static int queuesize(Virtdev *d, int index)
{
	if(d->legacy){
		outw(d->port+Lqsel, index);
		return inw(d->port+Lqsize);
	}
	put16(d->common+Cqsel, index);
	return get16(d->common+Cqsize);
}

/* memory for a queue's three parts, contiguous (2.6.2) */
static int queuemem(Vqueue *q)
{
	u64int pa;
	usize first, n;
	int i;

	first = PGROUND(q->size*sizeof(struct Vdesc) + (3 + q->size)*2);
	n = first + PGROUND(3*2 + q->size*8);
	pa = pagerun(n / PGSZ);
	q->token = mallocz(q->size * sizeof q->token[0], 1);
	if(pa == 0 || q->token == nil){
		if(pa != 0)
			pagerunfree(pa, n / PGSZ);
		free(q->token);
		return seterr(Enomem);
	}
	memset(kaddr(pa), 0, n);
	q->desc = kaddr(pa);
	q->avail = (u16int*)(q->desc + q->size);
	q->used = kaddr(pa + first);
	for(i = 0; i < q->size; i++)
		q->desc[i].next = i+1;
	q->nfree = q->size;
	return 0;
}

static void queueenable(Virtdev *d, Vqueue *q)
{
	if(d->legacy){
		outl(d->port+Lqpfn, paddr(q->desc) / PGSZ);
		return;
	}
	put16(d->common+Cqsize, q->size);
	put64(d->common+Cqdesc, paddr(q->desc));
	put64(d->common+Cqavail, paddr(q->avail));
	put64(d->common+Cqused, paddr(q->used));
	q->notify = d->notify + get16(d->common+Cqnotify) * d->notifymult;
	put16(d->common+Cqenable, 1);
}

Vqueue *virtioqueue(Virtdev *d, int index, void (*intr)(Vqueue*), void *aux)
{
	Vqueue *q;
	int size;

	if(d->nqueue == nelem(d->queue))
		return seterrp("virtio: too many queues");
	size = queuesize(d, index);
	if(size > Maxqsize && !d->legacy)
		size = Maxqsize;
	if(size == 0 || (size & (size-1)) != 0)
		return seterrp("virtio: no such queue");
	q = mallocz(sizeof *q, 1);
	if(q == nil)
		return seterrp(Enomem);
	q->dev = d;
	q->index = index;
	q->size = size;
	q->intr = intr;
	q->aux = aux;
	if(queuemem(q) < 0){
		free(q);
		return nil;
	}
	queueenable(d, q);
	d->queue[d->nqueue++] = q;
	return q;
}

static void interrupt(Ureg *u, void *arg)
{
	Virtdev *d = arg;
	int i, isr = 0;

	USED(u);
	if(d->pci->msix == nil)	/* reading it acknowledges */
		isr = d->legacy ? inb(d->port+Lisr) : get8(d->isr);
	if((isr & Isrconfig) && d->changed != nil)
		d->changed(d);
	for(i = 0; i < d->nqueue; i++)
		if(d->queue[i]->intr != nil)
			d->queue[i]->intr(d->queue[i]);
}

static void changeintr(Ureg *u, void *arg)
{
	Virtdev *d = arg;

	USED(u);
	d->changed(d);
}

/* all queues on vector 0, configuration changes on vector 1 for who asks (4.1.5.1.2) */
static void setvectors(Virtdev *d, char *name)
{
	int i, v = Novector;

	if(d->pci->msix == nil)
		return;
	if(d->changed != nil && intrmsi(d->pci, 1, name, changeintr, d) != nil)
		v = 1;
	if(d->legacy)
		outw(d->port+Lmsix, v);
	else
		put16(d->common+Cmsix, v);
	for(i = 0; i < d->nqueue; i++){
		queuesize(d, d->queue[i]->index);	/* selects it */
		if(d->legacy)
			outw(d->port+Lqmsix, 0);
		else
			put16(d->common+Cqmsix, 0);
	}
}

int virtiostart(Virtdev *d, char *name)
{
	d->intr = intrmsi(d->pci, 0, name, interrupt, d);
	if(d->intr == nil){
		setstatus(d, Sfailed);
		return -1;
	}
	setvectors(d, name);
	setstatus(d, status(d) | Sok);
	return 0;
}

/* --- queues --- */

static void filldesc(struct Vdesc *t, int i, Vseg *s, int write, int last)
{
	t[i].pa = s->pa;
	t[i].len = s->len;
	t[i].flags = (write ? Dwrite : 0) | (last ? 0 : Dnext);
}

/* the chain at head is the device's from here on (2.6.13) */
static void publish(Vqueue *q, int head, void *token)
{
	q->token[head] = token;
	q->avail[2 + (q->avail[1] & (q->size-1))] = head;
	__atomic_store_n(&q->avail[1], q->avail[1]+1, __ATOMIC_RELEASE);
}

int vqadd(Vqueue *q, Vseg *s, int nout, int nin, void *token)
{
	int i, n = nout + nin, head = q->free, d = head;

	if(n > q->nfree || n == 0)
		return -1;
	for(i = 0; i < n; i++){
		if(i > 0)
			d = q->desc[d].next;
		filldesc(q->desc, d, &s[i], i >= nout, i == n-1);
	}
	q->free = q->desc[d].next;
	q->nfree -= n;
	publish(q, head, token);
	return 0;
}

int vqaddtable(Vqueue *q, void *table, Vseg *s, int nout, int nin, void *token)
{
	struct Vdesc *t = table;
	int i, n = nout + nin, head = q->free;

	if(n > Vmaxindirect || q->nfree == 0)
		return -1;
	for(i = 0; i < n; i++){
		filldesc(t, i, &s[i], i >= nout, i == n-1);
		t[i].next = i+1;
	}
	q->free = q->desc[head].next;
	q->nfree--;
	q->desc[head].pa = paddr(table);
	q->desc[head].len = n * sizeof *t;
	q->desc[head].flags = Dindirect;
	publish(q, head, token);
	return 0;
}

/* the device says when it looks at the ring anyway; the fence orders that against our index (2.6.13.4) */
void vqkick(Vqueue *q)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if(__atomic_load_n(&q->used[0], __ATOMIC_RELAXED) & Usednonotify)
		return;
	if(q->dev->legacy)
		outw(q->dev->port+Lqnotify, q->index);
	else
		put16(q->notify, q->index);
}

/* the fence orders it against the device's index: who then finds nothing done is interrupted (2.6.7.1) */
void vqinterrupt(Vqueue *q, int on)
{
	__atomic_store_n(&q->avail[0], on ? 0 : Availnointr, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* a device that names a chain it was not given is not believed */
void *vqget(Vqueue *q, u32int *len)
{
	u32int *e;
	void *token;
	int head, d;

	if(q->lastused == __atomic_load_n(&q->used[1], __ATOMIC_ACQUIRE))
		return nil;
	e = (u32int*)(q->used+2) + 2*(q->lastused & (q->size-1));
	q->lastused++;
	head = e[0];
	if(len != nil)
		*len = e[1];
	if(head < 0 || head >= q->size || (token = q->token[head]) == nil){
		kprint("virtio: device %d returned a chain it does not have\n", q->dev->type);
		return nil;
	}
	q->token[head] = nil;
	for(d = head; q->nfree++, q->desc[d].flags & Dnext; d = q->desc[d].next)
		;
	q->desc[d].next = q->free;
	q->free = head;
	return token;
}

static int addseg(Vseg *s, int n, int max, u64int pa, u32int len)
{
	if(n > 0 && s[n-1].pa + s[n-1].len == pa){
		s[n-1].len += len;
		return n;
	}
	if(n == max)
		return -1;
	s[n].pa = pa;
	s[n].len = len;
	return n+1;
}

/* memory that paddr is right for: the direct map and the kernel's image, not stacks */
static int direct(uchar *p)
{
	u64int a = (u64int)p;

	return (a >= DMAPBASE && a < DMAPBASE + (1UL<<46)) || a >= KTZERO;
}

int virtiosegs(Buf *b, u32int n, Vseg *s, int max)
{
	u32int i, m;
	int ns = 0;

	if(n == 0)
		return 0;
	if(b->p != nil)
		return direct(b->p) ? addseg(s, 0, max, paddr(b->p), n) : -1;
	for(i = 0; i < n && ns >= 0; i += m){
		m = PGSZ - (b->off + i) % PGSZ;
		if(m > n-i)
			m = n-i;
		ns = addseg(s, ns, max, paddr(b->page[(b->off+i) / PGSZ]) + (b->off+i) % PGSZ, m);
	}
	return ns;
}
