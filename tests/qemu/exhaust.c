/*
 * exhaust: takes of everything as much as there is, and does each thing a great
 * many times.  What it took must be back afterwards, by the counts of
 * the system's files.
 *
 *	exhaust limits [name ...]	take until refused; an error to who asks, nothing else
 *	exhaust cycles n [name ...]	do each n times: nothing grows
 *	exhaust hold name		take all, say so on standard output, and keep it until killed
 *
 * It needs a ramfs of its own on /tmp.
 */
#include "hostile.h"

typedef struct Case Case;
struct Case {
	char *name;
	void (*f)(long);
	long arg;
	char *err;	/* limits: part of the error that is due; nil: any */
};

static long taken;
static int done[2];		/* a pipe: a limit was reached */

/* --- taking --- */

/* the children wait; what was refused ends the taking */
static void bomb(long flags)
{
	int pid;

	while((pid = rfork(RFPROC|flags)) > 0)
		taken++;
	if(pid == 0)
		for(;;)
			sleep(100000);
}

/* each child forks as well */
static void tree(long flags)
{
	int pid;

	for(;;){
		pid = rfork(RFPROC|flags);
		if(pid < 0)
			return;
		taken++;
		if(pid == 0 && taken > 4000)
			return;
	}
}

static void descriptors(long arg)
{
	USED(arg);
	while(dup(0, -1) >= 0)
		taken++;
}

static void pipes(long n)
{
	static char data[4096];
	int p[2];

	while(pipe(p) >= 0){
		taken++;
		if(n > 0 && write(p[0], data, n) < 0)
			return;
	}
}

static void elements(long flag)
{
	while(bind("/dev", "/mnt", flag) >= 0)
		taken++;
}

/* directories bound one on the other, each seen through the last */
static void nested(long arg)
{
	char name[64];

	USED(arg);
	if(chdir("/tmp") < 0)
		return;
	for(;;){
		snprint(name, sizeof name, "x%ld", taken);
		close(create(name, OREAD, DMDIR|0777));
		if(bind("/tmp", name, MREPL|MCREATE) < 0 || chdir(name) < 0)
			return;
		taken++;
	}
}

static void deep(long arg)
{
	int fd;

	USED(arg);
	if(chdir("/tmp") < 0)
		return;
	for(; taken < 3000; taken++){
		fd = create("deeper", OREAD, DMDIR|0777);
		close(fd);
		if(chdir("deeper") < 0)
			return;
	}
	werrstr("deep enough");
}

static void mounts(long arg)
{
	int p[2];

	USED(arg);
	for(;;){
		if(pipe(p) < 0)
			return;
		switch(rfork(RFPROC|RFFDG)){
		case -1:
			return;
		case 0:
			dup(p[0], 0);
			dup(p[0], 1);
			close(p[0]);
			close(p[1]);
			execl("/bin/ramfs", "ramfs", "-i", nil);
			_exits("ramfs");
		}
		close(p[0]);
		if(mount(p[1], -1, "/mnt", MAFTER, "") < 0)
			return;
		close(p[1]);
		taken++;
	}
}

static void segments(long arg)
{
	USED(arg);
	while((long)segattach(0, "shared", nil, 4096) != -1)
		taken++;
}

static void bigsegments(long arg)
{
	char *p;
	long i;

	USED(arg);
	for(;;){
		for(i = 0; i < 8 && (p = segattach(0, "memory", nil, 1<<20)) != (char*)-1; i++){
			memset(p, 1, 1<<20);
			taken++;
		}
		if(i < 8 || rfork(RFPROC) < 0)
			return;
	}
}

static void memory(long arg)
{
	char *p;

	USED(arg);
	while((p = sbrk(1<<16)) != (char*)-1){
		memset(p, 1, 1<<16);
		taken++;
	}
}

