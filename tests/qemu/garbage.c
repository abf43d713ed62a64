/*
 * garbage: every file of every server of the kernel, opened, read, written, changed
 * and removed in every wrong way, and those of /proc/n for a process that is there to be
 * spoiled.
 *
 *	garbage seed
 *
 * Whatever blocks must end at a note.  What may be done may have its effects,
 * on the process and files that are its own; the kernel must be well after it.
 */
#include "hostile.h"
#include <9p.h>

enum {
	Maxdepth = 3,
	Most = 40,		/* files of one directory */
};

static int victim;
static int hold;		/* it ends when this is closed */
static long tries, files, passed;

static int calm(void *u, char *msg)
{
	USED(u);
	alarm(20);	/* should this one have come before the call */
	return strcmp(msg, "kill") != 0;
}

static void soon(void)
{
	tries++;
	alarm(3);
}

/* --- writing --- */
static char *words[] = {
	"", "\n", " ", "0", "-1", "kill", "start", "stop", "startstop", "waitstop", "close -1", "close 99999999999999999999", "closefiles",
	"pri -1", "pri 99", "wired 99", "wired -1", "fixedpri", "period -1s", "deadline 99999999999999999999s", "cost 1ns", "admit", "expel",
	"profile", "startsyscall", "noswap", "hang", "nohang", "private", "trace 9", "event", "va 0 0", "va 0x1000 -1",
	"va 0x7fffffffffff 0xffffffffffffffff", "va 0x20000000 0x1000", "reboot", "halt", "owner sys", "rawon", "rawoff", "notepg 1",
	"notepg -1", "erase", "intr x", "b999999999", "l9 s7", "startclr", "stop 1", "new", "new ramfs", "new ramfs x", "new ramfs ../x",
	"kind ramfs", "conn 0", "conn -1", "name ..", "restore", "commit", "freeze", "thaw", "remove", "post", "post x", "clear 1", "copy 1 2",
	"none@sys@0", "@@", "sys@glenda@key", "a b c d e f g h i j k l m n o p q r s t u v w x y z", "%s%n%d", "\377\376", "'", "''", "' x",
};

static void garbage(int fd)
{
	static uchar big[70000];
	static const vlong offsets[] = { 0, 1, 7, 4095, 1LL<<31, 1LL<<40, 0x7fffffffffffffffLL, -2 };
	uint i;
	long n;

	for(i = 0; i < nelem(words); i++){
		soon();
		if(pwrite(fd, words[i], strlen(words[i]), oneof(3) ? offsets[below(nelem(offsets))] : 0) >= 0)
			passed++;
	}
	for(i = 0; i < 12; i++){
		n = i < 8 ? below(300) : below(sizeof big);
		prng(big, n);
		if(oneof(3))
			memset(big, oneof(2) ? 'a' : '0' + below(10), n);
		soon();
		if(pwrite(fd, big, n, offsets[below(nelem(offsets))]) >= 0)
			passed++;
	}
}

static void readall(int fd)
{
	static uchar big[70000];
	static const vlong offsets[] = { 0, 1, 3, 100, 4095, 1LL<<31, 0x7ffffffff000LL, 0x7fffffffffffffffLL, -2 };
	static const long counts[] = { 0, 1, 7, 127, 128, 4096, 65535, sizeof big };
	uint i, k;

	for(i = 0; i < nelem(counts); i++)
		for(k = 0; k < nelem(offsets); k += 1 + below(3)){
			soon();
			if(pread(fd, big, counts[i], offsets[k]) >= 0)
				passed++;
		}
}

/* --- each file --- */
static void wstats(char *name)
{
	static char *names[] = { "", ".", "..", "a/b", "x", "\001", "ctl" };
	uchar rec[300];
	Dir d;
	int n, i;

	for(i = 0; i < 6; i++){
		nulldir(&d);
		d.name = oneof(2) ? names[below(nelem(names))] : d.name;
		if(oneof(2))
			d.mode = rnd();
		if(oneof(3))
			d.length = rnd();
		if(oneof(3))
			d.uid = d.gid = "glenda";
		soon();
		dirwstat(name, &d);
	}
	n = convD2M(&d, rec, sizeof rec);
	for(i = 0; i < 10; i++){
		rec[below(n)] = rnd();
		soon();
		wstat(name, rec, below(n + 1));
	}
}

static void opened(char *name)
{
	static const int modes[] = {
		OREAD, OWRITE, ORDWR, OEXEC, OREAD|OTRUNC, OWRITE|OTRUNC, ORDWR|ORCLOSE, OREAD|ORCLOSE, OWRITE|OTRUNC|ORCLOSE, 0x80, 0xff,
	};
	uchar stat[1000];
	uint i;
	int fd;

	for(i = 0; i < nelem(modes); i++){
		soon();
		fd = open(name, modes[i]);
		if(fd < 0)
			continue;
		passed++;
		soon();
		fstat(fd, stat, below(sizeof stat));
		if(modes[i] != OWRITE)
			readall(fd);
		if(modes[i] & 3)
			garbage(fd);
		soon();
		close(fd);
	}
	wstats(name);
	soon();
	close(create(name, rnd() & 0xff, rnd()));
}

