/* needs: lib9p fs/ramfs.c fs/env fs/mbox fs/consmux tests/host/lib9p/world.c tests/host/lib9p/fifo.c tests/host/lib9p/host.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c libc/base/token.c */
/* flags: -Itests/host/include -Itests/host/lib9p -pthread -Wl,--wrap=malloc,--wrap=realloc */
/*
 * f_restore: hostile images.  The first byte chooses a movable server; the
 * next ones are messages that make its state, until one of size 0; then its
 * image is changed where the other bytes say so, its sums being always
 * right (quicksum is 0 here), and restored.  What is refused leaves nothing;
 * what is accepted serves on, and can be saved, restored and ended.
 */
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "world.h"
#include "fuzz.h"

extern Srv ramfssrv, envsrv, mboxsrv, fifosrv, consmuxsrv;
static Srv *servers[] = { &ramfssrv, &envsrv, &mboxsrv, &fifosrv, &consmuxsrv };
static char *args[] = { "max=100000", "", "", "", "" };

u32int quicksum(const void *p, usize n)
{
	USED(p);
	USED(n);
	return 0;
}

static void receive(World *w)
{
	static uchar ans[MAXMSIZE];
	Fcall f;
	int i, n;

	for(i = 0; i < Worldconns; i++)
		while((n = worldrecv(w, i, ans, sizeof ans)) > 0)
			if(ans[0] != 0)	/* the image may say anything was left to be sent */
				convM2S(ans, n, &f);
}

static void messages(World *w, Bytes *b)
{
	uchar m[Maxmessage];
	u32int n;
	int i;

	for(i = 0; i < 60 && more(b); i++){
		n = message(b, m);
		if(n == 7)
			break;
		worldsend(w, i%7 == 6, m, n);
	}
	receive(w);
}

static void edit(Bytes *b, Img *m)
{
	u32int at, n;
	int i;

	for(i = 0; i < 8 && more(b); i++){
		at = take2(b)%m->n;
		switch((n = take1(b))&3){
		case 0: m->p[at] = take1(b); break;
		case 1: m->p[at] ^= 1<<(n>>2&7); break;
		case 2: m->p[at] = 0xFF; break;
		case 3: taken(b, m->p+at, n>>2 < m->n-at? n>>2: m->n-at); break;
		}
	}
	if(take1(b)&1)
		m->n -= take1(b)%m->n;
}

int LLVMFuzzerTestOneInput(const uchar *p, usize n)
{
	Bytes b = { p, p+n };
	World old, new;
	Img m;
	int i;

	i = take1(&b)%nelem(servers);
	worldopen(&old, servers[i], args[i]);
	worldversion(&old, 0);
	worldversion(&old, 1);
	messages(&old, &b);
	must(worldsave(&old, &m) == 0);
	edit(&b, &m);
	if(worldrestore(&new, &old, m.p, m.n) == 0){
		worldgo(&new);
		receive(&new);
		messages(&new, &b);
		worldmove(&new);
		receive(&new);
		worldclose(&new);
	}
	imgfree(&m);
	worldclose(&old);
	return 0;
}
