/* needs: tests/host/libc/check.c tests/host/kern/khost.c tests/host/kern/filehost.c port/chan.c port/path.c port/mnt.c port/mntlink.c port/mntmsg.c port/mntchan.c port/mnttag.c port/mntin.c port/mntver.c port/mntread.c port/mntcache.c port/mntbatch.c port/namespace.c port/union.c port/name.c port/fd.c port/sysfile.c port/pipe.c port/pipesink.c port/srv/pipe.c port/srv/dup.c port/srv/srv.c port/srv/mnt.c tests/host/kern/devhost.c lib9p/[a-z]*.c fs/ramfs.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/crc32.c libc/base/utf.c libc/base/token.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport -Itests/host/kern -Wl,--wrap=malloc,--wrap=realloc */
/*
 * t_batch: requests that go together to a server that handles them in order:
 * a walk with what comes after it, clunks that wait for company; the server is
 * played by hand.
 */
#include "filehost.h"

extern Srv ramfssrv, pipesrv, dupsrv, srvsrv, mntsrv;
static Srv ram;
Srv *srvtab[] = { &ram, &pipesrv, &dupsrv, &srvsrv, &mntsrv, nil };

/* --- the server --- */
static Chan *client, *srvend;
static Mux *mux;
static uchar req[4096];		/* a message of the client's */
static Fcall T[16];		/* the requests in it */
static int nT;
static uchar ans[4096];		/* answers that are put together */
static u32int nans;

/* take the next message apart: it holds requests of these types */
static void get(int n, const int *type)
{
	uchar *p;
	long len;
	u32int k;

	len = chanread(srvend, req, sizeof req, 0);
	nT = 0;
	for(p = req; p < req+len && nT < (int)nelem(T); p += k){
		k = msg4(p);
		check(k <= req+len-p && convM2S(p, k, &T[nT]) == k);
		if(nT < n)
			checkint(T[nT].type, type[nT]);
		nT++;
	}
	checkint(nT, n);
}
#define want(...) get(sizeof((int[]){__VA_ARGS__})/sizeof(int), (int[]){__VA_ARGS__})

static int nothing(void)
{
	hostyield();
	return chanlength(srvend) == 0;
}

static void add(Fcall *f)
{
	u32int n;

	n = convS2M(f, ans+nans, sizeof ans - nans);
	check(n > 0);
	nans += n;
}

/* all answers that were added, as one message */
static void sendall(void)
{
	check(chanwrite(srvend, ans, nans, 0) == (long)nans);
	nans = 0;
}

static void refuse(int i, char *e)
{
	add(&(Fcall){ .type = Rerror, .tag = T[i].tag, .ename = e });
}

static uchar record[STATFIXLEN+1];

static void accept(int i)
{
	static Dir d = { .name = "f", .uid = "", .gid = "", .muid = "", .qid.path = 2, .length = 99 };
	Fcall f;
	int j;

	memset(&f, 0, sizeof f);
	f.type = T[i].type+1;
	f.tag = T[i].tag;
	switch(T[i].type){
	case Tversion:
		f.msize = MIN(T[i].msize, 8192);
		f.version = "9P2000";
		break;
	case Tattach:
		f.qid = (Qid){ .path = 1, .type = QTDIR };
		break;
	case Twalk:
		f.nwqid = T[i].nwname;
		for(j = 0; j < f.nwqid; j++)
			f.wqid[j] = (Qid){ .path = 2+j };
		break;
	case Topen:
		f.qid = (Qid){ .path = 2, .vers = 7 };
		break;
	case Tstat:
		f.stat = record;
		f.nstat = convD2M(&d, record, sizeof record);
		check(f.nstat > 2);
		break;
	}
	add(&f);
}

static void acceptall(void)
{
	int i;

	for(i = 0; i < nT; i++)
		accept(i);
	sendall();
}

/* --- the client --- */
typedef struct Op Op;
struct Op {
	char *name;
	int mode;
	Chan *c;
	long r;
	char err[ERRMAX];
	uchar buf[200];
};

static void opmount(void *a)
{
	Op *o;

	o = a;
	o->r = namemount(client, nil, "/n", MREPL, "");
	hostcalm();
}

static void opopen(void *a)
{
	Op *o;

	o = a;
	o->c = nameopen(o->name, o->mode);
	rerrstr(o->err, sizeof o->err);
	hostcalm();
}

