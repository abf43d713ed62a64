/* needs: lib9p fs/ramfs.c */
/*
 * t_io: the byte-channel host, the client and the workers, over sockets that
 * keep message bounds and that do not, with threads.  t_iothread is the same
 * under TSan.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>
#include <pthread.h>
#include <semaphore.h>
#include <sched.h>
#include <poll.h>
#include <sys/socket.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "host.h"

extern Srv ramfssrv;

/* --- channels --- */
static int crumbs;	/* reads bring a few bytes only */

static long ioread(Io *io, void *p, long n)
{
	long k;

	if(crumbs && n > 7)
		n = 7;
	k = read(io->fd, p, n);
	if(k < 0)
		werrstr("%s", errno == EINTR? Eintr: Eio);
	return k;
}

static long iowrite(Io *io, const void *p, long n)
{
	long done, k;

	for(done = 0; done < n; done += k)
		if((k = send(io->wfd, (char*)p+done, n-done, MSG_NOSIGNAL)) <= 0){
			werrstr("%s", Eio);
			return -1;
		}
	return n;
}

typedef struct Served Served;
struct Served {
	Srv *s;
	Io io, cio;
	pthread_t t;
	int ret;
};

static void *server(void *arg)
{
	Served *x;

	x = arg;
	x->ret = srvio(x->s, &x->io);
	shutdown(x->io.fd, SHUT_RDWR);
	return nil;
}

static void serve(Served *x, Srv *s, int type)
{
	int fd[2];

	if(socketpair(AF_UNIX, type, 0, fd) < 0)
		abort();
	x->s = s;
	x->io = (Io){ .read = ioread, .write = iowrite, .fd = fd[0], .wfd = fd[0] };
	x->cio = (Io){ .read = ioread, .write = iowrite, .fd = fd[1], .wfd = fd[1] };
	pthread_create(&x->t, nil, server, x);
}

static int unserve(Served *x)
{
	shutdown(x->cio.fd, SHUT_RDWR);
	pthread_join(x->t, nil);
	close(x->io.fd);
	close(x->cio.fd);
	return x->ret;
}

static int failswith(int r, char *e)
{
	char buf[ERRMAX];

	rerrstr(buf, sizeof buf);
	if(r >= 0 || strcmp(buf, e) != 0)
		printf("\tgot %d, %s\n", r, buf);
	return r < 0 && strcmp(buf, e) == 0;
}

/* --- the client against ramfs --- */
static u32int newfile(C9 *c, char *dir, char *name, u32int perm, int mode)
{
	u32int f;

	f = c9fidnew(c);
	check(c9walk(c, 0, f, dir, nil) == 0);
	check(c9create(c, f, name, mode, perm, nil, nil) == 0);
	return f;
}

static void bigfile(C9 *c)
{
	static uchar out[700000], in[sizeof out+100];
	u32int f;
	uint i;

	for(i = 0; i < sizeof out; i++)
		out[i] = i*i>>8 ^ i;
	f = newfile(c, "", "big", 0644, ORDWR);
	checkint(c9writen(c, f, out, sizeof out, 0), sizeof out);
	checkint(c9readn(c, f, in, sizeof out, 0), sizeof out);
	check(memcmp(in, out, sizeof out) == 0);
	memset(in, 0, sizeof in);
	checkint(c9read(c, f, in, sizeof in, 0), sizeof out);
	check(memcmp(in, out, sizeof out) == 0);
	checkint(c9readn(c, f, in, sizeof in, 0), sizeof out);
	checkint(c9readn(c, f, in, 1000, sizeof out-10), 10);
	checkint(c9read(c, f, in, 10, sizeof out), 0);
	checkint(c9read(c, f, in, 0, 0), 0);
	checkint(c9write(c, f, out, 100, 0), 100);
	check(c9remove(c, f) == 0);
}

static void deep(C9 *c)
{
	char path[50*3+1], *p;
	u32int f;
	int i;

	p = path;
	*p = 0;
	for(i = 0; i < 40; i++){
		f = newfile(c, path, "d", DMDIR|0777, OREAD);
		check(c9clunk(c, f) == 0);
		p = seprint(p, path+sizeof path, "/d");
	}
	f = c9fidnew(c);
	check(c9walk(c, 0, f, path, nil) == 0);
	check(c9clunk(c, f) == 0);
	f = c9fidnew(c);
	check(failswith(c9walk(c, 0, f, "d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/x", nil), Enonexist));
	check(failswith(c9walk(c, 0, f, "d/d/x", nil), Enonexist));
	check(failswith(c9walk(c, 0, f, "x", nil), Enonexist));
	check(c9walk(c, 0, f, "/d/./d//../", nil) == 0);
	check(failswith(c9remove(c, f), Enotempty));
}

