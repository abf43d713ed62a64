/* needs: lib9p fs/ramfs.c */
/* sanitize: thread,undefined */
/*
 * t_smp: many threads call one server, linked, at once, on their own fids
 * and on each other's: nobody waits, the losers get "fid in use", reads and
 * writes run side by side, and TSan sees no race.  The server parks every
 * other read and answers it from another thread.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sched.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"

enum {
	Nthread = 4,
	Nround = 2000,
};

extern Srv ramfssrv;

static Srv srv;
static Conn *conn;
static Fid *root, *shared;
static long fails;

#define expect(c) do{ if(!(c)){ __atomic_add_fetch(&fails, 1, __ATOMIC_RELAXED); printf("%d: %s: %s\n", __LINE__, #c, r->err? r->err: ""); } }while(0)

static void done(Req *r)
{
	reqdone(r);
}

static void call(Req *r, int type, Fid *f)
{
	r->type = type;
	r->srv = &srv;
	r->conn = conn;
	r->done = done;
	r->fid = f;
	srvcall(r);
	while(!reqisdone(r))
		sched_yield();
}

static Fid *walk(Req *r, Fid *from, char *name)
{
	Qid q[1];
	Fid *f;

	f = fidnew(conn, NOFID);
	r->newfid = f;
	r->nwname = name != nil;
	r->wname = &name;
	r->wqid = q;
	call(r, Twalk, from);
	if(r->err == nil && r->nwqid == r->nwname)
		return f;
	fidclose(f);
	return nil;
}

static void clunk(Req *r, Fid *f)
{
	call(r, Tclunk, f);
	expect(r->err == nil);
	fidclose(f);
}

/* a file of one's own, made, filled, read, removed */
static void ownfile(Req *r, int id, int i)
{
	char name[32];
	uchar out[300], in[300];
	Fid *f;

	snprint(name, sizeof name, "f%d.%d", id, i%5);
	f = walk(r, root, nil);
	expect(f != nil);
	r->name = name;
	r->perm = 0666;
	r->mode = ORDWR;
	call(r, Tcreate, f);
	expect(r->err == nil);
	memset(out, i, sizeof out);
	r->buf = (Buf){ .p = out, .n = sizeof out };
	r->offset = i*37;
	r->count = sizeof out;
	call(r, Twrite, f);
	expect(r->err == nil && r->rcount == sizeof out);
	r->buf = (Buf){ .p = in, .n = sizeof in };
	r->count = sizeof in;
	call(r, Tread, f);
	expect(r->err == nil && r->rcount == sizeof in && memcmp(in, out, sizeof in) == 0);
	call(r, Tremove, f);
	expect(r->err == nil);
	fidclose(f);
}

static int busy(Req *r)
{
	return r->err != nil && strcmp(r->err, Efidinuse) == 0;
}

/* all at one fid: create, walk in place, stat, walk from it */
static void fight(Req *r, int i)
{
	uchar buf[512];
	Qid q[2];
	Fid *f;
	char *names[] = { "sub", ".." };

	switch(i%4){
	case 0:
		r->newfid = shared;
		r->nwname = 2;
		r->wname = names;
		r->wqid = q;
		call(r, Twalk, shared);
		expect(r->err == nil || busy(r));
		break;
	case 1:
		r->buf = (Buf){ .p = buf, .n = sizeof buf };
		call(r, Tstat, shared);
		expect(r->err == nil || busy(r));
		break;
	case 2:
		f = walk(r, shared, "sub");
		expect(f != nil || busy(r));
		if(f != nil)
			clunk(r, f);
		break;
	case 3:
		r->name = "..";		/* refused, but not before it has the fid alone */
		r->perm = 0666;
		r->mode = OREAD;
		call(r, Tcreate, shared);
		expect(busy(r) || strcmp(r->err, Ebadname) == 0);
		break;
	}
}

static void *thread(void *arg)
{
	Req *r;
	int i, id;

	id = (int)(long)arg;
	r = calloc(1, sizeof *r);
	for(i = 0; i < Nround; i++){
		ownfile(r, id, i);
		fight(r, i+id);
	}
	free(r);
	return nil;
}

static void run(u32int flags)
{
	pthread_t t[Nthread];
	Req *r;
	Fid *f;
	long i;

	srv = ramfssrv;
	srv.flags = flags;
	srv.owner = "glenda";
	check(srv.init(&srv, "") == 0);
	conn = connnew(&srv);
	r = calloc(1, sizeof *r);
	root = fidnew(conn, NOFID);
	r->uname = "glenda";
	r->name = "";
	r->afid = nil;
	call(r, Tattach, root);
	expect(r->err == nil);
	f = walk(r, root, nil);
	r->name = "sub";
	r->perm = DMDIR|0777;
	r->mode = OREAD;
	call(r, Tcreate, f);
	expect(r->err == nil);
	clunk(r, f);
	shared = walk(r, root, nil);
	for(i = 0; i < Nthread; i++)
		pthread_create(&t[i], nil, thread, (void*)i);
	for(i = 0; i < Nthread; i++)
		pthread_join(t[i], nil);
	clunk(r, shared);
	clunk(r, root);
	free(r);
	connhangup(conn);
	connclose(conn);
	srv.fini(&srv);
}

/* --- flushes against answers: reads are answered by two other threads --- */
static struct {
	Lock lk;
	Req *q;
	int stop;
} later;

static void laterread(Req *r)
{
	r->rcount = 0;
	if(r->offset & 1){
		respond(r, nil);
		return;
	}
	lock(&later.lk);
	r->next = later.q;
	later.q = r;
	unlock(&later.lk);
}

