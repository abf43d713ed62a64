/* needs: tests/host/libc/check.c tests/host/kern/khost.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c libc/base/token.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport */
/*
 * t_bootarg: the command line, good and hostile.
 */
#include "../../../port/bootarg.c"
#include "check.h"

char bootargs[2*Linelen];
static char files[Linelen*2], *filesend = files;
static int opened, refuse;

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
	check(omode == OWRITE && perm == 0666);
	if(refuse)
		return nil;
	opened++;
	filesend = seprint(filesend, files+sizeof files, "%s=", name);
	return (Chan*)files;
}

long chanwrite(Chan *c, const void *p, long n, vlong off)
{
	check(c == (Chan*)files && off == 0 && n > 0);
	filesend = seprint(filesend, files+sizeof files, "%.*s", (int)n, (char*)p);
	return n;
}

void chanclose(Chan *c)
{
	check(c == (Chan*)files);
	opened--;
	filesend = seprint(filesend, files+sizeof files, ";");
}

static void boot(char *s)
{
	strecpy(bootargs, bootargs+sizeof bootargs, s);
	nargs = -1;
}

static void testgood(void)
{
	boot("user=glenda  vmtest\tconsole=eia1 x='a b' y=don''t z= last=1\n");
	checkstr(bootarg("user"), "glenda");
	checkstr(bootarg("vmtest"), "");
	checkstr(bootarg("console"), "eia1");
	checkstr(bootarg("x"), "a b");
	checkstr(bootarg("z"), "");
	checkstr(bootarg("last"), "1");
	checkstr(bootarg("nothing"), nil);
	checkstr(bootarg(""), nil);
	boot("");
	checkstr(bootarg("user"), nil);
	boot("a=1 b=2 a=3 a==4=5");
	checkstr(bootarg("a"), "=4=5");
	checkstr(bootarg("b"), "2");
}

static void testhostile(void)
{
	static char big[2*Linelen];
	int i;
	u32int x;

	boot("=x /a=1 a/b=2 .=3 ..=4 \001=5 a\002b=6 ok=7 '=8 9");
	checkstr(bootarg("ok"), "7");
	checkstr(bootarg("/a"), nil);
	checkstr(bootarg("."), nil);
	checkstr(bootarg(""), nil);
	/* too long: cut at a word */
	memset(big, 'x', sizeof big-1);
	memmove(big, "a=1 b=", 6);
	boot(big);
	checkstr(bootarg("a"), "1");
	checkstr(bootarg("b"), nil);
	/* too many */
	for(i = 0; i < Linelen-8; i += 4)
		memmove(big+i, "aa= ", 4);
	big[0] = 'b';
	boot(big);
	checkstr(bootarg("ba"), "");
	checkstr(bootarg("aa"), "");
	x = 1;
	for(i = 0; i < (int)sizeof big-1; i++){
		x = x*1664525 + 1013904223;
		big[i] = "ab='\t  c/1"[(x>>20)%10];
	}
	big[i] = 0;
	boot(big);
	bootarg("a");
	check(nargs > 0 && nargs <= Nargs);
	for(i = 0; i < nargs; i++)
		check(nameok(args[i].name));
	/* a name that is too long */
	memset(big, 'n', 100);
	memmove(big+100, "=1 m=2", 7);
	boot(big);
	checkstr(bootarg("m"), "2");
	checkint(nargs, 1);
}

static void testenv(void)
{
	boot("user=bob empty= q='a b'");
	bootenv();
	checkstr(files, "#e/user=bob;#e/empty=;#e/q=a b;");
	checkint(opened, 0);
	refuse = 1;
	bootenv();
	checkint(opened, 0);
}

int main(void)
{
	testgood();
	testhostile();
	testenv();
	return checkdone();
}
