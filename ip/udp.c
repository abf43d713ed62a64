/*
 * udp.c: conversations over lwIP's udp.
 *
 * Announced with headers, a conversation takes from and sends to anybody,
 * each datagram with its addresses in front.  Announced without, the first
 * datagram of each sender is a call, and a conversation of its own goes on
 * with it.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"
#include "lwip/ip.h"
#include "lwip/udp.h"

static void udpapply(Conv *c)
{
	struct udp_pcb *p;

	if((p = c->pcb) == nil)
		return;
	p->ttl = c->ttl;
	p->tos = c->tos;
}

/* a datagram for an announced conversation without headers: whose is it? */
static Conv *newcall(Conv *c, const Pkt *from)
{
	struct udp_pcb *p;
	Conv *k;

	if(c->ncalls >= Backlog || (k = convnew(&udpproto, c->owner)) == nil)
		return nil;
	if((p = udp_new_ip_type(IPADDR_TYPE_ANY)) == nil)
		goto Fail;
	ip_set_option(p, SOF_REUSEADDR);
	if(udp_bind(p, &from->dst, c->lport) != ERR_OK || udp_connect(p, &from->src, from->sport) != ERR_OK){
		udp_remove(p);
		goto Fail;
	}
	k->ttl = c->ttl;
	k->tos = c->tos;
	k->laddr = from->dst;
	k->lport = c->lport;
	k->raddr = from->src;
	k->rport = from->sport;
	k->state = Cconnected;
	udphook(k, p);
	return k;

Fail:
	convclose(k);
	return nil;
}

static void localaddr(ip_addr_t *a)
{
	struct netif *nif;

	nif = ip_current_netif();
	if(ip_current_is_v6())
		*a = *ip_current_dest_addr();
	else
		*a = nif->ip_addr;
}

/* its header, which lwIP has looked at but for the length, says how much of p there is; -1: more */
static int cutgram(struct pbuf *p)
{
	uchar *h;
	u32int n;

	h = (uchar*)p->payload-UDP_HLEN;
	n = h[4]<<8 | h[5];
	if(n < UDP_HLEN || n-UDP_HLEN > p->tot_len)
		return -1;
	pbuf_realloc(p, n-UDP_HLEN);
	return 0;
}

static void received(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *addr, u16_t port)
{
	Conv *c, *call;
	Pkt from;

	call = nil;
	c = arg;
	udpproto.nin++;
	from = (Pkt){ .src = *addr, .sport = port, .dst = *ip_current_dest_addr(), .dport = pcb->local_port };
	localaddr(&from.ifaddr);
	if(cutgram(p) < 0)
		c = nil;
	else if(c->state == Cannounced && !c->headers)
		c = call = newcall(c, &from);
	if(c == nil){
		udpproto.nerr++;
		pbuf_free(p);
		return;
	}
	convgram(c, p, &from);
	if(call != nil)
		convcall(arg, call);
}

void udphook(Conv *c, struct udp_pcb *p)
{
	c->pcb = p;
	ip_set_option(p, SOF_BROADCAST);
	udp_recv(p, received, c);
	udpapply(c);
}

static char *udpbind(Conv *c)
{
	struct udp_pcb *p;
	char *e;

	if((p = udp_new_ip_type(IPADDR_TYPE_ANY)) == nil)
		return Enomem;
	if((e = errof(udp_bind(p, &c->laddr, c->lport))) != nil){
		udp_remove(p);
		return e;
	}
	c->lport = p->local_port;
	udphook(c, p);
	return nil;
}

/* others may be bound to its port: the conversations of its callers */
static char *udpannounce(Conv *c)
{
	char *e;

	if((e = udpbind(c)) == nil)
		ip_set_option((struct udp_pcb*)c->pcb, SOF_REUSEADDR);
	return e;
}

static char *udpconnect(Conv *c, Req *r)
{
	const ip_addr_t *a;
	struct netif *nif;
	struct udp_pcb *p;
	char *e;

	USED(r);
	if(c->pcb == nil && (e = udpbind(c)) != nil)
		return e;
	p = c->pcb;
	if((e = errof(udp_connect(p, &c->raddr, c->rport))) != nil){
		udp_remove(p);
		c->pcb = nil;
		return e;
	}
	if(ip_addr_isany(&c->laddr) && (nif = ip_route(&p->local_ip, &c->raddr)) != nil &&
		(a = ip_netif_get_local_ip(nif, &c->raddr)) != nil)
		c->laddr = *a;	/* as it is sent from */
	c->state = Cconnected;
	return nil;
}

