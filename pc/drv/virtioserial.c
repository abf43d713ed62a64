/*
 * virtioserial.c: ports of virtio consoles (VIRTIO 1.1 section 5.3) as
 * serial lines of #t, from eia4 on.  With the multiport feature each
 * port has a pair of queues and is told through control messages that we are ready and
 * open; without, there is one port.
 *
 * A port's receive buffers are with the device as long as the line's ring
 * has room for all they may hold; what does not fit stays in its buffer until rxon.  Sent
 * bytes are copied into one of a few transmit buffers.
 *
 * Locks: the Uart's around the queues' (see uart.h).
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "9p.h"
#include "uart.h"
#include "virtio.h"

enum {
	Fmultiport = 1,			/* feature bit */
	Firstunit = 4,
	Maxport = 16,
	Nbuf = 4,
	Bufsz = PGSZ,
	/* control events */
	Devready = 0, Portadd = 1, Portremove = 2, Portready = 3, Consport = 4, Resize = 5, Portopen = 6, Portname = 7,
};

typedef struct Sport Sport;
typedef struct Sdev Sdev;
typedef struct Sbuf Sbuf;
typedef struct Ctlmsg Ctlmsg;

struct Ctlmsg {
	u32int id;
	u16int event;
	u16int value;
};

struct Sbuf {
	Sbuf *next;
	uchar *mem;
	u32int n, at;
};

struct Sport {
	Uart uart;
	Sdev *dev;
	int id;
	Vqueue *rx, *tx;
	Sbuf buf[2*Nbuf];
	Sbuf *txfree;
	Sbuf *rxfull, *rxtail;		/* received, not yet taken by the line */
};

struct Sdev {
	Virtdev *v;
	Vqueue *crx, *ctx;
	Ctlmsg *crxbuf, *ctxbuf;
	int nctx;
	Sport *port[Maxport];
};

static int nextunit = Firstunit;

static void giverx(Sport *p, Sbuf *b)
{
	Vseg s = { paddr(b->mem), Bufsz };

	lock(&p->rx->lk);
	if(vqadd(p->rx, &s, 0, 1, b) == 0)
		vqkick(p->rx);
	unlock(&p->rx->lk);
}

/* moves what was received into the line's ring, and empty buffers back to the device; uart.lk held */
static void rxmove(Sport *p)
{
	Uart *u = &p->uart;
	Sbuf *b;
	u32int n;

	while((b = p->rxfull) != nil){
		n = MIN(uartroom(u), b->n - b->at);
		if(n == 0 && b->at < b->n){
			u->rxoff = 1;
			return;
		}
		uartput(u, b->mem + b->at, n);
		b->at += n;
		if(b->at < b->n)
			continue;
		p->rxfull = b->next;
		giverx(p, b);
	}
}

static void txmove(Sport *p)
{
	Sbuf *b;
	Vseg s;

	while((b = p->txfree) != nil){
		s.len = uarttake(&p->uart, b->mem, Bufsz);
		if(s.len == 0)
			return;
		s.pa = paddr(b->mem);
		p->txfree = b->next;
		lock(&p->tx->lk);
		if(vqadd(p->tx, &s, 1, 0, b) == 0)
			vqkick(p->tx);
		unlock(&p->tx->lk);
	}
}

static void rxintr(Vqueue *q)
{
	Sport *p = q->aux;
	Sbuf *b;
	u32int n;
	int any = 0;

	lock(&p->uart.lk);
	for(;;){
		lock(&q->lk);
		b = vqget(q, &n);
		unlock(&q->lk);
		if(b == nil)
			break;
		b->n = MIN(n, Bufsz);
		b->at = 0;
		b->next = nil;
		if(p->rxfull == nil)
			p->rxfull = b;
		else
			p->rxtail->next = b;
		p->rxtail = b;
		any = 1;
	}
	if(any)
		rxmove(p);
	unlock(&p->uart.lk);
	if(any)
		uartwake(&p->uart);
}

static void txintr(Vqueue *q)
{
	Sport *p = q->aux;
	Sbuf *b;
	int any = 0;

	lock(&p->uart.lk);
	for(;;){
		lock(&q->lk);
		b = vqget(q, nil);
		unlock(&q->lk);
		if(b == nil)
			break;
		b->next = p->txfree;
		p->txfree = b;
		any = 1;
	}
	if(any)
		txmove(p);
	unlock(&p->uart.lk);
	if(any)
		uartwake(&p->uart);
}

/* --- control messages --- */

static void control(Sdev *d, int id, int event, int value)
{
	Ctlmsg *m;
	Vseg s;

	if(d->ctx == nil)
		return;
	lock(&d->ctx->lk);
	while(vqget(d->ctx, nil) != nil)
		;
	m = &d->ctxbuf[d->nctx++ % (PGSZ / sizeof *m)];
	*m = (Ctlmsg){ id, event, value };
	s = (Vseg){ paddr(m), sizeof *m };
	if(vqadd(d->ctx, &s, 1, 0, m) == 0)
		vqkick(d->ctx);
	unlock(&d->ctx->lk);
}

static void givectl(Sdev *d)
{
	Vseg s = { paddr(d->crxbuf), PGSZ };

	if(vqadd(d->crx, &s, 0, 1, d->crxbuf) == 0)
		vqkick(d->crx);
}

