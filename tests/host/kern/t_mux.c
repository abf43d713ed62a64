/* needs: tests/host/libc/check.c tests/host/kern/khost.c tests/host/kern/filehost.c port/chan.c port/path.c port/mnt.c port/mntlink.c port/mntmsg.c port/mntchan.c port/mnttag.c port/mntin.c port/mntver.c port/mntread.c port/mntcache.c port/mntbatch.c port/namespace.c port/union.c port/name.c port/fd.c port/sysfile.c port/pipe.c port/pipesink.c port/srv/pipe.c port/srv/dup.c port/srv/srv.c port/srv/mnt.c tests/host/kern/devhost.c lib9p/[a-z]*.c fs/ramfs.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/crc32.c libc/base/utf.c libc/base/token.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport -Itests/host/kern -Wl,--wrap=malloc,--wrap=realloc */
/*
 * t_mux: the channel transport: against lib9p's server, through a pipe's
 * link and as a byte stream, and against a server played by hand that is
 * slow, silent, or lies.
 */
#include "filehost.h"

extern Srv ramfssrv, pipesrv, dupsrv, srvsrv, mntsrv;
static Srv ram[4];
Srv *srvtab[] = { &ram[0], &ram[1], &pipesrv, &dupsrv, &srvsrv, &mntsrv, nil };

static int (*pipehook)(Chan*, Msglink*);

static void setstream(int on)
{
	if(pipehook == nil)
		pipehook = linkhook;
	linkhook = on? nil: pipehook;
}

static int mkdir(char *name)
{
	Chan *c;

	if((c = namecreate(name, OREAD, DMDIR|0775)) == nil)
		return -1;
	chanclose(c);
	return 0;
}

/* --- a real server --- */
static Chan *client;	/* our end */

static void newram(Srv *s)
{
	*s = ramfssrv;
	s->owner = "glenda";
	check(s->init(s, "") == 0);
}

static Proc *mountram(Srv *s, char *where, u32int msize)
{
	Chan *c[2];
	Proc *p;
	char v[20];

	check(hpipe(c) != nil);
	p = hserve(s, c[1]);
	check(muxversion(c[0], msize, "", v, sizeof v) == 0);
	checkstr(v, linkhook != nil? "9P2000": "9P2000.i");
	check(namemount(c[0], nil, where, MREPL|MCREATE, "") == 0);
	client = c[0];
	return p;
}

static void testbasic(int stream)
{
	Srv s;
	Proc *p;
	Chan *c, *d;
	char v[20], line[300];
	int i;

	setstream(stream);
	newram(&s);
	p = mountram(&s, "/n", 8192+IOHDRSZ);
	check(mkdir("/n/a") == 0);
	check(mkdir("/n/a/b") == 0);
	check(hwrite("/n/a/b/f", "contents") == 0);
	checkstr(hread("/n/a/b/f"), "contents");
	checkstr(hread("/n/a/../a/b/./f"), "contents");
	check(hread("/n/a/x/f") == nil);
	checkstr(herr(), Enonexist);
	check(hread("/n/a/b/f/g") == nil);
	checkstr(herr(), Enotdir);
	checkstr(hls("/n/a"), "b ");
	checkstr(hpath("/n/a/b/.."), "/n/a");
	checkstr(hls("/n/.."), "n o ");
	check(hwrite("/n/a/b", "x") < 0);
	check(nameopen("/n/a/b/f", OEXEC) == nil);
	checkstr(herr(), Eperm);
	/* the same tree twice: the same files */
	check(namemount(client, nil, "/o", MREPL, "") == 0);
	c = nameopen("/n/a/b/f", OREAD);
	d = nameopen("/o/a/b/f", OREAD);
	check(chansame(c, d));
	check(chanlength(d) == 8);
	chanclose(c);
	chanclose(d);
	checkstr(hns(), "mount -c '#|/data' /n\nmount '#|/data' /o\n");
	check(namebind("/n/a", "/o", MAFTER) == 0);
	checkstr(hls("/o"), "a b ");
	checkstr(hread("/o/b/f"), "contents");
	check(nameunmount(nil, "/o") == 0);
	/* once more: no new negotiation, and not another version */
	check(muxversion(client, 0, "9P2000", v, sizeof v) == 0);
	check(muxversion(client, 0, "9P1", v, sizeof v) < 0);
	check(muxversion(client, 0, "", v, 3) < 0);
	check(muxinfo(0, line, sizeof line) > 0);
	check(strstr(line, "live msize 8216 requests 0") != nil || strstr(line, "clunks") != nil);
	check(muxinfo(9, line, sizeof line) == -1);
	check(strncmp(hread("#M/status"), "live", 4) == 0);
	for(i = 0; i < 3000; i++){
		checkstr(hread("/n/a/b/f"), "contents");
		check(hread("/n/a/nothing") == nil);
	}
	check(client->mux->nextfid < 80);
	check(client->mux->ntags <= 128);
	checkint(client->mux->nstray, 0);
	/* remove, remove on close */
	check(nameremove("/n/a") < 0);
	checkstr(herr(), Enotempty);
	check(nameremove("/n/a/b/f") == 0);
	c = namecreate("/n/tmp", ORDWR|ORCLOSE, 0600);
	check(c != nil);
	chanclose(c);
	check(hread("/n/tmp") == nil);
	check(nameunmount("#B", "/n") < 0);
	check(nameunmount(nil, "/n") == 0);
	chanclose(client);
	hostwait(p);
	s.fini(&s);
	setstream(0);
}

