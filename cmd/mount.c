/*
 * mount: attach to the file server behind a channel, most often one posted
 * in /srv, and make its tree appear at a name.  bind(1), mount(2), srv(3).
 */
#include <u.h>
#include <libc.h>

static void usage(void)
{
	fprint(2, "usage: mount [-abcCnq] [-m msize] /srv/service dir [spec]\n");
	exits("usage");
}

/* the first version message fixes msize; without one the kernel asks for its own choice */
static void setmsize(int fd, char *service, int msize)
{
	char version[32] = "";

	if(fversion(fd, msize, version, sizeof version) < 0)
		sysfatal("%s: version: %r", service);
}

int main(int argc, char **argv)
{
	int flag = MREPL, quiet = 0, msize = 0, fd;
	char *spec = "";

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
	case 'n':	/* no authentication: there is none to do here */
		break;
	case 'q':
		quiet = 1;
		break;
	default:
		usage();
	}ARGEND
	if(argc == 3)
		spec = argv[2];
	else if(argc != 2)
		usage();
	if(flag < 0)
		usage();
	fd = open(argv[0], ORDWR);
	if(fd < 0){
		if(!quiet)
			fprint(2, "mount: %s: %r\n", argv[0]);
		exits("open");
	}
	if(msize != 0)
		setmsize(fd, argv[0], msize);
	if(mount(fd, -1, argv[1], flag, spec) < 0){
		if(!quiet)
			fprint(2, "mount: %s on %s: %r\n", argv[0], argv[1]);
		exits("mount");
	}
	exits(nil);
}
