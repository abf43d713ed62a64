/* needs: tests/host/libc/check.c tests/host/kern/memhost.c port/page.c port/memres.c port/malloc.c port/ptab.c port/segment.c port/fault.c port/image.c port/swap.c lib9p/err.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c */
/* flags: -include tests/host/kern/memhost.h -Itests/host/libc -Iport */
/* physical pages: awkward memory maps, exhaustion, runs, references, accounts, misuse */
#include <string.h>
#include "../../../port/mem.h"
#include "../../../port/segment.h"
#include "check.h"

enum { Total = 64*MiB, Npage = Total/PGSZ };

/* ranges that adjoin, that end oddly, a single page, a hole within a block */
static Memrange map[] = {
	{ 0x1000, 0x9e000 },
	{ 0x100000, 0x200000 },
	{ 0x300000, 0x123800 },
	{ 0x425000, 0x1000 },
	{ 0x427000, 0x1d9000 },
	{ 0x1000000, 0x3000000 },
	{ 1UL<<45, 0x100000 },		/* too far away to be worth it */
};
static u8int taken[Npage];
static u64int got[Npage];

static int usable(u64int pa)
{
	usize i;

	for(i = 0; i < nelem(map)-1; i++)
		if(pa >= map[i].base && pa+PGSZ <= map[i].base + map[i].len)
			return 1;
	return 0;
}

static u64int freepages(void)
{
	Memstat m;

	memstat(&m);
	return m.free;
}

static int claim(u64int pa, u64int n)
{
	for(; n > 0; n--, pa += PGSZ){
		if(pa%PGSZ != 0 || !usable(pa) || taken[pa/PGSZ])
			return 0;
		taken[pa/PGSZ] = 1;
	}
	return 1;
}

static void unclaim(u64int pa, u64int n)
{
	memset(taken + pa/PGSZ, 0, n);
}

static void exhaust(void)
{
	u64int n, i, pa, before;
	int ok;

	before = freepages();
	ok = 1;
	for(n = 0; (pa = pagealloc(PageTable)) != 0; n++){
		ok &= claim(pa, 1);
		got[n] = pa;
	}
	check(ok);
	check(n == before || n+2 >= before);
	checkint(freepages(), before-n);
	for(i = 0; i < n; i++){
		unclaim(got[i], 1);
		pagefree(got[i]);
	}
	checkint(freepages(), before);
	/* users leave some for the kernel */
	for(n = 0; (pa = pagealloc(PageUser)) != 0; n++)
		got[n] = pa;
	check(n < before && freepages() > 0);
	check(pagealloc(0) != 0 ? (pagefree(got[--n]), 1) : 0);
	while(n > 0)
		pagefree(got[--n]);
}

static void runs(void)
{
	static struct { u64int pa, n; } run[2000];
	u64int before, n, i, k, pa;
	int ok;

	before = freepages();
	ok = 1;
	k = 0;
	for(i = 0; i < 20000; i++){
		if(k < nelem(run) && hostrand(3) != 0){
			n = 1 + hostrand(hostrand(10) == 0? 1000: 20);
			pa = pagerun(n);
			if(pa == 0)
				continue;
			ok &= claim(pa, n);
			memset(kaddr(pa), k, n*PGSZ > 64? 64: n*PGSZ);
			run[k].pa = pa;
			run[k++].n = n;
		}else if(k > 0){
			n = hostrand(k);
			unclaim(run[n].pa, run[n].n);
			pagerunfree(run[n].pa, run[n].n);
			run[n] = run[--k];
		}
	}
	for(; k > 0; k--){
		unclaim(run[k-1].pa, run[k-1].n);
		pagerunfree(run[k-1].pa, run[k-1].n);
	}
	check(ok);
	checkint(freepages(), before);
	/* after all that it is in as large pieces as ever */
	pa = pagerun(0x1000000/PGSZ);
	check(pa != 0);
	pagerunfree(pa, 0x1000000/PGSZ);
	checkint(pagerun(0), 0);
	checkint(pagerun(~0UL), 0);
	checkint(pagerun(Npage), 0);
}

static void unpin(u64int pa)
{
	uchar *p;

	p = kaddr(pa);
	pagesunpin(&p, 1);
}

static void refs(void)
{
	u64int pa;
	usize i, z;

	pa = pagealloc(PageZero|PageUser);
	for(z = i = 0; i < PGSZ; i++)
		z |= ((uchar*)kaddr(pa))[i];
	checkint(z, 0);
	checkint(pageref(pa), 1);
	check(!pageshared(pa));
	pageincref(pa);
	check(pageshared(pa));
	pagepin(pa);
	checkint(pageref(pa), 3);
	check(pageshared(pa) && pagepinned(pa));
	pagefree(pa);
	check(!pageshared(pa));
	pagefree(pa);
	checkint(pageref(pa), 1);
	unpin(pa);
	check(panics(pagefree(pa)));
	check(panics(pageincref(pa)));
	check(panics(unpin(pa)));
	checkint(pagefixed(pa), -1);
	checkint(pagefixed(0xf00000), 0);
	check(pageshared(0xf00000) && !pagepinned(0xf00000));
	pagefree(0xf00000);
	pagefree(0xf00000);
	pagepin(0xf00000);
	unpin(0xf00000);
	check(pageshared(1UL<<44));
	pa = pagerun(3);
	check(panics(pagerunfree(pa, 2)));
	check(panics(pagerunfree(pa+PGSZ, 2)));
	check(panics(pagefree(pa)));
	pagerunfree(pa, 3);
	check(panics(pagerunfree(pa, 3)));
}

static void accounts(void)
{
	Memstat m, m1;
	u64int n, r, k;

	memstat(&m);
	for(k = 0; pagealloc(0) != 0 || freepages() > m.total/2; k++)
		got[k] = 0;
	memstat(&m1);
	check(m1.kernel >= m.total*7/8 - 1 && m1.kernel < m.total);
	/* what the kernel has cannot be reserved */
	r = m.total - m1.kernel;
	checkint(memreserve(r), -1);
	checkstr(geterr(), "not enough memory");
	checkint(memreserve(~0UL), -1);
	checkint(memreserve(1UL<<63), -1);
	for(n = 0; memreserve(1) == 0; n++)
		;
	check(n > 0 && n < r);
	/* then the kernel gets a few more, until those run out too */
	memtotal(0, m.total);
	checkint(memreserve(m.total/2), 0);
	memunreserve(m.total/2 + n);
	check(panics(memunreserve(1)));
	memtotal(0, -(s64int)m.total);
}

static void promised(void)
{
	Memstat m;
	u64int n, got1;

	/* all is reserved: the kernel cannot take it, tables can */
	memstat(&m);
	for(n = 0; memreserve(1) == 0; n++)
		;
	for(got1 = 0; pagealloc(0) != 0; got1++)
		;
	check(got1 < 600);
	check(pagealloc(PageTable) != 0);
	check(malloc(5000) == nil);
	check(mallocpromised(528) != nil);
	memunreserve(n);
}

int main(void)
{
	Memstat m;
	u64int want;
	usize i;

	memhostinit(Total, map, nelem(map));
	want = 0;
	for(i = 0; i < nelem(map)-1; i++)
		want += map[i].len/PGSZ;
	memstat(&m);
	check(m.total < want && m.total > want - 100);
	checkint(m.free, m.total);
	/* the Pages of memory never used are as the last boot left them */
	check(*(u64int*)pageof(0x2345000) == 0xA5A5A5A5A5A5A5A5UL);
	refs();
	exhaust();
	runs();
	exhaust();
	promised();
	accounts();
	return checkdone();
}