static void testlarge(int stream)
{
	static uchar data[700*1024], got[700*1024+10];
	Srv s;
	Proc *p;
	Chan *c;
	u32int sizes[] = { 256, 1000, 4096+IOHDRSZ, 65536+IOHDRSZ, MAXMSIZE };
	uint i, j;
	long n;

	setstream(stream);
	for(i = 0; i < sizeof data; i++)
		data[i] = i*7 ^ i>>8 ^ i>>16;
	for(j = 0; j < nelem(sizes); j++){
		newram(&s);
		p = mountram(&s, "/n", sizes[j]);
		c = namecreate("/n/big", ORDWR, 0600);
		check(chanwriteuser(c, (uintptr)data, sizeof data, 0) == sizeof data);
		check(chanlength(c) == sizeof data);
		for(n = 1; n < 600000; n = n*3+1){
			memset(got, 0, sizeof got);
			check(chanreaduser(c, (uintptr)got+3, n, n/2) == n);
			check(memcmp(got+3, data+n/2, n) == 0);
			check(got[2] == 0 && got[3+n] == 0);
		}
		check(chanreaduser(c, (uintptr)got, sizeof got, 5) == sizeof data - 5);
		check(memcmp(got, data+5, sizeof data - 5) == 0);
		check(chanread(c, got, sizeof got, sizeof data - 10) == 10);
		check(chanread(c, got, 100, sizeof data) == 0);
		check(chanread(c, got, sizeof got, 12345) == sizeof data - 12345);
		check(memcmp(got, data+12345, sizeof data - 12345) == 0);
		chanclose(c);
		check(nameunmount(nil, "/n") == 0);
		chanclose(client);
		hostwait(p);
		s.fini(&s);
	}
	setstream(0);
}

/* --- the same operations, three ways --- */
static u32int seed;

static u32int rnd(u32int n)
{
	seed = seed*1103515245 + 12345;
	return (seed>>8) % n;
}

static char *ops(char *root, char *out, char *end)
{
	char name[100], name2[100], *file[] = { "a", "b", "c", "d/a", "d/b", "d", "d/e", "d/e/f", "d/../a" };
	char data[300];
	uchar st[300];
	Dir d;
	Chan *c;
	long n;

	snprint(name, sizeof name, "%s/%s", root, file[rnd(nelem(file))]);
	switch(rnd(8)){
	case 0:
		n = mkdir(name);
		return seprint(out, end, "mkdir %ld %s\n", n, n < 0? herr(): "");
	case 1:
		snprint(data, sizeof data, "%d %.*s", rnd(1000), rnd(200), "................................................................................................");
		n = hwrite(name, data);
		return seprint(out, end, "write %ld %s\n", n, n < 0? herr(): "");
	case 2:
		n = nameremove(name);
		return seprint(out, end, "remove %ld %s\n", n, n < 0? herr(): "");
	case 3:
		dirnull(&d);
		snprint(name2, sizeof name2, "%c", 'a'+rnd(5));
		d.name = name2;
		if(rnd(2))
			d.mode = 0600|rnd(0200);
		n = convD2M(&d, st, sizeof st);
		if((c = namewalk(name, 0)) == nil)
			return seprint(out, end, "nowalk %s\n", herr());
		n = chanwstat(c, st, n);
		out = seprint(out, end, "wstat %ld %s\n", n, n < 0? herr(): "");
		chanclose(c);
		return out;
	case 4:
		if((c = namewalk(name, 0)) == nil)
			return seprint(out, end, "nowalk %s\n", herr());
		n = chanstat(c, st, sizeof st);
		convM2D(st, n, &d, data);
		out = seprint(out, end, "stat %ld %s %uo %lld %llud.%ud\n", n, d.name, d.mode, d.length, (uvlong)d.qid.path, d.qid.vers);
		chanclose(c);
		return out;
	case 5:
		if((c = nameopen(name, ORDWR|(rnd(3) == 0? OTRUNC: 0))) == nil)
			return seprint(out, end, "noopen %s\n", herr());
		n = chanwrite(c, "0123456789", rnd(10), rnd(500));
		out = seprint(out, end, "pwrite %ld", n);
		n = chanread(c, data, sizeof data, rnd(100));
		out = seprint(out, end, " pread %ld %.*s iounit %ud\n", n, n > 0 && data[0]? (int)n: 0, data, c->iounit);
		chanclose(c);
		return out;
	case 6:
		return seprint(out, end, "ls %s\n", hls(name)? hls(name): herr());
	}
	return seprint(out, end, "read %s\n", hread(name)? hread(name): herr());
}

static void testsame(void)
{
	static char out[3][400];
	Srv s[2];
	Proc *p[2];
	Chan *c[2];
	char *root[] = { "#B", "/n", "/o" };
	u32int start, i;
	int j;

	for(j = 0; j < 2; j++){
		setstream(j);
		newram(&s[j]);
		/* as the linked one: what is asked for then is the same */
		p[j] = mountram(&s[j], root[1+j], MAXMSIZE);
		c[j] = client;
	}
	for(i = 0; i < 20000; i++){
		start = i*77+1;
		for(j = 0; j < 3; j++){
			seed = start;
			ops(root[j], out[j], out[j]+sizeof out[j]);
		}
		if(strcmp(out[0], out[1]) != 0 || strcmp(out[0], out[2]) != 0){
			checkstr(out[1], out[0]);
			checkstr(out[2], out[0]);
			break;
		}
	}
	checkint(i, 20000);
	for(j = 0; j < 2; j++){
		check(nameunmount(nil, root[1+j]) == 0);
		chanclose(c[j]);
		hostwait(p[j]);
		s[j].fini(&s[j]);
	}
	setstream(0);
}

/* --- a server played by hand --- */
static Chan *srvend;
static uchar tbuf[70000];
static Fcall T;
static Mux *mux;

/* the next request is of this type */
static int gett(int type)
{
	long n;

	n = chanread(srvend, tbuf, sizeof tbuf, 0);
	if(n <= 0 || convM2S(tbuf, n, &T) != n){
		check(0);
		return -1;
	}
	checkint(T.type, type);
	return T.type == type? 0: -1;
}

static int waiting(void)
{
	hostyield();
	return chanlength(srvend) > 0;
}

