/*
 * asm.h: numbers that the assembly and the C of pc/ share.  Offsets into C
 * structures are asserted in desc.c; those of port/'s structures reach
 * the assembler as symbols, see offsets.c.
 */
#pragma once

#define KTBASE 0xffffffff80000000	/* KTZERO, for the assembler */
#define BOOTSTKSZ 16384
#define APBOOT 0x8000			/* physical page of the start-up code of further processors */
#define APARG (APBOOT+0xfc0)		/* its arguments: page table, stack, Cpu */

/* selectors */
#define KCODE 0x08
#define KDATA 0x10
#define UDATA 0x1b
#define UCODE 0x23
#define TSSSEL 0x28

/* vectors */
#define VSYSCALL 256
#define VCHANGED 257	/* Ureg.trap of a system call whose frame was given new values */
#define VISA 32		/* where the old interrupt controllers would deliver, masked as they are */
#define VDEV 48		/* first for devices */
#define VTIMER 0xf0
#define VKICK 0xf1
#define VERROR 0xf2
#define VSPURIOUS 0xff

/* Cpu, from gs */
#define CPUPROC 8
#define CPUKSTK 16
#define CPUSCRATCH 24

/* Ureg */
#define URBX 40
#define URDI 48
#define URSI 56
#define URDX 64
#define URR10 72
#define URR8 80
#define URR9 88
#define URAX 96
#define URCX 104
#define UR11 112
#define URTRAP 120
#define URRIP 136
#define URCS 144
#define URFLAGS 152
#define URRSP 160
#define URSIZE 176

#define MSREFER 0xc0000080
#define MSRSTAR 0xc0000081
#define MSRLSTAR 0xc0000082
#define MSRSFMASK 0xc0000084
#define MSRGSBASE 0xc0000101
#define MSRKGSBASE 0xc0000102

#define MBMAGIC 0x36d76289	/* in eax from a multiboot2 loader */
#define PVHMAGIC 0x336ec578	/* first word of hvm_start_info */

#ifdef __ASSEMBLER__
/*
 * Room for stac or clac, which main.c puts in where the processor has SMAP
 * (elsewhere they would be illegal).  k: 0xcb stac, 0xca clac.
 */
.macro SMAPOP k
771:	.byte 0x0f, 0x1f, 0x00
	.pushsection .smaptab, "a"
	.quad 771b, \k
	.popsection
.endm
#define STAC SMAPOP 0xcb
#define CLAC SMAPOP 0xca
#endif
