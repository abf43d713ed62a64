/*
 * hostmove.c: hand an instance over to a fresh process, or be that one.
 *
 * The new process is started with option -M and a
 * descriptor, the connections' ends inherited, and the two talk over that:
 *
 *	new -> old	"take"			started, knows what to do
 *			the old side freezes
 *	old -> new	a Hand, then the image	see handput
 *	new -> old	"ready"			restored, processes waiting; or why not
 *	old -> new	"go"			the step from one to the other
 *
 * Whatever else happens before "go" - another word, the end of the file,
 * time running out - the old side thaws and the new one ends.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include "host.h"
#include "redo.h"
#include "redohost.h"

enum {
	Maxconn = 4096,
	Maxhead = 64*1024,
	Maxargs = 32,
	Iochunk = 64*1024,
	Patience = 60000,	/* ms: for an answer from the other side */
};

static char handmagic[] = "pintle hand-over 1";

/* --- bytes --- */
static int putall(int fd, void *p, uvlong n)
{
	uchar *q;
	long k;

	for(q = p; n > 0; q += k, n -= k){
		k = n < Iochunk? n: Iochunk;
		if(write(fd, q, k) != k)
			return -1;
	}
	return 0;
}

static int getall(int fd, void *p, uvlong n)
{
	uchar *q;
	long k;

	for(q = p; n > 0; q += k, n -= k){
		k = read(fd, q, n < Iochunk? n: Iochunk);
		if(k == 0)
			werrstr("%s", Ehungup);
		if(k <= 0)
			return -1;
	}
	return 0;
}

static int say(int fd, char *word)
{
	return putall(fd, word, strlen(word));
}

/* wait for the other side to say word: 0; -1 and errstr, perhaps what it said instead */
static int hear(int fd, char *word)
{
	char buf[ERRMAX];
	long n;

	alarm(Patience);
	n = read(fd, buf, sizeof buf - 1);
	alarm(0);
	if(n <= 0){
		werrstr(n == 0? "the other side ended": "no answer from the other side");
		return -1;
	}
	buf[n] = 0;
	if(strcmp(buf, word) == 0)
		return 0;
	werrstr("%s", buf);
	return -1;
}

/* --- what a fresh process must know besides the image --- */
static void handput(Host *h, Img *m, Hostfigs *f)
{
	Hconn *x;

	imgputs(m, handmagic);
	imgputs(m, h->name);
	imgputs(m, srvowner(h->srv));
	imgput4(m, h->moves);
	imgput8(m, h->since);
	imgput4(m, f->reqs);
	imgput4(m, f->fids);
	imgput8(m, f->bytes);
	imgput4(m, h->ctl);
	imgput4(m, h->ctlpost);
	imgput4(m, h->nconn);
	for(x = h->conns; x != nil; x = x->next)
		imgput4(m, x->fd);
	imgput1(m, h->hooks != nil);
	if(h->hooks != nil)
		redoputconns(&redo, m);
}

/* descriptors of the connections, malloced, n of them; nil and errstr */
static int *handget(Host *h, Img *m, u32int *n)
{
	int *fd;
	u32int i;
	char *name, *owner;

	if(strcmp(imggets(m), handmagic) != 0)
		imgfail(m, "not what a server hands over");
	name = imggets(m);
	owner = imggets(m);
	h->moves = imgget4(m);
	h->since = imgget8(m);
	h->last.reqs = imgget4(m);
	h->last.fids = imgget4(m);
	h->last.bytes = imgget8(m);
	h->ctl = imgget4(m);
	h->ctlpost = imgget4(m);
	*n = imgget4(m);
	if(*n == 0 || *n > Maxconn)
		imgfail(m, Ebadimage);
	if(imgok(m) < 0)
		return nil;
	h->name = strdup(name);
	h->srv->owner = strdup(owner);
	if(h->name == nil || h->srv->owner == nil || (fd = malloc(*n*sizeof fd[0])) == nil){
		werrstr("%s", Enomem);
		return nil;
	}
	for(i = 0; i < *n; i++)
		fd[i] = imgget4(m);
	h->redo = imgget1(m);
	if((h->redo? redohanded(&redo, m): imgend(m)) < 0){
		free(fd);
		return nil;
	}
	return fd;
}

