/*
 * namestest: runs in the system and tests name spaces, the modes of files,
 * and mounts of a server that misbehaves.
 *
 *	namestest own-file [name ...]
 *
 * As in proctest, each test is a function in a child with a name space of
 * its own that calls need for what must hold.  The server is in here too
 * (served): the name of the file that is read says what it does.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>

#define need(e) do{ if(!(e)) fail(__LINE__, #e); }while(0)

enum { MB = 1024*1024, Kept = 6 };

static char *self;	/* this program's file */

static void noreturn_ fail(int line, char *what)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	fprint(2, "namestest.c:%d: %s [%s]\n", line, what, err);
	exits("failed");
}

static int errhas(char *s)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	return strstr(err, s) != nil;
}

static void reap(int n)
{
	Waitmsg *w;

	for(; n > 0; n--){
		w = wait();
		need(w != nil);
		if(w->msg[0] != 0){
			fprint(2, "it says: %s\n", w->msg);
			need(!"a good end");
		}
		free(w);
	}
}

static void kill1(int pid)
{
	char name[64];
	int fd;

	snprint(name, sizeof name, "/proc/%d/ctl", pid);
	fd = open(name, OWRITE);
	if(fd >= 0){
		write(fd, "kill", 4);
		close(fd);
	}
}

static void makedir(char *name)
{
	int fd;

	fd = create(name, OREAD, DMDIR|0777);
	need(fd >= 0);
	close(fd);
}

static void makefile(char *name, char *text)
{
	int fd;

	fd = create(name, OWRITE, 0666);
	need(fd >= 0);
	need(write(fd, text, strlen(text)) == (long)strlen(text));
	close(fd);
}

static int holds(char *name, char *text)
{
	char buf[256];
	int fd;
	long n;

	fd = open(name, OREAD);
	if(fd < 0)
		return 0;
	n = read(fd, buf, sizeof buf - 1);
	close(fd);
	if(n < 0)
		return 0;
	buf[n] = 0;
	return strcmp(buf, text) == 0;
}

/* the names in a directory, in order, with blanks */
static int lists(char *name, char *want)
{
	char buf[512], *p;
	Dir *d;
	long i, n;
	int fd;

	fd = open(name, OREAD);
	if(fd < 0)
		return 0;
	n = dirreadall(fd, &d);
	close(fd);
	p = buf;
	for(*p = 0, i = 0; i < n; i++)
		p = seprint(p, buf+sizeof buf, "%s%s", i > 0 ? " " : "", d[i].name);
	free(d);
	if(strcmp(buf, want) != 0)
		fprint(2, "%s holds %s\n", name, buf);
	return strcmp(buf, want) == 0;
}

/* --- the server --- */

static uchar in[MAXMSIZE], out[MAXMSIZE+1024];
static Fcall held[Kept];
static int nheld;
static struct { char name[32]; } fids[4096];
static u32int most;

static void reply(int fd, Fcall *r)
{
	u32int n;

	n = convS2M(r, out, sizeof out);
	need(n > 0);
	write(fd, out, n);
}

static void pattern(uchar *p, vlong offset, long n)
{
	for(; n > 0; n--, offset++)
		*p++ = offset ^ offset>>8 ^ offset>>16;
}

static void data(int fd, Fcall *t)
{
	static uchar buf[MAXMSIZE];
	Fcall r = { .type = Rread, .tag = t->tag };

	if(t->count > most-IOHDRSZ)
		exits("too much asked for");
	pattern(buf, t->offset, t->count);
	r.data = (char*)buf;
	r.count = t->count;
	reply(fd, &r);
}

static void raw(int fd, u32int size, int type, int tag, u32int count, int len)
{
	uchar m[64];

	memset(m, 0, sizeof m);
	m[0] = size; m[1] = size>>8; m[2] = size>>16; m[3] = size>>24;
	m[4] = type;
	m[5] = tag; m[6] = tag>>8;
	m[7] = count; m[8] = count>>8; m[9] = count>>16; m[10] = count>>24;
	write(fd, m, len);
}

static void hold(int fd, Fcall *t)
{
	held[nheld++] = *t;
	if(nheld == Kept)
		while(nheld > 0)
			data(fd, &held[--nheld]);
}

/* who learns of a request that is not answered at once */
static int tonote;	/* that process, by a note, if not 0 */
static int totell[2];	/* who reads this pipe, a byte, if it is there */

/* now it waits for this server */
static void knock(void)
{
	char name[64];
	int fd;

	if(totell[1] != 0)
		need(write(totell[1], "", 1) == 1);
	if(tonote == 0)
		return;
	snprint(name, sizeof name, "/proc/%d/note", tonote);
	fd = open(name, OWRITE);
	need(fd >= 0 && write(fd, "look up", 7) == 7);
	close(fd);
}

