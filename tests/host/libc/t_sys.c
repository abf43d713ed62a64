/* linux: processes, notes, files, directories, the environment, jumps */
#include "u.h"
#include "libc.h"
#include "bio.h"
#include "check.h"

static char *work;	/* an empty directory */

static char *in(char *name)
{
	static char buf[4][256];
	static int i;

	i = (i+1)%4;
	snprint(buf[i], sizeof buf[i], "%s/%s", work, name);
	return buf[i];
}

static void errors(void)
{
	char buf[ERRMAX], small[4];

	werrstr("first %d", 1);
	rerrstr(buf, sizeof buf);
	checkstr(buf, "first 1");
	rerrstr(small, sizeof small);
	checkstr(small, "fir");
	rerrstr(buf, sizeof buf);
	checkstr(buf, "first 1");
	strcpy(buf, "second");
	errstr(buf, sizeof buf);
	checkstr(buf, "first 1");
	snprint(buf, sizeof buf, "%r");
	checkstr(buf, "second");
	check(open(in("none"), OREAD) < 0);
	snprint(buf, sizeof buf, "%r");
	checkstr(buf, "file does not exist");
}

static void options(int argc, char **argv, char *want)
{
	char buf[200], *p, *e;
	char *name;

	name = argv0;
	p = buf;
	e = buf+sizeof buf;
	*p = 0;
	ARGBEGIN{
	case 'v':
		p = seprint(p, e, "v ");
		break;
	case 'f':
		p = seprint(p, e, "f=%s ", ARGF());
		break;
	case 0xE9:
		p = seprint(p, e, "é ");
		break;
	default:
		p = seprint(p, e, "?%C ", ARGC());
		break;
	}ARGEND
	for(; *argv; argv++, argc--)
		p = seprint(p, e, "[%s]", *argv);
	checkint(argc, 0);
	checkstr(buf, want);
	argv0 = name;
}

static void optionses(void)
{
	options(5, (char*[]){"x", "-vv", "-ffile", "a", "-v", nil}, "v v f=file [a][-v]");
	options(4, (char*[]){"x", "-vf", "file", "a", nil}, "v f=file [a]");
	options(4, (char*[]){"x", "-v", "--", "-v", nil}, "v [-v]");
	options(3, (char*[]){"x", "-", "-v", nil}, "[-][-v]");
	options(3, (char*[]){"x", "-éz", "", nil}, "é ?z []");
	options(2, (char*[]){"x", "-f", nil}, "f=<nil> ");
	options(1, (char*[]){"x", nil}, "");
	options(0, (char*[]){nil}, "");
}

/* the child's name and pid are put before its status */
static void waits(char *status, char *want)
{
	char msg[ERRMAX];
	Waitmsg *w;
	int pid;

	pid = fork();
	if(pid == 0){
		check(getpid() != pid);
		exits(status);
	}
	w = wait();
	check(w != nil);
	if(w == nil)
		return;
	checkint(w->pid, pid);
	snprint(msg, sizeof msg, *want? "t_sys %d: %s": "", pid, want);
	checkstr(w->msg, msg);
	free(w);
}

static int pfd[2];

static void atend1(void)
{
	write(pfd[1], "1", 1);
}

static void atend2(void)
{
	write(pfd[1], "2", 1);
}

static void ends(void)
{
	char buf[100];

	waits(nil, "");
	waits("", "");
	waits("bad luck", "bad luck");
	waits("it's", "it's");
	waits("'", "'");
	check(wait() == nil);
	check(waitpid() == -1);
	pipe(pfd);
	atexit(atend2);		/* not run by a child */
	if(fork() == 0){
		atexit(atend1);
		atexit(atend2);
		atexit(atend1);
		atexit(atend2);
		atexitdont(atend2);
		exits(nil);
	}
	check(waitpid() > 0);
	atexitdont(atend2);
	write(pfd[1], "\n", 1);
	checkint(readn(pfd[0], buf, 4), 4);	/* each write may be read by itself */
	check(memcmp(buf, "121\n", 4) == 0);
	if(fork() == 0){
		dup(pfd[1], 2);
		argv0 = "prog";
		sysfatal("no %s: %r", "luck");
	}
	werrstr("x");
	check(waitpid() > 0);
	buf[read(pfd[0], buf, sizeof buf-1)] = 0;
	check(strncmp(buf, "prog: no luck: ", 15) == 0 && buf[strlen(buf)-1] == '\n');
	close(pfd[0]);
	close(pfd[1]);
}

