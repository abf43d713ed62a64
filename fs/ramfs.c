/*
 * ramfs.c: files in memory, a movable server.
 *
 * The names are an in-memory tree of lib9p; a file's bytes are chunks, nil
 * where nothing was ever written, found through an array that doubles.  The
 * only chunk of a small file is as small as the file, in powers of two.
 * Chunks and arrays are counted against the instance's limit before they are
 * allocated, and a write or a change of length either happens or leaves the
 * file as it was.
 *
 * Long reads are answered from the chunks themselves (reqlend).  Such a chunk
 * is marked Lent, in its pointer, and is not changed or freed while answers
 * are on their way (Data.lent, which hold the File): a copy takes its place,
 * and it goes to Data.old until they are gone.
 *
 * SrvLocked: handlers run one at a time, which is what protects a file's
 * chunks.  destroy may run beside them, for a file nobody has any more, so
 * the count of bytes is atomic.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"

enum {
	Chunk = 8192,
	Least = 64,			/* of a file's first chunk */
	Lent = 1,
};

#define Nolimit (1LL<<60)

typedef struct Ramfs Ramfs;
typedef struct Data Data;
typedef struct Old Old;

struct Ramfs {
	Tree *tree;
	u64int used;
	u64int max;
};

struct Data {
	Ramfs *fs;
	uchar **chunk;
	u64int nchunk;		/* length of the array */
	u32int first;		/* bytes allocated at chunk[0] if that is the only one; else Chunk */
	u32int lent;		/* answers that refer to chunks */
	Old *old;			/* not counted */
};

struct Old {	/* a chunk that is the file's no longer */
	Old *next;
	uchar *p;
};

static void give(Ramfs *fs, u64int n)
{
	__atomic_sub_fetch(&fs->used, n, __ATOMIC_RELAXED);
}

static int take(Ramfs *fs, u64int n)
{
	if(__atomic_add_fetch(&fs->used, n, __ATOMIC_RELAXED) <= fs->max)
		return 0;
	give(fs, n);
	return -1;
}

static u32int chunksize(Data *x, u64int i)
{
	return i == 0? x->first: Chunk;
}

static uchar *chunkat(Data *x, u64int i)
{
	return (uchar*)((uintptr)x->chunk[i] & ~(uintptr)Lent);
}

/* put a copy in the place of chunk i, which is lent: nil, or an error */
static char *chunkcopy(Data *x, u64int i)
{
	Old *o;
	uchar *p;

	o = malloc(sizeof *o);
	p = malloc(chunksize(x, i));
	if(o == nil || p == nil){
		free(o);
		free(p);
		return Enomem;
	}
	*o = (Old){ .next = x->old, .p = chunkat(x, i) };
	memmove(p, o->p, chunksize(x, i));
	x->old = o;
	x->chunk[i] = p;
	return nil;
}

/* chunks from i up to end are about to be changed or freed: nil, or an error */
static char *recall(Data *x, u64int i, u64int end)
{
	char *e;

	if(x->lent == 0)
		return nil;
	for(; i < end && i < x->nchunk; i++)
		if((uintptr)x->chunk[i] & Lent && (e = chunkcopy(x, i)) != nil)
			return e;
	return nil;
}

static void oldfree(Data *x)
{
	Old *o;

	while((o = x->old) != nil){
		x->old = o->next;
		free(o->p);
		free(o);
	}
}

static void chunkfree(Data *x, u64int i)
{
	if(x->chunk[i] == nil)
		return;
	free(chunkat(x, i));
	x->chunk[i] = nil;
	give(x->fs, chunksize(x, i));
	if(i == 0)
		x->first = 0;
}

/* make an array of which little is used shorter, if the allocator will */
static void arrayshrink(Data *x, u64int n)
{
	uchar **a;

	if(n >= x->nchunk/4 && n > 0)
		return;
	a = nil;
	if(n == 0)
		free(x->chunk);
	else if((a = realloc(x->chunk, n*sizeof a[0])) == nil)
		return;
	give(x->fs, (x->nchunk-n)*sizeof a[0]);
	x->chunk = a;
	x->nchunk = n;
}

