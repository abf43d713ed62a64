/*
 * dial: a call to a network address as a pair of pipes, dial(1): standard
 * input goes out, what comes goes to standard output.
 */
#include <u.h>
#include <libc.h>

enum { Bufsize = 64*1024 };

static void usage(void)
{
	fprint(2, "usage: aux/dial [-e] address\n");
	exits("usage");
}

/* until from's end: 0, or -1 and errstr */
static int copy(int from, int to)
{
	char *buf;
	long n;

	buf = malloc(Bufsize);
	if(buf == nil)
		return -1;
	while((n = read(from, buf, Bufsize)) > 0)
		if(write(to, buf, n) != n)
			return -1;
	free(buf);
	return n;
}

int main(int argc, char **argv)
{
	int fd, ctl, pid, atend = 0, r;

	ARGBEGIN{
	case 'e':
		atend = 1;
		break;
	default:
		usage();
	}ARGEND
	if(argc != 1)
		usage();
	fd = dial(argv[0], nil, nil, &ctl);
	if(fd < 0)
		sysfatal("%s: %r", argv[0]);
	pid = fork();
	if(pid < 0)
		sysfatal("fork: %r");
	if(pid == 0){
		r = copy(0, fd);
		if(r < 0)
			fprint(2, "dial: %r\n");
		if(atend || r < 0)
			hangup(ctl);
		else
			write(ctl, "halfclose", 9);	/* not of every network: then the other side is not told */
		exits(nil);
	}
	r = copy(fd, 1);
	postnote(PNPROC, pid, "kill");
	if(r < 0 && !atend)
		sysfatal("%r");
	exits(nil);
}
