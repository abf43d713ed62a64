/*
 * chan.c: channels.
 *
 * A Chan is counted; descriptors, name spaces, paths and processes refer to
 * it.  It is changed by whoever made it until others can see it; from then
 * on only its offset changes (atomically), and the position of an open
 * directory (under a lock of its own).  A Chan of a mounted connection holds
 * a reference on the channel that the connection is spoken on.
 *
 * What hangs from a Chan (path, union, connection) may hold the last
 * reference to other Chans, and those to others again, as deep as the users
 * like, so the dead are put on a list and closed one by one.
 * Closing sends a Tclunk and so may sleep.
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
	Spare = 256,		/* free Chans kept */
	Dirroom = 16*KiB,	/* most of a directory given by one read */
	Farroom = 64*KiB,	/* of one behind a channel, which may be far away */
	Statroom = 512,		/* most records fit */
	Statname = 41,		/* offset of the name's length in a record */
	Ionum = 1<<30,		/* most of one read or write of kernel memory */
};

#define Offmax 0x7FFFFFFFFFFFFFFFLL

static struct {
	Lock lk;
	Chan *free;
	int n;			/* no more than Spare */
} pool;

static Chan *poolget(void)
{
	Call *k;
	Chan *c;

	if((k = (Call*)up->mntreq) != nil && (c = k->sparechan) != nil){
		k->sparechan = nil;
		return c;
	}
	lock(&pool.lk);
	if((c = pool.free) != nil){
		pool.free = c->next;
		pool.n--;
	}
	unlock(&pool.lk);
	return c;
}

Chan *channew(Mnt *m)
{
	Chan *c;

	if((c = poolget()) == nil && (c = malloc(sizeof *c)) == nil)
		return seterrp(Enomem);
	*c = (Chan){ .ref = 1, .mnt = m, .dev = m->dev, .fidnum = NOFID };
	if(m->mux != nil)
		chanincref(muxtc(m->mux));
	return c;
}

static void poolput(Chan *c)
{
	Call *k;

	if((k = (Call*)up->mntreq) != nil && k->sparechan == nil){
		k->sparechan = c;
		return;
	}
	lock(&pool.lk);
	if(pool.n < Spare){
		c->next = pool.free;
		pool.free = c;
		pool.n++;
		c = nil;
	}
	unlock(&pool.lk);
	free(c);
}

void chanincref(Chan *c)
{
	incref(&c->ref);
}

void chandrop(Chan *c, Chan **dead)
{
	if(c == nil || decref(&c->ref) > 0)
		return;
	c->next = *dead;
	*dead = c;
}

void chanreap(Chan *dead)
{
	Chan *c;

	while((c = dead) != nil){
		dead = c->next;
		if(c->mux != nil)
			muxfree(c->mux);
		if(c->flag & CKeeps)
			cacheclose(c);
		mntclunk(c);
		pathdrop(c->path, &dead);
		if(c->umh != nil)
			mheaddrop(c->umh, &dead);
		if(c->udir != nil)
			udirdrop(c->udir, &dead);
		if(c->mnt->mux != nil)
			chandrop(muxtc(c->mnt->mux), &dead);
		poolput(c);
	}
}

void chanclose(Chan *c)
{
	if(c == nil || decref(&c->ref) > 0)
		return;
	c->next = nil;
	chanreap(c);
}

/* A channel with a fid of its own for the file of an unopened one, without a name. */
Chan *chandupfid(Chan *c)
{
	Chan *nc;

	return mntwalk(c, nil, 0, nil, &nc, nil) < 0? nil: nc;
}

/* The same with the name. */
Chan *chanclone(Chan *c)
{
	Chan *nc;

	if((nc = chandupfid(c)) == nil)
		return nil;
	if((nc->path = c->path) != nil)
		incref(&nc->path->ref);
	if((nc->umh = c->umh) != nil)
		mheadincref(nc->umh);
	return nc;
}

