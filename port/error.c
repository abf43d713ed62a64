/*
 * error.c: the error string.
 *
 * Proc.errstr is what kernel functions set when they fail; a system call
 * that fails has it copied to Proc.syserrstr, which is what the user sees, so
 * failures that the kernel got over do not show.  Before there are processes,
 * and in interrupts of an idle processor, the processor has its own.  Only
 * the process itself touches its strings; nothing here sleeps but
 * sys_errstr.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "9p.h"

char *geterr(void)
{
	return up? up->errstr: thiscpu()->errstr;
}

int seterr(char *e)
{
	char *s;

	s = geterr();
	if(s != e)
		strecpy(s, s+ERRMAX, e);
	return -1;
}

void *seterrp(char *e)
{
	seterr(e);
	return nil;
}

/* the format may use the old string, by %r or as an argument */
void werrstr(char *fmt, ...)
{
	char buf[ERRMAX];
	va_list args;

	va_start(args, fmt);
	vsnprint(buf, sizeof buf, fmt, args);
	va_end(args);
	seterr(buf);
}

void rerrstr(char *buf, uint n)
{
	if(n > 0)
		strecpy(buf, buf+n, geterr());
}

/* bytes of s up to n-1, not cutting a rune */
static uint cut(char *s, uint n)
{
	uint i;

	i = strlen(s);
	if(i < n)
		return i;
	for(i = n-1; i > 0 && (s[i]&0xc0) == 0x80; i--)
		;
	return i;
}

/* a[0]: buffer, a[1]: its size; its string and the process's change places.  0, -1: bad address */
long sys_errstr(u64int *a)
{
	char new[ERRMAX], *old;
	uint n, i;

	n = MIN((uint)a[1], (uint)ERRMAX);
	if(n == 0)
		return seterr(Ebadarg);
	if(copyinstr(new, a[0], n) < 0){
		if(copyin(new, a[0], n) < 0)
			return -1;
		new[n-1] = 0;	/* not terminated: it is what fits */
		new[cut(new, n)] = 0;
	}
	old = up->syserrstr;
	i = cut(old, n);
	old[i] = 0;
	if(copyout(a[0], old, i+1) < 0)
		return -1;
	strecpy(old, old+ERRMAX, new);
	return 0;
}