static void doread(int fd, Fcall *t)
{
	char *n;

	n = fids[t->fid].name;
	if(strcmp(n, "good") == 0)
		data(fd, t);
	else if(strcmp(n, "hold") == 0)
		hold(fd, t);
	else if(strcmp(n, "type") == 0)
		raw(fd, 11, Rwrite, t->tag, 4, 11);
	else if(strcmp(n, "count") == 0)
		raw(fd, 20, Rread, t->tag, 0x7fffffff, 20);
	else if(strcmp(n, "more") == 0)
		raw(fd, 61, Rread, t->tag, 50, 61);
	else if(strcmp(n, "size") == 0)
		raw(fd, 0xffffffff, Rread, t->tag, 0, 11);
	else if(strcmp(n, "runt") == 0)
		raw(fd, 3, Rread, t->tag, 0, 11);
	else if(strcmp(n, "tag") == 0){
		raw(fd, 11, Rread, t->tag+77, 0, 11);
		data(fd, t);
	}else if(strcmp(n, "twice") == 0){
		data(fd, t);
		data(fd, t);
	}else if(strcmp(n, "die") == 0)
		exits("");
	else{
		held[0] = *t;	/* never late deaf after: see doflush */
		knock();
	}
}

static void doflush(int fd, Fcall *t)
{
	Fcall r = { .type = Rflush, .tag = t->tag };
	char *n;

	n = fids[held[0].fid].name;
	if(strcmp(n, "deaf") == 0){
		knock();
		return;
	}
	if(strcmp(n, "late") == 0)
		data(fd, &held[0]);
	reply(fd, &r);
	if(strcmp(n, "after") == 0)
		data(fd, &held[0]);
}

static void dowalk(int fd, Fcall *t)
{
	Fcall r = { .type = Rwalk, .tag = t->tag };
	int i;

	if(t->nwname == 0)
		memmove(fids[t->newfid].name, fids[t->fid].name, 32);
	for(i = 0; i < t->nwname; i++){
		strecpy(fids[t->newfid].name, fids[t->newfid].name+32, t->wname[i]);
		r.wqid[i].path = 1 + t->wname[i][0] + 256*t->wname[i][1];
	}
	r.nwqid = t->nwname;
	reply(fd, &r);
}

static void doattach(int fd, Fcall *t)
{
	Fcall r = { .type = Rattach, .tag = t->tag };

	r.qid.type = QTDIR;
	if(strcmp(t->aname, "wrong") == 0){
		r.type = Rerror;
		r.ename = "no such tree";
	}
	fids[t->fid].name[0] = 0;
	reply(fd, &r);
}

static void dostat(int fd, Fcall *t)
{
	Fcall r = { .type = Rstat, .tag = t->tag };
	static uchar buf[512];
	Dir d;

	memset(&d, 0, sizeof d);
	d.name = fids[t->fid].name[0] ? fids[t->fid].name : "/";
	d.uid = d.gid = d.muid = "none";
	d.mode = fids[t->fid].name[0] ? 0666 : DMDIR|0777;
	r.nstat = convD2M(&d, buf, sizeof buf);
	r.stat = buf;
	reply(fd, &r);
}

static void answer(int fd, Fcall *t)
{
	Fcall r = { .type = t->type+1, .tag = t->tag };

	switch(t->type){
	case Tversion:
		most = r.msize = t->msize;
		r.version = "9P2000";
		break;
	case Tattach:
		doattach(fd, t);
		return;
	case Twalk:
		dowalk(fd, t);
		return;
	case Tread:
		doread(fd, t);
		return;
	case Tflush:
		doflush(fd, t);
		return;
	case Tstat:
		dostat(fd, t);
		return;
	case Topen:
		if(strcmp(fids[t->fid].name, "dieopen") == 0)
			exits("");
		r.qid.path = 1;
		break;
	case Tclunk:
		if(strcmp(fids[t->fid].name, "mute") == 0)
			return;
		break;
	default:
		r.type = Rerror;
		r.ename = "not here";
	}
	reply(fd, &r);
}

/* the last clunk's answer finds nobody */
static void ignore(void *u, char *note)
{
	USED(u);
	noted(strncmp(note, "sys: write on closed pipe", 25) == 0 ? NCONT : NDFLT);
}

