/*
 * A threaded program's start and end, and its notes.  The first process is
 * the one that its parent waits for: it exits with the status that
 * threadexitsall was called with, in whatever process that was.  The others
 * are told by a note.
 */
#include "u.h"
#include "libc.h"
#include "thread.h"
#include "../sys/sys.h"
#include "impl.h"

int mainstacksize __attribute__((weak));

enum {
	Mainstack = 256*1024,
	Nhandler = 16,
};

typedef int Handler(void*, char*);

static struct {
	int argc;
	char **argv;
} arg;

static char allstatus[ERRMAX];
static int exiting;
static Lock exitlock;		/* taken once, by who ends the program */

static Handler *handlers[Nhandler];	/* threadnotify's; an entry is one word */
static Lock handlerlock;

static void leave(void)
{
	if(thisproc == nil || thisproc == mainproc)
		exits(allstatus[0]? allstatus: nil);
	_exits(nil);
}

static void dispatch(void *ureg, char *note)
{
	Handler *h;
	int i;

	if(__atomic_load_n(&exiting, __ATOMIC_ACQUIRE))
		leave();
	for(i = 0; i < Nhandler; i++){
		h = __atomic_load_n(&handlers[i], __ATOMIC_ACQUIRE);
		if(h != nil && h(ureg, note))
			noted(NCONT);
	}
	if(strcmp(note, "threadint") == 0)
		noted(NCONT);
	noted(NDFLT);
}

void threadnotes(void)
{
	notify(dispatch);
}

/* As atnotify, for all processes of the program. */
int threadnotify(int (*f)(void*, char*), int in)
{
	Handler *want;
	int i;

	want = in? nil: f;
	lock(&handlerlock);
	for(i = 0; i < Nhandler && handlers[i] != want; i++)
		;
	if(i < Nhandler)
		__atomic_store_n(&handlers[i], in? f: nil, __ATOMIC_RELEASE);
	unlock(&handlerlock);
	return i < Nhandler;
}

/* End the program. */
void threadexitsall(char *status)
{
	Proc *p;

	if(!canlock(&exitlock))
		for(;;)
			sleep(1000);	/* somebody is at it; a note will end us */
	if(status != nil)
		strecpy(allstatus, allstatus + sizeof allstatus, status);
	__atomic_store_n(&exiting, 1, __ATOMIC_RELEASE);
	lock(&proclock);
	for(p = procs; p != nil; p = p->next)
		if(p != thisproc && p->pid != 0)
			postnote(PNPROC, p->pid, "threadexitsall");
	unlock(&proclock);
	for(;;)
		leave();
}

static void *self(void)
{
	return thisproc? thisproc->cur: nil;
}

static void wake(void *t)
{
	unpark(t);
}

static void mainbegin(void *v)
{
	USED(v);
	threadmain(arg.argc, arg.argv);
}

int main(int argc, char **argv)
{
	Proc *p;
	int size;

	arg.argc = argc;
	arg.argv = argv;
	qpark = park;
	qunpark = wake;
	qself = self;
	fatalexit = threadexitsall;
	p = procnew();
	size = mainstacksize > Mainstack? mainstacksize: Mainstack;
	if(p == nil || threadnew(p, mainbegin, nil, size) == nil)
		sysfatal("no memory for the first thread");
	mainproc = p;
	p->pid = getpid();
	procrun(p);
}
