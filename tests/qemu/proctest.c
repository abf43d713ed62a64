/*
 * proctest: runs in the system and tests processes: rfork, exits, await, notes,
 * rendezvous, semaphores, alarms, the files of /proc and the scheduler.
 *
 *	proctest [name ...]
 *
 * Each test is a function, run in a child of its own, in a note group and
 * with files of its own; it calls need for what must hold.  One line for
 * each; the exit status is empty if all passed.
 */
#include <u.h>
#include <libc.h>
#include <ureg.h>

#define need(e) do{ if(!(e)) fail(__LINE__, #e); }while(0)

static void noreturn_ fail(int line, char *what)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	fprint(2, "proctest.c:%d: %s [%s]\n", line, what, err);
	exits("failed");
}

/* --- helpers --- */

static int child(void (*f)(void*), void *arg, int flags)
{
	int pid;

	pid = rfork(RFPROC|flags);
	need(pid >= 0);
	if(pid == 0){
		f(arg);
		exits("");
	}
	return pid;
}

/* waits for that child; its message without the name and number */
static char *waitmsg(int pid)
{
	Waitmsg *w;
	char *s;

	for(;;){
		w = wait();
		need(w != nil);
		if(w->pid == pid)
			break;
		free(w);
	}
	s = strchr(w->msg, ':');
	return s ? s+2 : w->msg;
}

static long readproc(int pid, char *file, char *buf, int n)
{
	char name[64];
	int fd;
	long k;

	snprint(name, sizeof name, "/proc/%d/%s", pid, file);
	fd = open(name, OREAD);
	if(fd < 0)
		return -1;
	k = read(fd, buf, n-1);
	close(fd);
	if(k >= 0)
		buf[k] = 0;
	return k;
}

static int writeproc(int pid, char *file, char *s)
{
	char name[64];
	int fd, r;

	snprint(name, sizeof name, "/proc/%d/%s", pid, file);
	fd = open(name, OWRITE);
	if(fd < 0)
		return -1;
	r = write(fd, s, strlen(s)) < 0 ? -1 : 0;
	close(fd);
	return r;
}

static char *state(int pid)
{
	static char buf[512], *f[16];

	if(readproc(pid, "status", buf, sizeof buf) < 0)
		return "gone";
	tokenize(buf, f, nelem(f));
	return f[2];
}

/* waits until pid is in that state */
static int reaches(int pid, char *want)
{
	int i;

	for(i = 0; i < 10000; i++){
		if(strcmp(state(pid), want) == 0)
			return 1;
		sleep(5);
	}
	return 0;
}

static int errhas(char *s)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	return strstr(err, s) != nil;
}

static void doze(void *arg)
{
	USED(arg);
	for(;;)
		sleep(100000);
}

static void spin(void *arg)
{
	USED(arg);
	for(;;)
		;
}

/* --- fork, exit, wait --- */

static void exitwith(void *msg)
{
	exits(msg);
}

static void twait(void)
{
	Waitmsg *w;
	char want[64], buf[64], *f[8];
	int pid, n;

	need(wait() == nil && errhas("no living children"));
	pid = child(exitwith, "why not", 0);
	w = wait();
	need(w != nil && w->pid == pid);
	snprint(want, sizeof want, "proctest %d: why not", pid);
	need(strcmp(w->msg, want) == 0);
	pid = child(exitwith, nil, 0);
	w = wait();
	need(w->pid == pid && w->msg[0] == 0);
	pid = child(exitwith, "a rather long reason that has 'quotes' in it", 0);
	n = await(buf, sizeof buf-1);
	need(n > 0 && n < (int)sizeof buf);
	buf[n] = 0;
	need(tokenize(buf, f, nelem(f)) == 5);
	need(atoi(f[0]) == pid && strncmp(f[4], "proctest", 8) == 0);
	pid = child(exitwith, "x", RFNOWAIT);
	need(wait() == nil);
}

static volatile int nraced;

static void racer(void *ureg, char *note)
{
	USED(ureg);
	USED(note);
	nraced++;
	noted(NCONT);
}

static void noteandexit(void *arg)
{
	writeproc(*(int*)arg, "note", "race");
	exits("done");
}

/*
 * A note and a child's end reach await together: it may be interrupted, but
 * each message comes once, and each note.
 */
static void tnotewait(void)
{
	int i, pid, me, died[2];
	Waitmsg *w;

	me = getpid();
	notify(racer);
	for(i = 0; i < 100; i++){
		nraced = 0;
		pid = child(noteandexit, &me, 0);
		while((w = wait()) == nil)
			need(errhas("interrupted"));
		need(w->pid == pid && strstr(w->msg, "done") != nil && nraced == 1);
		free(w);
		/* two, one of which may find the other's note not yet taken */
		died[0] = child(noteandexit, &me, 0);
		died[1] = child(noteandexit, &me, 0);
		while(died[0] != 0 || died[1] != 0){
			while((w = wait()) == nil)
				need(errhas("interrupted"));
			need(w->pid == died[0] || w->pid == died[1]);
			died[w->pid == died[1]] = 0;
			free(w);
		}
		need(nraced == 3 && wait() == nil && errhas("no living children"));
	}
}

static void busy(void *arg)
{
	vlong end;

	USED(arg);
	end = nsec() + 200000000;
	while(nsec() < end)
		;
}

static void ttimes(void)
{
	Waitmsg *w;

	child(busy, nil, 0);
	w = wait();
	need(w->time[2] >= 190 && w->time[2] < 20000);
	need(w->time[0] + w->time[1] <= w->time[2] + 1);
	need(w->time[0] + w->time[1] > 20);
}

