/*
 * conv.c: conversations: their use, what has come and waits to be read, and
 * the requests that wait: reads, writes, opens of listen.
 *
 * A request waits in one list of one conversation, in the order it came;
 * reads wait only while there is nothing to give.  What has come is kept as
 * lwIP's buffers; tcp's is a stream, others' are datagrams, of which each
 * read takes one.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"

/* --- use --- */
Conv *convat(Proto *p, u32int n)
{
	return n < p->nconv? p->conv[n]: nil;
}

static Conv *convmake(Proto *p)
{
	Conv **l, *c;

	if(p->nconv == Maxconv)
		return nil;
	if((l = realloc(p->conv, (p->nconv+1)*sizeof l[0])) == nil)
		return nil;
	p->conv = l;
	if((c = mallocz(sizeof *c, 1)) == nil)
		return nil;
	c->proto = p;
	c->n = p->nconv;
	p->conv[p->nconv++] = c;
	return c;
}

Conv *convslot(Proto *p, u32int n)
{
	while(n >= p->nconv)
		if(convmake(p) == nil)
			return nil;
	return p->conv[n];
}

/* make an idle one ready for a new user */
static int convbegin(Conv *c, char *owner)
{
	char *s;

	if((s = strdup(owner)) == nil)
		return -1;
	free(c->owner);
	c->owner = s;
	c->state = Copen;
	c->headers = c->ignore = c->eof = c->half = 0;
	c->err[0] = 0;
	c->laddr = c->raddr = *IP_ANY_TYPE;
	c->lport = c->rport = 0;
	c->ttl = 255;
	c->tos = 0;
	c->keep = 0;
	ipbegin();
	return 0;
}

int convuse(Conv *c, char *owner)
{
	if(c->ref == 0 && convbegin(c, owner) < 0){
		werrstr("%s", Enomem);
		return -1;
	}
	c->ref++;
	return 0;
}

Conv *convnew(Proto *p, char *owner)
{
	Conv *c;
	u32int i;

	for(i = 0; i < p->nconv && p->conv[i]->ref != 0; i++)
		;
	if((c = convslot(p, i)) == nil){
		werrstr("no free conversations");
		return nil;
	}
	return convuse(c, owner) < 0? nil: c;
}

void convdrain(Conv *c)
{
	Pkt *k;

	while((k = c->rq) != nil){
		c->rq = k->next;
		pbuf_free(k->p);
		free(k);
	}
	c->qlen = c->nrq = 0;
}

static void callsfree(Conv *c)
{
	Conv *k;

	while((k = c->calls) != nil){
		c->calls = k->nextcall;
		k->from = k->nextcall = nil;
		convclose(k);
	}
	c->ncalls = 0;
}

void convclose(Conv *c)
{
	if(--c->ref > 0)
		return;
	callsfree(c);
	c->proto->close(c);
	c->pcb = nil;
	convdrain(c);
	c->state = Cidle;
}

void convfree(Conv *c)
{
	convdrain(c);
	free(c->owner);
	free(c);
}

/* --- requests that wait --- */
void reqadd(Req **l, Req *r)
{
	r->next = nil;
	while(*l != nil)
		l = &(*l)->next;
	*l = r;
}

int reqdel(Req **l, Req *r)
{
	for(; *l != nil; l = &(*l)->next)
		if(*l == r){
			*l = r->next;
			return 1;
		}
	return 0;
}

static void reqsfail(Req **l, char *err)
{
	Req *r;

	while((r = *l) != nil){
		*l = r->next;
		respond(r, err);
	}
}

int convunwait(Req *r)
{
	Conv *c;
	u64int path;

	path = r->fid->qid.path;
	if((path>>8&0xFF) >= Nproto || (c = convat(protos[path>>8&0xFF], path>>16)) == nil)
		return 0;
	return reqdel(&c->reads, r) || reqdel(&c->writes, r) || reqdel(&c->listens, r) || reqdel(&c->dial, r);
}

/* --- what has come --- */
int convqueue(Conv *c, struct pbuf *p, const Pkt *from)
{
	Pkt *k;

	if((k = malloc(sizeof *k)) == nil){
		pbuf_free(p);
		return -1;
	}
	if(from != nil)
		*k = *from;
	else
		memset(k, 0, sizeof *k);
	k->next = nil;
	k->p = p;
	k->at = k->room = 0;
	*(c->rq != nil? &c->rqlast->next: &c->rq) = k;
	c->rqlast = k;
	c->nrq++;
	c->qlen += p->tot_len;
	return 0;
}

/* room behind k's bytes for n more: k is copied into a buffer that has it */
static int gather(Pkt *k, u32int n)
{
	struct pbuf *p;

	if(k->room >= n)
		return 0;
	if(k->p->tot_len+n > Gather/2 || (p = pbuf_alloc(PBUF_RAW, Gather, PBUF_RAM)) == nil)
		return -1;
	p->len = p->tot_len = pbuf_copy_partial(k->p, p->payload, k->p->tot_len, 0);
	pbuf_free(k->p);
	k->p = p;
	k->room = Gather-p->len;
	return 0;
}

