/* needs: tests/host/libc/check.c tests/host/kern/khost.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport */
/*
 * t_random: the block function against RFC 8439, and that what is asked for
 * is new each time, is spread evenly, and depends on what was put in.
 */
#include "../../../port/random.c"
#include "check.h"

vlong boottime;
static u64int clock;
static int hwcalls, hwworks;

u64int cycles(void)
{
	return clock;
}

int hwrandom(void *p, usize n)
{
	hwcalls++;
	if(!hwworks)
		return 0;
	memset(p, 0x5a, n);
	return n;
}

int print(char *fmt, ...)
{
	USED(fmt);
	return 0;
}

static void testblock(void)
{
	static const u32int want[16] = {
		0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3,
		0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9, 0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2,
	};
	uchar k[32];
	u32int out[16], kw[8];
	int i;

	for(i = 0; i < 32; i++)
		k[i] = i;
	memmove(kw, k, sizeof kw);
	block(out, kw, 1 | (u64int)0x09000000<<32, 0x4a000000);
	check(memcmp(out, want, sizeof want) == 0);
}

/* as at boot */
static void reset(void)
{
	memset(pool, 0, sizeof pool);
	memset(key, 0, sizeof key);
	memset(&notes, 0, sizeof notes);
	seeded = 0;
	given = nonce = 0;
	clock = 1;
}

static void testlengths(void)
{
	uchar a[300], b[300];
	int i, n, ones;

	reset();
	for(n = 0; n < 300; n++){
		memset(a, 0, sizeof a);
		genrandom(a, n);
		for(i = n; i < 300; i++)
			if(a[i] != 0)
				break;
		checkint(i, 300);
	}
	genrandom(a, sizeof a);
	genrandom(b, sizeof b);
	check(memcmp(a, b, sizeof a) != 0);
	check(memcmp(a, a+64, 64) != 0);
	ones = 0;
	for(n = 0; n < 1000; n++){
		genrandom(a, sizeof a);
		for(i = 0; i < 300; i++)
			ones += __builtin_popcount(a[i]);
	}
	check(ones > 1195000 && ones < 1205000);
}

static int differs(void (*f)(void))
{
	uchar a[32], b[32];

	reset();
	genrandom(a, sizeof a);
	genrandom(a, sizeof a);
	reset();
	genrandom(b, sizeof b);
	f();
	genrandom(b, sizeof b);
	return memcmp(a, b, sizeof a) != 0;
}

static void nothing(void)
{
}

static void worthless(void)
{
	randadd("x", 1, 0);
}

static void worthwhile(void)
{
	randadd("some noise", 10, Enough);
}

static void muchtime(void)
{
	khosttime += OLDAGE+1;
	clock += 12345;
	randadd("x", 1, 0);
}

static void muchgiven(void)
{
	static uchar buf[Reseed+1];

	randadd("y", 1, 0);
	genrandom(buf, sizeof buf);
}

static void testreseed(void)
{
	check(!differs(nothing));
	check(!differs(worthless));
	check(differs(worthwhile));
	check(differs(muchtime));
	check(differs(muchgiven));
}

/* the key in memory does not give what was given out */
static void testerasure(void)
{
	uchar a[32];
	u32int k[8], b[16];

	reset();
	genrandom(a, sizeof a);
	memmove(k, key, sizeof k);
	genrandom(a, sizeof a);
	check(memcmp(k, key, sizeof k) != 0);
	block(b, key, 0, 0);
	check(memcmp(b, a, sizeof a) != 0);
}

static void testseed(void)
{
	uchar a[32], b[32];

	hwworks = 0;
	reset();
	genrandom(a, sizeof a);
	hwworks = 1;
	reset();
	genrandom(b, sizeof b);
	check(memcmp(a, b, sizeof a) != 0);
	check(hwcalls > 0);
	reset();
	clock = 2;
	genrandom(a, sizeof a);
	check(memcmp(a, b, sizeof a) != 0);
}

int main(void)
{
	testblock();
	testlengths();
	testreseed();
	testerasure();
	testseed();
	return checkdone();
}
