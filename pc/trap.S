/*
 * trap.S: where the processor enters the kernel and leaves it, and where
 * one process's stack becomes another's.
 *
 * Every entry builds a Ureg.  From user mode it lies at the top of the
 * process's kernel stack; a trap inside the kernel stays on the stack it
 * finds.  In user mode gs is the user's and the kernel's is the
 * swapped-out one; swapgs runs with interrupts off, next to the change of
 * privilege.  Vectors that can strike between the two (NMI, debug, double
 * fault, machine check) have stacks of their own and look at gs itself.
 */
#include "asm.h"

.macro PUSHREGS
	pushq %r11
	pushq %rcx
	pushq %rax
	pushq %r9
	pushq %r8
	pushq %r10
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
.endm

.macro POPSAVED
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
.endm

.macro POPREGS
	POPSAVED
	popq %rdi
	popq %rsi
	popq %rdx
	popq %r10
	popq %r8
	popq %r9
	popq %rax
	popq %rcx
	popq %r11
	addq $16, %rsp
.endm

	.text
/* one entry of 16 bytes per vector */
	.globl vectors
	.balign 16
vectors:
	vec = 0
	.rept 256
	.balign 16
	.if vec == 8 || (vec >= 10 && vec <= 14) || vec == 17 || vec == 21 || vec == 29 || vec == 30
	.else
	pushq $0
	.endif
	pushq $vec
	.if vec == 1 || vec == 2 || vec == 8 || vec == 18
	jmp istentry
	.else
	jmp trapentry
	.endif
	vec = vec+1
	.endr

	.balign 16
trapentry:
	PUSHREGS
	cld
	testb $3, URCS(%rsp)
	jz 1f
	swapgs
1:	CLAC
	movq %rsp, %rdi
	call trap
	.globl trapret
trapret:
	testb $3, URCS(%rsp)
	jz 1f
	swapgs
1:	POPREGS
	iretq

/* void userret(Ureg*): to user mode; interrupts are off */
	.globl userret
userret:
	movq %rdi, %rsp
	jmp trapret

/*
 * On a stack of the vector's own.  From user mode a debug trap goes on on the
 * process's stack, for it may sleep; the others don't.
 */
istentry:
	PUSHREGS
	cld
	CLAC
	testb $3, URCS(%rsp)
	jnz 2f
	xorl %ebx, %ebx
	movl $MSRGSBASE, %ecx
	rdmsr
	testl %edx, %edx
	js 1f				/* the kernel's addresses are negative */
	swapgs
	incl %ebx
istcall:
1:	movq %rsp, %rdi
	call trap
	.globl istret
istret:	testl %ebx, %ebx
	jz 1f
	swapgs
1:	POPREGS
	iretq
2:	swapgs
	movl $1, %ebx
	cmpl $1, URTRAP(%rsp)
	jne istcall
	movq %rsp, %rsi
	movq %gs:CPUKSTK, %rsp
	subq $URSIZE, %rsp
	movq %rsp, %rdi
	movl $URSIZE/8, %ecx
	rep movsq
	movq %rsp, %rdi
	call trap
	jmp trapret

/*
 * The syscall instruction left rip in rcx and rflags in r11, masked rflags
 * with MSRSFMASK (interrupts off) and changed nothing else.  The call's six
 * arguments lie in the Ureg as an array, and its function is called from the
 * table; what is out of the ordinary (no such call, a debugger looking on)
 * goes through syscall() instead.  On the way back, sysret restores what C does not keep;
 * when the frame was given other values (exec, noted: URTRAP says so) or
 * something waits to be done, userexit sees to it and iret restores all.
 */
	.globl syscallentry
	.balign 16
syscallentry:
	swapgs
	movq %rsp, %gs:CPUSCRATCH
	movq %gs:CPUKSTK, %rsp
	pushq $UDATA
	pushq %gs:CPUSCRATCH
	pushq %r11
	pushq $UCODE
	pushq %rcx
	pushq $0
	pushq $VSYSCALL
	PUSHREGS
	sti
	movq %gs:CPUPROC, %rbx
	testb $ofspctrace, ofsprocctl(%rbx)
	jnz 2f
	cmpq $ofsnsyscall, %rax
	jae 2f
	incq %gs:ofsncalls
	movl %eax, ofssysno(%rbx)
	movb $1, ofsinsyscall(%rbx)
	leaq URDI(%rsp), %rdi
	call *syscalltab(, %rax, 8)
	.globl callret, slowret
callret:
	cmpq $-1, %rax
	je 3f
1:	movb $0, ofsinsyscall(%rbx)
	cli
	cmpb $0, ofsnotepending(%rbx)
	jne 5f
	cmpb $0, %gs:ofsresched
	jne 5f
	cmpl $VSYSCALL, URTRAP(%rsp)
	jne 5f
	movq URBX(%rsp), %rbx
	movq URR10(%rsp), %r10
	movq URR9(%rsp), %r9
	movq URR8(%rsp), %r8
	movq URDX(%rsp), %rdx
	movq URSI(%rsp), %rsi
	movq URDI(%rsp), %rdi
	movq URRIP(%rsp), %rcx
	movq URFLAGS(%rsp), %r11
	movq URRSP(%rsp), %rsp
	swapgs
	sysretq

2:	movq %rsp, %rdi
	call syscall
slowret:
	cli
4:	movq %rsp, %rdi
	call userexit
	jmp trapret

5:	movq %rax, URAX(%rsp)
	jmp 4b

3:	movq %rbx, %rdi
	call syscallfailed
	movq $-1, %rax
	jmp 1b

/* void ctxswitch(uintptr *savesp, uintptr newsp) */
	.globl ctxswitch
	.balign 16
ctxswitch:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret

/*
 * void idlewait(void): interrupts on, then halt.  trap() skips the hlt for an interrupt that
 * comes before it.
 */
	.globl idlewait, idlehlt
idlewait:
	sti
idlehlt:
	hlt
	ret

/* void gdtload(void *gdtp): new descriptors into the segment registers; gs and fs are reset */
	.globl gdtload
gdtload:
	lgdt (%rdi)
	movl $KDATA, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	popq %rax
	pushq $KCODE
	pushq %rax
	lretq

	.section .note.GNU-stack, "", @progbits
