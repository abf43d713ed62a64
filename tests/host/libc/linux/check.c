/* check.c: the assertions of ../check.h for programs on our own libc */
#include "u.h"
#include "libc.h"
#include "../check.h"

static long passed, failed;

void checkresult(int ok, const char *file, int line, const char *what)
{
	__atomic_add_fetch(ok? &passed: &failed, 1, __ATOMIC_RELAXED);
	if(!ok)
		print("%s:%d: %s\n", file, line, what);
}

void checklong(long long got, long long want, const char *file, int line, const char *what)
{
	checkresult(got == want, file, line, what);
	if(got != want)
		print("\tgot %lld, want %lld\n", got, want);
}

void checktext(const char *got, const char *want, const char *file, int line, const char *what)
{
	int same;

	same = got == want || (got && want && strcmp(got, want) == 0);
	checkresult(same, file, line, what);
	if(!same)
		print("\tgot  %q\n\twant %q\n", got, want);
}

int checkdone(void)
{
	print("%ld passed, %ld failed\n", passed, failed);
	return failed != 0;
}
