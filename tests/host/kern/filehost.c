/*
 * filehost.c: see filehost.h.  A process sleeps by trying its condition again
 * each time it gets its turn; when a whole round of turns changed nothing,
 * everybody waits for ever, and the first process's test has failed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include "filehost.h"

enum { Stack = 256*1024, Maxproc = 8000 };

typedef struct Hproc Hproc;
struct Hproc {
	Proc p;
	ucontext_t ctx;
	void (*f)(void*);
	void *arg;
	int done;
	int idle;		/* its condition was false the last time */
	char err[ERRMAX];
	char *stack;
};

extern int khostlocks;
int hostsleepers, hostnotes, hostpins, hostunpins, hostnokproc;
vlong hosttotal = 1<<20;

static Hproc *procs[Maxproc];
static int nproc;
static ucontext_t loop;
static u32int progress, turns;

void *__real_malloc(usize);
void *__real_realloc(void*, usize);
void *__wrap_malloc(usize);
void *__wrap_realloc(void*, usize);

/* --- processes --- */
static Hproc *cur(void)
{
	return (Hproc*)up;
}

static void enter(void)
{
	Hproc *h;

	h = cur();
	h->f(h->arg);
	h->done = 1;
	progress++;
	swapcontext(&h->ctx, &loop);
}

static Hproc *newproc(void (*f)(void*), void *arg)
{
	Hproc *h;

	if(nproc == Maxproc)
		abort();
	h = calloc(1, sizeof *h);
	h->stack = __real_malloc(Stack);
	h->f = f;
	h->arg = arg;
	getcontext(&h->ctx);
	h->ctx.uc_stack.ss_sp = h->stack;
	h->ctx.uc_stack.ss_size = Stack;
	makecontext(&h->ctx, enter, 0);
	strecpy(h->p.user, h->p.user+NAMELEN, "glenda");
	procs[nproc++] = h;
	return h;
}

Proc *testproc(void (*f)(void*), void *arg)
{
	Hproc *h;

	h = newproc(f, arg);
	h->p.pgrp = up->pgrp;
	h->p.fgrp = up->fgrp;
	h->p.slash = up->slash;
	h->p.dot = up->dot;
	return &h->p;
}

/* kernel processes need not end; a note is what interrupts them */
Proc *kproc(char *name, void (*f)(void*), void *arg)
{
	Hproc *h;

	USED(name);
	if(hostnokproc)
		return nil;
	h = newproc(f, arg);
	h->p.kp = 1;
	progress++;
	return &h->p;
}

void kprocintr(Proc *p)
{
	hostnote(p);
}

int hostdone(Proc *p)
{
	return ((Hproc*)p)->done;
}

static void turn(Hproc *h)
{
	if(khostlocks != 0)
		abort();
	thiscpu()->proc = &h->p;
	seterr(h->err);
	swapcontext(&loop, &h->ctx);
}

static void leave(void)
{
	Hproc *h;

	h = cur();
	rerrstr(h->err, sizeof h->err);
	swapcontext(&h->ctx, &loop);
}

/* give turns until nothing changes any more */
static void runall(void)
{
	u32int before;
	int i;

	do{
		before = progress + turns;
		for(i = 0; i < nproc; i++)
			if(!procs[i]->done){
				turn(procs[i]);
				if(procs[i]->done){
					free(procs[i]->stack);
					procs[i]->stack = nil;
				}
			}
	}while(progress + turns != before);
}

static void (*mainf)(void);

static void first(void *a)
{
	USED(a);
	srvtabinit();
	up->pgrp = pgrpnew();
	up->fgrp = fgrpnew();
	up->slash = srvattach('A', "");
	if(up->slash == nil)
		abort();
	pathclose(up->slash->path);
	up->slash->path = pathnew("/", 1, 0);
	up->dot = up->slash;
	chanincref(up->dot);
	mainf();
	fgrpclose(up->fgrp);
	pgrpclose(up->pgrp);
	chanclose(up->dot);
	chanclose(up->slash);
	up->dot = up->slash = nil;
	up->pgrp = nil;
	up->fgrp = nil;
}

int hostmain(void (*f)(void))
{
	Hproc *h;
	int i;

	khostproc();
	setbuf(stdout, NULL);
	mainf = f;
	h = newproc(first, nil);
	runall();
	check(h->done);
	check(hostpins == hostunpins);
	for(i = 0; i < nproc; i++){
		if(procs[i]->p.kp)
			continue;
		if(!procs[i]->done)
			printf("process %d still waits\n", i);
		check(procs[i]->done);
	}
	return checkdone();
}

