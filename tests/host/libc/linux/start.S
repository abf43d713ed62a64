/* start.S: a Linux program begins: rsp -> argc, argv, nil, environment */
	.text
	.globl _start
_start:
	xor %ebp,%ebp
	mov %rsp,%rdi
	and $-16,%rsp
	call linuxstart
	ud2

/* lsys(n, a, b, c, d, e, f): a Linux system call */
	.globl lsys
lsys:
	mov %rdi,%rax
	mov %rsi,%rdi
	mov %rdx,%rsi
	mov %rcx,%rdx
	mov %r8,%r10
	mov %r9,%r8
	mov 8(%rsp),%r9
	syscall
	ret

/* callon(sp, f, arg): f(arg) on another stack */
	.globl callon
callon:
	push %rbp
	mov %rsp,%rbp
	mov %rdi,%rsp
	mov %rdx,%rdi
	call *%rsi
	mov %rbp,%rsp
	pop %rbp
	ret

/* what a signal handler returns to */
	.globl sigrestore
sigrestore:
	mov $15,%eax
	syscall

	.section .note.GNU-stack,"",@progbits
