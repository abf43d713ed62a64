/*
 * fs.c: the file tree of the stack, ip(3): what the files are, and their
 * requests.
 *
 * All that a fid is, is in its qid.path.  Open ctl, data, err and listen
 * files have their conversation in use; opening clone or listen makes the
 * fid the ctl file of another.  SrvLocked: Srv.lk is held in all of this.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"
#include "lwip/memp.h"

typedef struct Ent Ent;
struct Ent {	/* a kind of file */
	char *name;
	u32int mode;
	u8int dir;	/* of the kind that it is in */
};

static Ent ents[Nkind] = {
	[Qroot] = { "/", DMDIR|0555, Qroot },
	[Qarp] = { "arp", 0664, Qroot },
	[Qroute] = { "iproute", 0664, Qroot },
	[Qself] = { "ipselftab", 0444, Qroot },
	[Qndb] = { "ndb", 0664, Qroot },
	[Qlog] = { "log", 0660, Qroot },
	[Qproto] = { nil, DMDIR|0555, Qroot },
	[Qclone] = { "clone", 0666, Qproto },
	[Qstats] = { "stats", 0444, Qproto },
	[Qconv] = { nil, DMDIR|0555, Qproto },
	[Qctl] = { "ctl", 0660, Qconv },
	[Qdata] = { "data", 0660, Qconv },
	[Qerr] = { "err", 0440, Qconv },
	[Qlisten] = { "listen", 0660, Qconv },
	[Qlocal] = { "local", 0444, Qconv },
	[Qremote] = { "remote", 0444, Qconv },
	[Qstatus] = { "status", 0444, Qconv },
	[Qsnoop] = { "snoop", 0440, Qconv },
};

enum { Inuse = 1<<Qctl | 1<<Qdata | 1<<Qerr | 1<<Qlisten | 1<<Qsnoop };

static int kindof(u64int path)
{
	return path & 0xFF;
}

static Proto *protoof(u64int path)
{
	return (path>>8 & 0xFF) < Nproto? protos[path>>8 & 0xFF]: nil;
}

static Conv *convof(u64int path)
{
	Proto *p;

	return (p = protoof(path)) != nil? convat(p, path>>16): nil;
}

static u64int pathof(int kind, u64int of)
{
	return (of & ~0xFFUL) | kind;
}

/* --- what a file is --- */
static void filedir(Srv *s, u64int path, Dir *d, char *num)
{
	Conv *c;
	int k;

	k = kindof(path);
	memset(d, 0, sizeof *d);
	d->uid = d->gid = d->muid = srvowner(s);
	d->atime = d->mtime = srvclock()/1000000000;
	d->mode = ents[k].mode;
	d->qid = (Qid){ .path = path, .type = d->mode>>24 };
	d->name = ents[k].name;
	if(k == Qproto)
		d->name = protoof(path)->name;
	if(k < Qconv)
		return;
	c = convof(path);
	if(c->ref > 0)
		d->uid = c->owner;
	if(k == Qconv){
		snprint(num, Addrlen, "%ud", c->n);
		d->name = num;
	}
}

static int mayuse(Fid *f, int want)
{
	char num[Addrlen];
	Dir d;

	filedir(f->srv, f->qid.path, &d, num);
	return hasperm(&d, f->uid, want);
}

static void ipattach(Req *r)
{
	if(r->name != nil && *r->name != 0){
		respond(r, Ebadattach);
		return;
	}
	r->fid->qid = (Qid){ .path = Qroot, .type = QTDIR };
	respond(r, nil);
}

/* --- names --- */
static int has(u64int path, int kind)
{
	Proto *p;

	if(ents[kind].dir != kindof(path) || ents[kind].name == nil || kind == Qroot)
		return 0;
	p = kindof(path) == Qroot? nil: protoof(path);
	return p == nil || kindof(path) != Qconv || p->files>>kind & 1;
}

static int numbered(char *name, u64int *n)
{
	char *end;

	if(*name < '0' || *name > '9' || (*name == '0' && name[1] != 0))
		return 0;
	*n = strtoul(name, &end, 10);
	return *end == 0 && *n < Maxconv;
}

