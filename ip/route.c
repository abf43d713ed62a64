/*
 * route.c: routes through gateways, which lwIP has but one of.  It asks
 * here (hooks.h); what an interface reaches by itself is not in the table.
 * The longest prefix wins.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"
#include "lwip/ip6.h"

Route routes[Maxroute];
int nroutes;

/* the interface that reaches a without a gateway */
static struct netif *direct(const ip_addr_t *a)
{
	struct netif *n;
	int i;

	NETIF_FOREACH(n){
		if(!netif_is_up(n))
			continue;
		if(!IP_IS_V6_VAL(*a)){
			if(!ip4_addr_isany_val(*netif_ip4_addr(n)) && ip4_addr_netcmp(ip_2_ip4(a), netif_ip4_addr(n), netif_ip4_netmask(n)))
				return n;
			continue;
		}
		for(i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
			if(ip6_addr_isvalid(netif_ip6_addr_state(n, i)) && ip6_addr_netcmp_zoneless(ip_2_ip6(a), netif_ip6_addr(n, i)))
				return n;
	}
	return nil;
}

static Route *lookup(const ip_addr_t *a)
{
	Route *r, *best;

	best = nil;
	for(r = routes; r < routes+nroutes; r++)
		if(addrunder(a, &r->dst, r->bits) && (best == nil || r->bits > best->bits))
			best = r;
	return best;
}

/* --- lwIP's questions --- */

/* whose address it is; an interface without one has 0.0.0.0, which is nobody's */
static struct netif *having(const ip4_addr_t *a)
{
	struct netif *n;

	NETIF_FOREACH(n)
		if(!ip4_addr_isany(a) && ip4_addr_cmp(netif_ip4_addr(n), a))
			return n;
	return nil;
}

/* where a packet to a group goes out: by its source, the table, or the first interface on a wire */
static struct netif *groupvia(const ip4_addr_t *src, const ip4_addr_t *dst)
{
	struct netif *n, *any;
	ip_addr_t a;
	Route *r;

	if(src != nil && (n = having(src)) != nil)
		return n;
	ip_addr_copy_from_ip4(a, *dst);
	if((r = lookup(&a)) != nil && r->bits > 0)
		return direct(&r->gw);
	any = nil;
	NETIF_FOREACH(n)
		if(!ip4_addr_isany_val(*netif_ip4_addr(n)) && (any == nil || !(any->flags & NETIF_FLAG_BROADCAST)))
			any = n;
	return any;
}

static struct netif *through(const ip_addr_t *a)
{
	Route *r;

	if(direct(a) != nil || (r = lookup(a)) == nil)
		return nil;
	return direct(&r->gw);
}

struct netif *routehook4(const ip4_addr_t *src, const ip4_addr_t *dst)
{
	struct netif *n;
	ip_addr_t a;

	if(ip4_addr_ismulticast(dst))
		return groupvia(src, dst);
	if(ip4_addr_islinklocal(dst) || dst->addr == IPADDR_BROADCAST)
		return nil;
	if((n = having(dst)) != nil)
		return n;
	ip_addr_copy_from_ip4(a, *dst);
	return through(&a);
}

const ip4_addr_t *gwhook4(struct netif *nif, const ip4_addr_t *dst)
{
	ip_addr_t a;
	Route *r;

	USED(nif);
	ip_addr_copy_from_ip4(a, *dst);
	return (r = lookup(&a)) != nil? ip_2_ip4(&r->gw): nil;
}

struct netif *routehook6(const ip6_addr_t *src, const ip6_addr_t *dst)
{
	ip_addr_t a;

