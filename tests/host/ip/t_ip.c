/*
 * t_ip: the files of /net, by clients on two machines: calls of tcp and how
 * they end, datagrams of udp with and without headers, echoes of icmp and
 * icmpv6, the tables, and control words that are refused.
 */
#include <stdio.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "host.h"
#include "net.h"

usize __sanitizer_get_current_allocated_bytes(void);	/* of ASan: no header of it is where we look */

static void tcpcall(char *addr, char *port)
{
	char adir[64], bdir[64], want[64];
	int a, b;

	netcall(addr, port, &a, &b, adir, bdir);
	check(has(hget(A, hname(adir, "status")), "Established"));
	snprint(want, sizeof want, "%s!%s\n", addr, port);
	checkstr(hget(A, hname(adir, "remote")), want);
	checkstr(hget(B, hname(bdir, "local")), want);
	check(hwrite(A, a, "hello"));
	checkstr(hread(B, b), "hello");
	check(hwrite(B, b, "and back"));
	checkstr(hread(A, a), "and back");
	hclose(A, a);
	checkstr(hread(B, b), "");
	check(has(hget(B, hname(bdir, "status")), "Close_wait"));
	hclose(B, b);
	check(has(hget(B, hname(bdir, "status")), "Closed"));
}

static void tcpends(void)
{
	char dir[64];
	int ctl, a, b, i;
	char adir[64], bdir[64];

	ctl = hconv(A, "tcp", dir);
	check(!hwrite(A, ctl, "connect 10.0.0.2!99"));
	checkstr(herr, "connection refused");
	checkstr(hget(A, hname(dir, "err")), "connection refused");
	hclose(A, ctl);
	ctl = hconv(A, "tcp", dir);
	check(!hwrite(A, ctl, "connect 192.168.7.7!99"));
	checkstr(herr, "no route");
	hclose(A, ctl);
	/* a reader that is waiting when its conversation is hung up */
	netcall("10.0.0.2", "81", &a, &b, adir, bdir);
	check(hwrite(A, a, "unread"));
	for(i = 0; i < 20; i++)
		netstep();
	hclose(B, b);	/* what was not read is lost, and A is told */
	check(hread(A, a) == nil);
	checkstr(herr, "connection reset");
	check(!hwrite(A, a, "x"));
	hclose(A, a);
}

static void flushed(void)
{
	char adir[64], bdir[64];
	Fcall f, r;
	int a, b, tag;

	netcall("10.0.0.2", "82", &a, &b, adir, bdir);
	f = (Fcall){ .type = Tread, .fid = a, .count = 100 };
	tag = hsend(A, &f);
	netstep();
	check(!hdone(A, tag, &r));
	f = (Fcall){ .type = Tflush, .oldtag = tag };
	checkint(hcall(A, &f, &r), Rflush);
	check(hdone(A, tag, &r));
	checkint(r.type, Rerror);
	check(hwrite(B, b, "kept"));
	checkstr(hread(A, a), "kept");
	hclose(A, a);
	hclose(B, b);
}

/* --- udp --- */
static void udpcalls(void)
{
	char ldir[64], adir[64], bdir[64];
	u32int lfid;
	Fcall r;
	int lctl, actl, a, b, i, tag;

	lctl = hconv(B, "udp", ldir);
	check(hwrite(B, lctl, "announce *!7"));
	actl = hconv(A, "udp", adir);
	check(hwrite(A, actl, "connect 10.0.0.2!7"));
	a = hopen(A, hname(adir, "data"), ORDWR);
	tag = hopensend(B, hname(ldir, "listen"), ORDWR, &lfid);
	check(hwrite(A, a, "one"));
	check(hwrite(A, a, "two"));
	checkint(hwait(B, tag, &r), Ropen);
	snprint(bdir, sizeof bdir, "udp/%s", hread(B, lfid));
	b = hopen(B, hname(bdir, "data"), ORDWR);
	checkstr(hread(B, b), "one");
	checkstr(hread(B, b), "two");
	check(hwrite(B, b, "three"));
	checkstr(hread(A, a), "three");
	for(i = 0; i < 1000; i++){	/* empty ones, which are kept as others are, but not without end */
		check(hwrite(A, a, ""));
		netstep();
	}
	check(has(hget(B, "udp/stats"), "dropped 488\n"));
	hclose(A, a);
	hclose(A, actl);
	hclose(B, b);
	hclose(B, lfid);
	hclose(B, lctl);
}

