/*
 * uart.c: #t, the serial lines: for each eiaN, eiaNctl and eiaNstatus, as
 * uart(3) describes.
 *
 * A line is enabled by the first open of eiaN and disabled some time after
 * the last close, when its output is gone.  The console's line cannot be
 * opened, but has its control and status files.
 *
 * Locks: the line's lk.  Reads and writes sleep, and notes interrupt them.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"
#include "uart.h"

enum {	/* qid.path: 1 + unit*4 + kind */
	Kdata,
	Kctl,
	Kstatus,
	Nkind,
	Maxunit = 64,
	Chunk = 256,
	Ctlmax = 256,
	Breakmax = 10000,	/* ms */
};

static char *suffix[Nkind] = { "", "ctl", "status" };
static u32int modes[Nkind] = { 0660, 0660, 0440 };

static Uart *uartof(Fid *f)
{
	return uartunit((f->qid.path-1) / 4);
}

static int kindof(Fid *f)
{
	return (f->qid.path-1) % 4;
}

/* describes a unit's file; name has room for NAMELEN */
static void describe(Uart *u, int kind, Dir *d, char *name)
{
	memset(d, 0, sizeof *d);
	snprint(name, NAMELEN, "eia%d%s", u->unit, suffix[kind]);
	d->name = name;
	d->qid.path = 1 + u->unit*4 + kind;
	d->mode = modes[kind];
	d->uid = d->gid = d->muid = hostowner();
	d->atime = d->mtime = nsec()/1000000000;
	if(kind == Kdata)
		d->length = u->in.w - u->in.r;
}

static void rootdir(Dir *d)
{
	memset(d, 0, sizeof *d);
	d->name = "#t";
	d->qid.type = QTDIR;
	d->mode = DMDIR|0555;
	d->uid = d->gid = d->muid = hostowner();
	d->atime = d->mtime = nsec()/1000000000;
}

static void uartattach(Req *r)
{
	if(r->name && *r->name){
		respond(r, Ebadattach);
		return;
	}
	r->fid->qid = (Qid){ .type = QTDIR };
	respond(r, nil);
}

static char *uartwalk1(Fid *f, char *name, Qid *q)
{
	char *p, file[NAMELEN];
	Dir d;
	Uart *u;
	int kind;

	if(!(f->qid.type & QTDIR))
		return Enotdir;
	if(strcmp(name, "..") == 0){
		*q = f->qid;
		return nil;
	}
	if(strncmp(name, "eia", 3) != 0)
		return Enonexist;
	u = uartunit(strtoul(name+3, &p, 10));
	if(u == nil)
		return Enonexist;
	for(kind = 0; kind < Nkind; kind++){
		describe(u, kind, &d, file);
		if(strcmp(file, name) == 0){
			*q = f->qid = d.qid;
			return nil;
		}
	}
	return Enonexist;
}

static int filegen(u64int i, Dir *d, void *arg)
{
	Uart *u;

	if(i/Nkind >= Maxunit)
		return 0;
	u = uartunit(i/Nkind);
	if(u == nil)
		return -1;
	describe(u, i%Nkind, d, arg);
	return 1;
}

static void uartstat(Req *r)
{
	char name[NAMELEN];

	if(r->fid->qid.type & QTDIR)
		rootdir(&r->d);
	else
		describe(uartof(r->fid), kindof(r->fid), &r->d, name);
	respond(r, nil);
}

static void openline(Req *r, Uart *u)
{
	lock(&u->lk);
	u->nopen++;
	u->closing = 0;
	if(!u->enabled){
		u->enabled = 1;
		u->ops->enable(u);
	}
	unlock(&u->lk);
	respond(r, nil);
}

static void uartopen(Req *r)
{
	char name[NAMELEN], *e;
	Uart *u;
	Dir d;

	if(r->fid->qid.type & QTDIR){
		rootdir(&d);
		respond(r, devmayopen(r, &d));
		return;
	}
	u = uartof(r->fid);
	describe(u, kindof(r->fid), &d, name);
	e = devmayopen(r, &d);
	if(e == nil && kindof(r->fid) == Kdata && u->console)
		e = Einuse;
	if(e || kindof(r->fid) != Kdata)
		respond(r, e);
	else
		openline(r, u);
}