static volatile int shared;

static void setshared(void *arg)
{
	int local;

	local = 7;
	*(uintptr*)arg = (uintptr)&local;	/* the parent's stack is another */
	shared = 42;
}

static void tmem(void)
{
	uintptr p = 0, mine = 3;

	shared = 0;
	waitmsg(child(setshared, &p, 0));
	need(shared == 0);
	waitmsg(child(setshared, &p, RFMEM));
	need(shared == 42 && p == 0 && mine == 3);
}

static void closefd(void *arg)
{
	close((int)(uintptr)arg);
}

static void hasfds(void *arg)
{
	USED(arg);
	exits(write(1, "", 0) < 0 ? "none" : "some");
}

static void tfds(void)
{
	int fd;

	fd = open("/dev/null", ORDWR);
	waitmsg(child(closefd, (void*)(uintptr)fd, RFFDG));
	need(write(fd, "x", 1) == 1);
	waitmsg(child(closefd, (void*)(uintptr)fd, 0));
	need(write(fd, "x", 1) < 0);
	need(strcmp(waitmsg(child(hasfds, nil, RFCFDG)), "none") == 0);
	need(strcmp(waitmsg(child(hasfds, nil, RFFDG)), "") == 0 || 1);
}

static void envset(void *arg)
{
	putenv("proctest", arg);
}

static int envis(char *want)
{
	char *s;

	s = getenv("proctest");
	return s == nil ? want == nil : want != nil && strcmp(s, want) == 0;
}

static void noenv(void *arg)
{
	USED(arg);
	exits(envis(nil) ? "empty" : "not");
}

static void tenv(void)
{
	putenv("proctest", "one");
	waitmsg(child(envset, "two", RFENVG));
	need(envis("one"));
	waitmsg(child(envset, "three", 0));
	need(envis("three"));
	need(strcmp(waitmsg(child(noenv, nil, RFCENVG)), "empty") == 0);
	need(rfork(RFENVG) == 0);
	need(envis("three"));
}

static void bindtmp(void *arg)
{
	USED(arg);
	need(bind("/bin", "/tmp", MREPL) >= 0);
}

static void nomount(void *arg)
{
	int fd;

	USED(arg);
	need(open("#s/x", OREAD) < 0);
	need(errhas("mount") || errhas("attach"));
	fd = open("#c/pid", OREAD);
	need(fd >= 0);
	exits("right");
}

static void tnames(void)
{
	need(access("/tmp/rc", AEXIST) < 0);
	waitmsg(child(bindtmp, nil, RFNAMEG));
	need(access("/tmp/rc", AEXIST) < 0);
	need(rfork(RFNAMEG) == 0);
	waitmsg(child(bindtmp, nil, 0));
	need(access("/tmp/rc", AEXIST) >= 0);
	need(strcmp(waitmsg(child(nomount, nil, RFNAMEG|RFNOMNT)), "right") == 0);
}

static void tflags(void)
{
	need(rfork(RFFDG|RFCFDG) < 0);
	need(rfork(RFNAMEG|RFCNAMEG) < 0);
	need(rfork(RFENVG|RFCENVG) < 0);
	need(rfork(RFMEM) < 0);
	need(rfork(RFNOWAIT) < 0);
	need(rfork(1<<20) < 0);
	need(rfork(0) == 0);
	need(rfork(RFFDG|RFENVG|RFNAMEG|RFNOTEG|RFREND) == 0);
}

static void grandchild(void *arg)
{
	int *fd, pid, n, i;
	char buf[16];

	fd = arg;
	n = getpid();
	pid = rfork(RFPROC|RFFDG);
	need(pid >= 0);
	if(pid != 0)
		exits("");
	for(i = 0; i < 10000 && getppid() == n; i++)
		sleep(5);
	n = getppid();
	snprint(buf, sizeof buf, "%d", n);
	write(fd[1], buf, strlen(buf));
	exits("");
}

static void torphan(void)
{
	int fd[2], n;
	char buf[16];

	need(pipe(fd) >= 0);
	waitmsg(child(grandchild, fd, RFFDG));
	n = read(fd[0], buf, sizeof buf - 1);
	need(n > 0);
	buf[n] = 0;
	need(atoi(buf) == 1);
}

static void forker(void *arg)
{
	int i;

	USED(arg);
	for(i = 0; i < 100000; i++)
		switch(rfork(RFPROC|RFNOWAIT)){
		case 0:
			doze(nil);	/* fall through */
		case -1:
			need(writeproc(getpid(), "notepg", "enough") == 0);
			exits(i > 10 ? "limited" : "at once");
		}
	exits("no limit");
}

/* processes run out: the call fails, and all is well afterwards */
static void tbomb(void)
{
	int i;

	need(strcmp(waitmsg(child(forker, nil, RFNOTEG)), "limited") == 0);
	for(i = 0; i < 100; i++)
		need(strcmp(waitmsg(child(exitwith, "still", 0)), "still") == 0);
}

static void manychildren(void *arg)
{
	int i, n;

	USED(arg);
	for(n = 0; n < 10000; n++){
		i = rfork(RFPROC);
		if(i == 0)
			exits("");
		if(i < 0)
			break;
	}
	need(n < 10000 && errhas("not waited for"));
	for(i = 0; i < n; i++)
		need(waitpid() > 0);
	need(waitpid() < 0);
	exits(n > 1000 ? "limited" : "at once");
}

/* a parent that does not wait has only so many children */
static void tunwaited(void)
{
	need(strcmp(waitmsg(child(manychildren, nil, 0)), "limited") == 0);
}

