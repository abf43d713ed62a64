/*
 * callfuzz: every system call with every kind of argument, right and wild.
 *
 *	callfuzz run calls workers seed
 *
 * Each worker makes its share of the calls; each call is made from the seed,
 * the worker's number and the call's alone.  Beside each worker runs a racer,
 * a process that shares its memory and descriptors and frees, shrinks, closes and
 * writes what the worker is using.  Calls kill a worker often enough: the keeper
 * starts the next one, which goes on.  A call that neither a note nor a kill
 * ends is a fault, so are a register that a call changes, a byte written
 * beyond the room given, a failure without an error string, and what is
 * still in use in the kernel when all are gone.
 *
 * It prints how many calls of each kind there were, and how many of them got
 * past the checks of addresses, descriptors and numbers.
 */
#include "hostile.h"
#include <9p.h>
#include <sysnum.h>
#include <ureg.h>

enum {
	Maxworker = 8,
	Life = 300,		/* calls of one worker, then a fresh one */
	Page = 4096,
	Narena = 16,		/* pages */
	Nraced = 16,
	Guard = 32,
	Ncall = NSYSCALL + 1,	/* the last: numbers there are not */
};

/* --- what all share --- */
typedef struct Fuzzer Fuzzer;
struct Fuzzer {
	long n;			/* calls begun */
	int pid;
	int racer;
	long token;		/* the racer may do something */
	int call;		/* being made */
	long deaths, killed;
	long all[Ncall], passed[Ncall];
	char fault[256];
};

typedef struct Shared Shared;
struct Shared {
	char pad[Page];		/* what a stray pointer to the beginning hits */
	int done;
	Fuzzer w[Maxworker];
};

static Shared *sh;
static long calls;		/* of each worker */
static u64int seed;
static int nworker;
static Fuzzer *me;
static char self[64];		/* this program's file */
static int spoiled;		/* the note handler changed registers */
static char *names[Ncall] = {
#define X(n, name) [n] = #name,
	SYSCALLS(X)
#undef X
	[0] = "none of them",
};

static void blame(char *what)
{
	if(me->fault[0] == 0 && !spoiled)
		snprint(me->fault, sizeof me->fault, "call %ld, %s: %s", me->n, names[me->call % NSYSCALL], what);
}

/* --- places --- */
static uchar arena[Narena*Page] __attribute__((aligned(Page)));
static uchar *raced;		/* a shared segment that the racer frees */
static uchar *edge;		/* one, after which there is nothing */
static uchar *heap0;		/* where the heap was */
static uchar *heap;		/* a piece of it, which comes and goes */
static long sems[16];

static u64int wildaddr(void)
{
	static const u64int odd[] = {
		0, 1, 8, 0xfff, 0x1000, 0x1fffff, 0x200000,
		0x7fffffffe000, 0x7fffffffefff, 0x7fffffffeff8, 0x7ffffffff000, 0x7fffffffffff,
		0x800000000000, 0x800000000001, 0xdead000000000000, 0x7fffffffffffffff,
		0x8000000000000000, 0xffff7fffffffffff, 0xffff800000000000, 0xffff800000100000,
		0xffffc00000000000, 0xffffffff80000000, 0xffffffff80100000, 0xffffffffc0000000,
		0xffffffffffffe000, 0xfffffffffffff000, 0xfffffffffffffff8, 0xffffffffffffffff,
	};

	switch(below(6)){
	case 0: return rnd();
	case 1: return rnd() & 0x7fffffffffff;
	case 2: return 0xffffffff80000000 | (rnd() & 0xffffff);
	case 3: return (u64int)wildaddr & ~7;	/* text */
	default: return odd[below(nelem(odd))];
	}
}

/* memory of the worker's, or memory that the racer takes away */
static uchar *place(void)
{
	switch(below(8)){
	case 0: return raced + below(Nraced*Page);
	case 1: return heap + below(8*Page);
	case 2: return edge + Page - below(64);
	case 3: return arena + Page*(1 + below(Narena-1)) - below(24);
	default: return arena + below(sizeof arena - 2*Page);
	}
}

