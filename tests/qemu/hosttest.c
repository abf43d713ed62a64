/*
 * hosttest: what programs may expect of the host's files at /n/host, run by
 * host.sh in a folder it has prepared.  A function for each test; one that
 * finds fault says what and where, and the status counts them.  `hosttest
 * name` runs one test.
 */
#include <u.h>
#include <libc.h>

enum {
	Big = 1<<20,
	Nmany = 10000,
};

static int faults;
static char *testname;
static char buf[Big + 100], want[Big + 100];

#define check(c) ((c) ? (void)0 : fault(__LINE__, #c))

static void fault(int line, char *what)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	print("hosttest.c:%d: %s: %s (%s)\n", line, testname, what, err);
	faults++;
}

/* did the last call fail in this way? */
static int failed(char *why)
{
	char err[ERRMAX];

	rerrstr(err, sizeof err);
	if(strstr(err, why) != nil)
		return 1;
	print("%s: error is '%s', not '%s'\n", testname, err, why);
	return 0;
}

static void make(char *name, char *text)
{
	int fd = create(name, OWRITE, 0664);

	check(fd >= 0);
	check(write(fd, text, strlen(text)) == (long)strlen(text));
	close(fd);
}

static int holds(char *name, char *text)
{
	char b[128];
	int fd = open(name, OREAD);
	long n;

	if(fd < 0)
		return 0;
	n = readn(fd, b, sizeof b - 1);
	close(fd);
	if(n < 0)
		return 0;
	b[n] = 0;
	return strcmp(b, text) == 0;
}

static int rename(char *from, char *to)
{
	Dir d;

	nulldir(&d);
	d.name = to;
	return dirwstat(from, &d);
}

/* one attribute of a file */
static u64int attr(char *name, char *which)
{
	Dir *d = dirstat(name);
	u64int v = ~0UL;

	if(d == nil)
		return v;
	if(strcmp(which, "mode") == 0)
		v = d->mode;
	else if(strcmp(which, "length") == 0)
		v = d->length;
	else if(strcmp(which, "mtime") == 0)
		v = d->mtime;
	free(d);
	return v;
}

static void errors(void)
{
	check(open("nothere", OREAD) < 0 && failed("file does not exist"));
	check(open("dir/nothere/more", OREAD) < 0 && failed("file does not exist"));
	check(open("file/more", OREAD) < 0 && failed("not a directory"));
	check(create("dir/full", OREAD, DMDIR|0775) >= 0);
	make("dir/full/x", "x");
	check(remove("dir/full") < 0 && failed("directory is not empty"));
	check(remove("dir/full/x") == 0 && remove("dir/full") == 0);
	check(open("dir", OWRITE) < 0);
	check(create("file", OWRITE|OEXCL, 0664) < 0 && failed("file already exists"));
	check(create("app", OWRITE, DMAPPEND|0664) < 0 && failed("append-only"));
	check(create("excl", OWRITE, DMEXCL|0664) < 0 && failed("exclusive"));
	check(attr("app", "mode") == ~0UL && attr("excl", "mode") == ~0UL);
	check(open("fifo", OREAD) < 0 && failed("not a regular file"));
	check(open("fifo", ORDWR) < 0 && failed("not a regular file"));
	check(open("sock", OREAD) < 0 && failed("not a regular file"));
	check(open("file", OEXEC) < 0 && failed("permission denied"));
	check(remove("fifo") == 0);
}

static void links(void)
{
	check(holds("rel", "hello\n") && holds("abs", "hello\n") && holds("chain", "hello\n"));
	check(holds("dirlink/inner", "inner\n") && holds("up", "hello\n"));
	check(open("loop1", OREAD) < 0 && open("dangling", OREAD) < 0);
	check(attr("loop1", "length") == 0 && attr("dangling", "length") == 0);
	check(attr("rel", "length") == 6);
	check(rename("rel", "rel2") >= 0 && holds("rel2", "hello\n") && holds("file", "hello\n"));
	check(remove("rel2") == 0 && remove("loop1") == 0 && remove("dangling") == 0 && remove("dirlink") == 0);
	check(holds("file", "hello\n") && holds("dir/inner", "inner\n"));
}

/* every name in dir odd can be opened, renamed there and back, and removed */
static void oddnames(void)
{
	char name[2048], to[64];
	int fd = open("odd", OREAD);
	long i, n = fd >= 0 ? dirreadall(fd, (Dir**)&want) : -1;
	Dir *d = *(Dir**)&want;

	check(n == 7);
	close(fd);
	for(i = 0; i < n; i++){
		snprint(name, sizeof name, "odd/%s", d[i].name);
		check(holds(name, "odd\n"));
		snprint(to, sizeof to, "t%ld", i);
		check(rename(name, to) >= 0);
		snprint(to, sizeof to, "odd/t%ld", i);
		check(rename(to, d[i].name) >= 0 && holds(name, "odd\n"));
		if(i > 0)
			check(remove(name) == 0);
	}
	if(n > 0)	/* and made */
		check(remove(name) < 0);
	make(name, "made\n");
	check(holds(name, "made\n"));
	free(d);
	/* an escape that stands for nothing */
	check(create("odd/x\xEF\x9D\x81", OWRITE, 0664) < 0);
}

