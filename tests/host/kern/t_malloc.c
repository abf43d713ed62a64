/* needs: tests/host/libc/check.c tests/host/kern/memhost.c port/page.c port/memres.c port/malloc.c port/ptab.c port/segment.c port/fault.c port/image.c port/swap.c lib9p/err.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c */
/* flags: -include tests/host/kern/memhost.h -Itests/host/libc -Iport */
/* kernel memory: sizes, alignment, contents, exhaustion, misuse; and sparse tables */
#include <string.h>
#include "../../../port/mem.h"
#include "../../../port/segment.h"
#include "check.h"

enum { Total = 24*MiB, Nobj = 4000 };
static Memrange map[] = { { 0x100000, Total-0x100000 } };

static u64int kernelpages(void)
{
	Memstat m;

	memstat(&m);
	return m.kernel;
}

static usize size(void)
{
	switch(hostrand(4)){
	case 0:
		return hostrand(64);
	case 1:
		return hostrand(600);
	case 2:
		return hostrand(2100);
	}
	return hostrand(3) == 0? hostrand(40000): hostrand(5000);
}

static struct { uchar *p; usize n; uchar c; } obj[Nobj];

static int good(int i)
{
	usize k;

	for(k = 0; k < obj[i].n; k++)
		if(obj[i].p[k] != obj[i].c)
			return 0;
	return 1;
}

static void fill(int i, uchar *p, usize n)
{
	obj[i].p = p;
	obj[i].n = n;
	obj[i].c = hostrand(256);
	memset(p, obj[i].c, n);
}

static void stress(void)
{
	uchar *p;
	usize n, old;
	int i, k, ok;

	ok = 1;
	for(k = 0; k < 200000; k++){
		i = hostrand(Nobj);
		n = size();
		if(obj[i].p == nil){
			p = malloc(n);
			if(p == nil)
				continue;
			ok &= ((uintptr)p & 15) == 0 && msize(p) >= n;
			if(n >= 500)
				ok &= (((uintptr)p - (uintptr)hostmem) & 63) == 0;
			fill(i, p, n);
		}else if(hostrand(3) == 0){
			old = obj[i].n;
			p = realloc(obj[i].p, n);
			if(p == nil)
				continue;
			obj[i].p = p;
			obj[i].n = MIN(n, old);
			ok &= good(i);
			fill(i, p, n);
		}else{
			ok &= good(i);
			free(obj[i].p);
			obj[i].p = nil;
		}
	}
	check(ok);
	for(i = 0; i < Nobj; i++){
		ok &= obj[i].p == nil || good(i);
		free(obj[i].p);
		obj[i].p = nil;
	}
	check(ok);
	/* at most one empty slab of each size is kept */
	check(kernelpages() <= 21);
}

static void exhaust(void)
{
	static void *p[Total/64];
	u64int n, k;

	for(n = 0; n < nelem(p) && (p[n] = malloc(n%2 == 0? 100: 3000)) != nil; n++)
		;
	check(n > 1000 && n < nelem(p));
	check(malloc(100000) == nil);
	checkstr(geterr(), "out of memory");
	for(k = 0; k < n; k++)
		free(p[k]);
	check(kernelpages() <= 21);
	check(malloc(1UL<<33) == nil);
	check(malloc(~0UL) == nil);
	check(malloc(~0UL-4096) == nil);
	check(realloc(nil, ~0UL-8) == nil);
}

static void misuse(void)
{
	static usize sizes[] = { 1, 24, 100, 500, 1900, 2500, 5000 };
	uchar *p, *q;
	usize i;

	free(nil);
	for(i = 0; i < nelem(sizes); i++){
		p = malloc(sizes[i]);
		q = malloc(sizes[i]);
		free(p);
		check(panics(free(p)));
		check(strstr(hostpanic, "twice") != nil);
		p = malloc(sizes[i]);
		p[msize(p)] = 1;
		check(panics(free(p)));
		check(strstr(hostpanic, "past its end") != nil);
		check(panics(free(q+16)));
		check(panics(free(q+1)));
		free(q);
	}
	/* locks that a panic left taken are not used from here on: a fresh class */
	p = malloc(700);
	q = malloc(700);
	free(p);
	((void**)p)[0] = p+8*PGSZ;
	malloc(700);
	check(panics(malloc(700)));
	check(strstr(hostpanic, "was written") != nil);
}

static void tables(void)
{
	static u64int model[20000];
	u64int i, k, n, used;
	Ptab t;
	int ok;

	ptabinit(&t);
	ok = 1;
	used = 0;
	for(k = 0; k < 100000; k++){
		i = hostrand(4) == 0? hostrand(nelem(model)): hostrand(300);
		if(hostrand(2) == 0){
			ok &= ptabput(&t, i, k<<12|1) != nil;
			used += model[i] == 0;
			model[i] = k<<12|1;
		}else{
			ptabdel(&t, i);
			used -= model[i] != 0;
			model[i] = 0;
		}
		i = hostrand(nelem(model));
		ok &= model[i] == 0? ptabget(&t, i) == nil: *ptabget(&t, i) == model[i];
	}
	check(ok);
	checkint(t.nused, used);
	n = 0;
	for(i = ptabnext(&t, 0); i != NoSlot; i = ptabnext(&t, i+1)){
		ok &= i < nelem(model) && model[i] != 0;
		n++;
	}
	check(ok);
	checkint(n, used);
	check(ptabget(&t, ~0UL) == nil);
	check(ptabnext(&t, 1UL<<40) == NoSlot);
	check(ptabput(&t, 1UL<<45, 1) == nil);
	ptabfree(&t);
	check(ptabnext(&t, 0) == NoSlot);
}

int main(void)
{
	memhostinit(Total, map, nelem(map));
	stress();
	exhaust();
	stress();
	tables();
	misuse();
	return checkdone();
}
