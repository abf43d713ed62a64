/*
 * forward.c: packets that are for others: iprouting.  They are dropped when
 * it is 0, and go on as the routes say when it is 1; whose time is up, and
 * who has no route, is told so by lwIP.
 *
 * A packet of a device that looks at checksums may be one whose checksum is
 * to be made yet, so it is made before it goes on.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"
#include "lwip/ip.h"
#include "lwip/icmp.h"
#include "lwip/prot/icmp.h"
#include "lwip/inet_chksum.h"

enum { Icmp = 1, Tcp = 6, Udp = 17 };

u8int iprouting;
u8int ipsumok;

/* of p, which has an IP header of hdr bytes and no fragment */
static void makesum(struct pbuf *p, u32int hdr, int proto, const ip_addr_t *src, const ip_addr_t *dst)
{
	u16int sum;
	u32int at;

	at = proto == Tcp? 16: 6;
	if(!ipsumok || (proto != Tcp && proto != Udp) || p->next != nil || p->len < hdr+at+2)
		return;
	pbuf_remove_header(p, hdr);
	memset((uchar*)p->payload+at, 0, 2);
	sum = ip_chksum_pseudo(p, proto, p->tot_len, src, dst);
	if(sum == 0 && proto == Udp)
		sum = 0xFFFF;
	memmove((uchar*)p->payload+at, &sum, 2);
	pbuf_add_header_force(p, hdr);
}

/* lwIP tells nobody of an echo whose time is up, and traceroute sends such */
static int lateecho(struct pbuf *p, struct ip_hdr *h)
{
	u32int hdr;

	hdr = IPH_HL_BYTES(h);
	return IPH_TTL(h) <= 1 && IPH_PROTO(h) == Icmp && (IPH_OFFSET(h) & PP_HTONS(IP_OFFMASK)) == 0 &&
		p->len > hdr && ((uchar*)h)[hdr] == ICMP_ECHO;
}

/* may p, for somebody else, go on?  0: no, -1: as lwIP thinks */
int forwardhook4(struct pbuf *p)
{
	struct ip_hdr *h;

	if(!iprouting)
		return 0;
	h = p->payload;
	if(lateecho(p, h) && !ip4_addr_ismulticast(ip4_current_dest_addr()) && !(p->flags & (PBUF_FLAG_LLBCAST|PBUF_FLAG_LLMCAST))){
		icmp_time_exceeded(p, ICMP_TE_TTL);
		return 0;
	}
	if((IPH_OFFSET(h) & PP_HTONS(IP_OFFMASK|IP_MF)) == 0)
		makesum(p, IPH_HL_BYTES(h), IPH_PROTO(h), ip_current_src_addr(), ip_current_dest_addr());
	return -1;
}

static int ours6(const ip6_addr_p_t *dst)
{
	struct netif *n;
	int i;

	NETIF_FOREACH(n)
		for(i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
			if(ip6_addr_isvalid(netif_ip6_addr_state(n, i)) && memcmp(netif_ip6_addr(n, i)->addr, dst->addr, 16) == 0)
				return 1;
	return 0;
}

/* each packet of IPv6 as it comes: 1: it was dropped */
int forwardhook6(struct pbuf *p)
{
	ip_addr_t src, dst;
	struct ip6_hdr *h;

	h = p->payload;
	if(p->len < IP6_HLEN || ((uchar*)&h->dest)[0] == 0xFF || ours6(&h->dest))
		return 0;
	if(!iprouting){
		pbuf_free(p);
		return 1;
	}
	if(IP6H_PLEN(h)+IP6_HLEN <= p->tot_len){
		pbuf_realloc(p, IP6H_PLEN(h)+IP6_HLEN);
		addrfrom((uchar*)&h->src, &src);
		addrfrom((uchar*)&h->dest, &dst);
		makesum(p, IP6_HLEN, IP6H_NEXTH(h), &src, &dst);
	}
	return 0;
}

/* iprouting [0|1] */
char *forwardctl(char **f, int n)
{
	if(n > 2 || (n == 2 && strcmp(f[1], "0") != 0 && strcmp(f[1], "1") != 0))
		return Ebadarg;
	iprouting = n == 1 || f[1][0] == '1';
	return nil;
}
