/* needs: tests/host/libc/check.c tests/host/kern/memhost.c tests/host/kern/memprog.c port/page.c port/memres.c port/malloc.c port/ptab.c port/segment.c port/fault.c port/image.c port/swap.c port/pin.c port/exec.c port/elf.c port/sysmem.c lib9p/err.c libc/base/token.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c */
/* flags: -include tests/host/kern/memhost.h -Itests/host/libc -Itests/host/kern -Iport */
/* address spaces, one thing at a time: exec and scripts, servers that die or hang, fork while pinned, debuggers, limits */
#include <string.h>
#include "../../../port/mem.h"
#include "../../../port/proc.h"
#include "../../../port/chan.h"
#include "../../../libc/include/tos.h"
#include "../../../port/segment.h"
#include "check.h"
#include "memprog.h"
void *calloc(usize, usize);
void hostfree(void*) __asm__("free");
long sys_brk(u64int*);
long sys_segbrk(u64int*);
long sys_segattach(u64int*);
long sys_segdetach(u64int*);
long sys_segfree(u64int*);
long sys_segflush(u64int*);
long sys_exec(u64int*);

enum { Total = 8*MiB, Inplace = 2*MiB };	/* the latter lies behind the memory there is */
static Memrange map[] = { { 0x100000, Total } };
static Ureg ureg;
static Hostfile *prog, *other;
static uchar *inplace;

static void grandchild2(void*);
static void grandchild3(void*);

static void start(char *name)
{
	char *argv[2] = { name, nil };

	up->ureg = &ureg;
	checkint(sysexec(name, argv, &ureg), 0);
}

static void leave(void)
{
	segfreeall(up);
	free(up->args);
	up->args = nil;
}

static int userputs(uintptr va, char *s)
{
	do{
		if(userput(va++, *s) < 0)
			return -1;
	}while(*s++);
	return 0;
}

static void putword(uintptr va, u64int v)
{
	int i;

	for(i = 0; i < 8; i++)
		userput(va+i, v >> 8*i & 0xff);
}

static u64int getword(uintptr va)
{
	u64int v;
	int i;

	v = 0;
	for(i = 7; i >= 0; i--)
		v = v<<8 | userget(va+i);
	return v;
}

static char *argof(int i)
{
	static char buf[4][300];
	static int n;
	char *p;

	p = buf[n++%4];
	if(copyinstr(p, getword(ureg.rsp + 8 + 8*i), sizeof buf[0]) < 0)
		return nil;
	return p;
}

static u64int reserved(void)
{
	Memstat m;

	memstat(&m);
	return m.reserved;
}

/* exec, and what it puts on the stack */

static void layout(void *arg)
{
	char *argv[] = { "prog", "", "a b", nil };
	Seginfo si;
	Tos tos;
	int i, n;

	USED(arg);
	up->ureg = &ureg;
	checkint(sysexec("/bin/none", argv, &ureg), -1);
	checkstr(geterr(), "file does not exist");
	checkint(reserved(), 0);
	checkint(sysexec("/bin/prog", argv, &ureg), 0);
	checkint(ureg.rip, ProgText+0x1000);
	checkint(ureg.rsp%16, 0);
	checkint(ureg.rdi, USERTOP-sizeof(Tos));
	checkint(getword(ureg.rsp), 3);
	checkstr(argof(0), "prog");
	checkstr(argof(1), "");
	checkstr(argof(2), "a b");
	checkint(getword(ureg.rsp+8+3*8), 0);
	checkint(copyin(&tos, ureg.rdi, sizeof tos), 0);
	checkint(tos.pid, up->pid);
	checkint(tos.cyclefreq, tschz);
	checkint(tos.ncpu, 1);
	check(tos.priv[0] == nil && tos.kcycles == 0);
	checkstr(up->text, "prog");
	checkint(up->nargs, 10);
	check(memcmp(up->args, "prog\0\0a b", 10) == 0);
	n = 0;
	for(i = 0; seginfo(up, i, &si); i++){
		n += si.type == SegText;
		check(si.base <= si.top && si.ref >= 1);
	}
	checkint(i, 5);
	checkint(n, 2);
	checkint(seginfo(up, 5, &si), 0);
	check(segpages(up) == (ProgEnd-ProgText)/PGSZ);
	/* protection */
	checkint(userput(ProgText, 1), -1);
	checkint(userput(ProgRo, 1), -1);
	checkint(fault(ProgData, MMUEXEC, 1), -1);
	checkint(fault(ProgRo, MMUEXEC, 1), -1);
	checkint(fault(USERTOP-PGSZ, MMUEXEC, 1), -1);
	checkint(fault(ProgText, MMUEXEC, 1), 0);
	checkint(userget(ProgEnd), -1);
	checkint(userget(ProgText-1), -1);
	checkint(userget(USERTOP), -1);
	checkint(fault(~0UL, MMUREAD, 1), -1);
	checkint(fault(1UL<<63, MMUREAD, 1), -1);
	/* the data's last page: file, then zeros, whether read or written first */
	checkint(userget(ProgData+ProgDatalen-1), progbyte(ProgDataoff+ProgDatalen-1, 0));
	checkint(userget(ProgData+ProgDatalen), 0);
	checkint(userget(ProgData), progbyte(ProgDataoff, 0));
	checkint(userput(ProgData, 1), 0);
	checkint(userget(ProgData+1), progbyte(ProgDataoff+1, 0));
	/* a second exec replaces all */
	checkint(sysexec("/bin/other", argv, &ureg), 0);
	checkint(userget(ProgData), progbyte(ProgDataoff, 100));
	leave();
}

