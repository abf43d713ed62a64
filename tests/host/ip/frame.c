/* frame.c: see frame.h */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "host.h"
#include "net.h"
#include "frame.h"

void put2(uchar *p, u32int v)
{
	p[0] = v>>8;
	p[1] = v;
}

void put4(uchar *p, u32int v)
{
	put2(p, v>>16);
	put2(p+2, v);
}

static u32int add(u32int sum, uchar *p, u32int n)
{
	u32int i;

	for(i = 0; i+1 < n; i += 2)
		sum += p[i]<<8 | p[i+1];
	if(n & 1)
		sum += p[n-1]<<8;
	return sum;
}

static void fold(u32int sum, uchar *p)
{
	while(sum>>16)
		sum = (sum & 0xFFFF) + (sum>>16);
	sum = ~sum;
	p[0] = sum>>8;
	p[1] = sum;
}

/* where the sum of a protocol is in its header; -1: it has none */
static int sumat(int proto)
{
	return proto == 6? 16: proto == 17? 6: proto == 1 || proto == 58? 2: -1;
}

void framesum(uchar *ip, u32int n, int noipsum, int nosum)
{
	u32int h, sum;
	int at;

	h = (ip[0]&15)*4;
	if(h < 20 || h > n)
		return;
	if(!noipsum){
		ip[10] = ip[11] = 0;
		fold(add(0, ip, h), ip+10);
	}
	at = sumat(ip[9]);
	if(nosum || at < 0 || h+at+2 > n)
		return;
	ip[h+at] = ip[h+at+1] = 0;
	sum = ip[9] == 1? 0: add(ip[9]+n-h, ip+12, 8);
	fold(add(sum, ip+h, n-h), ip+h+at);
}

void framesum6(uchar *ip, u32int n)
{
	int at;

	at = sumat(ip[6]);
	if(n < 40 || at < 0 || 40+at+2 > (int)n)
		return;
	ip[40+at] = ip[40+at+1] = 0;
	fold(add(add(ip[6]+n-40, ip+8, 32), ip+40, n-40), ip+40+at);
}

uchar *frame4(Frame4 *f, int proto, u32int n)
{
	memset(f, 0, sizeof *f);
	f->n = Ethlen+Ip4len+n;
	f->b[0] = f->b[6] = 2;	/* net.c's addresses */
	f->b[5] = 2;
	f->b[11] = 1;
	f->b[12] = 8;
	f->ip = f->b+Ethlen;
	f->ip[0] = 0x45;
	put2(f->ip+2, Ip4len+n);
	f->ip[8] = 64;
	f->ip[9] = proto;
	put4(f->ip+12, 0x0A000001);
	put4(f->ip+16, 0x0A000002);
	return f->ip+Ip4len;
}

void framesend(Frame4 *f, Host *to)
{
	framesum(f->ip, f->n-Ethlen, f->noipsum, f->nosum);
	to->st->input(to->nic, f->b, f->n);
}
