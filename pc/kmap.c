/*
 * kmap.c: the kernel's own half of every address space.
 *
 *	DMAPBASE	all RAM, in large pages, never executable
 *	KVBASE		kernel stacks with guard pages, and devices
 *	KTZERO		the kernel's image: text read and execute, constants read,
 *			data read and write
 *
 * The tables that map the image also serve the direct map, so the text
 * cannot be written there either.  The slots of the top table are all filled
 * in at boot and every address space has copies of them: what is
 * mapped later appears in all at once.  kvlock guards the tables below
 * KVBASE's slot and the allocation of addresses; nothing here sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "x86.h"
#include "pc.h"

enum {
	STKSLOT = 2*KSTKSZ,	/* guard, stack */
	NSTK = 16384,
	NCACHED = 32,		/* free stacks kept mapped */
	NTRIM = 24,		/* given back together when there are more */
};
#define KVDEV (KVBASE + (1UL<<38))	/* devices from here to the end of the slot */
#define IX(va, level) ((va)>>(12 + 9*(level)) & 511)

u64int kerncr3;
Pte *kerntop;
static Lock kvlock;
static int kernelup;		/* pages come from port/page.c */
static uintptr nextdev = KVDEV;
static Pte global;		/* PteG where there is such a thing */
static u64int stkused[NSTK/64];
static int stkhint;
static uintptr stkcache;	/* free stacks, linked by their topmost word */
static int nstkcache;
extern uchar ktext[], etext[], erodata[], end[], bootguard[];

u64int ptpage(void)
{
	return kernelup? pagealloc(1): bootalloc(1);
}

static Pte *table(Pte e)
{
	return kaddr(e & PteAddr);
}

/* The entry for va at a level of the kernel's tables, made where missing if alloc; nil. */
static Pte *kentry(uintptr va, int level, int alloc)
{
	Pte *e;
	u64int pa;
	int l;

	e = &kerntop[IX(va, 3)];
	for(l = 2; l >= level; l--){
		if(!(*e & PteP)){
			if(!alloc || (pa = ptpage()) == 0)
				return nil;
			*e = pa | PteP|PteW;
		}else if(*e & PteBig)
			return nil;
		e = &table(*e)[IX(va, l)];
	}
	return e;
}

/* All RAM from base to top at the direct map, whole large pages. */
static void mapram(u64int base, u64int top)
{
	u64int pa;
	Pte *e;

	base &= ~(BIGPG-1);
	top = (top + BIGPG-1) & ~(BIGPG-1);
	for(pa = base; pa < top; ){
		e = kentry((uintptr)kaddr(pa), 2, 1);
		if(cpufeat.gbpage && pa != 0 && pa % (1UL<<30) == 0 && top - pa >= 1UL<<30 && *e == 0){
			*e = pa | PteP|PteW|PteBig|global|PteNX;
			pa += 1UL<<30;
			continue;
		}
		if(*e & PteBig){	/* an entry that overlaps a GiB done */
			pa = (pa | ((1UL<<30)-1)) + 1;
			continue;
		}
		e = kentry((uintptr)kaddr(pa), 1, 1);
		if(*e == 0)
			*e = pa | PteP|PteW|PteBig|global|PteNX;
		pa += BIGPG;
	}
}

static Pte imagebits(uintptr va)
{
	if(va == (uintptr)bootguard)
		return 0;
	if(va >= (uintptr)ktext && va < (uintptr)etext)
		return PteP|global;
	if(va >= (uintptr)etext && va < (uintptr)erodata)
		return PteP|global|PteNX;
	return PteP|PteW|global|PteNX;
}

/* The kernel's image in 4 KiB pages, shared by its two places. */
static void mapimage(void)
{
	uintptr va;
	u64int pa;
	Pte *e, *pt;
	int i;

	for(va = KTZERO; va < (uintptr)end; va += BIGPG){
		pa = ptpage();
		pt = kaddr(pa);
		for(i = 0; i < 512; i++)
			if((e = &pt[i], imagebits(va + i*PGSZ)) != 0)
				*e = paddr((void*)(va + i*PGSZ)) | imagebits(va + i*PGSZ);
		*kentry(va, 1, 1) = pa | PteP|PteW;
		*kentry((uintptr)kaddr(paddr((void*)va)), 1, 1) = pa | PteP|PteW|PteNX;
	}
}

void kmapinit(void)
{
	Bootrange *r;
	int i;

	global = cpufeat.pge? PteG: 0;
	kerncr3 = bootalloc(1);
	kerntop = kaddr(kerncr3);
	mapimage();
	mapram(0, MiB);
	for(i = 0; i < bootinfo.nmap; i++){
		r = &bootinfo.map[i];
		if(r->type == RamFree || r->type == RamAcpi || r->type == RamNvs)
			if(r->base < 1UL<<46 && r->len <= (1UL<<46) - r->base)
				mapram(r->base, r->base + r->len);
	}
	kentry(KVBASE, 2, 1);
	cr3put(kerncr3);
}

/* From now on bootalloc is over. */
void kmaplate(void)
{
	bootallocend();
	kernelup = 1;
}

