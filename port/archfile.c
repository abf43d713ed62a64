/*
 * archfile.c: the list of #P's files, which parts of the machine make at
 * boot, whether or not #P is there.  It only grows, at its end, and is read
 * without locks.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "arch.h"

static Lock addlk;
static Archfile *archfiles;

void archadd(Archfile *a)
{
	Archfile **l;

	lock(&addlk);
	for(l = &archfiles; *l; l = &(*l)->next)
		;
	a->next = nil;
	__atomic_store_n(l, a, __ATOMIC_RELEASE);
	unlock(&addlk);
}

Archfile *archnth(int i)
{
	Archfile *a;

	for(a = __atomic_load_n(&archfiles, __ATOMIC_ACQUIRE); a && i > 0; i--)
		a = __atomic_load_n(&a->next, __ATOMIC_ACQUIRE);
	return a;
}
