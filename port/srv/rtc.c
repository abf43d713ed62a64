/*
 * rtc.c: #r, the real-time clock that runs while the machine is off, as
 * rtc(3) describes: the file rtc, in seconds since 1970.
 *
 * Locks: lk keeps users of the chip apart; reading it may wait for some
 * milliseconds.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"

enum {
	Numlen = 12,
	Textlen = 32,
};

static QLock lk;

static void clockread(Req *r)
{
	char buf[Numlen+1];
	u32int t;

	qlock(&lk);
	t = rtcread();
	qunlock(&lk);
	snprint(buf, sizeof buf, "%11ud ", t);
	readstr(r, buf);
	respond(r, nil);
}

static int setclock(char *s)
{
	char *end;
	ulong t;
	int e;

	if(userok(UserTime) < 0)
		return -1;
	t = strtoul(s, &end, 10);
	if(end == s || (*end && *end != ' ') || t > 0xffffffffUL)
		return seterr(Ebadarg);
	qlock(&lk);
	e = rtcwrite(t);
	qunlock(&lk);
	return e;
}

static void clockwrite(Req *r)
{
	char buf[Textlen];
	int e;

	e = devtext(r, buf, sizeof buf);
	devwritten(r, e < 0 ? e : setclock(buf));
}

static Sfile files[] = {
	{ .name = "/", .mode = DMDIR|0555 },
	{ .name = "rtc", .mode = 0664, .read = clockread, .write = clockwrite },
};

Srv rtcsrv = {
	.name = "rtc",
	.dc = 'r',
	.flags = SrvBlocks,
	.files = files,
	.nfiles = nelem(files),
	.open = devopen,
};
