/* ctype.h: classes of ASCII characters, ctype(2); arguments are -1 to 255. */
#pragma once

enum {
	CtUpper = 1<<0,
	CtLower = 1<<1,
	CtDigit = 1<<2,
	CtSpace = 1<<3,
	CtPunct = 1<<4,
	CtCntrl = 1<<5,
	CtBlank = 1<<6,	/* the blank itself */
	CtHex = 1<<7,
};

extern const unsigned char ctypes_[257];
int toupper(int c);
int tolower(int c);

#define ctype_(c, bits) (ctypes_[(c)+1] & (bits))
#define isalpha(c) ctype_(c, CtUpper|CtLower)
#define isupper(c) ctype_(c, CtUpper)
#define islower(c) ctype_(c, CtLower)
#define isdigit(c) ctype_(c, CtDigit)
#define isxdigit(c) ctype_(c, CtHex)
#define isspace(c) ctype_(c, CtSpace)
#define ispunct(c) ctype_(c, CtPunct)
#define isalnum(c) ctype_(c, CtUpper|CtLower|CtDigit)
#define isprint(c) ctype_(c, CtPunct|CtUpper|CtLower|CtDigit|CtBlank)
#define isgraph(c) ctype_(c, CtPunct|CtUpper|CtLower|CtDigit)
#define iscntrl(c) ctype_(c, CtCntrl)
#define isascii(c) ((unsigned)(c) < 128)
#define toascii(c) ((c) & 127)
#define _toupper(c) ((c) - 'a' + 'A')
#define _tolower(c) ((c) - 'A' + 'a')
