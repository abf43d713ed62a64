/* needs: libc/bio/bio.c libc/bio/bread.c libc/bio/bwrite.c libc/bio/bscan.c libc/fmt/scan.c libc/fmt/sscan.c libc/math/strtod.c libc/math/big.c libc/math/round.c libc/base/cistr.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c tests/host/libc/shim.c */
/* flags: -Datexit=atend -Dread=fileread -Dwrite=filewrite -Dseek=fileseek -Dopen=fileopen -Dclose=fileclose -Dcreate=filecreate -Dgetpid=mypid */
/* bio and scan, over a file in memory that gives and takes as many bytes as told */
#include "u.h"
#include "libc.h"
#include "bio.h"
#include "check.h"

enum { Filemax = 100000 };

static char file[Filemax];
static long len, pos, chunk = Filemax;
static int failing, closed;
static void (*ending)(void);

long fileread(int fd, void *p, long n)
{
	USED(fd);
	if(failing)
		return -1;
	if(n > chunk)
		n = chunk;
	if(n > len-pos)
		n = len-pos;
	memmove(p, file+pos, n);
	pos += n;
	return n;
}

long filewrite(int fd, const void *p, long n)
{
	USED(fd);
	if(failing)
		return -1;
	if(n > chunk)
		n = chunk;
	memmove(file+pos, p, n);
	pos += n;
	if(pos > len)
		len = pos;
	return n;
}

vlong fileseek(int fd, vlong n, int whence)
{
	USED(fd);
	if(failing)
		return -1;
	pos = whence == 2? len+n: whence == 1? pos+n: n;
	return pos;
}

int fileopen(char *name, int mode)
{
	USED(mode);
	return strcmp(name, "none") == 0? -1: 5;
}

int filecreate(char *name, int mode, ulong perm)
{
	USED(perm);
	return fileopen(name, mode);
}

int fileclose(int fd)
{
	check(fd == 5);
	closed++;
	return 0;
}

int mypid(void)
{
	return 77;
}

int atend(void (*f)(void))
{
	ending = f;
	return 1;
}

static Biobuf *input(char *s, long n)
{
	static Biobuf b;

	memmove(file, s, n);
	len = n;
	pos = 0;
	check(Binit(&b, 5, OREAD) == 0);
	return &b;
}

static void bytes(void)
{
	Biobuf *b;

	for(chunk = 1; chunk < 8; chunk += 3){
		b = input("abc", 3);
		checkint(Bungetc(b), Beof);
		checkint(Bgetc(b), 'a');
		checkint(Bgetc(b), 'b');
		checkint(Bungetc(b), 1);
		checkint(Bungetc(b), 1);
		checkint(Bungetc(b), Beof);
		checkint(Boffset(b), 0);
		checkint(Bgetc(b), 'a');
		checkint(Bgetc(b), 'b');
		checkint(Bgetc(b), 'c');
		checkint(Boffset(b), 3);
		checkint(Bgetc(b), Beof);
		checkint(Bungetc(b), 1);	/* the end is put back, no byte */
		checkint(Bgetc(b), Beof);
		checkint(Bputc(b, 'x'), Beof);
		checkint(Bwrite(b, "x", 1), Beof);
		Bterm(b);
		checkint(Bgetc(b), Beof);
	}
	chunk = Filemax;
}

static void runes(void)
{
	char *s = "a€😀\xff\xe2\x82z\xf0\x9f";
	long want[] = { 'a', 0x20AC, 0x1F600, Runeerror, Runeerror, Runeerror, 'z', Runeerror, Runeerror, Beof };
	Biobuf *b;
	uint i;

	for(chunk = 1; chunk < 8; chunk++){
		b = input(s, strlen(s));
		checkint(Bungetrune(b), Beof);
		for(i = 0; i < nelem(want); i++){
			checkint(Bgetrune(b), want[i]);
			checkint(Bungetrune(b), 1);
			checkint(Bgetrune(b), want[i]);
		}
	}
	chunk = Filemax;
}