static void put(Fcall *f)
{
	static uchar m[70000];
	u32int n;

	n = convS2M(f, m, sizeof m);
	check(n > 0);
	check(chanwrite(srvend, m, n, 0) == n);
}

static void answer(int tag)
{
	Fcall f;

	memset(&f, 0, sizeof f);
	f.type = T.type+1;
	f.tag = tag;
	switch(T.type){
	case Tversion:
		f.msize = T.msize;
		f.version = "9P2000";
		break;
	case Tattach:
		f.qid = (Qid){ .path = 1, .type = QTDIR };
		break;
	case Twalk:
		f.nwqid = T.nwname;
		f.wqid[0] = f.wqid[1] = (Qid){ .path = 2 };
		break;
	case Topen:
	case Tcreate:
		f.qid = (Qid){ .path = 2 };
		break;
	case Tread:
		f.count = 4;
		f.data = "data";
		break;
	case Twrite:
		f.count = T.count;
		break;
	}
	put(&f);
}

static void error(int tag, char *e)
{
	Fcall f;

	memset(&f, 0, sizeof f);
	f.type = Rerror;
	f.tag = tag;
	f.ename = e;
	put(&f);
}

typedef struct Op Op;
struct Op {
	Chan *c;
	char *name;
	long n;		/* asked */
	long r;
	char err[ERRMAX];
	char buf[200];
	uchar *big;
};

static void opmount(void *a)
{
	Op *o;

	o = a;
	o->r = namemount(o->c, nil, o->name, MREPL|MCREATE, "");
	rerrstr(o->err, sizeof o->err);
	hostcalm();
}

static void opopen(void *a)
{
	Op *o;

	o = a;
	o->c = nameopen(o->name, ORDWR);
	rerrstr(o->err, sizeof o->err);
	hostcalm();
}

static void opread(void *a)
{
	Op *o;

	o = a;
	o->r = chanreaduser(o->c, o->big? (uintptr)o->big: (uintptr)o->buf, o->n, 0);
	rerrstr(o->err, sizeof o->err);
	hostcalm();
}

static void opwrite(void *a)
{
	Op *o;

	o = a;
	o->r = chanwriteuser(o->c, (uintptr)o->buf, o->n, 0);
	rerrstr(o->err, sizeof o->err);
	hostcalm();
}

static void opclose(void *a)
{
	Op *o;

	o = a;
	chanclose(o->c);
	o->r = 0;
	hostcalm();
}

static void opwalk(void *a)
{
	Op *o;

	o = a;
	o->c = namewalk(o->name, 0);
	rerrstr(o->err, sizeof o->err);
	hostcalm();
}

static Proc *go(Op *o, void (*f)(void*))
{
	o->r = -100;
	return testproc(f, o);
}

/* a pipe mounted on /n with us behind it; its messages are small */
static void handmount(u32int msize)
{
	Chan *c[2];
	Op o;
	Proc *p;

	check(hpipe(c) != nil);
	srvend = c[1];
	client = c[0];
	memset(&o, 0, sizeof o);
	o.c = c[0];
	o.name = "/n";
	p = go(&o, opmount);
	gett(Tversion);
	checkint(T.tag, NOTAG);
	checkstr(T.version, linkhook != nil? "9P2000": "9P2000.iv");
	T.msize = MIN(T.msize, msize);
	answer(T.tag);
	gett(Tattach);
	checkstr(T.uname, "glenda");
	checkint(T.afid, NOFID);
	answer(T.tag);
	hostwait(p);
	checkint(o.r, 0);
	mux = client->mux;
}

static void handunmount(void)
{
	check(nameunmount(nil, "/n") == 0);
	chanclose(client);
	chanclose(srvend);
}

static Chan *handopen(void)
{
	Op o;
	Proc *p;

	memset(&o, 0, sizeof o);
	o.name = "/n/f";
	p = go(&o, opopen);
	gett(Twalk);
	checkint(T.nwname, 1);
	answer(T.tag);
	gett(Topen);
	answer(T.tag);
	hostwait(p);
	check(o.c != nil);
	return o.c;
}

static void handclose(Chan *c)
{
	Op o;
	Proc *p;

	memset(&o, 0, sizeof o);
	o.c = c;
	p = go(&o, opclose);
	gett(Tclunk);
	answer(T.tag);
	hostwait(p);
}

/* several requests at once, answered in another order */
static void testorder(void)
{
	Op o[5];
	Proc *p[5];
	int tag[5], i;
	Chan *c;

	handmount(8192);
	c = handopen();
	for(i = 0; i < 5; i++){
		memset(&o[i], 0, sizeof o[i]);
		o[i].c = c;
		o[i].n = 10;
		p[i] = go(&o[i], opread);
	}
	for(i = 0; i < 5; i++){
		gett(Tread);
		tag[i] = T.tag;
	}
	for(i = 4; i >= 0; i--){
		answer(tag[i]);
		hostwait(p[i]);
		checkint(o[i].r, 4);
		check(memcmp(o[i].buf, "data", 4) == 0);
	}
	handclose(c);
	checkint(mux->nbusy, 0);
	handunmount();
}

/* what it may not do */
static void lie(Chan *c, uchar *m, int n, char *want)
{
	Op o;
	Proc *p;

	memset(&o, 0, sizeof o);
	o.c = c;
	o.n = 10;
	p = go(&o, opread);
	gett(Tread);
	if(n >= 7){
		m[5] = T.tag;
		m[6] = T.tag>>8;
	}
	check(chanwrite(srvend, m, n, 0) == n);
	hostwait(p);
	checkint(o.r, -1);
	checkstr(o.err, want);
}

