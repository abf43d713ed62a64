/*
 * sendread.c: a system call that sends one message and waits for the next:
 * what a server does between two requests, or a client between two calls.
 *
 * The message comes in pieces and is never cut.  A short one is copied first.
 * The pieces of a long one go to a mount at the other end straight from the
 * process's memory to where its client wants them; if they are not all
 * in memory, or nobody is there to take them so, they are copied to
 * kernel memory, as one message, which waits until there is room.
 *
 * No locks.  Sleeps.
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
	Few = 4,
	Maxpieces = 1024,
	Maxsend = 2*MiB,
};

/* all of u from piece v on to p; -1 and errstr */
static int gather(Iopart *v, int n, uchar *p)
{
	for(; n > 0; n--, v++){
		if(copyin(p, (uintptr)v->p, v->n) < 0)
			return -1;
		p += v->n;
	}
	return 0;
}

/* n bytes, in nv pieces, by way of kernel memory */
static int sendcopy(Chan *c, Iopart *v, int nv, u32int n)
{
	Part s;
	uchar *p;
	int r;

	if((p = malloc(n)) == nil)
		return seterr(Enomem);
	s = (Part){ .h = p, .nh = n, .n = n };
	r = gather(v, nv, p);
	if(r == 0)
		r = quickpass(c, &s);
	free(p);
	return r;
}

/* the same; all but the message's head straight from where it is, if that can be */
static int sendlong(Chan *c, Iopart *v, int nv, u32int n, uchar *head)
{
	Iopart first;
	Upart u;
	Part s;
	u32int k;

	first = v[0];
	k = first.n <= SMALLIO? first.n: RREADHDR;
	if(k >= RREADHDR){
		if(copyin(head, (uintptr)first.p, k) < 0)
			return -1;
		v[0] = (Iopart){ (uchar*)first.p + k, first.n - k };
		u = (Upart){ .v = first.n == k? v+1: v };
		s = (Part){ .h = head, .nh = k, .u = &u, .n = n };
		if(quickpass(c, &s))
			return 0;
		v[0] = first;
	}
	return sendcopy(c, v, nv, n);
}

static int sendpieces(Chan *c, Iopart *v, int nv)
{
	uchar small[SMALLIO];
	Part s;
	u64int n;
	int i;

	n = 0;
	for(i = 0; i < nv; i++){
		if(v[i].n == 0 || v[i].n > Maxsend - n)
			return seterr(Ebadcount);
		n += v[i].n;
	}
	if(n > sizeof small)
		return sendlong(c, v, nv, n, small);
	if(gather(v, nv, small) < 0)
		return -1;
	s = (Part){ .h = small, .nh = n, .n = n };
	return quickpass(c, &s);
}

/* send the message of the n pieces that are listed at va: 0, or -1 and errstr */
static int sendfrom(Chan *c, uintptr va, u64int n)
{
	Iopart few[Few], *v;
	int r;

	if((c->flag & CQuick) == 0)
		return seterr("not a channel of messages");
	if(n == 0)
		return 0;
	if(n > Maxpieces)
		return seterr(Ebadcount);
	v = few;
	if(n > Few && (v = malloc(n*sizeof v[0])) == nil)
		return seterr(Enomem);
	r = copyin(v, va, n*sizeof v[0]);
	if(r == 0)
		r = sendpieces(c, v, n);
	if(v != few)
		free(v);
	return r;
}

/* sendread(fd, piece, npiece, buf, n): bytes read; -1: nothing was sent; -2: it was, but nothing read */
long sys_sendread(u64int *a)
{
	Chan *c;
	long r;

	if((c = fdget((int)a[0], ORDWR)) == nil)
		return -1;
	r = sendfrom(c, a[1], a[2]);
	if(r == 0 && (r = chanreaduser(c, a[3], (long)a[4], 0)) < 0){
		syscallfailed(up);
		r = -2;
	}
	fdput(c);
	return r;
}