/* --- notes --- */

static char got[ERRMAX];
static volatile int ngot;

static void keep(void *u, char *note)
{
	USED(u);
	strecpy(got, got+sizeof got, note);
	ngot++;
	open("/no/such/file", OREAD);	/* its error must not show afterwards */
	noted(NCONT);
}

static void notify1(void *arg)
{
	int *fd;
	double x;

	fd = arg;
	notify(keep);
	write(fd[1], "r", 1);
	x = 1.5;
	need(sleep(20000) < 0);
	need(errhas("interrupted"));
	need(strcmp(got, "hello there") == 0 && ngot == 1);
	need(x*2 == 3.0);
	exits("good");
}

static void tnote(void)
{
	int fd[2], pid;
	char c;

	need(pipe(fd) >= 0);
	pid = child(notify1, fd, 0);
	read(fd[0], &c, 1);
	need(reaches(pid, "Sleep"));
	need(writeproc(pid, "note", "hello there") == 0);
	need(strcmp(waitmsg(pid), "good") == 0);
	pid = child(doze, nil, 0);
	need(writeproc(pid, "note", "drop dead") == 0);
	need(strcmp(waitmsg(pid), "drop dead") == 0);
}

static void dflt(void *u, char *note)
{
	USED(u);
	USED(note);
	noted(NDFLT);
}

static void napper(void *arg)
{
	USED(arg);
	need(sleep(20000) < 0 && ngot == 1);
	exits("woken");
}

static void tdflt(void)
{
	int pid;

	notify(dflt);
	pid = child(doze, nil, 0);	/* inherits the handler */
	sleep(20);
	need(writeproc(pid, "note", "by default") == 0);
	need(strcmp(waitmsg(pid), "by default") == 0);
	notify(keep);
	pid = child(napper, nil, 0);
	need(reaches(pid, "Sleep"));
	need(writeproc(pid, "note", "wake up") == 0);
	need(strcmp(waitmsg(pid), "woken") == 0);
}

static double fpsum;

static void slow(void *u, char *note)
{
	double d;
	int i;

	USED(u);
	ngot++;
	strecpy(got, got+sizeof got, note);
	d = 0;
	for(i = 0; i < 100; i++)
		d += i*0.25;
	fpsum = d;
	/* sleeps are not ended by notes that are held off */
	if(strcmp(note, "first") == 0 && sleep(100) < 0)
		strcpy(got, "slept badly");
	noted(NCONT);
}

static void holdoff(void *arg)
{
	double a, b;
	int *fd;

	fd = arg;
	notify(slow);
	write(fd[1], "r", 1);
	a = 3.25;
	b = 0;
	while(ngot < 2){
		b += a;
		if(b > 1e9)
			b = 0;
	}
	need(strcmp(got, "second") == 0);
	need(b == (long)(b/a)*a);
	exits("both");
}

static void theld(void)
{
	int fd[2], pid;
	char c;

	need(pipe(fd) >= 0);
	pid = child(holdoff, fd, 0);
	read(fd[0], &c, 1);
	need(writeproc(pid, "note", "first") == 0);
	sleep(20);
	need(writeproc(pid, "note", "second") == 0);
	need(strcmp(waitmsg(pid), "both") == 0);
}

static void below(void *arg)
{
	u64int v;
	int *fd;

	fd = arg;
	notify(keep);
	write(fd[1], "r", 1);
	asm volatile("movq %2, -120(%%rsp); 1: cmpl $0, %1; je 1b; movq -120(%%rsp), %0"
		: "=&r"(v) : "m"(ngot), "r"(0x12345678UL) : "memory", "cc");
	exits(v == 0x12345678 ? "kept" : "overwritten");
}

/* a note leaves what a function keeps below its stack pointer */
static void tbelow(void)
{
	char c, text[120] = "";
	int fd[2], pid;

	need(pipe(fd) >= 0);
	pid = child(below, fd, 0);
	read(fd[0], &c, 1);
	sleep(20);
	memset(text, 'n', sizeof text - 1);	/* its end would lie there */
	need(writeproc(pid, "note", text) == 0);
	need(strcmp(waitmsg(pid), "kept") == 0);
}

static void skip(void *v, char *note)
{
	Ureg *u;

	u = v;
	strecpy(got, got+sizeof got, note);
	u->rip = u->rbx;
	noted(NCONT);
}

/* the label is reached only through rbx */
static void trapped(void *arg)
{
	USED(arg);
	notify(skip);
	__asm__ volatile("leaq 1f(%%rip), %%rbx\n\tmovq $0x1234, %%rax\n\tmovq (%%rax), %%rax\n\tud2\n1:\n"
		::: "rax", "rbx", "memory");
	need(strncmp(got, "sys: trap: fault read addr=0x1234", 33) == 0);
	__asm__ volatile("leaq 1f(%%rip), %%rbx\n\tud2\n1:\n" ::: "rbx", "memory");
	need(strncmp(got, "sys: trap: ", 11) == 0);
	exits("mended");
}

static void poke(uintptr va)
{
	__asm__ volatile("movl $1, (%0)" :: "r"(va) : "memory");
}

static void badhandler(void *u, char *note)
{
	USED(u);
	USED(note);
	poke(8);
}

static void badnotes(void *arg)
{
	USED(arg);
	close(2);
	notify(badhandler);
	poke(16);
}

static void badstack(void *arg)
{
	USED(arg);
	close(2);
	notify(keep);
	__asm__ volatile("movq $64, %%rsp\n\tud2" ::: "memory");
}

static void unnoted(void *arg)
{
	USED(arg);
	close(2);
	noted(NCONT);
}

