/* needs: tests/host/libc/check.c port/ipsum.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport */
/*
 * t_ipsum: the Internet checksum beside RFC 1071's definition of it, and its example.
 */
#include "lib.h"
#include "check.h"
#include "ipsum.h"

static u32int seed = 1;

static u32int draw(void)
{
	seed = seed*1103515245 + 12345;
	return seed>>16 & 0x7fff;
}

/* the sum of 16-bit words, the first byte the high one */
static u32int words(uchar *p, u32int n)
{
	u32int s = 0, i;

	for(i = 0; i < n; i++)
		s += i & 1 ? p[i] : p[i]<<8;
	while(s>>16 != 0)
		s = (s & 0xffff) + (s>>16);
	return s;
}

static u32int swap(u32int v)
{
	return (v & 0xff)<<8 | v>>8;
}

int main(void)
{
	static uchar example[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
	static uchar buf[2100], ones[70000];
	u32int i, k, n, at, start, off;

	checkint(swap(ipsum(example, 8)), 0xddf2);
	checkint(ipsum(buf, 0), 0);
	for(i = 0; i < sizeof ones; i++)
		ones[i] = 0xff;
	checkint(ipsum(ones, sizeof ones), 0xffff);
	for(i = 0; i < 3000; i++){
		for(k = 0; k < sizeof buf; k++)
			buf[k] = draw() % 3 == 0 ? 0xff : draw();
		at = draw() % 9;
		n = i < 100 ? i : draw() % 2000;
		checkint(swap(ipsum(buf+at, n)), words(buf+at, n));
		if(n < 40)
			continue;
		start = draw() % 20;
		off = 2*(draw() % 8);
		k = words(buf+at+start+off, 2);	/* a pseudo header's sum, to the receiver */
		ipsumput(buf+at, n, start, off);
		if((words(buf+at+start, n-start) + k) % 0xffff != 0)
			break;
	}
	checkint(i, 3000);
	for(i = 0; i < 20; i++)
		buf[i] = 0;
	buf[0] = buf[1] = 0xff;		/* whose sum would be 0 */
	ipsumput(buf, 20, 0, 6);
	checkint(buf[6]<<8 | buf[7], 0xffff);
	return checkdone();
}
