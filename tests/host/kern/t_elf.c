/* needs: port/elf.c tests/host/libc/check.c tests/host/kern/khost.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport */
/* headers of programs: good ones, each field bad in turn, and millions of mangled ones */
#include <stdlib.h>
#include <string.h>
#include "lib.h"
#include "../../../port/kern.h"
#include "../../../port/elf.h"
#include "check.h"

enum { Lo = 0x200000, Size = 4096 };
#define Hi 0x00007fffff000000UL

static uchar *img;	/* exactly n bytes, so that ASan sees what is read past them */
static usize imgn;

static void put(usize off, u64int v, int n)
{
	for(; n > 0; n--, v >>= 8)
		img[off++] = v;
}

static void ph(int i, u32int type, u32int flags, u64int off, u64int va, u64int filesz, u64int memsz)
{
	usize p;

	p = 64 + i*56;
	put(p, type, 4);
	put(p+4, flags, 4);
	put(p+8, off, 8);
	put(p+16, va, 8);
	put(p+24, va, 8);
	put(p+32, filesz, 8);
	put(p+40, memsz, 8);
	put(p+48, 4096, 8);
}

static void fresh(usize n)
{
	free(img);
	img = calloc(1, n);
	imgn = n;
}

static void good(void)
{
	fresh(Size);
	put(0, 0x00010102464c457fUL, 8);
	put(16, 2, 2);
	put(18, 62, 2);
	put(20, 1, 4);
	put(24, 0x200100, 8);
	put(32, 64, 8);
	put(52, 64, 2);
	put(54, 56, 2);
	put(56, 3, 2);
	ph(0, 1, 5, 0, 0x200000, 0x1234, 0x1234);
	ph(1, 1, 4, 0x2000, 0x202000, 0x800, 0x800);
	ph(2, 1, 6, 0x3010, 0x203010, 0x1100, 0x9000);
}

static char *parse(Elf *e)
{
	uchar *p;
	char *r;

	p = malloc(imgn);
	memcpy(p, img, imgn);
	r = elfparse(p, imgn, Lo, Hi, e);
	free(p);
	return r;
}

static int bad(void)
{
	Elf e;
	int r;

	r = parse(&e) != nil;
	good();
	return r;
}

/* what any accepted header must fulfil */
static int sane(Elf *e)
{
	Elfseg *s;
	uintptr end;
	int i, in;

	if(e->nseg < 1 || e->nseg > ElfMaxseg)
		return 0;
	end = Lo;
	in = 0;
	for(i = 0; i < e->nseg; i++){
		s = &e->seg[i];
		if(s->base < end || s->top <= s->base || s->top > Hi)
			return 0;
		if((s->base | s->top | s->off) % PGSZ != 0)
			return 0;
		if(s->flen > s->top - s->base || s->off + s->flen > 2UL*ElfMaxoff)
			return 0;
		if(s->prot & ElfExec && s->prot & ElfWrite)
			return 0;
		if(s->prot & ElfExec && e->entry >= s->base && e->entry < s->base + s->flen)
			in = 1;
		end = s->top;
	}
	return in && e->end == end;
}

static void fields(void)
{
	Elf e;
	usize n;
	int i;

	good();
	checkstr(parse(&e), nil);
	check(sane(&e));
	checkint(e.nseg, 3);
	checkint(e.entry, 0x200100);
	checkint(e.seg[0].top, 0x202000);
	checkint(e.seg[2].base, 0x203000);
	checkint(e.seg[2].off, 0x3000);
	checkint(e.seg[2].flen, 0x1110);
	checkint(e.seg[2].top, 0x20d000);
	checkint(e.end, 0x20d000);
	for(i = 0; i < 7; i++){
		img[i]++;
		check(bad());
	}
	put(16, 3, 2); check(bad());
	put(18, 3, 2); check(bad());
	put(20, 0, 4); check(bad());
	put(54, 55, 2); check(bad());
	put(54, 0, 2); check(bad());
	put(56, 0, 2); check(bad());
	put(56, 0xffff, 2); check(bad());
	put(32, 63, 8); check(bad());
	put(32, ~0UL, 8); check(bad());
	put(32, -64UL, 8); check(bad());
	put(32, Size-56*3+1, 8); check(bad());
	put(24, 0x1fffff, 8); check(bad());
	put(24, 0x202000, 8); check(bad());	/* not executable */
	put(24, 0x201234, 8); check(bad());	/* just behind the text */
	put(24, ~0UL, 8); check(bad());
	/* truncated at every length */
	for(n = 0; n < 64+3*56; n++){
		good();
		imgn = n;
		check(parse(&e) != nil);
	}
}