static void testlies(int stream)
{
	Chan *c;
	Op o;
	Proc *p;
	uchar big[22] = { 22, 0, 0, 0, Rread, 0, 0, 11, 0, 0, 0 };
	uchar neg[11] = { 11, 0, 0, 0, Rread, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF };
	uchar shortr[12] = { 12, 0, 0, 0, Rread, 0, 0, 5, 0, 0, 0, 'x' };
	uchar wrong[7] = { 7, 0, 0, 0, Rclunk, 0, 0 };
	uchar wrong2[11] = { 11, 0, 0, 0, Rwrite, 0, 0, 4, 0, 0, 0 };
	uchar treq[7] = { 7, 0, 0, 0, Tread, 0, 0 };
	uchar badstr[10] = { 10, 0, 0, 0, Rerror, 0, 0, 9, 0, 'x' };
	uchar nostr[7] = { 7, 0, 0, 0, Rerror, 0, 0 };
	uchar runt[7] = { 6, 0, 0, 0, Rread, 0, 0 };

	setstream(stream);
	handmount(8192);
	c = handopen();
	lie(c, big, 22, Ebotch);
	lie(c, neg, 11, Ebotch);
	lie(c, shortr, 12, Ebotch);
	lie(c, wrong, 7, Ebotch);
	lie(c, wrong2, 11, Ebotch);
	lie(c, treq, 7, Ebotch);
	lie(c, badstr, 10, Ebotch);
	lie(c, nostr, 7, Ebotch);
	/* tags that are not in use are dropped */
	memset(&o, 0, sizeof o);
	o.c = c;
	o.n = 10;
	p = go(&o, opread);
	gett(Tread);
	answer(T.tag+1);
	answer(T.tag+1000);
	answer(NOTAG);
	check(!hostdone(p));
	answer(T.tag);
	if(!stream)	/* of a stream it would be taken for the next one's */
		answer(T.tag);
	hostwait(p);
	checkint(o.r, 4);
	if(!stream)
		checkint(mux->nstray, 3);
	/* a size that cannot be is the end */
	lie(c, runt, 7, Ebadmsg);
	p = go(&o, opread);
	hostwait(p);
	checkint(o.r, -1);
	checkstr(o.err, Ebadmsg);
	chanclose(c);
	check(nameopen("/n/f", OREAD) == nil);
	checkstr(herr(), Ebadmsg);
	handunmount();
	/* too large */
	handmount(8192);
	c = handopen();
	memset(tbuf, 0, sizeof tbuf);
	{
		static uchar m[9000] = { 0x28, 0x23, 0, 0, Rread };

		lie(c, m, sizeof m, Ebadmsg);
	}
	chanclose(c);
	handunmount();
	setstream(0);
}

/* answers in pieces, and several at once */
static void testpieces(int stream)
{
	uchar m[200];
	Fcall f;
	Chan *c;
	Op o, o2;
	Proc *p, *p2;
	u32int n, i;
	int t1;

	setstream(stream);
	handmount(8192);
	c = handopen();
	memset(&o, 0, sizeof o);
	o.c = c;
	o.n = 10;
	o2 = o;
	p = go(&o, opread);
	p2 = go(&o2, opread);
	gett(Tread);
	t1 = T.tag;
	gett(Tread);
	memset(&f, 0, sizeof f);
	f.type = Rread;
	f.tag = t1;
	f.count = 5;
	f.data = "piece";
	n = convS2M(&f, m, sizeof m);
	for(i = 0; i < n-1; i++){
		check(chanwrite(srvend, m+i, 1, 0) == 1);
		hostyield();
		check(!hostdone(p));
	}
	f.tag = T.tag;
	n = convS2M(&f, m+1, sizeof m-1);
	m[0] = 'e';
	check(chanwrite(srvend, m, n+1, 0) == n+1);
	hostwait(p);
	hostwait(p2);
	checkint(o.r, 5);
	checkint(o2.r, 5);
	check(memcmp(o.buf, "piece", 5) == 0);
	check(memcmp(o2.buf, "piece", 5) == 0);
	handclose(c);
	handunmount();
	setstream(0);
}

/* notes: flush, an answer that comes before Rflush, one that does not, two notes */
static void testflush(int stream)
{
	Chan *c;
	Op o;
	Proc *p;
	int tag, ftag;

	setstream(stream);
	handmount(8192);
	c = handopen();
	memset(&o, 0, sizeof o);
	o.c = c;
	o.n = 10;
	/* Rflush only */
	p = go(&o, opread);
	gett(Tread);
	tag = T.tag;
	hostnote(p);
	gett(Tflush);
	checkint(T.oldtag, tag);
	check(!hostdone(p));
	answer(T.tag);
	hostwait(p);
	checkint(o.r, -1);
	checkstr(o.err, Eintr);
	checkint(mux->nbusy, 0);
	/* the answer first: it counts; the tag is kept until Rflush */
	p = go(&o, opread);
	gett(Tread);
	tag = T.tag;
	hostnote(p);
	gett(Tflush);
	ftag = T.tag;
	T.type = Tread;
	answer(tag);
	hostwait(p);
	checkint(o.r, 4);
	checkint(mux->nbusy, 2);
	p = go(&o, opread);
	gett(Tread);
	check(T.tag != tag && T.tag != ftag);
	answer(T.tag);
	hostwait(p);
	checkint(o.r, 4);
	T.type = Tflush;
	answer(ftag);
	p = go(&o, opread);
	gett(Tread);
	answer(T.tag);
	hostwait(p);
	checkint(mux->nbusy, 0);
	/* two notes: given up at once; late answers do no harm */
	p = go(&o, opread);
	gett(Tread);
	tag = T.tag;
	hostnote(p);
	gett(Tflush);
	ftag = T.tag;
	hostnote(p);
	hostwait(p);
	checkint(o.r, -1);
	checkstr(o.err, Eintr);
	checkint(mux->nlimbo, 1);
	checkint(mux->nbusy, 2);
	T.type = Tread;
	answer(tag);
	T.type = Tflush;
	answer(ftag);
	p = go(&o, opread);	/* a stream is read only while somebody waits */
	gett(Tread);
	answer(T.tag);
	hostwait(p);
	checkint(mux->nlimbo, 0);
	checkint(mux->nbusy, 0);
	handclose(c);
	handunmount();
	setstream(0);
}

