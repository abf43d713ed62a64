/*
 * clock.c: time from the TSC, and the timer interrupt.
 *
 * monons is (TSC - base) × rate.  The rate comes from CPUID or the
 * hypervisor where they say; else the TSC is measured for a ms against
 * another counter at boot, and again, a thousand times as well, a second later.
 * The new rate is published as a second Timebase that continues the first at that
 * moment; readers take no lock.  A processor whose TSC differs from the
 * first's adds its tscoff.
 *
 * The timer is the local APIC's: by TSC deadline where it can, else
 * counting down.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "x86.h"
#include "pc.h"

enum {
	Samples = 5,
	Measurems = 1,
	Hyperfreq = 0x40000010,		/* leaf: TSC and bus frequency in kHz */
	Refinens = 1000000000,
	Maxsleep = 1000,		/* seconds; a timer further off interrupts early, for nothing */
	Syncrounds = 16,
};
#define BILLION 1000000000UL

typedef struct Timebase Timebase;
struct Timebase {
	u64int tsc;
	vlong ns;		/* monons then */
	u64int rate;		/* ns a tick, 32 bits of them after the point */
};
typedef struct Sample Sample;
struct Sample { u64int tsc; u32int ref, timer; };

vlong boottime;
u64int tschz;
static Timebase bases[2];
static Timebase *base = &bases[0];
static u64int timerrate;	/* local APIC timer ticks a ns, 32 bits after the point */
static int deadline;
static Refclk ref;
static Sample first;
static Timer refinetimer;

/* a processor that comes up compares clocks with the first: see clocksync */
static struct { int ask, answer; u64int tsc; } sync;

/* a×b/c, where that fits */
static u64int muldiv(u64int a, u64int b, u64int c)
{
	u64int q, r;

	__asm__("mulq %3; divq %4" : "=a"(q), "=&d"(r) : "a"(a), "r"(b), "r"(c) : "cc");
	return q;
}

u64int cycles(void)
{
	return rdtsc();
}

static u64int tscnow(void)
{
	__asm__ volatile("lfence" ::: "memory");
	return rdtsc() + pccpu()->tscoff;
}

vlong monons(void)
{
	Timebase *b;

	b = __atomic_load_n(&base, __ATOMIC_ACQUIRE);
	return b->ns + (vlong)((__int128)(s64int)(tscnow() - b->tsc) * b->rate >> 32);
}

/* Both counters at one moment: the closest of a few tries. */
static Sample sample(void)
{
	Sample s, best;
	u64int t0, t1, min;
	int i;

	min = ~0UL;
	best.tsc = best.ref = best.timer = 0;
	for(i = 0; i < Samples; i++){
		t0 = rdtsc();
		s.ref = ref.read();
		t1 = rdtsc();
		s.timer = lapiccount();
		s.tsc = t0 + (t1-t0)/2;
		if(t1 - t0 < min){
			min = t1 - t0;
			best = s;
		}
	}
	return best;
}

static u64int measured(Sample a, Sample b)
{
	return muldiv(b.tsc - a.tsc, ref.hz, (b.ref - a.ref) & ref.mask);
}

/* The frequencies where the processor or the hypervisor tell, 0 where not. */
static u64int tscsaid(u64int *timerhz)
{
	Cpuid r;

	*timerhz = 0;
	if(cpufeat.maxhyper >= Hyperfreq){
		r = cpuid(Hyperfreq, 0);
		if(r.a != 0){
			*timerhz = r.b * 1000UL;
			return r.a * 1000UL;
		}
	}
	if(cpufeat.maxleaf >= 0x15){
		r = cpuid(0x15, 0);
		if(r.a != 0 && r.b != 0 && r.c != 0){
			*timerhz = r.c;
			return (u64int)r.c * r.b / r.a;
		}
	}
	return 0;
}

/* Emulators that count instructions run the TSC at 1 GHz exactly. */
static u64int rounded(u64int hz)
{
	s64int d;

	d = hz - BILLION;
	return d > -50000 && d < 50000? BILLION: hz;
}

