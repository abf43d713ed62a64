/*
 * cons.h: the console, between the drivers and #c.
 *
 * Output goes to a ring of kernel messages and to every Consout; input comes
 * from drivers, at any interrupt level.
 */
#pragma once
typedef struct Consout Consout;

/*
 * A place where console output is shown.  put is called with interrupts off,
 * must not sleep or kprint, and returns the bytes taken; what it does not
 * take is offered again later: by a process that waits for consroom, or by
 * polling.  A screen takes all.  It is called by one processor at a time.
 * The text has \n alone at the end of a line.
 */
struct Consout {
	int (*put)(Consout*, char *s, int n);
	void (*poll)(Consout*);	/* try to make room without interrupts; nil: never short of room */
	void *aux;
	Consout *next;
};
void consoutadd(Consout*, int last);	/* last: from now on machputs is not needed for ordinary output */
void consroom(void);			/* a Consout has room again; any level */

/* input, any level: bytes taken; less than n when typed ahead too much */
int consinput(char *p, int n);
int consinroom(void);			/* bytes consinput would take now */
