/*
 * app.c: what is known by its UDP port: names (RFC 1035), DHCP (RFC 2131,
 * 2132).  The bytes may be anything.
 */
#include "u.h"
#include "libc.h"
#include "ip.h"
#include "dns.h"
#include "snoopy.h"

enum {
	Bootps = 67, Bootpc = 68, Mdns = 5353,
	Dhcphdr = 240,		/* up to the options, the cookie included */
};

static void dns(Packet *k, uchar *p, int n)
{
	char val[Maxval], *type;
	Dnsmsg m;
	Layer *l;
	Rr *r;

	l = layer(k, "dns");
	if(dnsunpack(&m, p, n) < 0){
		field(k, l, "!bad", "%d", n);
		return;
	}
	k->rest = 0;
	field(k, l, "id", "%d", m.id);
	field(k, l, "op", "%s", m.flags & Dnsresp? "answer": "question");
	if(m.flags & Dnsrmask)
		field(k, l, "err", "%d", m.flags & Dnsrmask);
	if(m.flags & Dnstrunc)
		field(k, l, "cut", "1");
	if(m.nquestion > 0){
		field(k, l, "q", "%s", m.qname);
		if((type = dnstypename(m.qtype)) != nil)
			field(k, l, "t", "%s", type);
		else
			field(k, l, "t", "%d", m.qtype);
	}
	for(r = m.rr; r != nil; r = r->next){
		rrtext(val, sizeof val, r);
		field(k, l, dnstypename(r->type), "%s", val);
	}
	dnsfree(m.rr);
}

static void dhcpoption(Packet *k, Layer *l, int code, uchar *p, int n)
{
	static char *types[] = {
		"0", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform",
	};

	if(code == 53 && n == 1 && p[0] < nelem(types))
		field(k, l, "t", "%s", types[p[0]]);
	else if(code == 1 && n == 4)
		field(k, l, "mask", "%V", p);
	else if(code == 3 && n >= 4)
		field(k, l, "gw", "%V", p);
	else if(code == 6 && n >= 4)
		field(k, l, "dns", "%V", p);
	else if(code == 50 && n == 4)
		field(k, l, "want", "%V", p);
	else if(code == 51 && n == 4)
		field(k, l, "lease", "%ud", nhgetl(p));
	else if(code == 54 && n == 4)
		field(k, l, "server", "%V", p);
}

static void dhcp(Packet *k, uchar *p, int n)
{
	Layer *l;
	int at;

	l = layer(k, "dhcp");
	if(n < Dhcphdr){
		field(k, l, "!short", "%d", n);
		return;
	}
	k->rest = 0;
	field(k, l, "op", "%d", p[0]);
	field(k, l, "xid", "%8.8ux", nhgetl(p+4));
	field(k, l, "ci", "%V", p+12);
	field(k, l, "yi", "%V", p+16);
	field(k, l, "hw", "%E", p+28);
	for(at = Dhcphdr; at+1 < n && p[at] != 255; at += p[at] == 0? 1: 2+p[at+1]){
		if(p[at] == 0)
			continue;
		if(p[at+1] > n-at-2){
			field(k, l, "!opt", "%d", p[at]);
			break;
		}
		dhcpoption(k, l, p[at], p+at+2, p[at+1]);
	}
}

void message(Packet *k, int from, int to, uchar *p, int n)
{
	if(from == Dnsport || to == Dnsport || to == Mdns)
		dns(k, p, n);
	else if((from == Bootps || from == Bootpc) && (to == Bootps || to == Bootpc))
		dhcp(k, p, n);
}