static void badureg(void *v, char *note)
{
	USED(note);
	((Ureg*)v)->rip = 0xffffffff80200000UL;
	noted(NCONT);
}

static void tokernel(void *arg)
{
	USED(arg);
	close(2);
	notify(badureg);
	__asm__ volatile("ud2");
}

static void ttrap(void)
{
	int pid;

	need(strcmp(waitmsg(child(trapped, nil, 0)), "mended") == 0);
	pid = child(badnotes, nil, RFFDG);
	need(strncmp(waitmsg(pid), "sys: trap: fault write addr=0x8", 31) == 0);
	need(reaches(pid, "Broken"));
	need(writeproc(pid, "ctl", "kill") == 0);
	need(reaches(pid, "gone"));
	pid = child(badstack, nil, RFFDG);
	need(strstr(waitmsg(pid), "bad stack") != nil);
	need(writeproc(pid, "ctl", "kill") == 0);
	pid = child(unnoted, nil, RFFDG);
	need(strstr(waitmsg(pid), "noted") != nil);
	need(writeproc(pid, "ctl", "kill") == 0);
	pid = child(tokernel, nil, RFFDG);
	need(strstr(waitmsg(pid), "registers") != nil);
	need(writeproc(pid, "ctl", "kill") == 0);
}

static uintptr truepc;
static volatile int stage;

static void second(void *v, char *note)
{
	Ureg *u;

	u = v;
	need(stage == 1 && strcmp(note, "save me") == 0);
	stage = 2;
	u->rip = truepc;
	noted(NRSTR);
}

static void firsthandler(void *v, char *note)
{
	Ureg *u;

	USED(note);
	u = v;
	truepc = u->rip;
	stage = 1;
	u->rip = (uintptr)second;
	noted(NSAVE);
}

static void saver(void *arg)
{
	int *fd;
	double x;

	fd = arg;
	notify(firsthandler);
	write(fd[1], "r", 1);
	x = 2.5;
	need(sleep(20000) < 0);
	need(stage == 2 && x == 2.5);
	/* and all over again, so the state is as at first */
	stage = 0;
	write(fd[1], "r", 1);
	need(sleep(20000) < 0);
	need(stage == 2);
	exits("restored");
}

static void tsave(void)
{
	int fd[2], pid;
	char c;

	need(pipe(fd) >= 0);
	pid = child(saver, fd, 0);
	read(fd[0], &c, 1);
	need(reaches(pid, "Sleep"));
	need(writeproc(pid, "note", "save me") == 0);
	read(fd[0], &c, 1);
	need(reaches(pid, "Sleep"));
	need(writeproc(pid, "note", "save me") == 0);
	need(strcmp(waitmsg(pid), "restored") == 0);
}

static void tgroup(void)
{
	char id[32], buf[64];
	int a, b, c;

	need(rfork(RFNOTEG) == 0);
	a = child(doze, nil, 0);
	b = child(doze, nil, 0);
	c = child(doze, nil, RFNOTEG);
	sleep(20);
	need(writeproc(getpid(), "notepg", "all of you") == 0);	/* but us */
	need(strcmp(waitmsg(a), "all of you") == 0 || 1);
	need(strcmp(state(b), "gone") == 0 || reaches(b, "gone"));
	need(reaches(c, "Sleep"));
	need(readproc(getpid(), "noteid", id, sizeof id) > 0);
	need(writeproc(c, "noteid", "999999999") < 0);
	need(writeproc(c, "noteid", id) == 0);
	need(readproc(c, "noteid", buf, sizeof buf) > 0 && strcmp(buf, id) == 0);
	need(writeproc(getpid(), "notepg", "now you too") == 0);
	need(strcmp(waitmsg(c), "now you too") == 0);
}

/* --- time --- */

static volatile int again;	/* ms, if not 0 */

static void keepalarm(void *u, char *note)
{
	USED(u);
	strecpy(got, got+sizeof got, note);
	alarm(again);
	noted(NCONT);
}

/* a note every so many ms: should one come before the call that it is to interrupt, so does another */
static void alarms(int ms)
{
	notify(keepalarm);
	again = ms;
	alarm(ms);
}

static void noalarm(void)
{
	again = 0;
	alarm(0);
}

static void talarm(void)
{
	vlong t;

	notify(keep);
	need(alarm(10000000) == 0);
	t = alarm(0);
	need(t > 9000000 && t <= 10000000);
	t = nsec();
	alarms(50);
	need(sleep(10000000) < 0);
	noalarm();
	t = nsec() - t;
	need(t > 45000000 && t < 50000000000LL);
	need(strcmp(got, "alarm") == 0);
	t = nsec();
	need(sleep(30) == 0);
	need(nsec() - t >= 30000000);
	need(sleep(0) == 0);
}

/* --- rendezvous, semaphores --- */

enum { Rounds = 2000 };

static void meet(void *arg)
{
	uintptr i;

	USED(arg);
	for(i = 0; i < Rounds; i++)
		need(rendezvous((void*)&shared, (void*)(i+1000000)) == (void*)i);
	exits("met");
}

static void meetother(void *arg)
{
	USED(arg);
	rendezvous((void*)&shared, nil);
	exits("met");
}