static void badprogs(void *arg)
{
	static char *bad[] = { "/bin/trunc", "/bin/empty", "/bin/text", "/bin/nointerp", "/bin/loop", "/bin/wx" };
	usize i;
	char *argv[] = { "x", nil };

	USED(arg);
	start("/bin/prog");
	userput(ProgData, 77);
	for(i = 0; i < nelem(bad); i++){
		checkint(sysexec(bad[i], argv, &ureg), -1);
		checkint(userget(ProgData), 77);
		checkint(up->nargs, 10);
	}
	/* headers in order, the rest is missing: runs until it gets there */
	checkint(sysexec("/bin/half", argv, &ureg), 0);
	check(userget(ProgText+600) >= 0);
	checkint(userget(ProgData), -1);
	checkstr(geterr(), "program file is truncated");
	checkint(userput(ProgData, 1), -1);
	leave();
}

static void scripts(void *arg)
{
	char *argv[] = { "name", "x", "y", nil }, *none[] = { nil };

	USED(arg);
	up->ureg = &ureg;
	checkint(sysexec("/bin/script", argv, &ureg), 0);
	checkint(getword(ureg.rsp), 6);
	checkstr(argof(0), "/bin/script");
	checkstr(argof(1), "-a");
	checkstr(argof(2), "b");
	checkstr(argof(3), "/bin/script");
	checkstr(argof(4), "x");
	checkstr(argof(5), "y");
	checkstr(up->text, "script");
	checkint(sysexec("/bin/script", none, &ureg), 0);
	checkint(getword(ureg.rsp), 4);
	checkint(sysexec("/bin/short", argv, &ureg), 0);
	checkint(getword(ureg.rsp), 4);
	checkstr(argof(1), "/bin/short");
	leave();
}

/* arguments from user memory, good and bad */
static void userargs(void *arg)
{
	u64int a[2];
	uintptr p, big;
	int i;

	USED(arg);
	start("/bin/prog");
	p = ProgEnd;
	a[0] = p + 64*PGSZ;
	checkint(sys_brk(a), 0);
	userputs(p, "/bin/prog");
	userputs(p+20, "one");
	putword(p+64, p+20);
	putword(p+72, 0);
	a[0] = p;
	a[1] = ~0UL-7;
	checkint(sys_exec(a), -1);
	a[0] = 8;
	a[1] = p+64;
	checkint(sys_exec(a), -1);
	a[0] = p;
	putword(p+64, 12345);
	checkint(sys_exec(a), -1);
	/* a string that runs into the end of memory */
	big = p + 64*PGSZ - 3;
	for(i = 0; i < 3; i++)
		userput(big+i, 'x');
	putword(p+64, big);
	checkint(sys_exec(a), -1);
	/* an endless list */
	for(i = 0; i < 8*PGSZ; i += 8)
		putword(p+PGSZ+i, p+20);
	a[1] = p+PGSZ;
	userputs(p+PGSZ+8*PGSZ-8, "");
	putword(p+PGSZ+8*PGSZ-8, 0);
	checkint(sys_exec(a), 0);
	checkint(getword(ureg.rsp), 8*PGSZ/8-1);
	checkstr(argof(4000), "one");
	check(up->nargs <= 4096 && up->args[up->nargs-1] == 0);
	leave();
}

