/* needs: tests/host/libc/check.c tests/host/kern/schedhost.c port/lock.c port/lockstat.c port/sched.c port/runq.c port/edf.c port/timer.c port/rendez.c port/sem.c port/proc.c port/exit.c port/note.c port/error.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c */
/* flags: -fno-sanitize=address -fsanitize=thread -Wno-tsan -include tests/host/kern/schedhost.h -Itests/host/libc -Itests/host/kern -Iport -pthread */
/*
 * t_sched: locks, sleep and wakeup, rendezvous, semaphores, timers, notes and
 * real time, by processes on several processors at once.
 */
#include <string.h>
#include "../../../port/mem.h"
#include "../../../port/proc.h"
#include "check.h"

/* one at a time */
#undef check
#undef checkint
#define check(e) locked((e) != 0, 1, __LINE__, #e)
#define checkint(got, want) locked(got, want, __LINE__, #got)

static void locked(long got, long want, int line, char *what)
{
	static Lock lk;

	lock(&lk);
	checklong(got, want, __FILE__, line, what);
	unlock(&lk);
}

enum { Rounds = 3000, Procs = 6 };

/* --- processes, and waiting for them --- */

static long running;
static Rendez allgone;

static int nonerun(void *arg)
{
	USED(arg);
	return __atomic_load_n(&running, __ATOMIC_SEQ_CST) == 0;
}

typedef struct Job Job;
struct Job { void (*f)(int); int n; };

static void runjob(void *arg)
{
	Job j;

	j = *(Job*)arg;
	poke(up->kp, 0);	/* notes reach it */
	j.f(j.n);
	__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
	wakeup(&allgone);
}

static Job jobs[64];

static Proc *start(void (*f)(int), int n, int slot)
{
	Proc *p;

	jobs[slot] = (Job){ .f = f, .n = n };
	__atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST);
	p = kproc("job", runjob, &jobs[slot]);
	check(p != nil);
	return p;
}

static void startall(void (*f)(int))
{
	int i;

	for(i = 0; i < Procs; i++)
		start(f, i, i);
}

static void finish(void)
{
	sleepu(&allgone, nonerun, nil);
}

/* --- locks --- */

static Lock spinlk;
static QLock qlk;
static RWLock rwlk;
static long count, a, b;

static void locker(int n)
{
	int i;

	for(i = 0; i < Rounds; i++){
		lock(&spinlk);
		count++;
		unlock(&spinlk);
		qlock(&qlk);
		a++;
		if(i%64 == n)
			yield();	/* with the lock: others queue */
		b++;
		qunlock(&qlk);
	}
}

static void rwer(int n)
{
	long x;
	int i;

	for(i = 0; i < Rounds; i++)
		if(i%8 == n){
			wlock(&rwlk);
			a++;
			if(i%32 == n)
				yield();
			b++;
			wunlock(&rwlk);
		}else{
			rlock(&rwlk);
			x = a;
			if(i%128 == n)
				yield();
			if(x != b)
				check(x == b);
			runlock(&rwlk);
		}
}

static void tlocks(void)
{
	startall(locker);
	finish();
	checkint(count, Procs*Rounds);
	check(a == Procs*Rounds && b == a);
	check(canqlock(&qlk));
	check(!canqlock(&qlk));
	check(qlockheld(&qlk));
	qunlock(&qlk);
	a = b = 0;
	startall(rwer);
	finish();
	check(a == b && a > 0);
}

/* --- sleep and wakeup --- */

typedef struct Chain Chain;
struct Chain { Rendez r; long turn; };
static Chain chain[Procs];

static int myturn(void *arg)
{
	return __atomic_load_n(&((Chain*)arg)->turn, __ATOMIC_SEQ_CST) > 0;
}

