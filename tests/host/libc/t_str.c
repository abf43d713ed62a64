/* needs: tests/host/libc/shim.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c libc/base/token.c libc/base/cleanname.c libc/base/enc.c libc/base/crc32.c libc/base/cistr.c */
/* flags: -fno-sanitize=address */
/*
 * memory and strings, under other names beside glibc's; no ASan, for strlen
 * reads whole words.  Page ends are tried with a page that cannot be read.
 */
#include "u.h"
#define memcpy xmemcpy
#define memmove xmemmove
#define memset xmemset
#define memcmp xmemcmp
#define memchr xmemchr
#define memccpy xmemccpy
#define strlen xstrlen
#define strnlen xstrnlen
#define strcmp xstrcmp
#define strncmp xstrncmp
#define strchr xstrchr
#define strrchr xstrrchr
#define strcpy xstrcpy
#define strncpy xstrncpy
#define strcat xstrcat
#define strncat xstrncat
#define strstr xstrstr
#define strspn xstrspn
#define strcspn xstrcspn
#define strpbrk xstrpbrk
#define strtok xstrtok
#define strdup xstrdup
#define strtol xstrtol
#define strtoul xstrtoul
#define strtoll xstrtoll
#define strtoull xstrtoull
#define atoi xatoi
#define atol xatol
#define atoll xatoll
#define qsort xqsort
#include "libc.h"
#include "../../../libc/base/mem.c"
#undef noidiom
#include "../../../libc/base/str.c"
#include "../../../libc/base/strto.c"
#include "../../../libc/base/qsort.c"
#include "check.h"

void *mmap(void*, usize, int, int, int, long);
int mprotect(void*, usize, int);

enum { Page = 4096, Max = 300 };

static uchar *edge;	/* what follows cannot be read */

static void setup(void)
{
	edge = mmap(nil, 2*Page, 3, 0x22, -1, 0);
	edge += Page;
	mprotect(edge, Page, 0);
}

/* every length and some alignments, forward, backward, apart */
static void moves(void)
{
	uchar a[2*Max+64], want[2*Max+64];
	int n, from, to, i, bad;

	bad = 0;
	for(n = 0; n <= Max; n += n < 70? 1: 13)
		for(from = 0; from < 48; from += 5)
			for(to = 0; to < 48; to += 3){
				for(i = 0; i < (int)sizeof a; i++)
					a[i] = want[i] = i*7+n;
				for(i = 0; i < n; i++)
					want[to+i] = (from+i)*7+n;
				memmove(a+to, a+from, n);
				for(i = 0; i < (int)sizeof a; i++)
					bad += a[i] != want[i];
			}
	checkint(bad, 0);
	for(n = 0; n <= Max; n++){
		for(i = 0; i < n; i++)
			edge[i-n] = i;
		memcpy(a, edge-n, n);
		bad += memcmp(a, edge-n, n) != 0;
		memset(edge-n, n, n);
		for(i = 0; i < n; i++)
			bad += edge[i-n] != (uchar)n;
		if(n > 0){
			edge[-1]++;
			memset(a, n, n);
			bad += memcmp(a, edge-n, n) >= 0 && (uchar)n != 255;
			bad += memcmp(edge-n, a, n) <= 0 && (uchar)n != 255;
			bad += memchr(edge-n, edge[-1], n) != edge-1;
			bad += memchr(edge-n, n+2, n) != nil;
		}
	}
	checkint(bad, 0);
	check(memcmp("\x01\x80", "\x01\x7f", 2) > 0);
	check(memccpy(a, "abc:def", ':', 7) == a+4);
	check(memccpy(a, "abc", ':', 3) == nil);
}

