/* execl: exec with the arguments in the call, the last one nil. */
#include "u.h"
#include "libc.h"

int execl(char *file, ...)
{
	va_list args, again;
	char **argv;
	int i, n;

	va_start(args, file);
	va_copy(again, args);
	for(n = 0; va_arg(args, char*) != nil; n++)
		;
	va_end(args);
	argv = malloc((n+1)*sizeof *argv);
	if(argv == nil){
		va_end(again);
		return -1;
	}
	for(i = 0; i <= n; i++)
		argv[i] = va_arg(again, char*);
	va_end(again);
	exec(file, argv);
	free(argv);
	return -1;
}
