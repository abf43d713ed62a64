/*
 * linux.h: Pintle's system calls on Linux, so that libc and whole programs
 * built with it can be tested where there is no Pintle.  Linked in place of
 * libc/sys/start.S and libc/sys/syscalls.c.  Enough for files, processes,
 * shared memory, semaphores and notes; name spaces and the network are not
 * there.
 *
 * What a process has for itself lies above its stack (Self), for memory may
 * be shared: data and heap are MAP_SHARED in threaded programs, so that fork
 * does what rfork(RFMEM) asks for; without RFMEM the child copies them.
 */
#pragma once
#include "u.h"
#include "libc.h"
#include "ureg.h"
#include "9p.h"

long lsys(long n, ...);
long callon(void *sp, long (*f)(long), long arg);

enum {	/* Linux's numbers */
	Lread = 0, Lwrite = 1, Lopen = 2, Lclose = 3, Lstat = 4, Lfstat = 5, Llseek = 8,
	Lmmap = 9, Lmunmap = 11, Lsigaction = 13, Lsigprocmask = 14, Lpread = 17, Lpwrite = 18,
	Laccess = 21, Lmremap = 25, Ldup = 32, Ldup2 = 33, Lnanosleep = 35, Lsetitimer = 38,
	Lgetpid = 39, Lsocketpair = 53, Lfork = 57, Lexecve = 59, Lexit = 60, Lwait4 = 61,
	Lkill = 62, Lfcntl = 72, Lftruncate = 77, Lgetcwd = 79, Lchdir = 80, Lrename = 82,
	Lmkdir = 83, Lrmdir = 84, Lunlink = 87, Lreadlink = 89, Lchmod = 90, Lfchmod = 91,
	Lgetppid = 110, Lutimes = 235, Lfutex = 202, Lgetdents = 217, Lclockget = 228, Lmemfd = 319,
	Lsetpgid = 109, Ltruncate = 76,

	Lenoent = 2, Leintr = 4, Leio = 5, Lebadf = 9, Lechild = 10, Leagain = 11, Lenomem = 12,
	Leacces = 13, Leexist = 17, Lenotdir = 20, Leisdir = 21, Leinval = 22, Lespipe = 29,
	Lepipe = 32, Lenotempty = 39,

	Lmaxfd = 1024,
	Lsigint = 2, Lsigkill = 9, Lsigusr1 = 10, Lsigalrm = 14, Lsigpipe = 13,
};

enum {	/* kinds of descriptors */
	Fplain,
	Fdir,
	Fnote,		/* /proc/n/note */
};

typedef struct Fdinfo Fdinfo;
struct Fdinfo {
	u8int kind;
	u8int rclose;
	int pid;		/* Fnote: to whom; negative: to a group */
	int waiting;		/* Fdir: bytes of pending */
	int at;
	uchar *pending;		/* Fdir: records not yet read */
	char name[200];		/* ORCLOSE */
};

typedef struct Self Self;
struct Self {
	Tos tos;
	char err[ERRMAX];
	void (*handler)(void*, char*);
	jmp_buf notedto;	/* the signal handler that a noted returns to */
	int noting;
	Fdinfo fd[Lmaxfd];
	char forkstack[16*1024] __attribute__((aligned(16)));	/* a thread's stack is shared, until the child has copied it */
};

extern Self *self;	/* at the same place in every process */
extern char **lenv;

char *fsname(char *buf, int n, char *name);	/* Linux's name for a file; buf is room for it */
long fail(long r);	/* -errno as an error string; -1 */
void linuxnotes(void);
void fdclosed(int fd);
