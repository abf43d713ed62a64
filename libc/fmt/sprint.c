/* sprint: into a buffer of unknown size; the caller answers for its length. */
#include "u.h"
#include "libc.h"

enum { Nolimit = 1<<30 };

int sprint(char *buf, char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprint(buf, Nolimit, fmt, args);
	va_end(args);
	return n;
}