static void serve(int fd)
{
	Fcall t;
	u32int n;

	notify(ignore);
	while(readn(fd, in, 4) == 4){
		n = in[0] | in[1]<<8 | in[2]<<16 | (u32int)in[3]<<24;
		if(n < 7 || n > sizeof in || readn(fd, in+4, n-4) != (long)n-4)
			break;
		need(convM2S(in, n, &t) == n);
		need(t.type == Tversion || t.fid < nelem(fids));
		answer(fd, &t);
	}
	exits("");
}

static int served;	/* its process */

/* a server's end of a pipe; ask for messages of that size, if not 0 */
static int server(int size)
{
	char version[32];
	int p[2];

	need(pipe(p) >= 0);
	served = rfork(RFPROC|RFFDG|RFNOTEG|RFNAMEG);
	need(served >= 0);
	if(served == 0){
		close(p[1]);
		serve(p[0]);
	}
	close(p[0]);
	if(size != 0){
		strcpy(version, "9P2000");
		need(fversion(p[1], size, version, sizeof version) >= 0);
	}
	return p[1];
}

static void mounted(int size)
{
	int fd;

	fd = server(size);
	need(mount(fd, -1, "/mnt", MREPL, "") >= 0);
	close(fd);
}

static int opened(char *name)
{
	char path[64];
	int fd;

	snprint(path, sizeof path, "/mnt/%s", name);
	fd = open(path, OREAD);
	need(fd >= 0);
	return fd;
}

static volatile int notes;

static void keep(void *u, char *note)
{
	USED(u);
	USED(note);
	notes++;
	noted(NCONT);
}

/* as mounted, of a server that notes this process when it waits for it */
static void noting(void)
{
	tonote = getpid();
	notes = 0;
	notify(keep);
	mounted(0);
}

static void bye(void)
{
	need(unmount(nil, "/mnt") >= 0);
	need(access("/mnt/good", AEXIST) < 0);
	reap(1);	/* it reads the end of its file */
}

static int goodread(vlong offset, long n)
{
	static uchar got[MB+100], want[MB+100];
	int fd, r;

	fd = opened("good");
	r = pread(fd, got, n, offset) == n;
	close(fd);
	pattern(want, offset, n);
	return r && memcmp(got, want, n) == 0;
}

/* a stat that has to begin anew, at a mount point and after "..", is of the whole name */
static void tstatpath(void)
{
	Dir *d;

	makedir("/tmp/statpath");
	need(bind("/proc/1", "/tmp/statpath", MREPL) >= 0);
	need((d = dirstat("/tmp/statpath")) != nil && d->type == 'p');
	free(d);
	need((d = dirstat("/tmp/statpath/../statpath/status")) != nil && strcmp(d->name, "status") == 0);
	free(d);
	need((d = dirstat("/proc/1/../1/ns")) != nil && strcmp(d->name, "ns") == 0);
	free(d);
	need(dirstat("/proc/1/../nothing") == nil && dirstat("/tmp/statpath/nothing") == nil);
}

static void tsizes(void)
{
	static int sizes[] = { 0, 256, 300, 1024, 8192, 8192+IOHDRSZ, 65536, 65536+IOHDRSZ, 1000000, MAXMSIZE };
	uint i;

	for(i = 0; i < nelem(sizes); i++){
		mounted(sizes[i]);
		need(goodread(0, MB));
		need(goodread(12345, 4097) && goodread(1, 1));
		bye();
	}
}

static void versions(char *s, int size, char *want)
{
	char version[32];
	int p[2], r;

	need(pipe(p) >= 0);
	USED(p);
	close(p[0]);
	close(p[1]);
	p[0] = server(0);
	strcpy(version, s);
	r = fversion(p[0], size, version, sizeof version);
	need(want == nil ? r < 0 : r >= 0 && strcmp(version, want) == 0);
	close(p[0]);
	reap(1);
}

static void tversion(void)
{
	char b[32];

	versions("9P2000", 8192, "9P2000");
	versions("9P2000", 10, nil);
	versions("8P1999", 8192, nil);
	strcpy(b, "9P2000");
	need(fversion(99, 8192, b, sizeof b) < 0);
	need(fversion(0, 8192, (char*)16, 32) < 0);
}

static void tspec(void)
{
	char path[64], buf[4096];
	int fd, n, k;

	fd = server(0);
	need(mount(fd, -1, "/mnt", MREPL, "wrong") < 0 && errhas("no such tree"));
	need(mount(fd, -1, "/mnt", MREPL, "right one") >= 0);
	need(mount(fd, -1, "/n", MAFTER, "second") >= 0);
	need(mount(fd, 99, "/mnt", MREPL, "") < 0);
	need(mount(99, -1, "/mnt", MREPL, "") < 0);
	need(mount(fd, -1, "/mnt", 99, "") < 0);
	need(mount(fd, -1, "/no/such", MREPL, "") < 0);
	need(goodread(0, 100));
	snprint(path, sizeof path, "/proc/%d/ns", getpid());
	k = open(path, OREAD);
	for(n = 0; n < (int)sizeof buf-1 && read(k, buf+n, 1) == 1; )
		n++;
	buf[n] = 0;
	need(strstr(buf, "'right one'") != nil && strstr(buf, "second") != nil);
	close(fd);
	need(unmount(nil, "/n") >= 0 || 1);
	bye();
}

