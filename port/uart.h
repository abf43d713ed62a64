/*
 * uart.h: serial lines.  A driver fills in a Uart and calls uartadd; the
 * rings, flow of the console and #t are portable (uart.c, srv/uart.c).
 *
 * Output: writers put bytes into u->out and call ops->kick; the driver takes
 * them with uarttake whenever the line has room and enables its transmit
 * interrupt while the ring is not empty.  Input: the driver asks uartroom how
 * many bytes it may deliver, leaves the rest in the hardware with its receive
 * interrupt off, and is called at ops->rxon when there is room again: so
 * nothing is lost where the other side can wait.
 *
 * Locks: u->lk guards rings and registers.  Every op is called with u->lk
 * held, and the driver's interrupt handler takes it; uartroom, uartput and
 * uarttake are called with it held.  kprint takes u->lk under any other lock,
 * so nothing is woken under it: the interrupt handler ends with unlock, then
 * uartwake.  No op sleeps or prints.
 */
#pragma once
typedef struct Uart Uart;
typedef struct Uartops Uartops;
typedef struct Uartring Uartring;

enum {
	UARTRING = 8192,	/* a power of two */
};

struct Uartring {
	u32int r, w;		/* free-running; w-r bytes are there */
	uchar buf[UARTRING];
};

struct Uartops {
	char *chip;				/* "8250" */
	void (*enable)(Uart*);			/* first open: interrupts on, DTR and RTS on */
	void (*disable)(Uart*);			/* last close, output drained */
	void (*kick)(Uart*);			/* output is waiting in the ring */
	void (*rxon)(Uart*);			/* room for input again */
	int (*baud)(Uart*, int);		/* -1: cannot */
	int (*bits)(Uart*, int);		/* 5..8 */
	int (*stop)(Uart*, int);		/* 1 or 2 */
	int (*parity)(Uart*, int);		/* 'n' 'e' 'o' */
	void (*dtr)(Uart*, int on);
	void (*rts)(Uart*, int on);
	void (*sendbreak)(Uart*, int on);
	void (*fifo)(Uart*, int level);		/* 0: off */
	void (*hwflow)(Uart*, int on);		/* send only while CTS */
	void (*poll)(Uart*);			/* move output without interrupts: some bytes, or none when the line is busy */
	int (*lines)(Uart*);			/* UartCTS and such, now */
};

enum {	/* Uartops.lines */
	UartCTS = 1, UartDSR = 2, UartDCD = 4, UartRI = 8,
};

struct Uart {
	/* the driver's, before uartadd */
	Uartops *ops;
	void *regs;
	u64int freq;		/* of the chip, for status */
	int unit;		/* eiaN */
	int irq;

	/* settings, kept by the ops */
	int curbaud, curbits, curstop, curparity;
	u8int curdtr, currts, curhwflow;
	int curfifo;
	u64int nframe, nparity, noverrun, nsoft;	/* errors; nsoft: dropped for want of room */

	/* portable */
	Lock lk;
	u8int console;		/* its input goes to the console */
	u8int rxoff;		/* the driver has stopped receiving */
	u8int enabled;
	u8int xonxoff;
	u8int blocked;		/* an xoff was received */
	u8int closing;		/* to be disabled when its output is gone */
	u8int hungup;		/* by control message, until the last close */
	int nopen;		/* of the data file */
	Uartring in, out;
	Rendez rr, wr;		/* data has come, room has come */
	Uart *next;
};

int uartadd(Uart*);		/* at boot, not locked; it lives for ever.  -1: unit taken */
Uart *uartunit(int unit);	/* or nil */
u32int uartroom(Uart*);		/* bytes uartput will take now; 0: set u->rxoff and stop receiving */
void uartput(Uart*, uchar *p, u32int n);	/* received */
u32int uarttake(Uart*, uchar *p, u32int n);	/* bytes to send: up to n */
void uartwake(Uart*);		/* after unlock(&u->lk): wakes readers and writers; any level */
void uartresume(Uart*);		/* its reader has made room.  Not locked */
void uartconsroom(void);	/* the console has room for input */
int uartconsidle(void);		/* the console's output is sent; no locks */