static void named(long size)
{
	char name[64], text[64];
	int fd;

	for(;; taken++){
		snprint(name, sizeof name, "#g/x%ld", taken);
		fd = create(name, OREAD, DMDIR|0700);
		if(fd < 0)
			return;
		close(fd);
		snprint(name, sizeof name, "#g/x%ld/ctl", taken);
		snprint(text, sizeof text, "va 0x20000000 %ld", size);
		if(writefile(name, text) < 0)
			return;
	}
}

static void posts(long arg)
{
	char name[64];
	int fd;

	USED(arg);
	for(;; taken++){
		snprint(name, sizeof name, "#s/x%ld", taken);
		fd = create(name, OWRITE, 0600);
		if(fd < 0 || fprint(fd, "0") < 0)
			return;
		close(fd);
	}
}

static void variables(long size)
{
	static char data[65536];
	char name[64];
	int fd;

	rfork(RFCENVG);
	for(;; taken++){
		snprint(name, sizeof name, "/env/x%ld", taken);
		fd = create(name, OWRITE, 0600);
		if(fd < 0 || write(fd, data, size) != size)
			return;
		close(fd);
	}
}


static void waiters(long rendez)
{
	static long sem;
	int pid;

	while((pid = rfork(RFPROC|RFMEM)) > 0)
		taken++;
	while(pid == 0)
		if(rendez)
			rendezvous((void*)(uintptr)getpid(), 0);
		else
			semacquire(&sem, 1);
}

static void notes(long arg)
{
	char name[64], err[ERRMAX];
	int pid;

	USED(arg);
	pid = rfork(RFPROC);
	if(pid == 0)
		for(;;)
			sleep(100000);
	snprint(name, sizeof name, "#p/%d/ctl", pid);
	while(writefile(name, "stop") < 0)
		;
	snprint(name, sizeof name, "#p/%d/note", pid);
	while(writefile(name, "many") >= 0)
		taken++;
	rerrstr(err, sizeof err);
	snprint(name, sizeof name, "#p/%d/ctl", pid);	/* there is no room for a note to end it */
	writefile(name, "kill");
	werrstr("%s", err);
}

static Case limits[] = {
	{ "fork", bomb, 0, "" },
	{ "forkfd", bomb, RFFDG, "" },
	{ "forkmem", bomb, RFMEM, "" },
	{ "forkname", bomb, RFNAMEG|RFENVG|RFREND, "" },
	{ "forkclean", bomb, RFCNAMEG|RFCENVG|RFCFDG|RFNOWAIT, "" },
	{ "tree", tree, 0, "" },
	{ "treefd", tree, RFFDG|RFNOWAIT, "" },
	{ "descriptors", descriptors, 0, "no free file descriptors" },
	{ "pipes", pipes, 0, "" },
	{ "filledpipes", pipes, 4000, "" },
	{ "before", elements, MBEFORE, "too many mounts" },
	{ "after", elements, MAFTER, "too many mounts" },
	{ "nested", nested, 0, "" },
	{ "deep", deep, 0, "" },
	{ "mounts", mounts, 0, "" },
	{ "segments", segments, 0, "too many segments" },
	{ "bigsegments", bigsegments, 0, "" },
	{ "memory", memory, 0, "memory" },
	{ "named", named, 4096, "" },
	{ "namedbig", named, 8<<20, "" },
	{ "posts", posts, 0, "too many" },
	{ "variables", variables, 10, "" },
	{ "bigvariables", variables, 60000, "" },
	{ "semaphores", waiters, 0, "" },
	{ "rendezvous", waiters, 1, "" },
	{ "notes", notes, 0, "" },
};

static void killgroup(int pid)
{
	char name[64];

	snprint(name, sizeof name, "#p/%d/notepg", pid);
	writefile(name, "kill");
}

static void clean(void)
{
	static char *dirs[] = { "#s", "#g", "/tmp", "/env" };
	char name[300];
	Dir *d;
	long n, k;
	uint i;
	int fd;

	for(i = 0; i < nelem(dirs); i++){
		fd = open(dirs[i], OREAD);
		n = fd < 0 ? 0 : dirreadall(fd, &d);
		close(fd);
		for(k = 0; k < n; k++)
			if(d[k].name[0] == 'x'){
				snprint(name, sizeof name, "%s/%s", dirs[i], d[k].name);
				remove(name);
			}
		if(n > 0)
			free(d);
	}
}

