/*
 * QLock, RWLock and Rendez (lock(2)): those that wait sleep in a queue and
 * are served in order; who lets go hands over, so nobody overtakes.  A QLock
 * that nobody waits for changes hands without its Lock, by locked alone.  Each
 * waits in a QLp, taken from a free list in shared memory.  The Lock in each
 * structure is held for a few instructions; when the free list is empty,
 * for a malloc as well, so malloc itself must use nothing but a Lock.
 */
#include "u.h"
#include "libc.h"
#include "sys.h"

enum { Batch = 32 };

void *(*qself)(void);
void (*qpark)(void);
void (*qunpark)(void *thread);

static void qwait(QLp *p)
{
	if(p->thread != nil)
		qpark();
	else
		while(semacquire(&p->sem, 1) < 0)
			;	/* a note came */
}

static void qwake(QLp *p)
{
	if(p->thread != nil)
		qunpark(p->thread);
	else
		semrelease(&p->sem, 1);
}

static struct {
	Lock lock;
	QLp *free;
	QLp first[Batch];
	int given;	/* of first */
} pool;

static QLp *pooltake(void)
{
	QLp *p, *more;
	int i;

	p = pool.free;
	if(p != nil){
		pool.free = p->next;
		return p;
	}
	if(pool.given < Batch)
		return &pool.first[pool.given++];
	more = malloc(Batch*sizeof *more);
	if(more == nil)
		return nil;
	for(i = 1; i < Batch; i++){
		more[i].next = pool.free;
		pool.free = &more[i];
	}
	return more;
}

static QLp *qlpnew(int writer)
{
	QLp *p;

	for(;;){
		lock(&pool.lock);
		p = pooltake();
		unlock(&pool.lock);
		if(p != nil)
			break;
		sleep(10);	/* no memory: until somebody else has done with his */
	}
	*p = (QLp){.writer = writer, .thread = qself? qself(): nil};
	return p;
}

static void qlpfree(QLp *p)
{
	lock(&pool.lock);
	p->next = pool.free;
	pool.free = p;
	unlock(&pool.lock);
}

static void put(QLq *q, QLp *p)
{
	p->next = nil;
	if(q->head == nil)
		q->head = p;
	else
		q->tail->next = p;
	q->tail = p;
}

static QLp *take(QLq *q)
{
	QLp *p;

	p = q->head;
	if(p != nil)
		q->head = p->next;
	return p;
}

/* Let go of l, which guards q, and wait there until handed what was wanted. */
static void wait4(QLq *q, Lock *l, int writer)
{
	QLp *p;

	p = qlpnew(writer);
	put(q, p);
	unlock(l);
	qwait(p);
	qlpfree(p);
}

/* QLock.locked */
enum { Free, Held, Wanted };	/* Wanted: held, and qunlock has to look at the queue */

static int swap(QLock *l, int was, int to)
{
	return __atomic_compare_exchange_n(&l->locked, &was, to, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

void qlock(QLock *l)
{
	if(swap(l, Free, Held))
		return;
	lock(&l->lock);
	if(__atomic_exchange_n(&l->locked, Wanted, __ATOMIC_ACQ_REL) != Free)
		wait4(&l->q, &l->lock, 0);
	else
		unlock(&l->lock);
}

int canqlock(QLock *l)
{
	return swap(l, Free, Held);
}

/* who has it now, to be woken, or nil; l->lock is held */
static QLp *handon(QLock *l)
{
	QLp *p;

	p = take(&l->q);
	__atomic_store_n(&l->locked, p == nil? Free: l->q.head == nil? Held: Wanted, __ATOMIC_RELEASE);
	return p;
}

void qunlock(QLock *l)
{
	QLp *p;

	if(swap(l, Held, Free))
		return;
	lock(&l->lock);
	if(l->locked == Free){
		unlock(&l->lock);
		sysfatal("qunlock of a free lock");
	}
	p = handon(l);
	unlock(&l->lock);
	if(p != nil)
		qwake(p);
}

void rlock(RWLock *l)
{
	lock(&l->lock);
	if(l->writer || l->q.head != nil){
		wait4(&l->q, &l->lock, 0);
		return;
	}
	l->readers++;
	unlock(&l->lock);
}

int canrlock(RWLock *l)
{
	int got;

	lock(&l->lock);
	got = !l->writer && l->q.head == nil;
	l->readers += got;
	unlock(&l->lock);
	return got;
}

/* Hand the free lock to the first that waits: a writer, or all readers up to one. */
static QLp *handover(RWLock *l)
{
	QLp *p, *woken;

	if(l->q.head == nil || l->readers > 0 || l->writer)
		return nil;
	if(l->q.head->writer){
		l->writer = 1;
		p = take(&l->q);
		p->next = nil;
		return p;
	}
	woken = nil;
	while(l->q.head != nil && !l->q.head->writer){
		p = take(&l->q);
		p->next = woken;
		woken = p;
		l->readers++;
	}
	return woken;
}

static void wakeall(QLp *p)
{
	QLp *next;

	for(; p != nil; p = next){
		next = p->next;
		qwake(p);
	}
}

void runlock(RWLock *l)
{
	QLp *woken;

	lock(&l->lock);
	if(l->readers <= 0){
		unlock(&l->lock);
		sysfatal("runlock of a free lock");
	}
	l->readers--;
	woken = handover(l);
	unlock(&l->lock);
	wakeall(woken);
}

void wlock(RWLock *l)
{
	lock(&l->lock);
	if(l->writer || l->readers > 0 || l->q.head != nil){
		wait4(&l->q, &l->lock, 1);
		return;
	}
	l->writer = 1;
	unlock(&l->lock);
}

int canwlock(RWLock *l)
{
	int got;

	lock(&l->lock);
	got = !l->writer && l->readers == 0 && l->q.head == nil;
	if(got)
		l->writer = 1;
	unlock(&l->lock);
	return got;
}

void wunlock(RWLock *l)
{
	QLp *woken;

	lock(&l->lock);
	if(!l->writer){
		unlock(&l->lock);
		sysfatal("wunlock of a free lock");
	}
	l->writer = 0;
	woken = handover(l);
	unlock(&l->lock);
	wakeall(woken);
}

/*
 * r->l is held: let go of it, wait for a wakeup, have it again.  What is
 * woken goes on to wait for the lock, which its waker holds; so both queues
 * are guarded by r->l's Lock.
 */
void rsleep(Rendez *r)
{
	QLock *l;
	QLp *p, *next;

	l = r->l;
	p = qlpnew(0);
	lock(&l->lock);
	if(l->locked == Free){
		unlock(&l->lock);
		sysfatal("rsleep without the lock");
	}
	put(&r->q, p);
	next = handon(l);
	unlock(&l->lock);
	if(next != nil)
		qwake(next);
	qwait(p);
	qlpfree(p);
}

/* Wake up to max; r->l is held.  Returns how many. */
static int wakesome(Rendez *r, int max)
{
	QLp *p;
	int n;

	lock(&r->l->lock);
	if(r->l->locked == Free){
		unlock(&r->l->lock);
		sysfatal("rwakeup without the lock");
	}
	for(n = 0; n < max && (p = take(&r->q)) != nil; n++)
		put(&r->l->q, p);
	if(n > 0)
		__atomic_store_n(&r->l->locked, Wanted, __ATOMIC_RELEASE);
	unlock(&r->l->lock);
	return n;
}

int rwakeup(Rendez *r)
{
	return wakesome(r, 1);
}

int rwakeupall(Rendez *r)
{
	return wakesome(r, 1<<30);
}
