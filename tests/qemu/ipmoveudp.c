/*
 * ipmoveudp.c: datagrams go both ways while stacks move.  So few are under way
 * that no queue is ever full: each must come, once, in order.  Who sends is told
 * through memory what has come, so that one lost is not made up for.
 */
#include <u.h>
#include <libc.h>
#include "ipmovetest.h"

enum {
	Port = 9900,
	Window = 16,		/* datagrams under way */
	Size = 700,
};

typedef struct Flow Flow;
struct Flow {
	int fd[2];		/* from, to */
	long sent, come;	/* under lk, */
	int last;		/* and this: no more will be sent */
};

static Flow flow[2];
static QLock lk;
static Rendez moved = { .l = &lk };	/* sent, come or stop changed */
static int stop;

static void sender(void *arg)
{
	Flow *f;

	f = arg;
	qlock(&lk);
	while(!f->last){
		while(f->sent - f->come == Window)
			rsleep(&moved);
		f->last = stop;
		f->sent++;
		qunlock(&lk);
		put(f->fd[0], f-flow, (f->sent-1)*Size, Size);
		qlock(&lk);
	}
	qunlock(&lk);
}

static void receiver(void *arg)
{
	Flow *f;
	int more;

	f = arg;
	do{
		get(f->fd[1], f-flow, f->come*Size, Size);
		qlock(&lk);
		f->come++;
		more = !f->last || f->come < f->sent;
		rwakeupall(&moved);
		qunlock(&lk);
	}while(more);
}

void flowsbegin(void)
{
	int data[2], i, k, id, ctl;

	for(k = 0; k < 2; k++){
		ctl = convnew(&net[k], "udp", &id);
		need(fprint(ctl, "connect %s!%d %d", net[!k].addr, Port, Port) > 0);
		data[k] = fileof(&net[k], "udp", id, "data");
	}
	for(i = 0; i < 2; i++){
		flow[i].fd[0] = data[i];
		flow[i].fd[1] = data[!i];
		begin(receiver, &flow[i]);
		begin(sender, &flow[i]);
	}
}

void flowswent(void)
{
	long was[2];
	int i;

	qlock(&lk);
	for(i = 0; i < 2; i++)
		was[i] = flow[i].come;
	for(i = 0; i < 2; i++)
		while(flow[i].come < was[i]+2*Window)
			rsleep(&moved);
	qunlock(&lk);
}

void flowsend(void)
{
	int i;

	qlock(&lk);
	stop = 1;
	for(i = 0; i < 2; i++)
		while(!flow[i].last || flow[i].come < flow[i].sent)
			rsleep(&moved);
	qunlock(&lk);
}
