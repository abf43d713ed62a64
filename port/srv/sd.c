/*
 * sd.c: #S, the disks: for each, its name, the bytes of the disk as a file,
 * and its name with ctl behind, which tells what it is and its size.
 *
 * A request goes straight between the client's pages and the device when it
 * is whole sectors; what is not is read into a buffer of one sector, and written
 * back.  Meanwhile nobody else writes, of whole sectors either, or what he wrote
 * to the same sector would be lost: whole sectors are written under the disk's
 * lock edge as a reader, parts as a writer.  Reads take no lock.
 * The list of disks is made at boot and does not change.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"
#include "disk.h"

enum {	/* qid.path: 1 + index*2 + kind */
	Kdata = 0, Kctl = 1,
};

static Disk *disks;

void diskadd(Disk *d)
{
	Disk **end;
	int n = 0;

	for(end = &disks; *end != nil; end = &(*end)->next)
		n++;
	d->index = n;
	*end = d;
}

/* a part of b */
static Buf sub(Buf *b, u32int at)
{
	Buf s = *b;

	if(s.p != nil)
		s.p += at;
	else{
		s.page += (s.off + at) / PGSZ;
		s.off = (s.off + at) % PGSZ;
	}
	s.n -= at;
	return s;
}

/* what begins or ends within a sector, through a buffer of one */
static long readpart(Disk *d, vlong off, Buf *b, u32int at, u32int n, uchar *sec)
{
	u32int skip = off % DiskSector;
	Buf sb = { .p = sec, .n = DiskSector };

	if(d->transfer(d, 0, off-skip, &sb, DiskSector) < 0)
		return -1;
	bufput(b, at, sec+skip, n);
	return n;
}

static long writepart(Disk *d, vlong off, Buf *b, u32int at, u32int n, uchar *sec)
{
	u32int skip = off % DiskSector;
	Buf sb = { .p = sec, .n = DiskSector };
	int r;

	wlock(&d->edge);
	r = d->transfer(d, 0, off-skip, &sb, DiskSector);
	if(r == 0){
		bufget(b, at, sec+skip, n);
		r = d->transfer(d, 1, off-skip, &sb, DiskSector);
	}
	wunlock(&d->edge);
	return r < 0 ? -1 : (long)n;
}

static long partial(Disk *d, int write, vlong off, Buf *b, u32int at, u32int n)
{
	uchar *sec = malloc(DiskSector);
	long r;

	if(sec == nil)
		return seterr(Enomem);
	n = MIN(n, DiskSector - off%DiskSector);
	r = write ? writepart(d, off, b, at, n, sec) : readpart(d, off, b, at, n, sec);
	free(sec);
	return r;
}

static long whole(Disk *d, int write, vlong off, Buf *b, u32int at, u32int n)
{
	Buf s = sub(b, at);
	int r;

	if(!write)
		return d->transfer(d, 0, off, &s, n);
	rlock(&d->edge);
	r = d->transfer(d, 1, off, &s, n);
	runlock(&d->edge);
	return r;
}

/* bytes transferred; -1 if none */
static long diskio(Disk *d, int write, vlong off, Buf *b, u32int n)
{
	u32int at, m;
	long r;

	if(off < 0 || (u64int)off >= d->size)
		return !write ? 0 : seterr(Enospace);
	if(n > d->size - off)
		n = d->size - off;
	for(at = 0; at < n; at += m){
		m = MIN(n-at, d->maxio) / DiskSector * DiskSector;
		if((off+at) % DiskSector != 0 || m == 0){
			r = partial(d, write, off+at, b, at, n-at);
			m = r;
		}else
			r = whole(d, write, off+at, b, at, m);
		if(r < 0)
			return at > 0 ? (long)at : -1;
	}
	return n;
}

/* --- the server --- */

static Disk *diskof(Fid *f)
{
	Disk *d;

	for(d = disks; d != nil; d = d->next)
		if((u64int)d->index == (f->qid.path-1) / 2)
			return d;
	return nil;
}

static int kind(Fid *f)
{
	return (f->qid.path-1) % 2;
}

