/*
 * refclk.c: counters of known frequency, to measure the TSC by: the HPET
 * (IA-PC HPET specification 1.0a), the ACPI power management timer, or the
 * 8254's channel 2, whichever is found first.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"

enum {
	Hpetperiod = 4, Hpetconf = 0x10, Hpetcount = 0xf0,	/* registers */
	Pmhz = 3579545,
	Pithz = 1193182,
	Pit2 = 0x42, Pitmode = 0x43, Speaker = 0x61,
};

static uchar *hpet;
static int pmport;

static u32int hpetread(void)
{
	return mmget32(hpet + Hpetcount);
}

static u32int pmread(void)
{
	return inl(pmport);
}

/* counts down, from 0xffff and over again */
static u32int pitread(void)
{
	u32int n;

	outb(Pitmode, 0x80);	/* latch channel 2 */
	n = inb(Pit2);
	n |= inb(Pit2)<<8;
	return 0xffff - n;
}

static int hpetopen(Refclk *r)
{
	uchar *t;
	u64int pa;
	u32int len, fs;

	t = acpitable("HPET", 0, &len);
	if(t == nil || len < 52 || t[40] != 0 || (pa = get64(t+44)) == 0 || (hpet = kmapdev(pa, 1024)) == nil)
		return -1;
	fs = mmget32(hpet + Hpetperiod);
	if(fs < 100000 || fs > 100000000)	/* the specification's limit is 100 ns */
		return -1;
	mmput32(hpet + Hpetconf, mmget32(hpet + Hpetconf) | 1);
	r->name = "hpet";
	r->hz = 1000000000000000UL/fs;
	r->mask = ~0U;
	r->read = hpetread;
	return 0;
}

void refclkopen(Refclk *r)
{
	int bits;

	if(hpetopen(r) == 0)
		return;
	pmport = pmtimerport(&bits);
	if(pmport != 0){
		r->name = "pmtimer";
		r->hz = Pmhz;
		r->mask = bits == 32? ~0U: 0xffffff;
		r->read = pmread;
		return;
	}
	outb(Speaker, (inb(Speaker) & ~2) | 1);	/* gate on, silent */
	outb(Pitmode, 0xb4);	/* channel 2, both bytes, rate generator */
	outb(Pit2, 0xff);
	outb(Pit2, 0xff);
	r->name = "pit";
	r->hz = Pithz;
	r->mask = 0xffff;
	r->read = pitread;
}
