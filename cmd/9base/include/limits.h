/* limits.h: of LP64 */
#pragma once
#define CHAR_BIT 8
#define UCHAR_MAX 0xff
#define SHRT_MAX 0x7fff
#define USHRT_MAX 0xffff
#define INT_MAX 0x7fffffff
#define INT_MIN (-INT_MAX-1)
#define UINT_MAX 0xffffffffU
#define LONG_MAX 0x7fffffffffffffffL
#define LONG_MIN (-LONG_MAX-1)
#define MB_LEN_MAX 4
