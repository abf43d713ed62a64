/* needs: tests/host/libc/check.c tests/host/kern/khost.c port/console.c port/consline.c port/print.c port/uart.c lib9p/data.c lib9p/dirconv.c lib9p/err.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c libc/base/token.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport */
/*
 * t_console: the console from a serial line's interrupts to reads and back,
 * with the console process as a coroutine: it runs whenever the reader or
 * writer sleeps.  The line's hardware is a string that is typed and one that
 * was sent.
 */
#include <ucontext.h>
#include <stdlib.h>
#include <string.h>
#include "lib.h"
#include "../../../port/kern.h"
#include "../../../port/mach.h"
#include "../../../port/mem.h"
#include "../../../port/proc.h"
#include "9p.h"
#include "../../../port/uart.h"
#include "../../../port/cons.h"
#include "../../../port/console.h"
#include "check.h"

extern int khostlocks;

/* --- the kernel around it --- */

static ucontext_t mainctx, procctx;
static void (*procfun)(void*);
static int inproc;
static char notes[100];
static int dumps, resets, notesoon;
static char polled[2000];
static Uart uart;

static void drain(void);

static void runproc(void)
{
	procfun(nil);
}

Proc *kproc(char *name, void (*f)(void*), void *arg)
{
	static char stack[256*1024];

	USED(name);
	USED(arg);
	procfun = f;
	getcontext(&procctx);
	procctx.uc_stack.ss_sp = stack;
	procctx.uc_stack.ss_size = sizeof stack;
	procctx.uc_link = nil;
	makecontext(&procctx, runproc, 0);
	return up;
}

static void pump(void)
{
	if(procfun == nil || inproc)
		return;
	inproc = 1;
	swapcontext(&mainctx, &procctx);
	inproc = 0;
}

void sleepu(Rendez *r, int (*cond)(void*), void *arg)
{
	USED(r);
	if(khostlocks)
		abort();
	while(!cond(arg)){
		if(!inproc)
			abort();
		swapcontext(&procctx, &mainctx);
	}
}

int sleep(Rendez *r, int (*cond)(void*), void *arg)
{
	int i;

	USED(r);
	if(khostlocks)
		abort();
	for(i = 0; i < 100; i++){
		if(cond(arg))
			return 0;
		if(notesoon)
			return seterr("interrupted");
		pump();
		drain();
	}
	return seterr("interrupted");	/* it would sleep for ever */
}

int tsleep(Rendez *r, int (*cond)(void*), void *arg, vlong ns)
{
	USED(r);
	if(khostlocks)
		abort();
	if(cond(arg))
		return 0;
	drain();
	khosttime += ns;
	return cond(arg) ? 0 : 1;
}

void wakeup(Rendez *r)
{
	USED(r);
	if(khostlocks)	/* none of this code's locks may be held: see uart.h */
		abort();
}

int returnfalse(void *arg)
{
	USED(arg);
	return 0;
}

void postnotepg(u32int noteid, char *user, char *msg, int flag)
{
	snprint(notes, sizeof notes, "%ud %s %d%s", noteid, msg, flag, user ? user : "");
}

void procdump(void)
{
	kprint("processes\n");
	dumps++;
}

void machreset(int halt)
{
	resets += halt ? 100 : 1;
}

void panic(char *fmt, ...)
{
	USED(fmt);
	abort();
}

void machputs(char *s, int n)
{
	usize m;

	m = strlen(polled);
	memcpy(polled+m, s, n);
	polled[m+n] = 0;
}

u64int cycles(void)
{
	return 1;
}

void randadd(const void *p, usize n, int bits)
{
	USED(p);
	USED(n);
	USED(bits);
}

char *bootarg(char *name)
{
	USED(name);
	return nil;
}

static int owner = 1;

int isowner(void)
{
	return owner;
}

char *hostowner(void)
{
	return "glenda";
}

int userokname(char *s)
{
	return *s != 0;
}

/* --- the line --- */

static char sent[1<<20];
static u32int nsent;
static char *typed;	/* not taken yet */
static int stalled;

static void take(Uart *u)
{
	u32int n, room;

	while(typed && *typed){
		n = strlen(typed);
		room = uartroom(u);
		if(room == 0){
			u->rxoff = 1;
			return;
		}
		n = MIN(n, MIN(room, 7));
		uartput(u, (uchar*)typed, n);
		typed += n;
	}
}

