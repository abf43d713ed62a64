/*
 * rtc.c: the battery clock (MC146818).  Its time is taken as UTC.  The
 * registers may change while they are read, so they are read until two
 * readings agree; while they are written the clock stands still.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"

enum {
	Index = 0x70, Data = 0x71,
	Sec = 0, Min = 2, Hour = 4, Day = 7, Month = 8, Year = 9, Rega = 10, Regb = 11,
	Updating = 0x80, Set = 0x80, Hour24 = 2, Binary = 4, Pm = 0x80,
};

typedef struct Cmos Cmos;
struct Cmos { uchar sec, min, hour, day, month, year, century; };

static Lock cmoslk;

static int cmos(int r)
{
	outb(Index, r);
	return inb(Data);
}

static void readall(Cmos *c)
{
	int i, century;

	for(i = 0; i < 10000 && (cmos(Rega) & Updating); i++)
		cpurelax();
	c->sec = cmos(Sec);
	c->min = cmos(Min);
	c->hour = cmos(Hour);
	c->day = cmos(Day);
	c->month = cmos(Month);
	c->year = cmos(Year);
	century = acpicentury();
	c->century = century? cmos(century): 0;
}

static int number(int v, int regb)
{
	return regb & Binary? v: (v>>4)*10 + (v & 15);
}

/* Days from 1970 to the first of that month; proleptic Gregorian. */
static u32int daysto(u32int year, u32int month)
{
	static u16int before[12] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	u32int y;

	y = month > 2? year: year-1;	/* the last February done */
	return (year-1970)*365 + (y/4 - 1969/4) - (y/100 - 1969/100) + (y/400 - 1969/400) + before[month-1];
}

u32int rtcread(void)
{
	Cmos a, b;
	u32int year, month, hour;
	int i, regb;

	lock(&cmoslk);
	readall(&a);
	for(i = 0; i < 5; i++){
		readall(&b);
		if(memcmp(&a, &b, sizeof a) == 0)
			break;
		a = b;
	}
	regb = cmos(Regb);
	unlock(&cmoslk);
	hour = number(a.hour & ~Pm, regb);
	if(!(regb & Hour24))
		hour = hour%12 + (a.hour & Pm? 12: 0);
	year = number(a.year, regb);
	year += a.century? number(a.century, regb)*100: year < 70? 2000: 1900;
	month = number(a.month, regb);
	if(month < 1 || month > 12 || year < 1970 || year > 2105)
		return 0;
	return ((daysto(year, month) + number(a.day, regb)-1)*24 + hour)*3600 + number(a.min, regb)*60 + number(a.sec, regb);
}

/* what the chip holds for v */
static int coded(int v, int regb)
{
	return regb & Binary? v: v/10<<4 | v%10;
}

static int codedhour(int h, int regb)
{
	if(regb & Hour24)
		return coded(h, regb);
	return coded((h+11)%12 + 1, regb) | (h >= 12? Pm: 0);
}

static void cmosput(int r, int v)
{
	outb(Index, r);
	outb(Data, v);
}

/* the date of a day: a linear search is short enough for what is done once a year */
static void dateof(u32int day, u32int *year, u32int *month, u32int *mday)
{
	for(*year = 1970; daysto(*year+1, 1) <= day; ++*year)
		;
	for(*month = 1; *month < 12 && daysto(*year, *month+1) <= day; ++*month)
		;
	*mday = day - daysto(*year, *month) + 1;
}

int rtcwrite(u32int t)
{
	u32int year, month, mday;
	int regb, century;

	dateof(t/86400, &year, &month, &mday);
	t %= 86400;
	lock(&cmoslk);
	regb = cmos(Regb);
	cmosput(Regb, regb | Set);
	cmosput(Sec, coded(t%60, regb));
	cmosput(Min, coded(t/60%60, regb));
	cmosput(Hour, codedhour(t/3600, regb));
	cmosput(Day, coded(mday, regb));
	cmosput(Month, coded(month, regb));
	cmosput(Year, coded(year%100, regb));
	century = acpicentury();
	if(century)
		cmosput(century, coded(year/100, regb));
	cmosput(Regb, regb & ~Set);
	unlock(&cmoslk);
	return 0;
}