static void large(void)
{
	int fd = create("large", ORDWR, 0664);
	vlong off = 5LL<<30;
	long i;

	for(i = 0; i < Big; i++)
		want[i] = i*7 + i/4096;
	check(fd >= 0);
	check(pwrite(fd, want, Big, off) == Big);
	check(attr("large", "length") == (u64int)off + Big);
	check(pread(fd, buf, Big, off) == Big && memcmp(buf, want, Big) == 0);
	check(pread(fd, buf, Big, off + Big) == 0);
	check(pread(fd, buf, 4097, off - 4000) == 4097 && buf[3999] == 0 && memcmp(buf+4000, want, 97) == 0);
	for(i = 1; i < 8192; i = i*3 + 1)	/* odd places of the memory and the file */
		check(pread(fd, buf+i%97, Big-i-100, off+i) == Big-i-100 && memcmp(buf+i%97, want+i, Big-i-100) == 0);
	for(i = 1; i < 8192; i = i*5 + 2)
		check(pwrite(fd, want+i, 70001, i) == 70001 && pread(fd, buf, 70001, i) == 70001 && memcmp(buf, want+i, 70001) == 0);
	close(fd);
	check(remove("large") == 0);
}

/* whole or not at all; the length beyond what the host keeps comes last */
static void wstats(void)
{
	u64int mtime;
	Dir d;
	int fd;

	make("w", "0123456789");
	make("w2", "other");
	nulldir(&d);
	d.mode = 0600;
	d.mtime = 1000000;
	check(dirwstat("w", &d) >= 0 && attr("w", "mode") == 0600 && attr("w", "mtime") == 1000000);
	nulldir(&d);
	d.length = 4;
	check(dirwstat("w", &d) >= 0 && holds("w", "0123"));
	d.length = 6;
	check(dirwstat("w", &d) >= 0 && attr("w", "length") == 6);
	mtime = attr("w", "mtime");
	nulldir(&d);
	d.name = "renamed";
	d.mode = 0777;
	d.mtime = 2000000;
	d.length = 0x7fffffffffff0000LL;
	check(dirwstat("w", &d) < 0);
	check(attr("renamed", "mode") == ~0UL);
	check(attr("w", "mode") == 0600);
	check(attr("w", "mtime") == mtime);
	check(attr("w", "length") == 6);
	d.length = 0;
	d.name = "w2";
	check(dirwstat("w", &d) < 0 && failed("file already exists"));
	check(attr("w", "mode") == 0600 && attr("w", "length") == 6 && holds("w2", "other"));
	d.name = "renamed";
	d.mode = DMAPPEND|0600;
	check(dirwstat("w", &d) < 0 && attr("w", "length") == 6);
	d.mode = DMEXCL|0600;
	check(dirwstat("w", &d) < 0 && attr("w", "length") == 6);
	d.mode = 0640;
	d.gid = "nosuchgroup";
	check(dirwstat("w", &d) < 0 && attr("w", "mode") == 0600);
	d.gid = "0";
	check(dirwstat("w", &d) >= 0 && attr("renamed", "mode") == 0640 && attr("renamed", "length") == 0);
	fd = open("renamed", ORDWR);
	nulldir(&d);
	check(dirfwstat(fd, &d) >= 0);	/* sync */
	d.name = "again";
	check(dirfwstat(fd, &d) >= 0 && write(fd, "x", 1) == 1 && holds("again", "x"));
	close(fd);
	check(remove("again") == 0 && remove("w2") == 0);
}

static void openfiles(void)
{
	int fd, fd2;
	Dir *d;

	fd = create("o", ORDWR|ORCLOSE, 0664);
	check(fd >= 0 && write(fd, "abc", 3) == 3 && holds("o", "abc"));
	close(fd);
	check(attr("o", "mode") == ~0UL);
	make("o", "still here");
	fd = open("o", ORDWR);
	fd2 = open("o", OREAD);
	check(remove("o") == 0 && attr("o", "mode") == ~0UL);
	check(pread(fd, buf, 100, 0) == 10 && memcmp(buf, "still here", 10) == 0);
	check(pwrite(fd, "ST", 2, 0) == 2 && pread(fd2, buf, 100, 0) == 10 && memcmp(buf, "STill here", 10) == 0);
	d = dirfstat(fd);
	check(d != nil);
	free(d);
	make("o", "new");	/* the name is another's now */
	d = dirfstat(fd);
	check(d != nil && d->length == 10);
	free(d);
	check(pread(fd, buf, 100, 0) == 10);
	close(fd);
	close(fd2);
	fd = open("o", OWRITE|OTRUNC);
	check(attr("o", "length") == 0);
	close(fd);
	check(remove("o") == 0);
}

