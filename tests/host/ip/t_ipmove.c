/*
 * t_ipmove: bulk transfers of tcp both ways over a line that loses, reorders
 * and repeats frames, while one side's stack is saved and restored every few
 * milliseconds with reads, writes, listens and connects waiting: every byte
 * comes once and in order, nothing fails, nothing is reset.  Connections that
 * are being made and closed move too.  Then images that are not whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "host.h"
#include "net.h"


enum {
	Nstream = 8,		/* connections, each with two streams */
	Chunk = 4000,
	Steps = 60000,
};

/* one direction of a connection: each end has one request on its way */
typedef struct Stream Stream;
struct Stream {
	Host *from, *to;
	int wfid, rfid;
	int wtag, rtag;		/* -1: none */
	u32int wcount;
	u64int sent, got, total;
	int bad;
	int hold;		/* nothing is read */
	u8int id;
};

static Stream streams[2*Nstream];

static uchar pattern(Stream *s, u64int i)
{
	return i*131 + (i>>8)*17 + (i>>16)*7 + s->id*91;
}

static void startwrite(Stream *s)
{
	char buf[Chunk];
	u32int i, n;
	Fcall f;

	n = 1+netrand()%Chunk;
	if(n > s->total-s->sent)
		n = s->total-s->sent;
	for(i = 0; i < n; i++)
		buf[i] = pattern(s, s->sent+i);
	s->wcount = n;
	f = (Fcall){ .type = Twrite, .fid = s->wfid, .count = n, .data = buf };
	s->wtag = hsend(s->from, &f);
}

static void startread(Stream *s)
{
	Fcall f;

	f = (Fcall){ .type = Tread, .fid = s->rfid, .count = 1+netrand()%8000 };
	s->rtag = hsend(s->to, &f);
}

static void streamstep(Stream *s)
{
	Fcall r;
	u32int i;

	if(s->wtag >= 0 && hdone(s->from, s->wtag, &r)){
		s->wtag = -1;
		s->bad += r.type != Rwrite || r.count != s->wcount;
		s->sent += s->wcount;
	}
	if(s->wtag < 0 && s->sent < s->total && !s->bad)
		startwrite(s);
	if(s->rtag >= 0 && hdone(s->to, s->rtag, &r)){
		s->rtag = -1;
		s->bad += r.type != Rread || r.count == 0;
		for(i = 0; r.type == Rread && i < r.count; i++)
			s->bad += (uchar)r.data[i] != pattern(s, s->got+i);
		s->got += r.type == Rread? r.count: 0;
	}
	if(s->rtag < 0 && s->got < s->total && !s->bad && !s->hold)
		startread(s);
}

static int streamdone(Stream *s)
{
	return s->bad || (s->got == s->total && s->sent == s->total && s->wtag < 0);
}

/* time goes on, with a move of B every so many ms (0: never) */
static void run(int every)
{
	int i, k, left;

	for(i = 0; i < Steps; i++){
		left = 0;
		for(k = 0; k < 2*Nstream; k++){
			streamstep(&streams[k]);
			left += !streamdone(&streams[k]);
		}
		if(left == 0)
			break;
		netstep();
		if(every != 0 && i%every == every-1)
			netmove(B);
	}
	printf("%d ms, %u moves\n", i, B->moves);
	for(k = 0; k < 2*Nstream; k++){
		checkint(streams[k].bad, 0);
		checkint(streams[k].got, streams[k].total);
	}
}

static void streamset(Stream *s, Host *from, int wfid, Host *to, int rfid, u64int total)
{
	*s = (Stream){ .from = from, .to = to, .wfid = wfid, .rfid = rfid, .wtag = -1, .rtag = -1, .total = total, .id = s-streams };
}

