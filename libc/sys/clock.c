/* clock.c: reading clocks: of the day (time(2)), of the process (cputime(2)). */
#include "u.h"
#include "libc.h"
#include "sys.h"

/* Seconds since 1970, also in *t if that is not nil. */
long time(long *t)
{
	long s;

	s = nsec()/1000000000;
	if(t != nil)
		*t = s;
	return s;
}

/*
 * User, system time of this process, the same of its children that have
 * been waited for, in t[0..3]; ms.  Returns the process's real time or -1.
 */
long times(long t[4])
{
	enum { Tuser = 3, Tsys, Treal, Cuser, Csys, Nfield = 8 };
	char file[32], buf[512], *f[Nfield];
	int i;

	snprint(file, sizeof file, "/proc/%d/status", getpid());
	if(readsmall(file, buf, sizeof buf) <= 0 || tokenize(buf, f, Nfield) <= Csys)
		return -1;
	if(t != nil){
		static const char field[4] = { Tuser, Tsys, Cuser, Csys };

		for(i = 0; i < 4; i++)
			t[i] = strtol(f[(int)field[i]], nil, 10);
	}
	return strtol(f[Treal], nil, 10);
}

/* Seconds of processor time, children included. */
double cputime(void)
{
	long t[4];

	if(times(t) < 0)
		return 0;
	return (t[0]+t[1]+t[2]+t[3])/1000.0;
}

/* The processor's counter of ticks. */
void cycles(uvlong *t)
{
	u32int lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	*t = (uvlong)hi<<32 | lo;
}
