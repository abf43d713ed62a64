/* check.c: see check.h; includes glibc's headers, so that the tests need not */
#include <stdio.h>
#include <string.h>
#include "check.h"

static int passed, failed;

void checkresult(int ok, const char *file, int line, const char *what)
{
	if(ok){
		passed++;
		return;
	}
	failed++;
	printf("%s:%d: %s\n", file, line, what);
}

void checklong(long long got, long long want, const char *file, int line, const char *what)
{
	checkresult(got == want, file, line, what);
	if(got != want)
		printf("\tgot %lld, want %lld\n", got, want);
}

void checktext(const char *got, const char *want, const char *file, int line, const char *what)
{
	int same;

	same = got == want || (got && want && strcmp(got, want) == 0);
	checkresult(same, file, line, what);
	if(!same)
		printf("\tgot  \"%s\"\n\twant \"%s\"\n", got? got: "(nil)", want? want: "(nil)");
}

int checkdone(void)
{
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