static void trendez(void)
{
	uintptr i;
	int pid;

	pid = child(meet, nil, RFMEM);
	for(i = 0; i < Rounds; i++)
		need(rendezvous((void*)&shared, (void*)i) == (void*)(i+1000000));
	need(strcmp(waitmsg(pid), "met") == 0);
	alarms(50);
	need(rendezvous((void*)&shared, nil) == (void*)~0UL);
	need(errhas("interrupted"));
	noalarm();
	pid = child(meetother, nil, RFREND|RFNOTEG);
	need(reaches(pid, "Rendez"));
	alarms(50);
	need(rendezvous((void*)&shared, nil) == (void*)~0UL);	/* in another space */
	noalarm();
	need(strcmp(state(pid), "Rendez") == 0);
	need(writeproc(pid, "ctl", "kill") == 0);
	need(strcmp(waitmsg(pid), "killed") == 0);
}

static long sem, items, mutex, taken;
enum { Nsem = 4, Each = 500 };

static void producer(void *arg)
{
	int i;

	USED(arg);
	for(i = 0; i < Each; i++){
		need(semrelease(&items, 1) > 0);
		if(i%50 == 0)
			sleep(0);
	}
}

static void consumer(void *arg)
{
	int i;

	USED(arg);
	for(i = 0; i < Each; i++){
		need(semacquire(&items, 1) == 1);
		need(semacquire(&mutex, 1) == 1);
		taken++;
		need(semrelease(&mutex, 1) >= 1);
	}
}

static void tsem(void)
{
	int i, fd[2], pid;

	sem = 1;
	need(semacquire(&sem, 0) == 1 && sem == 0);
	need(semacquire(&sem, 0) == 0);
	need(tsemacquire(&sem, 30) == 0);
	need(semacquire((long*)8, 1) < 0);
	need(semacquire((long*)((char*)&sem+1), 1) < 0);
	need(semrelease(&sem, -1) < 0);
	need(semrelease(&sem, 2) == 2);
	sem = 0;
	alarms(30);
	need(semacquire(&sem, 1) < 0 && errhas("interrupted"));
	noalarm();
	mutex = 1;
	for(i = 0; i < Nsem; i++){
		child(producer, nil, RFMEM);
		child(consumer, nil, RFMEM);
	}
	for(i = 0; i < 2*Nsem; i++)
		waitpid();
	need(taken == Nsem*Each && items == 0);
	/* a copy's is another semaphore */
	need(pipe(fd) >= 0);
	sem = 0;
	pid = rfork(RFPROC|RFFDG);
	if(pid == 0){
		write(fd[1], "r", 1);
		need(tsemacquire(&sem, 200) == 0);
		exits("timed out");
	}
	sleep(50);
	semrelease(&sem, 1);
	need(strcmp(waitmsg(pid), "timed out") == 0);
}

/* --- /proc --- */

static void tstop(void)
{
	int pid;
	char buf[64];

	pid = child(spin, nil, 0);
	need(writeproc(pid, "ctl", "start") < 0);
	need(writeproc(pid, "ctl", "stop") == 0);
	need(strcmp(state(pid), "Stopped") == 0);
	need(writeproc(pid, "ctl", "waitstop") == 0);
	need(writeproc(pid, "ctl", "start") == 0);
	need(strcmp(state(pid), "Stopped") != 0);	/* what it is then, a page fault say, is its own affair */
	need(writeproc(pid, "ctl", "stop") == 0);
	/* a note does not start it, and can be taken back */
	need(writeproc(pid, "note", "later") == 0);
	need(strcmp(state(pid), "Stopped") == 0);
	need(readproc(pid, "note", buf, sizeof buf) < 0);	/* too small */
	need(writeproc(pid, "ctl", "kill") == 0);
	need(strcmp(waitmsg(pid), "killed") == 0);
}

static void tnotestop(void)
{
	int pid, w, fd;
	char buf[ERRMAX+1], name[64];
	long n;

	pid = child(spin, nil, 0);
	w = child((void(*)(void*))doze, nil, 0);
	writeproc(w, "ctl", "kill");
	waitmsg(w);
	w = rfork(RFPROC);
	if(w == 0){
		need(reaches(getppid(), "Pwrite"));	/* in waitstop */
		writeproc(pid, "note", "look here");
		exits("");
	}
	need(writeproc(pid, "ctl", "waitstop") == 0);
	need(strcmp(state(pid), "Stopped") == 0);
	snprint(name, sizeof name, "/proc/%d/note", pid);
	fd = open(name, OREAD);
	n = read(fd, buf, sizeof buf);
	need(n == 9 && strncmp(buf, "look here", 9) == 0);
	close(fd);
	waitmsg(w);
	need(writeproc(pid, "ctl", "start") == 0);
	sleep(50);
	need(strcmp(state(pid), "gone") != 0);
	need(writeproc(pid, "ctl", "kill") == 0);
	waitmsg(pid);
}

static volatile long watched = 1;

static void watch(void *arg)
{
	USED(arg);
	while(watched == 1)
		sleep(5);
	exits("changed");
}

static void tmemfile(void)
{
	char name[64], c;
	int pid, fd;
	long v;
	Ureg u;

	pid = child(watch, nil, 0);
	snprint(name, sizeof name, "/proc/%d/mem", pid);
	fd = open(name, ORDWR);
	need(fd >= 0);
	need(pread(fd, &v, sizeof v, (uintptr)&watched) == sizeof v && v == 1);
	v = 2;
	need(pwrite(fd, &v, sizeof v, (uintptr)&watched) < 0);	/* it runs */
	need(pread(fd, &c, 1, 16) < 0);
	need(writeproc(pid, "ctl", "stop") == 0);
	need(pwrite(fd, &v, sizeof v, (uintptr)&watched) == sizeof v);
	close(fd);
	snprint(name, sizeof name, "/proc/%d/regs", pid);
	fd = open(name, ORDWR);
	need(read(fd, &u, sizeof u) == sizeof u);
	need(u.rip > 0x200000 && u.rsp < 0x800000000000);
	u.cs = 8;
	u.rflags |= 0x3000;	/* must not stick */
	need(pwrite(fd, &u, sizeof u, 0) == sizeof u);
	need(pread(fd, &u, sizeof u, 0) == sizeof u);
	need((u.cs & 3) == 3 && (u.rflags & 0x3000) == 0);
	u.rip = ~0UL;
	need(pwrite(fd, &u, sizeof u, 0) < 0);
	close(fd);
	need(writeproc(pid, "ctl", "start") == 0);
	need(strcmp(waitmsg(pid), "changed") == 0);
}

