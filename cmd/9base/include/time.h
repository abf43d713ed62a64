/* time.h: the standard's broken-down time, beside libc.h's */
#pragma once
#include <u.h>
#include <libc.h>
typedef long time_t;
struct tm {
	int tm_sec, tm_min, tm_hour;
	int tm_mday, tm_mon, tm_year;
	int tm_wday, tm_yday, tm_isdst;
};
struct tm *portlocaltime(const time_t *t);
#define localtime portlocaltime