static int find(u64int path, char *name, u64int *to)
{
	u64int n;
	int k;

	for(k = 1; k < Nkind; k++)
		if(has(path, k) && strcmp(ents[k].name, name) == 0){
			*to = pathof(k, path);
			return 1;
		}
	if(kindof(path) == Qroot){
		for(k = 0; k < Nproto; k++)
			if(strcmp(protos[k]->name, name) == 0){
				*to = Qproto | (u64int)k<<8;
				return 1;
			}
	}else if(kindof(path) == Qproto && numbered(name, &n) && convat(protoof(path), n) != nil){
		*to = pathof(Qconv, path) | n<<16;
		return 1;
	}
	return 0;
}

static char *ipwalk1(Fid *f, char *name, Qid *q)
{
	u64int path;
	int k;

	path = f->qid.path;
	if(strcmp(name, "..") == 0){
		k = ents[kindof(path)].dir;
		path = k == Qroot? Qroot: pathof(k, k == Qproto? path & 0xFFFF: path);
	}else if(!mayuse(f, AEXEC))
		return Eperm;
	else if(!find(f->qid.path, name, &path))
		return Enonexist;
	*q = f->qid = (Qid){ .path = path, .type = ents[kindof(path)].mode>>24 };
	return nil;
}

typedef struct List List;
struct List {
	Srv *s;
	u64int path;
	char num[Addrlen];
};

/* the i'th: fixed names, then protocols or conversations */
static int entry(u64int i, Dir *d, void *arg)
{
	List *l;
	u64int path;

	l = arg;
	if(i < Nkind){
		if(i == 0 || !has(l->path, i))
			return -1;
		path = pathof(i, l->path);
	}else if(kindof(l->path) == Qroot && i-Nkind < Nproto)
		path = Qproto | (i-Nkind)<<8;
	else if(kindof(l->path) == Qproto && i-Nkind < protoof(l->path)->nconv)
		path = pathof(Qconv, l->path) | (i-Nkind)<<16;
	else
		return 0;
	filedir(l->s, path, d, l->num);
	return 1;
}

/* --- open, clunk --- */
static void becomectl(Req *r, Conv *c)
{
	int i;

	for(i = 0; protos[i] != c->proto; i++)
		;
	r->fid->qid = (Qid){ .path = Qctl | i<<8 | (u64int)c->n<<16 };
	respond(r, nil);
}

void fidtolisten(Req *r, Conv *call)
{
	becomectl(r, call);
}

static void ipopen(Req *r)
{
	Fid *f;
	Conv *c;
	u64int path;

	ipkick();
	f = r->fid;
	path = f->qid.path;
	if((r->mode & ORCLOSE) || !mayuse(f, omode2perm(r->mode & ~OTRUNC))){
		respond(r, Eperm);
		return;
	}
	if(kindof(path) == Qclone){
		if((c = convnew(protoof(path), f->uid)) == nil)
			responderr(r);
		else
			becomectl(r, c);
	}else if(kindof(path) == Qlisten)
		convlisten(convof(path), r);
	else if((1<<kindof(path) & Inuse) && convuse(convof(path), f->uid) < 0)
		responderr(r);
	else{
		if(kindof(path) == Qndb && (r->mode & OTRUNC))
			nndb = 0;
		if(kindof(path) == Qsnoop)
			convof(path)->snoops++;
		respond(r, nil);
	}
}

static void ipdestroyfid(Fid *f)
{
	if(f->omode < 0 || !(1<<kindof(f->qid.path) & Inuse))
		return;
	if(kindof(f->qid.path) == Qsnoop)
		ifcunsnoop(convof(f->qid.path));
	convclose(convof(f->qid.path));
	ipsettle();
}

/* is it a path of a file that there is? */
static int pathok(u64int path)
{
	Proto *p;
	int k;

	k = kindof(path);
	if(k >= Nkind)
		return 0;
	if(k < Qproto)
		return path == (u64int)k;
	if((p = protoof(path)) == nil)
		return 0;
	if(k < Qconv)
		return path>>16 == 0;
	return path>>16 < p->nconv && (k == Qconv || p->files>>k & 1);
}

int iprestorefid(Fid *f, Img *m)
{
	Conv *c;
	int k;

	USED(m);
	k = kindof(f->qid.path);
	if(!pathok(f->qid.path) || f->qid.type != ents[k].mode>>24 || (f->omode >= 0 && k == Qclone))
		goto Bad;
	if(f->omode < 0 || !(1<<k & Inuse))
		return 0;
	c = convof(f->qid.path);
	if(c->unclaimed == 0)
		goto Bad;
	c->unclaimed--;
	if(k == Qsnoop)
		c->snoops++;
	return 0;

Bad:
	f->omode = -1;	/* destroyfid is to end no use of anything */
	werrstr("%s", Ebadimage);
	return -1;
}

