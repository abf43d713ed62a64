/*
 * frame.h: IPv4 frames made by hand, from 10.0.0.1 to 10.0.0.2.  What frame4
 * has made may be changed; framesend puts in the sums, unless it is told not
 * to, and gives the frame to a machine's stack as if it had come.
 */
#pragma once

enum {
	Framemost = 1514,
	Ethlen = 14,
	Ip4len = 20,
};

typedef struct Frame4 Frame4;
struct Frame4 {
	uchar b[Framemost];
	uchar *ip;		/* in b */
	u32int n;		/* of b, the Ethernet's header too */
	u8int noipsum, nosum;	/* the IP header's, the protocol's */
};

uchar *frame4(Frame4 *f, int proto, u32int n);	/* n bytes, all 0, which it returns, behind an IP header */
void framesend(Frame4 *f, Host *to);
void framesum(uchar *ip, u32int n, int noipsum, int nosum);	/* put sums into a packet of n bytes, if its lengths make sense */
void framesum6(uchar *ip, u32int n);
void put2(uchar *p, u32int v);
void put4(uchar *p, u32int v);
