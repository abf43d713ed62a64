/*
 * login: a session of another user on the console, login(8).  The user's
 * processes get a name space, an environment, a note group and the console;
 * when his shell ends, the console is the host owner's again.
 */
#include <u.h>
#include <libc.h>
#include <auth.h>

static void usage(void)
{
	fprint(2, "usage: login [user]\n");
	exits("usage");
}

/* asks for a name; buf, or nil at the end of input */
static char *ask(char *buf, int n)
{
	long m;

	do{
		fprint(2, "user: ");
		m = read(0, buf, n-1);
		if(m <= 0)
			return nil;
		if(buf[m-1] == '\n')
			m--;
		buf[m] = 0;
	}while(m == 0);
	return buf;
}

static int consctl(char *fmt, char *arg)
{
	int fd, r;

	fd = open("#c/consctl", OWRITE|OCEXEC);
	if(fd < 0)
		return -1;
	r = fprint(fd, fmt, arg) < 0 ? -1 : 0;
	close(fd);
	return r;
}

static void session(char *user)
{
	rfork(RFNOTEG|RFREND|RFENVG|RFFDG);
	if(consctl("owner %q\nnotepg\n", user) < 0)
		sysfatal("/dev/consctl: %r");
	if(capuser(user) < 0)
		sysfatal("%s: %r", user);
	if(newns(user, nil) < 0)
		sysfatal("name space: %r");
	chdir("/");
	execl("/bin/rc", "rc", "-li", nil);
	sysfatal("/bin/rc: %r");
}

static void waitfor(int pid)
{
	Waitmsg *w;

	while((w = wait()) != nil){
		if(w->pid == pid){
			free(w);
			return;
		}
		free(w);
	}
}

static void ignore(void *ureg, char *msg)
{
	USED(ureg);
	noted(strcmp(msg, "interrupt") == 0 ? NCONT : NDFLT);
}

int main(int argc, char **argv)
{
	char buf[64], *user, *owner;
	int pid;

	ARGBEGIN{
	default:
		usage();
	}ARGEND
	if(argc > 1)
		usage();
	user = argc ? argv[0] : ask(buf, sizeof buf);
	if(user == nil)
		exits(nil);
	owner = strdup(getuser());
	if(owner == nil || userexists(nil, user) != 1){
		fprint(2, "login: %s: unknown user\n", user);
		exits("unknown user");
	}
	notify(ignore);
	pid = rfork(RFPROC|RFFDG);
	if(pid < 0)
		sysfatal("rfork: %r");
	if(pid == 0)
		session(user);
	waitfor(pid);
	if(consctl("owner %q\nnotepg\n", owner) < 0)
		sysfatal("/dev/consctl: %r");
	exits(nil);
}
