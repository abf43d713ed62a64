/*
 * elf.h: what the kernel wants to know of a program's file.
 */
#pragma once
typedef struct Elfseg Elfseg;
typedef struct Elf Elf;

enum {
	ElfMaxseg = 8,
	ElfExec = 1, ElfWrite = 2, ElfRead = 4,		/* Elfseg.prot, p_flags */
	ElfMaxoff = 1<<30,	/* the parts to be loaded lie below this in the file */
};

struct Elfseg {	/* page-aligned: base, top, off */
	uintptr base;
	uintptr top;
	u64int off;	/* in the file, of base */
	u64int flen;	/* bytes from the file, from base; the rest is zeros */
	int prot;
};

struct Elf {
	uintptr entry;
	int nseg;
	Elfseg seg[ElfMaxseg];	/* ascending, apart */
	uintptr end;		/* of the last: where the program's bss may grow from */
};

/*
 * Read the headers from the first n bytes of a file.  nil, or what is wrong
 * with it.  Segments lie in [lo, hi).  A pure function.
 */
char *elfparse(const uchar *hdr, usize n, uintptr lo, uintptr hi, Elf *e);
