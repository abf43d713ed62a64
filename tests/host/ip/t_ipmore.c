/*
 * t_ipmore: what conversations and interfaces can besides, each of it before
 * and after B's stack has moved: half-closed connections, tables longer than
 * a message, several IPv4 addresses, groups, forwarding, snoop, log.
 */
#include <stdio.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "host.h"
#include "net.h"

/* n times so many ms */
static void pass(int n, int ms)
{
	for(; n > 0; n--){
		hostclock += (ms-1)*1000000LL;
		netstep();
	}
}

/* A says its last word, B answers, having moved or not */
static void half(int moves)
{
	char adir[64], bdir[64];
	int a, b, actl;

	netcall("10.0.0.2", "80", &a, &b, adir, bdir);
	actl = hopen(A, hname(adir, "ctl"), ORDWR);
	check(hwrite(A, a, "question"));
	check(hwrite(A, actl, "halfclose"));
	check(!hwrite(A, a, "more"));
	check(!hwrite(A, actl, "halfclose"));
	checkstr(hread(B, b), "question");
	checkstr(hread(B, b), "");
	pass(10, 1);
	check(has(hget(A, hname(adir, "status")), "Finwait2"));
	check(has(hget(B, hname(bdir, "status")), "Close_wait"));
	if(moves)
		netmove(B);
	check(hwrite(B, b, "answer"));
	checkstr(hread(A, a), "answer");
	hclose(B, b);
	checkstr(hread(A, a), "");
	check(has(hget(A, hname(adir, "status")), "Closed"));
	pass(300, 500);	/* until TIME_WAIT is over: nothing of it may be ours */
	check(has(hget(A, "tcp/stats"), "timewait 0"));
	hclose(A, actl);
	hclose(A, a);
}

/* the one that moves has said its last word; the other side answers, and ends later */
static void halfmoved(void)
{
	char adir[64], bdir[64];
	int a, b, bctl;

	netcall("fd00::2", "81", &a, &b, adir, bdir);
	bctl = hopen(B, hname(bdir, "ctl"), ORDWR);
	check(hwrite(B, b, "all"));
	check(hwrite(B, bctl, "halfclose"));
	netmove(B);
	check(!hwrite(B, b, "more"));
	checkstr(hread(A, a), "all");
	checkstr(hread(A, a), "");
	check(hwrite(A, a, "thanks"));
	hclose(A, a);
	checkstr(hread(B, b), "thanks");
	checkstr(hread(B, b), "");
	hclose(B, b);
	hclose(B, bctl);
}

/* a table of which every line is where it should be, whatever the reads' places */
static void longtable(void)
{
	char cmd[80];
	static char all[16384];
	char *s;
	Fcall f, r;
	int fid, i, n, at;

	fid = hopen(A, "iproute", ORDWR);
	for(i = 0; i < 60; i++){
		snprint(cmd, sizeof cmd, "add fd01:2345:6789:abcd:%x:1111:2222:3333 /128 fd00::2 t%d", 0x8000+i, i);
		check(hwrite(A, fid, cmd));
	}
	for(n = 0; n < (int)sizeof all; n += r.count){
		f = (Fcall){ .type = Tread, .fid = fid, .offset = n, .count = 777 };
		if(hcall(A, &f, &r) != Rread || r.count == 0)
			break;
		memmove(all+n, r.data, r.count);
	}
	all[n] = 0;
	check(n > 4096);
	for(i = at = 0; i < 60; i++){
		snprint(cmd, sizeof cmd, ":%x:1111:2222:3333 /128", 0x8000+i);
		s = strstr(all+at, cmd);
		check(s != nil);
		if(s != nil)
			at = s-all;
	}
	check(hwrite(A, fid, "flush"));
	hclose(A, fid);
}

/* --- several addresses --- */

/* A calls addr, where B listens; B sees this address, and answers */
static void reach(char *addr, char *port)
{
	char adir[64], bdir[64], want[64];
	int a, b;

	netcall(addr, port, &a, &b, adir, bdir);
	snprint(want, sizeof want, "%s!%s\n", addr, port);
	checkstr(hget(B, hname(bdir, "local")), want);
	check(hwrite(B, b, "here"));
	checkstr(hread(A, a), "here");
	hclose(A, a);
	hclose(B, b);
}