static jmp_buf env;
static int gotnote;

static int swallow(void *ureg, char *note)
{
	USED(ureg);
	if(strcmp(note, "alarm") != 0 && strcmp(note, "hello") != 0)
		return 0;
	gotnote++;
	return 1;
}

static int jump(void *ureg, char *note)
{
	if(strcmp(note, "jump") == 0)
		notejmp(ureg, env, 7);
	return 0;
}

static void deep(int n)
{
	if(n == 0)
		longjmp(env, 0);
	if(n > 0)
		deep(n-1);
}

static void notes(void)
{
	Waitmsg *w;
	volatile int n;
	char *s;

	n = 0;
	if(setjmp(env) == 0){
		n = 5;
		deep(10);
	}
	checkint(n, 5);
	checkint(atnotify(swallow, 1), 1);
	checkint(postnote(PNPROC, getpid(), "hello"), 0);
	checkint(gotnote, 1);
	alarm(20);
	checkint(sleep(10000), -1);
	checkint(gotnote, 2);
	checkint(atnotify(jump, 1), 1);
	n = setjmp(env);
	if(n == 0)
		postnote(PNPROC, getpid(), "jump");
	checkint(n, 7);
	postnote(PNPROC, getpid(), "hello");	/* notes work after a jump */
	checkint(gotnote, 3);
	if(fork() == 0){
		postnote(PNPROC, getpid(), "deadly");
		exits("survived");
	}
	w = wait();
	s = w? w->msg: "";
	check(strstr(s, "deadly") != nil);
	free(w);
	checkint(atnotify(swallow, 0), 1);
	checkint(atnotify(swallow, 0), 0);
	checkint(atnotify(jump, 0), 1);
	check(postnote(PNPROC, 999999, "x") < 0);
}

static void files(void)
{
	char buf[100], name[256];
	Dir *d, change;
	int fd, i;

	fd = create(in("a"), ORDWR, 0640);
	check(fd >= 0);
	checkint(fprint(fd, "hello %d\n", 42), 9);
	checkint(seek(fd, 0, 0), 0);
	checkint(readn(fd, buf, 5), 5);
	checkint(pread(fd, buf, 2, 6), 2);
	check(memcmp(buf, "42", 2) == 0);
	checkint(pwrite(fd, "J", 1, 0), 1);
	checkint(read(fd, buf, 100), 4);
	d = dirfstat(fd);
	check(d != nil && d->length == 9 && d->mode == 0640);
	checkstr(d->name, "a");
	free(d);
	nulldir(&change);
	change.mode = 0600;
	change.name = "b";
	change.mtime = 1000000000;
	check(dirfwstat(fd, &change) >= 0);
	close(fd);
	check(dirstat(in("a")) == nil);
	d = dirstat(in("b"));
	check(d != nil && d->mode == 0600 && d->mtime == 1000000000);
	free(d);
	nulldir(&change);
	change.length = 3;
	check(dirwstat(in("b"), &change) >= 0);
	check(dirwstat(in("none"), &change) < 0);
	checkint(access(in("b"), AEXIST), 0);
	checkint(access(in("b"), AREAD|AWRITE), 0);
	checkint(access(in("none"), AEXIST), -1);
	fd = open(in("b"), OREAD);
	checkint(read(fd, buf, sizeof buf), 3);
	i = dup(fd, -1);
	check(i > fd);
	close(i);
	close(fd);
	checkint(fd2path(fd, buf, sizeof buf), -1);
	strcpy(name, in("tmpXXXXXX"));
	fd = opentemp(name);
	check(fd >= 0 && strstr(name, "XXXXXX") == nil && access(name, AEXIST) == 0);
	close(fd);
	checkint(access(name, AEXIST), -1);
	strcpy(name, in("tmpXX"));
	check(mktemp(name) == name && access(name, AEXIST) < 0);
	strcpy(name, in("b"));
	checkstr(mktemp(name), "/");
	checkint(remove(in("b")), 0);
	checkint(remove(in("b")), -1);
}

static int bynum(const void *a, const void *b)
{
	return atoi(((Dir*)a)->name) - atoi(((Dir*)b)->name);
}

