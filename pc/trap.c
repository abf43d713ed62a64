/*
 * trap.c: exceptions, and the way back to user mode.
 *
 * Entered from trap.S with interrupts off.  A trap of a user process turns
 * interrupts on, is mended (page fault, first use of the FPU) or becomes a
 * note.  In the kernel only a page fault on a user address, at an
 * instruction of ucopy.S, is ever right; everything else is a panic.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "9p.h"
#include "x86.h"
#include "pc.h"

enum {	/* exceptions, and bits of a page fault's error code */
	Xdebug = 1, Xnmi = 2, Xbreak = 3, Xnofpu = 7, Xdouble = 8, Xfault = 14, Xfpu = 16, Xmachine = 18, Xsimd = 19,
	Pfpresent = 1, Pfwrite = 2, Pfreserved = 8, Pffetch = 16,
};

static char *excname[VISA] = {
	[0] = "divide error", [1] = "debug exception", [2] = "nonmaskable interrupt", [3] = "breakpoint",
	[4] = "overflow", [5] = "bounds check", [6] = "invalid opcode", [7] = "coprocessor not available",
	[8] = "double fault", [10] = "invalid task segment", [11] = "segment not present",
	[12] = "stack exception", [13] = "general protection violation", [14] = "page fault",
	[16] = "coprocessor error", [17] = "alignment check", [18] = "machine check", [19] = "vector error",
	[20] = "virtualization exception", [21] = "control protection exception",
};

extern uintptr extab[][2], eextab[][2];
extern uchar idlehlt[];

static char *trapname(int v)
{
	return v < VISA && excname[v] != nil? excname[v]: "reserved exception";
}

int trapuser(Ureg *ur)
{
	return (ur->cs & 3) == 3;
}

int ucopybad(void)
{
	return seterr(Ebadarg);
}

/* Where to go on after an instruction of ucopy.S has failed, or 0. */
static uintptr fixup(uintptr pc)
{
	uintptr (*x)[2];

	for(x = extab; x < eextab; x++)
		if((*x)[0] == pc)
			return (*x)[1];
	return 0;
}

static void kernelpanic(Ureg *ur)
{
	panicureg(ur, "%s in the kernel, error %#lux", trapname(ur->trap), ur->err);
}

static int faultprot(Ureg *ur)
{
	if(ur->err & Pfwrite)
		return MMUWRITE;
	return ur->err & Pffetch? MMUEXEC: MMUREAD;
}

static void kernelfault(Ureg *ur, uintptr va)
{
	uintptr fix;

	fix = fixup(ur->rip);
	if(fix == 0 || va >= USERTOP || up == nil)
		panicureg(ur, "fault in the kernel: %s of %#lux, error %#lux",
			ur->err & Pfwrite? "write": ur->err & Pffetch? "fetch": "read", va, ur->err);
	if(!(ur->rflags & Fintr) || thiscpu()->nlock != 0)
		panicureg(ur, "user memory %#lux touched under a lock or with interrupts off", va);
	splx(1);
	if(up->nofault || (ur->err & Pfreserved) || fault(va, faultprot(ur), 0) < 0)
		ur->rip = fix;
	splhi();
}

static void pagefault(Ureg *ur)
{
	char note[ERRMAX];
	uintptr va;

	va = cr2get();
	thiscpu()->ntlbfault++;
	if(!trapuser(ur)){
		kernelfault(ur, va);
		return;
	}
	splx(1);
	if(!(ur->err & Pfreserved) && va < USERTOP && fault(va, faultprot(ur), 1) == 0)
		return;
	snprint(note, sizeof note, "sys: trap: fault %s addr=%#lux pc=%#lux",
		ur->err & Pfwrite? "write": "read", va, ur->rip);
	trapnote(ur, note);
}

static void usertrap(Ureg *ur)
{
	char note[ERRMAX];

	splx(1);
	switch(ur->trap){
	case Xnofpu:
		if(fpfirst() == 0)
			return;
		snprint(note, sizeof note, "sys: no memory for floating point pc=%#lux", ur->rip);
		break;
	case Xbreak:
		ur->rip--;	/* on the instruction, where a debugger expects it */
		snprint(note, sizeof note, "sys: breakpoint pc=%#lux", ur->rip);
		break;
	case Xfpu:
	case Xsimd:
		snprint(note, sizeof note, "sys: fp: %s pc=%#lux", fpcause(ur->trap), ur->rip);
		break;
	default:
		snprint(note, sizeof note, "sys: trap: %s pc=%#lux", trapname(ur->trap), ur->rip);
	}
	trapnote(ur, note);
}

void trap(Ureg *ur)
{
	/* an interrupt between sti and hlt has done the waking that hlt would wait for */
	if(ur->rip == (uintptr)idlehlt)
		ur->rip++;
	if(ur->trap == Xnmi){
		nmitrap(ur);
		return;
	}
	if(ur->trap == Xdebug && !trapuser(ur)){
		ur->rflags &= ~(u64int)Ftrap;	/* a user's single step that struck late */
		return;
	}
	if(ur->trap >= VISA)
		intrdispatch(ur);
	else if(ur->trap == Xfault)
		pagefault(ur);
	else if(!trapuser(ur) || ur->trap == Xdouble || ur->trap == Xmachine)
		kernelpanic(ur);
	else
		usertrap(ur);
	if(trapuser(ur))
		userexit(ur);
}

void uregsane(Ureg *ur)
{
	ur->cs = UCODE;
	ur->ss = UDATA;
	ur->rflags = (ur->rflags & Fuser) | Fone|Fintr;
	ur->rip &= (1UL<<47)-1;
	if(ur->trap == VSYSCALL)
		ur->trap = VCHANGED;
}

/*
 * Before user mode: notes, stops, other processes.  Leaves interrupts off, so
 * what comes after the last look comes with an interrupt in user mode.
 */
void userexit(Ureg *ur)
{
	splhi();
	while(up->notepending || thiscpu()->resched){
		splx(1);
		userreturn(ur);
		splhi();
	}
	uregsane(ur);
}

Ureg *uregtop(uintptr stktop)
{
	return (Ureg*)stktop - 1;
}

void userenter(Ureg *ur)
{
	splhi();
	kstkset(up->kstktop);
	uregsane(ur);
	userret(ur);
	panic("userenter");
}

/* f starts below where a user process's frame would be; it must not return. */
uintptr ctxinit(uintptr stktop, void (*f)(void))
{
	uintptr *sp;

	sp = (uintptr*)uregtop(stktop);
	*--sp = 0;
	*--sp = (uintptr)f;
	sp -= 6;		/* ctxswitch's registers */
	memset(sp, 0, 6*sizeof *sp);
	return (uintptr)sp;
}
