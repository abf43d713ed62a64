/* needs: tests/host/libc/check.c tests/host/kern/khost.c tests/host/kern/filehost.c port/chan.c port/path.c port/mnt.c port/mntlink.c port/mntmsg.c port/mntchan.c port/mnttag.c port/mntin.c port/mntver.c port/mntread.c port/mntcache.c port/mntbatch.c port/namespace.c port/union.c port/name.c port/fd.c port/sysfile.c port/pipe.c port/pipesink.c port/srv/pipe.c port/srv/dup.c port/srv/srv.c port/srv/mnt.c tests/host/kern/devhost.c lib9p/[a-z]*.c fs/ramfs.c fs/env/[a-z]*.c fs/mbox/[a-z]*.c fs/consmux/[a-z]*.c cmd/9pplay/play.c cmd/9pplay/text.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/crc32.c libc/base/utf.c libc/base/token.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport -Itests/host/kern -Icmd/9pplay -Wl,--wrap=malloc,--wrap=realloc */
/*
 * t_playmnt: the transcripts of tests/9p as the kernel's mnt says them: with
 * the server linked, and with it behind a pipe, which hands over whole
 * messages, or behind a stream of bytes.
 *
 * A T-message becomes the call of mnt with the same meaning, in a process of
 * its own, on the channel that stands for its fid; what the call returns
 * becomes the R-message.  A flush is a note to the process that waits.  Such
 * processes have no order among themselves: answers that are there at the
 * same time are given in the order of the questions.  A fid that a transcript
 * has no right to has no channel: that one answer is ours, and counted.
 * What mnt has no call for (authentication, odd modes) fails the transcript.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <glob.h>
#include "filehost.h"
#include "play.h"

typedef struct Kind Kind;
typedef struct Script Script;
typedef struct Named Named;
typedef struct Ask Ask;
typedef struct Mntt Mntt;

enum {
	Maxscript = 24,
	Firstdc = 0x100,	/* letters of the linked servers, one for each transcript */
	Scriptlen = 64*1024,
};

extern Srv ramfssrv, envsrv, mboxsrv, consmuxsrv, pipesrv, dupsrv, srvsrv, mntsrv;

struct Kind {
	Srv *srv;
	char *arg;
	int files;	/* transcripts there must be, at least */
};
static Kind kinds[] = {
	{ &ramfssrv, "max=1000000", 3 },
	{ &envsrv, "", 1 },
	{ &mboxsrv, "max=100000", 2 },
	{ &consmuxsrv, "log=1K key=^T", 1 },
};

struct Script {
	char file[100];
	char *text;
	Kind *kind;
	Srv linked;
};
static Script scripts[Maxscript];
static int nscript;
static Srv root;
Srv *srvtab[Maxscript+6] = { &root, &pipesrv, &dupsrv, &srvsrv, &mntsrv };

static int refused;	/* answers that are not the server's */

/* --- a client --- */
struct Named {	/* what a fid of the transcript stands for */
	u32int fid;
	Chan *c;
	Named *next;
};

struct Ask {	/* a T-message, until its R is taken */
	Mntt *x;
	Proc *p;
	uchar *msg;
	Fcall t, r;
	Chan *c;	/* the fid's, counted */
	uchar *data;	/* the answer's */
	char err[ERRMAX];
	int noted;
	int answered;
	Ask *next;
};

struct Mntt {
	Trans t;
	int dc;		/* linked: its letter */
	Chan *conn;	/* otherwise the channel */
	Proc *server;
	Named *fids;
	Ask *asks;	/* in the order asked */
};

static Named *fidfind(Mntt *x, u32int fid)
{
	Named *n;

	for(n = x->fids; n != nil && n->fid != fid; n = n->next)
		;
	return n;
}

/* takes over the reference */
static void fidname(Mntt *x, u32int fid, Chan *c)
{
	Named *n;

	if((n = malloc(sizeof *n)) == nil)
		abort();
	*n = (Named){ .fid = fid, .c = c, .next = x->fids };
	x->fids = n;
}

