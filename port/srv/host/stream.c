/*
 * stream.c: connections of servers in the kernel that are not pipes: a serial
 * line, or a file of another server.
 *
 * A process per connection reads it; what it has read it gives to linkinput
 * under the instance lock, as the sink of a pipe does.  What is not taken,
 * because the client does not read or the instance is frozen, stays in rbuf,
 * and the process ends; linkstart makes another.  Answers are always written
 * by the process that writer() is, without the lock: only it and the reaper,
 * after it, take answers away then.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"
#include "hosti.h"

enum {
	Readsize = 16*KiB,
};

static int interrupted(long n)
{
	return n < 0 && strcmp(geterr(), Eintr) == 0;
}

static void reader(void *a)
{
	Link *l;
	Inst *x;
	long n;
	int more;

	l = a;
	x = l->x;
	do{
		n = chanread(l->chan, l->rbuf, Readsize, 0);
		more = 0;
		qlock(&x->lk);
		if(n > 0)
			l->rn = n;
		if(n > 0 && x->state == Live)
			more = linkrest(l);
		else if(n == 0 || (n < 0 && !interrupted(n)))
			more = -1;
		if(more < 0 && x->state == Live)
			linkend(l);
		if(more <= 0)
			l->reader = nil;
		instunlock(x);
	}while(more > 0);
	wakeup(&l->idle);
	linkput(l);
}

int streamstart(Link *l)
{
	Proc *p;
	uchar *b;

	if(l->reader != nil)
		return 0;
	if(l->rcap < Readsize){
		if((b = realloc(l->rbuf, Readsize)) == nil)
			return seterr(Enomem);
		l->rbuf = b;
		l->rcap = Readsize;
	}
	incref(&l->ref);
	qlock(&l->x->lk);
	p = l->reader = kproc("hostread", reader, l);
	qunlock(&l->x->lk);
	if(p != nil)
		return 0;
	decref(&l->ref);
	return seterr(Enomem);
}

int streamwrite(Link *l, Part *s)
{
	long n;

	while(l->sent < s->n){
		n = chanwrite(l->chan, s->h + l->sent, s->n - l->sent, 0);
		if(n > 0)
			l->sent += n;
		else if(interrupted(n))
			return -1;
		else
			break;		/* it has hung up: the reader sees that too */
	}
	return 0;
}