/* a token goes round; nobody wakes without it */
static void passer(int n)
{
	Chain *next;
	int i;

	next = &chain[(n+1)%Procs];
	for(i = 0; i < Rounds; i++){
		if(sleep(&chain[n].r, myturn, &chain[n]) < 0)
			check(!"interrupted");
		if(!myturn(&chain[n]))
			check(!"woken for nothing");
		__atomic_sub_fetch(&chain[n].turn, 1, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&next->turn, 1, __ATOMIC_SEQ_CST);
		wakeup(&next->r);
	}
}

static void tchain(void)
{
	chain[0].turn = 2;	/* two tokens */
	startall(passer);
	finish();
	check(1);
}

static Rendez shortr;
static long flag;

static int isset(void *arg)
{
	USED(arg);
	return __atomic_load_n(&flag, __ATOMIC_SEQ_CST) != 0;
}

/* one sets the flag and wakes about when the others' time is up */
static void sleeper(int n)
{
	int i, r;

	for(i = 0; i < 200; i++){
		if(n == 0){
			if(tsleep(&up->sleepr, returnfalse, nil, hostrand(200000)) != 1)
				check(!"tsleep");
			__atomic_store_n(&flag, i&1, __ATOMIC_SEQ_CST);
			wakeup(&shortr);
		}else{
			r = tsleep(&shortr, isset, nil, hostrand(200000));
			if(r != 0 && r != 1)
				check(!"tsleep");
		}
	}
}

static void ttimeouts(void)
{
	vlong t;

	startall(sleeper);
	finish();
	t = monons();
	check(tsleep(&up->sleepr, returnfalse, nil, 20000000) == 1);
	check(monons() - t >= 20000000);
	check(shortr.head == nil);
}

/* --- notes --- */

static long interrupted;

static void listener(int n)
{
	int i;

	USED(n);
	for(i = 0; i < 100; i++){
		if(sleep(&up->sleepr, returnfalse, nil) == 0)
			check(!"woken");
		__atomic_add_fetch(&interrupted, 1, __ATOMIC_SEQ_CST);
		lock(&up->lk);
		up->nnote = 0;
		noteflags(up);
		unlock(&up->lk);
	}
}

/* by pid, as #p does: the process may be gone */
static int disturb(Proc *p, void *arg)
{
	USED(arg);
	if(p != up && strcmp(p->text, "job") == 0)
		postnote(p, "wake up", NUser);
	return 0;
}

static void poker(int n)
{
	USED(n);
	while(__atomic_load_n(&running, __ATOMIC_SEQ_CST) > 1){
		procforeach(disturb, nil);
		yield();
	}
}

static void tnotes(void)
{
	int i;

	for(i = 0; i < Procs; i++)
		start(listener, i, i);
	start(poker, 0, Procs);
	finish();
	checkint(interrupted, Procs*100);
}

/* --- one event: each that is brought about is waited for once, whatever interrupts --- */

static Await *due[Procs];
static long nbrought, nseen, ngaveup;

static int expect(int n, int i)
{
	Await a, *w;
	int v;

	a = (Await){ .p = up };
	__atomic_store_n(&due[n], &a, __ATOMIC_SEQ_CST);
	v = i%3 == 0? tawait(&a, 50000): await(&a);
	w = &a;
	if(v != 0 && __atomic_compare_exchange_n(&due[n], &w, nil, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)){
		__atomic_add_fetch(&ngaveup, 1, __ATOMIC_SEQ_CST);
		return 0;
	}
	if(v != 0)
		awaitu(&a);
	__atomic_add_fetch(&nseen, 1, __ATOMIC_SEQ_CST);
	return 1;
}

static void expecter(int n)
{
	int i;

	for(i = 0; i < Rounds; ){
		i += expect(n, i);
		lock(&up->lk);
		up->nnote = 0;
		noteflags(up);
		unlock(&up->lk);
	}
}

static void bringer(int n)
{
	Await *a;

	while(__atomic_load_n(&running, __ATOMIC_SEQ_CST) > 2){
		n = (n+1) % Procs;
		if((a = __atomic_exchange_n(&due[n], nil, __ATOMIC_SEQ_CST)) == nil){
			yield();
			continue;
		}
		nbrought++;
		if(awakes(a))
			awaken(a);
	}
}

