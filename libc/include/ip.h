/*
 * ip.h: Internet addresses, and the files of an IP stack: ip(2), ip(3).
 *
 * An address is 16 bytes, an IPv4 one as ::ffff:a.b.c.d; a mask likewise, an
 * IPv4 one with its first 96 bits set.  4-byte forms are IPv4's own.
 * Numbers in packets have their greater bytes first.
 */
#pragma once

enum {
	IPaddrlen = 16,
	IPv4addrlen = 4,
	IPv4off = 12,		/* of the IPv4 address in 16 bytes */
	Etheraddrlen = 6,
	Udphdrsize = 52,	/* of struct Udphdr in front of a datagram */
};

typedef struct Ipifc Ipifc;
typedef struct Iplifc Iplifc;
typedef struct Udphdr Udphdr;

struct Iplifc {	/* an address of an interface */
	Iplifc *next;
	uchar ip[IPaddrlen];
	uchar mask[IPaddrlen];
	uchar net[IPaddrlen];	/* ip & mask */
	int tentative;		/* it is not known yet that nobody else has it */
};

struct Ipifc {
	Ipifc *next;
	Iplifc *lifc;
	int index;		/* the number of its directory */
	char dev[64];
	u32int mtu;
	int recvra6;		/* it learns from router advertisements */
	u64int pktin, pktout, errin, errout;
};

/* what is in front of a datagram of udp with `headers` */
struct Udphdr {
	uchar raddr[IPaddrlen];
	uchar laddr[IPaddrlen];
	uchar ifcaddr[IPaddrlen];
	uchar rport[2];
	uchar lport[2];
};

extern const uchar IPnoaddr[IPaddrlen];		/* :: */
extern const uchar IPv4bcast[IPaddrlen];	/* 255.255.255.255 */
extern const uchar IPallbits[IPaddrlen];	/* the mask of one address */
extern const uchar v4prefix[IPaddrlen];		/* ::ffff:0.0.0.0, IPv4's any */

/* text: parse functions return -1 for what is none and then leave the result alone */
int parseip(uchar *ip, const char *s);		/* 4 or 6, what it was written as */
int v4parseip(uchar *ip4, const char *s);	/* 0; 1 to 4 numbers, those left out before the last are 0 */
int parseipmask(uchar *mask, const char *s, int v4);	/* /n, of IPv4's 32 bits if v4; or an address: 0 */
int parseether(uchar *ether, const char *s);	/* 12 digits, or with colons: 0 */
int eipfmt(Fmt *f);	/* I 16 bytes, V 4 bytes, M a mask of 16 as /n, E Ethernet */

/* kinds */
int isv4(const uchar *ip);
void v4tov6(uchar *ip, const uchar *ip4);
int v6tov4(uchar *ip4, const uchar *ip);	/* -1: it is none */
int ipcmp(const uchar *a, const uchar *b);	/* 0 if the same */
int isv6linklocal(const uchar *ip);
void maskip(const uchar *ip, const uchar *mask, uchar *net);
int maskbits(const uchar *mask);	/* of 128; -1: ones after a zero */
void defmask(const uchar *ip, uchar *mask);	/* by IPv4's classes; /64 of IPv6 */
void etherlinklocal(uchar *ip, const uchar *ether);	/* fe80:: and the EUI-64 */

/* numbers in packets */
u16int nhgets(const void *p);
u32int nhgetl(const void *p);
void hnputs(void *p, u16int v);
void hnputl(void *p, u32int v);
u16int ipsum(const void *p, int n);	/* the Internet checksum of n bytes */

/* the stack at net, "/net" for nil */
Ipifc *readipifc(char *net, Ipifc *old, int index);	/* all, or the one; old is freed; nil: none */
void freeipifc(Ipifc *i);
int myipaddr(uchar *ip, char *net);	/* the first that is no loopback's: 0, -1 */
int myetheraddr(uchar *ether, char *dev);	/* of an Ethernet's directory: 0, -1 and errstr */

/*
 * As read, but for at most ms: -1 and "timed out".  It uses the process's
 * alarm, so only one process of those that share memory may use it.
 */
long readwithin(int fd, void *p, long n, long ms);
