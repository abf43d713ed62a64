/*
 * memhost.h: included before everything (-include) in tests of the kernel's
 * memory.  The machine is an array of physical memory, an Mmu a hash table,
 * a process a coroutine that may be switched wherever the kernel may sleep;
 * malloc is the kernel's own, under other names.
 */
#pragma once
#include "khost.h"
#define malloc kmalloc
#define mallocz kmallocz
#define realloc krealloc
#define free kfree
#define sleep ksleep
#include "lib.h"

/* mach.h's inline functions are for the real machine */
#define thiscpu realthiscpu
#define curproc realcurproc
#define splhi realsplhi
#define splx realsplx
#define kaddr realkaddr
#define paddr realpaddr
#include "../../../port/kern.h"
#include "../../../port/mach.h"
#undef thiscpu
#undef curproc
#undef splhi
#undef splx
#undef kaddr
#undef paddr

extern Cpu hostcpu;
extern Proc *hostup;
extern uchar *hostmem;
static inline Cpu *thiscpu(void) { return &hostcpu; }
static inline Proc *curproc(void) { return hostup; }
static inline int splhi(void) { return 0; }
static inline void splx(int s) { USED(s); }
static inline void *kaddr(u64int pa) { return hostmem + pa; }
static inline u64int paddr(void *va) { return (uchar*)va - hostmem; }

/* the machine */
void memhostinit(u64int bytes, Memrange *r, int n);	/* memory, pageinit, mallocinit; once */
extern int hostexpectpanic;
extern char hostpanic[256];
extern void *hostpanicjmp[5];
#define panics(e) (hostexpectpanic = 1, __builtin_setjmp(hostpanicjmp) == 0? ((e), hostexpectpanic = 0): (hostexpectpanic = 0, 1))

/* processes */
u32int hostrand(u32int n);		/* 0..n-1, the same in each run */
Proc *hostproc(void (*f)(void*), void *arg);	/* begins when hostrun or a sleep comes to it; exits when f returns */
Proc *hostembryo(void *arg);		/* does not run until hostbegin */
void hostbegin(Proc*, void (*f)(void*));
void hostdrop(Proc*);			/* an embryo that will never run */
void hostrun(void);			/* until all have returned */
void hostyield(void);
void hostkill(Proc*);			/* as a kill note */
extern int hostnrun;			/* processes that have not returned */
extern int hostatomic;			/* no switches but where somebody has to wait */

/* the user's side: access through the Mmu, with faults; -1: refused */
int userput(uintptr va, int c);
int userget(uintptr va);
u64int hostpa(uintptr va);		/* of what is mapped there */
u64int hostmapped(Mmu*);		/* pages mapped now */
extern int hostmmufail;			/* >0: the mmumap that brings it to 0 fails */

/* files */
typedef struct Hostfile Hostfile;
struct Hostfile {
	char *name;
	uchar *data;
	u64int len;
	u32int dev, vers;
	int linked;		/* a kernel server's */
	int fail;		/* reads and writes fail */
	int hang;		/* they wait as long as this is set */
	int nread;
	int refs;
	Hostfile *next;
};
Hostfile *hostfile(char *name, void *data, u64int len);
void hostwakefiles(void);	/* after hang was cleared */
extern struct Srv hostsrv;	/* of the linked ones; Fid.aux is the Hostfile */