static void manyfiles(C9 *c)
{
	char name[32];
	char seen[300];
	Dir *d, nd;
	u32int f;
	vlong off;
	long n, i;

	f = newfile(c, "", "many", DMDIR|0777, OREAD);
	c9clunk(c, f);
	for(i = 0; i < (int)sizeof seen; i++){
		snprint(name, sizeof name, "file%ld", i);
		f = newfile(c, "many", name, 0600, OWRITE);
		check(c9clunk(c, f) == 0);
	}
	memset(seen, 0, sizeof seen);
	f = c9fidnew(c);
	check(c9walk(c, 0, f, "many", nil) == 0);
	check(c9open(c, f, OREAD, nil, nil) == 0);
	off = 0;
	while((n = c9dirread(c, f, &off, &d)) > 0){
		for(i = 0; i < n; i++)
			seen[atoi(d[i].name+4)]++;
		check(strcmp(d[0].uid, "glenda") == 0 && d[0].mode == 0600);
		free(d);
	}
	checkint(n, 0);
	for(i = 0; i < (int)sizeof seen; i++)
		check(seen[i] == 1);
	c9clunk(c, f);

	f = c9fidnew(c);
	check(c9walk(c, 0, f, "many/file7", nil) == 0);
	d = c9stat(c, f);
	check(d != nil && strcmp(d->name, "file7") == 0 && strcmp(d->muid, "glenda") == 0);
	free(d);
	dirnull(&nd);
	nd.name = "other";
	check(c9wstat(c, f, &nd) == 0);
	nd.name = "file8";
	check(failswith(c9wstat(c, f, &nd), Eexist));
	d = c9stat(c, f);
	check(d != nil && strcmp(d->name, "other") == 0);
	free(d);
	check(c9clunk(c, f) == 0);
	check(failswith(c9clunk(c, f), Eunknownfid));
}

static void clients(int type, u32int msize, int crumb)
{
	Served x;
	Srv s;
	C9 *c;
	Qid q;

	crumbs = crumb;
	s = ramfssrv;
	s.owner = "glenda";
	s.msize = 100000;
	check(s.init(&s, "max=8000000") == 0);
	serve(&x, &s, type);
	c = c9new(&x.cio, msize);
	check(c != nil);
	check(c9iounit(c) == (msize < 100000? msize: 100000)-IOHDRSZ);
	checkint(c9fidnew(c), 0);
	check(failswith(c9auth(c, 5, "glenda", "", nil), Enoauth));
	check(failswith(c9attach(c, 0, NOFID, "glenda", "x", nil), Ebadattach));
	check(c9attach(c, 0, NOFID, "glenda", "", &q) == 0 && q.type == QTDIR);
	deep(c);
	manyfiles(c);
	if(!crumb || msize > 10000)
		bigfile(c);
	check(!c9dead(c));
	c9free(c);
	checkint(unserve(&x), 0);
	s.fini(&s);
	crumbs = 0;
}

/* --- every allocation of client, host and server fails in turn --- */
static void session(Io *io)
{
	static uchar out[5000], in[5000];
	C9 *c;
	Dir *d;
	u32int f;
	vlong off;

	if((c = c9new(io, 2048)) == nil)
		return;
	c9fidnew(c);
	if(c9attach(c, 0, NOFID, "glenda", "", nil) == 0){
		f = c9fidnew(c);
		if(c9walk(c, 0, f, "", nil) == 0 && c9create(c, f, "f", ORDWR|ORCLOSE, 0644, nil, nil) == 0
		&& c9writen(c, f, out, sizeof out, 0) == sizeof out)
			check(c9readn(c, f, in, sizeof in, 0) <= (long)sizeof in);
		free(c9stat(c, f));
		c9clunk(c, f);
		f = c9fidnew(c);
		off = 0;
		if(c9walk(c, 0, f, "", nil) == 0 && c9open(c, f, OREAD, nil, nil) == 0)
			while(c9dirread(c, f, &off, &d) > 0)
				free(d);
	}
	c9free(c);
}

