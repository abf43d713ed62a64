/*
 * mach.h: what pc/ gives the portable kernel, and what it expects back.
 * Nothing else of the processor or the board is known in port/.
 */
#pragma once
#include "ureg.h"

enum {
	NCPU = 64,
	KSTKSZ = 16*1024,	/* a process's kernel stack, above a guard page */
};
#define KTZERO 0xffffffff80000000UL	/* kernel text */
#define DMAPBASE 0xffff800000000000UL	/* all physical memory, direct */
#define USERTOP 0x00007ffffffff000UL	/* user addresses are below; the stack ends here */
#define UTZERO 0x200000UL

static inline void *kaddr(u64int pa) { return (void*)(pa + DMAPBASE); }
static inline u64int paddr(void *va)	/* of a direct-mapped or kernel-image address */
{
	u64int a = (u64int)va;
	return a >= KTZERO ? a - KTZERO : a - DMAPBASE;
}

/*
 * A processor.  The first fields are at fixed offsets from gs for assembly.
 */
struct Cpu {
	Cpu *self;		/* gs:0 */
	Proc *proc;		/* gs:8: running here, or nil */
	uintptr kstktop;	/* gs:16: where a system call or trap from user mode starts */
	uintptr scratch;	/* gs:24 */
	int id;			/* 0..ncpu-1, 0 booted */
	int nlock;		/* Locks held here */
	u32int apicid;
	u8int online;
	u8int idle;
	u8int resched;		/* something for schedcheck to do before user mode */
	u8int lockintr;		/* lock.c's: interrupts were on before the first Lock */
	uintptr schedsp;	/* the scheduler's saved stack pointer */
	Proc *fpowner;		/* whose state is in the FPU, or nil */
	Proc *lastproc;
	void *runq;		/* sched.c's */
	void *timers;		/* timer.c's */
	void *mmu;		/* pc/mmu.c's */
	char errstr[ERRMAX];	/* before there is a process */
	/* counts, read through #c/sysstat */
	u64int nswitch, nintr, nsyscall, nfault, ntlbfault, ntlbpurge, idlens;
};
extern Cpu *cpus[NCPU];
extern int ncpu;		/* online */
static inline Cpu *thiscpu(void) { Cpu *c; __asm__ volatile("movq %%gs:0,%0" : "=r"(c)); return c; }
static inline Proc *curproc(void) { Proc *p; __asm__("movq %%gs:8,%0" : "=r"(p)); return p; }
#define up curproc()		/* the process itself never sees it change */

/* interrupts of this processor */
static inline int splhi(void)	/* off; returns whether they were on */
{
	u64int f;
	__asm__ volatile("pushfq; popq %0; cli" : "=r"(f) :: "memory");
	return (f>>9) & 1;
}
static inline void splx(int on) { if(on) __asm__ volatile("sti" ::: "memory"); }
static inline int islo(void) { u64int f; __asm__ volatile("pushfq; popq %0" : "=r"(f)); return (f>>9) & 1; }
static inline void cpurelax(void) { __builtin_ia32_pause(); }

/* boot: pc/main.c prepares memory map, console output, interrupts, then calls kmain on processor 0 */
noreturn_ void kmain(void);		/* port/main.c */
noreturn_ void cpustart(void);		/* port/sched.c: further processors enter here, on their own stack, interrupts off */
typedef struct Memrange Memrange;
struct Memrange { u64int base, len; };
extern Memrange usablemem[];		/* free physical memory, ascending, page aligned; the kernel, its modules and tables cut out */
extern int nusablemem;
extern char bootargs[];			/* the command line */
void bootmodule(int i, uchar **p, usize *n);	/* i'th initrd, direct-mapped; n 0: none */
void machlate(void);			/* called by kmain in process context: devices, further processors, drivers */

/* processors */
void idlewait(void);			/* called with interrupts off: enable and halt until the next one */
void cpukick(int id);			/* make that processor notice resched or its run queue; any level */
void machreset(int halt);		/* reboot, or power off; does not return */
noreturn_ void machhalt(void);		/* after a panic */

/* context: a process's kernel state is on its kernel stack, plus this */
void ctxswitch(uintptr *savesp, uintptr newsp);	/* push callee-saved registers, switch */
uintptr ctxinit(uintptr stktop, void (*f)(void));	/* a stack pointer that will start f */
void ctxregs(uintptr ksp, Ureg*);	/* what ctxswitch saved of a process that does not run */
noreturn_ void userenter(Ureg*);	/* first entry to user mode from this frame */
Ureg *uregtop(uintptr stktop);		/* where a user process's frame lies on its kernel stack */
uintptr kstkalloc(void);		/* top of a new kernel stack with a guard page below, 0: no memory */
void kstkfree(uintptr top);

