/* needs: lib9p fs/ramfs.c tests/9p/gate.c */
/*
 * t_srv: what transcripts cannot show: data in pages, fids that die late,
 * limits, auth, walks answered later, misuse by the server.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/wait.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"

extern Srv ramfssrv, gatesrv;

static Srv srv;
static Conn *conn;
static Fid *root;
static Req req;

static char *call(int type, Fid *f)
{
	req.type = type;
	req.srv = &srv;
	req.conn = conn;
	req.done = nil;
	req.fid = f;
	srvcall(&req);
	return reqisdone(&req)? req.err != nil? req.err: "": "later";
}

static void start(Srv *s, char *arg)
{
	srv = *s;
	srv.owner = "glenda";
	if(srv.init != nil)
		check(srv.init(&srv, arg) == 0);
	conn = connnew(&srv);
	root = fidnew(conn, NOFID);
	req.uname = "glenda";
	req.name = "";
	req.afid = nil;
	checkstr(call(Tattach, root), "");
}

static Fid *walk(Fid *from, char *name)
{
	static Qid q[1];
	static char *names[1];
	Fid *f;

	f = fidnew(conn, NOFID);
	names[0] = name;
	req.newfid = f;
	req.nwname = name != nil;
	req.wname = names;
	req.wqid = q;
	checkstr(call(Twalk, from), "");
	return f;
}

static void clunk(Fid *f)
{
	checkstr(call(Tclunk, f), "");
	fidclose(f);
}

static void stop(void)
{
	clunk(root);
	connhangup(conn);
	connclose(conn);
	srvreap(&srv);
	if(srv.fini != nil)
		srv.fini(&srv);
}

static Fid *make(char *name, u32int perm)
{
	Fid *f;

	f = walk(root, nil);
	req.name = name;
	req.perm = perm;
	req.mode = perm & DMDIR? OREAD: ORDWR;
	checkstr(call(Tcreate, f), "");
	return f;
}

/* --- data in pages --- */
enum { Npage = 4 };
static uchar pages[Npage][BUFPAGE] __attribute__((aligned(BUFPAGE)));

static Buf paged(u32int off, u32int n)
{
	static uchar *order[Npage] = { pages[2], pages[0], pages[3], pages[1] };

	return (Buf){ .page = order, .off = off, .n = n };
}

static void buffers(void)
{
	uchar in[3*BUFPAGE], out[3*BUFPAGE];
	u32int off, n, i;
	Buf b;

	for(i = 0; i < sizeof in; i++)
		in[i] = i*7 + (i>>8);
	for(off = 0; off < BUFPAGE; off += 611)
		for(n = 0; n < sizeof in; n += 1733){
			b = paged(off, n);
			memset(pages, 0, sizeof pages);
			checkint(bufput(&b, 0, in, sizeof in), n);
			checkint(bufput(&b, n, in, 1), 0);
			checkint(bufget(&b, 0, out, sizeof out), n);
			check(memcmp(in, out, n) == 0);
			if(n > 2000){
				checkint(bufput(&b, 1999, in, n-2000), n-2000);
				checkint(bufget(&b, 1999, out, n-2000), n-2000);
				check(memcmp(in, out, n-2000) == 0);
			}
			checkint(bufget(&b, n+5, out, 1), 0);
			checkint(bufput(&b, ~0U, in, ~0U), 0);
		}
	b = paged(100, 50);
	memset(pages, 0, sizeof pages);
	bufput(&b, 40, in, 1000);
	check(pages[2][149] == in[9] && pages[2][150] == 0);
}

static void pagedreads(void)
{
	static uchar lin[3*BUFPAGE], back[3*BUFPAGE];
	char name[20];
	Fid *f, *d;
	Buf b;
	u32int n;
	int i;

	start(&ramfssrv, "");
	for(i = 0; i < 60; i++){
		snprint(name, sizeof name, "file number %d", i);
		clunk(make(name, 0644));
	}
	d = walk(root, nil);
	req.mode = OREAD;
	checkstr(call(Topen, d), "");
	req.offset = 0;
	req.count = sizeof lin;
	req.buf = (Buf){ .p = lin, .n = sizeof lin };
	checkstr(call(Tread, d), "");
	n = req.rcount;
	check(n > BUFPAGE);
	for(i = 4000; i < 4096; i += 7){
		memset(pages, 0xEE, sizeof pages);
		req.offset = 0;
		req.count = sizeof lin;
		req.buf = b = paged(i, 3*BUFPAGE);
		checkstr(call(Tread, d), "");
		checkint(req.rcount, n);
		check(bufget(&b, 0, back, n) == n && memcmp(back, lin, n) == 0);
	}
	clunk(d);

	f = make("big", 0644);
	req.offset = 0;
	req.count = n;
	req.buf = paged(4095, n);
	checkstr(call(Twrite, f), "");
	memset(back, 0, sizeof back);
	req.count = sizeof back;
	req.buf = (Buf){ .p = back, .n = sizeof back };
	checkstr(call(Tread, f), "");
	checkint(req.rcount, n);
	bufget(&(Buf){ .page = paged(0, 0).page, .off = 4095, .n = n }, 0, lin, n);
	check(memcmp(lin, back, n) == 0);
	clunk(f);
	stop();
}

