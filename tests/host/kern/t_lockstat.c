/* needs: tests/host/libc/check.c tests/host/kern/khost.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport */
/*
 * t_lockstat: waits are counted by place, more places than there is room for
 * together, and the counts can be cleared.
 */
#include "../../../port/lockstat.c"
#include "check.h"

char *symname(uintptr pc, uintptr *off)
{
	*off = pc & 0xf;
	return pc >= 0x100000 ? "somewhere" : nil;
}

static void is(char *want)
{
	char *s = lockstattext();

	checkstr(s, want);
	free(s);
}

static void testcount(void)
{
	is("          0           0 total\n");
	lockwaited(0x100004, 10);
	lockwaited(0x100004, 5);
	is("          2          15 somewhere+0x4\n          2          15 total\n");
	lockstatclear();
	is("          0           0 total\n");
	lockwaited(0x100004, 1);
	is("          1           1 somewhere+0x4\n          1           1 total\n");
	lockstatclear();
}

/* places that fall on one slot, and those for which there is none */
static void testfull(void)
{
	char *s;
	int i;

	for(i = 0; i < Nsite+7; i++)
		lockwaited(0x200000 + 4*Nsite*i, 1);
	for(i = 0; i < Nsite; i++)
		checkint(siteof(0x200000 + 4*Nsite*i)->waits, i < Nsite-1 ? 1 : 8);
	checkint(sites[Nsite].waits, 8);	/* one place was taken by testcount */
	s = lockstattext();
	check(s != nil && strstr(s, "          8           8 elsewhere+0\n") != nil);
	check(s != nil && strstr(s, "        135         135 total\n") != nil);
	free(s);
}

static void testmemory(void)
{
	khostfail = 1;
	check(lockstattext() == nil);
}

int main(void)
{
	testcount();
	testfull();
	testmemory();
	return checkdone();
}
