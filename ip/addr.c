/*
 * addr.c: addresses as text and as bytes, and text for those who read a
 * file.  IPv4 addresses are written with dots, IPv6 ones with colons; in 16
 * bytes an IPv4 address is ::ffff:a.b.c.d.  Nothing here sleeps.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "ip.h"

enum { Linemax = 512 };

static const uchar v4prefix[12] = { [10] = 0xFF, [11] = 0xFF };

int addrparse(char *s, ip_addr_t *a)
{
	if(*s == 0 || strcmp(s, "*") == 0){
		*a = *IP_ANY_TYPE;
		return 0;
	}
	if(strcmp(s, "::") == 0){
		*a = *IP6_ADDR_ANY;
		return 0;
	}
	return ipaddr_aton(s, a)? 0: -1;
}

static int portparse(char *s, u16int *port)
{
	char *end;
	ulong n;

	if(strcmp(s, "*") == 0){
		*port = 0;
		return 0;
	}
	n = strtoul(s, &end, 10);
	if(*s < '0' || *s > '9' || *end != 0 || n > 0xFFFF)
		return -1;
	*port = n;
	return 0;
}

int hostparse(char *s, ip_addr_t *a, u16int *port)
{
	char *p, *rest;

	if((p = strchr(s, '!')) == nil){
		*a = *IP_ANY_TYPE;
		return portparse(s, port);
	}
	*p++ = 0;
	if((rest = strchr(p, '!')) != nil)	/* !r and such: hints */
		*rest = 0;
	return addrparse(s, a) < 0? -1: portparse(p, port);
}

char *addrtext(const ip_addr_t *a, char *buf)
{
	char *p;

	if(IP_IS_ANY_TYPE_VAL(*a))
		return strecpy(buf, buf+Addrlen, "::"), buf;
	if(ipaddr_ntoa_r(a, buf, Addrlen) == nil)
		*buf = 0;
	for(p = buf; *p != 0; p++)
		if(*p >= 'A' && *p <= 'F')
			*p += 'a'-'A';
	return buf;
}

void addrbytes(const ip_addr_t *a, uchar *p)
{
	memset(p, 0, 16);
	if(IP_IS_V6_VAL(*a))
		memmove(p, ip_2_ip6(a)->addr, 16);
	else if(!ip_addr_isany(a)){
		memmove(p, v4prefix, sizeof v4prefix);
		memmove(p+12, &ip_2_ip4(a)->addr, 4);
	}
}

void addrfrom(const uchar *p, ip_addr_t *a)
{
	memset(a, 0, sizeof *a);
	if(memcmp(p, v4prefix, sizeof v4prefix) == 0){
		memmove(&ip_2_ip4(a)->addr, p+12, 4);
		IP_SET_TYPE_VAL(*a, IPADDR_TYPE_V4);
	}else{
		memmove(ip_2_ip6(a)->addr, p, 16);
		IP_SET_TYPE_VAL(*a, IPADDR_TYPE_V6);
	}
}

static const uchar *raw(const ip_addr_t *a)
{
	return IP_IS_V6_VAL(*a)? (const uchar*)ip_2_ip6(a)->addr: (const uchar*)&ip_2_ip4(a)->addr;
}

/* are a's first bits those of net? */
int addrunder(const ip_addr_t *a, const ip_addr_t *net, int bits)
{
	const uchar *p, *q;
	int n;

	if(IP_IS_V6_VAL(*a) != IP_IS_V6_VAL(*net))
		return 0;
	p = raw(a);
	q = raw(net);
	n = bits/8;
	if(memcmp(p, q, n) != 0)
		return 0;
	return bits%8 == 0 || (p[n]^q[n])>>(8-bits%8) == 0;
}

/* the bits of a mask, /n as 16 bytes or as the family has it */
int maskbits(char *s, int v6)
{
	ip_addr_t a;
	const uchar *p;
	char *end;
	int n, max;
	ulong k;

	max = v6? 128: 32;
	if(*s == '/'){
		k = strtoul(s+1, &end, 10);
		if(end == s+1 || *end != 0 || k > 128)
			return -1;
		if(!v6 && k > 32)	/* of an IPv4 address in 16 bytes */
			return k >= 96? (int)k-96: -1;
		return k;
	}
	if(addrparse(s, &a) < 0 || IP_IS_ANY_TYPE_VAL(a) || IP_IS_V6_VAL(a) != v6)
		return -1;
	p = raw(&a);
	for(n = 0; n < max && p[n/8]>>(7-n%8)&1; n++)
		;
	for(k = n; k < (ulong)max; k++)
		if(p[k/8]>>(7-k%8)&1)
			return -1;
	return n;
}

void textopen(Text *t, Req *r)
{
	r->rcount = 0;
	*t = (Text){ .r = r };
}

void textput(Text *t, char *fmt, ...)
{
	char line[Linemax];
	va_list args;
	vlong skip, n;

	va_start(args, fmt);
	n = vseprint(line, line+sizeof line, fmt, args) - line;
	va_end(args);
	skip = t->r->offset > t->at? t->r->offset - t->at: 0;
	if(skip < n)
		t->r->rcount += reqput(t->r, t->r->rcount, line+skip, n-skip);
	t->at += n;
}
