/*
 * host.c: #h, servers that run in the kernel, as files.
 *
 *	ctl	clone		name/	in.n/
 *	name/{ctl,state,status,conn/{0,1,...}}
 *
 * A qid's path is the instance's number, which of its connections, and what
 * file.  A fid has a reference on its Inst.  What a control file that is open
 * has begun, freezing an instance or bringing one in, ends when that fid
 * goes, by commit, or by being undone.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"
#include "dev.h"
#include "hosti.h"

enum {
	Qroot, Qctl, Qclone, Qinst, Qinstctl, Qstate, Qstatus, Qconns, Qconn,
	Maxtext = 512,
};

static char *filename[] = {
	[Qroot] = "host", [Qctl] = "ctl", [Qclone] = "clone",
	[Qinstctl] = "ctl", [Qstate] = "state", [Qstatus] = "status", [Qconns] = "conn",
};

static Inst *instof(Fid *f)
{
	return f->aux;
}

static int typeno(Qid *q)
{
	return q->path & 0xF;
}

static u32int connof(Qid *q)
{
	return (q->path & 0xFFFFFFFF) >> 4;
}

static Qid qidof(Inst *x, int type, u32int conn)
{
	Qid q;

	q = (Qid){ .path = conn<<4 | type };
	if(x != nil)
		q.path |= (u64int)x->id << 32;
	if(type == Qroot || type == Qinst || type == Qconns)
		q.type = QTDIR;
	return q;
}

static void fill(Dir *d, Inst *x, int type, u32int conn, char *name)
{
	static u32int mode[] = {
		[Qroot] = DMDIR|0555, [Qctl] = 0664, [Qclone] = 0600,
		[Qinst] = DMDIR|0555, [Qinstctl] = 0600, [Qstate] = 0600, [Qstatus] = 0444,
		[Qconns] = DMDIR|0555, [Qconn] = 0600,
	};

	*d = (Dir){ .name = name, .qid = qidof(x, type, conn), .mode = mode[type] };
	d->uid = d->gid = d->muid = x != nil? x->owner: hostowner();
	d->atime = d->mtime = nsec()/1000000000;
}

/* --- names --- */
static void fillfid(Fid *f, Dir *d, char *name, int n)
{
	int t;

	t = typeno(&f->qid);
	if(t == Qinst)
		instname(instof(f), name, n);
	else if(t == Qconn)
		snprint(name, n, "%ud", connof(&f->qid));
	else
		strecpy(name, name+n, filename[t]);
	fill(d, instof(f), t, connof(&f->qid), name);
}

static char *walkup(Fid *f, Qid *q)
{
	Inst *x;

	x = instof(f);
	if(typeno(&f->qid) == Qconns)
		*q = qidof(x, Qinst, 0);
	else{
		f->aux = nil;
		*q = qidof(nil, Qroot, 0);
		instput(x);
	}
	return nil;
}

static char *walkroot(Fid *f, char *name, Qid *q)
{
	Inst *x;

	if(strcmp(name, "ctl") == 0)
		*q = qidof(nil, Qctl, 0);
	else if(strcmp(name, "clone") == 0)
		*q = qidof(nil, Qclone, 0);
	else if((x = instfind(name)) != nil){
		f->aux = x;
		*q = qidof(x, Qinst, 0);
	}else
		return Enonexist;
	return nil;
}

static char *walkinst(Inst *x, char *name, Qid *q)
{
	int t;

	for(t = Qinstctl; t <= Qconns; t++)
		if(strcmp(name, filename[t]) == 0){
			*q = qidof(x, t, 0);
			return nil;
		}
	return Enonexist;
}

static char *walkconn(Inst *x, char *name, Qid *q)
{
	char *end;
	long n;

	n = strtol(name, &end, 10);
	if(name[0] < '0' || name[0] > '9' || (name[0] == '0' && name[1] != 0) || *end != 0 || n >= peek(x->nlinks))
		return Enonexist;
	*q = qidof(x, Qconn, n);
	return nil;
}

static char *hostwalk1(Fid *f, char *name, Qid *q)
{
	if(strcmp(name, "..") == 0)
		return walkup(f, q);
	switch(typeno(&f->qid)){
	case Qroot:
		return walkroot(f, name, q);
	case Qinst:
		return walkinst(instof(f), name, q);
	case Qconns:
		return walkconn(instof(f), name, q);
	}
	return Enotdir;
}

static char *hostclone(Fid *from, Fid *to)
{
	Inst *x;

	if((x = instof(from)) != nil)
		incref(&x->ref);
	to->aux = x;
	return nil;
}

static void hostattach(Req *r)
{
	r->fid->qid = qidof(nil, Qroot, 0);
	respond(r, r->name[0] != 0? Ebadattach: nil);
}

static void hoststat(Req *r)
{
	char name[NAMELEN];

	fillfid(r->fid, &r->d, name, sizeof name);
	respond(r, nil);
}

/* --- opening and closing --- */