static void strings(void)
{
	char buf[64], *s;
	int n;

	for(n = 0; n < 40; n++){
		s = (char*)edge-n-1;
		memset(s, 'a', n);
		s[n] = 0;
		checkint(strlen(s), n);
		check(strchr(s, 0) == s+n);
		check(strchr(s, 'b') == nil);
		check(strrchr(s, 'a') == (n? s+n-1: nil));
		if(n > 0){
			s[n-1] = '\xff';
			check(strchr(s, 0xff) == s+n-1);
			check(strchr(s, -1) == s+n-1);
		}
		checkint(strnlen(s, n), n);
		checkint(strnlen(s, n/2), n/2);
	}
	check(strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && strcmp("", "") == 0);
	check(strcmp("\xff", "a") > 0 && strcmp("a", "ab") < 0);
	check(strncmp("abc", "abd", 2) == 0 && strncmp("abc", "abd", 3) < 0 && strncmp("a", "b", 0) == 0);
	memset(buf, 'z', sizeof buf);
	strncpy(buf, "ab", 5);
	check(memcmp(buf, "ab\0\0\0z", 6) == 0);
	strncpy(buf, "abcdef", 3);
	check(memcmp(buf, "abc\0", 4) == 0);
	strcpy(buf, "x");
	strcat(buf, "yz");
	strncat(buf, "12345", 3);
	checkstr(buf, "xyz123");
	check(strstr(buf, "z1") == buf+2 && strstr(buf, "") == buf && strstr(buf, "zz") == nil);
	check(strstr("aaab", "aab") != nil);
	checkint(strspn("aabbc", "ab"), 4);
	checkint(strcspn("aabbc", "c\xff"), 4);
	checkint(strcspn("abc", ""), 3);
	check(strpbrk("abc", "xc") != nil && strpbrk("abc", "x") == nil);
	strcpy(buf, ",,a,b;;c");
	checkstr(strtok(buf, ",;"), "a");
	checkstr(strtok(nil, ",;"), "b");
	checkstr(strtok(nil, ",;"), "c");
	check(strtok(nil, ",;") == nil && strtok(nil, ",;") == nil);
	check(cistrcmp("HeLLo", "hEllO") == 0 && cistrcmp("a", "B") < 0 && cistrncmp("ABx", "aby", 2) == 0);
	checkstr(cistrstr("Hello World", "WORLD"), "World");
	check(cistrstr("Hello", "x") == nil);
	checkstr(cistrstr("abc", ""), "abc");
}

static void numbers(void)
{
	char *e, *s;

	checkint(strtol("  -42x", &e, 10), -42);
	checkstr(e, "x");
	checkint(strtol("0x1Fg", &e, 0), 31);
	checkstr(e, "g");
	checkint(strtol("0x", &e, 0), 0);
	checkstr(e, "x");
	checkint(strtol("077", nil, 0), 63);
	checkint(strtol("09", &e, 0), 0);
	checkstr(e, "9");
	checkint(strtol("zz", nil, 36), 35*36+35);
	s = "-";
	checkint(strtol(s, &e, 10), 0);
	check(e == s);
	s = "";
	strtol(s, &e, 10);
	check(e == s);
	check(strtoll("9223372036854775807", nil, 10) == 9223372036854775807LL);
	check(strtoll("9223372036854775808", nil, 10) == 9223372036854775807LL);
	check(strtoll("-9223372036854775808", nil, 10) == -9223372036854775807LL-1);
	check(strtoll("-9223372036854775809", nil, 10) == -9223372036854775807LL-1);
	check(strtoll("-99999999999999999999999", nil, 10) == -9223372036854775807LL-1);
	check(strtoull("18446744073709551615", &e, 10) == ~0ULL);
	check(strtoull("18446744073709551616", &e, 10) == ~0ULL && *e == 0);
	check(strtoull("-1", nil, 10) == ~0ULL);
	checkint(strtol("12", &e, 1), 0);
	checkint(atoi("0x10"), 16);
	checkint(atol("-5 "), -5);
}

static int toks(char *s, char **a, int max)
{
	static char buf[100];

	return tokenize(strcpy(buf, s), a, max);
}

static int fields(char *s, char **a, int max, int multi, char *d)
{
	static char buf[100];

	return getfields(strcpy(buf, s), a, max, multi, d);
}

