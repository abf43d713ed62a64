/*
 * dns.h: messages of the domain name system, dns(2).  Include after u.h and
 * libc.h.
 *
 * A name is text without a point at its end; the root is "".  A byte of a
 * label that is not printable ASCII, or is a point or a backslash, is written
 * \ddd, three decimal digits.
 */
#pragma once
typedef struct Rr Rr;
typedef struct Dnsmsg Dnsmsg;

enum {
	Dnsnamelen = 1024,	/* room for any name as text */
	Dnsudpmax = 512,	/* a message in a datagram */
	Dnsmax = 65535,		/* and on a stream */
	Dnsport = 53,
	Dnsmaxrr = 512,		/* records in a message that is accepted */
};

enum {	/* Rr.type */
	DnsA = 1, DnsNS = 2, DnsCNAME = 5, DnsSOA = 6, DnsPTR = 12, DnsMX = 15,
	DnsTXT = 16, DnsAAAA = 28, DnsSRV = 33, DnsOPT = 41, DnsALL = 255,
	DnsIN = 1,		/* Rr.class */
};

enum {	/* Dnsmsg.flags */
	Dnsresp = 1<<15,
	Dnsopmask = 15<<11,	/* 0: a query */
	Dnsauth = 1<<10,
	Dnstrunc = 1<<9,
	Dnsrecurse = 1<<8,	/* is asked for */
	Dnscanrec = 1<<7,	/* is offered */
	Dnsrmask = 15,		/* the code: */
	Dnsrformat = 1, Dnsrserver = 2, Dnsrname = 3, Dnsrnotimp = 4, Dnsrrefused = 5,
};

enum { Dnsanswer, Dnsauthority, Dnsadditional };	/* Rr.section */

struct Rr {	/* a record, one piece of memory */
	Rr *next;
	char *name;
	u16int type;
	u16int class;
	u32int ttl;		/* seconds */
	u8int section;
	u8int naddr;		/* A: 4, AAAA: 16 */
	uchar addr[16];
	char *host;		/* NS CNAME PTR MX SRV; SOA: the first server */
	char *text;		/* TXT: the strings joined, NULs left out; SOA: the mailbox, a name */
	u16int pref;		/* MX SRV */
	u16int weight;		/* SRV */
	u16int port;
	u32int soa[5];		/* serial refresh retry expire minimum */
};

struct Dnsmsg {
	u16int id;
	u16int flags;
	int nquestion;		/* 0 or 1 */
	char qname[Dnsnamelen];
	u16int qtype;
	u16int qclass;
	Rr *rr;			/* in their order */
};

/*
 * Take apart the n bytes at p, which may be anything: 0, or -1 and errstr.
 * Records of types not listed above are left out.  The records are freed by
 * dnsfree.
 */
int dnsunpack(Dnsmsg *m, uchar *p, int n);
/*
 * Make a message in n bytes at p: its length, or -1 and errstr if a name is
 * bad.  When the records do not fit it has none, and Dnstrunc.
 */
int dnspack(Dnsmsg *m, uchar *p, int n);
Rr *rrnew(char *name, int type, char *host, char *text);	/* class IN; nil: memory */
Rr *rrcopy(Rr *rr);		/* one */
void dnsfree(Rr *rr);		/* all from rr on */
Rr *rrcat(Rr *a, Rr *b);	/* b behind a */
int dnsnameok(char *name);	/* can it be in a message? 0, or -1 and errstr */
/* A name for a type and back; "ip" and "ipv6" are A and AAAA.  -1: not known; dnstypename's is static, or nil. */
int dnstype(char *s);
char *dnstypename(int type);
char *dnsaddrname(char *buf, int n, uchar *addr, int naddr);	/* the name whose PTR record an address (4 or 16 bytes) has */
int dnsnameaddr(char *name, uchar *addr);	/* and back: 4 or 16, or -1: it is none */
int rrtext(char *buf, int n, Rr *rr);	/* the value as text, by %I, which the program has installed; its length */
