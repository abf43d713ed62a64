/*
 * movetest: clients of every kind at work while their server moves.
 *
 *	movetest mountpoint post command count [command count ...]
 *
 * The server is mounted on mountpoint, and three further connections to it are
 * posted as /srv/post1 to 3.  While the clients work, each command is run by rc
 * count times, at every turn after all clients have gone one round.  Then
 * the clients stop, and check what they left.  movetest far is a program
 * whose text lies in the server.
 */
#include <u.h>
#include <libc.h>
#include "movetest.h"

enum {
	Chunk = 1000,
	Seqlen = 200*Chunk + 7,
	Recsize = 10,
	Farsize = 256*1024,
	Page = 4096,
};

static const volatile char far[Farsize] = { [0] = 1, [Farsize/2] = 2, [Farsize-1] = 3 };

Shared *sh;
char *mnt, *post;
static int self;	/* this client's place in sh->rounds */
static char *self0;	/* this program's file */

void fail(char *file, int line, char *what)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	fprint(2, "%s:%d: %s [%s]\n", file, line, what, err);
	if(sh != nil)
		__atomic_store_n(&sh->stop, 1, __ATOMIC_SEQ_CST);
	exits("failed");
}

int going(void)
{
	__atomic_add_fetch(&sh->rounds[self], 1, __ATOMIC_SEQ_CST);
	return !__atomic_load_n(&sh->stop, __ATOMIC_SEQ_CST);
}

void awaitmoves(int n)
{
	long from;

	from = __atomic_load_n(&sh->moves, __ATOMIC_SEQ_CST);
	while(going() && __atomic_load_n(&sh->moves, __ATOMIC_SEQ_CST) < from+n)
		sleep(1);
}

char *name(char *fmt, ...)
{
	static char bufs[4][256];
	static int i;
	char *b;
	va_list a;

	b = bufs[i++ % 4];
	snprint(b, sizeof bufs[0], "%s/", mnt);
	va_start(a, fmt);
	vsnprint(b+strlen(b), sizeof bufs[0]-strlen(b), fmt, a);
	va_end(a);
	return b;
}

static int make(char *file, int mode, u32int perm)
{
	int fd;

	fd = create(file, mode, perm);
	need(fd >= 0);
	return fd;
}

static char pattern(long at)
{
	return at*7 + at/256;
}

/* --- kernel mounts --- */

/* an open file, read by its offset; its qid stays what it was */
static void reads(void)
{
	static char buf[Seqlen];
	Dir *d, *d1;
	long i, n, at;
	int fd;

	for(i = 0; i < Seqlen; i++)
		buf[i] = pattern(i);
	fd = make(name("seq"), ORDWR, 0644);
	need(write(fd, buf, Seqlen) == Seqlen);
	need((d = dirfstat(fd)) != nil);
	at = Seqlen;
	while(going()){
		if(at == Seqlen){
			need(read(fd, buf, Chunk) == 0);
			need(seek(fd, 0, 0) == 0);
			at = 0;
		}
		n = read(fd, buf, Chunk);
		need(n == (Seqlen-at < Chunk? Seqlen-at: Chunk));
		for(i = 0; i < n; i++)
			need(buf[i] == pattern(at+i));
		at += n;
	}
	need((d1 = dirfstat(fd)) != nil);
	need(memcmp(&d->qid, &d1->qid, sizeof d->qid) == 0 && d->length == d1->length);
}

/* records appended: none lost, none twice, and one more version for each */
static void appends(void)
{
	char rec[Recsize+1], got[Recsize+1];
	Dir *d, *d1;
	long i, n;
	int fd;

	fd = make(name("log"), ORDWR, DMAPPEND|0644);
	need((d = dirfstat(fd)) != nil);
	for(n = 0; going(); n++){
		snprint(rec, sizeof rec, "%9ld\n", n);
		need(write(fd, rec, Recsize) == Recsize);
	}
	need((d1 = dirfstat(fd)) != nil);
	need(d1->length == n*Recsize && d1->qid.vers == d->qid.vers+n);
	for(i = 0; i < n; i++){
		snprint(rec, sizeof rec, "%9ld\n", i);
		need(pread(fd, got, Recsize, i*Recsize) == Recsize && memcmp(rec, got, Recsize) == 0);
	}
}

/* what is written in one place is read from it, large pieces too */
static void writes(void)
{
	static char buf[70000], got[70000];
	long n, i, len;
	int fd;

	fd = make(name("scratch"), ORDWR, 0600);
	for(n = 0; going(); n++){
		len = n%2? (long)sizeof buf - n%1000: 1 + n%100;
		for(i = 0; i < len; i++)
			buf[i] = pattern(n+i);
		need(pwrite(fd, buf, len, n%5000) == len);
		need(pread(fd, got, len, n%5000) == len);
		need(memcmp(buf, got, len) == 0);
	}
}

