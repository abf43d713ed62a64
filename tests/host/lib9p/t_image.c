/* needs: lib9p fs/ramfs.c fs/env/[a-z]*.c fs/mbox/[a-z]*.c fs/consmux/[a-z]*.c tests/host/lib9p/kinds.c tests/host/lib9p/fifo.c tests/host/lib9p/world.c tests/host/lib9p/gen.c */
/*
 * t_image: images, and what a move must keep, one thing at a time: files that
 * were removed and are open, exclusive use, removes at the end, fids that
 * were clunked under a request, chains of flushes, the greatest numbers.
 * Then: every image that is not whole is refused, and so is one of too many
 * connections; every allocation fails in turn, and the old side goes on.
 */
#include <stdio.h>
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "gen.h"
#include "kinds.h"
#include "host.h"
#include "world.h"

extern Srv ramfssrv, fifosrv;

static uchar msg[MAXMSIZE], ans[MAXMSIZE];
static Fcall got;

/* --- by hand --- */
static void ask(World *w, int i, Fcall *f)
{
	u32int n;

	n = convS2M(f, msg, sizeof msg);
	if(n == 0)
		abort();
	worldsend(w, i, msg, n);
}

/* the next answer's type, 0 if there is none */
static int answer(World *w, int i)
{
	int n;

	memset(&got, 0, sizeof got);
	n = worldrecv(w, i, ans, sizeof ans);
	if(n < 0)
		return 0;
	if(convM2S(ans, n, &got) != (u32int)n)
		abort();
	return got.type;
}

static int call(World *w, int i, Fcall f)
{
	ask(w, i, &f);
	return answer(w, i);
}

static int attach(World *w, int i, u32int fid, char *aname)
{
	return call(w, i, (Fcall){ .type = Tattach, .tag = 1, .fid = fid, .afid = NOFID, .uname = "glenda", .aname = aname });
}

static int walk(World *w, int i, u32int fid, u32int newfid, char *name)
{
	return call(w, i, (Fcall){ .type = Twalk, .tag = 1, .fid = fid, .newfid = newfid, .nwname = name != nil, .wname = { name } });
}

static int openit(World *w, int i, u32int fid, int mode)
{
	return call(w, i, (Fcall){ .type = Topen, .tag = 1, .fid = fid, .mode = mode });
}

static int create(World *w, int i, u32int fid, char *name, u32int perm, int mode)
{
	return call(w, i, (Fcall){ .type = Tcreate, .tag = 1, .fid = fid, .name = name, .perm = perm, .mode = mode });
}

static int clunk(World *w, int i, u32int fid)
{
	return call(w, i, (Fcall){ .type = Tclunk, .tag = 1, .fid = fid });
}

static int removeit(World *w, int i, u32int fid)
{
	return call(w, i, (Fcall){ .type = Tremove, .tag = 1, .fid = fid });
}

static int stat(World *w, int i, u32int fid, Dir *d)
{
	static char strs[4096];
	int t;

	t = call(w, i, (Fcall){ .type = Tstat, .tag = 1, .fid = fid });
	if(t == Rstat)
		convM2D(got.stat, got.nstat, d, strs);
	return t;
}

static void write9p(World *w, int i, u16int tag, u32int fid, char *s)
{
	ask(w, i, &(Fcall){ .type = Twrite, .tag = tag, .fid = fid, .count = strlen(s), .data = s });
}

static void read9p(World *w, int i, u16int tag, u32int fid, vlong off)
{
	ask(w, i, &(Fcall){ .type = Tread, .tag = tag, .fid = fid, .offset = off, .count = 100 });
}

static void flush(World *w, int i, u16int tag, u16int old)
{
	ask(w, i, &(Fcall){ .type = Tflush, .tag = tag, .oldtag = old });
}

static int isdata(char *s)
{
	return got.type == Rread && got.count == strlen(s) && memcmp(got.data, s, got.count) == 0;
}

static int iserror(char *s)
{
	return got.type == Rerror && strcmp(got.ename, s) == 0;
}

static void begin(World *w, Srv *table, char *arg)
{
	int i;

	worldopen(w, table, arg);
	for(i = 0; i < Worldconns; i++){
		worldversion(w, i);
		if(answer(w, i) != Rversion)
			abort();
	}
}

/* --- images themselves --- */
static void fillimage(Img *m)
{
	imginit(m);
	imgput1(m, 0xFE);
	imgput2(m, 0xFEDC);
	imgput4(m, 0xFEDCBA98);
	imgput8(m, 0xFEDCBA9876543210);
	imgputs(m, "string");
	imgputs(m, nil);
	imgputn(m, "bytes", 5);
}

