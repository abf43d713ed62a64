/*
 * import: mount a directory of another machine's name space, as its
 * exportfs serves it: import(1).
 */
#include <u.h>
#include <libc.h>

static void usage(void)
{
	fprint(2, "usage: import [-abcC] [-m msize] host file [mtpt]\n");
	exits("usage");
}

static int call(char *host)
{
	char *addr;
	int fd, ctl;

	addr = netmkaddr(host, nil, "exportfs");
	fd = dial(addr, nil, nil, &ctl);
	if(fd < 0)
		sysfatal("%s: %r", addr);
	fprint(ctl, "nodelay");	/* where it is unknown there is no need */
	fprint(ctl, "keepalive");
	close(ctl);
	return fd;
}

int main(int argc, char **argv)
{
	char version[32] = "";	/* the kernel's */
	int flag = MREPL, msize = 0, fd;

	ARGBEGIN{
	case 'a':
	case 'b':
	case 'c':
	case 'C':
		flag = mntflag(flag, ARGC());
		break;
	case 'm':
		msize = atoi(EARGF(usage()));
		break;
	default:
		usage();
	}ARGEND
	if(argc < 2 || argc > 3 || flag < 0)
		usage();
	fd = call(argv[0]);
	if(msize != 0 && fversion(fd, msize, version, sizeof version) < 0)
		sysfatal("%s: version: %r", argv[0]);
	if(mount(fd, -1, argv[argc-1], flag, argv[1]) < 0)
		sysfatal("%s: mount %s: %r", argv[0], argv[1]);
	exits(nil);
}