/* files made, listed and removed; none is there before or after */
static void makes(void)
{
	Dir *d;
	long n, i, k;
	int fd;

	close(make(name("dir"), OREAD, DMDIR|0755));
	for(n = 0; going(); n++){
		for(i = 0; i < 3; i++){
			fd = create(name("dir/%ld", n*3+i), OWRITE|OEXCL, 0644);
			need(fd >= 0 && write(fd, &n, sizeof n) == sizeof n);
			close(fd);
		}
		need((fd = open(name("dir"), OREAD)) >= 0);
		k = dirreadall(fd, &d);
		close(fd);
		need(k == 3 && atoi(d[0].name) == n*3 && atoi(d[2].name) == n*3+2);
		free(d);
		for(i = 0; i < 3; i++){
			need(remove(name("dir/%ld", n*3+i)) == 0);
			need(remove(name("dir/%ld", n*3+i)) < 0);
		}
	}
}

/* removed while open, still readable; and removed by the last close */
static void orclose(void)
{
	char c;
	int fd, gone;

	while(going()){
		fd = make(name("temp"), ORDWR|ORCLOSE, 0600);
		gone = make(name("gone"), ORDWR, 0600);
		need(write(gone, "g", 1) == 1 && remove(name("gone")) == 0);
		awaitmoves(2);
		need(access(name("temp"), AEXIST) == 0 && access(name("gone"), AEXIST) < 0);
		need(pread(gone, &c, 1, 0) == 1 && c == 'g');
		close(gone);
		close(fd);
		need(access(name("temp"), AEXIST) < 0);
	}
}

/* open for one at a time, through moves */
static void excl(void)
{
	int fd;

	close(make(name("excl"), OREAD, DMEXCL|0600));
	while(going()){
		need((fd = open(name("excl"), ORDWR)) >= 0);
		awaitmoves(1);
		need(open(name("excl"), OREAD) < 0);
		close(fd);
	}
}

/* a file of another server mounted on one of ours */
static void covered(void)
{
	static char text[] = "under";
	char buf[64];
	int fd;

	need(rfork(RFNAMEG) >= 0);
	fd = make(name("covered"), OWRITE, 0644);
	need(write(fd, text, sizeof text) == sizeof text);
	close(fd);
	need(bind("/dev/sysname", name("covered"), MREPL) >= 0);
	while(going()){
		need((fd = open(name("covered"), OREAD)) >= 0);
		need(read(fd, buf, sizeof buf) == 6 && memcmp(buf, "pintle", 6) == 0);
		close(fd);
	}
	need(unmount(nil, name("covered")) == 0);
	need((fd = open(name("covered"), OREAD)) >= 0);
	need(read(fd, buf, sizeof buf) == sizeof text && strcmp(buf, text) == 0);
}

/* a directory that is somebody's, and a walk from it */
static void dots(void)
{
	char buf[128];
	int fd;

	close(make(name("d1"), OREAD, DMDIR|0755));
	close(make(name("d1/d2"), OREAD, DMDIR|0755));
	need(chdir(name("d1/d2")) == 0);
	while(going()){
		fd = make("x", OWRITE, 0644);
		need(write(fd, "x", 1) == 1);
		close(fd);
		need(getwd(buf, sizeof buf) != nil && strcmp(buf, name("d1/d2")) == 0);
		need(access("../d2/x", AEXIST) == 0 && remove("x") == 0);
	}
}

/* --- a program in the server --- */
static void copyself(void)
{
	static char buf[8192];
	long n;
	int in, out;

	need((in = open(self0, OREAD)) >= 0);
	out = make(name("prog"), OWRITE, 0755);
	while((n = read(in, buf, sizeof buf)) > 0)
		need(write(out, buf, n) == n);
	close(in);
	close(out);
}

/* touches its pages one by one, each when it is told to */
static void farmain(void)
{
	long at, sum;
	char c;

	sum = 0;
	for(at = 0; at < Farsize && read(0, &c, 1) == 1; at += Page){
		sum += far[at] + far[at+Page-1];
		if(write(1, "k", 1) != 1)
			break;
	}
	exits(at >= Farsize && sum == 6? nil: "wrong sum");
}

static void texts(void)
{
	Waitmsg *w;
	char c;
	int i, p[2];

	copyself();
	while(going()){
		need(pipe(p) == 0);
		if(fork() == 0){
			dup(p[1], 0);
			dup(p[1], 1);
			close(p[0]);
			close(p[1]);
			execl(name("prog"), "prog", "far", nil);
			exits("exec");
		}
		close(p[1]);
		for(i = 0; i < Farsize/Page; i++){
			need(write(p[0], "g", 1) == 1 && read(p[0], &c, 1) == 1);
			going();
		}
		close(p[0]);
		need((w = wait()) != nil && w->msg[0] == 0);
		free(w);
	}
}

