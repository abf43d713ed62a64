/* needs: lib9p fs/ramfs.c cmd/9pplay/play.c cmd/9pplay/text.c tests/host/lib9p/trans.c tests/host/lib9p/gen.c */
/*
 * t_alloc: every allocation fails in turn.  The same few hundred requests,
 * once for each allocation they make, which is made to fail: the request
 * concerned gets an error and changes nothing, the server goes on, nothing
 * is lost (ASan), over messages and linked.
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

static uchar msg[2*8192+100], ans[MAXMSIZE];

static void version(Trans *t)
{
	static uchar v[] = { 19,0,0,0, Tversion, 0xFF,0xFF, 0x18,0x20,0,0, 6,0, '9','P','2','0','0','0' };
	uchar m[64];

	t->send(t, v, sizeof v);
	t->recv(t, m, sizeof m);
}

/* run with the k'th allocation failing: did one fail?  *nomem counts what the client saw of it */
static int run(Trans *(*open)(Srv*), long k, int nmsg, int *nomem)
{
	Srv s;
	Trans *t;
	Gen g;
	u32int n;
	int i, failed;

	s = ramfssrv;
	s.owner = "glenda";
	hostfail = k;
	if(s.init(&s, "max=500000") < 0){
		failed = hostfail == 0;
		hostfail = 0;
		check(failed);
		return failed;
	}
	failed = hostfail == 0;
	hostfail = 0;
	t = open(&s);
	if(!failed)
		hostfail = k;
	if(!t->linked)
		version(t);
	memset(&g, 0, sizeof g);
	g.x = 12345;
	g.nfid = 10;
	for(i = 0; i < nmsg; i++){
		g.tag = i;
		n = genmsg(&g, msg, sizeof msg);
		t->send(t, msg, n);
		if(t->recv(t, ans, sizeof ans) < 0)
			check(!"an answer");
		if(ans[4] == Rerror && memcmp(ans+9, Enomem, strlen(Enomem)) == 0)
			++*nomem;
		genlearn(&g, ans);
	}
	if(!failed)
		failed = hostfail == 0;
	t->close(t);
	hostfail = 0;
	s.fini(&s);
	return failed;
}

static void all(char *what, Trans *(*open)(Srv*), int nmsg)
{
	long k;
	int nomem;

	nomem = 0;
	for(k = 1; run(open, k, nmsg, &nomem); k++)
		;
	printf("%s: %ld allocations, %d refused\n", what, k-1, nomem);
	check(k > 100);
	check(nomem > k/2);
}

int main(void)
{
	all("messages", msgtrans, 400);
	all("linked", linktrans, 400);
	return checkdone();
}
