/*
 * t_ipflood: what others can have a listener do by calling it.  Calls that
 * nobody answers for keep no others out; calls that nobody listens for yet are
 * kept, up to a number, and those beyond come through when there is room; and
 * when all have gone, over a move too, the listener is as it was.
 */
#include <stdio.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "host.h"
#include "net.h"
#include "frame.h"

#define A (&hosts[0])
#define B (&hosts[1])

enum {
	Backlog = 255,		/* as ip/ip.h has it */
	More = 20,
	Calls = Backlog+More,
};

static u32int nsyn;

/* a call for B's port 80 that means nothing: from a machine that is not there, behind a router */
static void syn(void)
{
	Frame4 f;
	uchar *h;

	h = frame4(&f, 6, 20);
	put4(f.ip+12, 0xC0A80701 + nsyn%100);
	put2(h, 1024 + nsyn/100);
	put2(h+2, 80);
	put4(h+4, nsyn*7919);
	h[12] = 0x50;
	h[13] = 2;
	put2(h+14, 1000);
	framesend(&f, B);
	nsyn++;
}

static void steps(int n)
{
	while(n-- > 0)
		netstep();
}

static u64int ms(void)
{
	return hostclock/1000000;
}

/* A calls: ctl; each millisecond floods come as well */
static int dial(int flood)
{
	char dir[64];
	Fcall f, r;
	u64int t;
	int ctl, tag, i;

	ctl = hconv(A, "tcp", dir);
	f = (Fcall){ .type = Twrite, .fid = ctl, .count = 19, .data = "connect 10.0.0.2!80" };
	t = ms();
	tag = hsend(A, &f);
	while(!hdone(A, tag, &r)){
		for(i = 0; i < flood; i++)
			syn();
		netstep();
		if(ms()-t > 30000){
			check(!"an answer");
			return ctl;
		}
	}
	checkint(r.type, Rwrite);
	check(ms()-t < 900);	/* not even a second try */
	steps(2);	/* B has heard too */
	return ctl;
}

static int listener(char *dir)
{
	int ctl;

	ctl = hconv(B, "tcp", dir);
	check(hwrite(B, ctl, "announce *!80"));
	return ctl;
}

static u32int calls(char *dir)
{
	char *s;

	s = hget(B, hname(dir, "status"));
	if(s == nil || (s = strstr(s, "calls ")) == nil)
		return ~0U;
	return strtoul(s+6, nil, 10);
}

static void halfopen(int move)
{
	char dir[64];
	int ctl, a, i;

	ctl = listener(dir);
	hclose(A, dial(0));	/* neighbours know each other */
	for(i = 0; i < 1000; i++)
		syn();
	if(move)
		netmove(B);
	for(i = 0; i < 3; i++){
		a = dial(20);
		checkint(calls(dir), i+2);
		hclose(A, a);
	}
	hclose(B, ctl);
	steps(30000);	/* lwIP forgets the rest */
	check(strstr(hget(B, "tcp/stats"), "active 0\n") != nil);
}

/* more call than are kept while nobody listens: none is refused, and all come through when somebody does */
static void unheard(int move)
{
	static int ctl[Calls], tag[More];
	char dir[64], adir[64];
	u32int lfid;
	Fcall f, r;
	int lctl, i, done;

	lctl = listener(dir);
	for(i = 0; i < Backlog; i++)
		ctl[i] = dial(0);
	checkint(calls(dir), Backlog);
	for(; i < Calls; i++){
		ctl[i] = hconv(A, "tcp", adir);
		f = (Fcall){ .type = Twrite, .fid = ctl[i], .count = 19, .data = "connect 10.0.0.2!80" };
		tag[i-Backlog] = hsend(A, &f);
	}
	steps(8000);	/* more than one try */
	checkint(calls(dir), Backlog);
	if(move)
		netmove(B);
	steps(8000);	/* more than one try */
	checkint(calls(dir), Backlog);
	for(i = 0; i < Calls; i++){
		done = hopensend(B, hname(dir, "listen"), ORDWR, &lfid);
		checkint(hwait(B, done, &r), Ropen);
		hclose(B, lfid);
	}
	for(i = 0; i < More; i++)
		checkint(hwait(A, tag[i], &r), Rwrite);
	for(i = 0; i < Calls; i++)
		hclose(A, ctl[i]);
	checkint(calls(dir), 0);
	hclose(B, lctl);
}

int main(void)
{
	int move, route;

	netopen(7);
	route = hopen(B, "iproute", ORDWR);
	check(hwrite(B, route, "add 192.168.7.0 255.255.255.0 10.0.0.1"));
	hclose(B, route);
	for(move = 0; move < 2; move++){
		halfopen(move);
		unheard(move);
	}
	netclose();
	return checkdone();
}