/* --- remote clients --- */

/* run prog on a pipe: our end of it */
static int serve(char *prog)
{
	int p[2];

	need(pipe(p) == 0);
	if(rfork(RFPROC|RFFDG|RFNAMEG|RFNOWAIT) == 0){
		dup(p[1], 0);
		dup(p[1], 1);
		close(p[0]);
		close(p[1]);
		execl(prog, prog, nil);
		exits("exec");
	}
	close(p[1]);
	return p[0];
}

/* through an exportfs, and an exportfs of that */
static void remote1(char *file, int times)
{
	static char tmp[] = "/n/ram";
	char path[128];
	long n, got;
	int fd;

	need(rfork(RFNAMEG) >= 0);
	for(; times > 0; times--){
		fd = serve("/bin/exportfs");
		need(mount(fd, -1, tmp, MREPL|MCREATE, "") >= 0);
		snprint(path, sizeof path, "%s%s", tmp, mnt);
		need(bind(path, mnt, MREPL|MCREATE) >= 0);
	}
	fd = make(name("%s", file), ORDWR, 0644);
	for(n = 0; going(); n++){
		need(pwrite(fd, &n, sizeof n, n%1000*sizeof n) == sizeof n);
		need(pread(fd, &got, sizeof got, n%1000*sizeof n) == sizeof n && got == n);
		close(make(name("%s.new", file), OWRITE, 0600));
		need(remove(name("%s.new", file)) == 0);
	}
}

static void remote(void)
{
	remote1("remote", 1);
}

static void reexport(void)
{
	remote1("reexport", 2);
}

/* --- all of them --- */
static struct {
	char *name;
	void (*fn)(void);
} clients[] = {
	{"reads", reads}, {"appends", appends}, {"writes", writes}, {"makes", makes}, {"orclose", orclose},
	{"excl", excl}, {"covered", covered}, {"dots", dots}, {"texts", texts}, {"remote", remote},
	{"reexport", reexport}, {"rawcalls", rawcalls}, {"rawpieces", rawpieces}, {"rawdeaf", rawdeaf},
};

static int nrunning;
static int bad;

static void died(void *ureg, char *note)
{
	USED(ureg);
	USED(note);
	__atomic_store_n(&sh->stop, 1, __ATOMIC_SEQ_CST);
	noted(NDFLT);
}

static void begin(int i)
{
	switch(fork()){
	case -1:
		need(!"fork");
	case 0:
		self = i;
		notify(died);
		clients[i].fn();
		exits(nil);
	}
	nrunning++;
}

/* wait for that child, or for any client if it is 0; any that failed makes bad true */
static void reap(int pid)
{
	Waitmsg *w;
	int got;

	do{
		w = wait();
		need(w != nil);
		got = w->pid;
		if(w->msg[0] != 0){
			fprint(2, "%s\n", w->msg);
			bad = 1;
		}
		free(w);
		if(got != pid)
			nrunning--;
	}while(pid != 0 && got != pid);
}

/* until each has gone a round since, or all are to stop */
static void awaitrounds(void)
{
	long from[Maxclients];
	uint i;

	for(i = 0; i < nelem(clients); i++)
		from[i] = sh->rounds[i];
	for(i = 0; i < nelem(clients); i++)
		while(__atomic_load_n(&sh->rounds[i], __ATOMIC_SEQ_CST) == from[i] && !sh->stop)
			sleep(1);
}

static void command(char *cmd)
{
	int pid;

	pid = fork();
	need(pid >= 0);
	if(pid == 0){
		execl("/bin/rc", "rc", "-c", cmd, nil);
		exits("exec");
	}
	reap(pid);
}

int main(int argc, char **argv)
{
	int i, n;

	if(argc == 2 && strcmp(argv[1], "far") == 0)
		farmain();
	if(argc < 5 || argc%2 == 0)
		sysfatal("usage: movetest mountpoint post command count ...");
	self0 = argv[0];
	mnt = argv[1];
	post = argv[2];
	sh = segattach(0, "shared", nil, sizeof *sh);
	need(sh != (void*)-1);
	for(i = 0; i < (int)nelem(clients); i++)
		begin(i);
	for(i = 3; i < argc; i += 2)
		for(n = atoi(argv[i+1]); n > 0 && !sh->stop && !bad; n--){
			awaitrounds();
			command(argv[i]);
			__atomic_add_fetch(&sh->moves, 1, __ATOMIC_SEQ_CST);
		}
	awaitrounds();
	__atomic_store_n(&sh->stop, 1, __ATOMIC_SEQ_CST);
	while(nrunning > 0)
		reap(0);
	for(i = 0; i < (int)nelem(clients); i++)
		print("%s %ld\n", clients[i].name, sh->rounds[i]);
	print("%ld moves\n", sh->moves);
	exits(bad? "failed": nil);
}
