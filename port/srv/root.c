/*
 * root.c: #/, the archives that came with the kernel, used in place.
 *
 * The empty spec attaches to the root archive, linked into the kernel, with a
 * few empty directories added to its root, for the first mounts.  The spec
 * `usr` attaches to the archive that the boot loader brought as the first
 * module, which is checked when it is first attached and refused if bad.
 *
 * Nothing here changes after that, so there is one lock, for opening the
 * module.  A file's qid.path is the archive's number in the upper half and
 * the entry's in the lower.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"
#include "archive.h"

enum {	/* upper half of qid.path */
	Aroot,
	Ausr,
	Narchive,
	Afixed,		/* the lower half is an index into fixed */
};

extern const uchar rootimg[], rootimgend[];

/* in order */
static char *fixed[] = {
	"boot", "dev", "env", "fd", "host", "mnt", "n", "net", "proc", "srv", "sys", "tmp", "usr",
};

static struct {
	Archive a;
	s8int state;	/* 0 not opened, 1 good, -1 bad */
} archives[Narchive];
static QLock openlk;

/* of fixed, those whose names begin with 'a'+i are from letter[i] on, up to letter[i+1] */
static u8int letter['z'-'a'+2];
static u8int hidden[nelem(fixed)];	/* the archive has one of that name */

static u64int path(int arch, u64int i)
{
	return (u64int)arch<<32 | i;
}

static int archof(Fid *f)
{
	return f->qid.path>>32;
}

static Archive *archive(Fid *f)
{
	return &archives[archof(f)].a;
}

static void entryof(Fid *f, Arent *e)
{
	archiveent(archive(f), (u32int)f->qid.path, e);
}

static Qid entqid(int arch, Arent *e)
{
	return (Qid){ .path = path(arch, e->index), .type = (e->mode & DMDIR) ? QTDIR : QTFILE };
}

/* what its root has, to be found quickly */
static void fixedinit(Archive *a)
{
	u32int i, k, at;

	for(i = k = 0; i < nelem(letter); i++){
		while(k < nelem(fixed) && fixed[k][0] < (char)('a'+i))
			k++;
		letter[i] = k;
	}
	for(i = 0; i < nelem(fixed); i++)
		hidden[i] = archivechild(a, 0, fixed[i], &at);
}

static int rootbegin(Archive *a)
{
	if(archiveopen(a, rootimg, rootimgend-rootimg) < 0)
		return -1;
	fixedinit(a);
	return 0;
}

static int archbegin(int i)
{
	uchar *p;
	usize n;

	if(i == Aroot)
		return rootbegin(&archives[i].a);
	bootmodule(0, &p, &n);
	if(n == 0){
		werrstr("no archive was loaded with the kernel");
		return -1;
	}
	return archiveopen(&archives[i].a, p, n);
}

/* makes archive i ready: 0, -1 and errstr */
static int archready(int i)
{
	int r;

	qlock(&openlk);
	r = 0;
	if(archives[i].state <= 0)
		r = archbegin(i);
	archives[i].state = r < 0 ? -1 : 1;
	qunlock(&openlk);
	return r;
}

static void rootattach(Req *r)
{
	int i;

	if(r->name == nil || *r->name == 0)
		i = Aroot;
	else if(strcmp(r->name, "usr") == 0)
		i = Ausr;
	else{
		respond(r, Ebadattach);
		return;
	}
	if(archready(i) < 0){
		responderr(r);
		return;
	}
	r->fid->qid = (Qid){ .path = path(i, 0), .type = QTDIR };
	respond(r, nil);
}

/* is name in the root and not in its archive? */
static int walkfixed(Fid *f, char *name, Qid *q)
{
	u32int i;

	if(name[0] < 'a' || name[0] > 'z')
		return 0;
	for(i = letter[name[0]-'a']; i < letter[name[0]-'a'+1]; i++)
		if(fixed[i][1] == name[1] && !hidden[i] && strcmp(fixed[i], name) == 0){
			*q = f->qid = (Qid){ .path = path(Afixed, i), .type = QTDIR };
			return 1;
		}
	return 0;
}