static void ctlintr(Vqueue *q)
{
	Sdev *d = q->aux;
	Ctlmsg m;
	u32int n;

	for(;;){
		lock(&q->lk);
		if(vqget(q, &n) == nil){
			unlock(&q->lk);
			return;
		}
		m = *d->crxbuf;
		givectl(d);
		unlock(&q->lk);
		if(n < sizeof m || m.id >= Maxport || d->port[m.id] == nil)
			continue;
		if(m.event == Portadd)
			control(d, m.id, Portready, 1);
		if(m.event == Portadd || m.event == Consport)
			control(d, m.id, Portopen, 1);
	}
}

/* --- the line's ops; uart.lk held --- */

static void openport(Uart *u)
{
	Sport *p = (Sport*)u;

	control(p->dev, p->id, Portopen, 1);
}

static void closeport(Uart *u)
{
	USED(u);	/* the port stays open: what comes waits for the next reader */
}

static void kick(Uart *u)
{
	txmove((Sport*)u);
}

static void rxon(Uart *u)
{
	rxmove((Sport*)u);
}

static int anyvalue(Uart *u, int v)
{
	USED(u);
	USED(v);
	return 0;
}

static void nothing(Uart *u, int v)
{
	USED(u);
	USED(v);
}

/* without interrupts: what the device has sent by now */
static void poll(Uart *u)
{
	Sport *p = (Sport*)u;
	Sbuf *b;

	lock(&p->tx->lk);
	while((b = vqget(p->tx, nil)) != nil){
		b->next = p->txfree;
		p->txfree = b;
	}
	unlock(&p->tx->lk);
	txmove(p);
}

static int lines(Uart *u)
{
	USED(u);
	return UartCTS | UartDSR | UartDCD;
}

static Uartops ops = {
	.chip = "virtio",
	.enable = openport,
	.disable = closeport,
	.kick = kick,
	.rxon = rxon,
	.baud = anyvalue,
	.bits = anyvalue,
	.stop = anyvalue,
	.parity = anyvalue,
	.dtr = nothing,
	.rts = nothing,
	.sendbreak = nothing,
	.fifo = nothing,
	.hwflow = nothing,
	.poll = poll,
	.lines = lines,
};

/* --- set-up --- */

static int portnew(Sdev *d, int id)
{
	int i, qi = id == 0 ? 0 : 2 + 2*id;
	u64int mem;
	Sport *p = mallocz(sizeof *p, 1);

	if(p == nil)
		return seterr(Enomem);
	p->dev = d;
	p->id = id;
	p->uart.ops = &ops;
	p->uart.curbaud = 115200;
	p->uart.curbits = 8;
	p->uart.curstop = 1;
	p->uart.curparity = 'n';
	p->rx = virtioqueue(d->v, qi, rxintr, p);
	p->tx = virtioqueue(d->v, qi+1, txintr, p);
	if(p->rx == nil || p->tx == nil)
		return -1;
	for(i = 0; i < 2*Nbuf; i++){
		mem = pagealloc(0);
		if(mem == 0)
			return seterr(Enomem);
		p->buf[i].mem = kaddr(mem);
	}
	d->port[id] = p;
	return 0;
}

static int controlnew(Sdev *d)
{
	u64int rx = pagealloc(1), tx = pagealloc(1);

	if(rx == 0 || tx == 0)
		return seterr(Enomem);
	d->crxbuf = kaddr(rx);
	d->ctxbuf = kaddr(tx);
	d->crx = virtioqueue(d->v, 2, ctlintr, d);
	d->ctx = virtioqueue(d->v, 3, nil, d);
	return d->crx == nil || d->ctx == nil ? -1 : 0;
}

static int devnew1(Virtdev *v, Sdev *d)
{
	u32int i, n = 1;

	d->v = v;
	if(virtiohas(v, Fmultiport)){
		n = virtiocfg(v, 4, 4);
		if(n > Maxport)
			n = Maxport;
		if(controlnew(d) < 0)
			return -1;
	}
	for(i = 0; i < n; i++)
		if(portnew(d, i) < 0)
			return -1;
	return virtiostart(v, "serial");
}

static void portstart(Sport *p)
{
	int i;

	for(i = 0; i < 2*Nbuf; i++){
		if(i < Nbuf)
			giverx(p, &p->buf[i]);
		else{
			p->buf[i].next = p->txfree;
			p->txfree = &p->buf[i];
		}
	}
	p->uart.unit = nextunit++;
	uartadd(&p->uart);
}

void virtioserialinit(void)
{
	Pcidev *p = nil;
	Virtdev *v;
	Sdev *d;
	int i;

	while((v = virtioprobe(&p, Vconsole, 1UL<<Fmultiport)) != nil){
		d = mallocz(sizeof *d, 1);
		if(d == nil)
			return;
		if(devnew1(v, d) < 0){
			kprint("virtioserial: %s\n", geterr());
			continue;
		}
		if(d->crx != nil){
			lock(&d->crx->lk);
			givectl(d);
			unlock(&d->crx->lk);
			control(d, 0, Devready, 1);
		}
		for(i = 0; i < Maxport; i++)
			if(d->port[i] != nil)
				portstart(d->port[i]);
	}
}