static void describe(Disk *d, int k, Dir *e, char *name)
{
	memset(e, 0, sizeof *e);
	snprint(name, NAMELEN, "%s%s", d->name, k == Kctl ? "ctl" : "");
	e->name = name;
	e->qid.path = 1 + d->index*2 + k;
	e->mode = k == Kctl ? 0440 : d->readonly ? 0440 : 0660;
	e->uid = e->gid = e->muid = hostowner();
	if(k == Kdata)
		e->length = d->size;
}

static void rootdir(Dir *e)
{
	memset(e, 0, sizeof *e);
	e->name = "#S";
	e->qid.type = QTDIR;
	e->mode = DMDIR | 0555;
	e->uid = e->gid = e->muid = hostowner();
}

static void sdattach(Req *r)
{
	if(r->name != nil && r->name[0] != 0){
		respond(r, Ebadattach);
		return;
	}
	r->fid->qid = (Qid){ .type = QTDIR };
	respond(r, nil);
}

static char *sdwalk1(Fid *f, char *name, Qid *q)
{
	char n[NAMELEN];
	Disk *d;
	Dir e;
	int k;

	if(strcmp(name, "..") == 0){
		*q = (Qid){ .type = QTDIR };
		return nil;
	}
	USED(f);
	for(d = disks; d != nil; d = d->next)
		for(k = Kdata; k <= Kctl; k++){
			describe(d, k, &e, n);
			if(strcmp(n, name) == 0){
				*q = e.qid;
				return nil;
			}
		}
	return Enonexist;
}

static int sdgen(u64int i, Dir *e, void *arg)
{
	Disk *d;

	for(d = disks; d != nil; d = d->next)
		if((u64int)d->index == i/2){
			describe(d, i%2, e, arg);
			return 1;
		}
	return 0;
}

static void sdstat(Req *r)
{
	char name[NAMELEN];

	if(r->fid->qid.type & QTDIR)
		rootdir(&r->d);
	else
		describe(diskof(r->fid), kind(r->fid), &r->d, name);
	respond(r, nil);
}

static void sdopen(Req *r)
{
	char name[NAMELEN];
	Dir e;

	if(r->fid->qid.type & QTDIR)
		rootdir(&e);
	else
		describe(diskof(r->fid), kind(r->fid), &e, name);
	respond(r, devmayopen(r, &e));
}

static void sdread(Req *r)
{
	char buf[128], name[NAMELEN];
	Disk *d;
	long n;

	if(r->fid->qid.type & QTDIR){
		respond(r, dirread9p(r, sdgen, name));
		return;
	}
	d = diskof(r->fid);
	if(kind(r->fid) == Kctl){
		snprint(buf, sizeof buf, "inquiry %s\ngeometry %lud %d\n", d->model, d->size/DiskSector, DiskSector);
		readstr(r, buf);
		respond(r, nil);
		return;
	}
	n = diskio(d, 0, r->offset, &r->buf, r->count);
	if(n < 0){
		responderr(r);
		return;
	}
	r->rcount = n;
	respond(r, nil);
}

static void sdwrite(Req *r)
{
	Disk *d = diskof(r->fid);
	long n;

	if(kind(r->fid) == Kctl || d->readonly){
		respond(r, Eperm);
		return;
	}
	n = diskio(d, 1, r->offset, &r->buf, r->count);
	if(n < 0){
		responderr(r);
		return;
	}
	r->rcount = n;
	respond(r, nil);
}

/* a null wstat asks for what was written to be on the medium */
static void sdwstat(Req *r)
{
	Disk *d;

	if(r->fid->qid.type & QTDIR || !dirisnull(&r->d)){
		respond(r, Eperm);
		return;
	}
	d = diskof(r->fid);
	if(d->flush != nil && d->flush(d) < 0)
		responderr(r);
	else
		respond(r, nil);
}

Srv sdsrv = {
	.name = "sd",
	.dc = 'S',
	.flags = SrvBlocks,
	.attach = sdattach,
	.walk1 = sdwalk1,
	.open = sdopen,
	.read = sdread,
	.write = sdwrite,
	.stat = sdstat,
	.wstat = sdwstat,
};

