/*
 * segment.c: #g, named segments, as segment(3) describes.
 *
 *	#g/name		a directory made by create; the class of segattach(2)
 *	#g/name/ctl	reads and, once, sets "va address length"
 *	#g/name/data	the contents
 *
 * A segment is there, and its memory reserved, from the va message until
 * its name is removed and the last process and open file have let go of
 * it.  Who may open data for reading and writing may attach it.
 *
 * Locks: all.lk, a QLock, for the list and each Gseg; then the segment's.
 * qid.path is the directory's number times 4, plus the kind of file.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "dev.h"
#include "segment.h"

enum {
	Kdir,
	Kctl,
	Kdata,
	Nkind,
	Ctlmax = 128,
};

typedef struct Gseg Gseg;
struct Gseg {
	long ref;		/* fids, and the list */
	u64int id;
	char name[NAMELEN];
	char uid[NAMELEN];
	u32int perm;
	Segment *seg;		/* nil before va; then as long as this is */
	Gseg *next;
};

static struct {
	QLock lk;
	Gseg *list;
	u64int lastid;
} all;

static char Eunset[] = "segment not yet allocated";
static char *filename[Nkind] = { nil, "ctl", "data" };

static int kindof(Qid *q)
{
	return q->path & 3;
}

static Qid qidof(Gseg *g, int kind)
{
	return (Qid){ .path = g->id<<2 | kind, .type = kind == Kdir? QTDIR: QTFILE };
}

static void rootdir(Dir *d)
{
	memset(d, 0, sizeof *d);
	d->name = "#g";
	d->qid.type = QTDIR;
	d->mode = DMDIR|0777;
	d->uid = d->gid = d->muid = hostowner();
}

/* strings are g's: they last as long as a reference to it */
static void describe(Gseg *g, int kind, Dir *d)
{
	memset(d, 0, sizeof *d);
	d->qid = qidof(g, kind);
	d->mode = kind == Kdir? DMDIR|g->perm: g->perm & 0666;
	d->name = kind == Kdir? g->name: filename[kind];
	d->uid = d->gid = d->muid = g->uid;
	if(kind == Kdata && g->seg != nil)
		d->length = g->seg->top - g->seg->base;
}

static void fiddir(Fid *f, Dir *d)
{
	if(f->aux == nil)
		rootdir(d);
	else
		describe(f->aux, kindof(&f->qid), d);
}

/* all.lk is held */
static Gseg *find(char *name)
{
	Gseg *g;

	for(g = all.list; g != nil; g = g->next)
		if(strcmp(g->name, name) == 0)
			break;
	return g;
}

static void close(Gseg *g)
{
	if(g == nil || decref(&g->ref) > 0)
		return;
	if(g->seg != nil)
		segput(g->seg);
	free(g);
}

static void attach(Req *r)
{
	if(r->name && *r->name){
		respond(r, Ebadattach);
		return;
	}
	r->fid->qid = (Qid){ .type = QTDIR };
	respond(r, nil);
}

static char *clone(Fid *from, Fid *to)
{
	to->aux = from->aux;
	if(to->aux != nil)
		incref(&((Gseg*)to->aux)->ref);
	return nil;
}

static char *walkroot(Fid *f, char *name)
{
	Gseg *g;

	qlock(&all.lk);
	g = find(name);
	if(g != nil)
		incref(&g->ref);
	qunlock(&all.lk);
	if(g == nil)
		return Enonexist;
	f->aux = g;
	f->qid = qidof(g, Kdir);
	return nil;
}

static char *walkdir(Fid *f, char *name)
{
	int kind;

	for(kind = Kctl; kind < Nkind; kind++)
		if(strcmp(name, filename[kind]) == 0){
			f->qid = qidof(f->aux, kind);
			return nil;
		}
	return Enonexist;
}