static void hugeargs(void *arg)
{
	char *big, *argv[8];
	int i;

	USED(arg);
	big = calloc(1, 100001);
	memset(big, 'b', 100000);
	for(i = 0; i < 7; i++)
		argv[i] = big;
	argv[7] = nil;
	up->ureg = &ureg;
	checkint(sysexec("/bin/prog", argv, &ureg), -1);
	checkstr(geterr(), "exec: argument list too long");
	argv[4] = nil;
	checkint(sysexec("/bin/prog", argv, &ureg), 0);
	checkint(getword(ureg.rsp), 4);
	checkint(userget(getword(ureg.rsp+8)+99999), 'b');
	checkint(userget(getword(ureg.rsp+8)+100000), 0);
	leave();
	hostfree(big);
}

/* servers */

static int waited, faulted = -2;
static Proc *victim;

static void hangs(void *arg)
{
	USED(arg);
	start("/bin/prog");
	prog->hang = 1;
	waited++;
	faulted = userget(ProgData);
	leave();
}

/* two wait for the same page: one is killed, the other gets it */
static void second(void *arg)
{
	USED(arg);
	while(waited < 1)
		hostyield();
	start("/bin/prog");
	waited++;
	checkint(userget(ProgData+1), progbyte(ProgDataoff+1, 0));
	leave();
}

static void killer(void *arg)
{
	int i;

	USED(arg);
	while(waited < 1)
		hostyield();
	for(i = 0; i < 50; i++)
		hostyield();
	hostkill(victim);
	while(faulted == -2)
		hostyield();
	checkint(faulted, -1);
	prog->hang = 0;
	hostwakefiles();
}

static void dies(void *arg)
{
	USED(arg);
	start("/bin/prog");
	imagereclaim(~0UL);
	prog->fail = 1;
	checkint(userget(ProgData), -1);
	checkstr(geterr(), "i/o error");
	checkint(userput(ProgData, 1), -1);
	/* what is here stays usable, and all is well when the server is */
	check(userget(ProgText+0x1001) >= 0);
	prog->fail = 0;
	checkint(userget(ProgData), progbyte(ProgDataoff, 0));
	leave();
}

static void caching(void *arg)
{
	int n;

	USED(arg);
	start("/bin/prog");
	userget(ProgData);
	userget(ProgRo);
	leave();
	checkint(prog->refs, 0);	/* an idle image holds no channel */
	n = prog->nread;
	start("/bin/prog");
	userget(ProgData);
	userget(ProgRo);
	leave();
	checkint(prog->nread, n);
	prog->vers++;
	prog->data[ProgDataoff] ^= 1;
	start("/bin/prog");
	checkint(userget(ProgData), progbyte(ProgDataoff, 0) ^ 1);
	check(prog->nread > n);
	leave();
	prog->data[ProgDataoff] ^= 1;
	prog->vers++;
	/* not to be cached */
	other->dev = 0;
	start("/bin/other");
	userget(ProgData);
	leave();
	n = other->nread;
	start("/bin/other");
	check(other->nread > n);
	leave();
	other->dev = 777;
}

static uchar *page(Fid *f, vlong off)
{
	Hostfile *h;

	h = f->aux;
	if((u64int)off >= h->len || h->data != inplace)
		return nil;
	return h->data + off;
}

