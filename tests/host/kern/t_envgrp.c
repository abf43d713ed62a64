/* needs: tests/host/libc/check.c tests/host/kern/khost.c lib9p/err.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c */
/* flags: -include tests/host/kern/khost.h -Itests/host/libc -Iport */
/*
 * t_envgrp: environment groups with a linked server, with one that answers
 * late, and with one that never does: rfork and exit go on in any case.
 */
#include <ucontext.h>
#include <stdlib.h>
#include "../../../port/envgrp.c"
#include "check.h"

static ucontext_t mainctx, procctx;
static void (*procfun)(void*);
static char got[100000], *gotend = got;
static int linked = 1, silent, present = 1, waits, failing, nokproc;
static Chan chan, roots[20];
static int attached;

Chan *srvattach(int dc, char *spec)
{
	check(dc == 'e');
	if(strcmp(spec, "ctl") != 0){
		attached++;
		return present ? &roots[atoi(spec)] : nil;
	}
	return present ? &chan : nil;
}

int chanopen(Chan *c, int omode)
{
	check(c == &chan && omode == OWRITE);
	return 0;
}

void chanclose(Chan *c)
{
	if(c >= roots && c < roots+nelem(roots))
		attached--;
}

Chan *muxchan(Chan *c)
{
	return linked ? nil : c;
}

long chanwrite(Chan *c, const void *p, long n, vlong off)
{
	USED(off);
	check(c == &chan);
	while(silent)
		swapcontext(&procctx, &mainctx);
	if(failing)
		return seterr("out of memory");
	gotend = seprint(gotend, got+sizeof got, "%.*s;", (int)n, (char*)p);
	return n;
}

static void runproc(void)
{
	procfun(nil);
}

Proc *kproc(char *name, void (*f)(void*), void *arg)
{
	static char stack[256*1024];

	USED(name);
	USED(arg);
	if(nokproc)
		return nil;
	procfun = f;
	getcontext(&procctx);
	procctx.uc_stack.ss_sp = stack;
	procctx.uc_stack.ss_size = sizeof stack;
	makecontext(&procctx, runproc, 0);
	return up;
}

static void pump(void)
{
	if(procfun)
		swapcontext(&mainctx, &procctx);
}

void sleepu(Rendez *r, int (*cond)(void*), void *arg)
{
	USED(r);
	while(!cond(arg))
		swapcontext(&procctx, &mainctx);
}

int tsleep(Rendez *r, int (*cond)(void*), void *arg, vlong ns)
{
	USED(r);
	waits++;
	pump();
	if(cond(arg))
		return 0;
	khosttime += ns;
	return 1;
}

void wakeup(Rendez *r)
{
	USED(r);
}

void kprint(char *fmt, ...)
{
	USED(fmt);
}

int print(char *fmt, ...)
{
	USED(fmt);
	return 0;
}

static char *said(void)
{
	static char buf[sizeof got];

	memmove(buf, got, gotend-got+1);
	gotend = got;
	*got = 0;
	return buf;
}

static void testlinked(void)
{
	Egrp *a, *b;
	char buf[30];

	a = egrpnew();
	checkstr(said(), "");
	b = egrpcopy(a);
	checkstr(said(), "copy 1 2;");
	up->egrp = b;
	checkstr(envspec(buf, sizeof buf), "2");
	egrpincref(b);
	egrpclose(b);
	checkstr(said(), "");
	egrpclose(b);
	egrpclose(a);
	egrpclose(nil);
	checkstr(said(), "clear 2;clear 1;");
	checkint(waits, 0);
	a = egrpnew();
	failing = 1;
	b = egrpcopy(a);
	check(b != nil && egrpid(b) != egrpid(a));
	egrpclose(b);
	egrpclose(a);
	failing = 0;
}

static void testmoved(void)
{
	Egrp *a, *b, *c;
	int i;

	linked = 0;
	a = egrpnew();
	b = egrpcopy(a);
	checkstr(said(), "copy 5 6;");
	checkint(waits, 1);
	/* now it does not answer: rfork waits a second, exit not at all */
	silent = 1;
	c = egrpcopy(b);
	check(c != nil);
	checkint(waits, 2);
	egrpclose(c);
	checkint(waits, 2);
	checkstr(said(), "");
	for(i = 0; i < 2*Queuemax; i++)
		egrpclose(egrpnew());
	checkint(msgs.n, Queuemax);
	c = egrpcopy(b);
	check(c != nil);
	checkint(waits, 2);
	egrpclose(c);
	/* and answers again: all in order */
	silent = 0;
	pump();
	check(strncmp(said(), "copy 6 7;clear 7;clear 8;clear 9;", 33) == 0);
	checkint(msgs.n, 0);
	egrpclose(b);
	egrpclose(a);
	pump();
	checkstr(said(), "clear 6;clear 5;");
}

static void testroots(void)
{
	Egrp *a, *b;
	Chan *c;

	linked = 1;
	lastid = 10;
	a = egrpnew();
	b = egrpcopy(a);
	up->egrp = a;
	c = envroot(&chan);
	check(c == &roots[11]);
	check(envroot(c) == c && envroot(&chan) == c);
	checkint(attached, 1);
	up->egrp = b;
	check(envroot(c) == &roots[12]);
	checkint(attached, 2);
	egrpclose(b);
	checkint(attached, 1);
	egrpclose(a);
	checkint(attached, 0);
	up->egrp = nil;
	check(envroot(&chan) == &chan);
	present = 0;
	up->egrp = a = egrpnew();
	check(envroot(&chan) == nil);
	present = 1;
	egrpclose(a);
	said();
}

static void testnone(void)
{
	Egrp *a, *b;

	linked = 1;
	ctl = nil;
	present = 0;
	a = egrpnew();
	b = egrpcopy(a);
	check(b != nil);
	egrpclose(b);
	egrpclose(a);
	checkstr(said(), "");
}

static void testnokproc(void)
{
	Egrp *a, *b;

	ctl = nil;
	present = 1;
	linked = 0;
	nokproc = 1;
	msgs.running = 0;
	procfun = nil;
	a = egrpnew();
	b = egrpcopy(a);
	check(b != nil);
	nokproc = 0;
	egrpclose(b);
	pump();
	check(strstr(said(), ";clear ") != nil);
	egrpclose(a);
	pump();
	checkint(msgs.n, 0);
}

int main(void)
{
	khostproc();
	testlinked();
	testmoved();
	testroots();
	testnone();
	testnokproc();
	return checkdone();
}
