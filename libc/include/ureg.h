/*
 * ureg.h: the registers of a process at a trap, a call or a note.  A note
 * handler gets a pointer to one, /proc/n/regs and kregs read as one.  The
 * order is that of the kernel's trap frame: lowest address first.
 */
#pragma once
typedef struct Ureg Ureg;
struct Ureg {
	u64int r15, r14, r13, r12, rbp, rbx;
	u64int rdi, rsi, rdx, r10, r8, r9;	/* a system call's arguments, as it gets them */
	u64int rax, rcx, r11;
	u64int trap;	/* vector; 256 for a system call */
	u64int err;	/* the processor's error code, or 0 */
	u64int rip, cs, rflags, rsp, ss;
};
