/*
 * move.c: a stack in an image.
 *
 *	isn key, for each protocol its conversations, ipifc's with its
 *	interfaces first; routes, ndb, neighbours; tcp's connections, movetcp.c
 *
 * A conversation's count of users is saved; each open fid that comes back
 * takes one of them, so that no image can have more than there are.  A
 * write that is half done is saved with how far it is, a connect with the
 * fact that it was made; reads and listens are called again.
 *
 * What is restored sends nothing before ipkick.  Everything in an image is
 * checked.  Nothing else runs: Srv.lk is not taken.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"
#include "lwip/etharp.h"
#include "lwip/prot/ethernet.h"
#include "lwip/prot/etharp.h"
#include "lwip/priv/nd6_priv.h"
#include "lwip/udp.h"
#include "lwip/priv/tcp_priv.h"

#define Aheadmax (100LL*365*24*3600*1000000000)	/* ns: more than anybody sets a clock back */

static u8int kick;	/* restored, and not yet at work */

static int bad(void)
{
	werrstr("%s", Ebadimage);
	return -1;
}

void ipkick(void)
{
	struct tcp_pcb *p, *next;

	if(!kick)
		return;
	kick = 0;
	ipquiet = 0;
	for(p = tcp_active_pcbs; p != nil; p = next){
		next = p->next;
		tcp_output(p);
	}
}

/* --- addresses and buffers --- */
void addrput(Img *m, const ip_addr_t *a)
{
	uchar b[16];

	memset(b, 0, sizeof b);
	imgput1(m, a->type);
	if(IP_IS_V4_VAL(*a))
		memmove(b, &ip_2_ip4(a)->addr, 4);
	else
		memmove(b, ip_2_ip6(a)->addr, 16);
	imgputn(m, b, sizeof b);
	imgput1(m, IP_IS_V6_VAL(*a)? ip6_addr_zone(ip_2_ip6(a)): 0);
}

void addrget(Img *m, ip_addr_t *a)
{
	uchar *b;
	u8int type, zone;

	type = imgget1(m);
	b = imggetn(m, 16);
	zone = imgget1(m);
	memset(a, 0, sizeof *a);
	if(b == nil)
		return;
	if(type != IPADDR_TYPE_V4 && type != IPADDR_TYPE_V6 && type != IPADDR_TYPE_ANY)
		imgfail(m, Ebadimage);
	IP_SET_TYPE_VAL(*a, type);
	if(type == IPADDR_TYPE_V4)
		memmove(&ip_2_ip4(a)->addr, b, 4);
	else{
		memmove(ip_2_ip6(a)->addr, b, 16);
		ip6_addr_set_zone(ip_2_ip6(a), zone);
	}
}

static void putpkt(Img *m, Pkt *k)
{
	struct pbuf *p;
	u32int skip;

	imgput4(m, k->p->tot_len - k->at);
	skip = k->at;
	for(p = k->p; p != nil; p = p->next){
		if(skip < p->len)
			imgputn(m, (uchar*)p->payload+skip, p->len-skip);
		skip = skip > p->len? skip-p->len: 0;
	}
	addrput(m, &k->src);
	addrput(m, &k->dst);
	addrput(m, &k->ifaddr);
	imgput2(m, k->sport);
	imgput2(m, k->dport);
}

static int getpkt(Img *m, Conv *c)
{
	struct pbuf *p;
	uchar *b;
	u32int n;
	Pkt k;

	n = imgget4(m);
	b = imggetn(m, n);
	addrget(m, &k.src);
	addrget(m, &k.dst);
	addrget(m, &k.ifaddr);
	k.sport = imgget2(m);
	k.dport = imgget2(m);
	if(imgok(m) < 0)
		return -1;
	if(n > 0xFFFF)
		return bad();
	if((p = pbuf_alloc(PBUF_RAW, n, PBUF_RAM)) == nil || (pbuf_take(p, b, n), convqueue(c, p, &k)) < 0){
		werrstr("%s", Enomem);
		return -1;
	}
	return 0;
}

