/* ipconfig.h: what the files of ipconfig share */
#pragma once

typedef struct Conf Conf;
struct Conf {
	char *net;		/* the stack's directory */
	char *type;		/* ether or loopback */
	char *dev;
	int ifc;		/* of the interface, or -1 */
	int haveether;
	uchar ether[Etheraddrlen];
	char *host;
	char *gw;
	u32int mtu;
	int nondb;		/* do not write ndb */
	int forever;		/* do not give up on DHCP */
	int once;		/* do not stay to renew the lease */
	int debug;
};

/* conf.c: return 0, or -1 and errstr */
int confopen(Conf *c);			/* find the device's interface, or make one */
int conffind(Conf *c);			/* find it: -1 if there is none */
int confctl(Conf *c, char *fmt, ...);	/* write to the interface's ctl */
int confroute(Conf *c, char *fmt, ...);	/* to iproute */
int confip6(Conf *c);			/* link-local address; learn from routers */
/* the tuple of this interface in ndb becomes text, or goes; text ends in a newline */
int confndb(Conf *c, char *text);

/* lease.c */
int leaserun(Conf *c, void (*ready)(char *err));	/* calls ready once, nil: there is an address */
