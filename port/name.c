/*
 * name.c: from names to channels.
 *
 * A name is walked from the root, the current directory or a server (#x), as
 * many elements by one Twalk as there are up to a "..", 16 or the end.  The
 * qids that come back are looked up in the mount table: at the first that is
 * a mount point the walk is cut, and goes on from what is mounted there; the
 * covered file's channel is known from when it was mounted, so nothing needs
 * to be walked twice.  In a union the elements are tried in order, and the
 * first that has the next name is the one.
 *
 * ".." is lexical: the name gets shorter by its last element; where a mount
 * point was passed there, the covered file is where one is, else the server
 * is asked.  What is mounted on the place is looked up again, so ".." leads
 * back into a union.
 *
 * The root and the current directory are kept as the file under a mount, so
 * what is mounted on them later is seen.  No locks are held; all may sleep.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"

enum {
	Small = 160,
	Maxname = 8192,		/* bytes of a name */
	Tries = 3,		/* of a create that others interfere with */
	Needed = 2,
};

enum { WantNothing, WantOpen, WantStat };	/* Walk.want */
enum { AtEnd, AtDotdot, AtMost };	/* Walk.why */

static char Ebadchar[] = "bad character in file name";

typedef struct Walk Walk;
struct Walk {
	char *s;		/* what is left of the name */
	Chan *c;		/* where we are, without regard to what is mounted there */
	u8int counted;		/* and a reference to it */
	u8int own;		/* nobody else has c */
	u8int needdir;		/* the name ended in a slash */
	u8int toolong;		/* an element is */
	u8int noname;		/* p is not kept; Needed: it should have been */
	u8int want;		/* at the end, if it can be had with the last walk */
	u8int why;		/* where the elements at hand end */
	u8int last;		/* what is being walked is the end */
	u8int had;		/* it was: c is open, or the record is in stat */
	int omode;		/* WantOpen */
	uchar *stat;		/* WantStat: room for a record */
	u32int nstat;
	long len;		/* its length */
	Mhead *mh;		/* what is mounted there, or nil */
	Path *p;		/* the name so far, ours to change */
};

/* what a byte of a name is */
enum { Plain, Slash, End, Bad };
static const u8int kind[256] = {
	[0] = End,
	[1 ... 0x1F] = Bad,
	['/'] = Slash,
	[0x7F] = Bad,
};

/* --- beginnings and ends --- */
static void walkend(Walk *w)
{
	if(w->counted)
		chanclose(w->c);
	if(w->mh != nil)
		mheadclose(w->mh);
	if(w->p != nil)
		pathclose(w->p);
}

static void look(Walk *w)
{
	if(w->mh != nil)
		mheadclose(w->mh);
	w->mh = mountpoint(w->c->dev, &w->c->qid);
}

/* may a process whose name space was closed to new servers attach to this one? */
static int openserver(int dc)
{
	return !pgrpisnomount(up->pgrp) || (dc != 0 && strchr("|decp", dc) != nil);
}

/* "#", a letter (perhaps a slash), and a specifier up to the next slash */
static Chan *server(Walk *w)
{
	char spec[128], own[32], *s, *end;
	Rune dc;
	usize n;

	s = w->s+1;
	s += chartorune(&dc, s);
	if(dc == 0)
		return seterrp("unknown device in # filename");
	if(dc > 0xFF || !openserver(dc))
		return seterrp(dc > 0xFF? "unknown device in # filename": "mount/attach disallowed");
	if((end = strchr(s, '/')) == nil)
		end = s+strlen(s);
	n = end - s;
	if(n >= sizeof spec)
		return seterrp(Etoolong);
	memmove(spec, s, n);
	spec[n] = 0;
	w->s = end;
	if(dc == 'e')	/* never another group's, nor the control file */
		return n == 0? srvattach(dc, envspec(own, sizeof own)): seterrp(Ebadattach);
	return srvattach(dc, spec);
}

/* a channel to start from, and its name */
static int start(Walk *w)
{
	switch(w->s[0]){
	case '#':
		if((w->c = server(w)) == nil)
			return -1;
		w->own = w->counted = 1;
		break;
	case '/':
		w->c = up->slash;	/* only this process changes these two */
		break;
	case 0:
		return seterr("empty file name");
	default:
		w->c = up->dot;
	}
	if(!w->noname && (w->p = pathcopy(w->c->path, 0)) == nil)
		return -1;
	look(w);
	return 0;
}

