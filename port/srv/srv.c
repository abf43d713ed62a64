/*
 * srv.c: #s, the posted channels.
 *
 * A process creates a file here and writes the number of one of its
 * descriptors to it; from then on opening the file gives that descriptor's
 * channel.  A post lasts until it is removed, by its owner or the host
 * owner, or until the creator closes it, if it was created ORCLOSE.
 *
 * A fid of a file has a reference on the Post, which outlives its name.
 * Locks: posts.lk for the list and all in it; channels are closed without
 * it.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"

enum {
	Maxposts = 1024,
	Reserved = 32,		/* of them, for the host owner */
	Numlen = 16,
};

typedef struct Post Post;
struct Post {
	long ref;
	u64int path;
	char *name;
	char owner[NAMELEN];
	u32int perm;
	u32int time;
	u8int gone;		/* has no name any more */
	Chan *c;		/* nil: nothing written yet */
	Post *next;
};

static struct {
	QLock lk;
	Post *head, **tail;
	int n;
	u64int lastpath;
	u32int vers;
} posts = { .tail = &posts.head };

static void postclose(Post *p)
{
	if(p == nil || decref(&p->ref) > 0)
		return;
	chanclose(p->c);
	free(p->name);
	free(p);
}

/* the post of that name; lk is held */
static Post *find(char *name)
{
	Post *p;

	for(p = posts.head; p != nil && strcmp(p->name, name) != 0; p = p->next)
		;
	return p;
}

static char *srvwalk1(Fid *f, char *name, Qid *q)
{
	Post *p;

	if(strcmp(name, "..") == 0)
		return nil;
	qlock(&posts.lk);
	if((p = find(name)) != nil){
		incref(&p->ref);
		*q = (Qid){ .path = p->path };
	}
	qunlock(&posts.lk);
	if(p == nil)
		return Enonexist;
	f->aux = p;
	return nil;
}

static char *srvclone(Fid *from, Fid *to)
{
	Post *p;

	if((p = from->aux) != nil)
		incref(&p->ref);
	to->aux = p;
	return nil;
}

static void srvdestroy(Fid *f)
{
	postclose(f->aux);
}

static void srvattach9p(Req *r)
{
	r->fid->qid = (Qid){ .type = QTDIR };
	respond(r, r->name[0] != 0? Ebadattach: nil);
}

static void fill(Dir *d, Post *p)
{
	*d = (Dir){ .name = p->name, .uid = p->owner, .gid = p->owner, .muid = p->owner };
	d->qid.path = p->path;
	d->mode = p->perm;
	d->atime = d->mtime = p->time;
}

static void srvstat(Req *r)
{
	Post *p;

	qlock(&posts.lk);
	if((p = r->fid->aux) != nil)
		fill(&r->d, p);
	else{
		r->d = (Dir){ .name = "srv", .uid = hostowner(), .gid = hostowner(), .muid = hostowner() };
		r->d.qid = (Qid){ .type = QTDIR, .vers = posts.vers };
		r->d.mode = DMDIR|0777;
	}
	respond(r, nil);
	qunlock(&posts.lk);
}

static int srvgen(u64int i, Dir *d, void *a)
{
	Post *p;

	USED(a);
	for(p = posts.head; p != nil && i > 0; p = p->next)
		i--;
	if(p == nil)
		return 0;
	fill(d, p);
	return 1;
}

static void srvread(Req *r)
{
	char *err;

	if(r->fid->aux != nil){
		respond(r, Enoread);
		return;
	}
	qlock(&posts.lk);
	err = dirread9p(r, srvgen, nil);
	qunlock(&posts.lk);
	respond(r, err);
}

/* may c, posted, be used as mode says */
static int modeok(Chan *c, int mode)
{
	return c->mode == ORDWR || (mode & 3) == c->mode || ((mode & 3) == OREAD && c->mode == OEXEC);
}

