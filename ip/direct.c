/*
 * direct.c: tcp between two conversations of this stack.
 *
 * Both ends of such a connection are ours, and nothing is lost or late
 * between them: what is written to one is put where the other reads it, and
 * lwIP has no segments to make, to acknowledge and to time.  It makes the
 * connection, keeps its state, and ends it, and carries what is written
 * before or after both ends are as they should: established, with nothing
 * under way in either direction, and of one mind about what comes next.
 * What goes directly has no sequence numbers, but is taken from the
 * receiver's window like other data, and so given back as it is read: a
 * conversation that is closed before all is read resets the connection, and
 * a move finds nothing here that it does not know.
 *
 * Who snoops wants to see packets, so meanwhile lwIP has all.
 *
 * When both ends are closed nothing of theirs can come late, and the one that
 * closed first does not stay: each segment looks through all that do.
 *
 * Conv.peer, of both or of neither: they are joined.  It ends with the pcb
 * of either.  Nothing sleeps; Srv.lk is held.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"
#include "lwip/priv/tcp_priv.h"

enum {
	Piece = 32*1024,	/* bytes kept together until they are read; the image of a move has less than 64 K */
	Kept = 1,		/* bytes of the window that are not used: lwIP wants to see the other's end */
	Maxspare = 4,
};

typedef struct Store Store;
struct Store {	/* a piece's bytes, as lwIP's buffer */
	struct pbuf_custom p;	/* first: it is freed by this */
	Store *next;
	uchar data[Piece];
};

/* those that are not in use, while there are conversations that are joined */
static Store *spare;
static int nspare, njoined;

static int quiet(struct tcp_pcb *p)
{
	return p->state == ESTABLISHED && p->unsent == nil && p->unacked == nil && p->ooseq == nil && p->refused_data == nil;
}

/* are they the ends of one connection? */
static int ends(struct tcp_pcb *p, struct tcp_pcb *q)
{
	return p->local_port == q->remote_port && p->remote_port == q->local_port &&
		ip_addr_cmp(&p->local_ip, &q->remote_ip) && ip_addr_cmp(&p->remote_ip, &q->local_ip);
}

static void join(Conv *c, struct tcp_pcb *p, struct tcp_pcb *q)
{
	Conv *k;

	k = q->callback_arg;
	if(k == nil || k == c || k->pcb != q || !quiet(p) || !quiet(q) || p->snd_nxt != q->rcv_nxt || q->snd_nxt != p->rcv_nxt)
		return;
	c->peer = k;
	k->peer = c;
	njoined++;
}

static int snooped(void)
{
	u32int i;

	for(i = 0; i < ifcproto.nconv && ifcproto.conv[i]->snoops == 0; i++)
		;
	return i < ifcproto.nconv;
}

Conv *directpeer(Conv *c)
{
	struct tcp_pcb *p, *q;

	if(snooped()){
		directend(c);
		return nil;
	}
	if(c->peer != nil || c->far || (p = c->pcb) == nil)
		return c->peer;
	for(q = tcp_active_pcbs; q != nil && !ends(p, q); q = q->next)
		;
	if(q == nil)
		c->far = 1;
	else
		join(c, p, q);
	return c->peer;
}

void directend(Conv *c)
{
	Store *s;

	c->far = 0;
	if(c->peer == nil)
		return;
	c->peer->peer = nil;
	c->peer = nil;
	njoined--;
	while(njoined == 0 && (s = spare) != nil){
		spare = s->next;
		nspare--;
		free(s);
	}
}

static void storefree(struct pbuf *p)
{
	Store *s;

	s = (Store*)p;
	if(njoined == 0 || nspare == Maxspare){
		free(s);
		return;
	}
	s->next = spare;
	spare = s;
	nspare++;
}

/* a buffer for n bytes, or nil */
static struct pbuf *store(u32int n)
{
	Store *s;

	if(n < Piece)
		return pbuf_alloc(PBUF_RAW, n, PBUF_RAM);
	if((s = spare) != nil){
		spare = s->next;
		nspare--;
	}else if((s = malloc(sizeof *s)) == nil)
		return nil;
	s->p.custom_free_function = storefree;
	return pbuf_alloced_custom(PBUF_RAW, n, PBUF_REF, &s->p, s->data, sizeof s->data);
}

/* to a reader that waits, so there is nothing before it */
static u32int hand(Conv *k, Req *w, u32int n)
{
	Req *r;

	r = k->reads;
	k->reads = r->next;
	r->rcount = reqmove(r, 0, w, w->rcount, n);
	n = r->rcount;
	respond(r, nil);
	return n;
}

static u32int keep(Conv *k, Req *w, u32int n)
{
	struct tcp_pcb *p;
	struct pbuf *b;

	p = k->pcb;
	if(n > Piece)
		n = Piece;
	if(n+Kept > p->rcv_wnd && k->rq != nil)	/* when more is read there is room for the whole piece */
		return 0;
	if(n+Kept > p->rcv_wnd)
		n = p->rcv_wnd > Kept? p->rcv_wnd-Kept: 0;
	if(n == 0 || (b = store(n)) == nil)
		return 0;
	reqget(w, w->rcount, b->payload, n);
	if(convappend(k, b) < 0)
		return 0;
	p->rcv_wnd -= n;
	return n;
}

void directpush(Conv *c)
{
	Conv *k;
	Req *w;
	u32int n, left;

	k = c->peer;
	while((w = c->writes) != nil){
		for(; (left = w->count-w->rcount) > 0; w->rcount += n)
			if((n = k->reads != nil? hand(k, w, left): keep(k, w, left)) == 0)
				return;
		tcpproto.nin++;
		c->writes = w->next;
		respond(w, nil);
	}
}

static int ours(const ip_addr_t *a)
{
	struct netif *n;

	NETIF_FOREACH(n)
		if(netifhas(n, a))
			return 1;
	return 0;
}

void directforget(void)
{
	static struct tcp_pcb *seen;	/* as far as it is still one of them, the older ones were looked at */
	struct tcp_pcb *p, *q, *next;

	for(p = tcp_tw_pcbs; p != nil && p != seen; p = next){
		next = p->next;
		if(p->callback_arg != nil || !ours(&p->remote_ip))
			continue;
		for(q = tcp_active_pcbs; q != nil && !ends(p, q); q = q->next)
			;
		if(q == nil)
			tcp_abandon(p, 0);
	}
	seen = tcp_tw_pcbs;
}
