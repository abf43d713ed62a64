/*
 * ipmoveline.c: a bad line between two Ethernet interfaces: frames are lost,
 * change places with the next, and come twice, each so many times in a thousand.
 * Which, follows from a fixed seed and the order of the frames.  It is good until the file
 * Badline is there: a call of which the last message of three is lost, and what
 * asks for it again twice, is over at one end and open at the other, as is nobody's fault.
 */
#include <u.h>
#include <libc.h>
#include "ipmovetest.h"

enum { Framemax = 16384 };

typedef struct Frame Frame;
struct Frame {
	long n;		/* 0: none */
	uchar p[Framemax];
};

static int port[2];
static int loss, swap, twice, isbad;
static Frame cur[2], held[2];

/* a conversation that has every frame, and sends as it is told: its data */
static int tap(char *dev)
{
	char path[128], buf[32];
	int ctl, data;
	long n;

	snprint(path, sizeof path, "%s/clone", dev);
	need((ctl = open(path, ORDWR)) >= 0);
	need((n = read(ctl, buf, sizeof buf - 1)) > 0);
	buf[n] = 0;
	need(fprint(ctl, "connect -1") > 0);
	need(fprint(ctl, "bridge") > 0);
	snprint(path, sizeof path, "%s/%s/data", dev, buf);
	need((data = open(path, ORDWR)) >= 0);
	return data;
}

static int chance(u32int *x, int permille)
{
	if(!isbad && access(Badline, AEXIST) < 0)
		return 0;
	isbad = 1;
	*x = *x*1664525 + 1013904223;
	return (int)((*x>>8) % 1000) < permille;
}

static void send(int fd, Frame *f)
{
	need(f->n == 0 || write(fd, f->p, f->n) == f->n);
}

static void carry(void *arg)
{
	u32int x;
	int from;

	from = (int*)arg - port;
	x = from+1;
	for(;;){
		need((cur[from].n = read(port[from], cur[from].p, Framemax)) > 0);
		if(chance(&x, loss))
			continue;
		if(held[from].n == 0 && chance(&x, swap)){
			held[from] = cur[from];
			continue;
		}
		send(port[!from], &cur[from]);
		if(chance(&x, twice))
			send(port[!from], &cur[from]);
		send(port[!from], &held[from]);
		held[from].n = 0;
	}
}

void line(char *dev0, char *dev1, int l, int s, int t)
{
	loss = l;
	swap = s;
	twice = t;
	port[0] = tap(dev0);
	port[1] = tap(dev1);
	begin(carry, &port[0]);
	begin(carry, &port[1]);
}
