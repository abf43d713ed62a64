/*
 * ucopy.S: the only code that touches user addresses.
 *
 * An address range is checked against USERTOP first; then the copy just
 * runs.  When it faults and fault() cannot mend it, trap.c finds the
 * instruction in the table extab and goes on at the address beside it.
 * SMAP is off only between STAC and CLAC.  All may sleep (in fault), so
 * no Lock may be held.
 *
 * Eight bytes at a time: where instructions are counted, rep counts each
 * step as one.
 */
#include "asm.h"
#define UTOP 0x00007ffffffff000

.macro FIXUP at, to
	.pushsection .extab, "a"
	.quad \at, \to
	.popsection
.endm

/* fail unless [u, u+n) lies below UTOP; uses rax */
.macro CHECK u, n
	movabsq $UTOP, %rax
	subq \u, %rax
	jb ubad
	cmpq \n, %rax
	jb ubad
.endm

	.text
/* int copyin(void *k, uintptr u, usize n) */
	.globl copyin
	.balign 16
copyin:
	CHECK %rsi, %rdx
	jmp copy

/* int copyout(uintptr u, void *k, usize n) */
	.globl copyout
	.balign 16
copyout:
	CHECK %rdi, %rdx
copy:	movq %rdx, %rcx
	shrq $3, %rcx
	andl $7, %edx
	STAC
1:	rep movsq
	movl %edx, %ecx
2:	rep movsb
	CLAC
	xorl %eax, %eax
	ret
	FIXUP 1b, ufault
	FIXUP 2b, ufault

/* int zeroout(uintptr u, usize n) */
	.globl zeroout
	.balign 16
zeroout:
	CHECK %rdi, %rsi
	movq %rsi, %rcx
	shrq $3, %rcx
	andl $7, %esi
	xorl %eax, %eax
	STAC
1:	rep stosq
	movl %esi, %ecx
2:	rep stosb
	CLAC
	ret
	FIXUP 1b, ufault
	FIXUP 2b, ufault

/*
 * long copyinstr(char *k, uintptr u, usize max)
 * r8: bytes left to look at, no more than lie below UTOP; r9: u at first.
 * A word that cannot be read is tried again by bytes, for the string may end
 * before the bad page.
 */
	.globl copyinstr
	.balign 16
copyinstr:
	movabsq $UTOP, %r8
	subq %rsi, %r8
	jb ubad
	cmpq %rdx, %r8
	cmovaq %rdx, %r8
	movq %rsi, %r9
	movabsq $0x0101010101010101, %r10
	movabsq $0x8080808080808080, %r11
	STAC
words:	subq $8, %r8
	jb 2f
1:	movq (%rsi), %rax
	movq %rax, (%rdi)
	movq %rax, %rcx
	subq %r10, %rcx
	notq %rax
	andq %rax, %rcx
	andq %r11, %rcx
	jnz found
	addq $8, %rsi
	addq $8, %rdi
	jmp words
found:	CLAC
	bsfq %rcx, %rax
	shrq $3, %rax
	addq %rsi, %rax
	subq %r9, %rax
	ret
2:	addq $8, %r8
bytes:	subq $1, %r8
	jb ufault
3:	movb (%rsi), %al
	movb %al, (%rdi)
	incq %rsi
	incq %rdi
	testb %al, %al
	jnz bytes
	CLAC
	leaq -1(%rsi), %rax
	subq %r9, %rax
	ret
	FIXUP 1b, 2b
	FIXUP 3b, ufault

/* int ucas(uintptr u, long old, long new, long *was) */
	.globl ucas
	.balign 16
ucas:
	movq %rcx, %r8
	movl $8, %ecx
	CHECK %rdi, %rcx
	testb $7, %dil
	jnz ubad
	movq %rsi, %rax
	STAC
1:	lock cmpxchgq %rdx, (%rdi)
	CLAC
	movq %rax, (%r8)
	sete %al
	movzbl %al, %eax
	ret
	FIXUP 1b, ufault

ufault:	CLAC
ubad:	subq $8, %rsp
	call ucopybad
	addq $8, %rsp
	cltq
	ret

	.section .note.GNU-stack, "", @progbits
