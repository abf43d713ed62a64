/*
 * sem.c: semaphores in user memory, semacquire(2).
 *
 * The value is a user long, changed only by compare-and-swap, by these
 * calls and by user code.  A process that finds it not positive links a
 * Waiter, on its kernel stack, into a hash table keyed by the memory's
 * segment and offset, looks again, and sleeps.  semrelease adds to the value
 * first and then wakes as many waiters as it added: so one of the two sees
 * the other.  A waiter that was woken but does not need its turn, because
 * it got the semaphore by looking again, passes it on.
 *
 * Locks: one per bucket, for the lists and Waiter.woken; never while user
 * memory is touched.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "9p.h"
#include "timerq.h"

typedef struct Waiter Waiter;
typedef struct Bucket Bucket;
struct Waiter {
	u64int seg, off;
	Waiter *next, **prev;
	Rendez r;
	u8int woken;
};
struct Bucket {
	Lock lk;
	Waiter *head, **tail;	/* first come first */
};
enum { Nbucket = 64 };

static Bucket table[Nbucket];
static long nwaiters;		/* in all; a locked instruction lies between changing a value and looking here */

static Bucket *bucket(u64int seg, u64int off)
{
	return &table[(seg ^ seg>>7 ^ off>>3 ^ off>>9) % Nbucket];
}

static void linkin(Bucket *b, Waiter *w)
{
	poke(w->woken, 0);
	w->next = nil;
	incref(&nwaiters);
	lock(&b->lk);
	if(b->head == nil)
		b->tail = &b->head;
	w->prev = b->tail;
	*b->tail = w;
	b->tail = &w->next;
	unlock(&b->lk);
}

/* whether it had been woken */
static int takeout(Bucket *b, Waiter *w)
{
	lock(&b->lk);
	*w->prev = w->next;
	if(w->next)
		w->next->prev = w->prev;
	else
		b->tail = w->prev;
	unlock(&b->lk);
	decref(&nwaiters);
	return w->woken;
}

static void wake(u64int seg, u64int off, u64int n)
{
	Bucket *b;
	Waiter *w;

	b = bucket(seg, off);
	lock(&b->lk);
	for(w = b->head; w && n > 0; w = w->next)
		if(w->seg == seg && w->off == off && !peek(w->woken)){
			__atomic_store_n(&w->woken, 1, __ATOMIC_RELEASE);
			wakeup(&w->r);
			n--;
		}
	unlock(&b->lk);
}

/* 1: taken, 0: it is not positive, -1: bad address */
static int try(uintptr va)
{
	long v, was;
	int r;

	v = 1;	/* a guess costs less than to look first */
	do{
		r = ucas(va, v, v-1, &was);
		if(r != 0)
			return r;
		v = was;
	}while(v > 0);
	return 0;
}

static int woken(void *arg)
{
	return __atomic_load_n(&((Waiter*)arg)->woken, __ATOMIC_ACQUIRE);
}

/* 0: woken, 1: the time until is past (never if negative), -1: interrupted */
static int dowait(Waiter *w, vlong until)
{
	vlong ns;

	if(until < 0)
		return sleep(&w->r, woken, w);
	ns = until - monons();
	return ns <= 0? 1: tsleep(&w->r, woken, w, ns);
}

/* 1: acquired, 0: time is up, -1: interrupted, bad address */
static int acquire(uintptr va, vlong until)
{
	Waiter w;
	Bucket *b;
	int first, got, turn, why;

	memset(&w, 0, sizeof w);
	if(segkey(va, &w.seg, &w.off) < 0)
		return -1;
	b = bucket(w.seg, w.off);
	do{
		linkin(b, &w);
		first = got = try(va);
		why = got? 0: dowait(&w, until);
		turn = takeout(b, &w);
		if(got == 0)
			got = try(va);
	}while(got == 0 && why == 0);
	if(turn && (first != 0 || got < 0))
		wake(w.seg, w.off, 1);
	return got == 0 && why < 0? seterr(Eintr): got;
}

/* a[0]: address, a[1]: block.  1 acquired, 0 not, -1 */
long sys_semacquire(u64int *a)
{
	int r;

	r = try(a[0]);
	if(r != 0 || (int)a[1] == 0)
		return r;
	return acquire(a[0], -1);
}

/* a[0]: address, a[1]: ms */
long sys_tsemacquire(u64int *a)
{
	int r;

	r = try(a[0]);
	if(r != 0 || a[1] == 0)
		return r;
	return acquire(a[0], monons() + (vlong)MIN(a[1], (u64int)MAXMS)*1000000);
}

/* a[0]: address, a[1]: count.  The new value */
long sys_semrelease(u64int *a)
{
	u64int seg, off;
	long v, sum, was, n;
	int r;

	n = a[1];
	if(n < 0)
		return seterr(Ebadarg);
	for(v = 0;; v = was){
		if(__builtin_add_overflow(v, n, &sum))
			return seterr("semaphore count too large");
		r = ucas(a[0], v, sum, &was);
		if(r < 0)
			return -1;
		if(r > 0)
			break;
	}
	if(__atomic_load_n(&nwaiters, __ATOMIC_SEQ_CST) > 0 && segkey(a[0], &seg, &off) == 0)
		wake(seg, off, n);
	return sum;
}
