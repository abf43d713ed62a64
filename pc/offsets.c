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

#define OFFSET(sym, type, field) \
	__asm__ volatile(".globl " #sym "\n.set " #sym ", %c0" :: "i"(__builtin_offsetof(type, field)))

/* never called: its body is assembler directives */
__attribute__((used, noinline)) static void offsets(void)
{
	OFFSET(ofsnotepending, Proc, notepending);
	OFFSET(ofsresched, Cpu, resched);
}

#define SAME(type, field, n) _Static_assert(__builtin_offsetof(type, field) == (n), #field)
SAME(Cpu, self, 0);
SAME(Cpu, proc, CPUPROC);
SAME(Cpu, kstktop, CPUKSTK);
SAME(Cpu, scratch, CPUSCRATCH);
SAME(Ureg, r11, UR11);
SAME(Ureg, rcx, URCX);
SAME(Ureg, trap, URTRAP);
SAME(Ureg, rip, URRIP);
SAME(Ureg, cs, URCS);
SAME(Ureg, rflags, URFLAGS);
SAME(Ureg, rsp, URRSP);
_Static_assert(sizeof(Ureg) == URSIZE, "Ureg");
_Static_assert(KTZERO == KTBASE, "KTZERO");
