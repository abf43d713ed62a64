/*
 * hoptest: three routers and a host, on an Ethernet of its own: whoever asks
 * for an address gets this card's; an echo request with a time to live of 1 or 2
 * is thrown away by 10.9.0.254 or 10.8.0.1, and one with 3 by 10.7.0.1, which
 * does not say so; others are answered.  traceroute(8) is to find that out.
 *
 *	hoptest #l/ether1
 */
#include <u.h>
#include <libc.h>
#include <ip.h>

enum {
	Eth = 14,
	Arplen = 28,
	Ip = 20,
	Icmphdr = 8,
};

static uchar mac[6];
static uchar router[][4] = { { 10, 9, 0, 254 }, { 10, 8, 0, 1 }, { 10, 7, 0, 1 } };

static int opencard(char *dev)
{
	char name[128], num[32];
	int ctl;
	long n;

	if(myetheraddr(mac, dev) < 0)
		sysfatal("%r");
	snprint(name, sizeof name, "%s/clone", dev);
	ctl = open(name, ORDWR);
	if(ctl < 0 || (n = read(ctl, num, sizeof num-1)) <= 0 || fprint(ctl, "connect -1") < 0)
		sysfatal("%s: %r", name);
	num[n] = 0;
	snprint(name, sizeof name, "%s/%d/data", dev, atoi(num));
	return open(name, ORDWR);
}

static void toether(uchar *f)
{
	memmove(f, f+6, 6);
	memmove(f+6, mac, 6);
}

/* a question who has an address: we; 0: it is none */
static int arp(uchar *f, int n)
{
	uchar asked[4], *p;

	p = f+Eth;
	if(n < Eth+Arplen || nhgets(f+12) != 0x806 || nhgets(p+6) != 1 || p[24] != 10 || p[27] != 254)
		return 0;
	toether(f);
	memmove(asked, p+24, 4);
	hnputs(p+6, 2);
	memmove(p+18, p+8, 10);
	memmove(p+8, mac, 6);
	memmove(p+14, asked, 4);
	return Eth+Arplen;
}

/* turn the packet round, as from addr, n bytes with its header */
static void answer(uchar *p, uchar *addr, int n)
{
	memmove(p+16, p+12, 4);
	memmove(p+12, addr, 4);
	hnputs(p+2, n);
	p[8] = 64;
	p[9] = 1;
	hnputs(p+10, 0);
	hnputs(p+10, ipsum(p, Ip));
	hnputs(p+Ip+2, 0);
	hnputs(p+Ip+2, ipsum(p+Ip, n-Ip));
}

/* an echo request: its answer, or that its time is over; 0: neither */
static int echo(uchar *f, int n)
{
	uchar *p, dst[4];
	int ttl;

	p = f+Eth;
	n = nhgets(p+2);
	if(nhgets(f+12) != 0x800 || p[0] != 0x45 || p[9] != 1 || p[Ip] != 8)
		return 0;
	ttl = p[8];
	if(ttl == 3)
		return 0;
	toether(f);
	memmove(dst, p+16, 4);
	if(ttl > 3){
		p[Ip] = 0;
		answer(p, dst, n);
		return Eth+n;
	}
	memmove(p+Ip+Icmphdr, p, Ip+Icmphdr);	/* the beginning of what was thrown away */
	memset(p+Ip, 0, Icmphdr);
	p[Ip] = 11;
	n = Ip+Icmphdr+Ip+Icmphdr;
	answer(p, router[ttl-1], n);
	return Eth+n;
}

int main(int argc, char **argv)
{
	uchar f[2048];
	long n;
	int fd, m;

	if(argc != 2)
		sysfatal("usage: hoptest dev");
	fd = opencard(argv[1]);
	if(fd < 0)
		sysfatal("%s: %r", argv[1]);
	switch(fork()){
	case -1:
		sysfatal("fork: %r");
	case 0:
		break;
	default:
		exits(nil);	/* frames are kept for us from now on */
	}
	while((n = read(fd, f, sizeof f)) > 0){
		m = arp(f, n);
		if(m == 0 && n > Eth+Ip+Icmphdr)
			m = echo(f, n);
		if(m > 0)
			write(fd, f, m);
	}
	exits(nil);
}