static void failing(void)
{
	Served x;
	Srv s;
	long k, left;

	for(k = 1, left = 0; left == 0; k++){
		s = ramfssrv;
		s.owner = "glenda";
		check(s.init(&s, "max=8000000") == 0);
		__atomic_store_n(&hostfail, k, __ATOMIC_RELAXED);
		serve(&x, &s, SOCK_STREAM);
		session(&x.cio);
		unserve(&x);
		left = __atomic_exchange_n(&hostfail, 0, __ATOMIC_RELAXED);
		s.fini(&s);
	}
	check(k > 40);
}

/* --- workers --- */
static int nthreads;
static int never[2];	/* a pipe nobody writes to */
static Workers *workers;
static int nblocked;

static void onsignal(int sig)
{
	USED(sig);
}

typedef struct Start Start;
struct Start {
	void (*f)(void*);
	void *arg;
};

static void *threadmain(void *arg)
{
	Start st;

	st = *(Start*)arg;
	free(arg);
	st.f(st.arg);
	__atomic_sub_fetch(&nthreads, 1, __ATOMIC_RELEASE);
	return nil;
}

static int hostspawn(void (*f)(void*), void *arg)
{
	pthread_attr_t a;
	pthread_t t;
	Start *st;
	int r;

	st = malloc(sizeof *st);
	st->f = f;
	st->arg = arg;
	pthread_attr_init(&a);
	pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&a, 256*1024);
	__atomic_add_fetch(&nthreads, 1, __ATOMIC_RELAXED);
	r = pthread_create(&t, &a, threadmain, st);
	pthread_attr_destroy(&a);
	if(r == 0)
		return 0;
	__atomic_sub_fetch(&nthreads, 1, __ATOMIC_RELAXED);
	free(st);
	return -1;
}

static void hoststart(Worker *w)
{
	__atomic_store_n(&w->pid, pthread_self(), __ATOMIC_RELEASE);
}

/* wakes are counted in sem */
static void hostwait(Worker *w)
{
	struct timespec ts = { 0, 200000 };

	while(__atomic_load_n(&w->sem, __ATOMIC_ACQUIRE) == 0)
		nanosleep(&ts, nil);
	__atomic_sub_fetch(&w->sem, 1, __ATOMIC_RELAXED);
}

static void hostwake(Worker *w)
{
	__atomic_add_fetch(&w->sem, 1, __ATOMIC_RELEASE);
}

static void hostinterrupt(Worker *w)
{
	pthread_t t;

	if((t = __atomic_load_n(&w->pid, __ATOMIC_ACQUIRE)) != 0)
		pthread_kill(t, SIGUSR1);
}

static void hostnap(long ms)
{
	struct timespec ts = { ms/1000, ms%1000*1000000 };

	nanosleep(&ts, nil);
}

static Workhost workhost = {
	.spawn = hostspawn,
	.start = hoststart,
	.wait = hostwait,
	.wake = hostwake,
	.interrupt = hostinterrupt,
	.nap = hostnap,
};

static void doblock(Req *r)
{
	char c;
	long n;

	__atomic_add_fetch(&nblocked, 1, __ATOMIC_RELAXED);
	do
		n = read(never[0], &c, 1);
	while(n < 0 && errno == EINTR && !__atomic_load_n(&r->flushed, __ATOMIC_ACQUIRE));
	__atomic_sub_fetch(&nblocked, 1, __ATOMIC_RELAXED);
	respond(r, Eintr);
}

static void blockread(Req *r)
{
	workrun(workers, r, doblock);
}

static void nowread(Req *r)
{
	readstr(r, "now");
	respond(r, nil);
}

static void dosoon(Req *r)
{
	readstr(r, "soon");
	respond(r, nil);
}

static void soonread(Req *r)
{
	workrun(workers, r, dosoon);
}

static void workersflush(Req *r)
{
	workflush(workers, r);
}

static Sfile blockfiles[] = {
	{ .name = "/", .mode = DMDIR|0555 },
	{ .name = "block", .mode = 0444, .read = blockread },
	{ .name = "now", .mode = 0444, .read = nowread },
	{ .name = "soon", .mode = 0444, .read = soonread },
};

static C9call *sendread(C9 *c, u32int fid)
{
	Fcall t;

	memset(&t, 0, sizeof t);
	t.type = Tread;
	t.fid = fid;
	t.count = 10;
	return c9send(c, &t);
}