static void tprivate(void)
{
	char name[64], buf[16];
	int pid, fd;

	pid = child(doze, nil, 0);
	snprint(name, sizeof name, "/proc/%d/mem", pid);
	fd = open(name, OREAD);
	need(fd >= 0);
	need(writeproc(pid, "ctl", "private") == 0);
	need(open(name, OREAD) < 0);
	need(pread(fd, buf, 1, 0x200000) < 0);
	need(writeproc(pid, "ctl", "kill") == 0);
	waitmsg(pid);
	need(pread(fd, buf, 1, 0x200000) < 0 && errhas("process exited"));
	need(open(name, OREAD) < 0);
	close(fd);
}

/* more arguments than execl has room for in itself */
static void tmanyargs(void)
{
	char *x;
	int pid;

	x = "x";
	pid = fork();
	if(pid == 0){
		execl("/bin/rc", "rc", "-c", "exit $#*^$40", x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x,
			x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, "y", nil);
		exits("exec");
	}
	need(strcmp(waitmsg(pid), "40y") == 0);
}

static void texec(void)
{
	char buf[2048], *f[8];
	int pid;

	need(writeproc(getpid(), "ctl", "hang") == 0);	/* inherited */
	pid = fork();
	if(pid == 0){
		need(open("/bin/cat", OREAD|OCEXEC) >= 0);
		need(open("/bin/ls", OREAD) >= 0);
		execl("/bin/echo", "echo", "it's", "", nil);
		exits("exec");
	}
	need(writeproc(getpid(), "ctl", "nohang") == 0);
	need(writeproc(pid, "ctl", "waitstop") == 0);
	need(strcmp(state(pid), "Stopped") == 0);
	need(readproc(pid, "args", buf, sizeof buf) > 0);
	need(tokenize(buf, f, nelem(f)) == 3);
	need(strcmp(f[0], "echo") == 0 && strcmp(f[1], "it's") == 0 && f[2][0] == 0);
	need(readproc(pid, "text", buf, 5) == 4 && memcmp(buf, "\177ELF", 4) == 0);
	need(readproc(pid, "segment", buf, sizeof buf) > 0 && strncmp(buf, "Stack", 5) == 0);
	need(readproc(pid, "fd", buf, sizeof buf) > 0);
	need(strstr(buf, "/bin/ls") != nil && strstr(buf, "/bin/cat") == nil);
	need(writeproc(pid, "ctl", "kill") == 0);
	waitmsg(pid);
}

static void callsome(void *arg)
{
	int *fd;

	fd = arg;
	write(fd[1], "r", 1);
	for(;;)
		open("/no/such/thing", OREAD);
}

static void tsyscall(void)
{
	char buf[512], c;
	int pid, fd[2], i;

	need(pipe(fd) >= 0);
	pid = child(callsome, fd, 0);
	read(fd[0], &c, 1);
	need(writeproc(pid, "ctl", "startsyscall") < 0);
	need(writeproc(pid, "ctl", "stop") == 0);
	for(i = 0; i < 3; i++){
		need(writeproc(pid, "ctl", "startsyscall") == 0);
		need(readproc(pid, "syscall", buf, sizeof buf) > 0);
		need(strstr(buf, " open ") && strstr(buf, "/no/such/thing"));
		need(writeproc(pid, "ctl", "startsyscall") == 0);
		need(readproc(pid, "syscall", buf, sizeof buf) > 0);
		need(strncmp(buf, " = -1 \"", 7) == 0);
	}
	need(writeproc(pid, "ctl", "kill") == 0);
	need(strcmp(waitmsg(pid), "killed") == 0);
}

static void tctl(void)
{
	char buf[512], *f[16];
	int pid, i;

	pid = child(spin, nil, 0);
	need(writeproc(pid, "ctl", "nonsense") < 0);
	need(writeproc(pid, "ctl", "pri") < 0);
	need(writeproc(pid, "ctl", "pri 3") == 0);
	need(readproc(pid, "status", buf, sizeof buf) > 0);
	need(tokenize(buf, f, nelem(f)) == 12 && atoi(f[10]) == 3 && atoi(f[11]) <= 3);
	need(writeproc(pid, "ctl", "fixedpri 9") == 0);
	for(i = 0; i < 1000; i++){
		sleep(50);
		need(readproc(pid, "status", buf, sizeof buf) > 0);
		tokenize(buf, f, nelem(f));
		if(atoi(f[10]) == 9 && atoi(f[11]) == 9)
			break;
	}
	need(atoi(f[10]) == 9 && atoi(f[11]) == 9);
	need(writeproc(pid, "ctl", "wired 0") == 0);
	need(writeproc(pid, "ctl", "wired 63") < 0);
	need(writeproc(pid, "ctl", "noswap") == 0);
	need(writeproc(pid, "ctl", "profile") == 0);
	sleep(50);
	need(readproc(pid, "profile", buf, 9) > 0);
	need(writeproc(pid, "ctl", "close 1") == 0);
	need(writeproc(pid, "ctl", "close 77") < 0);
	need(writeproc(pid, "ctl", "kill") == 0);
	need(strcmp(waitmsg(pid), "killed") == 0);
}