static void direct(void *arg)
{
	Hostfile *f;
	u64int pa;

	USED(arg);
	imagedirect(&hostsrv, page);
	f = hostfile("/bin/inplace", inplace, ProgLen);
	f->linked = 1;
	start("/bin/inplace");
	checkint(userget(ProgText+0x1234), progbyte(0x1234, 5));
	checkint(userget(ProgData), progbyte(ProgDataoff, 5));
	checkint(userput(ProgData, 99), 0);
	checkint(userget(ProgData), 99);
	checkint(userput(ProgData+ProgDatalen, 98), 0);
	checkint(f->nread, 0);
	checkint(inplace[ProgDataoff], progbyte(ProgDataoff, 5));
	checkint(inplace[ProgDataoff+ProgDatalen], progbyte(ProgDataoff+ProgDatalen, 5));
	pa = hostpa(ProgText+0x1000);
	check((uchar*)kaddr(pa) == inplace+0x1000);
	leave();
	imagereclaim(~0UL);
}

/* fork */

static Proc *forkhere(void (*f)(void*), int share)
{
	Proc *p;

	p = hostembryo(nil);
	if(segcopyall(p, share) < 0){
		hostdrop(p);
		return nil;
	}
	hostbegin(p, f);
	return p;
}

static int step;

static void child(void *arg)
{
	USED(arg);
	checkint(userget(ProgEnd), 1);
	checkint(userput(ProgEnd, 2), 0);
	checkint(userget(ProgEnd+PGSZ), 0);
	leave();
	step++;
}

/* the page pinned for a read stays the parent's, whatever fork does */
static void pinned(void *arg)
{
	uchar *room[1];
	u64int a[1];
	uchar c;
	Buf b;

	USED(arg);
	step = 0;
	start("/bin/prog");
	a[0] = ProgEnd + 8*PGSZ;
	sys_brk(a);
	userput(ProgEnd, 1);
	checkint(bufpin(&b, ProgEnd+100, 2*PGSZ, 1, room, 1), 0);
	checkint(b.off, 100);
	check(b.page != room);
	check(forkhere(child, 0) != nil);
	userput(ProgEnd, 3);	/* must not make a copy of it for us */
	c = 42;
	bufput(&b, 0, &c, 1);
	bufput(&b, 2*PGSZ-1, &c, 1);
	checkint(userget(ProgEnd+100), 42);
	checkint(userget(ProgEnd+99+2*PGSZ), 42);
	checkint(userget(ProgEnd), 3);
	bufunpin(&b, room);
	bufunpin(&b, room);
	while(step < 1)
		hostyield();
	checkint(userget(ProgEnd+100), 42);
	/* freed while pinned: the page lives until it is unpinned */
	checkint(bufpin(&b, ProgEnd, 10, 1, room, 1), 0);
	check(b.page == room);
	a[0] = ProgEnd;
	checkint(sys_brk(a), 0);
	bufput(&b, 0, &c, 1);
	bufunpin(&b, room);
	checkint(userget(ProgEnd), -1);
	/* what may not be pinned */
	checkint(bufpin(&b, ProgText, 10, 1, room, 1), -1);
	checkint(bufpin(&b, ProgText, 10, 0, room, 1), 0);
	bufunpin(&b, room);
	checkint(bufpin(&b, ProgEnd-5, 10, 0, room, 1), -1);
	checkint(bufpin(&b, USERTOP-5, 10, 1, room, 1), -1);
	checkint(bufpin(&b, ~0UL-5, 10, 1, room, 1), -1);
	checkint(bufpin(&b, ProgData, ~0UL, 1, room, 1), -1);
	checkint(bufpin(&b, ProgData, 0, 1, room, 1), 0);
	bufunpin(&b, room);
	leave();
}

static void pinmuch(void *arg)
{
	uchar *room[1];
	u64int a[1];
	Buf b[40];
	int n, k;

	USED(arg);
	start("/bin/prog");
	a[0] = ProgEnd + 64*PGSZ;
	checkint(sys_brk(a), 0);
	for(n = 0; n < 40; n++)
		if(bufpin(&b[n], ProgEnd, 64*PGSZ, 1, room, 1) < 0)
			break;
	check(n > 1 && n < 40);
	checkstr(geterr(), "too much memory in use for i/o");
	for(k = 0; k < n; k++)
		bufunpin(&b[k], room);
	checkint(bufpin(&b[0], ProgEnd, 64*PGSZ, 1, room, 1), 0);
	bufunpin(&b[0], room);
	leave();
}

