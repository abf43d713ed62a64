/* needs: lib9p fs/ramfs.c cmd/9pplay/play.c cmd/9pplay/text.c tests/host/lib9p/trans.c */
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

extern Srv ramfssrv;

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

/* over messages a transcript starts with a version unless it does that itself */
static Trans *openversion(Play *p)
{
	static uchar msg[] = { 19,0,0,0, Tversion, 0xFF,0xFF, 0x18,0x20,0,0, 6,0, '9','P','2','0','0','0' };
	uchar m[64];
	Trans *t;

	t = openmsg(p);
	t->send(t, msg, sizeof msg);
	if(t->recv(t, m, sizeof m) < 0 || m[4] != Rversion)
		abort();
	return t;
}

static void one(Play *p, char *file, Trans *(*open)(Play*))
{
	Srv s;

	s = ramfssrv;
	s.owner = "glenda";
	if(s.init(&s, "max=1000000") < 0)
		abort();
	p->open = open;
	p->owner = s.owner;
	p->only = "ramfs";
	p->aux = &s;
	play(p, file, slurp(file));
	s.fini(&s);
}

int main(int argc, char **argv)
{
	Play p;
	glob_t g;
	size_t i;

	memset(&p, 0, sizeof p);
	if(glob(argc > 1? argv[1]: "tests/9p/*.9p", 0, nil, &g) != 0)
		return 1;
	for(i = 0; i < g.gl_pathc; i++){
		one(&p, g.gl_pathv[i], strstr(g.gl_pathv[i], "raw")? openmsg: openversion);
		one(&p, g.gl_pathv[i], openlink);
	}
	globfree(&g);
	printf("%d passed, %d failed\n", p.passed, p.failed);
	return p.failed != 0;
}
