/* needs: tests/host/libc/check.c tests/host/kern/memhost.c tests/host/kern/memprog.c port/page.c port/memres.c port/malloc.c port/ptab.c port/segment.c port/fault.c port/image.c port/swap.c port/pin.c port/exec.c port/elf.c port/sysmem.c lib9p/err.c libc/base/token.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c */
/* flags: -include tests/host/kern/memhost.h -Itests/host/libc -Itests/host/kern -Iport */
/*
 * Many processes that fork, share, exec, grow, pin, page and exit at random
 * in little memory, each against a model of what it must see.  No access to
 * reserved memory may fail, and at the end nothing may be left.
 */
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
long sys_segattach(u64int*);
long sys_segdetach(u64int*);
long sys_segfree(u64int*);

enum {
	Total = 1200*KiB,
	Swapsize = 4*MiB,
	Maxheap = 40,		/* pages */
	Nstack = 5,
	Nshared = 8,
	Maxprocs = 24,
	Ndata = ProgDatamem/PGSZ,
	Ncrowd = 400,		/* pages, more than Total */
	Ntaken = 60,
};
#define Sharedva 0x10000000UL
#define Privva 0x20000000UL

typedef struct Group Group;
typedef struct Shared Shared;
typedef struct Model Model;

struct Shared {	/* a shared segment: seen by all relatives */
	int ref;
	uchar page[Nshared];
};

struct Group {	/* data and heap of one or several processes */
	int ref;
	int salt;
	int nheap;
	uchar data[Ndata];
	uchar heap[Maxheap];
	int hasdata[Ndata];	/* written; else as the file says */
};

struct Model {
	Group *g;
	Shared *sh;
	Shared *priv;		/* a "memory" segment: seen by those that share memory */
	uchar stack[Nstack];
	int steps;
	Ureg u;
};

static Memrange map[] = { { 0x100000, Total } };
static int nprocs, nfork, nforkfail, nexec, npin, failed, forksleft;
static char *progname[] = { "/bin/a", "/bin/b" };

static void fail(char *what)
{
	if(failed++ < 10)
		checkresult(0, __FILE__, __LINE__, what);
}

/* one byte of each page is looked at: where */
static uintptr probe(uintptr page)
{
	return page + (page>>PGSHIFT)*37%PGSZ;
}

static uintptr dataaddr(int i) { return probe(ProgData + i*PGSZ); }
static uintptr heapaddr(int i) { return probe(ProgEnd + i*PGSZ); }
static uintptr stackaddr(int i) { return probe(USERTOP - (i+2)*PGSZ); }

static int datawant(Group *g, int i)
{
	u64int off;

	if(g->hasdata[i])
		return g->data[i];
	off = dataaddr(i) - ProgData;
	return off < ProgDatalen? progbyte(ProgDataoff+off, g->salt): 0;
}

static void expect(uintptr va, int want, char *what)
{
	int c;

	c = userget(va);
	if(c != want){
		if(failed < 10)
			checklong(c, want, __FILE__, __LINE__, what);
		failed++;
	}
}

static void doread(Model *m)
{
	u64int off;
	int i, c;

	switch(hostrand(6)){
	case 0:
		off = hostrand(ProgTextlen + PGSZ - 512) + 512;
		c = userget(ProgText+off);
		if(c != progbyte(off, m->g->salt))
			fail("text");
		break;
	case 1:
		/* a sibling may have written between the access and the look at the model: not between userget and here */
		i = hostrand(Ndata);
		c = userget(dataaddr(i));
		if(c != datawant(m->g, i))
			fail("data");
		break;
	case 2:
		if(m->g->nheap == 0)
			break;
		i = hostrand(m->g->nheap);
		c = userget(heapaddr(i));
		if(i < m->g->nheap && c != m->g->heap[i])
			fail("heap");
		break;
	case 3:
		i = hostrand(Nstack);
		expect(stackaddr(i), m->stack[i], "stack");
		break;
	case 4:
		if(m->sh == nil)
			break;
		i = hostrand(Nshared);
		c = userget(probe(Sharedva + i*PGSZ));
		if(c != m->sh->page[i])
			fail("shared");
		break;
	case 5:
		if(m->priv == nil)
			break;
		i = hostrand(Nshared);
		c = userget(probe(Privva + i*PGSZ));
		if(c != m->priv->page[i])
			fail("private");
		break;
	}
}

