/* needs: lib9p fs/ramfs.c fs/mbox/mbox.c fs/mbox/store.c fs/mbox/field.c fs/mbox/move.c fs/consmux/consmux.c fs/consmux/view.c fs/consmux/console.c fs/consmux/move.c cmd/9pplay/play.c cmd/9pplay/text.c tests/host/lib9p/trans.c tests/9p/gate.c */
/*
 * t_play: the transcripts of tests/9p, over messages and linked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <glob.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "trans.h"

extern Srv ramfssrv, mboxsrv, consmuxsrv, gatesrv;

static struct {
	Srv *s;
	char *arg;
} servers[] = {
	{ &ramfssrv, "max=1000000" },
	{ &mboxsrv, "max=100000" },
	{ &consmuxsrv, "log=1K key=^T" },
	{ &gatesrv, "" },
};

static Trans *openmsg(Play *p)
{
	return msgtrans(p->aux);
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
			one(&p, g.gl_pathv[i], servers[j].s, servers[j].arg, openlink);
		}
	}
	globfree(&g);
	printf("%d passed, %d failed\n", p.passed, p.failed);
	return p.failed != 0;
}
