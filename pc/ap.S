/*
 * ap.S: the start of a further processor.  smp.c copies apcode to the page
 * at APBOOT, fills in the arguments at APARG and sends the start-up
 * interrupt; the processor begins at apcode in real mode, goes straight to
 * long mode on the boot page tables, takes the stack it is given, and calls
 * apmain(Cpu*).
 *
 * APARG+0: the page table's physical address; +8: stack pointer; +16: Cpu*.
 */
#include "asm.h"
#define AT(x) (APBOOT + (x) - apcode)

	.section .rodata.ap, "a"
	.globl apcode, apcodeend
	.code16
apcode:	cli
	xorw %ax, %ax
	movw %ax, %ds
	lgdtl AT(apgdtp)
	movl $0x20, %eax		/* PAE */
	movl %eax, %cr4
	movl APARG, %eax
	movl %eax, %cr3
	movl $MSREFER, %ecx
	xorl %edx, %edx
	movl $0x901, %eax
	wrmsr
	movl $0x80010033, %eax
	movl %eax, %cr0
	ljmpl $KCODE, $AT(ap64)

	.code64
ap64:	movl $KDATA, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	movq APARG+8, %rsp
	movq APARG+16, %rdi
	xorl %ebp, %ebp
	movq $apmain, %rax
	call *%rax
1:	hlt
	jmp 1b

	.balign 8
apgdt:	.quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
apgdtp:	.short 23
	.long AT(apgdt)
apcodeend:
	.section .note.GNU-stack, "", @progbits
