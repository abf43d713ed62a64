/*
 * The environment is the files of /env (getenv(2)).  A list's elements are
 * separated by NULs there; getenv gives them with blanks between.
 */
#include "u.h"
#include "libc.h"
#include "sys.h"

enum { Chunk = 512 };

/* The file of variable name in buf; -1 if it cannot be one. */
static int envfile(char *buf, int n, char *name)
{
	if(name[0] == 0 || strchr(name, '/') != nil || strcmp(name, ".") == 0 || strcmp(name, "..") == 0){
		werrstr("bad environment name: %q", name);
		return -1;
	}
	if(snprint(buf, n, "/env/%s", name) >= n-1){
		werrstr("environment name too long");
		return -1;
	}
	return 0;
}

/* All of fd, malloced and terminated; *len its bytes. */
static char *readall(int fd, long *len)
{
	char *buf, *bigger;
	long room, n, m;

	room = 0;
	buf = nil;
	for(n = 0;; n += m){
		if(room-n < Chunk){
			room = 2*room + Chunk;
			bigger = realloc(buf, room+1);
			if(bigger == nil)
				break;
			buf = bigger;
		}
		m = read(fd, buf+n, room-n);
		if(m < 0)
			break;
		if(m == 0){
			buf[n] = 0;
			*len = n;
			return buf;
		}
	}
	free(buf);
	return nil;
}

/* The value, malloced; nil if it is not set. */
char *getenv(char *name)
{
	char file[256], *s, *p;
	long n;
	int fd;

	if(envfile(file, sizeof file, name) < 0)
		return nil;
	fd = open(file, OREAD|OCEXEC);
	if(fd < 0)
		return nil;
	s = readall(fd, &n);
	close(fd);
	if(s == nil)
		return nil;
	if(n > 0 && s[n-1] == 0)
		n--;
	for(p = s; p < s+n; p++)
		if(*p == 0)
			*p = ' ';
	return s;
}

/* Set it; 0 or -1. */
int putenv(char *name, char *value)
{
	char file[256];
	long n;
	int fd, r;

	if(envfile(file, sizeof file, name) < 0)
		return -1;
	fd = create(file, OWRITE|OCEXEC, 0666);
	if(fd < 0)
		return -1;
	n = strlen(value);
	r = write(fd, value, n) == n? 0: -1;
	close(fd);
	return r;
}

/* Name of the user of this process; static. */
char *getuser(void)
{
	static char user[64];

	if(readsmall("/dev/user", user, sizeof user) <= 0)
		strecpy(user, user+sizeof user, "none");
	return user;
}

/* Name of this machine; static. */
char *sysname(void)
{
	static char name[64];

	if(readsmall("/dev/sysname", name, sizeof name) <= 0)
		strecpy(name, name+sizeof name, "pintle");
	return name;
}