/* free what lies after the first len bytes, recalled before, and clear it in the last chunk */
static void cut(Data *x, vlong len)
{
	u64int i, keep;
	u32int o;

	keep = (len+Chunk-1)/Chunk;
	for(i = keep; i < x->nchunk; i++)
		chunkfree(x, i);
	o = len%Chunk;
	if(o > 0 && keep <= x->nchunk && x->chunk[keep-1] != nil && o < chunksize(x, keep-1))
		memset(chunkat(x, keep-1)+o, 0, chunksize(x, keep-1)-o);
	if(keep < x->nchunk)
		arrayshrink(x, keep);
}

/* make the array reach chunk n-1 */
static char *arraygrow(Data *x, u64int n)
{
	uchar **a;
	u64int old, want;

	if(n <= x->nchunk)
		return nil;
	old = x->nchunk;
	want = 2*old > n? 2*old: n;
	if(take(x->fs, (want-old)*sizeof a[0]) < 0)
		return Enospace;
	if((a = realloc(x->chunk, want*sizeof a[0])) == nil){
		give(x->fs, (want-old)*sizeof a[0]);
		return Enomem;
	}
	memset(a+old, 0, (want-old)*sizeof a[0]);
	x->chunk = a;
	x->nchunk = want;
	return nil;
}

/* give chunk i room for its first n bytes */
static char *chunkgrow(Data *x, u64int i, u32int n)
{
	uchar *p;
	u32int old, want;

	old = x->chunk[i] == nil? 0: chunksize(x, i);
	if(n <= old)
		return nil;
	want = Chunk;
	if(i == 0)
		for(want = Least; want < n; want *= 2)
			;
	if(take(x->fs, want-old) < 0)
		return Enospace;
	if((p = realloc(chunkat(x, i), want)) == nil){
		give(x->fs, want-old);
		return Enomem;
	}
	memset(p+old, 0, want-old);
	x->chunk[i] = p;
	if(i == 0)
		x->first = want;
	return nil;
}

/* room for the bytes from off on, which may be changed then; a failure may leave empty chunks */
static char *reserve(Data *x, u64int off, u64int n)
{
	u64int i, last;
	char *e;

	if(n == 0)
		return nil;
	last = (off+n-1)/Chunk;
	if((e = recall(x, off/Chunk, last+1)) != nil || (e = arraygrow(x, last+1)) != nil)
		return e;
	for(i = off/Chunk; i <= last; i++)
		if((e = chunkgrow(x, i, i < last? Chunk: (off+n-1)%Chunk+1)) != nil)
			return e;
	return nil;
}

/* copy a request's bytes to or from the file, all of it reserved or readable */
static void copyin(Data *x, Req *r, u64int off)
{
	u32int done, k, o;

	for(done = 0; done < r->count; done += k){
		o = (off+done)%Chunk;
		k = Chunk-o;
		if(k > r->count-done)
			k = r->count-done;
		reqget(r, done, chunkat(x, (off+done)/Chunk)+o, k);
	}
}

static void putpart(Data *x, Req *r, u32int at, u64int off, u32int k, int lent)
{
	static uchar zero[BUFPAGE];
	u64int i;
	u32int have, o, z;

	i = off/Chunk;
	o = off%Chunk;
	have = 0;
	if(i < x->nchunk && x->chunk[i] != nil && o < chunksize(x, i)){
		have = chunksize(x, i)-o;
		if(have > k)
			have = k;
		if(lent){
			x->chunk[i] = (uchar*)((uintptr)x->chunk[i] | Lent);
			reqlend(r, at, chunkat(x, i)+o, have);
		}else
			reqput(r, at, chunkat(x, i)+o, have);
	}
	for(; have < k; have += z){
		z = k-have;
		if(z > sizeof zero)
			z = sizeof zero;
		reqlend(r, at+have, zero, z);
	}
}

static void copyout(Data *x, Req *r, u32int n)
{
	u32int done, k, o;
	u64int off;
	int lent;

	off = r->offset;
	lent = r->aux != nil;
	for(done = 0; done < n; done += k){
		o = (off+done)%Chunk;
		k = Chunk-o;
		if(k > n-done)
			k = n-done;
		putpart(x, r, done, off+done, k, lent);
	}
}

/* r's answer refers to chunks of f, until ramdestroyreq */
static void lend(Req *r, File *f)
{
	Data *x;

	x = f->aux;
	x->lent++;
	fileincref(f);
	r->aux = f;
}

