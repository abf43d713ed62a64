/* needs: tests/host/libc/check.c tests/host/kern/khost.c tests/host/kern/filehost.c port/chan.c port/path.c port/mnt.c port/mntlink.c port/mntmsg.c port/mntchan.c port/mnttag.c port/mntin.c port/mntver.c port/mntread.c port/mntcache.c port/mntbatch.c port/namespace.c port/union.c port/name.c port/fd.c port/sysfile.c port/pipe.c port/pipesink.c port/srv/pipe.c port/srv/dup.c port/srv/srv.c port/srv/mnt.c tests/host/kern/devhost.c lib9p/[a-z]*.c fs/ramfs.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/crc32.c libc/base/utf.c libc/base/token.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport -Itests/host/kern -Wl,--wrap=malloc,--wrap=realloc */
/*
 * t_same: serve after mnt is the identity.  Random operations on files, once
 * on a linked server and once on the same one behind a channel, through
 * lib9p's messages: all results are equal, and so is the sequence of requests
 * that the servers see, each with its file, its arguments and its data.  Only
 * the stat is not compared that comes with a large read over messages.
 */
#include <stdio.h>
#include "filehost.h"

extern Srv ramfssrv, pipesrv, dupsrv, srvsrv, mntsrv;
static Srv ram[3];	/* the root's; linked; behind a channel */
Srv *srvtab[] = { &ram[0], &ram[1], &pipesrv, &dupsrv, &srvsrv, &mntsrv, nil };

enum {
	Msize = 8192+IOHDRSZ,
	Nslot = 6,
	Most = 4*8192,
	Loglen = 16384,
};

/* --- what a server saw --- */
typedef struct Log Log;
struct Log {
	char *p;
	int nostat;
	char buf[Loglen];
};
static Log logs[2];
static long nseen, ndone;

static Log *logof(Fid *f)
{
	return &logs[f->srv == &ram[2]];
}

static void note(Fid *f, char *fmt, ...)
{
	Log *l;
	va_list args;

	l = logof(f);
	nseen++;
	l->p = seprint(l->p, l->buf+Loglen, "%s %s %lux.%d ", up->user, f->uid, f->qid.path, f->omode);
	va_start(args, fmt);
	l->p = vseprint(l->p, l->buf+Loglen, fmt, args);
	va_end(args);
	l->p = seprint(l->p, l->buf+Loglen, "\n");
}

static char *rwalk1(Fid *f, char *name, Qid *q)
{
	note(f, "walk %s", name);
	return treewalk1(f, name, q);
}

static void ropen(Req *r)
{
	note(r->fid, "open %x", r->mode);
	ramfssrv.open(r);
}

static void rcreate(Req *r)
{
	note(r->fid, "create %s %x %x", r->name, r->mode, r->perm);
	ramfssrv.create(r);
}

static void rread(Req *r)
{
	note(r->fid, "read %lld %ud", r->offset, r->count);
	if(r->fid->qid.type & QTDIR)
		treeread(r);
	else
		ramfssrv.read(r);
}

static void rwrite(Req *r)
{
	static uchar data[Msize];

	reqget(r, 0, data, r->count);
	note(r->fid, "write %lld %ud %ux", r->offset, r->count, crc32(0, data, r->count));
	ramfssrv.write(r);
}

static void rremove(Req *r)
{
	note(r->fid, "remove");
	ramfssrv.remove(r);
}

static void rstat(Req *r)
{
	if(!logof(r->fid)->nostat)
		note(r->fid, "stat");
	treestat(r);
}

static void rwstat(Req *r)
{
	Dir *d;

	d = &r->d;
	note(r->fid, "wstat %s %s %ux %lld %ud", d->name, d->gid, d->mode, d->length, d->mtime);
	ramfssrv.wstat(r);
}

static void recorded(Srv *s, int dc)
{
	*s = ramfssrv;
	s->dc = dc;
	s->owner = "glenda";
	s->msize = Msize;
	s->walk1 = rwalk1;
	s->open = ropen;
	s->create = rcreate;
	s->read = rread;
	s->write = rwrite;
	s->remove = rremove;
	s->stat = rstat;
	s->wstat = rwstat;
}

/* --- what a client got: a result, an error, data --- */
typedef struct Result Result;
struct Result {
	long n;
	char err[ERRMAX];
	uchar data[Most];
};
static Result results[2];

/* names in errors are without the place where the tree is */
static void takeerr(Result *x)
{
	char *p;

	rerrstr(x->err, sizeof x->err);
	if((p = strstr(x->err, "/l")) == nil)
		p = strstr(x->err, "/m");
	if(p != nil)
		p[1] = '?';
}

/* --- operations --- */
static u64int rnd;

