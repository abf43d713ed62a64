/*
 * uart.c: what all serial lines have in common: their rings, and the line
 * that is the console.
 *
 * The console is the first line added, or the one that the boot argument
 * `console` names (eia0, eia1, …; `screen`: none).  Its input does not go
 * through its ring but straight to console.c; its output ring is shared by
 * kprint and processes.
 *
 * Locks: u->lk, see uart.h; under it only in.lk of console.c is taken.  The
 * list of lines is made at boot and never changes.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "9p.h"
#include "uart.h"
#include "cons.h"
#include "console.h"

enum {
	Xon = 'Q' & 0x1f,
	Xoff = 'S' & 0x1f,
};

static Uart *uarts;
static Uart *consuart;
static Consout consline;

static u32int used(Uartring *q)
{
	return q->w - q->r;
}

static u32int room(Uartring *q)
{
	return UARTRING - used(q);
}

static void ringput(Uartring *q, int c)
{
	q->buf[q->w++ & (UARTRING-1)] = c;
}

Uart *uartunit(int unit)
{
	Uart *u;

	for(u = uarts; u; u = u->next)
		if(u->unit == unit)
			break;
	return u;
}

/* --- the console's line --- */

static int consoutput1(Consout *o, char *s, int n)
{
	Uart *u;
	int i;

	u = o->aux;
	if(lockheld(&u->lk))
		return n;	/* printed by its own driver: lost here, kept in kmesg */
	lock(&u->lk);
	for(i = 0; i < n && room(&u->out) >= 2; i++){
		if(s[i] == '\n')
			ringput(&u->out, '\r');
		ringput(&u->out, s[i]);
	}
	u->ops->kick(u);
	unlock(&u->lk);
	return i;
}

static int consroomleft(Consout *o)
{
	Uart *u;

	u = o->aux;
	return room(&u->out) >= 2;
}

static void conspoll(Consout *o)
{
	Uart *u;

	u = o->aux;
	if(printpanicking() || lockheld(&u->lk)){
		u->ops->poll(u);
		return;
	}
	lock(&u->lk);
	u->ops->poll(u);
	unlock(&u->lk);
}

static int isconsole(Uart *u)
{
	char name[16], *want;

	if(consuart)
		return 0;
	want = bootarg("console");
	if(want == nil || *want == 0)
		return 1;
	snprint(name, sizeof name, "eia%d", u->unit);
	return strcmp(name, want) == 0;
}

static void consolestart(Uart *u)
{
	consuart = u;
	lock(&u->lk);
	u->console = 1;
	u->enabled = 1;
	u->ops->enable(u);
	unlock(&u->lk);
	consline.put = consoutput1;
	consline.room = consroomleft;
	consline.poll = conspoll;
	consline.aux = u;
	consoutadd(&consline, 1);
}

int uartadd(Uart *u)
{
	Uart **l;

	for(l = &uarts; *l; l = &(*l)->next)
		if((*l)->unit == u->unit)
			return seterr(Einuse);
	*l = u;
	if(isconsole(u))
		consolestart(u);
	return 0;
}

/* --- for drivers; u->lk held --- */

u32int uartroom(Uart *u)
{
	return u->console ? (u32int)MAX(0, consinroom()) : room(&u->in);
}

/* takes flow control characters out; whether c was one */
static int flowchar(Uart *u, int c)
{
	if(!u->xonxoff || (c != Xon && c != Xoff))
		return 0;
	u->blocked = c == Xoff;
	if(!u->blocked)
		u->ops->kick(u);
	return 1;
}

void uartput(Uart *u, uchar *p, u32int n)
{
	u32int i;

	if(u->console){
		u->nsoft += n - constake((char*)p, n);
		return;
	}
	for(i = 0; i < n; i++){
		if(flowchar(u, p[i]))
			continue;
		if(room(&u->in) > 0)
			ringput(&u->in, p[i]);
		else
			u->nsoft++;
	}
}

u32int uarttake(Uart *u, uchar *p, u32int n)
{
	u32int i;

	if(u->blocked)
		return 0;
	for(i = 0; i < n && used(&u->out) > 0; i++)
		p[i] = u->out.buf[u->out.r++ & (UARTRING-1)];
	return i;
}

/* --- not locked --- */

/* ends the use of a line whose last user has gone, when its output has too */
static void closewhenidle(Uart *u)
{
	lock(&u->lk);
	if(u->closing && u->nopen == 0 && used(&u->out) == 0){
		u->closing = 0;
		u->enabled = 0;
		u->ops->disable(u);
	}
	unlock(&u->lk);
}

void uartwake(Uart *u)
{
	if(u->console){
		conswake();
		if(used(&u->out) <= UARTRING/2)
			consroom();
		return;
	}
	wakeup(&u->rr);
	if(used(&u->out) <= UARTRING/2)
		wakeup(&u->wr);
	if(u->closing)
		closewhenidle(u);
}

void uartresume(Uart *u)
{
	int was;

	lock(&u->lk);
	was = u->rxoff;
	if(was && uartroom(u) > 0){
		u->rxoff = 0;
		u->ops->rxon(u);
	}
	unlock(&u->lk);
	if(was)
		uartwake(u);
}

void uartconsroom(void)
{
	if(consuart && consuart->rxoff)
		uartresume(consuart);
}

int uartconsidle(void)
{
	return consuart == nil || used(&consuart->out) == 0;
}
