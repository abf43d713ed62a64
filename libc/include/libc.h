/*
 * libc.h: the C library of user programs, section 2 of the manual.  It takes
 * in lib.h (what all hosts provide) and qid.h (files); the groups below are
 * in the order of the manual pages named over them.
 */
#pragma once
#include "lib.h"
#include "qid.h"
#include "tos.h"

/* arg(2): options.  -- ends them, - alone is an argument */
typedef struct Args Args;
struct Args {
	char *rest;	/* of the word being read */
	Rune c;		/* the option */
};
extern char *argv0;
void argstart(int *argc, char ***argv);
int argnext(Args *a, int *argc, char ***argv);
char *argvalue(Args *a, int *argc, char ***argv);
#define ARGBEGIN { Args args_ = {0}; argstart(&argc, &argv); \
	while(argnext(&args_, &argc, &argv)) switch(args_.c)
#define ARGEND }
#define ARGC() ((int)args_.c)
#define ARGF() argvalue(&args_, &argc, &argv)
#define EARGF(x) ({ char *val_ = ARGF(); if(val_ == nil){ (x); abort(); } val_; })

/* memory(2), strcat(2) */
void *memccpy(void *dst, const void *src, int c, usize n);
char *strcpy(char *to, const char *from);
char *strncpy(char *to, const char *from, usize n);
char *strcat(char *to, const char *from);
char *strncat(char *to, const char *from, usize n);
usize strnlen(const char *s, usize max);
char *strpbrk(const char *s, const char *set);
usize strspn(const char *s, const char *set);
usize strcspn(const char *s, const char *set);
char *strtok(char *s, const char *set);
int cistrcmp(const char *a, const char *b);
int cistrncmp(const char *a, const char *b, usize n);
char *cistrstr(const char *s, const char *sub);

/* malloc(2) */
void *calloc(usize n, usize size);
usize msize(void *p);
void *mallocalign(usize n, usize align, long offset, usize span);
void setmalloctag(void *p, uintptr tag);
void setrealloctag(void *p, uintptr tag);
uintptr getmalloctag(void *p);
uintptr getrealloctag(void *p);
int malloccheck(int fatal);		/* look over the whole heap: 0, or -1 and errstr */

/* rune(2), runestrcat(2), isalpharune(2) */
int runenlen(const Rune *r, int n);
char *utfrrune(const char *s, long c);
char *utfutf(const char *s, const char *sub);
char *utfecpy(char *to, char *end, const char *from);
Rune *runestrcat(Rune *to, const Rune *from);
Rune *runestrncat(Rune *to, const Rune *from, long n);
Rune *runestrchr(const Rune *s, Rune c);
Rune *runestrrchr(const Rune *s, Rune c);
int runestrcmp(const Rune *a, const Rune *b);
int runestrncmp(const Rune *a, const Rune *b, long n);
Rune *runestrcpy(Rune *to, const Rune *from);
Rune *runestrncpy(Rune *to, const Rune *from, long n);
Rune *runestrecpy(Rune *to, Rune *end, const Rune *from);
Rune *runestrdup(const Rune *s);
long runestrlen(const Rune *s);
Rune *runestrstr(const Rune *s, const Rune *sub);
int isalpharune(Rune c);
int isdigitrune(Rune c);
int islowerrune(Rune c);
int isspacerune(Rune c);
int istitlerune(Rune c);
int isupperrune(Rune c);
Rune tolowerrune(Rune c);
Rune totitlerune(Rune c);
Rune toupperrune(Rune c);

/* print(2), fmtinstall(2) */
int fprint(int fd, char *fmt, ...);
int vfprint(int fd, char *fmt, va_list args);
int sprint(char *buf, char *fmt, ...);
int runesprint(Rune *buf, char *fmt, ...);
int runesnprint(Rune *buf, int n, char *fmt, ...);
int runevsnprint(Rune *buf, int n, char *fmt, va_list args);
Rune *runeseprint(Rune *buf, Rune *end, char *fmt, ...);
Rune *runevseprint(Rune *buf, Rune *end, char *fmt, va_list args);
Rune *runesmprint(char *fmt, ...);
Rune *runevsmprint(char *fmt, va_list args);
int dofmt(Fmt *f, char *fmt);
int dorfmt(Fmt *f, const Rune *fmt);
int fmtrunestrcpy(Fmt *f, Rune *s);
int fmtfdinit(Fmt *f, int fd, char *buf, int size);
int fmtfdflush(Fmt *f);
int fmtstrinit(Fmt *f);
char *fmtstrflush(Fmt *f);
int runefmtstrinit(Fmt *f);
Rune *runefmtstrflush(Fmt *f);
int errfmt(Fmt *f);
int encodefmt(Fmt *f);
int dirmodefmt(Fmt *f);

/* scan(2): reads text by a format; for files see Bscan */
int sscan(const char *s, char *fmt, ...);
int vsscan(const char *s, char *fmt, va_list args);

