/* needs: libc/sys/time.c libc/base/token.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c tests/host/libc/ref.c tests/host/libc/shim.c -lm */
/* flags: -Dgetenv=fakeenv -Dgmtime=xgmtime -Dlocaltime=xlocaltime -Dasctime=xasctime -Dctime=xctime */
/* the calendar, day by day over eight hundred years; time zones */
#include "u.h"
#include "libc.h"
#include "check.h"

char *fakeenv(char *name)
{
	checkstr(name, "timezone");
	return strdup("MET 3600 MES 7200\n 1000003600 1010003600\n1040000000 1050000000\n");
}

static int monthdays(int m, int y)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[m] + (m == 1 && ((y%4 == 0 && y%100 != 0) || y%400 == 0));
}

static void calendar(void)
{
	int y, m, d, yday, wday, bad;
	long t;
	Tm *tm;

	t = -12622780800L;		/* 1570-01-01, a Thursday like 1970's */
	wday = 4;
	bad = 0;
	for(y = 1570; y < 2370; y++)
		for(m = yday = 0; m < 12; m++)
			for(d = 1; d <= monthdays(m, y); d++, yday++){
				tm = gmtime(t + 86399*(d&1));
				bad += tm->year != y-1900 || tm->mon != m || tm->mday != d;
				bad += tm->yday != yday || tm->wday != wday;
				bad += tm->hour != 23*(d&1) || tm->min != 59*(d&1) || tm->sec != 59*(d&1);
				bad += tm2sec(tm) != t + 86399*(d&1);
				t += 86400;
				wday = (wday+1)%7;
			}
	checkint(bad, 0);
}

static void texts(void)
{
	Tm *tm;

	checkstr(asctime(gmtime(0)), "Thu Jan  1 00:00:00 GMT 1970\n");
	checkstr(asctime(gmtime(1000000000)), "Sun Sep  9 01:46:40 GMT 2001\n");
	checkstr(asctime(gmtime(-1)), "Wed Dec 31 23:59:59 GMT 1969\n");
	checkstr(asctime(gmtime(4102444800L)), "Fri Jan  1 00:00:00 GMT 2100\n");
	checkstr(ctime(999999999), "Sun Sep  9 02:46:39 MET 2001\n");
	checkstr(ctime(1000000000), "Sun Sep  9 03:46:40 MES 2001\n");
	checkstr(ctime(1010000000), "Wed Jan  2 20:33:20 MET 2002\n");
	tm = localtime(1045000000);
	checkint(tm->tzoff, 7200);
	checkstr(tm->zone, "MES");
	checkint(tm2sec(tm), 1045000000);
	strecpy(tm->zone, tm->zone+4, "");
	checkint(tm2sec(tm), 1045000000 + 0);
	tm = localtime(999999999);
	checkint(tm2sec(tm), 999999999);
	tm->wday = -1;
	tm->mon = 99;
	asctime(tm);		/* nonsense in, no crash */
}

int main(void)
{
	calendar();
	texts();
	return checkdone();
}
