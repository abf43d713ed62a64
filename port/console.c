/*
 * console.c: console input, from the drivers' interrupts to read(2), and
 * processes' output.
 *
 * consinput, at any interrupt level, puts bytes into a small ring (typed) and
 * wakes the kernel process `console`, which runs the line editor and its
 * echo, and fills the queue that reads take from.  Two things do not wait in
 * that ring: the interrupt character, which discards all that was typed
 * before, and ^T^T and a letter, the kernel's own commands, run at once so
 * that they work when nothing else does.  The console process takes a byte
 * only when the queue has room for all it may become, and the drivers deliver
 * only what the ring has room for.
 *
 * An interrupt goes to the note group set by `notepg n`, else to that of the
 * process which last read.
 *
 * Locks: in.lk the ring and what goes with it (nothing is woken or printed
 * under it); edit the line and the settings; qlk the queue.  Order: edit,
 * qlk.  Reads of the settings from interrupts take no lock: each is one word.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "9p.h"
#include "cons.h"
#include "uart.h"
#include "consline.h"
#include "console.h"

enum {
	Typedlen = 4096,		/* a power of two */
	Chunk = 256,
	Echowait = 20,			/* times Echotick */
	Echotick = 50*1000*1000,	/* ns */
	Metakey = 'T' & 0x1f,		/* ^T */
};

static struct {
	Lock lk;
	u32int r, w;
	u8int meta;			/* metakeys seen in a row and not stored, 0..2 */
	char command;			/* a kernel command to be run by conswake */
	u8int intr;			/* an interrupt to be posted */
	u64int when;			/* clock bits of input times, for random */
	char buf[Typedlen];
} in;

static QLock edit;
static Consline line;
static Lock qlk;
static Consq queue;
static Rendez work;		/* the console process */
static Rendez readers;
static Rendez writers;
static u32int notegroup;	/* set by message, or 0 */
static u32int lastreader;
static int nctl;		/* opens of consctl */
static u8int started;
static Lock ownerlk;
static char owner[2][NAMELEN];
static int ownernow;

/* --- input, any level --- */

static void put(int c)
{
	if(in.w - in.r < Typedlen)
		in.buf[in.w++ & (Typedlen-1)] = c;
}

/*
 * Handles ^T^Tx: 1 when c was part of it.  A single ^T is held back until
 * what follows it is known.  in.lk held.
 */
static int metachar(int c)
{
	if(in.meta == 2){
		in.meta = 0;
		in.command = c;
		return 1;
	}
	if(c == Metakey){
		in.meta++;
		return 1;
	}
	if(in.meta)
		put(Metakey);
	in.meta = 0;
	return 0;
}

static void store(int c)
{
	if(metachar(c))
		return;
	if(started && c == line.intr && !line.raw){
		in.r = in.w;
		in.intr = 1;
		return;
	}
	put(c);
}

int consinroom(void)
{
	return Typedlen-1 - (int)(in.w - in.r);	/* one for a ^T held back */
}

/* consinput without what may wake or print, for callers under a lock that forbids it; conswake must follow */
int constake(char *p, int n)
{
	int i;

	lock(&in.lk);
	n = MAX(0, MIN(n, consinroom()));
	for(i = 0; i < n; i++)
		store((uchar)p[i]);
	in.when = in.when*31 + cycles();
	unlock(&in.lk);
	return n;
}

static void command(int c)
{
	switch(c){
	case 'p':
		procdump();
		break;
	case 'r':
		kprint("\nconsole: reboot\n");
		machreset(0);
		break;
	case 'h':
		kprint("\nconsole: halt\n");
		machreset(1);
		break;
	case 'P':
		panic("asked for at the console");
	default:
		kprint("\n^T^T p processes, r reboot, h halt, P panic\n");
	}
}

void conswake(void)
{
	u64int when;
	int c;

	lock(&in.lk);
	c = in.command;
	in.command = 0;
	when = in.when;
	unlock(&in.lk);
	randadd(&when, sizeof when, 1);
	if(c)
		command(c);
	wakeup(&work);
}

