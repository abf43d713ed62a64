/*
 * file.c: the files of an in-memory tree.
 *
 * Tree.lk, which sleeps, protects every link and every Dir of the tree;
 * counts are atomic.  Children hang in their directory in the order they
 * were made, numbered by seq, which gives directory reads a position that
 * survives creates and removes; look-ups use Tree.hash.  A file holds a
 * reference on its parent until it is destroyed, so ".." works in a removed
 * directory too.  A removed file lives on while somebody has it, among the
 * tree's orphans.
 *
 * Strings of a Dir are counted, so that a thousand files of one user share
 * his name.  destroy is called without the lock.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

/* --- counted strings --- */
typedef struct Str Str;
struct Str {
	long ref;
	char s[];
};

static Str *strof(char *s)
{
	return (Str*)(s - __builtin_offsetof(Str, s));
}

static char *strnew(const char *s)
{
	Str *t;
	usize n;

	n = strlen(s)+1;
	if((t = malloc(sizeof *t + n)) == nil)
		return nil;
	t->ref = 1;
	memmove(t->s, s, n);
	return t->s;
}

static char *strshare(char *s)
{
	__atomic_add_fetch(&strof(s)->ref, 1, __ATOMIC_RELAXED);
	return s;
}

static void strfree(char *s)
{
	if(s != nil && __atomic_sub_fetch(&strof(s)->ref, 1, __ATOMIC_ACQ_REL) == 0)
		free(strof(s));
}

/* s, sharing one of the strings of d, if there is one, that is the same */
static char *strlike(const char *s, Dir *d)
{
	if(d == nil)
		return strnew(s);
	if(strcmp(s, d->uid) == 0)
		return strshare(d->uid);
	if(strcmp(s, d->gid) == 0)
		return strshare(d->gid);
	return strnew(s);
}

static u32int now(void)
{
	return srvclock()/1000000000;
}

/* --- the hash of names --- */
static u32int namehash(Tree *t, File *dir, const char *name)
{
	u64int h;

	h = 0xCBF29CE484222325UL ^ dir->d.qid.path*0x9E3779B97F4A7C15UL;
	for(; *name != 0; name++)
		h = (h ^ (uchar)*name) * 0x100000001B3UL;
	return (h ^ h>>32) & (t->nhash-1);
}

static void hashadd(Tree *t, File *f)
{
	u32int h;

	h = namehash(t, f->parent, f->d.name);
	f->hnext = t->hash[h];
	t->hash[h] = f;
}

static void hashremove(Tree *t, File *f)
{
	File **l;

	for(l = &t->hash[namehash(t, f->parent, f->d.name)]; *l != f; l = &(*l)->hnext)
		;
	*l = f->hnext;
}

/* a larger table if there is memory; without it look-ups are only slower */
static void hashgrow(Tree *t)
{
	File **old, *f, *next;
	u32int i, n;

	n = t->nhash;
	old = t->hash;
	if((t->hash = mallocz(4*n*sizeof t->hash[0], 1)) == nil){
		t->hash = old;
		return;
	}
	t->nhash = 4*n;
	for(i = 0; i < n; i++)
		for(f = old[i]; f != nil; f = next){
			next = f->hnext;
			hashadd(t, f);
		}
	free(old);
}

/* dir's entry of that name; lk held */
File *fileentry(File *dir, const char *name)
{
	File *f;

	f = dir->tree->hash[namehash(dir->tree, dir, name)];
	for(; f != nil; f = f->hnext)
		if(f->parent == dir && strcmp(f->d.name, name) == 0)
			return f;
	return nil;
}

/* --- orphans --- */
static void orphanin(File *f)
{
	Tree *t;

	t = f->tree;
	f->removed = 1;
	f->prev = nil;
	f->sibling = t->orphans;
	if(t->orphans != nil)
		t->orphans->prev = f;
	t->orphans = f;
}

static void orphanout(File *f)
{
	Tree *t;

	t = f->tree;
	qlock(&t->lk);
	*(f->prev != nil? &f->prev->sibling: &t->orphans) = f->sibling;
	if(f->sibling != nil)
		f->sibling->prev = f->prev;
	qunlock(&t->lk);
}

/* --- references --- */
void fileincref(File *f)
{
	__atomic_add_fetch(&f->ref, 1, __ATOMIC_RELAXED);
}

static void filefree(File *f)
{
	strfree(f->d.name);
	strfree(f->d.uid);
	strfree(f->d.gid);
	strfree(f->d.muid);
	free(f);
}

/*
 * Drop a reference; the last one calls destroy and frees, and may be that of
 * the parent's last child.  Not under Tree.lk.
 */
void fileclose(File *f)
{
	File *parent;

	while(__atomic_sub_fetch(&f->ref, 1, __ATOMIC_ACQ_REL) == 0){
		parent = f->parent;
		if(f->removed)
			orphanout(f);
		if(f->tree->destroy != nil)
			f->tree->destroy(f);
		filefree(f);
		if(parent == f)
			break;
		f = parent;
	}
}

