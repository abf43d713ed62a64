/*
 * mntin.c: what comes from the server.
 *
 * Each message is looked up by its tag: the Call that waits gets the answer,
 * its data copied straight to where it wants it: a long one without a lock
 * but marked as being copied to (copying), which keeps the Call where it is.  What
 * nobody waits for changes only the tag.  Unknown tags are counted and
 * dropped; a message of an impossible size ends the connection.
 *
 * Through a Msglink each write of the server comes as it is, in its process:
 * mostly one whole message.  Pieces are put together in acc, under acclk.
 * Locks: acclk, then Mux.lk.  Nothing here waits for clients.
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

enum { Short = 128 };	/* answers copied under the lock */

/* an answer that nobody waits for; lk is held */
static void loose(Mux *mx, int tag, int type)
{
	Tag *t, *o;

	t = &mx->tags[tag];
	switch(t->use){
	case TagAsync:
		mx->nclunk--;
		muxfidput(mx, t->fid);
		muxtagput(mx, tag);
		break;
	case TagLimbo:
		mx->nlimbo--;
		if(type != t->type+1){
			muxfidput(mx, t->fid);
			t->fid = NOFID;
		}
		t->use = TagHeld;
		if(!t->flushing)
			muxtagover(mx, tag);
		break;
	case TagFlush:
		o = &mx->tags[t->mate];
		o->flushing = 0;
		if(o->use == TagHeld)
			muxtagover(mx, t->mate);
		else if(o->use == TagLimbo){
			mx->nlimbo--;
			muxfidput(mx, o->fid);
			muxtagput(mx, t->mate);
		}else if(o->use == TagCall && !o->k->copying){
			muxerr(o->k, Eintr);
			muxdone(o->k);
			muxtagput(mx, t->mate);
		}
		muxtagput(mx, tag);
		break;
	default:
		mx->nstray++;
	}
}

/* a walk that fell short made no fid; only the message tells */
static int answertype(int type, Tag *t, uchar *h)
{
	if(type == Rwalk && t->type == Twalk && msg2(h+Msghdr) < t->mate)
		return Rerror;
	return type;
}

/*
 * k's answer could not be copied: it is to come again, unless nobody waits
 * for it any more, or nothing can come.
 */
static void again(Mux *mx, Call *k)
{
	int over;

	lock(&mx->lk);
	k->copying = 0;
	over = 1;
	if(mx->state == MuxDead){
		muxerr(k, mx->why);
		muxend(mx, k);
	}else if(k->quit)
		muxleave(mx, k);
	else
		over = 0;
	unlock(&mx->lk);
	if(over)
		muxdone(k);
}

/*
 * One whole message, which begins with the bytes in h.  0: it is in user
 * memory, of which some is not there now; nothing has come of it.
 */
int muxinput(Mux *mx, Part *s, uchar *h)
{
	Call *k;
	u32int tag;
	char *e;

	tag = msg2(h+5);
	lock(&mx->lk);
	if(tag == NOTAG)
		k = mx->ver;
	else if(tag >= mx->ntags){
		mx->nstray++;
		unlock(&mx->lk);
		return 1;
	}else{
		k = mx->tags[tag].k;
		if(k == nil)
			loose(mx, tag, answertype(h[4], &mx->tags[tag], h));
	}
	if(k == nil || k->copying){
		unlock(&mx->lk);
		return 1;
	}
	if(s->n > Short){
		k->copying = 1;
		unlock(&mx->lk);
	}
	e = msganswer(k, mx, s, h);
	if(s->u != nil && s->u->failed){
		again(mx, k);
		return 0;
	}
	if(e != nil)
		muxerr(k, e);
	if(s->n > Short)
		lock(&mx->lk);	/* still copying, until it is done: nobody is to touch it in between */
	muxend(mx, k);
	unlock(&mx->lk);
	muxdone(k);
	return 1;
}

int muxbadsize(Mux *mx, u32int n)
{
	if(n >= Msghdr && n <= mx->m.msize)
		return 0;
	muxdie(mx, Ebadmsg);
	return 1;
}

/* the whole messages that s begins with, where it is in one piece: how far they go */
static u32int several(Mux *mx, Part *s)
{
	uchar h[Headlen], *p;
	Part one;
	u32int off, n;

	for(off = 0; s->nh - off >= Msghdr; off += n){
		n = msg4(s->h+off);
		if(muxbadsize(mx, n))
			return s->n;
		if(n > s->nh - off)
			break;
		one = (Part){ .h = s->h+off, .nh = n, .n = n };
		p = one.h;
		if(s->nh - off < Headlen)
			p = memmove(h, p, n);
		muxinput(mx, &one, p);
	}
	return off;
}

/* pieces of messages, from at on, put together; acclk is held */
static void accumulate(Mux *mx, Part *s, u32int at)
{
	Part whole;
	u32int want, k;
	uchar h[Headlen];

	if(mx->acc == nil && (mx->acc = malloc(mx->m.msize)) == nil){
		muxdie(mx, Enomem);
		return;
	}
	for(; at < s->n; at += k){
		want = 4;
		if(mx->nacc >= 4){
			want = msg4(mx->acc);
			if(muxbadsize(mx, want))
				return;
		}
		k = MIN(want - mx->nacc, s->n-at);
		partget(s, at, mx->acc+mx->nacc, k);
		mx->nacc += k;
		if(mx->nacc >= Msghdr && mx->nacc == msg4(mx->acc)){
			whole = (Part){ .h = mx->acc, .nh = mx->nacc, .n = mx->nacc };
			mx->nacc = 0;
			partget(&whole, 0, h, sizeof h);
			muxinput(mx, &whole, h);
		}
	}
}

/* the beginning of s, as far as it has a fixed place: the message's length */
static u32int head(Part *s, uchar *h)
{
	u32int k;

	k = MIN(s->nh, Headlen);
	memmove(h, s->h, k);
	if(k < Headlen && k < s->n && (k < RREADHDR || h[4] != Rread))
		partget(s, k, h+k, MIN(Headlen, s->n)-k);
	return msg4(h);
}

/*
 * What the server has written to a linked channel: usually one whole
 * message.  Runs in the server's process and does not wait for clients.
 */
u32int muxsink(void *a, Part *s)
{
	uchar h[Headlen];
	Mux *mx;
	u32int off;

	mx = a;
	if(s == nil){
		muxdie(mx, Ehungup);
		return 0;
	}
	if(mx->state == MuxDead || s->n == 0)
		return s->n;
	if(mx->nacc == 0 && s->n >= Msghdr && head(s, h) == s->n){
		if(muxbadsize(mx, s->n) || muxinput(mx, s, h))
			return s->n;
	}
	if(s->u != nil)
		return 0;
	off = mx->nacc == 0? several(mx, s): 0;
	if(off == s->n)
		return off;
	qlock(&mx->acclk);
	accumulate(mx, s, off);
	qunlock(&mx->acclk);
	return s->n;
}
