/*
 * link.c: the connections of servers that run in the kernel.
 *
 * What a client writes to its end of a pipe comes to linksink in the client's
 * own process, which runs the server's handler there, under the instance
 * lock, and sends the answers that are ready, its own and others'.  Messages
 * are taken apart where they lie: the data of a Twrite is read from the
 * writer's pages, that of a Tread goes to the reader's, as long as the call
 * lasts; what the server keeps longer is copied (connown) before the lock is
 * let go.
 *
 * No answer is ever waited for room with.  When a client does not read, its
 * answers stay where they are, its messages are not taken (backed) and wait
 * in the pipe, which bounds them; a process is made that waits for room,
 * sends, and lets messages come again.
 *
 * What waits for one client, in the server or to be read, takes a bounded
 * amount of memory (toomuch); what is done at once is not counted.
 *
 * An end is found under the instance lock by whoever comes across it; the
 * rest, which may have to wait for calls under way, is the reaper's.
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
	Headsz = 4+1+2,
	Twritehdr = Headsz+4+8+4,
	Firstmsize = 8192+IOHDRSZ,	/* longest message until the version is agreed on */
	Holdsize = 64*KiB,
	Shortmsg = 256,		/* messages that are tried at once */
	Quickroom = 1024,	/* for their answers */
	Maxheld = 32*MiB,
	Heldpart = 16,		/* no more than this part of all memory */
	Heldmsgs = 3,		/* but as many of its greatest messages */
};

/* answers to messages that came together */
typedef struct Quick Quick;
struct Quick {
	u32int n;
	uchar p[Quickroom];
};

static struct {
	Lock lk;
	Link *head;
	u8int running;
	Rendez r;
} dead;

static u32int size4(uchar *p)
{
	return p[0] | p[1]<<8 | p[2]<<16 | (u32int)p[3]<<24;
}

/* --- making and ending --- */

/* instunlock will send its answers */
void linkdirty(Link *l)
{
	if(l->isdirty)
		return;
	l->isdirty = 1;
	l->dirtynext = l->x->dirty;
	l->x->dirty = l;
}

/* Conn.reply: the lock is held */
static void reply(Conn *c)
{
	linkdirty(c->host);
}

void linkput(Link *l)
{
	Inst *x;

	if(decref(&l->ref) > 0)
		return;
	x = l->x;
	free(l->acc);
	free(l->rbuf);
	free(l);
	instput(x);
}

static void gone(Conn *c)
{
	Link *l;

	l = c->host;
	msgmemfree(&l->mem);
	linkput(l);
}

Link *linknew(Inst *x, Chan *chan, Conn *c)
{
	Memstat m;
	Link *l;

	if((l = mallocz(sizeof *l, 1)) == nil)
		return seterrp(Enomem);
	if(c == nil && (c = connnew(&x->srv)) == nil){
		free(l);
		return nil;
	}
	l->ref = 2;	/* the list's, the Conn's */
	l->x = x;
	incref(&x->ref);
	l->c = c;
	l->chan = chan;
	memstat(&m);
	l->maxheld = MIN(Maxheld, m.total*PGSZ/Heldpart);
	if(linkhook == nil || !linkhook(chan, &l->ml))
		l->ml.send = nil;
	else
		*l->ml.mine = srvinorder(&x->srv);
	c->host = l;
	c->reply = reply;
	c->gone = gone;
	*x->last = l;
	x->last = &l->next;
	x->nlinks++;
	return l;
}

/* give back a request whose answer is sent or not wanted */
static void give(Link *l, Mreq *m)
{
	if(l->cur == m)
		l->cur = nil;
	msgmemgive(&l->mem, m);
}

static void unlist(Link *l)
{
	Inst *x;
	Link **p;

	x = l->x;
	for(p = &x->links; *p != l; p = &(*p)->next)
		;
	if((*p = l->next) == nil)
		x->last = p;
	x->nlinks--;
}

/* nobody answers any more: the server forgets the client, the reaper does the rest */
void linkend(Link *l)
{
	Mreq *m;

	if(l->gone)
		return;
	l->gone = 1;
	connhangup(l->c);
	while((m = connout(l->c)) != nil)
		give(l, m);
	unlist(l);
	lock(&dead.lk);
	l->next = dead.head;
	dead.head = l;
	unlock(&dead.lk);
	wakeup(&dead.r);
}