/* --- counts --- */
static void counts(void)
{
	static uchar buf[20000];
	Fid *f;

	srv = ramfssrv;
	srv.msize = 8192+IOHDRSZ;
	start(&srv, "");
	f = make("f", 0644);
	req.offset = 0;
	req.count = 8193;
	req.buf = (Buf){ .p = buf, .n = sizeof buf };
	checkstr(call(Twrite, f), Ebadcount);
	req.count = 8192;
	checkstr(call(Twrite, f), "");
	checkint(req.rcount, 8192);
	req.count = 101;
	req.buf.n = 100;
	checkstr(call(Twrite, f), Ebadcount);
	req.buf.n = sizeof buf;
	req.count = sizeof buf;
	checkstr(call(Tread, f), "");
	checkint(req.rcount, 8192);
	req.buf.n = 10;
	req.count = sizeof buf;
	checkstr(call(Tread, f), "");
	checkint(req.rcount, 10);

	req.buf.n = 200;
	checkstr(call(Tstat, f), "");
	checkint(req.rcount, STATFIXLEN+1+3*6);
	req.buf.n = STATFIXLEN;
	checkstr(call(Tstat, f), "");
	checkint(req.rcount, 2);
	checkint(buf[0], STATFIXLEN+1+3*6-2);
	clunk(f);
	stop();
}

/* --- fids that die with an answer --- */
static void lateclunks(void)
{
	Req r[3];
	Fid *f[3];
	char buf[100];
	int i;

	start(&gatesrv, "");
	for(i = 0; i < 3; i++){
		f[i] = walk(root, "gate");
		req.mode = ORDWR;
		checkstr(call(Topen, f[i]), "");
	}
	memset(r, 0, sizeof r);
	for(i = 0; i < 3; i++){
		r[i].type = Tread;
		r[i].srv = &srv;
		r[i].conn = conn;
		r[i].fid = f[i];
		r[i].count = 10;
		r[i].buf = (Buf){ .p = (uchar*)buf, .n = 10 };
		srvcall(&r[i]);
		check(!reqisdone(&r[i]));
	}
	for(i = 1; i < 3; i++)	/* the host keeps the calls' references */
		checkstr(call(Tclunk, f[i]), "");
	req.offset = 0;
	req.count = 1;
	for(i = 0; i < 3; i++){
		req.buf = (Buf){ .p = (uchar*)"x", .n = 1 };
		checkstr(call(Twrite, f[0]), "");
		check(reqisdone(&r[i]) && r[i].err == nil && r[i].rcount == 1);
	}
	fidclose(f[1]);
	fidclose(f[2]);
	clunk(f[0]);
	stop();
}

static int ndestroyed;

static void countdestroy(Fid *f)
{
	USED(f);
	ndestroyed++;
}

static Req *kept[10];
static int nkept;

static void keepread(Req *r)
{
	kept[nkept++] = r;
}

static void nokick(Conn *c)
{
	USED(c);
}

static int tell(Conn *c, Fcall *f, Fcall *r)
{
	static uchar ans[9000];
	uchar buf[200], *p;
	Mreq *m, *o;
	u32int n;
	int type;

	m = calloc(1, sizeof *m);
	m->msg = malloc(sizeof buf);
	n = convS2M(f, m->msg, sizeof buf);
	connmsg(c, m->msg, n, m);
	type = 0;
	while((o = connout(c)) != nil){
		n = connanswer(o, &p);
		if(n > 0){
			memmove(ans, p, n);
			convM2S(ans, n, r);
			type = ans[4];
		}
		free(o->rbuf);
		free(o->msg);
		free(o);
	}
	return type;
}

