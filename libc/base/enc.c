/*
 * Bytes as text in base 64, 32 and 16 (encode(2)).  The encoders terminate
 * and return the text's length, the decoders the number of bytes; both -1 if
 * the result does not fit in lim or the text is malformed.  base 64 is
 * RFC 4648's, with padding; base 32 leaves out 0, 1, l and o, and base 16
 * has capitals; the decoders of these two take either case.
 */
#include "u.h"
#include "lib.h"

int enc64(char *out, int lim, const uchar *in, int n);
int enc32(char *out, int lim, const uchar *in, int n);
int enc16(char *out, int lim, const uchar *in, int n);
int dec64(uchar *out, int lim, const char *in, int n);
int dec32(uchar *out, int lim, const char *in, int n);
int dec16(uchar *out, int lim, const char *in, int n);

static const char alpha64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alpha32[] = "23456789abcdefghijkmnpqrstuvwxyz";
static const char alpha16[] = "0123456789ABCDEF";

/* bits per character; padded up to a multiple of pad characters */
static int encode(char *out, int lim, const uchar *in, int n, const char *alpha, int bits, int pad)
{
	vlong len;
	uint acc, have;
	char *p;
	int i;

	if(n < 0)
		return -1;
	len = ((vlong)n*8 + bits-1)/bits;
	len = (len + pad-1)/pad*pad;
	if(len >= lim)
		return -1;
	acc = 0;
	have = 0;
	p = out;
	for(i = 0; i < n; i++){
		acc = acc<<8 | in[i];
		for(have += 8; have >= (uint)bits; have -= bits)
			*p++ = alpha[acc>>(have-bits) & ((1<<bits)-1)];
	}
	if(have > 0)
		*p++ = alpha[acc<<(bits-have) & ((1<<bits)-1)];
	while(p < out+len)
		*p++ = '=';
	*p = 0;
	return len;
}

/* The value of character c, or -1; without regard to case unless the alphabet has both. */
static int value(int c, const char *alpha, int bits)
{
	const char *p;

	if(bits == 4 && c >= 'a' && c <= 'z')
		c += 'A'-'a';
	if(bits == 5 && c >= 'A' && c <= 'Z')
		c += 'a'-'A';
	if(c == 0 || (p = strchr(alpha, c)) == nil)
		return -1;
	return p-alpha;
}

static int decode(uchar *out, int lim, const char *in, int n, const char *alpha, int bits)
{
	uint acc, have;
	int i, v, len, ended;

	acc = 0;
	have = 0;
	len = 0;
	ended = 0;
	for(i = 0; i < n; i++){
		if(in[i] == '\n' || in[i] == '\r' || in[i] == ' ' || in[i] == '\t')
			continue;
		if(in[i] == '=' && bits == 6){
			ended = 1;
			continue;
		}
		v = value(in[i], alpha, bits);
		if(v < 0 || ended)
			return -1;
		acc = acc<<bits | v;
		have += bits;
		if(have >= 8){
			have -= 8;
			if(len >= lim)
				return -1;
			out[len++] = acc>>have;
		}
	}
	return have < (uint)bits? len: -1;
}

int enc64(char *out, int lim, const uchar *in, int n)
{
	return encode(out, lim, in, n, alpha64, 6, 4);
}

int enc32(char *out, int lim, const uchar *in, int n)
{
	return encode(out, lim, in, n, alpha32, 5, 1);
}

int enc16(char *out, int lim, const uchar *in, int n)
{
	return encode(out, lim, in, n, alpha16, 4, 1);
}

int dec64(uchar *out, int lim, const char *in, int n)
{
	return decode(out, lim, in, n, alpha64, 6);
}

int dec32(uchar *out, int lim, const char *in, int n)
{
	return decode(out, lim, in, n, alpha32, 5);
}

int dec16(uchar *out, int lim, const char *in, int n)
{
	return decode(out, lim, in, n, alpha16, 4);
}
