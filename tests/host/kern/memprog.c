/* memprog.c: a program's file for tests: see memprog.h */
#include <string.h>
#include "../../../port/elf.h"
#include "memprog.h"
void *calloc(usize, usize);

static void put(uchar *p, u64int v, int n)
{
	for(; n > 0; n--, v >>= 8)
		*p++ = v;
}

static void header(uchar *p, u32int flags, u64int off, u64int va, u64int filesz, u64int memsz)
{
	put(p, 1, 4);
	put(p+4, flags, 4);
	put(p+8, off, 8);
	put(p+16, va, 8);
	put(p+32, filesz, 8);
	put(p+40, memsz, 8);
}

int progbyte(u64int off, int salt)
{
	return (off*7 + off/PGSZ*31 + salt) & 0xff;
}

uchar *progmake(int salt)
{
	uchar *p;
	u64int i;

	p = calloc(1, ProgLen);
	for(i = 0; i < ProgLen; i++)
		p[i] = progbyte(i, salt);
	put(p, 0x00010102464c457fUL, 8);
	put(p+16, 2, 2);
	put(p+18, 62, 2);
	put(p+20, 1, 4);
	put(p+24, ProgText+0x1000, 8);
	put(p+32, 64, 8);
	put(p+54, 56, 2);
	put(p+56, 3, 2);
	header(p+64, ElfRead|ElfExec, 0, ProgText, ProgTextlen, ProgTextlen);
	header(p+64+56, ElfRead, ProgRooff, ProgRo, PGSZ, PGSZ);
	header(p+64+2*56, ElfRead|ElfWrite, ProgDataoff, ProgData, ProgDatalen, ProgDatamem);
	return p;
}