static void nothing(Uart *u)
{
	USED(u);
}

static void poll(Uart *u)
{
	uchar buf[16];
	u32int n;

	if(stalled)
		return;
	n = uarttake(u, buf, sizeof buf);
	memcpy(sent+nsent, buf, n);
	nsent += n;
	sent[nsent] = 0;
}

static void drain(void)
{
	u32int was;

	do{
		was = nsent;
		lock(&uart.lk);
		poll(&uart);
		unlock(&uart.lk);
		uartwake(&uart);
	}while(nsent != was);
}

static Uartops ops = {
	.chip = "test",
	.enable = nothing,
	.disable = nothing,
	.kick = nothing,
	.rxon = take,
	.poll = poll,
};

/* an interrupt brings s */
static void type(char *s)
{
	typed = s;
	lock(&uart.lk);
	if(!uart.rxoff)
		take(&uart);
	unlock(&uart.lk);
	uartwake(&uart);
}

/* what was sent since the last call, without carriage returns */
static char *output(void)
{
	static char buf[1<<20];
	char *p, *q;

	pump();
	drain();
	q = buf;
	for(p = sent; *p; p++)
		if(*p != '\r')
			*q++ = *p;
	*q = 0;
	nsent = 0;
	sent[0] = 0;
	return buf;
}

static char *get(int n)
{
	static char buf[100000];
	Req r;

	memset(&r, 0, sizeof r);
	r.buf = (Buf){ .p = (uchar*)buf, .n = n };
	r.count = n;
	n = consread(&r);
	if(n < 0)
		return nil;
	buf[n] = 0;
	return buf;
}

static long put(char *s)
{
	Req r;

	memset(&r, 0, sizeof r);
	r.count = strlen(s);
	r.buf = (Buf){ .p = (uchar*)s, .n = r.count };
	return conswrite(&r);
}

static int ctl(char *s)
{
	char buf[200];

	strecpy(buf, buf+sizeof buf, s);
	return consctl(buf);
}

/* --- the tests --- */

static void testearly(void)
{
	kprint("before %d\n", 1);
	checkstr(polled, "before 1\n");
	uart.ops = &ops;
	checkint(uartadd(&uart), 0);
	checkint(uart.console, 1);
	kprint("after\n");
	checkstr(polled, "before 1\n");
	checkstr(output(), "after\n");
	consstart();
	consstart();
}

static void testread(void)
{
	type("hello\r");
	checkstr(get(100), "hello\n");
	checkstr(output(), "hello\n");
	type("a\177b\nnext\n");
	checkstr(get(100), "b\n");
	checkstr(get(2), "ne");
	checkstr(get(100), "xt\n");
	output();
	check(get(100) == nil);
	type("\004");
	checkstr(get(100), "");
	checkstr(get(0), "");
}

static void testwrite(void)
{
	static char big[50000];
	int i;

	checkint(put("one\ntwo\n"), 8);
	drain();
	checkstr(sent, "one\r\ntwo\r\n");
	checkstr(output(), "one\ntwo\n");
	for(i = 0; i < (int)sizeof big-1; i++)
		big[i] = i%50 == 49 ? '\n' : 'a'+i%50%26;
	checkint(put(big), strlen(big));
	checkstr(output(), big);
	stalled = 1;
	i = put(big);
	check(i > 0 && i < UARTRING);
	check(put("x") == -1);
	kprint("lost\n");
	stalled = 0;
	checkint(strlen(output()), i);
	kprint("kept\n");
	checkstr(output(), "kept\n");
}

static void testintr(void)
{
	type("typed before\nhalf\003after\n");
	pump();
	checkstr(get(100), "after\n");
	checkstr(notes, "17 interrupt 0");
	checkstr(output(), "^C\nafter\n");
	checkint(ctl("notepg 5"), 0);
	type("\003");
	pump();
	checkstr(notes, "5 interrupt 0");
	owner = 0;
	checkint(ctl("notepg 6"), -1);
	checkint(ctl("notepg 17"), 0);
	checkint(ctl("owner bob"), -1);
	owner = 1;
	checkint(ctl("notepg"), 0);
	checkint(ctl("notepg 0"), 0);
	checkint(ctl("intr ^X\nerase ^H"), 0);
	type("\003\177\n");
	checkstr(get(10), "\003\177\n");
	notes[0] = 0;
	type("x\030");
	output();
	checkstr(notes, "17 interrupt 0");
	checkint(ctl("intr ^C\nerase 0x7f ^H"), 0);
	output();
}

