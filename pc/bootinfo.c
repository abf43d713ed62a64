/*
 * bootinfo.c: what the boot loader left in memory: the memory map, the
 * command line, modules, the ACPI root pointer, the screen.  It comes as an
 * hvm_start_info (Xen's x86/HVM direct boot ABI, "PVH") or as multiboot2
 * tags, and is copied at once, for that memory is given away later.
 * Addresses and lengths are not trusted: what does not lie in the first GiB,
 * which is all that is mapped now, is ignored.  Runs once, alone.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"

enum {
	TagEnd = 0, TagArgs = 1, TagModule = 3, TagMemmap = 6, TagScreen = 8, TagRsdp1 = 14, TagRsdp2 = 15,
};
#define MAPPED (1UL<<30)

typedef struct Pvhinfo Pvhinfo;
struct Pvhinfo {
	u32int magic, version, flags, nmod;
	u64int mods, args, rsdp, map;
	u32int nmap, pad;
};
typedef struct Pvhmod Pvhmod;
struct Pvhmod { u64int pa, len, args, pad; };
typedef struct Pvhrange Pvhrange;
struct Pvhrange { u64int base, len; u32int type, pad; };

Bootinfo bootinfo;
char bootargs[BOOTARGSZ];

/* n bytes at pa, or nil where they cannot be read */
static void *lowmem(u64int pa, u64int n)
{
	if(pa == 0 || pa >= MAPPED || n > MAPPED - pa)
		return nil;
	return kaddr(pa);
}

static void addrange(u64int base, u64int len, u32int type)
{
	Bootrange *r;

	if(len == 0 || base+len < base || bootinfo.nmap == NBOOTRANGE)
		return;
	r = &bootinfo.map[bootinfo.nmap++];
	r->base = base;
	r->len = len;
	r->type = type;
}

static void addmodule(u64int pa, u64int len)
{
	if(len == 0 || pa+len < pa || bootinfo.nmod == NBOOTMOD)
		return;
	bootinfo.mod[bootinfo.nmod].pa = pa;
	bootinfo.mod[bootinfo.nmod++].len = len;
}

/* The string at pa, of at most n bytes, becomes the command line. */
static void setargs(u64int pa, u64int n)
{
	char *s;
	u64int i;

	n = MIN(n, BOOTARGSZ-1);
	if(pa >= MAPPED || (s = lowmem(pa, MIN(n, MAPPED-pa))) == nil)
		return;
	n = MIN(n, MAPPED-pa);
	for(i = 0; i < n && s[i] != 0; i++)
		bootargs[i] = s[i];
	bootargs[i] = 0;
}

static void readpvh(u64int pa)
{
	Pvhinfo *p;
	Pvhmod *m;
	Pvhrange *r;
	u32int i;

	p = lowmem(pa, sizeof *p);
	if(p == nil || p->magic != PVHMAGIC)
		return;
	setargs(p->args, BOOTARGSZ);
	bootinfo.rsdppa = p->rsdp;
	m = lowmem(p->mods, (u64int)p->nmod * sizeof *m);
	for(i = 0; m != nil && i < p->nmod && i < NBOOTMOD; i++)
		addmodule(m[i].pa, m[i].len);
	if(p->version < 1)
		return;
	r = lowmem(p->map, (u64int)p->nmap * sizeof *r);
	for(i = 0; r != nil && i < p->nmap && i < NBOOTRANGE; i++)
		addrange(r[i].base, r[i].len, r[i].type);
}

static void readscreen(uchar *t, u32int n)
{
	Screeninfo *s;

	if(n < 32)
		return;
	s = &bootinfo.screen;
	s->pa = get64(t+8);
	s->pitch = get32(t+16);
	s->width = get32(t+20);
	s->height = get32(t+24);
	s->depth = t[28];
	if(t[29] == 2)
		s->text = 1;
	else if(t[29] != 1 || n < 38 || (s->depth != 32 && s->depth != 24) ||
	t[33] != 8 || t[35] != 8 || t[37] != 8)
		s->depth = 0;
	else{
		s->red = t[32];
		s->green = t[34];
		s->blue = t[36];
	}
}

static void readmap(uchar *t, u32int n)
{
	u32int size, off;

	if(n < 16 || (size = get32(t+8)) < 20)
		return;
	for(off = 16; off + 20 <= n && size <= n - off; off += size)
		addrange(get64(t+off), get64(t+off+8), get32(t+off+16));
}

/* One tag of n bytes, its header of 8 included, at t (physical pa). */
static void readtag(uchar *t, u32int n, u64int pa)
{
	switch(get32(t)){
	case TagArgs:
		setargs(pa+8, n-8);
		break;
	case TagModule:
		if(n >= 16 && get32(t+12) > get32(t+8))
			addmodule(get32(t+8), get32(t+12) - get32(t+8));
		break;
	case TagMemmap:
		readmap(t, n);
		break;
	case TagScreen:
		readscreen(t, n);
		break;
	case TagRsdp1:
	case TagRsdp2:
		if(n-8 > sizeof bootinfo.rsdp)
			n = sizeof bootinfo.rsdp + 8;
		if((int)n-8 > bootinfo.rsdplen){
			memmove(bootinfo.rsdp, t+8, n-8);
			bootinfo.rsdplen = n-8;
		}
		break;
	}
}

static void readmultiboot(u64int pa)
{
	uchar *p;
	u32int total, off, n;

	p = lowmem(pa, 8);
	if(p == nil || (total = get32(p)) < 8 || lowmem(pa, total) == nil)
		return;
	for(off = 8; off <= total - 8; off += (n + 7) & ~7U){
		n = get32(p+off+4);
		if(n < 8 || n > total - off || get32(p+off) == TagEnd)
			break;
		readtag(p+off, n, pa+off);
	}
}

void bootinforead(u32int magic, u64int info)
{
	if(magic == MBMAGIC)
		readmultiboot(info);
	else if(magic == PVHMAGIC)
		readpvh(info);
	if(bootinfo.nmap == 0)
		panic("boot: the loader gave no memory map (magic %#ux)", magic);
}

void bootmodule(int i, uchar **p, usize *n)
{
	*p = nil;
	*n = 0;
	if(i < 0 || i >= bootinfo.nmod || !ramusable(bootinfo.mod[i].pa, bootinfo.mod[i].len))
		return;
	*p = kaddr(bootinfo.mod[i].pa);
	*n = bootinfo.mod[i].len;
}