static void testimg(void)
{
	Img m, r;
	usize n;
	uchar *p;

	fillimage(&m);
	check(imgerr(&m) == nil && m.n == 1+2+4+8+9+3+5 && m.p[1] == 0xDC);
	imgopen(&r, m.p, m.n);
	check(imgget1(&r) == 0xFE && imgget2(&r) == 0xFEDC && imgget4(&r) == 0xFEDCBA98);
	check(imgget8(&r) == 0xFEDCBA9876543210);
	checkstr(imggets(&r), "string");
	checkstr(imggets(&r), "");
	check(imgend(&r) < 0);	/* there is more */
	imgopen(&r, m.p+m.n-5, 5);
	p = imggetn(&r, 5);
	check(p == m.p+m.n-5 && imgend(&r) == 0 && imgleft(&r) == 0);
	check(imgget8(&r) == 0 && imgerr(&r) != nil);
	check(imggetn(&r, 0) == nil && imgok(&r) < 0);
	for(n = 0; n < 9; n++){	/* a string cut short */
		imgopen(&r, m.p+15, n);
		checkstr(imggets(&r), "");
		check(imgerr(&r) != nil);
	}
	m.p[18] = 0;	/* or with a zero in it */
	imgopen(&r, m.p+15, 9);
	checkstr(imggets(&r), "");
	check(imgerr(&r) != nil);
	imgopen(&r, m.p, m.n);
	check(imggetn(&r, ~0UL) == nil && imgleft(&r) == 0);
	imgfree(&m);
}

static void testimgerr(void)
{
	static char big[65537];
	Img m;
	usize n;

	memset(big, 'b', 65536);
	imginit(&m);
	imgput4(&m, 1);
	imgputs(&m, big);
	check(imgerr(&m) != nil && m.n == 4);
	imgput4(&m, 1);
	check(m.n == 4);
	imgfree(&m);
	big[65535] = 0;
	imginit(&m);
	imgputs(&m, big);
	check(imgerr(&m) == nil && m.n == 65535+3);
	n = m.n;
	hostfail = 1;
	imgputn(&m, big, 65535);
	imgputn(&m, big, 65535);
	hostfail = 0;
	checkstr(imgerr(&m), Enomem);
	checkint(m.n, n);
	imgfree(&m);
}

/* --- files --- */

/* a directory and a file in it, both open, both removed: f is fid 3, d fid 2 */
static void makeorphans(World *w)
{
	check(attach(w, 0, 1, "") == Rattach);
	walk(w, 0, 1, 2, nil);
	check(create(w, 0, 2, "d", DMDIR|0755, OREAD) == Rcreate);
	walk(w, 0, 1, 3, "d");
	check(create(w, 0, 3, "f", 0644, ORDWR) == Rcreate);
	write9p(w, 0, 1, 3, "orphan");
	check(answer(w, 0) == Rwrite);
	walk(w, 0, 1, 4, "d");
	check(walk(w, 0, 4, 5, "f") == Rwalk);
	check(removeit(w, 0, 5) == Rremove);
	walk(w, 0, 1, 5, "d");
	check(removeit(w, 0, 5) == Rremove);
}

static void testorphans(void)
{
	World w;
	Dir d;

	begin(&w, &ramfssrv, "");
	makeorphans(&w);
	check(stat(&w, 0, 3, &d) == Rstat && d.length == 6 && d.qid.path == 2);
	worldmove(&w);
	worldmove(&w);
	check(stat(&w, 0, 3, &d) == Rstat && d.length == 6 && d.qid.path == 2 && d.qid.vers == 1);
	read9p(&w, 0, 1, 3, 0);
	answer(&w, 0);
	check(isdata("orphan"));
	check(walk(&w, 0, 4, 6, "..") == Rwalk && got.wqid[0].path == 0);
	check(walk(&w, 0, 1, 6, "d") == Rerror);
	check(create(&w, 0, 4, "new", 0644, OREAD) == Rerror && iserror(Enonexist));
	check(clunk(&w, 0, 3) == Rclunk && clunk(&w, 0, 2) == Rclunk && clunk(&w, 0, 4) == Rclunk);
	check(w.s->tree->orphans == nil);
	check(walk(&w, 0, 1, 2, nil) == Rwalk && create(&w, 0, 2, "d", 0644, OREAD) == Rcreate);
	checkint(got.qid.path, 3);	/* paths are not used again */
	worldclose(&w);
}