	USED(src);
	if(ip6_addr_ismulticast(dst) || ip6_addr_islinklocal(dst))
		return nil;
	ip_addr_copy_from_ip6(a, *dst);
	return through(&a);
}

const ip6_addr_t *gwhook6(struct netif *nif, const ip6_addr_t *dst)
{
	ip_addr_t a;
	Route *r;

	USED(nif);
	ip_addr_copy_from_ip6(a, *dst);
	return (r = lookup(&a)) != nil? ip_2_ip6(&r->gw): nil;
}

/* --- the file --- */
static void putroute(Text *t, const ip_addr_t *dst, int bits, const ip_addr_t *gw, char *tag, char *ifc)
{
	char a[Addrlen], b[Addrlen];
	int v6;

	v6 = IP_IS_V6_VAL(*dst);
	textput(t, "%-18s /%-3d %-18s %c%c   %-4s %s\n", addrtext(dst, a), v6? bits: bits+96, addrtext(gw, b),
		v6? '6': '4', tag[0] == 'i'? 'i': ' ', tag, ifc);
}

static void putnetif(Text *t, struct netif *n)
{
	ip_addr_t net;
	char num[8];
	int bits, i;

	snprint(num, sizeof num, "%ud", ((Ifc*)n->state)->conv->n);
	if(!ip4_addr_isany_val(*netif_ip4_addr(n))){
		ip_addr_set_ip4_u32_val(net, netif_ip4_addr(n)->addr & netif_ip4_netmask(n)->addr);
		for(bits = 0; bits < 32 && lwip_ntohl(netif_ip4_netmask(n)->addr)>>(31-bits)&1; bits++)
			;
		putroute(t, &net, bits, &n->ip_addr, "ifc", num);
	}
	for(i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
		if(ip6_addr_isvalid(netif_ip6_addr_state(n, i))){
			net = n->ip6_addr[i];
			ip_2_ip6(&net)->addr[2] = ip_2_ip6(&net)->addr[3] = 0;
			putroute(t, &net, 64, &n->ip6_addr[i], "ifc", num);
		}
}

void routeread(Text *t)
{
	struct netif *n;
	Route *r;

	for(r = routes; r < routes+nroutes; r++)
		putroute(t, &r->dst, r->bits, &r->gw, r->tag, "-");
	NETIF_FOREACH(n)
		putnetif(t, n);
}

static void del(Route *r)
{
	memmove(r, r+1, (routes+nroutes-(r+1))*sizeof *r);
	nroutes--;
}

static char *flush(char *tag)
{
	int i;

	for(i = nroutes-1; i >= 0; i--)
		if(tag == nil || strcmp(routes[i].tag, tag) == 0)
			del(&routes[i]);
	return nil;
}

static Route *same(Route *x)
{
	Route *r;

	for(r = routes; r < routes+nroutes; r++)
		if(r->bits == x->bits && ip_addr_cmp(&r->dst, &x->dst))
			return r;
	return nil;
}

/* add dst mask gw [tag]; remove dst mask */
char *routewrite(char **f, int n)
{
	Route x, *r;
	int bits;

	if(n >= 1 && n <= 2 && strcmp(f[0], "flush") == 0)
		return flush(n == 2? f[1]: nil);
	if(n < 3)
		return "bad route";
	memset(&x, 0, sizeof x);
	if(addrparse(f[1], &x.dst) < 0 || IP_IS_ANY_TYPE_VAL(x.dst) || (bits = maskbits(f[2], IP_IS_V6_VAL(x.dst))) < 0)
		return "bad address";
	x.bits = bits;
	r = same(&x);
	if(n == 3 && (strcmp(f[0], "remove") == 0 || strcmp(f[0], "del") == 0)){
		if(r == nil)
			return "no such route";
		del(r);
		routelog(&x.dst, "remove %s %s", f[1], f[2]);
		return nil;
	}
	if(n < 4 || n > 5 || strcmp(f[0], "add") != 0)
		return "bad route";
	if(addrparse(f[3], &x.gw) < 0 || IP_IS_ANY_TYPE_VAL(x.gw) || IP_IS_V6_VAL(x.gw) != IP_IS_V6_VAL(x.dst))
		return "bad address";
	strecpy(x.tag, x.tag+sizeof x.tag, n == 5? f[4]: "none");
	if(r == nil && nroutes == Maxroute)
		return "too many routes";
	if(r == nil)
		r = &routes[nroutes++];
	*r = x;
	routelog(&x.dst, "add %s %s %s", f[1], f[2], f[3]);
	return nil;
}
