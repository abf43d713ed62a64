/*
 * panic.c: the end.  The first processor to panic stops the others by NMI,
 * prints why, where and what ran, and halts.  After printpanic kprint takes no
 * locks; frames are followed only through mapped memory.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "x86.h"
#include "pc.h"

enum {
	Maxframe = 40,
	Debugexit = 0xf4,	/* port of QEMU's isa-debug-exit, where a test run puts it */
};

/* the names of functions, made by the link: address less KTZERO, rising, and offset into ksymstrs */
extern u32int ksymaddr[] __attribute__((weak));
extern u32int ksymstr[] __attribute__((weak));
extern char ksymstrs[] __attribute__((weak));
extern int nksym __attribute__((weak));
extern uchar ktext[], etext[];

uintptr __stack_chk_guard = 0x5bd1e995a7c60d00;
static int panicking;		/* 1 + the processor that does */
static int stopping;		/* an NMI means: stop */

char *symname(uintptr pc, uintptr *off)
{
	int lo, hi, m;

	if(&nksym == nil || nksym <= 0 || pc < (uintptr)ktext || pc >= (uintptr)etext || pc - KTZERO < ksymaddr[0])
		return nil;
	lo = 0;
	hi = nksym;
	while(hi - lo > 1){
		m = lo + (hi-lo)/2;
		if(ksymaddr[m] <= pc - KTZERO)
			lo = m;
		else
			hi = m;
	}
	if(off != nil)
		*off = pc - KTZERO - ksymaddr[lo];
	return ksymstrs + ksymstr[lo];
}

/* back is 1 for a return address: the call is before it, and may end its function */
static void putframe(uintptr pc, int back)
{
	uintptr off;
	char *s;

	s = symname(pc - back, &off);
	if(s != nil)
		kprint("  %#lux %s+%#lux\n", pc, s, off + back);
	else
		kprint("  %#lux\n", pc);
}

/* A frame's two words can be read at bp. */
static int frameok(uintptr bp)
{
	return (bp & 7) == 0 && kvalid(bp) && kvalid(bp+8);
}

/* Through the frame of a trap the trace goes on with what was interrupted. */
void backtrace(uintptr rip, uintptr rbp)
{
	Ureg *ur;
	uintptr pc;
	int i;

	putframe(rip, 0);
	for(i = 0; i < Maxframe && frameok(rbp); i++){
		pc = ((uintptr*)rbp)[1];
		if(pc == (uintptr)callret || pc == (uintptr)slowret){
			kprint("  -- system call\n");
			return;
		}
		if(pc == (uintptr)trapret || pc == (uintptr)istret){
			ur = (Ureg*)(rbp + 16);
			if(!kvalid((uintptr)ur + sizeof *ur) || trapuser(ur)){
				kprint("  -- trap from user mode\n");
				return;
			}
			kprint("  -- trap %lud\n", ur->trap);
			putframe(ur->rip, 0);
			rbp = ur->rbp;
			continue;
		}
		if(pc < (uintptr)ktext || pc >= (uintptr)etext)
			return;
		putframe(pc, 1);
		if(*(uintptr*)rbp <= rbp)
			return;
		rbp = *(uintptr*)rbp;
	}
}

static void putureg(Ureg *ur)
{
	kprint("rax %.16lux rbx %.16lux rcx %.16lux rdx %.16lux\n", ur->rax, ur->rbx, ur->rcx, ur->rdx);
	kprint("rsi %.16lux rdi %.16lux rbp %.16lux rsp %.16lux\n", ur->rsi, ur->rdi, ur->rbp, ur->rsp);
	kprint("r8  %.16lux r9  %.16lux r10 %.16lux r11 %.16lux\n", ur->r8, ur->r9, ur->r10, ur->r11);
	kprint("r12 %.16lux r13 %.16lux r14 %.16lux r15 %.16lux\n", ur->r12, ur->r13, ur->r14, ur->r15);
	kprint("rip %.16lux cs %#lux rflags %#lux trap %lud error %#lux cr2 %#lux cr3 %#lux\n",
		ur->rip, ur->cs, ur->rflags, ur->trap, ur->err, cr2get(), cr3get());
}

