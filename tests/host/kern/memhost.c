/*
 * memhost.c: see memhost.h.  Every place where the kernel may sleep is a
 * place to switch to another process, chosen by chance, so a test that runs
 * long enough sees the interleavings there are at those places.  What it
 * cannot see is two processors at once.
 */
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <sys/mman.h>
#include "../../../port/mem.h"
#include "../../../port/proc.h"
#include "../../../port/chan.h"
void *calloc(usize, usize);
void abort(void) noreturn_;
void hostfree(void*) __asm__("free");

Cpu hostcpu;
Cpu *cpus[NCPU] = { &hostcpu };
Proc *hostup;
uchar *hostmem;
Memrange usablemem[16];
int nusablemem;
int ncpu = 1;
u64int tschz = 1000000000;
vlong boottime;
int hostexpectpanic, hostmmufail, hostatomic, hostnrun;
char hostpanic[256];
void *hostpanicjmp[5];
static char err0[ERRMAX];
static Lock *locked[8];
static int nlocked;

/* trouble */

noreturn_ void panic(char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprint(hostpanic, sizeof hostpanic, fmt, args);
	va_end(args);
	if(hostexpectpanic){
		while(nlocked > 0)
			locked[--nlocked]->key = 0;
		__builtin_longjmp(hostpanicjmp, 1);
	}
	printf("panic: %s\n", hostpanic);
	abort();
}

void kprint(char *fmt, ...)
{
	USED(fmt);
}

static noreturn_ void broken(char *s)
{
	printf("test host: %s\n", s);
	abort();
}

int seterr(char *e)
{
	char *to;

	to = hostup != nil? hostup->errstr: err0;
	strecpy(to, to+ERRMAX, e);
	return -1;
}

void *seterrp(char *e)
{
	seterr(e);
	return nil;
}

char *geterr(void)
{
	return hostup != nil? hostup->errstr: err0;
}

/* memory */

void memhostinit(u64int bytes, Memrange *r, int n)
{
	setvbuf(stdout, nil, _IONBF, 0);
	hostmem = mmap(nil, bytes, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);
	if(hostmem == MAP_FAILED)
		broken("no memory");
	memset(hostmem, 0xA5, bytes);	/* as after a warm boot */
	memmove(usablemem, r, n*sizeof *r);
	nusablemem = n;
	pageinit();
	mallocinit();
}

/* processes */

typedef struct Co Co;
struct Co {
	Proc p;
	ucontext_t ctx;
	void *stack;
	void (*f)(void*);
	void *arg;
	Rendez *r;	/* asleep on */
	int timed, timeout;
	int killed;
	int kproc;
	int dead;	/* gone: to be freed */
	Co *next;
};
enum { Stack = 256*1024 };
static Co *cos;
static ucontext_t schedctx;
static u64int seed = 88172645463325252UL;

u32int hostrand(u32int n)
{
	seed ^= seed<<13;
	seed ^= seed>>7;
	seed ^= seed<<17;
	return (seed>>16) % n;
}

static Co *self(void)
{
	return (Co*)hostup;
}

static void enter(void)
{
	Co *c;

	c = self();
	c->f(c->arg);
	c->dead = 1;
	c->f = nil;
	hostnrun -= !c->kproc;
	swapcontext(&c->ctx, &schedctx);
}

static Co *conew(void (*f)(void*), void *arg)
{
	static u32int pid;
	Co *c;

	c = calloc(1, sizeof *c);
	c->stack = calloc(1, Stack);
	c->f = f;
	c->arg = arg;
	c->p.pid = ++pid;
	c->p.wired = -1;
	strecpy(c->p.user, c->p.user+NAMELEN, "glenda");
	getcontext(&c->ctx);
	c->ctx.uc_stack.ss_sp = c->stack;
	c->ctx.uc_stack.ss_size = Stack;
	makecontext(&c->ctx, enter, 0);
	c->next = cos;
	cos = c;
	return c;
}

Proc *hostproc(void (*f)(void*), void *arg)
{
	hostnrun++;
	return &conew(f, arg)->p;
}

Proc *hostembryo(void *arg)
{
	return &conew(nil, arg)->p;
}

void hostbegin(Proc *p, void (*f)(void*))
{
	((Co*)p)->f = f;
	hostnrun++;
}

