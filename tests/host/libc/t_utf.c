/* needs: libc/base/utf.c libc/utf/runestr.c libc/utf/runetype.c libc/utf/runetab.c tests/host/libc/shim.c */
/* UTF-8: every rune both ways, every malformed form; rune strings and classes */
#include "u.h"
#include "libc.h"
#include "check.h"

/* shim.c prints with these; not used here */
int vsnprint(char *buf, int n, char *fmt, va_list args)
{
	USED(fmt);
	USED(args);
	if(n > 0)
		buf[0] = 0;
	return 0;
}

static void everyrune(void)
{
	char buf[UTFmax+1];
	Rune r, back;
	int n, bad;

	bad = 0;
	for(r = 0; r <= Runemax; r++){
		n = runetochar(buf, &r);
		bad += n != runelen(r);
		bad += chartorune(&back, buf) != n && r != 0;
		if(r >= 0xD800 && r <= 0xDFFF)
			bad += back != Runeerror || n != 3;
		else
			bad += back != r;
		bad += !fullrune(buf, n);
		bad += n > 1 && fullrune(buf, n-1);
	}
	checkint(bad, 0);
	r = Runemax+1;
	checkint(runetochar(buf, &r), 3);
	r = ~0U;
	checkint(runetochar(buf, &r), 3);
	checkint(runelen(-1), 3);
	checkint(runelen(0x110000), 3);
}

/* s decodes to r in n bytes */
static void decodes(char *s, Rune r, int n)
{
	Rune got;

	checkint(chartorune(&got, s), n);
	checkint(got, r);
}

static void malformed(void)
{
	decodes("", 0, 1);
	decodes("\x80", Runeerror, 1);			/* a continuation alone */
	decodes("\xbf\xbf", Runeerror, 1);
	decodes("\xc3", Runeerror, 1);			/* cut off */
	decodes("\xe2\x82", Runeerror, 1);
	decodes("\xf0\x9f\x98", Runeerror, 1);
	decodes("\xc3" "a", Runeerror, 1);
	decodes("\xe2\x82" "a", Runeerror, 1);
	decodes("\xc0\x80", Runeerror, 1);		/* overlong */
	decodes("\xc1\xbf", Runeerror, 1);
	decodes("\xe0\x80\x80", Runeerror, 1);
	decodes("\xe0\x9f\xbf", Runeerror, 1);
	decodes("\xf0\x80\x80\x80", Runeerror, 1);
	decodes("\xf0\x8f\xbf\xbf", Runeerror, 1);
	decodes("\xed\xa0\x80", Runeerror, 1);		/* surrogates */
	decodes("\xed\xbf\xbf", Runeerror, 1);
	decodes("\xf4\x90\x80\x80", Runeerror, 1);	/* beyond 10FFFF */
	decodes("\xf5\x80\x80\x80", Runeerror, 1);
	decodes("\xf8\x88\x80\x80\x80", Runeerror, 1);
	decodes("\xff", Runeerror, 1);
	decodes("\xed\x9f\xbf", 0xD7FF, 3);
	decodes("\xee\x80\x80", 0xE000, 3);
	decodes("\xef\xbf\xbd", Runeerror, 3);
	decodes("\xf4\x8f\xbf\xbf", Runemax, 4);
}

static void full(void)
{
	check(!fullrune("", 0));
	check(!fullrune("a", -1));
	check(fullrune("\x80", 1));
	check(!fullrune("\xe2", 1));
	check(fullrune("\xe2" "a", 2));		/* bad, and no more is needed to know */
	check(!fullrune("\xe2\x82", 2));
	check(fullrune("\xff", 1));
}

