/*
 * shoot.c: flushing translations on other processors.
 *
 * The request goes out as an NMI, so it is answered even by a processor that
 * spins with interrupts off, for a lock that we may hold: no order of locks
 * can deadlock here.  One request is out at a time (busy).
 *
 * A processor sets its bit in Mmu.cpus before it loads that table and clears
 * it after it has loaded another, so the bits cover all that may have cached
 * something.  One that runs no process keeps the last one's table
 * loaded (lazymmu) and drops it at the first flush.  Mmu structures are never
 * given back to malloc, for mmuswitch may touch the old one late.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"

enum {
	Fewpages = 12,		/* up to here page by page; then all at once */
	Patience = 10,		/* seconds for an answer */
};

static struct {
	int busy;
	int leave;
	Mmu *m;
	uintptr va, end;
	u64int pending;		/* bit per processor that has not answered */
} req;

static void flushglobal(void)
{
	u64int r;

	r = cr4get();
	cr4put(r & ~(u64int)Cr4pge);
	cr4put(r);
	if(!(r & Cr4pge))
		cr3put(cr3get());
}

static void flushhere(Mmu *m, uintptr va, uintptr end)
{
	if(end - va <= Fewpages*PGSZ){
		for(; va < end; va += PGSZ)
			invlpg(va);
	}else if(m == nil)
		flushglobal();
	else
		cr3put(cr3get());
	thiscpu()->ntlbpurge++;
}

/*
 * Get off m, here.  In an NMI mmuswitch may be half done: what is loaded
 * counts, not cpu.mmu.
 */
static void leavehere(Mmu *m)
{
	Cpu *c;

	c = thiscpu();
	if((cr3get() & PteAddr) == m->cr3)
		cr3put(kerncr3);
	if(c->mmu == m)
		c->mmu = nil;
	__atomic_fetch_and(&m->cpus, ~(1UL<<c->id), __ATOMIC_SEQ_CST);
}

int tlbnmi(void)
{
	Pccpu *p;
	u64int bit;

	p = pccpu();
	bit = 1UL<<p->cpu.id;
	if(!(__atomic_load_n(&req.pending, __ATOMIC_ACQUIRE) & bit))
		return 0;
	if(req.m != nil && (req.leave || (p->lazymmu && p->cpu.mmu == req.m)))
		leavehere(req.m);
	else
		flushhere(req.m, req.va, req.end);
	__atomic_fetch_and(&req.pending, ~bit, __ATOMIC_SEQ_CST);
	return 1;
}

static void shoot(Mmu *m, uintptr va, uintptr end, int leave, u64int who)
{
	u64int t, left;
	int id;

	while(__atomic_exchange_n(&req.busy, 1, __ATOMIC_ACQUIRE) != 0)
		cpurelax();
	req.m = m;
	req.va = va;
	req.end = end;
	req.leave = leave;
	__atomic_store_n(&req.pending, who, __ATOMIC_SEQ_CST);
	for(id = 0; id < NCPU; id++)
		if(who>>id & 1)
			lapicipi(cpus[id]->apicid, IpiNmi);
	t = rdtsc();
	while((left = __atomic_load_n(&req.pending, __ATOMIC_ACQUIRE)) != 0){
		cpurelax();
		if(rdtsc() - t > Patience*tschz)
			panic("shoot: no answer from processors %#lux", left);
	}
	__atomic_store_n(&req.busy, 0, __ATOMIC_RELEASE);
}

/* All processors but this one that are up. */
static u64int otherson(int self)
{
	u64int m;
	int i;

	m = 0;
	for(i = 0; i < NCPU; i++)
		if(i != self && cpus[i] != nil && cpus[i]->online)
			m |= 1UL<<i;
	return m;
}

void tlbflush(Mmu *m, uintptr va, uintptr end)
{
	u64int who;
	int s, id;

	s = splhi();
	id = thiscpu()->id;
	if(m == nil || thiscpu()->mmu == m)
		flushhere(m, va, end);
	if(ncpu > 1){
		__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* the tables, then who has them */
		who = m == nil? otherson(id): __atomic_load_n(&m->cpus, __ATOMIC_SEQ_CST) & ~(1UL<<id);
		if(who != 0)
			shoot(m, va, end, 0, who);
	}
	splx(s);
}

void tlbleave(Mmu *m)
{
	u64int who;
	int s;

	s = splhi();
	leavehere(m);
	who = __atomic_load_n(&m->cpus, __ATOMIC_SEQ_CST);
	if(who != 0)
		shoot(m, 0, 0, 1, who);
	splx(s);
}

void mmuswitch(Mmu *m)
{
	Pccpu *p;
	Mmu *old;

	p = pccpu();
	if(m == nil){
		p->lazymmu = 1;
		return;
	}
	p->lazymmu = 0;
	__asm__ volatile("" ::: "memory");
	old = *(Mmu*volatile*)&p->cpu.mmu;
	if(old != m){
		__atomic_fetch_or(&m->cpus, 1UL<<p->cpu.id, __ATOMIC_SEQ_CST);
		cr3put(m->cr3);
		p->cpu.mmu = m;
		if(old != nil)
			__atomic_fetch_and(&old->cpus, ~(1UL<<p->cpu.id), __ATOMIC_SEQ_CST);
	}
}
