/*
 * background.c: programs that go on after whoever called them thinks them done.
 */
#include "u.h"
#include "libc.h"

int nullfds(int n)
{
	int fd, i;

	fd = open("/dev/null", ORDWR);
	if(fd < 0)
		return -1;
	for(i = 0; i < n; i++)
		if(i != fd && dup(fd, i) < 0)
			return -1;
	if(fd >= n)
		close(fd);
	return 0;
}

int background(int n)
{
	switch(rfork(RFPROC|RFFDG|RFNOTEG|RFNOWAIT)){
	case -1:
		return -1;
	case 0:
		return nullfds(n);
	default:
		exits(nil);
	}
}