/* /tmp/deeper/deeper/..., /tmp/d: from the inside */
static void cleandeep(void)
{
	chdir("/tmp");
	while(chdir("deeper") >= 0)
		;
	do
		remove("deeper");
	while(chdir("..") >= 0 && access("deeper", AEXIST) >= 0);
	chdir("/tmp");
	remove("deeper");
	chdir("/");
}

/* in a child with a group, files and a name space of its own, so that all can be killed */
static void limit(Case *c)
{
	char why[ERRMAX + 64];
	vlong procs;
	int pid;
	long n;

	procs = entries("#p");
	need(pipe(done) == 0);
	pid = rfork(RFPROC|RFFDG|RFNOTEG|RFNAMEG|RFENVG|RFREND);
	need(pid >= 0);
	if(pid == 0){
		close(done[0]);
		pid = getpid();
		c->f(c->arg);
		rerrstr(why, ERRMAX);
		if(pid == getpid())
			fprint(done[1], "%ld: %r", taken);
		for(;;)
			sleep(100000);
	}
	close(done[1]);
	n = read(done[0], why, sizeof why - 1);
	why[n > 0 ? n : 0] = 0;
	print("%-14s %s\n", c->name, why);
	need(n > 0 && strstr(why, c->err) != nil && strstr(why, ": ") != nil);
	killgroup(pid);
	while(waitpid() > 0)
		;
	while(entries("#p") > procs)	/* the others of the group */
		sleep(10);
	close(done[0]);
	cleandeep();
	clean();
}

/* --- cycles --- */
static void openclose(long i)
{
	USED(i);
	close(open("/tmp/f", OREAD));
}

static void createremove(long i)
{
	char name[64];

	snprint(name, sizeof name, "/tmp/c%ld", i % 7);
	close(create(name, ORDWR, 0666));
	need(remove(name) >= 0);
}

static void exclusive(long i)
{
	int fd;

	USED(i);
	fd = create("/tmp/excl", ORDWR, DMEXCL|0666);
	need(fd >= 0 && open("/tmp/excl", ORDWR) < 0);
	close(fd);
	fd = open("/tmp/excl", ORDWR);
	need(fd >= 0);
	close(fd);
}

static void rclose(long i)
{
	Dir *d;
	int fd;

	USED(i);
	fd = create("/tmp/rclose", ORDWR|ORCLOSE, 0666);
	need(fd >= 0);
	close(fd);
	d = dirstat("/tmp/rclose");
	need(d == nil);
}

static void stats(long i)
{
	Dir *d, nd;

	d = dirstat(i & 1 ? "/tmp/f" : "/dev/null");
	need(d != nil);
	free(d);
	nulldir(&nd);
	nd.mtime = i;
	need(dirwstat("/tmp/f", &nd) >= 0);
}

static void failures(long i)
{
	static char *names[] = { "/nothere", "/tmp/nothere/x", "/tmp/f/x", "/dev/cons", "#z", "#g/nothere/ctl", "/proc/0/ctl", "/srv/x" };

	need(open(names[i % nelem(names)], ORDWR) < 0);
	need(chdir("/tmp/f") < 0);
	need(bind("/nothere", "/mnt", 0) < 0);
	need(fd2path(1000, nil, 0) < 0);
}

static void pipecycle(long i)
{
	char c;
	int p[2];

	need(pipe(p) == 0);
	if(i & 1)
		need(write(p[0], "x", 1) == 1 && read(p[1], &c, 1) == 1);
	else
		write(p[0], "left", 4);
	close(p[0]);
	close(p[1]);
}

static void bindcycle(long i)
{
	need(bind("/tmp", "/mnt", i & 1 ? MREPL : MAFTER) >= 0);
	need(unmount(nil, "/mnt") >= 0);
}

