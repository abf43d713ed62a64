/* needs: lib9p fs/env/env.c fs/env/store.c fs/env/move.c cmd/9pplay/play.c cmd/9pplay/text.c tests/host/lib9p/trans.c */
/*
 * t_env: the environment server: its transcript by both ways, every
 * allocation failing in turn, the bounds, and copies that share.
 */
#include <stdio.h>
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "trans.h"
#include "host.h"
#include "check.h"

extern Srv envsrv;

static char *slurp(char *file)
{
	static char buf[1<<20];
	FILE *f;
	size_t n;

	if((f = fopen(file, "r")) == nil)
		abort();
	n = fread(buf, 1, sizeof buf-1, f);
	buf[n] = 0;
	fclose(f);
	return buf;
}

static Trans *openmsg(Play *p)
{
	static uchar msg[] = { 19,0,0,0, Tversion, 0xFF,0xFF, 0x18,0x20,0,0, 6,0, '9','P','2','0','0','0' };
	uchar m[64];
	Trans *t;

	t = msgtrans(p->aux);
	t->send(t, msg, sizeof msg);
	if(t->recv(t, m, sizeof m) < 0 || m[4] != Rversion)
		abort();
	return t;
}

static Trans *openlink(Play *p)
{
	return linktrans(p->aux);
}

static void transcript(Trans *(*open)(Play*))
{
	Play p;
	Srv s;

	s = envsrv;
	if(s.init(&s, nil) < 0)
		abort();
	memset(&p, 0, sizeof p);
	p.open = open;
	p.owner = "glenda";
	p.only = "env";
	p.aux = &s;
	play(&p, "tests/9p/env.9p", slurp("tests/9p/env.9p"));
	s.fini(&s);
	checkint(p.failed, 0);
	check(p.passed > 90);
}

/* --- by hand --- */

static Conn *conn;
static Srv srv;

static void start(void)
{
	srv = envsrv;
	if(srv.init(&srv, nil) < 0)
		abort();
	conn = connnew(&srv);
}

static void stop(void)
{
	connhangup(conn);
	connclose(conn);
	srv.fini(&srv);
}

static char *call(Req *r, int type, Fid *f)
{
	r->type = type;
	r->srv = &srv;
	r->conn = conn;
	r->done = nil;
	r->fid = f;
	srvcall(r);
	if(!reqisdone(r))
		abort();
	return r->err;
}

static Fid *attach(char *spec)
{
	Fid *f;
	Req r;

	f = fidnew(conn, NOFID);
	if(f == nil)
		return nil;
	memset(&r, 0, sizeof r);
	r.uname = "bob";
	r.name = spec;
	if(call(&r, Tattach, f) == nil)
		return f;
	fidclose(f);
	return nil;
}

static Fid *walk(Fid *from, char *name)
{
	char *names[1];
	Qid q[1];
	Req r;

	memset(&r, 0, sizeof r);
	r.newfid = fidnew(conn, NOFID);
	if(r.newfid == nil)
		return nil;
	names[0] = name;
	r.wname = names;
	r.nwname = name != nil;
	r.wqid = q;
	if(call(&r, Twalk, from) == nil && r.nwqid == r.nwname)
		return r.newfid;
	fidclose(r.newfid);
	return nil;
}

static void clunk(Fid *f)
{
	Req r;

	memset(&r, 0, sizeof r);
	call(&r, Tclunk, f);
	fidclose(f);
}

static Fid *create(Fid *dir, char *name)
{
	Fid *f;
	Req r;

	f = walk(dir, nil);
	if(f == nil)
		return nil;
	memset(&r, 0, sizeof r);
	r.name = name;
	r.perm = 0666;
	r.mode = ORDWR;
	if(call(&r, Tcreate, f) == nil)
		return f;
	clunk(f);
	return nil;
}

static char *openit(Fid *f, int mode)
{
	Req r;

	memset(&r, 0, sizeof r);
	r.mode = mode;
	return call(&r, Topen, f);
}

static long put(Fid *f, vlong off, char *p, u32int n)
{
	Req r;

	memset(&r, 0, sizeof r);
	r.offset = off;
	r.count = n;
	r.buf = (Buf){ .p = (uchar*)p, .n = n };
	return call(&r, Twrite, f) ? -1 : (long)r.rcount;
}

static long get(Fid *f, char *p, u32int n)
{
	Req r;

	memset(&r, 0, sizeof r);
	r.count = n;
	r.buf = (Buf){ .p = (uchar*)p, .n = n };
	return call(&r, Tread, f) ? -1 : (long)r.rcount;
}

static long ctl(Fid *c, char *s)
{
	return put(c, 0, s, strlen(s));
}

static Fid *openctl(void)
{
	Fid *f;

	f = attach("ctl");
	if(f != nil && openit(f, OWRITE) != nil){
		clunk(f);
		return nil;
	}
	return f;
}

/* a session whose every step may fail for want of memory, and must do so cleanly */
static void session(void)
{
	Fid *c, *one, *two, *f;
	char buf[100];

	c = openctl();
	one = attach("1");
	if(c != nil && one != nil){
		if((f = create(one, "path")) != nil){
			if(put(f, 0, "value", 5) == 5)
				check(get(f, buf, sizeof buf) == 5);
			clunk(f);
		}
		ctl(c, "copy 1 2");
		two = attach("2");
		if(two != nil && (f = walk(two, "path")) != nil){
			if(openit(f, ORDWR) == nil)
				put(f, 2, "XYZXYZ", 6);
			clunk(f);
		}
		if(two != nil)
			clunk(two);
		ctl(c, "clear 1");
	}
	if(one != nil)
		clunk(one);
	if(c != nil)
		clunk(c);
}