int kmap(uintptr va, u64int pa, Pte bits)
{
	Pte *e;

	e = kentry(va, 0, 1);
	if(e == nil)
		return -1;
	*e = pa | bits | PteP|global|PteNX;
	return 0;
}

/* The physical address behind any kernel address, through large pages too; 0: not mapped. */
u64int kvpa(uintptr va)
{
	Pte e;
	int l;

	if((va>>47) != 0x1ffff)
		return 0;
	e = kerntop[IX(va, 3)];
	for(l = 2; e & PteP; l--){
		e = table(e)[IX(va, l)];
		if((e & PteP) && (l == 0 || (e & PteBig)))
			return (e & PteAddr & ~((PGSZ<<9*l) - 1UL)) | (va & ((PGSZ<<9*l) - 1UL));
	}
	return 0;
}

int kvalid(uintptr va)
{
	return kvpa(va) != 0;
}

/* n bytes of physical memory at new addresses; nil: no memory for tables */
static void *kmapbits(u64int pa, usize n, Pte bits)
{
	uintptr va, a;
	u64int base;

	base = PGDOWN(pa);
	n = PGROUND(pa + n) - base;
	lock(&kvlock);
	va = nextdev;
	if(n > KVBASE + (1UL<<39) - PGSZ - va || pa + n < pa){
		unlock(&kvlock);
		return nil;
	}
	nextdev += n + PGSZ;
	for(a = 0; a < n; a += PGSZ)
		if(kmap(va+a, base+a, bits) < 0)
			break;
	unlock(&kvlock);
	return a < n? nil: (void*)(va + (pa - base));
}

void *kmapdev(u64int pa, usize n)
{
	return kmapbits(pa, n, PteW|PtePcd|PtePwt);
}

void *kmapscreen(u64int pa, usize n)
{
	return kmapbits(pa, n, PteW | (cpufeat.pat? PtePat: PtePcd));
}

void *physmap(u64int pa, usize n)
{
	u64int a;

	if(n == 0 || pa + n < pa || pa + n > 1UL<<46)
		return nil;
	for(a = PGDOWN(pa); a < pa + n && kvalid((uintptr)kaddr(a)); a += PGSZ)
		;
	return a < pa + n? kmapbits(pa, n, PteW): kaddr(pa);
}

/* The address of a free slot's stack, its slot taken; 0: none. */
static uintptr stkslot(void)
{
	int i, b;

	for(i = 0; i < NSTK/64; i++){
		b = (stkhint + i) % (NSTK/64);
		if(stkused[b] != ~0UL){
			stkhint = b;
			i = __builtin_ctzl(~stkused[b]);
			stkused[b] |= 1UL<<i;
			return KVBASE + (b*64UL + i)*STKSLOT + KSTKSZ;
		}
	}
	return 0;
}

/* Unmap n stacks, mapped whole or in part, with one flush for all, and free pages and slots. */
static void stkunmap(uintptr *base, int n)
{
	u64int pa[NTRIM*KSTKSZ/PGSZ];
	uintptr va, lo, hi;
	usize slot;
	Pte *e;
	int i, npa;

	npa = 0;
	lo = ~0UL;
	hi = 0;
	for(i = 0; i < n; i++){
		lo = MIN(lo, base[i]);
		hi = MAX(hi, base[i] + KSTKSZ);
		for(va = base[i]; va < base[i] + KSTKSZ; va += PGSZ)
			if((e = kentry(va, 0, 0)) != nil && (*e & PteP)){
				pa[npa++] = *e & PteAddr;
				*e = 0;
			}
	}
	tlbflush(nil, lo, hi);
	while(npa > 0)
		pagefree(pa[--npa]);
	for(i = 0; i < n; i++){
		slot = (base[i] - KVBASE)/STKSLOT;
		stkused[slot/64] &= ~(1UL<<slot%64);
	}
}

static uintptr stkpop(void)
{
	uintptr top;

	top = stkcache;
	stkcache = ((uintptr*)top)[-1];
	nstkcache--;
	return top;
}

uintptr kstkalloc(void)
{
	uintptr base, top, off;
	u64int pa;

	lock(&kvlock);
	if(nstkcache > 0){
		top = stkpop();
		unlock(&kvlock);
		return top;
	}
	base = stkslot();
	for(off = 0; base != 0 && off < KSTKSZ; off += PGSZ){
		pa = pagealloc(0);
		if(pa == 0 || kmap(base+off, pa, PteW) < 0){
			if(pa != 0)
				pagefree(pa);
			stkunmap(&base, 1);
			base = 0;
		}
	}
	unlock(&kvlock);
	return base == 0? 0: base + KSTKSZ;
}

void kstkfree(uintptr top)
{
	uintptr base[NTRIM];
	int i;

	lock(&kvlock);
	((uintptr*)top)[-1] = stkcache;
	stkcache = top;
	if(++nstkcache > NCACHED){
		for(i = 0; i < NTRIM; i++)
			base[i] = stkpop() - KSTKSZ;
		stkunmap(base, NTRIM);
	}
	unlock(&kvlock);
}
