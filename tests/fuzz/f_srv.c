/* needs: lib9p fs cmd/9pplay/play.c cmd/9pplay/text.c tests/host/lib9p/trans.c tests/9p/gate.c host */
/*
 * f_srv: a hostile client.  The first byte chooses a server; the rest is
 * messages, most of which get their size and a small tag from here, so that
 * the fuzzer need not find them.  Every answer is well-formed and within
 * msize, to a tag that waits for one, and what is left at the end is nothing.
 */
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "trans.h"
#include "fuzz.h"

extern Srv ramfssrv, envsrv, mboxsrv, gatesrv, consmuxsrv;

enum { Msize = 4096+IOHDRSZ };

static Srv *servers[] = { &ramfssrv, &envsrv, &mboxsrv, &gatesrv, &consmuxsrv };
static char *args[] = { "max=100000", "", "", "", "" };
static int waits[65536];

static void answers(Trans *t)
{
	static uchar ans[MAXMSIZE];
	Fcall f;
	int n;

	while((n = t->recv(t, ans, sizeof ans)) > 0){
		must(n <= Msize && convM2S(ans, n, &f) == (u32int)n && f.type&1);
		must(waits[f.tag]-- > 0);
		if(f.type == Rversion)
			memset(waits, 0, sizeof waits);
	}
}

static void send(Trans *t, uchar *m, u32int n)
{
	waits[m[5] | m[6]<<8]++;
	t->send(t, m, n);
	answers(t);
}

int LLVMFuzzerTestOneInput(const uchar *p, usize n)
{
	static uchar version[] = { 19,0,0,0, Tversion, 0xFF,0xFF, (uchar)Msize,Msize>>8,0,0, 6,0, '9','P','2','0','0','0' };
	Bytes b = { p, p+n };
	uchar m[Maxmessage];
	Trans *t;
	Srv s;
	int i;

	i = take1(&b)%nelem(servers);
	s = *servers[i];
	s.owner = "glenda";
	s.msize = Msize;
	if(s.init != nil)
		must(s.init(&s, args[i]) == 0);
	memset(waits, 0, sizeof waits);
	t = n & 1? quicktrans(&s): msgtrans(&s);
	send(t, version, sizeof version);
	for(i = 0; i < 300 && more(&b); i++)
		send(t, m, message(&b, m));
	t->close(t);
	if(s.fini != nil)
		s.fini(&s);
	return 0;
}
