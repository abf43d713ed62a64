/*
 * smp.c: starting the other processors, one after the other (Intel SDM
 * volume 3, 9.4.4).  Each runs ap.S, then apmain, then the scheduler.
 * `ncpu` as a boot argument bounds how many.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "x86.h"
#include "pc.h"

enum {
	Initus = 200,		/* between the interrupts */
	Sipius = 200,
	Patiencens = 2000000000,
	Awake = 1, Ready = 2,	/* Pccpu.stage */
};

Cpu *cpus[NCPU];
int ncpu;
extern uchar apcode[], apcodeend[];
extern Pte bootpml4[];

/* A further processor's first C code; its descriptors are still ap.S's. */
noreturn_ void apmain(Pccpu *p)
{
	cpusetup();
	cr3put(kerncr3);
	descinit(p, p->iststk);
	kstkset(p->cpu.schedsp);
	lapicinit();
	fpinitcpu();
	__atomic_store_n(&p->stage, Awake, __ATOMIC_RELEASE);
	if(!cpufeat.maxhyper)
		clocksync();
	clockcpu();
	p->cpu.online = 1;
	__atomic_store_n(&p->stage, Ready, __ATOMIC_RELEASE);
	cpustart();
}

static Pccpu *cpunew(int id, u32int apicid)
{
	Pccpu *p;
	u64int pa, ist;
	uintptr stk;

	_Static_assert(sizeof(Pccpu) <= PGSZ, "Pccpu");
	pa = pagealloc(1);
	ist = pagerun(3*ISTKSZ/PGSZ);
	stk = kstkalloc();
	if(pa == 0 || ist == 0 || stk == 0){
		if(pa != 0)
			pagefree(pa);
		if(ist != 0)
			pagerunfree(ist, 3*ISTKSZ/PGSZ);
		if(stk != 0)
			kstkfree(stk);
		return nil;
	}
	p = kaddr(pa);
	p->cpu.id = id;
	p->cpu.apicid = apicid;
	p->cpu.schedsp = stk;
	p->iststk = kaddr(ist);
	return p;
}

static int waitstage(Pccpu *p, int stage, vlong ns)
{
	vlong end;

	end = monons() + ns;
	while(__atomic_load_n(&p->stage, __ATOMIC_ACQUIRE) < stage){
		if(monons() > end)
			return -1;
		cpurelax();
	}
	return 0;
}

/* Wake it: INIT, then the start-up interrupt, a second one if the first was missed. */
static int cpuwake(Pccpu *p)
{
	lapicipi(p->cpu.apicid, IpiInit);
	usdelay(Initus);
	lapicipi(p->cpu.apicid, IpiStart | APBOOT>>12);
	if(waitstage(p, Awake, Sipius*1000) < 0){
		lapicipi(p->cpu.apicid, IpiStart | APBOOT>>12);
		if(waitstage(p, Awake, Patiencens) < 0)
			return -1;
	}
	if(!cpufeat.maxhyper)
		clockanswer();
	return waitstage(p, Ready, Patiencens);
}

static void cpubring(u32int apicid)
{
	Pccpu *p;
	u64int *arg;

	p = cpunew(ncpu, apicid);
	if(p == nil){
		kprint("cpu%d: no memory\n", ncpu);
		return;
	}
	arg = kaddr(APARG);
	arg[0] = paddr(bootpml4);
	arg[1] = p->cpu.schedsp;
	arg[2] = (u64int)p;
	cpus[ncpu] = &p->cpu;
	if(cpuwake(p) < 0){
		/* it may still wake: what it was given stays its own */
		cpus[ncpu] = nil;
		kprint("cpu%d: processor %ud does not start\n", ncpu, apicid);
		return;
	}
	__atomic_store_n(&ncpu, ncpu+1, __ATOMIC_RELEASE);
}

void smpstart(void)
{
	char *s;
	int i, max;

	s = bootarg("ncpu");
	max = s != nil? atoi(s): NCPU;
	if(napic <= 1 || max <= 1)
		return;
	if(!ramusable(APBOOT, PGSZ)){
		kprint("smp: no memory at %#ux for the start of processors\n", APBOOT);
		return;
	}
	memmove(kaddr(APBOOT), apcode, apcodeend - apcode);
	memmove(bootpml4+256, kerntop+256, 256*sizeof(Pte));
	for(i = 0; i < napic && ncpu < MIN(max, NCPU); i++)
		if(apicids[i] != cpu0.cpu.apicid)
			cpubring(apicids[i]);
}
