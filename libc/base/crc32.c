/* crc32: the checksum of IEEE 802.3 (gzip, Ethernet), four bits at a time. */
#include "u.h"
#include "lib.h"

/* crcs of the sixteen nibbles, polynomial 0xEDB88320 reflected */
static const u32int nibble[16] = {
	0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
	0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
	0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
	0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
};

/* Continue crc (0 to start with) over n bytes at p. */
u32int crc32(u32int crc, const void *p, usize n)
{
	const uchar *s;

	crc = ~crc;
	for(s = p; n > 0; n--){
		crc ^= *s++;
		crc = crc>>4 ^ nibble[crc & 15];
		crc = crc>>4 ^ nibble[crc & 15];
	}
	return ~crc;
}
