/*
 * e1000.c: Intel's gigabit Ethernet cards of the 8254x kind and the 82574
 * (PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's
 * Manual; 82574 Data Sheet, chapter 10).  Frames are sent and received in rings of
 * legacy descriptors, straight from and to their memory.  All frames are taken, and
 * ether.c chooses: QEMU's card is deaf for a second after its filter was changed.
 *
 * A ring's entry is the chip's from when the tail register has passed it until its
 * descriptor says done.  Locks: the card's, for sending.  Receiving is the
 * interrupt's alone, of which there is one.  Nothing sleeps.
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
	Vendor = 0x8086,
	/* registers */
	Ctrl = 0x0000, Status = 0x0008, Icr = 0x00c0, Ims = 0x00d0, Imc = 0x00d8, Ivar = 0x00e4,
	Rctl = 0x0100, Tctl = 0x0400, Tipg = 0x0410,
	Rdbal = 0x2800, Rdbah = 0x2804, Rdlen = 0x2808, Rdh = 0x2810, Rdt = 0x2818,
	Tdbal = 0x3800, Tdbah = 0x3804, Tdlen = 0x3808, Tdh = 0x3810, Tdt = 0x3818,
	Crcerrs = 0x4000, Missed = 0x4010, Undersize = 0x40a4, Oversize = 0x40ac,
	Ral = 0x5400, Rah = 0x5404, Regs = 0x6000,
	CtrlAuto = 1<<5, CtrlUp = 1<<6, CtrlReset = 1<<26,
	StatusUp = 1<<1,
	IntrTxdone = 1<<0, IntrLink = 1<<2, IntrRxlow = 1<<4, IntrRxover = 1<<6, IntrRx = 1<<7,
	IntrRxq = 1<<20, IntrTxq = 1<<22, IntrOther = 1<<24,	/* 82574, by MSI-X */
	RctlOn = 1<<1, RctlAll = 1<<3, RctlMulti = 1<<4, RctlBcast = 1<<15, RctlNocrc = 1<<26,
	TctlOn = 1<<1, TctlPad = 1<<3, TctlRetries = 15<<4, TctlCollision = 64<<12,
	/* descriptors */
	Done = 1<<0,			/* status */
	Endframe = 1<<1,
	RxCrc = 1<<0, RxError = 1<<7,	/* errors */
	TxEnd = 1<<0, TxCrc = 1<<1, TxReport = 1<<3,	/* cmd */
	Nring = 128,
	Rxsize = 2048,			/* as Rctl has it by default */
	Resetms = 20,
};

typedef struct Desc Desc;
typedef struct Card Card;

struct Desc {
	u64int pa;
	u16int len;
	u8int cso;		/* and the low byte of a received frame's checksum */
	u8int cmd;
	u8int status;
	u8int errors;
	u16int special;
};

struct Card {
	Ether ether;
	Pcidev *pci;
	volatile uchar *regs;
	u8int is82574;
	Desc *rx, *tx;
	Etherframe *rxframe[Nring], *txframe[Nring];
	u32int rxnext;		/* the next to be received into */
	u8int torn;		/* it goes on with a frame too long for one */
	Lock lk;		/* for all below */
	u32int txnext, txold;	/* to be used, and not known to be sent; counts */
};

static u32int get(Card *c, int r)
{
	return mmget32(c->regs + r);
}

static void put(Card *c, int r, u32int v)
{
	mmput32(c->regs + r, v);
}

/* --- receiving --- */

static void rxgive(Card *c, int i, Etherframe *f)
{
	c->rxframe[i] = f;
	c->rx[i] = (Desc){ .pa = paddr(f->p) };
}

/* the frame of a descriptor that is done, in whose place a new one goes; nil: it is lost */
static Etherframe *rxtake(Card *c, int i)
{
	Etherframe *f = c->rxframe[i], *fresh = nil;
	Desc d = c->rx[i];
	int part = c->torn || !(d.status & Endframe);

	c->torn = !(d.status & Endframe);
	if(part || (d.errors & (RxCrc|RxError)) || d.len > Rxsize){
		if(!c->torn)
			etherbad(&c->ether);
	}else if((fresh = etherframe(Rxsize)) == nil)
		etherlost(&c->ether);
	if(fresh == nil){
		rxgive(c, i, f);
		return nil;
	}
	rxgive(c, i, fresh);
	f->n = d.len;
	return f;
}

static void receive(Card *c)
{
	Etherframe *f;
	int i;

	for(;;){
		i = c->rxnext;
		if(!(__atomic_load_n(&c->rx[i].status, __ATOMIC_ACQUIRE) & Done))
			return;
		f = rxtake(c, i);
		c->rxnext = (i + 1) % Nring;
		__atomic_thread_fence(__ATOMIC_RELEASE);
		put(c, Rdt, i);
		if(f != nil)
			etherin(&c->ether, f);
	}
}

/* --- sending --- */

static int transmit(Ether *e, Etherframe *f)
{
	Card *c = e->aux;
	int i, r = -1;

	lock(&c->lk);
	i = c->txnext % Nring;
	if(c->txnext - c->txold == Nring-1)
		poke(e->full, 1);
	else{
		c->txframe[i] = f;
		c->tx[i] = (Desc){ .pa = paddr(f->p), .len = f->n, .cmd = TxEnd|TxCrc|TxReport };
		c->txnext++;
		__atomic_thread_fence(__ATOMIC_RELEASE);
		put(c, Tdt, c->txnext % Nring);
		r = 0;
	}
	unlock(&c->lk);
	return r;
}

