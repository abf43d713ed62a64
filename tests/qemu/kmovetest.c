/*
 * kmovetest: runs in the system and tests servers in the kernel, #h: raw
 * clients, what waits, hang-ups, and moves at full speed.
 *
 *	kmovetest [name ...]
 *
 * Each test is a function in a child with a name space of its own that calls
 * need for what must hold.  Servers are called after the test.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>

#include "kmove.h"

enum { Big = 100*1000 };

/* --- tests --- */

/* messages in pieces, and many in one write; some before and after a move */
static void pieces(void)
{
	Fcall r;
	u32int n, i;
	long len;
	int fd, ctl;

	make("ramfs", name);
	fd = session(name);
	n = putwalk(0, 2, 1);
	for(i = 0; i < n; i++)
		need(write(fd, out+i, 1) == 1);
	answer(fd, Rwalk, 2, &r);
	n = put(0, &(Fcall){ .type = Tcreate, .tag = 3, .fid = 1, .name = "f", .perm = 0644, .mode = ORDWR });
	n = put(n, &(Fcall){ .type = Twrite, .tag = 4, .fid = 1, .count = 5, .data = "hello" });
	n = put(n, &(Fcall){ .type = Tread, .tag = 5, .fid = 1, .count = 100 });
	n = put(n, &(Fcall){ .type = Tclunk, .tag = 6, .fid = 1 });
	n = putwalk(n, 7, 2);
	need(write(fd, out, n-3) == (long)n-3);
	answer(fd, Rcreate, 3, &r);
	answer(fd, Rwrite, 4, &r);
	answer(fd, Rread, 5, &r);
	need(r.count == 5 && memcmp(r.data, "hello", 5) == 0);
	answer(fd, Rclunk, 6, &r);
	ctl = ctlof(name);	/* saved and thawed: it goes on with what it has */
	need(tell(ctl, "freeze") == 0);
	free(state(name, &len));
	close(ctl);
	kmove("ramfs", name);
	need(write(fd, out+n-3, 1) == 1);
	kmove("ramfs", name);
	need(write(fd, out+n-2, 2) == 2);
	answer(fd, Rwalk, 7, &r);
	n = putwalk(0, 8, 3);
	for(i = 0; i < 100; i++)
		n = put(n, &(Fcall){ .type = Tstat, .tag = 100+i, .fid = 0 });
	need(write(fd, out, n) == (long)n);
	answer(fd, Rwalk, 8, &r);
	for(i = 0; i < 100; i++)
		answer(fd, Rstat, 100+i, &r);
	close(fd);
	tellonce(name, "remove");
}

/* nonsense ends the connection, and only that */
static void nonsense(void)
{
	static uchar bad[4][8] = { { 6 }, { 0 }, { 0, 0, 0, 1 }, { 0xFF, 0xFF, 0xFF, 0xFF } };
	Fcall r;
	int fd, other, i;

	make("ramfs", name);
	tellonce(name, "post kmother");
	other = session("kmother");
	for(i = 0; i < (int)nelem(bad); i++){
		tellonce(name, "post kmbad");
		fd = session("kmbad");
		need(remove("/srv/kmbad") == 0);
		need(status(name, "connections ") == 3);
		need(write(fd, bad[i], sizeof bad[i]) == sizeof bad[i]);
		need(read(fd, in, sizeof in) <= 0);
		waitstatus(name, "connections ", 2);
		close(fd);
	}
	send(other, &(Fcall){ .type = Tstat, .tag = 1, .fid = 0 });
	answer(other, Rstat, 1, &r);
	/* a message that is whole, but says nothing, has an answer */
	need(write(other, "\x08\0\0\0\x7c\x05\0\0", 8) == 8);
	answer(other, Rerror, 5, &r);
	close(other);
	tellonce(name, "remove");
	need(open("/srv/kmother", ORDWR) < 0);
}

