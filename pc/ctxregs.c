/*
 * ctxregs.c: the registers that ctxswitch left on the stack of a process that
 * is not running.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"

/* ksp: Proc.ksp, of a process that does not run meanwhile.  What is not saved is 0. */
void ctxregs(uintptr ksp, Ureg *u)
{
	u64int *s;

	memset(u, 0, sizeof *u);
	s = (u64int*)ksp;
	u->r15 = s[0];
	u->r14 = s[1];
	u->r13 = s[2];
	u->r12 = s[3];
	u->rbp = s[4];
	u->rbx = s[5];
	u->rip = s[6];
	u->rsp = (u64int)(s+7);
}
