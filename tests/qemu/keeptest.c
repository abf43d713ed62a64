/*
 * keeptest: servers that are killed, run by keep.sh and the soak test.
 *
 *	keeptest kill n seed	kill a kept ramfs n times under clients of all kinds
 *	keeptest mail n seed	the same of a mailbox, with readers that wait for events
 *	keeptest other name	what another user may do with a dead server: nothing
 *	keeptest together	processes that end together
 *
 * In the first, each client works until the last kill is over, believing
 * every answer, and then looks whether all that was answered is there once.
 * An error that a client sees is a fault.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>

enum {
	Maxpids = 32,
	Nfiles = 40,		/* at a time, by the creator */
	Blk = 100,
	Big = 48*1024,
	Behind = 200,		/* messages that the listener has not seen */
};

typedef struct Shared Shared;
struct Shared {
	int stop;
	int ops;
	int faults;
	int sent, seen;		/* messages */
	int last;		/* and the number of the last */
	int listening;
};
static Shared *sh;
static char *self;		/* what the process does */
static char *server = "kept";

static void fault(int line, char *what)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	fprint(2, "keeptest.c:%d: %s: %s (%s)\n", line, self, what, err);
	__atomic_add_fetch(&sh->faults, 1, __ATOMIC_RELAXED);
	exits("fault");
}

#define need(c) ((c)? (void)0: fault(__LINE__, #c))

static int going(void)
{
	__atomic_add_fetch(&sh->ops, 1, __ATOMIC_RELAXED);
	return __atomic_load_n(&sh->stop, __ATOMIC_RELAXED) == 0;
}

/* --- clients --- */

/* lines at the end of a file, from two processes of which each has its own */
static void checklines(char *file, char *mark, int n)
{
	char want[32], got[32];
	long k;
	int fd, i;

	need((fd = open(file, OREAD)) >= 0);
	for(i = 0; i < n; i++){
		k = snprint(want, sizeof want, "%s %d\n", mark, i);
		need(readn(fd, got, k) == k && memcmp(got, want, k) == 0);
	}
	need(read(fd, got, 1) == 0);
	close(fd);
}

static void appender(char *mark)
{
	char file[64], line[32];
	int fd, n, k;

	snprint(file, sizeof file, "/mnt/app.%s", mark);
	need((fd = create(file, OWRITE, DMAPPEND|0666)) >= 0);
	for(n = 0; going(); n++){
		k = snprint(line, sizeof line, "%s %d\n", mark, n);
		need(write(fd, line, k) == k);
	}
	close(fd);
	checklines(file, mark, n);
}

/* exclusive creates, renames and removes: each succeeds once, and its opposite fails */
static void creator(char *mark)
{
	char name[64], new[64];
	Dir d;
	int fd, i;

	for(i = 0; going(); i++){
		snprint(name, sizeof name, "/mnt/%s.%d", mark, i);
		need((fd = create(name, OWRITE|OEXCL, 0666)) >= 0);
		need(write(fd, name, strlen(name)) == (long)strlen(name));
		close(fd);
		need(access(name, AEXIST) == 0);
		snprint(new, sizeof new, "%s.b%d", mark, i);
		nulldir(&d);
		d.name = new;
		need(dirwstat(name, &d) >= 0);
		if(i >= Nfiles){
			snprint(name, sizeof name, "/mnt/%s.b%d", mark, i-Nfiles);
			need(remove(name) == 0);
			need(access(name, AEXIST) < 0);
		}
	}
	for(i -= i < Nfiles? i: Nfiles; access((snprint(name, sizeof name, "/mnt/%s.b%d", mark, i), name), AEXIST) == 0; i++){
		need((fd = open(name, OREAD|ORCLOSE)) >= 0);
		snprint(name, sizeof name, "/mnt/%s.%d", mark, i);
		need(read(fd, new, sizeof new) == (long)strlen(name) && memcmp(new, name, strlen(name)) == 0);
		close(fd);
	}
}