/* --- making and unmaking --- */
/* takes parent uid and gid, counted strings or nil */
static File *filenew(Tree *t, char *name, char *uid, char *gid, u32int mode)
{
	File *f;

	if((f = mallocz(sizeof *f, 1)) == nil){
		strfree(uid);
		strfree(gid);
		return nil;
	}
	f->ref = 1;
	f->tree = t;
	f->d.qid.type = mode>>24;
	f->d.mode = mode;
	f->d.atime = f->d.mtime = now();
	f->d.name = strnew(name);
	f->d.uid = uid;
	f->d.gid = gid;
	if(f->d.name == nil || uid == nil || gid == nil){
		filefree(f);
		return nil;
	}
	f->d.muid = strshare(uid);
	return f;
}

/* a tree without a root */
Tree *treealloc(void (*destroy)(File*))
{
	Tree *t;

	if((t = mallocz(sizeof *t, 1)) != nil){
		t->nhash = 64;
		t->destroy = destroy;
		t->hash = mallocz(t->nhash*sizeof t->hash[0], 1);
	}
	if(t == nil || t->hash == nil){
		free(t);
		werrstr("%s", Enomem);
		return nil;
	}
	return t;
}

/*
 * A tree with an empty root directory, mode's permissions, owned so.
 * destroy, or nil, is called for each file whose last reference goes.
 * Nil and errstr if there is no memory.
 */
Tree *treenew(char *uid, char *gid, u32int mode, void (*destroy)(File*))
{
	Tree *t;

	if((t = treealloc(destroy)) == nil)
		return nil;
	if((t->root = filenew(t, "/", strnew(uid), strnew(gid), mode|DMDIR)) == nil){
		treefree(t);
		werrstr("%s", Enomem);
		return nil;
	}
	t->root->parent = t->root;
	return t;
}

/* take f out of its directory and the hash; the tree's reference is the caller's now; lk held */
static void unlink(File *f)
{
	File *dir;

	dir = f->parent;
	hashremove(f->tree, f);
	f->tree->nfiles--;
	*(f->prev != nil? &f->prev->sibling: &dir->child) = f->sibling;
	*(f->sibling != nil? &f->sibling->prev: &dir->last) = f->prev;
	orphanin(f);
}

static void setparent(File *f, File *dir, u64int path)
{
	f->parent = dir;
	fileincref(dir);
	f->d.qid.path = f->seq = path;
}

static void link(File *dir, File *f)
{
	Tree *t;

	t = dir->tree;
	f->prev = dir->last;
	*(dir->last != nil? &dir->last->sibling: &dir->child) = f;
	dir->last = f;
	if(t->nfiles++ >= 2*t->nhash)
		hashgrow(t);
	hashadd(t, f);
}

static void setmuid(File *f, char *uid)
{
	char *s;

	if(uid == nil || strcmp(f->d.muid, uid) == 0)
		return;
	if((s = strlike(uid, &f->d)) == nil)
		return;	/* no memory for a courtesy */
	strfree(f->d.muid);
	f->d.muid = s;
}

/*
 * For treerestore: a file as d says, in parent, or removed from it; nil
 * parent makes the root.  The one reference is the tree's, or the caller's
 * of a removed file.  Nil and errstr: memory.
 */
File *filerestore(Tree *t, File *parent, Dir *d, int removed)
{
	File *f;
	Dir *like;

	like = parent != nil? &parent->d: nil;
	f = filenew(t, d->name, strlike(d->uid, like), strlike(d->gid, like), d->mode);
	if(f != nil)
		setmuid(f, d->muid);
	if(f == nil || strcmp(f->d.muid, d->muid) != 0){
		if(f != nil)
			filefree(f);
		werrstr("%s", Enomem);
		return nil;
	}
	f->d.qid.vers = d->qid.vers;
	f->d.atime = d->atime;
	f->d.mtime = d->mtime;
	f->d.length = d->length;
	if(parent == nil)
		t->root = f->parent = f;
	else{
		setparent(f, parent, d->qid.path);
		if(removed)
			orphanin(f);
		else
			link(parent, f);
	}
	return f;
}

/* Free the tree and all its files.  Nobody may be using it any more. */
void treefree(Tree *t)
{
	File *f, *parent;

	if(t == nil)
		return;
	for(f = t->root; f != nil; f = parent){
		while(f->child != nil)
			f = f->last;
		if(f == t->root)
			break;
		parent = f->parent;
		unlink(f);
		fileclose(f);
	}
	if(t->root != nil)
		fileclose(t->root);
	free(t->hash);
	free(t);
}

static void touched(File *f, char *uid)
{
	f->d.qid.vers++;
	f->d.mtime = now();
	setmuid(f, uid);
}

/* The contents of f were changed by uid: count, date and sign it. */
void filetouch(File *f, char *uid)
{
	qlock(&f->tree->lk);
	touched(f, uid);
	qunlock(&f->tree->lk);
}

