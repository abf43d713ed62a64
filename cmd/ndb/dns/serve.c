/*
 * serve.c: answering the network's questions: RFC 1035 over UDP, with
 * several processes that each take the next datagram, and over TCP, with a
 * process for each call.  Only questions that ask for recursion get more
 * than what the cache has.
 *
 * Runs for ever; what fails in one answer concerns nobody else.
 */
#include <u.h>
#include <libc.h>
#include <ip.h>
#include <dns.h>
#include "resolve.h"
#include "dat.h"

enum {
	Nudp = 8,		/* questions in datagrams at once */
	Maxcalls = 32,		/* calls at once */
	Callmax = 100,		/* questions of one */
	Calltime = 30000,	/* ms that it may last */
};

static long ncalls;

/* what the question asks for: its records, or none and a code */
static int find(Dnsmsg *m, Rr **rr)
{
	int code;

	*rr = nil;
	if(m->flags & Dnsopmask)
		return Dnsrnotimp;
	if(m->nquestion != 1)
		return Dnsrformat;
	if(m->qclass != DnsIN)
		return Dnsrrefused;
	if(dnstypename(m->qtype) == nil)
		return Dnsrnotimp;
	if((m->flags & Dnsrecurse) == 0)
		return cacheget(m->qname, m->qtype, nsec(), rr) == Cachenoname? Dnsrname: 0;
	if(resolve(&dnsnet, m->qname, m->qtype, rr, &code) == -1 && code == 0)
		return Dnsrserver;
	return code;
}

/* the message of n bytes at p becomes its answer, of at most max: its length, -1: none */
static int reply(uchar *p, int n, int max)
{
	Dnsmsg *m;
	int code;
	Rr *rr;

	if((m = malloc(sizeof *m)) == nil)
		return -1;
	if(dnsunpack(m, p, n) < 0){
		free(m);
		return -1;
	}
	dnsfree(m->rr);
	m->rr = nil;
	n = -1;
	if((m->flags & Dnsresp) == 0){
		code = find(m, &rr);
		m->flags = (m->flags & (Dnsrecurse|Dnsopmask)) | Dnsresp|Dnscanrec | code;
		m->rr = rr;
		n = dnspack(m, p, max);
		dnsfree(rr);
	}
	free(m);
	return n;
}

/* --- datagrams --- */
static int udpfd;

static void datagrams(void)
{
	uchar buf[Udphdrsize+Dnsudpmax];
	int n;

	while((n = read(udpfd, buf, sizeof buf)) > 0){
		n = reply(buf+Udphdrsize, n-Udphdrsize, Dnsudpmax);
		if(n > 0)
			write(udpfd, buf, Udphdrsize+n);
	}
}

/* --- calls --- */
static void call(int fd)
{
	uchar *buf, len[2];
	int i, n;

	if((buf = malloc(Dnsmax)) == nil)
		return;
	for(i = 0; i < Callmax && readn(fd, len, 2) == 2; i++){
		n = nhgets(len);
		if(readn(fd, buf, n) != n || (n = reply(buf, n, Dnsmax)) < 0)
			break;
		hnputs(len, n);
		if(write(fd, len, 2) != 2 || write(fd, buf, n) != n)
			break;
	}
	free(buf);
}

static void takecall(int ctl, char *dir)
{
	Watch *w;	/* not on the stack, which other processes do not see */
	int fd;

	w = malloc(sizeof *w);
	if((fd = accept(ctl, dir)) >= 0){
		if(w != nil && watch(w, ctl, Calltime) == 0){
			call(fd);
			unwatch(w);
		}
		close(fd);
	}
	free(w);
	close(ctl);
	__atomic_sub_fetch(&ncalls, 1, __ATOMIC_RELAXED);
}

static char tcpdir[NETPATHLEN];

static void calls(void)
{
	char dir[NETPATHLEN];
	int ctl;

	while((ctl = listen(tcpdir, dir)) >= 0){
		if(__atomic_add_fetch(&ncalls, 1, __ATOMIC_RELAXED) <= Maxcalls)
			switch(rfork(RFPROC|RFMEM|RFNOWAIT)){
			case 0:
				takecall(ctl, dir);
				_exits(nil);
			default:
				continue;
			case -1:
				break;
			}
		close(ctl);
		__atomic_sub_fetch(&ncalls, 1, __ATOMIC_RELAXED);
	}
}

/* --- starting --- */
static int announceudp(void)
{
	char path[128], num[32];
	int ctl, n;

	snprint(path, sizeof path, "%s/udp/clone", netroot);
	ctl = open(path, ORDWR|OCEXEC);
	if(ctl < 0)
		return -1;
	n = read(ctl, num, sizeof num-1);
	if(n > 0 && fprint(ctl, "headers") > 0 && fprint(ctl, "announce %d", Dnsport) > 0){
		num[n] = 0;
		snprint(path, sizeof path, "%s/udp/%d/data", netroot, atoi(num));
		udpfd = open(path, ORDWR|OCEXEC);
		if(udpfd >= 0)
			return 0;	/* ctl stays open: it is the announcement */
	}
	close(ctl);
	return -1;
}

static int process(void (*f)(void))
{
	switch(rfork(RFPROC|RFMEM|RFNOWAIT)){
	case -1:
		return -1;
	case 0:
		f();
		_exits(nil);
	}
	return 0;
}

int dnsserve(void)
{
	char addr[128];
	int i;

	snprint(addr, sizeof addr, "%s/tcp!*!%d", netroot, Dnsport);
	if(announceudp() < 0 || announce(addr, tcpdir) < 0 || process(calls) < 0)
		return -1;
	for(i = 0; i < Nudp; i++)
		if(process(datagrams) < 0)
			return -1;
	return 0;
}
