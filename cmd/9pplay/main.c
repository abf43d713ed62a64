/*
 * 9pplay: play 9P transcripts (tests/9p/README) against a server: one of
 * those linked in, which is then served on a pipe for each client, by
 * processes that share its memory; or what a file in /srv leads to, which
 * can have one client.  Prints what differs and then the sum.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include "play.h"

extern Srv ramfssrv;

enum {
	Patience = 20*1000,	/* ms for an answer */
};

typedef struct Fdt Fdt;
struct Fdt {
	Trans t;
	int fd;
	Io io;
};

static struct {
	Srv *s;
	char *arg;	/* for init, when none is given */
} servers[] = {
	{ &ramfssrv, "max=1000000" },
};
static char *file;		/* in /srv, instead */

static void usage(void)
{
	fprint(2, "usage: 9pplay [-a arg] [-o owner] [-s server | -f file] transcript...\n");
	exits("usage");
}

static int caught(void *ureg, char *note)
{
	USED(ureg);
	return strcmp(note, "alarm") == 0;
}

static long fdread(Io *io, void *p, long n)
{
	return read(io->fd, p, n);
}

static int fdsend(Trans *t, uchar *msg, u32int n)
{
	Fdt *x;

	x = (Fdt*)t;
	return write(x->fd, msg, n) == (long)n? 0: -1;
}

static int fdrecv(Trans *t, uchar *buf, u32int max)
{
	Fdt *x;
	int n;

	x = (Fdt*)t;
	alarm(Patience);
	n = readmsg(&x->io, buf, max);
	alarm(0);
	if(n == 0)
		werrstr("%s", Ehungup);
	return n > 0? n: -1;
}

static void fdclose(Trans *t)
{
	Fdt *x;

	x = (Fdt*)t;
	close(x->fd);
	free(x);
	sleep(100);	/* for the server to see it */
}

/* our end of a pipe whose other end the server has */
static int newclient(Srv *s)
{
	int p[2];

	if(pipe(p) < 0)
		return -1;
	switch(rfork(RFPROC|RFMEM|RFFDG|RFNOWAIT)){
	case -1:
		close(p[0]);
		close(p[1]);
		return -1;
	case 0:
		close(p[0]);
		srvfd(s, p[1], p[1]);
		_exits(nil);
	}
	close(p[1]);
	return p[0];
}

static Trans *fdopen(Play *p)
{
	Fdt *x;
	int fd;

	fd = file != nil? open(file, ORDWR|OCEXEC): newclient(p->aux);
	if(fd < 0 || (x = mallocz(sizeof *x, 1)) == nil)
		return nil;
	x->t.send = fdsend;
	x->t.recv = fdrecv;
	x->t.close = fdclose;
	x->fd = fd;
	x->io.fd = fd;
	x->io.read = fdread;
	return &x->t;
}

static char *slurp(char *name)
{
	char *s;
	long n, max;
	int fd;

	max = 256*1024;
	fd = open(name, OREAD);
	if(fd < 0 || (s = malloc(max)) == nil || (n = readn(fd, s, max-1)) < 0)
		sysfatal("%s: %r", name);
	close(fd);
	s[n] = 0;
	return s;
}

static int find(char *name)
{
	uint i;

	for(i = 0; i < nelem(servers); i++)
		if(strcmp(servers[i].s->name, name) == 0)
			return i;
	sysfatal("no server %s", name);
}

int main(int argc, char **argv)
{
	Play p;
	Srv *s;
	char *arg, *text;
	int i, which;

	memset(&p, 0, sizeof p);
	p.owner = getuser();
	arg = nil;
	which = 0;
	ARGBEGIN{
	case 'a':
		arg = EARGF(usage());
		break;
	case 'f':
		file = EARGF(usage());
		break;
	case 'o':
		p.owner = EARGF(usage());
		break;
	case 's':
		which = find(EARGF(usage()));
		break;
	default:
		usage();
	}ARGEND
	if(argc == 0)
		usage();
	atnotify(caught, 1);
	s = servers[which].s;
	if(arg == nil)
		arg = servers[which].arg;
	p.open = fdopen;
	p.only = file != nil? nil: s->name;
	for(i = 0; i < argc; i++){
		s->owner = p.owner;
		if(file == nil && s->init(s, arg) < 0)	/* one that played is left to its last processes */
			sysfatal("%s: %r", s->name);
		p.aux = s;
		text = slurp(argv[i]);
		play(&p, argv[i], text);
		free(text);
	}
	print("%d passed, %d failed\n", p.passed, p.failed);
	exits(p.failed? "failed": nil);
}
