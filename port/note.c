/*
 * note.c: notes, and what else a process sees to on its way back to user
 * mode: stops, kills.
 *
 * Posted notes queue in Proc.note; those of the system go to the front.
 * Proc.notepending has NPnote while one can be delivered, that is, no
 * handler runs, or it is the system's; and for a kill.  noteflags computes
 * it anew after every change.  Who posts then wakes the process if it waits
 * for something that notes end, or interrupts the processor it runs on.
 *
 * A handler is called with this on the user's stack, below the red zone:
 *
 *	0		return address; noted is the way back
 *	link		Proc.noteureg of before, when handlers nest (NSAVE)
 *	Ureg
 *	note		ERRMAX bytes
 *
 * The user may change all of it meanwhile; noted believes none of it without
 * uregset.
 *
 * Locks: Proc.lk.  userreturn and the calls sleep.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"

typedef struct Frame Frame;
struct Frame {
	u64int ret;
	u64int link;
	Ureg u;
	char msg[ERRMAX];
};
enum {
	Redzone = 128,
	Handlerflags = 0x500,	/* rflags that are off in a handler: trap, direction */
};

/* --- posting --- */

/* with p->lk */
void noteflags(Proc *p)
{
	int f;

	f = 0;
	if(p->nnote > 0 && (!p->notified || p->note[0].flag != NUser))
		f |= NPnote;
	if(p->procctl & PCkill)
		f |= NPnote|NPctl;
	if(p->procctl & PCstop)
		f |= NPctl;
	__atomic_store_n(&p->notepending, f, __ATOMIC_SEQ_CST);
}

/* p has something pending: end its wait, or have it leave user mode */
static void stir(Proc *p)
{
	Cpu *c;
	int s;

	s = __atomic_load_n(&p->state, __ATOMIC_SEQ_CST);
	switch(s){
	case Pwakeme:
	case Prendezvous:
		if(peek(p->intr))
			procwake(p, s);
		break;
	case Prunning:
		c = peek(p->cpu);
		if(p != up && c)
			cpukick(c->id);
		break;
	}
}

/* with p->lk.  0: there is no room */
static int queue(Proc *p, char *msg, int flag, int group)
{
	Note *n;

	if(flag == NUser){
		if(p->nnote == NNOTE)
			return 0;
		n = &p->note[p->nnote++];
	}else{
		if(p->nnote < NNOTE)
			p->nnote++;
		memmove(p->note+1, p->note, (p->nnote-1) * sizeof(Note));
		n = p->note;
	}
	strecpy(n->msg, n->msg+ERRMAX, msg);
	n->flag = flag;
	n->group = group;
	n->shown = 0;
	return 1;
}

static int deaf(Proc *p)
{
	return peek(p->kp) || p->exiting;
}

static int post(Proc *p, char *msg, int flag, int group)
{
	int ok;

	lock(&p->lk);
	ok = !deaf(p) && queue(p, msg, flag, group);
	if(ok){
		p->noteseq++;
		noteflags(p);
	}
	unlock(&p->lk);
	if(ok)
		stir(p);
	return ok;
}

int postnote(Proc *p, char *msg, int flag)
{
	return post(p, msg, flag, 0);
}

/* have p see to that bit of procctl when it next leaves the kernel, soon if it is in user mode */
void procrequest(Proc *p, int ctl)
{
	lock(&p->lk);
	p->procctl |= ctl;
	noteflags(p);
	unlock(&p->lk);
	if(p->state == Prunning)
		stir(p);
}

static void tokill(Proc *p, int kp)
{
	lock(&p->lk);
	if(p->kp != kp){
		unlock(&p->lk);
		return;
	}
	p->procctl |= PCkill;
	p->noteseq++;
	noteflags(p);
	unlock(&p->lk);
	stir(p);
	if(!procwake(p, Pstopped))
		procwake(p, Pbroken);
}

void prockill(Proc *p)
{
	tokill(p, 0);
}

void kprocintr(Proc *p)
{
	tokill(p, 1);
}

typedef struct Group Group;
struct Group { u32int id; char *user; char *msg; int flag; };

static int postmember(Proc *p, void *arg)
{
	Group *g;

	g = arg;
	if(p->noteid == g->id && p != up && (g->user == nil || strcmp(p->user, g->user) == 0))
		post(p, g->msg, g->flag, 1);
	return 0;
}

void postnotepg(u32int noteid, char *user, char *msg, int flag)
{
	Group g;

	g = (Group){ .id = noteid, .user = user, .msg = msg, .flag = flag };
	procforeach(postmember, &g);
}

/* the trap of the current process that msg tells */
void trapnote(Ureg *u, char *msg)
{
	up->ureg = u;
	postnote(up, msg, NDebug);
}

int notepending(void)
{
	return (up->notepending & NPnote) != 0;
}

