/*
 * decode.c: Ethernet, ARP (RFC 826), IPv4 (RFC 791) and IPv6 (RFC 8200) of a
 * frame, which may be anything: each layer looks only at bytes that are
 * there, and gives the next one what it carries.  Nothing sleeps.
 */
#include "u.h"
#include "libc.h"
#include "ip.h"
#include "snoopy.h"

enum {
	Etherhdr = 14,
	TypeIP = 0x0800, TypeARP = 0x0806, TypeVLAN = 0x8100, TypeIP6 = 0x86DD,
	IPhdr = 20, IP6hdr = 40,
	HopByHop = 0, Routing = 43, Fragment = 44, Destopts = 60,
};

Layer *layer(Packet *k, char *proto)
{
	Layer *l;

	if(k->n == Maxlayers)
		return nil;
	l = &k->layer[k->n++];
	l->proto = proto;
	l->n = 0;
	return l;
}

void field(Packet *k, Layer *l, char *name, char *fmt, ...)
{
	va_list args;
	char *p;
	int n;

	if(l == nil || l->n == Maxfields || k->used > Fieldroom-Maxval)
		return;
	p = k->room + k->used;
	va_start(args, fmt);
	n = vsnprint(p, Maxval, fmt, args);
	va_end(args);
	k->used += n+1;
	l->name[l->n] = name;
	l->val[l->n++] = p;
}

/* the Internet checksum of what is summed already and n bytes: 0 if they contain the right one */
u16int wholesum(uchar *p, int n, u32int sum)
{
	int i;

	for(i = 0; i+1 < n; i += 2)
		sum += p[i]<<8 | p[i+1];
	if(i < n)
		sum += p[i]<<8;
	while(sum>>16)
		sum = (sum & 0xFFFF) + (sum>>16);
	return ~sum;
}

static void arp(Packet *k, uchar *p, int n)
{
	static char *ops[] = { "0", "request", "reply" };
	Layer *l;
	int op;

	l = layer(k, "arp");
	if(n < 28){
		k->rest = n;
		field(k, l, "!short", "%d", n);
		return;
	}
	op = nhgets(p+6);
	if(op < (int)nelem(ops))
		field(k, l, "op", "%s", ops[op]);
	else
		field(k, l, "op", "%d", op);
	field(k, l, "spa", "%V", p+14);
	field(k, l, "sha", "%E", p+8);
	field(k, l, "tpa", "%V", p+24);
	field(k, l, "tha", "%E", p+18);
}

static u32int pseudosum(uchar *addrs, int n, int proto, int len)
{
	u32int sum;
	int i;

	sum = proto + len;
	for(i = 0; i < n; i += 2)
		sum += addrs[i]<<8 | addrs[i+1];
	return sum;
}

static void ip4(Packet *k, uchar *p, int n)
{
	int hl, len, frag, whole;
	Layer *l;

	l = layer(k, "ip");
	if(n < IPhdr || p[0]>>4 != 4){
		k->rest = n;
		field(k, l, "!bad", "%d", n);
		return;
	}
	hl = (p[0] & 15)*4;
	len = nhgets(p+2);
	frag = nhgets(p+6);
	field(k, l, "s", "%V", p+12);
	field(k, l, "d", "%V", p+16);
	field(k, l, "pr", "%d", p[9]);
	field(k, l, "ttl", "%d", p[8]);
	field(k, l, "id", "%4.4ux", nhgets(p+4));
	field(k, l, "ln", "%d", len);
	if(frag & 0x3FFF)
		field(k, l, "frag", "%d%s", (frag & 0x1FFF)*8, frag & 0x2000? "+": "");
	if(hl < IPhdr || hl > n || len < hl){
		field(k, l, "!bad", "%d", hl);
		k->rest = n-IPhdr;
		return;
	}
	if(wholesum(p, hl, 0) != 0)
		field(k, l, "!ck", "%4.4ux", nhgets(p+10));
	whole = len <= n && (frag & 0x3FFF) == 0;
	if(len > n)
		len = n;
	if(frag & 0x1FFF)
		k->rest = len-hl;
	else
		transport(k, p[9], p+hl, len-hl, pseudosum(p+12, 8, p[9], len-hl), whole);
}

/* past the headers that are between IPv6 and what it carries; *next becomes that: where it is, -1: cut off */
static int extensions(Packet *k, Layer *l, uchar *p, int n, int *next, int *frag)
{
	int at, i, len;

	at = IP6hdr;
	for(i = 0; i < 8; i++){
		if(*next != HopByHop && *next != Routing && *next != Fragment && *next != Destopts)
			return at;
		if(n-at < 8)
			return -1;
		len = *next == Fragment? 8: (p[at+1]+1)*8;
		if(*next == Fragment && (nhgets(p+at+2) & 0xFFF9) != 0){
			*frag = nhgets(p+at+2);
			field(k, l, "frag", "%d%s", *frag & 0xFFF8, *frag & 1? "+": "");
		}
		*next = p[at];
		if(len > n-at)
			return -1;
		at += len;
	}
	return -1;
}

static void ip6(Packet *k, uchar *p, int n)
{
	int at, next, frag, len, whole;
	Layer *l;

	l = layer(k, "ip6");
	if(n < IP6hdr || p[0]>>4 != 6){
		k->rest = n;
		field(k, l, "!bad", "%d", n);
		return;
	}
	len = nhgets(p+4) + IP6hdr;
	next = p[6];
	frag = 0;
	field(k, l, "s", "%I", p+8);
	field(k, l, "d", "%I", p+24);
	field(k, l, "pr", "%d", next);
	field(k, l, "ttl", "%d", p[7]);
	field(k, l, "ln", "%d", len-IP6hdr);
	whole = len <= n;
	if(len > n)
		len = n;
	at = extensions(k, l, p, len, &next, &frag);
	if(at < 0 || (frag & 0xFFF8) != 0)
		k->rest = len-IP6hdr;
	else
		transport(k, next, p+at, len-at, pseudosum(p+8, 32, next, len-at), whole && frag == 0);
}

void decode(Packet *k, uchar *p, int n, int whole)
{
	int type, at;
	Layer *l;

	k->n = k->used = k->rest = 0;
	l = layer(k, "ether");
	if(n < Etherhdr){
		field(k, l, "!short", "%d", n);
		return;
	}
	field(k, l, "s", "%E", p+6);
	field(k, l, "d", "%E", p);
	at = Etherhdr;
	type = nhgets(p+12);
	if(type == TypeVLAN && n >= Etherhdr+4){
		field(k, l, "vlan", "%d", nhgets(p+14) & 0xFFF);
		type = nhgets(p+16);
		at += 4;
	}
	field(k, l, "pr", "%4.4ux", type);
	field(k, l, "ln", "%d", whole);
	switch(type){
	case TypeARP:
		arp(k, p+at, n-at);
		break;
	case TypeIP:
		ip4(k, p+at, n-at);
		break;
	case TypeIP6:
		ip6(k, p+at, n-at);
		break;
	default:
		k->rest = n-at;
	}
}
