/*
 * memmap.c: which physical memory is there to use.
 *
 * memmapinit turns the loader's map into usablemem: whole pages of RAM, in
 * ascending order, not overlapping, without what is reserved in any entry,
 * the kernel, the modules, page 0 and the start-up page of further
 * processors.  Until kmain bootalloc takes pages off its upper ends; after
 * that it is port/page.c's.  Runs on the boot processor only.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"

#define BOOTMAPPED (1UL<<30)	/* boot.S maps this much */
#define MAXRAM (1UL<<46)	/* what fits the direct map's half of the upper half */

Memrange usablemem[NUSABLE];
int nusablemem;
static int allocended;
extern uchar ktext[], end[];

/* Put [base, end) in, keeping the order; what does not fit is not used. */
static void rangeadd(u64int base, u64int top)
{
	int i;

	base = PGROUND(base);
	top = PGDOWN(MIN(top, MAXRAM));
	if(base >= top || nusablemem == NUSABLE)
		return;
	for(i = nusablemem++; i > 0 && usablemem[i-1].base > base; i--)
		usablemem[i] = usablemem[i-1];
	usablemem[i].base = base;
	usablemem[i].len = top - base;
}

/* Take [base, top) out; a range may fall into two. */
static void rangecut(u64int base, u64int top)
{
	Memrange *r;
	u64int rtop;
	int i, n;

	base = PGDOWN(base);
	top = top > ~0UL - PGSZ? ~0UL: PGROUND(top);
	n = 0;
	for(i = 0; i < nusablemem; i++){
		r = &usablemem[i];
		rtop = r->base + r->len;
		if(r->base < top && base < rtop){
			if(base > r->base && top < rtop && nusablemem < NUSABLE){
				memmove(r+2, r+1, (nusablemem-i-1) * sizeof *r);
				nusablemem++;
				r[1].base = top;
				r[1].len = rtop - top;
				r->len = base - r->base;
				return;	/* the others are elsewhere: ranges don't overlap */
			}
			if(base > r->base)
				r->len = base - r->base;
			else{
				r->len = top < rtop? rtop - top: 0;
				r->base = top;
			}
		}
		if(r->len > 0)
			usablemem[n++] = *r;
	}
	nusablemem = n;
}

/* Overlapping and adjoining ranges become one. */
static void rangemerge(void)
{
	Memrange *r;
	u64int top;
	int i, n;

	n = 0;
	for(i = 0; i < nusablemem; i++){
		r = &usablemem[i];
		if(n > 0 && usablemem[n-1].base + usablemem[n-1].len >= r->base){
			top = MAX(usablemem[n-1].base + usablemem[n-1].len, r->base + r->len);
			usablemem[n-1].len = top - usablemem[n-1].base;
		}else
			usablemem[n++] = *r;
	}
	nusablemem = n;
}

/* Make pa a border, so that what is below can be taken off the end. */
static void rangesplit(u64int pa)
{
	Memrange *r;
	u64int top;
	int i;

	for(i = 0; i < nusablemem; i++){
		r = &usablemem[i];
		top = r->base + r->len;
		if(r->base < pa && pa < top){
			r->len = pa - r->base;
			rangeadd(pa, top);
			return;
		}
	}
}

void memmapinit(void)
{
	Bootrange *r;
	int i;

	for(i = 0; i < bootinfo.nmap; i++){
		r = &bootinfo.map[i];
		if(r->type == RamFree)
			rangeadd(r->base, r->base + r->len);
	}
	rangemerge();
	for(i = 0; i < bootinfo.nmap; i++){
		r = &bootinfo.map[i];
		if(r->type != RamFree)
			rangecut(r->base, r->base + r->len);
	}
	rangecut(0, PGSZ);
	rangecut(APBOOT, APBOOT + PGSZ);
	rangecut(paddr(ktext), paddr(end));
	rangesplit(BOOTMAPPED);
	for(i = 0; i < bootinfo.nmod; i++)
		rangecut(bootinfo.mod[i].pa, bootinfo.mod[i].pa + bootinfo.mod[i].len);
}

u64int bootalloc(usize npages)
{
	Memrange *r;
	u64int n, pa;
	int i;

	n = npages * PGSZ;
	for(i = nusablemem-1; i >= 0 && !allocended; i--){
		r = &usablemem[i];
		if(r->len < n || r->base + r->len > BOOTMAPPED)
			continue;
		r->len -= n;
		pa = r->base + r->len;
		if(r->len == 0)
			memmove(r, r+1, (--nusablemem - i) * sizeof *r);
		memset(kaddr(pa), 0, n);
		return pa;
	}
	panic("boot: no memory for %lud pages", npages);
}

void bootallocend(void)
{
	allocended = 1;
}

int ramusable(u64int pa, u64int n)
{
	Bootrange *r;
	int i;

	for(i = 0; i < bootinfo.nmap; i++){
		r = &bootinfo.map[i];
		if(r->type == RamFree && pa >= r->base && n <= r->len && pa - r->base <= r->len - n)
			return 1;
	}
	return 0;
}