/* the name is the walk's to cut up */
static int walkstart(Walk *w, char *name, int noname)
{
	w->s = name;
	w->c = nil;
	w->counted = 0;
	w->own = 0;
	w->needdir = 0;
	w->toolong = 0;
	w->noname = noname;
	w->want = WantNothing;
	w->last = 0;
	w->had = 0;
	w->mh = nil;
	w->p = nil;
	if(start(w) < 0){
		walkend(w);
		return -1;
	}
	return 0;
}

/* a name that stays as it is, and its copy for a walk */
typedef struct Copy Copy;
struct Copy {
	char *s;
	char small[Small];
};

static char *copyname(Copy *y, char *name)
{
	usize n;

	n = strlen(name) + 1;
	if(n > Maxname)
		return seterrp(Etoolong);
	y->s = y->small;
	if(n > Small && (y->s = malloc(n)) == nil)
		return seterrp(Enomem);
	return memmove(y->s, name, n);
}

static int walkinit(Walk *w, Copy *y, char *name)
{
	if(copyname(y, name) == nil)
		return -1;
	if(walkstart(w, y->s, 0) == 0)
		return 0;
	if(y->s != y->small)
		free(y->s);
	return -1;
}

static void walkdone(Walk *w, Copy *y)
{
	walkend(w);
	if(y->s != y->small)
		free(y->s);
}

/* --- elements --- */

static inline int isdotdot(char *e)
{
	return e[0] == '.' && e[1] == '.' && e[2] == 0;
}

/*
 * The next elements that say anything, at most MAXWELEM, each terminated in
 * place, and their lengths: how many.  They end before a "..", which is taken
 * out of the name, or where the name does, or a bad character is.
 */
static int elements(Walk *w, char **names, u16int *len)
{
	char *e, *s;
	int n, isdir;

	w->why = AtMost;
	isdir = w->needdir;
	s = w->s;
	for(n = 0; n < MAXWELEM;){
		for(; *s == '/'; s++)
			isdir = 1;
		for(e = s; kind[(uchar)*s] == Plain; s++)
			;
		if(s == e || kind[(uchar)*s] == Bad){
			w->why = AtEnd;
			break;
		}
		names[n] = e;
		len[n] = s - e > NAMEMAX? NAMEMAX+1: s - e;
		isdir = *s == '/';
		if(isdir)
			*s++ = 0;
		if(len[n] > NAMEMAX)
			w->toolong = 1;
		if(e[0] != '.' || e[1] != 0){
			if(isdotdot(e)){
				w->why = AtDotdot;
				break;
			}
			n++;
		}else
			isdir = 1;
	}
	w->needdir = isdir;
	w->s = s;
	return n;
}

/* may that be at once? */
static inline int mayahead(Walk *w, Chan *from)
{
	if(!w->last)
		return 0;
	return from->mnt->mux != nil? muxahead(from): w->want == WantStat && linkahead(from);
}

/* walk the last names, and do what is to be done there; as muxwalkopen, muxwalkstat and linkwalkstat */
static int walkahead(Walk *w, Chan *from, char **names, int n, Chan **nc, Qid *q, Mhead **mh)
{
	int got;

	if(w->want == WantOpen)
		got = muxwalkopen(from, names, n, q, w->omode, nc);
	else{
		if(from->mnt->mux != nil)
			got = muxwalkstat(from, names, n, q, w->stat, w->nstat, &w->len);
		else
			got = linkwalkstat(from, names, n, q, w->stat, w->nstat, &w->len, mh);
		if(*mh != nil)
			return got;
		if(got == n && (w->len = chanrecord(from, w->stat, w->len)) < 0)
			return -2;
	}
	if(got == n)
		w->had = 1;
	return got;
}

/*
 * Walk n names in the directory where we are, up to a mount point, which is
 * *mh then: how many.  *nc is the channel if all were walked, else nil.
 * -1: not one; -2: they were walked, but what was wanted there failed.
 */
static int trywalk(Walk *w, char **names, int n, Chan **nc, Qid *q, Mhead **mh)
{
	Chan *from;
	int i, got;

	*nc = nil;
	*mh = nil;
	i = 0;
	do{
		from = w->mh == nil? w->c: w->mh->e[i].to;
		got = MuxStep;
		if(mayahead(w, from))
			got = walkahead(w, from, names, n, nc, q, mh);
		if(got == MuxStep)
			got = mntwalk(from, names, n, q, nc, mh);
		if(got != -1)
			return got;
	}while(w->mh != nil && ++i < w->mh->n && strcmp(geterr(), Eintr) != 0);
	return -1;
}

