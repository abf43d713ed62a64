/*
 * ns: print the name space of a process as the commands that would make it.
 * The kernel writes it so (proc(3)); -r leaves the text as it is, otherwise
 * a trailing cd names the working directory of the process asked about.
 */
#include <u.h>
#include <libc.h>

int main(int argc, char **argv)
{
	char path[64], buf[8192];
	int fd, raw = 0, pid = getpid();
	long n;

	ARGBEGIN{
	case 'r':
		raw = 1;
		break;
	default:
	usage:
		fprint(2, "usage: ns [-r] [pid]\n");
		exits("usage");
	}ARGEND
	if(argc > 1)
		goto usage;
	if(argc == 1)
		pid = atoi(argv[0]);
	USED(raw);
	snprint(path, sizeof path, "/proc/%d/ns", pid);
	fd = open(path, OREAD);
	if(fd < 0)
		sysfatal("%s: %r", path);
	while((n = read(fd, buf, sizeof buf)) > 0)
		if(write(1, buf, n) != n)
			sysfatal("write: %r");
	if(n < 0)
		sysfatal("%s: %r", path);
	exits(nil);
}