/* what every open channel has; 0 or -1 */
int chanisopen(Chan *c, int omode, u32int iounit)
{
	u32int most;

	most = c->mnt->msize - IOHDRSZ;
	c->iounit = iounit == 0 || iounit > most? most: iounit;
	c->mode = omode & 3;
	c->flag |= COpen;
	if(c->mnt->srv != nil && c->mnt->srv->flags & SrvMore && (c->qid.type & QTDIR) == 0)
		c->flag |= CQuick;
	if(omode & ORCLOSE)
		c->flag |= CRclose;
	if(c->flag & CCache)
		cacheopen(c);
	c->offset = 0;
	if(c->qid.type & QTDIR && (c->udir = udirnew()) == nil)
		return -1;
	return 0;
}

static int modecheck(Chan *c, int omode)
{
	if(omode & ~(3|OTRUNC|OCEXEC|ORCLOSE|OEXCL))
		return seterr(Ebadmode);
	if(c->qid.type & QTDIR && (omode & 3) != OREAD)
		return seterr(Eisdir);
	return 0;
}

/*
 * Open c, which is the caller's alone: the open channel, which may be
 * another one (#s, #d); nil and errstr, c being closed.
 */
Chan *chanopenas(Chan *c, int omode)
{
	Chan *nc;

	if(modecheck(c, omode) == 0 && (nc = mntopen(c, omode)) != nil)
		return nc;
	chanclose(c);
	return nil;
}

int chanopen(Chan *c, int omode)
{
	Chan *nc;

	if(modecheck(c, omode) < 0)
		return -1;
	chanincref(c);
	if((nc = mntopen(c, omode)) == nil){
		decref(&c->ref);
		return -1;
	}
	chanclose(nc);
	return nc == c? 0: seterr(Ebaduse);
}

/* --- data --- */
static int iocheck(long n, vlong off)
{
	if(n < 0)
		return seterr(Ebadarg);
	if(off < 0 || off > Offmax - n)
		return seterr(Enegoff);
	return 0;
}

long chanread(Chan *c, void *p, long n, vlong off)
{
	Buf b;

	if(iocheck(n, off) < 0)
		return -1;
	n = MIN(n, Ionum);
	if(c->qid.type & QTDIR)
		return dirread(c, p, n, off);
	b = (Buf){ .p = p, .n = n };
	return mntio(c, Tread, &b, off);
}

long chanwrite(Chan *c, const void *p, long n, vlong off)
{
	Buf b;

	if(iocheck(n, off) < 0)
		return -1;
	b = (Buf){ .p = (uchar*)p, .n = MIN(n, Ionum) };
	return mntio(c, Twrite, &b, off);
}

long chanreadbuf(Chan *c, Buf *b, vlong off)
{
	if(iocheck(b->n, off) < 0)
		return -1;
	return mntio(c, Tread, b, off);
}

long chanwritebuf(Chan *c, Buf *b, vlong off)
{
	if(iocheck(b->n, off) < 0)
		return -1;
	return mntio(c, Twrite, b, off);
}

/* directories go through kernel memory, because their entries are mended; off -1: go on where c is */
long chandirread(Chan *c, uintptr va, long n, vlong off)
{
	uchar *p;
	long r;

	if(n < 0)
		return seterr(Ebadarg);
	n = MIN(n, c->mnt->mux != nil? Farroom: Dirroom);
	if((p = malloc(n+1)) == nil)
		return seterr(Enomem);
	r = dirread(c, p, n, off);
	if(r > 0 && copyout(va, p, r) < 0)
		r = -1;
	free(p);
	return r;
}

long chanreaduser(Chan *c, uintptr va, long n, vlong off)
{
	if(iocheck(n, off) < 0)
		return -1;
	if(c->flag & CQuick)
		return mntquickread(c, va, n, off);
	if(c->qid.type & QTDIR)
		return chandirread(c, va, n, off);
	return mntiouser(c, Tread, va, n, off);
}

