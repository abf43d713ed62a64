/*
 * fuzz.h: what the targets of this folder share: the fuzzer's bytes taken
 * one after the other.  Past the end they are zeros.
 */
#pragma once

typedef struct Bytes Bytes;
struct Bytes {
	const uchar *p, *e;
};

static inline int more(Bytes *b)
{
	return b->p < b->e;
}

static inline u8int take1(Bytes *b)
{
	return b->p < b->e? *b->p++: 0;
}

static inline u32int take2(Bytes *b)
{
	u32int v;

	v = take1(b);
	return v | take1(b)<<8;
}

/* up to n bytes to p; how many there were */
static inline u32int taken(Bytes *b, void *p, u32int n)
{
	if(n > (usize)(b->e - b->p))
		n = b->e - b->p;
	memmove(p, b->p, n);
	b->p += n;
	return n;
}

/*
 * A message to a server: its size, type and a small tag are put right, so
 * that the fuzzer need not find them, or it is raw.  m has room for
 * Maxmessage bytes; their number.  For targets that include 9p.h.
 */
enum { Maxmessage = 7+255+256 };
#ifdef VERSION9P
static inline u32int message(Bytes *b, uchar *m)
{
	u32int n;
	u8int type;

	memset(m, 0, Maxmessage);
	type = take1(b);
	n = take1(b);
	if(type & 0x80){
		n = taken(b, m, n);
		return n < 7? 7: n;
	}
	m[4] = Tversion + 2*(type%14);
	m[5] = type>>4 & 7;
	if(m[4] == Twrite && n > 200)
		n += 256;
	n = 7+taken(b, m+7, n);
	m[0] = n;
	m[1] = n>>8;
	return n;
}
#endif

/* the property that must hold, whatever the bytes */
#define must(e) ((e)? (void)0: __builtin_trap())

int LLVMFuzzerTestOneInput(const uchar *p, usize n);