/* --- waiting --- */
static int stirred(Proc *p)
{
	if(!p->notepending)
		return 0;
	return !p->marked || p->noteseq != p->mark;
}

static int until(int (*cond)(void*), void *arg, int intr)
{
	int r, slept;

	slept = 0;
	for(;;){
		if(khostlocks != 0)
			abort();
		r = cond(arg)? 0: intr && stirred(up)? -1: 1;
		if(r <= 0)
			break;
		if(!slept++)
			progress++;
		hostsleepers++;
		leave();
		hostsleepers--;
	}
	if(slept)
		progress++;
	return r < 0? seterr(Eintr): 0;
}

int sleep(Rendez *r, int (*cond)(void*), void *arg)
{
	USED(r);
	return until(cond, arg, 1);
}

void sleepu(Rendez *r, int (*cond)(void*), void *arg)
{
	USED(r);
	until(cond, arg, 0);
}

int tsleep(Rendez *r, int (*cond)(void*), void *arg, vlong ns)
{
	USED(ns);
	return sleep(r, cond, arg);
}

static int come(void *a)
{
	return ((Await*)a)->come >= AwDone;
}

int await(Await *a)
{
	return until(come, a, 1);
}

void awaitu(Await *a)
{
	until(come, a, 0);
}

int tawait(Await *a, vlong ns)
{
	USED(ns);
	return await(a);
}

/* nobody here is killed, and so waits for time */
void timeradd(Timer *t)
{
	USED(t);
	check(!"a timer");
}

void prockill(Proc *p)
{
	USED(p);
	check(!"a kill");
}

void timerdel(Timer *t)
{
	USED(t);
}

void awaken(Await *a)
{
	USED(a);
}

void wakeup(Rendez *r)
{
	USED(r);
}

static int alldone(void *a)
{
	return hostdone(a);
}

void hostwait(Proc *p)
{
	until(alldone, p, 0);
}

/* a whole round of turns has changed nothing */
static int quiet(void *a)
{
	u32int *seen;

	seen = a;
	turns++;
	if(*seen == progress)
		return 1;
	*seen = progress;
	return 0;
}

void hostyield(void)
{
	u32int seen;

	seen = progress-1;
	until(quiet, &seen, 0);
}

void hostnote(Proc *p)
{
	p->notepending = NPnote;
	p->noteseq++;
	progress++;
}

void hostcalm(void)
{
	up->notepending = 0;
}

u32int notemark(void)
{
	return up->noteseq;
}

int killed(void)
{
	return 0;
}

int postnote(Proc *p, char *msg, int flag)
{
	USED(p);
	USED(flag);
	checkstr(msg, "sys: write on closed pipe");
	hostnotes++;
	return 1;
}

/* --- users --- */
char *hostowner(void)
{
	return "glenda";
}

int isowner(void)
{
	return strcmp(up->user, "glenda") == 0;
}

char *envspec(char *buf, int n)
{
	snprint(buf, n, "7");
	return buf;
}

Chan *envroot(Chan *c)
{
	return c;
}

/* --- memory --- */
int copyin(void *k, uintptr u, usize n)
{
	memmove(k, (void*)u, n);
	return 0;
}

int copyout(uintptr u, const void *k, usize n)
{
	memmove((void*)u, k, n);
	return 0;
}

long copyinstr(char *k, uintptr u, usize max)
{
	usize n;

	for(n = 0; n < max; n++)
		if((k[n] = ((char*)u)[n]) == 0)
			return n;
	return seterr("bad address");
}

void memstat(Memstat *m)
{
	*m = (Memstat){ .total = hosttotal, .free = hosttotal };
}

u64int (*cachehook)(u64int);

/* a page's address is such that kaddr gives its memory */
u64int pagealloc(int flags)
{
	USED(flags);
	return (uintptr)aligned_alloc(PGSZ, PGSZ) - DMAPBASE;
}

void pagefree(u64int pa)
{
	free(kaddr(pa));
}

/* the pages are where they are; so a slice that is wrong shows under ASan */
int bufpin(Buf *b, uintptr va, usize n, int write, uchar **room, int nroom)
{
	usize i, np;

	USED(write);
	*b = (Buf){ .off = va & (PGSZ-1), .n = n, .page = room };
	np = (b->off + n + PGSZ-1) / PGSZ;
	if(np > (usize)nroom)
		b->page = __real_malloc(np*sizeof b->page[0]);
	for(i = 0; i < np; i++)
		b->page[i] = (uchar*)(PGDOWN(va) + i*PGSZ);
	hostpins++;
	return 0;
}

