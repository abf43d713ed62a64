/*
 * kern.h: what every part of the kernel uses: diagnostics, locks, waiting,
 * errors.  Include after u.h, lib.h.
 *
 * Errors: a function that fails returns -1 or nil and has set the current
 * process's error string; seterr and seterrp do both in one expression.
 */
#pragma once
typedef struct Cpu Cpu;
typedef struct Ureg Ureg;

enum {
	KiB = 1024,
	MiB = 1024*1024,
	PGSZ = 4096,
	PGSHIFT = 12,
	NAMELEN = 64,		/* user names, process names; NUL included */
};
#define PGROUND(x) (((uintptr)(x) + PGSZ-1) & ~(uintptr)(PGSZ-1))
#define PGDOWN(x) ((uintptr)(x) & ~(uintptr)(PGSZ-1))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* diagnostics; all may be called anywhere, at any interrupt level */
noreturn_ void panic(char *fmt, ...);
void kprint(char *fmt, ...);	/* to the console and #c/kmesg, even from interrupts; print() in lib.h is the same */
void printpanic(void);		/* a panic is under way: kprint goes to machputs, without locks */
#define kassert(e) do{ if(!(e)) panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #e); }while(0)

/* the error string of the current process (of the processor, before there are processes) */
int seterr(char *e);		/* returns -1; e is copied */
void *seterrp(char *e);		/* returns nil */
char *geterr(void);		/* the string itself: valid until the next seterr */

/* locks: lock.c (lock canlock unlock qlock canqlock qunlock are in lib.h) */
void rlock(RWLock*);
void runlock(RWLock*);
void wlock(RWLock*);
void wunlock(RWLock*);
int lockheld(Lock*);		/* by this processor */
int qlockheld(QLock*);		/* by this process */

/*
 * Waiting.  cond is called with r->use held; it must be quick and take no lock that
 * is held while calling wakeup on r.
 * sleep: 0 when cond is true; -1 "interrupted" when a note was posted first.
 * sleepu: cannot be interrupted.  tsleep: 1 when ns passed first, else as sleep.
 * wakeup wakes all that sleep on r whose cond may be true now; callable from interrupts and under Locks.
 */
mustcheck int sleep(Rendez *r, int (*cond)(void*), void *arg);
void sleepu(Rendez *r, int (*cond)(void*), void *arg);
mustcheck int tsleep(Rendez *r, int (*cond)(void*), void *arg, vlong ns);
void wakeup(Rendez *r);
mustcheck int sleepkill(Rendez *r, int (*cond)(void*), void *arg);	/* as sleep, but only a kill interrupts */
mustcheck int sleepmark(Rendez *r, int (*cond)(void*), void *arg, u32int mark);	/* interrupted only by what came after mark = notemark() */
int returnfalse(void*);		/* for plain delays */

/* of one word, that others change or look at without the lock that guards it */
#define peek(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define poke(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

/* counts: relaxed where only statistics, otherwise sequentially consistent */
static inline long incref(long *r) { return __atomic_add_fetch(r, 1, __ATOMIC_SEQ_CST); }
static inline long decref(long *r) { return __atomic_sub_fetch(r, 1, __ATOMIC_SEQ_CST); }

/* users */
char *hostowner(void);		/* the user the machine was booted as */
int isowner(void);		/* the current process is the host owner's, or the kernel's */
int hostownerset(char *name);	/* 0; -1: not allowed, or not a name.  Sleeps */
int userokname(char *name);	/* may a user be called so */

/*
 * Who may do what that no file's mode says: user.c's table.  userok takes a
 * Usercan; it is 0, with errstr set, when the current process may not.
 */
enum {
	UserHalt, UserOwner, UserTime, UserName, UserSwap, UserCaps, UserKprint, UserProfile, UserStat, UserConsole, UserRandom,
	NUSERCAN,
};
mustcheck int userok(int can);

/* boot arguments: name=value words; nil when not given.  Any level; the string lasts */
char *bootarg(char *name);
void bootenv(void);		/* puts them into the current process's environment */

/* entropy from a driver: n bytes worth so many bits; any level */
void randadd(const void *p, usize n, int bits);

/* #K: called with each timer interrupt's frame while profiling, else nil */
extern void (*kprofhook)(Ureg*);
