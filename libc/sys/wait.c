/*
 * Waiting for children (wait(2)): await gives "pid user system real status",
 * the status quoted as rc does if it has blanks.
 */
#include "u.h"
#include "libc.h"

enum { Room = 512 };

static char *skipblank(char *s)
{
	while(*s == ' ')
		s++;
	return s;
}

/* Take the quotes off s in place, if there are any. */
static char *status(char *s)
{
	char *field;

	if(*s == '\'' && gettokens(s, &field, 1, "") == 1)
		return field;
	return s;
}

Waitmsg *wait(void)
{
	char buf[Room], *s;
	Waitmsg *w;
	int i, n;

	n = await(buf, sizeof buf-1);
	if(n < 0)
		return nil;
	buf[n] = 0;
	w = malloc(sizeof *w + n+1);
	if(w == nil)
		return nil;
	w->pid = strtol(buf, &s, 10);
	for(i = 0; i < 3; i++)
		w->time[i] = strtoul(s, &s, 10);
	w->msg = (char*)(w+1);
	s = status(skipblank(s));
	strecpy(w->msg, w->msg+n+1, s);
	return w;
}

/* The pid of a child that has exited, or -1. */
int waitpid(void)
{
	char buf[Room];
	int n;

	n = await(buf, sizeof buf-1);
	if(n < 0)
		return -1;
	buf[n] = 0;
	return strtol(buf, nil, 10);
}