/* be somewhere else: at c, whose reference is ours now */
static void moveto(Walk *w, Chan *c, int own)
{
	if(w->counted)
		chanclose(w->c);
	if(w->mh != nil)
		mheadclose(w->mh);
	w->c = c;
	w->counted = 1;
	w->own = own;
	w->mh = nil;
}

/* be at a mount point, which is ours now */
static void movemount(Walk *w, Mhead *mh)
{
	moveto(w, mh->from, 0);
	w->counted = 0;
	w->mh = mh;
}

/* lengthen the name by n elements, passing the mount point we are at */
static int addnames(Walk *w, char **names, u16int *len, int n)
{
	if(w->noname)
		return 0;
	if(w->mh != nil && crosspush(w->p, w->mh->from) < 0)
		return -1;
	return (w->p = pathaddn(w->p, names, len, n)) == nil? -1: 0;
}

/* walk n names, none of them ".."; if that fails with the first, nothing has changed */
static int steps(Walk *w, char **names, u16int *len, int n)
{
	Qid q[MAXWELEM];
	Mhead *mh;
	Chan *nc;
	int got;

	for(; n > 0; names += got, len += got, n -= got){
		if((got = trywalk(w, names, n, &nc, q, &mh)) < 0)
			return -1;
		if(mh == nil && got < n)
			return seterr(got == 0 || q[got-1].type & QTDIR? Enonexist: Enotdir);
		if(w->had && w->want == WantStat)
			return 0;
		if(addnames(w, names, len, got) < 0){
			chanclose(nc);
			mheadclose(mh);
			return -1;
		}
		if(mh == nil)
			moveto(w, nc, 1);
		else
			movemount(w, mh);
	}
	return 0;
}

static Chan *here(Walk *w)
{
	return w->mh == nil? w->c: w->mh->e[0].to;
}

/* one up */
static int dotdot(Walk *w)
{
	static char *up1[] = { ".." };
	Chan *nc;
	Qid q;
	int len, own;

	if(w->noname){
		w->noname = Needed;
		return -1;
	}
	if((here(w)->qid.type & QTDIR) == 0)
		return seterr(Enotdir);
	if((len = pathparent(w->p)) < 0)
		return 0;
	own = 0;
	if(crosshere(w->p, len))
		nc = crosspop(w->p);
	else{
		own = 1;
		if(mntwalk(w->c, up1, 1, &q, &nc, nil) != 1)
			return -1;
	}
	pathcut(w->p, len);
	moveto(w, nc, own);
	look(w);
	return 0;
}

/* walk all that is left of the name */
static int walkrest(Walk *w)
{
	char *names[MAXWELEM];
	u16int len[MAXWELEM];
	int n;

	do{
		n = elements(w, names, len);
		if(w->toolong)
			return seterr(Etoolong);
		w->last = w->why == AtEnd && w->want != WantNothing && *w->s == 0 && !w->needdir;
		if(n > 0 && steps(w, names, len, n) < 0)
			return -1;
		if(w->why == AtDotdot && dotdot(w) < 0)
			return -1;
	}while(w->why != AtEnd);
	if(*w->s != 0)
		return seterr(Ebadchar);
	if(w->needdir && (here(w)->qid.type & QTDIR) == 0)
		return seterr(Enotdir);
	return 0;
}

/* --- results --- */

/* the mounted element i, or the file itself, as a channel of the caller's own with the name walked */
static Chan *result(Walk *w, int i, int nomount)
{
	Chan *c;

	if(w->mh != nil && !nomount){
		if(!crosshere(w->p, w->p->len) && crosspush(w->p, w->mh->from) < 0)
			return nil;
		if((c = chandupfid(w->mh->e[i].to)) == nil)
			return nil;
		c->umh = w->mh;
		mheadincref(c->umh);
	}else if(w->own){
		c = w->c;
		pathclose(c->path);
		w->c = nil;
		w->counted = w->own = 0;
	}else if((c = chandupfid(w->c)) == nil)
		return nil;
	if((c->path = w->p) != nil)
		incref(&w->p->ref);
	return c;
}

