/*
 * ifc.c: interfaces, which are the conversations of ipifc, and what is kept
 * for them: addresses, neighbours, ndb.
 *
 * A bound interface has its conversation in use.  It has one netif of
 * lwIP, with one IPv4 address and lwIP's number of IPv6 ones; alias.c has more.  Frames go out from one contiguous
 * buffer and come in as copies.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"
#include "lwip/etharp.h"
#include "lwip/ethip6.h"
#include "lwip/mld6.h"
#include "lwip/priv/nd6_priv.h"
#include "netif/ethernet.h"

enum {
	Framemin = 60,		/* as on the wire; lwIP reads the whole of an ARP packet without a look at its length */
	Framemax = 16384,
	Loopmtu = 65535,
	Neighbourmax = 8,	/* packets that wait for an address, as ARP_QUEUE_LEN */
};

char ndb[Ndbmax];
u32int nndb;

static u8int wire;	/* lwIP has a frame, not what is looped */
static char Ebadaddr[] = "bad address";

/* --- snoop --- */

/* p has come or goes; its IP packet begins at off */
static void snoop(Ifc *x, struct pbuf *p, u32int off)
{
	struct pbuf *q;
	uchar h[6];
	u32int n, len;

	if(x->conv->snoops == 0 || pbuf_copy_partial(p, h, sizeof h, off) != sizeof h)
		return;
	n = p->tot_len-off;
	len = h[0]>>4 == 6? 40 + (h[4]<<8 | h[5]): h[2]<<8 | h[3];
	if(len > 0 && len < n)	/* what an Ethernet frame has behind a short packet is not of it */
		n = len;
	if((q = pbuf_alloc(PBUF_RAW, n, PBUF_RAM)) == nil)
		return;
	pbuf_copy_partial(p, q->payload, n, off);
	convgram(x->conv, q, nil);
}

static void snoopframe(Ifc *x, struct pbuf *p)
{
	uchar type[2];

	if(x->conv->snoops > 0 && pbuf_copy_partial(p, type, 2, Etherhdr-2) == 2 &&
		((type[0] == 8 && type[1] == 0) || (type[0] == 0x86 && type[1] == 0xDD)))
		snoop(x, p, Etherhdr);
}

void ifcunsnoop(Conv *c)
{
	if(--c->snoops == 0)
		convdrain(c);
}

/* --- frames --- */
static err_t frameout(struct netif *n, struct pbuf *p)
{
	static uchar buf[Framemax];	/* under Srv.lk */
	Ifc *x;
	void *frame;

	x = n->state;
	if(ipquiet)
		return ERR_OK;
	if(p->tot_len > sizeof buf || p->tot_len > x->nic.mtu+Etherhdr){
		x->errout++;
		return ERR_BUF;
	}
	if((frame = pbuf_get_contiguous(p, buf, sizeof buf, p->tot_len, 0)) == nil)
		return ERR_BUF;
	x->out++;
	snoopframe(x, p);
	ipstack.host->send(&x->nic, frame, p->tot_len);
	return ERR_OK;
}

/*
 * Which checksums are made and looked at, of a frame that has come or else.  What a stack sends to itself, by
 * an interface that has them put in behind it, has none.
 */
static void sums(Ifc *x, int come, int ok)
{
	u16int f = NETIF_CHECKSUM_ENABLE_ALL;

	if(x->nic.csum)
		f &= ~NETIF_CHECKSUM_GEN_TCP;
	if(come && ok)
		f &= ~(NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP);
	if(!come && x->nic.csum)
		f &= ~NETIF_CHECKSUM_CHECK_TCP;
	NETIF_SET_CHECKSUM_CTRL(&x->nif, f);
}

void ifcinput(Nic *nic, uchar *frame, u32int n)
{
	struct pbuf *p;
	u32int len;
	Ifc *x;

	x = nic->aux;
	len = n < Framemin? Framemin: n;
	if(n < Etherhdr || n > nic->mtu+Etherhdr || (p = pbuf_alloc(PBUF_RAW, len, PBUF_RAM)) == nil){
		x->errin++;
		return;
	}
	pbuf_take(p, frame, n);
	memset((uchar*)p->payload+n, 0, len-n);
	x->in++;
	snoopframe(x, p);
	ipsumok = nic->sumok;
	sums(x, 1, nic->sumok);
	wire = 1;
	if(ethernet_input(p, aliasof(x, frame, n)) != ERR_OK){
		x->errin++;
		pbuf_free(p);
	}
	wire = 0;
	sums(x, 0, 0);
	ipsumok = 0;
}

