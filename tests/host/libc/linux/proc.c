/* proc.c: processes, memory, semaphores and notes on Linux; see linux.h. */
#include "linux.h"

enum {
	Heap = 256UL<<20,
	Protrw = 3, Mapshared = 1, Mapprivate = 2, Mapfixed = 0x10, Mapanon = 0x20, Mapnoreserve = 0x4000,
	Futexwait = 0, Futexwake = 1,
};

Self *self;
char **lenv;
static char *heapstart, *heapend;
static char *progname;
static char statusdir[64];
static char notetext[ERRMAX];	/* the last note sent by a process of ours */

extern char edata[], end[], data_start[] __attribute__((weak));
void threadmain(int, char**) __attribute__((weak));
void _main(long argc, char **argv) noreturn_;
void sigrestore(void);
void linuxstart(long *sp);

static const struct {
	int n;
	char *text;
} errors[] = {
	{Lenoent, "file does not exist"}, {Leintr, "interrupted"}, {Leio, "i/o error"},
	{Lebadf, "fd out of range or not open"}, {Lechild, "no living children"},
	{Lenomem, "out of memory"}, {Leacces, "permission denied"}, {1, "permission denied"},
	{Leexist, "file already exists"}, {Lenotdir, "not a directory"},
	{Leisdir, "file is a directory"}, {Leinval, "bad arg in system call"},
	{Lepipe, "i/o on hungup channel"}, {Lenotempty, "directory not empty"},
};

long fail(long r)
{
	uint i;

	if(r >= 0)
		return r;
	for(i = 0; i < nelem(errors); i++)
		if(errors[i].n == -r){
			strecpy(self->err, self->err+ERRMAX, errors[i].text);
			return -1;
		}
	snprint(self->err, ERRMAX, "linux error %ld", -r);
	return -1;
}

int errstr(char *buf, uint n)
{
	char tmp[ERRMAX];

	strecpy(tmp, tmp+sizeof tmp, self->err);
	utfecpy(self->err, self->err + (n < ERRMAX? n: ERRMAX), buf);
	utfecpy(buf, buf+n, tmp);
	return 0;
}

static void *map(void *at, usize n, int how)
{
	return (void*)lsys(Lmmap, at, n, Protrw, how|Mapanon, -1L, 0L);
}

static char *pagedown(char *p)
{
	return (char*)((uintptr)p & ~4095UL);
}

static char *pageup(char *p)
{
	return pagedown(p+4095);
}

/* Put a private copy of [lo, hi) in its place, shared with future children. */
static void unshare(char *lo, char *hi, char *used)
{
	char *copy;

	copy = map(nil, hi-lo, Mapshared|Mapnoreserve);
	memmove(copy, lo, used-lo);
	lsys(Lmremap, copy, hi-lo, hi-lo, 3L, lo);
}

static char *datalo(void)
{
	extern char __data_start_[] __attribute__((weak));

	return pagedown(__data_start_);
}

/* data and heap are one region of shared memory */
static void shareall(void)
{
	char *lo;

	lo = datalo();
	heapend = pageup(end);
	unshare(lo, heapstart+Heap, heapend);
}

void linuxstart(long *sp)
{
	Self *s;
	Tos *tos;

	s = __builtin_alloca(sizeof *s + 64);
	memset(s, 0, sizeof *s);
	self = s;
	tos = &s->tos;
	tos->pid = lsys(Lgetpid);
	tos->ncpu = 2;
	_tos = tos;
	lenv = (char**)sp + sp[0] + 2;
	progname = (char*)sp[1];
	heapstart = pageup(end);
	heapend = heapstart;
	map(heapstart, Heap, Mapprivate|Mapfixed|Mapnoreserve);
	snprint(statusdir, sizeof statusdir, "/tmp/.lstatus");
	lsys(Lmkdir, statusdir, 0777L);
	if(threadmain)
		shareall();
	linuxnotes();
	_main(sp[0], (char**)sp+1);
}

int _brk(void *to)
{
	if((char*)to > heapstart+Heap){
		fail(-Lenomem);
		return -1;
	}
	return 0;
}

static long dofork(long flags)
{
	long pid;
	int sync[2];
	char c;

	lsys(Lsocketpair, 1L, 1L, 0L, sync);
	pid = lsys(Lfork);
	if(pid == 0){
		self->tos.pid = lsys(Lgetpid);
		if(threadmain && !(flags & RFMEM))
			unshare(datalo(), heapstart+Heap, (char*)sbrk(0)+16);
		if(flags & RFNOTEG)
			lsys(Lsetpgid, 0L, 0L);
		lsys(Lwrite, (long)sync[1], "x", 1L);
	}else
		lsys(Lread, (long)sync[0], &c, 1L);
	lsys(Lclose, (long)sync[0]);
	lsys(Lclose, (long)sync[1]);
	return pid;
}

int _rfork(int flags)
{
	if(!(flags & RFPROC))
		return 0;
	return fail(callon(self->forkstack + sizeof self->forkstack, dofork, flags));
}

int exec(char *file, char **argv)
{
	char buf[512];

	return fail(lsys(Lexecve, fsname(buf, sizeof buf, file), argv, lenv));
}

void _exits(char *status)
{
	char name[80], text[ERRMAX], *slash;
	long fd;
	int i;

	for(i = 0; i < Lmaxfd; i++)
		if(self->fd[i].rclose)
			fdclosed(i);
	snprint(name, sizeof name, "%s/%ld", statusdir, lsys(Lgetpid));
	if(status && *status){
		slash = strrchr(progname, '/');
		snprint(text, sizeof text, "%s %ld: %s", slash? slash+1: progname, lsys(Lgetpid), status);
		fd = lsys(Lopen, name, 01101L, 0666L);
		lsys(Lwrite, fd, text, strlen(text));
		lsys(Lclose, fd);
	}
	lsys(Lexit, status && *status? 1L: 0L);
	__builtin_trap();
}

