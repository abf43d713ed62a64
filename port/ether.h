/*
 * ether.h: Ethernet interfaces.  A driver fills in an Ether and calls
 * etheradd; #l (srv/ether.c) serves it, through conversations, each of which
 * gets the frames of a type.  A frame is one piece of direct-mapped memory, counted,
 * that nobody changes once it was given to transmit or etherin: all who
 * want it share it.
 *
 * Locks: Ether.lk, for its conversations, their queues and the counts; a driver's own lock
 * may be held around it, but not taken within.
 */
#pragma once
typedef struct Ether Ether;
typedef struct Etherconv Etherconv;
typedef struct Etherframe Etherframe;

enum {
	Eaddrlen = 6,
	Etherhdr = 14,		/* destination, source, type */
	Ethermin = 60,		/* shorter ones are padded when sent; the chip adds the checksum */
	Ethermtu = 1500,
	Etherroom = 16,
	Etherjumbo = 9216,	/* greatest mtu */
	Ethertypemin = 0x600,	/* what is less in the place of the type is a length */
	Etherall = -1,		/* Etherconv.type: every frame */
	Etherqueue = 1024,	/* frames that wait for a conversation's reader: a few windows of TCP */
	Etheroutqueue = 512,	/* and for the chip, from those who cannot sleep */
	Maxether = 16,
	Maxetherconv = 64,	/* conversations of an interface */
	Maxethermulti = 16,	/* multicast addresses of a conversation */
};

struct Etherframe {
	long ref;
	u32int n;		/* bytes, header included, checksum not */
	u32int max;
	uchar *p;		/* the frame; Etherroom bytes before it are the driver's */
	/*
	 * If csumstart is not 0: the checksum of the bytes from there on is still to be put at csumoff
	 * behind it, where so far the sum of what else it covers is (ipsum.h).  Only those who have said
	 * that they need no sums are given such.
	 */
	u16int csumstart, csumoff;
	u8int sumok;		/* TCP's or UDP's sum need not be looked at by who receives it */
	uchar mem[];
};

typedef struct Etherstats Etherstats;
struct Etherstats {
	u64int in, out;
	u64int crc;		/* received with a bad checksum */
	u64int overflow;	/* lost by the chip, or for want of memory */
	u64int soft;		/* lost because a reader did not read, once for each reader */
	u64int frame;		/* runts and oversized ones */
	u64int outerr;		/* not sent, as there was no link */
};

struct Etherconv {
	Ether *ether;
	int id;
	long ref;		/* open files; 0: free.  All under ether->lk */
	int type;		/* Etherall, or at least Ethertypemin; 0: not connected */
	u8int prom, bridge, headersonly;
	u8int nosums;		/* its reader takes frames as they are, see csumstart */
	int nmulti;
	uchar multi[Maxethermulti][Eaddrlen];
	u64int in, out, lost;
	Etherframe *q[Etherqueue];
	u32int qr, qw;		/* taken and put so far */
	Rendez rr;
};

struct Ether {
	char *chip;		/* what it is, for ifstats */
	uchar addr[Eaddrlen];
	u32int mtu;		/* Ethermtu, to Etherjumbo */
	/*
	 * Send f, at least Ethermin and at most mtu+Etherhdr bytes: 0, and one reference is the
	 * driver's, to be dropped when it is sent; -1: no room now: then e->full was set, under a lock that
	 * the driver also holds when it clears it; etherroom, without that lock, tells.  Any level; does not sleep.
	 */
	int (*transmit)(Ether *e, Etherframe *f);
	void (*counts)(Ether *e);	/* under lk; adds what the chip has counted to stats; nil: it does not count */
	void *aux;

	u8int csum;		/* the chip puts sums in */
	u8int full;
	u8int link;		/* etherlink's */
	int mbps;		/* 0: not known */
	/* ether.c's */
	int unit;
	Lock lk;
	Etherstats stats;
	int nprom;		/* conversations that want all frames */
	Etherconv *conv[Maxetherconv];
	Rendez wr;
	Lock outlk;		/* for the queue of etherouttry; a driver's own and lk are taken within */
	Etherframe *outq[Etheroutqueue];
	u32int outr, outw;	/* sent and put so far */
};

/* for drivers.  Any level; none sleeps */
int etheradd(Ether *e);			/* at boot, one at a time; it lives for ever: 0, -1: too many */
Etherframe *etherframe(u32int max);	/* one reference, n is max; nil: no memory */
void etherfree(Etherframe *f);		/* drops a reference */
void etherin(Ether *e, Etherframe *f);	/* f was received, no matter for whom; takes the reference */
void etherroom(Ether *e);		/* full was cleared */
void etherlink(Ether *e, int on, int mbps);
void etherlost(Ether *e);		/* one frame, for want of memory */
void etherbad(Ether *e);		/* one runt, or oversized */

/* for those who use them */
Ether *etherunit(int unit);		/* nil: none */
Etherconv *etherconvnew(Ether *e);	/* one reference, not connected; nil and errstr */
Etherconv *etherconvget(Ether *e, int id);	/* takes a reference; nil: none such in use */
void etherconvput(Etherconv *c);	/* the last: it leaves all modes, what waits is freed */
int etherconvtype(Etherconv *c, int type);	/* -1 and errstr: not a type */
void etherconvprom(Etherconv *c, int bridge);
int etherconvmulti(Etherconv *c, uchar *addr, int add);	/* -1 and errstr */
Etherframe *ethertake(Etherconv *c);	/* the first that waits, one reference; sleeps; nil: interrupted */
Etherframe *ethernext(Etherconv *c);	/* the same without sleeping; nil: there is none */
int etherwait(Etherconv *c);		/* until there is one, or somebody else has taken it; -1: interrupted */
/*
 * Send f, at least Etherhdr bytes and at most the mtu's, of etherframe(at least Ethermin): fills in the source
 * unless the conversation is a bridge, and pads.  Takes the reference, sleeps
 * while there is no room; -1 and errstr: interrupted.  The interface's other
 * conversations get it as if it had come by wire.
 */
mustcheck int etherout(Etherconv *c, Etherframe *f);
void etherouttry(Etherconv *c, Etherframe *f);	/* the same, but without room it waits in a queue; if that is full it is lost, and counted so.  Any level */