/* --- arguments; some come in pairs --- */
static char *paths[] = {
	"/", ".", "..", "/tmp", "/tmp/f0", "/tmp/f1", "/tmp/f2", "/tmp/d", "/tmp/d/x", "/tmp/d/../f0", "/tmp/excl",
	"/tmp/../../tmp/./f1", "/dev/null", "/dev/zero", "/dev/random", "/dev/swap", "/dev/alloc", "/dev/cons", "/dev/reboot",
	"/bin", "/bin/cat", "/bin/nothere", "/proc", "/proc/1/status", "/proc/1/mem", "/proc/trace", "/env", "/env/fuzz",
	"/fd", "/fd/0", "/fd/5ctl", "/srv", "/srv/fuzz", "/mnt", "/n", "#|", "#|/data", "#c/time", "#d/0", "#e", "#e/fuzz2",
	"#p", "#s", "#s/fuzz", "#g", "#g/fuzz", "#g/fuzz/ctl", "#M/status", "#S", "#K/kpctl", "#t/eia0", "#/", "#/usr",
	"#9host", "#\302\244/capuse", "#z", "#", "", "/tmp/\001", "/tmp/\377\376", "/tmp/f0/x", "nothere",
};

static char *words[] = {
	"memory", "shared", "fuzz", "9P2000", "9P2000.u", "", "none", "stop", "close 3", "1 2 3", "va 0x30000000 0x3000",
	"a\nb", "interrupt", "sys: trap", "pri 30", "\377\377\377\377",
};

/* a string somewhere in the arena: a name, a word, a long one, one that does not end before memory does */
static u64int string(int word)
{
	uchar *p;
	char *s;
	long n;

	s = word ? words[below(nelem(words))] : paths[below(nelem(paths))];
	n = strlen(s) + 1;
	p = arena + below(sizeof arena - 3*Page);
	switch(below(24)){
	case 0:	/* the process's own files */
		n = snprint((char*)p, 64, "/proc/%d/%s", getpid(), oneof(2) ? "ctl" : oneof(2) ? "mem" : "status") + 1;
		return (u64int)p;
	case 1:
		n = 8000 + below(400);
		memset(p, oneof(2) ? '/' : 'a', n);
		p[n-1] = 0;
		return (u64int)p;
	case 2:
		p = edge + Page - (n-1);	/* the NUL is not there */
		break;
	case 3:
		p = edge + Page - n;
		break;
	case 4:
		p = raced + below(Nraced*Page - n);
		break;
	}
	memmove(p, s, n - (p + n > edge + Page && p < edge + Page));
	return (u64int)p;
}

static u64int length(void)
{
	static const u64int odd[] = {
		0, 1, 2, 48, 49, 127, 128, 4095, 4096, 4097, 65535, 65536, 1<<20, 0x7fffffff, 0x80000000, 0xffffffff,
		0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
	};

	return oneof(3) ? odd[below(nelem(odd))] : below(2*Page);
}

static u64int offset(void)
{
	static const u64int odd[] = {
		0, 0xffffffffffffffff, 0xfffffffffffffffe, 0x7fffffffffffffff, 0x8000000000000000, 0x100000000, 0xfff, 0x1000,
	};

	return oneof(3) ? odd[below(nelem(odd))] : below(20000);
}

/* a directory entry such as wstat takes, perhaps spoiled; its length is the next argument */
static u64int record(u64int *len)
{
	uchar *p;
	Dir d;

	p = arena + below(sizeof arena - 2*Page);
	nulldir(&d);
	if(oneof(2))
		d.name = paths[below(nelem(paths))];
	if(oneof(2))
		d.mode = rnd();
	if(oneof(3))
		d.length = offset();
	if(oneof(3))
		d.mtime = rnd();
	if(oneof(4))
		d.gid = words[below(nelem(words))];
	*len = convD2M(&d, p, Page);
	if(oneof(3))
		p[below(*len)] ^= 1 << below(8);
	return (u64int)p;
}

static u64int number(void)
{
	return oneof(4) ? rnd() : oneof(2) ? below(8) : 1UL << below(64);
}

/* to the heap, the raced segment or the edge, or between */
static u64int segaddr(void)
{
	switch(below(8)){
	case 0: return 0;
	case 1: return (u64int)edge + Page;
	case 2: return 0x20000000 + below(64)*Page;
	case 3: return (u64int)edge;
	case 4: return (u64int)heap;
	default: return (u64int)raced + below(Nraced)*Page;
	}
}