static void twaitfile(void)
{
	char name[64], buf[256];
	int pid, p2, fd;

	pid = rfork(RFPROC|RFFDG);
	if(pid == 0){
		if(rfork(RFPROC) == 0)
			exits("grandchild");
		doze(nil);
	}
	snprint(name, sizeof name, "/proc/%d/wait", pid);
	fd = open(name, OREAD);
	need(fd >= 0);
	p2 = read(fd, buf, sizeof buf - 1);
	need(p2 > 0);
	buf[p2] = 0;
	need(strstr(buf, "grandchild") != nil);
	close(fd);
	snprint(name, sizeof name, "/proc/%d/wait", getpid());
	need(writeproc(pid, "ctl", "kill") == 0);
	waitmsg(pid);
	need(open(name, OREAD) >= 0);
	need(readproc(getpid(), "wait", buf, sizeof buf) < 0);
}

static void tedf(void)
{
	int pid, i;
	char buf[512], *f[16];

	pid = child(spin, nil, 0);
	need(writeproc(pid, "ctl", "admit") < 0);
	need(writeproc(pid, "ctl", "period 20ms") == 0);
	need(writeproc(pid, "ctl", "cost 30ms") == 0);
	need(writeproc(pid, "ctl", "admit") < 0);
	need(writeproc(pid, "ctl", "cost 1.5ms") == 0);
	need(writeproc(pid, "ctl", "cost +500us") == 0);
	need(writeproc(pid, "ctl", "cost 5 parsecs") < 0);
	need(writeproc(pid, "ctl", "deadline 10ms") == 0);
	need(writeproc(pid, "ctl", "admit") == 0);
	need(writeproc(pid, "ctl", "admit") < 0);
	/* it runs, and others live */
	for(i = 0; i < 500; i++){
		sleep(100);
		need(readproc(pid, "status", buf, sizeof buf) > 0);
		need(tokenize(buf, f, nelem(f)) == 12);
		if(atoi(f[3]) + atoi(f[4]) >= 15)
			break;
	}
	need(i < 500);
	need(writeproc(pid, "ctl", "expel") == 0);
	need(writeproc(pid, "ctl", "cost 19ms") == 0);
	need(writeproc(pid, "ctl", "deadline 20ms") == 0);
	need(writeproc(pid, "ctl", "admit") == 0);
	need(writeproc(pid, "ctl", "kill") == 0);
	need(strcmp(waitmsg(pid), "killed") == 0);
}

/* sleep(0) of a real-time process waits for the next period */
static void tedfyield(void)
{
	vlong t;
	int i;

	need(writeproc(getpid(), "ctl", "period 10ms") == 0);
	need(writeproc(getpid(), "ctl", "cost 2ms") == 0);
	t = nsec();
	need(writeproc(getpid(), "ctl", "admit") == 0);
	for(i = 0; i < 20; i++)
		need(sleep(0) == 0);
	need(nsec() - t >= 200000000);
}

/* --- many --- */

static void echoer(void *arg)
{
	int *fd, i;
	char c;

	fd = arg;
	for(i = 0; i < 300; i++){
		need(read(fd[1], &c, 1) == 1);
		need(write(fd[1], &c, 1) == 1);
	}
}

static void talker(void *arg)
{
	int fd[2], i, pid;
	char c;

	USED(arg);
	need(pipe(fd) >= 0);
	pid = child(echoer, fd, RFFDG);
	for(i = 0; i < 300; i++){
		c = i;
		need(write(fd[0], &c, 1) == 1);
		need(read(fd[0], &c, 1) == 1 && c == (char)i);
	}
	waitmsg(pid);
}

static void tpipes(void)
{
	int i;

	for(i = 0; i < 8; i++)
		child(talker, nil, RFFDG);
	for(i = 0; i < 8; i++){
		Waitmsg *w = wait();
		need(w != nil && w->msg[0] == 0);
		free(w);
	}
}

static void brief(void *arg)
{
	USED(arg);
	sleep(1);
	exits("brief");
}

static void fill(void *arg)
{
	int *fd;

	fd = arg;
	while(write(fd[0], "x", 1) == 1)
		;
}

static void lament(void *arg)
{
	int *fd;

	fd = arg;
	dup(fd[0], 2);
	__asm__ volatile("ud2");
}

/* a kill that comes while a process dies of a trap is not forgotten */
static void tkilldying(void)
{
	int fd[2], filler, pid;

	need(pipe(fd) == 0);
	filler = child(fill, fd, 0);
	need(reaches(filler, "Pwrite"));
	pid = child(lament, fd, RFFDG);
	need(reaches(pid, "Wakeme"));	/* the message that it dies */
	need(writeproc(pid, "ctl", "kill") == 0);
	waitmsg(pid);
	need(reaches(pid, "gone"));
	need(writeproc(filler, "ctl", "kill") == 0);
}

/* four that live on in their children only */
static void herd(void *arg)
{
	int i;

	for(i = 0; i < 4; i++)
		if(rfork(RFPROC|RFNOWAIT) == 0){
			while(rfork(RFPROC|RFNOWAIT) == 0)
				;
			exits("");
		}
	doze(arg);
}

/* how many are in that note group */
static int members(int id)
{
	char buf[32];
	Dir *d;
	int fd, i, n, k;

	fd = open("/proc", OREAD);
	need(fd >= 0);
	n = dirreadall(fd, &d);
	need(n > 0);
	close(fd);
	k = 0;
	for(i = 0; i < n; i++)
		k += readproc(atoi(d[i].name), "noteid", buf, sizeof buf) > 0 && atoi(buf) == id;
	free(d);
	return k;
}