static void uartclose(Fid *f)
{
	Uart *u;

	if((f->qid.type & QTDIR) || f->omode < 0 || kindof(f) != Kdata)
		return;
	u = uartof(f);
	lock(&u->lk);
	if(--u->nopen == 0){
		u->hungup = 0;
		u->in.r = u->in.w;
		u->closing = 1;
	}
	unlock(&u->lk);
	uartwake(u);
}

/* --- data --- */

static int readable(void *arg)
{
	Uart *u;

	u = arg;
	return u->in.w != u->in.r || u->hungup;
}

static int writable(void *arg)
{
	Uart *u;

	u = arg;
	return u->out.w - u->out.r < UARTRING || u->hungup;
}

static u32int takein(Uart *u, uchar *p, u32int n)
{
	u32int i;

	lock(&u->lk);
	for(i = 0; i < n && u->in.r != u->in.w; i++)
		p[i] = u->in.buf[u->in.r++ & (UARTRING-1)];
	unlock(&u->lk);
	return i;
}

/* what has come, without waiting for more */
static u32int readsome(Req *r, Uart *u)
{
	uchar buf[Chunk];
	u32int m, n;

	for(n = 0; n < r->count; n += m){
		m = takein(u, buf, MIN(sizeof buf, r->count-n));
		if(m == 0)
			break;
		reqput(r, n, buf, m);
	}
	if(n > 0 && u->rxoff)
		uartresume(u);
	return n;
}

static void readdata(Req *r, Uart *u)
{
	r->rcount = 0;
	while(r->count > 0 && (r->rcount = readsome(r, u)) == 0 && !u->hungup)
		if(sleep(&u->rr, readable, u) < 0){
			responderr(r);
			return;
		}
	respond(r, nil);
}

static u32int putout(Uart *u, uchar *p, u32int n)
{
	u32int i;

	lock(&u->lk);
	for(i = 0; i < n && u->out.w - u->out.r < UARTRING; i++)
		u->out.buf[u->out.w++ & (UARTRING-1)] = p[i];
	if(i > 0)
		u->ops->kick(u);
	unlock(&u->lk);
	return i;
}

static void writedata(Req *r, Uart *u)
{
	uchar buf[Chunk];
	u32int n, m;

	for(n = 0; n < r->count; n += m){
		m = reqget(r, n, buf, MIN(sizeof buf, r->count-n));
		m = putout(u, buf, m);
		if(u->hungup){
			respond(r, Ehungup);
			return;
		}
		if(m == 0 && sleep(&u->wr, writable, u) < 0){
			if(n > 0)
				break;
			responderr(r);
			return;
		}
	}
	r->rcount = n;
	respond(r, nil);
}

/* --- status and control --- */

static int statustext(Uart *u, char *buf, int n)
{
	int l;

	l = u->ops->lines(u);
	return snprint(buf, n, "b%d d%d i%d l%d m%d p%c r%d s%d x%d\n"
		"dev(%d) type(%s) framing(%llud) parity(%llud) overruns(%llud) dropped(%llud)%s%s%s%s%s\n",
		u->curbaud, u->curdtr, u->curfifo, u->curbits, u->curhwflow, u->curparity, u->currts, u->curstop, u->xonxoff,
		u->unit, u->ops->chip, (uvlong)u->nframe, (uvlong)u->nparity, (uvlong)u->noverrun, (uvlong)u->nsoft,
		l&UartCTS ? " cts" : "", l&UartDSR ? " dsr" : "", l&UartDCD ? " dcd" : "", l&UartRI ? " ring" : "",
		u->console ? " console" : "");
}

static void readstatus(Req *r, Uart *u)
{
	char buf[Ctlmax];
	int n;

	lock(&u->lk);
	n = statustext(u, buf, sizeof buf);
	unlock(&u->lk);
	readbuf(r, buf, n);
	respond(r, nil);
}

/* settings that a chip may refuse; u->lk held */
static int setting(Uart *u, int c, int n)
{
	switch(c){
	case 'b':
		return n > 0 ? u->ops->baud(u, n) : -1;
	case 'l':
		return u->ops->bits(u, n);
	case 's':
		return u->ops->stop(u, n);
	}
	return -1;
}

