/*
 * The end of a process (exits(2)): functions registered with atexit run in
 * the process that registered them, the last first.  The table may be used
 * by several processes that share memory; a function runs outside its lock.
 */
#include "u.h"
#include "libc.h"

enum { Nexit = 64 };

typedef struct Onexit Onexit;
struct Onexit {
	void (*f)(void);	/* nil: free */
	int pid;
};

static Onexit table[Nexit];
static int ever;		/* something has been registered */
static Lock tablelock;

/* Register f for this process; 1, or 0 if the table is full. */
int atexit(void (*f)(void))
{
	int i, pid;

	pid = getpid();
	lock(&tablelock);
	for(i = 0; i < Nexit && table[i].f != nil; i++)
		;
	if(i < Nexit)
		table[i] = (Onexit){f, pid};
	ever = 1;
	unlock(&tablelock);
	return i < Nexit;
}

/* Take back the last registration of f by this process. */
void atexitdont(void (*f)(void))
{
	int i, pid;

	pid = getpid();
	lock(&tablelock);
	for(i = Nexit-1; i >= 0; i--)
		if(table[i].f == f && table[i].pid == pid){
			table[i].f = nil;
			break;
		}
	unlock(&tablelock);
}

void exits(char *status)
{
	void (*f)(void);
	int i, pid;

	pid = ever? getpid(): 0;
	for(i = Nexit-1; pid != 0 && i >= 0; i--){
		lock(&tablelock);
		f = nil;
		if(table[i].pid == pid){
			f = table[i].f;
			table[i].f = nil;
		}
		unlock(&tablelock);
		if(f != nil)
			f();
	}
	_exits(status);
}
