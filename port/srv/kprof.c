/*
 * kprof.c: #K, a profile of the kernel, as kprof(3) describes.
 *
 * While it is on, every processor has a timer of Period; each time it fires,
 * the place that the timer's interrupt came from is counted.  kpdata is an
 * array of 4-byte big-endian counts: of all samples, of those that were not in
 * kernel text, and then one for each Grain bytes of text, the first two of
 * which take the former's places.
 *
 * Locks: lk guards starting and stopping; counts are added to atomically, and
 * read without a lock.  The array is made at the first start and stays.
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
	Grain = 8,
	Period = 1000*1000,	/* ns */
	Textlen = 64,
	Chunk = 64,		/* counts */
	Tries = 1000,
	Qctl = 1,
	Qdata = 2,
};

extern char ktext[], etext[];

static QLock lk;
static u32int *counts;
static u32int ncount;
static u8int running;
static Timer timers[NCPU];
static uintptr where[NCPU];	/* the latest interrupt came from here; 0: user mode */

/* at each timer interrupt, before timers fire */
static void note(Ureg *u)
{
	where[thiscpu()->id] = (u->cs & 3) ? 0 : u->rip;
}

static void count(Timer *t)
{
	uintptr pc;
	u32int i;

	USED(t);
	pc = where[thiscpu()->id];
	i = 1;
	if(pc >= (uintptr)ktext && pc < (uintptr)etext)
		i = (pc-(uintptr)ktext)/Grain;
	__atomic_add_fetch(&counts[0], 1, __ATOMIC_RELAXED);
	if(i > 0)
		__atomic_add_fetch(&counts[i], 1, __ATOMIC_RELAXED);
}

/* runs the current process on that processor; 0, or -1 */
static int moveto(int cpu)
{
	int i;

	if(procwire(up, cpu) < 0)
		return -1;
	for(i = 0; i < Tries && thiscpu()->id != cpu; i++)
		yield();
	return thiscpu()->id == cpu ? 0 : -1;
}

static int space(void)
{
	if(counts)
		return 0;
	ncount = (etext-ktext+Grain-1)/Grain;
	counts = mallocz(ncount*sizeof counts[0], 1);
	return counts ? 0 : seterr(Enomem);
}

static void starttimers(void)
{
	int i, was;

	was = up->wired;
	for(i = 0; i < ncpu; i++){
		if(moveto(i) < 0)
			continue;
		timers[i].when = monons() + Period;
		timers[i].period = Period;
		timers[i].f = count;
		timeradd(&timers[i]);
	}
	procwire(up, was);
}

/* lk held */
static int start(int clear)
{
	if(space() < 0)
		return -1;
	if(clear)
		memset(counts, 0, ncount*sizeof counts[0]);
	if(running)
		return 0;
	running = 1;
	__atomic_store_n(&kprofhook, note, __ATOMIC_RELEASE);
	starttimers();
	return 0;
}

static int stop(void)
{
	int i;

	if(!running)
		return 0;
	for(i = 0; i < ncpu; i++)
		if(timers[i].f)
			timerdel(&timers[i]);
	__atomic_store_n(&kprofhook, nil, __ATOMIC_RELEASE);
	running = 0;
	return 0;
}

static int control(char *s)
{
	int e;

	if(userok(UserProfile) < 0)
		return -1;
	qlock(&lk);
	if(strcmp(s, "start") == 0)
		e = start(0);
	else if(strcmp(s, "startclr") == 0)
		e = start(1);
	else if(strcmp(s, "stop") == 0)
		e = stop();
	else
		e = seterr(Ebadarg);
	qunlock(&lk);
	return e;
}

static void ctlwrite(Req *r)
{
	char buf[Textlen];
	int e;

	e = devtext(r, buf, sizeof buf);
	devwritten(r, e < 0 ? e : control(buf));
}

static void ctlread(Req *r)
{
	char buf[2*Textlen];

	snprint(buf, sizeof buf, "%s text 0x%lux 0x%lux grain %d period %d\n", running ? "started" : "stopped",
		(ulong)ktext, (ulong)etext, Grain, Period);
	readstr(r, buf);
	respond(r, nil);
}

static void big4(uchar *p, u32int v)
{
	p[0] = v>>24;
	p[1] = v>>16;
	p[2] = v>>8;
	p[3] = v;
}

/* bytes of the array from off: how many */
static u32int dataget(Req *r, u32int done, u64int off)
{
	uchar buf[Chunk*4];
	u64int i;
	u32int n, skip;

	skip = off % 4;
	for(n = 0, i = off/4; n < Chunk && i < ncount; n++, i++)
		big4(buf+4*n, counts[i]);
	if(4*n <= skip)
		return 0;
	return reqput(r, done, buf+skip, MIN(4*n-skip, r->count-done));
}

static void dataread(Req *r)
{
	u32int n, m;

	for(n = 0; counts && n < r->count; n += m)
		if((m = dataget(r, n, r->offset+n)) == 0)
			break;
	r->rcount = n;
	respond(r, nil);
}

static Sfile files[] = {
	{ .name = "/", .mode = DMDIR|0555 },
	[Qctl] = { .name = "kpctl", .mode = 0660, .read = ctlread, .write = ctlwrite },
	[Qdata] = { .name = "kpdata", .mode = 0440, .read = dataread },
};

Srv kprofsrv = {
	.name = "kprof",
	.dc = 'K',
	.flags = SrvBlocks,
	.files = files,
	.nfiles = nelem(files),
	.open = devopen,
};