static Conn *session(Srv *s)
{
	Conn *c;
	Fcall f, r;

	c = connnew(s);
	c->reply = nokick;
	f = (Fcall){ .type = Tversion, .tag = NOTAG, .msize = 8192, .version = "9P2000" };
	checkint(tell(c, &f, &r), Rversion);
	f = (Fcall){ .type = Tattach, .fid = 0, .afid = NOFID, .uname = "u", .aname = "" };
	checkint(tell(c, &f, &r), Rattach);
	return c;
}

/* three fids clunked while their reads wait, the reads answered one after the other */
static void dead(void)
{
	static Sfile files[] = { { .name = "/", .mode = DMDIR|0555 }, { .name = "f", .mode = 0444, .read = keepread } };
	static Srv s = { .name = "dead", .files = files, .nfiles = 2, .destroyfid = countdestroy };
	Conn *c;
	Fcall f, r;
	int i;

	c = session(&s);
	for(i = 1; i < 4; i++){
		f = (Fcall){ .type = Twalk, .fid = 0, .newfid = i, .nwname = 1, .wname = { "f" } };
		checkint(tell(c, &f, &r), Rwalk);
		f = (Fcall){ .type = Topen, .fid = i };
		checkint(tell(c, &f, &r), Ropen);
		f = (Fcall){ .type = Tread, .tag = i, .fid = i, .count = 10 };
		checkint(tell(c, &f, &r), 0);
		f = (Fcall){ .type = Tclunk, .fid = i };
		checkint(tell(c, &f, &r), Rclunk);
	}
	checkint(ndestroyed, 0);
	for(i = 0; i < 3; i++)
		respond(kept[i], nil);
	checkint(ndestroyed, 0);	/* respond runs no server code */
	srvreap(&s);
	checkint(ndestroyed, 3);
	f = (Fcall){ .type = Tstat, .fid = 0 };
	tell(c, &f, &r);	/* collects the answers */
	connhangup(c);
	connhangup(c);
	connclose(c);
	checkint(ndestroyed, 4);
}

/* --- limits --- */
static void limits(void)
{
	static Sfile files[] = { { .name = "/", .mode = DMDIR|0555 }, { .name = "f", .mode = 0444, .read = nil } };
	static Srv s = { .name = "limits", .files = files, .nfiles = 2, .msize = 1<<14 };
	Conn *c;
	Fcall f, r;
	u32int i;
	int bad;

	c = session(&s);
	bad = 0;
	for(i = 1; i < MAXFIDS; i++){
		f = (Fcall){ .type = Twalk, .fid = 0, .newfid = i*977 };
		bad += tell(c, &f, &r) != Rwalk;
	}
	checkint(bad, 0);
	f = (Fcall){ .type = Twalk, .fid = 0, .newfid = 12345678 };
	checkint(tell(c, &f, &r), Rerror);
	checkstr(r.ename, Enofids);
	f = (Fcall){ .type = Tclunk, .fid = 977 };
	checkint(tell(c, &f, &r), Rclunk);
	f = (Fcall){ .type = Twalk, .fid = 0, .newfid = 12345678 };
	checkint(tell(c, &f, &r), Rwalk);
	connhangup(c);
	connclose(c);

	start(&gatesrv, "");
	c = session(&srv);
	f = (Fcall){ .type = Twalk, .fid = 0, .newfid = 1, .nwname = 1, .wname = { "gate" } };
	checkint(tell(c, &f, &r), Rwalk);
	f = (Fcall){ .type = Topen, .fid = 1 };
	checkint(tell(c, &f, &r), Ropen);
	for(i = 0; i < MAXREQS; i++){
		f = (Fcall){ .type = Tread, .tag = i, .fid = 1, .count = 1 };
		bad += tell(c, &f, &r) != 0;
	}
	checkint(bad, 0);
	f = (Fcall){ .type = Tread, .tag = i, .fid = 1, .count = 1 };
	checkint(tell(c, &f, &r), Rerror);
	checkstr(r.ename, Enoreqs);
	connhangup(c);
	f = (Fcall){ .type = Tread, .tag = i, .fid = 1, .count = 1 };
	checkint(tell(c, &f, &r), 0);	/* takes all that is left; nothing is sent */
	connclose(c);
	stop();
}

/* --- auth --- */
static void doauth(Req *r)
{
	r->afid->aux = strdup("");
	respond(r, strcmp(r->uname, "stranger") == 0? Eauth: nil);
}

