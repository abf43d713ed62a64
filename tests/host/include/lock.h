/*
 * lock.h: locks for parts that run under Linux, in tests.  Lock spins and
 * yields; QLock is a pthread mutex, which is not named here so that glibc's
 * headers stay out of the tested sources.  Zeroed memory is a free lock.
 */
#pragma once
typedef struct Lock Lock;
typedef struct QLock QLock;

struct Lock {
	int held;
};

struct QLock {
	unsigned long mutex[6];
};