/* a walk abandoned, whose answer comes late: its fid is clunked, and its number not used before */
static void testlatewalk(int stream)
{
	Op o;
	Proc *p;
	u32int fid;
	int tag, ftag;

	setstream(stream);
	handmount(8192);
	memset(&o, 0, sizeof o);
	o.name = "/n/f";
	p = go(&o, opwalk);
	gett(Twalk);
	tag = T.tag;
	fid = T.newfid;
	hostnote(p);
	gett(Tflush);
	ftag = T.tag;
	hostnote(p);
	hostwait(p);
	check(o.c == nil);
	T.type = Twalk;
	T.nwname = 1;
	answer(tag);
	T.type = Tflush;
	answer(ftag);
	p = go(&o, opwalk);
	if(!stream){
		gett(Tclunk);
		checkint(T.fid, fid);
		answer(T.tag);
	}
	gett(Twalk);
	check(T.newfid != fid || !stream);
	if(stream)
		check(T.newfid != fid);
	error(T.tag, "no");
	hostwait(p);
	checkstr(o.err, "no");
	if(stream){
		p = go(&o, opwalk);
		gett(Tclunk);
		checkint(T.fid, fid);
		answer(T.tag);
		gett(Twalk);
		check(T.newfid != fid);
		error(T.tag, "no");
		hostwait(p);
	}
	/* abandoned, and flushed without an answer: the number is free */
	p = go(&o, opwalk);
	gett(Twalk);
	hostnote(p);
	gett(Tflush);
	ftag = T.tag;
	hostnote(p);
	hostwait(p);
	answer(ftag);
	p = go(&o, opwalk);
	gett(Twalk);
	error(T.tag, "no");
	hostwait(p);
	checkint(mux->nbusy, 0);
	handunmount();
	setstream(0);
}

/* clunks: not waited for where nobody could notice, bounded, numbers not reused before the answer */
static void testclunk(void)
{
	enum { N = 100 };
	static Op o[N];
	Proc *p;
	Chan *c[N];
	int tag[N], i;

	handmount(8192);
	for(i = 0; i < N; i++){
		memset(&o[i], 0, sizeof o[i]);
		o[i].name = "/n/f";
		p = go(&o[i], opwalk);
		gett(Twalk);
		answer(T.tag);
		hostwait(p);
		c[i] = o[i].c;
	}
	for(i = 0; i < 64; i++)
		chanclose(c[i]);
	o[0].c = c[64];
	p = go(&o[0], opclose);
	for(i = 0; i < 64; i++){
		gett(Tclunk);
		tag[i] = T.tag;
	}
	gett(Tclunk);
	tag[64] = T.tag;
	hostyield();
	check(!hostdone(p));
	p = go(&o[1], opwalk);
	gett(Twalk);
	check(T.newfid > 100);
	error(T.tag, "no");
	hostwait(p);
	T.type = Tclunk;
	for(i = 0; i <= 64; i++)
		answer(tag[i]);
	hostyield();
	for(i = 65; i < N; i++){
		chanclose(c[i]);
		gett(Tclunk);
		answer(T.tag);
	}
	checkint(mux->nbusy, 0);
	checkint(mux->nfree, mux->nextfid-1);
	/* open for writing: the close waits, through a note */
	c[0] = handopen();
	o[0].c = c[0];
	p = go(&o[0], opclose);
	gett(Tclunk);
	hostyield();
	check(!hostdone(p));
	hostnote(p);
	hostyield();
	check(!hostdone(p));
	answer(T.tag);
	hostwait(p);
	/* a second note leaves it */
	c[0] = handopen();
	o[0].c = c[0];
	p = go(&o[0], opclose);
	gett(Tclunk);
	hostnote(p);
	hostyield();
	hostnote(p);
	hostwait(p);
	checkint(mux->nclunk, 1);
	error(T.tag, "what?");
	checkint(mux->nclunk, 0);
	checkint(mux->nbusy, 0);
	handunmount();
}

/* a silent server can be interrupted and unmounted; too much abandoned, and it is dead */
static void testsilent(int stream)
{
	static Op o[80];
	Proc *p[80];
	Chan *c;
	int i;

	setstream(stream);
	handmount(8192);
	c = handopen();
	for(i = 0; i < 80; i++){
		memset(&o[i], 0, sizeof o[i]);
		o[i].c = c;
		o[i].n = 10;
		p[i] = go(&o[i], opread);
	}
	hostyield();
	for(i = 0; i < 60; i++){
		hostnote(p[i]);
		hostyield();
		check(!hostdone(p[i]));
		hostnote(p[i]);
		hostyield();
		check(hostdone(p[i]));
		checkint(o[i].r, -1);
	}
	checkint(mux->nlimbo, 60);
	for(; i < 65; i++){
		hostnote(p[i]);
		hostyield();
		hostnote(p[i]);
		hostyield();
	}
	checkint(mux->state, MuxDead);
	if(stream)	/* who reads sleeps on the channel */
		for(; i < 80; i++){
			hostnote(p[i]);
			hostyield();
			hostnote(p[i]);
		}
	for(i = 65; i < 80; i++){
		hostwait(p[i]);
		checkint(o[i].r, -1);
	}
	chanclose(c);
	handunmount();
	/* unmounted while somebody waits */
	handmount(8192);
	c = handopen();
	o[0].c = c;
	p[0] = go(&o[0], opread);
	gett(Tread);
	check(nameunmount(nil, "/n") == 0);
	check(hls("/n") != nil);
	chanclose(srvend);
	hostwait(p[0]);
	checkint(o[0].r, -1);
	checkstr(o[0].err, Ehungup);
	chanclose(c);
	chanclose(client);
	setstream(0);
}