static void sharer(void *arg)
{
	USED(arg);
	checkint(userget(ProgEnd), 1);
	userput(ProgEnd, 2);
	userput(USERTOP-2*PGSZ, 22);
	step++;
	while(step < 2)
		hostyield();
	checkint(userget(ProgEnd), 3);
	/* memory attached by one is not the other's */
	checkint(userget(0x30000000), -1);
	leave();
	step++;
}

static void grandchild(void *arg)
{
	USED(arg);
	checkint(userget(ProgEnd), 2);
	userput(ProgEnd, 9);
	leave();
}

/* shared memory of two, which a third has copied: a write by either is seen by the other */
static void sharing(void *arg)
{
	u64int a[1];

	USED(arg);
	step = 0;
	start("/bin/prog");
	a[0] = ProgEnd + PGSZ;
	sys_brk(a);
	userput(ProgEnd, 1);
	userput(USERTOP-2*PGSZ, 11);
	ureg.rsp = USERTOP-3*PGSZ;
	check(forkhere(sharer, 1) != nil);
	while(step < 1)
		hostyield();
	checkint(userget(ProgEnd), 2);
	checkint(userget(USERTOP-2*PGSZ), 11);
	check(forkhere(grandchild, 0) != nil);
	checkint(userput(ProgEnd, 3), 0);	/* takes it out of the sharer's address space */
	step++;
	while(step < 3)
		hostyield();
	checkint(userget(ProgEnd), 3);
	leave();
}

/* calls */