int await(char *buf, int n)
{
	char name[80], msg[ERRMAX+1];
	int st;
	long pid, fd, m;

	pid = lsys(Lwait4, -1L, &st, 0L, 0L);
	if(pid < 0)
		return fail(pid);
	snprint(name, sizeof name, "%s/%ld", statusdir, pid);
	msg[0] = 0;
	fd = lsys(Lopen, name, 0L, 0L);
	if(fd >= 0){
		m = lsys(Lread, fd, msg, ERRMAX);
		msg[m > 0? m: 0] = 0;
		lsys(Lclose, fd);
		lsys(Lunlink, name);
	}else if(st & 127)
		snprint(msg, sizeof msg, "sys: signal %d", st & 127);
	else if(st != 0)
		snprint(msg, sizeof msg, "exit %d", st>>8);
	return snprint(buf, n, "%ld 0 0 0 %q", pid, msg);
}

int sleep(long ms)
{
	long ts[2];

	ts[0] = ms/1000;
	ts[1] = ms%1000*1000000;
	return fail(lsys(Lnanosleep, ts, 0L));
}

long alarm(ulong ms)
{
	long it[4];

	it[0] = it[1] = 0;
	it[2] = ms/1000;
	it[3] = ms%1000*1000;
	return fail(lsys(Lsetitimer, 0L, it, 0L));
}

vlong nsec(void)
{
	long ts[2];

	lsys(Lclockget, 0L, ts);
	return ts[0]*1000000000L + ts[1];
}

static int trytake(long *sem)
{
	long v;

	v = __atomic_load_n(sem, __ATOMIC_SEQ_CST);
	while(v > 0)
		if(__atomic_compare_exchange_n(sem, &v, v-1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return 1;
	return 0;
}

int semacquire(long *sem, int block)
{
	long r;

	while(!trytake(sem)){
		if(!block)
			return 0;
		r = lsys(Lfutex, sem, (long)Futexwait, 0L, 0L, 0L, 0L);
		if(r == -Leintr)
			return fail(r);
	}
	return 1;
}

int tsemacquire(long *sem, ulong ms)
{
	long ts[2];

	ts[0] = ms/1000;
	ts[1] = ms%1000*1000000;
	if(trytake(sem))
		return 1;
	lsys(Lfutex, sem, (long)Futexwait, 0L, ts, 0L, 0L);
	return trytake(sem);
}

long semrelease(long *sem, long n)
{
	n = __atomic_add_fetch(sem, n, __ATOMIC_SEQ_CST);
	lsys(Lfutex, sem, (long)Futexwake, 1L<<30, 0L, 0L, 0L);
	return n;
}

/* ---- notes: signals call the handler; noted jumps back into the signal's */

typedef struct Ucontext Ucontext;
struct Ucontext {
	ulong flags;
	void *link;
	ulong stack[3];
	u64int r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
};

static void toureg(Ureg *r, Ucontext *u)
{
	*r = (Ureg){.r8 = u->r8, .r9 = u->r9, .r10 = u->r10, .r11 = u->r11, .r12 = u->r12, .r13 = u->r13,
		.r14 = u->r14, .r15 = u->r15, .rdi = u->rdi, .rsi = u->rsi, .rbp = u->rbp, .rbx = u->rbx,
		.rdx = u->rdx, .rax = u->rax, .rcx = u->rcx, .rsp = u->rsp, .rip = u->rip};
}

static void fromureg(Ureg *r, Ucontext *u)
{
	u->r12 = r->r12;
	u->r13 = r->r13;
	u->r14 = r->r14;
	u->r15 = r->r15;
	u->rbp = r->rbp;
	u->rbx = r->rbx;
	u->rax = r->rax;
	u->rsp = r->rsp;
	u->rip = r->rip;
}

static void onsignal(int sig, void *info, Ucontext *u)
{
	char note[ERRMAX];
	Ureg r;
	int how;

	USED(info);
	strecpy(note, note+sizeof note, sig == Lsigint? "interrupt": sig == Lsigalrm? "alarm":
		sig == Lsigpipe? "sys: write on closed pipe": notetext);
	if(self->handler == nil)
		_exits(note);
	toureg(&r, u);
	how = setjmp(self->notedto);
	if(how == 0){
		self->noting = 1;
		self->handler(&r, note);
		how = NDFLT+1;
	}
	self->noting = 0;
	if(how-1 == NDFLT)
		_exits(note);
	fromureg(&r, u);
}

int noted(int how)
{
	if(!self->noting)
		return fail(-Leinval);
	longjmp(self->notedto, how+1);
}

int notify(void (*f)(void*, char*))
{
	self->handler = f;
	return 0;
}

void linuxnotes(void)
{
	static const int sigs[] = { Lsigint, Lsigusr1, Lsigalrm, Lsigpipe };
	struct { void *f; ulong flags; void *restore; u64int mask; } act;
	uint i;

	act.f = onsignal;
	act.flags = 0x04000004;		/* SA_SIGINFO|SA_RESTORER */
	act.restore = sigrestore;
	act.mask = ~0UL;
	for(i = 0; i < nelem(sigs); i++)
		lsys(Lsigaction, (long)sigs[i], &act, 0L, 8L);
}

/* A write to /proc/n/note */
long notewrite(int pid, const char *text, long n)
{
	long r;

	snprint(notetext, sizeof notetext, "%.*s", (int)n, text);
	r = lsys(Lkill, (long)pid, strcmp(notetext, "kill") == 0? (long)Lsigkill: (long)Lsigusr1);
	return r < 0? fail(r): n;
}
