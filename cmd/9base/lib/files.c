/*
 * files.c: names of files: temporary ones, and those of 9base itself, which
 * it writes as #9/.
 */
#include <stdlib.h>

int _p9usepwlibrary;	/* diff sets it */

/* creates a file of the name that name, which ends in Xs, becomes */
int mkstemp(char *name)
{
	char *pattern;
	int i, fd;

	pattern = strdup(name);
	fd = -1;
	for(i = 0; pattern && fd < 0 && i < 100; i++){
		strcpy(name, pattern);
		fd = create(mktemp(name), ORDWR|OEXCL, 0600);
	}
	free(pattern);
	return fd;
}

/* #9/bin is /bin, #9/lib is /lib, the rest is in /sys/lib; malloced if changed */
char *unsharp(char *name)
{
	char *s;

	if(strncmp(name, "#9", 2) != 0 || name[2] != '/')
		return name;
	if(strncmp(name+2, "/bin/", 5) == 0 || strncmp(name+2, "/lib/", 5) == 0)
		s = strdup(name+2);
	else
		s = smprint("/sys/lib%s", name+2);
	return s ? s : name;
}

char *getcwd(char *buf, usize n)
{
	return getwd(buf, n);
}