/* quote(2), getfields(2) */
char *quotestrdup(char *s);
Rune *quoterunestrdup(Rune *s);
char *unquotestrdup(char *s);
Rune *unquoterunestrdup(Rune *s);
int quotestrfmt(Fmt *f);
int quoterunestrfmt(Fmt *f);
void quotefmtinstall(void);
int needsrcquote(int c);
extern int (*doquote)(int c);
int gettokens(char *s, char **args, int max, char *delims);

/* atof(2), encode(2), and other conversions of text */
double atof(const char *s);
double strtod(const char *s, char **end);
double charstod(int (*get)(void*), void *arg);
long atol(const char *s);
vlong atoll(const char *s);
char *cleanname(char *name);
int enc64(char *out, int lim, const uchar *in, int n);
int enc32(char *out, int lim, const uchar *in, int n);
int enc16(char *out, int lim, const uchar *in, int n);
int dec64(uchar *out, int lim, const char *in, int n);
int dec32(uchar *out, int lim, const char *in, int n);
int dec16(uchar *out, int lim, const char *in, int n);

/* qsort(2), rand(2) */
void qsort(void *base, usize n, usize size, int (*cmp)(const void*, const void*));
int rand(void);
void srand(long seed);
int nrand(int n);
double frand(void);
long lrand(void);
long lnrand(long n);
ulong truerand(void);
ulong ntruerand(ulong n);
void prng(uchar *buf, int n);

/* abs(2), floor(2), frexp(2), nan(2), exp(2), sin(2), sinh(2), hypot(2), muldiv(2) */
#define PI 3.14159265358979323846
#define PIO2 1.57079632679489661923
int abs(int x);
long labs(long x);
vlong llabs(vlong x);
double fabs(double x);
double floor(double x);
double ceil(double x);
double fmod(double x, double y);
double frexp(double x, int *exp);
double ldexp(double x, int exp);
double modf(double x, double *whole);
double NaN(void);
double Inf(int sign);
int isNaN(double x);
int isInf(double x, int sign);
double exp(double x);
double log(double x);
double log10(double x);
double pow(double x, double y);
double pow10(int n);
double sqrt(double x);
double hypot(double x, double y);
double sin(double x);
double cos(double x);
double tan(double x);
double asin(double x);
double acos(double x);
double atan(double x);
double atan2(double y, double x);
double sinh(double x);
double cosh(double x);
double tanh(double x);
long muldiv(long a, long b, long c);
ulong umuldiv(ulong a, ulong b, ulong c);

/* setjmp(2), notejmp */
typedef u64int jmp_buf[8];	/* rbx rbp r12-r15 rsp rip */
enum {
	JMPBUFSP = 6,
	JMPBUFPC = 7,
};
int setjmp(jmp_buf env) __attribute__((returns_twice));
void longjmp(jmp_buf env, int val) noreturn_;
void notejmp(void *ureg, jmp_buf env, int val) noreturn_;

/* exits(2), abort(2), assert(2), perror(2) */
void exits(char *status) noreturn_;
void _exits(char *status) noreturn_;
int atexit(void (*f)(void));
void atexitdont(void (*f)(void));
void abort(void) noreturn_;
void sysfatal(char *fmt, ...) noreturn_;
void perror(char *s);
void _assert(char *what) noreturn_;
#ifndef assert
#define assert(x) ((void)((x) || (_assert(#x), 0)))
#endif

/* errstr(2) */
int errstr(char *err, uint n);

/* fork(2), exec(2), wait(2) */
enum {
	RFNAMEG = 1<<0,
	RFENVG = 1<<1,
	RFFDG = 1<<2,
	RFNOTEG = 1<<3,
	RFPROC = 1<<4,
	RFMEM = 1<<5,
	RFNOWAIT = 1<<6,
	RFCNAMEG = 1<<10,
	RFCENVG = 1<<11,
	RFCFDG = 1<<12,
	RFREND = 1<<13,
	RFNOMNT = 1<<14,
};
typedef struct Waitmsg Waitmsg;
struct Waitmsg {
	int pid;
	ulong time[3];	/* user, system, real; ms */
	char *msg;	/* exit string */
};
int fork(void);
int rfork(int flags);
int background(int n);		/* the caller's caller goes on, told of success; this returns in a child with nullfds(n).  -1 */
int nullfds(int n);		/* the first n descriptors are /dev/null; -1 */
int exec(char *file, char **argv);
int execl(char *file, ...);
int await(char *buf, int n);
Waitmsg *wait(void);		/* malloced in one piece; nil: no children */
int waitpid(void);

/* notify(2), postnote(2) */
enum {
	NCONT = 0,	/* go on */
	NDFLT = 1,	/* the default: die */
	NSAVE = 2,	/* clear the note, keep its state */
	NRSTR = 3,	/* take the saved state back */
	PNPROC = 1,
	PNGROUP = 2,
};
int notify(void (*handler)(void *ureg, char *note));
int noted(int how);
int atnotify(int (*handler)(void *ureg, char *note), int in);
int postnote(int who, int pid, char *note);