static u32int rand9(u32int n)
{
	rnd ^= rnd<<13;
	rnd ^= rnd>>7;
	rnd ^= rnd<<17;
	return (rnd>>16) % n;
}

typedef struct Op Op;
struct Op {
	int op;
	int slot;
	char name[40];
	int mode;
	u32int perm;
	long n;
	vlong off;
	Dir d;
	uchar data[Most];
};
enum { Oopen, Ocreate, Oread, Owrite, Oclose, Ostat, Ofstat, Owstat, Ofwstat, Oremove, Odir, Nop };

static Chan *slots[2][Nslot];

static void path(char *to, int side, char *name)
{
	snprint(to, 60, "/%c%s", "lm"[side], name);
}

static long opstat(Op *o, char *name, Result *x)
{
	Chan *c;
	long n;

	USED(o);
	if((c = namewalk(name, 0)) == nil)
		return -1;
	n = chanstat(c, x->data, sizeof x->data);
	chanclose(c);
	return n;
}

static long opwstat(Op *o, Chan *c)
{
	uchar buf[300];
	int n;

	n = convD2M(&o->d, buf, sizeof buf);
	return chanwstat(c, buf, n);
}

static long opopen(Op *o, int side, char *name)
{
	Chan *c;

	if(slots[side][o->slot] != nil)
		return -2;
	if(o->op == Ocreate)
		c = namecreate(name, o->mode, o->perm);
	else
		c = nameopen(name, o->mode);
	slots[side][o->slot] = c;
	return c != nil? (long)c->qid.path: -1;
}

static long byname(Op *o, int side, Result *x)
{
	char name[60];
	Chan *c;
	long r;

	path(name, side, o->name);
	switch(o->op){
	case Oopen:
	case Ocreate:
		return opopen(o, side, name);
	case Ostat:
		return opstat(o, name, x);
	case Oremove:
		return nameremove(name);
	}
	if((c = namewalk(name, 0)) == nil)
		return -1;
	r = opwstat(o, c);
	chanclose(c);
	return r;
}

static long byslot(Op *o, int side, Result *x)
{
	Chan *c;

	if((c = slots[side][o->slot]) == nil)
		return -2;
	switch(o->op){
	case Oread:
		return chanread(c, x->data, o->n, o->off);
	case Odir:
		return chanread(c, x->data, o->n, -1);
	case Owrite:
		return chanwrite(c, o->data, o->n, o->off);
	case Ofstat:
		return chanstat(c, x->data, sizeof x->data);
	case Ofwstat:
		return opwstat(o, c);
	}
	slots[side][o->slot] = nil;
	chanclose(c);
	return 0;
}

static void perform(Op *o, int side)
{
	Result *x;

	x = &results[side];
	memset(x, 0, sizeof *x);
	werrstr("%s", "");
	logs[side].p = logs[side].buf;
	logs[side].buf[0] = 0;
	logs[side].nostat = o->op == Oread && o->n > 8192;
	if(o->op == Oread || o->op == Owrite || o->op == Oclose || o->op == Ofstat || o->op == Ofwstat || o->op == Odir)
		x->n = byslot(o, side, x);
	else
		x->n = byname(o, side, x);
	if(x->n == -1)
		takeerr(x);
	hostyield();	/* clunks and removes that nobody waits for */
}

/* --- random ones --- */
/* a path that stays below the tree's root: what is above is not the servers' */
static void choosename(Op *o)
{
	static char *elem[] = { "a", "b", "dir", "dir", "d2", "nosuch", "f" };
	char *p, *end;
	int n, depth;

	p = o->name;
	end = o->name + sizeof o->name;
	depth = 0;
	for(n = rand9(4); n >= 0; n--){
		if(depth > 1 && rand9(5) == 0){
			p = seprint(p, end, "/..");
			depth--;
			continue;
		}
		p = seprint(p, end, "/%s", elem[rand9(nelem(elem))]);
		depth++;
	}
}

static void choosedir(Op *o)
{
	static char *name[] = { "a", "b", "new", "dir" };

	dirnull(&o->d);
	if(rand9(2))
		o->d.name = name[rand9(nelem(name))];
	if(rand9(3) == 0)
		o->d.length = rand9(30000);
	if(rand9(4) == 0)
		o->d.mode = rand9(01000);
	if(rand9(5) == 0)
		o->d.mtime = rand9(1000);
}

