/*
 * ipconfig: give an interface of an IP stack its addresses, written out or
 * by DHCP: ipconfig(8).  With DHCP a process stays behind to renew the lease;
 * the command ends when there is an address, or will be none.
 */
#include <u.h>
#include <libc.h>
#include <ip.h>
#include "ipconfig.h"

static int statusfd;

static void usage(void)
{
	fprint(2, "usage: ip/ipconfig [-6dDPrX] [-c ctl] [-g gateway] [-h host] [-m mtu] [-x net]\n"
		"\t[ether|loopback [device]] [add|remove|unbind|ra6] [address [mask]]\n");
	exits("usage");
}

/* --- DHCP in a process of its own --- */
static void ready(char *err)
{
	if(err != nil){
		write(statusfd, err, strlen(err));
		return;
	}
	close(statusfd);
	nullfds(3);
}

/* what it writes before it closes the pipe is why there is no address */
static void dhcp(Conf *c)
{
	char err[ERRMAX];
	int p[2];
	long n;

	if(pipe(p) < 0)
		sysfatal("pipe: %r");
	switch(rfork(RFPROC|RFFDG|RFNOTEG|RFNAMEG|RFENVG|RFNOWAIT)){
	case -1:
		sysfatal("fork: %r");
	case 0:
		close(p[0]);
		statusfd = p[1];
		exits(leaserun(c, ready) < 0? "dhcp": nil);
	}
	close(p[1]);
	n = readn(p[0], err, sizeof err-1);
	if(n > 0){
		err[n] = 0;
		sysfatal("dhcp: %s", err);
	}
}

/* --- verbs --- */
static void parseaddr(char *addr, char *maskarg, uchar *ip, uchar *mask)
{
	char *slash, *m;
	int v;

	m = maskarg;
	slash = strchr(addr, '/');
	if(slash != nil && m == nil){
		m = strdup(slash);
		*slash = 0;
	}
	v = parseip(ip, addr);
	if(v < 0)
		sysfatal("bad address: %s", addr);
	if(m == nil)
		defmask(ip, mask);
	else if(parseipmask(mask, m, v == 4) < 0)
		sysfatal("bad mask: %s", m);
}

static char *masktext(uchar *ip, uchar *mask)
{
	static char buf[64];
	uchar *p;

	p = mask+IPv4off;
	if(isv4(ip))
		snprint(buf, sizeof buf, "%d.%d.%d.%d", p[0], p[1], p[2], p[3]);
	else
		snprint(buf, sizeof buf, "%M", mask);
	return buf;
}

static void defaultroute(Conf *c)
{
	uchar gw[IPaddrlen];

	if(parseip(gw, c->gw) < 0)
		sysfatal("bad gateway: %s", c->gw);
	if(confroute(c, isv4(gw)? "add 0.0.0.0 0.0.0.0 %I": "add :: /0 %I", gw) < 0)
		sysfatal("%r");
}

static void addstatic(Conf *c, char *addr, char *maskarg)
{
	uchar ip[IPaddrlen], mask[IPaddrlen];
	char *text;

	parseaddr(addr, maskarg, ip, mask);
	if(confctl(c, "add %I %s", ip, masktext(ip, mask)) < 0)
		sysfatal("%r");
	if(strcmp(c->type, "loopback") == 0)
		return;
	text = c->gw != nil? smprint("ip=%I ipmask=%s ipgw=%s ifc=%s\n", ip, masktext(ip, mask), c->gw, c->dev):
		smprint("ip=%I ipmask=%s ifc=%s\n", ip, masktext(ip, mask), c->dev);
	if(text == nil || confndb(c, text) < 0)
		sysfatal("ndb: %r");
	free(text);
}

static void doremove(Conf *c, char *addr, char *maskarg)
{
	uchar ip[IPaddrlen], mask[IPaddrlen];

	parseaddr(addr, maskarg, ip, mask);
	if(conffind(c) < 0 || confctl(c, "remove %I %s", ip, masktext(ip, mask)) < 0 || confndb(c, "") < 0)
		sysfatal("%r");
}