int groupnoted(void)
{
	Proc *p;
	int i, found;

	p = up;
	if(peek(p->notepending) == 0)
		return 0;
	lock(&p->lk);
	found = (p->procctl & PCkill) != 0;
	if(p->notepending & NPnote)
		for(i = 0; i < p->nnote; i++)
			found |= p->note[i].group;
	unlock(&p->lk);
	return found;
}

int killed(void)
{
	return (up->procctl & PCkill) != 0;
}

u32int notemark(void)
{
	return up->noteseq;
}

/* --- stopping --- */

void procstop(void)
{
	Proc *p;

	p = up;
	p->procctl &= ~PCstop;
	noteflags(p);
	__atomic_store_n(&p->state, Pstopped, __ATOMIC_SEQ_CST);
	unlock(&p->lk);
	wakeup(&p->dbgr);
	/* a kill that came before it could see the state */
	if((p->procctl & PCkill) && __sync_bool_compare_and_swap(&p->state, Pstopped, Prunning))
		return;
	sched();
}

int procstart(Proc *p)
{
	return procwake(p, Pstopped)? 0: seterr("process is not stopped");
}

/* --- delivery --- */

int uregset(Ureg *to, Ureg *from)
{
	Ureg u;

	if(from->rip >= USERTOP || from->rsp > USERTOP)
		return seterr("bad address in registers");
	u = *from;
	u.trap = to->trap;
	u.err = to->err;
	uregsane(&u);
	*to = u;
	return 0;
}

/* tells the process's standard error why it dies, if it has one */
static void lament(Proc *p, char *msg)
{
	char buf[2*ERRMAX];
	Chan *c;
	vlong off;
	int n;

	n = snprint(buf, sizeof buf, "%s %ud: suicide: %s\n", p->text, p->pid, msg);
	c = fdchan(2, OWRITE, 0);
	if(c == nil)
		return;
	off = __atomic_fetch_add(&c->offset, n, __ATOMIC_RELAXED);
	chanwrite(c, buf, n, off);
	chanclose(c);
}

static int killmember(Proc *p, void *arg)
{
	USED(arg);
	if(p != up && p->together && p->noteid == up->noteid)
		prockill(p);
	return 0;
}

/* a part of a program dies: the rest must not go on without it */
static void endothers(void)
{
	if(up->together)
		procforeach(killmember, nil);
}

/* the end of a process that did what it may not */
static noreturn_ void suicide(char *msg)
{
	char why[ERRMAX];

	strecpy(why, why+ERRMAX, msg);
	lock(&up->lk);
	up->nnote = 0;
	noteflags(up);
	unlock(&up->lk);
	endothers();
	lament(up, why);
	pexit(why, 0);
}

/* the default action */
static noreturn_ void dienote(Note *n)
{
	if(n->flag == NDebug)
		suicide(n->msg);
	endothers();
	pexit(n->msg, 1);
}

static void callhandler(Ureg *u, Note *n)
{
	Proc *p;
	Frame f;
	uintptr sp;

	p = up;
	sp = (u->rsp - Redzone - sizeof f) & ~15UL;
	sp -= 8;		/* as after a call */
	if(u->rsp > USERTOP || sp > u->rsp)
		suicide("sys: bad stack for a note");
	f.ret = 0;
	f.link = p->noteureg;
	f.u = *u;
	strecpy(f.msg, f.msg+ERRMAX, n->msg);
	if(copyout(sp, &f, (char*)&f.msg[strlen(f.msg)+1] - (char*)&f) < 0)
		suicide("sys: bad stack for a note");
	if(p->notesaved == 0)
		fpnoteenter();
	strecpy(p->noteerr, p->noteerr+ERRMAX, p->syserrstr);
	p->noteureg = sp + __builtin_offsetof(Frame, u);
	u->rsp = sp;
	u->rip = p->notefn;
	u->rdi = p->noteureg;
	u->rsi = sp + __builtin_offsetof(Frame, msg);
	u->rflags &= ~(u64int)Handlerflags;
}

/* take the first note, if it can be delivered; with p->lk */
static int taken(Proc *p, Note *n)
{
	if((p->notepending & NPnote) == 0 || p->nnote == 0)
		return 0;
	*n = p->note[0];
	p->nnote--;
	memmove(p->note, p->note+1, p->nnote * sizeof(Note));
	strecpy(p->lastnote, p->lastnote+ERRMAX, n->msg);
	return 1;
}

static void deliver(Ureg *u)
{
	Proc *p;
	Note n;
	int again;

	p = up;
	lock(&p->lk);
	if(!taken(p, &n)){
		noteflags(p);
		unlock(&p->lk);
		return;
	}
	again = p->notified;
	p->notified = 1;
	noteflags(p);
	unlock(&p->lk);
	if(p->notefn == 0 || again)
		dienote(&n);
	callhandler(u, &n);
}

