/*
 * procexec (thread(2)): run another program in place of this process.  The
 * process forks, the child becomes the program, and the process itself stays
 * behind without files to wait for it and pass its Waitmsg on.  A pipe that
 * exec closes tells whether the program could be run.
 */
#include "u.h"
#include "libc.h"
#include "thread.h"
#include "../sys/sys.h"
#include "impl.h"

static Channel *waitchan;
static Lock waitlock;

/* The channel that Waitmsgs come from, for the receiver to free. */
Channel *threadwaitchan(void)
{
	lock(&waitlock);
	if(waitchan == nil)
		waitchan = chancreate(sizeof(Waitmsg*), 16);
	unlock(&waitlock);
	return waitchan;
}

/* In the child: become the program, or say on fd why not. */
static void become(int fd, char *file, char **argv)
{
	char name[32], err[ERRMAX];
	int out;

	snprint(name, sizeof name, "#d/%d", fd);
	out = open(name, OWRITE|OCEXEC);
	close(fd);
	exec(file, argv);
	rerrstr(err, sizeof err);
	write(out, err, strlen(err));
	_exits(err);
}

/* The pid of a child that runs the program, or -1. */
static int spawn(char *file, char **argv)
{
	char err[ERRMAX];
	int fd[2], pid;
	long n;

	if(pipe(fd) < 0)
		return -1;
	pid = rfork(RFPROC|RFFDG|RFREND);
	if(pid == 0){
		close(fd[0]);
		become(fd[1], file, argv);
	}
	close(fd[1]);
	n = readn(fd[0], err, sizeof err-1);
	close(fd[0]);
	if(pid < 0 || n <= 0)
		return pid;
	free(wait());
	err[n] = 0;
	errstr(err, sizeof err);
	return -1;
}

/* pidc, if not nil, gets the pid, or ~0 if it failed. */
void procexec(Channel *pidc, char *file, char **argv)
{
	Channel *c;
	Waitmsg *w;
	int pid;

	pid = spawn(file, argv);
	if(pidc != nil)
		sendul(pidc, pid < 0? ~0UL: (ulong)pid);
	if(pid < 0)
		return;
	rfork(RFCFDG);
	while((w = wait()) != nil && w->pid != pid)
		free(w);
	lock(&waitlock);
	c = waitchan;
	unlock(&waitlock);
	if(w == nil || c == nil || sendp(c, w) < 0)
		free(w);
	threadexits(nil);
}

void procexecl(Channel *pidc, char *file, ...)
{
	enum { Maxarg = 100 };
	char *argv[Maxarg+1];
	va_list args;
	int n;

	va_start(args, file);
	for(n = 0; n < Maxarg && (argv[n] = va_arg(args, char*)) != nil; n++)
		;
	va_end(args);
	argv[n] = nil;
	procexec(pidc, file, argv);
}
