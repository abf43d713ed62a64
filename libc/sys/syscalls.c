/*
 * The system calls.  Each has an entry with an underscore in front, made
 * from sysnum.h; those that the library does not wrap are known by their
 * plain names as well.  Arguments are already where the kernel wants them,
 * but for the fourth: syscall itself destroys rcx.
 */
#include "u.h"
#include "sysnum.h"

#define X(n, name) asm( \
	".pushsection .text.sys." #name ",\"ax\",@progbits\n" \
	"	.globl _" #name "\n" \
	"	.type _" #name ",@function\n" \
	"_" #name ":\n" \
	"	mov $" #n ",%eax\n" \
	"	mov %rcx,%r10\n" \
	"	syscall\n" \
	"	ret\n" \
	"	.size _" #name ",.-_" #name "\n" \
	"	.popsection\n");
SYSCALLS(X)
#undef X

#define plain(name) asm(".globl " #name "\n\t.set " #name ",_" #name "\n");
plain(exec)
plain(await)
plain(open)
plain(create)
plain(close)
plain(pread)
plain(pwrite)
plain(seek)
plain(dup)
plain(stat)
plain(fstat)
plain(wstat)
plain(fwstat)
plain(remove)
plain(chdir)
plain(bind)
plain(mount)
plain(unmount)
plain(fd2path)
plain(pipe)
plain(alarm)
plain(sleep)
plain(notify)
plain(noted)
plain(errstr)
plain(rendezvous)
plain(semacquire)
plain(semrelease)
plain(tsemacquire)
plain(segattach)
plain(segdetach)
plain(segfree)
plain(segflush)
plain(segbrk)
plain(fauth)
plain(fversion)
plain(nsec)
plain(sendread)
