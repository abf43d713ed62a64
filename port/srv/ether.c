/*
 * ether.c: #l, the Ethernet interfaces, as ether(3) describes: a directory
 * for each, and in it one for each conversation that is in use.  The spec is an interface's
 * number, or nothing for all.
 *
 * A conversation is in use while one of its files is open: each such fid
 * has a reference in aux.  Reads of data sleep, writes do while the chip has no
 * room; notes interrupt both.
 *
 * qid.path: kind, the conversation's number at bit 8, the interface's number plus 1 at bit 24.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"
#include "ether.h"
#include "ipsum.h"

enum {
	Kroot,			/* of all interfaces, or of one: then with its number */
	Kether,
	Kclone, Kaddr, Kifstats, Kstats,
	Kconv,
	Kctl, Kdata, Kcifstats, Kcstats, Ktype,
	Nkind,
	Ctlmax = 128,
	Textmax = 1024,
	Headlen = 58, Headers = 64,	/* of headersonly: the frame's, and all */
};

static const struct {
	char *name;
	u32int mode;
} files[Nkind] = {
	[Kclone] = { "clone", 0660 },
	[Kaddr] = { "addr", 0444 },
	[Kifstats] = { "ifstats", 0444 },
	[Kstats] = { "stats", 0444 },
	[Kctl] = { "ctl", 0660 },
	[Kdata] = { "data", 0660 },
	[Kcifstats] = { "ifstats", 0444 },
	[Kcstats] = { "stats", 0444 },
	[Ktype] = { "type", 0444 },
};

static int kindof(u64int path)
{
	return path & 0xff;
}

static Ether *etherof(u64int path)
{
	return etherunit((int)(path>>24 & 0xff) - 1);
}

static int idof(u64int path)
{
	return path>>8 & 0xffff;
}

static u64int pathof(int unit, int id, int kind)
{
	return (u64int)(unit+1)<<24 | id<<8 | kind;
}

/* name has room for NAMELEN */
static void describe(u64int path, Dir *d, char *name)
{
	int kind = kindof(path);

	memset(d, 0, sizeof *d);
	d->qid.path = path;
	d->name = name;
	d->uid = d->gid = d->muid = hostowner();
	d->atime = d->mtime = nsec()/1000000000;
	d->mode = files[kind].mode;
	if(kind == Kroot)
		strecpy(name, name+NAMELEN, "#l");
	else if(kind == Kether)
		snprint(name, NAMELEN, "ether%d", etherof(path)->unit);
	else if(kind == Kconv)
		snprint(name, NAMELEN, "%d", idof(path));
	else{
		strecpy(name, name+NAMELEN, files[kind].name);
		return;
	}
	d->qid.type = QTDIR;
	d->mode = DMDIR|0555;
}

static void etherattach(Req *r)
{
	char *end;
	int unit = -1;

	if(r->name != nil && *r->name){
		unit = strtol(r->name, &end, 10);
		if(*end != 0 || etherunit(unit) == nil){
			respond(r, Ebadattach);
			return;
		}
	}
	r->fid->qid = (Qid){ .type = QTDIR, .path = pathof(unit, 0, Kroot) };
	respond(r, nil);
}

/* --- directories: the i'th file of each --- */

/* where path's directory has its i'th entry: 1, 0 at the end, -1 none there */
static int entry(u64int path, u64int i, u64int *q)
{
	Ether *e = etherof(path);
	Etherconv *c;

	switch(kindof(path)){
	case Kroot:
		if(i >= Maxether)
			return 0;
		*q = pathof(i, 0, Kether);
		return etherunit(i) != nil && (e == nil || e->unit == (int)i) ? 1 : -1;
	case Kether:
		if(i < Kconv-Kclone){
			*q = pathof(e->unit, 0, Kclone+i);
			return 1;
		}
		i -= Kconv-Kclone;
		if(i >= Maxetherconv)
			return 0;
		c = etherconvget(e, i);
		if(c == nil)
			return -1;
		etherconvput(c);
		*q = pathof(e->unit, i, Kconv);
		return 1;
	default:
		if(i >= Nkind-Kctl)
			return 0;
		*q = pathof(e->unit, idof(path), Kctl+i);
		return 1;
	}
}

typedef struct Gen Gen;
struct Gen {
	u64int dir;
	char name[NAMELEN];
};

static int gen(u64int i, Dir *d, void *arg)
{
	Gen *g = arg;
	u64int path;
	int r = entry(g->dir, i, &path);

	if(r == 1)
		describe(path, d, g->name);
	return r;
}

/* the spec's root is that of all from there on: .. goes where the names are the same */
static u64int parent(u64int path)
{
	Ether *e = etherof(path);

	switch(kindof(path)){
	case Kroot:
		return path;
	case Kether:
		return pathof(-1, 0, Kroot);
	default:
		return pathof(e->unit, 0, Kether);
	}
}

