/*
 * lease.c: DHCP over a stack's udp: a conversation with headers on port 68,
 * read by a process of its own that shares memory with the one that runs the
 * machine of dhcp.c, so that this one can wait for a datagram and for a time.
 * Until there is an address the conversation's interface is told by the IPv6
 * link-local address in the header, ip(3).
 */
#include <u.h>
#include <libc.h>
#include <ip.h>
#include "dhcp.h"
#include "ipconfig.h"

enum {
	Second = 1000,		/* ms */
	Giveup = 15*Second,
	Day = 24*3600*Second,
	Clientport = 68,
	Serverport = 67,
	Nslot = 8,
};

/* between the reader and the machine: slots in turn, each the one's or the other's */
typedef struct Slot Slot;
struct Slot {
	int n;
	uchar buf[Udphdrsize+1500];
};
static Slot slot[Nslot];
static long nfull;		/* semaphores */
static long nfree = Nslot;
static int nextslot;		/* the machine's */
static int datafd;
static int readerpid;

static vlong nowms(void)
{
	return nsec()/1000000;
}

static void reader(void)
{
	Slot *s;
	int i;

	for(i = 0;; i = (i+1) % Nslot){
		if(semacquire(&nfree, 1) != 1){
			i--;
			continue;
		}
		s = &slot[i];
		s->n = read(datafd, s->buf, sizeof s->buf);
		semrelease(&nfull, 1);
		if(s->n <= 0)
			_exits(nil);
	}
}

static int opendata(char *dir)
{
	char file[NETPATHLEN+8];

	snprint(file, sizeof file, "%s/data", dir);
	return open(file, ORDWR);
}

static int opendhcp(Conf *c)
{
	char addr[256], dir[NETPATHLEN];
	int ctl, pid;

	snprint(addr, sizeof addr, "%s/udp!*!%d", c->net, Clientport);
	ctl = announce(addr, dir);
	if(ctl < 0)
		return -1;
	datafd = fprint(ctl, "headers") < 0? -1: opendata(dir);
	close(ctl);
	if(datafd < 0)
		return -1;
	nfull = 0;
	nfree = Nslot;
	nextslot = 0;
	pid = rfork(RFPROC|RFMEM);
	if(pid == 0)
		reader();
	readerpid = pid;
	if(pid > 0)
		return 0;
	close(datafd);
	return -1;
}

/* another process may have the port, for another interface, and will soon be done: ipconfig waits for it too */
static int waitopen(Conf *c, vlong end)
{
	while(opendhcp(c) < 0){
		if(end >= 0 && nowms() >= end)
			return -1;
		sleep(Second);
	}
	return 0;
}

static void closedhcp(void)
{
	int pid;

	postnote(PNPROC, readerpid, "kill");
	while((pid = waitpid()) >= 0 && pid != readerpid)
		;
	readerpid = 0;
	close(datafd);
}

static void endreader(void)
{
	if(readerpid > 0)
		postnote(PNPROC, readerpid, "kill");
}

static void send(Conf *c, Dhcp *d)
{
	uchar buf[Udphdrsize+Bootpmax];
	Udphdr *h;

	h = (Udphdr*)buf;
	memset(h, 0, sizeof *h);
	v4tov6(h->raddr, d->to);
	if(d->state >= Drenewing)
		v4tov6(h->laddr, d->lease.ip);
	else
		memmove(h->laddr, v4prefix, IPaddrlen);
	etherlinklocal(h->ifcaddr, c->ether);
	hnputs(h->rport, Serverport);
	hnputs(h->lport, Clientport);
	memmove(buf+Udphdrsize, d->out, d->nout);
	if(c->debug)
		fprint(2, "ipconfig: to %V, state %d\n", d->to, d->state);
	if(write(datafd, buf, Udphdrsize+d->nout) < 0 && c->debug)
		fprint(2, "ipconfig: send: %r\n");	/* it will be sent again */
}

static void unconfigure(Conf *c, Lease *l)
{
	if(confctl(c, "remove %V 255.255.255.255", l->ip) < 0 && c->debug)
		fprint(2, "ipconfig: %r\n");
	confroute(c, "remove 0.0.0.0 0.0.0.0");
	confndb(c, "");
}