/* --- interfaces --- */
static void putifc(Img *m, Ifc *x)
{
	struct netif *n;
	int i;

	n = &x->nif;
	imgput1(m, x->loop);
	imgputs(m, x->nic.dev);
	imgput4(m, x->nic.id);
	imgput2(m, n->mtu);
	imgput1(m, n->ip6_autoconfig_enabled);
	addrput(m, &n->ip_addr);
	addrput(m, &n->netmask);
	aliasput(m, x);
	for(i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++){
		addrput(m, &n->ip6_addr[i]);
		imgput1(m, n->ip6_addr_state[i]);
		imgput4(m, n->ip6_addr_valid_life[i]);
		imgput4(m, n->ip6_addr_pref_life[i]);
	}
	imgput8(m, x->in);
	imgput8(m, x->out);
	imgput8(m, x->errin);
	imgput8(m, x->errout);
}

static void getaddrs(Img *m, struct netif *n)
{
	ip_addr_t ip, mask;
	int i;

	addrget(m, &ip);
	addrget(m, &mask);
	if(IP_IS_V4_VAL(ip) && IP_IS_V4_VAL(mask))
		netif_set_addr(n, ip_2_ip4(&ip), ip_2_ip4(&mask), IP4_ADDR_ANY4);
	else
		imgfail(m, Ebadimage);
	aliasget(m, n->state);
	for(i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++){
		addrget(m, &ip);
		n->ip6_addr[i] = ip;
		if(!IP_IS_V6_VAL(ip))
			imgfail(m, Ebadimage);
		netif_ip6_addr_set_state(n, i, imgget1(m));
		n->ip6_addr_valid_life[i] = imgget4(m);
		n->ip6_addr_pref_life[i] = imgget4(m);
	}
}

static int getifc(Img *m, Conv *c)
{
	char *dev, *e;
	Ifc *x;
	int loop, id, mtu, ra;

	loop = imgget1(m);
	dev = imggets(m);
	id = imgget4(m);
	mtu = imgget2(m);
	ra = imgget1(m);
	if(imgok(m) < 0)
		return -1;
	if((e = ifcbind(c, loop? "loopback": "ether", dev, id)) != nil){
		werrstr("%s: %s", dev, e);
		return -1;
	}
	x = c->ifc;
	if(mtu < 1280 || (u32int)mtu > x->nic.mtu)
		return bad();
	x->nif.mtu = mtu;
	netif_set_ip6_autoconfig_enabled(&x->nif, ra != 0);
	getaddrs(m, &x->nif);
	x->in = imgget8(m);
	x->out = imgget8(m);
	x->errin = imgget8(m);
	x->errout = imgget8(m);
	return imgok(m);
}

/* --- neighbours: each is told again as if it had answered --- */
static void putarp(Img *m)
{
	struct eth_addr *mac;
	struct netif *n;
	ip4_addr_t *a;
	uint i, k;

	k = 0;
	for(i = 0; i < ARP_TABLE_SIZE; i++)
		k += etharp_get_entry(i, &a, &n, &mac);
	imgput1(m, k);
	for(i = 0; i < ARP_TABLE_SIZE; i++)
		if(etharp_get_entry(i, &a, &n, &mac)){
			imgput1(m, n->num);
			imgputn(m, a, 4);
			imgputn(m, mac, 6);
		}
}

static void answered(struct netif *n, uchar *ip, uchar *mac)
{
	struct etharp_hdr *h;
	struct pbuf *p;

	if((p = pbuf_alloc(PBUF_RAW, sizeof *h, PBUF_RAM)) == nil)
		return;
	h = p->payload;
	memset(h, 0, sizeof *h);
	h->hwtype = PP_HTONS(1);
	h->proto = PP_HTONS(ETHTYPE_IP);
	h->hwlen = 6;
	h->protolen = 4;
	h->opcode = PP_HTONS(ARP_REPLY);
	memmove(&h->shwaddr, mac, 6);
	memmove(&h->sipaddr, ip, 4);
	memmove(&h->dhwaddr, n->hwaddr, 6);
	memmove(&h->dipaddr, netif_ip4_addr(n), 4);
	etharp_input(p, n);
}