static void addresses(void)
{
	char adir[64], bdir[64], cmd[64];
	int ifa, ifb, a, b, i;

	ifa = hopen(A, "ipifc/0/ctl", ORDWR);
	ifb = hopen(B, "ipifc/0/ctl", ORDWR);
	check(hwrite(B, ifb, "add 10.0.0.22 /24"));
	check(hwrite(B, ifb, "add 10.1.0.2 /24"));
	check(hwrite(B, ifb, "add 10.1.0.2 255.255.0.0"));
	check(hwrite(A, ifa, "add 10.1.0.1 /16"));
	check(has(hget(B, "ipifc/0/status"), "10.0.0.2 255.255.255.0\n\t10.0.0.22 255.255.255.0\n\t10.1.0.2 255.255.0.0\n"));
	check(has(hget(B, "ipselftab"), "10.0.0.22 ") && has(hget(B, "iproute"), "10.1.0.0           /112 10.1.0.2"));
	reach("10.0.0.22", "90");
	reach("10.1.0.2", "91");
	netcall("10.1.0.2", "92", &a, &b, adir, bdir);
	netmove(B);
	check(has(hget(B, "arp"), "10.1.0.1 "));
	reach("10.0.0.22", "93");
	reach("10.0.0.2", "94");
	check(hwrite(A, a, "after"));
	checkstr(hread(B, b), "after");
	snprint(cmd, sizeof cmd, "remove 10.1.0.2");
	check(hwrite(B, ifb, cmd));
	check(!hwrite(B, ifb, cmd));
	check(!hwrite(B, b, "its address is gone"));
	hclose(A, a);
	hclose(B, b);
	for(i = 3; i < 100; i++){
		snprint(cmd, sizeof cmd, "add 10.2.%d.2 /24", i);
		if(!hwrite(B, ifb, cmd))
			break;
	}
	checkstr(herr, "too many addresses");
	netmove(B);
	reach("10.0.0.22", "95");
	for(; i > 3; i--){
		snprint(cmd, sizeof cmd, "remove 10.2.%d.2", i-1);
		check(hwrite(B, ifb, cmd));
	}
	check(hwrite(B, ifb, "remove 10.0.0.22"));
	check(hwrite(A, ifa, "remove 10.1.0.1"));
	hclose(A, ifa);
	hclose(B, ifb);
}

/* --- groups --- */
static u32int reports;	/* of IGMP and MLD */

static void tap(uchar *p, u32int n)
{
	if(n > 60 && p[12] == 0x86 && p[20] == 0 && p[62] == 131)
		reports++;
	if(n >= 46 && p[12] == 8 && p[13] == 0 && p[23] == 2 && p[14+(p[14]&15)*4] == 0x16)
		reports++;
}

static void group(char *ifc, char *addr)
{
	char adir[64], bdir[64], cmd[80];
	int actl, a, bctl, b;

	bctl = hconv(B, "udp", bdir);
	check(hwrite(B, bctl, "headers"));
	check(hwrite(B, bctl, "announce 5000"));
	b = hopen(B, hname(bdir, "data"), ORDWR);
	actl = hconv(A, "udp", adir);
	snprint(cmd, sizeof cmd, "connect %s!5000", addr);
	check(hwrite(A, actl, cmd));
	a = hopen(A, hname(adir, "data"), ORDWR);
	check(hwrite(A, a, "nobody"));
	pass(10, 1);
	reports = 0;
	line.tap = tap;
	snprint(cmd, sizeof cmd, "addmulti %s %s", ifc, addr);
	check(hwrite(B, bctl, cmd));
	check(!hwrite(B, bctl, cmd));
	check(reports == 1);
	line.tap = nil;
	check(has(hget(B, "ipselftab"), addr));
	check(hwrite(A, a, "one"));
	checkstr(hread(B, b)+52, "one");
	netmove(B);
	check(hwrite(A, a, "two"));
	checkstr(hread(B, b)+52, "two");
	check(has(hget(B, "ipselftab"), addr));
	cmd[0] = 'r';
	cmd[1] = 'e';
	cmd[2] = 'm';
	check(hwrite(B, bctl, cmd));
	check(!hwrite(B, bctl, cmd));
	check(!has(hget(B, "ipselftab"), addr));
	cmd[0] = 'a';
	cmd[1] = cmd[2] = 'd';
	check(hwrite(B, bctl, cmd));
	hclose(B, b);
	hclose(B, bctl);
	check(!has(hget(B, "ipselftab"), addr));
	hclose(A, a);
	hclose(A, actl);
}

