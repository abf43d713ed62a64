/*
 * uart8250.c: the PC's serial ports, 16550 and its ancestors (National
 * PC16550D data sheet).  COM1 is eia0, COM2 eia1.
 *
 * The transmit queue is filled whenever it has run empty, up to its 16
 * bytes; the transmit interrupt is on only while something is under way.
 * Received bytes that nobody has room for stay in the chip with its interrupt off,
 * so the other side waits, or overruns if it cannot.  All runs under Uart.lk.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "uart.h"
#include "x86.h"

enum {	/* registers */
	Data = 0, Divlo = 0, Divhi = 1, Ier = 1, Iir = 2, Fcr = 2, Lcr = 3, Mcr = 4, Lsr = 5, Msr = 6, Scratch = 7,
	IerRx = 1<<0, IerTx = 1<<1, IerLine = 1<<2, IerModem = 1<<3,
	IirNone = 1<<0, IirFifo = 3<<6,
	FcrOn = 1<<0, FcrReset = 3<<1,
	LcrStop2 = 1<<2, LcrParity = 1<<3, LcrEven = 1<<4, LcrBreak = 1<<6, LcrDiv = 1<<7,
	McrDtr = 1<<0, McrRts = 1<<1, McrIntr = 1<<3,
	LsrData = 1<<0, LsrOver = 1<<1, LsrParity = 1<<2, LsrFrame = 1<<3, LsrEmpty = 1<<5,
	MsrCts = 1<<4,
	Clock = 1843200,
	Fifosize = 16,
	Maxloop = 256,		/* rounds of one interrupt */
};

typedef struct Chip Chip;
struct Chip {
	Uart uart;
	int port;
	u8int ier, lcr, mcr;	/* as written */
	u8int fifo;		/* it has one */
};

static int get(Uart *u, int r)
{
	return inb(((Chip*)u)->port + r);
}

static void put(Uart *u, int r, int v)
{
	outb(((Chip*)u)->port + r, v);
}

static void setier(Uart *u, int on, int off)
{
	Chip *c;
	u8int v;

	c = (Chip*)u;
	v = (c->ier | on) & ~off;
	if(v != c->ier){
		c->ier = v;
		put(u, Ier, v);
	}
}

static void setlcr(Uart *u, int on, int off)
{
	Chip *c;

	c = (Chip*)u;
	c->lcr = (c->lcr & ~off) | on;
	put(u, Lcr, c->lcr);
}

static void setmcr(Uart *u, int bit, int on)
{
	Chip *c;

	c = (Chip*)u;
	c->mcr = on? c->mcr | bit: c->mcr & ~bit;
	put(u, Mcr, c->mcr);
}

/* Give the chip what it takes of what waits, if it is empty and may send. */
static void transmit(Uart *u)
{
	uchar buf[Fifosize];
	int i, n;

	if(u->curhwflow && !(get(u, Msr) & MsrCts)){
		setier(u, IerModem, IerTx);
		return;
	}
	if(!(get(u, Lsr) & LsrEmpty)){
		setier(u, IerTx, 0);
		return;
	}
	n = uarttake(u, buf, u->curfifo? Fifosize: 1);
	for(i = 0; i < n; i++)
		put(u, Data, buf[i]);
	if(n > 0)
		setier(u, IerTx, 0);
	else
		setier(u, 0, IerTx);
}

static void receive(Uart *u)
{
	uchar buf[64];
	int n, lsr;
	u32int room;

	n = 0;
	room = uartroom(u);
	while((lsr = get(u, Lsr)) & LsrData){
		if(room == 0){
			u->rxoff = 1;
			setier(u, 0, IerRx);
			if(u->curhwflow)
				setmcr(u, McrRts, 0);
			break;
		}
		u->noverrun += (lsr & LsrOver) != 0;
		u->nparity += (lsr & LsrParity) != 0;
		u->nframe += (lsr & LsrFrame) != 0;
		buf[n++] = get(u, Data);
		if(n == (int)MIN(room, sizeof buf)){
			uartput(u, buf, n);
			n = 0;
			room = uartroom(u);
		}
	}
	if(n > 0)
		uartput(u, buf, n);
}

/* The line to the interrupt controller is edge triggered: leave only when the chip asks for nothing. */
static void interrupt(Ureg *ur, void *arg)
{
	Uart *u;
	int i;

	USED(ur);
	u = arg;
	lock(&u->lk);
	for(i = 0; i < Maxloop && !(get(u, Iir) & IirNone); i++){
		receive(u);
		get(u, Msr);
		if(((Chip*)u)->ier & (IerTx|IerModem))
			transmit(u);
	}
	unlock(&u->lk);
	uartwake(u);
}