/* loopback's addresses are nobody's on a wire, and 0.0.0.0 is no longer everybody's */
int inhook4(struct pbuf *p)
{
	uchar *h;

	h = p->payload;
	if(!wire || (h[12] != 127 && h[16] != 127 && (h[16] | h[17] | h[18] | h[19]) != 0))
		return 0;
	pbuf_free(p);
	return 1;
}

int inhook6(struct pbuf *p)
{
	static const uchar self[16] = { [15] = 1 };
	uchar *h;

	h = p->payload;
	if(!wire || (memcmp(h+8, self, 16) != 0 && memcmp(h+24, self, 16) != 0))
		return 0;
	pbuf_free(p);
	return 1;
}

/* --- multicast: which frames are wanted, each counted, as groups can share an address --- */
static void multicast(Ifc *x, const uchar *mac, int add)
{
	int i;

	for(i = 0; i < x->nmulti && memcmp(x->multi[i].mac, mac, 6) != 0; i++)
		;
	if(i == x->nmulti){
		if(!add || i == nelem(x->multi))
			return;
		memmove(x->multi[i].mac, mac, 6);
		x->multi[i].n = 0;
		x->nmulti++;
	}
	x->multi[i].n += add? 1: -1;
	if(ipstack.host->multi != nil && x->multi[i].n == (add? 1: 0) && (add || !ipquiet))	/* quiet: the other side goes on with them */
		ipstack.host->multi(&x->nic, x->multi[i].mac, add);
	if(x->multi[i].n == 0)
		x->multi[i] = x->multi[--x->nmulti];
}

static err_t igmpfilter(struct netif *n, const ip4_addr_t *g, enum netif_mac_filter_action a)
{
	uchar mac[6] = { 1, 0, 0x5E };

	memmove(mac+3, (uchar*)&g->addr+1, 3);
	mac[3] &= 0x7F;
	multicast(n->state, mac, a == NETIF_ADD_MAC_FILTER);
	return ERR_OK;
}

static err_t mldfilter(struct netif *n, const ip6_addr_t *g, enum netif_mac_filter_action a)
{
	uchar mac[6] = { 0x33, 0x33 };

	memmove(mac+2, (uchar*)g->addr+12, 4);
	multicast(n->state, mac, a == NETIF_ADD_MAC_FILTER);
	return ERR_OK;
}

/* --- the interface --- */
/* lwIP counts only those that wait for arp: of one that has more than enough the oldest goes */
static void trim(struct nd6_neighbor_cache_entry *n)
{
	struct nd6_q_entry *e;
	int k;

	for(k = 0, e = n->q; e != nil; e = e->next)
		k++;
	if(k <= Neighbourmax)
		return;
	e = n->q;
	n->q = e->next;
	pbuf_free(e->p);
	memp_free(MEMP_ND6_QUEUE, e);
}

static err_t etherout6(struct netif *n, struct pbuf *p, const ip6_addr_t *a)
{
	err_t e;
	int i;

	e = ethip6_output(n, p, a);
	for(i = 0; i < LWIP_ND6_NUM_NEIGHBORS; i++)
		if(neighbor_cache[i].state == ND6_INCOMPLETE)
			trim(&neighbor_cache[i]);
	return e;
}

static void etherset(struct netif *n)
{
	Ifc *x;

	x = n->state;
	n->name[0] = 'e';
	n->name[1] = 't';
	n->hwaddr_len = 6;
	memmove(n->hwaddr, x->nic.addr, 6);
	n->mtu = n->mtu6 = x->nic.mtu;
	n->output = etharp_output;
	n->output_ip6 = etherout6;
	n->linkoutput = frameout;
	n->flags = NETIF_FLAG_BROADCAST|NETIF_FLAG_ETHARP|NETIF_FLAG_ETHERNET;
}

static err_t etherinit(struct netif *n)
{
	static const uchar allnodes[6] = { 0x33, 0x33, 0, 0, 0, 1 };	/* which lwIP does not join */

	etherset(n);
	n->flags |= NETIF_FLAG_IGMP|NETIF_FLAG_MLD6;
	n->igmp_mac_filter = igmpfilter;
	n->mld_mac_filter = mldfilter;
	sums(n->state, 0, 0);
	multicast(n->state, allnodes, 1);
	return ERR_OK;
}

static err_t loopout4(struct netif *n, struct pbuf *p, const ip4_addr_t *a)
{
	USED(a);
	snoop(n->state, p, 0);
	return netif_loop_output(n, p);
}

