/*
 * os.h: what the operations of ops.c are in Linux: its calls, with nothing
 * put between.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define nil NULL
typedef uint32_t u32int;
typedef uint64_t u64int;
typedef size_t usize;

static inline void osnull(void)
{
	syscall(SYS_getppid);
}

static inline int osfork(void)
{
	return fork();
}

static inline _Noreturn void osexit(int bad)
{
	_exit(bad);
}

static inline void osexec(char *path)
{
	execl(path, path, (char*)0);
}

static inline void oswait(void)
{
	wait(nil);
}

static inline int osopen(char *path)
{
	return open(path, O_RDONLY);
}

static inline int osstat(char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static inline char *osmem(usize n)
{
	char *p = mmap(nil, n, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);

	if(p == MAP_FAILED)
		return nil;
	madvise(p, n, MADV_NOHUGEPAGE);
	return p;
}

static inline void osmemfree(char *p, usize n)
{
	munmap(p, n);
}

static inline void osfatal(char *what)
{
	perror(what);
	exit(1);
}

/* no more of a child */
void osend(int pid);

/* TCP on the loopback interface, which is up after osannounce */
int osannounce(void);
int osaccept(int announced);
int osdial(void);

#define osprint(...) (printf(__VA_ARGS__), fflush(stdout))
