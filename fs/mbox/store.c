/*
 * store.c: the messages of a mailbox.
 *
 * Numbers go up and are never used again, so the messages are an array in
 * the order of their numbers, searched by halving.  A removed message leaves
 * a hole; they are taken out when half of the array is holes.  A slot is
 * kept free for each draft, so a draft becomes a message without an
 * allocation: a close cannot fail.
 *
 * A message never changes but for its flags.  One that is removed while a fid
 * has it lives on in Mbox.gone.  Mbox.used counts what is kept, also fields
 * that were not looked for yet: it does not depend on who has read what.
 *
 * Locks: Srv.lk, held by the callers.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "mbox.h"

enum {
	Least = 512,		/* of a draft's memory */
	Slots = 32,
};

u32int boxnow(void)
{
	return srvclock()/1000000000;
}

static void msgfree(Mbox *b, Msg *m)
{
	b->used -= sizeof *m + m->n + m->nfield*sizeof m->field[0];
	free(m->field);
	free(m->raw);
	free(m);
}

Mbox *boxnew(u64int max)
{
	Mbox *b;

	if((b = mallocz(sizeof *b, 1)) == nil)
		return nil;
	b->next = 1;
	b->max = max;
	b->mtime = boxnow();
	b->waitl = &b->wait;
	return b;
}

void boxfree(Mbox *b)
{
	Msg *m;
	u32int i;

	for(i = 0; i < b->nslot; i++)
		if(b->slot[i].m != nil)
			msgfree(b, b->slot[i].m);
	while((m = b->gone) != nil){
		b->gone = m->next;
		msgfree(b, m);
	}
	free(b->slot);
	free(b);
}

/* --- the array --- */

/* take out the holes */
static void dense(Mbox *b)
{
	u32int i, n;

	n = 0;
	for(i = 0; i < b->nslot; i++)
		if(b->slot[i].m != nil)
			b->slot[n++] = b->slot[i];
	b->nslot = n;
}

/* the first slot whose number is not below num; nslot if there is none */
static u32int place(Mbox *b, u64int num)
{
	u32int lo, hi, mid;

	lo = 0;
	hi = b->nslot;
	while(lo < hi){
		mid = lo + (hi-lo)/2;
		if(b->slot[mid].num < num)
			lo = mid+1;
		else
			hi = mid;
	}
	return lo;
}

Msg *msgfind(Mbox *b, u64int num)
{
	u32int i;

	i = place(b, num);
	return i < b->nslot && b->slot[i].num == num? b->slot[i].m: nil;
}

Msg *msgafter(Mbox *b, u64int num)
{
	u32int i;

	for(i = place(b, num); i < b->nslot; i++)
		if(b->slot[i].m != nil)
			return b->slot[i].m;
	return nil;
}

/* have a slot for each draft and one more */
static int reserve(Mbox *b)
{
	Slot *a;
	u32int n;

	if(b->nslot + b->ndraft < b->maxslot)
		return 0;
	n = b->maxslot + b->maxslot/2 + Slots;
	if((a = realloc(b->slot, n*sizeof a[0])) == nil)
		return -1;
	b->slot = a;
	b->maxslot = n;
	return 0;
}

/* --- drafts --- */
Msg *draftnew(Mbox *b)
{
	Msg *m;

	if(b->ndraft >= Draftmax || b->nlive + b->ndraft >= Msgmax || b->used + sizeof *m > b->max){
		werrstr("%s", Enospace);
		return nil;
	}
	if(reserve(b) < 0 || (m = mallocz(sizeof *m, 1)) == nil){
		werrstr("%s", Enomem);
		return nil;
	}
	m->ref = 1;
	b->ndraft++;
	b->used += sizeof *m;
	return m;
}