static void flushout(Uart *u)
{
	u->out.r = u->out.w;
}

static void hangup(Uart *u)
{
	flushout(u);
	u->in.r = u->in.w;
	u->hungup = u->nopen > 0;
	u->ops->dtr(u, 0);
}

static void setxonxoff(Uart *u, int on)
{
	u->xonxoff = on;
	u->blocked = 0;
	u->ops->kick(u);
}

static void setdtr(Uart *u, int on)
{
	u->ops->dtr(u, on);
}

static void setrts(Uart *u, int on)
{
	u->ops->rts(u, on);
}

static void setfifo(Uart *u, int level)
{
	u->ops->fifo(u, level);
}

static void sethwflow(Uart *u, int on)
{
	u->ops->hwflow(u, on);
}

static void setflush(Uart *u, int n)
{
	USED(n);
	flushout(u);
}

static void sethangup(Uart *u, int n)
{
	USED(n);
	hangup(u);
}

/* messages that a chip cannot refuse */
static const struct {
	char c;
	u8int arg;	/* it has a number */
	void (*f)(Uart*, int);
} messages[] = {
	{ 'd', 1, setdtr }, { 'f', 0, setflush }, { 'h', 0, sethangup }, { 'i', 1, setfifo },
	{ 'm', 1, sethwflow }, { 'r', 1, setrts }, { 'x', 1, setxonxoff },
};

/* one message of a letter and its argument; u->lk held; -1: bad */
static int control(Uart *u, char *s)
{
	char *end;
	usize i;
	int n;

	if(*s == 'p')
		return s[1] && s[2] ? -1 : u->ops->parity(u, s[1] == 'o' || s[1] == 'e' ? s[1] : 'n');
	n = strtol(s+1, &end, 10);
	if(*end)
		return -1;
	for(i = 0; i < nelem(messages); i++)
		if(messages[i].c == *s){
			if(messages[i].arg != (end > s+1))
				return -1;
			messages[i].f(u, n);
			return 0;
		}
	return setting(u, *s, n);
}

/* holds the line in break for some ms; sleeps */
static int sendbreak(Uart *u, int ms)
{
	int i;

	if(ms <= 0 || ms > Breakmax)
		return seterr(Ebadarg);
	lock(&u->lk);
	u->ops->sendbreak(u, 1);
	unlock(&u->lk);
	i = tsleep(&u->wr, returnfalse, nil, ms*1000000LL);
	lock(&u->lk);
	u->ops->sendbreak(u, 0);
	unlock(&u->lk);
	return i < 0 ? -1 : 0;
}

static int ctlword(Uart *u, char *s)
{
	int e;

	if(*s == 'k')
		return sendbreak(u, atoi(s+1));
	lock(&u->lk);
	e = control(u, s);
	unlock(&u->lk);
	if(e < 0)
		werrstr("eia%d: bad control message: %s", u->unit, s);
	return e;
}

static void writectl(Req *r, Uart *u)
{
	char buf[Ctlmax], *w[Ctlmax/2];
	int e, i, n;

	e = devtext(r, buf, sizeof buf);
	if(e >= 0){
		n = tokenize(buf, w, nelem(w));
		for(i = e = 0; i < n && e == 0; i++)
			e = ctlword(u, w[i]);
	}
	uartwake(u);
	devwritten(r, e);
}

static void uartread(Req *r)
{
	char name[NAMELEN];

	if(r->fid->qid.type & QTDIR)
		respond(r, dirread9p(r, filegen, name));
	else if(kindof(r->fid) == Kdata)
		readdata(r, uartof(r->fid));
	else
		readstatus(r, uartof(r->fid));
}

static void uartwrite(Req *r)
{
	switch(kindof(r->fid)){
	case Kdata:
		writedata(r, uartof(r->fid));
		break;
	case Kctl:
		writectl(r, uartof(r->fid));
		break;
	default:
		respond(r, Eperm);
	}
}

Srv uartsrv = {
	.name = "uart",
	.dc = 't',
	.flags = SrvBlocks,
	.attach = uartattach,
	.walk1 = uartwalk1,
	.open = uartopen,
	.read = uartread,
	.write = uartwrite,
	.stat = uartstat,
	.destroyfid = uartclose,
};
