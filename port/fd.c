/*
 * fd.c: file descriptor groups.
 *
 * A table of channels that grows as needed, up to Maxfd.  Close-on-exec
 * belongs to the descriptor, all else to the channel.
 * A call that uses a descriptor counts nothing: it notes the channel in its
 * process's place in Fgrp.inuse (Proc.fduse; a few have one), where those who
 * take the descriptor out of the table look, who leave such a user a reference
 * of its own to drop.  Each side writes first and then looks.  Tables are
 * read without the lock for this, and so kept as long as the group.
 * Locks: Fgrp.lk, a leaf; channels are closed without it.  Only closing
 * sleeps.
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
	Minfd = 16,
	Maxfd = 8192,
	Nuse = 8,		/* processes of a group that have a place to say what they use */
};
#define Left 1UL	/* in such a place: the reference is the user's */

typedef struct Fd Fd;
struct Fd {
	Chan *c;
	u8int cexec;
};

typedef struct Fdtab Fdtab;
struct Fdtab {
	Fdtab *old;		/* those before, shorter */
	Fd fd[];
};

struct Fgrp {
	long ref;
	Lock lk;
	uintptr inuse[Nuse];	/* channels, or 0, or with Left */
	u8int placed;		/* bit per place: it is some process's */
	int n;			/* entries there are */
	int used;		/* all in use are below */
	int low;		/* all below are in use */
	Fdtab *tab;
	Fd *fd;			/* tab's */
};

static char Ebadfd[] = "fd out of range or not open";

Fgrp *fgrpnew(void)
{
	Fgrp *f;

	if((f = mallocz(sizeof *f, 1)) == nil)
		return seterrp(Enomem);
	f->ref = 1;
	return f;
}

/* make room for n entries; 0 or -1 */
static int grow(Fgrp *f, int n)
{
	Fdtab *t;
	int cap;

	if(n > Maxfd)
		return seterr("no free file descriptors");
	for(cap = Minfd; cap < n; cap *= 2)
		;
	if((t = mallocz(sizeof *t + cap*sizeof t->fd[0], 1)) == nil)
		return seterr(Enomem);
	lock(&f->lk);
	if(cap <= f->n){
		unlock(&f->lk);
		free(t);
		return 0;
	}
	if(f->n > 0)
		memmove(t->fd, f->fd, f->n*sizeof t->fd[0]);
	t->old = f->tab;
	f->tab = t;
	__atomic_store_n(&f->fd, t->fd, __ATOMIC_RELEASE);
	f->n = cap;
	unlock(&f->lk);
	return 0;
}

Fgrp *fgrpcopy(Fgrp *o)
{
	Fgrp *f;
	int i, n;

	if((f = fgrpnew()) == nil)
		return nil;
	for(;;){
		n = __atomic_load_n(&o->used, __ATOMIC_RELAXED);
		if(n > f->n && grow(f, n) < 0){
			fgrpclose(f);
			return nil;
		}
		lock(&o->lk);
		if(o->used <= f->n)
			break;
		unlock(&o->lk);
	}
	for(i = 0; i < o->used; i++){
		f->fd[i] = o->fd[i];
		if(f->fd[i].c != nil)
			chanincref(f->fd[i].c);
	}
	f->used = o->used;
	f->low = o->low;
	unlock(&o->lk);
	return f;
}

void fgrpincref(Fgrp *f)
{
	incref(&f->ref);
}

void fgrpclose(Fgrp *f)
{
	Fdtab *t, *old;
	int i;

	if(f == nil || decref(&f->ref) > 0)
		return;
	for(i = 0; i < f->used; i++)
		chanclose(f->fd[i].c);
	for(t = f->tab; t != nil; t = old){
		old = t->old;
		free(t);
	}
	free(f);
}

/*
 * c, just taken out of the table: those who use it get a reference each, and
 * ours is dropped.  Who gets a place only later does not find it any more.
 */
