/*
 * ops.c: what a user's operations cost, in guest instructions: under QEMU's
 * -icount shift=0 the time stamp counter counts them.  Each row runs its
 * operation often enough that start and end do not matter, three times, and
 * prints the median of the three and the spread of all, per operation.
 *
 *	ops userfile [row ...]
 *
 * userfile is a file of at least 1 MiB in the server to be measured as the
 * user server: the shipped ramfs, mounted.
 */
#include <u.h>
#include <libc.h>

typedef struct Row Row;
struct Row {
	char *name;
	int rounds;
	void (*run)(int n);
	void (*before)(void);
};

static char *userfile;
static int fd = -1;
static char buf[1<<20];

static u64int ticks(void)
{
	u32int lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (u64int)hi<<32 | lo;
}

static void must(int ok, char *what)
{
	if(!ok)
		sysfatal("%s: %r", what);
}

/* a call that does nothing: it sets no alarm */
static void null(int n)
{
	while(n-- > 0)
		alarm(0);
}

static int ping[2], pong[2];

static void pipepeer(void)
{
	char c;

	while(read(ping[1], &c, 1) == 1 && write(pong[1], &c, 1) == 1)
		;
	_exits(nil);
}

static void pipebefore(void)
{
	must(pipe(ping) == 0 && pipe(pong) == 0, "pipe");
	if(fork() == 0){
		close(ping[0]);
		pipepeer();
	}
	close(ping[1]);
	close(pong[1]);
}

static void piperound(int n)
{
	char c = 'x';

	while(n-- > 0)
		must(write(ping[0], &c, 1) == 1 && read(pong[0], &c, 1) == 1, "pipe");
}

static void forkwait(int n)
{
	while(n-- > 0){
		if(rfork(RFPROC|RFFDG) == 0)
			_exits(nil);
		free(wait());
	}
}

static void execwait(int n)
{
	while(n-- > 0){
		if(rfork(RFPROC|RFFDG) == 0){
			execl("/tmp/tiny", "tiny", nil);
			_exits("exec");
		}
		free(wait());
	}
}

static void faults(int n)
{
	char *p = segattach(0, "memory", nil, (ulong)n * 4096);
	int i;

	must(p != (char*)-1, "segattach");
	for(i = 0; i < n; i++)
		p[(ulong)i * 4096] = 1;
	segdetach(p);
}

static void kernopen(int n)
{
	int f;

	while(n-- > 0){
		f = open("/proc/1/status", OREAD);
		must(f >= 0, "open");
		close(f);
	}
}

static void kernstat(int n)
{
	uchar d[512];

	while(n-- > 0)
		must(stat("/proc/1/status", d, sizeof d) > 0, "stat");
}

static void useropened(void)
{
	fd = open(userfile, OREAD);
	must(fd >= 0, userfile);
}

static void readn1(int n, long size)
{
	while(n-- > 0)
		must(pread(fd, buf, size, 0) == size, "read");
}

static void read1(int n) { readn1(n, 1); }
static void read4k(int n) { readn1(n, 4096); }
static void read64k(int n) { readn1(n, 65536); }
static void read1m(int n) { readn1(n, 1<<20); }

static void userstat(int n)
{
	uchar d[512];

	while(n-- > 0)
		must(stat(userfile, d, sizeof d) > 0, "stat");
}

static void useropen(int n)
{
	int f;

	while(n-- > 0){
		f = open(userfile, OREAD);
		must(f >= 0, "open");
		close(f);
	}
}

static Row rows[] = {
	{"null system call", 10000, null, nil},
	{"pipe round trip, 1 byte, 2 processes", 10000, piperound, pipebefore},
	{"fork, exit, wait", 2000, forkwait, nil},
	{"fork, exec, wait, tiny static program", 1000, execwait, nil},
	{"anonymous page fault, 4 KiB", 10000, faults, nil},
	{"kernel file: open + close, 3-part path", 10000, kernopen, nil},
	{"kernel file: stat(path)", 10000, kernstat, nil},
	{"user server: read 1 byte", 10000, read1, useropened},
	{"user server: read 4 KiB", 10000, read4k, useropened},
	{"user server: read 64 KiB", 1000, read64k, useropened},
	{"user server: read 1 MiB", 100, read1m, useropened},
	{"user server: stat(path)", 5000, userstat, nil},
	{"user server: open + close", 5000, useropen, nil},
};

static int longcmp(const void *a, const void *b)
{
	long x = *(long*)a, y = *(long*)b;

	return (x > y) - (x < y);
}

static void measure(Row *r)
{
	u64int t;
	long cost[3];
	int i;

	if(r->before != nil)
		r->before();
	r->run(r->rounds/10 + 1);	/* so that everything is there */
	for(i = 0; i < 3; i++){
		t = ticks();
		r->run(r->rounds);
		cost[i] = (ticks() - t) / r->rounds;
	}
	qsort(cost, 3, sizeof cost[0], longcmp);
	print("%-40s %9ld  %ld.%ld%%\n", r->name, cost[1],
		(cost[2]-cost[0])*100/cost[1], (cost[2]-cost[0])*1000/cost[1]%10);
	if(fd >= 0)
		close(fd);
	fd = -1;
}

int main(int argc, char **argv)
{
	uint i;
	int j;

	if(argc < 2)
		sysfatal("usage: ops userfile [row ...]");
	userfile = argv[1];
	for(i = 0; i < nelem(rows); i++){
		if(argc == 2)
			measure(&rows[i]);
		for(j = 2; j < argc; j++)
			if(strstr(rows[i].name, argv[j]) != nil)
				measure(&rows[i]);
	}
	exits(nil);
}
