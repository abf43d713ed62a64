/* needs: tests/host/libc/check.c port/consline.c tests/host/kern/khost.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport */
/*
 * t_consline: line editing.  A small screen shows what the echo makes of a
 * line, which must be what is in the buffer.
 */
#include "lib.h"
#include "check.h"
#include "consline.h"

int print(char *fmt, ...)
{
	USED(fmt);
	return 0;
}

static Consline l;
static Consq q;
static Rune screen[300];
static int col, bells;

/* a terminal with one line: wide runes take a cell and an empty one */
static void echo(Consline *x, char *s, int n)
{
	static char part[8];
	static int npart;
	Rune r;

	USED(x);
	for(; n > 0; n--){
		part[npart++] = *s++;
		part[npart] = 0;
		if(!fullrune(part, npart))
			continue;
		chartorune(&r, part);
		npart = 0;
		if(r == '\b'){
			col -= col > 0;
		}else if(r == '\n'){
			col = 0;
			memset(screen, 0, sizeof screen);
		}else if(r == '\t'){
			do
				screen[col++] = ' ';
			while(col%8);
		}else if(r == 7)
			bells++;
		else{
			screen[col++] = r;
			if(r >= 0x4e00 && r < 0x9fff)
				screen[col++] = ' ';
		}
	}
}

static int column(Consline *x)
{
	USED(x);
	return col;
}

static void start(void)
{
	memset(&l, 0, sizeof l);
	memset(&q, 0, sizeof q);
	memset(screen, 0, sizeof screen);
	col = 0;
	conslineinit(&l);
	l.q = &q;
	l.echo = echo;
	l.column = column;
}

static void type(char *s)
{
	for(; *s; s++)
		conslineput(&l, s, 1);
}

/* what is readable, one record */
static char *get(int n)
{
	static char buf[CONSQLEN];
	int m;

	m = consqget(&q, buf, n, l.raw);
	if(m < 0)
		return nil;
	buf[m] = 0;
	return buf;
}

static char *shown(void)
{
	static char buf[1200];
	char *p;
	int i, n;

	p = buf;
	for(n = nelem(screen); n > 0 && (screen[n-1] == 0 || screen[n-1] == ' '); n--)
		;
	for(i = 0; i < n; i++)
		p += runetochar(p, &screen[i]);
	*p = 0;
	return buf;
}

static void testlines(void)
{
	start();
	checkstr(get(100), nil);
	check(!consqready(&q));
	type("echo hello\n");
	check(consqready(&q));
	checkstr(get(100), "echo hello\n");
	checkstr(get(100), nil);
	type("a\rb\r\nc\n\n");
	checkstr(get(100), "a\n");
	checkstr(get(100), "b\n");
	checkstr(get(100), "c\n");
	checkstr(get(100), "\n");
	checkstr(get(100), nil);
	type("longer line\n");
	checkstr(get(6), "longer");
	checkstr(get(100), " line\n");
	type("part");
	checkstr(get(100), nil);
	type("\004");
	checkstr(get(100), "part");
	type("\004x\n\004");
	checkstr(get(100), "");
	checkstr(get(100), "x\n");
	checkstr(get(100), "");
	checkstr(get(100), nil);
}

static void testerase(void)
{
	start();
	type("% ");
	type("abc\177\bd");
	checkstr(shown(), "% ad");
	type("\n");
	checkstr(get(100), "% ad\n");
	type("\177\177x\n");
	checkstr(get(100), "x\n");
	type("caf\303\251\177e\n");
	checkstr(get(100), "cafe\n");
	type("\344\270\255\346\226\207\177!");
	checkstr(shown(), "\344\270\255 !");
	type("\177\177z");
	checkstr(shown(), "z");
	type("\n");
	checkstr(get(100), "z\n");
	type("ab\tc\177\177d");
	checkstr(shown(), "abd");
	type("\n");
	get(100);
	type("x\001y\177\177z");
	checkstr(shown(), "xz");
	type("\n");
	checkstr(get(100), "xz\n");
	/* bytes that are not UTF-8 go one by one */
	type("a\351\200");
	checkint(l.n, 3);
	type("\177");
	checkint(l.n, 2);
	type("\177");
	checkint(l.n, 1);
	type("\177\177\n");
	checkstr(get(100), "\n");
	type("\360\237\230\200\177");
	checkint(l.n, 0);
}

