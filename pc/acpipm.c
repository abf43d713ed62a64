/*
 * acpipm.c: what the FADT knows: the power management timer, how to reset,
 * and how to switch off.  Switching off needs the value that the object _S5 in
 * the DSDT's byte code names; that is looked for by its encoding (ACPI
 * specification 6, chapter 20), not by interpreting the code.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"

enum {	/* offsets in the FADT */
	Dsdt = 40, Smicmd = 48, Acpienable = 52, Pm1acnt = 64, Pm1bcnt = 68, Pmtmr = 76, Pmtmrlen = 91,
	Century = 108, Flags = 112, Resetreg = 116, Resetval = 128, Xdsdt = 140,
	Tmr32 = 1<<8, Resetsup = 1<<10,	/* flags */
	Scienable = 1<<0, Sleepenable = 1<<13,	/* PM1 control */
	NameOp = 0x08, PackageOp = 0x12, BytePrefix = 0x0a,
	Spacemem = 0, Spaceio = 1,
};

static uchar *fadt(u32int need)
{
	uchar *t;
	u32int len;

	t = acpitable("FACP", 0, &len);
	return t == nil || len < need? nil: t;
}

int pmtimerport(int *bits)
{
	uchar *t;

	t = fadt(Flags+4);
	if(t == nil || t[Pmtmrlen] != 4)
		return 0;
	*bits = get32(t+Flags) & Tmr32? 32: 24;
	return get32(t+Pmtmr) & 0xffff;
}

int acpicentury(void)
{
	static int known, reg;
	uchar *t;

	if(!known){	/* first at boot; looking through the tables takes long */
		t = fadt(Century+1);
		reg = t == nil? 0: t[Century] & 0x7f;
		known = 1;
	}
	return reg;
}

/* A small constant of the byte code at p, before e; p is moved past it.  -1: something else. */
static int amlbyte(uchar **p, uchar *e)
{
	uchar c;

	if(*p >= e)
		return -1;
	c = *(*p)++;
	if(c <= 1)
		return c;
	if(c != BytePrefix || *p >= e)
		return -1;
	return *(*p)++;
}

/* The sleep types for _S5 in n bytes of code: 0, or -1. */
static int s5find(uchar *code, u32int n, int *a, int *b)
{
	uchar *p, *e;
	u32int i;

	e = code + n;
	for(i = 1; i + 8 < n; i++){
		p = code + i;
		if(memcmp(p, "_S5_", 4) != 0 || p[4] != PackageOp || (p[-1] != NameOp && p[-1] != '\\'))
			continue;
		p += 5;
		p += 1 + (p[0]>>6) + 1;	/* the package's length, its count of elements */
		if((*a = amlbyte(&p, e)) < 0 || *a > 7)
			continue;
		if((*b = amlbyte(&p, e)) < 0 || *b > 7)
			*b = *a;
		return 0;
	}
	return -1;
}

static int s5types(uchar *t, int *a, int *b)
{
	uchar *d;
	u64int pa;
	u32int len;
	int i;

	pa = get32(t+4) >= Xdsdt+8? get64(t+Xdsdt): 0;
	if(pa == 0)
		pa = get32(t+Dsdt);
	d = pa == 0? nil: physmap(pa, 36);
	if(d != nil && memcmp(d, "DSDT", 4) == 0 && (len = get32(d+4)) > 36 && len < 4*MiB)
		if((d = physmap(pa, len)) != nil && s5find(d+36, len-36, a, b) == 0)
			return 0;
	for(i = 0; (d = acpitable("SSDT", i, &len)) != nil; i++)
		if(s5find(d+36, len-36, a, b) == 0)
			return 0;
	return -1;
}

void acpipower(void)
{
	uchar *t;
	u32int cnta, cntb, smi;
	int a, b, i;

	t = fadt(Flags+4);
	if(t == nil || s5types(t, &a, &b) < 0)
		return;
	cnta = get32(t+Pm1acnt) & 0xffff;
	cntb = get32(t+Pm1bcnt) & 0xffff;
	smi = get32(t+Smicmd) & 0xffff;
	if(cnta == 0)
		return;
	if(!(inw(cnta) & Scienable) && smi != 0 && t[Acpienable] != 0){
		outb(smi, t[Acpienable]);
		for(i = 0; i < 3000 && !(inw(cnta) & Scienable); i++)
			usdelay(100);
	}
	outw(cnta, (inw(cnta) & ~(7<<10)) | a<<10 | Sleepenable);
	if(cntb != 0)
		outw(cntb, (inw(cntb) & ~(7<<10)) | b<<10 | Sleepenable);
	usdelay(100000);
}

void acpireset(void)
{
	uchar *t, *m;

	t = fadt(Resetval+1);
	if(t == nil || !(get32(t+Flags) & Resetsup))
		return;
	if(t[Resetreg] == Spaceio)
		outb(get64(t+Resetreg+4) & 0xffff, t[Resetval]);
	else if(t[Resetreg] == Spacemem && (m = kmapdev(get64(t+Resetreg+4), 1)) != nil)
		*(volatile uchar*)m = t[Resetval];
	usdelay(20000);
}
