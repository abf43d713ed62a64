/*
 * Lock (lock(2)).  users counts the holder and those that wait; who finds it
 * held sleeps on the semaphore, and unlock hands the lock to one of them.  On
 * several processors it is first tried for a while without sleeping.
 * A note may interrupt the sleep, never the lock: it goes on waiting.
 */
#include "u.h"
#include "libc.h"

enum { Spins = 200 };

int canlock(Lock *l)
{
	long free;

	free = 0;
	return __atomic_compare_exchange_n(&l->users, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void lock(Lock *l)
{
	int i;

	if(canlock(l))
		return;
	if(_tos->ncpu > 1)
		for(i = 0; i < Spins; i++){
			if(__atomic_load_n(&l->users, __ATOMIC_RELAXED) == 0 && canlock(l))
				return;
			__builtin_ia32_pause();
		}
	if(__atomic_fetch_add(&l->users, 1, __ATOMIC_ACQUIRE) == 0)
		return;
	while(semacquire(&l->sem, 1) < 0)
		;
}

void unlock(Lock *l)
{
	long users;

	users = __atomic_fetch_sub(&l->users, 1, __ATOMIC_RELEASE);
	if(users <= 0)
		sysfatal("unlock of a free lock");
	if(users > 1)
		semrelease(&l->sem, 1);
}

long incref(Ref *r)
{
	return __atomic_add_fetch(&r->ref, 1, __ATOMIC_ACQ_REL);
}

long decref(Ref *r)
{
	return __atomic_sub_fetch(&r->ref, 1, __ATOMIC_ACQ_REL);
}