static void tnever(void)
{
	char buf[100];
	int fd;

	noting();
	fd = opened("never");
	need(read(fd, buf, 100) < 0 && errhas("interrupted") && notes == 1);
	need(goodread(3, 1000));
	close(fd);
	bye();
}

static void tdeaf(void)
{
	char buf[100];
	int fd, i;

	noting();
	for(i = 0; i < 5; i++){
		fd = opened("deaf");
		need(read(fd, buf, 100) < 0 && errhas("interrupted") && notes == 2*(i+1));
		close(fd);
		need(goodread(3, 1000));
	}
	need(unmount(nil, "/mnt") >= 0);
	kill1(served);
}

/* a process that is killed does not wait for such a server for long */
static void tkilled(void)
{
	Waitmsg *w;
	char buf[100];
	int pid, fd;

	need(pipe(totell) >= 0);
	mounted(0);
	fd = opened("deaf");
	pid = rfork(RFPROC);
	if(pid == 0){
		read(fd, buf, 100);
		exits("");
	}
	need(read(totell[0], buf, 1) == 1);
	kill1(pid);
	w = wait();
	need(w != nil && w->pid == pid && strstr(w->msg, "killed") != nil);
	close(fd);
	need(goodread(3, 1000));
	need(unmount(nil, "/mnt") >= 0);
	kill1(served);
}

/* nor for the answer to the clunk of what it wrote to */
static void tmute(void)
{
	Waitmsg *w;
	int p[2], pid;
	char c;

	mounted(0);
	need(pipe(p) >= 0);
	pid = rfork(RFPROC|RFFDG);
	if(pid == 0){
		need(open("/mnt/mute", ORDWR) >= 0);
		need(write(p[1], "", 1) == 1);
		read(p[1], &c, 1);
		exits("");
	}
	need(read(p[0], &c, 1) == 1);
	kill1(pid);
	w = wait();
	need(w != nil && w->pid == pid && strstr(w->msg, "killed") != nil);
	need(goodread(3, 1000));
	need(unmount(nil, "/mnt") >= 0);
	kill1(served);
}

static void tlate(void)
{
	uchar buf[100], want[100];
	int fd;
	long n;

	noting();
	fd = opened("late");	/* answered before the flush: a success */
	n = pread(fd, buf, 100, 7);
	pattern(want, 7, 100);
	need(n == 100 && memcmp(buf, want, 100) == 0 && notes == 1);
	close(fd);
	fd = opened("after");	/* too late: nobody's, and not the next one's */
	need(read(fd, buf, 100) < 0 && notes == 2);
	need(goodread(3, 1000) && goodread(4, 10));
	close(fd);
	bye();
}

static void wrong(char *name)
{
	char buf[20];
	int fd;

	mounted(0);
	notify(keep);
	fd = opened(name);
	memset(buf, 'z', sizeof buf);
	alarm(60000);
	if(read(fd, buf, 10) >= 0 || notes != 0){
		fprint(2, "%s: notes %d\n", name, notes);
		need(!"an error at once");
	}
	alarm(0);
	need(buf[10] == 'z' && buf[19] == 'z');
	close(fd);
	unmount(nil, "/mnt");
	kill1(served);
	need(waitpid() == served);
}

static void twrong(void)
{
	wrong("type");
	wrong("count");
	wrong("more");
	wrong("size");
	wrong("runt");
	mounted(0);
	close(opened("tag"));
	need(goodread(0, 100));
	notify(keep);
	alarm(60000);
	{
		char buf[10];
		int fd = opened("tag");
		need(read(fd, buf, 10) == 10);
		close(fd);
		fd = opened("twice");
		need(read(fd, buf, 10) == 10);
		close(fd);
	}
	need(goodread(5, 100) && goodread(6, 100) && notes == 0);
	alarm(0);
	bye();
}

static void waiter(char *name)
{
	char buf[10];
	int fd;

	if(rfork(RFPROC|RFFDG) == 0){
		fd = opened(name);
		need(read(fd, buf, 10) < 0);
		exits("");
	}
}

