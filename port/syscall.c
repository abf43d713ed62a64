/*
 * syscall.c: from the call's number to its function.
 *
 * Runs on the process's stack with interrupts on.  A function gets its six
 * possible arguments as an array, and returns what the user finds in rax; -1
 * means that Proc.errstr says why, which becomes the string the user
 * sees.  Those that change the whole frame (exec, noted) return its rax.
 *
 * No locks.  Calls sleep.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"

static long badcall(u64int*);

/* the numbers have no gaps but 0 */
long (*const syscalltab[NSYSCALL])(u64int*) = {
	[0] = badcall,
#define X(n, name) [n] = sys_##name,
	SYSCALLS(X)
#undef X
};

char *sysname[NSYSCALL] = {
#define X(n, name) [n] = #name,
	SYSCALLS(X)
#undef X
};

/* a call returned -1 */
void syscallfailed(Proc *p)
{
	strecpy(p->syserrstr, p->syserrstr+ERRMAX, p->errstr);
}

static long badcall(u64int *a)
{
	char msg[ERRMAX];

	USED(a);
	snprint(msg, sizeof msg, "sys: bad sys call pc=%#lux", (ulong)up->ureg->rip);
	postnote(up, msg, NDebug);
	return seterr("bad system call");
}

/* a debugger wants to see the call begin, or end, or both */
static __attribute__((noinline)) long traced(Proc *p, long (*f)(u64int*), u64int *a)
{
	vlong start;
	long r;

	systracebegin(p, a);
	if(killed())
		return seterr("killed");
	start = nsec();
	r = f(a);
	if(p->procctl & PCtrace)
		systraceend(p, r, start);
	return r;
}

/* any call; those that are in the table and not traced pc/trap.S does itself, likewise */
void syscall(Ureg *u)
{
	u64int n, a[6];
	long (*f)(u64int*);
	Proc *p;
	long r;

	p = up;
	n = u->rax;
	thiscpu()->nsyscall++;
	p->sysno = n;
	p->insyscall = 1;
	a[0] = u->rdi;
	a[1] = u->rsi;
	a[2] = u->rdx;
	a[3] = u->r10;
	a[4] = u->r8;
	a[5] = u->r9;
	f = n < NSYSCALL? syscalltab[n]: badcall;
	r = (p->procctl & PCtrace)? traced(p, f, a): f(a);
	if(r == -1)
		syscallfailed(p);
	u->rax = r;
	p->insyscall = 0;
}
