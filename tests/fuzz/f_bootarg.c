/* needs: kern libc/base/token.c */
/* flags: -include tests/host/kern/khost.h -Iport */
/* f_bootarg: the kernel's command line: every name becomes a file's name, with its value. */
#include "../../port/bootarg.c"
#include "fuzz.h"

char bootargs[2*Linelen];
static int opened;

int print(char *fmt, ...)
{
	USED(fmt);
	return 0;
}

void kprint(char *fmt, ...)
{
	USED(fmt);
}

Chan *namecreate(char *name, int omode, u32int perm)
{
	USED(perm);
	must(omode == OWRITE && strncmp(name, "#e/", 3) == 0);
	must(strchr(name+3, '/') == nil && name[3] != 0 && strcmp(name+3, "..") != 0 && strlen(name+3) < NAMELEN);
	opened++;
	return (Chan*)bootargs;
}

long chanwrite(Chan *c, const void *p, long n, vlong off)
{
	must(c != nil && p != nil && n > 0 && n < Linelen && off == 0);
	return n;
}

void chanclose(Chan *c)
{
	USED(c);
	opened--;
}

int LLVMFuzzerTestOneInput(const uchar *p, usize n)
{
	if(n >= sizeof bootargs)
		n = sizeof bootargs-1;
	memmove(bootargs, p, n);
	bootargs[n] = 0;
	nargs = -1;
	bootarg("user");
	bootenv();
	must(opened == 0);
	return 0;
}
