/*
 * ipsum.h: the Internet checksum.
 */
#pragma once
enum { Ipsumtcp = 16 };		/* where in TCP's header its checksum is */
u32int ipsum(uchar *p, u32int n);	/* the sum, 16 bits, its first byte in memory the low one */
/*
 * Puts the checksum of the bytes of p from start to n at off behind start.  What is there is summed
 * with the rest: the pseudo header's sum, or 0.
 */
void ipsumput(uchar *p, u32int n, u32int start, u32int off);
/*
 * Makes the Ethernet frame of n bytes, if it is a whole plain TCP segment, one whose checksum is to be put in
 * yet, Ipsumtcp behind the place that is returned; 0: it is none and was not changed.
 */
u32int ipsumleave(uchar *frame, u32int n);
