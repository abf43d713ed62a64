/*
 * t_ipbad: frames that nobody should send.  What one machine says to the other
 * is kept, changed here and there, mostly with right sums again, and given to
 * the other before the good one comes, and among them frames that chance made;
 * a quarter of the time allocations fail now and then.  It goes on working, and
 * in the end has the memory it had.  $FRAMES and $SEED make it more, and others.
 */
#include <stdio.h>
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "host.h"
#include "net.h"
#include "frame.h"


enum {
	Nkept = 256,
	Recent = 8,		/* half of them are of the last so many: they fit what goes on */
	Frames = 100000,
};

static struct {
	uchar b[1514];
	u32int n;
} kept[Nkept];
static u32int nkept;

usize __sanitizer_get_current_allocated_bytes(void);
void *__real_malloc(usize);

/* what B gets */
static void keepframe(uchar *b, u32int n)
{
	u32int i;

	if(b[5] != 2 && !(b[0] & 1))
		return;
	i = nkept++ % Nkept;
	memmove(kept[i].b, b, n);
	kept[i].n = n;
}

static void spoil(uchar *b, u32int *n)
{
	u32int i, k;

	for(k = 1+netrand()%4; k > 0; k--){
		i = 12+netrand()%(netrand()%2? *n-12: 60);
		if(i < *n)
			b[i] = netrand()%3 == 0? 0xFF: netrand()%3 == 0? 0: b[i] ^ 1<<netrand()%8;
	}
	if(netrand()%8 == 0)
		*n = 1+netrand()%*n;
	if(netrand()%8 && *n > 14+20){
		if(b[12] == 8)
			framesum(b+14, *n-14, 0, 0);
		else
			framesum6(b+14, *n-14);
	}
}

/* of which only the beginning is likely */
static void noise(uchar *b, u32int n)
{
	static const uchar type[][2] = { { 8, 0 }, { 0x86, 0xDD }, { 8, 6 } };
	u32int i, k;

	for(i = 0; i < n; i++)
		b[i] = netrand();
	memmove(b, kept[0].b, 12);
	k = netrand()%nelem(type);
	memmove(b+12, type[k], 2);
	b[14] = k == 0? 0x45: k == 1? 0x60: 0;
}

static void one(void)
{
	uchar *b;
	u32int n, i, last;

	last = nkept-1;
	i = netrand()%(nkept < Nkept? nkept: Nkept);
	if(netrand()%2 && nkept > Recent)
		i = (last - netrand()%Recent)%Nkept;
	n = netrand()%32 == 0? 15+netrand()%1500: kept[i].n;
	b = __real_malloc(n);	/* its own, so that what is beyond is seen */
	if(n == kept[i].n){
		memmove(b, kept[i].b, n);
		spoil(b, &n);
	}else
		noise(b, n);
	B->st->input(B->nic, b, n);
	free(b);
}

static u32int some;	/* spoilt frames to come, while time passes */
static int failing;	/* one allocation in so many, or none */

static void step(int ms)
{
	u32int i;

	for(; ms > 0; ms--){
		for(i = netrand()%4; some > 0 && i > 0; i--){
			some--;
			if(failing && hostfail <= 0)
				hostfail = 1+netrand()%failing;
			one();
		}
		netstep();
	}
}

/* the calls that came through, which may be what others made of them, are answered and closed */
static void hear(char *listener)
{
	char dir[64], *s;
	int fid, data, n;

	s = hget(B, hname(listener, "status"));
	for(n = s == nil || (s = strstr(s, "calls ")) == nil? 0: strtoul(s+6, nil, 10); n > 0; n--){
		fid = hopen(B, hname(listener, "listen"), ORDWR);
		snprint(dir, sizeof dir, "tcp/%s", hread(B, fid));
		data = hopen(B, hname(dir, "data"), ORDWR);
		hclose(B, fid);
		if(data == Nofid)
			continue;
		hwrite(B, data, "an answer");
		step(20);
		hclose(B, data);
	}
}

/* some of everything is said; answers are not waited for, as they may not come */
static void talk(char *listener)
{
	static char *verb[] = { "connect 10.0.0.2!80", "connect fd00::2!80" };
	static char big[3000];
	char dir[64];
	Fcall f, r;
	int ctl, data, i, tag;

	memset(big, 'x', sizeof big-1);
	for(i = 0; i < 2; i++){
		ctl = hconv(A, "udp", dir);
		if(hwrite(A, ctl, verb[i]) && (data = hopen(A, hname(dir, "data"), ORDWR)) != Nofid){
			hwrite(A, data, "a datagram");
			hwrite(A, data, big);	/* in fragments */
			step(5);
			hclose(A, data);
		}
		hclose(A, ctl);
		ctl = hconv(A, "tcp", dir);
		f = (Fcall){ .type = Twrite, .fid = ctl, .count = strlen(verb[i]), .data = verb[i] };
		tag = hsend(A, &f);
		step(10);
		if(hdone(A, tag, &r) && r.type == Rwrite && (data = hopen(A, hname(dir, "data"), ORDWR)) != Nofid){
			hwrite(A, data, "something to be said");
			hwrite(A, data, big);
			step(20);
			hear(listener);
			step(300);	/* until delayed acknowledgements have come too */
			hclose(A, data);
			hclose(A, ctl);
		}else{
			hclose(A, ctl);	/* which ends the call */
			hwait(A, tag, &r);
		}
	}
}

static u32int number(char *name, u32int n)
{
	char *s;

	return (s = getenv(name)) != nil? strtoul(s, nil, 10): n;
}

/* all that somebody may still wait for is given up */
static usize rest(char *listener)
{
	u32int i;

	failing = hostfail = 0;
	for(i = 0; i < 300000; i++)
		netstep();
	hear(listener);
	for(i = 0; i < 300000; i++)
		netstep();
	return __sanitizer_get_current_allocated_bytes();
}

int main(void)
{
	char dir[64], ldir[64];
	u32int done, frames;
	usize before, after;
	int tcp, udp;

	frames = number("FRAMES", Frames);
	netopen(number("SEED", 11));
	line.tap = keepframe;
	tcp = hconv(B, "tcp", ldir);
	check(hwrite(B, tcp, "announce *!80"));
	udp = hconv(B, "udp", dir);
	check(hwrite(B, udp, "headers"));
	check(hwrite(B, udp, "announce *!80"));
	talk(ldir);
	check(nkept > 20);	/* calls, datagrams and fragments of both kinds of IP */
	before = 0;
	for(done = 0; done < frames; done += 1000){
		failing = done/1000%4 == 3? 20: 0;
		for(some = 1000; some > 0; )
			talk(ldir);
		if(done == frames/10)
			before = rest(ldir);
	}
	after = rest(ldir);
	line.tap = nil;
	printf("%u frames, %u good ones sent to B, %zu bytes before, %zu after\n", frames, nkept, before, after);
	check(after < before+256*1024);
	check(hget(B, "tcp/stats") != nil);
	check(strstr(hget(B, hname(dir, "status")), "Open") != nil);
	hclose(B, tcp);
	hclose(B, udp);
	netclose();
	return checkdone();
}
