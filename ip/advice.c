/*
 * advice.c: what icmp says of packets that were sent: not delivered, or too
 * long on the way.  The message has the packet's first bytes, which tell
 * the conversation.  One of udp, and a call of tcp that is not answered yet,
 * ends with the error; one of icmp reads the message as it came.
 *
 * lwIP answers echoes, and looks at no such message itself but in ICMPv6's
 * "packet too big".  It shows all to raw pcbs first, of which there is one
 * for each version here, from begin to end.  Anybody can send such messages:
 * addresses and ports must all be right, and so must the sum.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"
#include "lwip/raw.h"
#include "lwip/tcp.h"
#include "lwip/inet_chksum.h"

enum {
	Icmphdr = 8,
	Ports = 8,		/* bytes that are known of what was in the packet */
	Innermax = 60+Ports,
	Unreach4 = 3, Exceeded4 = 11, Echo4 = 8,
	Unreach6 = 1, Exceeded6 = 3, Echo6 = 128,
	Fragneeded = 4,
};

typedef struct Sent Sent;
struct Sent {	/* the packet that it is about */
	Proto *proto;
	ip_addr_t src, dst;
	u16int sport, dport;
};

static struct raw_pcb *pcb4, *pcb6;

static u16int get2(const uchar *p)
{
	return p[0]<<8 | p[1];
}

static void addrat(const uchar *p, int v6, ip_addr_t *a)
{
	uchar b[16] = { [10] = 0xFF, [11] = 0xFF };

	memmove(v6? b: b+12, p, v6? 16: 4);
	addrfrom(b, a);
}

/* what p, of n bytes, was; 0, or -1: none that we send */
static int sentpacket(const uchar *p, u32int n, int v6, Sent *s)
{
	u32int hdr;
	int proto;

	hdr = v6? 40: (p[0]&0xF)*4;
	if(n < 20 || p[0]>>4 != (v6? 6: 4) || hdr < 20 || n < hdr+Ports)
		return -1;
	if(!v6 && (get2(p+6) & 0x1FFF) != 0)	/* not the first fragment */
		return -1;
	proto = p[v6? 6: 9];
	addrat(p+(v6? 8: 12), v6, &s->src);
	addrat(p+(v6? 24: 16), v6, &s->dst);
	p += hdr;
	s->sport = get2(p);
	s->dport = get2(p+2);
	if(proto == 17)
		s->proto = &udpproto;
	else if(proto == 6)
		s->proto = &tcpproto;
	else if(proto == (v6? 58: 1) && p[0] == (v6? Echo6: Echo4)){
		s->proto = v6? &icmp6proto: &icmpproto;
		s->sport = get2(p+4);
	}else
		return -1;
	return 0;
}

static int isecho(Sent *s)
{
	return s->proto == &icmpproto || s->proto == &icmp6proto;
}

static Conv *sender(Sent *s)
{
	Conv *c;
	u32int i;

	for(i = 0; i < s->proto->nconv; i++){
		c = s->proto->conv[i];
		if(c->ref == 0 || c->pcb == nil || c->lport != s->sport || !ip_addr_cmp_zoneless(&c->raddr, &s->dst))
			continue;
		if(isecho(s) || (c->rport == s->dport && ip_addr_cmp_zoneless(&c->laddr, &s->src)))
			return c;
	}
	return nil;
}

/* in words, and who says so; 0: it is no such message */
static int words(int type, int code, int v6, char *buf, int n)
{
	static char *unreach4[] = { "network unreachable", "host unreachable", "protocol unreachable", "port unreachable" };
	static char *unreach6[] = { "no route", "administratively prohibited", "beyond scope", "host unreachable", "port unreachable" };
	char from[Addrlen], *s;

	if(type == (v6? Exceeded6: Exceeded4))
		s = code == 0? "ttl exceeded": "fragments timed out";
	else if(type != (v6? Unreach6: Unreach4) || (!v6 && code == Fragneeded))
		return 0;
	else if(v6)
		s = code < (int)nelem(unreach6)? unreach6[code]: "unreachable";
	else
		s = code < (int)nelem(unreach4)? unreach4[code]: "unreachable";
	snprint(buf, n, "%s at %s", s, addrtext(ip_current_src_addr(), from));
	return 1;
}

static int sumok(struct pbuf *p, u16int off, int v6)
{
	u16int sum;

	pbuf_remove_header(p, off);
	sum = v6? ip6_chksum_pseudo(p, IP6_NEXTH_ICMP6, p->tot_len, ip6_current_src_addr(), ip6_current_dest_addr()): inet_chksum_pbuf(p);
	pbuf_add_header_force(p, off);
	return sum == 0;
}

/* a copy for who looks at such messages himself */
static void show(Conv *c, struct pbuf *p)
{
	struct pbuf *q;

	if((q = pbuf_clone(PBUF_RAW, PBUF_RAM, p)) != nil)
		convgram(c, q, nil);
	else
		c->proto->nerr++;
}

static void fail(Conv *c, char *err)
{
	if(c->proto == &udpproto && c->state == Cconnected && !c->ignore){
		c->proto->close(c);
		convlog(c, "%s", err);
		convhangup(c, err);
	}else if(c->proto == &tcpproto && c->state == Cdialing)
		tcprefuse(c, err);
}

static u8_t received(void *arg, struct raw_pcb *pcb, struct pbuf *p, const ip_addr_t *addr)
{
	uchar m[Icmphdr+Innermax];
	char err[ERRMAX];
	Sent s;
	Conv *c;
	u32int off, n;
	int v6;

	USED(arg);
	USED(addr);
	v6 = pcb == pcb6;
	off = ip_current_header_tot_len();
	n = pbuf_copy_partial(p, m, sizeof m, off);
	if(n < Icmphdr || !words(m[0], m[1], v6, err, sizeof err) || sentpacket(m+Icmphdr, n-Icmphdr, v6, &s) < 0)
		return 0;
	if((c = sender(&s)) == nil || !sumok(p, off, v6))
		return 0;
	if(isecho(&s))
		show(c, p);
	else
		fail(c, err);
	return 0;
}

int advicebegin(void)
{
	pcb4 = raw_new_ip_type(IPADDR_TYPE_V4, 1);
	pcb6 = raw_new_ip_type(IPADDR_TYPE_V6, 58);
	if(pcb4 == nil || pcb6 == nil){
		adviceend();
		werrstr("%s", Enomem);
		return -1;
	}
	raw_recv(pcb4, received, nil);
	raw_recv(pcb6, received, nil);
	return 0;
}

void adviceend(void)
{
	if(pcb4 != nil)
		raw_remove(pcb4);
	if(pcb6 != nil)
		raw_remove(pcb6);
	pcb4 = pcb6 = nil;
}
