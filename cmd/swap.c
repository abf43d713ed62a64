/* swap: let the system page to a file or partition; without an argument show what /dev/swap says. */
#include <u.h>
#include <libc.h>

static void show(void)
{
	char buf[512];
	int fd = open("/dev/swap", OREAD);
	long n;

	if(fd < 0 || (n = read(fd, buf, sizeof buf)) < 0)
		sysfatal("/dev/swap: %r");
	write(1, buf, n);
}

int main(int argc, char **argv)
{
	int fd, ctl;

	ARGBEGIN{
	default:
	usage:
		fprint(2, "usage: swap [file]\n");
		exits("usage");
	}ARGEND
	if(argc > 1)
		goto usage;
	if(argc == 0){
		show();
		exits(nil);
	}
	fd = open(argv[0], ORDWR);
	if(fd < 0)
		sysfatal("%s: %r", argv[0]);
	ctl = open("/dev/swap", OWRITE);
	if(ctl < 0 || fprint(ctl, "%d", fd) < 0)
		sysfatal("/dev/swap: %r");
	exits(nil);
}
