/* brk.c: the end of the data segment (brk(2)). */
#include "u.h"
#include "libc.h"
#include "sys.h"

extern char end[];
static char *now = end;
static Lock nowlock;

static int move(char *to)
{
	if(_brk(to) < 0)
		return -1;
	now = to;
	return 0;
}

int brk(void *to)
{
	int r;

	lock(&nowlock);
	r = move(to);
	unlock(&nowlock);
	return r;
}

/* Add incr bytes; returns the old end, or (void*)-1. */
void *sbrk(long incr)
{
	char *old;

	lock(&nowlock);
	old = (char*)(((uintptr)now+15) & ~15UL);
	if(incr != 0 && move(old+incr) < 0)
		old = (void*)-1;
	unlock(&nowlock);
	return old;
}

/* Lower the end from one address to another, if it is still there; 0 or -1. */
int brkcut(void *from, void *to)
{
	int r;

	lock(&nowlock);
	r = now == from? move(to): -1;
	unlock(&nowlock);
	return r;
}
