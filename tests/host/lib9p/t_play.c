/* needs: lib9p fs/ramfs.c fs/env/[a-z]*.c fs/mbox/[a-z]*.c fs/consmux/[a-z]*.c cmd/9pplay/play.c cmd/9pplay/text.c tests/host/lib9p/trans.c tests/host/lib9p/world.c tests/9p/gate.c */
/*
 * t_play: the transcripts of tests/9p, over messages, answered at once or not, linked, and over messages
 * with a server that moves after each of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <glob.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "trans.h"
#include "check.h"
#include "world.h"

extern Srv ramfssrv, envsrv, mboxsrv, consmuxsrv, gatesrv;

static struct {
	Srv *s;
	char *arg;
} servers[] = {
	{ &ramfssrv, "max=1000000" },
	{ &envsrv, "" },
	{ &mboxsrv, "max=100000" },
	{ &consmuxsrv, "log=1K key=^T" },
	{ &gatesrv, "" },
};

static Trans *openmsg(Play *p)
{
	return msgtrans(p->aux);
}

static Trans *openquick(Play *p)
{
	return quicktrans(p->aux);
}

static Trans *openlink(Play *p)
{
	return linktrans(p->aux);
}

static char *slurp(char *file)
{
	static char buf[1<<20];
	FILE *f;
	size_t n;

	if((f = fopen(file, "r")) == nil)
		abort();
	n = fread(buf, 1, sizeof buf-1, f);
	buf[n] = 0;
	fclose(f);
	return buf;
}

/* --- a server that moves --- */
typedef struct Movet Movet;
struct Movet {
	Trans t;
	World *w;
	int i;		/* which of its clients */
};

static int used[Worldmost];

static int movesend(Trans *t, uchar *msg, u32int n)
{
	Movet *x;

	x = (Movet*)t;
	worldsend(x->w, x->i, msg, n);
	worldmove(x->w);
	return 0;
}

static int moverecv(Trans *t, uchar *buf, u32int max)
{
	Movet *x;
	int n;

	x = (Movet*)t;
	if((n = worldrecv(x->w, x->i, buf, max)) < 0)
		werrstr("no answer");
	return n;
}

static void moveclose(Trans *t)
{
	Movet *x;

	x = (Movet*)t;
	worldhang(x->w, x->i);
	used[x->i] = 0;
	free(x);
}

static Trans *openmove(Play *p)
{
	Movet *x;
	int i;

	for(i = 0; used[i]; i++)
		;
	used[i] = 1;
	if((x = mallocz(sizeof *x, 1)) == nil)
		abort();
	x->t = (Trans){ .send = movesend, .recv = moverecv, .close = moveclose };
	x->w = p->aux;
	x->i = i;
	return &x->t;
}

static void moving(Play *p, char *file, Srv *template, char *arg)
{
	World w;

	if(template->save == nil)
		return;
	worldopenn(&w, template, arg, Worldmost, 0);
	p->open = openmove;
	p->owner = w.s->owner;
	p->only = template->name;
	p->aux = &w;
	play(p, file, slurp(file));
	worldclose(&w);
}

static void one(Play *p, char *file, Srv *template, char *arg, Trans *(*open)(Play*))
{
	Srv s;

	s = *template;
	s.owner = "glenda";
	if(s.init(&s, arg) < 0)
		abort();
	p->open = open;
	p->owner = s.owner;
	p->only = s.name;
	p->aux = &s;
	play(p, file, slurp(file));
	s.fini(&s);
}

int main(int argc, char **argv)
{
	Play p;
	glob_t g;
	size_t i, j;

	memset(&p, 0, sizeof p);
	if(glob(argc > 1? argv[1]: "tests/9p/*.9p", 0, nil, &g) != 0)
		return 1;
	for(i = 0; i < g.gl_pathc; i++){
		for(j = 0; j < nelem(servers); j++){
			one(&p, g.gl_pathv[i], servers[j].s, servers[j].arg, openmsg);
			one(&p, g.gl_pathv[i], servers[j].s, servers[j].arg, openquick);
			one(&p, g.gl_pathv[i], servers[j].s, servers[j].arg, openlink);
			moving(&p, g.gl_pathv[i], servers[j].s, servers[j].arg);
		}
	}
	globfree(&g);
	printf("%d passed, %d failed\n", p.passed, p.failed);
	return p.failed != 0;
}
