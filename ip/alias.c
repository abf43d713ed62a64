/*
 * alias.c: further IPv4 addresses of an interface.
 *
 * A netif of lwIP has one, so each further address is a netif of its own, an
 * alias, which sends through the same device.  Frames come in by the first
 * netif; only what ARP says to an alias's address is given to the alias.
 * The numbers of aliases count down from Topnum, those of interfaces up from
 * 0.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"
#include "lwip/etharp.h"
#include "lwip/prot/etharp.h"
#include "lwip/prot/ethernet.h"

enum {
	Maxalias = 16,	/* of an interface */
	Topnum = 250,
	Leastnum = 128,
	Arplen = Etherhdr+SIZEOF_ETHARP_HDR,
	Arptarget = Etherhdr+24,
};

struct netif *netifat(int num)
{
	struct netif *n;

	NETIF_FOREACH(n)
		if(n->num == num)
			return n;
	return nil;
}

Alias *aliasat(Ifc *x, const ip4_addr_t *a)
{
	Alias *l;

	for(l = x->aliases; l != nil; l = l->next)
		if(ip4_addr_cmp(netif_ip4_addr(&l->nif), a))
			return l;
	return nil;
}

/* whose a frame is */
struct netif *aliasof(Ifc *x, uchar *frame, u32int n)
{
	ip4_addr_t to;
	Alias *l;

	if(x->aliases == nil || n < Arplen || frame[12] != 8 || frame[13] != 6)
		return &x->nif;
	memmove(&to, frame+Arptarget, sizeof to);
	return (l = aliasat(x, &to)) != nil? &l->nif: &x->nif;
}

/* lwIP has the newest first, whose address packets would be sent from */
static void behindothers(struct netif *n)
{
	struct netif **l;

	netif_list = n->next;
	for(l = &netif_list; *l != nil; l = &(*l)->next)
		;
	*l = n;
	n->next = nil;
}

static int freenum(void)
{
	int i;

	for(i = Topnum; i >= Leastnum && netifat(i) != nil; i--)
		;
	return i;
}

/* num: the one that it had before a move, or 0 */
char *aliasadd(Ifc *x, const ip4_addr_t *a, const ip4_addr_t *mask, int num)
{
	Alias *l, **end;
	int n;

	n = 0;
	for(end = &x->aliases; *end != nil; end = &(*end)->next)
		n++;
	if(num == 0)
		num = freenum();
	else if(num > Topnum || netifat(num) != nil)
		return Ebadimage;
	if(n == Maxalias || num < Leastnum)
		return "too many addresses";
	if((l = mallocz(sizeof *l, 1)) == nil)
		return Enomem;
	netif_add(&l->nif, a, mask, IP4_ADDR_ANY4, x, ifcalias, netif_input);
	l->nif.num = num;
	behindothers(&l->nif);
	*end = l;
	netif_set_up(&l->nif);
	netif_set_link_up(&l->nif);	/* says on the wire that it is there */
	return nil;
}

void aliasdel(Ifc *x, Alias *l)
{
	Alias **p;

	for(p = &x->aliases; *p != l; p = &(*p)->next)
		;
	*p = l->next;
	netif_remove(&l->nif);
	free(l);
}

void aliasput(Img *m, Ifc *x)
{
	Alias *l;
	int n;

	n = 0;
	for(l = x->aliases; l != nil; l = l->next)
		n++;
	imgput1(m, n);
	for(l = x->aliases; l != nil; l = l->next){
		addrput(m, &l->nif.ip_addr);
		addrput(m, &l->nif.netmask);
		imgput1(m, l->nif.num);
	}
}

void aliasget(Img *m, Ifc *x)
{
	ip_addr_t a, mask;
	int n, num;
	char *e;

	for(n = imgget1(m); n > 0; n--){
		addrget(m, &a);
		addrget(m, &mask);
		num = imgget1(m);
		if(num == 0 || !IP_IS_V4_VAL(a) || !IP_IS_V4_VAL(mask))
			imgfail(m, Ebadimage);
		else if(imgerr(m) == nil && (e = aliasadd(x, ip_2_ip4(&a), ip_2_ip4(&mask), num)) != nil)
			imgfail(m, e);
	}
}
