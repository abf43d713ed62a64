/* word.h: memory as words, wherever it lies, for mem.c and str.c */
#pragma once

typedef struct { u64int v; } __attribute__((packed, may_alias)) W64;
typedef struct { u32int v; } __attribute__((packed, may_alias)) W32;
typedef struct { u16int v; } __attribute__((packed, may_alias)) W16;

#define get64(p) (((const W64*)(const void*)(p))->v)
#define get32(p) (((const W32*)(const void*)(p))->v)
#define get16(p) (((const W16*)(const void*)(p))->v)
#define put64(p, x) (((W64*)(void*)(p))->v = (x))
#define put32(p, x) (((W32*)(void*)(p))->v = (x))
#define put16(p, x) (((W16*)(void*)(p))->v = (x))

#define ONES 0x0101010101010101UL
/* not 0 if a byte of w is 0; the lowest bit set is then in the first of them */
#define haszero(w) (((w) - ONES) & ~(w) & ONES<<7)

/* Can eight bytes at p be read, whatever is in the next page? */
#define inpage(p) (((uintptr)(p) & 4095) <= 4096-8)