static u64int argv(void)
{
	u64int *v;
	long i, n;

	v = (u64int*)(arena + below(sizeof arena - 2*Page)/8*8);
	n = below(12);
	for(i = 0; i < n; i++)
		v[i] = oneof(8) ? wildaddr() : string(1);
	v[n] = 0;
	return (u64int)v;
}

/* the pieces of a message; how many is the next argument */
static u64int pieces(u64int *n)
{
	Iopart *v;
	u64int i;

	v = (Iopart*)(arena + below(sizeof arena - 2*Page)/8*8);
	*n = below(6);
	for(i = 0; i < *n; i++)
		v[i] = (Iopart){ oneof(8) ? (void*)wildaddr() : place(), oneof(8) ? number() : 1 + below(Page) };
	if(oneof(8))
		*n = number();
	return (u64int)v;
}

/* what each call takes; argument() says what the letters mean */
static char *const shapes[NSYSCALL] = {
	[SYSrfork] = "r", [SYSexec] = "Xv", [SYSexits] = "w", [SYSawait] = "bn",
	[SYSopen] = "sm", [SYScreate] = "smp", [SYSclose] = "D", [SYSpread] = "dbno", [SYSpwrite] = "dbno",
	[SYSseek] = "doW", [SYSdup] = "dD", [SYSstat] = "sbn", [SYSfstat] = "dbn", [SYSwstat] = "sRn",
	[SYSfwstat] = "dRn", [SYSremove] = "s", [SYSchdir] = "s", [SYSbind] = "ssk", [SYSmount] = "dDsks",
	[SYSunmount] = "ss", [SYSfd2path] = "dbn", [SYSpipe] = "b", [SYSalarm] = "t", [SYSsleep] = "t",
	[SYSnotify] = "f", [SYSnoted] = "k", [SYSerrstr] = "bn", [SYSrendezvous] = "ka",
	[SYSsemacquire] = "lk", [SYSsemrelease] = "lk", [SYStsemacquire] = "lt",
	[SYSsegattach] = "xcgn", [SYSsegdetach] = "g", [SYSsegfree] = "gn", [SYSsegflush] = "gn",
	[SYSsegbrk] = "gg", [SYSbrk] = "h", [SYSfauth] = "ds", [SYSfversion] = "dnwn", [SYSnsec] = "",
	[SYSsendread] = "dPnbn",
};

static int handler(void *u, char *msg);
static void trampoline(void*, char*);

static u64int descriptor(void)
{
	return 3 + below(12);
}

static u64int argument(int letter, u64int *next)
{
	static const int flags[] = { RFNAMEG, RFENVG, RFFDG, RFNOTEG, RFPROC, RFMEM, RFNOWAIT, RFCNAMEG, RFCENVG, RFCFDG, RFREND };

	switch(letter){
	case 'a': return oneof(2) ? (u64int)place() : wildaddr();
	case 'b': return (u64int)place();
	case 'c': return string(1);
	case 'd': return descriptor();
	case 'D': return oneof(3) ? ~0UL : descriptor();
	case 'f': return oneof(4) ? 0 : oneof(8) ? wildaddr() : (u64int)trampoline;
	case 'g': return segaddr();
	case 'h': return (u64int)heap0 + below(16*Page);
	case 'k': return number();
	case 'l': return (u64int)&sems[below(nelem(sems))];
	case 'm': return oneof(4) ? rnd() & 0xff : below(3) | (oneof(4) ? ORCLOSE : 0) | (oneof(4) ? OTRUNC : 0);
	case 'n': return length();
	case 'o': return offset();
	case 'p': return oneof(4) ? rnd() : 0666 | (oneof(4) ? DMDIR : 0) | (oneof(6) ? DMEXCL : 0) | (oneof(6) ? DMAPPEND : 0);
	case 'P': return pieces(next);
	case 'r': return flags[below(nelem(flags))] | flags[below(nelem(flags))] | (oneof(2) ? RFPROC : 0);
	case 'R': return record(next);
	case 's': return string(0);
	case 't': return oneof(4) ? number() : below(2);
	case 'v': return argv();
	case 'w': return string(1);
	case 'W': return below(4);
	case 'x': return oneof(3) ? number() : 0;
	case 'X': return oneof(2) ? (u64int)strcpy((char*)arena, self) : string(0);
	}
	return rnd();
}

/* --- the call --- */
typedef struct Call Call;
struct Call {
	u64int n, a[6];
	long r;
};

