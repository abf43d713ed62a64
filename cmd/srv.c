/*
 * srv: post a connection to a 9P server in /srv, and mount it if a place is
 * named.  The connection is a command's standard input and output (-e), an existing
 * file such as a serial line (-f), or a network address.
 */
#include <u.h>
#include <libc.h>

static void usage(void)
{
	fprint(2, "usage: srv [-abcCq] [-e | -f] what [name [mtpt]]\n");
	exits("usage");
}

/* our end of a pipe whose other end is the command's descriptors 0 and 1 */
static int runcommand(char *cmd)
{
	int p[2];

	if(pipe(p) < 0)
		sysfatal("pipe: %r");
	switch(rfork(RFPROC|RFFDG|RFNOTEG|RFNAMEG|RFNOWAIT)){
	case -1:
		sysfatal("rfork: %r");
	case 0:
		dup(p[1], 0);
		dup(p[1], 1);
		close(p[0]);
		close(p[1]);
		execl("/bin/rc", "rc", "-c", cmd, nil);
		sysfatal("/bin/rc: %r");
	}
	close(p[1]);
	return p[0];
}

static int connect(char *what, int how)
{
	int fd, ctl;

	if(how == 'e')
		return runcommand(what);
	if(how == 'f')
		return open(what, ORDWR);
	fd = dial(netmkaddr(what, nil, "9fs"), nil, nil, &ctl);
	if(fd < 0)
		return -1;
	fprint(ctl, "nodelay");	/* requests are small; where it is unknown there is no need */
	fprint(ctl, "keepalive");
	close(ctl);
	return fd;
}

static void post(int fd, char *path)
{
	char num[16];
	int s, n;

	s = create(path, OWRITE, 0600);
	if(s < 0)
		sysfatal("%s: %r", path);
	n = snprint(num, sizeof num, "%d", fd);
	if(write(s, num, n) != n)
		sysfatal("%s: %r", path);
	close(s);
}

int main(int argc, char **argv)
{
	char *path, *name, *slash;
	int fd, how = 0, flag = 0, quiet = 0;

	ARGBEGIN{
	case 'a':
	case 'b':
	case 'c':
	case 'C':
		flag = mntflag(flag, ARGC());
		break;
	case 'e':
	case 'f':
		how = ARGC();
		break;
	case 'q':
		quiet = 1;
		break;
	default:
		usage();
	}ARGEND
	if(argc < 1 || argc > 3 || flag < 0)
		usage();
	name = argc > 1 ? argv[1] : argv[0];
	slash = strrchr(name, '/');
	if(slash != nil && slash[1] != 0 && strncmp(name, "/srv/", 5) != 0)
		name = slash+1;
	path = strncmp(name, "/srv/", 5) == 0 ? strdup(name) : smprint("/srv/%s", name);
	if(path == nil)
		sysfatal("%r");
	fd = connect(argv[0], how);
	if(fd < 0)
		sysfatal("%s: %r", argv[0]);
	post(fd, path);
	if(argc == 3 && mount(fd, -1, argv[2], flag, "") < 0){
		if(!quiet)
			fprint(2, "srv: mount on %s: %r\n", argv[2]);
		exits("mount");
	}
	exits(nil);
}
