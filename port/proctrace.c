/*
 * proctrace.c: #p/trace: what the scheduler does with traced processes.
 *
 * The scheduler records events, at any level and under its locks, in a ring
 * that is there while the file is open; when it is full the newest are
 * lost.  It cannot wake the reader, who therefore looks every Poll.
 * An event is 16 bytes: pid, type (Tr...), each 32 bits, and the time in ns
 * since boot, 64 bits, in the machine's order.
 *
 * Locks: ringlk, the innermost.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"
#include "procfile.h"

typedef struct Event Event;
struct Event {
	u32int pid;
	u32int type;
	vlong time;
};

enum {
	Nevent = 4096,		/* a power of two */
	Poll = 20000000,	/* ns */
};

static Lock ringlk;
static Event *ring;		/* nil: not open */
static u32int rd, wr;		/* free-running */

static void record(Proc *p, int type, vlong when)
{
	lock(&ringlk);
	if(ring && wr - rd < Nevent)
		ring[wr++ % Nevent] = (Event){ .pid = p->pid, .type = type, .time = when };
	unlock(&ringlk);
}

/* by one at a time */
void traceopen(Req *r)
{
	Event *new;
	int mine;

	if((r->mode & ~OCEXEC) != OREAD || !isowner()){
		respond(r, Eperm);
		return;
	}
	new = malloc(Nevent * sizeof *new);
	if(new == nil){
		respond(r, Enomem);
		return;
	}
	lock(&ringlk);
	mine = ring == nil;
	if(mine){
		ring = new;
		rd = wr = 0;
	}
	unlock(&ringlk);
	if(!mine){
		free(new);
		respond(r, Einuse);
		return;
	}
	proctracehook = record;
	respond(r, nil);
}

void traceclose(void)
{
	Event *old;

	proctracehook = nil;
	lock(&ringlk);
	old = ring;
	ring = nil;
	unlock(&ringlk);
	free(old);
}

static int take(Event *e)
{
	int got;

	lock(&ringlk);
	got = ring && rd != wr;
	if(got)
		*e = ring[rd++ % Nevent];
	unlock(&ringlk);
	return got;
}

void traceread(Req *r)
{
	Event e;
	u32int n;

	if(r->count < sizeof e){
		respond(r, Eshort);
		return;
	}
	while(!take(&e))
		if(tsleep(&up->sleepr, returnfalse, nil, Poll) < 0){
			responderr(r);
			return;
		}
	n = 0;
	do{
		reqput(r, n, &e, sizeof e);
		n += sizeof e;
	}while(r->count - n >= sizeof e && take(&e));
	r->rcount = n;
	respond(r, nil);
}