static void dounbind(Conf *c)
{
	if(conffind(c) < 0 || confctl(c, "unbind") < 0 || confndb(c, "") < 0)
		sysfatal("%r");
}

/* name value ...: what is learned from routers */
static void dora6(Conf *c, int argc, char **argv)
{
	if(conffind(c) < 0)
		sysfatal("%r");
	if(argc == 0 || argc%2 != 0)
		usage();
	for(; argc > 0; argc -= 2, argv += 2)
		if(confctl(c, "ra6 %s %s", argv[0], argv[1]) < 0)
			sysfatal("%r");
}

static void doadd(Conf *c, int argc, char **argv, char **ctl, int nctl, int v6, int usedhcp)
{
	int i;

	if(argc > 2)
		usage();
	if(confopen(c) < 0)
		sysfatal("%r");
	for(i = 0; i < nctl; i++)
		if(confctl(c, "%s", ctl[i]) < 0)
			sysfatal("%r");
	/* also for DHCP, which names the interface by it */
	if(c->haveether && confip6(c) < 0)
		sysfatal("%r");
	if(argc > 0)
		addstatic(c, argv[0], argc > 1? argv[1]: nil);
	else if(c->haveether && (usedhcp || !v6))
		dhcp(c);
	if(c->gw != nil)
		defaultroute(c);
}

static int isverb(char *s)
{
	return strcmp(s, "add") == 0 || strcmp(s, "remove") == 0 || strcmp(s, "unbind") == 0 || strcmp(s, "ra6") == 0;
}

/* [type [device]] [verb]: the arguments left */
static char **whatfor(Conf *c, char **argv, char **verb)
{
	if(*argv != nil && (strcmp(*argv, "ether") == 0 || strcmp(*argv, "loopback") == 0)){
		c->type = *argv++;
		if(*argv != nil && (**argv == '/' || **argv == '#'))
			c->dev = *argv++;
	}
	if(strcmp(c->type, "loopback") == 0)
		c->dev = "loopback";
	else if(c->dev == nil && (c->dev = smprint("%s/ether0", c->net)) == nil)
		sysfatal("%r");
	*verb = *argv != nil && isverb(*argv)? *argv++: "add";
	return argv;
}

static int run(Conf *c, char *verb, int argc, char **argv)
{
	if(strcmp(verb, "ra6") == 0)
		dora6(c, argc, argv);
	else if(strcmp(verb, "unbind") == 0)
		dounbind(c);
	else if(strcmp(verb, "remove") == 0 && argc >= 1 && argc <= 2)
		doremove(c, argv[0], argc > 1? argv[1]: nil);
	else
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	Conf c = { .net = "/net", .type = "ether", .ifc = -1 };
	char *ctl[16], *verb, **args;
	int nctl = 0, v6 = 0, usedhcp = 0;

	fmtinstall('I', eipfmt);
	fmtinstall('V', eipfmt);
	fmtinstall('M', eipfmt);
	ARGBEGIN{
	case '6':
		v6 = 1;
		break;
	case 'c':
		if(nctl == nelem(ctl))
			usage();
		ctl[nctl++] = EARGF(usage());
		break;
	case 'd':
		usedhcp = 1;
		break;
	case 'D':
		c.debug = 1;
		break;
	case 'g':
		c.gw = EARGF(usage());
		break;
	case 'h':
		c.host = EARGF(usage());
		break;
	case 'm':
		c.mtu = atoi(EARGF(usage()));
		break;
	case 'P':
		c.nondb = 1;
		break;
	case 'r':
		c.forever = 1;
		break;
	case 'x':
		c.net = EARGF(usage());
		break;
	case 'X':
		c.once = 1;
		break;
	default:
		usage();
	}ARGEND
	args = whatfor(&c, argv, &verb);
	argc -= args-argv;
	if(strcmp(verb, "add") == 0)
		doadd(&c, argc, args, ctl, nctl, v6, usedhcp);
	else if(run(&c, verb, argc, args) < 0)
		usage();
	exits(nil);
}
