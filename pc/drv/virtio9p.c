/*
 * virtio9p.c: the transport between ninep and the host's 9P2000.L server
 * (VIRTIO 1.1's device type 9; the layout of its configuration, a 16-bit length and
 * the mount tag, is QEMU's).
 *
 * Each message of ours has a slot, whose number is its tag: room for the
 * message and for the answer's fixed part.  File data goes straight between
 * the client's pinned pages and the host.  A note while waiting makes a
 * Tflush; the pages stay the device's until it has returned the request's
 * chain, so that is waited for in any case.
 *
 * Locks: the queue's for its ring and the slots.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "9p.h"
#include "virtio.h"
#include "../../fs/ninep/ninep.h"

enum {
	Nslot = 32,
	Slotpages = 3,
	Tmax = 4608,			/* of a slot: our message */
	Rmax = Slotpages*PGSZ - Tmax,	/* and the answer without data */
	Rreadhdr = L9hdr + 4,		/* an Rread's, and a whole Rlerror */
	Taglen = 128,
};

typedef struct Host Host;
typedef struct Slot Slot;

struct Slot {
	uchar *t;
	uchar *r;
	void *table;
	Vseg *seg;		/* room for Vmaxindirect */
	u8int busy, done;
	int need;		/* descriptors of the queue */
	Vqueue *q;
	u32int len;
};

struct Host {
	L9io io;
	Virtdev *dev;
	Vqueue *q;
	char tag[Taglen];
	Rendez wait;
	Slot *slot[Nslot];
	Host *next;
};

static Host *hosts;

static void intr(Vqueue *q)
{
	Host *h = q->aux;
	Slot *s;
	u32int len;
	int any = 0;

	lock(&q->lk);
	while((s = vqget(q, &len)) != nil){
		s->len = len;
		__atomic_store_n(&s->done, 1, __ATOMIC_RELEASE);
		any = 1;
	}
	unlock(&q->lk);
	if(any)
		wakeup(&h->wait);
}

static int slotdone(void *a)
{
	return __atomic_load_n(&((Slot*)a)->done, __ATOMIC_ACQUIRE);
}

static int slotthere(void *a)
{
	Host *h = a;
	int i;

	for(i = 0; i < Nslot; i++)
		if(h->slot[i] == nil || !h->slot[i]->busy)
			return 1;
	return 0;
}

static int slotidle(void *a)
{
	Host *h = a;
	int i;

	for(i = 0; i < Nslot; i++)
		if(h->slot[i] != nil && !h->slot[i]->busy)
			return 1;
	return 0;
}

static Slot *slotnew(void)
{
	Slot *s = mallocz(sizeof *s, 1);
	u64int mem = pagerun(Slotpages), table = pagerun(2);

	if(s != nil)
		s->seg = malloc(Vmaxindirect * sizeof s->seg[0]);
	if(s == nil || s->seg == nil || mem == 0 || table == 0){
		if(mem != 0)
			pagerunfree(mem, Slotpages);
		if(table != 0)
			pagerunfree(table, 2);
		if(s != nil)
			free(s->seg);
		free(s);
		return seterrp(Enomem);
	}
	s->t = kaddr(mem);
	s->r = s->t + Tmax;
	s->table = kaddr(table);
	return s;
}

static void slotdrop(Slot *s)
{
	pagerunfree(paddr(s->t), Slotpages);
	pagerunfree(paddr(s->table), 2);
	free(s->seg);
	free(s);
}

/*
 * A free slot, whose index is the tag.  Slots are made as they are needed and
 * kept; without memory for more we wait for those there are, since paging
 * may depend on us.
 */