static void testexclusive(void)
{
	World w;

	begin(&w, &ramfssrv, "");
	attach(&w, 0, 1, "");
	attach(&w, 1, 1, "");
	walk(&w, 0, 1, 2, nil);
	check(create(&w, 0, 2, "lock", DMEXCL|0666, ORDWR) == Rcreate);
	worldmove(&w);
	walk(&w, 1, 1, 2, "lock");
	check(openit(&w, 1, 2, OREAD) == Rerror && iserror(Eexcl));
	clunk(&w, 0, 2);
	check(openit(&w, 1, 2, OREAD) == Ropen);
	worldmove(&w);
	worldhang(&w, 1);
	worldversion(&w, 1);
	answer(&w, 1);
	attach(&w, 1, 1, "");
	walk(&w, 1, 1, 2, "lock");
	check(openit(&w, 1, 2, OREAD) == Ropen);
	worldclose(&w);
}

/* files that are to go when they are closed, by a clunk or by a client that leaves */
static void testrclose(void)
{
	World w;

	begin(&w, &ramfssrv, "");
	attach(&w, 0, 1, "");
	attach(&w, 1, 1, "");
	attach(&w, 2, 1, "");
	walk(&w, 0, 1, 2, nil);
	walk(&w, 1, 1, 2, nil);
	check(create(&w, 0, 2, "a", 0666, ORDWR|ORCLOSE) == Rcreate);
	check(create(&w, 1, 2, "b", 0666, ORDWR|ORCLOSE) == Rcreate);
	worldmove(&w);
	check(walk(&w, 2, 1, 2, "a") == Rwalk && walk(&w, 2, 1, 3, "b") == Rwalk);
	check(clunk(&w, 0, 2) == Rclunk);
	worldhang(&w, 1);
	check(walk(&w, 2, 1, 4, "a") == Rerror && walk(&w, 2, 1, 4, "b") == Rerror);
	worldclose(&w);
}

/* directory reads go on where they were, whatever is made and removed meanwhile */
static void testdirread(void)
{
	World w;
	char name[20];
	int i, n;

	begin(&w, &ramfssrv, "");
	attach(&w, 0, 1, "");
	for(i = 0; i < 20; i++){
		walk(&w, 0, 1, 2, nil);
		snprint(name, sizeof name, "file%d", i);
		check(create(&w, 0, 2, name, 0666, OREAD) == Rcreate);
		clunk(&w, 0, 2);
	}
	walk(&w, 0, 1, 2, nil);
	openit(&w, 0, 2, OREAD);
	n = 0;
	for(i = 0;; i++){
		read9p(&w, 0, 1, 2, n);
		if(answer(&w, 0) != Rread || got.count == 0)
			break;
		n += got.count;
		if(i%3 == 0)
			worldmove(&w);
		if(i == 5){
			walk(&w, 0, 1, 3, "file0");
			removeit(&w, 0, 3);
		}
	}
	checkint(got.type, Rread);
	checkint(i, 20);
	read9p(&w, 0, 1, 2, n-1);
	check(answer(&w, 0) == Rerror && iserror(Ebadoffset));
	worldclose(&w);
}

/* --- requests --- */

/* a fid that is clunked while its read waits, its number given to another file */
static void testclunked(void)
{
	World w;

	begin(&w, &fifosrv, nil);
	attach(&w, 0, 1, "");
	attach(&w, 1, 1, "");
	walk(&w, 0, 1, 2, "a");
	openit(&w, 0, 2, OREAD);
	read9p(&w, 0, 7, 2, 0);
	read9p(&w, 0, 8, 2, 0);
	check(answer(&w, 0) == 0);
	check(clunk(&w, 0, 2) == Rclunk);
	check(walk(&w, 0, 1, 2, "b") == Rwalk && openit(&w, 0, 2, ORDWR) == Ropen);
	worldmove(&w);
	worldmove(&w);
	walk(&w, 1, 1, 2, "a");
	openit(&w, 1, 2, OWRITE);
	write9p(&w, 1, 1, 2, "hello");
	check(answer(&w, 1) == Rwrite);
	check(answer(&w, 0) == Rread && got.tag == 7 && isdata("hello"));
	check(answer(&w, 0) == 0);
	worldmove(&w);
	write9p(&w, 0, 9, 2, "b's");
	check(answer(&w, 0) == Rwrite && got.tag == 9);
	worldhang(&w, 0);
	worldclose(&w);
}

