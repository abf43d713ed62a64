/*
 * badserver: file servers that do everything wrong, mounted, and each thing
 * that a client can do tried on them.
 *
 *	badserver [-s] [rounds [seed]]
 *
 * A fault is one way to answer wrongly.  The server behaves until a message
 * chosen by chance, then always, or once, answers so.  The client, a process for
 * each mount, does everything there is to do with files; each call must end, by
 * itself or by the notes that alarms send.  Then it unmounts, and when both
 * processes are gone the kernel must have what it had before.
 *
 * With -s the client's end is no pipe to the kernel but a stream: a file of
 * another server, an exportfs of its own for each mount, which opens the pipe's
 * end in /srv.
 */
#include "hostile.h"
#include <9p.h>

enum {
	Msize = 8192 + IOHDRSZ,
	Nend = 10000,		/* a client takes no longer than this many times 10 ms */
};

#define Post "/srv/badserver"

/* --- the server --- */
static int lie;			/* the fault */
static int after;		/* messages that are answered well before it */
static int always;
static int sfd;
static uchar in[Msize + 16], out[4*Msize];
static u16int oldtag;		/* of a request that was answered */
static u16int parked[64];	/* requests without answers */
static int nparked;

enum {
	Lnever, Llate, Lerror, Ltype, Ltag, Loldtag, Ltwice, Lrunt, Lhuge, Lshort, Llong, Lsize,
	Lcount, Lcountbig, Lcountneg, Lqidtype, Lqidpath, Lnwqid, Lfewqid, Liounit, Lstatsize, Lstatname, Lstatslash,
	Lstatnul, Lstatbig, Lstatempty, Ldirendless, Ldirpart, Ldirloop, Lerrempty, Lerrlong, Lerrbin,
	Lversion, Lmsize, Lmsizesmall, Lbits, Lgarbage, Ldie, Ldiehalf, Lflusherr, Lflushfirst, Lnoflush, Lorder,
	Nlie,
};
static char *lies[Nlie] = {
	"never", "late", "error", "type", "tag", "oldtag", "twice", "runt", "huge", "short", "long", "size",
	"count", "countbig", "countneg", "qidtype", "qidpath", "nwqid", "fewqid", "iounit", "statsize", "statname", "statslash",
	"statnul", "statbig", "statempty", "direndless", "dirpart", "dirloop", "errempty", "errlong", "errbin",
	"version", "msize", "msizesmall", "bits", "garbage", "die", "diehalf", "flusherr", "flushfirst", "noflush", "order",
};

static void put2(uchar *p, uint v)
{
	p[0] = v;
	p[1] = v>>8;
}

static void put4(uchar *p, u32int v)
{
	put2(p, v);
	put2(p+2, v>>16);
}

static u32int get4(uchar *p)
{
	return p[0] | p[1]<<8 | p[2]<<16 | (u32int)p[3]<<24;
}

/* what the tree is: / has d, a directory, and everything else is a file of 100000 bytes */
typedef struct Known Known;
struct Known {
	u32int fid;
	Qid qid;
};
static Known known[512];
static int nknown;

static Qid *qidof(u32int fid)
{
	int i;

	for(i = 0; i < nknown; i++)
		if(known[i].fid == fid)
			return &known[i].qid;
	i = nknown < (int)nelem(known) ? nknown++ : 0;
	known[i].fid = fid;
	known[i].qid = (Qid){ .type = QTDIR };
	return &known[i].qid;
}

static Qid walkto(char *name)
{
	Qid q = { .type = 0 };

	if(strcmp(name, "..") == 0 || strcmp(name, ".") == 0)
		return (Qid){ .type = QTDIR };
	for(; *name; name++)
		q.path = q.path*31 + *name;
	if(q.path == 'd')
		q.type = QTDIR;
	return q;
}

static uint entry(uchar *p, uint n, Qid q, char *name)
{
	Dir d;

	nulldir(&d);
	d.qid = q;
	d.mode = q.type == QTDIR ? DMDIR|0777 : 0777;
	d.length = q.type == QTDIR ? 0 : 100000;
	d.atime = d.mtime = 0;
	d.name = name;
	d.uid = d.gid = d.muid = "none";
	return convD2M(&d, p, n);
}

