/*
 * os.c: TCP's calls; rows that only Pintle has: the user server's again, the
 * same server being in the kernel, host(3), where its files are copied to.
 */
#include "os.h"
#include "row.h"

static char hosted[] = "/mnt/file";
static int fd = -1;
static char buf[64*1024];

static void tell(char *file, char *what)
{
	int f;

	f = open(file, OWRITE|OCEXEC);
	must(f >= 0 && write(f, what, strlen(what)) > 0, file);
	close(f);
}

static void copy(char *from, char *to)
{
	int in, out;
	long n;

	in = open(from, OREAD);
	out = create(to, OWRITE, 0666);
	must(in >= 0 && out >= 0, to);
	while((n = read(in, buf, sizeof buf)) > 0)
		must(write(out, buf, n) == n, to);
	close(in);
	close(out);
}

/* once for all rows */
static void make(char *userfile)
{
	int f;

	if(access(hosted, AEXIST) == 0)
		return;
	tell("#h/ctl", "new ramfs bench");
	f = open("/srv/bench", ORDWR);
	must(f >= 0 && mount(f, -1, "/mnt", MREPL|MCREATE, "") >= 0, "/srv/bench");
	copy(userfile, hosted);
}

static void opened(char *file)
{
	if(fd >= 0)
		close(fd);
	fd = open(file, OREAD);
	must(fd >= 0, file);
}

static void hostedopened(char *userfile)
{
	make(userfile);
	opened(hosted);
}

static void readn1(int n, long size)
{
	while(n-- > 0)
		must(pread(fd, buf, size, 0) == size, "read");
}

static void read1(int n) { readn1(n, 1); }
static void read8k(int n) { readn1(n, 8192); }

static void stat1(int n)
{
	while(n-- > 0)
		must(osstat(hosted), "stat");
}

static void open1(int n)
{
	int f;

	while(n-- > 0){
		f = osopen(hosted);
		must(f >= 0, "open");
		close(f);
	}
}

/* --- TCP --- */

char *osnet = "/net";
static char usernet[] = "/mnt";	/* where the hosted ramfs was before */
static char adir[NETPATHLEN];

void osend(int pid)
{
	char name[32];

	snprint(name, sizeof name, "/proc/%d/ctl", pid);
	tell(name, "kill");
	while(waitpid() != pid)
		;
}

static char addr[64];	/* that is called */

static void command(char **argv)
{
	int pid;
	Waitmsg *w;

	pid = rfork(RFPROC|RFFDG);
	if(pid == 0){
		exec(argv[0], argv);
		sysfatal("%s: %r", argv[0]);
	}
	w = wait();
	must(w != nil && w->pid == pid && w->msg[0] == 0, argv[0]);
	free(w);
}

static void loopback(void)
{
	char *argv[] = { "/bin/ip/ipconfig", "-x", osnet, "loopback", "127.0.0.1/8", nil };

	command(argv);
}

int osannounce(void)
{
	static char *up;
	char all[64];

	if(up != osnet)
		loopback();
	up = osnet;
	snprint(addr, sizeof addr, "%s/tcp!127.0.0.1!7007", osnet);
	snprint(all, sizeof all, "%s/tcp!*!7007", osnet);
	return announce(all, adir);
}

int osaccept(int announced)
{
	char dir[NETPATHLEN];
	int ctl, fd;

	USED(announced);
	ctl = listen(adir, dir);
	if(ctl < 0)
		return -1;
	fd = accept(ctl, dir);
	close(ctl);
	return fd;
}

int osdial(void)
{
	return dial(addr, nil, nil, nil);
}

/* another stack, in a program, has its turn; once for all rows, the last */
static void userstack(void)
{
	char *argv[] = { "/bin/ipsrv", "-s", "benchnet", nil };
	int f;

	if(osnet == usernet)
		return;
	command(argv);
	f = open("/srv/benchnet", ORDWR);
	must(f >= 0 && mount(f, -1, usernet, MREPL, "") >= 0, "/srv/benchnet");
	osnet = usernet;
}

static void userecho(char *file) { userstack(); echobefore(file); }
static void usercall(char *file) { userstack(); callbefore(file); }
static void userstream(char *file) { userstack(); streambefore(file); }

Row osrows[] = {
	{"user server: read 8 KiB", 10000, read8k, opened},
	{"hosted server: read 1 byte", 10000, read1, hostedopened},
	{"hosted server: read 8 KiB", 10000, read8k, hostedopened},
	{"hosted server: stat(path)", 5000, stat1, make},
	{"hosted server: open + close", 5000, open1, make},
	{"user TCP: round trip, 1 byte", 2000, tcpround, userecho},
	{"user TCP: connect + accept + close", 300, tcpcall, usercall},
	{"user TCP: stream, per KiB, 64 KiB writes", 4096, tcpstream, userstream},
	{nil, 0, nil, nil},
};