/* a last clunk that waits for its remove */
static void testlateclunk(void)
{
	World w;

	begin(&w, &fifosrv, nil);
	attach(&w, 0, 1, "");
	walk(&w, 0, 1, 2, "a");
	walk(&w, 0, 1, 3, "a");
	walk(&w, 0, 1, 4, "a");
	openit(&w, 0, 2, ORDWR);
	check(openit(&w, 0, 3, OREAD|ORCLOSE) == Ropen);
	write9p(&w, 0, 1, 2, "x");
	check(answer(&w, 0) == Rwrite);
	check(clunk(&w, 0, 3) == 0);
	ask(&w, 0, &(Fcall){ .type = Tremove, .tag = 2, .fid = 4 });
	flush(&w, 0, 3, 1);	/* has to wait */
	flush(&w, 0, 4, 3);
	worldmove(&w);
	worldmove(&w);
	check(answer(&w, 0) == 0);
	read9p(&w, 0, 5, 2, 0);
	check(answer(&w, 0) == Rread && isdata("x"));
	check(answer(&w, 0) == Rclunk && got.tag == 1);
	check(answer(&w, 0) == Rflush && got.tag == 3);
	check(answer(&w, 0) == Rflush && got.tag == 4);
	check(answer(&w, 0) == Rremove && got.tag == 2);
	check(walk(&w, 0, 1, 3, nil) == Rwalk && walk(&w, 0, 1, 4, nil) == Rwalk);
	worldclose(&w);
}