static void udpheaders(void)
{
	static uchar v4[12] = { [10] = 0xFF, [11] = 0xFF }, b2[4] = { 10, 0, 0, 2 }, a1[4] = { 10, 0, 0, 1 };
	char bdir[64], adir[64];
	uchar m[52+3];
	Fcall f, r;
	int b, a, actl, bctl;

	bctl = hconv(B, "udp", bdir);
	check(hwrite(B, bctl, "headers"));
	check(hwrite(B, bctl, "announce 5000"));
	b = hopen(B, hname(bdir, "data"), ORDWR);
	actl = hconv(A, "udp", adir);
	check(hwrite(A, actl, "connect 10.0.0.2!5000 6000"));
	checkstr(hget(A, hname(adir, "local")), "10.0.0.1!6000\n");
	a = hopen(A, hname(adir, "data"), ORDWR);
	check(hwrite(A, a, "abc"));
	f = (Fcall){ .type = Tread, .fid = b, .count = 8000 };
	checkint(hcall(B, &f, &r), Rread);
	checkint(r.count, sizeof m);
	memmove(m, r.data, sizeof m);
	check(memcmp(m, v4, 12) == 0 && memcmp(m+12, a1, 4) == 0);
	check(memcmp(m+16, v4, 12) == 0 && memcmp(m+28, b2, 4) == 0 && memcmp(m+44, b2, 4) == 0);
	checkint(m[48]<<8 | m[49], 6000);
	checkint(m[50]<<8 | m[51], 5000);
	check(memcmp(m+52, "abc", 3) == 0);
	m[52] = 'x';
	f = (Fcall){ .type = Twrite, .fid = b, .count = sizeof m, .data = (char*)m };
	checkint(hcall(B, &f, &r), Rwrite);
	checkstr(hread(A, a), "xbc");
	f.count = 20;	/* not even a header */
	checkint(hcall(B, &f, &r), Rerror);
	hclose(A, a);
	hclose(A, actl);
	hclose(B, b);
	hclose(B, bctl);
}

/* to all: the link-local address names the interface, which has no IPv4 address; and an answer to an address that is not ours yet */
static void udpall(void)
{
	static uchar v4[12] = { [10] = 0xFF, [11] = 0xFF }, b2[4] = { 10, 0, 0, 2 }, all[4] = { 255, 255, 255, 255 };
	static uchar local[16] = { 0xFE, 0x80, [8] = 2, [15] = 7 };
	char bdir[64], adir[64];
	uchar m[52+3], got[52+3];
	Fcall f, r;
	int b, a, actl, bctl, ifc;

	ifc = hopen(A, "ipifc/0/ctl", ORDWR);
	check(hwrite(A, ifc, "add fe80::200:0:0:7 /64"));
	check(hwrite(A, ifc, "remove 10.0.0.1 255.255.255.0"));
	bctl = hconv(B, "udp", bdir);
	check(hwrite(B, bctl, "headers"));
	check(hwrite(B, bctl, "announce 67"));
	b = hopen(B, hname(bdir, "data"), ORDWR);
	actl = hconv(A, "udp", adir);
	check(hwrite(A, actl, "headers"));
	check(hwrite(A, actl, "announce 68"));
	a = hopen(A, hname(adir, "data"), ORDWR);

	memset(m, 0, sizeof m);
	memmove(m, v4, 12);
	memmove(m+12, all, 4);
	memmove(m+32, local, 16);
	m[49] = 67;
	memmove(m+52, "who", 3);
	f = (Fcall){ .type = Twrite, .fid = a, .count = sizeof m, .data = (char*)m };
	checkint(hcall(A, &f, &r), Rwrite);
	f = (Fcall){ .type = Tread, .fid = b, .count = 8000 };
	checkint(hcall(B, &f, &r), Rread);
	checkint(r.count, sizeof got);
	memmove(got, r.data, sizeof got);
	check(memcmp(got+12, "\0\0\0\0", 4) == 0);
	check(memcmp(got+28, all, 4) == 0 && memcmp(got+44, b2, 4) == 0);
	check(memcmp(got+52, "who", 3) == 0);
	m[32+15] = 9;	/* nobody's */
	f = (Fcall){ .type = Twrite, .fid = a, .count = sizeof m, .data = (char*)m };
	checkint(hcall(A, &f, &r), Rerror);

	memmove(m+16, v4, 12);	/* out of B's, the first */
	memset(m+32, 0, 16);
	m[49] = 68;
	memmove(m+52, "you", 3);
	f = (Fcall){ .type = Twrite, .fid = b, .count = sizeof m, .data = (char*)m };
	checkint(hcall(B, &f, &r), Rwrite);
	f = (Fcall){ .type = Tread, .fid = a, .count = 8000 };
	checkint(hcall(A, &f, &r), Rread);
	checkint(r.count, sizeof got);
	check(memcmp(r.data+52, "you", 3) == 0 && memcmp(r.data+12, b2, 4) == 0);
	check(hwrite(A, ifc, "add 10.0.0.1 255.255.255.0"));
	check(hwrite(A, ifc, "remove fe80::200:0:0:7"));
	hclose(A, ifc);
	hclose(A, a);
	hclose(A, actl);
	hclose(B, b);
	hclose(B, bctl);
}

