/* needs: libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c tests/host/libc/shim.c */
/* the print engine: every verb with every flag, cut and hostile buffers */
#include "u.h"
#include "lib.h"
#include "check.h"

char *strncat(char*, const char*, usize);
int dofmt(Fmt*, char*);
int fmtstrinit(Fmt*);
char *fmtstrflush(Fmt*);
int runefmtstrinit(Fmt*);
Rune *runefmtstrflush(Fmt*);
int fmtrunestrcpy(Fmt*, Rune*);

static char *out(char *fmt, ...)
{
	static char buf[16][512];
	static int i;
	va_list args;
	char *p;

	p = buf[i++%16];
	va_start(args, fmt);
	vsnprint(p, sizeof buf[0], fmt, args);
	va_end(args);
	return p;
}

static void integers(void)
{
	int min = -2147483647-1;
	vlong vmin = -9223372036854775807LL-1;

	checkstr(out("%d %d %d", 0, 1, -1), "0 1 -1");
	checkstr(out("%d", min), "-2147483648");
	checkstr(out("%ud %u", -1, -1), "4294967295 4294967295");
	checkstr(out("%lld %llud", vmin, ~0ULL), "-9223372036854775808 18446744073709551615");
	checkstr(out("%ld %lud %lux", vmin, ~0UL, ~0UL), "-9223372036854775808 18446744073709551615 ffffffffffffffff");
	checkstr(out("%hd %hhd %uhhd %hud", 65535, 255, 255, -1), "-1 -1 255 65535");
	checkstr(out("%x %X %o %b", 0xBEEF, 0xBEEF, 8, 5), "beef BEEF 10 101");
	checkstr(out("%ux %lluX", -1, ~0ULL), "ffffffff FFFFFFFFFFFFFFFF");
	checkstr(out("%x", -1), "ffffffff");
	checkstr(out("%#x %#X %#o %#b %#d", 255, 255, 8, 2, 9), "0xff 0XFF 010 0b10 9");
	checkstr(out("%#x %#o %#b", 0, 0, 0), "0 0 0");
	checkstr(out("%5d|%-5d|%05d", 42, 42, 42), "   42|42   |00042");
	checkstr(out("%-08.3d|", 5), "005     |");
	checkstr(out("%08.3d|", -5), "    -005|");
	checkstr(out("%08d|%+d|% d|%+08d", -5, 5, 5, 5), "-0000005|+5| 5|+0000005");
	checkstr(out("%.0d|%5.0d|%.0x|%#.0o", 0, 0, 0, 0), "|     ||0");
	checkstr(out("%#.3o %#.1o", 8, 8), "010 010");
	checkstr(out("%*d|%-*d|%*d", 4, 1, 4, 1, -4, 1), "   1|1   |1   ");
	checkstr(out("%.*d|%.*d", 3, 7, -1, 7), "007|7");
	checkstr(out("%,d %,d %,d %,lld", 1, 1000, -1234567, vmin), "1 1,000 -1,234,567 -9,223,372,036,854,775,808");
	checkstr(out("%#010x|%#-10x|%#10x", 255, 255, 255), "0x000000ff|0xff      |      0xff");
	checkstr(out("%p %p", (void*)0x1234, (void*)0), "0x1234 0x0");
	checkstr(out("%llb", ~0ULL), "1111111111111111111111111111111111111111111111111111111111111111");
	checkstr(out("%zd %zud", (usize)7, ~0UL), "7 18446744073709551615");
	checkstr(out("%u%s", 3, "x"), "3x");
}

static void strings(void)
{
	Rune rs[] = { 'a', 0x20AC, 0x1F600, 0 };

	checkstr(out("%s|%5s|%-5s|%.2s", "abc", "abc", "abc", "abc"), "abc|  abc|abc  |ab");
	checkstr(out("%s %S %q", (char*)nil, (Rune*)nil, (char*)nil), "<nil> <nil> <nil>");
	checkstr(out("%.3s|%4s|%-4s|", "äöü€", "äö", "äö"), "äöü|  äö|äö  |");
	checkstr(out("%.3s", "\xff\xff\xff\xff"), "\xff\xff\xff");
	checkstr(out("%S %5S %-5S| %.1S", rs, rs, rs, rs), "a€😀   a€😀 a€😀  | a");
	checkstr(out("%c%c%C", 'x', 0x20AC, 0x1F600), "x€😀");
	checkstr(out("%3c|%-3c|", 'x', 0xE9), "  x|é  |");
	checkstr(out("%C%C", 0xD800, 0x110000), "\xef\xbf\xbd\xef\xbf\xbd");
	checkstr(out("100%% %"), "100% ");
	checkstr(out("%y %z", 1), "%y% ");
	checkstr(out("%-"), "");
	checkstr(out("a%"), "a");
	checkstr(out("%€", 1), "%€%");
	werrstr("it %s", "broke");
	checkstr(out("%r|%10r|%.2r", 0), "it broke|  it broke|it");
}

static void unterminated(void)
{
	char *p;

	p = malloc(3);
	memmove(p, "abc", 3);
	checkstr(out("%.3s", p), "abc");
	free(p);
}