/* connections of A to B, the even ones made by B's listens that wait, the odd ones by its connects */
static void connectall(u64int total, int every)
{
	char ldir[2][64], dir[64], cmd[64];
	u32int lfid;
	Fcall r;
	Host *l, *c;
	int lctl[2], ctl, i, k, tag, a, b;
	Fcall f;

	for(i = 0; i < 2; i++){
		lctl[i] = hconv(&hosts[i], "tcp", ldir[i]);
		check(hwrite(&hosts[i], lctl[i], "announce *!564"));
	}
	for(i = 0; i < Nstream; i++){
		l = i%2 == 0? B: A;
		c = i%2 == 0? A: B;
		tag = hopensend(l, hname(ldir[l-hosts], "listen"), ORDWR, &lfid);
		if(every != 0)
			netmove(B);
		ctl = hconv(c, "tcp", dir);
		snprint(cmd, sizeof cmd, i%4 < 2? "connect 10.0.0.%d!564": "connect fd00::%d!564", (int)(l-hosts)+1);
		f = (Fcall){ .type = Twrite, .fid = ctl, .count = strlen(cmd), .data = cmd };
		k = hsend(c, &f);
		if(every != 0)
			netmove(B);
		checkint(hwait(c, k, &r), Rwrite);
		a = hopen(c, hname(dir, "data"), ORDWR);
		if(every != 0)
			netmove(B);
		checkint(hwait(l, tag, &r), Ropen);
		snprint(dir, sizeof dir, "tcp/%s", hread(l, lfid));
		b = hopen(l, hname(dir, "data"), ORDWR);
		streamset(&streams[2*i], c, a, l, b, total);
		streamset(&streams[2*i+1], l, b, c, a, total);
		hclose(c, ctl);
		hclose(l, lfid);
	}
	for(i = 0; i < 2; i++)
		hclose(&hosts[i], lctl[i]);
}

/* what waits is told the end; all is closed, in the middle of moves */
static void closeall(int every)
{
	Stream *s;
	int i;

	for(s = streams; s < streams+2*Nstream; s += 2){
		hclose(s->from, s->wfid);
		if(every != 0)
			netmove(B);
		checkstr(hread(s->to, s->rfid), "");
		hclose(s->to, s->rfid);
	}
	for(i = 0; i < 2000; i++){
		netstep();
		if(every != 0 && i%every == 0)
			netmove(B);
	}
}

static void transfer(u32int seed, int loss, int reorder, int twice, int every, u64int total)
{
	netopen(seed);
	line.loss = loss;
	line.reorder = reorder;
	line.twice = twice;
	line.delay = 2;
	connectall(total, every);
	run(every);
	closeall(every);
	checkint(line.resets, 0);
	printf("seed %u: %llu frames, %u moves\n", seed, (unsigned long long)line.frames, B->moves);
	netclose();
}

/* a write of B that is half done, since nobody reads, and moves */
static void stalled(void)
{
	Stream *s;
	int i, k;

	netopen(8);
	connectall(0, 0);
	s = &streams[1];
	s->total = 700000;
	s->hold = 1;
	for(i = 0; i < 3000; i++){
		streamstep(s);
		netstep();
	}
	check(s->wtag >= 0 && s->sent < s->total && s->sent > 300000);
	for(k = 0; k < 3; k++){
		netmove(B);
		for(i = 0; i < 100; i++)
			netstep();
	}
	s->hold = 0;
	run(100);
	checkint(line.resets, 0);
	netclose();
}

