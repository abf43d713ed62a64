/*
 * check.h: what the checked kernel (build/pintle-check.elf, see man/8/check)
 * adds, and nothing in the usual one.
 */
#pragma once
#ifdef CHECKED
enum {
	ShadowFree = 0xfd,	/* freed, or never given out */
	ShadowEdge = 0xfe,	/* past the end of an object */
	Heldmax = 24,		/* QLocks one process may hold */
};
typedef struct Lockheld Lockheld;
struct Lockheld {
	void *lock;
	uintptr pc;
};

/* shadow.c: which bytes of the direct map may be used */
usize shadowsize(u64int mem);		/* bytes of shadow that mem bytes of memory need */
void shadowinit(void *room, u64int mem);
void shadowset(void *p, usize n, int value);	/* 0: may be used; else Shadow... */
void shadowobject(void *p, usize n, usize room);	/* n of room bytes may be used */
void shadowfree(void *p, uintptr pc);	/* p, an object's start, is freed: or panic */
void *quarantine(void *p);		/* hold p back; the object to be freed instead, or nil */

/* order.c: the order of locks */
struct Proc;
void orderlock(void *l, uintptr pc, int try);	/* a Lock has been taken, interrupts are off */
void orderunlock(void *l);
void orderqlock(void *l, uintptr pc, int try);	/* a QLock or RWLock, before it is taken */
void orderqunlock(void *l);
void ordersleep(void);			/* the caller is about to sleep */uintptr allocsite(void *p, usize *off);	/* malloc.c: who made the object p lies in, and where in it; 0: none */

void checkself(void);			/* self.c */
#else
#define shadowset(p, n, value) ((void)0)
#define shadowobject(p, n, room) ((void)0)
#define orderlock(l, pc, try) ((void)0)
#define orderunlock(l) ((void)0)
#define orderqlock(l, pc, try) ((void)0)
#define orderqunlock(l) ((void)0)
#define ordersleep() ((void)0)
#define checkself() ((void)0)
#endif
