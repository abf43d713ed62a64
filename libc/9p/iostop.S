/*
 * iostop.S: a call that can be stopped without fail.
 *
 *	long iostop(int fd, void *buf, long n, int *stop, int nr)
 *
 * is call nr, SYSpread or SYSpwrite at the descriptor's own offset, and
 *
 *	long exchstop(int fd, Iopart *p, long np, void *buf, long n, int *stop, int nr)
 *
 * is call nr, SYSsendread, unless *stop is not 0 when it is about to begin: then, -3.  A
 * note that comes between the test and the call would find nothing to
 * interrupt; so its handler asks iostopat, with the registers' pc, where to
 * go on instead.
 */
	.section .text.iostop,"ax",@progbits
	.globl iostop, exchstop, iostopat
	.type iostop,@function
	.type exchstop,@function
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
	mov $-3,%rax
	ret
	.size iostop,.-iostop

exchstop:
	mov 8(%rsp),%eax
	mov %rcx,%r10
xtest:
	cmpl $0,(%r9)
	jne stopped
	syscall
xbegun:
	ret
	.size exchstop,.-exchstop

/* u64int iostopat(u64int pc) */
iostopat:
	mov %rdi,%rax
	cmp $test,%rdi
	jb 1f
	cmp $begun,%rdi
	jb 2f
	cmp $xtest,%rdi
	jb 1f
	cmp $xbegun,%rdi
	jae 1f
2:	mov $stopped,%rax
1:	ret
	.size iostopat,.-iostopat

	.section .note.GNU-stack,"",@progbits