/* the channel is full: a note ends the wait to send, and nothing was sent */
static void testfull(void)
{
	static char junk[200*KiB];
	Chan *c;
	Op o;
	Proc *p;
	int i;

	handmount(8192);
	c = handopen();
	chanincref(client);
	client->flag &= ~CMsg;
	check(chanwrite(client, junk, sizeof junk, 0) == sizeof junk);
	check(chanwrite(client, junk, 56*KiB-100, 0) == 56*KiB-100);
	memset(&o, 0, sizeof o);
	o.c = c;
	o.n = 100;
	p = go(&o, opwrite);
	hostyield();
	check(!hostdone(p));
	hostnote(p);
	hostwait(p);
	checkint(o.r, -1);
	checkstr(o.err, Eintr);
	checkint(mux->nbusy, 0);
	p = go(&o, opwrite);
	hostyield();
	check(chanread(srvend, junk, sizeof junk, 0) == sizeof junk);
	hostyield();
	check(chanread(srvend, junk, sizeof junk, 0) == 56*KiB-100);
	gett(Twrite);
	checkint(T.count, 100);
	answer(T.tag);
	hostwait(p);
	checkint(o.r, 100);
	for(i = 0; i < 3; i++){
		p = go(&o, opwrite);
		gett(Twrite);
		answer(T.tag);
		hostwait(p);
	}
	chanclose(client);
	handclose(c);
	handunmount();
}

/* how many Treads are out, and not more than the length allows */
static void testwindow(void)
{
	static uchar big[40*KiB];
	uchar st[200];
	Fcall f;
	Chan *c;
	Op o;
	Proc *p;
	Dir d;
	int tag[20], n, i;
	vlong off[20];

	handmount(1024+IOHDRSZ);
	c = handopen();
	memset(&o, 0, sizeof o);
	o.c = c;
	o.n = 20*1024;
	o.big = big;
	/* length 0: one at a time */
	p = go(&o, opread);
	gett(Tread);
	tag[0] = T.tag;
	checkint(T.count, 1024);
	gett(Tstat);
	error(T.tag, "no stat");
	T.type = Tread;
	memset(&f, 0, sizeof f);
	f.type = Rread;
	f.count = 1024;
	f.data = (char*)tbuf+3000;
	for(i = 0; i < 5; i++){
		f.tag = tag[0];
		put(&f);
		gett(Tread);
		checkint(T.offset, 1024*(i+1));
		tag[0] = T.tag;
		check(!waiting());
	}
	answer(T.tag);
	hostwait(p);
	checkint(o.r, 5*1024+4);
	/* length 10 000: nine whole ones */
	p = go(&o, opread);
	gett(Tread);
	tag[0] = T.tag;
	gett(Tstat);
	dirnull(&d);
	d = (Dir){ .name = "f", .length = 10000, .qid = { .path = 2 } };
	memset(&f, 0, sizeof f);
	f.type = Rstat;
	f.tag = T.tag;
	f.nstat = convD2M(&d, st, sizeof st);
	f.stat = st;
	put(&f);
	memset(&f, 0, sizeof f);
	f.type = Rread;
	f.count = 1024;
	f.data = (char*)tbuf+3000;
	f.tag = tag[0];
	put(&f);
	for(n = 0; waiting(); n++){
		gett(Tread);
		tag[n] = T.tag;
		off[n] = T.offset;
		checkint(T.count, 1024);
	}
	checkint(n, 8);
	for(i = n-1; i >= 0; i--){
		checkint(off[i], 1024*(i+1));
		memset(tbuf+3000, 'a'+i, 1024);
		f.tag = tag[i];
		put(&f);
	}
	gett(Tread);	/* across the end, alone */
	checkint(T.offset, 9*1024);
	check(!waiting());
	answer(T.tag);
	hostwait(p);
	checkint(o.r, 9*1024+4);
	for(i = 0; i < 8; i++)
		check(big[1024*(i+1)] == 'a'+i && big[1024*(i+2)-1] == 'a'+i);
	handclose(c);
	handunmount();
}

static void testversion(void)
{
	Chan *c[2];
	Op o;
	Proc *p;
	Fcall f;
	char *bad[] = { "unknown", "9P1999", "" };
	int i;

	check(hpipe(c) != nil);
	srvend = c[1];
	memset(&o, 0, sizeof o);
	o.c = c[0];
	o.name = "/n";
	for(i = 0; i < 5; i++){
		p = go(&o, opmount);
		gett(Tversion);
		memset(&f, 0, sizeof f);
		f.type = Rversion;
		f.tag = NOTAG;
		f.msize = i == 3? T.msize+1: i == 4? 100: T.msize;
		f.version = i < 3? bad[i]: "9P2000";
		put(&f);
		hostwait(p);
		checkint(o.r, -1);
		check(c[0]->flag & CMsg? 0: 1);
	}
	/* interrupted, and tried again; two at a time */
	p = go(&o, opmount);
	gett(Tversion);
	hostnote(p);
	hostwait(p);
	checkint(o.r, -1);
	checkstr(o.err, Eintr);
	{
		Op o2 = o;
		Proc *p2;

		p = go(&o, opmount);
		gett(Tversion);
		p2 = go(&o2, opmount);
		check(!waiting());
		answer(NOTAG);
		gett(Tattach);
		error(T.tag, "go away");
		gett(Tattach);
		error(T.tag, "go away");
		hostwait(p);
		hostwait(p2);
		checkstr(o.err, "go away");
		checkstr(o2.err, "go away");
	}
	check(fdnew(c[0], 0) == 0);
	check(fdchan(0, ORDWR, 1) == nil);
	checkstr(herr(), "inappropriate use of fd");
	check(fdclose(0) == 0);
	chanclose(srvend);
	/* hang-up while negotiating */
	check(hpipe(c) != nil);
	srvend = c[1];
	o.c = c[0];
	p = go(&o, opmount);
	gett(Tversion);
	chanclose(srvend);
	hostwait(p);
	checkint(o.r, -1);
	checkstr(o.err, Ehungup);
	chanclose(c[0]);
	/* small machines ask for less */
	hosttotal = 1000;
	check(hpipe(c) != nil);
	srvend = c[1];
	o.c = c[0];
	p = go(&o, opmount);
	gett(Tversion);
	checkint(T.msize, 8*KiB+IOHDRSZ);
	error(NOTAG, "no");
	hostwait(p);
	chanclose(c[0]);
	chanclose(srvend);
	hosttotal = 1<<20;
}

