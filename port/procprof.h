/*
 * procprof.h: the counts behind /proc/n/profile.  ms[0] is all user time
 * since profiling began, ms[i] that spent in the i'th ProfGrain bytes of text.
 */
#pragma once
typedef struct Prof Prof;
enum { ProfGrain = 8 };
struct Prof {
	uintptr base;
	u32int n;
	u32int ms[];
};