static void mountcycle(long i)
{
	int fd;

	USED(i);
	fd = open("#s/exhaust", ORDWR);
	need(fd >= 0 && mount(fd, -1, "/mnt", MREPL, "") >= 0);
	close(fd);
	need(access("/mnt/f", AEXIST) >= 0);
	need(unmount(nil, "/mnt") >= 0);
}

static void forkcycle(long i)
{
	static const int flags[] = { 0, RFMEM, RFNAMEG, RFFDG, RFCFDG, RFENVG, RFCENVG, RFREND|RFNOTEG };
	int pid;

	pid = rfork(RFPROC | flags[i % nelem(flags)]);
	if(pid == 0)
		_exits(i & 8 ? "x" : "");
	need(pid > 0 && waitpid() == pid);
}

static void execcycle(long i)
{
	int pid;

	pid = rfork(RFPROC|RFFDG);
	if(pid == 0){
		execl(i & 1 ? "/bin/test" : "/tmp/f", "test", "x", nil);
		_exits("no");
	}
	need(pid > 0 && waitpid() == pid);
}

static void groups(long i)
{
	static const int flags[] = { RFNAMEG, RFFDG, RFENVG, RFREND, RFNOTEG };

	need(rfork(flags[i % nelem(flags)]) == 0);
}

static void segcycle(long i)
{
	char *p;

	p = segattach(0, i & 1 ? "shared" : "memory", nil, 3*4096);
	need((long)p != -1);
	p[4096] = 1;
	if(i & 2)
		segfree(p, 3*4096);
	need(segdetach(p) == 0);
}

static void brkcycle(long i)
{
	char *p;

	USED(i);
	p = sbrk(0);
	need(brk(p + 8*4096) == 0);
	p[4096*5] = 1;
	need(brk(p) == 0);
}

static void namedcycle(long i)
{
	char *p;

	close(create("#g/xcycle", OREAD, DMDIR|0700));
	need(writefile("#g/xcycle/ctl", "va 0x20000000 0x2000") == 0);
	if(i & 1){
		p = segattach(0, "xcycle", nil, 1);
		need((long)p != -1);
		p[0] = 1;
		remove("#g/xcycle");
		segdetach(p);
	}else
		need(remove("#g/xcycle") == 0);
}

static void postcycle(long i)
{
	int fd;

	fd = create("#s/xcycle", i & 1 ? OWRITE|ORCLOSE : OWRITE, 0600);
	need(fd >= 0);
	if(i & 2)
		fprint(fd, "0");
	close(fd);
	need((i & 1) || remove("#s/xcycle") == 0);
}

static void envcycle(long i)
{
	char name[64];
	int fd;

	snprint(name, sizeof name, "/env/xcycle%ld", i % 5);
	fd = create(name, OWRITE, 0666);
	need(fd >= 0 && write(fd, "value", 5) == 5);
	close(fd);
	need(remove(name) == 0);
}

static void notecycle(long i)
{
	USED(i);
	need(postnote(PNPROC, getpid(), "hello") == 0);
}

static void semcycle(long i)
{
	static long sem;

	USED(i);
	need(semrelease(&sem, 2) == 2 && semacquire(&sem, 1) == 1 && semacquire(&sem, 0) == 1 && semacquire(&sem, 0) == 0);
}

static void dupcycle(long i)
{
	int fd;

	fd = dup(0, i & 1 ? -1 : 40);
	need(fd >= 0 && chdir(i & 1 ? "/tmp" : "/") == 0);
	close(fd);
}

static int flushing;

/* a read that a note ends: a flush */
static void flushcycle(long i)
{
	char c;
	int p[2];

	if(i % 32)	/* it takes a millisecond */
		return;
	need(pipe(p) == 0);
	flushing = 1;
	alarm(1);
	need(read(p[0], &c, 1) < 0);
	flushing = 0;
	alarm(0);
	close(p[0]);
	close(p[1]);
}

static void dircycle(long i)
{
	Dir *d;
	int fd;

	fd = open(i & 1 ? "/tmp" : "#p", OREAD);
	if(i & 2 && dirread(fd, &d) > 0)
		free(d);
	close(fd);
}

