/*
 * peertest: for tests with other systems on a wire: echoes TCP on port 7000 and UDP on
 * 7001, makes dir/ready, and ends when somebody has called port 7009.  Port 7002 takes calls
 * and never reads; 7003 says how many pages the kernel has and how many processes there are;
 * 7004 writes for ever; 7005 reads a little and is killed.
 */
#include <u.h>
#include <libc.h>

static void echo(int fd)
{
	static char buf[16*1024];
	int n;

	while((n = read(fd, buf, sizeof buf)) > 0)
		if(write(fd, buf, n) != n)
			sysfatal("write: %r");
	if(n < 0)
		sysfatal("read: %r");
}

static void deaf(int fd)
{
	USED(fd);
	for(;;)
		sleep(100000);
}

static void memory(int fd)
{
	char buf[512], *s;
	Dir *d;
	int n, f;

	f = open("/dev/swap", OREAD);
	n = f < 0? -1: readn(f, buf, sizeof buf-1);
	if(n < 0)
		sysfatal("/dev/swap: %r");
	buf[n] = 0;
	s = strstr(buf, " kernel");
	if(s == nil)
		sysfatal("no kernel in /dev/swap");
	*s = 0;
	s = strrchr(buf, '\n');
	close(f);
	f = open("/proc", OREAD);
	n = dirreadall(f, &d);
	fprint(fd, "%s %d\n", s+1, n);
}

static void source(int fd)
{
	static char buf[16*1024];

	while(write(fd, buf, sizeof buf) > 0)
		;
}

static void killed(int fd)
{
	char buf[100];

	if(read(fd, buf, sizeof buf) > 0)
		postnote(PNPROC, getpid(), "kill");
}

/* a process for each call, which does that */
static void serve(char *addr, void (*serving)(int))
{
	char dir[40], call[40];
	int ctl, n, fd;

	if(fork() != 0)
		return;
	ctl = announce(addr, dir);
	if(ctl < 0)
		sysfatal("announce %s: %r", addr);
	while((n = listen(dir, call)) >= 0){
		switch(rfork(RFPROC|RFFDG|RFNOWAIT)){
		case -1:
			fprint(2, "fork for %s: %r\n", call);
			break;
		case 0:
			close(ctl);
			fd = accept(n, call);
			close(n);
			if(fd < 0)
				sysfatal("accept %s: %r", call);
			serving(fd);
			exits(nil);
		}
		close(n);
	}
	sysfatal("listen %s: %r", addr);
}

/* the addresses in front of each datagram send it back */
static void datagrams(char *addr)
{
	char dir[40], name[60];
	int ctl, fd;

	if(fork() != 0)
		return;
	ctl = announce(addr, dir);
	if(ctl < 0 || fprint(ctl, "headers") < 0)
		sysfatal("announce %s: %r", addr);
	snprint(name, sizeof name, "%s/data", dir);
	fd = open(name, ORDWR);
	if(fd < 0)
		sysfatal("%s: %r", name);
	echo(fd);
	sysfatal("%s: %r", name);
}

int main(int argc, char **argv)
{
	char dir[40], call[40], name[100];
	int fd;

	if(argc != 2)
		sysfatal("usage: peertest dir");
	if(rfork(RFNOTEG) < 0)
		sysfatal("rfork: %r");
	if(announce("tcp!*!7009", dir) < 0)
		sysfatal("announce: %r");
	serve("tcp!*!7000", echo);
	serve("tcp!*!7002", deaf);
	serve("tcp!*!7003", memory);
	serve("tcp!*!7004", source);
	serve("tcp!*!7005", killed);
	datagrams("udp!*!7001");
	snprint(name, sizeof name, "%s/ready", argv[1]);
	fd = create(name, OWRITE, 0666);
	if(fd < 0)
		sysfatal("%s: %r", name);
	close(fd);
	if(listen(dir, call) < 0)
		sysfatal("listen: %r");
	postnote(PNGROUP, getpid(), "kill");
	return 0;
}