static void kick(Uart *u)
{
	if(!(((Chip*)u)->ier & IerTx))
		transmit(u);
}

static void rxon(Uart *u)
{
	if(u->curhwflow)
		setmcr(u, McrRts, u->currts);
	setier(u, IerRx, 0);
}

static int baud(Uart *u, int n)
{
	u32int div;

	if(n <= 0 || n > Clock/16)
		return -1;
	div = (Clock/8/n + 1)/2;
	if(div == 0 || div > 0xffff)
		return -1;
	setlcr(u, LcrDiv, 0);
	put(u, Divlo, div);
	put(u, Divhi, div>>8);
	setlcr(u, 0, LcrDiv);
	u->curbaud = n;
	return 0;
}

static int bits(Uart *u, int n)
{
	if(n < 5 || n > 8)
		return -1;
	setlcr(u, n-5, 3);
	u->curbits = n;
	return 0;
}

static int stop(Uart *u, int n)
{
	if(n != 1 && n != 2)
		return -1;
	setlcr(u, n == 2? LcrStop2: 0, LcrStop2);
	u->curstop = n;
	return 0;
}

static int parity(Uart *u, int p)
{
	if(p != 'n' && p != 'e' && p != 'o')
		return -1;
	setlcr(u, p == 'n'? 0: p == 'e'? LcrParity|LcrEven: LcrParity, LcrParity|LcrEven);
	u->curparity = p;
	return 0;
}

static void dtr(Uart *u, int on)
{
	setmcr(u, McrDtr, on);
	u->curdtr = on;
}

static void rts(Uart *u, int on)
{
	setmcr(u, McrRts, on);
	u->currts = on;
}

static void sendbreak(Uart *u, int on)
{
	setlcr(u, on? LcrBreak: 0, LcrBreak);
}

/* level: received bytes until it interrupts; one left behind interrupts after four characters' time */
static void fifo(Uart *u, int level)
{
	int v;

	if(!((Chip*)u)->fifo)
		return;
	v = level >= 14? 3: level >= 8? 2: level >= 4? 1: 0;
	put(u, Fcr, level > 0? FcrOn | v<<6: 0);
	u->curfifo = level;
}

static void hwflow(Uart *u, int on)
{
	u->curhwflow = on;
	setier(u, on? IerModem: 0, on? 0: IerModem);
	kick(u);
}

static void poll(Uart *u)
{
	transmit(u);
}

static int lines(Uart *u)
{
	int v;

	v = get(u, Msr)>>4;
	return (v & 1? UartCTS: 0) | (v & 2? UartDSR: 0) | (v & 4? UartRI: 0) | (v & 8? UartDCD: 0);
}

static void enable(Uart *u)
{
	fifo(u, u->curfifo);
	setmcr(u, McrIntr, 1);
	dtr(u, 1);
	rts(u, 1);
	get(u, Lsr);
	get(u, Msr);
	setier(u, IerRx|IerLine, 0);
}

static void disable(Uart *u)
{
	setier(u, 0, 0xff);
	dtr(u, 0);
	rts(u, 0);
	setmcr(u, McrIntr, 0);
}

static Uartops ops = {
	.chip = "8250",
	.enable = enable, .disable = disable, .kick = kick, .rxon = rxon, .poll = poll,
	.baud = baud, .bits = bits, .stop = stop, .parity = parity, .fifo = fifo,
	.dtr = dtr, .rts = rts, .sendbreak = sendbreak, .hwflow = hwflow, .lines = lines,
};

static void probe(int unit, int port, int irq)
{
	Chip *c;
	Uart *u;

	outb(port+Scratch, 0xa5);
	if(inb(port+Scratch) != 0xa5)
		return;
	if((c = mallocz(sizeof *c, 1)) == nil){
		kprint("eia%d: no memory\n", unit);
		return;
	}
	c->port = port;
	u = &c->uart;
	u->ops = &ops;
	u->unit = unit;
	u->irq = irq;
	u->freq = Clock;
	put(u, Ier, 0);
	put(u, Fcr, FcrOn);
	c->fifo = (get(u, Iir) & IirFifo) == IirFifo;
	u->curfifo = c->fifo? 4: 0;
	baud(u, 115200);
	bits(u, 8);
	stop(u, 1);
	parity(u, 'n');
	if(intrisa(irq, "uart8250", interrupt, u) == nil){
		kprint("eia%d: %r\n", unit);
		free(c);
	}else if(uartadd(u) < 0)
		kprint("eia%d: %r\n", unit);
}

void uart8250init(void)
{
	probe(0, 0x3f8, 4);
	probe(1, 0x2f8, 3);
}
