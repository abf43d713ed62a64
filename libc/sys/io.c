/* io.c: reading and writing in the ways that are not calls themselves. */
#include "u.h"
#include "libc.h"
#include "sys.h"

long read(int fd, void *buf, long n)
{
	return pread(fd, buf, n, -1);
}

long write(int fd, const void *buf, long n)
{
	return pwrite(fd, (void*)buf, n, -1);
}

/* Read until n bytes are there or the file ends; bytes, or -1 if there were none. */
long readn(int fd, void *buf, long n)
{
	long m, done;

	for(done = 0; done < n; done += m){
		m = read(fd, (char*)buf+done, n-done);
		if(m < 0 && done == 0)
			return -1;
		if(m <= 0)
			break;
	}
	return done;
}

/* Can the file be used so?  0 or -1.  Tried by opening, except for existence. */
int access(char *file, int mode)
{
	static const char how[8] = {
		[AEXEC] = OEXEC, [AWRITE] = OWRITE, [AREAD] = OREAD,
		[AREAD|AWRITE] = ORDWR, [AREAD|AEXEC] = OEXEC,
		[AWRITE|AEXEC] = ORDWR, [AREAD|AWRITE|AEXEC] = ORDWR,
	};
	uchar buf[2];
	int fd;

	mode &= 7;
	if(mode == AEXIST)
		return stat(file, buf, sizeof buf) < 0? -1: 0;
	fd = open(file, how[mode] | OCEXEC);
	if(fd < 0)
		return -1;
	close(fd);
	return 0;
}

/* Most bytes in one read or write that stay together; 0: unknown. */
int iounit(int fd)
{
	enum { Ifield = 7, Nfield = 10 };
	char file[32], buf[256], *args[Nfield];

	snprint(file, sizeof file, "#d/%dctl", fd);
	if(readsmall(file, buf, sizeof buf) <= 0 || tokenize(buf, args, Nfield) <= Ifield)
		return 0;
	return strtol(args[Ifield], nil, 10);
}

/* The current directory's name in buf; buf or nil. */
char *getwd(char *buf, int n)
{
	int fd, r;

	fd = open(".", OREAD|OCEXEC);
	if(fd < 0)
		return nil;
	r = fd2path(fd, buf, n);
	close(fd);
	return r < 0? nil: buf;
}