static void getarp(Img *m)
{
	uchar *ip, *mac;
	struct netif *nif;
	int n;

	for(n = imgget1(m); n > 0; n--){
		nif = netifat(imgget1(m));
		ip = imggetn(m, 4);
		mac = imggetn(m, 6);
		if(imgerr(m) != nil || nif == nil){
			imgfail(m, Ebadimage);
			return;
		}
		if(nif->flags & NETIF_FLAG_ETHARP)
			answered(nif, ip, mac);
	}
}

/* the same of IPv6, of which lwIP shows its table */
static int known(struct nd6_neighbor_cache_entry *e)
{
	return e->state >= ND6_REACHABLE && e->state <= ND6_PROBE && e->netif != nil;
}

static void putnd(Img *m)
{
	struct nd6_neighbor_cache_entry *e;
	uint i, k;

	k = 0;
	for(i = 0; i < LWIP_ND6_NUM_NEIGHBORS; i++)
		k += known(&neighbor_cache[i]);
	imgput1(m, k);
	for(i = 0; i < LWIP_ND6_NUM_NEIGHBORS; i++){
		e = &neighbor_cache[i];
		if(!known(e))
			continue;
		imgput1(m, e->netif->num);
		imgputn(m, e->next_hop_address.addr, 16);
		imgput1(m, ip6_addr_zone(&e->next_hop_address));
		imgputn(m, e->lladdr, 6);
		imgput1(m, e->state);
		imgput1(m, e->isrouter);
		imgput4(m, e->counter.reachable_time);
	}
}

static void getnd(Img *m)
{
	struct nd6_neighbor_cache_entry *e;
	uchar *ip, *mac;
	Conv *c;
	int i, n;

	n = imgget1(m);
	if(n > LWIP_ND6_NUM_NEIGHBORS)
		imgfail(m, Ebadimage);
	for(i = 0; i < n; i++){
		e = &neighbor_cache[i];
		c = convat(&ifcproto, imgget1(m));
		ip = imggetn(m, 16);
		ip6_addr_set_zone(&e->next_hop_address, imgget1(m));
		mac = imggetn(m, 6);
		e->state = imgget1(m);
		e->isrouter = imgget1(m) != 0;
		e->counter.reachable_time = imgget4(m);
		if(imgerr(m) != nil || c == nil || c->ifc == nil || e->state < ND6_REACHABLE || e->state > ND6_PROBE){
			e->state = ND6_NO_ENTRY;
			imgfail(m, Ebadimage);
			return;
		}
		memmove(e->next_hop_address.addr, ip, 16);
		memmove(e->lladdr, mac, 6);
		e->netif = &c->ifc->nif;
	}
}

/* --- routes, ndb --- */
static void puttables(Img *m)
{
	int i;

	imgput1(m, nroutes);
	for(i = 0; i < nroutes; i++){
		addrput(m, &routes[i].dst);
		addrput(m, &routes[i].gw);
		imgput1(m, routes[i].bits);
		imgputs(m, routes[i].tag);
	}
	imgput4(m, nndb);
	imgputn(m, ndb, nndb);
	imgput1(m, iprouting);
	logsave(m);
}

static void gettables(Img *m)
{
	Route *r;
	uchar *p;
	u32int k;
	int i, n;

	n = imgget1(m);
	for(i = 0; i < n && i < Maxroute; i++){
		r = &routes[i];
		addrget(m, &r->dst);
		addrget(m, &r->gw);
		r->bits = imgget1(m);
		strecpy(r->tag, r->tag+sizeof r->tag, imggets(m));
		if(r->bits > (IP_IS_V6_VAL(r->dst)? 128: 32))
			imgfail(m, Ebadimage);
	}
	k = imgget4(m);
	p = imggetn(m, k);
	if(n > Maxroute || k > Ndbmax)
		imgfail(m, Ebadimage);
	if(imgerr(m) != nil)
		return;
	memmove(ndb, p, k);
	nndb = k;
	nroutes = n;
	iprouting = imgget1(m) != 0;
	logrestore(m);
}

