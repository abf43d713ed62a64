/*
 * Channels (thread(2)).  One lock, chanlock, guards them all, so that alt can
 * wait for several at once.  A thread that waits has an entry (Alt) in the
 * queue of each channel it waits for; who completes one of them copies the
 * value, takes all the thread's entries out and wakes it.
 *
 * A channel with values in its buffer has nobody waiting to receive, one
 * with room nobody waiting to send; so values stay in order.
 */
#include "u.h"
#include "libc.h"
#include "thread.h"
#include "../sys/sys.h"
#include "impl.h"

enum { Qsend, Qrecv };

#define queueof(a) (&(a)->c->q[(a)->op == CHANSND? Qsend: Qrecv])
#define isop(a) ((a)->op == CHANSND || (a)->op == CHANRCV)

static void enqueue(Alt *a)
{
	a->next = nil;
	a->prev = queueof(a)->tail;
	if(a->prev)
		a->prev->next = a;
	else
		queueof(a)->head = a;
	queueof(a)->tail = a;
	a->c->waiting++;
}

static void chandrop(Channel *c)
{
	if(c->freed && c->waiting == 0){
		free(c->buf);
		if(c->own)
			free(c);
	}
}

static void dequeue(Alt *a)
{
	if(a->prev)
		a->prev->next = a->next;
	else
		queueof(a)->head = a->next;
	if(a->next)
		a->next->prev = a->prev;
	else
		queueof(a)->tail = a->prev;
	a->c->waiting--;
	chandrop(a->c);
}

/* The thread of a waits no more; chosen tells it which entry, or -1. */
static void release(Thread *t, int chosen)
{
	Alt *a;

	for(a = t->alts; a->op != CHANEND; a++)
		if(isop(a))
			dequeue(a);
	t->alts = nil;
	t->chosen = chosen;
	unpark(t);
}

/* chanlock is held */
void altcancel(Thread *t)
{
	if(t->alts != nil)
		release(t, -1);
}

static void copy(Channel *c, void *to, void *from)
{
	if(to == nil)
		return;
	if(from == nil)
		memset(to, 0, c->size);
	else
		memmove(to, from, c->size);
}

static void *slot(Channel *c, int i)
{
	return c->buf + (usize)((c->first+i)%c->cap)*c->size;
}

static int canproceed(Alt *a)
{
	Channel *c;

	c = a->c;
	if(c->closed)
		return 1;
	if(a->op == CHANSND)
		return c->n < c->cap || c->q[Qrecv].head != nil;
	return c->n > 0 || c->q[Qsend].head != nil;
}

static void dosend(Alt *a)
{
	Channel *c;
	Alt *o;

	c = a->c;
	if(c->closed){
		a->err = "channel is closed";
		return;
	}
	o = c->q[Qrecv].head;
	if(o != nil){
		copy(c, o->v, a->v);
		release(o->thread, o->index);
		return;
	}
	copy(c, slot(c, c->n), a->v);
	c->n++;
}

static void dorecv(Alt *a)
{
	Channel *c;
	Alt *o;

	c = a->c;
	o = c->q[Qsend].head;
	if(c->n > 0){
		copy(c, a->v, slot(c, 0));
		c->first = (c->first+1)%c->cap;
		c->n--;
		if(o != nil){
			copy(c, slot(c, c->n), o->v);
			c->n++;
		}
	}else if(o != nil)
		copy(c, a->v, o->v);
	else{
		copy(c, a->v, nil);
		a->err = "channel is closed";
	}
	if(o != nil)
		release(o->thread, o->index);
}

/* One of the entries that can proceed, at random; nil if there is none. */
static Alt *choose(Alt *alts)
{
	Alt *a, *found;
	int n;

	n = 0;
	found = nil;
	for(a = alts; a->op != CHANEND && a->op != CHANNOBLK; a++)
		if(isop(a) && canproceed(a) && (++n == 1 || nrand(n) == 0))
			found = a;
	return found;
}