static void dowrite(Model *m)
{
	int i, c;

	c = hostrand(256);
	switch(hostrand(6)){
	case 0:
		if(userput(ProgText + hostrand(ProgTextlen+PGSZ), 1) != -1)
			fail("text was written");
		break;
	case 1:
		i = hostrand(Ndata);
		if(userput(dataaddr(i), c) < 0)
			fail("write data");
		m->g->data[i] = c;
		m->g->hasdata[i] = 1;
		break;
	case 2:
		if(m->g->nheap == 0)
			break;
		i = hostrand(m->g->nheap);
		if(userput(heapaddr(i), c) < 0){
			if(i < m->g->nheap)
				fail("write heap");
		}else if(i < m->g->nheap)
			m->g->heap[i] = c;
		break;
	case 3:
		i = hostrand(Nstack);
		if(userput(stackaddr(i), c) < 0)
			fail("write stack");
		m->stack[i] = c;
		break;
	case 4:
		if(m->sh == nil)
			break;
		i = hostrand(Nshared);
		if(userput(probe(Sharedva + i*PGSZ), c) < 0)
			fail("write shared");
		m->sh->page[i] = c;
		break;
	case 5:
		if(m->priv == nil)
			break;
		i = hostrand(Nshared);
		if(userput(probe(Privva + i*PGSZ), c) < 0)
			fail("write private");
		m->priv->page[i] = c;
		break;
	}
}

static void dobrk(Model *m)
{
	u64int a[1];
	int n;

	if(m->g->ref > 1)
		return;	/* a sibling's access would be in between */
	n = hostrand(Maxheap+1);
	a[0] = ProgEnd + n*PGSZ - hostrand(8)*(n > 0);
	if(sys_brk(a) < 0)
		return;
	if(n > m->g->nheap)
		memset(m->g->heap + m->g->nheap, 0, n - m->g->nheap);
	m->g->nheap = n;
	if(userget(ProgEnd + n*PGSZ) != -1)
		fail("memory behind the heap");
}

static void doattach(Model *m)
{
	static char class[2][8] = { "shared", "memory" };
	u64int a[4];
	uintptr name;
	int i, k;

	k = hostrand(2);
	/* the class's name lies on the user's stack */
	name = USERTOP - 2*PGSZ - 64;
	for(i = 0; i < 8; i++)
		userput(name+i, class[k][i]);
	a[0] = 0;
	a[1] = name;
	a[2] = k == 0? Sharedva+5: Privva;
	a[3] = Nshared*PGSZ - 5;
	if(k == 0 && m->sh == nil && sys_segattach(a) >= 0){
		m->sh = calloc(1, sizeof *m->sh);
		m->sh->ref = 1;
	}else if(k == 1 && m->priv == nil && sys_segattach(a) >= 0){
		m->priv = calloc(1, sizeof *m->priv);
		m->priv->ref = 1;
	}
}

static void drop(Shared **s)
{
	if(*s != nil && --(*s)->ref == 0)
		hostfree(*s);
	*s = nil;
}

static void dodetach(Model *m)
{
	u64int a[2];
	int i;

	if(m->priv != nil && hostrand(2) == 0){
		/* from or to the middle of a page: only whole ones are freed */
		i = hostrand(Nshared-1);
		a[0] = Privva + i*PGSZ - hostrand(2)*(i > 0);
		a[1] = PGSZ + 1;
		if(m->priv->ref > 1)
			return;
		if(sys_segfree(a) < 0)
			fail("segfree");
		m->priv->page[i] = 0;
	}else if(m->priv != nil){
		a[0] = Privva + hostrand(Nshared*PGSZ);
		if(sys_segdetach(a) < 0)
			fail("detach");
		drop(&m->priv);
	}else if(m->sh != nil){
		a[0] = Sharedva + hostrand(Nshared*PGSZ);
		if(sys_segdetach(a) < 0)
			fail("detach");
		drop(&m->sh);
	}
}

