/*
 * hostctl.c: the control channel of an instance, /srv/name.ctl.
 *
 * A client writes a line and reads one: `ok ...` or `error ...`.  One
 * process obeys, so commands do not overlap.  After a restart the new
 * process inherits the channel and gives the answer.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include "host.h"

enum {
	Linelen = 1024,
	Maxargs = 32,
	Tries = 100, Dying = 10,	/* ms between them */
	Patience = 10000,	/* ms */
};

int hostpost(char *name, int fd, int flag)
{
	char path[256], num[16];
	int s, n;

	if(snprint(path, sizeof path, "#s/%s", name) >= (int)sizeof path - 1){
		werrstr("%s", Etoolong);
		return -1;
	}
	if((s = create(path, OWRITE|flag, 0600)) < 0)
		return -1;
	n = snprint(num, sizeof num, "%d", fd);
	if(write(s, num, n) != n){
		remove(path);
		close(s);
		return -1;
	}
	return s;
}

/*
 * Is there a server behind that control channel?  One that is just dying
 * closes it after its post; but another dying process may have that open too,
 * and no event tells when it has gone.
 */
static int alive(char *post)
{
	char path[256], buf[64];
	long n;
	int fd;

	if(snprint(path, sizeof path, "#s/%s", post) >= (int)sizeof path - 1)
		return 1;
	if((fd = open(path, ORDWR|OCEXEC)) < 0)
		return access(path, AEXIST) == 0;
	alarm(Patience);
	n = write(fd, "status", 6) == 6? read(fd, buf, sizeof buf): 0;
	alarm(0);
	close(fd);
	return n != 0;
}

int hostname(Host *h, char *name)
{
	char path[256], err[ERRMAX];
	int p[2], tries;

	if(pipe(p) < 0)
		return -1;
	snprint(path, sizeof path, "%s.ctl", name);
	for(tries = 0; (h->ctlpost = hostpost(path, p[0], ORCLOSE)) < 0 && tries < Tries; tries++){
		rerrstr(err, sizeof err);
		if(alive(path)){
			werrstr("%s", err);
			break;
		}
		sleep(Dying);
	}
	h->ctl = -1;
	if(h->ctlpost >= 0)
		h->ctl = dup(p[1], -1);	/* a higher number than the post's */
	close(p[0]);
	close(p[1]);
	return h->ctl < 0? -1: 0;
}

/*
 * The control channel's name goes, before who asked for it has an answer.
 * To close the post is not enough: after a restart the process before this
 * one may still be dying, with the same post open.
 */
static void unname(Host *h)
{
	char path[256];

	snprint(path, sizeof path, "#s/%s.ctl", h->name);
	remove(path);
}

static void status(Host *h, char *buf, int n)
{
	Hostfigs f;
	int conns;

	qlock(&h->lk);
	hostcount(h, &f);
	conns = h->nconn;
	qunlock(&h->lk);
	snprint(buf, n, "ok kind %s place user owner %s connections %d fids %ud requests %ud moves %ud "
		"pause %lld held %ud movedfids %ud bytes %llud", h->srv->name, srvowner(h->srv), conns, f.fids, f.reqs,
		h->moves, h->last.pause, h->last.reqs, h->last.fids, h->last.bytes);
}

/* one more connection, on fd: 0; -1 and errstr, fd is closed */
int hostconnect(Host *h, int fd)
{
	Conn *c;
	Hconn *x;

	x = nil;
	if((c = connnew(h->srv)) == nil)
		werrstr("%s", Enomem);
	else if((x = hostadd(h, c, fd)) != nil && hoststart(x) == 0)
		return 0;
	if(x != nil)
		hostdrop(x);
	if(c != nil)
		connclose(c);
	close(fd);
	return -1;
}

/* a further connection, posted; if that fails it sees its client gone */
static int post(Host *h, char *name)
{
	int p[2], r, s;

	if(pipe(p) < 0)
		return -1;
	qlock(&h->lk);
	r = hostconnect(h, p[1]);
	qunlock(&h->lk);
	if(r == 0 && (s = hostpost(name, p[0], OCEXEC)) >= 0)
		close(s);
	else
		r = -1;
	close(p[0]);
	return r;
}

void hostfigs(Hostfigs *f, char *buf, int n)
{
	snprint(buf, n, "ok requests %ud fids %ud bytes %llud pause %lld", f->reqs, f->fids, f->bytes, f->pause);
}

static int obey(Host *h, int argc, char **argv, char *buf, int n)
{
	Hostfigs f;

	if(argc == 1 && strcmp(argv[0], "status") == 0){
		status(h, buf, n);
		return 0;
	}
	snprint(buf, n, "ok");
	if(argc == 2 && strcmp(argv[0], "post") == 0)
		return post(h, argv[1]);
	if(argc >= 1 && strcmp(argv[0], "restart") == 0)
		return hostrestart(h, argv+1);
	if(argc == 1 && strcmp(argv[0], "kernel") == 0){
		if(hosttokernel(h, &f) < 0)
			return -1;
		hostfigs(&f, buf, n-1);
		strcat(buf, "\n");
		unname(h);
		write(h->ctl, buf, strlen(buf));
		hostover(h);
	}
	if(argc == 1 && strcmp(argv[0], "exit") == 0){
		unname(h);
		write(h->ctl, "ok\n", 3);
		qlock(&h->lk);
		hostover(h);
	}
	werrstr("bad control message");
	return -1;
}

void hostctl(Host *h)
{
	char line[Linelen], ans[Linelen], *argv[Maxargs+1];
	long n;
	int argc;

	while((n = read(h->ctl, line, sizeof line - 1)) > 0){
		line[n] = 0;
		argc = tokenize(line, argv, Maxargs);
		argv[argc] = nil;
		if(obey(h, argc, argv, ans, sizeof ans - 1) < 0)
			snprint(ans, sizeof ans - 1, "error %r");
		n = strlen(ans);
		ans[n++] = '\n';
		write(h->ctl, ans, n);
	}
}