static void laterflush(Req *r)
{
	Req **l, *o;

	lock(&later.lk);
	for(l = &later.q; (o = *l) != nil && o != r->oldreq; l = &o->next)
		;
	if(o != nil){
		*l = o->next;
		respond(o, Eintr);
	}
	unlock(&later.lk);
	respond(r, nil);
}

static Sfile laterfiles[] = {
	{ .name = "/", .mode = DMDIR|0555 },
	{ .name = "f", .mode = 0666, .read = laterread },
};

static Srv latersrv = {
	.name = "later",
	.files = laterfiles,
	.nfiles = nelem(laterfiles),
	.flush = laterflush,
};

static void *answerer(void *arg)
{
	Req *r;
	int stop;

	USED(arg);
	do{
		lock(&later.lk);
		if((r = later.q) != nil)
			later.q = r->next;
		stop = later.stop && r == nil;
		unlock(&later.lk);
		if(r != nil)
			respond(r, nil);
		else
			sched_yield();
	}while(!stop);
	return nil;
}

static void *flusher(void *arg)
{
	Req *r, *fl;
	Fid *f;
	long i, id;

	id = (long)arg;
	r = calloc(1, sizeof *r);
	fl = calloc(1, sizeof *fl);
	f = walk(r, root, "f");
	r->mode = OREAD;
	call(r, Topen, f);
	fl->srv = &srv;
	fl->conn = conn;
	for(i = 0; i < Nround; i++){
		r->type = Tread;
		r->offset = (i+id)*7/3;
		r->count = 0;
		r->buf = (Buf){ .p = (uchar*)"" };
		r->fid = f;
		srvcall(r);
		if(i%5)
			srvflush(fl, r);
		while(!reqisdone(r) || (i%5 && !reqisdone(fl)))
			sched_yield();
		expect(r->err == nil || strcmp(r->err, Eintr) == 0);
	}
	clunk(r, f);
	free(r);
	free(fl);
	return nil;
}

static void nokick(Conn *c)
{
	USED(c);
}

/* wait for an answer's type and tag */
static int answer(Conn *c, int *tag)
{
	Mreq *m;
	uchar *p;
	int type;

	while((m = connout(c)) == nil)
		sched_yield();
	if(connanswer(m, &p) == 0)
		abort();
	type = p[4];
	*tag = p[5];
	free(m->msg);
	free(m->rbuf);
	free(m);
	return type;
}

static void tell(Conn *c, Fcall *f)
{
	Mreq *m;
	u32int n;

	m = calloc(1, sizeof *m);
	m->msg = malloc(100);
	n = convS2M(f, m->msg, 100);
	connmsg(c, m->msg, n, m);
}

/* the same over messages: the old answer, if any, comes before Rflush */
static void *msgflusher(void *arg)
{
	Req *r = nil;
	Conn *c;
	Fcall f;
	long i;
	int tag, type, got;

	memset(&f, 0, sizeof f);
	c = connnew(&srv);
	c->reply = nokick;
	f = (Fcall){ .type = Tversion, .tag = NOTAG, .msize = 8192, .version = "9P2000" };
	tell(c, &f);
	expect(answer(c, &tag) == Rversion);
	f = (Fcall){ .type = Tattach, .fid = 1, .afid = NOFID, .uname = "u", .aname = "" };
	tell(c, &f);
	expect(answer(c, &tag) == Rattach);
	f = (Fcall){ .type = Twalk, .fid = 1, .newfid = 2, .nwname = 1, .wname = { "f" } };
	tell(c, &f);
	expect(answer(c, &tag) == Rwalk);
	f = (Fcall){ .type = Topen, .fid = 2 };
	tell(c, &f);
	expect(answer(c, &tag) == Ropen);
	for(i = 0; i < Nround; i++){
		f = (Fcall){ .type = Tread, .tag = 1, .fid = 2, .offset = i*7/3+(long)arg, .count = 10 };
		tell(c, &f);
		f = (Fcall){ .type = Tflush, .tag = 2, .oldtag = 1 };
		tell(c, &f);
		got = 0;
		while((type = answer(c, &tag)) != Rflush){
			expect(tag == 1 && (type == Rread || type == Rerror) && got++ == 0);
		}
		expect(tag == 2);
	}
	for(i = 0; i < 50; i++){	/* go away with much outstanding */
		f = (Fcall){ .type = Tread, .tag = 10+i, .fid = 2, .count = 10 };
		tell(c, &f);
	}
	connhangup(c);
	for(i = 0; i < 50; i++){
		Mreq *m;
		uchar *p;

		while((m = connout(c)) == nil)
			sched_yield();
		expect(connanswer(m, &p) == 0);
		free(m->msg);
		free(m->rbuf);
		free(m);
	}
	connclose(c);
	return nil;
}

static void flushes(void)
{
	pthread_t t[Nthread+2], a[2];
	Req *r;
	long i;

	srv = latersrv;
	conn = connnew(&srv);
	r = calloc(1, sizeof *r);
	root = fidnew(conn, NOFID);
	r->uname = "glenda";
	r->name = "";
	call(r, Tattach, root);
	for(i = 0; i < 2; i++)
		pthread_create(&a[i], nil, answerer, nil);
	for(i = 0; i < Nthread; i++)
		pthread_create(&t[i], nil, i&1? msgflusher: flusher, (void*)i);
	for(i = 0; i < Nthread; i++)
		pthread_join(t[i], nil);
	lock(&later.lk);
	later.stop = 1;
	unlock(&later.lk);
	for(i = 0; i < 2; i++)
		pthread_join(a[i], nil);
	clunk(r, root);
	free(r);
	srvreap(&srv);
	connhangup(conn);
	connclose(conn);
}

int main(void)
{
	flushes();
	run(SrvLocked);
	checkint(fails, 0);
	return checkdone();
}
