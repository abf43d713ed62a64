/*
 * memres.c: who may have how much memory.
 *
 * reserved	pages that processes may come to need: all of their private and
 *		shared memory, and the tables for it, whether touched or not
 * kernel	pages the kernel has taken for itself
 * total, swap	what there is
 *
 * Always reserved + kernel <= total + swap.  So a fault in reserved memory
 * finds a page, at worst after the pager has made room: what is counted in
 * neither are pages of program files, which can be read again.  Requests
 * are refused when less than margin would be left, the kernel's when less
 * than the last few pages: the one who asks gets an error, and nobody is
 * killed to make room.
 *
 * One lock, never held over a call.  Any level.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "segment.h"

static struct {
	Lock lk;
	u64int total, swap;
	u64int reserved, kernel;
	u64int margin, last;
	u64int kernelmax;	/* even with much swap, some memory stays for processes */
} mem;

void memtotal(s64int pages, s64int swap)
{
	lock(&mem.lk);
	mem.total += pages;
	mem.swap += swap;
	mem.margin = MIN(512, mem.total/32 + 16);
	mem.last = mem.margin/8 + 2;
	mem.kernelmax = mem.total - mem.total/8;
	unlock(&mem.lk);
}

int memreserve(u64int n)
{
	u64int keep;
	int ok;

	lock(&mem.lk);
	/* what lies idle at other processors cannot be had by this one */
	keep = mem.margin + (ncpu-1)*pagesidle();
	ok = n < mem.total + mem.swap && mem.reserved + mem.kernel + keep + n <= mem.total + mem.swap;
	if(ok)
		mem.reserved += n;
	unlock(&mem.lk);
	return ok? 0: seterr("not enough memory");
}

void memunreserve(u64int n)
{
	lock(&mem.lk);
	if(mem.reserved < n)
		panic("memunreserve: %lud of %lud", n, mem.reserved);
	mem.reserved -= n;
	unlock(&mem.lk);
}

int memkernel(u64int n)
{
	int ok;

	lock(&mem.lk);
	ok = n < mem.total && mem.kernel + n <= mem.kernelmax
		&& mem.reserved + mem.kernel + mem.last + n <= mem.total + mem.swap;
	if(ok)
		mem.kernel += n;
	unlock(&mem.lk);
	return ok? 0: -1;
}

void memunkernel(u64int n)
{
	lock(&mem.lk);
	if(mem.kernel < n)
		panic("memunkernel: %lud of %lud", n, mem.kernel);
	mem.kernel -= n;
	unlock(&mem.lk);
}

void memcounts(Memstat *m)
{
	lock(&mem.lk);
	m->total = mem.total;
	m->kernel = mem.kernel;
	m->reserved = mem.reserved;
	m->swaptotal = mem.swap;
	unlock(&mem.lk);
}
