/*
 * boot.S: from the boot loader to C.
 *
 * Two ways in, both in 32-bit protected mode without paging: a PVH loader
 * (QEMU's -kernel) jumps to the address in the ELF note with ebx at its
 * hvm_start_info; a multiboot2 loader (GRUB) to mbentry, with its magic
 * number in eax and ebx at its tags.  Either way the first GiB is
 * mapped with large pages at 0, DMAPBASE and KTZERO, long mode entered, and
 * pcmain(magic, info) called on the boot stack.  These tables are used
 * again by each further processor on its way up (ap.S), then no more.
 */
#include "asm.h"
#define LOW(x) ((x) - KTBASE)

	.section .multiboot, "a"
	.balign 8
mbhdr:
	.long 0xe85250d6, 0, mbhdrend-mbhdr, -(0xe85250d6 + mbhdrend-mbhdr)
	.balign 8
	.short 3, 0			/* entry address */
	.long 12, LOW(mbentry)
	.balign 8
	.short 4, 1			/* console: VGA text will do */
	.long 12, 2
	.balign 8
	.short 5, 1			/* frame buffer, if there is one */
	.long 20, 1024, 768, 32
	.balign 8
	.short 6, 0			/* modules on pages */
	.long 8
	.balign 8
	.short 0, 0
	.long 8
mbhdrend:

	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 8, 18			/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.balign 4
	.quad LOW(pvhentry)

	.section .boot, "ax"
	.code32
	.globl mbentry
pvhentry:
	movl $PVHMAGIC, %eax
mbentry:
	cli
	cld
	movl %eax, %edi
	movl %ebx, %esi
	movl $LOW(bootstktop), %esp
	movl $0x80000000, %eax
	cpuid
	cmpl $0x80000001, %eax
	jb no64
	movl $0x80000001, %eax
	cpuid
	testl $1<<29, %edx		/* long mode */
	jz no64
	testl $1<<20, %edx		/* no-execute */
	jz no64

	/* tables: present, writable; the last level 2 MiB pages */
	movl $LOW(bootpdp)+3, LOW(bootpml4)
	movl $LOW(bootpdp)+3, LOW(bootpml4)+256*8
	movl $LOW(bootpdphi)+3, LOW(bootpml4)+511*8
	movl $LOW(bootpd)+3, LOW(bootpdp)
	movl $LOW(bootpd)+3, LOW(bootpdphi)+510*8
	movl $0x83, %eax
	movl $LOW(bootpd), %ebx
1:	movl %eax, (%ebx)
	addl $8, %ebx
	addl $0x200000, %eax
	cmpl $0x40000083, %eax
	jb 1b

	movl $LOW(bootpml4), %eax
	movl %eax, %cr3
	movl $1<<5, %eax		/* PAE */
	movl %eax, %cr4
	movl $MSREFER, %ecx
	xorl %edx, %edx
	movl $0x901, %eax		/* syscall, long mode, no-execute */
	wrmsr
	movl $0x80010033, %eax		/* paging, write protect, FPU errors as traps */
	movl %eax, %cr0
	lgdt LOW(bootgdtp)
	ljmp $KCODE, $LOW(boot64)

no64:	movl $LOW(no64msg), %esi
1:	lodsb
	testb %al, %al
2:	jz 2b
	movw $0x3f8, %dx
	outb %al, %dx
	jmp 1b
no64msg:
	.asciz "pintle: this processor has no 64-bit mode with no-execute pages\r\n"

	.code64
boot64:	movl $KDATA, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	movq $boothigh, %rax
	jmp *%rax
boothigh:
	movq $bootstktop, %rsp
	lgdt bootgdthigh
	xorl %ebp, %ebp
	movl %edi, %edi			/* clears the upper halves */
	movl %esi, %esi
	call pcmain
1:	hlt
	jmp 1b

	.balign 8
	.globl bootgdt
bootgdt:
	.quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
	.short 0
bootgdtp:
	.short 23
	.long LOW(bootgdt)
	.short 0, 0, 0
bootgdthigh:
	.short 23
	.quad bootgdt

	.section .bss.page, "aw", @nobits
	.balign 4096
	.globl bootpml4, bootpdp, bootpdphi, bootpd, bootguard, bootstktop
bootpml4: .skip 4096
bootpdp: .skip 4096
bootpdphi: .skip 4096
bootpd:	.skip 4096
bootguard: .skip 4096
	.skip BOOTSTKSZ
bootstktop:
	.section .note.GNU-stack, "", @progbits
