/*
 * t_direct: tcp between two conversations of one stack: streams both ways
 * with writes and reads of any size, among moves, of which lwIP sees nothing;
 * what nobody reads is bounded; and how such connections end.
 */
#include <stdio.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "host.h"
#include "net.h"

usize __sanitizer_get_current_allocated_bytes(void);	/* of ASan: no header of it is where we look */

#define B (&hosts[1])

enum {
	Most = 8000,		/* bytes of a write or read */
	Window = 256*1024,
};

typedef struct End End;
struct End {	/* of a connection */
	int fid;
	int wtag, rtag;	/* -1: none */
	u32int wcount;
	u64int sent, got;	/* bytes that were taken, that came */
	char dir[64];
};

static End ends[2];

static uchar pattern(int i, u64int at)
{
	return at*131 + (at>>8)*17 + (at>>16)*7 + i*91;
}

static void connectboth(char *port)
{
	char ldir[64], cmd[64];
	u32int lfid;
	Fcall r;
	int lctl, ctl, tag, i;

	lctl = hconv(B, "tcp", ldir);
	snprint(cmd, sizeof cmd, "announce *!%s", port);
	check(hwrite(B, lctl, cmd));
	tag = hopensend(B, hname(ldir, "listen"), ORDWR, &lfid);
	ctl = hconv(B, "tcp", ends[0].dir);
	snprint(cmd, sizeof cmd, "connect 10.0.0.2!%s", port);
	check(hwrite(B, ctl, cmd));
	checkint(hwait(B, tag, &r), Ropen);
	snprint(ends[1].dir, sizeof ends[1].dir, "tcp/%s", hread(B, lfid));
	for(i = 0; i < 2; i++){
		ends[i].fid = hopen(B, hname(ends[i].dir, "data"), ORDWR);
		check(ends[i].fid != Nofid);
		ends[i].sent = ends[i].got = 0;
		ends[i].wtag = ends[i].rtag = -1;
	}
	hclose(B, lfid);
	hclose(B, ctl);
	hclose(B, lctl);
}

static void startwrite(int i, u32int n)
{
	char buf[Most];
	u32int k;
	Fcall f;

	for(k = 0; k < n; k++)
		buf[k] = pattern(i, ends[i].sent+k);
	ends[i].wcount = n;
	f = (Fcall){ .type = Twrite, .fid = ends[i].fid, .count = n, .data = buf };
	ends[i].wtag = hsend(B, &f);
}

static int wrote(int i)
{
	Fcall r;

	if(!hdone(B, ends[i].wtag, &r))
		return 0;
	ends[i].wtag = -1;
	checkint(r.type, Rwrite);
	checkint(r.count, ends[i].wcount);
	ends[i].sent += r.count;
	return 1;
}

static void startread(int i)
{
	Fcall f;

	f = (Fcall){ .type = Tread, .fid = ends[i].fid, .count = 1+netrand()%Most };
	ends[i].rtag = hsend(B, &f);
}

static int gotsome(int i)
{
	Fcall r;
	u32int k, bad;

	if(!hdone(B, ends[i].rtag, &r))
		return 0;
	ends[i].rtag = -1;
	checkint(r.type, Rread);
	bad = 0;
	for(k = 0; k < r.count; k++)
		bad += (uchar)r.data[k] != pattern(!i, ends[i].got+k);
	checkint(bad, 0);
	ends[i].got += r.count;
	return 1;
}

/* what lwIP has learned of the connection by its segments */
static char *learned(char *buf, int n)
{
	char *s, *e;

	s = hget(B, hname(ends[0].dir, "status"));
	s = strstr(s, " srtt");
	e = strstr(s, " swin");
	snprint(buf, n, "%.*s", (int)(e-s), s);
	return buf;
}

/* any order of writes, reads and moves; more is written than read, but for the time after */
static void streams(int rounds)
{
	char before[128], after[128];
	int i, k;

	connectboth("564");
	learned(before, sizeof before);
	for(k = 0; k < rounds; k++){
		i = netrand()%2;
		if(netrand()%50 == 0)
			netmove(B);
		if(ends[i].wtag < 0)
			startwrite(i, netrand()%3 == 0? 1+netrand()%20: 1+netrand()%Most);
		if(ends[i].rtag < 0 && (k/500%2 || netrand()%2))
			startread(i);
		netstep();
		for(i = 0; i < 2; i++){
			if(ends[i].wtag >= 0)
				wrote(i);
			if(ends[i].rtag >= 0)
				gotsome(i);
			check(ends[i].sent - ends[!i].got <= Window);
		}
	}
	for(i = 0; i < 2; i++)
		while(ends[i].wtag >= 0 || ends[!i].got < ends[i].sent){
			if(ends[!i].rtag < 0)
				startread(!i);
			netstep();
			if(ends[i].wtag >= 0)
				wrote(i);
			gotsome(!i);
		}
	checkstr(learned(after, sizeof after), before);
	printf("%llu and %llu bytes\n", (unsigned long long)ends[0].sent, (unsigned long long)ends[1].sent);
}

