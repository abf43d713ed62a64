/*
 * rtl8139.c: Realtek's 10 and 100 Mb/s Ethernet card (RTL8139C(L) data sheet).
 * Received frames lie one after the other in a ring, each behind its status and length, and
 * are copied out of it.  There are four places to send from, each with
 * memory of its own, which frames are copied into.  All frames are taken, and ether.c
 * chooses: a write to the register that filters makes the ring begin anew.
 *
 * The chip addresses 32 bits, so the memory is got at boot and must lie below 4 GB.
 * Locks: the card's, for sending.  Receiving is the interrupt's alone.
 * Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "9p.h"
#include "x86.h"
#include "pci.h"
#include "ether.h"

enum {
	Vendor = 0x10ec, Device = 0x8139,
	/* registers, in I/O space; those of four are 4 apart */
	Idr = 0x00, Mar = 0x08, Tsd = 0x10, Tsad = 0x20, Rbstart = 0x30, Cmd = 0x37, Capr = 0x38,
	Imr = 0x3c, Isr = 0x3e, Tcr = 0x40, Rcr = 0x44, Missed = 0x4c, Config1 = 0x52, Msr = 0x58, Regs = 0x100,
	CmdEmpty = 1<<0, CmdTx = 1<<2, CmdRx = 1<<3, CmdReset = 1<<4,
	IntrRx = 1<<0, IntrRxerr = 1<<1, IntrTx = 1<<2, IntrTxerr = 1<<3, IntrRxover = 1<<4, IntrLink = 1<<5, IntrFifo = 1<<6,
	TsdOwn = 1<<13, TsdOk = 1<<15, TsdUnder = 1<<14, TsdAbort = 1<<30,
	TcrDma = 6<<8, TcrGap = 3<<24,
	RcrAll = 1<<0, RcrMine = 1<<1, RcrMulti = 1<<2, RcrBcast = 1<<3, RcrWrap = 1<<7, RcrDma = 7<<8, Rcr32k = 2<<11, RcrNowait = 7<<13,
	MsrDown = 1<<2, MsrTen = 1<<3,
	/* a received frame's status */
	RxOk = 1<<0, RxCrc = 1<<2,
	Rxhdr = 4, Crc = 4,
	Lead = 16,			/* Capr is so much before the place read up to */
	Ring = 32*KiB,
	Ringmem = Ring + 2*KiB,		/* with RcrWrap the last frame goes on behind the end */
	Ntx = 4,
	Txsize = 2*KiB,
	Resetms = 20,
};

typedef struct Card Card;
struct Card {
	Ether ether;
	Pcidev *pci;
	int port;
	uchar *ring;
	u32int at;			/* where the next frame begins in it */
	uchar *txmem[Ntx];
	Lock lk;			/* for all below */
	u32int txnext, txold;		/* to be used, and not known to be sent; counts */
};

static void rxstart(Card *c)
{
	c->at = 0;
	outb(c->port + Cmd, CmdTx);
	outl(c->port + Rbstart, paddr(c->ring));
	outb(c->port + Cmd, CmdTx | CmdRx);
	outw(c->port + Capr, -Lead);
	outl(c->port + Rcr, RcrAll | RcrMine | RcrMulti | RcrBcast | RcrWrap | RcrDma | Rcr32k | RcrNowait);
}

static void rxframe(Card *c, uchar *p, u32int n)
{
	Etherframe *f = etherframe(n);

	if(f == nil){
		etherlost(&c->ether);
		return;
	}
	memmove(f->p, p, n);
	etherin(&c->ether, f);
}

/* a length that cannot be means that our place in the ring is lost: it begins anew */
static void receive(Card *c)
{
	u32int status, len;
	uchar *p;

	while(!(inb(c->port + Cmd) & CmdEmpty)){
		p = c->ring + c->at;
		status = p[0] | p[1]<<8;
		len = p[2] | p[3]<<8;
		if(!(status & RxOk) || len < Crc || len > Ethermtu + Etherhdr + 4 + Crc){
			if(!(status & RxCrc))
				etherbad(&c->ether);
			rxstart(c);
			return;
		}
		rxframe(c, p + Rxhdr, len - Crc);
		c->at = ((c->at + Rxhdr + len + 3) & ~3U) % Ring;
		outw(c->port + Capr, c->at - Lead);
	}
}