void hostdrop(Proc *p)
{
	((Co*)p)->dead = 1;
}

Proc *kproc(char *name, void (*f)(void*), void *arg)
{
	Co *c;

	USED(name);
	c = conew(f, arg);
	c->kproc = 1;
	return &c->p;
}

static void reap(void)
{
	Co **p, *c;

	for(p = &cos; (c = *p) != nil; )
		if(c->dead){
			*p = c->next;
			hostfree(c->stack);
			hostfree(c);
		}else
			p = &c->next;
}

/* one that can run; if there is none, a timer goes off */
static Co *choose(void)
{
	Co *c, *best;
	int n;

	best = nil;
	n = 0;
	for(c = cos; c != nil; c = c->next)
		if(c->f != nil && c->r == nil && hostrand(++n) == 0)
			best = c;
	if(best != nil)
		return best;
	for(c = cos; c != nil; c = c->next)
		if(c->timed){
			c->timeout = 1;
			c->r = nil;
			return c;
		}
	broken("everybody sleeps");
}

void hostrun(void)
{
	Co *c;

	while(hostnrun > 0){
		c = choose();
		hostup = &c->p;
		swapcontext(&schedctx, &c->ctx);
		hostup = nil;
		reap();
	}
}

static void doswitch(void)
{
	Proc *p;

	if(nlocked != 0)
		broken("sleeps under a Lock");
	p = hostup;
	swapcontext(&((Co*)p)->ctx, &schedctx);
}

void hostyield(void)
{
	if(hostup != nil)
		doswitch();
}

static void maybe(void)
{
	if(hostup != nil && !hostatomic && hostrand(4) == 0)
		doswitch();
}

void yield(void)
{
	hostyield();
}

void hostkill(Proc *p)
{
	Co *c;

	c = (Co*)p;
	c->killed = 1;
	c->r = nil;
}

int notepending(void)
{
	return self()->killed;
}

static int waiting(Rendez *r, int (*cond)(void*), void *arg, int kill, int timed)
{
	Co *c;

	c = self();
	maybe();
	while(!cond(arg)){
		if(kill && c->killed)
			return seterr("interrupted");
		if(timed && c->timeout){
			c->timeout = 0;
			return 1;
		}
		c->r = r;
		c->timed = timed;
		doswitch();
		c->timed = 0;
	}
	return 0;
}

int sleep(Rendez *r, int (*cond)(void*), void *arg)
{
	return waiting(r, cond, arg, 1, 0);
}

void sleepu(Rendez *r, int (*cond)(void*), void *arg)
{
	waiting(r, cond, arg, 0, 0);
}

int tsleep(Rendez *r, int (*cond)(void*), void *arg, vlong ns)
{
	USED(ns);
	self()->timeout = 0;
	return waiting(r, cond, arg, 1, 1);
}

void wakeup(Rendez *r)
{
	Co *c;

	for(c = cos; c != nil; c = c->next)
		if(c->r == r)
			c->r = nil;
}

int returnfalse(void *a)
{
	USED(a);
	return 0;
}

/* locks */

void lock(Lock *l)
{
	if(l->key)
		broken("a Lock is taken twice");
	if(nlocked == nelem(locked))
		broken("too many Locks are held");
	l->key = 1;
	locked[nlocked++] = l;
}

int canlock(Lock *l)
{
	if(l->key)
		return 0;
	lock(l);
	return 1;
}

void unlock(Lock *l)
{
	if(!l->key)
		broken("a free Lock is let go");
	if(locked[nlocked-1] != l)
		broken("Locks are let go out of order");
	l->key = 0;
	nlocked--;
}

void qlock(QLock *q)
{
	if(nlocked != 0)
		broken("a QLock under a Lock");
	maybe();
	if(q->use.key && q->owner == hostup)
		broken("a QLock is taken twice");
	while(q->use.key){
		if(hostup == nil)
			broken("a QLock is held outside of processes");
		doswitch();
	}
	q->use.key = 1;
	q->owner = hostup;
}

int canqlock(QLock *q)
{
	if(q->use.key)
		return 0;
	qlock(q);
	return 1;
}

void qunlock(QLock *q)
{
	if(!q->use.key || q->owner != hostup)
		broken("a QLock is let go by who has it not");
	q->owner = nil;
	q->use.key = 0;
	maybe();
}

