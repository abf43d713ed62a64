/*
 * t_ipbad: frames that nobody should send.  What two machines say to each
 * other is kept, changed here and there, half of it with right sums again,
 * and given to one of them, which goes on working and loses no memory.
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
	Frames = 100000,
};

static struct {
	uchar b[1514];
	u32int n;
} kept[Nkept];
static u32int nkept;

static void keepframe(uchar *b, u32int n)
{
	u32int i;

	i = nkept < Nkept? nkept: netrand()%Nkept;
	nkept++;
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
	if(netrand()%2 && *n > 14+20){
		if(b[12] == 8)
			framesum(b+14, *n-14, 0, 0);
		else
			framesum6(b+14, *n-14);
	}
}

/* some of everything is said */
static void talk(void)
{
	static char *verb[] = { "connect 10.0.0.2!80", "connect fd00::2!80" };
	static char big[3000];
	char dir[64];
	int ctl, data, i;

	memset(big, 'x', sizeof big-1);
	for(i = 0; i < 2; i++){
		ctl = hconv(A, "tcp", dir);
		if(hwrite(A, ctl, verb[i]) && (data = hopen(A, hname(dir, "data"), ORDWR)) != Nofid){
			hwrite(A, data, "something to be said");
			hclose(A, data);
		}
		hclose(A, ctl);
		ctl = hconv(A, "udp", dir);
		if(hwrite(A, ctl, verb[i]) && (data = hopen(A, hname(dir, "data"), ORDWR)) != Nofid){
			hwrite(A, data, "a datagram");
			hwrite(A, data, big);	/* in fragments */
			hclose(A, data);
		}
		hclose(A, ctl);
	}
	for(i = 0; i < 300; i++)	/* until delayed acknowledgements have come too */
		netstep();
}

int main(void)
{
	char dir[64];
	uchar *b;
	u32int n, k;
	int i, tcp, udp;

	netopen(11);
	line.tap = keepframe;
	tcp = hconv(B, "tcp", dir);
	check(hwrite(B, tcp, "announce *!80"));
	udp = hconv(B, "udp", dir);
	check(hwrite(B, udp, "headers"));
	check(hwrite(B, udp, "announce *!80"));
	talk();
	printf("%u frames kept\n", nkept);
	check(nkept > 20);	/* calls, datagrams and fragments of both kinds of IP */
	for(i = 0; i < Frames; i++){
		k = netrand()%(nkept < Nkept? nkept: Nkept);
		n = kept[k].n;
		b = malloc(n);	/* its own, so that what is beyond is seen */
		memmove(b, kept[k].b, n);
		spoil(b, &n);
		B->st->input(B->nic, b, n);
		free(b);
		if(i%64 == 0)
			netstep();
		if(i%4096 == 0)
			talk();
	}
	line.tap = nil;
	for(i = 0; i < 20; i++)	/* what was spoilt about the neighbours passes */
		netstep();
	check(hget(B, "tcp/stats") != nil);
	check(strstr(hget(B, hname(dir, "status")), "Open") != nil);
	hclose(B, tcp);
	hclose(B, udp);
	netclose();
	return checkdone();
}
