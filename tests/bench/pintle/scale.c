/*
 * scale.c: what operations cost while there are many of something: n
 * processes, fids, mounts, files of a directory, timers, requests.
 *
 *	scale [-n max] [kind ...]
 *
 * For each n of a kind, each ten times the one before, a line: the kind, n,
 * what one more of them has cost, what the operation costs that should not
 * mind them, and, for the last n, what it costs to be rid of one; with tabs
 * between, - for what is not known.  Costs are guest instructions, as in
 * ops.c.  Each kind runs in a process of its own, whose end takes away what it
 * made.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>

enum {
	Rounds = 200,
	Far = 1000*1000*1000,	/* ms: a timer that does not go off */
};

typedef struct Kind Kind;
struct Kind {
	char *name;
	int max;
	void (*begin)(void);		/* what is there before; nil: nothing */
	void (*one)(int i);		/* makes the i'th */
	void (*op)(void);
	void (*end)(int n);		/* away with all n */
};

static int gate[2];		/* children wait for its end */
static int alive[2];		/* children have it open */
static int fds[10000];		/* or processes */
static char path[128];

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

static char *numbered(char *fmt, int i)
{
	snprint(path, sizeof path, fmt, i);
	return path;
}

/* ---- processes; none waits for them, so that there may be many */
static void gatemake(void)
{
	must(pipe(gate) == 0 && pipe(alive) == 0, "pipe");
}

/* a child's number; 0 in the child */
static int childmake(void)
{
	int pid;

	pid = rfork(RFPROC|RFFDG|RFNOWAIT);
	must(pid >= 0, "fork");
	if(pid == 0)
		close(alive[0]);
	return pid;
}

/* in a child: waits until there is no other end of the gate */
static _Noreturn void gatewait(void)
{
	char c;

	close(gate[1]);
	read(gate[0], &c, 1);
	_exits(nil);
}

/* waits until no child is left that has alive open */
static void allgone(void)
{
	char c;

	close(alive[1]);
	must(read(alive[0], &c, 1) == 0, "children");
}

static void procone(int i)
{
	USED(i);
	if(childmake() == 0)
		gatewait();
}

static void forkop(void)
{
	if(rfork(RFPROC|RFFDG) == 0)
		_exits(nil);
	free(wait());
}

static void procend(int n)
{
	USED(n);
	close(gate[1]);
	allgone();
}

/* ---- timers, one of each process */
static void timerone(int i)
{
	if(childmake() == 0){
		alarm(Far + i);
		gatewait();
	}
}

static void alarmop(void)
{
	alarm(Far/2);
	alarm(0);
}

/* ---- open fids of one mount */
static void filemake(void)
{
	int fd;

	fd = create("/tmp/scale.file", ORDWR, 0666);
	must(fd >= 0 && write(fd, "x", 1) == 1, "/tmp/scale.file");
	close(fd);
}

static void fidone(int i)
{
	fds[i] = open("/tmp/scale.file", OREAD);
	must(fds[i] >= 0, "open");
}

static void openop(void)
{
	char c;
	int fd;

	fd = open("/tmp/scale.file", OREAD);
	must(fd >= 0 && read(fd, &c, 1) == 1, "open and read");
	close(fd);
}

static void fidend(int n)
{
	while(n-- > 0)
		close(fds[n]);
}

/* ---- mounts of a name space: files bound on files of a served tree */
static void dirmake(void)
{
	int fd;

	fd = create("/tmp/scale.dir", OREAD, DMDIR|0777);
	must(fd >= 0, "/tmp/scale.dir");
	close(fd);
}

static void fileone(int i)
{
	int fd;

	fd = create(numbered("/tmp/scale.dir/%d", i), OWRITE, 0666);
	must(fd >= 0, path);
	close(fd);
}

static void mountmake(void)
{
	int i;

	rfork(RFNAMEG);
	filemake();
	must((i = create("/tmp/scale.mnt", OREAD, DMDIR|0777)) >= 0, "/tmp/scale.mnt");
	close(i);
	for(i = 0; i < 4000; i++){
		must((fds[i] = create(numbered("/tmp/scale.mnt/%d", i), OWRITE, 0666)) >= 0, path);
		close(fds[i]);
	}
}

static void mountone(int i)
{
	must(bind("/tmp/scale.file", numbered("/tmp/scale.mnt/%d", i), MREPL) >= 0, path);
}

static void statop(char *name)
{
	uchar d[512];

	must(stat(name, d, sizeof d) > 0, name);
}

static void mountop(void)
{
	statop("/tmp/scale.mnt/7");
}

static void mountend(int n)
{
	while(n-- > 0)
		must(unmount(nil, numbered("/tmp/scale.mnt/%d", n)) >= 0, path);
}

