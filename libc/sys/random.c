/*
 * Random numbers.  Those fit for keys come from /dev/random (genrandom and
 * on); rand(2)'s are a counter put through a mixing function, so they may be
 * drawn by several processes at once without a lock.
 */
#include "u.h"
#include "libc.h"

static u64int state;

void srand(long seed)
{
	state = seed;
}

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) */
static u64int mix(void)
{
	u64int z;

	z = __atomic_add_fetch(&state, 0x9E3779B97F4A7C15UL, __ATOMIC_RELAXED);
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9UL;
	z = (z ^ z>>27) * 0x94D049BB133111EBUL;
	return z ^ z>>31;
}

/* 0 to 2^31-1 */
long lrand(void)
{
	return mix()>>33;
}

int rand(void)
{
	return mix()>>49;
}

/* 0 to n-1, evenly */
long lnrand(long n)
{
	u64int limit, v;

	if(n <= 0)
		return 0;
	limit = ~0UL - ~0UL%n;
	do
		v = mix();
	while(v >= limit);
	return v%n;
}

int nrand(int n)
{
	return lnrand(n);
}

/* 0 to 1, 1 excluded */
double frand(void)
{
	return (mix()>>11) * 0x1p-53;
}

/* Fill buf with n bytes fit for keys; there is no going on without them. */
void genrandom(void *buf, usize n)
{
	int fd;

	fd = open("/dev/random", OREAD|OCEXEC);
	if(fd < 0)
		fd = open("#c/random", OREAD|OCEXEC);
	if(fd < 0 || readn(fd, buf, n) != (long)n)
		sysfatal("no random bytes: %r");
	close(fd);
}

void prng(uchar *buf, int n)
{
	genrandom(buf, n);
}

ulong truerand(void)
{
	ulong v;

	genrandom(&v, sizeof v);
	return v;
}

/* 0 to n-1, evenly, fit for keys */
ulong ntruerand(ulong n)
{
	ulong limit, v;

	if(n == 0)
		return 0;
	limit = ~0UL - ~0UL%n;
	do
		v = truerand();
	while(v >= limit);
	return v%n;
}
