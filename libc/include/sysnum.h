/*
 * sysnum.h: the system calls and their numbers, shared by the kernel's
 * dispatch table and libc's entry points.  SYSCALLS(X) expands X(NUMBER,
 * name) for each.  Convention: `syscall` instruction, number in rax, arguments
 * in rdi rsi rdx r10 r8 r9, result in rax; -1 means that the error string
 * says why.  rcx and r11 are lost; all else is kept.
 */
#pragma once

#define SYSCALLS(X) \
	X(1, rfork) X(2, exec) X(3, exits) X(4, await) \
	X(5, open) X(6, create) X(7, close) X(8, pread) X(9, pwrite) \
	X(10, seek) X(11, dup) X(12, stat) X(13, fstat) X(14, wstat) \
	X(15, fwstat) X(16, remove) X(17, chdir) X(18, bind) X(19, mount) \
	X(20, unmount) X(21, fd2path) X(22, pipe) X(23, alarm) X(24, sleep) \
	X(25, notify) X(26, noted) X(27, errstr) X(28, rendezvous) \
	X(29, semacquire) X(30, semrelease) X(31, tsemacquire) \
	X(32, segattach) X(33, segdetach) X(34, segfree) X(35, segflush) \
	X(36, segbrk) X(37, brk) X(38, fauth) X(39, fversion) X(40, nsec) \
	X(41, sendread)

enum {
#define X(n, name) SYS##name = n,
	SYSCALLS(X)
#undef X
	NSYSCALL = 42,
};
