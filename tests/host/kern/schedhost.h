/*
 * schedhost.h: included before everything (-include) in tests of locks,
 * scheduling, waiting and timers.  A processor is a thread, a process a stack
 * that moves between them.  Interrupts are taken where they are turned on:
 * kicks, and the clock when the time it is armed for is past.
 */
#pragma once
#include "khost.h"
#define sleep ksleep
#include "lib.h"

/* mach.h's inline functions are for the real machine */
#define splhi realsplhi
#define splx realsplx
#define islo realislo
#include "../../../port/kern.h"
#include "../../../port/mach.h"
#undef splhi
#undef splx
#undef islo
int splhi(void);
void splx(int on);
int islo(void);

int hostmain(int ncpu, void (*f)(void));	/* f as the first process; exits by itself when f returns */
extern u64int hostswitches;
u32int hostrand(u32int n);			/* 0..n-1; any process */
