/*
 * envgrp.c: environment groups.
 *
 * The kernel keeps numbers and reference counts; what is in an environment is
 * with the server #e (fs/env.c), whose ctl file is told when one is copied or
 * gone.  A group that never was attached is unknown there, which is the same
 * as empty.
 *
 * A mounted #e shows each process its own group's files, not those of who
 * mounted it: a walk that starts at the root of #e starts at envroot.
 *
 * rfork and exit must not hang on that server.  When it is linked, it answers
 * at once and is called directly.  When it is not (it has been moved out), a
 * kernel process sends the messages, in order; rfork waits Waitmax for its
 * copy and goes on with an empty environment if it does not come.  Messages
 * not yet sent are bounded: copies then fail, and what is to be cleared stays
 * with the server.
 *
 * Locks: msgs.lk the queue; ctllk the channel's opening; Egrp.lk its root.  A
 * group is freed by whoever drops its last reference.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"

enum {
	Msglen = 64,
	Queuemax = 256,
};
#define WAITMAX 1000000000LL	/* ns that rfork waits for a server that is not linked */

struct Egrp {
	long ref;
	u64int id;
	Lock lk;
	Chan *root;	/* of its environment, once it was walked from; never changes then */
};

typedef struct Msg Msg;
struct Msg {
	Msg *next;
	long ref;		/* the queue's, and of one who waits */
	u8int done;
	int n;
	char text[Msglen];
};

static struct {
	Lock lk;
	Msg *head, **tail;
	int n;
	u8int running;
	Rendez work;
	Rendez done;
} msgs;

static QLock ctllk;
static Chan *ctl;
static u64int lastid;

static Chan *ctlopen(void)
{
	Chan *c;

	c = srvattach('e', "ctl");
	if(c && chanopen(c, OWRITE) < 0){
		chanclose(c);
		c = nil;
	}
	return c;
}

/* the server's ctl file, opened once; nil: there is no #e */
static Chan *ctlchan(void)
{
	Chan *c;

	c = __atomic_load_n(&ctl, __ATOMIC_ACQUIRE);
	if(c)
		return c;
	qlock(&ctllk);
	if(ctl == nil)
		__atomic_store_n(&ctl, ctlopen(), __ATOMIC_RELEASE);
	c = ctl;
	qunlock(&ctllk);
	return c;
}

/* --- messages to a server that may be slow --- */

static void msgfree(Msg *m)
{
	long ref;

	lock(&msgs.lk);
	ref = --m->ref;
	unlock(&msgs.lk);
	if(ref == 0)
		free(m);
}

static int havemsg(void *arg)
{
	USED(arg);
	return msgs.head != nil;
}

static int msgdone(void *arg)
{
	Msg *m;

	m = arg;
	return m->done;
}

static void sender(void *arg)
{
	Msg *m;

	USED(arg);
	for(;;){
		sleepu(&msgs.work, havemsg, nil);
		lock(&msgs.lk);
		m = msgs.head;
		unlock(&msgs.lk);
		if(chanwrite(ctl, m->text, m->n, 0) < 0)
			kprint("env: %s: %r\n", m->text);
		lock(&msgs.lk);
		msgs.head = m->next;
		if(msgs.head == nil)
			msgs.tail = nil;
		msgs.n--;
		m->done = 1;
		unlock(&msgs.lk);
		wakeup(&msgs.done);
		msgfree(m);
	}
}

/* queues m, which has one reference for the queue; -1: too many */
static int enqueue(Msg *m)
{
	int start, full;

	lock(&msgs.lk);
	full = msgs.n >= Queuemax;
	start = !full && !msgs.running;
	if(!full){
		if(msgs.tail)
			*msgs.tail = m;
		else
			msgs.head = m;
		msgs.tail = &m->next;
		msgs.n++;
		msgs.running = 1;
	}
	unlock(&msgs.lk);
	if(start && kproc("env", sender, nil) == nil){
		lock(&msgs.lk);
		msgs.running = 0;
		unlock(&msgs.lk);
	}
	if(!full)
		wakeup(&msgs.work);
	return full ? -1 : 0;
}

/* sends through the queue; wait: until it is sent, WAITMAX at most */
static int post(char *text, int wait)
{
	Msg *m;

	m = mallocz(sizeof *m, 1);
	if(m == nil)
		return -1;
	m->ref = 1 + wait;
	m->n = snprint(m->text, Msglen, "%s", text);
	if(enqueue(m) < 0){
		free(m);
		return -1;
	}
	if(!wait)
		return 0;
	if(tsleep(&msgs.done, msgdone, m, WAITMAX) != 0)
		wait = -1;
	msgfree(m);
	return wait < 0 ? -1 : 0;
}

static int tell(char *text, int wait)
{
	Chan *c;

	c = ctlchan();
	if(c == nil)
		return 0;
	if(muxchan(c))
		return post(text, wait);
	return chanwrite(c, text, strlen(text), 0) < 0 ? -1 : 0;
}

/* --- groups --- */

Egrp *egrpnew(void)
{
	Egrp *e;

	e = mallocz(sizeof *e, 1);
	if(e == nil)
		return nil;
	e->ref = 1;
	e->id = __atomic_add_fetch(&lastid, 1, __ATOMIC_RELAXED);
	return e;
}

/* nil, with errstr: no memory.  A server that fails leaves the copy empty.  Sleeps */
Egrp *egrpcopy(Egrp *from)
{
	char text[Msglen];
	Egrp *e;

	e = egrpnew();
	if(e == nil)
		return seterrp(Enomem);
	snprint(text, sizeof text, "copy %llud %llud", (uvlong)from->id, (uvlong)e->id);
	tell(text, 1);
	return e;
}

void egrpincref(Egrp *e)
{
	incref(&e->ref);
}

/* nil is allowed.  Sleeps */
void egrpclose(Egrp *e)
{
	char text[Msglen];

	if(e == nil || decref(&e->ref) > 0)
		return;
	if(e->root)
		chanclose(e->root);
	snprint(text, sizeof text, "clear %llud", (uvlong)e->id);
	tell(text, 0);
	free(e);
}

u64int egrpid(Egrp *e)
{
	return e->id;
}

char *envspec(char *buf, int n)
{
	snprint(buf, n, "%llud", up->egrp ? (uvlong)up->egrp->id : 0ULL);
	return buf;
}

Chan *envroot(Chan *c)
{
	char spec[Msglen];
	Egrp *e;
	Chan *root, *other;

	e = up->egrp;
	if(e == nil)
		return c;
	root = __atomic_load_n(&e->root, __ATOMIC_ACQUIRE);
	if(root)
		return root;
	root = srvattach('e', envspec(spec, sizeof spec));
	if(root == nil)
		return nil;
	lock(&e->lk);
	other = e->root;
	if(other == nil)
		__atomic_store_n(&e->root, root, __ATOMIC_RELEASE);
	unlock(&e->lk);
	if(other == nil)
		return root;
	chanclose(root);
	return other;
}
