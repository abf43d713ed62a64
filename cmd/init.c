/*
 * init: the first program, init(8).  It makes the name space and the
 * environment that everything else starts with, runs the start-up script, and
 * then, for ever, a shell on the console; or vmtest, when the boot argument of
 * that name is there.
 *
 * It runs before anything is bound, so what it cannot do it says on #c/cons
 * and goes on: a console is always worth having.
 */
#include <u.h>
#include <libc.h>
#include <auth.h>

enum {
	Soon = 2000,		/* ms: a shell that ends sooner failed to start */
	Pause = 5000,
};

static char *rcargs[] = { "rc", "-li", nil };
static char *startargs[] = { "rc", "/rc/bin/termrc", nil };
static char *vmtestargs[] = { "vmtest", nil };

static void note(void *ureg, char *msg)
{
	USED(ureg);
	USED(msg);
	noted(NCONT);	/* nothing that is typed ends the first process */
}

static void console(void)
{
	int fd;

	fd = open("#c/cons", OREAD);
	if(fd != 0)
		dup(fd, 0);
	fd = open("#c/cons", OWRITE);
	if(fd != 1)
		dup(fd, 1);
	dup(1, 2);
}

static void setenv(char *name, char *value)
{
	if(putenv(name, value) < 0)
		fprint(2, "init: %s: %r\n", name);
}

/* the variables that programs count on; boot arguments are there already */
static void environment(void)
{
	setenv("cputype", "amd64");
	setenv("objtype", "amd64");
	setenv("sysname", sysname());
	setenv("service", "terminal");
}

static void must(char *new, char *old, int flag)
{
	if(bind(new, old, flag) < 0)
		fprint(2, "init: bind %s %s: %r\n", new, old);
}

/* in its own note group, which the console interrupts, if it has the console */
static noreturn_ void become(char *prog, char **args, int owner)
{
	int fd;

	rfork(RFNOTEG|RFREND);
	if(owner){
		fd = open("/dev/consctl", OWRITE);
		if(fd < 0 || write(fd, "notepg", 6) < 0)
			fprint(2, "init: /dev/consctl: %r\n");
		close(fd);
	}
	exec(prog, args);
	fprint(2, "init: %s: %r\n", prog);
	_exits("exec");
}

/* runs a program to its end; its status, static */
static char *run(char *prog, char **args, int owner)
{
	static char status[ERRMAX];
	Waitmsg *w;
	int pid;

	pid = rfork(RFPROC|RFFDG);
	if(pid < 0){
		rerrstr(status, sizeof status);
		return status;
	}
	if(pid == 0)
		become(prog, args, owner);
	strecpy(status, status+sizeof status, "lost");
	while((w = wait()) != nil){	/* and whoever has lost his parent */
		if(w->pid == pid){
			strecpy(status, status+sizeof status, w->msg);
			free(w);
			break;
		}
		free(w);
	}
	return status;
}

static void startup(void)
{
	char *status;

	status = run("/bin/rc", startargs, 1);
	if(*status)
		fprint(2, "init: %s: %s\n", startargs[1], status);
}

static noreturn_ void forever(char *prog, char **args)
{
	char *status;
	vlong t;

	for(;;){
		t = nsec();
		status = run(prog, args, 1);
		if(*status)
			fprint(2, "init: %s: %s\n", prog, status);
		if(nsec()-t < Soon*1000000LL)
			sleep(Pause);
	}
}

int main(void)
{
	char *vmtest;

	console();
	notify(note);
	must("#c", "/dev", MAFTER);
	must("#e", "/env", MREPL|MCREATE);
	environment();
	newnsdebug = access("/env/nsdebug", AEXIST) == 0;
	if(newns(nil, nil) < 0)
		fprint(2, "init: /lib/namespace: %r\n");
	startup();
	vmtest = getenv("vmtest");
	if(vmtest)
		forever("/bin/vmtest", vmtestargs);
	forever("/bin/rc", rcargs);
}