static int configure(Conf *c, Lease *l)
{
	static uchar none[4];
	char text[1024], *s, *e;
	int i;

	if(confctl(c, "add %V %d.%d.%d.%d", l->ip, l->mask[0], l->mask[1], l->mask[2], l->mask[3]) < 0)
		return -1;
	if(l->mtu != 0 && c->mtu == 0 && confctl(c, "mtu %ud", l->mtu) < 0 && c->debug)
		fprint(2, "ipconfig: %r\n");	/* a server's odd wish */
	if(c->gw == nil && memcmp(l->gw, none, 4) != 0 && confroute(c, "add 0.0.0.0 0.0.0.0 %V", l->gw) < 0)
		return -1;
	s = text;
	e = text+sizeof text;
	s = seprint(s, e, "ip=%V ipmask=%V ipgw=%V ifc=%s\n", l->ip, l->mask, l->gw, c->dev);
	if(l->host[0] != 0)
		s = seprint(s, e, "\tsys=%s\n", l->host);
	if(l->dom[0] != 0)
		s = seprint(s, e, "\tdnsdomain=%s\n", l->dom);
	for(i = 0; i < l->ndns; i++)
		s = seprint(s, e, "\tdns=%V\n", l->dns[i]);
	if(memcmp(l->ntp, none, 4) != 0)
		s = seprint(s, e, "\tntp=%V\n", l->ntp);
	return confndb(c, text);
}

/* do what the machine says */
static int obey(Conf *c, Dhcp *d, Lease *have, int what)
{
	if(what & Dsend)
		send(c, d);
	if(what & (Dlost|Dgot) && have->ip[0] != 0){
		unconfigure(c, have);
		memset(have, 0, sizeof *have);
	}
	if(what & Dgot){
		*have = d->lease;
		return configure(c, have);
	}
	return 0;
}

/* wait for a datagram or for ms to pass: what the machine makes of it; -1: the stack is gone */
static int await1(Dhcp *d, vlong ms)
{
	Slot *s;
	int r;

	if(tsemacquire(&nfull, ms > 0? ms: 1) != 1)	/* time, or a note */
		return dhcpstep(d, nil, 0, nowms());
	s = &slot[nextslot];
	nextslot = (nextslot+1) % Nslot;
	if(s->n <= 0){
		werrstr("the stack has gone");
		return -1;
	}
	r = dhcpstep(d, s->buf+Udphdrsize, s->n-Udphdrsize, nowms());
	semrelease(&nfree, 1);
	return r;
}

/* from when the machine wants to speak until it is content; end: until then at most, or -1 */
static int exchange(Conf *c, Dhcp *d, Lease *have, vlong end)
{
	vlong wait;
	int what;

	if(waitopen(c, end) < 0)
		return -1;
	what = dhcpstep(d, nil, 0, nowms());
	for(;;){
		if(what < 0 || obey(c, d, have, what) < 0)
			break;
		if(d->state == Dbound){
			closedhcp();
			return 0;
		}
		wait = d->next-nowms();
		if(end >= 0){
			if(nowms() >= end){
				werrstr("no answer");
				break;
			}
			if(end-nowms() < wait)
				wait = end-nowms();
		}
		what = await1(d, wait);
	}
	closedhcp();
	return -1;
}

static void sleepuntil(vlong t)
{
	vlong ms;

	while((ms = t-nowms()) > 0)
		sleep(ms < Day? ms: Day);
}

int leaserun(Conf *c, void (*ready)(char *err))
{
	char err[ERRMAX];
	Lease have;
	Dhcp d;

	memset(&d, 0, sizeof d);
	memset(&have, 0, sizeof have);
	memmove(d.ether, c->ether, sizeof d.ether);
	if(c->host != nil)
		strecpy(d.host, d.host+sizeof d.host, c->host);
	atexit(endreader);
	if(exchange(c, &d, &have, c->forever? -1: nowms()+Giveup) < 0){
		rerrstr(err, sizeof err);
		ready(err);
		return -1;
	}
	ready(nil);
	while(!c->once && d.next >= 0){
		sleepuntil(d.next);
		if(exchange(c, &d, &have, -1) < 0)
			return -1;
	}
	return 0;
}
