/* sys.h: what libc's own parts share and programs do not see */
#pragma once

extern void (*fatalexit)(char *status);	/* how sysfatal ends the program */

int _rfork(int flags);
int _brk(void *end);
int brkcut(void *from, void *to);	/* lower the end of the data segment if it is at from */

/*
 * A process, or a thread of thread(2), that waits for a QLock and the like.
 * They come from shared memory: a process's stack is its own.
 */
struct QLp {
	QLp *next;
	int writer;	/* waits to write (RWLock) */
	void *thread;	/* the thread that waits; nil: a whole process */
	long sem;	/* where a process waits */
};
/* set by thread(2): who runs (nil: no thread), wait until woken, wake */
extern void *(*qself)(void);
extern void (*qpark)(void);
extern void (*qunpark)(void *thread);

/* privalloc slots taken by the library itself */
enum {
	PrivThread = 0,
	PrivFree = 1,	/* the first free one */
};

/* read a small file into buf, terminate; bytes, or -1 */
long readsmall(char *file, char *buf, long n);
