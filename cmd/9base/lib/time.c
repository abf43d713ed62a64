/*
 * time.c: broken-down time of the standard C library.
 */
#include <time.h>
#undef localtime

struct tm *portlocaltime(const time_t *t)
{
	static struct tm b;
	Tm *tm;

	tm = localtime(*t);
	b.tm_sec = tm->sec;
	b.tm_min = tm->min;
	b.tm_hour = tm->hour;
	b.tm_mday = tm->mday;
	b.tm_mon = tm->mon;
	b.tm_year = tm->year;
	b.tm_wday = tm->wday;
	b.tm_yday = tm->yday;
	return &b;
}