static void readfid(Fcall *t, Fcall *r, uchar *buf)
{
	static char *dirnames[] = { "a", "b", "d" };
	uint i;

	r->data = (char*)buf;
	r->count = 0;
	if(qidof(t->fid)->type & QTDIR){
		if(t->offset == 0)
			for(i = 0; i < nelem(dirnames); i++)
				r->count += entry(buf + r->count, Msize - r->count, walkto(dirnames[i]), dirnames[i]);
		return;
	}
	if(t->offset < 100000)
		r->count = t->count < 100000 - t->offset ? t->count : 100000 - t->offset;
	if(r->count > Msize - IOHDRSZ)
		r->count = Msize - IOHDRSZ;
	memset(buf, 'x', r->count);
}

static void walk(Fcall *t, Fcall *r)
{
	Qid q;
	int i;

	q = *qidof(t->fid);
	for(i = 0; i < t->nwname; i++)
		r->wqid[i] = q = walkto(t->wname[i]);
	r->nwqid = t->nwname;
	if(t->nwname > 0 && strcmp(t->wname[0], "nothere") == 0){
		r->type = Rerror;
		r->ename = "file does not exist";
	}else
		*qidof(t->newfid) = q;
}

/* the right answer */
static void answer(Fcall *t, Fcall *r)
{
	static uchar buf[2*Msize];

	memset(r, 0, sizeof *r);
	r->type = t->type + 1;
	r->tag = t->tag;
	switch(t->type){
	case Tversion:
		r->msize = t->msize < Msize ? t->msize : Msize;
		r->version = VERSION9P;
		break;
	case Tauth:
		r->type = Rerror;
		r->ename = "authentication not required";
		break;
	case Tattach:
		*qidof(t->fid) = r->qid = (Qid){ .type = QTDIR };
		break;
	case Twalk: walk(t, r); break;
	case Topen: r->qid = *qidof(t->fid); break;
	case Tcreate: *qidof(t->fid) = r->qid = walkto(t->name); break;
	case Tread: readfid(t, r, buf); break;
	case Twrite: r->count = t->count; break;
	case Tstat:
		r->stat = buf;
		r->nstat = entry(buf, sizeof buf, *qidof(t->fid), "file");
		break;
	}
}

static void send(uint n)
{
	if(write(sfd, out, n) != (long)n)
		_exits("");
}

/* the n bytes of out become another string of k bytes from p */
static uint endwith(uint at, char *s, uint k)
{
	put2(out+at, k);
	memset(out+at+2, s[0], k);
	put4(out, at+2+k);
	return at+2+k;
}

/* wrong in the frame of the message; the bytes to be sent */
static uint lieframe(uint n)
{
	switch(lie){
	case Ltype: out[4] = 100 + below(30); break;
	case Ltag: put2(out+5, rnd()); break;
	case Loldtag: put2(out+5, oldtag); break;
	case Ltwice: send(n); break;
	case Lrunt: n = below(7); put4(out, n); break;
	case Lhuge: n = sizeof out - below(8); put4(out, n); break;
	case Lshort: n -= 1 + below(n-1); break;
	case Llong: n += 1 + below(100); break;
	case Lsize: put4(out, oneof(2) ? rnd() : 0xfffffff0 + below(16)); break;
	case Lbits: out[below(n)] ^= 1 << below(8); break;
	case Lgarbage:
		n = 7 + below(300);
		prng(out, n);
		if(oneof(2))
			put4(out, n);
		break;
	case Ldiehalf:
		write(sfd, out, n/2);
		_exits("");
	}
	return n;
}

/* wrong in a stat record of n bytes at p */
static uint liestat(uchar *p, uint n)
{
	switch(lie){
	case Lstatsize: put2(p, rnd()); break;
	case Lstatname: put2(p+41, oneof(2) ? 0xffff : n); break;
	case Lstatslash: p[43] = '/'; break;
	case Lstatnul: p[43] = 0; break;
	case Lstatempty: put2(p+41, 0); break;
	case Lstatbig:
		memset(p+43, 'n', 6000);
		put2(p+41, 6000);
		put2(p, 6100);
		n = 6102;
		memset(p+6043, 0, 59);
		break;
	}
	return n;
}