/* the transcript's name for k's channel goes, and the reference with it */
static void fidforget(Ask *k)
{
	Named **l, *n;

	for(l = &k->x->fids; (n = *l)->fid != k->t.fid; l = &n->next)
		;
	*l = n->next;
	chanclose(n->c);
	free(n);
}

static int refuse(char *e)
{
	refused++;
	return seterr(e);
}

static int newfid(Mntt *x, u32int fid)
{
	return fidfind(x, fid) != nil || fid == NOFID? refuse(Edupfid): 0;
}

/* --- one call each --- */
static int askattach(Ask *k)
{
	Mntt *x;
	Chan *c;

	x = k->x;
	if(newfid(x, k->t.fid) < 0)
		return -1;
	if(x->conn != nil)
		c = muxattach(x->conn, nil, k->t.uname, k->t.aname);
	else{
		strecpy(up->user, up->user+NAMELEN, k->t.uname);
		c = srvattach(x->dc, k->t.aname);
	}
	if(c == nil)
		return -1;
	k->r.qid = c->qid;
	fidname(x, k->t.fid, c);
	return 0;
}

static int askwalk(Ask *k)
{
	Chan *c;
	int n;

	if(newfid(k->x, k->t.newfid) < 0)
		return -1;
	if((n = mntwalk(k->c, k->t.wname, k->t.nwname, k->r.wqid, &c, nil)) < 0)
		return -1;
	k->r.nwqid = n;
	if(n == k->t.nwname)
		fidname(k->x, k->t.newfid, c);
	return 0;
}

/* an open channel is the one that was opened: no server here gives another */
static int askopen(Ask *k)
{
	Chan *c;

	if((c = mntopen(k->c, k->t.mode)) == nil)
		return -1;
	check(c == k->c);
	k->r.qid = c->qid;
	return 0;
}

static int askcreate(Ask *k)
{
	if(mntcreate(k->c, k->t.name, k->t.mode, k->t.perm) < 0)
		return -1;
	k->r.qid = k->c->qid;
	return 0;
}

static int askio(Ask *k)
{
	Buf b;
	long n;

	b = (Buf){ .p = (uchar*)k->t.data, .n = k->t.count };
	if(k->t.type == Tread){
		if((k->data = malloc(b.n+1)) == nil)
			abort();
		b.p = k->data;
	}
	n = mntio(k->c, k->t.type, &b, k->t.offset);
	k->r.data = (char*)k->data;
	k->r.count = n;
	return n < 0? -1: 0;
}

static int askstat(Ask *k)
{
	long n;

	if((k->data = malloc(STATMAX)) == nil)
		abort();
	n = mntstat(k->c, k->data, STATMAX);
	k->r.stat = k->data;
	k->r.nstat = n;
	return n < 0? -1: 0;
}

static int askclunk(Ask *k)
{
	fidforget(k);
	return 0;
}

static int askremove(Ask *k)
{
	int r;

	r = mntremove(k->c);
	fidforget(k);
	return r;
}

/* a note to who waits for the answer; over when he has it */
static int askflush(Ask *k)
{
	Ask *old;

	for(old = k->x->asks; old != nil; old = old->next)
		if(old != k && !old->answered && old->t.tag == k->t.oldtag)
			break;
	if(old == nil)
		return 0;
	if(!old->noted++)
		hostnote(old->p);
	hostwait(old->p);
	return 0;
}

static int askone(Ask *k)
{
	Named *n;

	switch(k->t.type){
	case Tflush:
		return askflush(k);
	case Tattach:
		return askattach(k);
	}
	if((n = fidfind(k->x, k->t.fid)) == nil)
		return refuse(Eunknownfid);
	k->c = n->c;
	chanincref(k->c);
	switch(k->t.type){
	case Twalk:
		return askwalk(k);
	case Topen:
		return askopen(k);
	case Tcreate:
		return askcreate(k);
	case Tread:
	case Twrite:
		return askio(k);
	case Tstat:
		return askstat(k);
	case Twstat:
		return mntwstat(k->c, k->t.stat, k->t.nstat);
	case Tclunk:
		return askclunk(k);
	}
	return askremove(k);
}