static char *etherwalk1(Fid *f, char *name, Qid *q)
{
	char is[NAMELEN];
	u64int i, path;
	Dir d;
	int r;

	if(!(f->qid.type & QTDIR))
		return Enotdir;
	if(strcmp(name, "..") == 0){
		f->qid = *q = (Qid){ .type = QTDIR, .path = parent(f->qid.path) };
		return nil;
	}
	for(i = 0; (r = entry(f->qid.path, i, &path)) != 0; i++){
		if(r < 0)
			continue;
		describe(path, &d, is);
		if(strcmp(is, name) == 0){
			f->qid = *q = d.qid;
			return nil;
		}
	}
	return Enonexist;
}

static void etherstat(Req *r)
{
	char name[NAMELEN];

	describe(r->fid->qid.path, &r->d, name);
	respond(r, nil);
}

static void etheropen(Req *r)
{
	u64int path = r->fid->qid.path;
	char name[NAMELEN], *err;
	Etherconv *c;
	Dir d;

	describe(path, &d, name);
	err = devmayopen(r, &d);
	if(err == nil && kindof(path) == Kclone){
		c = etherconvnew(etherof(path));
		if(c == nil){
			responderr(r);
			return;
		}
		r->fid->aux = c;
		r->fid->qid.path = pathof(c->ether->unit, c->id, Kctl);
	}else if(err == nil && kindof(path) > Kconv){
		r->fid->aux = etherconvget(etherof(path), idof(path));
		if(r->fid->aux == nil)
			err = Enonexist;
	}
	respond(r, err);
}

static void etherclose(Fid *f)
{
	if(f->aux != nil)
		etherconvput(f->aux);
	f->aux = nil;
}

/* --- reading --- */

/* the frame, or what headersonly leaves of it with its length and the time */
static void give(Req *r, Etherconv *c, Etherframe *f)
{
	uchar h[Headers] = { 0 };
	u32int ms = monons()/1000000;

	if(!c->headersonly){
		readbuf(r, f->p, f->n);
		return;
	}
	memmove(h, f->p, MIN(f->n, Headlen));
	h[58] = f->n>>8;
	h[59] = f->n;
	h[60] = ms>>24;
	h[61] = ms>>16;
	h[62] = ms>>8;
	h[63] = ms;
	readbuf(r, h, sizeof h);
}

/* a copy of f, of which it takes the reference, with its sum put in; nil and errstr */
static Etherframe *summed(Etherframe *f)
{
	Etherframe *n = etherframe(f->n);

	if(n != nil){
		memmove(n->p, f->p, f->n);
		ipsumput(n->p, n->n, f->csumstart, f->csumoff);
	}else
		seterr(Enomem);
	etherfree(f);
	return n;
}

/* a conversation that the kernel's stack had may have frames without their sums */
static void readdata(Req *r, Etherconv *c)
{
	Etherframe *f = ethertake(c);

	if(f != nil && f->csumstart != 0)
		f = summed(f);
	if(f == nil){
		responderr(r);
		return;
	}
	r->offset = 0;	/* each read is a frame, from its beginning */
	give(r, c, f);
	etherfree(f);
	respond(r, nil);
}

static void statstext(Ether *e, char *buf, int n)
{
	Etherstats s;
	int nprom;

	lock(&e->lk);
	if(e->counts != nil)
		e->counts(e);
	s = e->stats;
	nprom = e->nprom;
	unlock(&e->lk);
	snprint(buf, n, "in: %llud\nlink: %d\nout: %llud\ncrc errs: %llud\noverflows: %llud\nsoft overflows: %llud\n"
		"framing errs: %llud\noutput errs: %llud\nprom: %d\nmbps: %d\naddr: %.2x%.2x%.2x%.2x%.2x%.2x\n",
		(uvlong)s.in, peek(e->link), (uvlong)s.out, (uvlong)s.crc, (uvlong)s.overflow, (uvlong)s.soft,
		(uvlong)s.frame, (uvlong)s.outerr, nprom, peek(e->mbps),
		e->addr[0], e->addr[1], e->addr[2], e->addr[3], e->addr[4], e->addr[5]);
}

static void convstats(Etherconv *c, char *buf, int n)
{
	u64int in, out, lost;
	u32int wait;

	lock(&c->ether->lk);
	in = c->in;
	out = c->out;
	lost = c->lost;
	wait = c->qw - c->qr;
	unlock(&c->ether->lk);
	snprint(buf, n, "in: %llud\nout: %llud\nsoft overflows: %llud\nwaiting: %ud\n",
		(uvlong)in, (uvlong)out, (uvlong)lost, wait);
}

