/*
 * mnttag.c: the tags and fid numbers of a connection.
 *
 * A tag is taken before its request is sent and given back when nothing can
 * come for it any more.  Its use says what an answer means:
 *
 *	TagCall -> answer -> the caller; with a Tflush out -> TagHeld
 *	TagCall -> abandoned -> TagLimbo, a clunk or remove TagAsync
 *	TagLimbo -> answer -> TagHeld (TagLate if it made a fid, no flush out)
 *	TagFlush -> Rflush -> both it and its mate are over; a caller that has
 *		got nothing by then is told "interrupted"
 *	TagLate, TagDefer -> Tclunk sent at the next occasion -> TagAsync -> free
 *
 * A fid's number is free again when the answer to its clunk or remove, or
 * the failure of what was to make it, has come; so it is never used twice.
 *
 * Locks: Mux.lk is held by the callers of those that say so; nothing sleeps.
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

/* --- fid numbers --- */
u32int muxfid(Mux *mx)
{
	u32int f;

	f = NOFID;
	lock(&mx->lk);
	if(mx->nfree > 0)
		f = mx->freefid[--mx->nfree];
	else if(mx->nextfid < NOFID)
		f = mx->nextfid++;
	unlock(&mx->lk);
	if(f == NOFID)
		seterr(Enofids);
	return f;
}

/* lk is held.  No memory to remember it: then it is not used again */
void muxfidput(Mux *mx, u32int fid)
{
	u32int *t, cap;

	if(fid == NOFID)
		return;
	if(mx->nfree == mx->freecap){
		cap = mx->freecap == 0? 32: 2*mx->freecap;
		if((t = realloc(mx->freefid, cap*sizeof t[0])) == nil)
			return;
		mx->freefid = t;
		mx->freecap = cap;
	}
	mx->freefid[mx->nfree++] = fid;
}

void muxfidfree(Mux *mx, u32int fid)
{
	lock(&mx->lk);
	muxfidput(mx, fid);
	unlock(&mx->lk);
}

/* --- tags; lk is held --- */
static int tagsgrow(Mux *mx)
{
	Tag *t;
	u32int n, i;

	n = mx->ntags == 0? Mintags: 2*mx->ntags;
	if(n > Maxtags || (t = realloc(mx->tags, n*sizeof t[0])) == nil)
		return -1;
	for(i = mx->ntags; i < n; i++)
		t[i] = (Tag){ .use = TagFree, .next = i+1 < n? i+1: NOTAG };
	mx->freetag = mx->ntags;
	mx->tags = t;
	mx->ntags = n;
	return 0;
}

int muxtag(Mux *mx, int use, int type, u32int fid, Call *k)
{
	Tag *t;
	int i;

	if(mx->freetag == NOTAG && tagsgrow(mx) < 0)
		return -1;
	i = mx->freetag;
	t = &mx->tags[i];
	mx->freetag = t->next;
	*t = (Tag){ .use = use, .type = type, .fid = fid, .k = k };
	mx->nbusy++;
	return i;
}

void muxtagput(Mux *mx, int i)
{
	Tag *t;

	t = &mx->tags[i];
	t->use = TagFree;
	t->k = nil;
	t->next = mx->freetag;
	mx->freetag = i;
	mx->nbusy--;
}

/* nothing more will come for tag i: what about its fid? */
void muxtagover(Mux *mx, int i)
{
	Tag *t;

	t = &mx->tags[i];
	if(t->fid != NOFID){
		t->use = TagLate;
		mx->nlate++;
	}else
		muxtagput(mx, i);
}

/* --- ends of calls --- */
void muxerr(Call *k, char *e)
{
	if(e != k->r.ebuf)
		strecpy(k->r.ebuf, k->r.ebuf+ERRMAX, e);
	k->r.err = k->r.ebuf;
}

/* the caller goes on, and may be gone before we have returned; lk may be held */
void muxdone(Call *k)
{
	int waits, stream;

	if(k->fin != nil){
		k->fin(k);
		return;
	}
	stream = k->m->mux->link.send == nil;
	waits = awakes(&k->w);
	reqdone(&k->r);
	if(waits)
		awaken(&k->w);
	else if(stream)
		wakeup(&k->rend);
}

/* k has got its answer, or will never; lk is held */
void muxend(Mux *mx, Call *k)
{
	Tag *t;

	if(mx->ver == k){
		mx->ver = nil;
		return;
	}
	t = &mx->tags[k->tag];
	t->k = nil;
	if(t->flushing)
		t->use = TagHeld;
	else
		muxtagput(mx, k->tag);
}

void muxdie(Mux *mx, char *why)
{
	Call *k;
	Tag *t;
	u32int i;

	lock(&mx->lk);
	if(mx->state == MuxDead){
		unlock(&mx->lk);
		return;
	}
	mx->state = MuxDead;
	strecpy(mx->why, mx->why+ERRMAX, why);
	if((k = mx->ver) != nil && !k->copying){
		mx->ver = nil;
		muxerr(k, why);
		muxdone(k);
	}
	for(i = 0; i < mx->ntags; i++){
		t = &mx->tags[i];
		k = t->k;
		if(t->use == TagFree || (k != nil && k->copying))
			continue;
		muxtagput(mx, i);
		if(k != nil){
			muxerr(k, why);
			muxdone(k);
		}
	}
	mx->nlimbo = mx->nclunk = mx->nlate = 0;
	mx->ndefer = 0;
	unlock(&mx->lk);
	wakeup(&mx->verr);
}
