/*
 * Internet addresses: kinds, masks, numbers in packets; ip(2).  Nothing here
 * keeps state or sleeps.
 */
#include "u.h"
#include "libc.h"
#include "ip.h"

const uchar IPnoaddr[IPaddrlen];
const uchar v4prefix[IPaddrlen] = { [10] = 0xFF, 0xFF };
const uchar IPv4bcast[IPaddrlen] = { [10] = 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
const uchar IPallbits[IPaddrlen] = {
	0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
};

int isv4(const uchar *ip)
{
	return memcmp(ip, v4prefix, IPv4off) == 0;
}

void v4tov6(uchar *ip, const uchar *ip4)
{
	memmove(ip+IPv4off, ip4, IPv4addrlen);
	memmove(ip, v4prefix, IPv4off);
}

int v6tov4(uchar *ip4, const uchar *ip)
{
	if(!isv4(ip))
		return -1;
	memmove(ip4, ip+IPv4off, IPv4addrlen);
	return 0;
}

int ipcmp(const uchar *a, const uchar *b)
{
	return memcmp(a, b, IPaddrlen);
}

int isv6linklocal(const uchar *ip)
{
	return ip[0] == 0xFE && (ip[1] & 0xC0) == 0x80;
}

void maskip(const uchar *ip, const uchar *mask, uchar *net)
{
	int i;

	for(i = 0; i < IPaddrlen; i++)
		net[i] = ip[i] & mask[i];
}

int maskbits(const uchar *mask)
{
	int n, i;

	for(n = 0; n < 8*IPaddrlen && mask[n/8]>>(7-n%8) & 1; n++)
		;
	for(i = n; i < 8*IPaddrlen; i++)
		if(mask[i/8]>>(7-i%8) & 1)
			return -1;
	return n;
}

void defmask(const uchar *ip, uchar *mask)
{
	int n;

	n = 8;
	if(isv4(ip)){
		n = 12+1;
		if(ip[IPv4off] >= 0x80)
			n++;
		if(ip[IPv4off] >= 0xC0)
			n++;
	}
	memset(mask, 0, IPaddrlen);
	memset(mask, 0xFF, n);
}

void etherlinklocal(uchar *ip, const uchar *ether)
{
	memset(ip, 0, IPaddrlen);
	ip[0] = 0xFE;
	ip[1] = 0x80;
	memmove(ip+8, ether, 3);
	ip[8] ^= 2;	/* RFC 4291: the bit that says it is given by the maker, inverted */
	ip[11] = 0xFF;
	ip[12] = 0xFE;
	memmove(ip+13, ether+3, 3);
}

u16int nhgets(const void *p)
{
	const uchar *b = p;

	return b[0]<<8 | b[1];
}

u32int nhgetl(const void *p)
{
	return (u32int)nhgets(p)<<16 | nhgets((const uchar*)p+2);
}

void hnputs(void *p, u16int v)
{
	uchar *b = p;

	b[0] = v>>8;
	b[1] = v;
}

void hnputl(void *p, u32int v)
{
	hnputs(p, v>>16);
	hnputs((uchar*)p+2, v);
}

u16int ipsum(const void *p, int n)
{
	const uchar *b = p;
	u64int sum;

	for(sum = 0; n > 1; n -= 2, b += 2)
		sum += nhgets(b);
	if(n > 0)
		sum += b[0]<<8;
	while(sum>>16 != 0)
		sum = (sum & 0xFFFF)+(sum>>16);
	return ~sum;
}