static void counting(void)
{
	char *s;

	checkint(utflen(""), 0);
	checkint(utflen("aä€😀"), 4);
	checkint(utflen("\xff\xfe" "a"), 3);
	checkint(utfnlen("aä€😀", 10), 4);
	checkint(utfnlen("aä€😀", 9), 3);	/* the last one is cut */
	checkint(utfnlen("aä€😀", 0), 0);
	checkint(utfnlen("ab\0cd", 5), 2);
	s = malloc(3);
	memmove(s, "\xe2\x82\xac", 3);
	checkint(utfnlen(s, 3), 1);		/* not terminated */
	free(s);
	s = "a€b€c";
	check(utfrune(s, 0x20AC) == s+1);
	check(utfrrune(s, 0x20AC) == s+5);
	check(utfrune(s, 'c') == s+8);
	check(utfrune(s, 0) == s+9);
	check(utfrune(s, 0x20AD) == nil);
	check(utfrrune(s, 0x20AD) == nil);
	check(utfutf(s, "b€") == s+4);
	check(utfutf(s, "x") == nil);
}

static void copies(void)
{
	char buf[8];

	check(utfecpy(buf, buf+8, "ab€") == buf+5);
	check(memcmp(buf, "ab€", 6) == 0);
	check(utfecpy(buf, buf+5, "ab€") == buf+2);
	check(utfecpy(buf, buf+1, "ab") == buf && buf[0] == 0);
	buf[0] = 'x';
	check(utfecpy(buf, buf, "ab") == buf && buf[0] == 'x');
	check(strecpy(buf, buf+3, "abcdef") == buf+2);
	check(memcmp(buf, "ab", 3) == 0);
	check(strecpy(buf, buf+8, "abc") == buf+3);
}

static void runestrings(void)
{
	Rune a[10], b[] = { 'a', 0x20AC, 'b', 0x20AC, 0 }, sub[] = { 0x20AC, 'b', 0 };
	Rune *p;

	checkint(runestrlen(b), 4);
	check(runestrcpy(a, b) == a && runestrcmp(a, b) == 0);
	check(runestrchr(b, 0x20AC) == b+1);
	check(runestrrchr(b, 0x20AC) == b+3);
	check(runestrchr(b, 0) == b+4);
	check(runestrchr(b, 'x') == nil);
	check(runestrstr(b, sub) == b+1);
	check(runestrstr(sub, b) == nil);
	a[0] = 0x10FFFF;
	check(runestrcmp(a, b) > 0 && runestrcmp(b, a) < 0);
	check(runestrncmp(a+1, b+1, 2) == 0);
	check(runestrncpy(a, b, 2) == a && a[0] == 'a' && a[1] == 0x20AC && a[2] == 'b');
	runestrncpy(a, sub, 5);
	check(a[2] == 0 && a[4] == 0);
	check(runestrecpy(a, a+3, b) == a+2 && a[2] == 0);
	runestrcat(a, sub);
	checkint(runestrlen(a), 4);
	runestrncat(a, b, 1);
	check(a[4] == 'a' && a[5] == 0);
	p = runestrdup(b);
	check(runestrcmp(p, b) == 0);
	free(p);
	checkint(runenlen(b, 4), 8);
}

static void classes(void)
{
	check(isalpharune('a') && isalpharune(0xE9) && isalpharune(0x3B1) && isalpharune(0x4E00) && !isalpharune('1'));
	check(isupperrune('A') && isupperrune(0x391) && !isupperrune('a') && !isupperrune(0));
	check(islowerrune('z') && islowerrune(0x3C9) && !islowerrune('Z'));
	check(isdigitrune('0') && isdigitrune(0x663) && !isdigitrune('a'));
	check(isspacerune(' ') && isspacerune(0x3000) && isspacerune('\n') && !isspacerune('x'));
	check(istitlerune(0x1C5) && !istitlerune('A'));
	checkint(toupperrune('z'), 'Z');
	checkint(toupperrune(0x3C9), 0x3A9);
	checkint(toupperrune(0x101), 0x100);
	checkint(toupperrune(0x100), 0x100);
	checkint(tolowerrune(0x100), 0x101);
	checkint(tolowerrune(0x10400), 0x10428);
	checkint(toupperrune('1'), '1');
	checkint(totitlerune(0x1C6), 0x1C5);
	checkint(totitlerune('a'), 'A');
	check(!isalpharune(0x110000) && !isalpharune(~0U));
	checkint(toupperrune(~0U), ~0U);
}

int main(void)
{
	everyrune();
	malformed();
	full();
	counting();
	copies();
	runestrings();
	classes();
	return checkdone();
}
