/*
 * host.c: servers in their hosts: a program's processes, srvhost(2), or the
 * kernel, host(3).  Each client gets a connection of its own, posted for the
 * moment that it takes to open it.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include "host.h"

enum {
	Patience = 20*1000,	/* ms for a client's end to be noticed */
	Step = 10,
};

/* a command of the control channel or file; -1 and errstr */
static int command(Host *h, char *fmt, ...)
{
	va_list args;
	char buf[ERRMAX+32];
	long n;

	va_start(args, fmt);
	n = vsnprint(buf, sizeof buf, fmt, args);
	va_end(args);
	if(write(h->ctl, buf, n) != n)
		return -1;
	if(h->kernel)
		return 0;
	n = read(h->ctl, buf, sizeof buf-1);
	buf[n > 0? n: 0] = 0;
	if(strncmp(buf, "ok", 2) == 0)
		return 0;
	werrstr("%s", buf);
	return -1;
}

static int openctl(Host *h)
{
	char path[64];

	snprint(path, sizeof path, h->kernel? "/host/%s/ctl": "/srv/%s.ctl", h->name);
	h->ctl = open(path, ORDWR|OCEXEC);
	return h->ctl < 0? -1: 0;
}

static int start(Host *h, Srv *s, char *arg)
{
	Hostopt o = { .name = h->name, .arg = arg };
	int fd, r;

	if(!h->kernel)
		return hostmain(s, &o);
	fd = open("/host/ctl", OWRITE);
	r = fd < 0 || fprint(fd, "new %s %s %q", s->name, h->name, arg) < 0? -1: 0;
	close(fd);
	return r;
}

Host *hostopen(char *where, Srv *s, char *arg)
{
	static int count;
	Host *h;
	Srv *mine;

	h = mallocz(sizeof *h, 1);
	mine = malloc(sizeof *mine);
	if(h == nil || mine == nil)
		return nil;
	*mine = *s;
	h->kernel = strcmp(where, "kernel") == 0;
	snprint(h->name, sizeof h->name, "play.%d.%d", getpid(), count++);
	if(start(h, mine, arg) < 0 || openctl(h) < 0)
		return nil;
	return h;
}

int hostclient(Host *h)
{
	char name[48], path[64];
	int fd;

	snprint(name, sizeof name, "%s.%d", h->name, h->nclient++);
	if(command(h, "post %s", name) < 0)
		return -1;
	snprint(path, sizeof path, "/srv/%s", name);
	fd = open(path, ORDWR|OCEXEC);
	remove(path);
	if(fd >= 0)
		h->nopen++;
	return fd;
}

/* how many connections the server has; -1 */
static int connections(Host *h)
{
	char path[64], buf[512], *s;
	long n;
	int fd;

	fd = h->ctl;
	if(h->kernel){
		snprint(path, sizeof path, "/host/%s/status", h->name);
		if((fd = open(path, OREAD)) < 0)
			return -1;
	}else if(write(fd, "status", 6) != 6)
		return -1;
	n = read(fd, buf, sizeof buf-1);
	if(h->kernel)
		close(fd);
	buf[n > 0? n: 0] = 0;
	s = strstr(buf, "connections ");
	return s != nil? atoi(s+12): -1;
}

int hostwait(Host *h)
{
	int n, ms;

	h->nopen--;
	for(ms = 0; (n = connections(h)) > h->nopen+1 && ms < Patience; ms += Step)
		sleep(Step);
	if(n == h->nopen+1)	/* the first one is never used */
		return 0;
	if(n >= 0)
		werrstr("%d connections", n);
	return -1;
}

int hostclose(Host *h)
{
	char path[64];
	int r;

	r = command(h, h->kernel? "remove": "exit");
	close(h->ctl);
	snprint(path, sizeof path, "/srv/%s", h->name);
	remove(path);
	free(h);
	return r;
}