static Slot *slottake(Host *h, int *tag)
{
	Slot *s;
	int i;

	for(;;){
		lock(&h->q->lk);
		for(i = 0; i < Nslot; i++){
			s = h->slot[i];
			if(s == nil || !s->busy)
				break;
		}
		if(i < Nslot && s != nil)
			s->busy = 1;
		unlock(&h->q->lk);
		*tag = i;
		if(i < Nslot && s != nil)
			return s;
		if(i == Nslot){
			sleepu(&h->wait, slotthere, h);
			continue;
		}
		s = slotnew();
		if(s == nil){
			if(h->slot[0] == nil)
				return nil;
			sleepu(&h->wait, slotidle, h);
			continue;
		}
		lock(&h->q->lk);
		for(i = 0; i < Nslot && h->slot[i] != nil; i++)
			;
		if(i < Nslot)
			h->slot[i] = s;
		unlock(&h->q->lk);
		if(i == Nslot)
			slotdrop(s);
	}
}

static void slotfree(Host *h, Slot *s)
{
	__atomic_store_n(&s->busy, 0, __ATOMIC_RELEASE);
	wakeup(&h->wait);
}

static int roomthere(void *a)
{
	Slot *s = a;

	return s->q->nfree >= s->need;
}

static void submit(Host *h, Slot *s, Vseg *seg, int nout, int nin)
{
	int r;

	s->done = 0;
	s->len = 0;
	s->q = h->q;
	s->need = virtiohas(h->dev, Vfindirect) ? 1 : nout + nin;
	for(;;){
		lock(&h->q->lk);
		if(virtiohas(h->dev, Vfindirect))
			r = vqaddtable(h->q, s->table, seg, nout, nin, s);
		else
			r = vqadd(h->q, seg, nout, nin, s);
		if(r == 0)
			vqkick(h->q);
		unlock(&h->q->lk);
		if(r == 0)
			return;
		sleepu(&h->wait, roomthere, s);
	}
}

static void settag(uchar *t, int tag)
{
	t[5] = tag;
	t[6] = tag>>8;
}

/* asks the host to give the request up; its chain comes back either way */
static void flush(Host *h, int oldtag)
{
	Slot *s;
	Vseg seg[2];
	int tag;

	s = slottake(h, &tag);
	if(s == nil)
		return;
	memset(s->t, 0, 9);
	s->t[0] = 9;
	s->t[4] = Tflush;
	settag(s->t, tag);
	s->t[7] = oldtag;
	s->t[8] = oldtag>>8;
	seg[0] = (Vseg){ paddr(s->t), 9 };
	seg[1] = (Vseg){ paddr(s->r), Rmax };
	submit(h, s, seg, 1, 1);
	sleepu(&h->wait, slotdone, s);
	slotfree(h, s);
}

/*
 * What may take long and changes no name is given up at a note.  A flushed
 * clunk would leave the file open at the host, and of a change half undone nobody could tell.
 */
static int mayflush(int type)
{
	return type == Tread || type == Twrite || type == Twalk || type == Tlreaddir;
}

static void slotwait(Host *h, Slot *s, int tag)
{
	if(mayflush(s->t[4])){
		if(sleep(&h->wait, slotdone, s) == 0)
			return;
		flush(h, tag);
	}
	sleepu(&h->wait, slotdone, s);
}

/* the answer's length as it says itself, which must be what the device wrote */
static long answer(Slot *s, int tag, uchar *r, u32int nr, u32int rroom, int hasdata)
{
	u32int size;

	if(s->len < L9hdr)
		return seterr(Eintr);	/* flushed: no answer */
	size = s->r[0] | s->r[1]<<8 | s->r[2]<<16 | (u32int)s->r[3]<<24;
	if(size < L9hdr || size > s->len || (s->r[5] | s->r[6]<<8) != tag || (!hasdata && size > nr))
		return seterr(Ebadmsg);
	memmove(r, s->r, MIN(MIN(size, nr), rroom));
	return size;
}

/* segments of out's data behind our message, or of in's behind the answer's head */
static int dataseg(Host *h, Buf *b, u32int n, Vseg *seg)
{
	int max = virtiohas(h->dev, Vfindirect) ? Vmaxindirect : h->q->size;

	if(b == nil)
		return 0;
	return virtiosegs(b, n, seg, max-2);
}