static void authread(Req *r)
{
	if((r->fid->qid.type & QTAUTH) == 0){
		respond(r, Enoread);
		return;
	}
	readstr(r, "prove it");
	respond(r, nil);
}

static void authwrite(Req *r)
{
	char buf[20];
	int n;

	n = reqget(r, 0, buf, sizeof buf-1);
	buf[n] = 0;
	free(r->fid->aux);
	r->fid->aux = strdup(buf);
	r->rcount = n;
	respond(r, nil);
}

static void authattach(Req *r)
{
	if(r->afid == nil || strcmp(r->afid->aux, r->uname) != 0)
		respond(r, Eauth);
	else
		respond(r, nil);
}

static void authdestroy(Fid *f)
{
	if(f->qid.type & QTAUTH)
		free(f->aux);
}

static void auth(void)
{
	static Sfile files[] = { { .name = "/", .mode = DMDIR|0555 } };
	static Srv s = { .name = "auth", .files = files, .nfiles = 1, .auth = doauth, .attach = authattach,
		.read = authread, .write = authwrite, .destroyfid = authdestroy };
	Conn *c;
	Fcall f, r;

	c = connnew(&s);
	c->reply = nokick;
	f = (Fcall){ .type = Tversion, .tag = NOTAG, .msize = 8192, .version = "9P2000" };
	checkint(tell(c, &f, &r), Rversion);
	f = (Fcall){ .type = Tattach, .fid = 0, .afid = NOFID, .uname = "u", .aname = "" };
	checkint(tell(c, &f, &r), Rerror);
	checkstr(r.ename, Eauth);
	f = (Fcall){ .type = Tauth, .afid = 1, .uname = "stranger", .aname = "" };
	checkint(tell(c, &f, &r), Rerror);
	f = (Fcall){ .type = Tauth, .afid = 1, .uname = "u", .aname = "" };
	checkint(tell(c, &f, &r), Rauth);
	checkint(r.aqid.type, QTAUTH);
	f = (Fcall){ .type = Tattach, .fid = 0, .afid = 1, .uname = "u", .aname = "" };
	checkint(tell(c, &f, &r), Rerror);
	f = (Fcall){ .type = Tread, .fid = 1, .count = 100 };
	checkint(tell(c, &f, &r), Rread);
	check(r.count == 8 && memcmp(r.data, "prove it", 8) == 0);
	f = (Fcall){ .type = Twrite, .fid = 1, .count = 1, .data = "u" };
	checkint(tell(c, &f, &r), Rwrite);
	f = (Fcall){ .type = Topen, .fid = 1 };
	checkint(tell(c, &f, &r), Rerror);
	f = (Fcall){ .type = Twalk, .fid = 1, .newfid = 2 };
	checkint(tell(c, &f, &r), Rerror);
	f = (Fcall){ .type = Tattach, .fid = 0, .afid = 1, .uname = "v", .aname = "" };
	checkint(tell(c, &f, &r), Rerror);
	f = (Fcall){ .type = Tattach, .fid = 0, .afid = 1, .uname = "u", .aname = "" };
	checkint(tell(c, &f, &r), Rattach);
	f = (Fcall){ .type = Tattach, .fid = 3, .afid = 0, .uname = "u", .aname = "" };
	checkint(tell(c, &f, &r), Rerror);
	checkstr(r.ename, Ebaduse);
	f = (Fcall){ .type = Tclunk, .fid = 1 };
	checkint(tell(c, &f, &r), Rclunk);
	connhangup(c);
	connclose(c);
}

/* --- walks answered later, and opens that fail at the end --- */
static void laterwalk(Req *r)
{
	kept[0] = r;
}

static void later(void)
{
	static Srv s = { .name = "later", .walk = laterwalk, .attach = nil, .destroyfid = countdestroy };
	static Sfile files[] = { { .name = "/", .mode = DMDIR|0555 } };
	char *names[] = { "a", "b" };
	Qid q[2];
	Fid *f;

	s.files = files;
	s.nfiles = 1;
	start(&s, "");
	root->aux = "root";
	ndestroyed = 0;
	req.newfid = root;
	req.nwname = 2;
	req.wname = names;
	req.wqid = q;
	checkstr(call(Twalk, root), "later");
	check(kept[0] == &req && req.newfid != root);
	req.newfid->aux = "half";
	req.nwqid = 1;
	respond(&req, nil);
	checkstr(root->aux, "root");
	check(req.newfid == root && root->qid.path == 0);
	req.nwname = 2;
	checkstr(call(Twalk, root), "later");
	req.newfid->aux = "there";
	req.newfid->qid = (Qid){ .path = 77 };
	req.nwqid = 2;
	respond(&req, nil);
	checkstr(root->aux, "there");
	checkint(root->qid.path, 77);
	srvreap(&srv);
	checkint(ndestroyed, 2);	/* the fresh fids, one with root's old aux */
	f = fidnew(conn, NOFID);
	req.newfid = f;
	req.nwname = 0;
	checkstr(call(Twalk, root), "later");
	req.nwqid = 0;
	respond(&req, Eio);
	fidclose(f);
	checkint(ndestroyed, 3);
	stop();
}

