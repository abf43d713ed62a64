/*
 * rr.c: records of the domain name system, and how they are written as
 * text, dns(2).  A record is one piece of memory with its strings.
 */
#include "u.h"
#include "libc.h"
#include "ip.h"
#include "dns.h"

static struct {
	char *name;
	int type;
} types[] = {	/* of two names for a type the first is the usual one */
	{"ip", DnsA}, {"a", DnsA}, {"ipv6", DnsAAAA}, {"aaaa", DnsAAAA},
	{"ns", DnsNS}, {"cname", DnsCNAME}, {"soa", DnsSOA}, {"ptr", DnsPTR},
	{"mx", DnsMX}, {"txt", DnsTXT}, {"srv", DnsSRV}, {"all", DnsALL}, {"any", DnsALL},
};

int dnstype(char *s)
{
	uint i;

	for(i = 0; i < nelem(types); i++)
		if(cistrcmp(types[i].name, s) == 0)
			return types[i].type;
	return -1;
}

char *dnstypename(int type)
{
	uint i;

	for(i = 0; i < nelem(types); i++)
		if(types[i].type == type)
			return types[i].name;
	return nil;
}

Rr *rrnew(char *name, int type, char *host, char *text)
{
	usize a, b, c;
	Rr *r;

	a = strlen(name)+1;
	b = strlen(host)+1;
	c = strlen(text)+1;
	if((r = mallocz(sizeof *r + a+b+c, 1)) == nil)
		return nil;
	r->type = type;
	r->class = DnsIN;
	r->name = (char*)(r+1);
	r->host = r->name + a;
	r->text = r->host + b;
	memmove(r->name, name, a);
	memmove(r->host, host, b);
	memmove(r->text, text, c);
	return r;
}

Rr *rrcopy(Rr *rr)
{
	Rr *r, v;

	if((r = rrnew(rr->name, rr->type, rr->host, rr->text)) == nil)
		return nil;
	v = *rr;
	v.next = nil;
	v.name = r->name;
	v.host = r->host;
	v.text = r->text;
	*r = v;
	return r;
}

void dnsfree(Rr *rr)
{
	Rr *next;

	for(; rr != nil; rr = next){
		next = rr->next;
		free(rr);
	}
}

Rr *rrcat(Rr *a, Rr *b)
{
	Rr *r;

	if(a == nil)
		return b;
	for(r = a; r->next != nil; r = r->next)
		;
	r->next = b;
	return a;
}

/* --- names of addresses --- */
char *dnsaddrname(char *buf, int n, uchar *addr, int naddr)
{
	static char hex[] = "0123456789abcdef";
	char *p, *e;
	int i;

	p = buf;
	e = buf+n;
	for(i = naddr-1; i >= 0; i--)
		if(naddr == 4)
			p = seprint(p, e, "%d.", addr[i]);
		else
			p = seprint(p, e, "%c.%c.", hex[addr[i]&15], hex[addr[i]>>4]);
	seprint(p, e, naddr == 4? "in-addr.arpa": "ip6.arpa");
	return buf;
}

static int hexval(int c)
{
	if(c >= '0' && c <= '9')
		return c-'0';
	c |= 0x20;
	return c >= 'a' && c <= 'f'? c-'a'+10: -1;
}

static int name6(char *s, uchar *addr)
{
	int i, v;

	for(i = 0; i < 32; i++, s += 2){
		if((v = hexval(s[0])) < 0 || s[1] != '.')
			return -1;
		if(i%2 == 0)
			addr[15-i/2] = v;
		else
			addr[15-i/2] |= v<<4;
	}
	return cistrcmp(s, "ip6.arpa") == 0? 16: -1;
}

int dnsnameaddr(char *name, uchar *addr)
{
	char *s, *end;
	ulong v;
	int i;

	s = name;
	if(strlen(name) == 64+8)
		return name6(name, addr);
	for(i = 3; i >= 0; i--, s = end+1){
		v = strtoul(s, &end, 10);
		if(*s < '0' || *s > '9' || *end != '.' || v > 255)
			return -1;
		addr[i] = v;
	}
	return cistrcmp(s, "in-addr.arpa") == 0? 4: -1;
}

/* --- values --- */
static int addrtext(char *buf, int n, Rr *rr)
{
	uchar ip[IPaddrlen];

	if(rr->naddr == 4)
		v4tov6(ip, rr->addr);
	else
		memmove(ip, rr->addr, IPaddrlen);
	return snprint(buf, n, "%I", ip);
}

int rrtext(char *buf, int n, Rr *rr)
{
	switch(rr->type){
	case DnsA:
	case DnsAAAA:
		return addrtext(buf, n, rr);
	case DnsMX:
		return snprint(buf, n, "%d %s", rr->pref, rr->host);
	case DnsSRV:
		return snprint(buf, n, "%d %d %d %s", rr->pref, rr->weight, rr->port, rr->host);
	case DnsTXT:
		return snprint(buf, n, "%s", rr->text);
	case DnsSOA:
		return snprint(buf, n, "%s %s %ud %ud %ud %ud %ud", rr->host, rr->text,
			rr->soa[0], rr->soa[1], rr->soa[2], rr->soa[3], rr->soa[4]);
	}
	return snprint(buf, n, "%s", rr->host);
}