/* all registers but rax, rcx and r11 are as they were */
static long rawcall(Call *c)
{
	register u64int r10 __asm__("r10") = c->a[3];
	register u64int r8 __asm__("r8") = c->a[4];
	register u64int r9 __asm__("r9") = c->a[5];
	register u64int r12 __asm__("r12") = 0x1212121212121212;
	register u64int r13 __asm__("r13") = 0x1313131313131313;
	register u64int r14 __asm__("r14") = (u64int)c;
	register u64int r15 __asm__("r15") = 0x1515151515151515;
	u64int rax = c->n, rdi = c->a[0], rsi = c->a[1], rdx = c->a[2], rbx = 0xb0b0b0b0b0b0b0b0;

	__asm__ volatile("syscall" : "+a"(rax), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+b"(rbx), "+r"(r10), "+r"(r8), "+r"(r9),
		"+r"(r12), "+r"(r13), "+r"(r14), "+r"(r15) :: "rcx", "r11", "memory", "cc");
	c = (Call*)r14;
	c->r = rax;
	if(c->n == SYSnoted)
		return rax;
	if(rdi != c->a[0] || rsi != c->a[1] || rdx != c->a[2] || r10 != c->a[3] || r8 != c->a[4] || r9 != c->a[5]
	|| rbx != 0xb0b0b0b0b0b0b0b0 || r12 != 0x1212121212121212 || r13 != 0x1313131313131313 || r15 != 0x1515151515151515)
		blame("a register was changed");
	return rax;
}

/* in the middle of a note: the registers that the process is to have, sometimes spoiled */
static int handler(void *v, char *msg)
{
	u64int *reg;
	Ureg *u;

	USED(msg);
	u = v;
	alarm(3);	/* and another, should the call go on */
	if(!oneof(32))
		return NCONT;
	reg = (u64int*)u + below(sizeof *u/8);
	spoiled = 1;
	*reg = oneof(2) ? wildaddr() : *reg ^ 1UL << below(64);
	return oneof(4) ? (int)below(6) : NCONT;
}

static void trampoline(void *u, char *msg)
{
	noted(handler(u, msg));
}

static int refused(char *err)
{
	static char *const checks[] = {
		"bad address", "fd out of range or not open", "bad arg in system call", "bad system call", "illegal mode",
		"i/o count too small", "i/o count too large", "negative i/o offset", "bogus wstat buffer",
	};
	uint i;

	for(i = 0; i < nelem(checks); i++)
		if(strcmp(err, checks[i]) == 0)
			return 1;
	return 0;
}

/* where room was given for n bytes, what follows stays as it is; nil: not looked at */
static uchar *guarded(Call *c)
{
	uchar *p;
	char *s;
	u64int n;

	s = c->n < NSYSCALL ? shapes[c->n] : "";
	for(n = 0; s[n] != 0 && s[n] != 'b'; n++)
		;
	if(s[n] == 0 || s[n+1] != 'n')
		return nil;
	p = (uchar*)c->a[n];
	if(p < arena || p >= arena + sizeof arena || c->a[n+1] >= (u64int)(arena + sizeof arena - p) - Guard)
		return nil;
	p += c->a[n+1];
	memset(p, 0xa5, Guard);
	return p;
}

static void result(Call *c, uchar *guard)
{
	char err[ERRMAX];
	int i;

	if(guard != nil)
		for(i = 0; i < Guard; i++)
			if(guard[i] != 0xa5)
				blame("it wrote beyond the room given");
	err[0] = 0;
	if(c->r == -1 && c->n != SYSerrstr){
		errstr(err, sizeof err);
		if(err[0] == 0 && c->n != SYSpwrite && c->n != SYSseek)
			blame("it failed and does not say why");
	}
	if(c->r != -1 || !refused(err))
		me->passed[me->call]++;
}

static void make(Call *c)
{
	char *s;
	int i, wild;

	memset(c, 0, sizeof *c);
	c->n = oneof(200) ? rnd() : 1 + below(NSYSCALL-1);
	if((c->n == SYSexits && !oneof(16)) || (c->n == SYSexec && !oneof(4)))
		c->n = SYSpread + below(2);
	me->call = c->n < NSYSCALL && c->n > 0 ? c->n : 0;
	s = me->call != 0 ? shapes[c->n] : "";
	wild = oneof(3);
	for(i = 0; i < 6; i++){
		if(s[0] == 0)
			c->a[i] = rnd();
		else if(wild && oneof(2))
			c->a[i] = oneof(2) ? wildaddr() : rnd();
		else{
			c->a[i] = argument(*s, &c->a[i+1]);
			if(*s == 'R' && !wild){
				i++;
				s++;
			}
		}
		if(s[0] != 0)
			s++;
	}
}

