/*
 * arch.h: files of #P, which the machine's part registers.
 */
#pragma once
typedef struct Archfile Archfile;
struct Archfile {
	char *name;
	u32int mode;		/* 0444, 0664, ... */
	int (*read)(char *buf, int n);	/* the whole text: bytes, or -1 and errstr.  Called again for each read; may sleep */
	int (*write)(char *s, int n);	/* s is terminated; bytes, or -1 and errstr; nil: not to be written */
	Archfile *next;
};
void archadd(Archfile*);	/* at boot; it lives for ever */
Archfile *archnth(int i);	/* i'th file added, or nil */