static void testmemory(void)
{
	long i, used;

	for(i = 1; i < 1000; i++){
		hostfail = 0;
		start();
		hostfail = i;
		session();
		used = hostfail <= 0;
		hostfail = 0;
		stop();
		if(!used)
			break;
	}
	check(i > 10 && i < 1000);
}

static void testbounds(void)
{
	static char big[256*1024+1];
	Fid *one, *f[8];
	char name[20];
	int i, n;

	start();
	one = attach("1");
	memset(big, 'b', sizeof big);
	for(i = 0; i < 8; i++){
		snprint(name, sizeof name, "v%d", i);
		f[i] = create(one, name);
		check(f[i] != nil);
	}
	check(put(f[0], 0, big, sizeof big) < 0);
	n = 0;
	for(i = 0; i < 8; i++)
		n += put(f[i], 0, big, 200*1024) > 0;
	checkint(n, 5);		/* of 1 MiB */
	check(openit(f[0], OWRITE|OTRUNC) != nil);	/* is open */
	clunk(f[0]);
	f[0] = walk(one, "v0");
	check(openit(f[0], OWRITE|OTRUNC) == nil);
	check(put(f[7], 0, big, 200*1024) > 0);
	for(i = 0; i < 8; i++)
		clunk(f[i]);
	for(n = 0; n < 5000; n++){
		snprint(name, sizeof name, "n%d", n);
		if((f[0] = create(one, name)) == nil)
			break;
		clunk(f[0]);
	}
	checkint(n, 2048-8);
	clunk(one);
	stop();
}

/* random operations on four environments, against plain arrays */
static void testcopies(void)
{
	enum { Nenv = 4, Nvar = 3, Len = 40 };
	static char want[Nenv][Nvar][Len];
	static int len[Nenv][Nvar];
	u64int id[Nenv];
	Fid *c, *e[Nenv], *f;
	char buf[100], name[10];
	u32int x, i, k, v, off, n, to;
	u64int next;

	start();
	c = openctl();
	next = 1;
	memset(len, -1, sizeof len);
	for(k = 0; k < Nenv; k++){
		id[k] = next++;
		snprint(buf, sizeof buf, "%llud", (uvlong)id[k]);
		e[k] = attach(buf);
	}
	x = 99;
	for(i = 0; i < 20000; i++){
		x = x*1664525 + 1013904223;
		k = (x>>10)%Nenv;
		v = (x>>14)%Nvar;
		snprint(name, sizeof name, "var%d", v);
		switch((x>>20)%8){
		case 0:	/* the next one becomes a copy */
			to = (k+1)%Nenv;
			clunk(e[to]);
			snprint(buf, sizeof buf, "clear %llud", (uvlong)id[to]);
			check(ctl(c, buf) > 0);
			id[to] = next++;
			snprint(buf, sizeof buf, "copy %llud %llud", (uvlong)id[k], (uvlong)id[to]);
			check(ctl(c, buf) > 0);
			snprint(buf, sizeof buf, "%llud", (uvlong)id[to]);
			e[to] = attach(buf);
			memmove(want[to], want[k], sizeof want[k]);
			memmove(len[to], len[k], sizeof len[k]);
			break;
		case 1:	/* remove */
			if((f = walk(e[k], name)) != nil){
				Req r;

				memset(&r, 0, sizeof r);
				check(call(&r, Tremove, f) == nil);
				fidclose(f);
			}
			check((f != nil) == (len[k][v] >= 0));
			len[k][v] = -1;
			break;
		case 2:
		case 3:
		case 4:	/* write */
			f = len[k][v] < 0 ? create(e[k], name) : walk(e[k], name);
			check(f != nil);
			if(len[k][v] < 0)
				len[k][v] = 0;
			else
				check(openit(f, ORDWR) == nil);
			off = (x>>24)%20;
			n = (x>>5)%20;
			memset(buf, 'a'+i%26, sizeof buf);
			checkint(put(f, off, buf, n), n);
			if(n > 0){
				if((int)off > len[k][v])
					memset(want[k][v]+len[k][v], 0, off-len[k][v]);
				memset(want[k][v]+off, 'a'+i%26, n);
				if((int)(off+n) > len[k][v])
					len[k][v] = off+n;
			}
			clunk(f);
			break;
		default:
			f = walk(e[k], name);
			check((f != nil) == (len[k][v] >= 0));
			if(f == nil)
				break;
			check(openit(f, OREAD) == nil);
			n = get(f, buf, sizeof buf);
			checkint(n, len[k][v]);
			check(memcmp(buf, want[k][v], n) == 0);
			clunk(f);
		}
	}
	for(k = 0; k < Nenv; k++)
		clunk(e[k]);
	clunk(c);
	stop();
}

int main(void)
{
	transcript(openmsg);
	transcript(openlink);
	testmemory();
	testbounds();
	testcopies();
	return checkdone();
}
