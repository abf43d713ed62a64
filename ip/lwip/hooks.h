/*
 * hooks.h: where lwIP asks us: the route to an address (route.c), the first
 * sequence number of a connection (stack.c), whether a packet that has come is
 * to be dropped (ifc.c) or goes on to others (forward.c), and whether a segment
 * is (tcp.c), if it has no acknowledgement, is for a listener, or from too far.
 */
#pragma once
#include "lwip/ip_addr.h"

struct netif;
struct tcp_pcb;
struct tcp_hdr;
struct pbuf;
struct netif *routehook4(const ip4_addr_t *src, const ip4_addr_t *dst);
const ip4_addr_t *gwhook4(struct netif *nif, const ip4_addr_t *dst);
struct netif *routehook6(const ip6_addr_t *src, const ip6_addr_t *dst);
const ip6_addr_t *gwhook6(struct netif *nif, const ip6_addr_t *dst);
u32_t isnhook(const ip_addr_t *laddr, u16_t lport, const ip_addr_t *raddr, u16_t rport);
err_t seghook(struct tcp_pcb *p, struct tcp_hdr *h);
int inhook4(struct pbuf *p);	/* 1: it is dropped */
int inhook6(struct pbuf *p);
int forwardhook4(struct pbuf *p);
int forwardhook6(struct pbuf *p);

#define LWIP_HOOK_IP4_CANFORWARD(p, dst) forwardhook4(p)
#define LWIP_HOOK_ETHARP_GET_GW(nif, dst) gwhook4(nif, dst)
#define LWIP_HOOK_IP6_ROUTE(src, dst) routehook6(src, dst)
#define LWIP_HOOK_ND6_GET_GW(nif, dst) gwhook6(nif, dst)
#define LWIP_HOOK_TCP_ISN(laddr, lport, raddr, rport) isnhook(laddr, lport, raddr, rport)
#define LWIP_HOOK_IP4_INPUT(p, nif) inhook4(p)
#define LWIP_HOOK_IP6_INPUT(p, nif) (inhook6(p) || forwardhook6(p))
#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, h, n, n1, opt2, p) \
	((pcb)->state == LISTEN || !(TCPH_FLAGS(h) & TCP_ACK) || (h)->seqno-(pcb)->rcv_nxt == 0x80000000? seghook(pcb, h): ERR_OK)
