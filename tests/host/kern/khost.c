/*
 * khost.c: host calls for tests of kernel sources, in one thread: a lock that
 * is taken twice, or slept under, is a failure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib.h"
#include "../../../port/kern.h"
#include "../../../port/mach.h"
#include "../../../port/mem.h"
#include "../../../port/proc.h"

long khostfail;
vlong khosttime = 1700000000LL*1000000000;
int khostlocks;		/* Locks held */

static char err[ERRMAX];
static Cpu cpu;
static Proc proc;

Proc *khostproc(void)
{
	enum { ArchPrctl = 158, SetGs = 0x1001 };	/* of Linux */
	long r;

	cpu.self = &cpu;
	cpu.proc = &proc;
	asm volatile("syscall" : "=a"(r) : "a"(ArchPrctl), "D"(SetGs), "S"(&cpu) : "rcx", "r11", "memory");
	if(r < 0)
		abort();
	return &proc;
}

void *mallocz(usize n, int clr)
{
	void *p;

	if(khostfail > 0 && --khostfail == 0)
		return nil;
	p = malloc(n);
	if(p != nil)
		memset(p, clr ? 0 : 0xA5, n);
	return p;
}

void lock(Lock *l)
{
	if(l->key)
		abort();
	l->key = 1;
	khostlocks++;
}

int canlock(Lock *l)
{
	if(l->key)
		return 0;
	lock(l);
	return 1;
}

void unlock(Lock *l)
{
	if(!l->key)
		abort();
	l->key = 0;
	khostlocks--;
}

int lockheld(Lock *l)
{
	return l->key;
}

void qlock(QLock *q)
{
	if(khostlocks)
		abort();
	lock(&q->use);
	khostlocks--;
}

int canqlock(QLock *q)
{
	if(q->use.key)
		return 0;
	qlock(q);
	return 1;
}

void qunlock(QLock *q)
{
	khostlocks++;
	unlock(&q->use);
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

int seterr(char *e)
{
	strecpy(err, err+sizeof err, e);
	return -1;
}

void *seterrp(char *e)
{
	seterr(e);
	return nil;
}

char *geterr(void)
{
	return err;
}

vlong nsec(void)
{
	return khosttime;
}

vlong monons(void)
{
	return khosttime;
}