/* a read call: the server stores into pinned pages some time later */
static void dopin(Model *m)
{
	uchar *room[2], c[1];
	uintptr va;
	Buf b;
	int i, k, n;

	if(m->g->nheap < 4 || m->g->ref > 1)
		return;
	i = hostrand(m->g->nheap-3);
	n = 1 + hostrand(3);
	va = heapaddr(i);
	n = heapaddr(i+n-1) + 1 - va;
	if(bufpin(&b, va, n, 1, room, nelem(room)) < 0){
		if(!strstr(geterr(), "memory"))
			fail("pin");
		return;
	}
	npin++;
	for(k = hostrand(20); k > 0; k--)
		hostyield();
	for(k = i; heapaddr(k) < va+n; k++){
		c[0] = hostrand(256);
		bufput(&b, heapaddr(k)-va, c, 1);
		m->g->heap[k] = c[0];
	}
	bufunpin(&b, room);
	for(k = i; heapaddr(k) < va+n; k++)
		expect(heapaddr(k), m->g->heap[k], "pinned");
}

static void dropgroup(Model *m)
{
	if(--m->g->ref == 0)
		hostfree(m->g);
}

static Group *newgroup(int salt)
{
	Group *g;

	g = calloc(1, sizeof *g);
	g->ref = 1;
	g->salt = salt;
	return g;
}

static void doexec(Model *m)
{
	char *argv[4] = { "prog", "one", "two words", nil };
	int k, i;

	k = hostrand(2);
	if(sysexec(progname[k], argv, &m->u) < 0){
		if(up->seg[0] == nil)
			fail("failed exec left no memory");
		return;
	}
	nexec++;
	dropgroup(m);
	m->g = newgroup(k*100);
	memset(m->stack, 0, sizeof m->stack);
	if(m->u.rip != ProgText+0x1000 || m->u.rdi != USERTOP-sizeof(Tos))
		fail("exec's registers");
	if(m->u.rsp % 16 != 0 || userget(m->u.rsp) != 3)
		fail("argc");
	m->u.rsp = USERTOP - 7*PGSZ;
	for(i = 0; i < Nstack; i++)
		expect(stackaddr(i), 0, "fresh stack");
}

static void worker(void*);

static void *copy(void *p, usize n)
{
	return memcpy(calloc(1, n), p, n);
}

static void forget(Model *m)
{
	drop(&m->sh);
	drop(&m->priv);
	dropgroup(m);
	hostfree(m);
	nprocs--;
}

static void dofork(Model *m)
{
	Model *c;
	Proc *p;
	int share;

	if(nprocs >= Maxprocs || forksleft <= 0)
		return;
	forksleft--;
	share = hostrand(3) == 0;
	if(m->g->ref > 1 || (m->priv != nil && m->priv->ref > 1))
		share = 1;	/* what a fork sees while siblings write is anybody's guess */
	c = calloc(1, sizeof *c);
	*c = *m;
	p = hostembryo(c);
	nprocs++;
	if(m->sh != nil)
		m->sh->ref++;
	if(share){
		m->g->ref++;
		if(m->priv != nil)
			m->priv->ref++;
	}else{
		c->g = copy(m->g, sizeof *m->g);
		c->g->ref = 1;
		if(m->priv != nil){
			c->priv = copy(m->priv, sizeof *m->priv);
			c->priv->ref = 1;
		}
	}
	if(segcopyall(p, share) < 0){
		nforkfail++;
		hostdrop(p);
		forget(c);
		return;
	}
	nfork++;
	c->steps = hostrand(300);
	hostbegin(p, worker);
}

static u32int tospid(void)
{
	u32int pid;

	if(copyin(&pid, USERTOP - sizeof(Tos) + __builtin_offsetof(Tos, pid), sizeof pid) < 0)
		return 0;
	return pid;
}

