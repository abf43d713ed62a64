/*
 * sym.h: the function names of an ELF program, for debuggers and profilers.
 * The file is not trusted: sizes are checked, names are cut at 255 bytes.
 */
#pragma once
typedef struct Symtab Symtab;
typedef struct Sym Sym;
struct Sym {
	uvlong addr;
	uvlong size;	/* 0: up to the next */
	char *name;
};
struct Symtab {
	Sym *sym;	/* by address */
	int nsym;
	char *strings;
	uvlong textbase, texttop;	/* what is executable */
};
Symtab *symread(int fd);	/* nil with errstr: not ELF, malformed, memory.  A stripped file has no symbols */
Sym *symfind(Symtab*, uvlong addr);	/* the function addr is in, or nil */
void symfree(Symtab*);