static int mayblock(u64int n)
{
	switch(n){
	case SYSopen: case SYScreate: case SYSpread: case SYSpwrite: case SYSmount: case SYSfauth: case SYSfversion:
	case SYSsleep: case SYSrendezvous: case SYSsemacquire: case SYStsemacquire: case SYSawait: case SYSstat: case SYSunmount:
		return 1;
	}
	return 0;
}

static void onecall(void)
{
	uchar *guard;
	Call c;

	chance = seed ^ (u64int)(me - sh->w) << 48 ^ (u64int)me->n << 8;
	me->n++;
	make(&c);
	me->all[me->call]++;
	guard = guarded(&c);
	if(mayblock(c.n))
		alarm(2);
	if(me->n % 8 == 0)
		semrelease(&me->token, 1);
	if(rawcall(&c) == 0 && c.n == SYSrfork && (c.a[0] & RFPROC))
		_exits("");
	result(&c, guard);
	if(c.n == SYSrfork && c.r == 0 && c.a[0] & (RFCNAMEG|RFCFDG))
		exits("");	/* nothing is left to work with */
}

/* --- workers and racers --- */
static void descriptors(void)
{
	static char *files[] = { "/tmp/f0", "/tmp/f1", "/dev/zero", "/dev/null", "/env/fuzz", "#c/alloc" };
	int p[2], i, fd;

	for(i = 0; i < 3; i++)
		close(i);
	for(i = 0; i < 2; i++)
		open("/dev/null", ORDWR);
	open("/dev/null", OWRITE);
	for(i = 0; (uint)i < nelem(files); i++)
		if((fd = open(files[i], ORDWR)) < 0)
			open(files[i], OREAD);
	open("/tmp", OREAD);
	pipe(p);
	pipe(p);
}

/* until it is killed: whatever is in use becomes something else */
static void race(void)
{
	u64int i;
	int fd;

	for(;;){
		if(semacquire(&me->token, 1) < 0)
			continue;
		for(i = 0; i < 8; i++)
			switch(below(8)){
			case 0: segfree(raced, Nraced*Page); break;
			case 1: segfree(raced + below(Nraced)*Page, Page*(1 + below(4))); break;
			case 2: brk(heap0); break;
			case 3: brk(heap0 + 12*Page); break;
			case 4: memset(raced + below(Nraced)*Page, rnd(), 64); break;
			case 5: close(3 + below(12)); break;
			case 6:
				fd = open(oneof(2) ? "/dev/zero" : "/tmp/f1", ORDWR);
				if(fd > 20)
					close(fd);
				break;
			case 7: dup(3 + below(12), 3 + below(12)); break;
			}
	}
}

static void prepare(void)
{
	raced = segattach(0, "shared", nil, Nraced*Page);
	edge = segattach(0, "shared", (void*)0x30000000, Page);
	heap0 = (uchar*)(((u64int)sbrk(0) + Page - 1) & ~(u64int)(Page-1));
	if((long)raced == -1 || (long)edge == -1 || brk(heap0 + 12*Page) < 0)
		exits("memory");
	heap = heap0 + 2*Page;
	descriptors();
	memset(arena, 'x', sizeof arena);
}

static void work(void)
{
	int i;

	me->pid = getpid();
	rfork(RFNAMEG|RFNOTEG|RFREND|RFFDG);
	atnotify(nil, 0);
	prepare();
	notify(trampoline);
	chance = seed ^ me->n;
	i = rfork(RFPROC|RFMEM|RFNOWAIT);
	if(i == 0)
		race();
	me->racer = i;
	for(i = 0; i < Life && me->n < calls && !spoiled; i++)
		onecall();
	exits("");
}

static void kill(int pid)
{
	char name[64];

	snprint(name, sizeof name, "#p/%d/ctl", pid);
	if(pid > 0 && writefile(name, "kill") < 0 && writefile(name, "start") == 0)
		writefile(name, "kill");
}