static err_t loopout6(struct netif *n, struct pbuf *p, const ip6_addr_t *a)
{
	USED(a);
	snoop(n->state, p, 0);
	return netif_loop_output(n, p);
}

static void loopset(struct netif *n)
{
	n->name[0] = 'l';
	n->name[1] = 'o';
	n->mtu = n->mtu6 = Loopmtu;
	n->output = loopout4;
	n->output_ip6 = loopout6;
	NETIF_SET_CHECKSUM_CTRL(n, NETIF_CHECKSUM_DISABLE_ALL);
}

static err_t loopinit(struct netif *n)
{
	loopset(n);
	n->flags = NETIF_FLAG_IGMP;	/* what is sent to a group comes back */
	return ERR_OK;
}

err_t ifcalias(struct netif *n)
{
	Ifc *x;

	x = n->state;
	if(x->loop)
		loopset(n);
	else
		etherset(n);
	n->mtu = x->nif.mtu;
	NETIF_SET_CHECKSUM_CTRL(n, x->nif.chksum_flags);
	return ERR_OK;
}

static char *opennic(Ifc *x, char *dev, int id)
{
	if(strlen(dev) >= sizeof x->nic.dev)
		return Etoolong;
	strecpy(x->nic.dev, x->nic.dev+sizeof x->nic.dev, dev);
	x->nic.aux = x;
	x->nic.stack = &ipstack;
	x->nic.id = id;
	if(x->loop){
		x->nic.mtu = Loopmtu;
		return nil;
	}
	if(ipstack.host == nil || ipstack.host->open(&x->nic) < 0)
		return "cannot open the device";
	if(x->nic.mtu < 1280 || x->nic.mtu > Framemax-Etherhdr){
		ipstack.host->close(&x->nic);
		return "the device's mtu is of no use";
	}
	return nil;
}

char *ifcbind(Conv *c, char *medium, char *dev, int id)
{
	Ifc *x;
	char *e;

	if(c->ifc != nil)
		return Einuse;
	if((x = mallocz(sizeof *x, 1)) == nil)
		return Enomem;
	x->conv = c;
	x->loop = strcmp(medium, "loopback") == 0;
	e = x->loop || strcmp(medium, "ether") == 0? opennic(x, dev, id): "unknown medium";
	if(e != nil){
		free(x);
		return e;
	}
	netif_add(&x->nif, IP4_ADDR_ANY4, IP4_ADDR_ANY4, IP4_ADDR_ANY4, x, x->loop? loopinit: etherinit,
		x->loop? netif_input: ethernet_input);
	x->nif.num = c->n;
	netif_set_up(&x->nif);
	netif_set_link_up(&x->nif);
	c->ifc = x;
	c->state = Cconnected;
	c->ref++;
	convlog(c, "bind %s %s", medium, dev);
	return nil;
}

void ifcunbind(Conv *c)
{
	Ifc *x;

	x = c->ifc;
	convlog(c, "unbind");
	groupsgone(x);
	c->ifc = nil;
	while(x->aliases != nil)
		aliasdel(x, x->aliases);
	netif_remove(&x->nif);
	if(!x->loop)
		ipstack.host->close(&x->nic);
	free(x);
	convhangup(c, nil);	/* who snoops */
	c->state = Copen;
	c->eof = 0;
	convclose(c);
}

static char *add4(Ifc *x, const ip4_addr_t *a, int bits)
{
	ip4_addr_t mask;
	Alias *l;

	ip4_addr_set_u32(&mask, lwip_htonl(bits == 0? 0: ~0U<<(32-bits)));
	if((l = aliasat(x, a)) != nil)
		netif_set_netmask(&l->nif, &mask);
	else if(ip4_addr_isany_val(*netif_ip4_addr(&x->nif)) || ip4_addr_cmp(netif_ip4_addr(&x->nif), a))
		netif_set_addr(&x->nif, a, &mask, IP4_ADDR_ANY4);
	else
		return aliasadd(x, a, &mask, 0);
	return nil;
}

char *ifcadd(Conv *c, const ip_addr_t *a, int bits, int try)
{
	struct netif *n;
	ip6_addr_t ip6;
	s8_t i;

	n = &c->ifc->nif;
	if(!IP_IS_V6_VAL(*a))
		return add4(c->ifc, ip_2_ip4(a), bits);
	ip6 = *ip_2_ip6(a);
	ip6_addr_assign_zone(&ip6, IP6_UNICAST, n);
	if(netif_get_ip6_addr_match(n, &ip6) >= 0)
		return nil;
	if(netif_add_ip6_address(n, &ip6, &i) != ERR_OK)
		return "too many addresses";
	if(!try)
		netif_ip6_addr_set_state(n, i, IP6_ADDR_PREFERRED);
	return nil;
}

