/*
 * ops.c: what a user's operations cost, in guest instructions: under QEMU's
 * -icount shift=0 the time stamp counter counts them.  Each row runs its
 * operation often enough that start and end do not matter, and prints its
 * name, the cost of one operation and how many were counted, with tabs between.
 * The same source runs in Pintle and in Linux; os.h of their folders has the
 * calls.
 *
 *	ops			the time stamp counter, as the row of power-on
 *	ops userfile [row ...]	the rows, or those whose names have one of the texts in them
 *
 * userfile is a file of at least 1 MiB in the server to be measured as the
 * user server.  Around what is counted lie marks, instructions that do
 * nothing, for QEMU's plugin (tools/tcg.c) to take the time.
 */
#include "os.h"
#include "row.h"

static int fd = -1;
static char buf[1<<20];
static char *userfile;

static u64int ticks(void)
{
	u32int lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (u64int)hi<<32 | lo;
}

#define mark(n) __asm__ volatile(".byte 0x0f,0x1f,0x80," #n ",'M','R','K'")

void must(int ok, char *what)
{
	if(!ok)
		osfatal(what);
}

static void null(int n)
{
	while(n-- > 0)
		osnull();
}

static int ping[2], pong[2];

static void pipepeer(void)
{
	char c;

	while(read(ping[0], &c, 1) == 1 && write(pong[1], &c, 1) == 1)
		;
	osexit(0);
}

static void pipebefore(char *file)
{
	(void)file;
	must(pipe(ping) == 0 && pipe(pong) == 0, "pipe");
	if(osfork() == 0){
		close(ping[1]);
		pipepeer();
	}
	close(ping[0]);
	close(pong[1]);
}

static void piperound(int n)
{
	char c = 'x';

	while(n-- > 0)
		must(write(ping[1], &c, 1) == 1 && read(pong[0], &c, 1) == 1, "pipe");
}

static void forkwait(int n)
{
	while(n-- > 0){
		if(osfork() == 0)
			osexit(0);
		oswait();
	}
}

static void execwait(int n)
{
	while(n-- > 0){
		if(osfork() == 0){
			osexec("/tmp/tiny");
			osexit(1);
		}
		oswait();
	}
}

static void faults(int n)
{
	char *p = osmem((usize)n * 4096);
	int i;

	must(p != nil, "memory");
	for(i = 0; i < n; i++)
		p[(usize)i * 4096] = 1;
	osmemfree(p, (usize)n * 4096);
}

static void kernopen(int n)
{
	int f;

	while(n-- > 0){
		f = osopen("/proc/1/status");
		must(f >= 0, "open");
		close(f);
	}
}

static void kernstat(int n)
{
	while(n-- > 0)
		must(osstat("/proc/1/status"), "stat");
}

static void useropened(char *file)
{
	fd = osopen(file);
	must(fd >= 0, file);
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
	while(n-- > 0)
		must(osstat(userfile), "stat");
}

static void useropen(int n)
{
	int f;

	while(n-- > 0){
		f = osopen(userfile);
		must(f >= 0, "open");
		close(f);
	}
}

/* --- TCP: a child at the other end, on the same machine --- */

static int line = -1;		/* the connection, or the announcement */
static int peer;

static void silence(void)
{
	if(peer > 0){
		osend(peer);
		close(line);
	}
	peer = 0;
}

/* a child that calls us, and what it does with the connection */
static void called(void (*f)(int))
{
	int l, c;

	silence();
	l = osannounce();
	must(l >= 0, "announce");
	peer = osfork();
	if(peer == 0){
		c = osdial();
		must(c >= 0, "dial");
		f(c);
		osexit(0);
	}
	line = osaccept(l);
	must(line >= 0, "accept");
	close(l);
}

static void echo(int c)
{
	char b;

	while(read(c, &b, 1) == 1 && write(c, &b, 1) == 1)
		;
}

void echobefore(char *file)
{
	(void)file;
	called(echo);
}

void tcpround(int n)
{
	char c = 'x';

	while(n-- > 0)
		must(write(line, &c, 1) == 1 && read(line, &c, 1) == 1, "tcp");
}

/* n KiB in writes of 64 KiB, after their number; a byte comes back when all are there */
static void sink(int c)
{
	long left, k;
	u32int n;

	while(read(c, &n, sizeof n) == sizeof n){
		for(left = (long)n << 10; left > 0; left -= k){
			k = read(c, buf, left < 65536 ? left : 65536);
			must(k > 0, "tcp");
		}
		must(write(c, "", 1) == 1, "tcp");
	}
}

void streambefore(char *file)
{
	(void)file;
	called(sink);
}

void tcpstream(int n)
{
	u32int kib;
	char c;

	n = (n + 63) & ~63;
	kib = n;
	must(write(line, &kib, sizeof kib) == sizeof kib, "tcp");
	for(; n > 0; n -= 64)
		must(write(line, buf, 65536) == 65536, "tcp");
	must(read(line, &c, 1) == 1, "tcp");
}

/* a child that answers calls, and hangs up at once */
void callbefore(char *file)
{
	int c;

	(void)file;
	silence();
	line = osannounce();
	must(line >= 0, "announce");
	peer = osfork();
	if(peer == 0)
		while((c = osaccept(line)) >= 0)
			close(c);
	must(peer > 0, "fork");
}

void tcpcall(int n)
{
	char b;
	int c;

	while(n-- > 0){
		c = osdial();
		must(c >= 0 && read(c, &b, 1) == 0, "call");
		close(c);
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
	{"TCP loopback round trip, 1 byte", 5000, tcpround, echobefore},
	{"TCP connect + accept + close", 1000, tcpcall, callbefore},
	{"TCP loopback stream, per KiB, 64 KiB writes", 16384, tcpstream, streambefore},
	{nil, 0, nil, nil},
};

static void measure(Row *r)
{
	u64int t;

	if(r->before != nil)
		r->before(userfile);
	r->run(r->rounds/10 + 1);	/* so that everything is there */
	t = ticks();
	mark(1);
	r->run(r->rounds);
	mark(2);
	t = ticks() - t;
	osprint("%s\t%ld\t%d\n", r->name, (long)((t + r->rounds/2) / r->rounds), r->rounds);
	if(fd >= 0)
		close(fd);
	fd = -1;
}

static int wanted(char *name, char **pattern)
{
	if(*pattern == nil)
		return 1;
	for(; *pattern != nil; pattern++)
		if(strstr(name, *pattern) != nil)
			return 1;
	return 0;
}

static void measureall(Row *r, char **pattern)
{
	for(; r->name != nil; r++)
		if(wanted(r->name, pattern))
			measure(r);
}

int main(int argc, char **argv)
{
	if(argc < 2){
		osprint("power-on to shell prompt\t%ld\t1\n", (long)ticks());
		osexit(0);
	}
	userfile = argv[1];
	measureall(rows, argv+2);
	measureall(osrows, argv+2);
	silence();
	osexit(0);
}
