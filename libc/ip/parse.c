/*
 * Text to Internet addresses: ip(2).  The whole of the text must be the
 * address.  Nothing sleeps.
 */
#include "u.h"
#include "libc.h"
#include "ip.h"

/* a number of one to max digits in base, *end after it: -1, there is none */
static long number(const char *s, char **end, int base, int max)
{
	long v;
	int n, d;

	v = 0;
	for(n = 0;; n++, s++){
		if(*s >= '0' && *s <= '9')
			d = *s-'0';
		else if(base == 16 && ((*s|0x20) >= 'a' && (*s|0x20) <= 'f'))
			d = (*s|0x20)-'a'+10;
		else
			break;
		if(n == max)
			return -1;
		v = v*base+d;
	}
	*end = (char*)s;
	return n > 0? v: -1;
}

int v4parseip(uchar *ip4, const char *s)
{
	uchar b[IPv4addrlen];
	char *end;
	long v;
	int n;

	for(n = 0; n < IPv4addrlen; n++){
		v = number(s, &end, 10, 3);
		if(v < 0 || v > 255)
			return -1;
		b[n] = v;
		s = end+1;
		if(*end == 0)
			break;
		if(*end != '.')
			return -1;
	}
	if(n == IPv4addrlen)
		return -1;
	memset(ip4, 0, IPv4addrlen);
	memmove(ip4, b, n);
	ip4[IPv4addrlen-1] = b[n];	/* 127.1 is 127.0.0.1 */
	return 0;
}

/* groups of hexadecimal digits, :: once for those that are 0, perhaps with IPv4's four numbers at the end */
static int v6parse(uchar *ip, const char *s)
{
	uchar b[IPaddrlen];
	char *end;
	int n, gap;
	long v;

	gap = -1;
	n = 0;
	if(s[0] == ':' && s[1] == ':')
		s++;
	else if(s[0] == ':')
		return -1;
	for(;;){
		if(*s == ':' && gap < 0){	/* the second of two */
			gap = n;
			s++;
			if(*s == 0)
				break;
			continue;
		}
		if(n <= IPv4off && strchr(s, ':') == nil && strchr(s, '.') != nil){
			if(v4parseip(b+n, s) < 0)
				return -1;
			n += IPv4addrlen;
			break;
		}
		v = number(s, &end, 16, 4);
		if(v < 0 || n+2 > IPaddrlen)
			return -1;
		hnputs(b+n, v);
		n += 2;
		if(*end == 0)
			break;
		if(*end != ':' || end[1] == 0)
			return -1;
		s = end+1;
	}
	if(gap < 0 && n != IPaddrlen)
		return -1;
	if(gap >= 0 && n == IPaddrlen)
		return -1;
	memset(ip, 0, IPaddrlen);
	if(gap < 0)
		gap = n;
	memmove(ip, b, gap);
	memmove(ip+IPaddrlen-(n-gap), b+gap, n-gap);
	return 0;
}

int parseip(uchar *ip, const char *s)
{
	uchar v4[IPv4addrlen];

	if(strchr(s, ':') != nil)
		return v6parse(ip, s) < 0? -1: 6;
	if(v4parseip(v4, s) < 0)
		return -1;
	v4tov6(ip, v4);
	return 4;
}

int parseipmask(uchar *mask, const char *s, int v4)
{
	uchar m[IPaddrlen];
	char *end;
	long n, i;

	if(*s != '/'){
		if(parseip(m, s) < 0)
			return -1;
		if(isv4(m))
			memset(m, 0xFF, IPv4off);
		if(maskbits(m) < 0)
			return -1;
		memmove(mask, m, IPaddrlen);
		return 0;
	}
	n = number(s+1, &end, 10, 3);
	if(n < 0 || *end != 0 || n > (v4? 32: 128))
		return -1;
	if(v4)
		n += 96;
	memset(mask, 0, IPaddrlen);
	for(i = 0; i < n; i++)
		mask[i/8] |= 0x80>>i%8;
	return 0;
}

int parseether(uchar *ether, const char *s)
{
	uchar b[Etheraddrlen];
	char two[3], *end;
	long v;
	int i;

	two[2] = 0;
	for(i = 0; i < Etheraddrlen; i++){
		if(i > 0 && *s == ':')
			s++;
		if(s[0] == 0 || s[1] == 0)
			return -1;
		two[0] = s[0];
		two[1] = s[1];
		v = number(two, &end, 16, 2);
		if(v < 0 || *end != 0)
			return -1;
		b[i] = v;
		s += 2;
	}
	if(*s != 0)
		return -1;
	memmove(ether, b, sizeof b);
	return 0;
}
