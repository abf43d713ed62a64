/*
 * pipe.c: #|, pipes.
 *
 * Each attach makes a pipe: a directory with the files data and data1, of
 * its maker; what is written to one is read from the other (port/pipe.c).
 * The qid.path's low two bits say which file, the rest which pipe.
 * Each fid has a reference on its Pipe.  No locks of its own.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"
#include "pipe.h"

static int mayopen(Pipe *p)
{
	return strcmp(p->owner, up->user) == 0 || isowner();
}

static void pipeopen(Req *r)
{
	Pipe *p;

	p = pipeof(r->fid);
	if(r->fid->qid.type & QTDIR)
		respond(r, nil);
	else
		respond(r, mayopen(p)? pipejoin(p, sideof(r->fid)): Eperm);
}

/* --- the tree --- */
static void pipeattach(Req *r)
{
	static u64int last;
	Pipe *p;

	if(r->name[0] != 0){
		respond(r, Ebadattach);
		return;
	}
	if((p = mallocz(sizeof *p, 1)) == nil){
		respond(r, Enomem);
		return;
	}
	p->ref = 1;
	p->id = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
	p->time = nsec()/1000000000;
	p->end[0].p = p->end[1].p = p;
	strecpy(p->owner, p->owner+sizeof p->owner, up->user);
	r->fid->aux = p;
	r->fid->qid = (Qid){ .path = p->id<<2, .type = QTDIR };
	respond(r, nil);
}

static char *pipeclone(Fid *from, Fid *to)
{
	Pipe *p;

	p = from->aux;
	incref(&p->ref);
	to->aux = p;
	return nil;
}

static void pipedestroy(Fid *f)
{
	Pipe *p;

	if((p = f->aux) == nil)
		return;
	if(f->omode >= 0 && (f->qid.type & QTDIR) == 0)
		pipeleave(p, sideof(f));
	if(decref(&p->ref) == 0)
		pipefree(p);
}

static char *pipewalk1(Fid *f, char *name, Qid *q)
{
	Pipe *p;

	p = pipeof(f);
	if(strcmp(name, "..") == 0)
		return nil;
	if(strcmp(name, "data") == 0)
		*q = (Qid){ .path = p->id<<2 | Qdata };
	else if(strcmp(name, "data1") == 0)
		*q = (Qid){ .path = p->id<<2 | (Qdata+1) };
	else
		return Enonexist;
	return nil;
}

static void fill(Dir *d, Pipe *p, int which)
{
	static char *name[] = { "|", "data", "data1" };

	*d = (Dir){ .name = name[which], .uid = p->owner, .gid = p->owner, .muid = p->owner };
	d->qid = (Qid){ .path = p->id<<2 | which, .type = which == Qdir? QTDIR: QTFILE };
	if(which != Qdir)
		d->qid.vers = p->end[which == Qdata].nmsg;
	d->mode = which == Qdir? DMDIR|0500: 0600;
	d->atime = d->mtime = p->time;
	if(which != Qdir)
		d->length = p->end[which-Qdata].bytes;
}

static int dirgen(u64int i, Dir *d, void *a)
{
	if(i >= 2)
		return 0;
	fill(d, a, Qdata+i);
	return 1;
}

static void pipestat(Req *r)
{
	fill(&r->d, pipeof(r->fid), r->fid->qid.path & 3);
	respond(r, nil);
}

static void readfile(Req *r)
{
	if(r->fid->qid.type & QTDIR)
		respond(r, dirread9p(r, dirgen, pipeof(r->fid)));
	else
		piperead(r);
}

static int start(Srv *s, char *arg)
{
	USED(s);
	USED(arg);
	pipeinit();
	return 0;
}

Srv pipesrv = {
	.name = "pipe",
	.dc = '|',
	.flags = SrvBlocks|SrvMore,
	.msize = MAXMSIZE+IOHDRSZ,	/* a whole message of any connection is one write */
	.init = start,
	.attach = pipeattach,
	.clone = pipeclone,
	.walk1 = pipewalk1,
	.open = pipeopen,
	.read = readfile,
	.write = pipewrite,
	.flush = pipeflush,
	.stat = pipestat,
	.destroyfid = pipedestroy,
};