/* the first of a union's elements that will do; of a plain file, itself */
static Chan *anyresult(Walk *w)
{
	Chan *c;
	int i, n;

	n = w->mh == nil? 1: w->mh->n;
	c = nil;
	for(i = 0; i < n && c == nil; i++)
		c = result(w, i, 0);
	return c;
}

/* open where we are; of a union, the first element that can be */
static Chan *openhere(Walk *w, int omode)
{
	Chan *c;
	int i, n;

	if(w->had)
		return result(w, 0, 0);
	n = w->mh == nil? 1: w->mh->n;
	for(i = 0; i < n; i++){
		if((c = result(w, i, 0)) == nil || (c = chanopenas(c, omode)) == nil)
			continue;
		if(c->udir != nil && n > 1)
			udirown(c->udir, i);
		return c;
	}
	return nil;
}

Chan *nameopencut(char *name, int omode)
{
	Walk w;
	Chan *c;

	if(walkstart(&w, name, 0) < 0)
		return nil;
	if((omode & ~(3|OTRUNC|OCEXEC|ORCLOSE)) == 0)
		w.want = WantOpen;
	w.omode = omode;
	c = nil;
	if(walkrest(&w) == 0)
		c = openhere(&w, omode);
	walkend(&w);
	return c;
}

Chan *nameopen(char *name, int omode)
{
	Copy y;
	Chan *c;

	if(copyname(&y, name) == nil)
		return nil;
	c = nameopencut(y.s, omode);
	if(y.s != y.small)
		free(y.s);
	return c;
}

Chan *namewalk(char *name, int nomount)
{
	Walk w;
	Copy y;
	Chan *c;

	if(walkinit(&w, &y, name) < 0)
		return nil;
	c = nil;
	if(walkrest(&w) == 0)
		c = nomount? result(&w, 0, 1): anyresult(&w);
	walkdone(&w, &y);
	return c;
}

/* what w has cut up is one again; it ended in dotdot, or where the name does */
static void mendname(Walk *w, char *name)
{
	for(; name < w->s; name++)
		if(*name == 0)
			*name = '/';
}

Chan *namestatcut(char *name, uchar *buf, u32int n, long *len)
{
	Walk w;
	Chan *c;
	int r;

	*len = -1;
	if(walkstart(&w, name, 1) < 0)
		return nil;
	if(n > 0)
		w.want = WantStat;
	w.stat = buf;
	w.nstat = n;
	c = nil;
	r = walkrest(&w);
	if(r == 0 && w.had)
		*len = w.len;
	else if(r == 0 && (w.mh != nil || !w.own))	/* a mount point, or where we were */
		w.noname = Needed;
	else if(r == 0){
		c = w.c;
		w.counted = 0;
	}
	walkend(&w);
	if(w.noname == Needed || *len == 2)
		mendname(&w, name);
	return w.noname == Needed? namewalk(name, 0): c;
}

Chan *namedir(char *name)
{
	Chan *c;

	if((c = namewalk(name, 1)) == nil)
		return nil;
	if(c->qid.type & QTDIR)
		return c;
	chanclose(c);
	return seterrp(Enotdir);
}

int nameremove(char *name)
{
	Chan *c;
	int r;

	if((c = namewalk(name, 0)) == nil)
		return -1;
	r = mntremove(c);
	chanclose(c);
	return r;
}

/* --- create --- */

/* find the last element of the name: it, terminated; nil and errstr: there is none that could be made */
static char *cutlast(Walk *w)
{
	char *e, *end;

	for(end = w->s; kind[(uchar)*end] < End; end++)
		;
	if(*end != 0)
		return seterrp(Ebadchar);
	while(end > w->s && end[-1] == '/')
		*--end = 0;
	e = end;
	while(e > w->s && e[-1] != '/')
		e--;
	if(*e == 0 || strcmp(e, ".") == 0 || isdotdot(e))
		return seterrp(Eexist);
	if(strlen(e) > NAMEMAX)
		return seterrp(Etoolong);
	return e;
}

/* open and truncate what has been found */
static Chan *openold(Walk *w, int omode, u32int perm)
{
	if(here(w)->qid.type & QTDIR)
		return seterrp(perm & DMDIR? Eexist: Eisdir);
	if(perm & DMDIR)
		return seterrp(Eexist);
	return openhere(w, omode|OTRUNC);
}