static void drop(Fgrp *f, Chan *c)
{
	uintptr b;
	u32int placed;
	int i;

	if(c == nil)
		return;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for(placed = __atomic_load_n(&f->placed, __ATOMIC_RELAXED); placed != 0; placed &= placed-1){
		i = __builtin_ctz(placed);
		b = (uintptr)c;
		if(__atomic_load_n(&f->inuse[i], __ATOMIC_RELAXED) != b)
			continue;
		chanincref(c);
		if(!__atomic_compare_exchange_n(&f->inuse[i], &b, b|Left, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			chanclose(c);
	}
	chanclose(c);
}

/* take fd out: its channel, or nil; lk is held */
static Chan *takeout(Fgrp *f, int fd)
{
	Chan *c;

	c = f->fd[fd].c;
	f->fd[fd] = (Fd){ .c = nil };
	if(fd < f->low)
		f->low = fd;
	while(f->used > 0 && f->fd[f->used-1].c == nil)
		f->used--;
	return c;
}

void fgrpcloexec(Fgrp *f)
{
	Chan *c;
	int i;

	i = 0;
	do{
		c = nil;
		lock(&f->lk);
		while(i < f->used && !f->fd[i].cexec)
			i++;
		if(i < f->used)
			c = takeout(f, i);
		unlock(&f->lk);
		drop(f, c);
	}while(c != nil);
}

/* may c be used as mode says? */
static int usable(Chan *c, int mode, int checkmsg)
{
	if(checkmsg && c->flag & CMsg)
		return seterr("inappropriate use of fd");
	if(mode < 0 || c->mode == ORDWR)
		return 0;
	if((mode & 3) == c->mode || ((mode & 3) == OREAD && c->mode == OEXEC))
		return 0;
	return seterr("inappropriate use of fd");
}

Chan *fdchan(int fd, int mode, int checkmsg)
{
	Fgrp *f;
	Chan *c;

	f = up->fgrp;
	c = nil;
	lock(&f->lk);
	if(fd >= 0 && fd < f->used && (c = f->fd[fd].c) != nil)
		chanincref(c);
	unlock(&f->lk);
	if(c == nil)
		return seterrp(Ebadfd);
	if((c->mode == ORDWR && (c->flag & CMsg) == 0) || usable(c, mode, checkmsg) == 0)
		return c;
	chanclose(c);
	return nil;
}

/* the current process gets a place in its group, if there is one; it has none in another */
static void placeget(Fgrp *f)
{
	int i;

	if(f->placed == (1<<Nuse)-1)
		return;
	lock(&f->lk);
	for(i = 0; i < Nuse && f->placed & 1<<i; i++)
		;
	if(i < Nuse){
		f->placed |= 1<<i;
		up->fduse = &f->inuse[i];
	}
	unlock(&f->lk);
}

void fgrpleave(Proc *p, Fgrp *f)
{
	if(p->fduse == nil)
		return;
	lock(&f->lk);
	f->placed &= ~(1<<(p->fduse - f->inuse));
	unlock(&f->lk);
	p->fduse = nil;
}

/* the use of c is over: 1; 0 if it is the user's to close */
static int unuse(uintptr *u, Chan *c)
{
	return __atomic_exchange_n(u, 0, __ATOMIC_ACQ_REL) == (uintptr)c;
}

/* as fdchan(fd, mode, 1); next time it may be quicker */
static __attribute__((noinline)) Chan *fdcounted(int fd, int mode)
{
	if(up->fduse == nil)
		placeget(up->fgrp);
	return fdchan(fd, mode, 1);
}

/*
 * The channel of fd, for use as mode says, until fdput.  One at a time for
 * each process.  Nil and errstr.
 */
Chan *fdget(int fd, int mode)
{
	uintptr *u;
	Fgrp *f;
	Chan *c;

	f = up->fgrp;
	u = up->fduse;
	if(u == nil || (u32int)fd >= __atomic_load_n((u32int*)&f->used, __ATOMIC_ACQUIRE) || (c = f->fd[fd].c) == nil)
		return fdcounted(fd, mode);
	__atomic_exchange_n(u, (uintptr)c, __ATOMIC_SEQ_CST);
	if(__atomic_load_n(&f->fd[fd].c, __ATOMIC_RELAXED) == c && (c->mode == ORDWR || c->mode == mode) && (c->flag & CMsg) == 0)
		return c;
	if(!unuse(u, c))
		chanclose(c);
	return fdcounted(fd, mode);
}

void fdput(Chan *c)
{
	uintptr *u;

	u = up->fduse;
	if(u == nil || *u == 0 || !unuse(u, c))
		chanclose(c);
}

int fdnew(Chan *c, int cexec)
{
	Fgrp *f;
	int i;

	if(c == nil)
		return -1;
	f = up->fgrp;
	for(;;){
		lock(&f->lk);
		for(i = f->low; i < f->n && f->fd[i].c != nil; i++)
			;
		if(i < f->n)
			break;
		unlock(&f->lk);
		if(grow(f, i+1) < 0){
			chanclose(c);
			return -1;
		}
	}
	f->fd[i] = (Fd){ .c = c, .cexec = cexec != 0 };
	f->low = i+1;
	if(i >= f->used)
		f->used = i+1;
	unlock(&f->lk);
	return i;
}

/* make descriptor new another one for old's channel; new -1: the lowest free.  The new one, or -1 */
int fddup(int old, int new)
{
	Fgrp *f;
	Chan *c, *was;

	if((c = fdchan(old, -1, 0)) == nil)
		return -1;
	if(new == -1)
		return fdnew(c, 0);
	f = up->fgrp;
	if(new < 0 || new >= Maxfd){
		chanclose(c);
		return seterr(Ebadfd);
	}
	if(new >= f->n && grow(f, new+1) < 0){
		chanclose(c);
		return -1;
	}
	lock(&f->lk);
	was = f->fd[new].c;
	f->fd[new] = (Fd){ .c = c };
	if(new >= f->used)
		f->used = new+1;
	unlock(&f->lk);
	drop(f, was);
	return new;
}

int fgrpfdclose(Fgrp *f, int fd)
{
	Chan *c;

	c = nil;
	lock(&f->lk);
	if(fd >= 0 && fd < f->used)
		c = takeout(f, fd);
	unlock(&f->lk);
	if(c == nil)
		return seterr(Ebadfd);
	drop(f, c);
	return 0;
}

int fdclose(int fd)
{
	return fgrpfdclose(up->fgrp, fd);
}

/* all descriptors in use are below */
int fgrpfdmax(Fgrp *f)
{
	return __atomic_load_n(&f->used, __ATOMIC_RELAXED);
}

int fdmax(void)
{
	return up->fgrp->used;
}

static char *modename[] = {
	[OREAD] = "r", [OWRITE] = "w", [ORDWR] = "rw", [OEXEC] = "r",
};

/*
 * A line about a descriptor: number, mode, server's type and instance, qid,
 * iounit, offset and name.
 */
int fdinfo(Fgrp *f, int fd, char *buf, int n)
{
	Chan *c;
	char *p;
	int past;

	c = nil;
	lock(&f->lk);
	past = fd < 0 || fd >= f->used;
	if(!past && (c = f->fd[fd].c) != nil)
		chanincref(c);
	unlock(&f->lk);
	if(c == nil)
		return past? -1: 0;
	p = seprint(buf, buf+n, "%3d %-2s %C %4ud (%.16llux %lud %.2ux) %5ud %8lld %s\n", fd, modename[c->mode&3],
		c->mnt->type, c->dev, (uvlong)c->qid.path, (ulong)c->qid.vers, c->qid.type, c->iounit, c->offset, chanpath(c));
	chanclose(c);
	return p - buf;
}