static char *rootwalk1(Fid *f, char *name, Qid *q)
{
	u32int dir, i;
	Archive *a;
	Arent e;

	if(archof(f) == Afixed){
		if(strcmp(name, "..") != 0)
			return Enonexist;
		*q = f->qid = (Qid){ .path = path(Aroot, 0), .type = QTDIR };
		return nil;
	}
	if((f->qid.type & QTDIR) == 0)
		return Enotdir;
	if(f->qid.path == path(Aroot, 0) && walkfixed(f, name, q))
		return nil;
	a = archive(f);
	dir = f->qid.path;
	if(name[0] == '.' && strcmp(name, "..") == 0){
		archiveent(a, dir, &e);
		i = e.parent;
	}else if(!archivechild(a, dir, name, &i))
		return Enonexist;
	*q = f->qid = (Qid){ .path = path(archof(f), i), .type = archiveisdir(a, i)? QTDIR: QTFILE };
	return nil;
}

static void entdir(int arch, Arent *e, Dir *d)
{
	memset(d, 0, sizeof *d);
	d->qid = entqid(arch, e);
	d->mode = e->mode & ~0222U;
	d->atime = d->mtime = e->mtime;
	d->length = (e->mode & DMDIR) ? 0 : e->len;
	d->name = (char*)e->name;
	d->uid = d->muid = (char*)e->uid;
	d->gid = (char*)e->gid;
}

static void fixeddir(u32int i, Dir *d)
{
	memset(d, 0, sizeof *d);
	d->qid = (Qid){ .path = path(Afixed, i), .type = QTDIR };
	d->mode = DMDIR|0555;
	d->atime = d->mtime = boottime/1000000000;
	d->name = fixed[i];
	d->uid = d->gid = d->muid = hostowner();
}

static void describe(Fid *f, Dir *d)
{
	Arent e;

	if(archof(f) == Afixed){
		fixeddir((u32int)f->qid.path, d);
		return;
	}
	entryof(f, &e);
	entdir(archof(f), &e, d);
}

/* the i'th entry of a directory; the root's own come before the fixed ones that it has not */
static int rootgen(u64int i, Dir *d, void *arg)
{
	Fid *f;
	Arent e, k;

	f = arg;
	if(archof(f) == Afixed)
		return 0;
	entryof(f, &e);
	if(i < e.len){
		archiveent(archive(f), e.off+i, &k);
		entdir(archof(f), &k, d);
		return 1;
	}
	i -= e.len;
	if(f->qid.path != path(Aroot, 0) || i >= nelem(fixed))
		return 0;
	if(hidden[i])
		return -1;
	fixeddir(i, d);
	return 1;
}

static void rootopen(Req *r)
{
	Dir d;

	describe(r->fid, &d);
	if((r->mode & 3) == OWRITE || (r->mode & 3) == ORDWR || (r->mode & OTRUNC))
		respond(r, Eperm);
	else
		respond(r, devmayopen(r, &d));
}

static void rootread(Req *r)
{
	Arent e;

	if(r->fid->qid.type & QTDIR){
		respond(r, dirread9p(r, rootgen, r->fid));
		return;
	}
	entryof(r->fid, &e);
	readbuf(r, archive(r->fid)->p + e.off, e.len);
	respond(r, nil);
}

static void rootstat(Req *r)
{
	describe(r->fid, &r->d);
	respond(r, nil);
}

static int zeros(const uchar *p, usize n)
{
	for(; n > 0; n--)
		if(*p++ != 0)
			return 0;
	return 1;
}

/*
 * The page of f's file at off, for imagedirect: nil when it does not lie on a
 * page, or is the last and something else follows.  Any level.
 */
static uchar *rootpage(Fid *f, vlong off)
{
	const uchar *p;
	Arent e;

	if(archof(f) >= Narchive || (f->qid.type & QTDIR))
		return nil;
	entryof(f, &e);
	if(off < 0 || (u64int)off >= e.len || off % PGSZ != 0)
		return nil;
	p = archive(f)->p + e.off + off;
	if((uintptr)p % PGSZ != 0)
		return nil;
	if(e.len-off < PGSZ && !zeros(p+(e.len-off), PGSZ-(e.len-off)))
		return nil;
	return (uchar*)p;
}

static int rootinit(Srv *s, char *arg)
{
	USED(arg);
	imagedirect(s, rootpage);
	return 0;
}

Srv rootsrv = {
	.name = "root",
	.dc = '/',
	.flags = SrvBlocks,
	.init = rootinit,
	.attach = rootattach,
	.walk1 = rootwalk1,
	.open = rootopen,
	.read = rootread,
	.stat = rootstat,
};
