/*
 * elf.c: the headers of an ELF64 program, which come from anywhere and say
 * anything.  Wanted: a static x86-64 executable at fixed addresses, whose
 * program headers lie in its first page.
 *
 * Every number is checked before it is added to another.  Refused, beside
 * nonsense: segments that share a page, that may be written and executed,
 * and an entry outside of what may be executed.
 *
 * Sources of the layout: System V ABI, chapters 4 and 5.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "elf.h"

enum {	/* offsets in the file header */
	Ident = 0, Class = 4, Data = 5, Identvers = 6,
	Type = 16, Machine = 18, Version = 20, Entry = 24, Phoff = 32,
	Phentsize = 54, Phnum = 56,
	Ehsize = 64,
};
enum {	/* offsets in a program header */
	Ptype = 0, Pflags = 4, Poffset = 8, Pvaddr = 16, Pfilesz = 32, Pmemsz = 40,
	Phsize = 56,
};
enum {
	Class64 = 2, Little = 1, Exec = 2, Amd64 = 62,
	Load = 1, Dynamic = 2, Interp = 3,
	Maxph = (PGSZ-Ehsize)/Phsize,
};

static char Ebadexec[] = "exec header invalid";
static char Eshortexec[] = "exec header invalid: file too short";
static char Edynexec[] = "exec header invalid: not statically linked";
static char Ewxexec[] = "exec header invalid: segment both writable and executable";
static char Eoverexec[] = "exec header invalid: segments overlap";
static char Ewhereexec[] = "exec header invalid: segment out of range";

/* n little-endian bytes, as this processor has them */
static inline u64int get(const uchar *p, int n)
{
	u64int v;

	v = 0;
	__builtin_memcpy(&v, p, n);
	return v;
}

static char *checkident(const uchar *h)
{
	static const uchar magic[4] = { 0x7f, 'E', 'L', 'F' };

	if(memcmp(h+Ident, magic, sizeof magic) != 0)
		return Ebadexec;
	if(h[Class] != Class64 || h[Data] != Little || h[Identvers] != 1)
		return Ebadexec;
	if(get(h+Type, 2) != Exec || get(h+Machine, 2) != Amd64 || get(h+Version, 4) != 1)
		return Ebadexec;
	return nil;
}

static char *addseg(const uchar *p, uintptr lo, uintptr hi, Elf *e)
{
	u64int off, va, filesz, memsz, skew;
	Elfseg *s;

	off = get(p+Poffset, 8);
	va = get(p+Pvaddr, 8);
	filesz = get(p+Pfilesz, 8);
	memsz = get(p+Pmemsz, 8);
	if(memsz == 0)
		return filesz == 0? nil: Ebadexec;
	if(filesz > memsz || off > ElfMaxoff || filesz > ElfMaxoff - off)
		return Ebadexec;
	if(va < lo || va >= hi || memsz > hi - va)
		return Ewhereexec;
	skew = va % PGSZ;
	if(filesz == 0)
		off = skew;
	if(off % PGSZ != skew)
		return Ebadexec;
	if(e->nseg == ElfMaxseg)
		return Ebadexec;
	s = &e->seg[e->nseg++];
	s->base = va - skew;
	s->top = PGROUND(va + memsz);
	s->off = off - skew;
	s->flen = filesz > 0? filesz + skew: 0;
	s->prot = get(p+Pflags, 4) & (ElfExec|ElfWrite|ElfRead);
	if(s->base < lo || s->top > hi)
		return Ewhereexec;
	if(s->prot & ElfExec && s->prot & ElfWrite)
		return Ewxexec;
	if(s->prot == 0)
		return Ebadexec;
	/* what may not be written is all in the file */
	if(!(s->prot & ElfWrite) && PGROUND(s->flen) != s->top - s->base)
		return Ebadexec;
	if(s->base < e->end)
		return Eoverexec;
	e->end = s->top;
	return nil;
}

static char *checkentry(const uchar *h, Elf *e)
{
	Elfseg *s;
	int i;

	e->entry = get(h+Entry, 8);
	for(i = 0; i < e->nseg; i++){
		s = &e->seg[i];
		if(s->prot & ElfExec && e->entry >= s->base && e->entry - s->base < s->flen)
			return nil;
	}
	return Ebadexec;
}

char *elfparse(const uchar *h, usize n, uintptr lo, uintptr hi, Elf *e)
{
	const uchar *p;
	u64int phoff, num, i;
	char *err;

	e->nseg = 0;
	e->end = lo;
	if(n < Ehsize)
		return Eshortexec;
	err = checkident(h);
	if(err != nil)
		return err;
	phoff = get(h+Phoff, 8);
	num = get(h+Phnum, 2);
	if(get(h+Phentsize, 2) != Phsize || num == 0 || num > Maxph)
		return Ebadexec;
	if(phoff < Ehsize || phoff > n || num*Phsize > n - phoff)
		return Eshortexec;
	for(i = 0; i < num; i++){
		p = h + phoff + i*Phsize;
		switch(get(p+Ptype, 4)){
		case Load:
			err = addseg(p, lo, hi, e);
			if(err != nil)
				return err;
			break;
		case Dynamic:
		case Interp:
			return Edynexec;
		}
	}
	return checkentry(h, e);
}
