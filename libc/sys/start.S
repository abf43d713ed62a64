/*
 * start.S: where a program begins.  The kernel enters with rdi = Tos and
 * rsp -> argc, argv...; main gets a stack aligned as the ABI wants.
 */
	.section .text._start,"ax",@progbits
	.globl _start
	.type _start,@function
_start:
	xor %ebp,%ebp
	mov %rdi,_tos
	mov (%rsp),%rdi
	lea 8(%rsp),%rsi
	and $-16,%rsp
	call _main
	ud2
	.size _start,.-_start

	.section .note.GNU-stack,"",@progbits