static uint lieread(Fcall *t, uint n)
{
	switch(lie){
	case Lcount: put4(out+7, get4(out+7) + 1 + below(10)); break;
	case Lcountbig:
		put4(out+7, t->count + 1);
		n = 11 + t->count + 1;
		if(n > sizeof out)
			n = sizeof out;
		put4(out, n);
		break;
	case Lcountneg: put4(out+7, 0x80000000 | rnd()); break;
	case Ldirpart:
		if(get4(out+7) > 20){
			put4(out+7, 20);
			put4(out, n = 31);
		}
		break;
	case Lstatsize: case Lstatname: case Lstatslash: case Lstatnul: case Lstatempty:
		if(qidof(t->fid)->type & QTDIR && get4(out+7) > 0)
			liestat(out+11, 60);
		break;
	}
	return n;
}

static uint liecontents(Fcall *t, uint n)
{
	switch(t->type){
	case Tread: return lieread(t, n);
	case Twrite:
		if(lie == Lcount || lie == Lcountbig || lie == Lcountneg)
			put4(out+7, lie == Lcountneg ? 0x80000000 | rnd() : t->count + 1 + below(10));
		break;
	case Tattach: case Topen: case Tcreate:
		if(lie == Lqidtype)
			out[7] = rnd();
		else if(lie == Lqidpath)
			prng(out+12, 8);
		else if(lie == Liounit && t->type != Tattach)
			put4(out+20, oneof(2) ? 0xffffffff : 1);
		break;
	case Twalk:
		if(out[4] != Rwalk)
			break;
		if(lie == Lnwqid)
			put2(out+7, out[7] + 1 + below(20));
		else if(lie == Lfewqid && out[7] > 0){
			put2(out+7, out[7] - 1);
			put4(out, n -= 13);
		}else if((lie == Lqidtype || lie == Lqidpath) && out[7] > 0)
			prng(out + 9 + 13*below(out[7]) + 5*(lie == Lqidpath), lie == Lqidpath ? 8 : 1);
		break;
	case Tstat:
		n = 9 + liestat(out+9, n-9);
		put2(out+7, n-9);
		put4(out, n);
		break;
	case Tversion:
		if(lie == Lversion)
			memcpy(out+13, oneof(2) ? "9Q2000" : "unknow", 6);
		else if(lie == Lmsize || lie == Lmsizesmall)
			put4(out+7, lie == Lmsize ? 0xffffffff : below(40));
		break;
	}
	return n;
}

static uint lieerror(uint n)
{
	if(lie < Lerrempty || lie > Lerrbin)
		return n;
	out[4] = Rerror;
	return endwith(7, lie == Lerrbin ? "\377" : "e", lie == Lerrempty ? 0 : lie == Lerrlong ? 3000 : 40);
}

/* the fault's turn: 1 if nothing is to be sent */
static int withhold(Fcall *t)
{
	switch(lie){
	case Ldie:
		_exits("");
	case Lnever: case Lnoflush:
		return 1;
	case Llate: case Lflusherr: case Lflushfirst: case Lorder:
		if(t->type != Tflush && t->type != Tversion && nparked < (int)nelem(parked)){
			parked[nparked++] = t->tag;
			return 1;
		}
	}
	return 0;
}

static void latereply(u16int tag)
{
	Fcall r = { .type = Rerror, .tag = tag, .ename = "late" };

	send(convS2M(&r, out, sizeof out));
}

static void flushlie(Fcall *t)
{
	Fcall r = { .type = Rerror, .tag = t->tag, .ename = "no flush" };

	if(lie == Llate || (lie == Lorder && nparked > 0))
		while(nparked > 0)
			latereply(parked[--nparked]);
	if(lie == Lflusherr)
		send(convS2M(&r, out, sizeof out));
}

static void flushlater(void)
{
	if(lie == Lflushfirst && nparked > 0)
		latereply(parked[--nparked]);
}