/* one open file, in which every block is what was last written there, and its version counts the writes */
static void writer(char *mark)
{
	char file[64], blk[Blk], got[Blk];
	int last[8], fd, i, n;
	Dir *d;

	memset(last, 0, sizeof last);
	snprint(file, sizeof file, "/mnt/w.%s", mark);
	need((fd = create(file, ORDWR, 0666)) >= 0);
	need((d = dirfstat(fd)) != nil);
	n = d->qid.vers;
	free(d);
	for(i = 1; going(); i++){
		memset(blk, i, Blk);
		snprint(blk, Blk, "%s %d", mark, i);
		need(pwrite(fd, blk, Blk, (i%8)*Blk) == Blk);
		last[i%8] = i;
		memset(blk, last[(i*5)%8], Blk);
		snprint(blk, Blk, "%s %d", mark, last[(i*5)%8]);
		if(last[(i*5)%8] != 0)
			need(pread(fd, got, Blk, ((i*5)%8)*Blk) == Blk && memcmp(blk, got, Blk) == 0);
	}
	need((d = dirfstat(fd)) != nil);
	need(d->qid.vers == (u32int)(n+i-1));
	free(d);
	close(fd);
}

/* large writes and reads */
static void bigger(char *mark)
{
	static uchar out[Big], in[Big];
	char file[64];
	int fd, i;

	snprint(file, sizeof file, "/mnt/big.%s", mark);
	need((fd = create(file, ORDWR|ORCLOSE, 0666)) >= 0);
	for(i = 0; going(); i++){
		memset(out, i*7, Big);
		need(pwrite(fd, out, Big, i%3) == Big);
		need(pread(fd, in, Big, i%3) == Big && memcmp(in, out, Big) == 0);
		sleep(3);
	}
	close(fd);
}

/* a raw client on a connection of its own */
static long ioread(Io *io, void *p, long n)
{
	return read(io->fd, p, n);
}

static long iowrite(Io *io, const void *p, long n)
{
	return write(io->fd, (void*)p, n);
}

static void rawclient(char *mark)
{
	char line[32], name[32], path[64];
	Io io = { .read = ioread, .write = iowrite };
	C9 *c;
	Qid q;
	u32int unit;
	int n, k;

	snprint(path, sizeof path, "/srv/%s.raw", server);
	need((io.fd = open(path, ORDWR)) >= 0);
	need((c = c9new(&io, 8192)) != nil);
	need(c9attach(c, 1, NOFID, getuser(), "", &q) == 0);
	need(c9walk(c, 1, 2, "", &q) == 0);
	snprint(name, sizeof name, "app.%s", mark);
	need(c9create(c, 2, name, OWRITE, DMAPPEND|0666, &q, &unit) == 0);
	for(n = 0; going(); n++){
		k = snprint(line, sizeof line, "%s %d\n", mark, n);
		need(c9write(c, 2, line, k, 0) == k);
		need(c9walk(c, 1, 3, "", &q) == 0);
		snprint(name, sizeof name, "raw%d", n);
		need(c9create(c, 3, name, OWRITE|ORCLOSE, 0666, &q, &unit) == 0);
		if(n%2)
			need(c9remove(c, 3) == 0);
		else
			need(c9clunk(c, 3) == 0);
		need(c9walk(c, 1, 3, name, &q) < 0 && !c9dead(c));
	}
	need(c9clunk(c, 2) == 0);
	snprint(path, sizeof path, "/mnt/app.%s", mark);
	checklines(path, mark, n);
}

/* messages by hand: many on their way at once, several in a write, and sessions that are begun anew before all is answered */
typedef struct Out Out;
struct Out {
	int fd;
	uchar buf[4096];
	u32int n;
};

static void put(Out *o, Fcall f)
{
	u32int n;

	need((n = convS2M(&f, o->buf+o->n, sizeof o->buf - o->n)) > 0);
	o->n += n;
}

static void flushout(Out *o)
{
	if(o->n > 0)	/* a write of nothing is an end of file */
		need(write(o->fd, o->buf, o->n) == (long)o->n);
	o->n = 0;
}

/* the next answer, which is in buf */
static void answer(Out *o, Fcall *f)
{
	static uchar buf[8192];
	long n;

	need((n = read(o->fd, buf, sizeof buf)) > 0);
	need(convM2S(buf, n, f) == (u32int)n && f->type != Rerror);
}