static void testmodes(void)
{
	char buf[1000];

	consctlopen();
	checkint(ctl("rawon"), 0);
	type("ab\003\177");
	checkstr(get(100), "ab\003\177");
	checkstr(output(), "");
	consctlopen();
	consctlclose();
	type("c");
	checkstr(get(100), "c");
	consctlclose();
	type("de\177\n");
	checkstr(get(100), "d\n");
	output();
	checkint(ctl("echooff"), 0);
	type("secret\n");
	checkstr(get(100), "secret\n");
	checkstr(output(), "");
	checkint(ctl("echoon"), 0);
	checkint(ctl("nonsense"), -1);
	checkint(ctl(""), 0);
	check(consuser() == nil);
	checkint(ctl("owner bob"), 0);
	checkstr(consuser(), "bob");
	consctlread(buf, sizeof buf);
	check(strstr(buf, "\nintr ^C\n") && strstr(buf, "\nerase ^? ^H\n") && strstr(buf, "\nowner bob\n"));
}

static void testmeta(void)
{
	output();
	type("\024\024p");
	checkstr(output(), "processes\n");
	checkint(dumps, 1);
	type("\024");
	type("\024");
	type("r");
	type("\024\024h");
	checkint(resets, 101);
	output();
	type("a\024b\n");
	checkstr(get(100), "a\024b\n");
	output();
}

/* more than anybody reads: the line waits, and nothing is lost */
static void testflood(void)
{
	static char big[100000], got[100000];
	char *s;
	u32int n, i;

	for(i = 0; i < sizeof big-1; i++)
		big[i] = i%64 == 63 ? '\n' : 'A'+(i/64+i)%58;
	type(big);
	pump();
	check(uart.rxoff);
	check(strlen(typed) > 50000);
	for(n = 0; n < sizeof big-1 && (s = get(1000)) != nil; n += strlen(s)){
		if(strlen(s) > 64)
			break;
		memcpy(got+n, s, strlen(s));
	}
	checkint(n, sizeof big - 1 - (sizeof big-1)%64);
	check(memcmp(big, got, n) == 0);
	checkint(uart.nsoft, 0);
	/* and an interrupt character gets through all that is typed ahead */
	output();
	type("\003");
	output();
	type("0123456789\n0123456789\n\003");
	pump();
	check(get(100) == nil);
	output();
}

static void testkmesg(void)
{
	char buf[20000];
	int n, i;

	n = kmesgread(buf, sizeof buf, 0);
	check(n > 0 && memcmp(buf, "before 1\nafter\n", 15) == 0);
	checkint(kmesgread(buf, 5, 7), 5);
	check(memcmp(buf, "1\naft", 5) == 0);
	for(i = 0; i < 2000; i++)
		kprint("line %d\n", i);
	n = kmesgread(buf, sizeof buf, 0);
	checkint(n, 16384);
	check(memcmp(buf+n-10, "line 1999\n", 10) == 0);
	checkint(kmesgread(buf, 10, 16384), 0);
	checkint(kmesgread(buf, 10, -1), 0);
	kmesgclear();
	checkint(kmesgread(buf, 10, 0), 0);
	output();
	checkint(kprintdivert(1), 0);
	checkint(kprintdivert(1), -1);
	checkint(kprintread(buf, sizeof buf), 0);
	kprint("aside\n");
	checkstr(output(), "");
	checkint(kprintread(buf, sizeof buf), 6);
	checkint(kprintdivert(0), 0);
	kprint("again\n");
	checkstr(output(), "again\n");
}

static void testpanic(void)
{
	kprint("last words");
	polled[0] = 0;
	lock(&uart.lk);
	printpanic();
	kprint("panic: %s\n", "test");
	checkstr(polled, "panic: test\n");
	sent[nsent] = 0;
	checkstr(sent, "last words");
}

int main(void)
{
	khostproc()->noteid = 17;
	testearly();
	testread();
	testwrite();
	testintr();
	testmodes();
	testmeta();
	testflood();
	testkmesg();
	testpanic();
	return checkdone();
}