/* on a stream more is proposed than plain 9P2000, to which it may come down in two ways */
static void testextended(void)
{
	char *answers[] = { "unknown", "9P2000", "9P2000.i", "9P2000.v" };
	Chan *c[2];
	Proc *p;
	Op o;
	int i;

	setstream(1);
	for(i = 0; i < (int)nelem(answers); i++){
		check(hpipe(c) != nil);
		srvend = c[1];
		memset(&o, 0, sizeof o);
		o.c = c[0];
		o.name = "/n";
		p = go(&o, opmount);
		gett(Tversion);
		checkstr(T.version, "9P2000.iv");
		put(&(Fcall){ .type = Rversion, .tag = NOTAG, .msize = T.msize, .version = answers[i] });
		if(i == 0){
			gett(Tversion);
			checkstr(T.version, "9P2000");
			answer(NOTAG);
		}
		gett(Tattach);
		checkint(c[0]->mux->inorder, i == 2);
		checkint(c[0]->mux->versions, i == 3);
		error(T.tag, "go away");
		hostwait(p);
		chanclose(c[0]);
		chanclose(srvend);
	}
	setstream(0);
}

static void opauth(void *a)
{
	Op *o;

	o = a;
	o->c = muxauth(o->c, "glenda", o->name);
	rerrstr(o->err, sizeof o->err);
}

static void opattach(void *a)
{
	Op *o;
	Chan *root;

	o = a;
	root = muxattach(client, o->c, "glenda", o->name);
	rerrstr(o->err, sizeof o->err);
	o->r = root == nil? -1: 0;
	chanclose(root);
}

static void testauth(void)
{
	Fcall f;
	Chan *afid;
	Op o, io;
	Proc *p;
	u32int fid;

	handmount(8192);
	memset(&o, 0, sizeof o);
	o.name = "tree";
	o.c = client;
	p = go(&o, opauth);
	gett(Tauth);
	error(T.tag, "authentication not required");
	hostwait(p);
	check(o.c == nil);
	checkstr(o.err, Enoauth);
	o.c = client;
	p = go(&o, opauth);
	gett(Tauth);
	checkstr(T.uname, "glenda");
	checkstr(T.aname, "tree");
	fid = T.afid;
	memset(&f, 0, sizeof f);
	f.type = Rauth;
	f.tag = T.tag;
	f.aqid = (Qid){ .path = 9, .type = QTAUTH };
	put(&f);
	hostwait(p);
	afid = o.c;
	check(afid != nil && afid->qid.type == QTAUTH);
	memset(&io, 0, sizeof io);
	io.c = afid;
	io.n = 10;
	p = go(&io, opread);
	gett(Tread);
	checkint(T.fid, fid);
	answer(T.tag);
	hostwait(p);
	checkint(io.r, 4);
	p = go(&o, opattach);
	gett(Tattach);
	checkint(T.afid, fid);
	answer(T.tag);
	hostwait(p);
	checkint(o.r, 0);
	gett(Tclunk);
	answer(T.tag);
	/* a channel that is no authentication file of this connection */
	o.c = client;
	p = go(&o, opattach);
	hostwait(p);
	checkint(o.r, -1);
	handclose(afid);
	checkint(mux->nbusy, 0);
	handunmount();
}

/* connections over connections have an end */
static void testnest(void)
{
	Srv s;
	Proc *p;
	Chan *c;
	char v[20];

	newram(&s);
	p = mountram(&s, "/n", 0);
	client->mux->depth = 6;
	c = namecreate("/n/f", ORDWR, 0600);
	check(c != nil);
	check(muxversion(c, 0, "", v, sizeof v) < 0);
	check(strstr(herr(), "too many") != nil);
	chanclose(c);
	check(nameunmount(nil, "/n") == 0);
	chanclose(client);
	hostwait(p);
	s.fini(&s);
}

/* --- a server that sends anything --- */
static Op fo[12];
static Proc *fp[12];
static Chan *fchan;

static void fuzzop(void *a)
{
	Op *o;
	uchar st[300];
	char *names[] = { "/n/f", "/n/a/b/c", "/n/..", "/n", "/n/x/../y" };
	Chan *c;
	u32int i;

	o = a;
	for(i = 0; i < 20; i++){
		switch(rnd(7)){
		case 0:
			o->r = chanreaduser(fchan, (uintptr)o->buf, rnd(sizeof o->buf), rnd(1000));
			break;
		case 1:
			o->r = chanwriteuser(fchan, (uintptr)o->buf, rnd(sizeof o->buf), rnd(1000));
			break;
		case 2:
			if((c = nameopen(names[rnd(nelem(names))], rnd(4))) != nil)
				chanclose(c);
			break;
		case 3:
			if((c = namewalk(names[rnd(nelem(names))], 0)) != nil){
				o->r = chanstat(c, st, sizeof st);
				chanclose(c);
			}
			break;
		case 4:
			if((c = namecreate("/n/new", ORDWR|(rnd(2)? ORCLOSE: 0), 0666)) != nil)
				chanclose(c);
			break;
		case 5:
			o->r = nameremove("/n/f");
			break;
		case 6:
			o->big = malloc(20000);
			o->r = chanreaduser(fchan, (uintptr)o->big, 20000, 0);
			free(o->big);
			break;
		}
		hostcalm();
	}
}