static void failopen(Req *r)
{
	char *e;

	e = treemayopen(r);
	respond(r, e != nil? e: r->mode == OEXEC? Eio: nil);
}

static void failedopens(void)
{
	Fid *f, *g;

	srv = ramfssrv;
	srv.open = failopen;
	start(&srv, "");
	clunk(make("x", DMEXCL|0777));
	f = walk(root, "x");
	req.mode = OEXEC;
	checkstr(call(Topen, f), Eio);
	checkint(f->file->nopen, 0);
	req.mode = OREAD;
	checkstr(call(Topen, f), "");
	checkint(f->file->nopen, 1);
	g = walk(root, "x");
	checkstr(call(Topen, g), Eexcl);
	checkint(f->file->nopen, 1);
	clunk(f);
	checkstr(call(Topen, g), "");
	clunk(g);
	stop();
}

/* --- small things --- */
static void small(void)
{
	Dir d = { .mode = 0640, .uid = "u", .gid = "g" };
	char longerr[300], *p;
	Fid *f;
	Req fl;

	check(hasperm(&d, "u", AREAD|AWRITE) && !hasperm(&d, "u", AEXEC));
	check(hasperm(&d, "g", AREAD) && !hasperm(&d, "g", AWRITE) && !hasperm(&d, "x", AREAD));
	check(hasperm(&d, "x", 0) && !hasperm(&d, nil, AREAD));
	checkint(omode2perm(OREAD|OTRUNC), AREAD|AWRITE);
	checkint(omode2perm(OEXEC), AEXEC);
	checkint(omode2perm(ORDWR|ORCLOSE), AREAD|AWRITE);
	checkint(createperm(0777, 0750), 0751);
	checkint(createperm(DMDIR|0777, DMDIR|0750), DMDIR|0750);
	checkint(createperm(DMAPPEND|0666, 0444), DMAPPEND|0444);

	start(&ramfssrv, "");
	f = walk(root, nil);
	memset(&fl, 0, sizeof fl);
	fl.srv = &srv;
	fl.conn = conn;
	srvflush(&fl, &req);	/* long answered */
	check(reqisdone(&fl));
	clunk(f);
	stop();

	srv = (Srv){ .name = "none" };
	conn = connnew(&srv);
	root = fidnew(conn, NOFID);
	req.uname = "";
	checkstr(call(Tattach, root), Egreg);
	checkstr(root->uid, "none");
	checkstr(call(Tstat, root), Eunknownfid);	/* it was never attached */
	checkstr(call(Twalk-2, root), Ebadmsg);
	checkstr(call(0, root), Ebadmsg);
	checkstr(call(255, root), Ebadmsg);
	fidclose(root);
	connclose(conn);

	memset(longerr, 'e', sizeof longerr);
	longerr[ERRMAX-3] = 0;
	p = longerr+ERRMAX-3;
	memmove(p, "\xE2\x82\xAC\xE2\x82\xAC", 7);
	memset(&fl, 0, sizeof fl);
	fl.srv = &srv;
	fl.state = Rbusy;
	respond(&fl, longerr);
	checkint(strlen(fl.err), ERRMAX-3);
}

/* answered twice: the program stops */
static void twice(void)
{
	int st;
	Req r;

	fflush(stdout);
	if(fork() == 0){
		close(1);
		memset(&r, 0, sizeof r);
		r.srv = &srv;
		r.state = Rbusy;
		respond(&r, nil);
		respond(&r, nil);
		_exit(0);
	}
	wait(&st);
	check(WIFSIGNALED(st) || WEXITSTATUS(st) != 0);
}

int main(void)
{
	buffers();
	pagedreads();
	counts();
	lateclunks();
	dead();
	limits();
	auth();
	later();
	failedopens();
	small();
	twice();
	return checkdone();
}
