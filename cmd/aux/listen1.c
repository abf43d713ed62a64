/*
 * listen1: run a command for each call to an address, its standard input and
 * output the connection: listen(8).  With -p no more than so many at once:
 * the next call waits.
 */
#include <u.h>
#include <libc.h>

static void usage(void)
{
	fprint(2, "usage: aux/listen1 [-bv] [-n calls] [-p maxprocs] address command [arg ...]\n");
	exits("usage");
}

static noreturn_ void serve(int lctl, char *ldir, char **argv)
{
	NetConnInfo *i;
	char *file;
	int fd;

	fd = accept(lctl, ldir);
	if(fd < 0)
		sysfatal("%s: %r", ldir);
	fprint(lctl, "keepalive");	/* where it is unknown there is no need */
	close(lctl);
	putenv("net", ldir);
	i = getnetconninfo(ldir, fd);
	if(i != nil)
		putenv("remote", i->raddr);
	dup(fd, 0);
	dup(fd, 1);
	dup(fd, 2);
	if(fd > 2)
		close(fd);
	exec(argv[0], argv);
	if(argv[0][0] != '/' && (file = smprint("/bin/%s", argv[0])) != nil)
		exec(file, argv);
	sysfatal("%s: %r", argv[0]);
}

static void say(char *ldir)
{
	NetConnInfo *i;

	i = getnetconninfo(ldir, -1);
	if(i != nil)
		fprint(2, "listen1: call from %s\n", i->raddr);
	freenetconninfo(i);
}

int main(int argc, char **argv)
{
	char adir[NETPATHLEN], ldir[NETPATHLEN];
	int ctl, lctl, verbose = 0, back = 0, calls = 0, max = 0, n = 0, i;

	ARGBEGIN{
	case 'b':
		back = 1;
		break;
	case 'n':
		calls = atoi(EARGF(usage()));
		break;
	case 'p':
		max = atoi(EARGF(usage()));
		break;
	case 'v':
		verbose = 1;
		break;
	default:
		usage();
	}ARGEND
	if(argc < 2)
		usage();
	ctl = announce(argv[0], adir);
	if(ctl < 0)
		sysfatal("announce %s: %r", argv[0]);
	if(back && background(2) < 0)
		sysfatal("background: %r");
	for(i = 0; calls == 0 || i < calls; i++){
		lctl = listen(adir, ldir);
		if(lctl < 0)
			sysfatal("listen %s: %r", argv[0]);
		if(verbose)
			say(ldir);
		switch(rfork(RFPROC|RFFDG|RFNOTEG|RFENVG|RFNAMEG|(max == 0 && calls == 0? RFNOWAIT: 0))){
		case -1:
			reject(lctl, ldir, "no process");
			break;
		case 0:
			close(ctl);
			serve(lctl, ldir, argv+1);
		default:
			n++;
		}
		close(lctl);
		if(max > 0 && n >= max && waitpid() >= 0)
			n--;
	}
	close(ctl);
	while(waitpid() >= 0)
		;
	exits(nil);
}