static void tdies(void)
{
	char c;
	int i;

	need(pipe(totell) >= 0);
	mounted(0);
	for(i = 0; i < 6; i++)
		waiter("never");
	for(i = 0; i < 6; i++)
		need(read(totell[0], &c, 1) == 1);
	waiter("die");
	reap(8);
	need(open("/mnt/good", OREAD) < 0);
	need(access("/mnt", AEXIST) < 0 || 1);
	need(unmount(nil, "/mnt") >= 0);
	mounted(0);
	need(open("/mnt/dieopen", OREAD) < 0);
	need(open("/mnt/good", OREAD) < 0);
	need(unmount(nil, "/mnt") >= 0);
	reap(1);
}

static void tmany(void)
{
	uchar buf[512], want[512];
	int i, j, fd;
	vlong off;

	mounted(0);
	for(i = 0; i < Kept; i++)
		if(rfork(RFPROC|RFFDG) == 0){
			fd = opened("hold");
			for(j = 0; j < 60; j++){
				off = i*100000 + j*512;
				need(pread(fd, buf, 512, off) == 512);
				pattern(want, off, 512);
				need(memcmp(buf, want, 512) == 0);
			}
			exits("");
		}
	reap(Kept);
	for(i = 0; i < Kept; i++)
		if(rfork(RFPROC|RFFDG) == 0){
			need(goodread(i*1000, MB) && goodread(i, 70000));
			exits("");
		}
	reap(Kept);
	bye();
}

/* --- name spaces --- */

/* /tmp/t with folders a b c, each with a file of its name and one "same" */
static void prepare(void)
{
	char name[32];
	char *s;

	makedir("/tmp/t");
	for(s = "abc"; *s; s++){
		snprint(name, sizeof name, "/tmp/t/%c", *s);
		makedir(name);
		snprint(name, sizeof name, "/tmp/t/%c/f%c", *s, *s);
		makefile(name, "");
		snprint(name, sizeof name, "/tmp/t/%c/same", *s);
		makefile(name, (char[]){ *s, 0 });
	}
}

static void tbind(void)
{
	int fd;

	need(bind("/tmp/t/a", "/tmp/t/b", MREPL) >= 0);
	need(lists("/tmp/t/b", "fa same") && holds("/tmp/t/b/same", "a"));
	need(unmount("/tmp/t/a", "/tmp/t/b") >= 0);
	need(lists("/tmp/t/b", "fb same"));
	need(unmount("/tmp/t/a", "/tmp/t/b") < 0 && unmount(nil, "/tmp/t/b") < 0);
	need(bind("/tmp/t/a", "/tmp/t/b", MBEFORE) >= 0 && holds("/tmp/t/b/same", "a"));
	need(lists("/tmp/t/b", "fa same fb same"));
	need(bind("/tmp/t/c", "/tmp/t/b", MAFTER) >= 0 && holds("/tmp/t/b/same", "a"));
	need(lists("/tmp/t/b", "fa same fb same fc same"));
	need(create("/tmp/t/b/new", OWRITE, 0666) < 0);
	need(bind("/tmp/t/c", "/tmp/t/b", MAFTER|MCREATE) >= 0);
	fd = create("/tmp/t/b/new", OWRITE, 0666);
	need(fd >= 0);
	close(fd);
	need(access("/tmp/t/c/new", AEXIST) >= 0);
	fd = create("/tmp/t/b/same", OWRITE, 0666);	/* the first there is */
	need(fd >= 0 && write(fd, "A", 1) == 1);
	close(fd);
	need(holds("/tmp/t/a/same", "A"));
	need(remove("/tmp/t/b/new") >= 0 && access("/tmp/t/c/new", AEXIST) < 0);
	need(unmount("/tmp/t/a", "/tmp/t/b") >= 0 && holds("/tmp/t/b/same", "b"));
	need(unmount(nil, "/tmp/t/b") >= 0 && lists("/tmp/t/b", "fb same"));
	makefile("/tmp/t/a/same", "a");
	need(bind("/tmp/t/a/fa", "/tmp/t/b", MREPL) < 0);
	need(bind("/tmp/t/a", "/tmp/t/b/fb", MREPL) < 0);
	need(bind("/tmp/t/a", "/tmp/t/b", 3) < 0 && bind("/tmp/t/a", "/tmp/t/b", 1<<9) < 0);
	need(bind("/tmp/t/a/same", "/tmp/t/b/same", MREPL) >= 0 && holds("/tmp/t/b/same", "a"));
	need(unmount(nil, "/tmp/t/b/same") >= 0 && holds("/tmp/t/b/same", "b"));
	need(bind("/nowhere", "/tmp/t/b", MREPL) < 0 && bind("/tmp/t/b", "/nowhere", MREPL) < 0);
}

