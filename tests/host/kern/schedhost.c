/*
 * schedhost.c: the machine of schedhost.h, and those parts of the kernel that
 * processes refer to but these tests have no use for.
 *
 * Every stack lies in an aligned block whose first word tells the thread
 * sanitizer which it is.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../../../port/mem.h"
#include "../../../port/proc.h"
#include "../../../port/chan.h"
#include "check.h"

enum {
	Stacksize = 256*KiB,
	ArchPrctl = 158, SetGs = 0x1001,	/* of Linux */
};
#define NEVER ((vlong)~(1ULL<<63))

void *__tsan_create_fiber(unsigned flags);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);

typedef struct Host Host;
struct Host {
	Cpu cpu;
	int intr;		/* interrupts are on */
	int kicked;
	vlong armed;
	pthread_mutex_t mu;
	pthread_cond_t cv;
	pthread_t thread;
};

static Host host[NCPU];
static void (*firstproc)(void);
Cpu *cpus[NCPU];
int ncpu;
vlong boottime;
u64int tschz = 1000000000;
usize fpsize = 512;
u64int hostswitches;
char *sysname[NSYSCALL];

static inline Host *here(void)
{
	return (Host*)thiscpu();
}

vlong monons(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec*1000000000LL + t.tv_nsec;
}

u32int hostrand(u32int n)
{
	static u64int seed = 88172645463325252;
	u64int x;

	x = __atomic_add_fetch(&seed, 0x9e3779b97f4a7c15, __ATOMIC_RELAXED);
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x>>27) * 0x94d049bb133111eb;
	return (x ^ x>>31) % n;
}

/* --- interrupts --- */

static int pending(Host *h)
{
	return __atomic_load_n(&h->kicked, __ATOMIC_SEQ_CST) || h->armed <= monons();
}

static void interrupts(Host *h)
{
	Ureg u;

	while(pending(h)){
		__atomic_store_n(&h->kicked, 0, __ATOMIC_SEQ_CST);
		if(h->armed <= monons()){
			h->armed = NEVER;
			memset(&u, 0, sizeof u);
			timerintr(&u);
		}
	}
}

int splhi(void)
{
	int on;

	on = here()->intr;
	here()->intr = 0;
	return on;
}

void splx(int on)
{
	if(!on)
		return;
	interrupts(here());
	here()->intr = 1;
}

int islo(void)
{
	return here()->intr;
}

void clockarm(vlong when)
{
	here()->armed = when < 0? NEVER: when;
}

void cpukick(int id)
{
	Host *h;

	h = &host[id];
	pthread_mutex_lock(&h->mu);
	__atomic_store_n(&h->kicked, 1, __ATOMIC_SEQ_CST);
	pthread_cond_signal(&h->cv);
	pthread_mutex_unlock(&h->mu);
}

void idlewait(void)
{
	struct timespec t;
	vlong ns;
	Host *h;

	h = here();
	pthread_mutex_lock(&h->mu);
	if(!pending(h)){
		ns = MIN(h->armed - monons(), 100000000LL);
		clock_gettime(CLOCK_REALTIME, &t);
		ns = MAX(ns, 0) + t.tv_nsec;
		t.tv_sec += ns/1000000000;
		t.tv_nsec = ns%1000000000;
		pthread_cond_timedwait(&h->cv, &h->mu, &t);
	}
	pthread_mutex_unlock(&h->mu);
	splx(1);
}

/* --- stacks --- */

uintptr kstkalloc(void)
{
	void **p;

	p = aligned_alloc(Stacksize, Stacksize);
	p[0] = __tsan_create_fiber(0);
	return (uintptr)p + Stacksize;
}

void kstkfree(uintptr top)
{
	USED(top);	/* the sanitizer may still look at it */
}

void doswitch(uintptr *savesp, uintptr newsp);
__asm__(
	".text\n.globl doswitch\ndoswitch:\n"
	"pushq %rbx; pushq %rbp; pushq %r12; pushq %r13; pushq %r14; pushq %r15\n"
	"movq %rsp, (%rdi); movq %rsi, %rsp\n"
	"popq %r15; popq %r14; popq %r13; popq %r12; popq %rbp; popq %rbx; ret\n");

__attribute__((no_sanitize("thread"))) void ctxswitch(uintptr *savesp, uintptr newsp)
{
	__atomic_add_fetch(&hostswitches, 1, __ATOMIC_RELAXED);
	__tsan_switch_to_fiber(*(void**)(newsp & ~(uintptr)(Stacksize-1)), 0);
	doswitch(savesp, newsp);
}