static char *walk1(Fid *f, char *name, Qid *q)
{
	char *e;

	e = nil;
	if(!(f->qid.type & QTDIR))
		e = Enotdir;
	else if(strcmp(name, "..") == 0){
		close(f->aux);
		f->aux = nil;
		f->qid = (Qid){ .type = QTDIR };
	}else if(f->aux == nil)
		e = walkroot(f, name);
	else
		e = walkdir(f, name);
	*q = f->qid;
	return e;
}

static void open(Req *r)
{
	char *e;
	Gseg *g;
	Dir d;

	fiddir(r->fid, &d);
	e = devmayopen(r, &d);
	g = r->fid->aux;
	if(e == nil && kindof(&r->fid->qid) == Kdata && g->seg == nil)
		e = Eunset;
	respond(r, e);
}

static char *create1(Req *r, Gseg *g)
{
	char *e;

	strecpy(g->name, g->name+sizeof g->name, r->name);
	strecpy(g->uid, g->uid+sizeof g->uid, up->user);
	g->perm = r->perm & 0777;
	g->ref = 2;
	e = nil;
	qlock(&all.lk);
	if(find(g->name) != nil)
		e = Eexist;
	else{
		g->id = ++all.lastid;
		g->next = all.list;
		all.list = g;
	}
	qunlock(&all.lk);
	return e;
}

static void create(Req *r)
{
	Gseg *g;
	char *e;

	if(r->fid->aux != nil || !(r->perm & DMDIR)){
		respond(r, Eperm);
		return;
	}
	if(strlen(r->name) >= NAMELEN || segisclass(r->name)){
		respond(r, Ebadname);
		return;
	}
	g = mallocz(sizeof *g, 1);
	if(g == nil){
		respond(r, Enomem);
		return;
	}
	e = create1(r, g);
	if(e != nil)
		free(g);
	else{
		r->fid->aux = g;
		r->qid = r->fid->qid = qidof(g, Kdir);
	}
	respond(r, e);
}

static int rootgen(u64int i, Dir *d, void *arg)
{
	Gseg *g, **last;

	last = arg;
	qlock(&all.lk);
	for(g = all.list; g != nil && i > 0; g = g->next)
		i--;
	if(g != nil)
		incref(&g->ref);
	qunlock(&all.lk);
	close(*last);
	*last = g;
	if(g == nil)
		return 0;
	describe(g, Kdir, d);
	return 1;
}

static int dirgen(u64int i, Dir *d, void *arg)
{
	if(i >= Nkind-Kctl)
		return 0;
	describe(arg, Kctl+i, d);
	return 1;
}

static void readctl(Req *r, Gseg *g)
{
	char buf[Ctlmax];

	if(g->seg == nil){
		respond(r, Eunset);
		return;
	}
	snprint(buf, sizeof buf, "va %#llux %#llux\n", (uvlong)g->seg->base, (uvlong)(g->seg->top - g->seg->base));
	readstr(r, buf);
	respond(r, nil);
}

static void dataout(void *arg, usize done, uchar *mem, usize n)
{
	reqput(arg, done, mem, n);
}

static void datain(void *arg, usize done, uchar *mem, usize n)
{
	reqget(arg, done, mem, n);
}

static void datamove(Req *r, Segment *s, int write)
{
	u64int len;
	long n;

	len = s->top - s->base;
	r->rcount = 0;
	if(r->offset < 0 || (u64int)r->offset >= len){
		respond(r, write && r->count > 0? "offset past the end of the segment": nil);
		return;
	}
	n = segio(s, s->base + r->offset, MIN(r->count, len - r->offset), write, write? datain: dataout, r);
	if(n < 0){
		responderr(r);
		return;
	}
	r->rcount = n;
	respond(r, nil);
}