static void reap1(void *a)
{
	Link *l;
	Inst *x;

	l = a;
	x = l->x;
	incref(&x->ref);
	linkstop(l);
	linkidle(l);
	chanclose(l->chan);
	qlock(&x->lk);	/* for who looks at its Conn */
	while(l->answers != nil || l->pend != nil)
		linksent(l);
	connclose(l->c);
	qunlock(&x->lk);
	linkput(l);
	instput(x);
}

static int isdead(void *a)
{
	USED(a);
	return dead.head != nil;
}

/* closing a stream may take long, so it gets a process of its own */
static void reaper(void *a)
{
	Link *l;

	USED(a);
	for(;;){
		sleepu(&dead.r, isdead, nil);
		lock(&dead.lk);
		l = dead.head;
		dead.head = l->next;
		unlock(&dead.lk);
		if(l->ml.send != nil || kproc("hostclose", reap1, l) == nil)
			reap1(l);
	}
}

int linkinit(void)
{
	u8int no;

	no = 0;
	if(!__atomic_compare_exchange_n(&dead.running, &no, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return 0;
	if(kproc("host", reaper, nil) != nil)
		return 0;
	__atomic_store_n(&dead.running, 0, __ATOMIC_RELEASE);
	return seterr(Enomem);
}

/* --- answers --- */

/* what is to be sent next: 0 if nothing is */
int linknext(Link *l, Part *s)
{
	Mreq *m;
	uchar *p;
	u32int n;

	if(l->answers != nil){
		*s = (Part){ .h = l->answers->msg, .nh = l->answers->n, .n = l->answers->n };
		return 1;
	}
	while((m = l->pend) != nil || (peek(l->c->out) != nil && (m = l->pend = connout(l->c)) != nil)){
		if((n = connanswer(m, &p)) > 0){
			*s = (Part){ .h = p, .nh = n, .n = n };
			if(m->data != nil && p[4] == Rread){
				s->nh = RREADHDR;
				s->b = &m->r.buf;
			}
			return 1;
		}
		linksent(l);
	}
	return 0;
}

/* it was sent, or is not to be */
void linksent(Link *l)
{
	Held *h;
	Mreq *m;

	l->sent = 0;
	if((h = l->answers) != nil){
		l->answers = h->next;
		l->nanswers -= h->n;
		heldfree(h);
	}else{
		m = l->pend;
		l->pend = nil;
		give(l, m);
	}
}

static void writer(void *a);

static void writerstart(Link *l)
{
	if(l->writer != nil)
		return;
	incref(&l->ref);
	if((l->writer = kproc("hostwrite", writer, l)) == nil){
		decref(&l->ref);
		linkend(l);
	}
}

/* are there answers that go before any that is made now? */
static int linkwaits(Link *l)
{
	return l->backed || l->writer != nil || l->answers != nil || l->pend != nil || peek(l->c->out) != nil;
}

/* Send what can be sent at once. */
void linkflush(Link *l)
{
	Part s;
	int r;

	if(l->x->state != Live || l->gone || (l->writer != nil && l->writer != up))
		return;
	while(linknext(l, &s)){
		r = l->ml.send == nil? 1: l->ml.send(l->ml.end, &s, 1);
		if(r == 1){
			l->backed = 1;
			writerstart(l);
			return;
		}
		if(r < 0 && strcmp(geterr(), Ehungup) != 0){
			linkend(l);
			return;
		}
		linksent(l);	/* if it has hung up the end comes by itself */
	}
	l->backed = 0;
}

/* the process of a connection whose client does not read */
static void writer(void *a)
{
	Link *l;
	Inst *x;
	Part s;
	int r, start;

	l = a;
	x = l->x;
	qlock(&x->lk);
	while(x->state == Live && !l->gone && l->backed && linknext(l, &s)){
		qunlock(&x->lk);
		r = l->ml.send != nil? l->ml.wait(l->ml.end, s.n): streamwrite(l, &s);
		qlock(&x->lk);
		if(r < 0)
			break;
		if(l->ml.send != nil)
			linkflush(l);
		else if(!l->gone){
			linksent(l);
			l->backed = linknext(l, &s);
		}
	}
	l->writer = nil;
	start = x->state == Live && !l->gone;
	if(start && l->backed){		/* it was interrupted for a freeze that is over */
		writerstart(l);
		start = 0;
	}
	wakeup(&l->idle);
	instunlock(x);
	if(start)
		linkstart(l);
	linkput(l);
}

/* --- messages --- */
static int sizeok(Link *l, u32int n)
{
	return n >= Headsz && n <= (l->c->session? l->c->msize: Firstmsize);
}

/* the n bytes at off of s, which are there, perhaps copied to tmp */
static uchar *bytes(Part *s, u32int off, uchar *tmp, u32int n)
{
	if(off < s->nh && n <= s->nh - off)
		return s->h + off;
	partget(s, off, tmp, n);
	return tmp;
}

/* there is no memory for a request: say so */
static void refuse(Link *l, Part *s, u32int off)
{
	uchar tmp[Headsz], e[64], *h, *p;
	Part a;
	u32int n;

	h = bytes(s, off, tmp, sizeof tmp);
	n = strlen(Enomem);
	p = e+4;
	*p++ = Rerror;
	*p++ = h[5];
	*p++ = h[6];
	*p++ = n;
	*p++ = 0;
	memmove(p, Enomem, n);
	p += n;
	n = p-e;
	e[0] = n;
	e[1] = e[2] = e[3] = 0;
	a = (Part){ .h = e, .nh = n, .n = n };
	if(l->ml.send == nil || l->backed || l->ml.send(l->ml.end, &a, 1) != 0)
		linkend(l);
}

/* Does it keep too much for another message?  It may always make it less. */
static int toomuch(Link *l, u8int type)
{
	usize n, max;

	n = l->mem.held + l->nanswers;
	if(n < l->maxheld || type == Tversion)
		return 0;
	max = MAX(l->maxheld, (usize)Heldmsgs*l->c->msize);
	if(type == Tflush || type == Tclunk || type == Tremove)
		max += max/2;	/* they may wait too, so that is not for ever */
	return n >= max;
}

/* m, of whose message we keep n bytes, is answered and gone, or waits: then it is counted */
static void settle(Link *l, u32int n)
{
	Mreq *m;

	if((m = l->cur) == nil)
		return;
	connown(m);
	msgmemhold(&l->mem, m, n);
	l->cur = nil;
}

/* the client keeps too much for the message at off of s: say so */
static void overmsg(Link *l, Part *s, u32int off)
{
	uchar tmp[Headsz], *h;
	Mreq *m;

	if((m = msgmemheld(&l->mem, nil)) == nil){
		refuse(l, s, off);
		return;
	}
	h = bytes(s, off, tmp, sizeof tmp);
	l->cur = m;
	connrefuse(l->c, h[5] | h[6]<<8, m, Enoreqs);
	instflush(l->x);
	settle(l, 0);
}

/* run the whole message of n bytes at off of s */
static void linkmsg(Link *l, Part *s, u32int off, u32int n)
{
	Mreq *m;
	Buf data;
	uchar *p, tmp, type;
	u32int k;

	type = *bytes(s, off+4, &tmp, 1);
	if(toomuch(l, type)){
		overmsg(l, s, off);
		return;
	}
	k = n;
	if(type == Twrite && n > Twritehdr && s->b != nil && off+Twritehdr >= s->nh)
		k = Twritehdr;
	if((m = msgmemcopy(&l->mem, &p, k)) == nil){
		refuse(l, s, off);
		return;
	}
	partget(s, off, p, k);
	if(k < n){
		bufslice(s->b, off+k - s->nh, n-k, &data);
		m->data = &data;
	}else if(type == Tread && off+n == s->n)
		m->data = s->room;
	l->cur = m;
	connmsg(l->c, p, k, m);
	instflush(l->x);
	settle(l, k);
}

/* make acc have room for n bytes; 0 or -1 */
static int accroom(Link *l, u32int n)
{
	uchar *p;

	if(n <= l->acccap)
		return 0;
	n = MAX(n, 128);
	if((p = realloc(l->acc, n)) == nil)
		return seterr(Enomem);
	l->acc = p;
	l->acccap = n;
	return 0;
}

/* put a piece of a message at off of s to what there is of it: bytes used */
static u32int piece(Link *l, Part *s, u32int off)
{
	Part whole;
	u32int want, k;

	want = l->nacc < 4? 4: size4(l->acc);
	if(accroom(l, want) < 0){
		linkend(l);
		return 0;
	}
	k = MIN(want - l->nacc, s->n - off);
	partget(s, off, l->acc + l->nacc, k);
	l->nacc += k;
	if(l->nacc < 4)
		return k;
	if(!sizeok(l, size4(l->acc)))
		linkend(l);
	else if(l->nacc == size4(l->acc)){
		whole = (Part){ .h = l->acc, .nh = l->nacc, .n = l->nacc };
		l->nacc = 0;
		linkmsg(l, &whole, 0, whole.n);
	}
	return k;
}

/* the length of the message that begins at off, if all of it is there; 0 */
static u32int whole(Link *l, Part *s, u32int off)
{
	uchar tmp[4];
	u32int n;

	if(l->nacc > 0 || s->n - off < sizeof tmp)
		return 0;
	n = size4(bytes(s, off, tmp, sizeof tmp));
	return sizeok(l, n) && n <= s->n - off? n: 0;
}

/* send answers that were not made by requests */
static void quicksend(Link *l, Quick *q)
{
	Part s;
	Held *h;
	int r;

	if(q->n == 0)
		return;
	s = (Part){ .h = q->p, .nh = q->n, .n = q->n };
	q->n = 0;
	r = l->ml.send(l->ml.end, &s, 1);
	if(r == 1){
		if((h = heldnew(HeldAnswer, s.h, s.n, nil, 0)) == nil){
			linkend(l);
			return;
		}
		(void)linktake(l, h);
		linkflush(l);
	}else if(r < 0 && strcmp(geterr(), Ehungup) != 0)
		linkend(l);
}

/* handle the whole message of n bytes at off of s, if it can be answered at once: 1, or 0 */
static int quickmsg(Link *l, Quick *q, Part *s, u32int off, u32int n)
{
	uchar m[Shortmsg];
	u32int k;

	if(n > sizeof m)
		return 0;
	if(q->n > 0 && (sizeof q->p - q->n < MINMSIZE || !peek(*l->ml.inorder)))
		quicksend(l, q);
	if(l->ml.send == nil || linkwaits(l))
		return 0;
	partget(s, off, m, n);
	if((m[4] == Tread && n == Twritehdr && size4(m+Twritehdr-4) > Quickroom-MINMSIZE) || (k = connquick(l->c, m, n, q->p+q->n, sizeof q->p - q->n)) == 0)
		return 0;
	q->n += k;
	return 1;
}

u32int linkinput(Link *l, Part *s)
{
	u32int off, n;
	Quick q;

	q.n = 0;
	for(off = 0; off < s->n && !l->gone && !l->backed; off += n){
		n = whole(l, s, off);
		if(n > 0 && quickmsg(l, &q, s, off, n))
			continue;
		quicksend(l, &q);
		if(l->gone || l->backed)
			break;
		if(n > 0)
			linkmsg(l, s, off, n);
		else
			n = piece(l, s, off);
	}
	quicksend(l, &q);
	return l->gone? s->n: off;
}

/* use what was read before: 1 if it is all used, and more can be had */
int linkrest(Link *l)
{
	Part s;

	s = (Part){ .h = l->rbuf + l->rat, .nh = l->rn - l->rat, .n = l->rn - l->rat };
	if(s.n > 0)
		l->rat += linkinput(l, &s);
	if(l->rat < l->rn)
		return 0;
	l->rat = l->rn = 0;
	return !l->gone && !l->backed;
}

/* Msglink's sink */
static u32int linksink(void *a, Part *s)
{
	Link *l;
	Inst *x;
	u32int n;

	l = a;
	x = l->x;
	n = 0;
	if(s != nil && s->u != nil)
		return 0;
	qlock(&x->lk);
	if(l->gone)
		n = s == nil? 0: s->n;
	else if(x->state == Live && s == nil)
		linkend(l);
	else if(x->state == Live)
		n = linkinput(l, s);
	instunlock(x);
	return n;
}

void linkstart(Link *l)
{
	Inst *x;
	int ok, r;

	x = l->x;
	qlock(&l->startlk);
	qlock(&x->lk);
	ok = x->state == Live && !l->gone && !l->backed && linkrest(l);
	instunlock(x);
	r = 0;
	if(ok)
		r = l->ml.send != nil? l->ml.sink(l->ml.end, linksink, l): streamstart(l);
	qunlock(&l->startlk);
	if(r < 0){
		qlock(&x->lk);
		linkend(l);
		instunlock(x);
	}
}

void linkstop(Link *l)
{
	qlock(&l->startlk);
	if(l->ml.send != nil)
		l->ml.sink(l->ml.end, nil, l);
	qunlock(&l->startlk);
	if(l->ml.send == nil)
		linkidle(l);
}

static int idle(void *a)
{
	Link *l;

	l = a;
	return l->reader == nil && l->writer == nil;
}

/* end its processes, which look whether it is gone, or frozen */
void linkidle(Link *l)
{
	qlock(&l->x->lk);
	if(l->reader != nil)
		kprocintr(l->reader);
	if(l->writer != nil)
		kprocintr(l->writer);
	qunlock(&l->x->lk);
	sleepu(&l->idle, idle, l);
}

/* --- what is in our hands when it moves --- */
static int hold1(Link *l, int kind, uchar *p, u32int n)
{
	Held *h;

	if(n == 0)
		return 0;
	if((h = heldnew(kind, p, n, nil, 0)) == nil)
		return -1;
	heldadd(l->c, h);
	return 0;
}

int linkhold(Link *l)
{
	Held *h;
	uchar *p;
	u32int n, sent;

	sent = l->sent;
	for(h = l->answers; h != nil; h = h->next){
		if(hold1(l, HeldAnswer, h->msg+sent, h->n-sent) < 0)
			return -1;
		sent = 0;
	}
	if(l->pend != nil){
		n = connanswer(l->pend, &p);
		if(n > sent && hold1(l, HeldAnswer, p+sent, n-sent) < 0)
			return -1;
	}
	if(hold1(l, HeldNew, l->acc, l->nacc) < 0)
		return -1;
	for(p = l->rbuf + l->rat; p < l->rbuf + l->rn; p += n){
		n = MIN(l->rbuf + l->rn - p, Holdsize);
		if(hold1(l, HeldNew, p, n) < 0)
			return -1;
	}
	return 0;
}

/* a request that waited, or that was read and not begun */
static int takereq(Link *l, Held *h)
{
	Mreq *m;

	if((m = msgmemheld(&l->mem, h)) == nil){
		heldfree(h);
		return seterr(Enomem);
	}
	l->cur = m;
	connheld(l->c, h, m);
	settle(l, sizeof *h + h->n + h->nprog);
	if(h->fid != nil)
		fidclose(h->fid);
	if(h->afid != nil)
		fidclose(h->afid);
	h->fid = h->afid = nil;
	return 0;
}

/* what the old side had read follows what there is already; it need not be whole messages */
static int takenew(Link *l, Held *h)
{
	uchar *p;

	if(h->n > l->rcap - l->rn){
		if((p = realloc(l->rbuf, l->rn + h->n)) == nil){
			heldfree(h);
			return seterr(Enomem);
		}
		l->rbuf = p;
		l->rcap = l->rn + h->n;
	}
	memmove(l->rbuf + l->rn, h->msg, h->n);
	l->rn += h->n;
	heldfree(h);
	return 0;
}

int linktake(Link *l, Held *h)
{
	Held **p;

	switch(h->kind){
	case HeldAnswer:
		for(p = &l->answers; *p != nil; p = &(*p)->next)
			;
		h->next = nil;
		*p = h;
		l->nanswers += h->n;
		return 0;
	case HeldParked:
		return takereq(l, h);
	}
	return takenew(l, h);
}