static char *ifcremove(Conv *c, const ip_addr_t *a)
{
	struct netif *n;
	Alias *l;
	s8_t i;

	n = &c->ifc->nif;
	if(IP_IS_V6_VAL(*a)){
		for(i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
			if(!ip6_addr_isinvalid(netif_ip6_addr_state(n, i)) && ip6_addr_cmp_zoneless(netif_ip6_addr(n, i), ip_2_ip6(a))){
				netif_ip6_addr_set_state(n, i, IP6_ADDR_INVALID);
				return nil;
			}
	}else if(!ip4_addr_isany_val(*netif_ip4_addr(n)) && ip4_addr_cmp(netif_ip4_addr(n), ip_2_ip4(a))){
		netif_set_addr(n, IP4_ADDR_ANY4, IP4_ADDR_ANY4, IP4_ADDR_ANY4);
		return nil;
	}else if((l = aliasat(c->ifc, ip_2_ip4(a))) != nil){
		aliasdel(c->ifc, l);
		return nil;
	}
	return "no such address";
}

static char *ctladd(Conv *c, char **f, int n, int try)
{
	ip_addr_t a;
	int bits;

	if(n < 2 || addrparse(f[1], &a) < 0 || IP_IS_ANY_TYPE_VAL(a) || ip_addr_isany(&a))
		return Ebadaddr;
	bits = IP_IS_V6_VAL(a)? 64: 24;
	if(n > 2 && (bits = maskbits(f[2], IP_IS_V6_VAL(a))) < 0)
		return Ebadaddr;
	convlog(c, "%s %s /%d", f[0], f[1], bits);
	return ifcadd(c, &a, bits, try);
}

static char *ctlmtu(Ifc *x, char *s)
{
	Alias *l;
	u32int n;

	n = strtoul(s, nil, 10);
	if(n < 1280 || n > x->nic.mtu)
		return Ebadarg;
	x->nif.mtu = x->nif.mtu6 = n;
	for(l = x->aliases; l != nil; l = l->next)
		l->nif.mtu = n;
	return nil;
}

static char *ifcctl(Conv *c, Req *r, char **f, int n)
{
	ip_addr_t a;

	USED(r);
	if(strcmp(f[0], "iprouting") == 0)
		return forwardctl(f, n);
	if(strcmp(f[0], "bind") == 0 && n >= 2 && n <= 3)
		return ifcbind(c, f[1], n == 3? f[2]: "", -1);
	if(c->ifc == nil)
		return "not bound";
	if(n == 1 && strcmp(f[0], "unbind") == 0){
		ifcunbind(c);
		return nil;
	}
	if(strcmp(f[0], "add") == 0 || strcmp(f[0], "try") == 0)
		return ctladd(c, f, n, f[0][0] == 't');
	if(n == 2 && strcmp(f[0], "mtu") == 0)
		return ctlmtu(c->ifc, f[1]);
	if(n >= 2 && strcmp(f[0], "remove") == 0)
		return addrparse(f[1], &a) < 0 || IP_IS_ANY_TYPE_VAL(a)? Ebadaddr: ifcremove(c, &a);
	if(n == 3 && strcmp(f[0], "ra6") == 0 && strcmp(f[1], "recvra") == 0){
		netif_set_ip6_autoconfig_enabled(&c->ifc->nif, f[2][0] == '1');
		return nil;
	}
	return "bad control message";
}

static void ifcclose(Conv *c)
{
	USED(c);
}

static void ifctook(Conv *c, u32int n)
{
	USED(c);
	USED(n);
}

static void status4(struct netif *n, Text *t)
{
	char a[Addrlen], b[Addrlen];

	if(!ip4_addr_isany_val(*netif_ip4_addr(n)))
		textput(t, "\t%s %s\n", addrtext(&n->ip_addr, a), addrtext(&n->netmask, b));
}

static void ifcstatus(Conv *c, Text *t)
{
	char a[Addrlen];
	struct netif *n;
	Alias *l;
	int i;

	if(c->ifc == nil)
		return;
	n = &c->ifc->nif;
	textput(t, "device %s maxtu %d sendra 0 recvra %d pktin %llud pktout %llud errin %llud errout %llud\n",
		c->ifc->loop? "loopback": c->ifc->nic.dev, n->mtu, n->ip6_autoconfig_enabled,
		c->ifc->in, c->ifc->out, c->ifc->errin, c->ifc->errout);
	status4(n, t);
	for(l = c->ifc->aliases; l != nil; l = l->next)
		status4(&l->nif, t);
	for(i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
		if(!ip6_addr_isinvalid(netif_ip6_addr_state(n, i)))
			textput(t, "\t%s /64 %s\n", addrtext(&n->ip6_addr[i], a),
				ip6_addr_ispreferred(netif_ip6_addr_state(n, i))? "preferred": "tentative");
}

static void ifcstats(Text *t)
{
	Conv *c;
	u32int i;

	for(i = 0; i < ifcproto.nconv; i++)
		if((c = ifcproto.conv[i])->ifc != nil)
			textput(t, "%ud in %llud out %llud errin %llud errout %llud\n", i, c->ifc->in, c->ifc->out, c->ifc->errin, c->ifc->errout);
}

Proto ifcproto = {
	.name = "ipifc",
	.files = 1<<Qctl | 1<<Qerr | 1<<Qlocal | 1<<Qremote | 1<<Qstatus | 1<<Qsnoop,
	.ctl = ifcctl,
	.close = ifcclose,
	.took = ifctook,
	.status = ifcstatus,
	.stats = ifcstats,
};

/* --- arp, ipselftab --- */
int netifhas(struct netif *n, const ip_addr_t *a)
{
	return IP_IS_V6_VAL(*a)? netif_get_ip6_addr_match(n, ip_2_ip6(a)) >= 0: ip4_addr_cmp(netif_ip4_addr(n), ip_2_ip4(a));
}

void arpread(Text *t)
{
	struct eth_addr *mac;
	struct netif *n;
	ip4_addr_t *a;
	ip_addr_t ip;
	char s[Addrlen];
	uint i;

	for(i = 0; i < ARP_TABLE_SIZE; i++)
		if(etharp_get_entry(i, &a, &n, &mac)){
			ip_addr_copy_from_ip4(ip, *a);
			textput(t, "ether OK %-15s %.2ux%.2ux%.2ux%.2ux%.2ux%.2ux\n", addrtext(&ip, s),
				mac->addr[0], mac->addr[1], mac->addr[2], mac->addr[3], mac->addr[4], mac->addr[5]);
		}
}

static int macparse(char *s, struct eth_addr *m)
{
	char b[3], *end;
	int i;

	if(strlen(s) != 12)
		return -1;
	for(i = 0; i < 6; i++){
		b[0] = s[2*i];
		b[1] = s[2*i+1];
		b[2] = 0;
		m->addr[i] = strtoul(b, &end, 16);
		if(*end != 0)
			return -1;
	}
	return 0;
}

/* flush; add [ether] ip mac; del ip */
char *arpwrite(char **f, int n)
{
	struct eth_addr mac;
	struct netif *nif;
	ip_addr_t a;

	if(n == 1 && strcmp(f[0], "flush") == 0){
		NETIF_FOREACH(nif)
			etharp_cleanup_netif(nif);
		return nil;
	}
	if(n == 4 && strcmp(f[1], "ether") == 0){
		f[1] = f[0];
		f++;
		n--;
	}
	if(n < 2 || addrparse(f[1], &a) < 0 || IP_IS_V6_VAL(a) || ip_addr_isany_val(a))
		return Ebadaddr;
	if(n == 3 && strcmp(f[0], "add") == 0){
		if(macparse(f[2], &mac) < 0)
			return Ebadaddr;
		return errof(etharp_add_static_entry(ip_2_ip4(&a), &mac));
	}
	if(n == 2 && strcmp(f[0], "del") == 0)
		return errof(etharp_remove_static_entry(ip_2_ip4(&a)));
	return "bad arp request";
}

void selfread(Text *t)
{
	struct netif *n;
	ip_addr_t a;
	char s[Addrlen];
	int i;

	NETIF_FOREACH(n){
		if(!ip4_addr_isany_val(*netif_ip4_addr(n))){
			textput(t, "%-40s 01 4u\n", addrtext(&n->ip_addr, s));
			ip_addr_set_ip4_u32_val(a, netif_ip4_addr(n)->addr | ~netif_ip4_netmask(n)->addr);
			if(n->flags & NETIF_FLAG_BROADCAST)
				textput(t, "%-40s 01 4b\n", addrtext(&a, s));
		}
		for(i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
			if(ip6_addr_isvalid(netif_ip6_addr_state(n, i)))
				textput(t, "%-40s 01 6u\n", addrtext(&n->ip6_addr[i], s));
		groupread(t, n);
	}
}
