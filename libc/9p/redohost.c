/*
 * redohost.c: the user host's restart log: what is written while it serves.
 *
 * The log is in the segment srv.name of #g, and the server's end of each
 * connection is posted too, as /srv/name.N.serve: both outlive all processes,
 * belong to the user alone, and a new process of his goes on from them
 * (redoback.c).  A message is in the log before it is handled, with the time
 * that the server then sees; nothing else comes to a server from outside, so
 * handling the same messages again makes the same state and the same answers.
 * How many of those went out the kernel knows, which counts the messages
 * written to each end of a pipe.
 *
 * An error may come of something that will not happen again, as memory
 * running out, and changes nothing in a server; so it is logged with its
 * text, and given again instead of handled.
 *
 * Locks: the instance lock for all but the slots; then each connection's
 * outlk, so that no answer is taken while they are counted and saved.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include "host.h"
#include "redo.h"
#include "redohost.h"

enum {
	Slack = 512,		/* of the log, beside a message: its RecTaken and RecError */
	Retry = 256,		/* messages after which a lost log is tried again */
};
#define Segbase 0x100000000000ULL

Redohost redo;

static vlong redoclock(void)
{
	return redo.now;
}

/* --- posts --- */
void redoservename(Redohost *r, u32int id, char *buf, int n)
{
	snprint(buf, n, "#s/%s.%ud.serve", r->h->name, id);
}

static int has(Redohost *r, u32int id)
{
	Redoconn *c;
	int i;

	for(i = 0; r != nil && i < RedoConns; i++)
		if(r->slot[i] != nil && (c = r->slot[i]->hook) != nil && c->id == id)
			return 1;
	return 0;
}

/* the number in name.N.serve, or -1 */
static long serveid(char *file, char *name)
{
	usize n;
	char *end;
	long id;

	n = strlen(name);
	if(strncmp(file, name, n) != 0 || file[n] != '.' || file[n+1] < '0' || file[n+1] > '9')
		return -1;
	id = strtol(file+n+1, &end, 10);
	return strcmp(end, ".serve") == 0? id: -1;
}

void redoclean(char *name, Redohost *r)
{
	char path[256];
	Dir *d;
	long i, n, id;
	int fd;

	if((fd = open("#s", OREAD|OCEXEC)) < 0)
		return;
	n = dirreadall(fd, &d);
	close(fd);
	for(i = 0; i < n; i++)
		if((id = serveid(d[i].name, name)) >= 0 && !has(r, id)){
			snprint(path, sizeof path, "#s/%s", d[i].name);
			remove(path);
		}
	if(n > 0)
		free(d);
}

static int postserve(Redohost *r, Redoconn *c, int fd)
{
	char path[256];
	int s, tries;

	for(tries = 0; tries < 100; tries++){	/* somebody else may have made such a name */
		c->id = r->nextid++;
		redoservename(r, c->id, path, sizeof path);
		if((s = hostpost(path+3, fd, OCEXEC)) >= 0){
			close(s);
			return 0;
		}
	}
	return -1;
}

static void unpost(Redohost *r, Redoconn *c)
{
	char path[256];

	redoservename(r, c->id, path, sizeof path);
	remove(path);
}

/* --- the log --- */
void redoputconns(Redohost *r, Img *m)
{
	Hconn *x;
	Redoconn *c;

	imgput4(m, r->nextid);
	imgput4(m, r->h->nconn);
	for(x = r->h->conns; x != nil; x = x->next){
		c = x->hook;
		imgput4(m, c->id);
		imgput4(m, c->slot);
		imgput4(m, c->base);
		imgput4(m, c->sent);
		imgput4(m, c->nmsg);
	}
}

int redogetconns(Redohost *r, Img *m, Redoconn *c, int max)
{
	u32int i, n;

	r->nextid = imgget4(m);
	n = imgget4(m);
	if(n > (u32int)max)
		imgfail(m, Ebadimage);
	for(i = 0; imgerr(m) == nil && i < n; i++){
		c[i] = (Redoconn){ .id = imgget4(m) };
		c[i].slot = imgget4(m);
		c[i].base = imgget4(m);
		c[i].sent = c[i].taken = imgget4(m);
		c[i].nmsg = imgget4(m);
		if(c[i].slot >= RedoConns)
			imgfail(m, Ebadimage);
	}
	return imgend(m) < 0? -1: (int)n;
}

