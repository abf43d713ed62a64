/*
 * mntread.c: a large read from a server behind a channel, several of its
 * Treads in flight at a time.
 *
 * A read must not take data away that its caller does not get: so more than
 * one Tread is out only within the length that stat gives (synthetic files
 * say 0), never on an append-only or exclusive file.  The stat goes with the
 * first Tread.  Past the length it is one at a time, until one falls short.
 * The pieces are those that mnt.c would ask for one after the other.
 * No locks; sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"
#include "mux.h"

enum {
	Nwin = 8,		/* Treads in flight */
	Statroom = 256,
};

typedef struct Win Win;
struct Win {
	Chan *c;
	Buf *b;
	vlong off;
	Call *k[Nwin];		/* a ring; the oldest is k[tail%Nwin] */
	u32int head, tail;
	u32int next;		/* first byte not asked for */
	int stop;		/* no more is wanted: those out are to be cancelled */
};

/* ask for the next piece: 0, or -1 */
static int ask(Win *w)
{
	Call *k;
	u32int n;

	if((k = callnew(w->c->mnt, w->c, Tread)) == nil)
		return -1;
	n = MIN(w->b->n - w->next, w->c->iounit);
	bufslice(w->b, w->next, n, &k->r.buf);
	k->r.count = n;
	k->r.offset = w->off + w->next;
	w->next += n;
	w->k[w->head++%Nwin] = k;
	muxstart(k);
	return 0;
}

/* wait for the oldest: its bytes, or -1 and errstr; *full: it was as long as asked for */
static long take(Win *w, int *full)
{
	Call *k;
	long r;

	k = w->k[w->tail++%Nwin];
	muxfinish(k, w->stop);
	r = k->r.rcount;
	*full = r == k->r.count;
	if(k->r.err != nil){
		*full = 0;
		r = w->stop? -1: seterr(k->r.err);
	}
	callfree(k);
	return r;
}

/* wait for what is still out, the answers being of no use */
static void drain(Win *w)
{
	int full;

	w->stop = 1;
	while(w->tail != w->head)
		take(w, &full);
}

/* the file's length by stat; 0 if it says none */
static vlong length(Call *k, uchar *rec, int cancel)
{
	Dir d;

	muxfinish(k, cancel);
	if(k->r.err != nil || k->r.rcount < STATFIXLEN || statcheck(rec, k->r.rcount) < 0)
		return 0;
	convM2D(rec, k->r.rcount, &d, nil);
	return d.length;
}

/* ask for the length, unless a single Tread at a time is all that is allowed */
static Call *asklength(Chan *c, uchar *rec)
{
	Call *k;

	if(c->qid.type & (QTAPPEND|QTEXCL|QTAUTH))
		return nil;
	if((k = callnew(c->mnt, c, Tstat)) == nil)
		return nil;
	k->r.buf = (Buf){ .p = rec, .n = Statroom };
	muxstart(k);
	return k;
}

/* As mnt.c's iorun, for a b longer than the iounit. */
long muxreads(Chan *c, Buf *b, vlong off)
{
	uchar rec[Statroom];
	Win w;
	Call *k;
	vlong limit;
	long done, r;
	int full;

	w = (Win){ .c = c, .b = b, .off = off };
	if(ask(&w) < 0)
		return -1;
	k = asklength(c, rec);
	done = take(&w, &full);
	limit = 0;
	if(k != nil){
		limit = length(k, rec, done < 0) - off;
		callfree(k);
	}
	if(limit > b->n)
		limit = b->n;
	while(full && done < b->n){
		while(w.head - w.tail < Nwin && w.next < b->n && (w.head == w.tail || (vlong)w.next + c->iounit <= limit))
			if(ask(&w) < 0)
				break;
		if(w.head == w.tail)
			break;
		r = take(&w, &full);
		if(r < 0)
			break;
		done += r;
	}
	drain(&w);
	return done;
}