static void tokens(void)
{
	char *a[5];

	checkint(toks("  a 'b c'\t''  d''e 'it''s' x", a, 5), 5);
	checkstr(a[0], "a");
	checkstr(a[1], "b c");
	checkstr(a[2], "");
	checkstr(a[3], "de");
	checkstr(a[4], "it's");
	checkint(toks("", a, 5), 0);
	checkint(toks(" \n", a, 5), 0);
	checkint(toks("a", a, 0), 0);
	checkint(toks("'open end", a, 5), 1);
	checkstr(a[0], "open end");
	checkint(fields("a::b:c", a, 5, 0, ":"), 4);
	checkstr(a[1], "");
	checkstr(a[3], "c");
	checkint(fields(":a::b:", a, 5, 1, ":"), 2);
	checkstr(a[1], "b");
	checkint(fields("a:b:c", a, 2, 0, ":"), 2);
	checkstr(a[1], "b:c");
	checkint(fields("a b  c ", a, 2, 1, " "), 2);
	checkstr(a[1], "b  c ");
	checkint(fields("", a, 5, 0, ":"), 1);
	checkint(fields("", a, 5, 1, ":"), 0);
	checkint(fields("a→b→c", a, 5, 0, "→"), 3);
	checkstr(a[2], "c");
}

static char *clean(char *s)
{
	static char buf[100];

	return cleanname(strcpy(buf, s));
}

static void names(void)
{
	checkstr(clean(""), ".");
	checkstr(clean("/"), "/");
	checkstr(clean("//a///b/"), "/a/b");
	checkstr(clean("a/./b/../c"), "a/c");
	checkstr(clean("a/.."), ".");
	checkstr(clean("/.."), "/");
	checkstr(clean("/../a/../.."), "/");
	checkstr(clean("../a/../../b"), "../../b");
	checkstr(clean("./../.."), "../..");
	checkstr(clean("a/b/../../../c"), "../c");
	checkstr(clean("..."), "...");
	checkstr(clean("a/...//x/"), "a/.../x");
	checkstr(clean("#s/a/../b"), "#s/b");
	checkstr(clean("#s/../../x"), "#s/x");
	checkstr(clean("."), ".");
	checkstr(clean("./"), ".");
}

static void encodings(void)
{
	char buf[32];
	uchar raw[32], all[5] = { 0, 255, 16, 128, 7 };
	int n;

	checkint(enc64(buf, sizeof buf, (uchar*)"foobar", 4), 8);
	checkstr(buf, "Zm9vYg==");
	checkint(enc64(buf, sizeof buf, (uchar*)"foobar", 6), 8);
	checkstr(buf, "Zm9vYmFy");
	checkint(enc64(buf, 8, (uchar*)"foobar", 6), -1);
	checkint(enc16(buf, sizeof buf, all, 5), 10);
	checkstr(buf, "00FF108007");
	checkint(enc16(buf, 10, all, 5), -1);
	checkint(enc64(buf, 1, nil, 0), 0);
	for(n = 0; n <= 5; n++){
		enc64(buf, sizeof buf, all, n);
		checkint(dec64(raw, sizeof raw, buf, strlen(buf)), n);
		check(memcmp(raw, all, n) == 0);
		enc32(buf, sizeof buf, all, n);
		checkint(dec32(raw, sizeof raw, buf, strlen(buf)), n);
		check(memcmp(raw, all, n) == 0);
		enc16(buf, sizeof buf, all, n);
		checkint(dec16(raw, n, buf, strlen(buf)), n);
		check(memcmp(raw, all, n) == 0);
	}
	checkint(dec64(raw, 3, "Zm9vYg==", 8), -1);
	checkint(dec64(raw, 30, "Zm9*", 4), -1);
	checkint(dec64(raw, 30, "Zg==Zg==", 8), -1);
	checkint(dec64(raw, 30, "Z", 1), -1);
	checkint(dec16(raw, 30, "a", 1), -1);
	checkint(dec16(raw, 30, "aF\n0", 4), -1);
	checkint(dec16(raw, 30, "aF\n0b", 5), 2);
	check(crc32(0, "123456789", 9) == 0xCBF43926);
	check(crc32(crc32(0, "1234", 4), "56789", 5) == 0xCBF43926);
}

