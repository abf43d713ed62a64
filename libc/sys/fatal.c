/*
 * Giving up: sysfatal(2), abort(2), assert(2).  A threaded program sets
 * fatalexit so that all its processes go.
 */
#include "u.h"
#include "libc.h"
#include "sys.h"

void (*fatalexit)(char *status) = exits;

/* Print the message on descriptor 2 and exit with it as status. */
void sysfatal(char *fmt, ...)
{
	char buf[2*ERRMAX];
	va_list args;

	va_start(args, fmt);
	vsnprint(buf, sizeof buf, fmt, args);
	va_end(args);
	fprint(2, "%s: %s\n", argv0? argv0: "", buf);
	fatalexit(buf);
	_exits(buf);
}

/* A trap, so that the process stays for a debugger. */
void abort(void)
{
	for(;;)
		__builtin_trap();
}

void _assert(char *what)
{
	fprint(2, "assert failed: %s\n", what);
	abort();
}
