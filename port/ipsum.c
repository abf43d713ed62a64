/*
 * ipsum.c: the Internet checksum (RFC 1071), of frames in which it is left to whoever
 * sends them or wants them whole.  A sum here is one of 16-bit words as memory has them, which is
 * the checksum's with its bytes swapped.  No locks; nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "ipsum.h"

enum {
	Hdr = 14, Vlen = 2,		/* Ethernet; where in IPv4 and IPv6 the length is */
	V4hdr = 20, V4frag = 6, V4proto = 9, V4addr = 12,
	V6hdr = 40, V6len = 4, V6next = 6, V6addr = 8,
	Tcp = 6, Tcphdr = 20,
};

static u32int fold(u64int s)
{
	s = (s & 0xffffffff) + (s>>32);
	s = (s & 0xffff) + (s>>16 & 0xffff) + (s>>32);
	s = (s & 0xffff) + (s>>16);
	return (s & 0xffff) + (s>>16);
}

/* 32 bits at a time into 64, which hold the carries of 16 GB */
u32int ipsum(uchar *p, u32int n)
{
	u64int s = 0, w;

	for(; n >= 8; p += 8, n -= 8){
		__builtin_memcpy(&w, p, 8);
		s += (w & 0xffffffff) + (w>>32);
	}
	for(w = 0; n > 0; n--)
		w = w<<8 | p[n-1];
	return fold(s + (w & 0xffffffff) + (w>>32));
}

static u32int swap(u32int v)
{
	return (v & 0xff)<<8 | (v>>8 & 0xff);
}

/* where TCP begins in the IP packet of n bytes, and how much of it there is; 0: that is not one, not whole, or not plain */
static u32int tcpat(uchar *p, u32int n, u32int *len)
{
	u32int h, all;

	if(p[0]>>4 == 4){
		h = (p[0] & 15) * 4;
		all = p[Vlen]<<8 | p[Vlen+1];
		if(h < V4hdr || p[V4proto] != Tcp || (p[V4frag] & 0x3f) != 0 || p[V4frag+1] != 0)
			return 0;
	}else{
		h = V6hdr;
		if(n < V6hdr || p[V6next] != Tcp)
			return 0;
		all = V6hdr + (p[V6len]<<8 | p[V6len+1]);
	}
	if(all > n || all < h + Tcphdr)
		return 0;
	*len = all - h;
	return h;
}

u32int ipsumleave(uchar *frame, u32int n)
{
	u32int type, at, len, s;
	uchar *p = frame + Hdr;

	if(n < Hdr + V4hdr)
		return 0;
	type = frame[12]<<8 | frame[13];
	if((type != 0x0800 || p[0]>>4 != 4) && (type != 0x86dd || p[0]>>4 != 6))
		return 0;
	at = tcpat(p, n - Hdr, &len);
	if(at == 0)
		return 0;
	s = p[0]>>4 == 4 ? ipsum(p + V4addr, 8) : ipsum(p + V6addr, 32);
	s = fold(s + swap(Tcp) + swap(len));
	p[at + Ipsumtcp] = s;
	p[at + Ipsumtcp + 1] = s>>8;
	return Hdr + at;
}

void ipsumput(uchar *p, u32int n, u32int start, u32int off)
{
	u32int s = ~ipsum(p + start, n - start) & 0xffff;

	if(s == 0)	/* which in UDP means that there is none */
		s = 0xffff;
	p[start + off] = s;
	p[start + off + 1] = s>>8;
}