/* the keeper of one: starts it again until its calls are made */
static void keep(int i)
{
	int pid;

	me = &sh->w[i];
	while(me->n < calls && me->fault[0] == 0){
		me->token = 0;
		pid = rfork(RFPROC|RFFDG);
		if(pid < 0){
			sleep(1);
			continue;
		}
		if(pid == 0)
			work();
		while(waitpid() >= 0)
			;
		me->deaths++;
		kill(pid);	/* it may be Broken */
		kill(me->racer);
		me->racer = 0;
	}
	exits("");
}

/* a call that goes on and on is noted, then killed, then a fault */
static void watch(void)
{
	static long last[Maxworker], since[Maxworker];
	char name[64];
	Fuzzer *w;
	int i;

	for(i = 0; i < nworker; i++){
		w = &sh->w[i];
		if(w->n != last[i] || w->n >= calls){
			last[i] = w->n;
			since[i] = 0;
			continue;
		}
		since[i]++;
		snprint(name, sizeof name, "#p/%d/note", w->pid);
		if(since[i] >= 10 && since[i] < 50)
			writefile(name, "hurry");
		else if(since[i] == 50){
			w->killed++;
			kill(w->pid);
			kill(w->racer);
		}else if(since[i] == 600)
			snprint(w->fault, sizeof w->fault, "call %ld, %s: cannot be ended", w->n, names[w->call]);
	}
}

static void cleanup(void)
{
	static char *left[] = { "/srv/fuzz", "#g/fuzz", "/env/fuzz", "/env/fuzz2" };
	uint i;

	for(i = 0; i < nelem(left); i++)
		remove(left[i]);
}

static void run(long all, u64int from)
{
	int i, alive;

	memset(sh->w, 0, sizeof sh->w);
	calls = all / nworker;
	seed = from;
	sh->done = 0;
	for(i = 0; i < nworker; i++)
		if(rfork(RFPROC|RFFDG|RFNOTEG) == 0)
			keep(i);
	i = rfork(RFPROC|RFFDG|RFNOWAIT);
	if(i == 0){
		while(!sh->done){
			sleep(100);
			watch();
		}
		_exits("");
	}
	for(alive = nworker; alive > 0; alive--)
		waitpid();
	sh->done = 1;
	cleanup();
}

static void tell(void)
{
	long all[Ncall] = {0}, passed[Ncall] = {0}, n, ok, deaths, killed;
	int i, k;

	n = ok = deaths = killed = 0;
	for(i = 0; i < nworker; i++){
		for(k = 0; k < Ncall; k++){
			all[k] += sh->w[i].all[k];
			passed[k] += sh->w[i].passed[k];
		}
		deaths += sh->w[i].deaths;
		killed += sh->w[i].killed;
		if(sh->w[i].fault[0] != 0){
			print("worker %d: %s\n", i, sh->w[i].fault);
			faults++;
		}
	}
	for(k = 0; k < NSYSCALL; k++){
		print("%-12s %7ld calls %7ld passed\n", names[k], all[k], passed[k]);
		n += all[k];
		ok += passed[k];
		if(all[k] == 0){
			print("never made\n");
			faults++;
		}
	}
	print("%ld calls, %ld passed first checks, %ld %%; %ld workers, %ld killed\n", n, ok, 100*ok/(n + (n == 0)), deaths, killed);
	if(ok*100 < n*30 || n < calls*nworker/10*9)
		faults++;
}

static int calm(void *u, char *msg)
{
	USED(u);
	return strcmp(msg, "kill") != 0;
}

int main(int argc, char **av)
{
	Counts was, now;

	if(argc != 5 || strcmp(av[1], "run") != 0)
		exits("");	/* a worker's exec */
	snprint(self, sizeof self, "%s", av[0]);
	doing = "callfuzz";
	sh = segattach(0, "shared", (void*)0x600000000000, sizeof *sh);
	if((long)sh == -1)
		sysfatal("segment: %r");
	nworker = atoi(av[3]) < Maxworker ? atoi(av[3]) : Maxworker;
	atnotify(calm, 1);
	create("/tmp/d", OREAD, DMDIR|0777);
	print("seed %s\n", av[4]);
	run(2000, strtoull(av[4], nil, 0) + 1);
	count(&was);
	run(strtoll(av[2], nil, 0), strtoull(av[4], nil, 0));
	count(&now);
	was.reserved = now.reserved;	/* ramfs has its files */
	settled(&was, 64, 100);
	tell();
	exits(faults ? "failed" : "");
}
