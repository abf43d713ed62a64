/*
 * hostkern.c: an instance goes into the kernel, or comes out of it, by the
 * files of #h, host(3).
 *
 * Into it: #h/clone is a fresh instance's control file; it gets the kind,
 * the name, the connections' ends and the image, and is told to restore and
 * to commit.  Closed before that, it forgets everything.  Out of it: while
 * #h/name/ctl, on which freeze was written, is open, the state and the ends
 * can be had; commit lets go of them, closing ctl without it thaws.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include "host.h"

enum {
	Iochunk = 64*1024,
};

static int tell(int fd, char *fmt, ...)
{
	char buf[256];
	va_list a;
	int n;

	va_start(a, fmt);
	n = vsnprint(buf, sizeof buf, fmt, a);
	va_end(a);
	return write(fd, buf, n) == n? 0: -1;
}

/* --- into the kernel --- */
static int putstate(char *num, Img *m)
{
	char path[64];
	usize off;
	long k;
	int fd;

	snprint(path, sizeof path, "#h/in.%s/state", num);
	if((fd = open(path, OWRITE|OCEXEC)) < 0)
		return -1;
	for(off = 0; off < m->n; off += k){
		k = m->n-off < Iochunk? m->n-off: Iochunk;
		if(pwrite(fd, m->p+off, k, off) != k)
			break;
	}
	close(fd);
	return off < m->n? -1: 0;
}

/* the instance is frozen, the kernel knows its kind and name */
static int putall(Host *h, int ctl, char *num, Hostfigs *f)
{
	char err[ERRMAX];
	Hconn *x;
	Img m;
	int r;

	imginit(&m);
	hostcount(h, f);
	r = hostsave(h, &m, 1);
	f->bytes = m.n;
	for(x = h->conns; x != nil && r == 0; x = x->next)
		r = tell(ctl, "conn %d", x->fd);
	if(r == 0)
		r = putstate(num, &m);
	imgfree(&m);
	if(r < 0 || tell(ctl, "since %lld", h->since) < 0 || tell(ctl, "restore") < 0)
		return -1;
	if(h->hooks != nil)
		h->hooks->leaving(h, 1);
	if(tell(ctl, "commit") < 0){
		rerrstr(err, sizeof err);
		if(h->hooks != nil)
			h->hooks->leaving(h, 0);
		werrstr("%s", err);
		return -1;
	}
	f->pause = nsec() - h->since;
	return 0;
}

int hosttokernel(Host *h, Hostfigs *f)
{
	char num[32], err[ERRMAX];
	long n;
	int ctl;

	if((ctl = open("#h/clone", ORDWR|OCEXEC)) < 0)
		return -1;
	if((n = read(ctl, num, sizeof num - 1)) <= 0)
		goto Bad;
	while(n > 0 && num[n-1] == '\n')
		n--;
	num[n] = 0;
	if(tell(ctl, "kind %s", h->srv->name) < 0 || tell(ctl, "name %q", h->name) < 0 || hostfreeze(h) < 0)
		goto Bad;
	if(putall(h, ctl, num, f) == 0)
		return 0;
	rerrstr(err, sizeof err);
	close(ctl);	/* so that it has let go of the ends */
	hostthaw(h);
	werrstr("%s", err);
	return -1;
Bad:
	rerrstr(err, sizeof err);
	close(ctl);
	werrstr("%s", err);
	return -1;
}

/* --- out of the kernel --- */
static int getstate(char *dir, Img *m)
{
	char path[256];
	uchar buf[8192];
	long n;
	int fd;

	snprint(path, sizeof path, "%s/state", dir);
	if((fd = open(path, OREAD|OCEXEC)) < 0)
		return -1;
	while((n = read(fd, buf, sizeof buf)) > 0)
		imgputn(m, buf, n);
	close(fd);
	return n < 0? -1: imgok(m);
}

/* the connections' ends, malloced, *n of them; nil and errstr */
static int *getends(char *dir, int *n)
{
	char path[256];
	int *fds, *more, fd;

	fds = nil;
	for(*n = 0; ; ++*n){
		snprint(path, sizeof path, "%s/conn/%d", dir, *n);
		if((fd = open(path, ORDWR)) < 0)
			break;
		if((more = realloc(fds, (*n+1)*sizeof fds[0])) == nil){
			free(fds);
			werrstr("%s", Enomem);
			return nil;
		}
		fds = more;
		fds[*n] = fd;
	}
	return fds;
}

int hosttakekernel(Host *h, char *dir)
{
	char path[256], *name;
	Img in, m;
	int *fds, ctl, n;

	snprint(path, sizeof path, "%s/ctl", dir);
	if((ctl = open(path, ORDWR|OCEXEC)) < 0 || tell(ctl, "freeze") < 0)
		return -1;
	h->since = nsec();
	imginit(&in);
	if(getstate(dir, &in) < 0 || (fds = getends(dir, &n)) == nil)
		return -1;
	imgopen(&m, in.p, in.n);
	qlock(&h->lk);
	if(hostbecome(h, &m, fds, n) < 0)
		return -1;
	name = strrchr(dir, '/');
	if(name == nil || (h->name = strdup(name+1)) == nil || hostname(h, h->name) < 0)
		return -1;
	hostcount(h, &h->last);
	h->last.bytes = in.n;
	if(tell(ctl, "commit") < 0)
		return -1;
	close(ctl);
	imgfree(&in);
	free(fds);
	hostmoved(h);
	return 0;
}