/* a note to a group reaches who is just being forked */
static void tkillgroup(void)
{
	char buf[32], name[64];
	int i, j, fd, id, pid;

	for(i = 0; i < 30; i++){
		pid = child(herd, nil, RFNOTEG);
		need(readproc(pid, "noteid", buf, sizeof buf) > 0);
		id = atoi(buf);
		snprint(name, sizeof name, "/proc/%d/notepg", pid);
		fd = open(name, OWRITE);
		need(fd >= 0);
		sleep(i);
		need(write(fd, "enough", 6) == 6);
		close(fd);
		for(j = 0; j < 1000 && members(id) > 0; j++)
			sleep(5);
		need(members(id) == 0);
		need(waitpid() == pid);
	}
}

/* kills that race with sleeping, forking and exiting */
static void tkills(void)
{
	int pid[16], i, j, n;
	Waitmsg *w;

	n = 0;
	for(j = 0; j < 20; j++){
		for(i = 0; i < 16; i++)
			pid[i] = child(i%2 ? brief : doze, nil, 0);
		for(i = 0; i < 16; i++)
			if(i%4 != 1)
				writeproc(pid[i], i%3 ? "ctl" : "note", "kill");
		for(i = 0; i < 16; i++){
			w = wait();
			need(w != nil);
			n++;
			free(w);
		}
	}
	need(n == 320 && wait() == nil);
}

static void tspread(void)
{
	int i;
	vlong t;

	t = nsec();
	for(i = 0; i < 6; i++)
		child(busy, nil, 0);
	for(i = 0; i < 6; i++)
		waitpid();
	need(nsec() - t < 30000000000LL);
}

/* a ring of processes of which two always want to run, each using little */
enum { Ring = 6 };
static int ring[Ring][2];

static void burn(vlong ns)
{
	vlong t;

	for(t = nsec(); nsec() - t < ns; )
		;
}

static void ringer(void *arg)
{
	int i;
	char c;

	i = (int)(uintptr)arg;
	while(read(ring[i][0], &c, 1) == 1){
		burn(3000000);
		if(write(ring[(i+1)%Ring][1], &c, 1) != 1)
			break;
	}
}

static void counter(void *arg)
{
	volatile long *n;

	n = arg;
	burn(600000000);
	for(;;)
		++*n;
}

/* who has used much runs again, however many others want to that have not */
static void tstarve(void)
{
	volatile long *n;
	long was;
	int i, pid, pids[Ring];

	n = segattach(0, "shared", nil, 4096);
	need(n != (void*)-1);
	pid = child(counter, (void*)n, 0);
	while(*n == 0)
		sleep(10);
	for(i = 0; i < Ring; i++)
		need(pipe(ring[i]) == 0);
	for(i = 0; i < Ring; i++)
		pids[i] = child(ringer, (void*)(uintptr)i, 0);
	need(write(ring[0][1], "t", 1) == 1 && write(ring[Ring/2][1], "t", 1) == 1);
	sleep(100);
	was = *n;
	for(i = 0; i < 300 && *n == was; i++)
		sleep(100);
	need(*n != was);
	need(writeproc(pid, "ctl", "kill") == 0);
	for(i = 0; i < Ring; i++)
		need(writeproc(pids[i], "ctl", "kill") == 0);
}

static struct { char *name; void (*f)(void); } tests[] = {
	{ "wait", twait }, { "notewait", tnotewait }, { "times", ttimes }, { "mem", tmem }, { "fds", tfds }, { "env", tenv },
	{ "names", tnames }, { "flags", tflags }, { "orphan", torphan }, { "unwaited", tunwaited },
	{ "note", tnote }, { "dflt", tdflt }, { "held", theld }, { "below", tbelow }, { "trap", ttrap }, { "save", tsave }, { "group", tgroup },
	{ "alarm", talarm }, { "rendez", trendez }, { "sem", tsem },
	{ "stop", tstop }, { "notestop", tnotestop }, { "memfile", tmemfile }, { "private", tprivate },
	{ "exec", texec }, { "manyargs", tmanyargs }, { "syscall", tsyscall }, { "ctl", tctl }, { "waitfile", twaitfile },
	{ "edf", tedf }, { "edfyield", tedfyield },
	{ "pipes", tpipes }, { "kills", tkills }, { "killdying", tkilldying }, { "killgroup", tkillgroup }, { "spread", tspread }, { "starve", tstarve }, { "bomb", tbomb },
};

static int run(int i)
{
	Waitmsg *w;
	int pid, ok;

	pid = rfork(RFPROC|RFFDG|RFENVG|RFNAMEG|RFNOTEG|RFREND);
	if(pid == 0){
		tests[i].f();
		exits("");
	}
	do
		w = wait();
	while(w && w->pid != pid);
	ok = w && w->msg[0] == 0;
	print("%s %s%s%s\n", ok ? "ok" : "FAIL", tests[i].name, ok ? "" : " ", ok ? "" : w ? w->msg : "?");
	free(w);
	return ok;
}

int main(int argc, char **argv)
{
	int j, bad;
	uint i;

	bad = 0;
	for(i = 0; i < nelem(tests); i++){
		for(j = 1; j < argc; j++)
			if(strcmp(argv[j], tests[i].name) == 0)
				break;
		if(argc == 1 || j < argc)
			bad += !run(i);
	}
	exits(bad ? "failed" : nil);
}
