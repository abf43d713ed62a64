/*
 * tos.h: what the kernel leaves at the top of a new program's stack.  At
 * entry rdi holds the address of a Tos, rsp points at argc (8 bytes),
 * followed by argv[0..argc-1] and a nil.  The stack is private to each
 * process even under rfork(RFMEM), and at the same address in all, so
 * the Tos is also the place for per-process data.
 */
#pragma once
typedef struct Tos Tos;
struct Tos {
	u64int cyclefreq;	/* TSC ticks per second, 0 if unknown */
	u64int kcycles;		/* TSC ticks spent in the kernel */
	u64int pcycles;		/* TSC ticks spent in all */
	u32int pid;
	u32int ncpu;		/* processors at exec */
	u64int clock;		/* ms of user time, counted when profiling */
	void *priv[16];		/* the user library's, privalloc(2) */
	char err[128];		/* the user library's error buffer */
};