static void tawaits(void)
{
	int i;

	for(i = 0; i < Procs; i++)
		start(expecter, i, i);
	start(bringer, 0, Procs);
	start(poker, 0, Procs+1);
	finish();
	checkint(nbrought, Procs*Rounds);
	checkint(nseen, Procs*Rounds);
	check(ngaveup > 0);
}

static void marked(int n)
{
	u32int m;

	USED(n);
	m = notemark();
	check(sleepmark(&up->sleepr, returnfalse, nil, m) < 0);
	check(notepending());
	check(sleep(&up->sleepr, returnfalse, nil) < 0);
	m = notemark();
	check(sleepmark(&up->sleepr, returnfalse, nil, m) < 0);	/* by the second */
	check(up->nnote == 2);
	check(sleepkill(&up->sleepr, returnfalse, nil) < 0);
	check(killed());
}

static int waitsin(Proc *p)
{
	int i;

	for(i = 0; i < 10000; i++){
		if(__atomic_load_n(&p->state, __ATOMIC_SEQ_CST) == Pwakeme)
			return 1;
		if(tsleep(&up->sleepr, returnfalse, nil, 100000) < 0)
			return 0;
	}
	return 0;
}

static void tmarks(void)
{
	Proc *p;

	p = start(marked, 0, 0);
	check(waitsin(p));
	postnote(p, "one", NUser);
	check(tsleep(&up->sleepr, returnfalse, nil, 20000000) == 1);
	check(waitsin(p));
	postnote(p, "two", NUser);
	check(tsleep(&up->sleepr, returnfalse, nil, 20000000) == 1);
	check(waitsin(p));
	postnote(p, "three does not matter", NUser);
	check(waitsin(p));
	prockill(p);
	finish();
}

/* --- rendezvous and semaphores --- */

static Rgrp *grp;
static long met;

static void meeter(int n)
{
	u64int arg[6] = { 7, 0 };
	u64int v;
	int i;

	up->rgrp = grp;
	for(i = 0; i < Rounds; i++){
		arg[1] = n*1000000 + i+1;
		v = sys_rendezvous(arg);
		if(v == 0 || v == arg[1] || v == ~0UL)
			check(!"rendezvous");
		__atomic_add_fetch(&met, v - arg[1], __ATOMIC_SEQ_CST);
	}
	up->rgrp = nil;
}

static void trendez(void)
{
	int i;

	grp = rgrpnew();
	/* two, so that none is left alone */
	for(i = 0; i < 2; i++)
		start(meeter, i, i);
	finish();
	checkint(met, 0);	/* what one gave, one got */
	rgrpclose(grp);
}

static long sem, inside;

static void semuser(int n)
{
	u64int arg[6] = { (u64int)&sem, 1 };
	int i;

	for(i = 0; i < Rounds/2; i++){
		if(n%2){
			if(sys_semacquire(arg) != 1)
				check(!"semacquire");
		}else{
			arg[1] = 1+hostrand(3);
			while(sys_tsemacquire(arg) == 0)
				;
			arg[1] = 1;
		}
		if(__atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST) > 2)
			check(!"too many inside");
		if(i%16 == n)
			yield();
		__atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		if(sys_semrelease(arg) < 1)
			check(!"semrelease");
	}
}

static void tsem(void)
{
	sem = 2;
	startall(semuser);
	finish();
	checkint(sem, 2);
}

/* --- timers --- */

static long fired;
static Timer timers[64];

static void tick(Timer *t)
{
	USED(t);
	__atomic_add_fetch(&fired, 1, __ATOMIC_SEQ_CST);
}

static void timed(int n)
{
	Timer *t;
	int i;

	for(i = 0; i < 2000; i++){
		t = &timers[n*8 + hostrand(8)];
		timerdel(t);
		t->f = tick;
		t->period = hostrand(3) == 0? 50000: 0;
		t->when = monons() + hostrand(300000);
		timeradd(t);
		if(i%100 == 0)
			yield();
	}
	for(i = 0; i < 8; i++)
		timerdel(&timers[n*8+i]);
}

