/*
 * watch.c: conversations that may not last for ever.  One process hangs up
 * each whose time is over: then what waits for it ends, whether it began
 * to wait before or after, which would not be so with a note.
 *
 * Time is counted here, so that it does not matter when somebody sets the
 * clock.
 *
 * Locks: lk protects the list.  The hang-up is written without it, and
 * Watch.busy keeps the descriptor open meanwhile.
 */
#include <u.h>
#include <libc.h>
#include <dns.h>
#include "resolve.h"
#include "dat.h"

enum { Tick = 200 };	/* ms */

static QLock lk;
static Rendez some = { .l = &lk };	/* the list is not empty */
static Rendez idle = { .l = &lk };	/* one that was busy is not */
static Watch *list;
static int running;

static Watch *late(void)
{
	Watch *w;

	for(w = list; w != nil; w = w->next)
		if(!w->over && w->left <= 0)
			return w;
	return nil;
}

static void watcher(void)
{
	Watch *w;

	qlock(&lk);
	for(;;){
		while(list == nil)
			rsleep(&some);
		while((w = late()) != nil){
			w->over = w->busy = 1;
			qunlock(&lk);
			fprint(w->ctl, "hangup");
			qlock(&lk);
			w->busy = 0;
			rwakeupall(&idle);
		}
		qunlock(&lk);
		sleep(Tick);
		qlock(&lk);
		for(w = list; w != nil; w = w->next)
			w->left -= Tick;
	}
}

static int run(void)
{
	switch(rfork(RFPROC|RFMEM|RFNOWAIT)){
	case -1:
		return -1;
	case 0:
		watcher();
		_exits(nil);
	}
	running = 1;
	return 0;
}

int watch(Watch *w, int ctl, int ms)
{
	int r;

	*w = (Watch){ .ctl = ctl, .left = ms };
	qlock(&lk);
	r = running? 0: run();
	if(r == 0){
		w->next = list;
		list = w;
		rwakeup(&some);
	}
	qunlock(&lk);
	return r;
}

void unwatch(Watch *w)
{
	Watch **p;

	qlock(&lk);
	while(w->busy)
		rsleep(&idle);
	for(p = &list; *p != w; p = &(*p)->next)
		;
	*p = w->next;
	qunlock(&lk);
}
