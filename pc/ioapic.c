/*
 * ioapic.c: the I/O interrupt controllers, which send devices' interrupts to
 * processors (Intel 82093AA data sheet), and the two old ones (8259),
 * which are silenced.  Pins have global numbers (GSI); ISA interrupts have
 * the same unless MADT says otherwise.  iolk guards the registers, which are
 * reached through an index.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"

enum {
	NIOAPIC = 8,
	NISA = 16,
	Window = 0x10,			/* register offsets: index at 0 */
	Version = 1, Redir = 0x10,	/* registers */
	Low = 1<<13, Level = 1<<15, Masked = 1<<16,
	Pic0 = 0x20, Pic1 = 0xa0,
};

typedef struct Ioapic Ioapic;
struct Ioapic {
	uchar *regs;
	u32int gsi;		/* of pin 0 */
	u32int npin;
};

static Lock iolk;
static Ioapic ioapics[NIOAPIC];
static int nioapic;
static struct { u32int gsi; u8int set, low, level; } isa[NISA];

static u32int get(Ioapic *a, u32int r)
{
	mmput32(a->regs, r);
	return mmget32(a->regs + Window);
}

static void put(Ioapic *a, u32int r, u32int v)
{
	mmput32(a->regs, r);
	mmput32(a->regs + Window, v);
}

void ioapicadd(u64int pa, u32int gsibase)
{
	Ioapic *a;
	u32int i;

	if(nioapic == NIOAPIC)
		return;
	a = &ioapics[nioapic];
	if((a->regs = kmapdev(pa, PGSZ)) == nil)
		return;
	a->gsi = gsibase;
	a->npin = (get(a, Version)>>16 & 0xff) + 1;
	if(a->npin > 240)
		return;		/* nothing there */
	nioapic++;
	for(i = 0; i < a->npin; i++)
		put(a, Redir + 2*i, Masked);
}

void ioapicisa(int irq, u32int gsi, int low, int level)
{
	if(irq < 0 || irq >= NISA)
		return;
	isa[irq].gsi = gsi;
	isa[irq].set = 1;
	isa[irq].low = low;
	isa[irq].level = level;
}

void ioapicpci(int irq)
{
	if(irq >= 0 && irq < NISA && !isa[irq].set)
		ioapicisa(irq, irq, 1, 1);
}

static Ioapic *ofgsi(u32int gsi)
{
	Ioapic *a;

	for(a = ioapics; a < ioapics + nioapic; a++)
		if(gsi >= a->gsi && gsi - a->gsi < a->npin)
			return a;
	return nil;
}

static u32int isagsi(int irq)
{
	return isa[irq].set? isa[irq].gsi: (u32int)irq;
}

int ioapicroute(int irq, int vec, u32int apicid)
{
	Ioapic *a;
	u32int pin, low;

	a = ofgsi(isagsi(irq));
	if(a == nil || apicid > 0xff)
		return -1;
	pin = isagsi(irq) - a->gsi;
	low = vec;
	if(isa[irq].low)
		low |= Low;
	if(isa[irq].level)
		low |= Level;
	lock(&iolk);
	put(a, Redir + 2*pin, Masked);
	put(a, Redir + 2*pin + 1, apicid<<24);
	put(a, Redir + 2*pin, low);
	unlock(&iolk);
	return 0;
}

void ioapicmask(int irq)
{
	Ioapic *a;

	a = ofgsi(isagsi(irq));
	if(a == nil)
		return;
	lock(&iolk);
	put(a, Redir + 2*(isagsi(irq) - a->gsi), Masked);
	unlock(&iolk);
}

/* Initialise both, so that a stray interrupt has a vector of its own, and mask all. */
void picoff(void)
{
	outb(Pic0, 0x11);
	outb(Pic1, 0x11);
	outb(Pic0+1, VISA);
	outb(Pic1+1, VISA+8);
	outb(Pic0+1, 4);
	outb(Pic1+1, 2);
	outb(Pic0+1, 1);
	outb(Pic1+1, 1);
	outb(Pic0+1, 0xff);
	outb(Pic1+1, 0xff);
}