static void procfiles(long i)
{
	static char *files[] = { "status", "ns", "fd", "segment", "args", "noteid", "text", "regs" };
	char name[64], buf[300];

	snprint(name, sizeof name, "#p/%d/%s", getpid(), files[i % nelem(files)]);
	need(readfile(name, buf, sizeof buf) >= 0);
}

static Case rounds[] = {
	{ "open", openclose, 0, 0 }, { "create", createremove, 0, 0 }, { "exclusive", exclusive, 0, 0 },
	{ "rclose", rclose, 0, 0 }, { "stat", stats, 0, 0 }, { "failures", failures, 0, 0 }, { "pipe", pipecycle, 0, 0 },
	{ "bind", bindcycle, 0, 0 }, { "mount", mountcycle, 0, 0 }, { "fork", forkcycle, 0, 0 }, { "exec", execcycle, 0, 0 },
	{ "groups", groups, 0, 0 }, { "segattach", segcycle, 0, 0 }, { "brk", brkcycle, 0, 0 }, { "named", namedcycle, 0, 0 },
	{ "post", postcycle, 0, 0 }, { "env", envcycle, 0, 0 }, { "note", notecycle, 0, 0 }, { "semaphore", semcycle, 0, 0 },
	{ "dup", dupcycle, 0, 0 }, { "flush", flushcycle, 0, 0 }, { "directory", dircycle, 0, 0 }, { "proc", procfiles, 0, 0 },
};

static int calm(void *u, char *msg)
{
	USED(u);
	if(flushing)
		alarm(1);	/* this one may have come before the read */
	return strcmp(msg, "kill") != 0;
}

/* in this process, so that it would be seen if it were the process that grew */
static void cycle(Case *c, long n)
{
	Counts was;
	long i;

	for(i = 0; i < n/10 + 50; i++)
		c->f(i);
	count(&was);
	for(i = 0; i < n; i++)
		c->f(i);
	settled(&was, 8, 12);
}

static int wanted(char *name, char **list)
{
	if(list[0] == nil)
		return 1;
	for(; *list; list++)
		if(strcmp(*list, name) == 0)
			return 1;
	return 0;
}

static void hold(char *name)
{
	uint i;

	for(i = 0; i < nelem(limits); i++)
		if(strcmp(limits[i].name, name) == 0){
			limits[i].f(limits[i].arg);
			print("held\n");
			for(;;)
				sleep(100000);
		}
}

/*
 * Some of what was in use at once the kernel keeps to be used again:
 * headers of segments and of address spaces.  So each limit is reached twice, and
 * the second time must leave nothing.
 */
static void alllimits(char **list)
{
	Counts was;
	uint i;

	for(i = 0; i < nelem(limits); i++){
		if(!wanted(limits[i].name, list))
			continue;
		doing = limits[i].name;
		limit(&limits[i]);
		count(&was);
		limit(&limits[i]);
		/* idle channels that are kept, up to 256, may each hold a page of their kind; a leak of one for each thing taken is more */
		settled(&was, 256, 40);
	}
}

int main(int argc, char **argv)
{
	long n;
	uint i;
	int fd;

	if(argc < 2)
		sysfatal("usage: exhaust limits|cycles n|hold ...");
	atnotify(calm, 1);
	if(strcmp(argv[1], "hold") == 0)
		hold(argv[2]);
	else if(strcmp(argv[1], "limits") == 0)
		alllimits(argv+2);
	else{
		fd = create("/tmp/f", OWRITE, 0777);
		write(fd, "no program", 10);
		close(fd);
		n = strtoll(argv[2], nil, 0);
		for(i = 0; i < nelem(rounds); i++)
			if(wanted(rounds[i].name, argv+3)){
				doing = rounds[i].name;
				cycle(&rounds[i], n);
			}
		print("%ld of each of %d\n", n, (int)nelem(rounds));
	}
	exits(faults ? "failed" : "");
}