static void serve(int fd)
{
	Fcall t, r;
	long n;
	uint k;
	int now;

	sfd = fd;
	while((n = read(fd, in, sizeof in)) > 0){
		if(convM2S(in, n, &t) == 0)
			_exits("");
		now = after-- <= 0 && (always || after > -3);
		if(now && withhold(&t))
			continue;
		if(now && t.type == Tflush){
			flushlie(&t);
			if(lie == Lflusherr)
				continue;
		}
		answer(&t, &r);
		k = convS2M(&r, out, sizeof out);
		if(now && lie == Ldirendless && t.type == Tread && qidof(t.fid)->type & QTDIR){
			t.offset = 0;
			answer(&t, &r);
			k = convS2M(&r, out, sizeof out);
		}
		if(now && lie == Lerror && t.type != Tversion){
			r.type = Rerror;
			r.ename = "no";
			k = convS2M(&r, out, sizeof out);
		}
		if(now)
			k = lieframe(lieerror(liecontents(&t, k)));
		send(k);
		if(now && t.type == Tflush)
			flushlater();
		oldtag = t.tag;
	}
	_exits("");
}

/* --- the client --- */
static int calm(void *u, char *msg)
{
	USED(u);
	USED(msg);
	return 1;
}

static int tried;
static int sloppy;		/* is killed with files open */
static int ready;		/* a pipe that says when */
static int gaveup;		/* it takes too long */

static void step(void)
{
	tried++;
	alarm(5);
}

static void dirs(char *name)
{
	Dir *d;
	int fd, i;
	long n;

	step();
	fd = open(name, OREAD);
	for(i = 0; i < 20; i++){
		step();
		n = dirread(fd, &d);
		if(n <= 0)
			break;
		free(d);
	}
	close(fd);
}

static void onfile(char *name, int mode)
{
	static char buf[20000];
	Dir *d, nd;
	int fd;

	step();
	fd = open(name, mode);
	step();
	read(fd, buf, sizeof buf);
	step();
	pread(fd, buf+1, 100, 99990);
	step();
	write(fd, buf, sizeof buf);
	step();
	seek(fd, 0, 2);
	step();
	d = dirfstat(fd);
	free(d);
	nulldir(&nd);
	nd.name = "new";
	step();
	dirfwstat(fd, &nd);
	nulldir(&nd);
	step();
	dirfwstat(fd, &nd);
	step();
	fd2path(fd, buf, sizeof buf);
	step();
	close(fd);
}

static void tellproc(int pid, char *file, char *what)
{
	char name[64];

	snprint(name, sizeof name, "#p/%d/%s", pid, file);
	writefile(name, what);
}

static void execs(void)
{
	int pid;

	pid = rfork(RFPROC|RFFDG);
	if(pid == 0){
		step();
		execl("/mnt/a", "a", nil);
		_exits("");
	}
	while(pid > 0 && waitpid() != pid)
		tellproc(pid, "ctl", "kill");	/* a note does not end it while a page is read */
}

static void client(int fd)
{
	static int (*const where[])(char*) = { chdir, (int(*)(char*))remove };
	uchar rec[200];
	int i, f;

	atnotify(calm, 1);
	rfork(RFNAMEG);
	step();
	if(oneof(8))
		fauth(fd, "");
	step();
	if(mount(fd, -1, "/mnt", MREPL|MCREATE | (oneof(2)? MCACHE: 0), "") < 0)
		step();
	dirs("/mnt");
	dirs("/mnt/d");
	onfile("/mnt/a", ORDWR);
	onfile("/mnt/d/b", OREAD);
	onfile("/mnt/d/a", OWRITE|OTRUNC);
	onfile("/mnt/d/e/../x", ORDWR|ORCLOSE);
	step();
	f = create("/mnt/d/new", ORDWR, 0666);
	step();
	write(f, "x", 1);
	step();
	f = create("/mnt/newdir", OREAD, DMDIR|0777);
	step();
	bind("/mnt/d", "/mnt", MAFTER);
	dirs("/mnt");
	if(lie % 4 == 0)	/* each leaves an image behind */
		execs();
	for(i = 0; i < (int)nelem(where); i++){
		step();
		where[i]("/mnt/d");
	}
	step();
	stat(".", rec, sizeof rec);
	step();
	open("nothere", OREAD);
	step();
	unmount(nil, "/mnt");
	alarm(0);
	if(sloppy){
		write(ready, "", 1);
		for(;;)
			sleep(100000);
	}
	for(i = 3; i < 30; i++){
		step();
		close(i);
	}
	alarm(0);
	_exits("");
}

