/*
 * kern.c: IP stacks in the kernel: the kind ip of #h, and #I.
 *
 * The kernel has the stack's code a few times (iptab), each copy with a state
 * of its own; an instance takes a free copy, and its table becomes that
 * copy's.  A copy whose instance has gone is free when fini has run, and who
 * needs one waits for that.
 *
 * A Nic is a conversation with an Ethernet interface, #l, whose frames a
 * process of the instance reads; another calls tick.  Both take the instance
 * lock, so nothing comes to a stack that is frozen: frames wait in the
 * conversation, which the side that goes on shares.  Nichost's functions have
 * that lock and do not sleep.
 *
 * Locks: copies.lk for the states of copies; taken with the instance lock.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "ether.h"
#include "ipsum.h"
#include "hostproc.h"
#include "stack.h"

enum {
	Maxcopies = 8,
	Waitmax = 10,		/* s, for a copy to become free */
	Burst = 16,		/* frames that are taken in at once */
};
#define SECOND 1000000000LL

typedef struct Copy Copy;
typedef struct Card Card;

enum {	/* Copy.state */
	Free,
	Used,
	Left,		/* goes on elsewhere, fini will come */
};

struct Copy {
	Ipstack *st;
	Srv *srv;	/* the instance's */
	u8int state;
	Hostproc *ticker;
};

struct Card {	/* Nic.host */
	long ref;	/* the Nic's, its process's */
	Etherconv *conv;
	Nic *nic;	/* nil: closed */
	Hostproc *reader;
};

extern Ipstack *iptab[];

static struct {
	QLock lk;
	Rendez freed;
	Copy copy[Maxcopies];
	int n;
} copies;

static Copy *copyof(Ipstack *st)
{
	int i;

	for(i = 0; copies.copy[i].st != st; i++)
		;
	return &copies.copy[i];
}

/* --- cards --- */
static void cardput(Card *k)
{
	if(decref(&k->ref) > 0)
		return;
	etherconvput(k->conv);
	free(k);
}

/* a frame leaves its queue when it can be used at once: what the stack does not get, the next one will */
static void cardread(Hostproc *h, void *a)
{
	Etherframe *f;
	Card *k;
	int i, more;

	k = a;
	more = 1;
	while(more && etherwait(k->conv) == 0 && hostenter(h) == 0){
		for(i = 0; i < Burst && k->nic != nil && (f = ethernext(k->conv)) != nil; i++){
			k->nic->sumok = f->sumok;
			k->nic->stack->input(k->nic, f->p, f->n);
			etherfree(f);
		}
		more = k->nic != nil;
		hostleave(h);
	}
	cardput(k);
}

/* "ether0", also by the name that it has in /net or #l; nil and errstr */
static Ether *cardfind(char *dev)
{
	Ether *e;
	char *s, *end;
	int n;

	if((s = strrchr(dev, '/')) != nil)
		dev = s+1;
	e = nil;
	if(strncmp(dev, "ether", 5) == 0){
		n = strtoul(dev+5, &end, 10);
		if(end > dev+5 && *end == 0)
			e = etherunit(n);
	}
	return e != nil? e: seterrp("no such interface");
}

/* the other side's conversation with the interface, if it is one, or a new one; nil and errstr */
static Etherconv *cardconv(Ether *e, int id)
{
	Etherconv *c;

	c = id >= 0? etherconvget(e, id): nil;
	if(c != nil && peek(c->type) == Etherall)
		return c;
	if(c != nil)
		etherconvput(c);
	if((c = etherconvnew(e)) == nil)
		return nil;
	return etherconvtype(c, Etherall) < 0? nil: c;
}

static int cardopen(Nic *nic)
{
	Ether *e;
	Card *k;
	Copy *c;

	c = copyof(nic->stack);
	if((e = cardfind(nic->dev)) == nil)
		return -1;
	if((k = mallocz(sizeof *k, 1)) == nil)
		return seterr(Enomem);
	k->ref = 2;
	k->nic = nic;
	if((k->conv = cardconv(e, nic->id)) == nil)
		goto Bad;
	k->conv->nosums = 1;
	if((k->reader = hostproc(c->srv, "ipread", cardread, k)) == nil)
		goto Badconv;
	memmove(nic->addr, e->addr, Eaddrlen);
	nic->mtu = e->mtu;
	nic->csum = e->csum;
	nic->id = k->conv->id;
	nic->host = k;
	return 0;
Badconv:
	etherconvput(k->conv);
Bad:
	free(k);
	return -1;
}

static void cardclose(Nic *nic)
{
	Card *k;

	k = nic->host;
	k->nic = nil;
	hostprocend(k->reader);
	cardput(k);
}

static void cardsend(Nic *nic, uchar *frame, u32int n)
{
	Etherframe *f;
	Card *k;

	k = nic->host;
	if((f = etherframe(MAX(n, (u32int)Ethermin))) == nil)
		return;
	f->n = n;
	memmove(f->p, frame, n);
	if(nic->csum && (f->csumstart = ipsumleave(f->p, n)) != 0)
		f->csumoff = Ipsumtcp;
	etherouttry(k->conv, f);
}

