/*
 * dhcp.h: a DHCP client (RFC 2131, 2132) as a machine without files or
 * clocks: the caller gives it what came and what time it is, and it says
 * what to send, what became of the lease, and when it wants to be called
 * again.  Times are in ms of any clock that does not go back.
 */
#pragma once

enum {
	Maxdns = 4,
	Maxname = 64,
	Bootpmax = 576,
};

typedef struct Lease Lease;
struct Lease {
	uchar ip[4], mask[4], gw[4], server[4];	/* zeros: not told */
	uchar dns[Maxdns][4];
	uchar ntp[4];
	int ndns;
	char dom[Maxname];
	char host[Maxname];
	u32int mtu;
	u32int secs, t1, t2;	/* secs ~0: for ever */
};

enum {	/* Dhcp.state, the RFC's names */
	Dinit,
	Dselecting,
	Drequesting,
	Dbound,
	Drenewing,
	Drebinding,
};

enum {	/* what dhcpstep returns, or'ed */
	Dsend = 1,	/* out is to be sent, to port 67 of to */
	Dgot = 2,	/* lease is new, or changed */
	Dlost = 4,	/* the address may not be used any longer */
};

typedef struct Dhcp Dhcp;
struct Dhcp {
	uchar ether[6];		/* the caller sets these two */
	char host[Maxname];	/* our name for the server, or "" */
	int state;
	u32int xid;
	int tries;
	vlong begun;		/* the exchange */
	vlong got;		/* the lease */
	vlong next;		/* when to call dhcpstep; -1: never */
	Lease offer, lease;
	uchar out[Bootpmax];
	int nout;
	uchar to[4];
};

/*
 * msg of n bytes has come, or time has passed (nil).  Messages that are not
 * for us, or make no sense, change nothing.
 */
int dhcpstep(Dhcp *d, const uchar *msg, int n, vlong now);
