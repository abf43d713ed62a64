/*
 * check.h: assertions for the host tests of libc.  A failed one prints a
 * line and the test goes on; checkdone prints 'N passed, N failed' and gives
 * main's result.
 */
#pragma once
#define check(cond) checkresult((cond) != 0, __FILE__, __LINE__, #cond)
#define checkint(got, want) checklong((long long)(got), (long long)(want), __FILE__, __LINE__, #got)
#define checkstr(got, want) checktext((got), (want), __FILE__, __LINE__, #got)

void checkresult(int ok, const char *file, int line, const char *what);
void checklong(long long got, long long want, const char *file, int line, const char *what);
void checktext(const char *got, const char *want, const char *file, int line, const char *what);
int checkdone(void);
