/*
 * Notes (notify(2)).  atnotify keeps a list of handlers behind one that the
 * kernel knows; each is asked until one says that it has dealt with the
 * note.  The list is read without its lock, for a note may come at any time:
 * an entry is one word.
 */
#include "u.h"
#include "libc.h"
#include "ureg.h"

enum { Nhandler = 32 };

typedef int Handler(void *ureg, char *note);

static Handler *handlers[Nhandler];
static Lock listlock;

static void dispatch(void *ureg, char *note)
{
	Handler *h;
	int i;

	for(i = 0; i < Nhandler; i++){
		h = __atomic_load_n(&handlers[i], __ATOMIC_ACQUIRE);
		if(h != nil && h(ureg, note))
			noted(NCONT);
	}
	noted(NDFLT);
}

/* Add handler (in not 0) or take it away; 1, or 0 if there is no room or no such one. */
int atnotify(int (*handler)(void*, char*), int in)
{
	Handler *want;
	int i, n;

	want = in? nil: handler;
	lock(&listlock);
	for(i = 0; i < Nhandler && handlers[i] != want; i++)
		;
	if(i < Nhandler)
		__atomic_store_n(&handlers[i], in? handler: nil, __ATOMIC_RELEASE);
	for(n = 0; n < Nhandler && handlers[n] == nil; n++)
		;
	unlock(&listlock);
	if(in && i < Nhandler)
		notify(dispatch);
	if(n == Nhandler)
		notify(nil);
	return i < Nhandler;
}

/* Send note to a process or a process group; 0 or -1. */
int postnote(int who, int pid, char *note)
{
	char file[64];
	int fd, r;
	long n;

	snprint(file, sizeof file, who == PNGROUP? "/proc/%d/notepg": "/proc/%d/note", pid);
	fd = open(file, OWRITE|OCEXEC);
	if(fd < 0)
		return -1;
	n = strlen(note);
	r = write(fd, note, n) == n? 0: -1;
	close(fd);
	return r;
}

/* From a note handler: go on as if setjmp(env) had returned val. */
void notejmp(void *ureg, jmp_buf env, int val)
{
	Ureg *u;

	u = ureg;
	u->rbx = env[0];
	u->rbp = env[1];
	u->r12 = env[2];
	u->r13 = env[3];
	u->r14 = env[4];
	u->r15 = env[5];
	u->rsp = env[JMPBUFSP];
	u->rip = env[JMPBUFPC];
	u->rax = val? val: 1;
	noted(NCONT);
	abort();
}
