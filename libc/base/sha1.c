/*
 * sha1.c: SHA-1 as FIPS 180-4 describes it, and HMAC as RFC 2104 does.  It
 * is what cap(3) is defined with; nothing new should use it.  Pure: no locks,
 * no memory.
 */
#include "u.h"
#include "lib.h"
#include "sha1.h"

enum { Block = 64 };

static u32int rotl(u32int x, int n)
{
	return x<<n | x>>(32-n);
}

/* the round function and constant of round t: section 4.1.1 and 4.2.1 */
static u32int mixer(int t, u32int b, u32int c, u32int d)
{
	switch(t/20){
	case 0:
		return (d ^ (b & (c ^ d))) + 0x5a827999;
	case 1:
		return (b ^ c ^ d) + 0x6ed9eba1;
	case 2:
		return ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
	}
	return (b ^ c ^ d) + 0xca62c1d6;
}

static void digestblock(u32int *h, const uchar *p)
{
	u32int w[80], s[5], x;
	int t;

	for(t = 0; t < 16; t++, p += 4)
		w[t] = (u32int)p[0]<<24 | p[1]<<16 | p[2]<<8 | p[3];
	for(; t < 80; t++)
		w[t] = rotl(w[t-3] ^ w[t-8] ^ w[t-14] ^ w[t-16], 1);
	memmove(s, h, sizeof s);
	for(t = 0; t < 80; t++){
		x = rotl(s[0], 5) + mixer(t, s[1], s[2], s[3]) + s[4] + w[t];
		s[4] = s[3];
		s[3] = s[2];
		s[2] = rotl(s[1], 30);
		s[1] = s[0];
		s[0] = x;
	}
	for(t = 0; t < 5; t++)
		h[t] += s[t];
}

void sha1begin(Sha1 *s)
{
	static const u32int start[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };

	memmove(s->h, start, sizeof start);
	s->len = 0;
}

void sha1add(Sha1 *s, const void *data, usize n)
{
	const uchar *p;
	usize have, m;

	p = data;
	while(n > 0){
		have = s->len % Block;
		m = Block-have < n ? Block-have : n;
		memmove(s->buf+have, p, m);
		s->len += m;
		p += m;
		n -= m;
		if(have+m == Block)
			digestblock(s->h, s->buf);
	}
}

void sha1end(Sha1 *s, uchar digest[SHA1LEN])
{
	static const uchar pad[Block] = { 0x80 };
	uchar len[8];
	u64int bits;
	int i;

	bits = s->len*8;
	for(i = 7; i >= 0; i--, bits >>= 8)
		len[i] = bits;
	sha1add(s, pad, 1 + (Block+55 - s->len%Block) % Block);
	sha1add(s, len, sizeof len);
	for(i = 0; i < SHA1LEN; i++)
		digest[i] = s->h[i/4] >> (24 - i%4*8);
}

void hmacsha1(const void *key, usize nkey, const void *p, usize n, uchar digest[SHA1LEN])
{
	uchar k[Block], pad[Block], inner[SHA1LEN];
	Sha1 s;
	int i;

	memset(k, 0, sizeof k);
	if(nkey > Block){
		sha1begin(&s);
		sha1add(&s, key, nkey);
		sha1end(&s, k);
	}else
		memmove(k, key, nkey);
	for(i = 0; i < Block; i++)
		pad[i] = k[i] ^ 0x36;
	sha1begin(&s);
	sha1add(&s, pad, Block);
	sha1add(&s, p, n);
	sha1end(&s, inner);
	for(i = 0; i < Block; i++)
		pad[i] = k[i] ^ 0x5c;
	sha1begin(&s);
	sha1add(&s, pad, Block);
	sha1add(&s, inner, sizeof inner);
	sha1end(&s, digest);
}
