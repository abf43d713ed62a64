/*
 * ipsum.h: the Internet checksum.
 */
#pragma once
u32int ipsum(uchar *p, u32int n);	/* the sum, 16 bits, its first byte in memory the low one */
/*
 * Puts the checksum of the bytes of p from start to n at off behind start.  What is there is summed
 * with the rest: the pseudo header's sum, or 0.
 */
void ipsumput(uchar *p, u32int n, u32int start, u32int off);
