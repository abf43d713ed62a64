/*
 * 9pplay: play 9P transcripts (tests/9p/README) against a server: one of
 * those linked in, which is then served on a pipe for each client, by
 * processes that share its memory; one that is started for it, as a program
 * or in the kernel, host.c; or what a file in /srv leads to, which can have
 * one client.  Prints what differs and then the sum.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include "play.h"
#include "host.h"

extern Srv ramfssrv, envsrv, mboxsrv, consmuxsrv;

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
	{ &envsrv, "" },
	{ &mboxsrv, "max=100000" },
	{ &consmuxsrv, "log=1K key=^T" },
};
static char *file;		/* in /srv, instead */
static Host *host;		/* or a server in one of these */

static void usage(void)
{
	fprint(2, "usage: 9pplay [-a arg] [-h kernel|user] [-o owner] [-s server | -f file] transcript...\n");
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
	if(host == nil)
		sleep(100);	/* for the server to see it */
	else if(hostwait(host) < 0)
		sysfatal("%s: %r", host->name);
}

static long fdwrite(Io *io, const void *p, long n)
{
	return write(io->wfd, p, n);
}

/*
 * Our end of a pipe whose other end the server has.  What one client waits
 * for may be written by another's process: so descriptors are shared, and
 * the Io is not on a stack, which is not.
 */
static int newclient(Srv *s)
{
	Io *io;
	int p[2];

	if((io = mallocz(sizeof *io, 1)) == nil || pipe(p) < 0)
		return -1;
	io->read = fdread;
	io->write = fdwrite;
	io->fd = io->wfd = p[1];
	switch(rfork(RFPROC|RFMEM|RFNOWAIT)){
	case -1:
		close(p[0]);
		close(p[1]);
		free(io);
		return -1;
	case 0:
		srvio(s, io);
		close(io->fd);
		_exits(nil);
	}
	return p[0];
}

static Trans *fdopen(Play *p)
{
	Fdt *x;
	int fd;

	if(host != nil)
		fd = hostclient(host);
	else
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
	char *arg, *text, *where;
	int i, which;

	memset(&p, 0, sizeof p);
	p.owner = getuser();
	arg = nil;
	which = 0;
	where = nil;
	ARGBEGIN{
	case 'a':
		arg = EARGF(usage());
		break;
	case 'f':
		file = EARGF(usage());
		break;
	case 'h':
		where = EARGF(usage());
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
		text = slurp(argv[i]);
		if(where != nil && (host = hostopen(where, s, arg)) == nil)
			sysfatal("%s: %r", s->name);
		if(where == nil && file == nil && s->init(s, arg) < 0)	/* one that played is left to its last processes */
			sysfatal("%s: %r", s->name);
		p.aux = s;
		play(&p, argv[i], text);
		if(host != nil && hostclose(host) < 0)
			sysfatal("%s: %r", s->name);
		free(text);
	}
	print("%d passed, %d failed\n", p.passed, p.failed);
	exits(p.failed? "failed": nil);
}