/* an answer to T, or something like it */
static u32int fuzzanswer(uchar *m, u32int max)
{
	Fcall f;
	u32int n, k;

	memset(&f, 0, sizeof f);
	f.type = rnd(20) == 0? (int)(Tversion+rnd(30)): T.type+1;
	f.tag = rnd(30) == 0? rnd(40): T.tag;
	f.ename = "some error";
	if(rnd(6) == 0)
		f.type = Rerror;
	f.version = "9P2000";
	f.msize = 8192;
	f.nwqid = rnd(8) == 0? rnd(17): T.type == Twalk? (u32int)T.nwname: 0U;
	for(k = 0; k < f.nwqid; k++)
		f.wqid[k] = (Qid){ .path = rnd(5), .type = rnd(2)? QTDIR: rnd(256) };
	f.qid = (Qid){ .path = rnd(5), .type = rnd(2)? QTDIR: 0 };
	f.count = T.type == Tread || T.type == Twrite? rnd(T.count+2): rnd(50);
	f.data = (char*)tbuf+20000;
	f.stat = tbuf+30000;
	f.nstat = rnd(100);
	f.iounit = rnd(3) == 0? rnd(9000): 0;
	if(f.count > 10000)
		f.count = 10000;
	n = convS2M(&f, m, max);
	if(n > 0 && rnd(15) == 0)
		m[rnd(n)] = rnd(256);
	if(n > 0 && rnd(40) == 0)
		n = rnd(n);
	return n;
}

static void fuzzround(u32int s)
{
	static uchar m[70000];
	long n;
	int i;

	seed = s;
	handmount(8192);
	fchan = handopen();
	if(rnd(2))
		fchan->qid.type = QTDIR, fchan->udir = udirnew();
	for(i = 0; i < (int)nelem(fo); i++){
		memset(&fo[i], 0, sizeof fo[i]);
		fp[i] = go(&fo[i], fuzzop);
	}
	for(i = 0; i < 400; i++){
		hostyield();
		if(rnd(5) == 0)
			hostnote(fp[rnd(nelem(fp))]);
		if(chanlength(srvend) <= 0)
			continue;
		n = chanread(srvend, tbuf, 20000, 0);
		if(n <= 0 || convM2S(tbuf, n, &T) == 0)
			break;
		if(rnd(10) == 0)
			continue;
		n = fuzzanswer(m, sizeof m);
		if(n > 0 && chanwrite(srvend, m, n, 0) < 0)
			break;
		if(rnd(300) == 0)
			break;
	}
	chanclose(srvend);
	srvend = nil;
	for(i = 0; i < (int)nelem(fo); i++){
		while(!hostdone(fp[i])){
			hostyield();
			hostnote(fp[i]);
		}
	}
	check(client->mux->state == MuxDead || client->mux->nbusy <= 1);
	chanclose(fchan);
	handunmount();
}

static void testfuzz(void)
{
	u32int i;

	for(i = 0; i < 150; i++){
		setstream(i & 1);
		fuzzround(i*7919+1);
	}
	setstream(0);
}

/* --- every allocation fails in turn --- */
static void everything(void)
{
	Srv s;
	Proc *p;
	Chan *c[2], *f;
	uchar buf[300];
	char v[20];

	if(hpipe(c) == nil)
		return;
	s = ramfssrv;
	s.owner = "glenda";
	if(s.init(&s, "") < 0){
		chanclose(c[0]);
		chanclose(c[1]);
		return;
	}
	p = hserve(&s, c[1]);
	if(muxversion(c[0], 0, "", v, sizeof v) == 0 && namemount(c[0], nil, "/n", MREPL|MCREATE, "x") < 0)
		namemount(c[0], nil, "/n", MREPL|MCREATE, "");
	mkdir("/n/d");
	hwrite("/n/d/f", "some text");
	hread("/n/d/../d/f");
	hls("/n/d");
	namebind("/n/d", "/o", MAFTER|MCREATE);
	hwrite("/o/g", "more");
	hls("/o");
	hns();
	if((f = nameopen("/o/g", OREAD)) != nil){
		chanstat(f, buf, sizeof buf);
		chanclose(f);
	}
	nameremove("/o/g");
	while(nameunmount(nil, "/o") < 0 && strcmp(herr(), Enomem) == 0)
		;
	while(nameunmount(nil, "/n") < 0 && strcmp(herr(), Enomem) == 0)
		;
	chanclose(c[0]);
	hostwait(p);
	s.fini(&s);
}

static void testoom(void)
{
	long i, n;

	hostallocs = 0;
	everything();
	n = hostallocs;
	check(n > 50);
	for(i = 1; i <= n+20; i++){
		hostfail = i;
		everything();
		hostfail = 0;
		checkstr(hns(), "");
		nameremove("/n/d/f");	/* where the mount failed */
		nameremove("/n/d/g");
		nameremove("/n/d");
		checkstr(hls("/n"), "");
		checkstr(hls("/o"), "");
	}
}

static void testall(void)
{
	int i;

	check(mkdir("/n") == 0);
	check(mkdir("/o") == 0);
	for(i = 0; i < 2; i++){
		testbasic(i);
		testlarge(i);
		testlies(i);
		testpieces(i);
		testflush(i);
		testlatewalk(i);
		testsilent(i);
	}
	testsame();
	testorder();
	testclunk();
	testfull();
	testwindow();
	testversion();
	testextended();
	testauth();
	testnest();
	testoom();
	testfuzz();
}

int main(void)
{
	int i;

	for(i = 0; i < 2; i++){
		ram[i] = ramfssrv;
		ram[i].dc = 'A'+i;
	}
	return hostmain(testall);
}