static u32int openfile(C9 *c, char *name)
{
	u32int f;

	f = c9fidnew(c);
	check(c9walk(c, 0, f, name, nil) == 0);
	check(c9open(c, f, OREAD, nil, nil) == 0);
	return f;
}

static void waitfor(int *p, int v)
{
	int i;

	for(i = 0; i < 100000 && __atomic_load_n(p, __ATOMIC_ACQUIRE) != v; i++)
		usleep(100);
	checkint(__atomic_load_n(p, __ATOMIC_ACQUIRE), v);
}

static void blocked(void)
{
	static Srv s = { .name = "block", .files = blockfiles, .nfiles = nelem(blockfiles), .flush = workersflush };
	C9call *k[120];
	Served x;
	C9 *c;
	Fcall r;
	u32int b, n, so;
	char buf[20];
	int i;

	workers = workersnew(&workhost, 110);
	serve(&x, &s, SOCK_STREAM);
	c = c9new(&x.cio, 8192);
	c9fidnew(c);
	check(c9attach(c, 0, NOFID, "u", "", nil) == 0);
	b = openfile(c, "block");
	n = openfile(c, "now");
	so = openfile(c, "soon");
	for(i = 0; i < 110; i++)
		k[i] = sendread(c, b);
	waitfor(&nblocked, 110);
	checkint(c9read(c, n, buf, sizeof buf, 0), 3);	/* in spite of them */
	check(failswith(c9read(c, so, buf, sizeof buf, 0), Enoreqs));
	for(i = 0; i < 60; i++){
		checkint(c9flush(c, k[i], &r), 1);
		check(r.type == Rerror && strcmp(r.ename, Eintr) == 0);
	}
	checkint(__atomic_load_n(&nblocked, __ATOMIC_ACQUIRE), 50);
	checkint(c9read(c, so, buf, sizeof buf, 0), 4);
	for(i = 0; i < 300; i++){	/* interrupts that are too late hit nobody */
		k[0] = sendread(c, so);
		i&1? c9flush(c, k[0], &r): c9wait(c, k[0], &r);
		if(i%10 == 0){
			k[0] = sendread(c, b);
			checkint(c9flush(c, k[0], &r), 1);
		}
	}
	checkint(__atomic_load_n(&nblocked, __ATOMIC_ACQUIRE), 50);
	c9free(c);
	checkint(unserve(&x), 0);	/* all are flushed */
	waitfor(&nblocked, 0);
	workersfree(workers);
	waitfor(&nthreads, 0);
	srvreap(&s);
}

/* --- an answer while the writer, who has looked for the last time, is about to let go --- */
static Req *parked;
static int answered;

static void parkread(Req *r)
{
	__atomic_store_n(&parked, r, __ATOMIC_RELEASE);
}

static void gapread(Req *r)
{
	nowread(r);
	__atomic_store_n(&answered, 1, __ATOMIC_RELEASE);
}

static void ingap(void)
{
	if(__atomic_exchange_n(&answered, 0, __ATOMIC_ACQ_REL))
		dosoon(parked);
}

static void gap(void)
{
	static Sfile files[] = {
		{ .name = "/", .mode = DMDIR|0555 },
		{ .name = "park", .mode = 0444, .read = parkread },
		{ .name = "now", .mode = 0444, .read = gapread },
	};
	static Srv s = { .name = "gap", .files = files, .nfiles = nelem(files) };
	struct timeval guard = { 20, 0 };
	C9call *k;
	Served x;
	C9 *c;
	Fcall r;
	u32int park, now;
	char buf[20];

	hostunlock = ingap;
	serve(&x, &s, SOCK_STREAM);
	setsockopt(x.cio.fd, SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof guard);
	c = c9new(&x.cio, 8192);
	c9fidnew(c);
	check(c9attach(c, 0, NOFID, "u", "", nil) == 0);
	park = openfile(c, "park");
	now = openfile(c, "now");
	k = sendread(c, park);
	checkint(c9read(c, now, buf, sizeof buf, 0), 3);
	check(c9wait(c, k, &r) == 0 && r.type == Rread && r.count == 4);
	c9free(c);
	checkint(unserve(&x), 0);
	hostunlock = nil;
	srvreap(&s);
}

/* --- a server that cannot be trusted --- */
static uchar *lie;	/* what it answers, after a good Rversion */
static int nlie;

