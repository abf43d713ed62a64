/*
 * sym.c: reads the functions' names and addresses of an ELF64 file, sorted
 * by address.  Offsets and counts from the file are checked against bounds
 * before memory is allocated for them.  Layout: the System V ABI's ELF chapter.
 */
#include <u.h>
#include <libc.h>
#include <sym.h>

enum {
	Maxtab = 64<<20,
	ShtSymtab = 2,
	SttFunc = 2,
	PtLoad = 1, PfX = 1,
};

typedef struct Ehdr Ehdr;
typedef struct Phdr Phdr;
typedef struct Shdr Shdr;
typedef struct Esym Esym;
struct Ehdr {
	uchar ident[16];
	u16int type, machine;
	u32int version;
	u64int entry, phoff, shoff;
	u32int flags;
	u16int ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct Phdr {
	u32int type, flags;
	u64int offset, vaddr, paddr, filesz, memsz, align;
};
struct Shdr {
	u32int name, type;
	u64int flags, addr, offset, size;
	u32int link, info;
	u64int addralign, entsize;
};
struct Esym {
	u32int name;
	uchar info, other;
	u16int shndx;
	u64int value, size;
};

/* n bytes at off: malloced, with a NUL behind them */
static void *part(int fd, u64int off, u64int n)
{
	char *p;

	if(n > Maxtab || off > 1LL<<40){
		werrstr("malformed program file");
		return nil;
	}
	p = malloc(n+1);
	if(p == nil)
		return nil;
	if(pread(fd, p, n, off) != (long)n){
		free(p);
		werrstr("program file is cut short");
		return nil;
	}
	p[n] = 0;
	return p;
}

static int textrange(int fd, Ehdr *h, Symtab *t)
{
	Phdr *p;
	int i;

	p = part(fd, h->phoff, h->phnum * sizeof *p);
	if(p == nil)
		return -1;
	for(i = 0; i < h->phnum; i++)
		if(p[i].type == PtLoad && (p[i].flags & PfX)){
			t->textbase = p[i].vaddr;
			t->texttop = p[i].vaddr + p[i].memsz;
		}
	free(p);
	return 0;
}

static int symcmp(const void *a, const void *b)
{
	const Sym *s = a, *t = b;

	return s->addr < t->addr ? -1 : s->addr > t->addr;
}

static int takesyms(Symtab *t, Esym *e, u64int n, u64int nstr)
{
	u64int i;
	Sym *s;

	t->sym = malloc((n+1) * sizeof t->sym[0]);
	if(t->sym == nil)
		return -1;
	for(i = 0; i < n; i++){
		if((e[i].info & 15) != SttFunc || e[i].shndx == 0 || e[i].name >= nstr)
			continue;
		s = &t->sym[t->nsym++];
		s->addr = e[i].value;
		s->size = e[i].size;
		s->name = t->strings + e[i].name;
		if(strlen(s->name) > 255)
			s->name[255] = 0;
	}
	qsort(t->sym, t->nsym, sizeof t->sym[0], symcmp);
	return 0;
}

static int readsyms(int fd, Ehdr *h, Symtab *t)
{
	Shdr *s;
	Esym *e = nil;
	int i, r = 0;

	s = part(fd, h->shoff, h->shnum * sizeof *s);
	if(s == nil)
		return -1;
	for(i = 0; i < h->shnum; i++)
		if(s[i].type == ShtSymtab && s[i].link < h->shnum)
			break;
	if(i < h->shnum){
		e = part(fd, s[i].offset, s[i].size);
		t->strings = part(fd, s[s[i].link].offset, s[s[i].link].size);
		r = -1;
		if(e != nil && t->strings != nil)
			r = takesyms(t, e, s[i].size / sizeof *e, s[s[i].link].size);
	}
	free(e);
	free(s);
	return r;
}

Symtab *symread(int fd)
{
	Symtab *t;
	Ehdr *h;

	h = part(fd, 0, sizeof *h);
	t = mallocz(sizeof *t, 1);
	if(h == nil || t == nil)
		goto bad;
	if(memcmp(h->ident, "\177ELF\2\1", 6) != 0 || h->phentsize != sizeof(Phdr) || (h->shnum != 0 && h->shentsize != sizeof(Shdr))){
		werrstr("not an ELF64 program");
		goto bad;
	}
	if(textrange(fd, h, t) < 0 || readsyms(fd, h, t) < 0)
		goto bad;
	free(h);
	return t;
bad:
	free(h);
	if(t != nil)
		symfree(t);
	return nil;
}

Sym *symfind(Symtab *t, uvlong addr)
{
	int lo = 0, hi = t->nsym, m;
	Sym *s;

	while(lo < hi){
		m = (lo+hi) / 2;
		if(t->sym[m].addr <= addr)
			lo = m+1;
		else
			hi = m;
	}
	if(lo == 0)
		return nil;
	s = &t->sym[lo-1];
	if(s->size != 0 && addr >= s->addr + s->size)
		return nil;
	return s;
}

void symfree(Symtab *t)
{
	free(t->sym);
	free(t->strings);
	free(t);
}