static void text(Fid *f, char *buf, int n)
{
	Ether *e = etherof(f->qid.path);
	Etherconv *c = f->aux;

	switch(kindof(f->qid.path)){
	case Kaddr:
		snprint(buf, n, "%.2x%.2x%.2x%.2x%.2x%.2x", e->addr[0], e->addr[1], e->addr[2], e->addr[3], e->addr[4], e->addr[5]);
		break;
	case Kifstats:
	case Kcifstats:
		snprint(buf, n, "chip: %s\nmtu: %ud\n", e->chip, e->mtu);
		break;
	case Kstats:
		statstext(e, buf, n);
		break;
	case Kcstats:
		convstats(c, buf, n);
		break;
	case Kctl:
		snprint(buf, n, "%d", c->id);
		break;
	case Ktype:
		snprint(buf, n, "%d", peek(c->type));
		break;
	}
}

static void etherread(Req *r)
{
	char buf[Textmax];
	Gen g;

	if(r->fid->qid.type & QTDIR){
		g.dir = r->fid->qid.path;
		respond(r, dirread9p(r, gen, &g));
	}else if(kindof(r->fid->qid.path) == Kdata)
		readdata(r, r->fid->aux);
	else{
		text(r->fid, buf, sizeof buf);
		readstr(r, buf);
		respond(r, nil);
	}
}

/* --- writing --- */

static void writedata(Req *r, Etherconv *c)
{
	Etherframe *f;

	if(r->count < Etherhdr || r->count > c->ether->mtu + Etherhdr){
		respond(r, "bad frame length");
		return;
	}
	f = etherframe(MAX(r->count, (u32int)Ethermin));
	if(f == nil){
		respond(r, Enomem);
		return;
	}
	f->n = r->count;
	reqget(r, 0, f->p, r->count);
	if(etherout(c, f) < 0){
		responderr(r);
		return;
	}
	r->rcount = r->count;
	respond(r, nil);
}

static int hexdigit(int c)
{
	static const char digits[] = "0123456789abcdef";
	char *p = c != 0 ? strchr(digits, c >= 'A' && c <= 'F' ? c+'a'-'A' : c) : nil;

	return p != nil ? (int)(p - digits) : -1;
}

/* an address as addr has it */
static int parseaddr(char *s, uchar *addr)
{
	int i, d;

	if(strlen(s) != 2*Eaddrlen)
		return seterr("not an ethernet address");
	for(i = 0; i < 2*Eaddrlen; i++){
		d = hexdigit(s[i]);
		if(d < 0)
			return seterr("not an ethernet address");
		addr[i/2] = addr[i/2]<<4 | d;
	}
	return 0;
}

static int setmulti(Etherconv *c, char *s, int add)
{
	uchar addr[Eaddrlen] = { 0 };

	return parseaddr(s, addr) < 0 ? -1 : etherconvmulti(c, addr, add);
}

static int control(Etherconv *c, char **w, int n)
{
	char *end;
	long type;

	if(n == 2 && strcmp(w[0], "connect") == 0){
		type = strtol(w[1], &end, 0);
		if(*end != 0 || end == w[1] || type > 0xffff)
			return seterr("not a packet type");
		return etherconvtype(c, MAX(type, -2L));
	}
	if(n == 2 && strcmp(w[0], "addmulti") == 0)
		return setmulti(c, w[1], 1);
	if(n == 2 && strcmp(w[0], "remmulti") == 0)
		return setmulti(c, w[1], 0);
	if(n == 1 && strcmp(w[0], "headersonly") == 0)
		c->headersonly = 1;
	else if(n == 1 && strcmp(w[0], "promiscuous") == 0)
		etherconvprom(c, 0);
	else if(n == 1 && strcmp(w[0], "bridge") == 0)
		etherconvprom(c, 1);
	else
		return seterr("bad control message");
	return 0;
}

static void etherwrite(Req *r)
{
	char buf[Ctlmax], *w[4];
	int e;

	switch(kindof(r->fid->qid.path)){
	case Kdata:
		writedata(r, r->fid->aux);
		break;
	case Kctl:
		e = devtext(r, buf, sizeof buf);
		if(e >= 0)
			e = control(r->fid->aux, w, tokenize(buf, w, nelem(w)));
		devwritten(r, e);
		break;
	default:
		respond(r, Eperm);
	}
}

Srv ethersrv = {
	.name = "ether",
	.dc = 'l',
	.flags = SrvBlocks,
	.attach = etherattach,
	.walk1 = etherwalk1,
	.open = etheropen,
	.read = etherread,
	.write = etherwrite,
	.stat = etherstat,
	.destroyfid = etherclose,
};
