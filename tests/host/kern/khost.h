/*
 * khost.h: included before everything (-include) in tests of kernel sources:
 * the kernel's lock.h instead of the user library's, and what khost.c lets a
 * test see.
 */
#pragma once
#include "../../../libc/include/u.h"
#define Lock UserLock
#define QLock UserQLock
#define RWLock UserRWLock
#define Rendez UserRendez
#define QLp UserQLp
#define QLq UserQLq
#define Ref UserRef
#include "../../../libc/include/lock.h"
#undef Lock
#undef QLock
#undef RWLock
#undef Rendez
#undef QLp
#undef QLq
#undef Ref
#include "../../../port/lock.h"

extern long khostfail;		/* >0: counts allocations down, the one that makes it 0 fails */
extern vlong khosttime;		/* what nsec and monons say */
struct Proc *khostproc(void);	/* from now on `up` works: the process, all zeros at first */
