/*
 * timerq.h: a processor's timers, between timer.c and sched.c.
 */
#pragma once
typedef struct Timerq Timerq;
struct Timerq {
	Lock lk;
	Timer *top;
	Timer *running;		/* whose f is being called */
	u8int again;		/* and it is to be added again after */
	vlong tick;		/* when schedtick is called next, -1: not.  This processor's, interrupts off */
	vlong armed;		/* what the clock is set to */
};
enum { MAXMS = 0x7fffffff };	/* longest sleep or alarm: 24 days */

void timerqinit(Timerq*);	/* of this processor */
void timertick(vlong when);	/* have schedtick called, if it is not already to be */