static void quotes(void)
{
	Rune rs[] = { 'i', '\'', 's', 0 }, one[] = { 0xE9, 0 };

	checkstr(out("%q %q %q %q", "abc", "a b", "", "it's"), "abc 'a b' '' 'it''s'");
	checkstr(out("%q %q %q %q", "$x", "a=b", "a/b.c", "é"), "'$x' 'a=b' a/b.c é");
	checkstr(out("%#q %6q|%-6q|%7q", "abc", "ab", "a b", "a'"), "'abc'     ab|'a b' |  'a'''");
	checkstr(out("%q", "'"), "''''");
	checkstr(out("%Q %Q %6Q|%-8Q|", rs, one, one, rs), "'i''s' é      é|'i''s'  |");
}

static void bounds(void)
{
	char buf[8];
	char *p;

	memset(buf, 'Z', sizeof buf);
	checkint(snprint(buf, 4, "%s", "abcdef"), 3);
	checkstr(buf, "abc");
	checkint(buf[4], 'Z');
	checkint(snprint(buf, 1, "%d", 12345), 0);
	checkint(buf[0], 0);
	buf[0] = 'Z';
	checkint(snprint(buf, 0, "x"), 0);
	checkint(snprint(buf, -1, "x"), 0);
	checkint(buf[0], 'Z');
	checkint(snprint(buf, 4, "ab%s", "€"), 2);	/* no half runes */
	checkstr(buf, "ab");
	checkint(snprint(buf, 4, "ab%C", 0x20AC), 2);
	checkint(snprint(buf, 6, "ab%C", 0x20AC), 5);
	checkint(snprint(buf, 4, "ab%C%s", 0x20AC, "c"), 2);	/* nothing after a cut */
	checkint(snprint(buf, 4, "\xff\xff\xff\xff\xff"), 3);
	checkint(snprint(buf, 4, "a\x80\x80\x80\x80"), 3);
	checkint(snprint(buf, sizeof buf, "%2000000000d", 1), 7);
	checkstr(buf, "       ");
	checkint(snprint(buf, sizeof buf, "%99999999999999999999d", 1), 7);
	checkint(snprint(buf, sizeof buf, "%.99999999999999999999d", 1), 7);
	checkint(snprint(buf, sizeof buf, "%*d", -2147483647-1, 1), 7);
	checkstr(buf, "1      ");
	p = seprint(buf, buf+sizeof buf, "%d", 12);
	check(p == buf+2);
	p = seprint(p, buf+sizeof buf, "%s", "longer than that");
	check(p == buf+7);
	check(seprint(p, buf+sizeof buf, "x") == p);
	check(seprint(p+1, p+1, "x") == p+1);
	checkstr(buf, "12longe");
}

static void growing(void)
{
	Fmt f;
	Rune *r;
	char *p;
	int i;

	p = smprint("%s %d", "hello", 5);
	checkstr(p, "hello 5");
	free(p);
	p = smprint("%5000d", 1);
	checkint(strlen(p), 5000);
	checkint(p[4999], '1');
	free(p);
	p = smprint("%s", "");
	checkstr(p, "");
	free(p);
	fmtstrinit(&f);
	for(i = 0; i < 1000; i++)
		fmtprint(&f, "%d,", i%10);
	p = fmtstrflush(&f);
	checkint(strlen(p), 2000);
	free(p);
	runefmtstrinit(&f);
	for(i = 0; i < 100; i++)
		fmtprint(&f, "€%c%s", 0x1F600, "\xff");
	r = runefmtstrflush(&f);
	check(r[0] == 0x20AC && r[1] == 0x1F600 && r[2] == Runeerror && r[3] == 0x20AC && r[300] == 0);
	free(r);
}

static int coordfmt(Fmt *f)
{
	int x, y;

	x = va_arg(f->args, int);
	y = va_arg(f->args, int);
	return fmtprint(f, "(%d,%.2d)", x, y);
}

static int slowflush(Fmt *f)
{
	char *all;

	all = f->farg;
	strncat(all, f->start, f->to - f->start);
	f->nfmt += f->to - f->start;
	f->to = f->start;
	return 1;
}

static int noflush(Fmt *f)
{
	f->nfmt++;
	return 0;
}

static int vdo(Fmt *f, char *fmt, ...)
{
	int n;

	va_start(f->args, fmt);
	n = dofmt(f, fmt);
	va_end(f->args);
	return n;
}

static void custom(void)
{
	char all[200], small[3];
	Fmt f;
	int i;

	checkint(fmtinstall('P', coordfmt), 0);
	checkint(fmtinstall(0x3B1, coordfmt), 0);
	checkint(fmtinstall(0, coordfmt), -1);
	checkint(fmtinstall(Runemax+1, coordfmt), -1);
	checkstr(out("%P %d %α %s", 1, 2, 3, 4, 5, "x"), "(1,02) 3 (4,05) x");
	checkstr(out("%-10P|", 1, 2), "(1,02)|");
	for(i = 0; fmtinstall(0x4000+i, coordfmt) == 0; i++)
		;
	checkint(i, 31);
	all[0] = 0;
	f = (Fmt){.start = small, .to = small, .stop = small+sizeof small, .flush = slowflush, .farg = all};
	checkint(vdo(&f, "hello %s, %05d %q€", "world", -42, "a b"), 24 + 3);
	slowflush(&f);
	checkstr(all, "hello world, -0042 'a b'€");
	f = (Fmt){.start = small, .to = small, .stop = small+sizeof small, .flush = noflush};
	checkint(vdo(&f, "hello"), -1);
	check(f.nfmt == 1 && memcmp(small, "hel", 3) == 0);
	checkint(vdo(&f, "%5d", 1), -1);
}

int main(void)
{
	integers();
	strings();
	unterminated();
	quotes();
	bounds();
	growing();
	custom();
	return checkdone();
}
