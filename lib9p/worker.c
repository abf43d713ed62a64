/*
 * worker.c: processes for servers whose handlers must block.
 *
 * A handler gives its Req to workrun and returns; a worker calls the
 * blocking function, which answers.  There are as many workers as requests
 * blocked, up to a limit, and a few idle ones are kept.
 *
 * A flush interrupts the worker that has the request.  An interrupt may come
 * just before the worker blocks and be lost, so a second worker repeats it,
 * at growing intervals, until the request is answered.  It is sent under lk
 * while the worker has that job, and the worker settles before it takes the
 * next, so it never strikes another.
 *
 * Workers.lk protects all lists and Worker.r; the host's wake and interrupt
 * are called under it.  Nothing here sleeps but idle workers and naps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

enum {
	Maxidle = 8,
	Maxnap = 1000,		/* ms */
};

struct Workers {
	Lock lk;
	Workhost *h;
	long ref;		/* the owner's, and one for each worker */
	int max;
	int n;			/* workers there are, but those that nag */
	u64int id;		/* last job's */
	int nidle;
	int closed;
	Worker *idle;
	Worker *busy;
};

/* Workers for one server, at most max at a time.  Nil and errstr: no memory. */
Workers *workersnew(Workhost *h, int max)
{
	Workers *w;

	if((w = mallocz(sizeof *w, 1)) == nil){
		werrstr("%s", Enomem);
		return nil;
	}
	w->h = h;
	w->max = max;
	w->ref = 1;
	return w;
}

static void unref(Workers *w)
{
	long ref;

	lock(&w->lk);
	ref = --w->ref;
	unlock(&w->lk);
	if(ref == 0)
		free(w);
}

/* The owner is done: idle workers exit now, busy ones when they have answered. */
void workersfree(Workers *w)
{
	Worker *k;

	lock(&w->lk);
	w->closed = 1;
	for(k = w->idle; k != nil; k = k->next)
		w->h->wake(k);
	unlock(&w->lk);
	unref(w);
}

static void linkbusy(Workers *w, Worker *k)
{
	k->prev = nil;
	k->next = w->busy;
	if(w->busy != nil)
		w->busy->prev = k;
	w->busy = k;
}

static void unlinkbusy(Workers *w, Worker *k)
{
	*(k->prev != nil? &k->prev->next: &w->busy) = k->next;
	if(k->next != nil)
		k->next->prev = k->prev;
	k->next = k->prev = nil;
}

/* k's job is done: no interrupt that was meant for it may strike after this */
static void jobdone(Worker *k)
{
	Workers *w;
	int intr;

	w = k->w;
	lock(&w->lk);
	unlinkbusy(w, k);
	intr = k->intr;
	if(k->nag == 0)
		w->n--;
	k->r = nil;
	k->fn = nil;
	k->nag = 0;
	unlock(&w->lk);
	if(intr && w->h->settle != nil)
		w->h->settle(k);
}

/* wait for the next job: true if there is one, false if k is to exit */
static int nextjob(Worker *k)
{
	Workers *w;
	Worker **l;
	int job;

	w = k->w;
	lock(&w->lk);
	if(w->closed || w->nidle >= Maxidle){
		unlock(&w->lk);
		return 0;
	}
	k->next = w->idle;
	w->idle = k;
	w->nidle++;
	unlock(&w->lk);
	w->h->wait(k);
	lock(&w->lk);
	job = k->id != 0;
	if(!job){
		for(l = &w->idle; *l != k; l = &(*l)->next)
			;
		*l = k->next;
		w->nidle--;
	}
	unlock(&w->lk);
	return job;
}

/* interrupt a job: false if it is done */
static int strike(Workers *w, u64int id)
{
	Worker *k;

	lock(&w->lk);
	for(k = w->busy; k != nil && k->id != id; k = k->next)
		;
	if(k != nil){
		k->intr = 1;
		w->h->interrupt(k);
	}
	unlock(&w->lk);
	return k != nil;
}

static void nag(Workers *w, u64int id)
{
	long ms;

	ms = 1;
	do{
		w->h->nap(ms);
		ms = ms < Maxnap/2? 2*ms: Maxnap;
	}while(strike(w, id));
}

static void work(void *arg)
{
	Worker *k;
	Workers *w;
	Srv *s;

	k = arg;
	w = k->w;
	if(w->h->start != nil)
		w->h->start(k);
	do{
		if(k->nag != 0)
			nag(w, k->nag);
		else{
			s = k->r->srv;
			k->fn(k->r);
			srvreap(s);
		}
		jobdone(k);
		k->id = 0;
	}while(nextjob(k));
	free(k);
	unref(w);
}

/* lk is held */
static void assign(Workers *w, Worker *k, Req *r, void (*fn)(Req*), u64int nag)
{
	k->r = r;
	k->fn = fn;
	k->nag = nag;
	k->intr = 0;
	k->id = ++w->id;
	if(nag == 0)
		w->n++;
	linkbusy(w, k);
}

/* give a job to an idle worker: true if there was one, or there may be no new one */
static int giveidle(Workers *w, Req *r, void (*fn)(Req*), u64int nag, int *ok)
{
	Worker *k;

	lock(&w->lk);
	*ok = !w->closed && (nag != 0 || w->n < w->max);
	if(*ok && (k = w->idle) != nil){
		w->idle = k->next;
		w->nidle--;
		assign(w, k, r, fn, nag);
		w->h->wake(k);
		unlock(&w->lk);
		return 1;
	}
	unlock(&w->lk);
	return !*ok;
}

/* start a job: 0, -1 if it cannot be */
static int start(Workers *w, Req *r, void (*fn)(Req*), u64int nag)
{
	Worker *k;
	int ok;

	if(giveidle(w, r, fn, nag, &ok))
		return ok? 0: -1;
	if((k = mallocz(sizeof *k, 1)) == nil)
		return -1;
	k->w = w;
	lock(&w->lk);
	w->ref++;
	assign(w, k, r, fn, nag);
	unlock(&w->lk);
	if(w->h->spawn(work, k) >= 0)
		return 0;
	lock(&w->lk);
	unlinkbusy(w, k);
	if(nag == 0)
		w->n--;
	unlock(&w->lk);
	free(k);
	unref(w);
	return -1;
}

/* Have fn(r), which may block and answers r, called in a worker. */
void workrun(Workers *w, Req *r, void (*fn)(Req*))
{
	if(start(w, r, fn, 0) < 0)
		respond(r, Enoreqs);
}

/*
 * Srv.flush: interrupt the worker that has r->oldreq, if one has, and answer
 * r, which the library keeps until oldreq is answered.
 */
void workflush(Workers *w, Req *r)
{
	Worker *k;
	u64int id;
	int again;

	id = 0;
	again = 0;
	lock(&w->lk);
	for(k = w->busy; k != nil && k->r != r->oldreq; k = k->next)
		;
	if(k != nil){
		id = k->id;
		again = k->intr;
		k->intr = 1;
		w->h->interrupt(k);
	}
	unlock(&w->lk);
	if(id != 0 && !again && w->h->nap != nil)
		start(w, nil, nil, id);
	respond(r, nil);
}
