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
 * by one processor at a time; it must not sleep, wake or print, and returns
 * the bytes taken.  At most one Consout may be short of room: it has room and
 * poll; the others, such as a screen, take all.  Text has \n alone at the end
 * of a line.
 */
struct Consout {
	int (*put)(Consout*, char *s, int n);
	int (*room)(Consout*);		/* would put take something; without locks.  nil: always */
	void (*poll)(Consout*);		/* try to make room, without interrupts */
	void *aux;
	Consout *next;
};
void consoutadd(Consout*, int last);	/* last: from now on machputs is not needed for ordinary output */
void consroom(void);			/* a Consout has room again; any level */

/* input, any level: bytes taken; less than n when typed ahead too much */
int consinput(char *p, int n);
int consinroom(void);			/* bytes consinput would take now */
