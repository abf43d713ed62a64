/*
 * icmp.c: conversations of icmp and icmpv6.
 *
 * What is written and read is a packet with its IP header, of which a
 * writer fills in nothing.  The identifier of an echo is the conversation's
 * local port: it is put into what is sent, and what comes back is given to
 * the conversation that has it.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"
#include "lwip/raw.h"
#include "lwip/inet_chksum.h"

enum {
	Hdr4 = 20,
	Hdr6 = 40,
	Icmphdr = 8,
	Firstid = 0x4000,
};

static int hdrlen(Conv *c)
{
	return c->proto == &icmp6proto? Hdr6: Hdr4;
}

/* an answer of an echo, for this conversation? */
static int isours(Conv *c, struct pbuf *p)
{
	uchar h[Icmphdr];
	u32int off;

	off = ip_current_header_tot_len();
	if(c->state != Cconnected || pbuf_copy_partial(p, h, sizeof h, off) != sizeof h)
		return 0;
	if(h[0] != (c->proto == &icmp6proto? 129: 0))
		return 0;
	return (h[4]<<8 | h[5]) == c->lport && ip_addr_cmp_zoneless(&c->raddr, ip_current_src_addr());
}

static u8_t received(void *arg, struct raw_pcb *pcb, struct pbuf *p, const ip_addr_t *addr)
{
	Conv *c;

	USED(pcb);
	USED(addr);
	c = arg;
	if(!isours(c, p))
		return 0;
	c->proto->nin++;
	convgram(c, p, nil);
	return 1;
}

static int idused(Conv *c, u16int id)
{
	Conv *k;
	u32int i;

	for(i = 0; i < c->proto->nconv; i++){
		k = c->proto->conv[i];
		if(k != c && k->ref > 0 && k->pcb != nil && k->lport == id)
			return 1;
	}
	return 0;
}

/* its pcb; the addresses and ports are set */
char *icmpopen(Conv *c)
{
	struct raw_pcb *p;
	int v6;

	v6 = c->proto == &icmp6proto;
	if((p = raw_new_ip_type(v6? IPADDR_TYPE_V6: IPADDR_TYPE_V4, v6? 58: 1)) == nil)
		return Enomem;
	if(v6){
		p->chksum_reqd = 1;
		p->chksum_offset = 2;
	}
	p->ttl = c->ttl;
	p->tos = c->tos;
	raw_recv(p, received, c);
	c->pcb = p;
	return nil;
}

static char *icmpconnect(Conv *c, Req *r)
{
	u32int n;

	USED(r);
	if(IP_IS_V6_VAL(c->raddr) != (c->proto == &icmp6proto))
		return "bad address";
	for(n = 0; (c->lport == 0 || idused(c, c->lport)) && n < 0x8000; n++)
		c->lport = Firstid+c->n+n;
	if(n == 0x8000)
		return "address in use";
	c->state = Cconnected;
	return icmpopen(c);
}

static void icmpclose(Conv *c)
{
	if(c->pcb != nil)
		raw_remove(c->pcb);
	c->pcb = nil;
}

static void icmpapply(Conv *c)
{
	struct raw_pcb *p;

	if((p = c->pcb) == nil)
		return;
	p->ttl = c->ttl;
	p->tos = c->tos;
}

/* p has the message without the IP header */
static void finish(Conv *c, struct pbuf *p)
{
	uchar *m;
	u16int sum;

	m = p->payload;
	m[4] = c->lport>>8;
	m[5] = c->lport;
	m[2] = m[3] = 0;
	if(c->proto == &icmpproto){	/* lwIP sums icmpv6 */
		sum = inet_chksum(m, p->len);
		memmove(m+2, &sum, sizeof sum);
	}
}

static void icmpwrite(Conv *c, Req *r)
{
	struct pbuf *p;
	err_t err;
	u32int n;

	if(c->pcb == nil){
		respond(r, Ehungup);
		return;
	}
	if(r->count < (u32int)hdrlen(c)+Icmphdr){
		respond(r, Eshort);
		return;
	}
	n = r->count-hdrlen(c);
	if(n > 0xFFFF-Hdr6 || (p = pbuf_alloc(PBUF_IP, n, PBUF_RAM)) == nil){
		respond(r, Etoobig);
		return;
	}
	reqget(r, hdrlen(c), p->payload, n);
	finish(c, p);
	err = raw_sendto(c->pcb, p, &c->raddr);
	pbuf_free(p);
	c->proto->nout++;
	r->rcount = r->count;
	respond(r, errof(err));
}

static void icmptook(Conv *c, u32int n)
{
	USED(c);
	USED(n);
}

static void icmpstatus(Conv *c, Text *t)
{
	textput(t, "%s qin %ud qout 0\n", c->pcb != nil? "Open": "Closed", c->qlen);
}

static void stats(Proto *p, Text *t)
{
	textput(t, "messages in %llud\nmessages out %llud\ndropped %llud\n", p->nin, p->nout, p->nerr);
}

static void icmpstats(Text *t)
{
	stats(&icmpproto, t);
}

static void icmp6stats(Text *t)
{
	stats(&icmp6proto, t);
}

#define ICMP(n, s) { \
	.name = n, \
	.files = 1<<Qctl | 1<<Qdata | 1<<Qerr | 1<<Qlocal | 1<<Qremote | 1<<Qstatus, \
	.connect = icmpconnect, \
	.close = icmpclose, \
	.write = icmpwrite, \
	.took = icmptook, \
	.apply = icmpapply, \
	.status = icmpstatus, \
	.stats = s, \
}

Proto icmpproto = ICMP("icmp", icmpstats);
Proto icmp6proto = ICMP("icmpv6", icmp6stats);
