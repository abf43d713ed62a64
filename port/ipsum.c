/*
 * ipsum.c: the Internet checksum (RFC 1071), for frames of which a part is left to
 * whoever sends them or wants them whole.  No locks; nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "ipsum.h"

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
	s += (w & 0xffffffff) + (w>>32);
	s = (s & 0xffffffff) + (s>>32);
	s = (s & 0xffff) + (s>>16 & 0xffff) + (s>>32);
	s = (s & 0xffff) + (s>>16);
	return (s & 0xffff) + (s>>16);
}

void ipsumput(uchar *p, u32int n, u32int start, u32int off)
{
	u32int s = ~ipsum(p + start, n - start) & 0xffff;

	if(s == 0)	/* which in UDP means that there is none */
		s = 0xffff;
	p[start + off] = s;
	p[start + off + 1] = s>>8;
}
