/* needs: lib9p fs/ramfs.c fs/env/[a-z]*.c fs/mbox/[a-z]*.c fs/consmux/[a-z]*.c tests/host/lib9p/kinds.c tests/host/lib9p/fifo.c cmd/9pplay/play.c cmd/9pplay/text.c tests/host/lib9p/trans.c tests/host/lib9p/gen.c tests/9p/gate.c */
/*
 * t_fuzz: hostile messages.  Random requests, most of them damaged, to a
 * server that answers at once and to some that answer later; each message is
 * alone in memory.  Every answer is a well-formed one within msize to a tag
 * that was used, no request gets two, and at the end nothing is left (ASan).
 */
#include <stdio.h>
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "trans.h"
#include "gen.h"
#include "kinds.h"
#include "host.h"

extern Srv gatesrv;

enum {
	Msize = 8192+IOHDRSZ,
};

static uchar msg[2*8192+100], ans[MAXMSIZE];
static int pending[65536];	/* messages sent with this tag and not answered */

static void version(Trans *t)
{
	static uchar v[] = { 19,0,0,0, Tversion, 0xFF,0xFF, 0x18,0x20,0,0, 6,0, '9','P','2','0','0','0' };
	int i;

	t->send(t, v, sizeof v);
	while(t->recv(t, ans, sizeof ans) > 0)
		if(ans[4] == Rversion)
			break;
	for(i = 0; i < 65536; i++)
		pending[i] = 0;
}

static u32int damage(Gen *g, u32int n)
{
	u32int i;

	switch(genrand(g, 8)){
	case 0:
	case 1:
	case 2:
		break;
	case 3:
		msg[genrand(g, n)] ^= 1<<genrand(g, 8);
		break;
	case 4:
		msg[7+genrand(g, n-7)] = genrand(g, 2)? 0xFF: 0;
		break;
	case 5:	/* cut, with the size that is left */
		n = 7+genrand(g, n-6);
		msg[0] = n;
		msg[1] = n>>8;
		break;
	case 6:
		for(i = 0; i < 4; i++)
			msg[7+genrand(g, n-7)] = genrand(g, 256);
		break;
	case 7:
		n = 7+genrand(g, 300);
		for(i = 4; i < n; i++)
			msg[i] = genrand(g, 256);
		msg[0] = n;
		msg[1] = n>>8;
		msg[2] = msg[3] = 0;
		if(genrand(g, 2))
			msg[4] = Tversion + 2*genrand(g, 14);
		break;
	}
	return n;
}

static int answers(Trans *t)
{
	Fcall f;
	int n, k, tag;

	k = 0;
	while((n = t->recv(t, ans, sizeof ans)) > 0){
		memset(&f, 0, sizeof f);
		check(n <= Msize && convM2S(ans, n, &f) == (u32int)n && f.type&1);
		tag = f.tag;
		check(pending[tag] > 0);
		pending[tag]--;
		if(f.type == Rversion)
			memset(pending, 0, sizeof pending);
		k++;
	}
	return k;
}

static void run(Srv *template, char *arg, Gen *like, u64int seed, int nmsg)
{
	Srv s;
	Trans *t;
	Gen g;
	u32int n;
	int i, k, good;

	s = *template;
	s.owner = "glenda";
	s.msize = Msize;
	check(s.init(&s, arg) == 0);
	t = msgtrans(&s);
	version(t);
	g = *like;
	g.x = seed;
	g.nfid = 12;
	good = 0;
	for(i = 0; i < nmsg; i++){
		g.tag = genrand(&g, 20);
		n = genmsg(&g, msg, sizeof msg);
		n = damage(&g, n);
		pending[msg[5]|msg[6]<<8]++;
		t->send(t, msg, n);
		k = answers(t);
		good += k;
		if(k > 0)
			genlearn(&g, ans);	/* mostly right */
		if(!transconn(t)->session)
			version(t);
	}
	check(good > nmsg/3);
	t->close(t);
	s.fini(&s);
}

int main(int argc, char **argv)
{
	static Gen any;
	Kind *k;
	int i, n;

	n = argc > 1? atoi(argv[1]): 60;
	for(i = 1; i <= n; i++){
		for(k = kinds; k < kinds+nkinds; k++)
			run(k->table, k->arg, &k->like, i*0x9E3779B97F4A7C15UL, 1000);
		run(&gatesrv, "", &any, i*0xD1342543DE82EF95UL, 1000);
	}
	check(hostbiggest < 300000);	/* nobody asked for more than a value of env is */
	return checkdone();
}
