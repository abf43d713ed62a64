/* needs: tests/host/libc/check.c port/archive.c tests/host/kern/khost.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport */
/*
 * t_archive: a small archive, then the same with every byte changed, every
 * length cut, and random damage: whatever archiveopen accepts is walked whole
 * within its bounds, and every directory is a tree's.
 */
#include "lib.h"
#include "qid.h"
#include "check.h"
#include "archive.h"

enum { Size = 8192, Hdr = 64, Ent = 48, Nent = 6 };

static uchar img[Size];
static char strs[] = "/\0sys\0bin\0lib\0rc\0empty\0profile";

int print(char *fmt, ...)
{
	USED(fmt);
	return 0;
}

static void put(uchar *p, u64int v, int n)
{
	for(; n > 0; n--, v >>= 8)
		*p++ = v;
}

static void ent(int i, u64int off, u64int len, u32int mode, u32int parent, u32int name)
{
	uchar *p;

	p = img + Hdr + i*Ent;
	put(p, off, 8);
	put(p+8, len, 8);
	put(p+16, mode, 4);
	put(p+20, 1700000000, 4);
	put(p+24, parent, 4);
	put(p+28, name, 4);
	put(p+32, 2, 4);
	put(p+36, 2, 4);
}

/* /bin/rc (a page), /empty, /lib/profile (5 bytes at 640) */
static void make(void)
{
	memset(img, 0, sizeof img);
	memmove(img, "pintlear", 8);
	put(img+8, 1, 4);
	put(img+12, Nent, 4);
	put(img+16, Size, 8);
	put(img+24, Hdr+Nent*Ent, 8);
	put(img+32, sizeof strs, 8);
	memmove(img+Hdr+Nent*Ent, strs, sizeof strs);
	ent(0, 1, 3, DMDIR|0775, 0, 0);
	ent(1, 4, 1, DMDIR|0775, 0, 6);
	ent(2, 0, 0, 0444, 0, 17);
	ent(3, 5, 1, DMDIR|0775, 0, 10);
	ent(4, 4096, 4096, 0755, 1, 14);
	ent(5, 640, 5, 0644, 3, 23);
	memmove(img+640, "hello", 5);
	memmove(img+4096, "\177ELF", 4);
}

/* touches all that a reader would: sanitizers see to the bounds */
static u32int useall(Archive *a, u32int dir, int depth)
{
	Arent d, e, k;
	u64int i;
	u32int sum;

	archiveent(a, dir, &d);
	check(d.parent < a->nent);
	sum = 0;
	for(i = 0; i < d.len; i++){
		archiveent(a, d.off+i, &e);
		check(e.parent == dir);
		check(archivewalk(a, &d, e.name, &k) == 1 && k.index == e.index);
		sum += strlen(e.name) + strlen(e.uid) + strlen(e.gid);
		if(e.mode & DMDIR)
			sum += useall(a, e.index, depth+1);
		else if(e.len > 0)
			sum += a->p[e.off] + a->p[e.off+e.len-1];
	}
	check(depth < 100);
	return sum;
}

/* a copy of exactly n bytes, so that a read beyond is noticed */
static int try(u64int n)
{
	Archive a;
	uchar *p;
	int r;

	p = malloc(n ? n : 1);
	memmove(p, img, n);
	r = archiveopen(&a, p, n);
	if(r == 0)
		useall(&a, 0, 0);
	free(p);
	return r;
}

static void testgood(void)
{
	Archive a;
	Arent d, e;

	make();
	checkint(archiveopen(&a, img, Size), 0);
	archiveent(&a, 0, &d);
	checkint(archivewalk(&a, &d, "bin", &e), 1);
	checkint(archivewalk(&a, &d, "bi", &e), 0);
	checkint(archivewalk(&a, &d, "zzz", &e), 0);
	checkint(archivewalk(&a, &d, "", &e), 0);
	checkint(archivewalk(&a, &d, "lib", &d), 1);
	checkint(archivewalk(&a, &d, "profile", &e), 1);
	checkint(e.len, 5);
	check(memcmp(a.p+e.off, "hello", 5) == 0);
	checkstr(e.uid, "sys");
	checkint(try(Size), 0);
}

static void testbad(void)
{
	u64int n;
	int i, bit, ok;

	for(n = 0; n < Size; n += n < 700 ? 1 : 97)
		checkint(try(n), -1);
	ok = 0;
	for(i = 0; i < 700; i++)
		for(bit = 0; bit < 8; bit++){
			make();
			img[i] ^= 1<<bit;
			ok += try(Size) == 0;
		}
	check(ok > 0 && ok < 700*8);
	for(i = 0; i < Hdr+Nent*Ent; i += 4){
		make();
		put(img+i, 0xffffffffU, 4);
		try(Size);
		make();
		put(img+i, 0xfffffffffffffff0UL, 8);
		try(Size);
	}
}

static void testdamage(void)
{
	u32int x, i;
	int j;

	x = 1;
	for(i = 0; i < 20000; i++){
		make();
		for(j = 0; j < 3; j++){
			x = x*1664525 + 1013904223;
			img[8 + (x>>8) % (Hdr+Nent*Ent-8+sizeof strs)] = x>>24 & 0x0f;
		}
		try(Size);
	}
}

/* one rule at a time */
static void testrules(void)
{
	static const struct { int ent; u64int off, len; u32int mode, parent, name; } bad[] = {
		{ 0, 1, 3, 0775, 0, 0 },		/* root no directory */
		{ 0, 1, 3, DMDIR|0775, 3, 0 },		/* and not its own parent */
		{ 1, 4, 1, DMDIR|0775, 1, 6 },		/* its own parent */
		{ 1, 1, 1, DMDIR|0775, 0, 6 },		/* its own child */
		{ 1, 4, 3, DMDIR|0775, 0, 6 },		/* children out of bounds */
		{ 1, 4, 2, DMDIR|0775, 0, 6 },		/* another's child */
		{ 1, 4, 1, DMDIR|0775, 0, 17 },		/* names not in order */
		{ 2, 0, 0, 0444, 0, 0 },		/* name with a slash */
		{ 2, 0, 0, 0444, 0, 1 },		/* empty name */
		{ 2, 0, 0, 0444, 0, 32 },		/* beyond the strings */
		{ 2, 0, 0, DMAPPEND|0444, 0, 17 },	/* mode */
		{ 4, 4097, 4096, 0755, 1, 14 },		/* data out of bounds */
		{ 4, ~0UL, 2, 0755, 1, 14 },		/* and overflowing */
		{ 5, 640, 5, 0644, 2, 23 },		/* parent is a file */
		{ 5, 640, 5, 0644, 1, 23 },		/* not in its parent's range */
	};
	usize i;

	for(i = 0; i < nelem(bad); i++){
		make();
		ent(bad[i].ent, bad[i].off, bad[i].len, bad[i].mode, bad[i].parent, bad[i].name);
		checkint(try(Size), -1);
	}
	make();
	img[Hdr+Nent*Ent+sizeof strs-1] = 'x';
	checkint(try(Size), -1);
}

int main(void)
{
	testgood();
	testbad();
	testdamage();
	testrules();
	return checkdone();
}
