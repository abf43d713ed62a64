/*
 * treesave.c: an in-memory tree in an image.
 *
 * qidgen[8] files[4], then the files in the order in which they were made,
 * the root first, so that a directory comes before what is in it:
 *
 *	path[8] parent[8] removed[1] mode[4] vers[4] atime[4] mtime[4] length[8]
 *	name[s] uid[s] gid[s] muid[s] n[8], and n bytes of the server's
 *
 * Orphans, removed but in use, are files like others.  While a server is
 * restored Tree.saved has all files, each referenced, so that fids can find
 * theirs; treerestored lets go of the files that no fid wanted.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

enum {
	Fileleast = 8+8+1+4*4+8+4*3+8,	/* bytes of a file in an image */
	Modebits = DMDIR|DMAPPEND|DMEXCL|DMTMP|0777,
};

/* --- saving --- */
static void filesave(Img *m, File *f, void (*savefile)(File*, Img*))
{
	usize at;

	imgput8(m, f->seq);
	imgput8(m, f->parent->seq);
	imgput1(m, f->removed);
	imgput4(m, f->d.mode);
	imgput4(m, f->d.qid.vers);
	imgput4(m, f->d.atime);
	imgput4(m, f->d.mtime);
	imgput8(m, f->d.length);
	imgputs(m, f->d.name);
	imgputs(m, f->d.uid);
	imgputs(m, f->d.gid);
	imgputs(m, f->d.muid);
	imgput8(m, 0);
	at = m->n;
	if(savefile != nil)
		savefile(f, m);
	if(m->err == nil)
		put8(m->p+at-BIT64SZ, m->n-at);
}

/* the file after f, each directory before what is in it */
static File *following(File *f)
{
	if(f->child != nil)
		return f->child;
	for(; f != f->tree->root; f = f->parent)
		if(f->sibling != nil)
			return f->sibling;
	return nil;
}

/* all files by path; lk held */
static Key *allfiles(Tree *t, u32int *n)
{
	Key *k;
	File *f;
	u32int i;

	*n = 0;
	for(f = t->orphans; f != nil; f = f->sibling)
		++*n;
	*n += t->nfiles + 1;
	if((k = malloc(*n * sizeof k[0])) == nil)
		return nil;
	i = 0;
	for(f = t->root; f != nil; f = following(f))
		k[i++] = (Key){ .key = f->seq, .p = f };
	for(f = t->orphans; f != nil; f = f->sibling)
		k[i++] = (Key){ .key = f->seq, .p = f };
	keysort(k, *n);
	return k;
}

/* Put all of t's files into m; savefile, or nil, is called with t->lk held. */
void treesave(Tree *t, Img *m, void (*savefile)(File*, Img*))
{
	Key *k;
	u32int i, n;

	qlock(&t->lk);
	if((k = allfiles(t, &n)) == nil)
		imgfail(m, Enomem);
	else{
		imgput8(m, t->qidgen);
		imgput4(m, n);
		for(i = 0; i < n; i++)
			filesave(m, k[i].p, savefile);
		free(k);
	}
	qunlock(&t->lk);
}

/* --- restoring --- */

/* which of the saved files has that path, or -1 */
static int savedindex(Tree *t, u64int path)
{
	u32int lo, hi, i;

	lo = 0;
	hi = t->nsaved;
	while(lo < hi){
		i = (lo+hi)/2;
		if(t->saved[i]->seq == path)
			return i;
		if(t->saved[i]->seq < path)
			lo = i+1;
		else
			hi = i;
	}
	return -1;
}

File *treesaved(Tree *t, u64int path)
{
	int i;

	if((i = savedindex(t, path)) < 0)
		return nil;
	fileincref(t->saved[i]);
	return t->saved[i];
}

/* The fids have their files: drop the others'. */
void treerestored(Tree *t)
{
	if(t == nil)
		return;
	while(t->nsaved > 0)
		fileclose(t->saved[--t->nsaved]);
	free(t->saved);
	t->saved = nil;
}

/* is there room and reason for such a file? */
static int fileok(Tree *t, File *parent, Dir *d, int removed)
{
	int dir;

	dir = (d->mode & DMDIR) != 0;
	if(d->mode & ~Modebits || d->length < 0 || (dir && d->length != 0) || removed > 1)
		return 0;
	if(parent == nil)
		return d->qid.path == 0 && dir && !removed && strcmp(d->name, "/") == 0;
	if(d->qid.path > t->qidgen || d->qid.path <= t->saved[t->nsaved-1]->seq)
		return 0;
	if((parent->d.mode & DMDIR) == 0 || namecheck(d->name) < 0)
		return 0;
	return removed || (!parent->removed && fileentry(parent, d->name) == nil);
}

/* a file's Dir, borrowed strings and all; its directory, and whether it was removed */
static void fileget(Img *m, Dir *d, u64int *parent, int *removed)
{
	memset(d, 0, sizeof *d);
	d->qid.path = imgget8(m);
	*parent = imgget8(m);
	*removed = imgget1(m);
	d->mode = imgget4(m);
	d->qid.vers = imgget4(m);
	d->atime = imgget4(m);
	d->mtime = imgget4(m);
	d->length = imgget8(m);
	d->name = imggets(m);
	d->uid = imggets(m);
	d->gid = imggets(m);
	d->muid = imggets(m);
}

/* the next file, appended to saved; nil and errstr */
static File *nextfile(Tree *t, Img *m)
{
	File *f, *parent;
	Dir d;
	u64int path;
	int i, removed;

	fileget(m, &d, &path, &removed);
	if(imgok(m) < 0)
		return nil;
	i = t->nsaved > 0? savedindex(t, path): -1;
	parent = i >= 0? t->saved[i]: nil;
	if((parent == nil && t->nsaved > 0) || !fileok(t, parent, &d, removed)){
		werrstr("%s", Ebadimage);
		return nil;
	}
	if((f = filerestore(t, parent, &d, removed)) == nil)
		return nil;
	if(!removed)
		fileincref(f);
	t->saved[t->nsaved++] = f;
	return f;
}

typedef int Restorefile(File*, Img*, void*);

static int filesrestore(Tree *t, Img *m, Restorefile *restorefile, void *arg)
{
	Img part;
	File *f;
	uchar *p;
	u64int len;
	u32int n, i;

	t->qidgen = imgget8(m);
	n = imgget4(m);
	if(n == 0 || n > imgleft(m)/Fileleast)
		imgfail(m, Ebadimage);
	if(imgok(m) < 0)
		return -1;
	if((t->saved = malloc(n*sizeof t->saved[0])) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	for(i = 0; i < n; i++){
		if((f = nextfile(t, m)) == nil)
			return -1;
		len = imgget8(m);
		p = imggetn(m, len);
		if(imgok(m) < 0)
			return -1;
		imgopen(&part, p, len);
		if((restorefile != nil && restorefile(f, &part, arg) < 0) || imgend(&part) < 0)
			return -1;
	}
	return 0;
}

/*
 * A tree as treesave put it into m; see 9p.h.  restorefile gets an image of
 * its own for each file, and must use it up.
 */
Tree *treerestore(Img *m, void (*destroy)(File*), Restorefile *restorefile, void *arg)
{
	Tree *t;
	char e[ERRMAX];

	if((t = treealloc(destroy)) == nil)
		return nil;
	if(filesrestore(t, m, restorefile, arg) == 0)
		return t;
	rerrstr(e, sizeof e);
	treerestored(t);
	treefree(t);
	werrstr("%s", e);
	return nil;
}
