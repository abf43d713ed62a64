/*
 * keep: start a server, and start it again when it dies, keep(8).
 *
 * The command is given the end of a pipe that it knows nothing of; when all
 * processes that have it are gone, the server is.  A high number, so that it
 * is closed after all that the server has.  A server that ended as it should
 * has removed its restart log.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>

enum {
	Maxtries = 100,
	Endfd = 90,
	Firstpause = 10,	/* ms, before the second restart; then twice as long each time, up to */
	Lastpause = 10000,	/* or to as long as leaves no more than tries in span */
};

static char *name;
static int tries = 5;
static vlong span = 60;		/* s */
static vlong death[Maxtries];	/* when, nsec; the last is death[ndeath-1 % tries] */
static long ndeath;

static void usage(void)
{
	fprint(2, "usage: keep [-n tries] [-t seconds] name command [arg ...]\n");
	exits("usage");
}

static noreturn_ void run(char **argv, int fd)
{
	char path[256];

	if(fd != Endfd){
		dup(fd, Endfd);
		close(fd);
	}
	exec(argv[0], argv);
	if(argv[0][0] != '/' && strncmp(argv[0], "./", 2) != 0 && strncmp(argv[0], "../", 3) != 0){
		snprint(path, sizeof path, "/bin/%s", argv[0]);
		exec(path, argv);
	}
	fprint(2, "keep: %s: %r\n", argv[0]);
	exits("exec");
}

static int haslog(void)
{
	char path[256];

	snprint(path, sizeof path, "#g/srv.%s", name);
	return access(path, AEXIST) == 0;
}

/* run the command until nothing is left of it; its first process's status is in buf */
static void serve(char **argv, char *buf, int n)
{
	Waitmsg *w;
	char c;
	int p[2], pid;

	if(pipe(p) < 0)
		sysfatal("pipe: %r");
	pid = rfork(RFPROC|RFFDG);
	if(pid < 0)
		sysfatal("fork: %r");
	if(pid == 0){
		close(p[0]);
		run(argv, p[1]);
	}
	close(p[1]);
	while((w = wait()) != nil && w->pid != pid)
		free(w);
	strecpy(buf, buf+n, w == nil? "lost": w->msg);
	free(w);
	if(buf[0] == 0 && haslog())
		fprint(2, "keep: %s is served\n", name);
	while(read(p[0], &c, 1) > 0)
		;
	close(p[0]);
}

/* deaths in the last span, this one included */
static int recent(void)
{
	vlong now;
	int i, n;

	now = nsec();
	death[ndeath++ % tries] = now;
	n = 0;
	for(i = 0; i < tries && i < ndeath; i++)
		if(now-death[i] < span*1000000000LL)
			n++;
	return n;
}

static void restpause(int n)
{
	long ms, most;

	if(n < 2)
		return;
	most = span*1000/tries;
	if(most > Lastpause)
		most = Lastpause;
	for(ms = Firstpause; n > 2 && ms < most; n--)
		ms *= 2;
	sleep(ms < most? ms: most);
}

int main(int argc, char **argv)
{
	char status[ERRMAX];
	int n, old;

	ARGBEGIN{
	case 'n':
		tries = atoi(EARGF(usage()));
		break;
	case 't':
		span = atoi(EARGF(usage()));
		break;
	default:
		usage();
	}ARGEND
	if(argc < 2 || tries < 1 || tries > Maxtries || span < 1)
		usage();
	name = argv[0];
	for(;;){
		old = haslog();
		serve(argv+1, status, sizeof status);
		if(!haslog())
			exits(old? nil: status);
		n = recent();
		if(n >= tries)
			break;
		fprint(2, "keep: %s died%s%s; death %ld, %d of %d within %llds\n", name,
			status[0] != 0? ": ": "", status, ndeath, n, tries, span);
		restpause(n);
	}
	fprint(2, "keep: %s died%s%s; given up\n", name, status[0] != 0? ": ": "", status);
	srvforget(name);
	exits("given up");
}