File *filecreate(File *dir, char *name, char *uid, u32int mode, void *aux)
{
	Tree *t;
	File *f;
	char *e;

	t = dir->tree;
	qlock(&t->lk);
	f = nil;
	e = nil;
	if((dir->d.mode & DMDIR) == 0)
		e = Enotdir;
	else if(dir->removed)
		e = Enonexist;
	else if(fileentry(dir, name) != nil)
		e = Eexist;
	else if((f = filenew(t, name, strlike(uid, &dir->d), strshare(dir->d.gid), mode)) == nil)
		e = Enomem;
	else{
		f->ref = 2;	/* the tree's and the caller's */
		f->aux = aux;
		setparent(f, dir, ++t->qidgen);
		link(dir, f);
		touched(dir, uid);
	}
	qunlock(&t->lk);
	if(e != nil)
		werrstr("%s", e);
	return f;
}

char *fileremove(File *f, char *uid)
{
	Tree *t;
	char *e;

	t = f->tree;
	qlock(&t->lk);
	e = nil;
	if(f == t->root)
		e = Eroot;
	else if(f->removed)
		e = Enonexist;
	else if(f->child != nil)
		e = Enotempty;
	else{
		unlink(f);
		touched(f->parent, uid);
	}
	qunlock(&t->lk);
	if(e == nil)
		fileclose(f);
	return e;
}

/* The file that a path of names and slashes leads to from dir, referenced. */
File *filewalk(File *dir, char *path)
{
	char name[NAMEMAX+1];
	File *f;
	char *p;
	usize n;

	f = dir;
	qlock(&dir->tree->lk);
	for(p = path; f != nil; p += n){
		while(*p == '/')
			p++;
		if(*p == 0)
			break;
		for(n = 0; p[n] != 0 && p[n] != '/'; n++)
			;
		if(n > NAMEMAX){
			f = nil;
			break;
		}
		memmove(name, p, n);
		name[n] = 0;
		f = strcmp(name, "..") == 0? f->parent: fileentry(f, name);
	}
	if(f != nil)
		fileincref(f);
	qunlock(&dir->tree->lk);
	if(f == nil)
		werrstr("%s", Enonexist);
	return f;
}

/* --- wstat --- */
static int given(char *s)
{
	return s != nil && *s != 0;
}

/* may uid make these changes?  lk held */
static char *wstatallowed(File *f, Dir *d, char *uid)
{
	int owner, leader;

	owner = strcmp(uid, f->d.uid) == 0;
	leader = strcmp(uid, f->d.gid) == 0;
	if(given(d->uid) && strcmp(d->uid, f->d.uid) != 0)
		return Eimmutable;
	if(given(d->name) && strcmp(d->name, f->d.name) != 0){
		if(f == f->tree->root || f->removed)
			return Eperm;
		if(!hasperm(&f->parent->d, uid, AWRITE))
			return Eperm;
		if(fileentry(f->parent, d->name) != nil)
			return Eexist;
	}
	if(d->length != -1 && d->length != f->d.length && !hasperm(&f->d, uid, AWRITE))
		return Eperm;
	if(d->mode != ~0U && d->mode != f->d.mode){
		if(d->mode & ~(DMDIR|DMAPPEND|DMEXCL|DMTMP|0777))
			return Ebadarg;
		if(!owner && !leader)
			return Enotowner;
	}
	if(d->mtime != ~0U && d->mtime != f->d.mtime && !owner && !leader)
		return Enotowner;
	if(given(d->gid) && strcmp(d->gid, f->d.gid) != 0){
		if(!owner && !leader)
			return Enotowner;
		if(strcmp(d->gid, uid) != 0)
			return Enotmember;
	}
	return nil;
}

/* all that can fail has succeeded: change f; name and gid are new strings or nil */
static void wstatapply(File *f, Dir *d, char *name, char *gid)
{
	if(name != nil){
		hashremove(f->tree, f);
		strfree(f->d.name);
		f->d.name = name;
		hashadd(f->tree, f);
	}
	if(gid != nil){
		strfree(f->d.gid);
		f->d.gid = gid;
	}
	if(d->mode != ~0U){
		f->d.mode = d->mode;
		f->d.qid.type = d->mode>>24;
	}
	if(d->mtime != ~0U)
		f->d.mtime = d->mtime;
}

char *filewstat(File *f, Dir *d, char *uid, char *(*trunc)(File*, vlong, void*), void *arg)
{
	char *e, *name, *gid;

	name = gid = nil;
	qlock(&f->tree->lk);
	if((e = wstatallowed(f, d, uid)) != nil)
		goto Out;
	e = Enomem;
	if(given(d->name) && strcmp(d->name, f->d.name) != 0 && (name = strnew(d->name)) == nil)
		goto Out;
	if(given(d->gid) && strcmp(d->gid, f->d.gid) != 0 && (gid = strlike(d->gid, &f->d)) == nil)
		goto Out;
	e = nil;
	if(d->length != -1 && d->length != f->d.length){
		e = trunc == nil? Eperm: trunc(f, d->length, arg);
		if(e != nil)
			goto Out;
		f->d.length = d->length;
		touched(f, uid);
	}
	wstatapply(f, d, name, gid);
	name = gid = nil;
Out:
	qunlock(&f->tree->lk);
	strfree(name);
	strfree(gid);
	return e;
}