/* until a write waits */
static void fill(int i)
{
	do{
		startwrite(i, Most);
		netstep();
	}while(wrote(i) && ends[i].sent < 2*Window);
	check(ends[i].wtag >= 0);
}

static void hangups(void)
{
	int i;

	/* the end is seen behind what was written before */
	if(ends[1].rtag < 0)
		startread(1);
	startwrite(0, 10);
	while(!wrote(0) || !gotsome(1))
		netstep();
	hclose(B, ends[0].fid);
	checkstr(hread(B, ends[1].fid), "");
	hclose(B, ends[1].fid);
	check(strstr(hget(B, "tcp/stats"), "timewait 0\n") != nil);
	/* what is never read is lost, and that is told */
	connectboth("565");
	startwrite(1, 10);
	while(!wrote(1))
		netstep();
	hclose(B, ends[0].fid);
	check(hread(B, ends[1].fid) == nil);
	checkstr(herr, "connection reset");
	check(!hwrite(B, ends[1].fid, "x"));
	hclose(B, ends[1].fid);
	/* a write that waits when the reader goes */
	connectboth("566");
	fill(0);
	check(ends[0].sent >= Window/2);
	for(i = 0; i < 100 && ends[0].wtag >= 0; i++){	/* it goes on when there is room, not when lwIP's clock strikes */
		if(ends[1].rtag < 0)
			startread(1);
		netstep();
		gotsome(1);
		wrote(0);
	}
	checkint(ends[0].wtag, -1);
	fill(0);
	hclose(B, ends[1].fid);
	check(hread(B, ends[0].fid) == nil);
	checkstr(herr, "connection reset");
	hclose(B, ends[0].fid);
}

/* one side has no more to say, behind a write that waits; the other goes on */
static void halves(void)
{
	int ctl;

	connectboth("568");
	fill(0);
	ctl = hopen(B, hname(ends[0].dir, "ctl"), ORDWR);
	check(hwrite(B, ctl, "halfclose"));
	hclose(B, ctl);
	while(ends[1].got < ends[0].sent || ends[0].wtag >= 0){
		if(ends[1].rtag < 0)
			startread(1);
		netstep();
		gotsome(1);
		if(ends[0].wtag >= 0)
			wrote(0);
	}
	checkstr(hread(B, ends[1].fid), "");
	fill(1);
	while(ends[0].got < ends[1].sent || ends[1].wtag >= 0){
		if(ends[0].rtag < 0)
			startread(0);
		netstep();
		gotsome(0);
		if(ends[1].wtag >= 0)
			wrote(1);
	}
	hclose(B, ends[1].fid);
	checkstr(hread(B, ends[0].fid), "");
	hclose(B, ends[0].fid);
}

/* who snoops sees packets */
static void snooped(void)
{
	char before[128], after[128];
	int fd;

	connectboth("569");
	fill(0);
	learned(before, sizeof before);
	fd = hopen(B, "ipifc/0/snoop", OREAD);
	check(fd != Nofid);
	while(ends[0].sent < 2*Window){
		if(ends[1].rtag < 0)
			startread(1);
		if(ends[0].wtag < 0)
			startwrite(0, Most);
		netstep();
		gotsome(1);
		wrote(0);
	}
	hclose(B, fd);
	check(strcmp(learned(after, sizeof after), before) != 0);
	hclose(B, ends[0].fid);
	hclose(B, ends[1].fid);
}

/* the same conversations again, for others: nothing of the old connection is left */
static void again(void)
{
	char adir[64];
	usize before;
	int i, c;

	for(i = 0; i < 3; i++){
		before = __sanitizer_get_current_allocated_bytes();
		connectboth("567");
		check(hwrite(B, ends[0].fid, "to"));
		check(hwrite(B, ends[1].fid, "fro"));
		checkstr(hread(B, ends[0].fid), "fro");
		hclose(B, ends[0].fid);
		c = hconv(B, "tcp", adir);
		check(hwrite(B, ends[1].fid, "late"));	/* as the other end has said no more than that it has no more to say */
		checkstr(hget(B, hname(adir, "err")), "");
		check(strstr(hget(B, hname(adir, "status")), "qin 0 ") != nil);
		hclose(B, c);
		hclose(B, ends[1].fid);
	}
	check(__sanitizer_get_current_allocated_bytes() < before+Window/4);
}

int main(void)
{
	netopen(3);
	streams(4000);
	hangups();
	halves();
	snooped();
	again();
	netclose();
	return checkdone();
}