/* udp and icmp, their queues, and the tables */
static void others(void)
{
	char adir[64], bdir[64], idir[64];
	Fcall f, r;
	uchar m[20+8] = { [20] = 8 };
	int actl, a, bctl, b, ictl, i, rt, tag;

	netopen(5);
	bctl = hconv(B, "udp", bdir);
	check(hwrite(B, bctl, "headers"));
	check(hwrite(B, bctl, "announce 5000"));
	b = hopen(B, hname(bdir, "data"), ORDWR);
	actl = hconv(A, "udp", adir);
	check(hwrite(A, actl, "connect 10.0.0.2!5000 6000"));
	a = hopen(A, hname(adir, "data"), ORDWR);
	ictl = hconv(B, "icmp", idir);
	check(hwrite(B, ictl, "connect 10.0.0.1!1"));
	i = hopen(B, hname(idir, "data"), ORDWR);
	rt = hopen(B, "iproute", ORDWR);
	check(hwrite(B, rt, "add 0.0.0.0 0.0.0.0 10.0.0.1 dflt"));
	check(hwrite(A, a, "queued"));
	f = (Fcall){ .type = Twrite, .fid = i, .count = sizeof m, .data = (char*)m };
	checkint(hcall(B, &f, &r), Rwrite);
	for(tag = 0; tag < 20; tag++)
		netstep();
	netmove(B);
	check(strstr(hget(B, "iproute"), "dflt") != nil);
	check(strstr(hget(B, "arp"), "10.0.0.1 ") != nil);
	f = (Fcall){ .type = Tread, .fid = b, .count = 100 };
	checkint(hcall(B, &f, &r), Rread);
	checkint(r.count, 52+6);
	f.fid = i;
	checkint(hcall(B, &f, &r), Rread);
	checkint(r.count, sizeof m);
	f.fid = b;
	tag = hsend(B, &f);	/* waits, and moves */
	netmove(B);
	check(hwrite(A, a, "again"));
	checkint(hwait(B, tag, &r), Rread);
	checkint(r.count, 52+5);
	hclose(B, rt);
	netclose();
}

/* --- images --- */

/* a byte of section data is changed and the sum set right: refused, or taken whole */
static void mutate(uchar *p, usize n, usize data, usize len)
{
	World new, old;
	uchar *q;
	u32int sum, i, k;
	Img m;

	USED(n);
	q = malloc(n);
	memmove(q, p, n);
	for(k = 1+netrand()%3; k > 0; k--){
		i = netrand()%len;
		q[data+i] = netrand()%4 == 0? 0xFF: q[data+i] ^ 1<<netrand()%8;
	}
	sum = quicksum(q+data, len);
	for(i = 0; i < 4; i++)
		q[data-4+i] = sum>>8*i;
	old = B->w;
	old.table = B->other->srv;
	if(worldrestore(&new, &old, q, n) == 0){
		B->other->srv->leave(new.s);
		worldclose(&new);
	}
	free(q);
	USED(m);
}

static void images(int rounds)
{
	char dir[64];
	usize at, len;
	Img m;
	int i;

	netopen(9);
	i = hopen(B, "ipifc/0/ctl", ORDWR);
	check(hwrite(B, i, "add 10.1.0.2 /24"));
	hclose(B, i);
	i = hconv(B, "udp", dir);
	check(hwrite(B, i, "addmulti 10.0.0.2 224.1.2.3"));
	connectall(200000, 0);
	line.loss = 10;
	for(i = 0; i < 300; i++){
		for(at = 0; at < 2*Nstream; at++)
			streamstep(&streams[at]);
		netstep();
	}
	if(worldsave(&B->w, &m) < 0)
		abort();
	for(at = 0; memcmp(m.p+at, "data", 4) != 0; at++)
		;
	len = 0;
	for(i = 7; i >= 0; i--)
		len = len<<8 | m.p[at+4+i];
	for(i = 0; i < rounds; i++)
		mutate(m.p, m.n, at+16, len);
	imgfree(&m);
	line.loss = 0;
	run(0);		/* none of this has harmed B */
	check(1);
	netclose();
}

int main(void)
{
	setvbuf(stdout, nil, _IONBF, 0);
	transfer(1, 0, 0, 0, 0, 100000);
	transfer(2, 3, 5, 2, 0, 40000);
	transfer(3, 0, 0, 0, 3, 20000);
	transfer(4, 2, 5, 2, 7, 20000);
	transfer(6, 5, 10, 5, 50, 40000);
	stalled();
	others();
	images(300);
	return checkdone();
}