static void await1(Out *o, int type)
{
	Fcall f;

	flushout(o);
	answer(o, &f);
	need(f.type == type);
}

static void session(Out *o, char *file, int first)
{
	put(o, (Fcall){ .type = Tattach, .tag = 1, .fid = 1, .afid = NOFID, .uname = getuser(), .aname = "" });
	await1(o, Rattach);
	put(o, (Fcall){ .type = Twalk, .tag = 1, .fid = 1, .newfid = 2, .nwname = !first, .wname = { file } });
	await1(o, Rwalk);
	if(first)
		put(o, (Fcall){ .type = Tcreate, .tag = 1, .fid = 2, .name = file, .perm = DMAPPEND|0666, .mode = OWRITE });
	else
		put(o, (Fcall){ .type = Topen, .tag = 1, .fid = 2, .mode = OWRITE });
	await1(o, first? Rcreate: Ropen);
}

static Fcall version = { .type = Tversion, .tag = NOTAG, .msize = 8192, .version = VERSION9P };

static void pipeliner(char *mark)
{
	static Out o;
	char file[32], line[32], path[64];
	Fcall f;
	u32int seen;
	int n, i, k, again;

	snprint(path, sizeof path, "/srv/%s.raw2", server);
	need((o.fd = open(path, ORDWR)) >= 0);
	snprint(file, sizeof file, "app.%s", mark);
	put(&o, version);
	await1(&o, Rversion);
	session(&o, file, 1);
	for(n = 0; going(); ){
		k = 1+nrand(24);
		again = nrand(4) == 0;
		for(i = 0; i < k; i++){
			snprint(line, sizeof line, "%s %d\n", mark, n++);
			put(&o, (Fcall){ .type = Twrite, .tag = i, .fid = 2, .count = strlen(line), .data = line });
			if(nrand(3) == 0)
				flushout(&o);
		}
		if(again)
			put(&o, version);
		flushout(&o);
		for(seen = 0; again || seen != (1U<<k)-1; seen |= 1U<<f.tag){
			answer(&o, &f);
			if(f.type == Rversion)
				break;
			need(f.type == Rwrite && f.tag < k && (seen & 1U<<f.tag) == 0);
		}
		if(again)
			session(&o, file, 0);
	}
	snprint(path, sizeof path, "/mnt/app.%s", mark);
	checklines(path, mark, n);
}

/* --- clients of a mailbox --- */
static void mail(char *mark, int n)
{
	char text[64];
	int fd, k;

	need((fd = open("/mnt/new", OWRITE)) >= 0);
	k = snprint(text, sizeof text, "Subject: %s %d\n", mark, n);
	need(write(fd, text, k) == k);
	need(write(fd, "\nbody\n", 6) == 6);
	need(close(fd) == 0);
	__atomic_add_fetch(&sh->sent, 1, __ATOMIC_RELAXED);
}

static void mailer(char *mark)
{
	int n;

	while(sh->listening < 2)
		sleep(1);
	for(n = 0; going(); n++){
		mail(mark, n);
		while(sh->sent > sh->seen+Behind)
			sleep(1);
	}
}

/* the next line of the events */
static void nextevent(long (*rd)(void*, char*, long), void *a, char *line, int max)
{
	static char buf[1024];
	static int n;
	char *e;
	long k;

	while((e = memchr(buf, '\n', n)) == nil){
		need((k = rd(a, buf+n, sizeof buf - n)) > 0);
		n += k;
	}
	*e = 0;
	strecpy(line, line+max, buf);
	n -= e+1-buf;
	memmove(buf, e+1, n);
}

/* message k, which is its mark's next; 0: the last of all */
static int readmail(int k)
{
	static int count[26];
	char path[64], text[128];
	int fd, mark;
	long n;

	snprint(path, sizeof path, "/mnt/%d/raw", k);
	need((fd = open(path, OREAD)) >= 0);
	need((n = readn(fd, text, sizeof text - 1)) > 0);
	text[n] = 0;
	close(fd);
	need(strncmp(text, "Subject: ", 9) == 0 && strcmp(strchr(text, '\n'), "\n\nbody\n") == 0);
	if(strncmp(text+9, "end", 3) == 0)
		return 0;
	mark = text[9]-'a';
	need(mark >= 0 && mark < 26 && atoi(text+11) == count[mark]);
	count[mark]++;
	return 1;
}

