/*
 * readwithin.c: a read that gives up, ip(2).
 *
 * The alarm's note ends a read that waits.  It may come just before the
 * read: so the handler sets the alarm again, as long as armed says that the
 * read is still wanted.
 */
#include "u.h"
#include "libc.h"
#include "ip.h"

enum { Again = 100 };	/* ms */

static int armed;
static int expired;

static int onalarm(void *ureg, char *note)
{
	USED(ureg);
	if(strcmp(note, "alarm") != 0)
		return 0;
	expired = 1;
	if(__atomic_load_n(&armed, __ATOMIC_RELAXED))
		alarm(Again);
	return 1;
}

long readwithin(int fd, void *p, long n, long ms)
{
	static int installed;

	if(!installed && atnotify(onalarm, 1) == 0)
		return -1;
	installed = 1;
	expired = 0;
	__atomic_store_n(&armed, 1, __ATOMIC_RELAXED);
	alarm(ms);
	n = read(fd, p, n);
	__atomic_store_n(&armed, 0, __ATOMIC_RELAXED);
	alarm(0);
	if(n < 0 && expired)
		werrstr("timed out");
	return n;
}
