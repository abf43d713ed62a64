/*
 * stree.c: static trees, a server's files as a table of Sfile.
 *
 * Srv.files[0] is the root; a file's index is the low half of its qid.path,
 * so a server that keeps something of its own in the high half can call
 * these functions from its handlers for the rest.  The table is constant:
 * there are no locks, and nothing sleeps.  All times are the present.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

/* the entry a qid means, or -1 */
static int sindex(Srv *s, Qid *q)
{
	u32int i;

	i = q->path;
	return i < (u32int)s->nfiles? (int)i: -1;
}

static char *owner(Srv *s, int i)
{
	return s->files[i].uid != nil? s->files[i].uid: srvowner(s);
}

/* Describe file i of the table; the strings are borrowed. */
void streedir(Srv *s, int i, Dir *d)
{
	Sfile *sf;

	sf = &s->files[i];
	memset(d, 0, sizeof *d);
	d->qid = (Qid){ .path = i, .type = sf->mode>>24 };
	d->mode = sf->mode;
	d->length = sf->mode & DMDIR? 0: sf->length;
	d->atime = d->mtime = srvclock()/1000000000;
	d->name = sf->name;
	d->uid = d->gid = d->muid = owner(s, i);
}

static int mayuse(Srv *s, int i, char *uid, int want)
{
	Dir d;

	d.mode = s->files[i].mode;
	d.uid = d.gid = owner(s, i);
	return hasperm(&d, uid, want);
}

/* Srv.walk1: sets f->sfile and *q. */
char *streewalk1(Fid *f, char *name, Qid *q)
{
	Srv *s;
	int at, i;

	s = f->srv;
	if((at = sindex(s, &f->qid)) < 0)
		return Enonexist;
	if(strcmp(name, "..") == 0)
		i = s->files[at].dir;
	else{
		if(!mayuse(s, at, f->uid, AEXEC))
			return Eperm;
		for(i = 1; i < s->nfiles; i++)
			if((int)s->files[i].dir == at && s->files[i].name[0] == name[0] && strcmp(s->files[i].name, name) == 0)
				break;
		if(i == s->nfiles)
			return Enonexist;
	}
	f->sfile = &s->files[i];
	*q = (Qid){ .path = i, .type = s->files[i].mode>>24 };
	return nil;
}

/* Srv.stat: answers. */
void streestat(Req *r)
{
	int i;

	if((i = sindex(r->srv, &r->fid->qid)) < 0){
		respond(r, Enonexist);
		return;
	}
	streedir(r->srv, i, &r->d);
	respond(r, nil);
}

/* The fid's user may open its file so: nil or error. */
char *streemayopen(Req *r)
{
	int i;

	if((i = sindex(r->srv, &r->fid->qid)) < 0)
		return Enonexist;
	if(r->mode & ORCLOSE || !mayuse(r->srv, i, r->fid->uid, omode2perm(r->mode)))
		return Eperm;
	return nil;
}

/* Srv.open: answers. */
void streeopen(Req *r)
{
	respond(r, streemayopen(r));
}

typedef struct Dirscan Dirscan;
struct Dirscan {
	Srv *s;
	u32int dir;
};

static int nextfile(u64int i, Dir *d, void *arg)
{
	Dirscan *x;

	x = arg;
	if(++i >= (u64int)x->s->nfiles)	/* the root is in no directory */
		return 0;
	if(x->s->files[i].dir != x->dir)
		return -1;
	streedir(x->s, i, d);
	return 1;
}

/* Srv.read of a directory: answers. */
void streeread(Req *r)
{
	Dirscan x;
	int i;

	x.s = r->srv;
	if((i = sindex(x.s, &r->fid->qid)) < 0){
		respond(r, Enonexist);
		return;
	}
	x.dir = i;
	respond(r, dirread9p(r, nextfile, &x));
}