/* a client that writes and does not read holds up nobody else, and loses nothing in moves */
static void noread(void)
{
	enum { N = 8000 };
	Fcall r;
	long i;
	int fd, got;

	make("ramfs", name);
	tellonce(name, "post kmmnt");
	mounted("kmmnt", "/mnt");
	fd = session(name);
	if(forked() == 0){
		for(i = 0; i < N; i++)
			send(fd, &(Fcall){ .type = Tstat, .tag = i, .fid = 0 });
		exits(nil);
	}
	for(i = 0; i < 40; i++){
		need((got = create("/mnt/x", OWRITE, 0666)) >= 0);
		need(write(got, out, 1000) == 1000);
		close(got);
		if(i%10 == 5)
			kmove("ramfs", name);
	}
	for(i = 0; i < N; i++)
		answer(fd, Rstat, i, &r);
	reap(1);
	send(fd, &(Fcall){ .type = Tstat, .tag = 9, .fid = 0 });
	answer(fd, Rstat, 9, &r);
	close(fd);
	tellonce(name, "remove");
}

static void mail(char *box, char *text)
{
	char path[128];
	int fd;

	snprint(path, sizeof path, "%s/new", box);
	need((fd = open(path, OWRITE)) >= 0);
	need(write(fd, text, strlen(text)) == (long)strlen(text));
	need(close(fd) >= 0);
}

/* reads that wait, of a mount and of a raw client, go on after moves, in order; one is given up */
static void parked(void)
{
	Fcall r;
	char buf[128];
	int fd, ev, pid, i;
	char *names[] = { "event" };

	make("mbox", name);
	tellonce(name, "post kmmnt");
	mounted("kmmnt", "/mnt");
	fd = session(name);
	send(fd, &(Fcall){ .type = Twalk, .tag = 2, .fid = 0, .newfid = 1, .nwname = 1, .wname = { names[0] } });
	answer(fd, Rwalk, 2, &r);
	send(fd, &(Fcall){ .type = Topen, .tag = 3, .fid = 1, .mode = OREAD });
	answer(fd, Ropen, 3, &r);
	for(i = 0; i < 3; i++)
		send(fd, &(Fcall){ .type = Tread, .tag = 10+i, .fid = 1, .count = 100 });
	need((ev = open("/mnt/event", OREAD)) >= 0);
	if((pid = forked()) == 0){
		need(read(ev, buf, sizeof buf) > 0);
		exits(nil);
	}
	waitstatus(name, "requests ", 4);
	kmove("mbox", name);
	need(status(name, "moved held ") == 4);
	waitstatus(name, "requests ", 4);
	kmove("mbox", name);
	send(fd, &(Fcall){ .type = Tflush, .tag = 20, .oldtag = 11 });
	answer(fd, Rerror, 11, &r);
	answer(fd, Rflush, 20, &r);
	mail("/mnt", "From: me\n\none\n");
	answer(fd, Rread, 10, &r);
	reap(1);
	kmove("mbox", name);
	mail("/mnt", "From: me\n\ntwo\n");
	answer(fd, Rread, 12, &r);
	if((pid = forked()) == 0){
		read(ev, buf, sizeof buf);	/* it is there */
		read(ev, buf, sizeof buf);
		exits(nil);
	}
	waitstatus(name, "requests ", 1);
	need(postnote(PNPROC, pid, "kill") >= 0);
	need(wait() != nil);
	waitstatus(name, "requests ", 0);
	close(fd);
	tellonce(name, "remove");
}

/* clients that go away while it is frozen, and while it moves */
static void leaving(void)
{
	Fcall r;
	uchar *img;
	long n;
	int fd[4], ctl, coming, i;
	char buf[64];

	make("ramfs", name);
	for(i = 0; i < 4; i++){
		snprint(buf, sizeof buf, "post kmh%d", i);
		tellonce(name, buf);
		snprint(buf, sizeof buf, "kmh%d", i);
		fd[i] = session(buf);
		snprint(buf, sizeof buf, "/srv/kmh%d", i);
		need(remove(buf) == 0);
	}
	need(status(name, "connections ") == 5);
	ctl = ctlof(name);
	need(tell(ctl, "freeze") == 0);
	send(fd[0], &(Fcall){ .type = Tstat, .tag = 1, .fid = 0 });
	close(fd[1]);
	need(status(name, "connections ") == 5);
	close(ctl);
	answer(fd[0], Rstat, 1, &r);
	waitstatus(name, "connections ", 4);
	ctl = ctlof(name);
	need(tell(ctl, "freeze") == 0);
	img = state(name, &n);
	coming = incoming("ramfs", name, img, n);
	close(fd[2]);
	need(tell(coming, "restore") == 0);
	send(fd[0], &(Fcall){ .type = Tstat, .tag = 2, .fid = 0 });
	close(fd[3]);
	need(tell(coming, "commit") == 0);
	need(tell(ctl, "thaw") < 0);
	close(ctl);
	close(coming);
	answer(fd[0], Rstat, 2, &r);
	waitstatus(name, "connections ", 2);
	free(img);
	close(fd[0]);
	tellonce(name, "remove");
}