/* --- conversations --- */
static void putconv(Img *m, Conv *c)
{
	Conv *k;
	Pkt *q;
	u32int n;

	imgput4(m, c->ref);
	if(c->ref == 0)
		return;
	imgputs(m, c->owner);
	imgput1(m, c->state);
	imgput1(m, c->headers | c->ignore<<1 | c->half<<2);
	imgput1(m, c->eof);
	imgputs(m, c->err);
	addrput(m, &c->laddr);
	addrput(m, &c->raddr);
	imgput2(m, c->lport);
	imgput2(m, c->rport);
	imgput1(m, c->ttl);
	imgput1(m, c->tos);
	imgput4(m, c->keep);
	imgput1(m, c->pcb != nil);
	imgput4(m, c->ncalls);
	for(k = c->calls; k != nil; k = k->nextcall)
		imgput4(m, k->n);
	n = 0;
	for(q = c->rq; q != nil; q = q->next)
		n++;
	imgput4(m, n);
	for(q = c->rq; q != nil; q = q->next)
		putpkt(m, q);
	groupsput(m, c);
}

/* its calls are conversations that one reference at least holds */
static int getcalls(Img *m, Conv *c)
{
	Conv *k;
	u32int n;

	for(n = imgget4(m); n > 0; n--){
		if((k = convslot(c->proto, imgget4(m))) == nil || imgerr(m) != nil || k == c || k->from != nil || c->ncalls >= Backlog)
			return bad();
		convcall(c, k);
	}
	return 0;
}

static int getqueue(Img *m, Conv *c)
{
	u32int n;

	n = imgget4(m);
	if(n > imgleft(m))
		return bad();
	for(; n > 0; n--)
		if(getpkt(m, c) < 0)
			return -1;
	return 0;
}

/* the pcb that it had, but for tcp's connections */
static char *reopen(Conv *c)
{
	struct udp_pcb *p;
	char *e;

	if(c->proto == &icmpproto || c->proto == &icmp6proto)
		return icmpopen(c);
	if(c->proto == &tcpproto){
		if(c->state == Cannounced)
			return tcpproto.announce(c);
		return c->state == Copen? tcpproto.bind(c): nil;
	}
	if(c->proto != &udpproto)
		return Ebadimage;
	if((p = udp_new_ip_type(IPADDR_TYPE_ANY)) == nil)
		return Enomem;
	ip_set_option(p, SOF_REUSEADDR);
	udphook(c, p);
	if((e = errof(udp_bind(p, &c->laddr, c->lport))) == nil && c->state == Cconnected)
		e = errof(udp_connect(p, &c->raddr, c->rport));
	return e;
}

static int getconv(Img *m, Conv *c)
{
	char *e;
	long ref;
	int pcb;

	ref = imgget4(m);
	if(ref == 0)
		return imgok(m);
	if(c->ref != 0 || convuse(c, imggets(m)) < 0)
		return bad();
	c->unclaimed = c->ref = ref;
	c->state = imgget1(m);
	c->headers = imgget1(m);
	c->ignore = c->headers>>1 & 1;
	c->half = c->headers>>2 & 3;
	c->headers &= 1;
	c->eof = imgget1(m);
	strecpy(c->err, c->err+sizeof c->err, imggets(m));
	addrget(m, &c->laddr);
	addrget(m, &c->raddr);
	c->lport = imgget2(m);
	c->rport = imgget2(m);
	c->ttl = imgget1(m);
	c->tos = imgget1(m);
	c->keep = imgget4(m);
	pcb = imgget1(m);
	if(imgok(m) < 0)
		return -1;
	if(c->state == Cidle || c->state >= Nstate || (c->state == Cdialing && c->proto != &tcpproto))
		return bad();
	if(pcb && (e = reopen(c)) != nil){
		werrstr("%s/%ud: %s", c->proto->name, c->n, e);
		return -1;
	}
	if(getcalls(m, c) < 0 || getqueue(m, c) < 0)
		return -1;
	groupsget(m, c);
	return imgok(m);
}

