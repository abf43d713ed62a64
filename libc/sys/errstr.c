/*
 * The error string (errstr(2)).  The kernel keeps it, one per process; its
 * call swaps it with a buffer.
 */
#include "u.h"
#include "libc.h"

/* Copy the error string to buf[0..n) and leave it as it is. */
void rerrstr(char *buf, uint n)
{
	char err[ERRMAX];

	if(n == 0)
		return;
	err[0] = 0;
	errstr(err, sizeof err);
	utfecpy(buf, buf+n, err);
	errstr(err, sizeof err);
}

void werrstr(char *fmt, ...)
{
	char err[ERRMAX];
	va_list args;

	va_start(args, fmt);
	vsnprint(err, sizeof err, fmt, args);
	va_end(args);
	errstr(err, sizeof err);
}

/* s and the error string on descriptor 2. */
void perror(char *s)
{
	if(s != nil && *s != 0)
		fprint(2, "%s: %r\n", s);
	else
		fprint(2, "%r\n");
}