/* writes of two clients that wait half done, in the order in which they came */
static void testprogress(void)
{
	World w;
	char all[200];
	int n;

	begin(&w, &fifosrv, nil);
	attach(&w, 0, 1, "");
	attach(&w, 1, 1, "");
	walk(&w, 0, 1, 2, "a");
	walk(&w, 1, 1, 2, "a");
	openit(&w, 0, 2, ORDWR);
	openit(&w, 1, 2, ORDWR);
	write9p(&w, 1, 1, 2, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	write9p(&w, 0, 1, 2, "0123456789");
	write9p(&w, 1, 2, 2, "!");
	worldmove(&w);
	n = 0;
	while(n < 52+10+1){
		read9p(&w, 0, 5, 2, 0);
		check(answer(&w, 0) == Rread);
		if(got.type == Rwrite)	/* came before */
			check(answer(&w, 0) == Rread);
		if(got.type != Rread)
			break;
		memmove(all+n, got.data, got.count);
		n += got.count;
		worldmove(&w);
		if(answer(&w, 1) != 0)
			check(got.type == Rwrite && got.count == (got.tag == 1? 52: 1));
		if(answer(&w, 0) != 0)
			check(got.type == Rwrite && got.count == 10);
	}
	all[n] = 0;
	checkstr(all, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!");
	worldclose(&w);
}

/* a flushed write that had put something succeeds, after a move too */
static void testflushprogress(void)
{
	World w;

	begin(&w, &fifosrv, nil);
	attach(&w, 0, 1, "");
	walk(&w, 0, 1, 2, "b");
	openit(&w, 0, 2, ORDWR);
	write9p(&w, 0, 1, 2, "abcdefghijklmnopqrstuvwxyz");
	write9p(&w, 0, 2, 2, "0");
	worldmove(&w);
	flush(&w, 0, 3, 2);
	check(answer(&w, 0) == Rerror && got.tag == 2 && answer(&w, 0) == Rflush && got.tag == 3);
	flush(&w, 0, 3, 1);
	check(answer(&w, 0) == Rwrite && got.count == 24 && answer(&w, 0) == Rflush);
	worldclose(&w);
}

/* answers that were made and not sent, and messages that were not looked at */
static void testinflight(void)
{
	World w;
	Fcall f;
	u32int n;

	begin(&w, &ramfssrv, "");
	attach(&w, 0, 1, "");
	ask(&w, 0, &(Fcall){ .type = Tstat, .tag = 5, .fid = 1 });
	ask(&w, 0, &(Fcall){ .type = Tclunk, .tag = 6, .fid = 9 });
	f = (Fcall){ .type = Twalk, .tag = 7, .fid = 1, .newfid = 2 };
	n = convS2M(&f, msg, sizeof msg);
	worldhold(&w, 0, msg, n);
	f = (Fcall){ .type = Topen, .tag = 8, .fid = 2, .mode = OREAD };
	n = convS2M(&f, msg, sizeof msg);
	worldhold(&w, 0, msg, n);
	worldmove(&w);
	check(answer(&w, 0) == Rstat && got.tag == 5);
	check(answer(&w, 0) == Rerror && got.tag == 6);
	check(answer(&w, 0) == Rwalk && got.tag == 7);
	check(answer(&w, 0) == Ropen && got.tag == 8);
	check(answer(&w, 0) == 0);
	worldhold(&w, 1, msg, n);	/* and those of a client that leaves are forgotten */
	worldhang(&w, 1);
	worldclose(&w);
}

/* --- as many as there may be --- */
static void testmost(void)
{
	World w;
	u32int i;

	begin(&w, &ramfssrv, "");
	attach(&w, 0, 0, "");
	for(i = 1; i < MAXFIDS; i++)
		if(walk(&w, 0, 0, i == MAXFIDS-1? NOFID-1: i, nil) != Rwalk)
			break;
	checkint(i, MAXFIDS);
	worldmove(&w);
	check(walk(&w, 0, 0, MAXFIDS+1, nil) == Rerror && iserror(Enofids));
	check(clunk(&w, 0, NOFID-1) == Rclunk && walk(&w, 0, 17, MAXFIDS+1, nil) == Rwalk);
	worldclose(&w);

	begin(&w, &fifosrv, nil);
	attach(&w, 0, 1, "");
	walk(&w, 0, 1, 2, "a");
	openit(&w, 0, 2, ORDWR);
	for(i = 0; i < MAXREQS; i++)
		read9p(&w, 0, 100+i, 2, 0x7FFFFFFFFFFFFFFF-i);
	worldmove(&w);
	check(walk(&w, 0, 1, 3, nil) == Rerror && iserror(Enoreqs));
	worldclose(&w);
}

static void testnumbers(void)
{
	World w;
	Dir d;

	begin(&w, &ramfssrv, "");
	attach(&w, 0, 1, "");
	walk(&w, 0, 1, 2, nil);
	create(&w, 0, 2, "f", 0666, ORDWR);
	w.s->tree->root->child->d.qid.vers = 0xFFFFFFFF;
	w.s->tree->root->child->d.mtime = 0xFFFFFFFF;
	w.s->tree->root->child->d.length = 0x7FFFFFFFFFFFFFFF;
	worldmove(&w);
	check(stat(&w, 0, 2, &d) == Rstat);
	check(d.qid.vers == 0xFFFFFFFF && d.mtime == 0xFFFFFFFF && d.length == 0x7FFFFFFFFFFFFFFF);
	worldclose(&w);
}

/* --- images that are refused --- */
static void randomly(World *w, u64int seed, int n, Gen *like)
{
	Gen g[Worldconns];
	int i, k;

	for(k = 0; k < Worldconns; k++){
		g[k] = *like;
		g[k].x = seed+k;
		g[k].nfid = 6;
	}
	for(i = 0; i < n; i++){
		k = i%Worldconns;
		g[k].tag = i;
		worldsend(w, k, msg, genmsg(&g[k], msg, sizeof msg));
		while(worldrecv(w, k, ans, sizeof ans) > 0)
			if((ans[5]|ans[6]<<8) == g[k].tag)
				genlearn(&g[k], ans);
	}
}

static int refused(World *w, uchar *p, usize n)
{
	World new;
	char e[ERRMAX];

	werrstr("%s", "");
	if(worldrestore(&new, w, p, n) == 0){
		worldclose(&new);
		return 0;
	}
	rerrstr(e, sizeof e);
	return e[0] != 0;
}

static void testrefused(void)
{
	World w;
	Srv s;
	Img m, r;
	Conn *c[Worldconns];
	uchar *p;
	usize i;

	begin(&w, &ramfssrv, "max=20000");
	randomly(&w, 7, 60, &kinds[0].like);
	check(worldsave(&w, &m) == 0);
	check(!refused(&w, m.p, m.n));
	for(i = 0; i < m.n; i++)
		check(refused(&w, m.p, i));
	for(i = 0; i < m.n; i++){
		m.p[i] ^= 1<<i%8;
		check(refused(&w, m.p, m.n));
		m.p[i] ^= 1<<i%8;
	}
	p = malloc(m.n+1);
	memmove(p, m.p, m.n);
	p[m.n] = 0;
	check(refused(&w, p, m.n+1));
	free(p);
	s = ramfssrv;
	imgopen(&r, m.p, m.n);
	check(srvrestore(&s, &r, c, Worldconns-1) < 0);
	s = fifosrv;
	imgopen(&r, m.p, m.n);
	check(srvrestore(&s, &r, c, Worldconns) < 0);
	s.save = nil;
	check(srvrestore(&s, &r, c, Worldconns) < 0 && srvsave(&s, c, 0, &r) < 0);
	imgfree(&m);
	worldclose(&w);
}

/* is the image refused with byte i of the k'th section as v, and the sum mended? */
static int without(World *w, Img *m, int k, usize i, int v)
{
	usize at, n;
	u32int crc;
	uchar old, sum[4], *s;
	int r;

	for(at = 15+2+m->p[15]+1; k > 0; k--)
		at += 16+(m->p[at+4] | m->p[at+5]<<8);
	n = m->p[at+4] | m->p[at+5]<<8;
	s = m->p+at+16;
	old = s[i];
	memmove(sum, s-4, 4);
	s[i] = v;
	crc = quicksum(s, n);
	memmove(s-4, &crc, 4);
	r = refused(w, m->p, m->n);
	s[i] = old;
	memmove(s-4, sum, 4);
	return r;
}

/* a fid of the root: number[4] omode[1] rclose[1] "glenda" qid type[1] vers[4] path[8] index[8] offset[8] count[4] sfile[4] tree[1] */
static void testfid(void)
{
	enum { Fid = 4+1+4+4, Omode = Fid+4, Rclose, Uid, Type = Uid+2+7, Path = Type+1+4, Off = Path+8+8, Sfile = Off+8+4, Tree = Sfile+4 };
	World w;
	Img m;

	begin(&w, &ramfssrv, "");
	attach(&w, 0, 1, "");
	check(worldsave(&w, &m) == 0);
	check(!without(&w, &m, 2, Omode, 0xFF));
	check(!without(&w, &m, 2, Omode, OREAD));
	check(without(&w, &m, 2, Omode, OWRITE));
	check(without(&w, &m, 2, Omode, 4));
	check(without(&w, &m, 2, Rclose, 1));
	check(without(&w, &m, 2, Type, 0));
	check(without(&w, &m, 2, Path, 1));
	check(without(&w, &m, 2, Off+7, 0x80));
	check(without(&w, &m, 2, Sfile, 1));
	check(without(&w, &m, 2, Tree, 0));
	check(without(&w, &m, 2, Tree+1, 1));
	check(without(&w, &m, 2, 4, 0));	/* no session */
	imgfree(&m);
	worldclose(&w);
}

/* --- every allocation fails in turn --- */
static int same(Img *a, Img *b)
{
	return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

static void testmemory(Kind *kind, u64int seed)
{
	World w, new;
	Img want, m;
	char e[ERRMAX];
	long k;
	int r;

	begin(&w, kind->table, kind->arg);
	randomly(&w, seed, 400, &kind->like);
	check(worldsave(&w, &want) == 0);
	for(k = 1;; k++){
		hostfail = k;
		r = worldsave(&w, &m);
		if(hostfail > 0)
			break;
		rerrstr(e, sizeof e);
		check(r < 0 && strcmp(e, Enomem) == 0);
		imgfree(&m);
	}
	hostfail = 0;
	check(r == 0 && same(&m, &want));
	check(k > 3);
	imgfree(&m);
	for(k = 1;; k++){
		hostfail = k;
		r = worldrestore(&new, &w, want.p, want.n);
		if(hostfail > 0)
			break;
		rerrstr(e, sizeof e);
		if(r == 0)	/* something that can be done without */
			worldclose(&new);
		else
			checkstr(e, Enomem);
	}
	hostfail = 0;
	check(r == 0 && k > 10);
	check(worldsave(&new, &m) == 0);
	check(kind->reorders || same(&m, &want));
	imgfree(&m);
	imgfree(&want);
	worldclose(&new);
	randomly(&w, seed+99, 200, &kind->like);	/* the old side goes on */
	worldclose(&w);
}

int main(void)
{
	int i;

	testimg();
	testimgerr();
	testorphans();
	testexclusive();
	testrclose();
	testdirread();
	testclunked();
	testlateclunk();
	testprogress();
	testflushprogress();
	testinflight();
	testmost();
	testnumbers();
	testrefused();
	testfid();
	for(i = 0; i < 5*nkinds; i++)
		testmemory(&kinds[i/5], (i%5+1)*0x9E3779B97F4A7C15UL);
	return checkdone();
}