/* open(2), read(2), seek(2), dup(2), pipe(2), … */
int open(char *file, int mode);
int create(char *file, int mode, ulong perm);
int close(int fd);
long read(int fd, void *buf, long n);
long readn(int fd, void *buf, long n);
long write(int fd, const void *buf, long n);
long pread(int fd, void *buf, long n, vlong offset);
long pwrite(int fd, const void *buf, long n, vlong offset);
long sendread(int fd, Iopart *p, long np, void *buf, long n);
vlong seek(int fd, vlong offset, int whence);
int dup(int old, int to);
int pipe(int fd[2]);
int fd2path(int fd, char *buf, int n);
int iounit(int fd);
int remove(const char *file);
int access(char *file, int mode);
char *mktemp(char *name);
int opentemp(char *name);

/* stat(2), dirread(2) */
int stat(char *file, uchar *buf, int n);
int fstat(int fd, uchar *buf, int n);
int wstat(char *file, uchar *buf, int n);
int fwstat(int fd, uchar *buf, int n);
Dir *dirstat(char *file);	/* malloced in one piece with its strings */
Dir *dirfstat(int fd);
int dirwstat(char *file, Dir *d);
int dirfwstat(int fd, Dir *d);
long dirread(int fd, Dir **dp);	/* *dp malloced; entries of one read, 0 at the end */
long dirreadall(int fd, Dir **dp);
void nulldir(Dir *d);

/* bind(2), chdir(2), getwd(2), fversion(2), fauth(2) */
int bind(char *name, char *old, int flag);
int mntflag(int flag, int letter);	/* flag and that of a b c or C; -1: another, or a and b; of a flag of -1 too */
int mount(int fd, int afd, char *old, int flag, char *aname);
int unmount(char *name, char *old);
int chdir(char *dir);
char *getwd(char *buf, int n);
int fversion(int fd, int bufsize, char *version, int n);
int fauth(int fd, char *aname);

/* sleep(2), time(2), ctime(2), cputime(2) */
typedef struct Tm Tm;
struct Tm {
	int sec;
	int min;
	int hour;
	int mday;
	int mon;	/* from 0 */
	int year;	/* less 1900 */
	int wday;	/* Sunday 0 */
	int yday;
	char zone[4];
	int tzoff;	/* seconds east of UTC */
};
int sleep(long ms);
long alarm(ulong ms);
long time(long *t);
Tm *gmtime(long t);
Tm *localtime(long t);
char *asctime(Tm *tm);
char *ctime(long t);
long tm2sec(Tm *tm);
double cputime(void);
long times(long t[4]);
void cycles(uvlong *t);

/* getpid(2), getuser(2), getenv(2), privalloc(2), getcallerpc(2) */
extern Tos *_tos;
int getpid(void);
int getppid(void);
char *getuser(void);
char *sysname(void);
char *getenv(char *name);	/* malloced; lists' NULs are kept out: words are blank-separated */
int putenv(char *name, char *value);
void **privalloc(void);
void privfree(void **p);
#define getcallerpc(x) ((uintptr)__builtin_return_address(0))

/* lock(2), rendezvous(2), semacquire(2) */
void rlock(RWLock *l);
void runlock(RWLock *l);
int canrlock(RWLock *l);
void wlock(RWLock *l);
void wunlock(RWLock *l);
int canwlock(RWLock *l);
void rsleep(Rendez *r);
int rwakeup(Rendez *r);
int rwakeupall(Rendez *r);
long incref(Ref *r);
long decref(Ref *r);
void *rendezvous(void *tag, void *val);
int semacquire(long *sem, int block);
int tsemacquire(long *sem, ulong ms);
long semrelease(long *sem, long n);

/* segattach(2), brk(2) */
enum {	/* segattach attributes */
	SG_RONLY = 0x40,
	SG_CEXEC = 0x100,
};
void *segattach(int attr, char *class, void *va, ulong len);
int segdetach(void *va);
int segfree(void *va, ulong len);
int segflush(void *va, ulong len);
void *segbrk(void *seg, void *end);
int brk(void *end);
void *sbrk(long incr);

/* dial(2) */
enum { NETPATHLEN = 40 };
typedef struct NetConnInfo NetConnInfo;
struct NetConnInfo {
	char *dir;	/* connection directory */
	char *root;	/* network root */
	char *spec;	/* binding spec */
	char *lsys, *lserv;
	char *rsys, *rserv;
	char *laddr, *raddr;
};
typedef struct DialAddr DialAddr;
struct DialAddr {
	char netdir[NETPATHLEN];	/* "/net" if the address does not say */
	char proto[NETPATHLEN];
	char host[256];
	char *service;	/* in host; nil: none */
};
int dial(char *addr, char *local, char *dir, int *cfdp);
int dialparse(char *addr, DialAddr *a);
int announce(char *addr, char *dir);
int listen(char *dir, char *newdir);
int accept(int ctl, char *dir);
int reject(int ctl, char *dir, char *cause);
int hangup(int ctl);
char *netmkaddr(char *addr, char *defnet, char *defservice);
void setnetmtpt(char *net, int n, char *spec);
NetConnInfo *getnetconninfo(char *dir, int fd);
void freenetconninfo(NetConnInfo *info);