static void sent(Card *c)
{
	int i, room;

	lock(&c->lk);
	for(; c->txold != c->txnext; c->txold++){
		i = c->txold % Nring;
		if(!(__atomic_load_n(&c->tx[i].status, __ATOMIC_ACQUIRE) & Done))
			break;
		etherfree(c->txframe[i]);
	}
	room = c->ether.full && c->txnext - c->txold < Nring-1;
	if(room)
		poke(c->ether.full, 0);
	unlock(&c->lk);
	if(room)
		etherroom(&c->ether);
}

/* --- the rest --- */

static void linkstate(Card *c)
{
	static const int speed[] = { 10, 100, 1000, 1000 };
	u32int s = get(c, Status);

	etherlink(&c->ether, (s & StatusUp) != 0, speed[s>>6 & 3]);
}

/* the causes are cleared before they are looked into: what comes then interrupts again */
static void interrupt(Ureg *u, void *arg)
{
	Card *c = arg;
	u32int cause;

	USED(u);
	cause = get(c, Icr);	/* which clears them, but not always the 82574's */
	if(cause == 0)
		return;
	if(c->is82574)
		put(c, Icr, cause);
	if(cause & IntrLink)
		linkstate(c);
	receive(c);
	sent(c);
}

/* these registers begin anew when they are read */
static void counts(Ether *e)
{
	Card *c = e->aux;

	e->stats.crc += get(c, Crcerrs);
	e->stats.overflow += get(c, Missed);
	e->stats.frame += get(c, Undersize);
	e->stats.frame += get(c, Oversize);
}

static int reset(Card *c)
{
	vlong end = monons() + Resetms*1000000LL;

	put(c, Imc, ~0U);
	put(c, Ctrl, get(c, Ctrl) | CtrlReset);
	while(get(c, Ctrl) & CtrlReset){
		if(monons() > end)
			return seterr("card does not come out of reset");
		cpurelax();
	}
	put(c, Imc, ~0U);
	get(c, Icr);
	put(c, Ctrl, (get(c, Ctrl) & ~CtrlReset) | CtrlUp | CtrlAuto);
	return 0;
}

/* the address that the chip took from its EEPROM at reset */
static void address(Card *c)
{
	u32int lo = get(c, Ral), hi = get(c, Rah);
	int i;

	for(i = 0; i < Eaddrlen; i++)
		c->ether.addr[i] = i < 4 ? lo >> 8*i : hi >> 8*(i-4);
}

static int rings(Card *c)
{
	u64int rx = pagealloc(PageZero), tx = pagealloc(PageZero);
	Etherframe *f;
	int i;

	if(rx == 0 || tx == 0)
		return seterr(Enomem);
	c->rx = kaddr(rx);
	c->tx = kaddr(tx);
	for(i = 0; i < Nring; i++){
		f = etherframe(Rxsize);
		if(f == nil)
			return seterr(Enomem);
		rxgive(c, i, f);
	}
	put(c, Rdbal, rx);
	put(c, Rdbah, rx>>32);
	put(c, Rdlen, Nring * sizeof(Desc));
	put(c, Rdh, 0);
	put(c, Rdt, Nring-1);
	put(c, Tdbal, tx);
	put(c, Tdbah, tx>>32);
	put(c, Tdlen, Nring * sizeof(Desc));
	put(c, Tdh, 0);
	put(c, Tdt, 0);
	return 0;
}

/* interrupts, then both directions */
static int run(Card *c)
{
	u32int causes = IntrTxdone | IntrLink | IntrRxlow | IntrRxover | IntrRx;

	if(intrmsi(c->pci, 0, "ether", interrupt, c) == nil)
		return -1;
	if(c->is82574){	/* both queues and the rest to vector 0, should it have MSI-X */
		put(c, Ivar, 1U<<31 | 8<<16 | 8<<8 | 8);
		causes |= IntrRxq | IntrTxq | IntrOther;
	}
	put(c, Tipg, 10 | 8<<10 | 6<<20);	/* 13.4.34: copper */
	put(c, Ims, causes);
	put(c, Tctl, TctlOn | TctlPad | TctlRetries | TctlCollision);
	put(c, Rctl, RctlOn | RctlAll | RctlMulti | RctlBcast | RctlNocrc);
	return 0;
}

static int start(Card *c)
{
	Ether *e = &c->ether;

	pcienable(c->pci);
	c->regs = pcimap(c->pci, 0, 0, Regs);
	if(c->regs == nil || reset(c) < 0)
		return -1;
	e->chip = c->is82574 ? "82574" : "8254x";
	e->mtu = Ethermtu;
	e->transmit = transmit;
	e->counts = counts;
	e->aux = c;
	address(c);
	if(rings(c) < 0 || etheradd(e) < 0 || run(c) < 0)
		return -1;
	linkstate(c);
	return 0;
}

void e1000init(void)
{
	static const u16int kinds[] = { 0x100e, 0x100f, 0x1004, 0x10d3 };
	Pcidev *p = nil;
	Card *c;
	usize i;

	while((p = pcimatch(p, Vendor, 0)) != nil){
		for(i = 0; i < nelem(kinds) && kinds[i] != p->did; i++)
			;
		if(i == nelem(kinds))
			continue;
		c = mallocz(sizeof *c, 1);
		if(c == nil)
			return;
		c->pci = p;
		c->is82574 = p->did == 0x10d3;
		if(start(c) < 0)
			kprint("e1000: device %d.%d.%d: %s\n", p->bus, p->dev, p->fn, geterr());
	}
}
