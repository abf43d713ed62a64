/*
 * lock.h: the kernel's locks.
 *
 * Lock	spins with this processor's interrupts off; held for a few dozen
 *	instructions; nobody sleeps or touches user memory while holding one.
 * QLock	sleeps; may be held across a sleep; not from interrupts.
 * RWLock	sleeps; many readers or one writer, writers first.
 * Rendez	where processes wait for a condition.
 *
 * All are valid when zero.  Interrupts come back with the last Lock that the
 * processor lets go, so the order of unlocking is free.
 */
#pragma once
typedef struct Lock Lock;
typedef struct QLock QLock;
typedef struct RWLock RWLock;
typedef struct Rendez Rendez;
typedef struct Proc Proc;

struct Lock {
	u32int key;		/* 0: free; else the holder's Cpu.id+1 */
	uintptr pc;		/* who took it */
};

struct QLock {
	Lock use;		/* for what is below */
	Proc *owner;		/* its lowest bit: somebody waits */
	Proc *head, *tail;	/* waiting, linked by Proc.qnext */
};

struct RWLock {
	Lock use;
	s32int readers;
	Proc *writer;
	Proc *head, *tail;
};

struct Rendez {
	Lock use;
	Proc *head;		/* sleeping here, linked by Proc.rnext */
};

/* where Locks were waited for: lockstat.c */
void lockwaited(uintptr pc, u32int turns);	/* any level */
char *lockstattext(void);			/* malloced; nil: no memory */
void lockstatclear(void);