void bufunpin(Buf *b, uchar **room)
{
	if(b->page != room)
		free(b->page);
	hostunpins++;
}

int print(char *fmt, ...)
{
	char buf[300];
	va_list a;

	va_start(a, fmt);
	vsnprint(buf, sizeof buf, fmt, a);
	va_end(a);
	fputs(buf, stdout);
	return 0;
}

/*
 * With --wrap=malloc,--wrap=realloc: allocations of the tested sources are
 * counted, and hostfail, when positive, counts down to one that fails.
 */
long hostfail, hostallocs;

static int failnow(void)
{
	hostallocs++;
	return hostfail > 0 && --hostfail == 0;
}

void *__wrap_malloc(usize n)
{
	return failnow()? nil: __real_malloc(n);
}

void *__wrap_realloc(void *p, usize n)
{
	return failnow()? nil: __real_realloc(p, n);
}

/* --- conveniences --- */
char *herr(void)
{
	return geterr();
}

int hwrite(char *name, char *text)
{
	Chan *c;
	long n;

	if((c = namecreate(name, OWRITE, 0664)) == nil)
		return -1;
	n = chanwrite(c, text, strlen(text), 0);
	chanclose(c);
	return n == (long)strlen(text)? 0: -1;
}

char *hread(char *name)
{
	static char buf[64*1024];
	Chan *c;
	long n, all;

	if((c = nameopen(name, OREAD)) == nil)
		return nil;
	for(all = 0; (n = chanread(c, buf+all, sizeof buf-1-all, all)) > 0; all += n)
		;
	chanclose(c);
	if(n < 0)
		return nil;
	buf[all] = 0;
	return buf;
}

char *hls(char *name)
{
	static char list[8192];
	uchar buf[1024];
	char strs[1024], *p;
	Chan *c;
	Dir d;
	long n, i, k;

	if((c = nameopen(name, OREAD)) == nil)
		return nil;
	p = list;
	*p = 0;
	while((n = dirread(c, buf, sizeof buf, -1)) > 0)
		for(i = 0; i < n; i += k){
			k = convM2D(buf+i, n-i, &d, strs);
			if(k == 0)
				abort();
			check(d.type != 0 && d.dev != 0);
			p = seprint(p, list+sizeof list, "%s ", d.name);
		}
	chanclose(c);
	return n < 0? nil: list;
}

char *hns(void)
{
	static char buf[16*1024];
	char *p;
	int i, n;

	p = buf;
	*p = 0;
	for(i = 0; (n = nsread(up->pgrp, i, p, buf+sizeof buf-p)) > 0; i++)
		p += n;
	return buf;
}

char *hpath(char *name)
{
	static char buf[8300];
	Chan *c;

	if((c = namewalk(name, 0)) == nil)
		return nil;
	strecpy(buf, buf+sizeof buf, chanpath(c));
	chanclose(c);
	return buf;
}

Chan *hpipe(Chan *c[2])
{
	u64int a[6];
	int fd[2];

	a[0] = (uintptr)fd;
	if(sys_pipe(a) < 0)
		return nil;
	c[0] = fdchan(fd[0], ORDWR, 0);
	c[1] = fdchan(fd[1], ORDWR, 0);
	fdclose(fd[0]);
	fdclose(fd[1]);
	return c[0];
}

long hexact(Chan *c, void *p, long n)
{
	return chanread(c, p, n, 0);
}

typedef struct Serve Serve;
struct Serve {
	Srv *s;
	Chan *c;
	Io io;
};

static long ioread(Io *io, void *p, long n)
{
	return chanread(((Serve*)io->aux)->c, p, n, 0);
}

static long iowrite(Io *io, const void *p, long n)
{
	return chanwrite(((Serve*)io->aux)->c, p, n, 0);
}

static void serve(void *a)
{
	Serve *x;

	x = a;
	srvio(x->s, &x->io);
	chanclose(x->c);
	free(x);
}

Proc *hserve(Srv *s, Chan *end)
{
	Serve *x;

	x = calloc(1, sizeof *x);
	*x = (Serve){ .s = s, .c = end, .io = { .read = ioread, .write = iowrite, .aux = x } };
	return testproc(serve, x);
}