static void calls(void *arg)
{
	u64int a[4];
	long va, n;

	USED(arg);
	start("/bin/prog");
	/* brk */
	a[0] = ProgEnd + 1;
	checkint(sys_brk(a), 0);
	checkint(userput(ProgEnd+PGSZ-1, 5), 0);
	checkint(userget(ProgEnd+PGSZ), -1);
	a[0] = ProgEnd;
	checkint(sys_brk(a), 0);
	checkint(userget(ProgEnd), -1);
	a[0] = ProgEnd+PGSZ;
	checkint(sys_brk(a), 0);
	checkint(userget(ProgEnd+PGSZ-1), 0);
	a[0] = ProgData; checkint(sys_brk(a), -1);
	a[0] = 0; checkint(sys_brk(a), -1);
	a[0] = ~0UL; checkint(sys_brk(a), -1);
	a[0] = USERTOP; checkint(sys_brk(a), -1);
	a[0] = ProgEnd + 16*MiB;
	checkint(sys_brk(a), -1);
	checkstr(geterr(), "not enough memory");
	/* attach */
	userputs(ProgData, "shared");
	userputs(ProgData+20, "nosuch");
	a[0] = 0; a[1] = ProgData; a[2] = 0; a[3] = 3*PGSZ-1;
	va = sys_segattach(a);
	check(va > 0 && va%PGSZ == 0 && va + 3*PGSZ <= (long)(USERTOP-StackMax));
	checkint(userput(va+3*PGSZ-1, 1), 0);
	a[2] = va - PGSZ; a[3] = PGSZ+1;
	checkint(sys_segattach(a), -1);
	checkstr(geterr(), "segments overlap");
	a[2] = ProgText-PGSZ; a[3] = 2*PGSZ; checkint(sys_segattach(a), -1);
	a[2] = 0x30000000; a[3] = 0; checkint(sys_segattach(a), -1);
	a[3] = ~0UL; checkint(sys_segattach(a), -1);
	a[2] = USERTOP; a[3] = PGSZ; checkint(sys_segattach(a), -1);
	a[2] = 0x1000; checkint(sys_segattach(a), -1);
	a[2] = 0x30000000; a[1] = ProgData+20; checkint(sys_segattach(a), -1);
	a[1] = 3; checkint(sys_segattach(a), -1);
	a[0] = 1; a[1] = ProgData; checkint(sys_segattach(a), -1);
	a[0] = 0x40;
	checkint(sys_segattach(a), 0x30000000);
	checkint(userget(0x30000000), 0);
	checkint(userput(0x30000000, 1), -1);
	/* brk up to what is attached, not into it */
	a[0] = 0x30000001;
	checkint(sys_brk(a), -1);
	/* segbrk */
	a[0] = va; a[1] = va + 10*PGSZ; n = sys_segbrk(a);
	check(n == -1 || va + 10*PGSZ <= (long)(USERTOP-StackMax-PGSZ));
	a[0] = 0x30000000; a[1] = 0x30000000 + 5*PGSZ;
	checkint(sys_segbrk(a), 0x30000000 + 5*PGSZ);
	checkint(userget(0x30000000 + 5*PGSZ - 1), 0);
	a[1] = 0x30000000-1; checkint(sys_segbrk(a), -1);
	a[0] = ProgText; a[1] = ProgText+PGSZ; checkint(sys_segbrk(a), -1);
	a[0] = 77; checkint(sys_segbrk(a), -1);
	a[0] = 0; a[1] = 0; checkint(sys_segbrk(a), ProgEnd+PGSZ);
	/* free */
	a[0] = ProgData; a[1] = PGSZ; checkint(sys_segfree(a), 0);
	checkint(userget(ProgData), progbyte(ProgDataoff, 0));
	a[0] = 5; checkint(sys_segfree(a), -1);
	a[0] = ProgText; a[1] = ~0UL; checkint(sys_segfree(a), -1);
	a[1] = 100*PGSZ; checkint(sys_segfree(a), -1);
	a[0] = ProgText; a[1] = ProgEnd-ProgText; checkint(sys_segflush(a), 0);
	a[1] += 2*PGSZ; checkint(sys_segflush(a), -1);
	a[1] = ~0UL; checkint(sys_segflush(a), -1);
	/* detach */
	a[0] = va+2*PGSZ; checkint(sys_segdetach(a), 0);
	checkint(userget(va), -1);
	checkint(sys_segdetach(a), -1);
	a[0] = ProgText; checkint(sys_segdetach(a), -1);
	a[0] = USERTOP-1; checkint(sys_segdetach(a), -1);
	/* exec keeps what was attached, unless asked not to or it is in the way */
	userputs(ProgData, "memory");
	a[0] = 0x100; a[1] = ProgData; a[2] = 0x40000000; a[3] = PGSZ; checkint(sys_segattach(a), 0x40000000);
	a[0] = 0; a[2] = 0x50000000; checkint(sys_segattach(a), 0x50000000);
	userput(0x50000000, 55);
	start("/bin/prog");
	checkint(userget(0x40000000), -1);
	checkint(userget(0x50000000), 55);
	checkint(userget(0x30000000), 0);
	checkint(userput(0x30000000, 1), -1);
	leave();
}

static void stack(void *arg)
{
	uintptr va;
	int n;

	USED(arg);
	start("/bin/prog");
	checkint(userput(USERTOP-StackMax, 1), 0);
	checkint(userput(USERTOP-StackMax-1, 1), -1);
	n = 0;
	for(va = USERTOP-5*PGSZ; va > USERTOP-StackMax+PGSZ; va -= PGSZ, n++)
		if(userput(va, 1) < 0)
			break;
	checkstr(geterr(), "not enough memory");
	check(n > 500 && reserved() > (u64int)n);
	leave();
}

/* a debugger */

static Proc *target;

static void debugged(void *arg)
{
	USED(arg);
	start("/bin/prog");
	userput(ProgEnd-1, 1);
	target = up;
	while(step == 0)
		hostyield();
	checkint(userget(ProgText+0x1001), 0xcc);
	checkint(userget(ProgText+0x1002), progbyte(0x1002, 0));
	checkint(userget(ProgData+3), 33);
	checkint(userput(ProgText, 1), -1);
	check(forkhere(grandchild2, 0) != nil);
	leave();
}

static void grandchild2(void *arg)
{
	USED(arg);
	checkint(userget(ProgText+0x1001), 0xcc);
	leave();
	step++;
}