static int waitfor(Alt *alts, int n)
{
	Thread *t;
	int i;

	t = thisthread;
	for(i = 0; i < n; i++){
		alts[i].index = i;
		alts[i].thread = t;
		if(isop(&alts[i]))
			enqueue(&alts[i]);
	}
	t->alts = alts;
	unlock(&chanlock);
	park();
	if(t->dying)
		threadexits("killed");
	if(t->chosen < 0)
		werrstr("interrupted");
	return t->chosen;
}

/*
 * Do one of the operations of alts, which CHANEND or CHANNOBLK ends; wait
 * for one in the first case.  Returns its index, with err set if it failed
 * because the channel is closed; the index of CHANNOBLK; or -1 if interrupted.
 */
int alt(Alt *alts)
{
	Alt *a;
	int n, block;

	for(n = 0; alts[n].op != CHANEND && alts[n].op != CHANNOBLK; n++)
		alts[n].err = nil;
	block = alts[n].op == CHANEND;
	lock(&chanlock);
	a = choose(alts);
	if(a == nil && block)
		return waitfor(alts, n);
	if(a != nil && a->op == CHANSND)
		dosend(a);
	else if(a != nil)
		dorecv(a);
	unlock(&chanlock);
	return a? a - alts: n;
}

/* One operation: 1, 0 would wait, -1 failed */
static int one(Channel *c, void *v, int op, int end)
{
	Alt a[2];
	int i;

	a[0] = (Alt){.c = c, .v = v, .op = op};
	a[1] = (Alt){.op = end};
	i = alt(a);
	if(i < 0)
		return -1;
	if(i == 1)
		return 0;
	if(a[0].err == nil)
		return 1;
	werrstr("%s", a[0].err);
	return -1;
}

int send(Channel *c, void *v)
{
	return one(c, v, CHANSND, CHANEND);
}

int recv(Channel *c, void *v)
{
	return one(c, v, CHANRCV, CHANEND);
}

int nbsend(Channel *c, void *v)
{
	return one(c, v, CHANSND, CHANNOBLK);
}

int nbrecv(Channel *c, void *v)
{
	return one(c, v, CHANRCV, CHANNOBLK);
}

/* An entry was taken out because its channel closed. */
static void closewaiters(Channel *c, int q)
{
	Alt *a;

	while((a = c->q[q].head) != nil){
		a->err = "channel is closed";
		if(q == Qrecv)
			copy(c, a->v, nil);
		release(a->thread, a->index);
	}
}

/* No more sends; what is in it can still be received.  0, or -1 if it was closed. */
int chanclose(Channel *c)
{
	int was;

	lock(&chanlock);
	was = c->closed;
	c->closed = 1;
	closewaiters(c, Qsend);
	closewaiters(c, Qrecv);
	unlock(&chanlock);
	return was? -1: 0;
}

int chanclosing(Channel *c)
{
	int n;

	lock(&chanlock);
	n = c->closed? c->n: -1;
	unlock(&chanlock);
	return n;
}

/* Set up c for nelem values of elemsize bytes; 0, or -1. */
int chaninit(Channel *c, int elemsize, int nelem)
{
	if(elemsize < 0 || nelem < 0 || (nelem > 0 && elemsize > (1<<30)/nelem)){
		werrstr("bad channel size");
		return -1;
	}
	memset(c, 0, sizeof *c);
	c->size = elemsize;
	c->cap = nelem;
	if(nelem > 0 && (c->buf = malloc((usize)nelem*elemsize)) == nil)
		return -1;
	return 0;
}

Channel *chancreate(int elemsize, int nelem)
{
	Channel *c;

	c = malloc(sizeof *c);
	if(c == nil)
		return nil;
	if(chaninit(c, elemsize, nelem) < 0){
		free(c);
		return nil;
	}
	c->own = 1;
	return c;
}

/* Free it, when the last that waits for it has gone. */
void chanfree(Channel *c)
{
	if(c == nil)
		return;
	lock(&chanlock);
	c->freed = 1;
	chandrop(c);
	unlock(&chanlock);
}
