/*
 * union.c: open directories.
 *
 * A directory's position belongs to the channel, and so survives dup and
 * fork.  A union is read element by element, in order; each is opened when
 * its turn comes, and one that cannot be opened or read is passed over.  The
 * elements are those of when the union was opened.  Entries get the type and
 * dev of the server they come from.
 *
 * One process at a time reads an open directory (busy); the others wait, and
 * a note ends their wait.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"

struct Udir {
	Lock lk;
	u8int busy;
	Rendez r;
	int i;			/* element being read */
	int own;		/* the element that the channel itself is open on */
	Chan *c;		/* element i, if another */
	vlong off;		/* in it */
	vlong pos;		/* in all */
};

Udir *udirnew(void)
{
	Udir *u;

	if((u = mallocz(sizeof *u, 1)) == nil)
		return seterrp(Enomem);
	return u;
}

void udirown(Udir *u, int i)
{
	u->own = i;
}

void udirdrop(Udir *u, Chan **dead)
{
	if(u == nil)
		return;
	chandrop(u->c, dead);
	free(u);
}

static int notbusy(void *a)
{
	return !((Udir*)a)->busy;
}

static int take(Udir *u)
{
	for(;;){
		lock(&u->lk);
		if(!u->busy){
			u->busy = 1;
			unlock(&u->lk);
			return 0;
		}
		unlock(&u->lk);
		if(sleep(&u->r, notbusy, u) < 0)
			return -1;
	}
}

static void leave(Udir *u)
{
	lock(&u->lk);
	u->busy = 0;
	unlock(&u->lk);
	wakeup(&u->r);
}

/* begin the i'th element */
static void start(Udir *u, int i)
{
	chanclose(u->c);
	u->c = nil;
	u->i = i;
	u->off = 0;
}

/* the channel that element u->i is read through; nil: it can't be */
static Chan *element(Chan *c, Udir *u)
{
	Chan *e;

	if(!chanisunion(c) || u->i == u->own)
		return c;
	if(u->c != nil)
		return u->c;
	if((e = chandupfid(c->umh->e[u->i].to)) == nil)
		return nil;
	return u->c = chanopenas(e, OREAD);
}

/* whole entries in the n bytes at p: give them their server's type and dev */
static int mend(Chan *c, uchar *p, long n)
{
	long size;

	for(; n > 0; n -= size, p += size){
		if(n < STATFIXLEN)
			return seterr(Ebadstat);
		size = (p[0] | p[1]<<8) + 2;
		if(size < STATFIXLEN || size > n)
			return seterr(Ebadstat);
		p[2] = c->mnt->type;
		p[3] = c->mnt->type>>8;
		p[4] = c->dev;
		p[5] = c->dev>>8;
		p[6] = c->dev>>16;
		p[7] = c->dev>>24;
	}
	return 0;
}

static long readelement(Chan *c, Udir *u, uchar *p, long n)
{
	Chan *e;
	Buf b;
	long r;

	if((e = element(c, u)) == nil)
		return -1;
	b = (Buf){ .p = p, .n = MIN(n, e->iounit) };
	r = mntio(e, Tread, &b, u->off);
	if(r > 0 && mend(e, p, r) < 0)
		return -1;
	return r;
}

/* is the error about this read, not about the element? */
static int isours(void)
{
	return strcmp(geterr(), Eintr) == 0 || strcmp(geterr(), Eshort) == 0;
}

static long readon(Chan *c, Udir *u, uchar *p, long n)
{
	long r;
	int last;

	last = chanisunion(c)? c->umh->n: 1;
	while(u->i < last){
		r = readelement(c, u, p, n);
		if(r > 0){
			u->off += r;
			u->pos += r;
			return r;
		}
		if(r < 0 && (last == 1 || isours()))
			return -1;
		if(last == 1)
			return 0;
		start(u, u->i+1);
	}
	return 0;
}

/*
 * Whole entries of a directory, at most n bytes: bytes, 0 at the end.  The
 * offset must be 0 (start again) or where the last read ended; -1 stands for
 * the channel's own, which is moved on.
 */
long dirread(Chan *c, uchar *p, long n, vlong off)
{
	Udir *u;
	vlong at;
	long r;

	if((u = c->udir) == nil)
		return seterr(Enotopen);
	if(take(u) < 0)
		return -1;
	at = off == -1? c->offset: off;
	if(at == 0 && u->pos != 0){
		start(u, 0);
		u->pos = 0;
	}
	if(at != u->pos)
		r = seterr(Ebadoffset);
	else
		r = readon(c, u, p, n);
	if(r > 0 && off == -1)
		c->offset = u->pos;
	leave(u);
	return r;
}

Chan *unioncreate(Mhead *mh)
{
	int i;

	for(i = 0; i < mh->n; i++)
		if(mh->e[i].flag & MCREATE)
			return mh->e[i].to;
	return seterrp("mounted directory forbids creation");
}
