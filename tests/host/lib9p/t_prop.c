/* needs: lib9p fs/ramfs.c cmd/9pplay/play.c cmd/9pplay/text.c tests/host/lib9p/trans.c tests/host/lib9p/gen.c */
/*
 * t_prop: the same random requests over messages, over messages answered at
 * once where that is possible, and linked get the same answers, byte for byte.  This is what "serve after mnt is the identity"
 * means for the library; and at the end nothing is left (ASan) of either.
 */
#include <stdio.h>
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "trans.h"
#include "gen.h"
#include "host.h"

extern Srv ramfssrv;

static uchar msg[2*8192+100], a1[MAXMSIZE], a2[MAXMSIZE], a3[MAXMSIZE];
static int seen[256];

static void version(Trans *t)
{
	static uchar v[] = { 19,0,0,0, Tversion, 0xFF,0xFF, 0,0,2,0, 6,0, '9','P','2','0','0','0' };
	uchar m[64];

	t->send(t, v, sizeof v);
	check(t->recv(t, m, sizeof m) == 19 && m[4] == Rversion);
}

static void show(char *what, uchar *m, int n)
{
	int i;

	printf("%s", what);
	for(i = 0; i < n && i < 80; i++)
		printf(" %02x", m[i]);
	printf("\n");
}

static void run(u64int seed, int nops)
{
	Srv s1, s2, s3;
	Trans *t1, *t2, *t3;
	Gen g;
	int i, n, n1, n2, n3;

	s1 = s2 = s3 = ramfssrv;
	s1.owner = s2.owner = s3.owner = "glenda";
	s1.msize = s2.msize = s3.msize = 8192+IOHDRSZ;
	check(s1.init(&s1, "max=200000") == 0 && s2.init(&s2, "max=200000") == 0);
	check(s3.init(&s3, "max=200000") == 0);
	t1 = msgtrans(&s1);
	t2 = linktrans(&s2);
	t3 = quicktrans(&s3);
	version(t1);
	version(t3);
	memset(&g, 0, sizeof g);
	g.x = seed;
	g.nfid = 12;
	for(i = 0; i < nops; i++){
		hostclock += 1000000000;
		g.tag = i%1000;
		n = genmsg(&g, msg, sizeof msg);
		t1->send(t1, msg, n);
		t2->send(t2, msg, n);
		t3->send(t3, msg, n);
		n1 = t1->recv(t1, a1, sizeof a1);
		n2 = t2->recv(t2, a2, sizeof a2);
		n3 = t3->recv(t3, a3, sizeof a3);
		seen[n1 > 0? a1[4]: 0]++;
		if(n1 != n2 || memcmp(a1, a2, n1) != 0 || n1 != n3 || memcmp(a1, a3, n1) != 0){
			printf("seed %lu op %d\n", seed, i);
			show("request", msg, n);
			show("messages", a1, n1);
			show("linked", a2, n2);
			show("at once", a3, n3);
			check(0);
			break;
		}
		genlearn(&g, a1);
	}
	check(i == nops);
	t1->close(t1);
	t2->close(t2);
	t3->close(t3);
	s1.fini(&s1);
	s2.fini(&s2);
	s3.fini(&s3);
}

int main(int argc, char **argv)
{
	int i, n;

	n = argc > 1? atoi(argv[1]): 100;
	for(i = 1; i <= n; i++)
		run(i*0x9E3779B97F4A7C15UL, 1000);
	for(i = Tversion+2; i <= Rwstat; i++)	/* the requests do get somewhere */
		if(i&1 && i != Rauth)
			check(seen[i] > n/2);
	for(i = Twalk; i <= Tstat; i += 2)
		if(i != Tcreate && i != Tremove)
			check(quickdone[i] > n/2);
	return checkdone();
}