/* what is not committed is as if it had not been, at each step */
static void undone(void)
{
	Fcall r;
	uchar *img;
	long n, fids, i;
	int fd, ctl, coming, step;

	make("ramfs", name);
	fd = session(name);
	need((ctl = open("/mnt", OREAD)) >= 0);
	close(ctl);
	fids = status(name, "fids ");
	for(step = 0; step < 5; step++){
		ctl = ctlof(name);
		need(tell(ctl, "freeze") == 0);
		img = state(name, &n);
		coming = incoming("ramfs", name, img, step == 0? n/2: n);
		if(step == 1){
			close(coming);
			need(tell(ctl, "thaw") == 0);
			coming = ctl;
			ctl = -1;
		}
		if(step >= 2)
			need(tell(coming, "restore") == 0);
		if(step == 3){
			need(tell(ctl, "thaw") == 0);
			need(tell(coming, "commit") < 0);
		}
		if(step == 0)
			need(tell(coming, "restore") < 0);
		for(i = 0; i < 5; i++)
			send(fd, &(Fcall){ .type = Tstat, .tag = i, .fid = 0 });
		if(step == 4){
			close(ctl);
			ctl = -1;
		}
		close(coming);
		if(ctl >= 0)
			close(ctl);
		for(i = 0; i < 5; i++)
			answer(fd, Rstat, i, &r);
		need(status(name, "fids ") == fids);
		need(status(name, "moves ") == 0);
		free(img);
	}
	close(fd);
	tellonce(name, "remove");
}

/* one bit of an image: refused, or taken and dropped again */
static void bits(void)
{
	uchar *img;
	long n, i;
	int ctl, coming, fd, refused;

	make("ramfs", name);
	mounted(name, "/mnt");
	need((fd = create("/mnt/f", OWRITE, 0666)) >= 0);
	need(write(fd, "some bytes", 10) == 10);
	ctl = ctlof(name);
	need(tell(ctl, "freeze") == 0);
	img = state(name, &n);
	refused = 0;
	for(i = 0; i < 60; i++){
		img[n*i/60] ^= 1<<i%8;
		coming = incoming("ramfs", name, img, n);
		refused += tell(coming, "restore") < 0;
		close(coming);
		img[n*i/60] ^= 1<<i%8;
	}
	need(refused == 60);
	close(ctl);
	need(write(fd, "more", 4) == 4);
	close(fd);
	free(img);
	tellonce(name, "remove");
}

/* a worker of the storm: a file of its own, written and read over and over */
static void worker(int id)
{
	char path[64], *p, *q;
	int fd, i, k;

	snprint(path, sizeof path, "/mnt/f%d", id);
	p = malloc(Big);
	q = malloc(Big);
	need(p != nil && q != nil);
	for(i = 0; access("/mnt/stop", AEXIST) < 0; i++){
		k = i%3 == 0? Big: 1+i%200;
		memset(p, 'a'+i%26, k);
		need((fd = create(path, ORDWR, 0666)) >= 0);
		need(write(fd, p, k) == k);
		memset(q, 0, k);
		need(pread(fd, q, Big, 0) == k);
		need(memcmp(p, q, k) == 0);
		close(fd);
		need(remove(path) == 0);
	}
	exits(nil);
}

/* clients at full speed while it is frozen and thawed, and moved */
static void storm(void)
{
	enum { Nwork = 4 };
	int i, ctl, fd;
	long n;

	make("ramfs", name);
	tellonce(name, "post kmmnt");
	mounted("kmmnt", "/mnt");
	for(i = 0; i < Nwork; i++)
		if(forked() == 0)
			worker(i);
	for(i = 0; i < 200; i++){
		if(i%4 == 0){
			kmove("ramfs", name);
			continue;
		}
		ctl = ctlof(name);
		need(tell(ctl, "freeze") == 0);
		if(i%4 == 1)
			free(state(name, &n));
		if(i%4 == 2)
			need(tell(ctl, "thaw") == 0);
		close(ctl);
	}
	need((fd = create("/mnt/stop", OWRITE, 0666)) >= 0);
	close(fd);
	reap(Nwork);
	need(status(name, "moves ") == 50);
	tellonce(name, "remove");
}

