/*
 * arch.c: #P, files about the processor and the board, as arch(3) describes.
 * What files there are is said by the machine's part, with archadd: each is a
 * text made anew for a read.
 *
 * A file's qid.path is its place in that list, from 1.  No locks; the files'
 * functions may sleep.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"
#include "arch.h"

enum {
	Textmax = 64*KiB,
	Writemax = 256,
};

static Archfile *archof(Fid *f)
{
	return archnth(f->qid.path-1);
}

static void describe(u64int path, Dir *d)
{
	Archfile *a;

	memset(d, 0, sizeof *d);
	a = path > 0 ? archnth(path-1) : nil;
	d->name = a ? a->name : "#P";
	d->mode = a ? a->mode : DMDIR|0555;
	d->qid.path = path;
	d->qid.type = a ? QTFILE : QTDIR;
	d->uid = d->gid = d->muid = hostowner();
	d->atime = d->mtime = nsec()/1000000000;
}

static void archattach(Req *r)
{
	if(r->name && *r->name){
		respond(r, Ebadattach);
		return;
	}
	r->fid->qid = (Qid){ .type = QTDIR };
	respond(r, nil);
}

static char *archwalk1(Fid *f, char *name, Qid *q)
{
	Archfile *a;
	int i;

	if(!(f->qid.type & QTDIR))
		return Enotdir;
	if(strcmp(name, "..") == 0){
		*q = f->qid;
		return nil;
	}
	for(i = 0; (a = archnth(i)) != nil; i++)
		if(strcmp(a->name, name) == 0){
			*q = f->qid = (Qid){ .path = i+1 };
			return nil;
		}
	return Enonexist;
}

static void archopen(Req *r)
{
	Dir d;

	describe(r->fid->qid.path, &d);
	respond(r, devmayopen(r, &d));
}

static int archgen(u64int i, Dir *d, void *arg)
{
	USED(arg);
	if(archnth(i) == nil)
		return 0;
	describe(i+1, d);
	return 1;
}

static void archread(Req *r)
{
	Archfile *a;
	char *buf;
	int n;

	if(r->fid->qid.type & QTDIR){
		respond(r, dirread9p(r, archgen, nil));
		return;
	}
	a = archof(r->fid);
	buf = malloc(Textmax);
	if(buf == nil){
		respond(r, Enomem);
		return;
	}
	n = a->read ? a->read(buf, Textmax) : 0;
	if(n >= 0){
		readbuf(r, buf, n);
		respond(r, nil);
	}else
		responderr(r);
	free(buf);
}

static void archwrite(Req *r)
{
	char buf[Writemax];
	Archfile *a;
	int n;

	a = archof(r->fid);
	if(a->write == nil){
		respond(r, Eperm);
		return;
	}
	n = devtext(r, buf, sizeof buf);
	if(n >= 0)
		n = a->write(buf, n);
	devwritten(r, n);
}

static void archstat(Req *r)
{
	describe(r->fid->qid.path, &r->d);
	respond(r, nil);
}

Srv archsrv = {
	.name = "arch",
	.dc = 'P',
	.flags = SrvBlocks,
	.attach = archattach,
	.walk1 = archwalk1,
	.open = archopen,
	.read = archread,
	.write = archwrite,
	.stat = archstat,
};
