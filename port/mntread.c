/*
 * mntread.c: a large read or write by way of a channel, several of its Treads or
 * Twrites in flight at a time.
 *
 * A call must not take data away that its caller does not get, nor write
 * behind what was refused: so more than one is out only where the file is known
 * to hold what is written to it.  Chan.known says how far: it is the length that
 * stat gave (synthetic files say 0), and what was written there since; none for
 * append-only and exclusive files.  A read goes no further than that with more
 * than one Tread; a write begins no further.  A short answer makes it 0 again.
 *
 * The first transfer that needs to know asks: a read together with its first
 * Tread, a write after its first Twrite, which what stat says must include.
 * The pieces are those that mnt.c would ask for one after the other.  Writes through a link,
 * whose server is near, go one at a time.
 * No locks, known is atomic; sleeps.
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
	Window = 512*KiB,	/* in flight: twice a TCP window, and not so much that others wait for long behind it */
	Nwin = 16,		/* in so many pieces at most */
	Statroom = 256,
};

typedef struct Win Win;
struct Win {
	Chan *c;
	int type;
	Buf *b;
	vlong off;
	Call *k[Nwin];		/* a ring; the oldest is k[tail%Nwin] */
	u32int max;		/* of them in use */
	u32int head, tail;
	u32int next;		/* first byte not asked for */
	int stop;		/* no more is wanted: those out are to be cancelled */
};

static vlong known(Chan *c)
{
	return __atomic_load_n(&c->known, __ATOMIC_RELAXED);
}

static void setknown(Chan *c, vlong n)
{
	__atomic_store_n(&c->known, n, __ATOMIC_RELAXED);
}

/* ask for the next piece: 0, or -1 */
static int ask(Win *w)
{
	Call *k;
	u32int n;

	if((k = callnew(w->c->mnt, w->c, w->type)) == nil)
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

/* ask for the length, unless a single request at a time is all that is allowed */
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

/* how much of the call may be out at once: bytes, from its beginning */
static vlong limit(Win *w)
{
	vlong n;

	n = known(w->c);
	if(w->type == Tread)
		return n - w->off;
	return n > 0 && w->off <= n? w->b->n: 0;
}

/* the first piece, and what the file's length is; its bytes, or -1; as take */
static long first(Win *w, int *full)
{
	uchar rec[Statroom];
	Call *k;
	vlong len;
	long r;

	if(ask(w) < 0)
		return -1;
	k = w->type == Tread? asklength(w->c, rec): nil;
	r = take(w, full);
	if(w->type == Twrite && *full)
		k = asklength(w->c, rec);
	if(k != nil){
		len = length(k, rec, r < 0);
		if(w->type == Tread || len >= w->off + r)
			setknown(w->c, len);
		callfree(k);
	}
	return r;
}

/* as much as may be out; those out when that fails are waited for all the same */
static void fillup(Win *w, vlong most)
{
	while(w->head - w->tail < w->max && w->next < w->b->n
	&& (w->head == w->tail || (vlong)w->next + w->c->iounit <= most || (w->type == Twrite && most > 0)))
		if(ask(w) < 0)
			return;
}

int muxmay(Mux *mx, int type)
{
	return type == Tread || mx->link.send == nil;
}

/* As mnt.c's iorun, for a b longer than the iounit. */
long muxmany(Chan *c, int type, Buf *b, vlong off)
{
	Win w;
	long done, r;
	int full;

	w = (Win){ .c = c, .type = type, .b = b, .off = off };
	w.max = MIN(MAX(Window/c->iounit, 2), Nwin);
	done = 0;
	full = 1;
	if(limit(&w) <= 0 && (done = first(&w, &full)) < 0)
		return -1;
	r = 0;
	while(full && done < b->n){
		fillup(&w, limit(&w));
		if(w.head == w.tail){
			r = -1;
			break;
		}
		if((r = take(&w, &full)) < 0)
			break;
		done += r;
	}
	if(!full)
		setknown(c, 0);
	else if(type == Twrite && known(c) > 0 && known(c) < off + done)
		setknown(c, off + done);
	drain(&w);
	return done > 0 || r >= 0? done: -1;
}
