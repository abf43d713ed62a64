/*
 * ether.c: Ethernet interfaces and their conversations.  A frame that was
 * received, or is sent, goes to the queue of every conversation that wants it: the queues
 * hold references to the one frame.  A queue has a bound; what comes when it is full
 * is lost to that conversation alone.  Frames of those who cannot sleep wait
 * in a queue of the interface while the chip has no room.
 *
 * A conversation that was made stays with its interface for ever, to be
 * used again; ref says whether it is in use.
 *
 * Locks: Ether.lk (see ether.h).  Receiving is at interrupt level.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "9p.h"
#include "ether.h"
#include "ipsum.h"

static Ether *ethers[Maxether];

int etheradd(Ether *e)
{
	int i;

	for(i = 0; i < Maxether; i++)
		if(ethers[i] == nil){
			e->unit = i;
			ethers[i] = e;
			return 0;
		}
	return seterr("too many ethernet interfaces");
}

Ether *etherunit(int unit)
{
	return unit >= 0 && unit < Maxether ? ethers[unit] : nil;
}

/* --- frames --- */

Etherframe *etherframe(u32int max)
{
	Etherframe *f = malloc(sizeof *f + Etherroom + max);

	if(f == nil)
		return nil;
	f->ref = 1;
	f->p = f->mem + Etherroom;
	f->n = f->max = max;
	f->csumstart = 0;
	f->sumok = 0;
	return f;
}

void etherfree(Etherframe *f)
{
	if(decref(&f->ref) == 0)
		free(f);
}

static int typeat(uchar *p)
{
	return p[12]<<8 | p[13];
}

/* --- delivery --- */

static int multiwanted(Etherconv *c, uchar *addr)
{
	static const uchar all[Eaddrlen] = { 255, 255, 255, 255, 255, 255 };
	int i;

	if(memcmp(addr, all, Eaddrlen) == 0)
		return 1;
	for(i = 0; i < c->nmulti; i++)
		if(memcmp(addr, c->multi[i], Eaddrlen) == 0)
			return 1;
	return 0;
}

static int wanted(Etherconv *c, Etherframe *f)
{
	if(c->ref == 0 || (c->type != Etherall && c->type != typeat(f->p)))
		return 0;
	if(c->prom || c->bridge)
		return 1;
	if(f->p[0] & 1)
		return multiwanted(c, f->p);
	return memcmp(f->p, c->ether->addr, Eaddrlen) == 0;
}

/* e->lk held */
static void enqueue(Etherconv *c, Etherframe *f)
{
	if(c->qw - c->qr == Etherqueue){
		c->lost++;
		c->ether->stats.soft++;
		return;
	}
	incref(&f->ref);
	c->q[c->qw % Etherqueue] = f;
	poke(c->qw, c->qw+1);
	c->in++;
	wakeup(&c->rr);
}

/* to all that want f but its sender; e->lk held */
static void deliver(Ether *e, Etherframe *f, Etherconv *from)
{
	Etherconv *c;
	int i;

	for(i = 0; i < Maxetherconv && (c = e->conv[i]) != nil; i++)
		if(c != from && wanted(c, f))
			enqueue(c, f);
}

/* the sum that f lacks is put in if somebody will get it who needs it; e->lk held */
static void complete(Ether *e, Etherframe *f, Etherconv *from, int any)
{
	Etherconv *c;
	int i;

	if(f->csumstart == 0)
		return;
	for(i = 0; !any && i < Maxetherconv && (c = e->conv[i]) != nil; i++)
		any = c != from && !c->nosums && wanted(c, f);
	if(any){
		ipsumput(f->p, f->n, f->csumstart, f->csumoff);
		f->csumstart = 0;
	}
}

void etherin(Ether *e, Etherframe *f)
{
	lock(&e->lk);
	if(f->n < Etherhdr || f->n > e->mtu + Etherhdr)
		e->stats.frame++;
	else{
		e->stats.in++;
		complete(e, f, nil, 0);
		deliver(e, f, nil);
	}
	unlock(&e->lk);
	etherfree(f);
}

void etherlost(Ether *e)
{
	lock(&e->lk);
	e->stats.overflow++;
	unlock(&e->lk);
}

void etherbad(Ether *e)
{
	lock(&e->lk);
	e->stats.frame++;
	unlock(&e->lk);
}

void etherlink(Ether *e, int on, int mbps)
{
	poke(e->link, on);
	poke(e->mbps, mbps);
}

void etherroom(Ether *e)
{
	lock(&e->outlk);
	while(e->outr != e->outw && e->transmit(e, e->outq[e->outr % Etheroutqueue]) == 0)
		e->outr++;
	unlock(&e->outlk);
	wakeup(&e->wr);
}

/* to the driver, now or when it has room: 0; -1: too many wait already */
static int enqueueout(Ether *e, Etherframe *f)
{
	int r;

	lock(&e->outlk);
	r = e->outr == e->outw? e->transmit(e, f): -1;
	if(r < 0 && e->outw - e->outr < Etheroutqueue){
		e->outq[e->outw++ % Etheroutqueue] = f;
		r = 0;
	}
	unlock(&e->outlk);
	return r;
}

static int hasroom(void *a)
{
	return !peek(((Ether*)a)->full);
}

/* to the driver, when it has room: 0; -1: interrupted */
static int sendwait(Ether *e, Etherframe *f)
{
	while(e->transmit(e, f) < 0)
		if(sleep(&e->wr, hasroom, e) < 0)
			return -1;
	return 0;
}