/* the process of one request */
static void ask(void *a)
{
	Ask *k;

	k = a;
	k->r.type = k->t.type+1;
	k->r.tag = k->t.tag;
	if(askone(k) < 0){
		rerrstr(k->err, sizeof k->err);
		k->r.type = Rerror;
		k->r.ename = k->err;
	}
	chanclose(k->c);
	k->answered = 1;
	mntreqfree(up->mntreq);
	up->mntreq = nil;
}

/* --- Trans --- */
static int sayable(Fcall *f)
{
	switch(f->type){
	case Tattach:
		return f->afid == NOFID;
	case Topen:
		return (f->mode & ~(3|OTRUNC|ORCLOSE)) == 0;
	case Tcreate:
		return (f->mode & ~(3|ORCLOSE)) == 0;
	case Tauth:
	case Tversion:
		return 0;
	}
	return (f->type & 1) == 0;
}

static void askfree(Ask *k)
{
	free(k->msg);
	free(k->data);
	free(k);
}

static int mnttsend(Trans *t, uchar *msg, u32int n)
{
	Mntt *x;
	Ask *k, **l;

	x = (Mntt*)t;
	if((k = mallocz(sizeof *k, 1)) == nil || (k->msg = malloc(n)) == nil)
		abort();
	memmove(k->msg, msg, n);
	k->x = x;
	if(convM2S(k->msg, n, &k->t) != n || !sayable(&k->t)){
		askfree(k);
		werrstr("mnt has no call for that");
		return -1;
	}
	for(l = &x->asks; *l != nil; l = &(*l)->next)
		;
	*l = k;
	k->p = testproc(ask, k);
	hostyield();
	return 0;
}

static int mnttrecv(Trans *t, uchar *buf, u32int max)
{
	Ask *k, **l;
	u32int n;

	hostyield();
	for(l = &((Mntt*)t)->asks; (k = *l) != nil && !k->answered; l = &k->next)
		;
	if(k == nil){
		werrstr("no answer");
		return -1;
	}
	*l = k->next;
	if((n = convS2M(&k->r, buf, max)) == 0)
		abort();
	askfree(k);
	return n;
}

/* as a process that exits: what waits is interrupted, what is open closed */
static void mnttclose(Trans *t)
{
	Mntt *x;
	Ask *k;
	Named *n;
	Mux *mx;

	x = (Mntt*)t;
	for(k = x->asks; k != nil; k = k->next)
		if(!k->answered && k->t.type != Tflush)
			hostnote(k->p);
	while((k = x->asks) != nil){
		hostwait(k->p);
		x->asks = k->next;
		askfree(k);
	}
	while((n = x->fids) != nil){
		x->fids = n->next;
		chanclose(n->c);
		free(n);
	}
	hostyield();
	if((mx = x->conn == nil? nil: x->conn->mux) != nil){
		/* nobody reads a stream for the answers to clunks alone */
		checkint(mx->nbusy, mx->link.send != nil? 0: mx->nclunk);
		checkint(mx->nlimbo + mx->nstray, 0);
		chanclose(x->conn);
		hostwait(x->server);
	}
	free(x);
}

static Mntt *mnttnew(void)
{
	Mntt *x;

	if((x = mallocz(sizeof *x, 1)) == nil)
		abort();
	x->t = (Trans){ .send = mnttsend, .recv = mnttrecv, .close = mnttclose, .linked = 1 };
	return x;
}

static Trans *openlinked(Play *p)
{
	Mntt *x;

	x = mnttnew();
	x->dc = ((Srv*)p->aux)->dc;
	return &x->t;
}