/* a file open to be removed, and one that only one may open, stay so */
static void kept(void)
{
	int fd, ex;

	make("ramfs", name);
	mounted(name, "/mnt");
	need((fd = create("/mnt/gone", ORDWR|ORCLOSE, 0666)) >= 0);
	need((ex = create("/mnt/one", ORDWR, DMEXCL|0666)) >= 0);
	need(write(fd, "0123456789", 10) == 10);
	kmove("ramfs", name);
	need(seek(fd, 0, 1) == 10);
	need(write(fd, "abc", 3) == 3);
	need(open("/mnt/one", OREAD) < 0);
	need(pread(fd, in, 100, 8) == 5 && memcmp(in, "89abc", 5) == 0);
	close(fd);
	close(ex);
	need(access("/mnt/gone", AEXIST) < 0);
	need((ex = open("/mnt/one", OREAD)) >= 0);
	close(ex);
	tellonce(name, "remove");
}

/* the version of a pipe's file counts the messages that were written to it */
static void counted(void)
{
	Dir *d;
	int p[2], i;
	u32int v;

	need(pipe(p) == 0);
	need((d = dirfstat(p[0])) != nil);
	v = d->qid.vers;
	free(d);
	for(i = 0; i < 5; i++)
		need(write(p[0], out, i*300) == i*300);
	need((d = dirfstat(p[0])) != nil);
	need(d->qid.vers == v+5);
	free(d);
	need((d = dirfstat(p[1])) != nil);
	need(d->qid.vers == v);
	free(d);
}

/* pages in use by the kernel */
static long kernelpages(void)
{
	char buf[1024], *p;
	int fd, n;

	need((fd = open("/dev/swap", OREAD)) >= 0);
	need((n = read(fd, buf, sizeof buf - 1)) > 0);
	close(fd);
	buf[n] = 0;
	need((p = strstr(buf, " kernel")) != nil);
	while(p > buf && p[-1] != '\n')
		p--;
	return atol(p);
}

static void onceround(void)
{
	Fcall r;
	int fd, i;
	u32int n;

	make("ramfs", name);
	fd = session(name);
	for(n = i = 0; i < 50; i++)
		n = putwalk(n, 1+i, 1+i);
	need(write(fd, out, n) == (long)n);
	for(i = 0; i < 50; i++)
		answer(fd, Rwalk, 1+i, &r);
	send(fd, &(Fcall){ .type = Tcreate, .tag = 1, .fid = 1, .name = "f", .perm = 0644, .mode = ORDWR });
	answer(fd, Rcreate, 1, &r);
	for(i = 0; i < 10; i++){
		send(fd, &(Fcall){ .type = Twrite, .tag = 1, .fid = 1, .count = 8000, .offset = 8000*i, .data = (char*)in });
		answer(fd, Rwrite, 1, &r);
	}
	kmove("ramfs", name);
	send(fd, &(Fcall){ .type = Tstat, .tag = 1, .fid = 2 });
	answer(fd, Rstat, 1, &r);
	tellonce(name, "remove");
	need(read(fd, in, sizeof in) <= 0);
	close(fd);
}

/* serve this name space to one who mounts it, at where */
static void exported(char *where)
{
	int p[2];

	need(pipe(p) == 0);
	if(forked() == 0){
		dup(p[1], 0);
		dup(p[1], 1);
		close(p[0]);
		close(p[1]);
		execl("/bin/exportfs", "exportfs", nil);
		fail(__LINE__, "exec");
	}
	close(p[1]);
	need(mount(p[0], -1, where, MREPL, "") >= 0);
}

