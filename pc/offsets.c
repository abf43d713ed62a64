/*
 * offsets.c: tells the assembler where fields of port/'s structures are, as
 * absolute symbols, so that those structures can change freely; and checks
 * the offsets that asm.h states.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "asm.h"

#define NUMBER(sym, n) __asm__ volatile(".globl " #sym "\n.set " #sym ", %c0" :: "i"(n))
#define OFFSET(sym, type, field) NUMBER(sym, __builtin_offsetof(type, field))

/* never called: its body is assembler directives */
__attribute__((used, noinline)) static void offsets(void)
{
	OFFSET(ofsnotepending, Proc, notepending);
	OFFSET(ofsprocctl, Proc, procctl);
	OFFSET(ofsinsyscall, Proc, insyscall);
	OFFSET(ofssysno, Proc, sysno);
	OFFSET(ofsresched, Cpu, resched);
	OFFSET(ofsncalls, Cpu, nsyscall);
	NUMBER(ofspctrace, PCtrace);
	NUMBER(ofsnsyscall, NSYSCALL);
}

#define SAME(type, field, n) _Static_assert(__builtin_offsetof(type, field) == (n), #field)
SAME(Cpu, self, 0);
SAME(Cpu, proc, CPUPROC);
SAME(Cpu, kstktop, CPUKSTK);
SAME(Cpu, scratch, CPUSCRATCH);
SAME(Ureg, rbx, URBX);
SAME(Ureg, r11, UR11);
SAME(Ureg, r10, URR10);
SAME(Ureg, r9, URR9);
SAME(Ureg, r8, URR8);
SAME(Ureg, rax, URAX);
SAME(Ureg, rcx, URCX);
SAME(Ureg, rdx, URDX);
SAME(Ureg, rsi, URSI);
SAME(Ureg, rdi, URDI);
SAME(Ureg, trap, URTRAP);
SAME(Ureg, rip, URRIP);
SAME(Ureg, cs, URCS);
SAME(Ureg, rflags, URFLAGS);
SAME(Ureg, rsp, URRSP);
_Static_assert(sizeof(Ureg) == URSIZE, "Ureg");
_Static_assert(KTZERO == KTBASE, "KTZERO");