long chanwriteuser(Chan *c, uintptr va, long n, vlong off)
{
	if(iocheck(n, off) < 0)
		return -1;
	if(c->flag & CQuick && n <= SMALLIO)
		return mntquickwrite(c, va, n, off);
	return mntiouser(c, Twrite, va, n, off);
}

/* --- stat --- */
static u32int g2(uchar *p)
{
	return p[0] | p[1]<<8;
}

static void p2(uchar *p, u32int v)
{
	p[0] = v;
	p[1] = v>>8;
}

/*
 * Give the record of r bytes in the n at buf another name: its new length;
 * 2, with the size field set, if there is no room.
 */
static int statrename(uchar *buf, int r, int n, char *name)
{
	int old, new, k;

	old = g2(buf+Statname);
	new = strlen(name);
	k = r - old + new;
	if(k > STATMAX)
		return seterr(Etoolong);
	p2(buf, k-2);
	if(k > n)
		return 2;
	memmove(buf+Statname+2+new, buf+Statname+2+old, r-Statname-2-old);
	memmove(buf+Statname+2, name, new);
	p2(buf+Statname, new);
	return k;
}

static int ismountroot(Chan *c)
{
	return c->path != nil && crosshere(c->path, c->path->len);
}

static inline long mend(Chan *c, uchar *buf, long r)
{
	if(r < STATFIXLEN)
		return r;
	if(c->mnt->mux != nil && statcheck(buf, r) < 0)
		return seterr(Ebadstat);
	p2(buf+2, c->mnt->type);
	p2(buf+4, c->dev);
	p2(buf+6, c->dev>>16);
	return r;
}

long chanrecord(Chan *c, uchar *buf, long r)
{
	return mend(c, buf, r);
}

/*
 * The record of c's file, as stat(5), with type and dev filled in; the root
 * of a mounted tree has the name it is mounted on.  If it is longer than n,
 * only the size field is there, and 2 is returned.
 */
int chanstat(Chan *c, uchar *buf, int n)
{
	long r;

	if(n < 2)
		return seterr(Eshort);
	if((r = mend(c, buf, mntstat(c, buf, n))) < STATFIXLEN)
		return r;
	if(ismountroot(c))
		r = statrename(buf, r, n, pathlast(c->path));
	return r;
}

/*
 * One record; fields that are all ones, or empty, are left alone.  The name
 * of a mounted tree's root is its mount point's: setting it to what it is
 * changes nothing.
 */
int chanwstat(Chan *c, uchar *buf, int n)
{
	u32int k;

	if(n < 0 || n > STATMAX || statcheck(buf, n) < 0)
		return seterr(Ebadstat);
	if(ismountroot(c)){
		k = g2(buf+Statname);
		if(k == strlen(pathlast(c->path)) && memcmp(buf+Statname+2, pathlast(c->path), k) == 0)
			n = statrename(buf, n, n, "");
	}
	return mntwstat(c, buf, n);
}

vlong chanlength(Chan *c)
{
	uchar buf[Statroom], *big;
	Dir d;
	int n;

	n = chanstat(c, buf, sizeof buf);
	if(n >= STATFIXLEN && convM2D(buf, n, &d, nil) > 0)
		return d.length;
	if(n != 2)
		return -1;
	n = g2(buf)+2;
	if((big = malloc(n)) == nil)
		return seterr(Enomem);
	n = chanstat(c, big, n);
	if(n < STATFIXLEN || convM2D(big, n, &d, nil) == 0)
		d.length = -1;
	free(big);
	return d.length;
}

/* --- what it is --- */
char *chanpath(Chan *c)
{
	return c->path == nil? "": c->path->s;
}

int chansame(Chan *a, Chan *b)
{
	return a == b || (a->dev == b->dev && a->qid.path == b->qid.path);
}

int chanisunion(Chan *c)
{
	return c->umh != nil && c->umh->n > 1;
}

/* do two reads of the same qid give the same bytes? */
int chanfixed(Chan *c)
{
	return (c->qid.type & (QTDIR|QTAPPEND|QTEXCL|QTAUTH|QTTMP)) == 0;
}
