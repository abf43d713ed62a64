/* regerror: what to do with bad syntax, unless the program has its own. */
#include "u.h"
#include "libc.h"
#include "regexp.h"

void regerror(char *msg)
{
	fprint(2, "%s: regular expression: %s\n", argv0? argv0: "", msg);
	exits("regular expression");
}
