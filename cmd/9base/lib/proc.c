/*
 * proc.c: commands, ends and signals of the standard C library.  A command is
 * for rc; a status other than the empty one counts as exit status 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <errno.h>

int errno;

static int spawn(const char *cmd)
{
	int pid;

	pid = fork();
	if(pid == 0){
		execl("/bin/rc", "rc", "-c", cmd, nil);
		_exits("no rc");
	}
	return pid;
}

/* as wait of POSIX gives it: 0, or 1 in the second byte */
static int status(int pid)
{
	Waitmsg *w;
	int st;

	while((w = wait()) != nil){
		st = w->msg[0] ? 1<<8 : 0;
		if(w->pid == pid){
			free(w);
			return st;
		}
		free(w);
	}
	return -1;
}

int system(const char *cmd)
{
	int pid;

	fflush(nil);
	pid = spawn(cmd);
	return pid < 0 ? -1 : status(pid);
}

FILE *popen(const char *cmd, const char *how)
{
	int p[2], mine, pid;
	FILE *f;

	fflush(nil);
	if(pipe(p) < 0)
		return nil;
	mine = how[0] == 'w';
	pid = fork();
	if(pid == 0){
		dup(p[!mine], !mine);
		close(p[0]);
		close(p[1]);
		execl("/bin/rc", "rc", "-c", cmd, nil);
		_exits("no rc");
	}
	close(p[!mine]);
	f = pid < 0 ? nil : fdopen(p[mine], how);
	if(f == nil)
		close(p[mine]);
	else
		f->pid = pid;
	return f;
}

int pclose(FILE *f)
{
	int pid;

	pid = f->pid;
	fclose(f);
	return status(pid);
}

void exit(int n)
{
	char buf[32];

	if(n == 0)
		exits(nil);
	snprint(buf, sizeof buf, "%d", n);
	exits(buf);
}

Sighandler signal(int sig, Sighandler f)
{
	USED(sig);
	USED(f);
	return SIG_DFL;
}

char *strerror(int n)
{
	static char e[ERRMAX];

	USED(n);
	rerrstr(e, sizeof e);
	return e;
}

int execvp(char *file, char **argv)
{
	char *path;

	if(strchr(file, '/'))
		return exec(file, argv);
	path = smprint("/bin/%s", file);
	if(path)
		exec(path, argv);
	free(path);
	return -1;
}

int execlp(char *file, ...)
{
	char *argv[32];
	va_list args;
	int n;

	va_start(args, file);
	for(n = 0; n < (int)nelem(argv)-1 && (argv[n] = va_arg(args, char*)) != nil; n++)
		;
	va_end(args);
	argv[n] = nil;
	return execvp(file, argv);
}