static void debugger(void *arg)
{
	uchar buf[3*PGSZ], c;
	Chan *ch;

	USED(arg);
	start("/bin/prog");
	while(target == nil)
		hostyield();
	checkint(segfetch(target, ProgText+600, buf, 100, 0), 100);
	checkint(buf[0], progbyte(600, 0));
	checkint(segfetch(target, ProgEnd-10, buf, 100, 0), 10);
	checkint(buf[9], 1);
	checkint(segfetch(target, ProgEnd, buf, 1, 0), -1);
	checkint(segfetch(target, ~0UL, buf, 1, 0), -1);
	checkint(segfetch(target, ProgText, buf, sizeof buf, 0), sizeof buf);
	c = 0xcc;
	checkint(segfetch(target, ProgText+0x1001, &c, 1, 1), -1);
	checkstr(geterr(), "process not stopped");
	target->state = Pstopped;
	checkint(segfetch(target, ProgText+0x1001, &c, 1, 1), 1);
	c = 33;
	checkint(segfetch(target, ProgData+3, &c, 1, 1), 1);
	target->state = Prunning;
	checkint(segfetch(target, ProgData+3, &c, 1, 1), -1);
	/* ours is as it was */
	checkint(userget(ProgText+0x1001), progbyte(0x1001, 0));
	checkint(userget(ProgData+3), progbyte(ProgDataoff+3, 0));
	ch = segtextchan(target);
	check(ch != nil);
	chanclose(ch);
	step++;
	leave();
}

/* every mmumap and mmunew fails once */
static void nomaps(void *arg)
{
	int i;

	USED(arg);
	start("/bin/prog");
	for(i = 1; i < 60; i++){
		hostmmufail = i;
		if(forkhere(grandchild3, 0) == nil)
			check(i == 1);
		hostmmufail = i;
		userput(ProgEnd-1-i%5*PGSZ, i);
		checkint(userget(ProgEnd-1-i%5*PGSZ), i);
		hostmmufail = 0;
		hostyield();
	}
	leave();
}

static void grandchild3(void *arg)
{
	int i;

	USED(arg);
	for(i = 0; i < 5; i++)
		check(userget(ProgData+i*PGSZ) >= 0);
	leave();
}

static void run(void (*f)(void*))
{
	Memstat m;

	step = 0;
	hostproc(f, nil);
	hostrun();
	imagereclaim(~0UL);
	memstat(&m);
	checkint(m.reserved, 0);
	check(m.user <= 3);
	check(m.kernel <= 30);
	checkint(prog->refs, 0);
}

static void files(void)
{
	static char script[] = "#! /bin/prog -a\tb \nrest", shorts[] = "#!/bin/prog", loop[] = "#!/bin/script\n", nointerp[] = "#!\n", text[] = "echo hello\n";
	uchar *wx, *half, *p;

	prog = hostfile("/bin/prog", progmake(0), ProgLen);
	other = hostfile("/bin/other", progmake(100), ProgLen);
	hostfile("/bin/script", script, sizeof script - 1);
	hostfile("/bin/short", shorts, sizeof shorts - 1);
	hostfile("/bin/loop", loop, sizeof loop - 1);
	hostfile("/bin/nointerp", nointerp, sizeof nointerp - 1);
	hostfile("/bin/text", text, sizeof text - 1);
	hostfile("/bin/empty", text, 0);
	hostfile("/bin/trunc", prog->data, 100);
	half = progmake(0);
	hostfile("/bin/half", half, 2*PGSZ+10);
	wx = progmake(0);
	wx[64+4] = 7;
	hostfile("/bin/wx", wx, ProgLen);
	inplace = hostmem + Total + 0x100000;
	p = progmake(5);
	memcpy(inplace, p, ProgLen);
	hostfree(p);
}

int main(void)
{
	memhostinit(Total+0x100000+Inplace, map, nelem(map));
	files();
	run(layout);
	run(badprogs);
	run(scripts);
	run(userargs);
	run(hugeargs);
	run(caching);
	run(dies);
	victim = hostproc(hangs, nil);
	hostproc(second, nil);
	run(killer);
	run(direct);
	run(pinned);
	run(pinmuch);
	run(sharing);
	run(calls);
	run(stack);
	hostproc(debugged, nil);
	run(debugger);
	run(nomaps);
	return checkdone();
}