/* --- the new side --- */

/* take up a request that waited; the memory stays m's, fids not used do not */
static void parked(Conn *c, Held *d, Mreq *m)
{
	connheld(c, d, m);
	if(d->fid != nil)
		fidclose(d->fid);
	if(d->afid != nil)
		fidclose(d->afid);
	d->fid = d->afid = nil;
}

/* what its connections hold: answers are kept, parked requests begun, messages put where they would be read */
static int takeheld(Conn **c, int n)
{
	Hconn *x;
	Held *d, **l;
	Mreq *m;
	int i;

	while((d = heldnext(c, n, &i)) != nil){
		x = c[i]->host;
		switch(d->kind){
		case HeldAnswer:
			for(l = &x->answers; *l != nil; l = &(*l)->next)
				;
			d->next = nil;
			*l = d;
			continue;
		case HeldParked:
			if((m = msgmemheld(&x->mem, d)) == nil)
				goto Nomem;
			parked(c[i], d, m);
			continue;
		}
		if(msginsize(&x->in, x->in.end + d->n) < 0)
			goto Nomem;
		memmove(x->in.buf + x->in.end, d->msg, d->n);
		x->in.end += d->n;
		heldfree(d);
	}
	return 0;
Nomem:
	heldfree(d);
	werrstr("%s", Enomem);
	return -1;
}