/* --- icmp --- */
static void ping(char *proto, char *addr, u32int hdr, int request, int answer)
{
	char dir[64], cmd[64];
	uchar m[40+8+56];
	Fcall f, r;
	u32int i, n;
	int ctl, d;

	ctl = hconv(A, proto, dir);
	snprint(cmd, sizeof cmd, "connect %s!1", addr);
	check(hwrite(A, ctl, cmd));
	d = hopen(A, hname(dir, "data"), ORDWR);
	n = hdr+8+56;
	memset(m, 0, sizeof m);
	m[hdr] = request;
	m[hdr+7] = 1;
	for(i = 0; i < 56; i++)
		m[hdr+8+i] = i;
	f = (Fcall){ .type = Twrite, .fid = d, .count = n, .data = (char*)m };
	checkint(hcall(A, &f, &r), Rwrite);
	f = (Fcall){ .type = Tread, .fid = d, .count = 8000 };
	checkint(hcall(A, &f, &r), Rread);
	checkint(r.count, n);
	checkint((uchar)r.data[hdr], answer);
	check(memcmp(r.data+hdr+8, m+hdr+8, 56) == 0);
	hclose(A, d);
	hclose(A, ctl);
}

/* --- tables, words --- */
static void tables(void)
{
	int fid;

	check(has(hget(A, "arp"), "10.0.0.2        020000000002"));
	check(has(hget(A, "ipselftab"), "10.0.0.1 ") && has(hget(A, "ipselftab"), "fd00::1 "));
	check(has(hget(A, "iproute"), "10.0.0.0           /120 10.0.0.1"));
	fid = hopen(A, "iproute", ORDWR);
	check(hwrite(A, fid, "add 192.168.7.0 255.255.255.0 10.0.0.2"));
	check(has(hget(A, "iproute"), "192.168.7.0        /120 10.0.0.2"));
	check(!hwrite(A, fid, "add 192.168.7.0 255.0.255.0 10.0.0.2"));
	check(!hwrite(A, fid, "add 192.168.7.0 /24 fd00::2"));
	check(hwrite(A, fid, "remove 192.168.7.0 255.255.255.0"));
	check(!hwrite(A, fid, "remove 192.168.7.0 255.255.255.0"));
	hclose(A, fid);
	fid = hopen(A, "ndb", ORDWR|OTRUNC);
	check(hwrite(A, fid, "ip=10.0.0.1 dns=10.0.0.2\n"));
	checkstr(hget(A, "ndb"), "ip=10.0.0.1 dns=10.0.0.2\n");
	hclose(A, fid);
	check(has(hget(A, "ipifc/0/status"), "10.0.0.1 255.255.255.0"));
	check(hget(A, "tcp/4095/status") == nil);
	check(hget(A, "tcp/00/status") == nil);
}

static void words(void)
{
	static char *bad[] = {
		"", "connect", "connect 10.0.0.2", "connect 10.0.0.300!1", "connect 10.0.0.2!65536", "connect 10.0.0.2!-1",
		"announce", "announce x!y", "ttl", "ttl 0", "ttl 256", "ttl x", "tos -1", "bind", "wibble", "connect a b c d",
		"connect *!80", "announce 10.0.0.77!80!x!y z",
	};
	char dir[64];
	int ctl;
	uint i;

	ctl = hconv(A, "tcp", dir);
	for(i = 0; i < nelem(bad); i++)
		check(!hwrite(A, ctl, bad[i]));
	check(hwrite(A, ctl, "ttl 7"));
	check(hwrite(A, ctl, "announce 90"));
	check(!hwrite(A, ctl, "announce 91"));
	check(!hwrite(A, ctl, "connect 10.0.0.2!1"));
	check(has(hget(A, hname(dir, "status")), "Listen"));
	hclose(A, ctl);
}

