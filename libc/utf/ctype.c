/* ctype.c: the table behind ctype.h; its first entry is for -1. */
#include "u.h"
#include "libc.h"
#include "ctype.h"

const uchar ctypes_[257] = {
	[1+0 ... 1+8] = CtCntrl,
	[1+'\t' ... 1+'\r'] = CtCntrl|CtSpace,
	[1+14 ... 1+31] = CtCntrl,
	[1+' '] = CtSpace|CtBlank,
	[1+'!' ... 1+'/'] = CtPunct,
	[1+'0' ... 1+'9'] = CtDigit|CtHex,
	[1+':' ... 1+'@'] = CtPunct,
	[1+'A' ... 1+'F'] = CtUpper|CtHex,
	[1+'G' ... 1+'Z'] = CtUpper,
	[1+'[' ... 1+'`'] = CtPunct,
	[1+'a' ... 1+'f'] = CtLower|CtHex,
	[1+'g' ... 1+'z'] = CtLower,
	[1+'{' ... 1+'~'] = CtPunct,
	[1+127] = CtCntrl,
};

int toupper(int c)
{
	return c >= 'a' && c <= 'z'? c-'a'+'A': c;
}

int tolower(int c)
{
	return c >= 'A' && c <= 'Z'? c-'A'+'a': c;
}