static Trans *openchan(Play *p)
{
	Mntt *x;
	Chan *c[2];
	char v[20];

	x = mnttnew();
	if(hpipe(c) == nil)
		abort();
	x->conn = c[0];
	x->server = hserve(p->aux, c[1]);
	check(muxversion(x->conn, Playmsize, "", v, sizeof v) == 0);
	return &x->t;
}

/* --- transcripts --- */

/* how many answers it expects, of those that need no messages */
static int expected(char *s)
{
	char *w;
	int n;

	for(n = 0; s != nil && strncmp(s, "messages\n", 9) != 0; s = w == nil? nil: w+1){
		w = s + strcspn(s, " \n");
		n += s[0] == 'R' || (w > s && w[-1] == ':' && w[0] == ' ' && w[1] == 'R');
		w = strchr(s, '\n');
	}
	return n;
}

static void playon(Script *s, Srv *srv, Trans *(*open)(Play*))
{
	static Play p;

	memset(&p, 0, sizeof p);
	p.open = open;
	p.owner = srv->owner;
	p.only = srv->name;
	p.aux = srv;
	play(&p, s->file, s->text);
	checkint(p.failed, 0);
	checkint(p.passed, expected(s->text));
}

static void playchan(Script *s)
{
	Srv srv;

	srv = *s->kind->srv;
	srv.owner = hostowner();
	check(srv.init(&srv, s->kind->arg) == 0);
	playon(s, &srv, openchan);
	srv.fini(&srv);
}

static void testall(void)
{
	int (*pipehook)(Chan*, Msglink*);
	Script *s;
	uint i;
	int n;

	pipehook = linkhook;
	check(pipehook != nil);
	n = 0;
	for(s = scripts; s < scripts+nscript; s++){
		n += expected(s->text);
		s->kind->files--;
		playon(s, &s->linked, openlinked);
		playchan(s);
		linkhook = nil;
		playchan(s);
		linkhook = pipehook;
	}
	for(i = 0; i < nelem(kinds); i++)
		check(kinds[i].files <= 0);
	check(n > 1000);
	printf("%d answers, three times; %d of them not the server's\n", n, refused);
	check(refused < n/50);
}

/* the server that a transcript is for, the first if there are several; nil: none of these */
static Kind *kindof(char *text)
{
	uint i, n;

	if((text = strstr(text, "\nfor ")) == nil)
		return nil;
	text += 5;
	n = strcspn(text, " \n");
	for(i = 0; i < nelem(kinds); i++)
		if(strlen(kinds[i].srv->name) == n && strncmp(text, kinds[i].srv->name, n) == 0)
			return &kinds[i];
	return nil;
}

static int start(Srv *s, char *arg)
{
	Script *x;

	USED(arg);
	x = &scripts[s->dc-Firstdc];
	return x->kind->srv->init(s, x->kind->arg);
}

/* a transcript for one of the kinds gets its linked server */
static void addscript(char *file)
{
	static char buf[Scriptlen];
	Script *s;
	Kind *kind;
	FILE *f;
	size_t n;

	if((f = fopen(file, "r")) == nil)
		abort();
	if((n = fread(buf, 1, sizeof buf, f)) == sizeof buf)
		abort();
	buf[n] = 0;
	fclose(f);
	if((kind = kindof(buf)) == nil)
		return;
	if(nscript == Maxscript)
		abort();
	s = &scripts[nscript];
	strecpy(s->file, s->file+sizeof s->file, file);
	s->text = strdup(buf);
	s->kind = kind;
	s->linked = *kind->srv;
	s->linked.dc = Firstdc+nscript;
	s->linked.init = start;
	srvtab[5+nscript++] = &s->linked;
}

int main(void)
{
	glob_t g;
	size_t i;

	root = ramfssrv;
	root.dc = 'A';
	if(glob("tests/9p/*.9p", 0, nil, &g) != 0)
		return 1;
	for(i = 0; i < g.gl_pathc; i++)
		addscript(g.gl_pathv[i]);
	globfree(&g);
	return hostmain(testall);
}
