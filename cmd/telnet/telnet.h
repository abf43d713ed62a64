/* telnet.h: the parts of telnet to each other */
#pragma once

enum {
	Answermax = 16,	/* bytes that a byte can be answered with */
};

typedef struct Proto Proto;
struct Proto {	/* what comes, a byte at a time */
	uchar state;
	uchar cmd;	/* WILL, WONT, DO, DONT */
	uchar sub;	/* the option of a subnegotiation, */
	uchar ask;	/* and its first byte */
	uchar subn;
	uchar cr;	/* the last byte was a carriage return */
	uchar echo;	/* the other side echoes: lines are not ours to edit */
	uchar sga;	/* it sends no go-aheads */
	uchar type;	/* we have said that we would tell our terminal's type */
	uchar answer[Answermax];	/* to be sent, */
	int nanswer;			/* so many bytes */
};

int protobyte(Proto *p, int c);	/* c has come: a byte to be shown, or -1; sets answer */
int protoout(uchar *to, uchar *from, int n);	/* n typed bytes, as they are sent: up to 2n; how many */
