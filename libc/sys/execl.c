/*
 * execl: exec with the arguments in the call, the last one nil.  Mostly a
 * child that has just been made calls this; so a few arguments need no
 * memory that it would have to be given a copy of.
 */
#include "u.h"
#include "libc.h"

int execl(char *file, ...)
{
	va_list args, again;
	char *few[32], **argv;
	int i, n;

	va_start(args, file);
	va_copy(again, args);
	for(n = 0; va_arg(args, char*) != nil; n++)
		;
	va_end(args);
	argv = few;
	if(n >= (int)nelem(few) && (argv = malloc((n+1)*sizeof *argv)) == nil){
		va_end(again);
		return -1;
	}
	for(i = 0; i <= n; i++)
		argv[i] = va_arg(again, char*);
	va_end(again);
	exec(file, argv);
	if(argv != few)
		free(argv);
	return -1;
}