/* a server of that name on fd, with the fids of a session's */
static void onchannel(char *srv, int fd)
{
	uchar *img;
	char path[64], num[32];
	long n, k;
	int ctl, coming, st;

	make("ramfs", "kmpattern");
	close(session("kmpattern"));
	ctl = ctlof("kmpattern");
	need(tell(ctl, "freeze") == 0);
	img = state("kmpattern", &n);
	need((coming = open("#h/clone", ORDWR)) >= 0);
	need((k = read(coming, num, sizeof num - 1)) > 1);
	num[k-1] = 0;
	snprint(path, sizeof path, "#h/in.%s/state", num);
	need((st = open(path, OWRITE)) >= 0);
	need(write(st, img, n) == n);
	close(st);
	need(tell(coming, "kind ramfs") == 0 && tell(coming, "name %s", srv) == 0 && tell(coming, "conn %d", fd) == 0);
	need(tell(coming, "restore") == 0 && tell(coming, "commit") == 0);
	close(coming);
	close(ctl);
	free(img);
	tellonce("kmpattern", "remove");
}

/*
 * A connection that is no pipe here: a pipe's end as a file of another server.
 * Messages come in pieces, and while it is frozen and moved.
 */
static void stream(void)
{
	enum { N = 6000 };
	Fcall r;
	u32int n;
	int fd, end, i, ctl;

	need(bind("#|", "/mnt", MREPL) >= 0);
	exported("/n/ram");
	need((end = open("/n/ram/mnt/data1", ORDWR)) >= 0);
	need((fd = open("/mnt/data", ORDWR)) >= 0);
	onchannel(name, end);
	close(end);
	n = putwalk(0, 2, 1);
	for(i = 0; i < 30; i++)
		n = put(n, &(Fcall){ .type = Tstat, .tag = 100+i, .fid = 0 });
	need(write(fd, out, n-3) == (long)n-3);
	answer(fd, Rwalk, 2, &r);
	kmove("ramfs", name);
	need(write(fd, out+n-3, 3) == 3);
	for(i = 0; i < 30; i++)
		answer(fd, Rstat, 100+i, &r);
	if(forked() == 0){
		for(i = 0; i < N; i++)
			send(fd, &(Fcall){ .type = Tstat, .tag = i, .fid = 0 });
		exits(nil);
	}
	for(i = 0; i < 8; i++){
		kmove("ramfs", name);
	}
	for(i = 0; i < N; i++){
		answer(fd, Rstat, i, &r);
		if(i%1000 == 999)
			kmove("ramfs", name);
	}
	reap(1);
	ctl = ctlof(name);
	need(tell(ctl, "freeze") == 0);
	send(fd, &(Fcall){ .type = Tstat, .tag = 9, .fid = 0 });
	close(ctl);
	answer(fd, Rstat, 9, &r);
	close(fd);
	waitstatus(name, "connections ", 0);
	tellonce(name, "remove");
}

/* nothing is left of servers that were made, moved and removed */
static void memory(void)
{
	long before;
	int i;

	for(i = 0; i < 20; i++)
		onceround();
	before = kernelpages();
	for(i = 0; i < 200; i++)
		onceround();
	for(i = 0; kernelpages() > before + 100; i++){
		need(i < 400);
		sleep(5);
	}
}

static struct {
	char *name;
	void (*f)(void);
} tests[] = {
	{ "pieces", pieces }, { "nonsense", nonsense }, { "noread", noread }, { "parked", parked },
	{ "leaving", leaving }, { "undone", undone }, { "bits", bits }, { "storm", storm },
	{ "kept", kept }, { "stream", stream }, { "counted", counted }, { "memory", memory },
};

static int wanted(char *t, int argc, char **argv)
{
	int i;

	for(i = 1; i < argc; i++)
		if(strcmp(argv[i], t) == 0)
			return 1;
	return argc < 2;
}

int main(int argc, char *argv[])
{
	Waitmsg *w;
	char *status;
	int i;

	status = nil;
	for(i = 0; i < (int)nelem(tests); i++){
		if(!wanted(tests[i].name, argc, argv))
			continue;
		switch(rfork(RFPROC|RFNAMEG|RFFDG|RFREND)){
		case -1:
			fail(__LINE__, "rfork");
		case 0:
			name = smprint("km%s", tests[i].name);
			tests[i].f();
			exits(nil);
		}
		if((w = wait()) == nil || w->msg[0] != 0)
			status = "failed";
		print("%s %s\n", w != nil && w->msg[0] == 0? "ok  ": "FAIL", tests[i].name);
		free(w);
	}
	exits(status);
}
