/* needs: lib9p fs/ramfs.c fs/env/[a-z]*.c fs/mbox/[a-z]*.c fs/consmux/[a-z]*.c tests/host/lib9p/kinds.c tests/host/lib9p/fifo.c cmd/9pplay/play.c cmd/9pplay/text.c tests/host/lib9p/trans.c tests/host/lib9p/gen.c */
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
#include "kinds.h"
#include "host.h"

static uchar msg[2*8192+100], ans[MAXMSIZE];

static void version(Trans *t)
{
	static uchar v[] = { 19,0,0,0, Tversion, 0xFF,0xFF, 0x18,0x20,0,0, 6,0, '9','P','2','0','0','0' };
	uchar m[64];

	t->send(t, v, sizeof v);
	t->recv(t, m, sizeof m);
}

/* run with the k'th allocation failing: did one fail?  *nomem counts what the client saw of it */
static int run(Kind *kind, Trans *(*open)(Srv*), long k, int nmsg, int *nomem)
{
	Srv s;
	Trans *t;
	Gen g;
	u32int n;
	int i, failed;

	s = *kind->table;
	s.owner = "glenda";
	hostfail = k;
	if(s.init(&s, kind->arg) < 0){
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
	g = kind->like;
	g.x = 12345;
	g.nfid = 10;
	for(i = 0; i < nmsg; i++){
		g.tag = i;
		n = genmsg(&g, msg, sizeof msg);
		t->send(t, msg, n);
		if(t->recv(t, ans, sizeof ans) < 0){
			check(g.name != nil);	/* reads may wait */
			continue;
		}
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

static void all(Kind *kind, char *what, Trans *(*open)(Srv*), int nmsg)
{
	long k;
	int nomem;

	nomem = 0;
	for(k = 1; run(kind, open, k, nmsg, &nomem); k++)
		;
	printf("%s, %s: %ld allocations, %d refused\n", kind->table->name, what, k-1, nomem);
	check(k > 100);
	check(nomem > k/2);
}

int main(void)
{
	int i;

	for(i = 0; i < nkinds; i++){
		if(strcmp(kinds[i].name, "fifo") == 0)	/* for messages only */
			continue;
		all(&kinds[i], "messages", msgtrans, 400);
		all(&kinds[i], "linked", linktrans, 400);
	}
	return checkdone();
}