static void groupwords(void)
{
	static char *bad[] = {
		"addmulti", "addmulti 10.0.0.2", "addmulti 10.0.0.2 10.0.0.9", "addmulti 10.0.0.9 224.1.2.3", "addmulti fd00::2 224.1.2.3",
		"addmulti 10.0.0.2 224.0.0.1", "addmulti x 224.1.2.3", "remmulti 10.0.0.2 224.1.2.3", "addmulti 10.0.0.2 224.1.2.3 4",
	};
	char dir[64], cmd[64];
	int ctl, i;

	ctl = hconv(B, "udp", dir);
	for(i = 0; i < (int)nelem(bad); i++)
		check(!hwrite(B, ctl, bad[i]));
	for(i = 0; i < 32; i++){
		snprint(cmd, sizeof cmd, "addmulti 10.0.0.2 224.1.2.%d", i);
		check(hwrite(B, ctl, cmd));
	}
	check(!hwrite(B, ctl, "addmulti 10.0.0.2 224.1.3.1"));
	hclose(B, ctl);
}

/* --- forwarding: what A sends to 10.9.0.9 and fd09::9 goes by B, whose time is up --- */
static void routed(char *addr, char *says)
{
	char dir[64], cmd[64], err[64];
	int ctl, d;

	ctl = hconv(A, "udp", dir);
	snprint(cmd, sizeof cmd, "connect %s!5000", addr);
	check(hwrite(A, ctl, "ttl 1"));
	check(hwrite(A, ctl, cmd));
	d = hopen(A, hname(dir, "data"), ORDWR);
	check(hwrite(A, d, "on"));
	pass(30, 1);
	snprint(err, sizeof err, "%s", hget(A, hname(dir, "err")));
	checkstr(err, says);
	hclose(A, d);
	hclose(A, ctl);
}

static u32int asked;	/* by ARP, for 10.1.0.9 */

static void tapasked(uchar *p, u32int n)
{
	static const uchar to[] = { 10, 1, 0, 9 };

	asked += n >= 42 && p[12] == 8 && p[13] == 6 && memcmp(p+38, to, 4) == 0;
}

static void forwarding(void)
{
	char dir[64];
	int rt, ifb, loop, ctl, d;

	rt = hopen(A, "iproute", ORDWR);
	check(hwrite(A, rt, "add 10.9.0.0 /16 10.0.0.2"));
	check(hwrite(A, rt, "add 10.1.0.0 /16 10.0.0.2"));
	check(hwrite(A, rt, "add fd09:: /64 fd00::2"));
	ifb = hopen(B, "ipifc/0/ctl", ORDWR);
	loop = hconv(B, "ipifc", dir);
	check(hwrite(B, loop, "bind loopback"));
	check(hwrite(B, loop, "add 10.9.0.1 /16"));
	check(hwrite(B, loop, "add fd09::1 /64"));
	check(hwrite(B, ifb, "add 10.1.0.2 /16"));
	routed("10.9.0.9", "");
	routed("fd09::9", "");
	check(!hwrite(B, ifb, "iprouting 2"));
	check(hwrite(B, ifb, "iprouting 1"));
	routed("10.9.0.9", "ttl exceeded at 10.0.0.2");
	netmove(B);
	routed("fd09::9", "ttl exceeded at fd00::2");
	ctl = hconv(A, "udp", dir);
	check(hwrite(A, ctl, "connect 10.1.0.9!5000"));
	d = hopen(A, hname(dir, "data"), ORDWR);
	line.tap = tapasked;
	check(hwrite(A, d, "on"));
	pass(30, 1);
	line.tap = nil;
	check(asked > 0);
	hclose(A, d);
	hclose(A, ctl);
	check(hwrite(B, ifb, "iprouting 0"));
	routed("10.9.0.9", "");
	check(hwrite(B, ifb, "remove 10.1.0.2"));
	check(hwrite(B, loop, "unbind"));
	check(hwrite(A, rt, "flush"));
	hclose(A, rt);
	hclose(B, loop);
	hclose(B, ifb);
}

