/*
 * stack.c: lwIP under one server: its beginning and end, time, random
 * numbers, and frames.
 *
 * There is one instance of this copy of the code at most.  lwIP's own timers
 * are not used: each of its periodic functions is called at the multiples of
 * its period on the clock, so two sides of a move call them at the same
 * times.  Input and tick take Srv.lk; Srv.lk is held by what calls the rest.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"
#include "lwip/init.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/etharp.h"
#include "lwip/ip4_frag.h"
#include "lwip/ip6_frag.h"
#include "lwip/nd6.h"
#include "lwip/mld6.h"
#include "lwip/igmp.h"

Proto *protos[Nproto] = {
	[Ptcp] = &tcpproto,
	[Pudp] = &udpproto,
	[Picmp] = &icmpproto,
	[Picmp6] = &icmp6proto,
	[Pifc] = &ifcproto,
};
u8int ipquiet;
u8int isnkey[16];

static Srv *inst;	/* the instance, or nil */

/* --- what lwIP asks of its host --- */

/*
 * srvclock is the time of day, which somebody may set.  Ours stands still for a
 * moment when it is set back, and in a move goes on from where it was.
 */
static vlong lastclock, ahead;

vlong ipclock(void)
{
	vlong t;

	t = srvclock();
	if(t < lastclock)
		ahead += lastclock-t;
	lastclock = t;
	return t+ahead;
}

void ipclockset(vlong t)
{
	if(t > ipclock())
		ahead += t-ipclock();
}

u32_t sys_now(void)
{
	return ipclock()/1000000;
}

u32int iprand(void)
{
	u32int n;

	genrandom(&n, sizeof n);
	return n;
}

/* --- first sequence numbers: RFC 6528, with SipHash-2-4 as the function --- */
typedef struct Sip Sip;
struct Sip {
	u64int v[4];
};

static u64int rotl(u64int x, int n)
{
	return x<<n | x>>(64-n);
}

static void sipround(Sip *s, int n)
{
	u64int *v;

	for(v = s->v; n > 0; n--){
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotl(v[1], 13)^v[0];
		v[3] = rotl(v[3], 16)^v[2];
		v[0] = rotl(v[0], 32)+v[3];
		v[2] += v[1];
		v[3] = rotl(v[3], 21)^v[0];
		v[1] = rotl(v[1], 17)^v[2];
		v[2] = rotl(v[2], 32);
	}
}

/* of n whole words */
static u64int siphash(const u8int *key, const u64int *w, int n)
{
	u64int k[2], last;
	Sip s;
	int i;

	memmove(k, key, sizeof k);
	s = (Sip){ { k[0]^0x736F6D6570736575UL, k[1]^0x646F72616E646F6DUL, k[0]^0x6C7967656E657261UL, k[1]^0x7465646279746573UL } };
	last = (u64int)(8*n)<<56;
	for(i = 0; i <= n; i++){
		s.v[3] ^= i < n? w[i]: last;
		sipround(&s, 2);
		s.v[0] ^= i < n? w[i]: last;
	}
	s.v[2] ^= 0xFF;
	sipround(&s, 4);
	return s.v[0]^s.v[1]^s.v[2]^s.v[3];
}

u32_t isnhook(const ip_addr_t *laddr, u16_t lport, const ip_addr_t *raddr, u16_t rport)
{
	u64int w[5];

	addrbytes(laddr, (uchar*)w);
	addrbytes(raddr, (uchar*)(w+2));
	w[4] = (u64int)lport<<16 | rport;
	return siphash(isnkey, w, nelem(w)) + ipclock()/4000;
}

/* --- errors --- */
char *errof(int e)
{
	switch(e){
	case ERR_OK:
		return nil;
	case ERR_MEM:
	case ERR_BUF:
		return Enomem;
	case ERR_USE:
		return "address in use";
	case ERR_RTE:
		return "no route";
	case ERR_VAL:
	case ERR_ARG:
		return Ebadarg;
	case ERR_ISCONN:
	case ERR_ALREADY:
		return "already connected or announced";
	}
	return Ehungup;
}

