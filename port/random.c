/*
 * random.c: random bytes fit for keys.
 *
 * Output comes from ChaCha20 (RFC 8439, 2.3) under a key that is replaced in
 * every request by the first half of its own first block ("fast key
 * erasure"), so what is in memory tells nothing of what was given out; the
 * second half keys the request's own stream, made without the lock.
 *
 * Input (randadd) goes into a pool: xored over the first 32 of 64 bytes,
 * then the ChaCha permutation with feed-forward, so that it cannot be run
 * backwards.  When the pool has got Enough bits, and every Reseed bytes or
 * Oldage of time, it is hashed into the key.  The first use seeds it from the
 * processor (hwrandom), the clocks, and the jitter of timed loops; virtio-rng
 * and the console's key strokes add to it as they come.
 *
 * randadd is called in interrupts: it only notes its data in a small ring,
 * which the next genrandom digests.  Locks: addlk the ring; randlk the pool
 * and key; order randlk, addlk.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"

enum {
	Block = 64,
	Keylen = 32,
	Notelen = 512,
	Enough = 128,		/* bits that make a reseeding worth while */
	Reseed = 1<<20,		/* bytes given out under one seed, at most */
	Jitters = 128,		/* timed loops at the start */
	Rounds = 10,		/* double rounds */
};
#define OLDAGE (300*1000000000LL)	/* ns */

static Lock addlk;
static struct {
	uchar p[Notelen];
	u32int n;		/* next place; wraps */
	u32int fresh;		/* bytes not digested, at most Notelen */
	u32int bits;
} notes;

static Lock randlk;
static u32int pool[16];
static u32int key[8];
static u8int seeded;
static u64int given;		/* bytes since the last seed */
static vlong seedtime;
static u64int nonce;		/* makes blocks differ even should a key come twice */

static inline u32int rotl(u32int x, int n)
{
	return x<<n | x>>(32-n);
}

static inline void quarter(u32int *x, int a, int b, int c, int d)
{
	x[a] += x[b];
	x[d] = rotl(x[d]^x[a], 16);
	x[c] += x[d];
	x[b] = rotl(x[b]^x[c], 12);
	x[a] += x[b];
	x[d] = rotl(x[d]^x[a], 8);
	x[c] += x[d];
	x[b] = rotl(x[b]^x[c], 7);
}

/* x becomes the permuted x plus the old x */
static void mix(u32int *x)
{
	u32int old[16];
	int i;

	memmove(old, x, sizeof old);
	for(i = 0; i < Rounds; i++){
		quarter(x, 0, 4, 8, 12);
		quarter(x, 1, 5, 9, 13);
		quarter(x, 2, 6, 10, 14);
		quarter(x, 3, 7, 11, 15);
		quarter(x, 0, 5, 10, 15);
		quarter(x, 1, 6, 11, 12);
		quarter(x, 2, 7, 8, 13);
		quarter(x, 3, 4, 9, 14);
	}
	for(i = 0; i < 16; i++)
		x[i] += old[i];
}

/* the block of key k with that counter and nonce */
static void block(u32int *out, u32int *k, u64int counter, u64int non)
{
	out[0] = 0x61707865;
	out[1] = 0x3320646e;
	out[2] = 0x79622d32;
	out[3] = 0x6b206574;
	memmove(out+4, k, Keylen);
	out[12] = counter;
	out[13] = counter>>32;
	out[14] = non;
	out[15] = non>>32;
	mix(out);
}

/* randlk held */
static void absorb(uchar *p, usize n)
{
	usize i, m;

	for(; n > 0; p += m, n -= m){
		m = MIN(n, Keylen);
		for(i = 0; i < m; i++)
			((uchar*)pool)[i] ^= p[i];
		((uchar*)pool)[Keylen] ^= m;
		mix(pool);
	}
}

/* moves what interrupts noted into the pool; randlk held; the bits it was worth */
static u32int digest(void)
{
	uchar buf[Notelen];
	u32int bits;

	lock(&addlk);
	if(notes.fresh == 0){
		unlock(&addlk);
		return 0;
	}
	memmove(buf, notes.p, sizeof buf);
	bits = notes.bits;
	notes.bits = 0;
	notes.fresh = 0;
	unlock(&addlk);
	absorb(buf, sizeof buf);
	return bits;
}

/* a new key of the old one and the pool; randlk held */
static void reseed(void)
{
	int i;

	mix(pool);
	for(i = 0; i < 8; i++)
		key[i] ^= pool[8+i];
	absorb((uchar*)key, sizeof key);	/* the pool goes on, unlike the key */
	given = 0;
	seedtime = monons();
}

/* the time that small loops take, which varies with all else the machine does */
static void jitter(void)
{
	u64int t[16];
	volatile u32int x;
	int i, j;

	x = 0;
	for(i = 0; i < Jitters; i++){
		for(j = 0; j < 1+(i&7); j++)
			x += ((volatile uchar*)pool)[(x+j*13) & 63];
		t[i&15] = cycles();
		if((i&15) == 15)
			absorb((uchar*)t, sizeof t);
	}
}

/* the first seed; randlk held */
static void firstseed(void)
{
	struct {
		uchar hw[Block];
		vlong now, mono;
		u64int tsc;
		void *stk;
	} s;

	memset(&s, 0, sizeof s);
	hwrandom(s.hw, sizeof s.hw);
	s.mono = monons();
	s.now = boottime + s.mono;
	s.tsc = cycles();
	s.stk = &s;
	absorb((uchar*)&s, sizeof s);
	jitter();
	digest();
	reseed();
	seeded = 1;
}

/* now and then: fresh input into the key; randlk held */
static void keepfresh(void)
{
	uchar hw[Keylen];

	if(!seeded){
		firstseed();
		return;
	}
	if(notes.bits < Enough && given < Reseed && monons()-seedtime < OLDAGE)
		return;
	memset(hw, 0, sizeof hw);
	hwrandom(hw, sizeof hw);
	absorb(hw, sizeof hw);
	digest();
	reseed();
}

/* splits the state: a key for one request, the generator's own replaced */
static void fork(u32int *k, usize n)
{
	u32int b[16];

	lock(&randlk);
	keepfresh();
	block(b, key, 0, nonce++);
	memmove(key, b, Keylen);
	given += n;
	unlock(&randlk);
	memmove(k, b+8, Keylen);
	memset(b, 0, sizeof b);
	__asm__ volatile("" :: "r"(b) : "memory");	/* really cleared */
}

/* n random bytes.  Any level; does not sleep */
void genrandom(void *buf, usize n)
{
	u32int k[8], b[16];
	u64int i;
	uchar *p;
	usize m;

	fork(k, n);
	p = buf;
	for(i = 0; n > 0; i++, p += m, n -= m){
		block(b, k, i, 0);
		m = MIN(n, Block);
		memmove(p, b, m);
	}
	memset(k, 0, sizeof k);
	memset(b, 0, sizeof b);
	__asm__ volatile("" :: "r"(k), "r"(b) : "memory");
}

void randadd(const void *data, usize n, int bits)
{
	const uchar *p;
	u64int t;
	usize i;

	t = cycles();
	p = data;
	lock(&addlk);
	for(i = 0; i < n; i++)
		notes.p[notes.n++ % Notelen] ^= p[i];
	for(i = 0; i < sizeof t; i++, t >>= 8)
		notes.p[notes.n++ % Notelen] ^= t;
	notes.fresh += n + sizeof t;
	if(bits > 0 && notes.bits < 1<<20)
		notes.bits += MIN((u32int)bits, 1U<<16);
	unlock(&addlk);
}