/* --- snoop --- */
static void snooping(void)
{
	char dir[64], ifdir[64];
	int s, ctl, d, loop, tag;
	Fcall f, r;

	check(hopen(B, "ipifc/0/data", OREAD) == Nofid);
	s = hopen(B, "ipifc/0/snoop", OREAD);
	f = (Fcall){ .type = Tread, .fid = s, .count = 1000 };
	tag = hsend(B, &f);	/* waits, and moves */
	netmove(B);
	ctl = hconv(A, "udp", dir);
	check(hwrite(A, ctl, "ignoreadvice"));
	check(hwrite(A, ctl, "connect 10.0.0.2!5000"));
	d = hopen(A, hname(dir, "data"), ORDWR);
	check(hwrite(A, d, "seen"));
	checkint(hwait(B, tag, &r), Rread);
	checkint(r.count, 20+8+4);
	check(memcmp(r.data+28, "seen", 4) == 0);
	checkint(hcall(B, &f, &r), Rread);	/* port unreachable */
	check(r.data[9] == 1 && r.data[20] == 3 && r.data[28+9] == 17);
	check(hwrite(A, d, "more"));
	pass(10, 1);
	netmove(B);		/* what nobody has read yet goes along */
	checkint(hcall(B, &f, &r), Rread);
	check(memcmp(r.data+28, "more", 4) == 0);
	hclose(B, s);
	hclose(A, d);
	hclose(A, ctl);
	/* whose interface goes */
	loop = hconv(B, "ipifc", ifdir);
	check(hwrite(B, loop, "bind loopback"));
	s = hopen(B, hname(ifdir, "snoop"), OREAD);
	f.fid = s;
	tag = hsend(B, &f);
	check(hwrite(B, loop, "unbind"));
	check(hwait(B, tag, &r) == Rread && r.count == 0);
	check(hread(B, s) == nil);
	hclose(B, s);
	hclose(B, loop);
}

/* --- log --- */
static void logging(void)
{
	char adir[64], bdir[64], got[1000];
	int l, a, b, tag, i, rt;
	Fcall f, r;

	l = hopen(B, "log", ORDWR);
	rt = hopen(B, "iproute", ORDWR);
	check(hwrite(B, rt, "add 10.5.0.0 /16 10.0.0.1"));
	check(!hwrite(B, l, "set wibble"));
	check(!hwrite(B, l, "set"));
	check(hwrite(B, l, "set tcp iproute"));
	f = (Fcall){ .type = Tread, .fid = l, .count = 1000 };
	tag = hsend(B, &f);
	pass(5, 1);
	check(!hdone(B, tag, &r));
	netmove(B);
	netcall("10.0.0.2", "70", &a, &b, adir, bdir);
	checkint(hwait(B, tag, &r), Rread);
	memmove(got, r.data, r.count);
	got[r.count] = 0;
	check(has(got, "10.0.0.2!70 10.0.0.1!") && has(got, " called\n"));
	check(hwrite(B, rt, "remove 10.5.0.0 /16"));
	netmove(B);
	check(has(hread(B, l), "iproute remove 10.5.0.0 /16\n"));
	check(hwrite(B, l, "only 10.0.0.7"));
	hclose(B, b);
	hclose(A, a);
	check(hwrite(B, l, "only"));
	check(hwrite(B, l, "clear tcp"));
	for(i = 0; i < 200; i++){	/* more than is kept: the oldest lines are lost, whole ones */
		snprint(got, sizeof got, "add 10.6.%d.0 /24 10.0.0.1", i%10);
		check(hwrite(B, rt, got));
	}
	check(hwrite(B, l, "clear"));
	snprint(got, sizeof got, "%s", hread(B, l));
	check(has(got, " iproute add 10.6.") && strchr(got, 'i')-got < 20);
	check(hwrite(B, rt, "flush"));
	while((f.count = 8000, tag = hsend(B, &f), pass(2, 1), hdone(B, tag, &r)))
		check(r.count > 0 && r.data[r.count-1] == '\n');
	f = (Fcall){ .type = Tflush, .oldtag = tag };
	checkint(hcall(B, &f, &r), Rflush);
	check(hdone(B, tag, &r));
	hclose(B, rt);
	hclose(B, l);
}

int main(void)
{
	netopen(7);
	half(0);
	half(1);
	halfmoved();
	longtable();
	addresses();
	group("10.0.0.2", "224.1.2.3");
	group("fd00::2", "ff05::1:3");
	groupwords();
	forwarding();
	snooping();
	logging();
	netclose();
	return checkdone();
}
