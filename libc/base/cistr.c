/* cistr*: comparison of strings with ASCII letters of both cases alike. */
#include "u.h"
#include "lib.h"

int cistrcmp(const char *a, const char *b);
int cistrncmp(const char *a, const char *b, usize n);
char *cistrstr(const char *s, const char *sub);

static int fold(uchar c)
{
	return c >= 'A' && c <= 'Z'? c-'A'+'a': c;
}

int cistrncmp(const char *a, const char *b, usize n)
{
	int d;

	for(; n > 0; n--, a++, b++){
		d = fold(*a) - fold(*b);
		if(d != 0 || *a == 0)
			return d;
	}
	return 0;
}

int cistrcmp(const char *a, const char *b)
{
	return cistrncmp(a, b, ~0UL);
}

/* The first place of sub in s, or nil. */
char *cistrstr(const char *s, const char *sub)
{
	usize n;

	n = strlen(sub);
	do
		if(cistrncmp(s, sub, n) == 0)
			return (char*)s;
	while(*s++ != 0);
	return nil;
}