/* give a draft room for n more bytes, and count them */
static char *grow(Mbox *b, Msg *m, u32int n)
{
	uchar *p;
	u64int cap;

	if((u64int)m->n + n > b->max)
		return Etoobig;
	if(b->used + n > b->max)
		return Enospace;
	if(m->n + n > m->cap){
		for(cap = Least; cap < m->n + n; cap *= 2)
			;
		if((p = realloc(m->raw, cap)) == nil)
			return Enomem;
		m->raw = p;
		m->cap = cap;
	}
	b->used += n;
	return nil;
}

char *draftappend(Mbox *b, Msg *m, Req *r)
{
	char *e;

	if(r->count == 0 && !m->bad)
		return nil;
	e = m->bad? Eio: grow(b, m, r->count);
	if(e != nil){
		m->bad = 1;
		return e;
	}
	m->n += reqget(r, 0, m->raw+m->n, r->count);
	return nil;
}

char *draftput(Mbox *b, Msg *m, uchar *p, u32int n)
{
	char *e;

	if(n == 0)
		return nil;
	if((e = grow(b, m, n)) != nil){
		m->bad = 1;
		return e;
	}
	memmove(m->raw+m->n, p, n);
	m->n += n;
	return nil;
}

void drafttruncate(Mbox *b, Msg *m)
{
	free(m->raw);
	b->used -= m->n;
	m->raw = nil;
	m->n = m->cap = 0;
	m->bad = 0;
}

/* memory that the message will not need */
static void trim(Msg *m)
{
	uchar *p;

	if(m->n == m->cap || (p = realloc(m->raw, m->n)) == nil)
		return;
	m->raw = p;
	m->cap = m->n;
}

/* the draft m has all its bytes and will be message num */
static void finish(Mbox *b, Msg *m, u64int num)
{
	trim(m);
	msgsplit(m);
	b->used += m->nfield*sizeof m->field[0];
	b->ndraft--;
	m->num = num;
}

/* the same, and it is in the box, whose the reference is */
static void enter(Mbox *b, Msg *m, u64int num)
{
	finish(b, m, num);
	b->slot[b->nslot++] = (Slot){ .num = num, .m = m };
	b->nlive++;
}

int draftcommit(Mbox *b, Msg *m)
{
	if(m->bad || m->n == 0 || b->next == Maxnum)
		return 0;
	enter(b, m, b->next++);
	m->ref++;
	m->mtime = boxnow();
	boxevent(b, Enew, m->num);
	return 1;
}

/* put m among those that are removed */
static void goneadd(Mbox *b, Msg *m)
{
	m->prev = nil;
	m->next = b->gone;
	if(b->gone != nil)
		b->gone->prev = m;
	b->gone = m;
}

/*
 * For an image: the messages come in the order of their numbers, then those
 * that are gone, whose references are to come.
 */
int msgenter(Mbox *b, Msg *m, u64int num, int gone)
{
	if(m->n == 0)
		return -1;
	if(gone? msgfind(b, num) != nil: b->nslot > 0 && b->slot[b->nslot-1].num >= num)
		return -1;
	if(!gone){
		enter(b, m, num);
		return 0;
	}
	finish(b, m, num);
	m->ref = 0;
	goneadd(b, m);
	return 0;
}

/* --- the end of one --- */
void msgremove(Mbox *b, Msg *m)
{
	b->slot[place(b, m->num)].m = nil;
	b->nlive--;
	if(b->nslot > 2*b->nlive + Slots)
		dense(b);
	boxevent(b, Edel, m->num);
	goneadd(b, m);
	msgclose(b, m);
}

void msgclose(Mbox *b, Msg *m)
{
	if(m == nil || --m->ref > 0)
		return;
	if(m->num == 0)
		b->ndraft--;
	else{
		*(m->prev != nil? &m->prev->next: &b->gone) = m->next;
		if(m->next != nil)
			m->next->prev = m->prev;
	}
	msgfree(b, m);
}

void boxevent(Mbox *b, int kind, u64int num)
{
	b->event[b->nevent++ % Nevent] = (Event){ .num = num, .kind = kind };
	if(kind != Eflags){
		b->vers++;
		b->mtime = boxnow();
	}
}