static void tryfile(char *name)
{
	int pid;

	files++;
	pid = rfork(RFPROC|RFFDG|RFNOTEG|RFNAMEG|RFENVG);
	if(pid == 0){
		tries = passed = 0;
		close(0);
		close(1);
		open("/dev/null", ORDWR);	/* #d has them */
		dup(0, 1);
		dup(0, 2);
		opened(name);
		alarm(0);
		if(tries < 10)
			_exits("few");
		_exits(smprint("%ld %ld", tries, passed));
	}
}

/* what the children did */
static void gather(void)
{
	Waitmsg *w;
	char *s, *f[2];
	int pid;

	while((w = wait()) != nil || failed("interrupted")){
		if(w == nil)
			continue;
		s = strchr(w->msg, ':');
		if(w->pid != victim && s != nil && tokenize(s+1, f, 2) == 2){
			tries += atoi(f[0]);
			passed += atoi(f[1]);
		}
		pid = w->pid;
		free(w);
		if(pid != victim)
			return;
	}
}

/* --- all files --- */
/* none can kill none's processes no more than others': it ends with the pipe, too */
static void makevictim(void)
{
	char c;
	int p[2];

	need(pipe(p) == 0);
	victim = rfork(RFPROC|RFFDG|RFNOTEG|RFNAMEG|RFENVG|RFREND);
	if(victim == 0){
		close(p[1]);
		while(read(p[0], &c, 1) > 0)
			;
		_exits("");
	}
	close(p[0]);
	hold = p[1];
}

/* processes but the victim are others' or the test's own */
static int spared(char *dir, char *name)
{
	return strcmp(dir, "#p") == 0 && atoi(name) != 0;
}

static void walk(char *dir, int depth)
{
	char name[256];
	Dir *d;
	long i, n;
	int fd;

	fd = open(dir, OREAD);
	n = fd < 0 ? 0 : dirreadall(fd, &d);
	close(fd);
	for(i = 0; i < n && i < Most; i++){
		snprint(name, sizeof name, "%s/%s", dir, d[i].name);
		if(spared(dir, d[i].name))
			continue;
		doing = name;
		tryfile(name);
		gather();
		if(d[i].mode & DMDIR && depth < Maxdepth)
			walk(name, depth+1);
	}
	if(n > 0)
		free(d);
	soon();
	close(create(smprint("%s/garbage", dir), OREAD, DMDIR|0777));
	alarm(0);
}

/* of a process: it is made again when the garbage was its end */
static void process(void)
{
	static char *names[] = {
		"args", "ctl", "fd", "fpregs", "kregs", "mem", "note", "noteid", "notepg", "ns", "proc", "profile", "regs",
		"segment", "status", "syscall", "text", "wait", "nothere", "",
	};
	char name[64];
	uint i;

	for(i = 0; i < nelem(names); i++){
		makevictim();
		snprint(name, sizeof name, "#p/%d/%s", victim, names[i]);
		doing = name;
		tryfile(name);
		gather();
		snprint(name, sizeof name, "#p/%d/ctl", victim);
		writefile(name, "start");
		writefile(name, "kill");
		close(hold);
	}
}

static void drivers(void)
{
	static char buf[4096];
	char *line, dir[16];
	Rune r;

	readfile("#c/drivers", buf, sizeof buf);
	for(line = buf; *line == '#'; line = strchr(line, '\n') + 1){
		chartorune(&r, line+1);
		snprint(dir, sizeof dir, "#%C", r);
		if(r != '/' && r != '9')
			walk(dir, 0);
	}
}

int main(int argc, char **argv)
{
	static char *left[] = { "#s/garbage", "#g/garbage", "#e/garbage" };
	Counts was;
	uint i;
	int turn;

	chance = argc > 1 ? strtoull(argv[1], nil, 0) : 1;
	atnotify(calm, 1);
	for(turn = 0; turn < 2; turn++){	/* the first has the kernel keep what it keeps */
		if(turn == 1)
			count(&was);
		drivers();
		process();
		alarm(0);
		for(i = 0; i < nelem(left); i++)
			remove(left[i]);
		while(waitpid() > 0)
			;
	}
	doing = "garbage";
	settled(&was, 64, 96);
	print("%ld files, %ld calls, %ld did something\n", files, tries, passed);
	exits(faults || files < 100 || passed < 1000 ? "failed" : "");
}
