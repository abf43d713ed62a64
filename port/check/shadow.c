/*
 * shadow.c: the checked kernel's map of memory that may be used.
 *
 * The compiler (-fsanitize=kernel-address, with calls) has every load and
 * store of the kernel go through a function here first, and --wrap the
 * memory functions.  A byte of shadow stands for eight bytes of physical
 * memory, as they are seen in the direct map: 0, all may be used; 1 to 7,
 * the first so many; Shadow..., none.  Addresses elsewhere (the kernel's
 * image, devices) are not looked at.  page.c and malloc.c keep the shadow,
 * and are themselves compiled without checks, as this file is.
 *
 * Freed objects are held back in a ring, so that a late use meets the shadow
 * and not the next owner.
 *
 * Locks: ring.lk, a leaf.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "check.h"

enum {
	Grain = 8,
	Nring = 2048,
};

static u8int *shadow;
static u64int top;		/* bytes of memory it stands for */

static struct {
	Lock lk;
	void *p[Nring];
	u32int next;
} ring;

usize shadowsize(u64int mem)
{
	return PGROUND(mem/Grain);
}

void shadowinit(void *room, u64int mem)
{
	memset(room, 0, shadowsize(mem));
	shadow = room;
	top = mem;
}

static u8int *shadowof(void *p)
{
	u64int a;

	a = (uintptr)p - DMAPBASE;
	return shadow != nil && a < top? &shadow[a/Grain]: nil;
}

void shadowset(void *p, usize n, int value)
{
	u8int *s;

	if((s = shadowof(p)) != nil)
		memset(s, value, n/Grain);
}

void shadowobject(void *p, usize n, usize room)
{
	u8int *s;

	if((s = shadowof(p)) == nil)
		return;
	memset(s, 0, n/Grain);
	if(n%Grain != 0)
		s[n/Grain] = n%Grain;
	n = (n+Grain-1)/Grain;
	memset(s+n, ShadowEdge, room/Grain - n);
}

void shadowfree(void *p, uintptr pc)
{
	u8int *s;

	s = shadowof(p);
	if(s != nil && *s == ShadowFree)
		panic("free: freed twice: %p, from %#lux", p, (ulong)pc);
}

void *quarantine(void *p)
{
	void *old;
	u32int i;

	lock(&ring.lk);
	i = ring.next++%Nring;
	old = ring.p[i];
	ring.p[i] = p;
	unlock(&ring.lk);
	return old;
}

static noreturn_ void report(uintptr a, usize n, int write, uintptr pc)
{
	char *s;
	uintptr off;
	u8int v;

	v = *shadowof((void*)a);
	shadow = nil;	/* the panic itself is not to be checked */
	off = 0;
	s = symname(pc, &off);
	panic("%s of %lud bytes at %#lux, which %s (shadow %#ux), by %s+%#lux", write? "write": "read", (ulong)n, (ulong)a,
		v == ShadowFree? "is free": "lies past the end of an object", v, s != nil? s: "?", (ulong)off);
}

/* may the n bytes at a be used? */
static inline void check(uintptr a, usize n, int write, uintptr pc)
{
	uintptr last;
	u8int *s, *e, v;

	if(n == 0 || (s = shadowof((void*)a)) == nil)
		return;
	last = a+n-1;
	if((e = shadowof((void*)last)) == nil)
		return;
	for(; s < e; s++)
		if(*s != 0)
			report((s-shadow)*Grain + DMAPBASE, n, write, pc);
	v = *e;
	if(v != 0 && (v >= Grain || last%Grain >= v))
		report(last, n, write, pc);
}

#define here() ((uintptr)__builtin_return_address(0))
#define FIXED(n) \
	void __asan_load##n##_noabort(uintptr); \
	void __asan_store##n##_noabort(uintptr); \
	void __asan_load##n##_noabort(uintptr a) { check(a, n, 0, here()); } \
	void __asan_store##n##_noabort(uintptr a) { check(a, n, 1, here()); }

FIXED(1)
FIXED(2)
FIXED(4)
FIXED(8)
FIXED(16)

void __asan_loadN_noabort(uintptr, usize);
void __asan_storeN_noabort(uintptr, usize);
void __asan_handle_no_return(void);

void __asan_loadN_noabort(uintptr a, usize n)
{
	check(a, n, 0, here());
}

void __asan_storeN_noabort(uintptr a, usize n)
{
	check(a, n, 1, here());
}

void __asan_handle_no_return(void)
{
}

/* --- the memory functions, by ld --wrap --- */
void *__real_memmove(void*, const void*, usize);
void *__real_memset(void*, int, usize);
int __real_memcmp(const void*, const void*, usize);
void *__wrap_memmove(void*, const void*, usize);
void *__wrap_memcpy(void*, const void*, usize);
void *__wrap_memset(void*, int, usize);
int __wrap_memcmp(const void*, const void*, usize);

void *__wrap_memmove(void *d, const void *s, usize n)
{
	check((uintptr)s, n, 0, here());
	check((uintptr)d, n, 1, here());
	return __real_memmove(d, s, n);
}

void *__wrap_memcpy(void *d, const void *s, usize n)
{
	check((uintptr)s, n, 0, here());
	check((uintptr)d, n, 1, here());
	return __real_memmove(d, s, n);
}

void *__wrap_memset(void *d, int c, usize n)
{
	check((uintptr)d, n, 1, here());
	return __real_memset(d, c, n);
}

int __wrap_memcmp(const void *a, const void *b, usize n)
{
	check((uintptr)a, n, 0, here());
	check((uintptr)b, n, 0, here());
	return __real_memcmp(a, b, n);
}