static int transmit(Ether *e, Etherframe *f)
{
	Card *c = e->aux;
	int i, r = -1;

	lock(&c->lk);
	if(c->txnext - c->txold == Ntx)
		poke(e->full, 1);
	else{
		i = c->txnext++ % Ntx;
		memmove(c->txmem[i], f->p, f->n);
		outl(c->port + Tsad + 4*i, paddr(c->txmem[i]));
		outl(c->port + Tsd + 4*i, f->n);	/* clears TsdOwn: it is the chip's */
		r = 0;
	}
	unlock(&c->lk);
	if(r == 0)
		etherfree(f);
	return r;
}

static void sent(Card *c)
{
	int room;

	lock(&c->lk);
	for(; c->txold != c->txnext; c->txold++)
		if(!(inl(c->port + Tsd + 4*(c->txold % Ntx)) & (TsdOk | TsdUnder | TsdAbort)))
			break;
	room = c->ether.full && c->txnext - c->txold < Ntx;
	if(room)
		poke(c->ether.full, 0);
	unlock(&c->lk);
	if(room)
		etherroom(&c->ether);
}

static void linkstate(Card *c)
{
	int s = inb(c->port + Msr);

	etherlink(&c->ether, !(s & MsrDown), s & MsrTen ? 10 : 100);
}

static void interrupt(Ureg *u, void *arg)
{
	Card *c = arg;
	int cause = inw(c->port + Isr);

	USED(u);
	if(cause == 0 || cause == 0xffff)
		return;
	outw(c->port + Isr, cause);
	if(cause & IntrLink)
		linkstate(c);
	if(cause & (IntrRx | IntrRxerr | IntrRxover | IntrFifo))
		receive(c);
	sent(c);
}

static void counts(Ether *e)
{
	Card *c = e->aux;

	e->stats.overflow += inl(c->port + Missed) & 0xffffff;
	outl(c->port + Missed, 0);
}

static int reset(Card *c)
{
	vlong end = monons() + Resetms*1000000LL;

	outb(c->port + Config1, 0);	/* wakes it */
	outb(c->port + Cmd, CmdReset);
	while(inb(c->port + Cmd) & CmdReset){
		if(monons() > end)
			return seterr("card does not come out of reset");
		cpurelax();
	}
	return 0;
}

static int memory(Card *c)
{
	enum { N = (Ringmem + Ntx*Txsize + PGSZ-1) / PGSZ };
	u64int pa = pagerun(N);
	int i;

	if(pa == 0)
		return seterr(Enomem);
	if((pa + N*PGSZ) >> 32 != 0){
		pagerunfree(pa, N);
		return seterr("no memory below 4 GB");
	}
	c->ring = kaddr(pa);
	for(i = 0; i < Ntx; i++)
		c->txmem[i] = c->ring + Ringmem + i*Txsize;
	return 0;
}

static int run(Card *c)
{
	if(intrmsi(c->pci, 0, "ether", interrupt, c) == nil)
		return -1;
	outl(c->port + Mar, ~0U);
	outl(c->port + Mar + 4, ~0U);
	rxstart(c);
	outl(c->port + Tcr, TcrDma | TcrGap);
	outl(c->port + Missed, 0);
	outw(c->port + Imr, IntrRx | IntrRxerr | IntrTx | IntrTxerr | IntrRxover | IntrLink | IntrFifo);
	return 0;
}

static int start(Card *c)
{
	Ether *e = &c->ether;
	int i;

	if(!c->pci->bar[0].io || c->pci->bar[0].size < Regs)
		return seterr("no registers");
	pcienable(c->pci);
	c->port = c->pci->bar[0].addr;
	if(reset(c) < 0 || memory(c) < 0)
		return -1;
	e->chip = "rtl8139";
	e->mtu = Ethermtu;
	e->transmit = transmit;
	e->counts = counts;
	e->aux = c;
	for(i = 0; i < Eaddrlen; i++)
		e->addr[i] = inb(c->port + Idr + i);
	if(etheradd(e) < 0 || run(c) < 0)
		return -1;
	linkstate(c);
	return 0;
}

void rtl8139init(void)
{
	Pcidev *p = nil;
	Card *c;

	while((p = pcimatch(p, Vendor, Device)) != nil){
		c = mallocz(sizeof *c, 1);
		if(c == nil)
			return;
		c->pci = p;
		if(start(c) < 0)
			kprint("rtl8139: device %d.%d.%d: %s\n", p->bus, p->dev, p->fn, geterr());
	}
}