static void worker(void *arg)
{
	Model *m;
	int k;

	m = arg;
	up->ureg = &m->u;
	if(up->mmu == nil){
		m->g = newgroup(0);
		doexec(m);
	}else if(tospid() != up->pid)
		fail("pid in the child's Tos");
	for(; m->steps > 0 && up->mmu != nil; m->steps--){
		k = hostrand(100);
		if(k < 35)
			doread(m);
		else if(k < 75)
			dowrite(m);
		else if(k < 82)
			dobrk(m);
		else if(k < 86)
			doattach(m);
		else if(k < 90)
			dodetach(m);
		else if(k < 94)
			dopin(m);
		else if(k < 95)
			doexec(m);
		else
			dofork(m);
	}
	segfreeall(up);
	free(up->args);
	forget(m);
}

static void setswap(void *arg)
{
	Chan *c;

	c = nameopen(arg, ORDWR);
	check(swapon(c) == 0);
	chanclose(c);
}

static void onerun(int steps)
{
	Model *m;
	Memstat s;
	int i;

	forksleft = 800;
	for(i = 0; i < 3; i++){
		m = calloc(1, sizeof *m);
		m->steps = steps;
		nprocs++;
		hostproc(worker, m);
	}
	hostrun();
	imagereclaim(~0UL);
	memstat(&s);
	checkint(s.reserved, 0);
	check(s.user <= 3);	/* malloc keeps an empty slab of a size */
	check(s.kernel < 60);
	checkint(s.swapfree, s.swaptotal);
	checkint(nprocs, 0);
}

/* the pages of a crowd's process hold their numbers, and add in the first quarter */
static void lookall(int add)
{
	int i;

	for(i = 0; i < Ncrowd; i++)
		expect(heapaddr(i), (i + (i < Ncrowd/4? add: 0)) & 0xff, "crowd");
}

static void writeall(int n, int add)
{
	int i;

	for(i = 0; i < n; i++)
		if(userput(heapaddr(i), (i+add) & 0xff) < 0)
			fail("write crowd");
}

static void relative(void *arg)
{
	USED(arg);
	lookall(0);
	writeall(Ncrowd/4, 7);
	lookall(7);
	segfreeall(up);
}

/*
 * More than there is memory for, then relatives that share all there is, and
 * pages that do not come back, as those of page tables.
 */
static void crowd(void *arg)
{
	char *argv[] = { "prog", nil };
	u64int a[1] = { ProgEnd + Ncrowd*PGSZ }, taken[Ntaken];
	Proc *p;
	Ureg u;
	int i;

	USED(arg);
	up->ureg = &u;
	check(sysexec(progname[0], argv, &u) >= 0 && sys_brk(a) >= 0);
	writeall(Ncrowd, 0);
	for(i = 0; i < 2; i++){
		p = hostembryo(nil);
		check(segcopyall(p, 0) >= 0);
		hostbegin(p, relative);
	}
	for(i = 0; i < Ntaken; i++)
		while((taken[i] = pagealloc(PageUser)) == 0)
			if(memwait() < 0){
				fail("no room");
				break;
			}
	lookall(0);
	while(i-- > 0)
		if(taken[i] != 0)
			pagefree(taken[i]);
	segfreeall(up);
	free(up->args);
}

int main(void)
{
	Hostfile *a, *b, *sw;
	int i;

	memhostinit(Total+0x100000, map, nelem(map));
	a = hostfile("/bin/a", progmake(0), ProgLen);
	b = hostfile("/bin/b", progmake(100), ProgLen);
	sw = hostfile("/swap", calloc(1, Swapsize), Swapsize);
	sw->linked = 1;
	for(i = 0; i < 3; i++)
		onerun(3000);
	checkint(a->refs + b->refs, 0);
	check(nfork > 200 && nforkfail > 10 && nexec > 20 && npin > 50);
	hostproc(setswap, "/swap");
	hostrun();
	hostproc(crowd, nil);
	hostrun();
	for(i = 0; i < 3; i++)
		onerun(2500);
	checkint(a->refs + b->refs, 0);
	check(sw->nread > 1000);
	print("forks %d (%d refused), execs %d, pins %d, swap i/o %d, page-ins %d\n",
		nfork, nforkfail, nexec, npin, sw->nread, a->nread + b->nread);
	return checkdone();
}
