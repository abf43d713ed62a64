/*
 * as: run a command as another user, as(8).  Only the host owner can; but
 * anybody can become none.
 */
#include <u.h>
#include <libc.h>
#include <auth.h>

static char *ns;

static void usage(void)
{
	fprint(2, "usage: as [-d] [-n namespace] user [command [arg ...]]\n");
	exits("usage");
}

static void becomenone(void)
{
	int fd;

	fd = open("/dev/user", OWRITE);
	if(fd < 0 || write(fd, "none", 4) < 0)
		sysfatal("none: %r");
	close(fd);
}

static void becomeuser(char *user)
{
	switch(userexists(nil, user)){
	case -1:
		sysfatal("/lib/users: %r");
	case 0:
		sysfatal("%s: not in /lib/users", user);
	}
	if(capuser(user) < 0)
		sysfatal("%s: %r", user);
}

/* args[0], from /bin if it is no path */
static noreturn_ void run(char **args)
{
	char path[256];

	snprint(path, sizeof path, strchr(args[0], '/') ? "%s" : "/bin/%s", args[0]);
	exec(path, args);
	sysfatal("%s: %r", args[0]);
}

int main(int argc, char **argv)
{
	static char *shell[] = { "/bin/rc", "-l", nil };

	ARGBEGIN{
	case 'd':
		newnsdebug = 1;
		break;
	case 'n':
		ns = EARGF(usage());
		break;
	default:
		usage();
	}ARGEND
	if(argc < 1)
		usage();
	if(strcmp(argv[0], "none") == 0)
		becomenone();
	else if(strcmp(argv[0], getuser()) != 0)
		becomeuser(argv[0]);
	if(newns(argv[0], ns) < 0)
		sysfatal("name space: %r");
	run(argc > 1 ? argv+1 : shell);
}
