/*
 * crc32: the checksum of IEEE 802.3 (gzip, Ethernet); and quicksum.
 *
 * A little is done four bits at a time from a table of sixteen.  Who sums
 * much makes tables with which it goes by eight bytes: ahead[k][b] is what
 * byte b becomes when k more have gone by.  Several may make them at once;
 * all write the same.
 */
#include "u.h"
#include "lib.h"

enum { Much = 4*1024 };	/* bytes worth the making of tables */

/* crcs of the sixteen nibbles, polynomial 0xEDB88320 reflected */
static const u32int nibble[16] = {
	0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
	0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
	0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
	0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
};
static u32int ahead[8][256];
static int made;

static u32int bytecrc(u32int crc)
{
	crc = crc>>4 ^ nibble[crc & 15];
	return crc>>4 ^ nibble[crc & 15];
}

static void make(void)
{
	u32int c;
	int b, k;

	if(__atomic_load_n(&made, __ATOMIC_ACQUIRE))
		return;
	for(b = 0; b < 256; b++){
		c = b;
		for(k = 0; k < 8; k++){
			c = c>>8 ^ bytecrc(c & 255);
			ahead[k][b] = c;
		}
	}
	__atomic_store_n(&made, 1, __ATOMIC_RELEASE);
}

/* eight bytes, the first in the low bits of v and crc already in it */
static u32int eight(u64int v)
{
	return ahead[7][v & 255] ^ ahead[6][v>>8 & 255] ^ ahead[5][v>>16 & 255] ^ ahead[4][v>>24 & 255]
		^ ahead[3][v>>32 & 255] ^ ahead[2][v>>40 & 255] ^ ahead[1][v>>48 & 255] ^ ahead[0][v>>56];
}

/* Continue crc (0 to start with) over n bytes at p. */
u32int crc32(u32int crc, const void *p, usize n)
{
	const uchar *s;
	u64int v;

	crc = ~crc;
	s = p;
	if(n >= Much){
		make();
		for(; n >= 8; n -= 8, s += 8){
			__builtin_memcpy(&v, s, 8);
			crc = eight(v ^ crc);
		}
	}
	for(; n > 0; n--)
		crc = crc>>8 ^ bytecrc((crc ^ *s++) & 255);
	return ~crc;
}

/*
 * A step for each word can be undone, so no change in one word alone escapes before the
 * halves are joined.  It takes a fifth of crc32's instructions.
 */
u32int quicksum(const void *p, usize n)
{
	const u64int odd = 0x9E3779B97F4A7C15UL;
	const uchar *s;
	u64int h, v;

	h = n;
	for(s = p; n >= 8; n -= 8, s += 8){
		__builtin_memcpy(&v, s, 8);
		h = (h ^ v)*odd;
		h = h<<29 | h>>35;
	}
	v = 0;
	__builtin_memcpy(&v, s, n);
	h = (h ^ v)*odd;
	return h ^ h>>32;
}
