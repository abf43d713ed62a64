/*
 * worker.c: lib9p's worker processes in user mode.  A worker sleeps on its
 * semaphore; the library interrupts one by a note that no other part uses, which ends
 * a blocked call.  A note that comes between calls is lost, so the library
 * naps and posts it again.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>

static char flushnote[] = "9p: flush";

static void caught(void *ureg, char *note)
{
	USED(ureg);
	/* it writes answers under the server's locks, perhaps to a client that is gone: that must not be its end */
	noted(strcmp(note, flushnote) == 0 || strncmp(note, "sys: write on closed pipe", 25) == 0 ? NCONT : NDFLT);
}

static int spawn(void (*f)(void*), void *arg)
{
	switch(rfork(RFPROC|RFMEM|RFNOWAIT)){
	case -1:
		return -1;
	case 0:
		f(arg);
		_exits(nil);
	}
	return 0;
}

static void start(Worker *w)
{
	notify(caught);
	w->pid = getpid();
}

static void await1(Worker *w)
{
	while(semacquire(&w->sem, 1) < 0)
		;
}

static void wake(Worker *w)
{
	semrelease(&w->sem, 1);
}

static void interrupt(Worker *w)
{
	char path[64];
	int fd;

	if(w->pid == 0)
		return;
	snprint(path, sizeof path, "/proc/%ld/note", w->pid);
	fd = open(path, OWRITE|OCEXEC);
	if(fd < 0)
		return;
	write(fd, flushnote, strlen(flushnote));
	close(fd);
}

/* a note posted before is delivered on the way back from any call */
static void settle(Worker *w)
{
	USED(w);
	sleep(0);
}

static void nap(long ms)
{
	sleep(ms);
}

Workhost userworkhost = {
	.spawn = spawn,
	.start = start,
	.wait = await1,
	.wake = wake,
	.interrupt = interrupt,
	.settle = settle,
	.nap = nap,
};