uintptr ctxinit(uintptr top, void (*f)(void))
{
	uintptr *sp;

	sp = (uintptr*)(top - 256);
	*--sp = 0;
	*--sp = (uintptr)f;
	sp -= 6;
	memset(sp, 0, 6*sizeof *sp);
	return (uintptr)sp;
}

Ureg *uregtop(uintptr top)
{
	return (Ureg*)top - 1;
}

/* --- the start --- */

static void first(void *arg)
{
	USED(arg);
	firstproc();
	exit(checkdone());
}

/* on the processor's own stack */
static void cpumain(void)
{
	schedinit();
	if(thiscpu()->id == 0){
		procinit();
		if(kproc("first", first, nil) == nil)
			panic("first");
	}
	__atomic_add_fetch(&ncpu, 1, __ATOMIC_SEQ_CST);
	schedloop();
}

static void *cputhread(void *arg)
{
	uintptr none;
	Host *h;
	long r;

	h = arg;
	__asm__ volatile("syscall" : "=a"(r) : "a"(ArchPrctl), "D"(SetGs), "S"(h) : "rcx", "r11", "memory");
	if(r < 0)
		abort();
	ctxswitch(&none, ctxinit(kstkalloc(), cpumain));
	return nil;
}

int hostmain(int n, void (*f)(void))
{
	int i;

	firstproc = f;
	for(i = 0; i < n; i++){
		host[i].cpu.self = &host[i].cpu;
		host[i].cpu.id = i;
		host[i].cpu.online = 1;
		host[i].armed = NEVER;
		pthread_mutex_init(&host[i].mu, nil);
		pthread_cond_init(&host[i].cv, nil);
		__atomic_store_n(&cpus[i], &host[i].cpu, __ATOMIC_SEQ_CST);
	}
	for(i = 0; i < n; i++){
		pthread_create(&host[i].thread, nil, cputhread, &host[i]);
		while(__atomic_load_n(&ncpu, __ATOMIC_SEQ_CST) <= i)
			cpurelax();
	}
	pthread_join(host[0].thread, nil);
	return 1;
}

/* --- the rest of the kernel --- */

noreturn_ void panic(char *fmt, ...)
{
	va_list a;

	fprintf(stderr, "panic: ");
	va_start(a, fmt);
	vfprintf(stderr, fmt, a);
	va_end(a);
	fprintf(stderr, "\n");
	abort();
}

void kprint(char *fmt, ...)
{
	USED(fmt);
}

void *mallocz(usize n, int clr)
{
	USED(clr);
	return calloc(1, n);
}

void memstat(Memstat *m)
{
	memset(m, 0, sizeof *m);
	m->total = 65536;
}

char *hostowner(void) { return "glenda"; }
int isowner(void) { return 1; }
char *symname(uintptr pc, uintptr *off) { USED(pc); USED(off); return nil; }
int trapuser(Ureg *u) { USED(u); return 0; }
void uregsane(Ureg *u) { USED(u); }
void fpprocsave(Proc *p) { USED(p); }
void fpprocrestore(Proc *p) { USED(p); }
void fpdrop(Proc *p) { USED(p); }
void fpnoteenter(void) { }
void fpnoteleave(void) { }
void *fpalloc(void) { return nil; }
void mmuswitch(Mmu *m) { USED(m); }
void segfreeall(Proc *p) { USED(p); }
int segkey(uintptr va, u64int *seg, u64int *off) { *seg = 1; *off = va; return 0; }
void fgrpclose(Fgrp *f) { USED(f); }
void fgrpleave(Proc *p, Fgrp *f) { USED(p); USED(f); }
void egrpclose(Egrp *e) { USED(e); }
void pgrpclose(Pgrp *g) { USED(g); }
void chanclose(Chan *c) { USED(c); }
Chan *fdchan(int fd, int mode, int msg) { USED(fd); USED(mode); USED(msg); return nil; }
long chanwrite(Chan *c, const void *p, long n, vlong off) { USED(c); USED(p); USED(off); return n; }
void mntreqfree(Req *r) { USED(r); }
void profsample(Proc *p, uintptr pc, vlong ns) { USED(p); USED(pc); USED(ns); }
char Enomem[] = "out of memory", Eintr[] = "interrupted", Ebadarg[] = "bad arg", Einuse[] = "in use";

int copyin(void *k, uintptr u, usize n) { memmove(k, (void*)u, n); return 0; }
int copyout(uintptr u, const void *k, usize n) { memmove((void*)u, k, n); return 0; }
long copyinstr(char *k, uintptr u, usize n) { strncpy(k, (char*)u, n); return strlen(k); }

int ucas(uintptr u, long old, long new_, long *was)
{
	*was = old;
	return __atomic_compare_exchange_n((long*)u, was, new_, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