/* every bit counts, and the length */
static void quicksums(void)
{
	uchar buf[67];
	u32int sum;
	uint i;

	memset(buf, 0, sizeof buf);
	sum = quicksum(buf, sizeof buf);
	check(quicksum(buf, sizeof buf - 1) != sum);
	for(i = 0; i < 8*sizeof buf; i++){
		buf[i/8] ^= 1 << i%8;
		check(quicksum(buf, sizeof buf) != sum);
		buf[i/8] ^= 1 << i%8;
	}
}

static long ncmp;

static int longcmp(const void *a, const void *b)
{
	long x, y;

	ncmp++;
	x = *(long*)a;
	y = *(long*)b;
	return x < y? -1: x > y;
}

typedef struct Odd Odd;
struct Odd {
	char c[7];
};

static int oddcmp(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(Odd));
}

/* the same numbers in order, whatever they were */
static void sorts(int n, int shape)
{
	static long a[20001];
	static Odd o[2001];
	u64int sum, seed;
	int i, bad;

	seed = shape*1000003+1;
	sum = 0;
	for(i = 0; i < n; i++){
		seed = seed*6364136223846793005UL + 1442695040888963407UL;
		a[i] = shape == 0? i: shape == 1? n-i: shape == 2? 7: shape == 3? (long)(seed>>40)%10:
			shape == 4? (i < n/2? i: n-i): (long)seed;
		sum += a[i]*(u64int)a[i];
		if(i < 2001)
			memcpy(o[i].c, &seed, sizeof(Odd));
	}
	a[n] = -99;
	ncmp = 0;
	qsort(a, n, sizeof a[0], longcmp);
	bad = 0;
	for(i = 1; i < n; i++)
		bad += a[i-1] > a[i];
	for(i = 0; i < n; i++)
		sum -= a[i]*(u64int)a[i];
	check(bad == 0 && sum == 0 && a[n] == -99);
	check(n < 1000 || ncmp < 60L*n);
	n = n > 2000? 2000: n;
	qsort(o, n, sizeof(Odd), oddcmp);
	for(i = 1; i < n; i++)
		bad += oddcmp(&o[i-1], &o[i]) > 0;
	checkint(bad, 0);
}

/* an order made up against quicksort as it goes (McIlroy, 1999): heapsort must take over */
static int adv[10000], nsolid, candidate;
enum { Gas = 1<<30 };

static int advcmp(const void *p, const void *q)
{
	int x, y;

	ncmp++;
	x = *(int*)p;
	y = *(int*)q;
	if(adv[x] == Gas && adv[y] == Gas)
		adv[x == candidate? x: y] = nsolid++;
	if(adv[x] == Gas)
		candidate = x;
	else if(adv[y] == Gas)
		candidate = y;
	return adv[x] - adv[y];
}

static void adversary(void)
{
	static int a[10000];
	int i;

	for(i = 0; i < 10000; i++){
		a[i] = i;
		adv[i] = Gas;
	}
	ncmp = 0;
	qsort(a, 10000, sizeof a[0], advcmp);
	check(ncmp < 1500000);
	for(i = 1; i < 10000 && adv[a[i-1]] <= adv[a[i]]; i++)
		;
	checkint(i, 10000);
}

int main(void)
{
	int n, shape;

	setup();
	moves();
	strings();
	numbers();
	tokens();
	names();
	encodings();
	quicksums();
	for(shape = 0; shape < 6; shape++)
		for(n = 0; n < 20000; n = n < 20? n+1: n*7/2)
			sorts(n, shape);
	adversary();
	return checkdone();
}
