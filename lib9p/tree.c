/*
 * tree.c: the handlers of servers whose files are an in-memory tree.
 *
 * Permissions are those of stat(5) and open(5), checked for the fid's user.
 * A fid holds a reference on its File, and is counted in nopen from a
 * successful open to its destruction; opening an exclusive-use file is one
 * compare-and-swap of that count.  Tree.lk is held while Dirs are looked at,
 * across respond in treestat, and across a whole directory read.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

/* Make file f's, taking over the caller's reference; the old one is dropped. */
void fidsetfile(Fid *f, File *file)
{
	File *old;

	old = f->file;
	f->file = file;
	f->qid = file->d.qid;
	if(old != nil)
		fileclose(old);
}

/* the fid goes */
void filefidclose(Fid *f)
{
	if(f->omode >= 0)
		__atomic_sub_fetch(&f->file->nopen, 1, __ATOMIC_RELEASE);
	fileclose(f->file);
}

/* Srv.walk1: sets f->file and *q. */
char *treewalk1(Fid *f, char *name, Qid *q)
{
	File *dir, *to;

	dir = f->file;
	qlock(&dir->tree->lk);
	if(strcmp(name, "..") == 0)
		to = dir->parent;
	else if(!hasperm(&dir->d, f->uid, AEXEC)){
		qunlock(&dir->tree->lk);
		return Eperm;
	}else
		to = fileentry(dir, name);
	if(to != nil){
		fileincref(to);
		*q = to->d.qid;
	}
	qunlock(&dir->tree->lk);
	if(to == nil)
		return Enonexist;
	f->file = to;
	fileclose(dir);
	return nil;
}

/* Srv.stat: answers, with the lock held, since the strings are the File's. */
void treestat(Req *r)
{
	Tree *t;

	t = r->fid->file->tree;
	qlock(&t->lk);
	r->d = r->fid->file->d;
	respond(r, nil);
	qunlock(&t->lk);
}

static char *mayopen(File *f, int mode, char *uid)
{
	if(f->removed)
		return Enonexist;
	if(!hasperm(&f->d, uid, omode2perm(mode)))
		return Eperm;
	if(mode & ORCLOSE && !hasperm(&f->parent->d, uid, AWRITE))
		return Eperm;
	return nil;
}

/* one more open; an exclusive-use file has at most one */
static char *countopen(File *f)
{
	u32int none;

	none = 0;
	if((f->d.mode & DMEXCL) == 0)
		__atomic_add_fetch(&f->nopen, 1, __ATOMIC_ACQUIRE);
	else if(!__atomic_compare_exchange_n(&f->nopen, &none, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return Eexcl;
	return nil;
}

/*
 * May the fid's user open its file so?  If yes the open is counted already;
 * respond takes it back if it is an error in the end.
 */
char *treemayopen(Req *r)
{
	File *f;
	char *e;

	f = r->fid->file;
	qlock(&f->tree->lk);
	if((e = mayopen(f, r->mode, r->fid->uid)) == nil && (e = countopen(f)) == nil){
		r->opened = 1;
		r->fid->qid = f->d.qid;
	}
	qunlock(&f->tree->lk);
	return e;
}

/* Srv.open: answers. */
void treeopen(Req *r)
{
	respond(r, treemayopen(r));
}

/* May the fid's user create in its directory?  Masks r->perm as open(5) says. */
char *treemaycreate(Req *r)
{
	File *f;
	char *e;

	f = r->fid->file;
	e = nil;
	qlock(&f->tree->lk);
	if(!hasperm(&f->d, r->fid->uid, AWRITE))
		e = Eperm;
	r->perm = createperm(r->perm, f->d.mode);
	qunlock(&f->tree->lk);
	return e;
}

/* Srv.create for files without aux: answers. */
void treecreate(Req *r)
{
	File *f;
	char *e;

	if((e = treemaycreate(r)) != nil){
		respond(r, e);
		return;
	}
	if((f = filecreate(r->fid->file, r->name, r->fid->uid, r->perm, nil)) == nil){
		responderr(r);
		return;
	}
	fidsetfile(r->fid, f);
	respond(r, nil);
}

/* May the fid's user remove its file? */
char *treemayremove(Req *r)
{
	File *f;
	int ok;

	f = r->fid->file;
	qlock(&f->tree->lk);
	ok = hasperm(&f->parent->d, r->fid->uid, AWRITE);
	qunlock(&f->tree->lk);
	return ok? nil: Eperm;
}

/* Srv.remove: answers. */
void treeremove(Req *r)
{
	char *e;

	if((e = treemayremove(r)) == nil)
		e = fileremove(r->fid->file, r->fid->uid);
	respond(r, e);
}

/* --- directory reads: positions are seq, which creates and removes do not change --- */
typedef struct Treescan Treescan;
struct Treescan {
	File *dir;
	File *next;	/* the first not before the position, when known */
	int known;
};

static int nextchild(u64int *i, Dir *d, void *arg)
{
	Treescan *x;

	x = arg;
	if(!x->known){
		for(x->next = x->dir->child; x->next != nil && x->next->seq < *i; x->next = x->next->sibling)
			;
		x->known = 1;
	}
	if(x->next == nil)
		return 0;
	*i = x->next->seq;
	*d = x->next->d;
	x->next = x->next->sibling;
	return 1;
}

/* Srv.read of a directory: answers. */
void treeread(Req *r)
{
	Treescan x;
	Tree *t;
	char *e;

	x.dir = r->fid->file;
	x.known = 0;
	t = x.dir->tree;
	qlock(&t->lk);
	e = dirreadat(r, nextchild, &x);
	qunlock(&t->lk);
	respond(r, e);
}