static void ramdestroyreq(Req *r)
{
	Data *x;
	File *f;

	if((f = r->aux) == nil)
		return;
	r->aux = nil;
	x = f->aux;
	if(--x->lent == 0)
		oldfree(x);
	fileclose(f);
}

/* --- handlers --- */
static void ramopen(Req *r)
{
	File *f;
	char *e;

	f = r->fid->file;
	if((e = treemayopen(r)) == nil && r->mode & OTRUNC && (f->d.mode & DMAPPEND) == 0
	&& (e = recall(f->aux, 0, ~0UL)) == nil){
		cut(f->aux, 0);
		f->d.length = 0;
		filetouch(f, r->fid->uid);
		r->fid->qid = f->d.qid;
	}
	respond(r, e);
}

static void ramcreate(Req *r)
{
	File *f;
	Data *x;
	char *e;

	if((e = treemaycreate(r)) != nil){
		respond(r, e);
		return;
	}
	x = nil;
	if((r->perm & DMDIR) == 0){
		if((x = mallocz(sizeof *x, 1)) == nil){
			respond(r, Enomem);
			return;
		}
		x->fs = r->srv->aux;
	}
	if((f = filecreate(r->fid->file, r->name, r->fid->uid, r->perm, x)) == nil){
		free(x);
		responderr(r);
		return;
	}
	fidsetfile(r->fid, f);
	respond(r, nil);
}

static void ramread(Req *r)
{
	File *f;
	vlong n;

	f = r->fid->file;
	n = f->d.length - r->offset;
	if(n > r->count)
		n = r->count;
	if(n > 0){
		if(reqlends(r))
			lend(r, f);
		copyout(f->aux, r, n);
		r->rcount = n;
	}
	respond(r, nil);
}

/* may the file have that many bytes at all? */
static char *lengthok(Ramfs *fs, u64int len)
{
	return len/Chunk*sizeof(uchar*) > fs->max? Etoobig: nil;
}

static void ramwrite(Req *r)
{
	File *f;
	u64int off;
	char *e;

	f = r->fid->file;
	off = f->d.mode & DMAPPEND? f->d.length: r->offset;
	if((e = lengthok(r->srv->aux, off+r->count)) == nil)
		e = reserve(f->aux, off, r->count);
	if(e != nil){
		cut(f->aux, f->d.length);
		respond(r, e);
		return;
	}
	if(r->count > 0){
		copyin(f->aux, r, off);
		if(off+r->count > (u64int)f->d.length)
			f->d.length = off+r->count;
		filetouch(f, r->fid->uid);
	}
	r->rcount = r->count;
	respond(r, nil);
}

/* wstat's change of length, which filewstat then records */
static char *ramtrunc(File *f, vlong len, void *fs)
{
	char *e;

	if((e = lengthok(fs, len)) == nil && len < f->d.length && (e = recall(f->aux, len/Chunk, ~0UL)) == nil)
		cut(f->aux, len);
	return e;
}

static void ramwstat(Req *r)
{
	Fid *f;
	char *e;

	f = r->fid;
	e = filewstat(f->file, &r->d, f->uid, ramtrunc, r->srv->aux);
	f->qid = f->file->d.qid;
	respond(r, e);
}

static void ramdestroy(File *f)
{
	Data *x;

	if((x = f->aux) == nil)
		return;
	cut(x, 0);
	free(x);
}

/* the bytes an instance may hold, from max=n, nK, nM or nG; -1 */
static vlong limit(char *arg)
{
	if(arg == nil || *arg == 0)
		return Nolimit;
	return strncmp(arg, "max=", 4) == 0? sizearg(arg+4): -1;
}

/*
 * Make an instance.  arg is empty, or max=bytes, the most it holds, perhaps
 * with K, M or G.  The root is the owner's, mode 0775.
 */
