/*
 * Names for temporary files (mktemp(2)): the capital Xs that end a name are
 * replaced by letters and digits at random.
 */
#include "u.h"
#include "libc.h"

enum { Tries = 64 };

static int fill(char *name)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	char *end, *p;

	end = name + strlen(name);
	for(p = end; p > name && p[-1] == 'X'; )
		*--p = set[ntruerand(sizeof set-1)];
	return end-p;
}

/* Undo fill for the next try: n places at the end. */
static void unfill(char *name, int n)
{
	memset(name + strlen(name) - n, 'X', n);
}

/* Make name that of no file; name, or "/" if that cannot be. */
char *mktemp(char *name)
{
	int i, n;

	for(i = 0; i < Tries; i++){
		n = fill(name);
		if(access(name, AEXIST) < 0)
			return name;
		if(n == 0)
			break;
		unfill(name, n);
	}
	return "/";
}

/* Create a file that nobody else opens and that goes away at close; fd or -1. */
int opentemp(char *name)
{
	int fd, i, n;

	for(i = 0; i < Tries; i++){
		n = fill(name);
		fd = create(name, ORDWR|OEXCL|ORCLOSE, 0600);
		if(fd >= 0 || n == 0)
			return fd;
		if(access(name, AEXIST) < 0)	/* refused for another reason */
			return -1;
		unfill(name, n);
	}
	return -1;
}