static void loopback(void)
{
	char dir[64], ldir[64];
	u32int lfid;
	Fcall r;
	int ctl, lctl, actl, tag;

	ctl = hconv(A, "ipifc", dir);
	check(hwrite(A, ctl, "bind loopback /dev/null"));
	check(hwrite(A, ctl, "add 127.0.0.1 255.0.0.0"));
	lctl = hconv(A, "tcp", ldir);
	check(hwrite(A, lctl, "announce 127.0.0.1!25"));
	tag = hopensend(A, hname(ldir, "listen"), ORDWR, &lfid);
	actl = hconv(A, "tcp", dir);
	check(hwrite(A, actl, "connect 127.0.0.1!25"));
	checkint(hwait(A, tag, &r), Ropen);
	hclose(A, lfid);
	hclose(A, actl);
	hclose(A, lctl);
	check(hwrite(A, ctl, "unbind"));
	hclose(A, ctl);
}

/* --- what icmp says of packets --- */
static uchar caught[1514];
static u32int ncaught;

static void catch(uchar *p, u32int n)
{
	if(ncaught == 0 && n > 34 && p[12] == 8 && p[13] == 0 && p[30] == 192){
		memmove(caught, p, n);
		ncaught = n;
	}
}

static void putsum(uchar *p, u32int n, uchar *at)
{
	u32int sum, i;

	sum = 0;
	for(i = 0; i < n; i += 2)
		sum += p[i]<<8 | p[i+1];
	while(sum>>16)
		sum = (sum & 0xFFFF) + (sum>>16);
	at[0] = ~sum>>8;
	at[1] = ~sum;
}

/* the first router says that of the packet that was caught; broken: with a wrong sum */
static void says(int type, int code, int broken)
{
	uchar f[14+20+8+28], *ip, *m;

	memset(f, 0, sizeof f);
	memmove(f, caught+6, 6);
	memmove(f+6, caught, 6);
	f[12] = 8;
	ip = f+14;
	ip[0] = 0x45;
	ip[3] = sizeof f-14;
	ip[8] = 64;
	ip[9] = 1;
	memmove(ip+12, "\012\0\0\2\012\0\0\1", 8);
	putsum(ip, 20, ip+10);
	m = ip+20;
	m[0] = type;
	m[1] = code;
	memmove(m+8, caught+14, 28);
	putsum(m, 36, m+2);
	m[3] ^= broken;
	A->st->input(A->nic, f, sizeof f);
}

static int sendcaught(char *proto, char *remote, int *ctl, char *dir)
{
	static uchar m[20+8+4] = { [20] = 8, [27] = 1 };	/* icmp's header, and an echo */
	Fcall f, r;
	int d;

	ncaught = 0;
	*ctl = hconv(A, proto, dir);
	check(hwrite(A, *ctl, remote));
	d = hopen(A, hname(dir, "data"), ORDWR);
	f = (Fcall){ .type = Twrite, .fid = d, .count = sizeof m, .data = (char*)m };
	checkint(hcall(A, &f, &r), Rwrite);
	while(ncaught == 0)
		netstep();
	return d;
}

static void udpadvice(void)
{
	char dir[64];
	int ctl, d;

	d = sendcaught("udp", "connect 192.168.7.1!9", &ctl, dir);
	says(11, 0, 1);
	says(3, 4, 0);
	says(8, 0, 0);
	check(hwrite(A, d, "again"));
	says(11, 0, 0);
	check(hread(A, d) == nil);
	checkstr(herr, "ttl exceeded at 10.0.0.2");
	checkstr(hget(A, hname(dir, "err")), herr);
	check(!hwrite(A, d, "and again"));
	hclose(A, d);
	hclose(A, ctl);
	ctl = hconv(A, "udp", dir);	/* by the other machine itself */
	check(hwrite(A, ctl, "connect 10.0.0.2!99"));
	d = hopen(A, hname(dir, "data"), ORDWR);
	check(hwrite(A, d, "anybody there"));
	check(hread(A, d) == nil);
	checkstr(herr, "port unreachable at 10.0.0.2");
	hclose(A, d);
	hclose(A, ctl);
	d = sendcaught("udp", "connect 192.168.7.1!9", &ctl, dir);
	check(hwrite(A, ctl, "ignoreadvice"));
	says(3, 3, 0);
	check(hwrite(A, d, "all the same"));
	hclose(A, d);
	hclose(A, ctl);
}

