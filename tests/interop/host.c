/*
 * host.c: what lib9p and programs of cmd/ need to run under Linux: the host
 * calls of lib.h, and the few names of libc.h that cmd/9p.c uses.  A name
 * to open that is a Unix socket is connected to.
 *
 * For programs of one thread.  The locks are those of libc/include/lock.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "u.h"
#include "lib.h"

int hostopen(char *name, int mode);
int hostcreate(char *name);
void exits(char *status);
void sysfatal(char *fmt, ...);
char *getuser(void);

char *argv0;	/* arg(2) */

static char err[ERRMAX];

void *mallocz(usize n, int clr)
{
	return clr ? calloc(1, n) : malloc(n);
}

void lock(Lock *l)
{
	while(__atomic_exchange_n(&l->users, 1, __ATOMIC_ACQUIRE))
		sched_yield();
}

int canlock(Lock *l)
{
	return __atomic_exchange_n(&l->users, 1, __ATOMIC_ACQUIRE) == 0;
}

void unlock(Lock *l)
{
	__atomic_store_n(&l->users, 0, __ATOMIC_RELEASE);
}

void qlock(QLock *q)
{
	lock(&q->lock);
}

int canqlock(QLock *q)
{
	return canlock(&q->lock);
}

void qunlock(QLock *q)
{
	unlock(&q->lock);
}

void werrstr(char *fmt, ...)
{
	char buf[ERRMAX];
	va_list args;

	va_start(args, fmt);
	vsnprint(buf, sizeof buf, fmt, args);
	va_end(args);
	memmove(err, buf, sizeof err);
}

void rerrstr(char *buf, uint n)
{
	strecpy(buf, buf+n, err);
}

vlong nsec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (vlong)t.tv_sec*1000000000 + t.tv_nsec;
}

void genrandom(void *buf, usize n)
{
	if(getrandom(buf, n, 0) != (ssize_t)n)
		abort();
}

int print(char *fmt, ...)
{
	char buf[4096];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprint(buf, sizeof buf, fmt, args);
	va_end(args);
	return write(1, buf, n);
}

int fprint(int fd, char *fmt, ...)
{
	char buf[4096];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprint(buf, sizeof buf, fmt, args);
	va_end(args);
	return write(fd, buf, n);
}

void exits(char *status)
{
	exit(status != nil && status[0] != 0);
}

void sysfatal(char *fmt, ...)
{
	char buf[4096];
	va_list args;

	va_start(args, fmt);
	vsnprint(buf, sizeof buf, fmt, args);
	va_end(args);
	fprint(2, "%s\n", buf);
	exit(1);
}

char *getuser(void)
{
	struct passwd *p = getpwuid(getuid());

	return p != NULL ? p->pw_name : "none";
}

static int dialunix(char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if(strlen(name) >= sizeof a.sun_path){
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(a.sun_path, name);
	return fd < 0 || connect(fd, (struct sockaddr*)&a, sizeof a) < 0 ? -1 : fd;
}

int hostopen(char *name, int mode)
{
	int fd = open(name, mode);

	if(fd < 0 && errno == ENXIO)
		fd = dialunix(name);
	if(fd < 0)
		werrstr("%s", strerror(errno));
	return fd;
}

int hostcreate(char *name)
{
	return creat(name, 0666);
}
