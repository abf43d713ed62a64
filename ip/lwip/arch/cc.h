/*
 * cc.h: lwIP's view of its compiler and host, which here are lib.h's calls
 * and nothing else.  The headers of the standard library that lwIP includes
 * are those beside this folder.
 */
#pragma once
#include "u.h"
#include "lib.h"

typedef u8int u8_t;
typedef s8int s8_t;
typedef u16int u16_t;
typedef s16int s16_t;
typedef u32int u32_t;
typedef s32int s32_t;
typedef uvlong u64_t;
typedef vlong s64_t;
typedef uintptr mem_ptr_t;
typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef long ssize_t;

#define LWIP_NO_STDDEF_H 1
#define LWIP_NO_STDINT_H 1
#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_LIMITS_H 1
#define LWIP_NO_UNISTD_H 1
#define LWIP_NO_CTYPE_H 1
#define INT_MAX 0x7FFFFFFF
#define SSIZE_MAX 0x7FFFFFFFFFFFFFFFL

#define X8_F "x"
#define U16_F "d"
#define S16_F "d"
#define X16_F "x"
#define U32_F "ud"
#define S32_F "d"
#define X32_F "ux"
#define SZT_F "lud"

#define LWIP_PLATFORM_DIAG(x)
#define LWIP_PLATFORM_ASSERT(x) __builtin_trap()
#define mem_clib_calloc(n, size) mallocz((n)*(size), 1)

u32int iprand(void);
#define LWIP_RAND() iprand()
