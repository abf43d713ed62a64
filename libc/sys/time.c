/*
 * The time of day and broken down, in the Gregorian calendar (ctime(2)).
 * Local time is what /env/timezone says: "EST -18000 EDT -14400" and pairs
 * of times between which the second applies, all in seconds and local
 * standard time.  Without it local time is UTC.  The Tm returned is static.
 */
#include "u.h"
#include "libc.h"

enum {
	Day = 24*60*60,
	Npair = 150,
	Era = 400*365 + 97,	/* days in 400 years */
};

typedef struct Zone Zone;
struct Zone {
	int read;	/* the rest is valid */
	char std[4];
	char dst[4];
	long stdoff;
	long dstoff;
	int npair;
	long pair[Npair][2];
};

static Zone zone;
static Lock zonelock;

static long floordiv(long a, long b)
{
	return a/b - (a%b < 0);
}

/* Days from 1970-01-01 to the first of March of year y. */
static long daysto(long y)
{
	return 365*y + floordiv(y, 4) - floordiv(y, 100) + floordiv(y, 400) - 719468;
}

static int leap(long y)
{
	return (y%4 == 0 && y%100 != 0) || y%400 == 0;
}

/*
 * Years are counted from March, so that February ends them; months from
 * March then begin every 30.6 days.
 */
static void setdate(Tm *tm, long days)
{
	long y, yd;
	int m;

	tm->wday = (days+4) - 7*floordiv(days+4, 7);
	y = floordiv((days+719468)*400, Era);
	while(daysto(y) > days)
		y--;
	while(daysto(y+1) <= days)
		y++;
	yd = days - daysto(y);
	m = (5*yd + 2)/153;
	tm->mday = yd - (153*m + 2)/5 + 1;
	if(m >= 10){	/* January, February: of the next year */
		y++;
		tm->mon = m-10;
		tm->yday = yd-306;
	}else{
		tm->mon = m+2;
		tm->yday = yd + 59 + leap(y);
	}
	tm->year = y-1900;
}

static void breakdown(Tm *tm, long t, char *name, long off)
{
	long s;

	t += off;
	s = t - Day*floordiv(t, Day);
	tm->sec = s%60;
	tm->min = s/60%60;
	tm->hour = s/3600;
	setdate(tm, floordiv(t, Day));
	strecpy(tm->zone, tm->zone + sizeof tm->zone, name);
	tm->tzoff = off;
}

/* Fill in z from text, cutting it up. */
static void zoneparse(Zone *z, char *text)
{
	char *f[2*Npair+4];
	int i, n;

	strecpy(z->std, z->std+sizeof z->std, "GMT");
	n = tokenize(text, f, nelem(f));
	if(n < 2)
		return;
	strecpy(z->std, z->std+sizeof z->std, f[0]);
	z->stdoff = atol(f[1]);
	if(n < 4)
		return;
	strecpy(z->dst, z->dst+sizeof z->dst, f[2]);
	z->dstoff = atol(f[3]);
	for(i = 4; i+1 < n; i += 2){
		z->pair[z->npair][0] = atol(f[i]);
		z->pair[z->npair++][1] = atol(f[i+1]);
	}
}

static void zoneinit(void)
{
	char *text;

	lock(&zonelock);
	if(!zone.read){
		text = getenv("timezone");
		zoneparse(&zone, text? text: "");
		free(text);
		__atomic_store_n(&zone.read, 1, __ATOMIC_RELEASE);
	}
	unlock(&zonelock);
}

Tm *gmtime(long t)
{
	static Tm tm;

	breakdown(&tm, t, "GMT", 0);
	return &tm;
}

Tm *localtime(long t)
{
	static Tm tm;
	int i;

	if(!__atomic_load_n(&zone.read, __ATOMIC_ACQUIRE))
		zoneinit();
	for(i = 0; i < zone.npair; i++)
		if(t+zone.stdoff >= zone.pair[i][0] && t+zone.stdoff < zone.pair[i][1]){
			breakdown(&tm, t, zone.dst, zone.dstoff);
			return &tm;
		}
	breakdown(&tm, t, zone.std, zone.stdoff);
	return &tm;
}

/* Seconds since 1970 of tm, in the zone it names (GMT, else local); wday and yday do not count. */
long tm2sec(Tm *tm)
{
	long y, days, t;
	int m, i;

	y = tm->year + 1900L;
	m = tm->mon-2;
	if(m < 0){
		m += 12;
		y--;
	}
	days = daysto(y) + (153*m + 2)/5 + tm->mday-1;
	t = days*Day + tm->hour*3600L + tm->min*60L + tm->sec;
	if(strcmp(tm->zone, "GMT") == 0 || strcmp(tm->zone, "UTC") == 0)
		return t;
	if(!__atomic_load_n(&zone.read, __ATOMIC_ACQUIRE))
		zoneinit();
	if(zone.dst[0] != 0 && strcmp(tm->zone, zone.dst) == 0)
		return t - zone.dstoff;
	if(strcmp(tm->zone, zone.std) != 0)
		for(i = 0; i < zone.npair; i++)
			if(t >= zone.pair[i][0] && t < zone.pair[i][1])
				return t - zone.dstoff;
	return t - zone.stdoff;
}

/* "Sun Sep 16 01:03:52 GMT 1973\n", static */
char *asctime(Tm *tm)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	static char buf[48];

	snprint(buf, sizeof buf, "%.3s %.3s %2d %.2d:%.2d:%.2d %s %ld\n",
		days + 3*((uint)tm->wday%7), months + 3*((uint)tm->mon%12), tm->mday,
		tm->hour, tm->min, tm->sec, tm->zone, tm->year+1900L);
	return buf;
}

char *ctime(long t)
{
	return asctime(localtime(t));
}
