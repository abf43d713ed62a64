/*
 * sha1.h: SHA-1 (FIPS 180-4) and HMAC (RFC 2104) over it.
 */
#pragma once
enum { SHA1LEN = 20 };

typedef struct Sha1 Sha1;
struct Sha1 {
	u32int h[5];
	u64int len;		/* bytes so far */
	uchar buf[64];		/* not yet digested: len%64 of them */
};
void sha1begin(Sha1*);
void sha1add(Sha1*, const void *p, usize n);
void sha1end(Sha1*, uchar digest[SHA1LEN]);
void hmacsha1(const void *key, usize nkey, const void *p, usize n, uchar digest[SHA1LEN]);