/* to the driver: 1; a frame for the interface itself is not for the wire; one without link, or room even in the queue, is lost: 0 */
static int send(Ether *e, Etherframe *f, int wait)
{
	if(memcmp(f->p, e->addr, Eaddrlen) == 0)
		return 1;
	if(!peek(e->link))
		return 0;
	incref(&f->ref);
	if((wait? sendwait(e, f): enqueueout(e, f)) == 0)
		return 1;
	etherfree(f);
	return wait? -1: 0;
}

static int output(Etherconv *c, Etherframe *f, int wait)
{
	Ether *e = c->ether;
	int r;

	if(f->n < Ethermin){
		memset(f->p + f->n, 0, Ethermin - f->n);
		f->n = Ethermin;
	}
	if(!c->bridge)
		memmove(f->p + Eaddrlen, e->addr, Eaddrlen);
	if(f->csumstart != 0){
		f->sumok = 1;
		lock(&e->lk);
		complete(e, f, c, !e->csum);
		unlock(&e->lk);
	}
	r = send(e, f, wait);
	if(r >= 0){
		lock(&e->lk);
		if(r == 0)
			e->stats.outerr++;
		else{
			e->stats.out++;
			c->out++;
		}
		deliver(e, f, c);
		unlock(&e->lk);
	}
	etherfree(f);
	return r < 0 ? -1 : 0;
}

int etherout(Etherconv *c, Etherframe *f)
{
	return output(c, f, 1);
}

void etherouttry(Etherconv *c, Etherframe *f)
{
	(void)output(c, f, 0);
}

/* --- conversations --- */

/* one that is free, e->lk held: its place; Maxetherconv: there is none */
static int freeconv(Ether *e)
{
	int i;

	for(i = 0; i < Maxetherconv && e->conv[i] != nil; i++)
		if(e->conv[i]->ref == 0)
			break;
	return i;
}

Etherconv *etherconvnew(Ether *e)
{
	Etherconv *c, *fresh = mallocz(sizeof *fresh, 1);
	int i;

	if(fresh == nil)
		return seterrp(Enomem);
	lock(&e->lk);
	i = freeconv(e);
	c = nil;
	if(i < Maxetherconv){
		c = e->conv[i];
		if(c == nil){
			c = e->conv[i] = fresh;
			fresh = nil;
			c->ether = e;
			c->id = i;
		}
		c->ref = 1;
	}
	unlock(&e->lk);
	free(fresh);
	return c != nil ? c : seterrp("no free conversations");
}

Etherconv *etherconvget(Ether *e, int id)
{
	Etherconv *c = nil;

	lock(&e->lk);
	if(id >= 0 && id < Maxetherconv && (c = e->conv[id]) != nil){
		if(c->ref == 0)
			c = nil;
		else
			c->ref++;
	}
	unlock(&e->lk);
	return c;
}

void etherconvput(Etherconv *c)
{
	Ether *e = c->ether;

	lock(&e->lk);
	if(--c->ref == 0){
		e->nprom -= c->prom || c->bridge;
		c->type = c->nmulti = 0;
		c->prom = c->bridge = c->headersonly = c->nosums = 0;
		c->in = c->out = c->lost = 0;
		for(; c->qr != c->qw; c->qr++)
			etherfree(c->q[c->qr % Etherqueue]);
	}
	unlock(&e->lk);
}

int etherconvtype(Etherconv *c, int type)
{
	if(type != Etherall && (type < Ethertypemin || type > 0xffff))
		return seterr("not a packet type");
	lock(&c->ether->lk);
	c->type = type;
	unlock(&c->ether->lk);
	return 0;
}

void etherconvprom(Etherconv *c, int bridge)
{
	lock(&c->ether->lk);
	c->ether->nprom += !(c->prom || c->bridge);
	if(bridge)
		c->bridge = 1;
	else
		c->prom = 1;
	unlock(&c->ether->lk);
}

/* c's place of addr, nmulti if it has it not */
static int multifind(Etherconv *c, uchar *addr)
{
	int i;

	for(i = 0; i < c->nmulti && memcmp(c->multi[i], addr, Eaddrlen) != 0; i++)
		;
	return i;
}

int etherconvmulti(Etherconv *c, uchar *addr, int add)
{
	int i, r = 0;

	if(!(addr[0] & 1))
		return seterr("not a multicast address");
	lock(&c->ether->lk);
	i = multifind(c, addr);
	if(!add){
		if(i < c->nmulti)
			memmove(c->multi[i], c->multi[--c->nmulti], Eaddrlen);
	}else if(i == Maxethermulti)
		r = -1;
	else if(i == c->nmulti)
		memmove(c->multi[c->nmulti++], addr, Eaddrlen);
	unlock(&c->ether->lk);
	return r < 0 ? seterr("too many multicast addresses") : 0;
}

static int waiting(void *a)
{
	Etherconv *c = a;

	return peek(c->qr) != peek(c->qw);
}

int etherwait(Etherconv *c)
{
	return sleep(&c->rr, waiting, c);
}

Etherframe *ethernext(Etherconv *c)
{
	Etherframe *f = nil;

	lock(&c->ether->lk);
	if(c->qr != c->qw){
		f = c->q[c->qr % Etherqueue];
		poke(c->qr, c->qr+1);
	}
	unlock(&c->ether->lk);
	return f;
}

Etherframe *ethertake(Etherconv *c)
{
	Etherframe *f;

	while((f = ethernext(c)) == nil)
		if(etherwait(c) < 0)
			return nil;
	return f;
}