/* a debugger waits for p to stop, and there is a note it has not been stopped for; with p->lk */
static int showdebugger(Proc *p)
{
	if(p->ndbg == 0 || p->nnote == 0 || p->note[0].shown || !(p->notepending & NPnote))
		return 0;
	p->note[0].shown = 1;
	return 1;
}

void userreturn(Ureg *u)
{
	Proc *p;

	p = up;
	p->ureg = u;
	schedcheck();
	if(p->notepending == 0)
		return;
	lock(&p->lk);
	if(p->procctl & PCkill){
		unlock(&p->lk);
		endothers();
		pexit("killed", 1);
	}
	if((p->procctl & PCstop) || showdebugger(p)){
		procstop();
		return;
	}
	unlock(&p->lk);
	deliver(u);
}

/* --- notify and noted --- */

/* a[0]: handler, 0 for none */
long sys_notify(u64int *a)
{
	if(a[0] >= USERTOP)
		return seterr(Ebadarg);
	up->notefn = a[0];
	return 0;
}

static Frame *frameat(uintptr ureg)
{
	return (Frame*)(ureg - __builtin_offsetof(Frame, u));
}

/* what was interrupted goes on; the FPU's state was put aside by the outermost note only */
static void resume(Proc *p, int saved)
{
	Ureg u;
	u64int link;

	if(copyin(&u, p->noteureg, sizeof u) < 0 || copyin(&link, (uintptr)&frameat(p->noteureg)->link, sizeof link) < 0
	|| uregset(p->ureg, &u) < 0)
		suicide("sys: bad registers in noted");
	p->notesaved -= saved;
	if(p->notesaved == 0)
		fpnoteleave();
	p->noteureg = link;
	strecpy(p->syserrstr, p->syserrstr+ERRMAX, p->noteerr);
	strecpy(p->errstr, p->errstr+ERRMAX, p->noteerr);
}

/* the handler whose address the Ureg's pc now is starts where this one did */
static void trampoline(Proc *p)
{
	u64int pc;
	uintptr sp;

	if(p->notesaved == 255 || copyin(&pc, (uintptr)&((Ureg*)p->noteureg)->rip, sizeof pc) < 0 || pc >= USERTOP)
		suicide("sys: bad registers in noted");
	sp = (uintptr)frameat(p->noteureg);
	p->notesaved++;
	p->ureg->rip = pc;
	p->ureg->rsp = sp;
	p->ureg->rdi = p->noteureg;
	p->ureg->rsi = sp + __builtin_offsetof(Frame, msg);
	uregsane(p->ureg);
}

static void unnotified(Proc *p)
{
	lock(&p->lk);
	p->notified = 0;
	noteflags(p);
	unlock(&p->lk);
}

/* a[0]: NCONT, NDFLT, NSAVE, NRSTR.  Returns, to where it should, what is to be in rax */
long sys_noted(u64int *a)
{
	Proc *p;
	Note n;

	p = up;
	if(!p->notified && !((int)a[0] == NRSTR && p->notesaved > 0))
		suicide("sys: call to noted when not notified");
	switch((int)a[0]){
	case NCONT:
		resume(p, 0);
		break;
	case NRSTR:
		if(p->notesaved == 0)
			suicide("sys: noted(NRSTR) without NSAVE");
		resume(p, 1);
		break;
	case NSAVE:
		trampoline(p);
		break;
	default:
		strecpy(n.msg, n.msg+ERRMAX, p->lastnote);
		n.flag = strncmp(n.msg, "sys:", 4) == 0? NDebug: NUser;
		dienote(&n);
	}
	unnotified(p);
	return p->ureg->rax;
}

/* --- beginnings --- */

/* a child inside a handler is inside it as well; after fpcopy.  -1: no memory */
int notefork(Proc *c)
{
	Proc *p;

	p = up;
	c->notefn = p->notefn;
	if(!p->notified && !p->notesaved)
		return 0;
	lock(&c->lk);
	c->notified = p->notified;
	noteflags(c);	/* its group may have got one already */
	unlock(&c->lk);
	c->notesaved = p->notesaved;
	c->noteureg = p->noteureg;
	strecpy(c->noteerr, c->noteerr+ERRMAX, p->noteerr);
	strecpy(c->lastnote, c->lastnote+ERRMAX, p->lastnote);
	if(p->notefp == nil)
		return 0;
	c->notefp = fpalloc();
	if(c->notefp == nil)
		return seterr(Enomem);
	memmove(c->notefp, p->notefp, fpsize);
	return 0;
}

void notereset(void)
{
	Proc *p;

	p = up;
	lock(&p->lk);
	p->notefn = 0;
	p->notified = 0;
	p->notesaved = 0;
	p->noteureg = 0;
	noteflags(p);
	unlock(&p->lk);
}