/* ---- entries of a directory */
static void createop(void)
{
	statop("/tmp/scale.dir/7");
	fileone(1000000);
	must(remove("/tmp/scale.dir/1000000") >= 0, "remove");
}

static void fileend(int n)
{
	while(n-- > 0)
		must(remove(numbered("/tmp/scale.dir/%d", n)) >= 0, path);
	must(remove("/tmp/scale.dir") >= 0, "remove");
}

/* ---- requests that a server has not answered */
enum { Qnow = 1, Qlater };

static Req *parked;		/* by aux; never answered but by a flush */

static void later(Req *r)
{
	r->aux = parked;
	parked = r;
}

static void now(Req *r)
{
	readbuf(r, "x", 1);
	respond(r, nil);
}

static void parkflush(Req *r)
{
	Req **p;

	for(p = &parked; *p != nil; p = (Req**)&(*p)->aux)
		if(*p == r->oldreq){
			*p = r->oldreq->aux;
			r->oldreq->aux = nil;
			respond(r->oldreq, Eintr);
			break;
		}
	respond(r, nil);
}

static Sfile parkfiles[] = {
	{ .name = "/", .mode = DMDIR|0555 },
	[Qnow] = { .name = "now", .mode = 0444, .read = now },
	[Qlater] = { .name = "later", .mode = 0444, .read = later },
};

static Srv parksrv = {
	.name = "park",
	.files = parkfiles,
	.nfiles = nelem(parkfiles),
	.flush = parkflush,
};

static int nowfd, laterfd;

static void reqmake(void)
{
	rfork(RFNAMEG);
	must(srvpost(&parksrv, nil, "/mnt", MREPL, "") > 0, "srvpost");
	nowfd = open("/mnt/now", OREAD);
	laterfd = open("/mnt/later", OREAD);
	must(nowfd >= 0 && laterfd >= 0, "/mnt");
	gatemake();
}

static void reqone(int i)
{
	char c;

	fds[i] = childmake();
	if(fds[i] == 0){
		pread(laterfd, &c, 1, 0);
		_exits(nil);
	}
	sleep(0);
}

static void nowop(void)
{
	char c;

	must(pread(nowfd, &c, 1, 0) == 1, "now");
}

static void reqend(int n)
{
	int i;

	for(i = 0; i < n; i++)
		postnote(PNPROC, fds[i], "kill");
	allgone();
}

static Kind kinds[] = {
	{"processes", 10000, gatemake, procone, forkop, procend},
	{"open fids on one mount", 8000, filemake, fidone, openop, fidend},
	{"mounts in a name space", 4000, mountmake, mountone, mountop, mountend},
	{"entries in a directory", 10000, dirmake, fileone, createop, fileend},
	{"timers", 10000, gatemake, timerone, alarmop, procend},
	{"requests in flight", 4000, reqmake, reqone, nowop, reqend},
};

static void grow(Kind *k, int max)
{
	u64int t, made = 0, done = 0, gone;
	int i, n, from;

	if(k->begin != nil)
		k->begin();
	from = 0;
	for(n = 10; from < max; n *= 10){
		if(n > max)
			n = max;
		t = ticks();
		for(i = from; i < n; i++)
			k->one(i);
		made = (ticks() - t) / (n - from);
		k->op();
		t = ticks();
		for(i = 0; i < Rounds; i++)
			k->op();
		done = (ticks() - t) / Rounds;
		if(n < max)
			print("%s\t%d\t%llud\t%llud\t-\n", k->name, n, (uvlong)made, (uvlong)done);
		from = n;
	}
	t = ticks();
	k->end(from);
	gone = (ticks() - t) / from;
	print("%s\t%d\t%llud\t%llud\t%llud\n", k->name, from, (uvlong)made, (uvlong)done, (uvlong)gone);
}

int main(int argc, char **argv)
{
	Waitmsg *w;
	int j, max = 10000, want;
	uint i;

	ARGBEGIN{
	case 'n':
		max = atoi(EARGF(sysfatal("usage: scale [-n max] [kind ...]")));
		break;
	default:
		sysfatal("usage: scale [-n max] [kind ...]");
	}ARGEND
	for(i = 0; i < nelem(kinds); i++){
		want = argc == 0;
		for(j = 0; j < argc; j++)
			want |= strstr(kinds[i].name, argv[j]) != nil;
		if(!want)
			continue;
		if(rfork(RFPROC|RFFDG|RFNOTEG) == 0){
			grow(&kinds[i], max < kinds[i].max ? max : kinds[i].max);
			exits(nil);
		}
		w = wait();
		if(w != nil && w->msg[0] != 0)
			sysfatal("%s: %s", kinds[i].name, w->msg);
		free(w);
	}
	exits(nil);
}
