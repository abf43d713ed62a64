/*
 * multi.c: groups, whose packets a udp conversation wants: addmulti and
 * remmulti.  lwIP counts who wants a group of an interface, tells the
 * routers (IGMP, MLD), and has the device let its frames in.
 *
 * A conversation's groups end with it, and with their interface.  Nothing
 * sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"
#include "lwip/igmp.h"
#include "lwip/mld6.h"

enum { Maxgroup = 32 };	/* of a conversation */

static char Enogroup[] = "no such group";

static char *enter(Ifc *x, const ip_addr_t *a, int leave)
{
	err_t e;

	if(IP_IS_V6_VAL(*a))
		e = (leave? mld6_leavegroup_netif: mld6_joingroup_netif)(&x->nif, ip_2_ip6(a));
	else
		e = (leave? igmp_leavegroup_netif: igmp_joingroup_netif)(&x->nif, ip_2_ip4(a));
	return errof(e);
}

static char *join(Conv *c, Ifc *x, const ip_addr_t *a)
{
	Group *g;
	char *e;
	int n;

	n = 0;
	for(g = c->groups; g != nil; g = g->next){
		if(g->ifc == x && ip_addr_cmp_zoneless(&g->addr, a))
			return Einuse;
		n++;
	}
	if(n == Maxgroup)
		return "too many groups";
	if((g = malloc(sizeof *g)) == nil)
		return Enomem;
	if((e = enter(x, a, 0)) != nil){
		free(g);
		return e;
	}
	*g = (Group){ .next = c->groups, .ifc = x, .addr = *a };
	c->groups = g;
	return nil;
}

/* those of x, or all, that are a, or all; how many */
static int leave(Conv *c, Ifc *x, const ip_addr_t *a)
{
	Group *g, **l;
	int n;

	n = 0;
	for(l = &c->groups; (g = *l) != nil;){
		if((x != nil && g->ifc != x) || (a != nil && !ip_addr_cmp_zoneless(&g->addr, a))){
			l = &g->next;
			continue;
		}
		*l = g->next;
		enter(g->ifc, &g->addr, 1);
		free(g);
		n++;
	}
	return n;
}

void groupsend(Conv *c)
{
	leave(c, nil, nil);
}

void groupsgone(Ifc *x)
{
	u32int i;

	for(i = 0; i < udpproto.nconv; i++)
		leave(udpproto.conv[i], x, nil);
}

static Ifc *having(const ip_addr_t *a)
{
	struct netif *n;

	NETIF_FOREACH(n)
		if(netifhas(n, a))
			return n->state;
	return nil;
}

/* addmulti|remmulti ifcaddr [group], which is the remote address otherwise */
char *groupctl(Conv *c, char **f, int n)
{
	ip_addr_t a, g;
	Ifc *x;

	if(n < 2 || n > 3 || addrparse(f[1], &a) < 0 || IP_IS_ANY_TYPE_VAL(a))
		return "bad address";
	g = c->raddr;
	if(n == 3 && addrparse(f[2], &g) < 0)
		return "bad address";
	if(IP_IS_ANY_TYPE_VAL(g) || IP_IS_V6_VAL(g) != IP_IS_V6_VAL(a) || !ip_addr_ismulticast(&g))
		return "not the address of a group";
	if((x = having(&a)) == nil)
		return "no interface has this address";
	if(IP_IS_V6_VAL(g))
		ip6_addr_assign_zone(ip_2_ip6(&g), IP6_MULTICAST, &x->nif);
	if(f[0][0] == 'a')
		return join(c, x, &g);
	return leave(c, x, &g) == 0? Enogroup: nil;
}

void groupread(Text *t, struct netif *n)
{
	struct igmp_group *g;
	struct mld_group *h;
	ip_addr_t a;
	char s[Addrlen];

	for(g = netif_igmp_data(n); g != nil; g = g->next){
		ip_addr_copy_from_ip4(a, g->group_address);
		textput(t, "%-40s %.2d 4m\n", addrtext(&a, s), g->use);
	}
	for(h = netif_mld6_data(n); h != nil; h = h->next){
		ip_addr_copy_from_ip6(a, h->group_address);
		textput(t, "%-40s %.2d 6m\n", addrtext(&a, s), h->use);
	}
}

/* --- in an image --- */
void groupsput(Img *m, Conv *c)
{
	Group *g;
	int n;

	n = 0;
	for(g = c->groups; g != nil; g = g->next)
		n++;
	imgput1(m, n);
	for(g = c->groups; g != nil; g = g->next){
		imgput4(m, g->ifc->conv->n);
		addrput(m, &g->addr);
	}
}

void groupsget(Img *m, Conv *c)
{
	ip_addr_t a;
	Conv *i;
	char *e;
	int n;

	for(n = imgget1(m); n > 0; n--){
		i = convat(&ifcproto, imgget4(m));
		addrget(m, &a);
		if(c->proto != &udpproto || i == nil || i->ifc == nil || IP_IS_ANY_TYPE_VAL(a) || !ip_addr_ismulticast(&a))
			imgfail(m, Ebadimage);
		else if(imgerr(m) == nil && (e = join(c, i->ifc, &a)) != nil)
			imgfail(m, e);
	}
}