static long fdread(void *a, char *p, long n)
{
	return read(*(int*)a, p, n);
}

/* each message is told of once, in order; every second is removed, and that too */
static void listener(char *mark)
{
	char line[64], path[64];
	int fd, k, last, del;

	USED(mark);
	need((fd = open("/mnt/event", OREAD)) >= 0);
	__atomic_add_fetch(&sh->listening, 1, __ATOMIC_RELAXED);
	last = del = 0;
	for(;;){
		nextevent(fdread, &fd, line, sizeof line);
		k = atoi(line+4);
		if(strncmp(line, "del ", 4) == 0){
			need(k == (del += 2));
			continue;
		}
		need(strncmp(line, "new ", 4) == 0 && k == ++last);
		sh->seen = last;
		if(!readmail(k))
			break;
		snprint(path, sizeof path, "/mnt/%d", k);
		if(k%2 == 0)
			need(remove(path) == 0);
	}
	need(last == sh->last);
	for(k = 1; k <= last; k++){
		snprint(path, sizeof path, "/mnt/%d", k);
		need((access(path, AEXIST) == 0) == (k == last || k%2 == 1));
	}
}

static long c9rd(void *a, char *p, long n)
{
	return c9read(a, 2, p, n, 0);
}

/* on a connection of its own: messages alone */
static void rawlistener(char *mark)
{
	char line[64], path[64];
	Io io = { .read = ioread, .write = iowrite };
	C9 *c;
	Qid q;
	u32int unit;
	int last;

	USED(mark);
	snprint(path, sizeof path, "/srv/%s.raw", server);
	need((io.fd = open(path, ORDWR)) >= 0);
	need((c = c9new(&io, 8192)) != nil);
	need(c9attach(c, 1, NOFID, getuser(), "", &q) == 0);
	need(c9walk(c, 1, 2, "event", &q) == 0);
	need(c9open(c, 2, OREAD, &q, &unit) == 0);
	__atomic_add_fetch(&sh->listening, 1, __ATOMIC_RELAXED);
	for(last = 0; sh->last == 0 || last < sh->last; ){
		nextevent(c9rd, c, line, sizeof line);
		if(strncmp(line, "new ", 4) == 0)
			need(atoi(line+4) == ++last);
	}
}

/* --- the killer --- */
static int isserver(char *pid, char *cmd)
{
	char path[64], buf[64];
	int fd;
	long n;

	snprint(path, sizeof path, "/proc/%s/status", pid);
	if((fd = open(path, OREAD)) < 0)
		return 0;
	n = read(fd, buf, sizeof buf - 1);
	close(fd);
	if(n <= 0)
		return 0;
	buf[n] = 0;
	return strncmp(buf, cmd, strlen(cmd)) == 0 && buf[strlen(cmd)] == ' ';
}

/* the processes of that name */
static int servers(char *cmd, int *pids)
{
	Dir *d;
	long i, n;
	int fd, np;

	np = 0;
	need((fd = open("/proc", OREAD)) >= 0);
	n = dirreadall(fd, &d);
	close(fd);
	for(i = 0; i < n && np < Maxpids; i++)
		if(isserver(d[i].name, cmd))
			pids[np++] = atoi(d[i].name);
	free(d);
	return np;
}

static int killone(int pid)
{
	char path[64];
	int fd, r;

	snprint(path, sizeof path, "/proc/%d/ctl", pid);
	if((fd = open(path, OWRITE)) < 0)
		return -1;
	r = write(fd, "kill", 4) == 4? 0: -1;
	close(fd);
	return r;
}

/* what the server says to a command: 1: ok, 0: something else, -1: it is not there */
static int command(char *what)
{
	char path[64], buf[256];
	int fd;
	long n;

	snprint(path, sizeof path, "/srv/%s.ctl", server);
	if((fd = open(path, ORDWR)) < 0)
		return -1;
	n = fprint(fd, "%s", what) < 0? 0: read(fd, buf, sizeof buf);
	close(fd);
	return n <= 0? -1: strncmp(buf, "ok", 2) == 0;
}