/* --- time --- */
static struct {
	u32int period;
	void (*run)(void);
	u64int next;	/* ms */
} timers[] = {
	{ TCP_FAST_INTERVAL, tcp_fasttmr, 0 },	/* not tcp_tmr, which keeps count of its calls */
	{ TCP_SLOW_INTERVAL, tcp_slowtmr, 0 },
	{ ARP_TMR_INTERVAL, etharp_tmr, 0 },
	{ IP_TMR_INTERVAL, ip_reass_tmr, 0 },
	{ IP6_REASS_TMR_INTERVAL, ip6_reass_tmr, 0 },
	{ ND6_TMR_INTERVAL, nd6_tmr, 0 },
	{ IGMP_TMR_INTERVAL, igmp_tmr, 0 },
	{ MLD6_TMR_INTERVAL, mld6_tmr, 0 },
};

static u64int now(void)
{
	return ipclock()/1000000;
}

static void timersbegin(void)
{
	uint i;

	for(i = 0; i < nelem(timers); i++)
		timers[i].next = (now()/timers[i].period+1)*timers[i].period;
}

void ipsettle(void)
{
	struct netif *n;
	int again;

	do{
		again = 0;
		NETIF_FOREACH(n){
			again |= n->loop_first != nil;
			netif_poll(n);
		}
	}while(again);
	directforget();
}

void ipbegin(void)
{
	if(ipstack.host != nil && ipstack.host->begin != nil)
		ipstack.host->begin(&ipstack);
}

static u32int tick(void)
{
	u64int t, least;
	uint i;

	qlock(&inst->lk);
	ipkick();
	t = now();
	least = t+1000;
	for(i = 0; i < nelem(timers); i++){
		if(timers[i].next <= t){	/* after a pause, once */
			timers[i].next = (t/timers[i].period+1)*timers[i].period;
			timers[i].run();
		}
		if(timers[i].next < least)
			least = timers[i].next;
	}
	ipsettle();
	qunlock(&inst->lk);
	return least-t;
}

static void input(Nic *nic, uchar *frame, u32int n)
{
	qlock(&inst->lk);
	ipkick();
	ifcinput(nic, frame, n);
	ipsettle();
	qunlock(&inst->lk);
}

/* it has been moved: fids and fini end connections without a word to their other ends */
void ipleave(Srv *s)
{
	USED(s);
	ipquiet = 1;
}

Ipstack ipstack = {
	.srv = &ipsrv,
	.input = input,
	.tick = tick,
};

/* --- beginning and end --- */
int ipinit(Srv *s, char *arg)
{
	static u8int once;

	USED(arg);
	if(inst != nil){
		werrstr("%s", Einuse);
		return -1;
	}
	inst = s;
	ipquiet = 0;
	iprouting = 0;
	logbegin();
	genrandom(isnkey, sizeof isnkey);
	if(!once)
		lwip_init();
	once = 1;
	if(advicebegin() < 0){
		inst = nil;
		return -1;
	}
	timersbegin();
	return 0;
}

static void protoend(Proto *p)
{
	u32int i;

	for(i = 0; i < p->nconv; i++){
		if(p->conv[i]->ref > 0)	/* of a restore that failed */
			p->close(p->conv[i]);
		if(p->conv[i]->ifc != nil)
			ifcunbind(p->conv[i]);
		convfree(p->conv[i]);
	}
	free(p->conv);
	p->conv = nil;
	p->nconv = 0;
	p->nin = p->nout = p->nerr = 0;
}

/* connections that lwIP is closing for those who have gone: not to be waited for */
static void tcpend(void)
{
	ipquiet = 1;
	while(tcp_active_pcbs != nil)
		tcp_abandon(tcp_active_pcbs, 0);	/* a reset to ourselves would stay in the loop */
	while(tcp_tw_pcbs != nil)
		tcp_abandon(tcp_tw_pcbs, 0);
}

/* packets of which parts are missing: they are too old now */
static void fragend(void)
{
	int i;

	for(i = 0; i <= IP_REASS_MAXAGE; i++)
		ip_reass_tmr();
	for(i = 0; i <= IPV6_REASS_MAXAGE; i++)
		ip6_reass_tmr();
}

void ipfini(Srv *s)
{
	int i;

	USED(s);
	tcpend();
	fragend();
	adviceend();
	for(i = 0; i < Nproto; i++)
		protoend(protos[i]);
	nroutes = 0;
	nndb = 0;
	inst = nil;
}
