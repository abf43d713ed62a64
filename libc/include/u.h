/*
 * u.h: the basic types, the same in the kernel, in user programs and in the
 * host builds of the portable parts.  Every source file includes it first.
 * It includes nothing but the compiler's own <stdarg.h>, and every typedef
 * that glibc also makes is made identically, so host tests may mix the two.
 */
#pragma once
#include <stdarg.h>

#define nil ((void*)0)

typedef unsigned char uchar;
typedef signed char schar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
typedef long long vlong;
typedef unsigned long long uvlong;

typedef unsigned char u8int;
typedef unsigned short u16int;
typedef unsigned int u32int;
typedef unsigned long u64int;
typedef signed char s8int;
typedef short s16int;
typedef int s32int;
typedef long s64int;

typedef unsigned long usize;
typedef long ssize;
typedef unsigned long uintptr;

typedef u32int Rune;	/* a Unicode code point, 21 bits used */

#define nelem(a) (sizeof(a)/sizeof((a)[0]))
#define USED(x) ((void)(x))
#define noreturn_ __attribute__((noreturn))
#define mustcheck __attribute__((warn_unused_result))