/* --- read, write, stat --- */
static void convtext(Conv *c, int kind, Text *t)
{
	char a[Addrlen];

	switch(kind){
	case Qctl:
		textput(t, "%ud", c->n);
		break;
	case Qerr:
		textput(t, "%s", c->err);
		break;
	case Qlocal:
		textput(t, "%s!%ud\n", addrtext(&c->laddr, a), c->lport);
		break;
	case Qremote:
		textput(t, "%s!%ud\n", addrtext(&c->raddr, a), c->rport);
		break;
	case Qstatus:
		c->proto->status(c, t);
		break;
	}
}

static void readtext(Req *r, u64int path)
{
	Text t;

	textopen(&t, r);
	switch(kindof(path)){
	case Qarp:
		arpread(&t);
		break;
	case Qroute:
		routeread(&t);
		break;
	case Qself:
		selfread(&t);
		break;
	case Qstats:
		protoof(path)->stats(&t);
		break;
	default:
		convtext(convof(path), kindof(path), &t);
		break;
	}
	respond(r, nil);
}

static void ipread(Req *r)
{
	u64int path;
	List l;

	ipkick();
	path = r->fid->qid.path;
	if(r->fid->qid.type & QTDIR){
		l.s = r->srv;
		l.path = path;
		respond(r, dirread9p(r, entry, &l));
	}else if(kindof(path) == Qndb){
		readbuf(r, ndb, nndb);
		respond(r, nil);
	}else if(kindof(path) == Qlog)
		logread(r);
	else if(kindof(path) == Qdata || kindof(path) == Qsnoop)
		convread(convof(path), r);
	else
		readtext(r, path);
	ipsettle();
}

static void writendb(Req *r)
{
	if(r->offset > nndb || r->offset+r->count > Ndbmax){
		respond(r, Etoobig);
		return;
	}
	r->rcount = reqget(r, 0, ndb+r->offset, r->count);
	if(r->offset+r->rcount > nndb)
		nndb = r->offset+r->rcount;
	respond(r, nil);
}

static void writetable(Req *r, char *(*write)(char**, int))
{
	char buf[Ctlmax], *f[8];
	int n;

	n = reqget(r, 0, buf, sizeof buf-1);
	buf[n] = 0;
	r->rcount = r->count;
	respond(r, write(f, tokenize(buf, f, nelem(f))));
}

static void ipwrite(Req *r)
{
	u64int path;
	Conv *c;

	ipkick();
	path = r->fid->qid.path;
	switch(kindof(path)){
	case Qctl:
		convctl(convof(path), r);
		break;
	case Qdata:
		c = convof(path);
		r->rcount = 0;
		if(c->proto->write != nil)
			c->proto->write(c, r);
		else
			respond(r, Enowrite);
		break;
	case Qndb:
		writendb(r);
		break;
	case Qarp:
		writetable(r, arpwrite);
		break;
	case Qroute:
		writetable(r, routewrite);
		break;
	case Qlog:
		writetable(r, logwrite);
		break;
	default:
		respond(r, Enowrite);
		break;
	}
	ipsettle();
}

static void ipstat(Req *r)
{
	static char num[Addrlen];	/* under Srv.lk */
	u64int path;

	path = r->fid->qid.path;
	filedir(r->srv, path, &r->d, num);
	if(kindof(path) == Qndb)
		r->d.length = nndb;
	else if(kindof(path) == Qdata)
		r->d.length = convof(path)->qlen;
	respond(r, nil);
}

static void ipwstat(Req *r)
{
	respond(r, dirisnull(&r->d)? nil: Eperm);
}

static void ipflush(Req *r)
{
	if(logunwait(r->oldreq) || convunwait(r->oldreq))
		respond(r->oldreq, Eintr);
	respond(r, nil);
}

Srv ipsrv = {
	.name = "ip",
	.flags = SrvLocked|SrvInorder|SrvNoauth,
	.init = ipinit,
	.fini = ipfini,
	.attach = ipattach,
	.walk1 = ipwalk1,
	.open = ipopen,
	.read = ipread,
	.write = ipwrite,
	.flush = ipflush,
	.stat = ipstat,
	.wstat = ipwstat,
	.destroyfid = ipdestroyfid,
	.save = ipsave,
	.restore = iprestore,
	.restorefid = iprestorefid,
	.savereq = ipsavereq,
	.restorereq = iprestorereq,
	.leave = ipleave,
};