static void tcpadvice(void)
{
	char dir[64];
	Fcall f, r;
	int ctl, tag;

	ncaught = 0;
	ctl = hconv(A, "tcp", dir);
	f = (Fcall){ .type = Twrite, .fid = ctl, .count = 22, .data = "connect 192.168.7.1!80" };
	tag = hsend(A, &f);
	while(ncaught == 0)
		netstep();
	says(3, 1, 0);
	checkint(hwait(A, tag, &r), Rerror);
	checkstr(r.ename, "host unreachable at 10.0.0.2");
	hclose(A, ctl);
}

static void icmpadvice(void)
{
	char dir[64];
	Fcall f, r;
	int ctl, d;

	d = sendcaught("icmp", "connect 192.168.7.1!1", &ctl, dir);
	says(11, 0, 0);
	f = (Fcall){ .type = Tread, .fid = d, .count = 8000 };
	checkint(hcall(A, &f, &r), Rread);
	check(r.count == 56 && r.data[20] == 11 && r.data[15] == 2);
	hclose(A, d);
	hclose(A, ctl);
}

static void advice(void)
{
	int fid;

	fid = hopen(A, "iproute", ORDWR);
	check(hwrite(A, fid, "add 192.168.7.0 255.255.255.0 10.0.0.2"));
	line.tap = catch;
	udpadvice();
	tcpadvice();
	icmpadvice();
	line.tap = nil;
	check(hwrite(A, fid, "remove 192.168.7.0 255.255.255.0"));
	hclose(A, fid);
}

/* somebody sets the clock back: what is lost is still sent again */
static void clockback(void)
{
	char dir[64];
	Fcall f, r;
	int ctl, tag, i;

	hostclock -= 3600*1000000000LL;
	A->due = B->due = 0;
	ctl = hconv(A, "tcp", dir);
	f = (Fcall){ .type = Twrite, .fid = ctl, .count = 19, .data = "connect 10.0.0.2!81" };
	line.cut = 1;
	tag = hsend(A, &f);
	for(i = 0; i < 100; i++)
		netstep();
	line.cut = 0;
	checkint(hwait(A, tag, &r), Rerror);
	checkstr(r.ename, "connection refused");
	hclose(A, ctl);
}

/* a window full of single bytes, which nobody reads, costs little more than the bytes do */
static void singlebytes(void)
{
	enum { N = 5000 };
	char adir[64], bdir[64], *s;
	usize before, now;
	int ctl, a, b, i, n;

	netcall("10.0.0.2", "83", &a, &b, adir, bdir);
	ctl = hopen(A, hname(adir, "ctl"), ORDWR);
	check(hwrite(A, ctl, "nodelay"));
	hclose(A, ctl);
	check(hwrite(A, a, "0"));
	before = __sanitizer_get_current_allocated_bytes();
	for(i = 1; i < N; i++){
		check(hwrite(A, a, i%10 == 0? "0": "1"));
		netstep();
	}
	for(i = 0; i < 500; i++)
		netstep();
	now = __sanitizer_get_current_allocated_bytes();
	snprint(herr, sizeof herr, " qin %d ", N);
	check(has(hget(B, hname(bdir, "status")), herr));
	checkint(now > before && (now-before)/N >= 8, 0);
	for(n = 0; n < N; n += i){
		s = hread(B, b);
		check(s != nil && *s != 0);
		for(i = 0; s[i] != 0; i++)
			checkint(s[i], (n+i)%10 == 0? '0': '1');
	}
	hclose(A, a);
	hclose(B, b);
}

/* datagrams to one who does not say where he is */
static void noneighbour(void)
{
	enum { N = 1000 };
	char dir[64], big[1000];
	usize before, now;
	int ctl, a, i;

	ctl = hconv(A, "udp", dir);
	check(hwrite(A, ctl, "connect fd00::77!9"));
	a = hopen(A, hname(dir, "data"), ORDWR);
	memset(big, 'x', sizeof big);
	big[sizeof big-1] = 0;
	before = __sanitizer_get_current_allocated_bytes();
	for(i = 0; i < N; i++)
		check(hwrite(A, a, big));
	now = __sanitizer_get_current_allocated_bytes();
	checkint(now > before && now-before > 20*sizeof big, 0);
	hclose(A, a);
	hclose(A, ctl);
}

int main(void)
{
	netopen(1);
	tcpcall("10.0.0.2", "80");
	tcpcall("fd00::2", "80");
	tcpends();
	flushed();
	udpcalls();
	udpheaders();
	udpall();
	ping("icmp", "10.0.0.2", 20, 8, 0);
	ping("icmpv6", "fd00::2", 40, 128, 129);
	tables();
	advice();
	clockback();
	words();
	loopback();
	singlebytes();
	noneighbour();
	netclose();
	return checkdone();
}