static void read(Req *r)
{
	Gseg *g, *last;
	char *e;

	g = r->fid->aux;
	if(g == nil){
		last = nil;
		e = dirread9p(r, rootgen, &last);
		close(last);
		respond(r, e);
	}else if(kindof(&r->fid->qid) == Kdir)
		respond(r, dirread9p(r, dirgen, g));
	else if(kindof(&r->fid->qid) == Kctl)
		readctl(r, g);
	else
		datamove(r, g->seg, 0);
}

static int setva(Gseg *g, u64int va, u64int len)
{
	Segment *s;
	u64int end;

	if(len == 0 || len > USERTOP || va > USERTOP - len)
		return seterr(Ebadarg);
	end = PGROUND(va+len);
	va = PGDOWN(va);
	if(va < UTZERO || end > Segend)
		return seterr(Ebadarg);
	s = segnew(SegShared, 0, va, end);
	if(s == nil)
		return -1;
	strecpy(s->name, s->name+sizeof s->name, g->name);
	if(segreserve(s, (end-va) >> PGSHIFT) == 0){
		qlock(&all.lk);
		if(g->seg == nil){
			g->seg = s;
			s = nil;
		}else
			seterr("segment already allocated");
		qunlock(&all.lk);
	}
	if(s == nil)
		return 0;
	segput(s);
	return -1;
}

static int control(Req *r, Gseg *g)
{
	char buf[Ctlmax], *word[4], *e1, *e2;
	u64int va, len;

	if(devtext(r, buf, sizeof buf) < 0)
		return -1;
	if(tokenize(buf, word, nelem(word)) != 3 || strcmp(word[0], "va") != 0)
		return seterr("bad control message");
	va = strtoull(word[1], &e1, 0);
	len = strtoull(word[2], &e2, 0);
	if(*e1 != 0 || *e2 != 0)
		return seterr("bad control message");
	return setva(g, va, len);
}

static void write(Req *r)
{
	Gseg *g;

	g = r->fid->aux;
	if(kindof(&r->fid->qid) == Kctl)
		devwritten(r, control(r, g));
	else
		datamove(r, g->seg, 1);
}

/* the name goes, the segment stays for who has it */
static void unname(Gseg *g)
{
	Gseg **p;

	qlock(&all.lk);
	for(p = &all.list; *p != nil && *p != g; p = &(*p)->next)
		;
	if(*p == g)
		*p = g->next;
	else
		g = nil;
	qunlock(&all.lk);
	close(g);
}

static void remove(Req *r)
{
	Gseg *g;

	g = r->fid->aux;
	if(g == nil || kindof(&r->fid->qid) != Kdir || (strcmp(up->user, g->uid) != 0 && !isowner())){
		respond(r, Eperm);
		return;
	}
	unname(g);
	respond(r, nil);
}

static void stat(Req *r)
{
	fiddir(r->fid, &r->d);
	respond(r, nil);
}

static void destroyfid(Fid *f)
{
	close(f->aux);
	f->aux = nil;
}

/* for segattach: who may open data for both */
static Segment *named(char *class)
{
	Segment *s;
	Gseg *g;
	Dir d;

	s = nil;
	qlock(&all.lk);
	g = find(class);
	if(g == nil)
		seterr("unknown segment class");
	else if(g->seg == nil)
		seterr(Eunset);
	else{
		describe(g, Kdata, &d);
		if(hasperm(&d, up->user, AREAD|AWRITE)){
			s = g->seg;
			incref(&s->ref);
		}else
			seterr(Eperm);
	}
	qunlock(&all.lk);
	return s;
}

static int init(Srv *s, char *arg)
{
	USED(s);
	USED(arg);
	segglobal = named;
	return 0;
}

Srv segmentsrv = {
	.name = "segment",
	.dc = 'g',
	.flags = SrvBlocks,
	.init = init,
	.attach = attach,
	.walk1 = walk1,
	.clone = clone,
	.open = open,
	.create = create,
	.read = read,
	.write = write,
	.remove = remove,
	.stat = stat,
	.destroyfid = destroyfid,
};