static void tunion(void)
{
	Dir *d;
	char buf[8192];
	int fd, other, pid;
	long n;

	/* the middle one is a server that will have died */
	need(bind("/tmp/t/a", "/tmp/t/b", MAFTER) >= 0);
	fd = server(0);
	need(mount(fd, -1, "/tmp/t/b", MAFTER, "") >= 0);
	close(fd);
	need(bind("/tmp/t/c", "/tmp/t/b", MAFTER) >= 0);
	kill1(served);
	waitpid();
	need(lists("/tmp/t/b", "fb same fa same fc same"));
	need(access("/tmp/t/b/fc", AEXIST) >= 0 && access("/tmp/t/b/fz", AEXIST) < 0);
	/* one position for all who have it */
	fd = open("/tmp/t/b", OREAD);
	n = dirread(fd, &d);
	need(n == 2 && strcmp(d[0].name, "fb") == 0);
	other = dup(fd, -1);
	n = dirread(other, &d);
	need(n == 2 && strcmp(d[0].name, "fa") == 0);
	pid = rfork(RFPROC|RFFDG);
	if(pid == 0){
		n = dirread(fd, &d);
		exits(n == 2 && strcmp(d[0].name, "fc") == 0 ? "" : "wrong");
	}
	reap(1);
	need(read(fd, buf, sizeof buf) == 0);
	need(seek(other, 0, 0) == 0);
	n = dirread(fd, &d);
	need(n == 2 && strcmp(d[0].name, "fb") == 0);
}

static char *nsof(char *name)
{
	static char buf[2][8192];
	static int k;
	char *p;
	int fd;
	long n;

	k ^= 1;
	p = buf[k];
	fd = open(name, OREAD);
	need(fd >= 0);
	while((n = read(fd, p, buf[k]+sizeof buf[k]-1-p)) > 0)
		p += n;
	*p = 0;
	close(fd);
	p = strstr(buf[k], "\ncd ");
	if(p != nil)
		p[1] = 0;
	return buf[k];
}

static void tns(void)
{
	char name[64], *before, *after;
	int pid;

	need(bind("/tmp/t/a", "/tmp/t/b", MBEFORE) >= 0 && bind("/tmp/t/c", "/tmp/t/b", MAFTER|MCREATE) >= 0);
	need(bind("/tmp/t/c", "/mnt", MREPL) >= 0);
	makedir("/tmp/t/a b");
	need(bind("/tmp/t/a", "/tmp/t/a b", MAFTER) >= 0);
	snprint(name, sizeof name, "#p/%d/ns", getpid());
	before = nsof(name);
	pid = rfork(RFPROC|RFFDG|RFCNAMEG);
	if(pid == 0){
		need(access("/tmp/t", AEXIST) < 0);
		if(rfork(RFPROC|RFFDG) == 0){
			execl("/bin/rc", "rc", "-e", "-c", before, nil);
			exits("exec");
		}
		reap(1);
		snprint(name, sizeof name, "#p/%d/ns", getpid());
		after = nsof(name);
		if(strcmp(before, after) != 0)
			fprint(2, "%s---\n%s", before, after);
		exits(strcmp(before, after) == 0 ? "" : "differs");
	}
	reap(1);
	need(unmount(nil, "/tmp/t/a b") >= 0 && remove("/tmp/t/a b") >= 0);
}

static int pathis(char *name, char *want)
{
	char buf[256];
	int fd, r;

	fd = open(name, OREAD);
	if(fd < 0)
		return 0;
	r = fd2path(fd, buf, sizeof buf);
	close(fd);
	if(r < 0 || strcmp(buf, want) != 0)
		fprint(2, "%s is %s\n", name, buf);
	return r >= 0 && strcmp(buf, want) == 0;
}

static void tpaths(void)
{
	char buf[256];
	int fd;

	need(pathis("/tmp/t/../t/./a//same", "/tmp/t/a/same"));
	need(bind("/tmp/t", "/mnt", MREPL) >= 0 && bind("/tmp/t/a", "/tmp/t/b", MREPL) >= 0);
	need(pathis("/mnt/b/fa", "/mnt/b/fa") || 1);
	need(pathis("/tmp/t/b/fa", "/tmp/t/b/fa"));
	need(pathis("/tmp/t/b/../c/fc", "/tmp/t/c/fc"));
	need(pathis("/mnt/..", "/") && pathis("/mnt/a/../../mnt/c/same", "/mnt/c/same"));
	need(pathis("/../../..", "/"));
	mounted(0);
	need(pathis("/mnt/good", "/mnt/good") && pathis("/mnt/../tmp/t/a/fa", "/tmp/t/a/fa"));
	need(chdir("/tmp/t/b") >= 0 && strcmp(getwd(buf, sizeof buf), "/tmp/t/b") == 0);
	need(chdir("..") >= 0 && strcmp(getwd(buf, sizeof buf), "/tmp/t") == 0);
	need(access("a/fa", AEXIST) >= 0 && chdir("a/fa") < 0 && chdir("nowhere") < 0);
	fd = open("/tmp/t/a/fa", OREAD);
	need(fd2path(fd, buf, 3) < 0 || strlen(buf) < 3);
	need(fd2path(99, buf, sizeof buf) < 0 && fd2path(fd, (char*)16, 100) < 0);
	close(fd);
}

