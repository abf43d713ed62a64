/*
 * hostmain.c: start a movable server's processes, srvhost(2).
 *
 * The program's process makes the first connection and posts or mounts its
 * client's end; a child, in a note group and name space of its own, becomes
 * the instance and says through a pipe how that went.  It then obeys the
 * control channel, or if there is none ends and leaves the connection's
 * process.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include "host.h"
#include "redo.h"
#include "redohost.h"

/* nothing is to wait for us at the other end of standard input and output */
static void quiet(void)
{
	int fd;

	if((fd = open("#c/null", ORDWR)) < 0)
		return;
	dup(fd, 0);
	dup(fd, 1);
	if(fd > 1)
		close(fd);
}

/* 1: it went on, and has its clients */
static int startnew(Host *h, Hostopt *o, int end)
{
	int r;

	if(o->name != nil && (h->name = strdup(o->name)) == nil)
		return -1;
	if(o->name != nil && hostname(h, o->name) < 0)
		return -1;
	qlock(&h->lk);
	if(o->redo && (r = redostart(h, o->name)) != 0){
		if(r > 0)
			close(end);
		hostthaw(h);
		return r;
	}
	h->frozen = 0;
	r = -1;
	if(h->srv->init == nil || h->srv->init(h->srv, o->arg != nil? o->arg: "") == 0)
		r = hostconnect(h, end);
	if(r == 0 && h->live != nil)
		h->live(h->srv);
	qunlock(&h->lk);
	return r;
}

/* the death of a process is that of all */
static void together(void)
{
	char path[64];
	int fd;

	snprint(path, sizeof path, "#p/%d/ctl", getpid());
	if((fd = open(path, OWRITE|OCEXEC)) < 0)
		return;
	write(fd, "together", 8);
	close(fd);
}

/* the child; rep is where it says how it went */
static void noreturn_ start(Srv *s, Hostopt *o, int end, int rep)
{
	char buf[ERRMAX];
	Host *h;
	int r;

	hostnotes();
	quiet();
	together();
	r = -1;
	if((h = hostnew(s, o)) != nil)
		r = o->take != nil? hosttakekernel(h, o->take): startnew(h, o, end);
	if(r < 0){
		rerrstr(buf, sizeof buf);
		fprint(rep, "error %s\n", buf);
		hostexit(h, buf);
	}
	hostfigs(&h->last, buf, sizeof buf);
	fprint(rep, "%s%s\n", r > 0? "again ": "", buf);
	close(rep);
	hostctl(h);
	_exits(nil);
}

/* what the child says: 0, 1 if it has its clients already; -1 and errstr */
static int report(int fd, int show)
{
	char buf[2*ERRMAX];
	long n;

	n = read(fd, buf, sizeof buf - 1);
	if(n <= 0){
		werrstr("the server ended");
		return -1;
	}
	buf[n] = 0;
	if(strncmp(buf, "again ", 6) == 0)
		return 1;
	if(strncmp(buf, "ok", 2) == 0){
		if(show)
			write(1, buf, n);
		return 0;
	}
	buf[n-1] = 0;
	werrstr("%s", buf+6);
	return -1;
}

/* the client's end of the first connection */
static int offer(Hostopt *o, int fd)
{
	int s;

	if(o->name != nil){
		if((s = hostpost(o->name, fd, OCEXEC)) < 0)
			return -1;
		close(s);
	}
	if(o->mtpt != nil)
		return mount(fd, -1, o->mtpt, o->flag, "") < 0? -1: 0;
	return 0;
}

int hostmain(Srv *s, Hostopt *o)
{
	int p[2], rep[2], pid, r;
	Host *h;

	if(o->take != nil && o->take[0] >= '0' && o->take[0] <= '9'){
		hostnotes();
		together();
		if((h = hostnew(s, o)) == nil)
			return -1;
		hosttakefd(h, atoi(o->take));
	}
	if(pipe(rep) < 0 || pipe(p) < 0)
		return -1;
	pid = rfork(RFPROC|RFFDG|RFNAMEG|RFNOTEG|RFNOWAIT);
	if(pid == 0){
		close(rep[0]);
		close(p[0]);
		start(s, o, p[1], rep[1]);
	}
	close(rep[1]);
	close(p[1]);
	r = pid < 0? -1: report(rep[0], o->take != nil);
	close(rep[0]);
	if(r == 0 && o->take == nil)
		r = offer(o, p[0]);
	close(p[0]);
	return r < 0? -1: 0;
}