static void *liar(void *arg)
{
	static uchar rv[] = { 19,0,0,0, Rversion, 0xFF,0xFF, 0,32,0,0, 6,0, '9','P','2','0','0','0' };
	uchar buf[8192];
	Io *io;

	io = arg;
	if(readmsg(io, buf, sizeof buf) > 0)
		iowrite(io, rv, sizeof rv);
	if(readmsg(io, buf, sizeof buf) > 0 && nlie > 0){
		if(lie[5] == 0xEE){	/* the right tag */
			lie[5] = buf[5];
			lie[6] = buf[6];
		}
		iowrite(io, lie, nlie);
	}
	shutdown(io->fd, SHUT_RDWR);
	return nil;
}

static void lied(uchar *m, int n, char *err)
{
	int fd[2];
	pthread_t t;
	Io sio, cio;
	char buf[4];
	C9 *c;

	socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	sio = (Io){ .read = ioread, .write = iowrite, .fd = fd[0], .wfd = fd[0] };
	cio = (Io){ .read = ioread, .write = iowrite, .fd = fd[1], .wfd = fd[1] };
	lie = m;
	nlie = n;
	pthread_create(&t, nil, liar, &sio);
	c = c9new(&cio, 8192);
	check(c != nil);
	check(failswith(c9read(c, 1, buf, sizeof buf, 0), err));
	check(c9dead(c));
	check(failswith(c9read(c, 1, buf, sizeof buf, 0), Ehungup));
	c9free(c);
	close(fd[1]);
	pthread_join(t, nil);
	close(fd[0]);
}

static void lies(void)
{
	uchar toomuch[] = { 16,0,0,0, Rread, 0xEE,0, 5,0,0,0, 'a','b','c','d','e' };
	uchar short1[] = { 16,0,0,0, Rread, 0xEE,0, 6,0,0,0, 'a','b','c','d','e' };
	uchar wrongtag[] = { 12,0,0,0, Rread, 99,0, 1,0,0,0, 'a' };
	uchar wrongtype[] = { 7,0,0,0, Rclunk, 0xEE,0 };
	uchar ttype[] = { 7,0,0,0, Tclunk, 0xEE,0 };
	uchar tiny[] = { 3,0,0,0, Rread, 0xEE,0 };
	uchar huge[] = { 0,0,0,0x7F, Rread, 0xEE,0 };
	uchar cut[] = { 12,0,0,0, Rread, 0xEE,0, 1 };

	lied(toomuch, sizeof toomuch, Ebotch);
	lied(short1, sizeof short1, Ebotch);
	lied(wrongtag, sizeof wrongtag, Ebotch);
	lied(wrongtype, sizeof wrongtype, Ebotch);
	lied(ttype, sizeof ttype, Ebotch);
	lied(tiny, sizeof tiny, Ebotch);
	lied(huge, sizeof huge, Ebotch);
	lied(cut, sizeof cut, Ehungup);
	lied(nil, 0, Ehungup);
}

/* --- a client that cannot --- */
static void badclients(void)
{
	static uchar tiny[] = { 3,0,0,0, Tversion, 0xFF,0xFF };
	static uchar huge[] = { 0,0,0,0x7F, Tversion, 0xFF,0xFF };
	static uchar part[] = { 19,0,0,0, Tversion };
	static struct {
		uchar *m;
		int n, ret;
	} bad[] = {
		{ tiny, sizeof tiny, -1 }, { huge, sizeof huge, -1 }, { part, sizeof part, -1 }, { part, 0, 0 },
	};
	Served x;
	Srv s;
	uint i;

	s = ramfssrv;
	check(s.init(&s, "") == 0);
	for(i = 0; i < nelem(bad); i++){
		serve(&x, &s, SOCK_STREAM);
		if(bad[i].n > 0)
			iowrite(&x.cio, bad[i].m, bad[i].n);
		checkint(unserve(&x), bad[i].ret);
	}
	s.fini(&s);
}

int main(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = onsignal;
	sigaction(SIGUSR1, &sa, nil);
	if(pipe(never) < 0)
		abort();
	clients(SOCK_STREAM, 8192+IOHDRSZ, 0);
	clients(SOCK_SEQPACKET, 8192+IOHDRSZ, 0);
	clients(SOCK_STREAM, 1<<20, 0);
	clients(SOCK_STREAM, MINMSIZE, 1);
	failing();
	blocked();
	gap();
	lies();
	badclients();
	return checkdone();
}
