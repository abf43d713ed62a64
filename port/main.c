/*
 * main.c: the kernel's start, and the first process.
 *
 * kmain is entered on processor 0, on the boot stack, which becomes its
 * scheduler's.  The order below matters: memory before the first malloc, the
 * scheduler before the first process, the servers' init before anything has a
 * name.  What sleeps happens in the first process, which begins as a kernel
 * process, brings up devices and the other processors, and then turns into
 * /bin/init, or what the boot argument init names.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "dev.h"
#include "mnt.h"

static void firstnames(Proc *p)
{
	p->slash = srvattach('/', "");
	if(p->slash == nil)
		panic("no root: %s", geterr());
	/* to this process and its descendants it is "/", not "#/" */
	pathclose(p->slash->path);
	p->slash->path = pathnew("/", 1, 0);
	chanincref(p->slash);
	p->dot = p->slash;
	if(procfirst(p) < 0)
		panic("first process: %s", geterr());
}

static void first(void *arg)
{
	char *argv[2], *name;
	Ureg *u;
	Proc *p;

	USED(arg);
	p = up;
	firstnames(p);
	machlate();
	bootenv();
	checkself();
	name = bootarg("init");
	if(name == nil)
		name = "/bin/init";
	argv[0] = name;
	argv[1] = nil;
	u = uregtop(p->kstktop);
	memset(u, 0, sizeof *u);
	p->ureg = u;
	p->fixedpri = 0;
	p->basepri = PriNormal;
	p->kp = 0;
	if(sysexec(name, argv, u) < 0)
		panic("%s: %s", name, geterr());
	while(p->notepending)
		userreturn(u);
	userenter(u);
}

noreturn_ void kmain(void)
{
	pageinit();
	mallocinit();
	schedinit();
	procinit();
	/* made first, so that it is process 1; nothing runs before schedloop */
	if(kproc("init", first, nil) == nil)
		panic("no memory for the first process");
	userinit();
	srvtabinit();
	muxinit();
	schedloop();
}