static void directories(void)
{
	char name[32], here[256], old[256];
	long n, m, i;
	Dir *d;
	int fd;

	fd = create(in("dir"), OREAD, DMDIR|0755);
	check(fd >= 0);
	close(fd);
	for(i = 0; i < 500; i++){
		snprint(name, sizeof name, "dir/%ld", i);
		close(create(in(name), OWRITE, 0644));
	}
	fd = open(in("dir"), OREAD);
	n = dirreadall(fd, &d);
	checkint(n, 500);
	qsort(d, n, sizeof *d, bynum);
	for(i = 0; i < n; i++){
		checkint(atoi(d[i].name), i);
		check(d[i].length == 0 && d[i].muid[0] != 0);
	}
	free(d);
	check(dirread(fd, &d) == 0 && d == nil);
	close(fd);
	fd = open(in("dir"), OREAD);
	for(n = 0; (m = dirread(fd, &d)) > 0; n += m)
		free(d);
	checkint(n, 500);
	close(fd);
	check(dirread(fd, &d) < 0);
	check(getwd(old, sizeof old) != nil);
	checkint(chdir(in("dir")), 0);
	check(getwd(here, sizeof here) != nil && strcmp(here+strlen(here)-4, "/dir") == 0);
	for(i = 0; i < 500; i++){
		snprint(name, sizeof name, "%ld", i);
		checkint(remove(name), 0);
	}
	chdir(old);
	checkint(remove(in("dir")), 0);
}

static void environment(void)
{
	char *s;
	int fd;

	checkint(putenv("x", "a value"), 0);
	s = getenv("x");
	checkstr(s, "a value");
	free(s);
	checkint(putenv("x", ""), 0);
	s = getenv("x");
	checkstr(s, "");
	free(s);
	fd = create("/env/list", OWRITE, 0666);
	write(fd, "a\0b c\0d\0", 8);
	close(fd);
	s = getenv("list");
	checkstr(s, "a b c d");
	free(s);
	check(getenv("") == nil && getenv("..") == nil && getenv("a/b") == nil && getenv("notset") == nil);
	checkint(putenv("a/b", "x"), -1);
	remove("/env/x");
	remove("/env/list");
	checkstr(getuser(), "glenda");
	check(getpid() > 0 && getppid() > 0 && strlen(sysname()) > 0);
}

static void memory(void)
{
	void **p[20], *q;
	long sem;
	int i, n;

	for(n = 0; n < 20 && (p[n] = privalloc()) != nil; n++)
		*p[n] = &p[n];
	check(n >= 8 && n < 20);
	for(i = 0; i < n; i++){
		check(*p[i] == &p[i]);
		privfree(p[i]);
	}
	q = sbrk(0);
	check(q != nil && sbrk(4096) == q && sbrk(0) == (char*)q+4096);
	memset(q, 1, 4096);
	check(sbrk(1L<<40) == (void*)-1);
	sem = 1;
	checkint(semacquire(&sem, 0), 1);
	checkint(semacquire(&sem, 0), 0);
	checkint(semrelease(&sem, 2), 2);
	checkint(tsemacquire(&sem, 10), 1);
	checkint(tsemacquire(&sem, 10), 1);
	checkint(tsemacquire(&sem, 10), 0);
}

static void randoms(void)
{
	long sum, v;
	int i, bad, hist[6];
	double f;

	memset(hist, 0, sizeof hist);
	bad = 0;
	sum = 0;
	srand(1);
	for(i = 0; i < 60000; i++){
		hist[nrand(6)]++;
		v = lrand();
		bad += v < 0 || v > 0x7FFFFFFF;
		v = rand();
		bad += v < 0 || v > 32767;
		f = frand();
		bad += f < 0 || f >= 1;
		sum += lnrand(1000);
	}
	checkint(bad, 0);
	for(i = 0; i < 6; i++)
		check(hist[i] > 9000 && hist[i] < 11000);
	check(sum/60000 > 480 && sum/60000 < 520);
	check(nrand(0) == 0 && nrand(1) == 0 && ntruerand(1) == 0 && ntruerand(10) < 10);
	srand(5);
	v = lrand();
	srand(5);
	check(lrand() == v);
	check(truerand() != truerand());
}