static void many(void)
{
	char name[64];
	uchar *seen = mallocz(Nmany, 1);
	long i, n, total = 0;
	Dir *d;
	int fd;

	fd = open("many", OREAD);
	check(fd >= 0 && seen != nil);
	while((n = dirread(fd, &d)) > 0){
		for(i = 0; i < n; i++){
			if(d[i].name[0] != 'f' || seen[atoi(d[i].name+1)]++ != 0)
				check(!"a name twice, or none of ours");
			total++;
		}
		free(d);
	}
	check(n == 0 && total == Nmany);
	close(fd);
	for(i = 0; i < 100; i++){
		snprint(name, sizeof name, "many/f%ld", i*97);
		check(attr(name, "length") == 0);
	}
	free(seen);
}

static int onalarm(void *u, char *note)
{
	USED(u);
	return strstr(note, "alarm") != nil;
}

/* notes in the middle of large reads lose nothing */
static void notes(void)
{
	int fd = open("numbers", OREAD), cut = 0, i;
	long n;

	check(fd >= 0);
	check(readn(fd, want, Big) == Big);
	atnotify(onalarm, 1);
	for(i = 0; i < 300; i++){
		alarm(1 + i%3);
		n = pread(fd, buf, Big, 0);
		alarm(0);
		if(n < 0){
			check(failed("interrupted"));
			cut++;
		}else
			check(n == Big && memcmp(buf, want, Big) == 0);
	}
	close(fd);
	atnotify(onalarm, 0);
	check(holds("file", "hello\n"));
	USED(cut);
}

static void client(int me)
{
	char dir[32], name[64], text[64];
	int i;

	snprint(dir, sizeof dir, "c%d", me);
	close(create(dir, OREAD, DMDIR|0775));
	for(i = 0; i < 60; i++){
		snprint(name, sizeof name, "%s/f%d", dir, i%7);
		snprint(text, sizeof text, "%d %d", me, i);
		make(name, text);
		check(holds(name, text));
		check(holds("file", "hello\n"));
		if(i%3 == 0){
			snprint(text, sizeof text, "r%d", i%7);
			snprint(name+strlen(dir)+1, 32, "%s", text);
			remove(name);
			snprint(name+strlen(dir)+1, 32, "f%d", i%7);
			check(rename(name, text) >= 0);
			snprint(name+strlen(dir)+1, 32, "%s", text);
		}
		check(remove(name) == 0);
	}
	check(remove(dir) == 0);
	exits(faults ? "faults" : nil);
}

static void clients(void)
{
	Waitmsg *w;
	int i;

	for(i = 0; i < 12; i++)
		if(fork() == 0)
			client(i);
	for(i = 0; i < 12; i++){
		w = wait();
		check(w != nil && w->msg[0] == 0);
		free(w);
	}
}

/* who gets the name?  one only */
static void race(void)
{
	char name[16];
	Waitmsg *w;
	int i, won = 0;

	for(i = 0; i < 6; i++){
		snprint(name, sizeof name, "race%d", i);
		make(name, name);
	}
	for(i = 0; i < 6; i++)
		if(fork() == 0){
			snprint(name, sizeof name, "race%d", i);
			exits(rename(name, "winner") >= 0 ? nil : "lost");
		}
	for(i = 0; i < 6; i++){
		w = wait();
		won += w != nil && w->msg[0] == 0;
		free(w);
	}
	check(won == 1 && remove("winner") == 0);
	for(i = 0; i < 6; i++){
		snprint(name, sizeof name, "race%d", i);
		won += remove(name) == 0;
	}
	check(won == 6);
}

static struct {
	char *name;
	void (*f)(void);
} tests[] = {
	{"errors", errors}, {"links", links}, {"oddnames", oddnames}, {"large", large},
	{"wstats", wstats}, {"openfiles", openfiles}, {"many", many}, {"notes", notes},
	{"clients", clients}, {"race", race},
};

int main(int argc, char **argv)
{
	uint i;

	for(i = 0; i < nelem(tests); i++){
		if(argc > 1 && strcmp(argv[1], tests[i].name) != 0)
			continue;
		testname = tests[i].name;
		tests[i].f();
		print("%s %s\n", testname, faults ? "FAULTS" : "ok");
	}
	exits(faults ? "faults" : nil);
}