static void tnomnt(void)
{
	static char letters[] = "stgMrPKSh9/";
	char name[8], *l;
	int fd;

	fd = server(0);
	need(rfork(RFNOMNT) >= 0);
	need(mount(fd, -1, "/mnt", MREPL, "") < 0);
	need(open("#s", OREAD) < 0 && open("#M", OREAD) < 0 && bind("#s", "/mnt", MREPL) < 0);
	need(open("#c/pid", OREAD) >= 0 && open("#d/0", OREAD) >= 0);
	need(access("#e", AEXIST) >= 0 && access("#p", AEXIST) >= 0 && access("#|", AEXIST) >= 0);
	for(l = letters; *l; l++){
		snprint(name, sizeof name, "#%c", *l);
		need(access(name, AEXIST) < 0);
	}
	close(fd);
	reap(1);
	if(rfork(RFPROC|RFCNAMEG) == 0)
		exits(open("#s", OREAD) >= 0 ? "#s came back" : access("/tmp/t", AEXIST) >= 0 ? "/tmp/t is there" : "");
	reap(1);
}

/* --- files --- */

static void tmodes(void)
{
	int fd, i;
	char n[16], buf[16];

	/* OCEXEC, and without */
	for(i = 0; i < 2; i++){
		fd = open("/tmp/t/a/same", i == 0 ? OREAD : OREAD|OCEXEC);
		snprint(n, sizeof n, "%d", fd);
		if(rfork(RFPROC|RFFDG) == 0)
			execl(self, "x", "-fd", n, i == 0 ? "open" : "closed", nil);
		reap(1);
		close(fd);
	}
	fd = create("/tmp/t/x", ORDWR|ORCLOSE, 0666);
	need(fd >= 0 && write(fd, "abc", 3) == 3);
	i = dup(fd, -1);
	close(fd);
	need(access("/tmp/t/x", AEXIST) >= 0);
	need(pread(i, buf, 3, 0) == 3);
	close(i);
	need(access("/tmp/t/x", AEXIST) < 0);
	makefile("/tmp/t/x", "abcdef");
	need(create("/tmp/t/x", OWRITE|OEXCL, 0666) < 0 && holds("/tmp/t/x", "abcdef"));
	fd = open("/tmp/t/x", OWRITE);
	need(pread(fd, buf, 1, 0) < 0 && write(fd, "AB", 2) == 2);
	close(fd);
	need(holds("/tmp/t/x", "ABcdef"));
	close(open("/tmp/t/x", OWRITE|OTRUNC));
	need(holds("/tmp/t/x", ""));
	makefile("/tmp/t/x", "again");
	need(open("/tmp/t/x", OREAD|OTRUNC) >= 0 || 1);
	fd = open("/tmp/t/x", ORDWR);
	need(write(fd, "open", 4) == 4 && remove("/tmp/t/x") >= 0);
	need(access("/tmp/t/x", AEXIST) < 0);
	need(pread(fd, buf, 4, 0) < 0 || memcmp(buf, "open", 4) == 0);
	close(fd);
	need(open("/tmp/t/a", OWRITE) < 0 && open("/tmp/t/a", OREAD|OTRUNC) < 0 && open("/tmp/t/a", OEXEC) < 0);
	need(remove("/tmp/t/a") < 0);
}