/* the mmu */

enum { Nmap = 1<<11 };
typedef struct Map Map;
struct Map { uintptr va; u64int pa; int prot; int used; };
struct Mmu { Map map[Nmap]; };

static Map *mapof(Mmu *m, uintptr va)
{
	u64int i;

	va = PGDOWN(va);
	for(i = (va>>PGSHIFT)*2654435761UL; ; i++)
		if(m->map[i%Nmap].va == va || m->map[i%Nmap].va == 0)
			return &m->map[i%Nmap];
}

Mmu *mmunew(void)
{
	if(hostmmufail > 0 && --hostmmufail == 0)
		return nil;
	return calloc(1, sizeof(Mmu));
}

void mmufree(Mmu *m)
{
	hostfree(m);
}

int mmumap(Mmu *m, uintptr va, u64int pa, int prot)
{
	Map *p;

	if(nlocked != 0)
		broken("mmumap under a Lock");
	if(va%PGSZ != 0 || va == 0 || va >= USERTOP)
		broken("mmumap of a bad address");
	if(hostmmufail > 0 && --hostmmufail == 0)
		return -1;
	p = mapof(m, va);
	*p = (Map){ va, pa, prot|MMUREAD, 1 };
	return 0;
}

int mmumaprun(Mmu *m, uintptr va, u64int *pa, int n, int prot)
{
	Map *p;
	int i;

	for(i = 0; i < n; i++){
		p = mapof(m, va + (u64int)i*PGSZ);
		if(pa[i] != 0 && p->prot == 0 && mmumap(m, va + (u64int)i*PGSZ, pa[i], prot) < 0)
			return -1;
	}
	return 0;
}

void mmuunmap(Mmu *m, uintptr va, uintptr end)
{
	int i;

	if(nlocked != 0)
		broken("mmuunmap under a Lock");
	for(i = 0; i < Nmap; i++)
		if(m->map[i].va >= va && m->map[i].va < end)
			m->map[i].prot = 0;
	maybe();
}

void mmuprotect(Mmu *m, uintptr va, uintptr end)
{
	int i;

	for(i = 0; i < Nmap; i++)
		if(m->map[i].va >= va && m->map[i].va < end)
			m->map[i].prot &= ~MMUWRITE;
	maybe();
}

int mmuused(Mmu *m, uintptr va, int clear)
{
	Map *p;
	int used;

	p = mapof(m, va);
	used = p->prot != 0 && p->used;
	if(clear)
		p->used = 0;
	return used;
}

void mmuswitch(Mmu *m)
{
	USED(m);
}

u64int hostmapped(Mmu *m)
{
	u64int n;
	int i;

	n = 0;
	for(i = 0; i < Nmap; i++)
		n += m->map[i].prot != 0;
	return n;
}

static uchar *translate(uintptr va, int write)
{
	Map *p;
	int prot;

	if(va >= USERTOP || va < PGSZ)
		return nil;
	prot = write? MMUWRITE: MMUREAD;
	for(;;){
		p = mapof(hostup->mmu, va);
		if(p->prot & prot)
			break;
		if(fault(va, prot, 1) < 0)
			return nil;
	}
	p->used = 1;
	return (uchar*)kaddr(p->pa) + va%PGSZ;
}

u64int hostpa(uintptr va)
{
	return mapof(hostup->mmu, va)->pa;
}

int userput(uintptr va, int c)
{
	uchar *p;

	p = translate(va, 1);
	if(p == nil)
		return -1;
	*p = c;
	return 0;
}

int userget(uintptr va)
{
	uchar *p;

	p = translate(va, 0);
	return p != nil? *p: -1;
}

int copyin(void *k, uintptr u, usize n)
{
	uchar *p;
	usize i;

	for(i = 0; i < n; i++){
		p = translate(u+i, 0);
		if(p == nil)
			return seterr("bad address");
		((uchar*)k)[i] = *p;
	}
	return 0;
}

long copyinstr(char *k, uintptr u, usize max)
{
	usize i;

	for(i = 0; i < max; i++){
		if(copyin(k+i, u+i, 1) < 0)
			return -1;
		if(k[i] == 0)
			return i;
	}
	return seterr("string too long");
}

