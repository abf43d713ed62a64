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

/* a segment of n bytes in a frame, IPv4 with options of 4*extra bytes or IPv6; its length */
static u32int segment(uchar *f, int v6, u32int extra, u32int n)
{
	uchar *p = f + 14;
	u32int h = v6 ? 40 : 20 + 4*extra, all = h + n, i;

	for(i = 0; i < 14 + all; i++)
		f[i] = draw();
	f[12] = v6 ? 0x86 : 0x08;
	f[13] = v6 ? 0xdd : 0x00;
	p[0] = v6 ? 0x60 : 0x40 | h/4;
	if(v6)
		all = n;
	p[v6 ? 4 : 2] = all>>8;
	p[v6 ? 5 : 3] = all;
	p[v6 ? 6 : 9] = 6;
	if(!v6)
		p[6] = p[7] = 0;
	return 14 + h + n;
}

/* what a receiver of TCP sums up, RFC 9293's pseudo header first */
static u32int received(uchar *f, int v6, u32int h, u32int n)
{
	uchar *p = f + 14;

	return (words(v6 ? p+8 : p+12, v6 ? 32 : 8) + 6 + n + words(p + h, n)) % 0xffff;
}

static void segments(void)
{
	static uchar f[2000], g[2000];
	u32int i, n, m, at, extra, k;
	int v6;

	for(i = 0; i < 2000; i++){
		v6 = i & 1;
		extra = i/2 % 11;
		n = 20 + draw() % 1400;
		m = segment(f, v6, extra, n);
		at = ipsumleave(f, m + draw() % 3);
		checkint(at, 14 + (v6 ? 40 : 20 + 4*extra));
		ipsumput(f, at + n, at, Ipsumtcp);
		checkint(received(f, v6, at - 14, n), 0);
	}
	for(i = 0; i < 2000; i++){	/* others are let alone */
		v6 = i & 1;
		m = segment(f, v6, 0, 20 + draw() % 100);
		switch(i/2 % 5){
		case 0: m = draw() % (v6 ? 74 : 54); break;
		case 1: f[12] ^= 0x20; break;
		case 2: f[14 + (v6 ? 6 : 9)] = 17; break;
		case 3: f[14] = v6 ? 0x45 : 0x44; break;
		case 4: f[14 + (v6 ? 4 : 2)] = 0xff; break;
		}
		for(k = 0; k < sizeof f; k++)
			g[k] = f[k];
		checkint(ipsumleave(f, m), 0);
		for(k = 0; k < sizeof f && f[k] == g[k]; k++)
			;
		checkint(k, sizeof f);
	}
	m = segment(f, 0, 0, 100);
	f[14+6] = 0x20;			/* more fragments */
	checkint(ipsumleave(f, m), 0);
	f[14+6] = 0x40;			/* not to be fragmented */
	checkint(ipsumleave(f, m), 34);
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
	segments();
	return checkdone();
}
