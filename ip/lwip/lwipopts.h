/*
 * lwipopts.h: what of lwIP is used.  No threads and no timers of its own:
 * all of it runs under the server's lock, and stack.c calls what is due.
 * Memory is the host's.  A stack that is moved goes on with the numbers
 * below, so they must be the same on both sides.
 */
#pragma once

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_TIMERS 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_STATS 0

#define LWIP_IPV4 1
#define LWIP_IPV6 1
#define LWIP_RAW 1
#define LWIP_TCP 1
#define LWIP_UDP 1
#define LWIP_ICMP 1
#define LWIP_ICMP6 1
#define LWIP_IPV6_MLD 1
#define LWIP_IGMP 1
#define LWIP_DHCP 0	/* ipconfig(8) speaks it, and is answered before there is an address */
#define LWIP_IP_ACCEPT_UDP_PORT(port) ((port) == PP_HTONS(68))
#define LWIP_DNS 0
#define LWIP_ARP 1
#define ETHARP_SUPPORT_STATIC_ENTRIES 1
#define ARP_TABLE_SIZE 64
#define ARP_QUEUEING 1
#define ARP_QUEUE_LEN 8
#define LWIP_ND6_QUEUEING 1
#define LWIP_ND6_NUM_NEIGHBORS 64
#define LWIP_ND6_NUM_DESTINATIONS 64
#define IPV6_FRAG_COPYHEADER 1
#define IP_REASS_MAX_PBUFS 64
#define MEMP_NUM_REASSDATA 16
#define LWIP_IPV6_NUM_ADDRESSES 8
#define IP_FORWARD 1	/* hooks.h asks us about each packet */
#define LWIP_IPV6_FORWARD 1

#define LWIP_NETIF_LOOPBACK 1
#define LWIP_HAVE_LOOPIF 0
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1

#define MEM_ALIGNMENT 8
#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 1
#define PBUF_POOL_SIZE 4096

#define TCP_MSS 65495	/* an interface's mtu makes it less; this is loopback's */
#define TCP_OVERSIZE 1460
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1	/* of TCP_SNDLOWAT, which only sockets use */
#define LWIP_WND_SCALE 1
#define TCP_RCV_SCALE 3
#define TCP_WND 262144
#define TCP_SND_BUF 262144
#define TCP_SND_QUEUELEN 1024
#define TCP_SNDLOWAT 8192
#define MEMP_NUM_TCP_SEG 8192
#define TCP_LISTEN_BACKLOG 1
#define LWIP_TCP_SACK_OUT 1
#define LWIP_TCP_TIMESTAMPS 1
#define LWIP_TCP_KEEPALIVE 1
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_BYTES TCP_WND
#define TCP_OOSEQ_MAX_PBUFS 1024	/* each costs more than its bytes */
#define SO_REUSE 1

#define LWIP_HOOK_FILENAME "hooks.h"
#define LWIP_HOOK_IP4_ROUTE_SRC(src, dst) routehook4(src, dst)	/* ip4.h wants to know of it */
