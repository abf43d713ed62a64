/*
 * Words that each process has for itself even where memory is shared
 * (privalloc(2)): they lie in the Tos, and a slot given out is the same in
 * all processes.
 */
#include "u.h"
#include "libc.h"
#include "sys.h"

static u32int taken = (1<<PrivFree)-1;
static Lock takenlock;

/* A slot that nobody else has; nil if there is none.  Its value starts as nil. */
void **privalloc(void)
{
	void **p;
	uint i;

	p = nil;
	lock(&takenlock);
	for(i = 0; i < nelem(_tos->priv); i++)
		if(!(taken & 1<<i)){
			taken |= 1<<i;
			p = &_tos->priv[i];
			break;
		}
	unlock(&takenlock);
	if(p != nil)
		*p = nil;
	return p;
}

void privfree(void **p)
{
	if(p == nil)
		return;
	lock(&takenlock);
	taken &= ~(1<<(p - _tos->priv));
	unlock(&takenlock);
}
