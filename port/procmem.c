/*
 * procmem.c: the files of #p that are memory, registers, the program.
 *
 * Proc.debug is held around the use of another process's memory, FPU state and
 * profile: it cannot exit then.  A stopped process cannot be started
 * with debug held; when it is killed it does nothing with these but exit.
 * Sleeps.
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
#include "procprof.h"

enum {
	Piece = 1024,		/* moved at a time, through the stack */
	Maxtext = 64*MiB,	/* that can be profiled */
};

static char Enotstopped[] = "process is not stopped";
static char Ekproc[] = "kernel process";


/* --- memory --- */

/* with p->debug.  Bytes; -1 if there are none for an error */
static long readmem(Req *r, Proc *p)
{
	uchar buf[Piece];
	u32int n;
	long k;

	for(n = 0; n < r->count; n += k){
		k = segfetch(p, r->offset+n, buf, MIN(r->count-n, sizeof buf), 0);
		if(k < 0)
			return n > 0? (long)n: -1;
		if(k == 0)
			break;
		reqput(r, n, buf, k);
	}
	return n;
}

static long writemem(Req *r, Proc *p)
{
	uchar buf[Piece];
	u32int n;
	long k;

	for(n = 0; n < r->count; n += k){
		k = reqget(r, n, buf, sizeof buf);
		k = segfetch(p, r->offset+n, buf, k, 1);
		if(k < 0)
			return n > 0? (long)n: -1;
		if(k == 0)
			break;
	}
	return n;
}

void procmemread(Req *r, Proc *p)
{
	long n;

	qlock(&p->debug);
	n = p->exiting && p->state != Pbroken? seterr(Eexited): p->kp? seterr(Ekproc): readmem(r, p);
	qunlock(&p->debug);
	r->rcount = MAX(n, 0);
	reply(r, n);
}

void procmemwrite(Req *r, Proc *p)
{
	long n;

	qlock(&p->debug);
	n = p->state == Pstopped? writemem(r, p): seterr(Enotstopped);
	qunlock(&p->debug);
	r->rcount = MAX(n, 0);
	reply(r, n);
}

/* --- registers --- */

void procregsread(Req *r, Proc *p)
{
	Ureg u;

	if(p->kp){
		respond(r, Ekproc);
		return;
	}
	u = *uregtop(p->kstktop);
	readbuf(r, &u, sizeof u);
	respond(r, nil);
}

static int setregs(Req *r, Proc *p)
{
	Ureg u, *at;

	if(p->state != Pstopped)
		return seterr(Enotstopped);
	if(r->offset >= (vlong)sizeof u || r->count > sizeof u - r->offset)
		return seterr(Ebadarg);
	at = uregtop(p->kstktop);
	u = *at;
	reqget(r, 0, (uchar*)&u + r->offset, r->count);
	return uregset(at, &u);
}

void procregswrite(Req *r, Proc *p)
{
	int e;

	qlock(&p->debug);
	e = setregs(r, p);
	qunlock(&p->debug);
	devwritten(r, e);
}

/* of a running process nothing is known: zeros.  The reference keeps the stack */
void prockregsread(Req *r, Proc *p)
{
	Ureg u;

	if(!isowner()){
		respond(r, Eperm);
		return;
	}
	memset(&u, 0, sizeof u);
	if(p->ksp && __atomic_load_n(&p->oncpu, __ATOMIC_ACQUIRE) == 0)
		ctxregs(p->ksp, &u);
	readbuf(r, &u, sizeof u);
	respond(r, nil);
}

/* the area as the processor saves it; empty if the process has not used it */
void procfpregsread(Req *r, Proc *p)
{
	int e;

	e = 0;
	qlock(&p->debug);
	if(p->state != Pstopped)
		e = seterr(Enotstopped);
	else if(p->fpused)
		readbuf(r, p->fp, fpsize);
	else
		r->rcount = 0;
	qunlock(&p->debug);
	reply(r, e);
}

static int setfpregs(Req *r, Proc *p)
{
	if(p->state != Pstopped)
		return seterr(Enotstopped);
	if(!p->fpused)
		return seterr("floating point not used yet");
	if(r->offset >= (vlong)fpsize || r->count > fpsize - r->offset)
		return seterr(Ebadarg);
	reqget(r, 0, (uchar*)p->fp + r->offset, r->count);
	fpsane(p->fp);
	return 0;
}

void procfpregswrite(Req *r, Proc *p)
{
	int e;

	qlock(&p->debug);
	e = setfpregs(r, p);
	qunlock(&p->debug);
	devwritten(r, e);
}

/* --- the kernel's structure --- */

void procprocread(Req *r, Proc *p)
{
	if(!isowner()){
		respond(r, Eperm);
		return;
	}
	readbuf(r, p, sizeof *p);
	respond(r, nil);
}

/* --- the program --- */

static long readchan(Req *r, Chan *c)
{
	uchar buf[Piece];
	u32int n;
	long k;

	for(n = 0; n < r->count; n += k){
		k = chanread(c, buf, MIN(r->count-n, sizeof buf), r->offset+n);
		if(k < 0)
			return n > 0? (long)n: -1;
		if(k == 0)
			break;
		reqput(r, n, buf, k);
	}
	return n;
}

void proctextread(Req *r, Proc *p)
{
	Chan *c;
	long n;

	qlock(&p->debug);
	c = p->kp? nil: segtextchan(p);
	qunlock(&p->debug);
	if(c == nil){
		respond(r, Enonexist);
		return;
	}
	n = readchan(r, c);
	chanclose(c);
	r->rcount = MAX(n, 0);
	reply(r, n);
}

/* --- profile --- */

static int textrange(Proc *p, Seginfo *s)
{
	int i;

	for(i = 0; seginfo(p, i, s); i++)
		if(s->type == SegText)
			return 0;
	return seterr("no text segment");
}

int procprofile(Proc *p)
{
	Seginfo s;
	Prof *q;
	usize n;

	if(p->kp || textrange(p, &s) < 0)
		return seterr("no text segment");
	n = (s.top - s.base) / ProfGrain;
	if(s.top - s.base > Maxtext || (q = mallocz(sizeof *q + n*sizeof q->ms[0], 1)) == nil)
		return seterr(Enomem);
	q->base = s.base;
	q->n = n;
	qlock(&p->debug);
	if(p->prof || p->exiting){
		free(q);
		q = nil;
	}else
		__atomic_store_n(&p->prof, q, __ATOMIC_RELEASE);
	qunlock(&p->debug);
	return q? 0: seterr("already profiled");
}

void procprofread(Req *r, Proc *p)
{
	Prof *q;

	qlock(&p->debug);
	q = p->prof;
	if(q)
		readbuf(r, q->ms, q->n * sizeof q->ms[0]);
	qunlock(&p->debug);
	if(q)
		respond(r, nil);
	else
		respond(r, "profile is not on");
}

void profsample(Proc *p, uintptr pc, vlong ns)
{
	Prof *q;
	u64int i;
	u32int t;

	q = __atomic_load_n(&p->prof, __ATOMIC_ACQUIRE);
	t = ns/1000000;
	q->ms[0] += t;
	i = (pc - q->base) / ProfGrain;
	if(i > 0 && i < q->n)
		q->ms[i] += t;
}
