/*
 * lock.h: locks of user programs, lock(2).  Zeroed memory is a free lock.
 * They work between all processes that share the memory (rfork RFMEM), and
 * between the threads of thread(2) in so far as a thread that waits blocks
 * its whole process, except in QLock, RWLock and Rendez of a threaded
 * program, where only the thread waits.
 */
#pragma once
typedef struct Lock Lock;
typedef struct QLock QLock;
typedef struct RWLock RWLock;
typedef struct Rendez Rendez;
typedef struct QLp QLp;
typedef struct Ref Ref;

struct Lock {
	s32int val;	/* 1 while held */
	s32int spare;
};

struct QLock {
	Lock lock;	/* protects the rest */
	s32int locked;
	QLp *head;	/* those that wait, in order */
	QLp *tail;
};

struct RWLock {
	Lock lock;
	s32int readers;
	s32int writer;
	QLp *head;
	QLp *tail;
};

struct Rendez {
	QLock *l;	/* set by the program before use */
	QLp *head;
	QLp *tail;
};

struct Ref {
	long ref;
};
