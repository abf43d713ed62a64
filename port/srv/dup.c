/*
 * dup.c: #d, the descriptors of the process that asks.
 *
 * File N, opened, is descriptor N's channel itself, if its mode allows;
 * Nctl says what descriptor N is, and takes `inorder'.  Qid.path is 1 + 2N, and one more for
 * the ctl file, so the same path is another file to another process.
 * No locks of its own.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"

enum { Linemax = 1024 };

static char Ebadmsgctl[] = "bad control message";

static int isctl(u64int path)
{
	return ((path-1) & 1) != 0;
}

static int fdof(u64int path)
{
	return (path-1) / 2;
}

static Qid qidof(int fd, int ctl)
{
	return (Qid){ .path = 1 + 2*(u64int)fd + (ctl != 0) };
}

static char *dupwalk1(Fid *f, char *name, Qid *q)
{
	Chan *c;
	char *end;
	ulong fd;
	int ctl;

	USED(f);
	if(strcmp(name, "..") == 0)
		return nil;
	fd = strtoul(name, &end, 10);
	ctl = strcmp(end, "ctl") == 0;
	if(end == name || name[0] < '0' || name[0] > '9' || (*end != 0 && !ctl) || fd > 0x7FFFFFFF)
		return Enonexist;
	if((c = fdchan(fd, -1, 0)) == nil)
		return Enonexist;
	chanclose(c);
	*q = qidof(fd, ctl);
	return nil;
}

/* name has room for 16 bytes; 0: fd is not open */
static int fill(Dir *d, int fd, int ctl, char *name)
{
	static u32int perm[] = { [OREAD] = 0400, [OWRITE] = 0200, [ORDWR] = 0600, [OEXEC] = 0400 };
	Chan *c;

	if((c = fdchan(fd, -1, 0)) == nil)
		return 0;
	*d = (Dir){ .name = name, .uid = up->user, .gid = up->user, .muid = up->user };
	snprint(name, 16, ctl? "%dctl": "%d", fd);
	d->qid = qidof(fd, ctl);
	d->mode = ctl? 0600: perm[c->mode & 3];
	chanclose(c);
	return 1;
}

static void dupstat(Req *r)
{
	char name[16];
	u64int path;

	path = r->fid->qid.path;
	if(path == 0){
		r->d = (Dir){ .name = "fd", .uid = up->user, .gid = up->user, .muid = up->user };
		r->d.qid = r->fid->qid;
		r->d.mode = DMDIR|0555;
	}else if(!fill(&r->d, fdof(path), isctl(path), name)){
		respond(r, Enonexist);
		return;
	}
	respond(r, nil);
}

static void dupopen(Req *r)
{
	Chan *c;
	u64int path;
	char *err;

	path = r->fid->qid.path;
	err = nil;
	if(r->mode & ORCLOSE)
		err = Eperm;
	else if(path != 0 && !isctl(path)){
		if((c = fdchan(fdof(path), r->mode & 3, 0)) == nil){
			responderr(r);
			return;
		}
		mntsubst(r, c);
	}
	respond(r, err);
}

typedef struct Gen Gen;
struct Gen {
	char name[16];
};

static int dupgen(u64int i, Dir *d, void *a)
{
	Gen *g;

	g = a;
	if(i/2 >= (u64int)fdmax())
		return 0;
	return fill(d, i/2, i & 1, g->name)? 1: -1;
}

/* what is said of a pipe's other end; n bytes are there: how many then */
static int otherend(int fd, char *line, int n)
{
	Msglink l;
	Chan *c;

	if(n == 0 || (c = fdchan(fd, -1, 0)) == nil)
		return n;
	if(linkhook != nil && linkhook(c, &l) && *l.inorder)
		n += snprint(line+n, Linemax-n, "other end inorder\n");
	chanclose(c);
	return n;
}

static void dupread(Req *r)
{
	char *line;
	Gen g;
	int n, fd;

	if(r->fid->qid.type & QTDIR){
		respond(r, dirread9p(r, dupgen, &g));
		return;
	}
	if((line = malloc(Linemax)) == nil){
		respond(r, Enomem);
		return;
	}
	fd = fdof(r->fid->qid.path);
	if((n = otherend(fd, line, fdinfo(up->fgrp, fd, line, Linemax-32))) > 0)
		readbuf(r, line, n);
	respond(r, n > 0? nil: Enonexist);
	free(line);
}

/* inorder: who reads requests at that end of a pipe handles them so, see Msglink */
static void dupwrite(Req *r)
{
	char word[16];
	Msglink l;
	Chan *c;
	char *err;
	u32int n;

	n = reqget(r, 0, word, MIN(r->count, sizeof word - 1));
	if(n > 0 && word[n-1] == '\n')
		n--;
	word[n] = 0;
	if(strcmp(word, "inorder") != 0){
		respond(r, Ebadmsgctl);
		return;
	}
	if((c = fdchan(fdof(r->fid->qid.path), ORDWR, 0)) == nil){
		responderr(r);
		return;
	}
	err = Ebadmsgctl;
	if(linkhook != nil && linkhook(c, &l)){
		err = nil;
		*l.mine = 1;
	}
	chanclose(c);
	r->rcount = r->count;
	respond(r, err);
}

static void dupattach(Req *r)
{
	r->fid->qid = (Qid){ .type = QTDIR };
	respond(r, r->name[0] != 0? Ebadattach: nil);
}

Srv dupsrv = {
	.name = "dup",
	.dc = 'd',
	.flags = SrvBlocks,
	.attach = dupattach,
	.walk1 = dupwalk1,
	.open = dupopen,
	.read = dupread,
	.write = dupwrite,
	.stat = dupstat,
};
