/* fork.c: new processes (fork(2)) and who we are (getpid(2)). */
#include "u.h"
#include "libc.h"
#include "sys.h"

/*
 * The Tos lies in the stack, which a child has its own copy of: a pid there
 * that is still the parent's is not the child's.
 */
int rfork(int flags)
{
	u32int old;
	int pid;

	old = _tos->pid;
	pid = _rfork(flags);
	if(pid == 0 && (flags & RFPROC) && _tos->pid == old)
		_tos->pid = 0;
	return pid;
}

int fork(void)
{
	return rfork(RFPROC|RFFDG|RFREND);
}

/* Read a file of less than n bytes into buf and terminate; bytes or -1. */
long readsmall(char *file, char *buf, long n)
{
	int fd;

	fd = open(file, OREAD|OCEXEC);
	if(fd < 0)
		return -1;
	n = readn(fd, buf, n-1);
	close(fd);
	if(n >= 0)
		buf[n] = 0;
	return n;
}

int getpid(void)
{
	char buf[20];

	if(_tos->pid == 0 && readsmall("#c/pid", buf, sizeof buf) > 0)
		_tos->pid = strtol(buf, nil, 10);
	return _tos->pid;
}

int getppid(void)
{
	char buf[20];

	if(readsmall("#c/ppid", buf, sizeof buf) <= 0)
		return 0;
	return strtol(buf, nil, 10);
}