/* a network of plain files: no connection server, so the clone file is used as it is */
static void calls(void)
{
	char addr[300], dir[NETPATHLEN], buf[100];
	DialAddr da;
	int fd, cfd, i;
	char *s;

	for(i = 0; i < 3; i++)
		close(create(in(((char*[]){"net", "net/tcp", "net/tcp/7"})[i]), OREAD, DMDIR|0755));
	fd = create(in("net/tcp/clone"), OWRITE, 0666);
	write(fd, "7\n", 2);
	close(fd);
	fd = create(in("net/tcp/7/data"), OWRITE, 0666);
	write(fd, "data", 4);
	close(fd);
	snprint(addr, sizeof addr, "%s/net/tcp!host!http", work);
	check(strlen(work) < 25);
	fd = dial(addr, nil, dir, &cfd);
	check(fd >= 0 && cfd >= 0);
	checkint(read(fd, buf, sizeof buf), 4);
	check(strlen(dir) > 6 && strcmp(dir+strlen(dir)-6, "/tcp/7") == 0);
	close(fd);
	checkint(hangup(cfd), 0);
	seek(cfd, 0, 0);
	buf[read(cfd, buf, sizeof buf-1)] = 0;
	checkstr(buf, "7\nconnect host!80hangup");
	close(cfd);
	checkint(dialparse("/n/far/net/tcp!host!9fs", &da), 0);
	checkstr(da.netdir, "/n/far/net");
	checkstr(da.proto, "tcp");
	checkstr(da.host, "host");
	checkstr(da.service, "9fs");
	checkint(dialparse("icmp!10.0.0.1", &da), 0);
	checkstr(da.netdir, "/net");
	checkstr(da.host, "10.0.0.1");
	check(da.service == nil);
	check(dialparse("tcp", &da) < 0);
	check(dialparse("/tcp!x", &da) < 0);
	check(dial("nonsense", nil, nil, nil) < 0);
	check(dial("/net!x", nil, nil, nil) < 0);
	check(dial("/no/such/net/tcp!x!y", nil, nil, nil) < 0);
	checkstr(netmkaddr("host", "tcp", "http"), "tcp!host!http");
	checkstr(netmkaddr("host", nil, "http"), "net!host!http");
	checkstr(netmkaddr("udp!host", "tcp", "http"), "udp!host!http");
	checkstr(netmkaddr("udp!host!1", "tcp", "http"), "udp!host!1");
	setnetmtpt(buf, sizeof buf, nil);
	checkstr(buf, "/net");
	setnetmtpt(buf, sizeof buf, ".alt");
	checkstr(buf, "/net.alt");
	setnetmtpt(buf, sizeof buf, "/x/net");
	checkstr(buf, "/x/net");
	for(i = 0; (s = ((char*[]){"net/tcp/7/data", "net/tcp/7", "net/tcp/clone", "net/tcp", "net", nil})[i]) != nil; i++)
		checkint(remove(in(s)), 0);
}

static void printing(void)
{
	char buf[2000];
	Dir d;
	int fd[2];

	pipe(fd);
	checkint(fprint(fd[1], "%1500d", 7), 1500);
	checkint(readn(fd[0], buf, 1500), 1500);
	check(buf[1499] == '7' && buf[0] == ' ');
	checkint(fprint(-1, "x"), -1);
	close(fd[0]);
	close(fd[1]);
	fmtinstall('M', dirmodefmt);
	fmtinstall('H', encodefmt);
	fmtinstall('[', encodefmt);
	d.mode = DMDIR|0751;
	snprint(buf, sizeof buf, "%M %M %M %.3H %.4[", d.mode, DMAPPEND|DMEXCL|0600, 0, "\1\2\xff", "abcd");
	checkstr(buf, "d-rwxr-x--x alrw------- ----------- 0102FF YWJjZA==");
}

int main(int argc, char **argv)
{
	char dir[64];

	USED(argc);
	USED(argv);
	strcpy(dir, "/tmp/lsysXXXXXX");
	work = mktemp(dir);
	close(create(work, OREAD, DMDIR|0777));
	errors();
	optionses();
	ends();
	notes();
	files();
	directories();
	environment();
	memory();
	randoms();
	calls();
	printing();
	checkint(remove(work), 0);
	return checkdone();
}