static void measure(u64int *hz, u64int *timerhz)
{
	Sample last;

	lapicfree();
	first = sample();
	while(((ref.read() - first.ref) & ref.mask) < ref.hz*Measurems/1000)
		cpurelax();
	last = sample();
	if(*hz == 0)
		*hz = rounded(measured(first, last));
	if(*timerhz == 0)
		*timerhz = muldiv(first.timer - last.timer, *hz, last.tsc - first.tsc);
	lapicarm(0);
}

static void setbase(u64int tsc, vlong ns, u64int hz)
{
	Timebase *b;

	b = base == &bases[0]? &bases[1]: &bases[0];
	b->tsc = tsc;
	b->ns = ns;
	b->rate = muldiv(BILLION, 1UL<<32, hz);
	tschz = hz;
	__atomic_store_n(&base, b, __ATOMIC_RELEASE);
}

/* A timer: the rate again, from a longer time. */
static void refine(Timer *t)
{
	u64int tsc, hz;
	vlong ns;
	int s;

	USED(t);
	s = splhi();
	hz = measured(first, sample());
	tsc = tscnow();
	ns = monons();
	setbase(tsc, ns, hz);
	splx(s);
}

void clockinit(void)
{
	u64int t0, hz, timerhz;

	t0 = rdtsc();
	hz = tscsaid(&timerhz);
	deadline = cpufeat.tscdeadline;
	if(hz == 0 || (timerhz == 0 && !deadline)){
		refclkopen(&ref);
		measure(&hz, &timerhz);
	}
	if(hz < 1000000)
		panic("clock: no usable time stamp counter: %lud Hz", hz);
	timerrate = muldiv(timerhz, 1UL<<32, BILLION);
	setbase(t0, 0, hz);
	boottime = rtcread()*(vlong)BILLION - monons();
	clockcpu();
}

/* When there are timers. */
void clocklate(void)
{
	if(ref.read == nil || tschz == BILLION || ref.mask < 0xffffff)
		return;
	refinetimer.when = monons() + Refinens;
	refinetimer.f = refine;
	timeradd(&refinetimer);
}

void clockcpu(void)
{
	if(deadline)
		lapicdeadline();
}

void clockarm(vlong when)
{
	u64int n;
	vlong d;

	if(when < 0){
		if(deadline)
			wrmsr(Msrtscdeadline, 0);
		else
			lapicarm(0);
		return;
	}
	d = when - monons();
	d = d < 0? 0: MIN(d, Maxsleep*(vlong)BILLION);
	if(deadline){
		wrmsr(Msrtscdeadline, rdtsc() + muldiv(d, tschz, BILLION) + 1);
		return;
	}
	n = (u64int)((unsigned __int128)(u64int)d * timerrate >> 32);
	lapicarm(n >= ~0U? ~0U: (u32int)n + 1);
}

void usdelay(u32int us)
{
	u64int t;

	t = rdtsc();
	while(rdtsc() - t < us*(tschz/1000000))
		cpurelax();
}

/* The first processor, while another runs clocksync: answers until that one is done. */
void clockanswer(void)
{
	int i;

	for(i = 1; i <= Syncrounds; i++){
		while(__atomic_load_n(&sync.ask, __ATOMIC_ACQUIRE) != i)
			cpurelax();
		sync.tsc = rdtsc();
		__atomic_store_n(&sync.answer, i, __ATOMIC_RELEASE);
	}
	while(__atomic_load_n(&sync.ask, __ATOMIC_ACQUIRE) != 0)
		cpurelax();
}

/*
 * How far this processor's TSC is from the first's, by asking for the time
 * some times and believing the quickest answer.  A difference that the
 * time of asking may explain is none.
 */
void clocksync(void)
{
	u64int t0, t1, min;
	s64int off;
	int i;

	min = ~0UL;
	off = 0;
	for(i = 1; i <= Syncrounds; i++){
		t0 = rdtsc();
		__atomic_store_n(&sync.ask, i, __ATOMIC_RELEASE);
		while(__atomic_load_n(&sync.answer, __ATOMIC_ACQUIRE) != i)
			cpurelax();
		t1 = rdtsc();
		if(t1 - t0 < min){
			min = t1 - t0;
			off = sync.tsc - (t0 + min/2);
		}
	}
	sync.answer = 0;
	__atomic_store_n(&sync.ask, 0, __ATOMIC_RELEASE);
	pccpu()->tscoff = off > (s64int)min || off < -(s64int)min? off: 0;
}