static vlong order[200];
static int norder;

static void ordered(Timer *t)
{
	order[norder++] = t->when;
}

static void ttimers(void)
{
	static Timer t[200];
	vlong now;
	long was;
	int i;

	startall(timed);
	finish();
	check(fired > 0);
	was = fired;
	check(tsleep(&up->sleepr, returnfalse, nil, 5000000) == 1);
	checkint(fired, was);	/* all deleted */
	check(procwire(up, 0) == 0);
	yield();
	check(thiscpu()->id == 0);
	now = monons() + 10000000;
	for(i = 0; i < 200; i++){
		t[i].f = ordered;
		t[i].when = now + hostrand(1000)*1000;
		timeradd(&t[i]);
	}
	for(i = 0; i < 200; i += 3)
		timerdel(&t[i]);
	check(tsleep(&up->sleepr, returnfalse, nil, 40000000) == 1);
	checkint(norder, 200-67);
	for(i = 1; i < norder; i++)
		if(order[i] < order[i-1])
			check(!"timers in order");
	up->wired = -1;
}

/* --- scheduling --- */

static void brief(int n)
{
	if(n%3 == 0)
		yield();
	else if(n%3 == 1 && tsleep(&up->sleepr, returnfalse, nil, 1000) != 1)
		check(!"tsleep");
}

static void tmany(void)
{
	int i, j;

	for(j = 0; j < 40; j++){
		for(i = 0; i < 40; i++)
			start(brief, i, i);
		finish();
	}
	check(1);
}

static void wired(int n)
{
	int i, cpu;

	for(i = 0; i < 300; i++){
		cpu = (n+i) % ncpu;
		if(procwire(up, cpu) < 0)
			check(!"procwire");
		yield();
		if(thiscpu()->id != cpu)
			check(!"on the wrong processor");
		if(i%10 == 0 && tsleep(&up->sleepr, returnfalse, nil, 1000) != 1)
			check(!"tsleep");
		if(thiscpu()->id != cpu)
			check(!"on the wrong processor");
	}
	check(procwire(up, NCPU-1) < 0);
}

static void twired(void)
{
	startall(wired);
	finish();
}

static void periodic(int n)
{
	vlong t;
	int i;

	check(edfset(up, "period", "5ms") == 0);
	check(edfset(up, "cost", n? "1.2ms": "0.001s") == 0);
	t = monons();
	check(edfadmit(up) == 0);
	for(i = 0; i < 10; i++)
		check(edfyield() == 0);
	check(monons() - t >= 50000000);
	check(up->wired >= 0);
	edfexpel(up);
	checkint(up->wired, -1);
}

static void tedf(void)
{
	static char *bad[] = { "", "x", "5 ms", "1h", "99999999999s", "-3ms", "1.2.3ms" };
	uint i;

	start(periodic, 0, 0);
	start(periodic, 1, 1);
	finish();
	for(i = 0; i < nelem(bad); i++)
		check(edfset(up, "period", bad[i]) < 0);
	check(edfadmit(up) < 0);
	check(edfset(up, "period", "10ms") == 0 && edfset(up, "cost", "9.9ms") == 0);
	check(edfadmit(up) < 0);	/* something must be left */
	check(edfset(up, "cost", "-0.9ms") == 0);
	check(edfset(up, "deadline", "+8ms") == 0);
	check(edfadmit(up) < 0);	/* before the cost is over */
	check(edfset(up, "deadline", "10ms") == 0);
	check(edfadmit(up) == 0);
	check(edfset(up, "period", "1s") < 0);
	edfexpel(up);
}

static void all(void)
{
	tlocks();
	tchain();
	ttimeouts();
	tnotes();
	tawaits();
	tmarks();
	trendez();
	tsem();
	ttimers();
	tmany();
	twired();
	tedf();
	procdump();
	check(hostswitches > 1000);
}

int main(void)
{
	return hostmain(3, all);
}