static int raminit(Srv *s, char *arg)
{
	Ramfs *fs;
	vlong max;

	if((max = limit(arg)) <= 0){
		werrstr("ramfs: bad argument: %s", arg);
		return -1;
	}
	if((fs = mallocz(sizeof *fs, 1)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	fs->max = max;
	if((fs->tree = treenew(srvowner(s), srvowner(s), 0775, ramdestroy)) == nil){
		free(fs);
		return -1;
	}
	s->aux = fs;
	s->tree = fs->tree;
	return 0;
}

/* No connection is left. */
static void ramfini(Srv *s)
{
	Ramfs *fs;

	fs = s->aux;
	treefree(fs->tree);
	free(fs);
	s->aux = nil;
	s->tree = nil;
}

/*
 * --- moving: max[8], then the tree ---
 * A file's bytes are nchunk[8], first[4], a bit for each chunk that is there,
 * then those chunks, the last one cut where the file ends.
 */

/* how much of chunk i, of that size, the file has */
static u32int chunkused(File *f, u64int i, u32int size)
{
	u64int n;

	n = f->d.length - i*Chunk;
	return n < size? n: size;
}

static void bitsput(Img *m, Data *x)
{
	u64int i;
	int b, bits;

	for(i = 0; i < x->nchunk; i += 8){
		bits = 0;
		for(b = 0; b < 8 && i+b < x->nchunk; b++)
			bits |= (x->chunk[i+b] != nil)<<b;
		imgput1(m, bits);
	}
}

static void ramsavefile(File *f, Img *m)
{
	Data *x;
	u64int i;

	if((x = f->aux) == nil)
		return;
	imgput8(m, x->nchunk);
	imgput4(m, x->first);
	bitsput(m, x);
	for(i = 0; i < x->nchunk; i++)
		if(x->chunk[i] != nil)
			imgputn(m, chunkat(x, i), chunkused(f, i, chunksize(x, i)));
}

static int ramsave(Srv *s, Img *m)
{
	Ramfs *fs;

	fs = s->aux;
	imgput8(m, fs->max);
	treesave(fs->tree, m, ramsavefile);
	return imgok(m);
}

static int fail(char *e)
{
	werrstr("%s", e);
	return -1;
}

/* chunk i as it was, with what the file has of it */
static int chunkrestore(File *f, u64int i, u32int first, Img *m)
{
	Data *x;
	uchar *p;
	char *e;
	u32int n, size;

	x = f->aux;
	if(i*Chunk >= (u64int)f->d.length)
		return fail(Ebadimage);
	size = i == 0? first: Chunk;
	n = chunkused(f, i, size);
	p = imggetn(m, n);
	if(imgok(m) < 0)
		return -1;
	if((e = chunkgrow(x, i, size)) != nil)
		return fail(e);
	if(chunksize(x, i) != size)
		return fail(Ebadimage);
	memmove(chunkat(x, i), p, n);
	return 0;
}

static int ramrestorefile(File *f, Img *m, void *fs)
{
	Data *x;
	uchar *bits;
	u64int n, i;
	u32int first;
	char *e;

	if(f->d.mode & DMDIR)
		return 0;
	if((f->aux = x = mallocz(sizeof *x, 1)) == nil)
		return fail(Enomem);
	x->fs = fs;
	n = imgget8(m);
	first = imgget4(m);
	bits = n/8 > imgleft(m)? nil: imggetn(m, (n+7)/8);
	if(bits == nil || first > Chunk)
		return fail(Ebadimage);
	if(n > 0 && (e = arraygrow(x, n)) != nil)
		return fail(e);
	for(i = 0; i < n; i++)
		if(bits[i/8]>>i%8 & 1 && chunkrestore(f, i, first, m) < 0)
			return -1;
	return 0;
}

static int ramrestore(Srv *s, Img *m)
{
	Ramfs *fs;

	if((fs = mallocz(sizeof *fs, 1)) == nil)
		return fail(Enomem);
	fs->max = imgget8(m);
	if(imgok(m) < 0 || fs->max == 0 || fs->max > Nolimit){
		free(fs);
		return fail(Ebadimage);
	}
	if((fs->tree = treerestore(m, ramdestroy, ramrestorefile, fs)) == nil){
		free(fs);
		return -1;
	}
	s->aux = fs;
	s->tree = fs->tree;
	return 0;
}

Srv ramfssrv = {
	.name = "ramfs",
	.flags = SrvLocked|SrvInorder|SrvAtonce,
	.init = raminit,
	.fini = ramfini,
	.open = ramopen,
	.create = ramcreate,
	.read = ramread,
	.write = ramwrite,
	.remove = treeremove,
	.wstat = ramwstat,
	.destroyreq = ramdestroyreq,
	.save = ramsave,
	.restore = ramrestore,
};