static void segments(void)
{
	Elf e;

	good();
	ph(0, 1, 7, 0, 0x200000, 0x1234, 0x1234); check(bad());	/* W+X */
	ph(2, 1, 3, 0x3010, 0x203010, 0x10, 0x10); check(bad());
	ph(0, 1, 0, 0, 0x200000, 0x1234, 0x1234); check(bad());
	ph(0, 1, 5, 0, 0x200000, 0x1235, 0x1234); check(bad());	/* filesz > memsz */
	ph(0, 1, 5, 0, 0x200000, 0x1234, 0x3000); check(bad());	/* text not in the file */
	ph(0, 1, 5, 8, 0x200000, 0x1234, 0x1234); check(bad());	/* unaligned */
	ph(0, 1, 5, 0, 0x1ff000, 0x1234, 0x1234); check(bad());	/* too low */
	ph(0, 1, 5, ~0UL & ~4095UL, 0x200000, 0x1234, 0x1234); check(bad());
	ph(0, 1, 5, 0, 0x200000, 1UL<<40, 1UL<<40); check(bad());
	ph(1, 1, 4, 0x2000, 0x201000, 0x800, 0x800); check(bad());	/* shares a page */
	ph(1, 1, 4, 0x2000, 0x200000, 0x800, 0x800); check(bad());
	ph(2, 1, 6, 0x3010, Hi-0xff0, 0x10, 0x1000); check(bad());	/* past the end */
	ph(2, 1, 6, 0x3010, 0x203010, 0x10, ~0UL); check(bad());
	ph(2, 1, 6, 0x3010, ~0xfefUL, 0x10, 0x2000); check(bad());
	ph(2, 1, 6, 0x3010, 0x203010, 0x10, 1UL<<62); check(bad());
	ph(2, 3, 4, 0, 0, 0, 0); check(bad());	/* an interpreter */
	ph(2, 2, 4, 0, 0, 0, 0); check(bad());
	ph(2, 1, 6, 0x3010, 0x203010, 0, 0); checkstr(parse(&e), nil); checkint(e.nseg, 2);
	good();
	ph(2, 1, 6, 0x123, 0x203000, 0, 0x5000);	/* all zeros: the offset says nothing */
	checkstr(parse(&e), nil);
	check(sane(&e) && e.seg[2].flen == 0);
	good();
	ph(2, 0x6474e551, 7, ~0UL, ~0UL, ~0UL, ~0UL);	/* PT_GNU_STACK: not loaded */
	checkstr(parse(&e), nil);
}

static void many(void)
{
	Elf e;
	int i;

	good();
	put(56, 20, 2);
	for(i = 0; i < 20; i++)
		ph(i, 1, 5, 0, 0x200000 + i*0x10000, 0x1234, 0x1234);
	check(parse(&e) != nil);
	put(56, ElfMaxseg, 2);
	checkstr(parse(&e), nil);
	check(sane(&e));
}

static void fuzz(void)
{
	static u64int odd[] = { 0, 1, 0xfff, 0x1000, 0x200000, 0x7fffffff, 0x80000000, ~0UL, ~0xfffUL, 1UL<<63, Hi, Hi-1, Hi-0x1000, ElfMaxoff };
	Elf e;
	int i, k, n, ok;

	srandom(1);
	ok = 0;
	for(i = 0; i < 300000; i++){
		good();
		n = 1 + random()%6;
		for(k = 0; k < n; k++)
			switch(random()%3){
			case 0:
				img[random()%(64+3*56)] = random();
				break;
			case 1:
				put(64 + random()%(3*56/8)*8, odd[random()%nelem(odd)] + random()%3 - 1, 8);
				break;
			case 2:
				put(random()%(8*8), odd[random()%nelem(odd)], 1<<random()%4);
				break;
			}
		if(random()%8 == 0)
			imgn = random()%Size;
		if(parse(&e) == nil){
			ok++;
			if(!sane(&e)){
				check(!"an insane header was taken");
				return;
			}
		}
	}
	check(ok > 1000);
}

int main(void)
{
	fields();
	segments();
	many();
	fuzz();
	free(img);
	return checkdone();
}