/* make the file elem where we are */
static Chan *createnew(Walk *w, char *elem, int omode, u32int perm)
{
	Chan *c, *dir;
	Path *p;

	dir = w->mh == nil? w->c: unioncreate(w->mh);
	if(dir == nil || (c = chandupfid(dir)) == nil)
		return nil;
	if((p = pathcopy(w->p, strlen(elem))) == nil)
		goto Bad;
	if(w->mh != nil && crosspush(p, w->mh->from) < 0){
		pathclose(p);
		goto Bad;
	}
	if((c->path = pathadd(p, elem, strlen(elem))) != nil && mntcreate(c, elem, omode, perm) == 0)
		return c;
Bad:
	chanclose(c);
	return nil;
}

/*
 * create(2): w is at the directory, elem the name.  Without OEXCL what exists
 * is opened and truncated.  Between looking and making others may make or
 * remove it: so look again.
 */
static Chan *create(Walk *w, char *elem, int omode, u32int perm)
{
	char err[ERRMAX];
	u16int len;
	Chan *c;
	int i;

	len = strlen(elem);
	if(omode & OEXCL)
		return createnew(w, elem, omode, perm);
	for(i = 0; i < Tries; i++){
		if(steps(w, &elem, &len, 1) == 0)
			return openold(w, omode, perm);
		if(strcmp(geterr(), Eintr) == 0)
			return nil;
		if((c = createnew(w, elem, omode, perm)) != nil)
			return c;
		rerrstr(err, sizeof err);
		if(strcmp(err, Eexist) != 0)
			break;
	}
	return seterrp(err);
}

Chan *namecreate(char *name, int omode, u32int perm)
{
	Walk w;
	Copy y;
	char *elem;
	Chan *c;

	if(omode & ~(3|OTRUNC|OCEXEC|ORCLOSE|OEXCL))
		return seterrp(Ebadmode);
	if(walkinit(&w, &y, name) < 0)
		return nil;
	c = nil;
	if((elem = cutlast(&w)) != nil){
		if(elem > w.s)
			elem[-1] = 0;
		else
			w.s = elem+strlen(elem);
		if(walkrest(&w) == 0){
			if((here(&w)->qid.type & QTDIR) == 0)
				seterr(Enotdir);
			else
				c = create(&w, elem, omode, perm);
		}
	}
	walkdone(&w, &y);
	return c;
}

/* --- bind, mount --- */
int namebind(char *new_, char *old, int flag)
{
	Chan *c, *o;
	int r;

	if((c = namewalk(new_, 0)) == nil)
		return -1;
	r = -1;
	if((o = namewalk(old, 1)) != nil)
		r = nsbind(c, o, flag, 0, nil);
	chanclose(o);
	chanclose(c);
	return r;
}

int namemount(Chan *c, Chan *afid, char *old, int flag, char *aname)
{
	Chan *root, *o;
	int r;

	if(pgrpisnomount(up->pgrp))
		return seterr("mount/attach disallowed");
	if((root = muxattach(c, afid, up->user, aname)) == nil)
		return -1;
	if(flag & MCACHE)
		root->flag |= CCache;
	r = -1;
	if((o = namewalk(old, 1)) != nil)
		r = nsbind(root, o, flag, 1, aname);
	chanclose(o);
	chanclose(root);
	return r;
}

/* what a name for unmount means: a directory, or by opening it the connection behind a file of #s or #d */
static Chan *mountedname(char *name)
{
	Chan *c;

	c = namewalk(name, 0);
	if(c == nil || c->qid.type & QTDIR)
		return c;
	chanclose(c);
	return nameopen(name, OREAD);
}

int nameunmount(char *mounted, char *old)
{
	Chan *c, *o;
	int r;

	c = nil;
	if(mounted != nil && (c = mountedname(mounted)) == nil)
		return -1;
	r = -1;
	if((o = namewalk(old, 1)) != nil)
		r = nsunmount(c, o);
	chanclose(o);
	chanclose(c);
	return r;
}

/* --- names from user memory --- */
char *userstr(u64int uva, usize max)
{
	char small[256], *s;
	long n;

	n = copyinstr(small, uva, MIN(max, sizeof small));
	if(n >= 0)
		return strdup(small);
	if(max <= sizeof small)
		return nil;
	if((s = malloc(max)) == nil)
		return seterrp(Enomem);
	if(copyinstr(s, uva, max) >= 0)
		return s;
	free(s);
	return nil;
}