static int save(Redohost *r)
{
	Img pre, m;
	int ret;

	imginit(&pre);
	imginit(&m);
	redoputconns(r, &pre);
	ret = imgok(&pre);
	if(ret == 0)
		ret = hostsave(r->h, &m, 0);
	if(ret == 0)
		ret = redocheckpoint(&r->log, pre.p, pre.n, m.p, m.n);
	imgfree(&pre);
	imgfree(&m);
	return ret;
}

/* lk is held */
int redocheck(Redohost *r)
{
	Hconn *x;
	int ret;

	for(x = r->h->conns; x != nil; x = x->next)
		qlock(&x->outlk);
	ret = save(r);
	for(x = r->h->conns; x != nil; x = x->next)
		qunlock(&x->outlk);
	r->off = ret < 0;
	if(r->off)
		redoforget(&r->log);
	return ret;
}

/* have room for n bytes of data and what may go with them: 0; -1: there is no log */
static int ready(Redohost *r, u32int n)
{
	if(!r->off && redoleft(&r->log) >= (u64int)n+Slack)
		return 0;
	if(r->off && r->missed++ % Retry != Retry-1)
		return -1;
	return redocheck(r);
}

static Redorec *record(Redohost *r, Redoconn *c, int kind, u32int num, void *data, u32int n)
{
	return redolog(&r->log, kind, c->slot, num, r->now, data, n);
}

/* --- hooks --- */
static int newslot(Redohost *r)
{
	int i;

	for(i = 0; i < RedoConns; i++)
		if(r->slot[i] == nil)
			return i;
	werrstr("too many connections");
	return -1;
}

static void given(Redohost *r, Hconn *x, Redoconn *c)
{
	*c = r->add;
	x->hook = c;
	r->slot[c->slot] = x;
}