/* until it is there; keep gives up some time */
static void served(void)
{
	int i;

	for(i = 0; command("status") < 0; i++){
		need(i < 30000);
		sleep(1);
	}
}

static int startkeep(char **argv)
{
	int pid;

	need((pid = rfork(RFPROC|RFFDG)) >= 0);
	if(pid == 0){
		close(2);
		need(create("/tmp/keep.out", OWRITE, 0666) == 2);
		exec("/bin/keep", argv);
		exits("exec");
	}
	return pid;
}

static int spawn(char *what, void (*f)(char*), char *mark)
{
	int pid;

	need((pid = rfork(RFPROC|RFFDG)) >= 0);
	if(pid == 0){
		self = what;
		srand(getpid());
		f(mark);
		exits(nil);
	}
	return pid;
}

/* kill one process of the server at a time nobody knows: 1; 0 if it was not there */
static int strike(char *cmd, int *not, int nnot)
{
	int pids[Maxpids], n, i, j, k;

	sleep(1+nrand(12));
	for(i = nrand(200); i > 0; i--)
		sleep(0);
	n = servers(cmd, pids);
	for(i = k = 0; i < n; i++){
		for(j = 0; j < nnot && not[j] != pids[i]; j++)
			;
		if(j == nnot)
			pids[k++] = pids[i];
	}
	return k > 0 && killone(pids[nrand(k)]) == 0;
}

static void restarter(char *mark)
{
	USED(mark);
	sleep(nrand(12));
	command("restart");
}

/* kills, some while it is being restarted */
static int strikes(char *cmd, int kills, int *not, int nnot)
{
	Waitmsg *w;
	int n, pid;

	for(n = 0; n < kills && sh->faults == 0; ){
		pid = nrand(4) == 0? spawn("restarter", restarter, ""): -1;
		n += strike(cmd, not, nnot);
		for(w = nil; pid >= 0 && (w == nil || w->pid != pid); )
			need((w = wait()) != nil && (w->pid == pid || w->msg[0] == 0));
		served();
	}
	return n;
}

typedef struct Client Client;
struct Client {
	char *what;
	void (*f)(char*);
	char *mark;
};
static Client ramclients[] = {
	{ "appender a", appender, "a" },
	{ "appender b", appender, "b" },
	{ "creator", creator, "c" },
	{ "writer", writer, "w" },
	{ "bigger", bigger, "big" },
	{ "raw", rawclient, "r" },
	{ "pipeliner", pipeliner, "p" },
	{ nil },
}, mailclients[] = {
	{ "mailer a", mailer, "a" },
	{ "mailer b", mailer, "b" },
	{ "listener", listener, "" },
	{ "raw listener", rawlistener, "" },
	{ nil },
};

static void ended(int keep)
{
	Waitmsg *w;

	need((w = wait()) != nil && w->pid != keep);
	if(w->msg[0] != 0)
		print("%s\n", w->msg);
	free(w);
}

static void killtest(char *cmd, char *opt, Client *c, int kills, int seed)
{
	char *argv[] = { "keep", "-n", "100", "-t", "1", "kept", cmd, "-r", opt, "kept", nil };
	int not[Maxpids], nnot, keep, i, n, mnt;
	Waitmsg *w;

	self = "killer";
	nnot = servers(cmd, not);
	keep = startkeep(argv);
	served();
	while((mnt = open("/srv/kept", ORDWR)) < 0)
		sleep(1);
	need(mount(mnt, -1, "/mnt", MREPL|MCREATE, "") >= 0);
	need(command("post kept.raw") == 1 && command("post kept.raw2") == 1);
	for(i = 0; c[i].what != nil; i++)
		spawn(c[i].what, c[i].f, c[i].mark);
	srand(seed);
	n = strikes(cmd, kills, not, nnot);
	sh->stop = 1;
	if(c == mailclients){
		ended(keep);
		ended(keep);
		sh->last = sh->sent+1;
		mail("end", 0);
		i -= 2;
	}
	while(i-- > 0)
		ended(keep);
	print("%d kills, %d operations, %d faults\n", n, sh->ops, sh->faults);
	unmount(nil, "/mnt");
	need(command("exit") == 1);
	need((w = wait()) != nil && w->pid == keep && w->msg[0] == 0);
	need(access("#g/srv.kept", AEXIST) < 0 && access("/srv/kept.0.serve", AEXIST) < 0);
	need(remove("/srv/kept") == 0);
	exits(sh->faults? "faults": nil);
}

