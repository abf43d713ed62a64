/*
 * lock.h: locks of user programs, lock(2).  Zeroed memory is a free lock.
 * They work between all processes that share the memory (rfork RFMEM).  In a
 * program of thread(2), a thread that waits for a QLock, an RWLock or in a
 * Rendez lets the other threads of its process run; Lock blocks the process.
 */
#pragma once
typedef struct Lock Lock;
typedef struct QLock QLock;
typedef struct RWLock RWLock;
typedef struct Rendez Rendez;
typedef struct QLp QLp;
typedef struct QLq QLq;
typedef struct Ref Ref;

struct Lock {
	long users;	/* who holds it and those that wait */
	long sem;	/* unlock's hand-over to one that waits */
};

struct QLq {	/* those that wait, in order */
	QLp *head;
	QLp *tail;
};

struct QLock {
	int locked;	/* changes atomically; to what somebody waits for, under lock */
	Lock lock;	/* protects the rest */
	QLq q;
};

struct RWLock {
	Lock lock;
	int readers;
	int writer;
	QLq q;
};

struct Rendez {
	QLock *l;	/* set by the program before use */
	QLq q;
};

struct Ref {
	long ref;
};