/* a packet costs some 200 bytes besides its own: a sender of single ones must not have us keep that for each */
int convappend(Conv *c, struct pbuf *p)
{
	struct pbuf *to;
	Pkt *k;
	u32int n;

	k = c->rqlast;
	n = p->tot_len;
	if(c->rq == nil || gather(k, n) < 0)
		return convqueue(c, p, nil);
	to = k->p;
	pbuf_copy_partial(p, (uchar*)to->payload+to->len, n, 0);
	to->len += n;
	to->tot_len += n;
	k->room -= n;
	c->qlen += n;
	pbuf_free(p);
	return 0;
}

static void rqpop(Conv *c)
{
	Pkt *k;

	k = c->rq;
	c->rq = k->next;
	c->nrq--;
	pbuf_free(k->p);
	free(k);
}

/* bytes of k into r; the caller takes them out of the queue */
static u32int pktput(Pkt *k, Req *r)
{
	struct pbuf *p;
	u32int skip, n, done;

	skip = k->at;
	done = 0;
	for(p = k->p; p != nil && r->rcount < r->count; p = p->next){
		if(skip >= p->len){
			skip -= p->len;
			continue;
		}
		n = reqput(r, r->rcount, (uchar*)p->payload+skip, p->len-skip);
		r->rcount += n;
		done += n;
		skip = 0;
		if(n == 0)
			break;
	}
	return done;
}

static void readstream(Conv *c, Req *r)
{
	Pkt *k;
	u32int n;

	while((k = c->rq) != nil && r->rcount < r->count){
		n = pktput(k, r);
		k->at += n;
		c->qlen -= n;
		if(k->at == k->p->tot_len)
			rqpop(c);
		else
			break;
	}
	if(r->rcount > 0)
		c->proto->took(c, r->rcount);
}

static void put2(uchar *p, u16int v)
{
	p[0] = v>>8;
	p[1] = v;
}

static void readgram(Conv *c, Req *r)
{
	uchar h[Udphdr];
	Pkt *k;

	k = c->rq;
	if(c->headers){
		addrbytes(&k->src, h);
		addrbytes(&k->dst, h+16);
		addrbytes(&k->ifaddr, h+32);
		put2(h+48, k->sport);
		put2(h+50, k->dport);
		r->rcount = reqput(r, 0, h, sizeof h);
	}
	pktput(k, r);
	c->qlen -= k->p->tot_len;
	rqpop(c);
}

/* give r what there is: 0, there is nothing yet */
static int giveread(Conv *c, Req *r)
{
	r->rcount = 0;
	if(c->rq != nil || r->count == 0){
		if(r->count > 0 && c->proto == &tcpproto)
			readstream(c, r);
		else if(r->count > 0)
			readgram(c, r);
		respond(r, nil);
	}else if(c->state == Chungup && c->err[0] != 0)
		respond(r, c->err);
	else if(c->eof || c->state == Chungup)
		respond(r, nil);
	else
		return 0;
	return 1;
}

void convwake(Conv *c)
{
	Req *r;

	while((r = c->reads) != nil){
		c->reads = r->next;
		if(giveread(c, r))
			continue;
		c->reads = r;	/* its next is as it was */
		return;
	}
}

void convread(Conv *c, Req *r)
{
	if(c->state == Copen && c->proto != &udpproto)
		respond(r, Ehungup);
	else if(c->reads != nil || !giveread(c, r))
		reqadd(&c->reads, r);
}

void convhangup(Conv *c, char *err)
{
	Req *r;

	c->state = Chungup;
	c->eof = 1;
	if(err != nil)
		strecpy(c->err, c->err+sizeof c->err, err);
	if((r = c->dial) != nil){
		c->dial = nil;
		respond(r, c->err);
	}
	reqsfail(&c->writes, c->err[0] != 0? c->err: Ehungup);
	reqsfail(&c->listens, Ehungup);
	convwake(c);
}

/* a datagram for which there is no room is dropped, as udp may */
int convgram(Conv *c, struct pbuf *p, const Pkt *from)
{
	if(c->qlen+p->tot_len > Qmax || c->nrq == Qgrams)
		pbuf_free(p);
	else if(convqueue(c, p, from) == 0){
		convwake(c);
		return 0;
	}
	convlog(c, "no room");
	c->proto->nerr++;
	return -1;
}

/* --- calls --- */
void convlisten(Conv *c, Req *r)
{
	Conv *k;

	if(c->state != Cannounced){
		respond(r, "not announced");
		return;
	}
	if((k = c->calls) == nil){
		reqadd(&c->listens, r);
		return;
	}
	c->calls = k->nextcall;
	c->ncalls--;
	k->from = k->nextcall = nil;
	if(c->proto->taken != nil)
		c->proto->taken(k);
	fidtolisten(r, k);
}

void convcall(Conv *c, Conv *call)
{
	Conv **l;
	Req *r;

	if((r = c->listens) != nil){
		c->listens = r->next;
		fidtolisten(r, call);
		return;
	}
	for(l = &c->calls; *l != nil; l = &(*l)->nextcall)
		;
	*l = call;
	call->nextcall = nil;
	call->from = c;
	c->ncalls++;
}