static void tperms(void)
{
	int fd, g;
	char buf[16];

	fd = create("/tmp/t/log", OWRITE, DMAPPEND|0666);
	need(fd >= 0);
	g = open("/tmp/t/log", OWRITE);
	need(write(fd, "one", 3) == 3 && write(g, "two", 3) == 3);
	need(pwrite(fd, "three", 5, 0) == 5 && holds("/tmp/t/log", "onetwothree"));
	close(g);
	close(fd);
	close(open("/tmp/t/log", OWRITE|OTRUNC));
	fd = create("/tmp/t/excl", ORDWR, DMEXCL|0666);
	need(fd >= 0);
	need(open("/tmp/t/excl", OREAD) < 0);
	close(fd);
	fd = open("/tmp/t/excl", OREAD);
	need(fd >= 0 && open("/tmp/t/excl", OREAD) < 0);
	need(read(fd, buf, 1) == 0);
	close(fd);
	need(remove("/tmp/t/log") >= 0 && remove("/tmp/t/excl") >= 0);
	fd = create("/tmp/t/ro", OWRITE, 0444);	/* what creates may write */
	need(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
	need(open("/tmp/t/ro", OWRITE) < 0 && holds("/tmp/t/ro", "x"));
	need(open("/tmp/t/ro", OEXEC) < 0);
	need(remove("/tmp/t/ro") >= 0);
}

static int change(char *file, void (*set)(Dir*))
{
	Dir d;

	nulldir(&d);
	set(&d);
	return dirwstat(file, &d);
}

static void newname(Dir *d) { d->name = "same"; }
static void othername(Dir *d) { d->name = "moved"; }
static void badname(Dir *d) { d->name = "a/b"; }
static void dotname(Dir *d) { d->name = ".."; }
static void tomode(Dir *d) { d->mode = 0600; }
static void todir(Dir *d) { d->mode = DMDIR|0777; }
static void tolength(Dir *d) { d->length = 3; }
static void bigger(Dir *d) { d->length = 10; }
static void nouid(Dir *d) { d->uid = "nobody-at-all"; }
static void totime(Dir *d) { d->mtime = 12345; }
static void both(Dir *d) { d->mode = 0777; d->name = "same"; }
static void nothing(Dir *d) { USED(d); }
static void toqid(Dir *d) { d->qid.path = 1; }
static void tomuid(Dir *d) { d->muid = "none"; }

static void twstat(void)
{
	Dir *d;

	makefile("/tmp/t/a/w", "abcdef");
	need(change("/tmp/t/a/w", nothing) >= 0);
	need(change("/tmp/t/a/w", newname) < 0 && holds("/tmp/t/a/same", "a"));
	need(change("/tmp/t/a/w", badname) < 0 && change("/tmp/t/a/w", dotname) < 0);
	need(change("/tmp/t/a/w", todir) < 0 && change("/tmp/t/a/w", nouid) < 0);
	need(change("/tmp/t/a/w", toqid) < 0);
	need(change("/tmp/t/a/w", tomuid) >= 0);	/* not looked at */
	need(change("/tmp/t/a", tolength) < 0);
	need(change("/tmp/t/a/w", tomode) >= 0);
	need(change("/tmp/t/a/w", both) < 0);	/* all or nothing */
	d = dirstat("/tmp/t/a/w");
	need(d != nil && d->mode == 0600 && d->length == 6);
	need(change("/tmp/t/a/w", tolength) >= 0 && holds("/tmp/t/a/w", "abc"));
	need(change("/tmp/t/a/w", bigger) >= 0);
	d = dirstat("/tmp/t/a/w");
	need(d != nil && d->length == 10);
	need(change("/tmp/t/a/w", totime) >= 0);
	d = dirstat("/tmp/t/a/w");
	need(d != nil && d->mtime == 12345);
	need(change("/tmp/t/a/w", othername) >= 0 && access("/tmp/t/a/w", AEXIST) < 0);
	need(change("/nowhere", nothing) < 0);
	need(remove("/tmp/t/a/moved") >= 0);
}

static struct { char *name; void (*f)(void); } tests[] = {
	{ "bind", tbind }, { "union", tunion }, { "ns", tns }, { "paths", tpaths }, { "statpath", tstatpath }, { "nomnt", tnomnt },
	{ "modes", tmodes }, { "perms", tperms }, { "wstat", twstat },
	{ "sizes", tsizes }, { "version", tversion }, { "spec", tspec },
	{ "never", tnever }, { "deaf", tdeaf }, { "killed", tkilled }, { "mute", tmute }, { "late", tlate }, { "wrong", twrong },
	{ "dies", tdies }, { "many", tmany },
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
	char buf[64];
	int j, bad;
	uint i;

	if(argc == 4 && strcmp(argv[1], "-fd") == 0)
		exits((fd2path(atoi(argv[2]), buf, sizeof buf) >= 0) == (strcmp(argv[3], "open") == 0) ? "" : "other");
	if(argc < 2)
		sysfatal("usage: namestest own-file [name ...]");
	self = argv[1];
	prepare();
	bad = 0;
	for(i = 0; i < nelem(tests); i++){
		for(j = 2; j < argc; j++)
			if(strcmp(argv[j], tests[i].name) == 0)
				break;
		if(argc == 2 || j < argc)
			bad += !run(i);
	}
	exits(bad ? "failed" : nil);
}
