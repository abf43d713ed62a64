/*
 * rtc.c: the battery clock (MC146818), read only.  Its time is taken
 * as UTC.  The registers may change while they are read, so they are read
 * until two readings agree.
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
	Updating = 0x80, Hour24 = 2, Binary = 4, Pm = 0x80,
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