int consinput(char *p, int n)
{
	n = constake(p, n);
	conswake();
	return n;
}

void consroom(void)
{
	wakeup(&writers);
}

/* --- the console process --- */

/* is there room in the queue for all that one more byte may complete? */
static int queueroom(void)
{
	/* while holding, every byte of the line may become a record of its own */
	return consqroom(&queue) >= (line.hold ? 3*CONSLINEMAX : CONSLINEMAX);
}

static int haswork(void *arg)
{
	USED(arg);
	return in.intr || (in.w != in.r && queueroom());
}

static int roomnow(void *arg)
{
	USED(arg);
	return consoutroom();
}

/* output that is dropped when the console takes none for a second */
static void echo(Consline *l, char *s, int n)
{
	int i, m;

	USED(l);
	for(i = 0; n > 0 && i < Echowait; i++){
		m = consoutput(s, n);
		s += m;
		n -= m;
		if(n > 0 && tsleep(&writers, roomnow, nil, Echotick) < 0)
			break;
	}
}

static int column(Consline *l)
{
	USED(l);
	return conscolumn();
}

static u32int group(void)
{
	return notegroup ? notegroup : lastreader;
}

static void interrupt(void)
{
	qlock(&edit);
	lock(&qlk);
	conslineclear(&line);
	unlock(&qlk);
	if(!line.noecho)
		echo(&line, "^C\n", 3);
	qunlock(&edit);
	if(group())
		postnotepg(group(), nil, "interrupt", NUser);
}

/* takes one typed byte and whether there was an interrupt before it */
static int nexttyped(int *intr)
{
	int c;

	c = -1;
	lock(&in.lk);
	*intr = in.intr;
	in.intr = 0;
	if(!*intr && in.r != in.w)
		c = (uchar)in.buf[in.r++ & (Typedlen-1)];
	unlock(&in.lk);
	return c;
}

static void consproc(void *arg)
{
	int c, intr;
	char s[1];

	USED(arg);
	for(;;){
		sleepu(&work, haswork, nil);
		c = nexttyped(&intr);
		if(intr)
			interrupt();
		if(c >= 0){
			s[0] = c;
			qlock(&edit);
			conslineput(&line, s, 1);
			qunlock(&edit);
		}
		if(in.w - in.r <= Typedlen/2)
			uartconsroom();
		wakeup(&readers);
	}
}

/* the editor's calls come under edit; its queue is shared with readers */
void consstart(void)
{
	qlock(&edit);
	if(!started){
		conslineinit(&line);
		line.q = &queue;
		line.echo = echo;
		line.column = column;
		started = 1;
		if(kproc("console", consproc, nil) == nil)
			panic("no memory for the console process");
	}
	qunlock(&edit);
}

/* --- what #c does --- */

static int readable(void *arg)
{
	USED(arg);
	return consqready(&queue);
}

/* a line's bytes, or what r has room for; 0: end of file; -1: nothing typed */
static int take(Req *r)
{
	char buf[Chunk];
	u32int n;
	int m, more;

	n = 0;
	do{
		m = MIN(r->count-n, sizeof buf);
		lock(&qlk);
		m = consqget(&queue, buf, m, line.raw);
		more = queue.left > 0 || line.raw;
		unlock(&qlk);
		if(m <= 0)
			return n > 0 ? (int)n : m;
		n += reqput(r, n, buf, m);
	}while(more && n < r->count);
	return n;
}

long consread(Req *r)
{
	int n;

	if(r->count == 0)
		return 0;
	lastreader = up->noteid;
	while((n = take(r)) < 0)
		if(sleep(&readers, readable, nil) < 0)
			return -1;
	wakeup(&work);		/* it may have waited for room */
	return n;
}