static void lines(void)
{
	static char big[3*Bsize];
	Biobuf *b;
	char *p;

	for(chunk = 1; chunk < Filemax; chunk *= 7){
		b = input("one\n\ntwo and\nthree", 18);
		p = Brdline(b, '\n');
		check(p && memcmp(p, "one\n", 4) == 0);
		checkint(Blinelen(b), 4);
		p = Brdline(b, '\n');
		check(p && *p == '\n');
		checkint(Blinelen(b), 1);
		checkint(Bgetc(b), 't');
		p = Brdline(b, '\n');
		checkint(Blinelen(b), 7);
		check(Brdline(b, '\n') == nil);
		checkint(Blinelen(b), 5);
		checkint(Bbuffered(b), 5);
		p = Brdstr(b, '\n', 1);
		checkstr(p, "three");
		checkint(Blinelen(b), 5);
		free(p);
		check(Brdstr(b, '\n', 1) == nil);
		check(Brdline(b, '\n') == nil);
		checkint(Blinelen(b), 0);
	}
	chunk = Filemax;
	memset(big, 'x', sizeof big);
	big[sizeof big-2] = '\n';
	b = input(big, sizeof big);
	check(Brdline(b, '\n') == nil);
	checkint(Blinelen(b), Bsize);
	p = Brdstr(b, '\n', 0);
	checkint(strlen(p), sizeof big-1);
	check(p[sizeof big-2] == '\n');
	free(p);
	p = Brdstr(b, '\n', 0);
	checkstr(p, "x");
	free(p);
}

static void blocks(void)
{
	static char big[3*Bsize], got[3*Bsize+10];
	Biobuf *b;
	int i;

	for(i = 0; i < (int)sizeof big; i++)
		big[i] = i*31;
	chunk = 1000;
	b = input(big, sizeof big);
	checkint(Bread(b, got, 10), 10);
	checkint(Bread(b, got+10, sizeof got), sizeof big-10);
	check(memcmp(got, big, sizeof big) == 0);
	checkint(Bread(b, got, 1), 0);
	checkint(Bseek(b, -5, 2), sizeof big-5);
	checkint(Bread(b, got, 100), 5);
	check(memcmp(got, big+sizeof big-5, 5) == 0);
	checkint(Bseek(b, 100, 0), 100);
	checkint(Bgetc(b), (uchar)big[100]);
	checkint(Bseek(b, 99, 1), 200);
	checkint(Bgetc(b), (uchar)big[200]);
	checkint(Bseek(b, -101, 1), 100);
	checkint(Bgetc(b), (uchar)big[100]);
	checkint(Boffset(b), 101);
	checkint(Bseek(b, 20000, 0), 20000);
	checkint(Bgetc(b), (uchar)big[20000]);
	failing = 1;
	checkint(Bseek(b, 0, 0), Beof);
	i = Bbuffered(b);
	check(i > 0);
	checkint(Bread(b, got, sizeof got), i);	/* what there was before the error */
	checkint(Bread(b, got, sizeof got), Beof);
	failing = 0;
	chunk = Filemax;
}