/*
 * Notes for pid's group, since a call gives up its request only at a second
 * one.  When that takes too long, both are killed.
 */
static int nagger(int pid, int server)
{
	int i, n;

	gaveup = 0;
	n = rfork(RFPROC|RFFDG|RFMEM);
	if(n == 0){
		for(i = 0; i < Nend; i++){
			sleep(10);
			tellproc(pid, "notepg", "hurry");
		}
		gaveup = 1;
		tellproc(server, "ctl", "kill");
		tellproc(pid, "ctl", "kill");
		_exits("");
	}
	return n;
}

static int streams;

/* the channel fd as a file of another server, instead of fd */
static int streamof(int fd)
{
	char num[16];
	Dir *d;
	int e[2], post, s;

	need(pipe(e) == 0);
	if(rfork(RFPROC|RFFDG|RFNAMEG) == 0){
		dup(e[1], 0);
		dup(e[1], 1);
		for(s = 3; s < 30; s++)
			close(s);
		execl("/bin/exportfs", "exportfs", nil);
		_exits("exec");
	}
	close(e[1]);
	post = create(Post, OWRITE, 0600);
	snprint(num, sizeof num, "%d", fd);
	need(write(post, num, strlen(num)) > 0);
	close(post);
	close(fd);
	need(mount(e[0], -1, "/n/ram", MREPL, "") >= 0);
	close(e[0]);
	s = open("/n/ram" Post, ORDWR);
	d = dirfstat(s);
	need(d != nil && d->type == 'M');
	free(d);
	need(unmount(nil, "/n/ram") == 0 && remove(Post) == 0);
	return s;
}

static void once(void)
{
	int p[2], q[2], pid, server, nag;
	char c;

	need(pipe(p) == 0);
	if(streams)
		p[0] = streamof(p[0]);
	need(pipe(q) == 0);
	server = rfork(RFPROC|RFFDG);
	if(server == 0){
		close(p[0]);
		close(q[1]);
		serve(p[1]);
	}
	close(p[1]);
	ready = q[1];
	pid = rfork(RFPROC|RFFDG|RFNOTEG);
	if(pid == 0){
		close(q[0]);
		client(p[0]);
	}
	close(p[0]);
	close(q[1]);
	nag = nagger(pid, server);
	if(sloppy){	/* one kill is enough, though its files are open and cannot be closed */
		need(read(q[0], &c, 1) == 1);
		tellproc(pid, "ctl", "kill");
	}
	close(q[0]);
	while(waitpid() != pid)
		;
	need(!gaveup);
	tellproc(server, "ctl", "kill");
	tellproc(nag, "ctl", "kill");
	while(waitpid() > 0)
		;
}

int main(int argc, char **argv)
{
	static char what[64];
	Counts was;
	int i, rounds, images, pages, objects;

	pages = objects = 24;
	if(argc > 1 && strcmp(argv[1], "-s") == 0){
		streams = 1;
		pages = 200;	/* headers of exportfs's segments are kept, as many as it had workers at a time */
		objects = 500;
		rfork(RFNAMEG);
		argv++;
		argc--;
	}
	rounds = argc > 1 ? atoi(argv[1]) : 1;
	chance = argc > 2 ? strtoull(argv[2], nil, 0) : 1;
	print("seed %llud\n", (uvlong)chance);
	doing = what;
	images = 0;
	for(i = -3; i < rounds*Nlie; i++){
		if(i == 0)
			count(&was);
		images += lie % 4 == 0;	/* of programs: the kernel keeps 256 */
		lie = i < 0 ? Nlie : i % Nlie;
		always = oneof(2);
		sloppy = oneof(4);
		after = below(oneof(2) ? 6 : 60);
		snprint(what, sizeof what, "%s after %d%s%s", i < 0 ? "right" : lies[lie], after, always ? " always" : "", sloppy ? ", killed" : "");
		once();
		if(i >= 0 && (i % 8 == 7 || i == rounds*Nlie - 1) && settled(&was, pages, objects + 3*(images < 256 ? images : 256)) < 0)
			count(&was);
	}
	print("%d mounts, %d faults\n", rounds*Nlie, faults);
	exits(faults ? "failed" : "");
}