long conswrite(Req *r)
{
	char buf[Chunk];
	u32int n;
	int i, k, m;

	for(n = 0; n < r->count; n += m){
		m = reqget(r, n, buf, MIN(sizeof buf, r->count-n));
		if(m <= 0)
			break;
		for(i = 0; i < m; i += k){
			k = consoutput(buf+i, m-i);
			if(k == 0 && sleep(&writers, roomnow, nil) < 0)
				return n+i > 0 ? (long)n+i : -1;
		}
	}
	return n;
}

/* --- settings --- */

char *consuser(void)
{
	char *s;

	s = owner[__atomic_load_n(&ownernow, __ATOMIC_ACQUIRE)];
	return *s ? s : nil;
}

/* the console becomes name's.  0, -1 and errstr */
static int setowner(char *name)
{
	int i;

	if(!isowner())
		return seterr(Eperm);
	if(!userokname(name))
		return seterr(Ebadname);
	lock(&ownerlk);
	i = !ownernow;
	strecpy(owner[i], owner[i]+NAMELEN, name);
	__atomic_store_n(&ownernow, i, __ATOMIC_RELEASE);
	unlock(&ownerlk);
	return 0;
}

static int setgroup(char *s)
{
	u32int n;
	char *end;

	n = s ? strtoul(s, &end, 10) : up->noteid;
	if(s && (*end || end == s))
		return seterr(Ebadarg);
	if(n != 0 && n != up->noteid && !isowner())
		return seterr(Eperm);
	notegroup = n;
	return 0;
}

static void setecho(Consline *l, int on)
{
	l->noecho = !on;
}

static const struct {
	char *name;
	void (*set)(Consline*, int);
	int on;
} modes[] = {
	{ "rawon", conslineraw, 1 }, { "rawoff", conslineraw, 0 },
	{ "holdon", conslinehold, 1 }, { "holdoff", conslinehold, 0 },
	{ "echoon", setecho, 1 }, { "echooff", setecho, 0 },
};

static int setmode(char *name)
{
	usize i;

	for(i = 0; i < nelem(modes); i++)
		if(strcmp(name, modes[i].name) == 0){
			modes[i].set(&line, modes[i].on);
			return 0;
		}
	return -1;
}

static int ctlwords(char **w, int n)
{
	if(strcmp(w[0], "notepg") == 0 && n <= 2)
		return setgroup(n == 2 ? w[1] : nil);
	if(strcmp(w[0], "owner") == 0 && n == 2)
		return setowner(w[1]);
	if(n == 1 && setmode(w[0]) == 0)
		return 0;
	if(conslineset(&line, w[0], w+1, n-1) == 0)
		return 0;
	werrstr("consctl: unknown message: %s", w[0]);
	return -1;
}

int consctl(char *msg)
{
	char *w[8], *next;
	int n, r;

	r = 0;
	for(; msg && r == 0; msg = next){
		next = strchr(msg, '\n');
		if(next)
			*next++ = 0;
		n = tokenize(msg, w, nelem(w));
		if(n == 0)
			continue;
		qlock(&edit);
		r = ctlwords(w, n);
		qunlock(&edit);
		wakeup(&readers);
		wakeup(&work);
	}
	return r;
}

int consctlread(char *buf, int n)
{
	int m;

	qlock(&edit);
	m = conslineshow(&line, buf, n);
	qunlock(&edit);
	return m + snprint(buf+m, n-m, "notepg %ud\nowner %q\n", notegroup, consuser() ? consuser() : hostowner());
}

void consctlopen(void)
{
	qlock(&edit);
	nctl++;
	qunlock(&edit);
}

void consctlclose(void)
{
	qlock(&edit);
	if(--nctl == 0){
		conslineraw(&line, 0);
		conslinehold(&line, 0);
		setecho(&line, 1);
	}
	qunlock(&edit);
	wakeup(&readers);
	wakeup(&work);
}

static int sent(void *arg)
{
	USED(arg);
	return uartconsidle();
}

void consflush(void)
{
	int i;

	for(i = 0; i < Echowait && !uartconsidle(); i++)
		if(tsleep(&writers, sent, nil, Echotick) < 0)
			break;
}