static void output(void)
{
	static Biobuf b;
	static char big[2*Bsize];
	uchar small[Bungetsize+4];
	Biobuf *o;
	int i;

	len = pos = 0;
	chunk = 3;		/* short writes are gone on with */
	check(Binits(&b, 5, OWRITE, small, sizeof small) == 0);
	checkint(Bputc(&b, 'a'), 0);
	checkint(Bwrite(&b, "bcdefgh", 7), 7);
	checkint(Bputrune(&b, 0x20AC), 3);
	checkint(Bputrune(&b, 'i'), 1);
	checkint(Bprint(&b, "%d-%s", 12345, "xyz"), 9);
	checkint(Boffset(&b), 21);
	checkint(Bflush(&b), 0);
	check(len == 21 && memcmp(file, "abcdefgh€i12345-xyz", 21) == 0);
	checkint(Bseek(&b, 2, 0), 2);
	Bputc(&b, 'X');
	checkint(Bgetc(&b), Beof);
	checkint(Bterm(&b), 0);
	check(file[2] == 'X' && len == 21);
	checkint(Bputc(&b, 'x'), Beof);
	checkint(Bprint(&b, "x"), Beof);
	chunk = Filemax;
	len = pos = 0;
	o = Bopen("out", OWRITE);
	memset(big, 'q', sizeof big);
	checkint(Bwrite(o, big, sizeof big), sizeof big);
	checkint(Bbuffered(o), Bsize);
	check(ending != nil);
	ending();		/* what exits does */
	checkint(len, sizeof big);
	checkint(Bprint(o, "%*d", 3*Bsize, 1), 3*Bsize);
	i = closed;
	checkint(Bterm(o), 0);
	checkint(closed, i+1);
	checkint(len, 5*Bsize);
	check(Bopen("none", OREAD) == nil && Bopen("x", ORDWR) == nil);
	check(Binits(&b, 5, OREAD, small, Bungetsize) == Beof);
	failing = 1;
	check(Binit(&b, 5, OWRITE) == 0);
	for(i = 0; i < Bsize; i++)
		checkint(Bputc(&b, 'x'), 0);
	checkint(Bputc(&b, 'x'), Beof);
	checkint(Bterm(&b), Beof);
	failing = 0;
}

static void scans(void)
{
	char s[20], t[20];
	Rune r[10];
	int i, j;
	short h;
	uchar c;
	long l;
	uint u;
	double d;
	float f;
	Biobuf *b;

	checkint(sscan("12 -7 0x1f 077 zz", "%d%d%i %o", &i, &j, &u, &l), 4);
	check(i == 12 && j == -7 && u == 31 && l != 0);
	checkint(sscan("ff,0XFF:1f", "%x,%x:%lx", &i, &j, &l), 3);
	check(i == 255 && j == 255 && l == 31);
	checkint(sscan("300 70000 99", "%hhu %hd %*d", &c, &h), 2);
	check(c == 44 && h == 4464);
	checkint(sscan("hello world", "%3s%s %s", s, t, t), 3);
	checkstr(s, "hel");
	checkstr(t, "world");
	checkint(sscan("abc123-", "%[a-c]%[^-]-%n", s, t, &i), 2);
	checkstr(s, "abc");
	checkstr(t, "123");
	checkint(i, 7);
	checkint(sscan("]x", "%[]x]", s), 1);
	checkstr(s, "]x");
	checkint(sscan("x=3.5e1 y=-.25", "x=%g y=%hf", &d, &f), 2);
	check(d == 35 && f == -0.25);
	checkint(sscan("1e", "%g", &d), 1);
	checkint(sscan("€uro 😀", "%C%S %C", r, r+1, r+6), 3);
	check(r[0] == 0x20AC && r[1] == 'u' && r[4] == 0 && r[6] == 0x1F600);
	checkint(sscan("ab", "%c%c", s, s+1), 2);
	check(s[0] == 'a' && s[1] == 'b');
	checkint(sscan("ab", "%3c", s), -1);
	checkint(sscan("", "%d", &i), -1);
	checkint(sscan("  ", "%d", &i), -1);
	checkint(sscan("x", "%d", &i), 0);
	checkint(sscan("-", "%d", &i), -1);
	checkint(sscan("5%", "%d%%", &i), 1);
	checkint(sscan("1 2", "%d,%d", &i, &j), 1);
	checkint(sscan("99999999999999999999", "%ld", &l), 1);
	check(l == 0x7FFFFFFFFFFFFFFF);
	b = input("10 20\nx 3.5 z", 13);
	checkint(Bscan(b, "%d %d", &i, &j), 2);
	check(i == 10 && j == 20);
	checkint(Bscan(b, "%d", &i), 0);
	checkint(Bgetc(b), 'x');
	checkint(Bgetd(b, &d), 0);
	check(d == 3.5);
	checkint(Bgetd(b, &d), -1);
	checkint(Bgetc(b), 'z');
	checkint(Bscan(b, "%d", &i), -1);
}

int main(void)
{
	bytes();
	runes();
	lines();
	blocks();
	output();
	scans();
	return checkdone();
}