static void testkill(void)
{
	start();
	col = 2;
	screen[0] = '%';
	screen[1] = ' ';
	type("one two_2 three.c  \027");
	checkstr(shown(), "% one two_2 three.");
	type("\027");
	checkstr(shown(), "% one two_2");
	type("\027");
	checkstr(shown(), "% one");
	type("\tx\025");
	checkstr(shown(), "%");
	checkint(col, 2);
	type("done\n");
	checkstr(get(100), "done\n");
	type("\025\027\n");
	checkstr(get(100), "\n");
}

static void testmodes(void)
{
	char *w[] = { "^X", "0x7f" }, *none[] = { "none" }, *bad[] = { "^ab" }, buf[200];

	start();
	type("abc");
	conslineraw(&l, 1);
	checkstr(get(100), "abc");
	type("d\177\004\r");
	checkstr(get(100), "d\177\004\n");
	conslineraw(&l, 0);
	type("e\n");
	checkstr(get(100), "e\n");
	conslinehold(&l, 1);
	type("one\ntwo\nthre\177\177ee\025tail");
	checkstr(get(100), nil);
	conslinehold(&l, 0);
	checkstr(get(100), "one\n");
	checkstr(get(100), "two\n");
	checkstr(get(100), "tail");
	checkint(conslineset(&l, "erase", w, 2), 0);
	checkint(conslineset(&l, "kill", none, 1), 0);
	checkint(conslineset(&l, "kill", bad, 1), -1);
	checkint(conslineset(&l, "kill", w, 2), -1);
	checkint(conslineset(&l, "nothing", w, 1), -1);
	type("ab\030\025\n");
	checkstr(get(100), "a\025\n");
	conslineshow(&l, buf, sizeof buf);
	checkstr(buf, "rawoff\nholdoff\nechoon\nintr ^C\nkill none\nwerase ^W\neof ^D\nerase ^X ^?\n");
	type("gone\nfor good");
	conslineclear(&l);
	checkstr(get(100), nil);
	type("now\n");
	checkstr(get(100), "now\n");
}

/* long lines and much input: nothing is lost while the caller looks for room */
static void testlimits(void)
{
	char *s;
	int i, n, lines;

	start();
	l.noecho = 1;
	for(i = 0; i < 2*CONSLINEMAX; i++)
		type("x");
	checkint(l.n, CONSLINEMAX-1);
	type("\n");
	s = get(CONSQLEN);
	checkint(strlen(s), CONSLINEMAX);
	checkint(s[CONSLINEMAX-1], '\n');
	for(lines = 0; consqroom(&q) >= CONSLINEMAX; lines++)
		type("0123456789\n");
	check(lines > 500);
	for(n = 0; (s = get(100)) != nil; n++)
		check(strcmp(s, "0123456789\n") == 0);
	checkint(n, lines);
	conslinehold(&l, 1);
	for(i = 0; i < CONSLINEMAX; i++)
		type("\n");
	conslinehold(&l, 0);
	for(n = 0; (s = get(100)) != nil; n++)
		check(strcmp(s, "\n") == 0);
	checkint(n, CONSLINEMAX);
}

/* random keys: the screen always shows the buffer */
static void testrandom(void)
{
	static char *keys[] = { "a", "b", " ", "\t", "\303\251", "\344\270\255", "\177", "\b", "\027", "\025", "\001", "." };
	char want[1200], *p;
	u32int x, i, k;
	int j, c;

	start();
	x = 7;
	for(i = 0; i < 20000; i++){
		x = x*1664525 + 1013904223;
		k = (x>>16) % nelem(keys);
		if(k == 9 && (x>>28) != 0)
			k = 0;
		if(l.n < 100 || (k >= 6 && k <= 9))
			type(keys[k]);
		p = want;
		for(j = 0; j < l.n; j++){
			c = (uchar)l.line[j];
			if(c == '\t')
				do
					*p++ = ' ';
				while(utfnlen(want, p-want)%8);
			else if(c < ' '){
				*p++ = '^';
				*p++ = c^0x40;
			}else
				*p++ = c;
			if(c == 0xad && j >= 2 && l.line[j-1] == (char)0xb8)
				*p++ = ' ';	/* the wide one's second cell */
		}
		while(p > want && p[-1] == ' ')
			p--;
		*p = 0;
		if(strcmp(want, shown()) != 0){
			checkstr(shown(), want);
			break;
		}
	}
	checkint(i, 20000);
}

int main(void)
{
	testlines();
	testerase();
	testkill();
	testmodes();
	testlimits();
	testrandom();
	return checkdone();
}
