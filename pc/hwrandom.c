/*
 * hwrandom.c: random numbers from the processor: RDSEED where there, else
 * RDRAND.  They can run dry or be broken: tries are bounded, and a unit that
 * only repeats itself gives nothing.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"

enum { Tries = 64 };

static int rdseed(u64int *v)
{
	uchar ok;

	__asm__ volatile("rdseed %0; setc %1" : "=r"(*v), "=qm"(ok) :: "cc");
	return ok;
}

static int rdrand(u64int *v)
{
	uchar ok;

	__asm__ volatile("rdrand %0; setc %1" : "=r"(*v), "=qm"(ok) :: "cc");
	return ok;
}

static int word(u64int *v)
{
	int i;

	for(i = 0; i < Tries; i++){
		if(cpufeat.rdseed && rdseed(v))
			return 1;
		if(cpufeat.rdrand && rdrand(v))
			return 1;
		if(!cpufeat.rdseed && !cpufeat.rdrand)
			return 0;
		cpurelax();
	}
	return 0;
}

int hwrandom(void *p, usize n)
{
	u64int v, last;
	usize done, k;

	last = 0;
	for(done = 0; done < n; done += k){
		if(!word(&v) || v == last || v == 0 || v == ~0UL)
			break;
		last = v;
		k = MIN(n - done, sizeof v);
		memmove((uchar*)p + done, &v, k);
	}
	return done;
}