void kstkset(uintptr top);		/* this processor's next entry from user mode starts there; fpprocrestore does it */
void uregsane(Ureg*);			/* after anything but rax was stored in a user's frame: makes it fit to return to, and all of it restored */

/*
 * Floating point and vector state; an area is fpsize bytes, 64-aligned, from
 * fpalloc.  Proc.fp and notefp belong to pc/fpu.c.
 */
extern usize fpsize;
void *fpalloc(void);			/* nil: no memory */
void fpfree(void*);			/* nil is fine */
void fpinit(void *area);		/* the state of a program that starts */
void fpsane(void *area);		/* after a user has written to it */
void fpdrop(Proc*);			/* exec, exit: up's, or a dead process's, state is forgotten and freed */
void fpnoteenter(void);			/* up goes to a note handler: state put aside, a fresh one for the handler */
void fpnoteleave(void);			/* and back */
void fpprocsave(Proc*);			/* leaving the processor: state into p->fp if p has used it */
void fpprocrestore(Proc*);		/* about to run: its state, and its kernel stack for traps */
mustcheck int fpcopy(Proc *to, Proc *from);	/* at fork; from is up; -1: no memory */

/* memory management unit: one Mmu per address space */
typedef struct Mmu Mmu;
enum { MMUREAD = 1, MMUWRITE = 2, MMUEXEC = 4, MMUUNCACHED = 8, MMUWC = 16 };
Mmu *mmunew(void);			/* nil: no memory */
void mmufree(Mmu*);			/* with all its table pages, not the pages mapped */
int mmumap(Mmu*, uintptr va, u64int pa, int prot);	/* replaces; -1: no memory for tables */
int mmumaprun(Mmu*, uintptr va, u64int *pa, int n, int prot);	/* n pages from va on, where nothing is mapped yet and pa[i] is
				   not 0; likewise, then some may be */
void mmuunmap(Mmu*, uintptr va, uintptr end);	/* and flush on every processor that runs it */
void mmuprotect(Mmu*, uintptr va, uintptr end);	/* take away write */
int mmulookup(Mmu*, uintptr va, u64int *pa, int *prot);	/* 1: mapped */
int mmuused(Mmu*, uintptr va, int clear);	/* accessed bit, for the pager */
void mmuswitch(Mmu*);			/* nil: the kernel's own; interrupts are off */
void *kmapdev(u64int pa, usize n);	/* device memory, uncached */

/* user memory, with faults handled; -1: bad address (errstr set).  May sleep. */
mustcheck int copyin(void *k, uintptr u, usize n);
mustcheck int copyout(uintptr u, const void *k, usize n);
mustcheck int zeroout(uintptr u, usize n);
long copyinstr(char *k, uintptr u, usize max);	/* strlen, or -1: bad address or no NUL within max */
int ucas(uintptr u, long old, long new_, long *was);	/* atomic on a user long; -1 bad address, 0 differed, 1 done */

/* time */
vlong monons(void);			/* ns since boot, never back, same on all processors */
extern vlong boottime;			/* nsec() - monons() */
extern u64int tschz;
u64int cycles(void);
void clockarm(vlong when);		/* this processor's next timer interrupt, in monons; -1 none.  Calls timerintr() */
void timerintr(Ureg*);			/* port/timer.c */
u32int rtcread(void);			/* seconds since 1970 */
int rtcwrite(u32int);			/* 0; -1 and errstr: the chip does not take it */
int hwrandom(void *p, usize n);		/* from the processor; bytes given */

/* interrupts */
typedef struct Intr Intr;
Intr *intrisa(int irq, char *name, void (*f)(Ureg*, void*), void *arg);	/* enabled on return */
void intrfree(Intr*);
int trapuser(Ureg*);			/* frame is from user mode */

/* from pc/trap.c to port/: */
int fault(uintptr va, int prot, int user);	/* port/fault.c: page fault; 0 mended, -1 not.  Interrupts on, may sleep */
void syscall(Ureg*);			/* port/syscall.c: a call that is traced, or does not exist */
extern long (*const syscalltab[])(u64int*);	/* the others, by number */
void syscallfailed(Proc*);		/* one has returned -1 */
void trapnote(Ureg*, char *note);	/* a trap of the current process becomes a note */
void userreturn(Ureg*);			/* port/: before going back to user mode: notes, resched, stop */
void backtrace(uintptr rip, uintptr rbp);
char *symname(uintptr pc, uintptr *off);	/* or nil */

/* early and panic output: polled, no locks */
void machputs(char *s, int n);