int hostbecome(Host *h, Img *m, int *fd, int n)
{
	Conn **c;
	Hconn *x;
	int i, k;

	if((c = mallocz(n*sizeof c[0], 1)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	if((k = srvrestore(h->srv, m, c, n)) < 0)
		return -1;
	if(k != n){
		werrstr("the image is of %d connections, not of %d", k, n);
		return -1;
	}
	for(i = 0; i < n; i++)
		if(hostadd(h, c[i], fd[i]) == nil)
			return -1;
	if(takeheld(c, n) < 0)
		return -1;
	for(x = h->conns; x != nil; x = x->next)
		if(hoststart(x) < 0)
			return -1;
	free(c);
	return 0;
}

void hostmoved(Host *h)
{
	h->moves++;
	if(h->live != nil)
		h->live(h->srv);
	h->last.pause = nsec() - h->since;
	hostthaw(h);
}

static int takehand(Host *h, int fd, Img *m, int **fds, u32int *n)
{
	uchar head[BIT32SZ], *p;
	Img hand;
	u32int size;

	if(say(fd, "take") < 0 || getall(fd, head, sizeof head) < 0)
		return -1;
	size = head[0] | head[1]<<8 | head[2]<<16 | (u32int)head[3]<<24;
	if(size > Maxhead || (p = malloc(size)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	if(getall(fd, p, size) < 0)
		return -1;
	imgopen(&hand, p, size);
	*fds = handget(h, &hand, n);
	free(p);
	if(*fds == nil)
		return -1;
	if((p = malloc(h->last.bytes)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	imgopen(m, p, h->last.bytes);
	return getall(fd, p, m->n);
}

void hosttakefd(Host *h, int fd)
{
	char buf[ERRMAX];
	Img m;
	u32int n;
	int *fds;

	if(takehand(h, fd, &m, &fds, &n) < 0)
		goto Bad;
	if(h->redo && redojoin(h, h->name) < 0)	/* before processes are made: they share what there is */
		goto Bad;
	qlock(&h->lk);
	if(hostbecome(h, &m, fds, n) < 0 || (h->redo && redoadopt(h) < 0))
		goto Bad;
	free(m.p);
	free(fds);
	if(say(fd, "ready") < 0 || hear(fd, "go") < 0)
		hostexit(h, "given up");
	close(fd);
	if(h->redo)
		redocheck(&redo);
	hostmoved(h);
	hostfigs(&h->last, buf, sizeof buf - 1);
	say(h->ctl, strcat(buf, "\n"));
	hostctl(h);
	_exits(nil);
Bad:
	rerrstr(buf, sizeof buf);
	say(fd, buf[0] != 0? buf: "no reason");
	hostexit(h, buf);
}

/* --- the old side --- */

/* the words of a restart: argv's but for an -M that it was itself started with */
static void words(char **argv, char *fd, char **args)
{
	int i, n;

	n = 0;
	args[n++] = argv[0];
	args[n++] = "-M";
	args[n++] = fd;
	i = 1;
	if(argv[1] != nil && strcmp(argv[1], "-M") == 0 && argv[2] != nil)
		i = 3;
	for(; argv[i] != nil && n < Maxargs; i++)
		args[n++] = argv[i];
	args[n] = nil;
}

/* start the new side with our descriptors: its pid, *fd where to talk to it; -1 and errstr */
static int launch(char **argv, int *fd)
{
	char num[16], prog[256], *args[Maxargs+1];
	int pid, p[2];

	if(pipe(p) < 0)
		return -1;
	snprint(num, sizeof num, "%d", p[1]);
	words(argv, num, args);
	snprint(prog, sizeof prog, "%s%s", strchr(argv[0], '/') != nil? "": "/bin/", argv[0]);
	pid = rfork(RFPROC|RFMEM|RFFDG|RFNOTEG|RFNOWAIT);
	if(pid == 0){
		close(p[0]);
		exec(prog, args);
		fprint(p[1], "%s: %r", prog);
		_exits("exec");
	}
	close(p[1]);
	if(pid < 0){
		close(p[0]);
		return -1;
	}
	*fd = p[0];
	return pid;
}

/* tell the new side all: 0; -1 and errstr */
static int give(Host *h, int fd, Img *m)
{
	Hostfigs f;
	uchar head[BIT32SZ];
	Img hand;
	int r;

	if(hostsave(h, m, 1) < 0)
		return -1;
	hostcount(h, &f);
	f.bytes = m->n;
	imginit(&hand);
	handput(h, &hand, &f);
	head[0] = hand.n;
	head[1] = hand.n >> 8;
	head[2] = hand.n >> 16;
	head[3] = hand.n >> 24;
	r = imgok(&hand);
	/* if it does not take all, it says why */
	alarm(Patience);
	if(r == 0 && putall(fd, head, sizeof head) == 0 && putall(fd, hand.p, hand.n) == 0)
		putall(fd, m->p, m->n);
	alarm(0);
	imgfree(&hand);
	return r;
}

static void killproc(int pid)
{
	char path[64];
	int fd;

	snprint(path, sizeof path, "#p/%d/ctl", pid);
	if((fd = open(path, OWRITE|OCEXEC)) < 0)
		return;
	write(fd, "kill", 4);
	close(fd);
}

int hostrestart(Host *h, char **argv)
{
	char err[ERRMAX], *kind[2];
	Img m;
	int fd, pid;

	kind[0] = h->srv->name;
	kind[1] = nil;
	if(argv[0] == nil)
		argv = h->argv != nil? h->argv: kind;
	if((pid = launch(argv, &fd)) < 0)
		return -1;
	if(hear(fd, "take") < 0 || hostfreeze(h) < 0)
		goto Bad;
	imginit(&m);
	if(give(h, fd, &m) == 0 && hear(fd, "ready") == 0 && say(fd, "go") == 0)
		hostexit(h, nil);
	imgfree(&m);
	hostthaw(h);
Bad:
	rerrstr(err, sizeof err);
	killproc(pid);
	close(fd);
	werrstr("%s", err);
	return -1;
}