static char *open1(Req *r, Post *p)
{
	char *err;
	Dir d;

	fill(&d, p);
	if(r->mode & OTRUNC)
		return Eexist;
	if((err = devmayopen(r, &d)) != nil)
		return err;
	if(p->gone)
		return Eremoved;
	if(p->c == nil)
		return "nothing posted yet";
	if(!modeok(p->c, r->mode))
		return Eperm;
	chanincref(p->c);
	mntsubst(r, p->c);
	return nil;
}

static void srvopen(Req *r)
{
	char *err;

	err = nil;
	qlock(&posts.lk);
	if(r->fid->aux != nil)
		err = open1(r, r->fid->aux);
	qunlock(&posts.lk);
	respond(r, err);
}

static Post *postnew(char *name, u32int perm)
{
	Post *p;

	if((p = mallocz(sizeof *p, 1)) == nil || (p->name = strdup(name)) == nil){
		free(p);
		return nil;
	}
	p->ref = 2;	/* the list's and the fid's */
	strecpy(p->owner, p->owner+sizeof p->owner, up->user);
	p->perm = perm & 0777;
	p->time = nsec()/1000000000;
	return p;
}

/* put p into the list; nil or error */
static char *enter(Post *p)
{
	if(find(p->name) != nil)
		return Eexist;
	if(posts.n + (isowner()? 0: Reserved) >= Maxposts)
		return "too many posted channels";
	p->path = ++posts.lastpath;
	*posts.tail = p;
	posts.tail = &p->next;
	posts.n++;
	posts.vers++;
	return nil;
}

/* for servers that are linked in */
int srvpost(Chan *c, char *name, u32int perm)
{
	Post *p;
	char *err;

	if(namecheck(name) < 0){
		chanclose(c);
		return -1;
	}
	if((p = postnew(name, perm)) == nil){
		chanclose(c);
		return seterr(Enomem);
	}
	p->ref = 1;
	p->c = c;
	qlock(&posts.lk);
	err = enter(p);
	qunlock(&posts.lk);
	if(err == nil)
		return 0;
	postclose(p);
	return seterr(err);
}

char *srvposted(char *name, Chan **c)
{
	Post *p;
	char *err;

	err = nil;
	qlock(&posts.lk);
	if((p = find(name)) == nil)
		err = Enonexist;
	else if(strcmp(p->owner, hostowner()) != 0)
		err = Eperm;
	else if(p->c == nil)
		err = "nothing posted yet";
	else{
		*c = p->c;
		chanincref(p->c);
	}
	qunlock(&posts.lk);
	return err;
}

static void srvcreate(Req *r)
{
	Post *p;
	char *err;

	if(r->fid->aux != nil || r->perm & (DMDIR|DMAPPEND|DMEXCL) || (r->mode & 3) != OWRITE){
		respond(r, Eperm);
		return;
	}
	if((p = postnew(r->name, r->perm)) == nil){
		respond(r, Enomem);
		return;
	}
	qlock(&posts.lk);
	err = enter(p);
	qunlock(&posts.lk);
	if(err != nil){
		p->ref = 1;
		postclose(p);
	}else{
		r->fid->aux = p;
		r->fid->qid = (Qid){ .path = p->path };
	}
	respond(r, err);
}

/* may this channel be posted? nil or error */
static char *postable(Chan *c)
{
	if(c->qid.type & QTAUTH)
		return "cannot post an authentication file";
	if(c->flag & CRclose)
		return "cannot post a file that is removed on close";
	return nil;
}

static void srvwrite(Req *r)
{
	char buf[Numlen], *end, *err;
	Post *p;
	Chan *c;
	long fd;

	p = r->fid->aux;
	if(devtext(r, buf, sizeof buf) < 0){
		responderr(r);
		return;
	}
	fd = strtol(buf, &end, 10);
	if(end == buf || *end != 0 || fd < 0 || fd > 0x7FFFFFFF){
		respond(r, Ebadarg);
		return;
	}
	if((c = fdchan(fd, -1, 0)) == nil){
		responderr(r);
		return;
	}
	err = postable(c);
	qlock(&posts.lk);
	if(err == nil && p->gone)
		err = Eremoved;
	if(err == nil && p->c != nil)
		err = Einuse;
	if(err == nil){
		p->c = c;
		c = nil;
	}
	qunlock(&posts.lk);
	chanclose(c);
	if(err == nil)
		r->rcount = r->count;
	respond(r, err);
}