static void putproto(Img *m, Proto *p)
{
	u32int i;

	imgput8(m, p->nin);
	imgput8(m, p->nout);
	imgput8(m, p->nerr);
	imgput4(m, p->nconv);
	for(i = 0; i < p->nconv; i++)
		putconv(m, p->conv[i]);
	if(p != &ifcproto)
		return;
	for(i = 0; i < p->nconv; i++){
		imgput1(m, p->conv[i]->ifc != nil);
		if(p->conv[i]->ifc != nil)
			putifc(m, p->conv[i]->ifc);
	}
}

static int getifcs(Img *m, Proto *p)
{
	Conv *c;
	u32int i;

	for(i = 0; i < p->nconv; i++){
		if(imgget1(m) == 0)
			continue;
		c = p->conv[i];
		if(c->unclaimed == 0)
			return bad();
		if(getifc(m, c) < 0)
			return -1;
		c->ref--;	/* binding it has counted again */
		c->unclaimed--;
	}
	return imgok(m);
}

/* what waits for a listen is in use by that */
static int claimcalls(Proto *p)
{
	Conv *c;
	u32int i;

	for(i = 0; i < p->nconv; i++){
		c = p->conv[i];
		if(c->from != nil && c->unclaimed-- == 0){
			c->unclaimed = 0;
			return bad();
		}
	}
	return 0;
}

static int getproto(Img *m, Proto *p)
{
	Conv *c;
	u32int i, n;

	p->nin = imgget8(m);
	p->nout = imgget8(m);
	p->nerr = imgget8(m);
	n = imgget4(m);
	if(n > Maxconv || n > imgleft(m))
		return bad();
	for(i = 0; i < n; i++)
		if((c = convslot(p, i)) == nil || getconv(m, c) < 0)
			return -1;
	if(p->nconv != n)	/* a call that is beyond */
		return bad();
	return p == &ifcproto? getifcs(m, p): claimcalls(p);
}

/* --- the whole --- */
int ipsave(Srv *s, Img *m)
{
	int i;

	USED(s);
	imgputn(m, isnkey, sizeof isnkey);
	imgput8(m, ipclock());
	for(i = Nproto-1; i >= 0; i--)	/* interfaces first */
		putproto(m, protos[i]);
	puttables(m);
	putarp(m);
	putnd(m);
	return tcpsave(m) < 0? -1: imgok(m);
}

int iprestore(Srv *s, Img *m)
{
	uchar *key;
	vlong clock;
	int i;

	if(ipinit(s, "") < 0)
		return -1;
	ipquiet = 1;
	if((key = imggetn(m, sizeof isnkey)) != nil)
		memmove(isnkey, key, sizeof isnkey);
	clock = imgget8(m);
	if(clock >= 0 && clock < srvclock()+Aheadmax)
		ipclockset(clock);
	for(i = Nproto-1; i >= 0; i--)
		if(getproto(m, protos[i]) < 0)
			goto Fail;
	gettables(m);
	getarp(m);
	getnd(m);
	if(imgok(m) < 0 || tcprestore(m) < 0)
		goto Fail;
	kick = 1;
	return 0;

Fail:
	ipfini(s);
	return -1;
}

/* --- requests --- */
void ipsavereq(Req *r, Img *m)
{
	if(r->type == Twrite)
		imgput4(m, r->rcount);
}

void iprestorereq(Req *r, Img *m)
{
	u64int path;
	Conv *c;

	ipkick();
	path = r->fid->qid.path;
	c = convat(protos[path>>8&0xFF], path>>16);
	r->rcount = imgget4(m);
	if(c == nil || imgend(m) < 0 || r->rcount > r->count)
		respond(r, Ebadimage);
	else if(c->state == Chungup)
		respond(r, c->err[0] != 0? c->err: Ehungup);
	else if((path & 0xFF) == Qdata && c->state == Cconnected && c->pcb != nil && c->proto == &tcpproto)
		tcpproto.write(c, r);
	else if((path & 0xFF) == Qctl && c->state == Cdialing && c->dial == nil)
		reqadd(&c->dial, r);
	else
		respond(r, (path & 0xFF) == Qctl && c->state == Cconnected? nil: Ebadimage);
}
