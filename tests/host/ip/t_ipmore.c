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

int main(void)
{
	netopen(7);
	half(0);
	half(1);
	halfmoved();
	longtable();
	netclose();
	return checkdone();
}