/* data in memory that the device cannot reach (a kernel stack) goes through a copy */
static long bounced(L9io *io, uchar *t, u32int nt, Buf *out, u32int nout, uchar *r, u32int nr, Buf *in)
{
	u32int n = out != nil ? nout : in->n;
	uchar *copy = malloc(n);
	Buf b = { .p = copy, .n = n };
	long got;

	if(copy == nil)
		return seterr(Enomem);
	if(out != nil)
		bufget(out, 0, copy, n);
	got = io->rpc(io, t, nt, out != nil ? &b : nil, nout, r, nr, in != nil ? &b : nil);
	if(in != nil && got > Rreadhdr)
		bufput(in, 0, copy, MIN(got - Rreadhdr, (long)n));
	free(copy);
	return got;
}

static int onstack(Buf *b)
{
	u64int a = b != nil ? (u64int)b->p : 0;

	return a != 0 && (a < DMAPBASE || a >= DMAPBASE + (1UL<<46)) && a < KTZERO;
}

static long rpc(L9io *io, uchar *t, u32int nt, Buf *out, u32int nout, uchar *r, u32int nr, Buf *in)
{
	Host *h = io->aux;
	u32int rroom = in != nil ? Rreadhdr : MIN(nr, Rmax);
	int tag, ndata, no = 1;
	Vseg *seg;
	Slot *s;
	long got = -1;

	if(onstack(out) || onstack(in))
		return bounced(io, t, nt, out, nout, r, nr, in);
	if(nt > Tmax)
		return seterr(Etoolong);
	s = slottake(h, &tag);
	if(s == nil)
		return -1;
	seg = s->seg;
	memmove(s->t, t, nt);
	settag(s->t, tag);
	seg[0] = (Vseg){ paddr(s->t), nt };
	ndata = dataseg(h, out, nout, seg+1);
	if(ndata > 0)
		no += ndata;
	seg[no] = (Vseg){ paddr(s->r), rroom };
	if(ndata == 0 && in != nil)
		ndata = dataseg(h, in, in->n, seg+no+1);
	if(ndata < 0){
		seterr(Eio);
		goto out;
	}
	submit(h, s, seg, no, in != nil ? 1+ndata : 1);
	slotwait(h, s, tag);
	got = answer(s, tag, r, nr, rroom, in != nil);
out:
	slotfree(h, s);
	return got;
}

L9io *virtio9pdial(char *tag)
{
	Host *h;

	for(h = hosts; h != nil; h = h->next)
		if(strcmp(h->tag, tag) == 0)
			return &h->io;
	return seterrp("no such host share");
}

static void readtag(Host *h)
{
	u32int i, n = virtiocfg(h->dev, 0, 2);

	for(i = 0; i < n && i < Taglen-1; i++)
		h->tag[i] = virtiocfg(h->dev, 2+i, 1);
}

void virtio9pinit(void)
{
	Pcidev *p = nil;
	Virtdev *v;
	Host *h, **end = &hosts;
	int nseg;

	while((v = virtioprobe(&p, V9p, 1)) != nil){
		h = mallocz(sizeof *h, 1);
		if(h == nil)
			return;
		h->dev = v;
		readtag(h);
		h->io.rpc = rpc;
		h->io.uid = ~0U;
		h->io.aux = h;
		h->q = virtioqueue(v, 0, intr, h);
		if(h->q == nil || virtiostart(v, "9p") < 0){
			kprint("virtio9p: %s\n", geterr());
			continue;
		}
		/* a chain holds this many pages besides messages, the first and last perhaps in part */
		nseg = virtiohas(v, Vfindirect) ? Vmaxindirect : h->q->size;
		h->io.msize = MIN(MAXMSIZE, (nseg-4)*PGSZ);
		*end = h;
		end = &h->next;
	}
	ninepdial = virtio9pdial;
}