static int mayremove(Post *p)
{
	return strcmp(p->owner, up->user) == 0 || isowner();
}

/* take *l out of the list; lk is held */
static void leave(Post **l)
{
	Post *p;

	p = *l;
	*l = p->next;
	if(posts.tail == &p->next)
		posts.tail = l;
	posts.n--;
	posts.vers++;
	p->gone = 1;
}

static int samepipe(Chan *a, Chan *b)
{
	return a != nil && a->dev == b->dev && a->qid.path>>2 == b->qid.path>>2;
}

/* its files' qids are those of its two ends, by their last two bits */
void srvunpost(Chan *end)
{
	Post *p, **l, *out;

	out = nil;
	qlock(&posts.lk);
	for(l = &posts.head; (p = *l) != nil; )
		if(samepipe(p->c, end)){
			leave(l);
			p->next = out;
			out = p;
		}else
			l = &p->next;
	qunlock(&posts.lk);
	while((p = out) != nil){
		out = p->next;
		postclose(p);
	}
}

static void srvremove(Req *r)
{
	Post *p, **l;
	char *err;

	p = r->fid->aux;
	if(p == nil){
		respond(r, Eperm);
		return;
	}
	err = nil;
	qlock(&posts.lk);
	for(l = &posts.head; *l != nil && *l != p; l = &(*l)->next)
		;
	if(*l == nil)
		err = Eremoved;
	else if(!mayremove(p))
		err = Eperm;
	else
		leave(l);
	qunlock(&posts.lk);
	if(err == nil)
		postclose(p);
	respond(r, err);
}

/* name, mode and, by the host owner, uid; all or nothing.  lk is held */
static char *change(Post *p, Dir *d)
{
	char *name;

	if(p == nil || !mayremove(p))
		return Eperm;
	if(d->length != ~0LL || d->mtime != ~0U || (d->gid != nil && d->gid[0] != 0))
		return Eperm;
	if(d->mode != ~0U && d->mode & ~0777U)
		return Eperm;
	if(d->uid != nil && d->uid[0] != 0 && (!isowner() || strlen(d->uid) >= NAMELEN))
		return Eperm;
	if(d->name != nil && d->name[0] != 0 && strcmp(d->name, p->name) != 0){
		if(find(d->name) != nil)
			return Eexist;
		if((name = strdup(d->name)) == nil)
			return Enomem;
		free(p->name);
		p->name = name;
	}
	if(d->mode != ~0U)
		p->perm = d->mode & 0777;
	if(d->uid != nil && d->uid[0] != 0)
		strecpy(p->owner, p->owner+sizeof p->owner, d->uid);
	return nil;
}

static void srvwstat(Req *r)
{
	char *err;

	qlock(&posts.lk);
	err = change(r->fid->aux, &r->d);
	qunlock(&posts.lk);
	respond(r, err);
}

/* the name of a posted channel, for #p/ns */
static int postname(Chan *c, char *buf, int n)
{
	Post *p;

	qlock(&posts.lk);
	for(p = posts.head; p != nil && p->c != c; p = p->next)
		;
	if(p != nil)
		snprint(buf, n, "#s/%s", p->name);
	qunlock(&posts.lk);
	return p != nil;
}

static int srvinit(Srv *s, char *arg)
{
	USED(s);
	USED(arg);
	srvnamehook = postname;
	return 0;
}

Srv srvsrv = {
	.name = "srv",
	.dc = 's',
	.flags = SrvBlocks,
	.init = srvinit,
	.attach = srvattach9p,
	.clone = srvclone,
	.walk1 = srvwalk1,
	.open = srvopen,
	.create = srvcreate,
	.read = srvread,
	.write = srvwrite,
	.remove = srvremove,
	.stat = srvstat,
	.wstat = srvwstat,
	.destroyfid = srvdestroy,
};
