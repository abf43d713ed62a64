/*
 * switch.S: from one stack to another.  What the called must keep is on the
 * stack that is left, topped by the address to go on at.
 */
	.section .text.threadswitch,"ax",@progbits
	.globl threadswitch
	.type threadswitch,@function
threadswitch:			/* (void **save, void *load) */
	push %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp,(%rdi)
	mov %rsi,%rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret
	.size threadswitch,.-threadswitch

/* where a new thread begins: r12 has its function, r13 the argument */
	.globl threadbegin
	.type threadbegin,@function
threadbegin:
	mov %r13,%rdi
	call *%r12
	xor %edi,%edi
	call threadexits
	ud2
	.size threadbegin,.-threadbegin

	.section .note.GNU-stack,"",@progbits
