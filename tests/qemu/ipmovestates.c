/*
 * ipmovestates.c: connections and conversations in all states they can be in.
 * statesbegin makes them; after whatever has happened to the stacks
 * statesend has each do what it was made for, and looks at every byte.
 */
#include <u.h>
#include <libc.h>
#include "ipmovetest.h"

enum {
	Port = 7100,
	Idle = 130,
	Readers = 20,
	Writers = 4,
	Full = 900*1024,	/* more than both ends take */
	Unread = 12,
	Closed = 12,
	Waiting = 12,		/* for a listen */
	Listeners = 6,
	Dialing = 4,
	Udps = 4,
	Datagrams = 20,
};

typedef struct Job Job;
struct Job {	/* of a process that waits in a call */
	Call c;
	uint seed;
	int n;		/* listener's conversation, connection's place */
	int ctl;
};

static Call idle[Idle], unread[Unread], closed[Closed], waiting[Waiting];
static Job readers[Readers], writers[Writers], listeners[Listeners], dialing[Dialing];
static int waitlid;
static int udp[Udps][2];	/* data of each end */
static int lossy;
static int jobs;	/* processes that are not done */
static QLock lk;
static Rendez done = { .l = &lk };

static void jobdone(void)
{
	qlock(&lk);
	if(--jobs == 0)
		rwakeup(&done);
	qunlock(&lk);
}

static void start(void (*f)(void*), Job *j)
{
	qlock(&lk);
	jobs++;
	qunlock(&lk);
	awaitblocked(begin(f, j));
}

/* --- processes --- */
static void readjob(void *arg)
{
	Job *j;

	j = arg;
	get(j->c.data[0], j->seed, 0, 100);
	jobdone();
}

static void writejob(void *arg)
{
	Job *j;

	j = arg;
	put(j->c.data[0], j->seed, 0, Full);
	jobdone();
}

static void listenjob(void *arg)
{
	Job *j;

	j = arg;
	j->c.ctl[1] = callaccept(j->n, &j->c.data[1]);
	get(j->c.data[1], j->seed, 0, 50);
	jobdone();
}

/* nobody has that address: it waits until it is told to give up */
static void dialjob(void *arg)
{
	Job *j;

	j = arg;
	need(fprint(j->ctl, "connect 10.9.8.%d!7", 100+j->n) < 0);
	jobdone();
}

/* --- making them --- */
static void tcpbegin(void)
{
	int i, lid;

	convannounce("tcp", Port, &lid);
	for(i = 0; i < Idle; i++)
		callmake(&idle[i], lid, Port);
	for(i = 0; i < Unread; i++){
		callmake(&unread[i], lid, Port);
		put(unread[i].data[0], i, 0, 3000+i);
	}
	for(i = 0; i < Closed; i++){	/* odd: closed at both ends, with something on its way */
		callmake(&closed[i], lid, Port);
		put(closed[i].data[0], i, 0, 3000+i);
		callend(&closed[i], 0);
		if(i & 1)
			callend(&closed[i], 1);
	}
	for(i = 0; i < Readers; i++){
		callmake(&readers[i].c, lid, Port);
		readers[i].seed = i;
		start(readjob, &readers[i]);
	}
	for(i = 0; i < Writers; i++){
		callmake(&writers[i].c, lid, Port);
		writers[i].seed = i;
		start(writejob, &writers[i]);
	}
}

static void othersbegin(void)
{
	int i;

	convannounce("tcp", Port+1, &waitlid);
	for(i = 0; i < Waiting; i++){
		calldial(&waiting[i], Port+1);
		put(waiting[i].data[0], i, 0, 200);
	}
	for(i = 0; i < Listeners; i++){
		convannounce("tcp", Port+2+i, &listeners[i].n);
		listeners[i].seed = i;
		start(listenjob, &listeners[i]);
	}
	for(i = 0; i < Dialing; i++){
		dialing[i].ctl = convnew(&net[0], "tcp", &dialing[i].n);
		dialing[i].n = i;
		start(dialjob, &dialing[i]);
	}
}

static void udpbegin(void)
{
	int i, k, id, ctl;

	for(i = 0; i < Udps; i++){
		for(k = 0; k < 2; k++){
			ctl = convnew(&net[k], "udp", &id);
			need(fprint(ctl, "connect %s!%d %d", net[!k].addr, 9000+i, 9000+i) > 0);
			udp[i][k] = fileof(&net[k], "udp", id, "data");
		}
		for(k = 0; k < Datagrams; k++)
			put(udp[i][0], i, 10*k, 10);
	}
}

void statesbegin(int l)
{
	lossy = l;
	tcpbegin();
	othersbegin();
	udpbegin();
}

/* --- as they were left --- */
static void tcpend(void)
{
	uchar c;
	int i;

	for(i = 0; i < Idle; i++){
		talk(&idle[i], i);
		callend(&idle[i], i & 1);
		need(read(idle[i].data[~i & 1], &c, 1) == 0);
		callend(&idle[i], ~i & 1);
	}
	for(i = 0; i < Unread; i++){
		get(unread[i].data[1], i, 0, 3000+i);
		talk(&unread[i], i);
	}
	for(i = 0; i < Closed; i += 2){
		get(closed[i].data[1], i, 0, 3000+i);
		need(read(closed[i].data[1], &c, 1) == 0);
		callend(&closed[i], 1);
	}
	for(i = 0; i < Readers; i++)
		put(readers[i].c.data[1], i, 0, 100);
	for(i = 0; i < Writers; i++)
		get(writers[i].c.data[1], i, 0, Full);
}

static void othersend(void)
{
	int i;

	for(i = 0; i < Waiting; i++){	/* they come in the order of their calls */
		waiting[i].ctl[1] = callaccept(waitlid, &waiting[i].data[1]);
		get(waiting[i].data[1], i, 0, 200);
		talk(&waiting[i], i);
	}
	for(i = 0; i < Listeners; i++){
		calldial(&listeners[i].c, Port+2+i);
		put(listeners[i].c.data[0], i, 0, 50);
	}
	for(i = 0; i < Dialing; i++)
		need(fprint(dialing[i].ctl, "hangup") > 0);
}

/* datagrams come in order, each once; on a bad line some do not */
static void udpend(void)
{
	uchar buf[64];
	int i, n;

	for(i = 0; i < Udps && !lossy; i++){
		for(n = 0; n < Datagrams; n++)
			get(udp[i][1], i, 10*n, 10);
		put(udp[i][1], i, 0, 20);
		need(read(udp[i][0], buf, sizeof buf) == 20);
	}
}

int statesend(void)
{
	tcpend();
	othersend();
	udpend();
	qlock(&lk);
	while(jobs > 0)
		rsleep(&done);
	qunlock(&lk);
	return Idle+Unread+Closed+Readers+Writers+Waiting+Listeners+Dialing;
}