static int cardmulti(Nic *nic, uchar *addr, int add)
{
	Card *k;

	k = nic->host;
	return etherconvmulti(k->conv, addr, add);
}

/* --- time --- */
static void ticks(Hostproc *h, void *a)
{
	static Rendez never;
	Copy *c;
	u32int ms;

	c = a;
	do{
		if(hostenter(h) < 0)
			break;
		ms = c->st->tick();
		hostleave(h);
	}while(tsleep(&never, returnfalse, nil, ms*1000000LL) == 1);
}

/* without memory for it nothing is ever sent again: the next conversation will try */
static void tickbegin(Ipstack *st)
{
	Copy *c;

	c = copyof(st);
	if(c->ticker == nil)
		c->ticker = hostproc(c->srv, "iptick", ticks, c);
}

static Nichost host = {
	.open = cardopen,
	.send = cardsend,
	.close = cardclose,
	.multi = cardmulti,
	.begin = tickbegin,
};

/* --- copies and instances --- */
static int somefree(void *a)
{
	int i;

	USED(a);
	for(i = 0; i < copies.n && copies.copy[i].state != Free; i++)
		;
	return i < copies.n;
}

static int someleft(void)
{
	int i;

	for(i = 0; i < copies.n && copies.copy[i].state != Left; i++)
		;
	return i < copies.n;
}

/* a free copy, or nil and errstr */
static Copy *copytake(void)
{
	Copy *c;

	c = nil;
	qlock(&copies.lk);
	while(!somefree(nil) && someleft()){
		qunlock(&copies.lk);
		if(tsleep(&copies.freed, somefree, nil, Waitmax*SECOND) != 0)
			return seterrp("no free IP stack");
		qlock(&copies.lk);
	}
	if(somefree(nil)){
		for(c = copies.copy; c->state != Free; c++)
			;
		c->state = Used;
	}
	qunlock(&copies.lk);
	return c != nil? c: seterrp("no free IP stack");
}

static void copystate(Copy *c, int state)
{
	qlock(&copies.lk);
	c->state = state;
	qunlock(&copies.lk);
	wakeup(&copies.freed);
}

static Copy *copywith(Srv *s)
{
	int i;

	for(i = 0; copies.copy[i].srv != s; i++)
		;
	return &copies.copy[i];
}

static void ipleave(Srv *s)
{
	Copy *c;

	c = copywith(s);
	c->st->srv->leave(s);
	copystate(c, Left);
}

static void ipfini(Srv *s)
{
	Copy *c;

	c = copywith(s);
	c->st->srv->fini(s);
	if(c->ticker != nil)
		hostprocend(c->ticker);
	c->ticker = nil;
	c->srv = nil;
	copystate(c, Free);
}

/* s, so far a table of the kind alone, becomes that of a copy */
static Copy *become(Srv *s)
{
	char *owner;
	Copy *c;

	if((c = copytake()) == nil)
		return nil;
	owner = s->owner;
	*s = *c->st->srv;
	s->owner = owner;
	s->fini = ipfini;
	s->leave = ipleave;
	c->srv = s;
	return c;
}

static void unbecome(Copy *c)
{
	c->srv = nil;
	copystate(c, Free);
}

static int ipinit(Srv *s, char *arg)
{
	Copy *c;

	if((c = become(s)) == nil)
		return -1;
	if(c->st->srv->init(s, arg) == 0)
		return 0;
	unbecome(c);
	return -1;
}

static int iprestore(Srv *s, Img *m)
{
	Copy *c;

	if((c = become(s)) == nil)
		return -1;
	if(c->st->srv->restore(s, m) == 0)
		return 0;
	if(c->ticker != nil)
		hostprocend(c->ticker);
	c->ticker = nil;
	unbecome(c);
	return -1;
}

/* save is there to be seen: what is called is a copy's */
static int ipsave(Srv *s, Img *m)
{
	return copywith(s)->st->srv->save(s, m);
}

Srv ipkind = {
	.name = "ip",
	.init = ipinit,
	.restore = iprestore,
	.save = ipsave,
};

/* --- #I: whatever has /srv/net, #I1: net1, and so on --- */
static void netattach(Req *r)
{
	struct Chan *c;
	char name[16];

	if(r->name[0] != 0 && (r->name[0] < '1' || r->name[0] > '9' || r->name[1] != 0)){
		respond(r, Ebadattach);
		return;
	}
	snprint(name, sizeof name, "net%s", r->name);
	if((c = hostroot("ip", name)) == nil){
		responderr(r);
		return;
	}
	mntsubst(r, c);
	r->fid->qid = (Qid){ .type = QTDIR };
	respond(r, nil);
}

static int netinit(Srv *s, char *arg)
{
	USED(s);
	USED(arg);
	for(; copies.n < Maxcopies && iptab[copies.n] != nil; copies.n++){
		iptab[copies.n]->host = &host;
		copies.copy[copies.n].st = iptab[copies.n];
	}
	return 0;
}

Srv netsrv = {
	.name = "ip",
	.dc = 'I',
	.flags = SrvBlocks,
	.init = netinit,
	.attach = netattach,
};