char *userstr(u64int uva, usize max)
{
	char *s;

	s = malloc(max);
	if(s != nil && copyinstr(s, uva, max) < 0){
		free(s);
		return nil;
	}
	return s;
}

/* files; a Chan's aux is in its path */

static Hostfile *files;
static Fid hostfid;
Srv hostsrv;

Hostfile *hostfile(char *name, void *data, u64int len)
{
	static u32int dev;
	Hostfile *f;

	f = calloc(1, sizeof *f);
	f->name = name;
	f->data = data;
	f->len = len;
	f->dev = ++dev;
	f->next = files;
	files = f;
	return f;
}

static Hostfile *fileof(Chan *c)
{
	return (Hostfile*)c->path;
}

Chan *nameopen(char *name, int omode)
{
	Hostfile *f;
	Chan *c;

	maybe();
	for(f = files; f != nil; f = f->next)
		if(strcmp(f->name, name) == 0)
			break;
	if(f == nil)
		return seterrp("file does not exist");
	c = calloc(1, sizeof *c);
	c->ref = 1;
	c->mode = omode & 3;
	c->path = (Path*)f;
	c->dev = f->dev;
	c->qid = (Qid){ .path = f->dev, .vers = f->vers };
	hostfid.srv = &hostsrv;
	hostfid.aux = f;
	c->fid = f->linked? &hostfid: nil;
	f->refs++;
	return c;
}

void chanincref(Chan *c)
{
	incref(&c->ref);
}

void chanclose(Chan *c)
{
	maybe();
	if(c->ref <= 0)
		broken("chanclose once too often");
	if(decref(&c->ref) == 0){
		fileof(c)->refs--;
		hostfree(c);
	}
}

int chanfixed(Chan *c)
{
	return fileof(c)->dev != 0;
}

vlong chanlength(Chan *c)
{
	return fileof(c)->len;
}

static Rendez hangwait;

void hostwakefiles(void)
{
	wakeup(&hangwait);
}

static int unhung(void *arg)
{
	return !((Hostfile*)arg)->hang;
}

static long iobegin(Chan *c, long n, vlong off)
{
	Hostfile *f;

	if(nlocked != 0)
		broken("i/o under a Lock");
	f = fileof(c);
	maybe();
	if(f->hang && sleep(&hangwait, unhung, f) < 0)
		return -1;
	f->nread++;
	if(f->fail)
		return seterr("i/o error");
	if((u64int)off >= f->len)
		return 0;
	n = MIN(n, (long)(f->len - off));
	return n > 100? n - hostrand(3)*(n/3): n;	/* servers need not give all at once */
}

u32int bufput(Buf *b, u32int off, const void *p, u32int n)
{
	u32int i, at;

	for(i = 0; i < n && off+i < b->n; i++){
		at = b->off + off+i;
		b->page[at/PGSZ][at%PGSZ] = ((uchar*)p)[i];
	}
	return i;
}

long chanreadbuf(Chan *c, Buf *b, vlong off)
{
	long n;

	n = iobegin(c, b->n, off);
	if(n > 0)
		bufput(b, 0, fileof(c)->data + off, n);
	maybe();
	return n;
}

long chanread(Chan *c, void *k, long n, vlong off)
{
	n = iobegin(c, n, off);
	if(n > 0)
		memmove(k, fileof(c)->data + off, n);
	maybe();
	return n;
}

long chanwrite(Chan *c, const void *k, long n, vlong off)
{
	n = iobegin(c, n, off);
	if(n > 0)
		memmove(fileof(c)->data + off, k, n);
	maybe();
	return n;
}

/* the rest */

int isowner(void)
{
	return 1;
}

void fgrpcloexec(Fgrp *f)
{
	USED(f);
}

void fpdrop(Proc *p)
{
	USED(p);
}

void rerrstr(char *buf, uint n)
{
	strecpy(buf, buf+n, geterr());
}

int print(char *fmt, ...)
{
	char buf[512];
	va_list args;

	va_start(args, fmt);
	vsnprint(buf, sizeof buf, fmt, args);
	va_end(args);
	return printf("%s", buf);
}

void procexeced(void)
{
}

void uregsane(Ureg *u)
{
	USED(u);
}