static void opstat(void *a)
{
	char name[128];
	Op *o;

	o = a;
	strecpy(name, name+sizeof name, o->name);
	o->c = namestatcut(name, o->buf, sizeof o->buf, &o->r);
	rerrstr(o->err, sizeof o->err);
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

static Op op;

static Proc *go(void (*f)(void*), char *name, int mode)
{
	memset(&op, 0, sizeof op);
	op.name = name;
	op.mode = mode;
	return testproc(f, &op);
}

static void begin(int inorder)
{
	Chan *c[2];
	Msglink l;
	Proc *p;

	check(hpipe(c) != nil);
	client = c[0];
	srvend = c[1];
	check(linkhook(srvend, &l));
	*l.mine = inorder;
	p = go(opmount, nil, 0);
	want(Tversion);
	acceptall();
	want(Tattach);
	acceptall();
	hostwait(p);
	checkint(op.r, 0);
	mux = client->mux;
}

static void end(void)
{
	checkint(mux->nbusy, 0);
	checkint(mux->nclunk + mux->nlate + mux->nlimbo + mux->ndefer, 0);
	checkint(mux->nfree, mux->nextfid-1);	/* all but the root's */
	check(nameunmount(nil, "/n") == 0);
	chanclose(client);
	chanclose(srvend);
}

/* the clunks that wait, if there are any */
static void clunks(int n)
{
	int i;

	muxclunks(mux);
	if(n == 0){
		check(nothing());
		return;
	}
	nT = 0;
	get(n, (int[]){ Tclunk, Tclunk, Tclunk, Tclunk, Tclunk, Tclunk, Tclunk, Tclunk });
	for(i = 0; i < nT; i++)
		accept(i);
	sendall();
}

/* --- tests --- */
static void testopen(void)
{
	Proc *p;
	u32int fid;

	begin(1);
	p = go(opopen, "/n/f", OREAD);
	want(Twalk, Topen);
	checkint(T[0].newfid, T[1].fid);
	checkint(T[1].mode, OREAD);
	fid = T[1].fid;
	check(T[0].tag != T[1].tag);
	acceptall();
	hostwait(p);
	check(op.c != nil && op.c->flag & COpen && op.c->fidnum == fid);
	checkint(op.c->qid.vers, 7);
	checkstr(chanpath(op.c), "/n/f");
	chanclose(op.c);
	check(nothing());
	p = go(opstat, "/n/f", 0);
	want(Tclunk, Twalk, Tstat, Tclunk);
	checkint(T[0].fid, fid);
	check(T[1].newfid == T[2].fid && T[2].fid == T[3].fid && T[3].fid != fid);
	acceptall();
	hostwait(p);
	check(op.c == nil);
	checkint(op.r, STATFIXLEN+1);
	check(op.buf[0] == STATFIXLEN-1 && op.buf[2] == 'M');
	end();
}

/* each of those that go together fails */
static void testfail(void)
{
	Proc *p;

	begin(1);
	p = go(opopen, "/n/a/b", OWRITE|OTRUNC);
	want(Twalk, Topen);
	checkint(T[1].mode, OWRITE|OTRUNC);
	refuse(0, "no such thing");
	refuse(1, "no such fid");
	sendall();
	hostwait(p);
	check(op.c == nil);
	checkstr(op.err, "no such thing");
	clunks(0);
	p = go(opopen, "/n/a/b", OREAD);	/* a is there, b is not */
	want(Twalk, Topen);
	T[0].nwname = 1;
	accept(0);
	refuse(1, "no such fid");
	sendall();
	hostwait(p);
	check(op.c == nil);
	checkstr(op.err, Enotdir);
	clunks(0);
	p = go(opopen, "/n/f", OREAD);	/* the open fails */
	want(Twalk, Topen);
	accept(0);
	refuse(1, "permission denied");
	sendall();
	hostwait(p);
	check(op.c == nil);
	checkstr(op.err, "permission denied");
	clunks(1);
	p = go(opstat, "/n/f", 0);	/* the walk, for a stat */
	want(Twalk, Tstat, Tclunk);
	refuse(0, "no such thing");
	refuse(1, "no such fid");
	refuse(2, "no such fid");
	sendall();
	hostwait(p);
	checkint(op.r, -1);
	checkstr(op.err, "no such thing");
	p = go(opstat, "/n/f", 0);	/* the stat */
	want(Twalk, Tstat, Tclunk);
	accept(0);
	refuse(1, "not this one");
	accept(2);
	sendall();
	hostwait(p);
	checkint(op.r, -1);
	checkstr(op.err, "not this one");
	end();
}

/* notes: one, and a second, before any answer and after the first; and answers in the wrong order */
static void testnotes(void)
{
	Proc *p;
	Fcall walk, open, flush[2];

	begin(1);
	p = go(opopen, "/n/f", OREAD);
	want(Twalk, Topen);
	walk = T[0];
	open = T[1];
	hostnote(p);
	want(Tflush);
	checkint(T[0].oldtag, open.tag);
	add(&(Fcall){ .type = Rwalk, .tag = walk.tag, .nwqid = 1 });
	accept(0);
	sendall();
	hostwait(p);
	check(op.c == nil);
	checkstr(op.err, Eintr);
	clunks(1);
	p = go(opopen, "/n/f", OREAD);	/* two notes: both are left with the server */
	want(Twalk, Topen);
	walk = T[0];
	open = T[1];
	hostnote(p);
	want(Tflush);
	flush[0] = T[0];
	hostnote(p);
	want(Tflush);
	flush[1] = T[0];
	checkint(flush[1].oldtag, walk.tag);
	hostnote(p);
	hostwait(p);
	check(op.c == nil);
	checkint(mux->nlimbo, 2);
	T[0] = walk;
	T[1] = open;
	T[2] = flush[0];
	T[3] = flush[1];
	nT = 4;
	acceptall();
	checkint(mux->nlimbo, 0);
	checkint(mux->nlate, 1);
	p = go(opstat, "/n/f", 0);
	want(Tclunk);
	acceptall();
	want(Twalk, Tstat, Tclunk);
	acceptall();
	hostwait(p);
	checkint(op.r, STATFIXLEN+1);
	end();
}

static void testorder(void)
{
	Proc *p;
	Fcall walk;

	begin(1);
	p = go(opopen, "/n/f", OREAD);	/* the walk's answer comes last: it is asked for */
	want(Twalk, Topen);
	walk = T[0];
	accept(1);
	sendall();
	want(Tflush);
	checkint(T[0].oldtag, walk.tag);
	add(&(Fcall){ .type = Rwalk, .tag = walk.tag, .nwqid = 1 });
	accept(0);
	sendall();
	hostwait(p);
	check(op.c != nil);
	chanclose(op.c);
	clunks(1);
	p = go(opopen, "/n/f", OREAD);	/* the server goes away between the two */
	want(Twalk, Topen);
	accept(0);
	sendall();
	chanclose(srvend);
	hostwait(p);
	check(op.c == nil);
	checkstr(op.err, Ehungup);
	check(nameunmount(nil, "/n") == 0);
	chanclose(client);
}

/* clunks wait, up to eight, but not those that matter */
static void testclunks(void)
{
	Chan *c[9];
	Proc *p;
	int i;

	begin(1);
	for(i = 0; i < 9; i++){
		p = go(opopen, "/n/f", OREAD);
		want(Twalk, Topen);
		acceptall();
		hostwait(p);
		c[i] = op.c;
	}
	for(i = 0; i < 7; i++)
		chanclose(c[i]);
	check(nothing());
	chanclose(c[7]);
	check(!nothing());
	clunks(8);
	chanclose(c[8]);
	p = go(opopen, "/n/f", ORDWR);
	want(Tclunk, Twalk, Topen);
	acceptall();
	hostwait(p);
	p = testproc((void (*)(void*))chanclose, op.c);
	want(Tclunk);
	hostyield();
	check(!hostdone(p));
	acceptall();
	hostwait(p);
	end();
}

/* where they may not go together */
static void testapart(void)
{
	Proc *p;

	begin(0);	/* the server has not said that it takes them */
	p = go(opopen, "/n/f", OREAD);
	want(Twalk);
	acceptall();
	want(Topen);
	acceptall();
	hostwait(p);
	chanclose(op.c);
	want(Tclunk);
	acceptall();
	end();
	begin(1);	/* the name must be a directory's */
	p = go(opopen, "/n/f/", OREAD);
	want(Twalk);
	acceptall();
	hostwait(p);
	checkstr(op.err, Enotdir);
	clunks(1);
	p = go(opwalk, "/n/d", 0);	/* something may be mounted inside */
	want(Twalk);
	acceptall();
	hostwait(p);
	check(nsbind(op.c, op.c, MREPL, 0, nil) == 0);
	chanclose(op.c);
	clunks(0);
	p = go(opopen, "/n/f", OREAD);
	want(Twalk);
	T[0].nwname = 0;
	refuse(0, "no such thing");
	sendall();
	hostwait(p);
	checkstr(op.err, "no such thing");
	check(nameunmount(nil, "/n") == 0);
	chanclose(client);
	chanclose(srvend);
}

static void testall(void)
{
	muxinit();
	check(namecreate("/n", OREAD, DMDIR|0775) != nil);
	testopen();
	testfail();
	testnotes();
	testorder();
	testclunks();
	testapart();
}

int main(void)
{
	ram = ramfssrv;
	ram.dc = 'A';
	return hostmain(testall);
}