/* --- another user --- */
static void othertest(char *name)
{
	static char *argv[] = { "ramfs", "-r", "-S", nil, nil };
	char path[64];
	Waitmsg *w;
	int fd, pid;

	self = "other";
	need((fd = open("#c/user", OWRITE)) >= 0 && write(fd, "none", 4) == 4);
	close(fd);
	snprint(path, sizeof path, "#s/%s", name);
	need(open(path, ORDWR) < 0);
	need(create(path, OWRITE, 0666) < 0);
	need(remove(path) < 0);
	snprint(path, sizeof path, "#s/%s.0.serve", name);
	need(open(path, ORDWR) < 0);
	need(remove(path) < 0);
	snprint(path, sizeof path, "#g/srv.%s", name);
	need(remove(path) < 0);
	snprint(path, sizeof path, "#g/srv.%s/data", name);
	need(open(path, OREAD) < 0);
	snprint(path, sizeof path, "srv.%s", name);
	need(segattach(0, path, nil, 0) == (void*)-1);
	argv[3] = name;
	need((pid = fork()) >= 0);
	if(pid == 0){
		exec("/bin/ramfs", argv);
		exits("exec");
	}
	need((w = wait()) != nil && w->msg[0] != 0);
	print("%s\n", strchr(w->msg, ':') != nil? "refused": w->msg);
}

/* --- processes that end together --- */
static void tell(char *what)
{
	char path[64];
	int fd;

	snprint(path, sizeof path, "/proc/%d/ctl", getpid());
	need((fd = open(path, OWRITE)) >= 0 && write(fd, what, strlen(what)) == (long)strlen(what));
	close(fd);
}

static int dozer(int flags)
{
	int pid;

	need((pid = rfork(RFPROC|flags)) >= 0);
	if(pid == 0)
		for(;;)
			sleep(100000);
	return pid;
}

/* of a group of processes one is killed, and all are gone that should be */
static void together(int how)
{
	static int pids[8];
	int p[2], pid, i;
	char c;

	need(pipe(p) == 0);
	need((pid = rfork(RFPROC|RFFDG|RFNOTEG|RFMEM)) >= 0);
	if(pid == 0){
		tell("together");
		pids[1] = dozer(RFMEM);
		pids[2] = dozer(RFMEM);
		pids[3] = dozer(RFMEM|RFNOTEG);
		pids[4] = dozer(0);
		pids[0] = getpid();
		need(write(p[1], "", 1) == 1);
		for(;;)
			sleep(100000);
	}
	need(read(p[0], &c, 1) == 1);
	need(killone(pids[how]) == 0);
	free(wait());
	for(i = 0; i < 3; i++)
		while(isserver((c = 0, smprint("%d", pids[i])), "keeptest"))
			sleep(1);
	need(isserver(smprint("%d", pids[3]), "keeptest") && isserver(smprint("%d", pids[4]), "keeptest"));
	need(killone(pids[3]) == 0);
	need(killone(pids[4]) == 0);
	close(p[0]);
	close(p[1]);
}

int main(int argc, char **argv)
{
	int i;

	sh = segattach(0, "shared", nil, sizeof *sh);
	if(argc == 4 && strcmp(argv[1], "kill") == 0)
		killtest("ramfs", "-S", ramclients, atoi(argv[2]), atoi(argv[3]));
	else if(argc == 4 && strcmp(argv[1], "mail") == 0)
		killtest("mbox", "-s", mailclients, atoi(argv[2]), atoi(argv[3]));
	else if(argc == 3 && strcmp(argv[1], "other") == 0)
		othertest(argv[2]);
	else if(argc == 2 && strcmp(argv[1], "together") == 0){
		self = "together";
		for(i = 0; i < 3; i++)
			together(i);
		print("together\n");
	}else
		exits("usage");
	exits(sh->faults? "faults": nil);
}
