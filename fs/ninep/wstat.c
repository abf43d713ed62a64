/*
 * wstat.c: changes of names and attributes, all or nothing.  What can be undone is done
 * first, and undone when a later part fails: the name, then mode, times and
 * owners in one message, whose parts the host may have done before one
 * failed, then the length.
 *
 * The L dialect's rename takes the place of a file that has the name.  L9.renaming
 * keeps our own creates and renames from coming between the look and the
 * rename; what the host itself does then cannot be helped.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ninep.h"

/* a host's number for an owner's name; -1: no such */
static int ownerid(char *name, u32int *id)
{
	char *end;
	ulong v;

	if(strcmp(name, "root") == 0){
		*id = 0;
		return 0;
	}
	v = strtoul(name, &end, 10);
	if(*end == 0 && name[0] >= '0' && name[0] <= '9' && v < ~0U){	/* ~0: leave it */
		*id = v;
		return 0;
	}
	werrstr("unknown user or group: %s", name);
	return -1;
}

/* 1, 0, -1: cannot tell */
static int exists(L9 *l, u32int dirfid, char *name)
{
	u32int fid = l9fid(l);
	char err[ERRMAX];
	Qid q;
	int n;

	n = l9walk(l, dirfid, fid, 1, &name, &q);
	if(n == 1){
		l9clunk(l, fid);
		return 1;
	}
	if(n < 0){
		rerrstr(err, sizeof err);
		if(strcmp(err, Enonexist) != 0)
			return -1;
	}
	return 0;
}

/* to: the host's spelling */
static int renamenode(L9 *l, Node *n, char *to)
{
	char *copy = nil, *from = nil;
	u32int dirfid;
	int e = -1, there;

	if(n->parent == nil){
		werrstr("%s", Eperm);
		return -1;
	}
	if(nodefid(l, nodereal(n->parent), &dirfid) < 0)
		return -1;
	qlock(&l->renaming);
	there = exists(l, dirfid, to);
	if(there > 0)
		werrstr("%s", Eexist);
	else if(there == 0 && (copy = strdup(to)) != nil && (from = nodename(l, n)) != nil)
		e = l9rename(l, dirfid, from, dirfid, to);
	if(e == 0)
		noderenamed(l, n, copy);
	else
		free(copy);
	qunlock(&l->renaming);
	free(from);
	return e;
}

/* the wishes of a wstat, checked against what is: -1 if one cannot be granted */
static int wishes(Dir *d, L9attr *a, L9set *s, L9set *undo)
{
	int isdir = (a->mode & Sifmt) == Sifdir;

	memset(s, 0, sizeof *s);
	memset(undo, 0, sizeof *undo);
	if(d->mode != ~0U){
		if((d->mode & ~0777U) != (isdir ? DMDIR : 0)){
			werrstr("mode bits that cannot be kept on this host");
			return -1;
		}
		s->valid |= L9mode;
		s->mode = d->mode & 0777;
		undo->mode = a->mode & 07777;
	}
	if(d->mtime != ~0U){
		s->valid |= L9mtime | L9mtimeset;
		s->mtime = d->mtime;
		undo->mtime = a->mtime;
	}
	if(d->gid != nil && d->gid[0] != 0){
		if(ownerid(d->gid, &s->gid) < 0)
			return -1;
		s->valid |= L9gid;
		undo->gid = a->gid;
	}
	if(d->uid != nil && d->uid[0] != 0){
		if(ownerid(d->uid, &s->uid) < 0)
			return -1;
		s->valid |= L9uid;
		undo->uid = a->uid;
	}
	undo->valid = s->valid;
	if(d->length != -1LL){
		if(isdir && d->length != 0){
			werrstr("%s", Eisdir);
			return -1;
		}
		if(!isdir && (a->mode & Sifmt) != Sifreg){	/* the host might block */
			werrstr("not a regular file: has no length");
			return -1;
		}
		s->size = d->length;
	}
	return 0;
}

static int setsize(L9 *l, u32int fid, u64int size)
{
	L9set s = { .valid = L9size, .size = size };

	return l9setattr(l, fid, &s);
}

/* name first, then attributes, then length, which alone cannot be undone */
static int change(L9 *l, Node *n, u32int fid, Dir *d, char *newname)
{
	char *oldname = nil, err[ERRMAX];
	L9set s, undo;
	L9attr a;

	if(l9getattr(l, fid, &a) < 0)
		return -1;
	if(a.qid.path != nodereal(n)->qid.path){	/* another has its name now */
		werrstr("%s", Enonexist);
		return -1;
	}
	if(wishes(d, &a, &s, &undo) < 0)
		return -1;
	if(newname != nil){
		oldname = nodename(l, n);
		if(oldname == nil || renamenode(l, n, newname) < 0)
			goto bad;
	}
	if(s.valid != 0 && l9setattr(l, fid, &s) < 0)
		goto undo;
	if(d->length != -1LL && !((a.mode & Sifmt) == Sifdir) && setsize(l, fid, s.size) < 0)
		goto undo;
	free(oldname);
	return 0;
undo:
	rerrstr(err, sizeof err);
	if(undo.valid != 0)
		l9setattr(l, fid, &undo);
	if(newname != nil)
		renamenode(l, n, oldname);
	werrstr("%s", err);
bad:
	free(oldname);
	return -1;
}

/* the host's spelling of a new name, nil if it is the old one */
static int wantname(L9 *l, Node *n, char *name, char **newname)
{
	char *old;

	*newname = namedec(name);
	if(*newname == nil){
		werrstr("%s", Ebadname);
		return -1;
	}
	old = nodename(l, n);
	if(old != nil && strcmp(old, *newname) == 0){
		free(*newname);
		*newname = nil;
	}
	free(old);
	return 0;
}

static int nullwstat(Dir *d)
{
	return d->mode == ~0U && d->mtime == ~0U && d->length == -1LL &&
		d->name[0] == 0 && d->gid[0] == 0 && d->uid[0] == 0;
}

void npwstat(Req *r)
{
	L9 *l = ffidsession(r->fid);
	Ffid *f = r->fid->aux;
	char *newname = nil;
	u32int fid;
	int e;

	if(ffidany(l, f, &fid) < 0)
		goto bad;
	if(nullwstat(&r->d)){
		if(f->ofid != NOFID && l9fsync(l, f->ofid) < 0)
			goto bad;
		respond(r, nil);
		return;
	}
	if(r->d.name[0] != 0 && wantname(l, f->node, r->d.name, &newname) < 0)
		goto bad;
	e = change(l, f->node, fid, &r->d, newname);
	free(newname);
	if(e < 0)
		goto bad;
	respond(r, nil);
	return;
bad:
	responderr(r);
}