static void choose(Op *o)
{
	static int mode[] = { OREAD, OREAD, OWRITE, ORDWR, ORDWR, OWRITE|OTRUNC, ORDWR|ORCLOSE, OEXEC, ORDWR|OTRUNC };
	static u32int perm[] = { 0666, 0666, 0600, 0444, DMAPPEND|0666, DMEXCL|0666 };
	static int ops[] = { Oopen, Oopen, Oopen, Ocreate, Ocreate, Ocreate, Ocreate, Oread, Oread, Oread, Owrite, Owrite, Owrite,
		Oclose, Ostat, Ofstat, Owstat, Ofwstat, Oremove, Odir };
	long i;

	o->op = ops[rand9(nelem(ops))];
	o->slot = rand9(Nslot);
	choosename(o);
	choosedir(o);
	o->mode = mode[rand9(nelem(mode))];
	o->perm = perm[rand9(nelem(perm))];
	if(rand9(3) == 0){
		o->perm = DMDIR|0777;
		o->mode = OREAD;
	}
	o->n = rand9(3) == 0? rand9(Most): rand9(2)? rand9(600): 8192*rand9(4);
	o->off = rand9(3) == 0? rand9(20000): 0;
	for(i = 0; i < o->n; i += 1+rand9(60))
		o->data[i] = rand9(256);
}

static int same(int dir)
{
	Result *a, *b;
	Dir d1, d2;
	char s1[2000], s2[2000];
	long n;

	a = &results[0];
	b = &results[1];
	if(a->n != b->n || strcmp(a->err, b->err) != 0 || strcmp(logs[0].buf, logs[1].buf) != 0)
		return 0;
	if(!dir)
		return memcmp(a->data, b->data, sizeof a->data) == 0;
	/* stat records: type and dev are the connections' */
	for(n = 0; n < a->n; n += (a->data[n] | a->data[n+1]<<8) + 2){
		if(convM2D(a->data+n, a->n-n, &d1, s1) == 0 || convM2D(b->data+n, b->n-n, &d2, s2) == 0)
			return 0;
		if(memcmp(a->data+n+8, b->data+n+8, 33) != 0)
			return 0;
		if(strcmp(d1.name, d2.name) != 0 || strcmp(d1.uid, d2.uid) != 0 || strcmp(d1.muid, d2.muid) != 0)
			return 0;
	}
	return 1;
}

static int isdir(Op *o)
{
	Chan *c;

	if(o->op == Ostat || o->op == Ofstat)
		return 1;
	c = slots[0][o->slot];
	return (o->op == Odir || o->op == Oread) && c != nil && c->qid.type & QTDIR;
}

static void testops(u64int seed, int n)
{
	static Op o;
	int i;

	rnd = seed;
	for(i = 0; i < n; i++){
		khosttime += 1000000000;
		choose(&o);
		perform(&o, 0);
		perform(&o, 1);
		ndone += results[0].n >= 0;
		if(!same(isdir(&o))){
			printf("seed %lu op %d: %d %s slot %d mode %x n %ld off %lld\n", seed, i, o.op, o.name, o.slot, o.mode, o.n, o.off);
			printf("linked: %ld %s\n%s", results[0].n, results[0].err, logs[0].buf);
			printf("channel: %ld %s\n%s", results[1].n, results[1].err, logs[1].buf);
			break;
		}
	}
	check(i == n);
	o.op = Oclose;
	for(o.slot = 0; o.slot < Nslot; o.slot++)
		for(i = 0; i < 2; i++)
			perform(&o, i);
}

static void testall(void)
{
	Chan *c[2];
	Proc *p;
	char v[20];
	int i;

	logs[0].p = logs[0].buf;
	logs[1].p = logs[1].buf;
	chanclose(namecreate("/l", OREAD, DMDIR|0777));
	chanclose(namecreate("/m", OREAD, DMDIR|0777));
	check(namebind("#B", "/l", MREPL|MCREATE) == 0);
	check(hpipe(c) != nil);
	recorded(&ram[2], 0);
	check(ram[2].init(&ram[2], "max=300K") == 0);
	p = hserve(&ram[2], c[1]);
	check(muxversion(c[0], Msize, "", v, sizeof v) == 0);
	check(namemount(c[0], nil, "/m", MREPL|MCREATE, "") == 0);
	for(i = 1; i <= 40; i++)
		testops(i*0x9E3779B97F4A7C15UL, 200);
	check(nseen > 10000 && ndone > 1000);
	check(nameunmount(nil, "/l") == 0 && nameunmount(nil, "/m") == 0);
	chanclose(c[0]);
	hostwait(p);
	ram[2].fini(&ram[2]);
}

static int limited(Srv *s, char *arg)
{
	USED(arg);
	return ramfssrv.init(s, "max=300K");
}

int main(void)
{
	ram[0] = ramfssrv;
	ram[0].dc = 'A';
	recorded(&ram[1], 'B');
	ram[1].init = limited;
	return hostmain(testall);
}