/* a connection's server end, to go with the state */
static int openconn(Req *r, Inst *x, u32int n)
{
	Link *l;
	int ok;

	qlock(&x->lk);
	for(l = x->links; l != nil && n > 0; l = l->next)
		n--;
	if((ok = x->state == Frozen && l != nil) != 0){
		chanincref(l->chan);
		mntsubst(r, l->chan);
	}
	instunlock(x);
	return ok? 0: seterr("not frozen");
}

static int openstate(Req *r, Inst *x)
{
	int e;

	qlock(&x->lk);
	if(x->state == Coming){
		e = (r->mode & 3) == OWRITE? 0: seterr(Eperm);
		if(r->mode & OTRUNC)
			imgfree(&x->img);
	}else
		e = (r->mode & 3) == OREAD? freezesave(x): seterr(Eperm);
	instunlock(x);
	return e;
}

static int openclone(Req *r)
{
	Inst *x;

	if((x = instcoming(r->fid)) == nil)
		return -1;
	r->fid->aux = x;
	r->fid->qid = qidof(x, Qinstctl, 0);
	return 0;
}

static void hostopen(Req *r)
{
	char name[NAMELEN], *e;
	Fid *f;
	Dir d;
	int n;

	f = r->fid;
	fillfid(f, &d, name, sizeof name);
	if((e = devmayopen(r, &d)) != nil){
		respond(r, e);
		return;
	}
	n = 0;
	switch(typeno(&f->qid)){
	case Qclone:
		n = openclone(r);
		break;
	case Qconn:
		n = openconn(r, instof(f), connof(&f->qid));
		break;
	case Qstate:
		n = openstate(r, instof(f));
		break;
	}
	if(n < 0)
		responderr(r);
	else
		respond(r, nil);
}

static void hostdestroy(Fid *f)
{
	char err[ERRMAX];
	Inst *x;

	if((x = instof(f)) == nil)
		return;
	if(peek(x->holder) == f){
		rerrstr(err, sizeof err);	/* it stays, as in all closing */
		if(thaw(x, f) < 0)
			instletgo(x, f);
		seterr(err);
	}
	instput(x);
}

/* --- reading --- */
static int rootgen(u64int i, Dir *d, void *a)
{
	static char name[NAMELEN];	/* under genlk */
	Inst *x;

	USED(a);
	if(i < 2){
		fill(d, nil, Qctl+i, 0, filename[Qctl+i]);
		return 1;
	}
	if((x = instnth(i-2)) == nil)
		return 0;
	fill(d, x, Qinst, 0, instname(x, name, sizeof name));
	d->uid = d->gid = d->muid = hostowner();
	instput(x);
	return 1;
}

static int instgen(u64int i, Dir *d, void *a)
{
	if(i > Qconns-Qinstctl)
		return 0;
	fill(d, a, Qinstctl+i, 0, filename[Qinstctl+i]);
	return 1;
}

static int conngen(u64int i, Dir *d, void *a)
{
	static char name[16];
	Inst *x;

	x = a;
	if(i >= (u64int)peek(x->nlinks))
		return 0;
	snprint(name, sizeof name, "%d", (int)i);
	fill(d, x, Qconn, i, name);
	return 1;
}

static char *dirof(Req *r, int (*gen)(u64int, Dir*, void*))
{
	static QLock genlk;
	char *e;

	qlock(&genlk);
	e = dirread9p(r, gen, instof(r->fid));
	qunlock(&genlk);
	return e;
}

static void kindsread(Req *r)
{
	char buf[Maxtext], *p;
	Srv *k;
	int i;

	p = buf;
	*p = 0;
	for(i = 0; (k = kindnth(i)) != nil; i++)
		p = seprint(p, buf+sizeof buf, "%s\n", k->name);
	readstr(r, buf);
}

static void ctlread(Req *r, Inst *x)
{
	char buf[NAMELEN+1];

	if(x->state == Coming || x->state == Restored)
		snprint(buf, sizeof buf, "%ud\n", x->id);
	else
		snprint(buf, sizeof buf, "%s\n", x->name);
	readstr(r, buf);
}

static void statusread(Req *r, Inst *x)
{
	static char *state[] = { "coming", "restored", "live", "freezing", "frozen", "gone" };
	char buf[Maxtext], *p, *e;
	u32int fids, reqs;

	e = buf+sizeof buf;
	qlock(&x->lk);
	instcount(x, &fids, &reqs);
	p = seprint(buf, e, "kind %s\nowner %q\nplace kernel\nstate %s\n", x->kind != nil? x->kind->name: "-", x->owner, state[x->state]);
	p = seprint(p, e, "connections %d\nfids %ud\nrequests %ud\nmoves %ud\n", x->nlinks, fids, reqs, x->moves);
	if(x->moves > 0){
		p = seprint(p, e, "moved held %ud fids %ud bytes %llud", x->held, x->fids, (u64int)x->bytes);
		if(x->pause > 0)
			p = seprint(p, e, " pause %lld", x->pause);
		seprint(p, e, "\n");
	}
	instunlock(x);
	readstr(r, buf);
}

