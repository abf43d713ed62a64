/*
 * bind: make one name stand for another in this process group's name space.
 * bind(1), bind(2).
 */
#include <u.h>
#include <libc.h>

static void usage(void)
{
	fprint(2, "usage: bind [-abcq] new old\n");
	exits("usage");
}

int main(int argc, char **argv)
{
	int flag = MREPL, quiet = 0;

	ARGBEGIN{
	case 'a':
	case 'b':
	case 'c':
		flag = mntflag(flag, ARGC());
		break;
	case 'q':
		quiet = 1;
		break;
	default:
		usage();
	}ARGEND
	if(argc != 2 || flag < 0)
		usage();
	if(bind(argv[0], argv[1], flag) < 0){
		if(!quiet)
			fprint(2, "bind: %s on %s: %r\n", argv[0], argv[1]);
		exits("bind");
	}
	exits(nil);
}
