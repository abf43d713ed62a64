/*
 * environ.c: the environment as a list of name=value strings.
 */
#include <stdlib.h>

/* name=value, the words of a list with blanks between them; nil if not to be had */
static char *entry(char *name)
{
	char *s, *value;

	if(strchr(name, '#'))	/* a function of rc */
		return nil;
	value = getenv(name);
	if(value == nil)
		return nil;
	s = smprint("%s=%s", name, value);
	free(value);
	return s;
}

/* malloced, ends in nil */
char **portenviron(void)
{
	char **list, *s;
	long i, n, used;
	Dir *d;
	int fd;

	n = 0;
	d = nil;
	fd = open("/env", OREAD);
	if(fd >= 0){
		n = dirreadall(fd, &d);
		close(fd);
	}
	if(n < 0)
		n = 0;
	list = malloc((n+1)*sizeof(char*));
	if(list == nil)
		sysfatal("no memory for the environment");
	used = 0;
	for(i = 0; i < n; i++)
		if((s = entry(d[i].name)) != nil)
			list[used++] = s;
	list[used] = nil;
	if(n > 0)
		free(d);
	return list;
}