static char *stateread(Req *r, Inst *x)
{
	char *e;

	e = nil;
	qlock(&x->lk);
	if(x->state == Frozen && x->img.n > 0)
		readbuf(r, x->img.p, x->img.n);
	else
		e = "not frozen";
	instunlock(x);
	return e;
}

static void hostread(Req *r)
{
	Inst *x;
	char *e;

	e = nil;
	x = instof(r->fid);
	switch(typeno(&r->fid->qid)){
	case Qroot:
		e = dirof(r, rootgen);
		break;
	case Qinst:
		e = dirof(r, instgen);
		break;
	case Qconns:
		e = dirof(r, conngen);
		break;
	case Qctl:
		kindsread(r);
		break;
	case Qinstctl:
		ctlread(r, x);
		break;
	case Qstatus:
		statusread(r, x);
		break;
	case Qstate:
		e = stateread(r, x);
		break;
	default:
		e = Enoread;
		break;
	}
	respond(r, e);
}

/* --- writing --- */
static int newctl(char **f, int n)
{
	if(n < 3 || n > 4 || strcmp(f[0], "new") != 0)
		return seterr(Ebadarg);
	return instnew(f[1], f[2], n > 3? f[3]: "");
}

/* messages to one that runs */
static int livectl(Fid *fid, Inst *x, char **f, int n)
{
	if(n == 1 && strcmp(f[0], "freeze") == 0)
		return freeze(x, fid);
	if(n == 1 && strcmp(f[0], "thaw") == 0)
		return thaw(x, fid);
	if(n == 1 && strcmp(f[0], "commit") == 0)
		return instletgo(x, fid);
	if(n == 1 && strcmp(f[0], "remove") == 0)
		return instremove(x);
	if(n == 2 && strcmp(f[0], "post") == 0)
		return instpost(x, f[1]);
	return seterr(Ebadarg);
}

static int setkind(Inst *x, char *name)
{
	Srv *k;

	if((k = kindfind(name)) == nil)
		return -1;
	qlock(&x->lk);
	x->kind = k;
	qunlock(&x->lk);
	return 0;
}

static int setname(Inst *x, char *name)
{
	if(instnameok(name) < 0)
		return -1;
	qlock(&x->lk);
	strecpy(x->name, x->name+sizeof x->name, name);
	qunlock(&x->lk);
	return 0;
}

static int setsince(Inst *x, char *s)
{
	char *end;
	vlong t;

	t = strtoll(s, &end, 0);
	if(end == s || *end != 0 || t <= 0 || t > nsec())
		return seterr(Ebadarg);
	x->since = t;
	return 0;
}

/* and to one that is coming */
static int comingctl(Inst *x, char **f, int n)
{
	if(n == 1 && strcmp(f[0], "commit") == 0)
		return instcommit(x);
	if(n == 1 && strcmp(f[0], "restore") == 0)
		return restore(x);
	if(n != 2)
		return seterr(Ebadarg);
	if(x->state != Coming)
		return seterr(Einuse);
	if(strcmp(f[0], "kind") == 0)
		return setkind(x, f[1]);
	if(strcmp(f[0], "name") == 0)
		return setname(x, f[1]);
	if(strcmp(f[0], "conn") == 0)
		return comingconn(x, atoi(f[1]));
	if(strcmp(f[0], "since") == 0)
		return setsince(x, f[1]);
	return seterr(Ebadarg);
}

static int hostctl(Req *r)
{
	char buf[Maxtext], *f[5];
	Inst *x;
	int n;

	if(devtext(r, buf, sizeof buf) < 0)
		return -1;
	n = tokenize(buf, f, nelem(f));
	if((x = instof(r->fid)) == nil)
		return newctl(f, n);
	if(x->state == Coming || x->state == Restored)
		return comingctl(x, f, n);
	return livectl(r->fid, x, f, n);
}

static int statewrite(Req *r, Inst *x)
{
	int e;

	qlock(&x->lk);
	e = comingwrite(x, r);
	instunlock(x);
	return e;
}

static void hostwrite(Req *r)
{
	switch(typeno(&r->fid->qid)){
	case Qctl:
	case Qinstctl:
		devwritten(r, hostctl(r));
		break;
	case Qstate:
		devwritten(r, statewrite(r, instof(r->fid)));
		break;
	default:
		respond(r, Enowrite);
		break;
	}
}

static int hostinit(Srv *s, char *arg)
{
	USED(s);
	USED(arg);
	kindinit();
	return 0;
}

Srv hostsrv = {
	.name = "host",
	.dc = 'h',
	.flags = SrvBlocks,
	.init = hostinit,
	.attach = hostattach,
	.clone = hostclone,
	.walk1 = hostwalk1,
	.open = hostopen,
	.read = hostread,
	.write = hostwrite,
	.stat = hoststat,
	.destroyfid = hostdestroy,
};