static void udpclose(Conv *c)
{
	if(c->pcb != nil)
		udp_remove(c->pcb);
	c->pcb = nil;
	groupsend(c);
}

/* --- sending --- */
static struct pbuf *payload(Req *r, u32int off)
{
	struct pbuf *p;
	u32int n;

	n = r->count-off;
	if(n > 0xFFFF-8-40 || (p = pbuf_alloc(PBUF_TRANSPORT, n, PBUF_RAM)) == nil)
		return nil;
	reqget(r, off, p->payload, n);
	return p;
}

/*
 * To all on the wire there is no route: out of the interface that has the
 * address via, or of the first.  It need not have an IPv4 address yet, so
 * that ipconfig can ask for one.
 */
static err_t sendall(struct udp_pcb *u, struct pbuf *p, const ip_addr_t *dst, u16int port, const ip_addr_t *via)
{
	struct netif *n;

	NETIF_FOREACH(n)
		if((n->flags & NETIF_FLAG_BROADCAST) && netif_is_up(n) && (ip_addr_isany(via) || netifhas(n, via)))
			return udp_sendto_if_src(u, p, dst, port, n, &n->ip_addr);
	return ERR_RTE;
}

static err_t sendheaders(struct udp_pcb *u, struct pbuf *p, uchar *h)
{
	ip_addr_t dst, src, via;
	struct netif *nif;

	addrfrom(h, &dst);
	addrfrom(h+16, &src);
	addrfrom(h+32, &via);
	if(IP_IS_V4_VAL(dst) && ip_2_ip4(&dst)->addr == IPADDR_BROADCAST)
		return sendall(u, p, &dst, h[48]<<8 | h[49], &via);
	if(ip_addr_isany(&src) || (nif = ip_route(&src, &dst)) == nil)
		return udp_sendto(u, p, &dst, h[48]<<8 | h[49]);
	if(IP_IS_V6_VAL(src) != IP_IS_V6_VAL(dst))
		return ERR_VAL;
	return udp_sendto_if_src(u, p, &dst, h[48]<<8 | h[49], nif, &src);
}

static void udpwrite(Conv *c, Req *r)
{
	uchar h[Udphdr];
	struct pbuf *p;
	err_t err;
	u32int off;

	off = c->headers? Udphdr: 0;
	if(c->pcb == nil || (c->state != Cconnected && !c->headers)){
		respond(r, c->err[0] != 0? c->err: Ehungup);
		return;
	}
	if(r->count < off || (p = payload(r, off)) == nil){
		respond(r, r->count < off? Eshort: Etoobig);
		return;
	}
	if(c->headers){
		reqget(r, 0, h, sizeof h);
		err = sendheaders(c->pcb, p, h);
	}else
		err = udp_send(c->pcb, p);
	pbuf_free(p);
	udpproto.nout++;
	r->rcount = r->count;
	respond(r, err == ERR_MEM? nil: errof(err));	/* a datagram may be lost */
}

static char *udpctl(Conv *c, Req *r, char **f, int n)
{
	USED(r);
	if(n == 1 && strcmp(f[0], "headers") == 0)
		c->headers = 1;
	else if(n == 1 && strcmp(f[0], "ignoreadvice") == 0)
		c->ignore = 1;
	else if(strcmp(f[0], "addmulti") == 0 || strcmp(f[0], "remmulti") == 0)
		return groupctl(c, f, n);
	else
		return "bad control message";
	return nil;
}

static void udptook(Conv *c, u32int n)
{
	USED(c);
	USED(n);
}

static void udpstatus(Conv *c, Text *t)
{
	textput(t, "%s qin %ud qout 0\n", c->pcb != nil? "Open": "Closed", c->qlen);
}

static void udpstats(Text *t)
{
	textput(t, "datagrams in %llud\ndatagrams out %llud\ndropped %llud\n", udpproto.nin, udpproto.nout, udpproto.nerr);
}

Proto udpproto = {
	.name = "udp",
	.files = 1<<Qctl | 1<<Qdata | 1<<Qerr | 1<<Qlisten | 1<<Qlocal | 1<<Qremote | 1<<Qstatus,
	.connect = udpconnect,
	.announce = udpannounce,
	.bind = udpbind,
	.ctl = udpctl,
	.close = udpclose,
	.write = udpwrite,
	.took = udptook,
	.apply = udpapply,
	.status = udpstatus,
	.stats = udpstats,
};
