/* needs: tests/host/libc/check.c libc/base/sha1.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport */
/*
 * t_sha1: the examples of FIPS 180 and RFC 2202, and every way to cut a text.
 */
#include "lib.h"
#include "check.h"
#include "sha1.h"

static char *hex(uchar *d)
{
	static char buf[2*SHA1LEN+1];
	int i;

	for(i = 0; i < SHA1LEN; i++){
		buf[2*i] = "0123456789abcdef"[d[i]>>4];
		buf[2*i+1] = "0123456789abcdef"[d[i]&15];
	}
	return buf;
}

static char *sum(char *s, int n, int times)
{
	uchar d[SHA1LEN];
	Sha1 h;

	sha1begin(&h);
	for(; times > 0; times--)
		sha1add(&h, s, n);
	sha1end(&h, d);
	return hex(d);
}

static char *mac(char *key, int nkey, char *s, int n)
{
	uchar d[SHA1LEN];

	hmacsha1(key, nkey, s, n, d);
	return hex(d);
}

static void testcuts(void)
{
	char text[200], want[2*SHA1LEN+1];
	uchar d[SHA1LEN];
	Sha1 h;
	int i, j;

	for(i = 0; i < 200; i++)
		text[i] = i*7;
	for(i = 0; i <= 200; i++){
		memmove(want, sum(text, i, 1), sizeof want);
		for(j = 0; j <= i; j += 13){
			sha1begin(&h);
			sha1add(&h, text, j);
			sha1add(&h, text+j, i-j);
			sha1end(&h, d);
			checkstr(hex(d), want);
		}
	}
}

int main(void)
{
	char k[80], data[50];

	checkstr(sum("", 0, 1), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	checkstr(sum("abc", 3, 1), "a9993e364706816aba3e25717850c26c9cd0d89d");
	checkstr(sum("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, 1),
		"84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	checkstr(sum("a", 1, 1000000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
	testcuts();
	memset(k, 0x0b, 20);
	checkstr(mac(k, 20, "Hi There", 8), "b617318655057264e28bc0b6fb378c8ef146be00");
	checkstr(mac("Jefe", 4, "what do ya want for nothing?", 28), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	memset(k, 0xaa, 20);
	memset(data, 0xdd, 50);
	checkstr(mac(k, 20, data, 50), "125d7342b9ac11cd91a39af48aa17b4f63f175d3");
	memset(k, 0xaa, 80);
	checkstr(mac(k, 80, "Test Using Larger Than Block-Size Key - Hash Key First", 54),
		"aa4ae5e15272d00e95705637ce8a3b55ed402112");
	return checkdone();
}
