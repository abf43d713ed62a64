/*
 * early.c: output that depends on nothing: to the first serial port by
 * polling, and to the screen once its driver has said how.  For the time
 * before there are drivers, and for panics.  No locks.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "x86.h"
#include "pc.h"

enum {
	Com1 = 0x3f8,
	Data = 0, Ier = 1, Fcr = 2, Lcr = 3, Mcr = 4, Lsr = 5, Scratch = 7,
	Dlab = 0x80, Thre = 0x20, Fifosize = 16,
	Patience = 1000000,	/* polls of a line that takes nothing: it is given up */
};

void (*screenputs)(char*, int);
static int there;

void machputsinit(void)
{
	outb(Com1+Scratch, 0x5a);
	if(inb(Com1+Scratch) != 0x5a)
		return;
	there = 1;
	outb(Com1+Ier, 0);
	outb(Com1+Lcr, Dlab);
	outb(Com1+Data, 1);	/* 115200 baud */
	outb(Com1+Ier, 0);
	outb(Com1+Lcr, 3);	/* 8 bits, no parity */
	outb(Com1+Fcr, 7);
	outb(Com1+Mcr, 3);
}

/* The transmit queue is empty, or that has been waited for long enough. */
static int ready(void)
{
	int i;

	for(i = 0; i < Patience; i++)
		if(inb(Com1+Lsr) & Thre)
			return 1;
	return 0;
}

static void serialputs(char *s, int n)
{
	int room;

	room = 0;
	while(n > 0){
		if(room < 2){
			if(!ready())
				return;
			room = Fifosize;
		}
		if(*s == '\n'){
			outb(Com1+Data, '\r');
			room--;
		}
		outb(Com1+Data, *s++);
		room--;
		n--;
	}
}

void machputs(char *s, int n)
{
	if(there)
		serialputs(s, n);
	if(screenputs != nil)
		screenputs(s, n);
}
