/*
 * print.c: kernel messages and the way of all console output.
 *
 * Text goes to the kmesg ring (kernel messages only), to the reader of
 * #c/kprint if there is one, else to every Consout; before there is a Consout
 * to be relied on, and in a panic, to machputs.  kprint is called under any
 * lock and at any level: it takes only outlk and, below, a Consout's lock, and
 * wakes nobody.  Each call's text stays together.  When the console does not
 * take it, kprint polls for a while and then drops the text; it stays in
 * kmesg.  Processes' output (consput) waits instead, in console.c.
 *
 * Locks: outlk guards all that is here.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "cons.h"
#include "console.h"

enum {
	Kmesglen = 16*KiB,	/* a power of two */
	Kprintlen = 8*KiB,	/* likewise */
	Linelen = 512,
	Pollmax = 200000,
};

typedef struct Ring Ring;
struct Ring {
	u64int w;	/* bytes ever written */
	u64int r;	/* kprint: bytes taken */
	u32int size;
	char *buf;
};

static char kmesgbuf[Kmesglen], kprintbuf[Kprintlen];
static Ring kmesg = { .size = Kmesglen, .buf = kmesgbuf };
static Ring kprintq = { .size = Kprintlen, .buf = kprintbuf };
static Lock outlk;
static Consout *outs;
static Consout *slow;		/* the one that may be short of room */
static u8int late;		/* machputs is not needed */
static u8int panicking;
static u8int stuck;		/* polling was given up; not to be tried again until there is room */
static u8int diverted;		/* #c/kprint is open */
static int column;

static void ringput(Ring *q, char *s, int n)
{
	for(; n > 0; n--)
		q->buf[q->w++ & (q->size-1)] = *s++;
}

/* moves the output column, for the line editor's tabs */
static void advance(char *s, int n)
{
	for(; n > 0; n--, s++)
		if(*s == '\n' || *s == '\r')
			column = 0;
		else if(*s == '\b')
			column -= column > 0;
		else if(*s == '\t')
			column = (column|7) + 1;
		else if((uchar)*s >= ' ' && (*s & 0xC0) != 0x80)
			column++;
}

/* offers text to the Consouts; the bytes that all have taken */
static int output(char *s, int n)
{
	Consout *o;

	if(slow)
		n = slow->put(slow, s, n);
	for(o = outs; o; o = o->next)
		if(o != slow)
			o->put(o, s, n);
	advance(s, n);
	return n;
}

static void outputall(char *s, int n)
{
	int i, m;

	for(i = 0; n > 0; i++){
		m = output(s, n);
		s += m;
		n -= m;
		if(m > 0){
			stuck = 0;
			i = 0;
		}
		if(n == 0 || slow == nil)
			break;
		if(stuck || i >= Pollmax){
			stuck = 1;
			break;
		}
		if(slow->poll)
			slow->poll(slow);
	}
}

/* kernel text to where it belongs.  Any level */
static void emit(char *s, int n)
{
	if(panicking || lockheld(&outlk)){
		ringput(&kmesg, s, n);
		machputs(s, n);
		return;
	}
	lock(&outlk);
	ringput(&kmesg, s, n);
	if(diverted)
		ringput(&kprintq, s, n);
	else{
		if(!late)
			machputs(s, n);
		outputall(s, n);
	}
	unlock(&outlk);
}

/* formats into one piece, cut at Linelen.  Any level */
static int vkprint(char *fmt, va_list args)
{
	char buf[Linelen];
	int n;

	n = vsnprint(buf, sizeof buf, fmt, args);
	emit(buf, n);
	return n;
}

void kprint(char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vkprint(fmt, args);
	va_end(args);
}

int print(char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vkprint(fmt, args);
	va_end(args);
	return n;
}

/*
 * From now on nothing is locked: the other processors stand still, maybe in
 * here.  What the console has not sent yet goes first.
 */
void printpanic(void)
{
	int i;

	if(panicking)
		return;
	panicking = 1;
	if(slow && slow->poll)
		for(i = 0; i < Pollmax/10; i++)
			slow->poll(slow);
}

int printpanicking(void)
{
	return panicking;
}

void consoutadd(Consout *o, int last)
{
	lock(&outlk);
	o->next = outs;
	outs = o;
	if(o->room && slow == nil)
		slow = o;
	if(last)
		late = 1;
	unlock(&outlk);
}

/* a process's text to the console: the bytes that there was room for, 0 if none */
int consoutput(char *s, int n)
{
	lock(&outlk);
	if(!late && slow == nil)
		machputs(s, n);
	n = output(s, n);
	if(n > 0)
		stuck = 0;
	unlock(&outlk);
	return n;
}

/* would consoutput take something; without locks */
int consoutroom(void)
{
	return slow == nil || slow->room(slow);
}

int conscolumn(void)
{
	return column;
}

/* copies out from position off of what the ring still has */
static int ringget(Ring *q, u64int from, char *buf, int n)
{
	int i;

	for(i = 0; i < n && from+i < q->w; i++)
		buf[i] = q->buf[(from+i) & (q->size-1)];
	return i;
}

/* kernel messages from off, 0 being the oldest kept: bytes */
int kmesgread(char *buf, int n, vlong off)
{
	u64int start;

	if(off < 0 || off >= Kmesglen)
		return 0;
	lock(&outlk);
	start = kmesg.w > Kmesglen ? kmesg.w-Kmesglen : 0;
	n = ringget(&kmesg, start+off, buf, n);
	unlock(&outlk);
	return n;
}

void kmesgclear(void)
{
	lock(&outlk);
	memset(kmesgbuf, 0, sizeof kmesgbuf);
	kmesg.w = 0;
	unlock(&outlk);
}

/* kernel messages to #c/kprint instead of the console, and back: 0, -1 when they already go there */
int kprintdivert(int on)
{
	int r;

	lock(&outlk);
	r = on && diverted ? -1 : 0;
	if(r == 0){
		diverted = on;
		kprintq.r = kprintq.w;
	}
	unlock(&outlk);
	return r;
}

/* diverted messages: bytes, 0 when there are none now.  The oldest are lost when not read */
int kprintread(char *buf, int n)
{
	lock(&outlk);
	if(kprintq.w - kprintq.r > Kprintlen)
		kprintq.r = kprintq.w - Kprintlen;
	n = ringget(&kprintq, kprintq.r, buf, n);
	kprintq.r += n;
	unlock(&outlk);
	return n;
}