static void putproc(Cpu *c)
{
	Proc *p;

	p = c->proc;
	if(p == nil)
		kprint("no process");
	else if(!kvalid((uintptr)p) || !kvalid((uintptr)(p+1)))
		kprint("a bad process %#p", p);
	else
		kprint("process %ud %.*s", p->pid, (int)sizeof p->text, p->text);
}

/* What the others were doing when they were stopped. */
static void putothers(Cpu *me)
{
	Pccpu *p;
	Ureg *ur;
	uintptr off;
	char *s;
	int i;

	for(i = 0; i < NCPU; i++){
		p = (Pccpu*)cpus[i];
		if(p == nil || &p->cpu == me || !p->cpu.online)
			continue;
		kprint("cpu%d: ", i);
		putproc(&p->cpu);
		ur = __atomic_load_n(&p->stopped, __ATOMIC_ACQUIRE);
		if(ur == nil)
			kprint(" does not stop\n");
		else if(!trapuser(ur) && (s = symname(ur->rip, &off)) != nil)
			kprint(" at %s+%#lux\n", s, off);
		else
			kprint(" at %#lux\n", ur->rip);
	}
}

void nmitrap(Ureg *ur)
{
	if(__atomic_load_n(&stopping, __ATOMIC_ACQUIRE)){
		__atomic_store_n(&pccpu()->stopped, ur, __ATOMIC_RELEASE);
		for(;;)
			__asm__ volatile("cli; hlt");
	}
	if(!tlbnmi())
		thiscpu()->nintr++;
}

/* Stop the others, for ever; some ms are given to them. */
void stopothers(void)
{
	u64int t;
	int i, left;

	__atomic_store_n(&stopping, 1, __ATOMIC_SEQ_CST);
	for(i = 0; i < NCPU; i++)
		if(cpus[i] != nil && cpus[i] != thiscpu() && cpus[i]->online)
			lapicipi(cpus[i]->apicid, IpiNmi);
	t = rdtsc();
	do{
		left = 0;
		for(i = 0; i < NCPU; i++)
			if(cpus[i] != nil && cpus[i] != thiscpu() && cpus[i]->online)
				left += __atomic_load_n(&((Pccpu*)cpus[i])->stopped, __ATOMIC_ACQUIRE) == nil;
		cpurelax();
	}while(left > 0 && rdtsc() - t < tschz/20);
}

/* Become the one that panics; a second one, or a panic in the panic, goes no further. */
static void panicenter(void)
{
	int was;

	splhi();
	was = 0;
	if(__atomic_compare_exchange_n(&panicking, &was, thiscpu()->id+1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)){
		stopothers();
		printpanic();
		return;
	}
	if(was == thiscpu()->id+1){
		machputs("panic: again\n", 13);
		machhalt();
	}
	for(;;)
		__asm__ volatile("cli; hlt");
}

static noreturn_ void panicend(Ureg *ur, uintptr pc, uintptr bp)
{
	kprint("cpu%d: ", thiscpu()->id);
	putproc(thiscpu());
	kprint("\n");
	if(ur != nil)
		putureg(ur);
	backtrace(pc, bp);
	putothers(thiscpu());
	machhalt();
}

static void putpanic(char *fmt, va_list args)
{
	char buf[256];

	vsnprint(buf, sizeof buf, fmt, args);
	kprint("panic: %s\n", buf);
}

void panic(char *fmt, ...)
{
	va_list args;

	panicenter();
	va_start(args, fmt);
	putpanic(fmt, args);
	va_end(args);
	panicend(nil, (uintptr)__builtin_return_address(0), *(uintptr*)__builtin_frame_address(0));
}

/* A panic for what happened at ur. */
void panicureg(Ureg *ur, char *fmt, ...)
{
	va_list args;

	panicenter();
	va_start(args, fmt);
	putpanic(fmt, args);
	va_end(args);
	if(ur->trap == 8)
		kprint("the kernel stack is full, or bad\n");
	panicend(ur, ur->rip, ur->rbp);
}

void __stack_chk_fail(void)
{
	panic("stack smashed in the function that returns to %#p", __builtin_return_address(0));
}

/* A test run ends here: QEMU exits with status 3 when it has the debug-exit device. */
void machhalt(void)
{
	machputs("panic: halted\n", 14);
	if(bootarg("vmtest") != nil)
		outb(Debugexit, 1);
	for(;;)
		__asm__ volatile("cli; hlt");
}
