/*
 * iostop.S: a read or write that can be stopped without fail.
 *
 *	long iostop(int fd, void *buf, long n, int *stop, int nr)
 *
 * is call nr, SYSpread or SYSpwrite at the descriptor's own offset, unless
 * *stop is not 0 when it is about to begin: then, -2.  A note that comes
 * between the test and the call would find nothing to interrupt; so its
 * handler asks iostopat, with the registers' pc, where to go on instead.
 */
	.section .text.iostop,"ax",@progbits
	.globl iostop, iostopat
	.type iostop,@function
	.type iostopat,@function
iostop:
	mov %r8d,%eax
	mov $-1,%r10
test:
	cmpl $0,(%rcx)
	jne stopped
	syscall
begun:
	ret
stopped:
	mov $-2,%rax
	ret
	.size iostop,.-iostop

/* u64int iostopat(u64int pc) */
iostopat:
	mov %rdi,%rax
	cmp $test,%rdi
	jb 1f
	cmp $begun,%rdi
	jae 1f
	mov $stopped,%rax
1:	ret
	.size iostopat,.-iostopat

	.section .note.GNU-stack,"",@progbits