static int redoopened(Hconn *x)
{
	Redohost *r;
	Redoconn *c;
	Dir *d;
	int slot;

	r = &redo;
	if((c = mallocz(sizeof *c, 1)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	if(r->replaying){
		given(r, x, c);
		return 0;
	}
	if((slot = newslot(r)) < 0 || (d = dirfstat(x->fd)) == nil){
		free(c);
		return -1;
	}
	c->base = d->qid.vers;
	free(d);
	c->slot = slot;
	if(postserve(r, c, x->fd) < 0){
		free(c);
		return -1;
	}
	if(ready(r, 4) == 0)
		record(r, c, RecNew, c->id, &c->base, 4);
	r->slot[slot] = x;
	x->hook = c;
	return 0;
}

static void redoclosed(Hconn *x)
{
	Redohost *r;
	Redoconn *c;
	u32int have, num;

	r = &redo;
	c = x->hook;
	if(!r->replaying){
		r->now = nsec();
		if(ready(r, 0) == 0)
			record(r, c, RecHangup, 0, nil, 0);
		redoslot(&r->log, c->slot, &have, &num);
		redodrop(&r->log, c->slot, have, 0);
		unpost(r, c);
	}
	r->slot[c->slot] = nil;
	x->hook = nil;
	free(c);
}

static long redoreadmsg(Hconn *x, void *buf, long n)
{
	Redoconn *c;
	Redo *l;
	uchar *p;
	u32int room;
	long k;

	l = &redo.log;
	c = x->hook;
	if(c->at > 0){
		redodrop(l, c->slot, c->at, c->nmsg);
		c->at = 0;
	}
	p = redoroom(l, c->slot, &room);
	k = hostread(x, p, n < (long)room? n: (long)room);
	if(k > 0){
		redoread(l, c->slot, k);
		memmove(buf, p, k);
	}
	return k;
}

static void redobegin(Hconn *x, uchar *msg, u32int n)
{
	Redohost *r;
	Redoconn *c;

	r = &redo;
	c = x->hook;
	r->now = nsec();
	r->rec = nil;
	if(ready(r, n) == 0){
		r->rec = record(r, c, RecMsg, c->nmsg, msg, n);
		if(n > BIT32SZ && msg[BIT32SZ] == Tversion)
			record(r, c, RecTaken, c->taken, nil, 0);
	}
	c->nmsg++;
	c->at += n;
}

static void redoend(Hconn *x, Mreq *m)
{
	Redohost *r;
	Redoconn *c;
	char *err;

	r = &redo;
	if(r->rec == nil)
		return;
	c = x->hook;
	if(m->r.state != Rfin)
		redoresult(&r->log, r->rec, ResParked);
	else if((err = m->r.err) == nil || m->r.type == Tversion)
		redoresult(&r->log, r->rec, ResAnswered);
	else{
		record(r, c, RecError, r->rec->num, err, strlen(err)+1);
		redoresult(&r->log, r->rec, ResError);
	}
}

static void redotaken(Hconn *x)
{
	((Redoconn*)x->hook)->taken++;
}

static void redosent(Hconn *x)
{
	((Redoconn*)x->hook)->sent++;
}

/* the rest will be a message of its own to the pipe */
static void redopart(Hconn *x)
{
	((Redoconn*)x->hook)->base++;
}

/* the segment and the ends of the connections */
static void sweep(char *name)
{
	char path[256];

	snprint(path, sizeof path, "#g/srv.%s", name);
	remove(path);
	redoclean(name, nil);
}

/*
 * Another will have the clients in a moment, and whoever goes on from the log
 * then would take its messages from it.
 */
static void redoleaving(Host *h, int leaving)
{
	USED(h);
	if(leaving)
		redoforget(&redo.log);
	else
		redocheck(&redo);
}

static void redoover(Host *h)
{
	sweep(h->name);
}

void srvforget(char *name)
{
	char path[256];

	snprint(path, sizeof path, "#s/%s", name);
	remove(path);
	sweep(name);
}

Hosthook redohooks = {
	.open = redoopened,
	.close = redoclosed,
	.read = redoreadmsg,
	.begin = redobegin,
	.end = redoend,
	.taken = redotaken,
	.sent = redosent,
	.part = redopart,
	.leaving = redoleaving,
	.over = redoover,
};

/* --- the segment --- */
static int resize(Redo *l, u64int size)
{
	if(segbrk(l->p, l->p+size) == (void*)-1)
		return -1;
	l->size = size;
	return 0;
}

static int segjoin(Redo *l, char *name)
{
	char path[256], buf[128], *word[3];
	int fd;
	long n;

	snprint(path, sizeof path, "#g/%s/ctl", name);
	if((fd = open(path, OREAD|OCEXEC)) < 0)
		return -1;
	n = read(fd, buf, sizeof buf - 1);
	close(fd);
	if(n < 0)
		return -1;
	buf[n] = 0;
	if(tokenize(buf, word, 3) != 3){
		werrstr("bad segment");
		return -1;
	}
	l->p = segattach(SG_CEXEC, name, nil, 0);
	l->size = strtoull(word[2], nil, 0);
	return l->p == (void*)-1? -1: 0;
}

static int segmake(Redo *l, char *name)
{
	char path[256];
	int fd, r;

	snprint(path, sizeof path, "#g/%s", name);
	if((fd = create(path, OREAD|OCEXEC, DMDIR|0700)) < 0)
		return -1;
	close(fd);
	snprint(path, sizeof path, "#g/%s/ctl", name);
	if((fd = open(path, OWRITE|OCEXEC)) < 0)
		return -1;
	r = fprint(fd, "va %#llux %#llux", Segbase, redoleast(l, RedoConns, RedoMsize));
	close(fd);
	return r < 0? -1: segjoin(l, name);
}

static void begin(Redohost *r, Host *h)
{
	r->h = h;
	r->log = (Redo){ .leastlog = RedoLog, .resize = resize };
	r->now = nsec();
	srvclock = redoclock;
	if(h->srv->msize == 0 || h->srv->msize > RedoMsize)
		h->srv->msize = RedoMsize;
}

int redojoin(Host *h, char *name)
{
	char seg[256];

	begin(&redo, h);
	snprint(seg, sizeof seg, "srv.%s", name);
	return segjoin(&redo.log, seg);
}

int redostart(Host *h, char *name)
{
	char path[256];
	Redohost *r;

	r = &redo;
	if(h->srv->save == nil){
		werrstr("%s cannot be restarted", h->srv->name);
		return -1;
	}
	snprint(path, sizeof path, "#s/%s", name);
	if(access(path, AEXIST) == 0 && redojoin(h, name) == 0){
		if(redoopen(&r->log, name) < 0 || redoback(r) < 0)
			return -1;
		return 1;
	}
	sweep(name);	/* what one that never got its clients has left */
	snprint(path, sizeof path, "srv.%s", name);
	begin(r, h);
	if(segmake(&r->log, path) < 0 || redoformat(&r->log, name, RedoConns, RedoMsize) < 0)
		return -1;
	h->hooks = &redohooks;
	return 0;
}
