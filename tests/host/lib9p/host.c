/*
 * host.c: the host calls under Linux, for the tests of lib9p and of file
 * servers, on threads.  Beside lib.h's own:
 *
 *	hostfail	when positive, counts allocations down; the one that
 *			brings it to 0 fails, once
 *	hostbiggest	the most that was asked for at once
 *	hostclock	what nsec says; does not move by itself, so that two
 *			servers given the same requests give the same answers
 *
 * Linked with --wrap=malloc,calloc,realloc, so that only the tested objects'
 * own allocations can fail.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <pthread.h>
#include <sched.h>
#include "u.h"
#include "lib.h"
#include "host.h"

long hostfail;
long hostallocs;
usize hostbiggest;
vlong hostclock = 1700000000LL*1000000000;

static _Thread_local char err[ERRMAX];

void *__real_malloc(usize);
void *__real_realloc(void*, usize);
void *__wrap_malloc(usize);
void *__wrap_realloc(void*, usize);

static int failnow(void)
{
	__atomic_add_fetch(&hostallocs, 1, __ATOMIC_RELAXED);
	if(__atomic_load_n(&hostfail, __ATOMIC_RELAXED) <= 0)
		return 0;
	return __atomic_sub_fetch(&hostfail, 1, __ATOMIC_RELAXED) == 0;
}

static void asked(usize n)
{
	if(n > __atomic_load_n(&hostbiggest, __ATOMIC_RELAXED))
		__atomic_store_n(&hostbiggest, n, __ATOMIC_RELAXED);
}

void *__wrap_malloc(usize n)
{
	void *p;

	asked(n);
	if(failnow())
		return nil;
	p = __real_malloc(n);
	if(p != nil)
		memset(p, 0xA5, n);
	return p;
}

void *__wrap_realloc(void *p, usize n)
{
	asked(n);
	return failnow()? nil: __real_realloc(p, n);
}

void *mallocz(usize n, int clr)
{
	void *p;

	p = __wrap_malloc(n);
	if(p != nil && clr)
		memset(p, 0, n);
	return p;
}

void lock(Lock *l)
{
	while(__atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE))
		sched_yield();
}

int canlock(Lock *l)
{
	return !__atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE);
}

void unlock(Lock *l)
{
	if(!__atomic_exchange_n(&l->held, 0, __ATOMIC_RELEASE))
		abort();
}

_Static_assert(sizeof(QLock) >= sizeof(pthread_mutex_t), "QLock too small");

void qlock(QLock *q)
{
	pthread_mutex_lock((pthread_mutex_t*)q);
}

int canqlock(QLock *q)
{
	return pthread_mutex_trylock((pthread_mutex_t*)q) == 0;
}

void (*hostunlock)(void);

void qunlock(QLock *q)
{
	if(hostunlock != nil)
		hostunlock();
	pthread_mutex_unlock((pthread_mutex_t*)q);
}

void werrstr(char *fmt, ...)
{
	va_list args;
	char buf[ERRMAX];

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
	return hostclock;
}

void genrandom(void *buf, usize n)
{
	static u32int x = 1;
	uchar *p;

	for(p = buf; n > 0; n--){
		x = x*1103515245+12345;
		*p++ = x>>16;
	}
}

int print(char *fmt, ...)
{
	char buf[4096];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprint(buf, sizeof buf, fmt, args);
	va_end(args);
	fwrite(buf, 1, n, stdout);
	fflush(stdout);
	return n;
}
