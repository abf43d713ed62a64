/*
 * filehost.h: processes, user memory and servers for tests of the kernel's
 * file code.  Processes are coroutines: they change only where one sleeps.
 */
#pragma once
#include "../../../libc/include/u.h"
#include "../../../libc/include/lib.h"
#include "../../../port/kern.h"
#include "../../../port/mach.h"
#include "../../../port/mem.h"
#include "../../../port/proc.h"
#include "../../../port/chan.h"
#include "../../../port/mnt.h"
#include "../../../port/mux.h"
#include "check.h"

/* start the kernel's servers (srvtab is the test's), then run f as the first process; exits by itself */
int hostmain(void (*f)(void));
Proc *testproc(void (*f)(void*), void *arg);	/* another, sharing name space and descriptors */
int hostdone(Proc*);		/* has it returned */
void hostwait(Proc*);		/* until it has */
void hostyield(void);		/* let the others go on until all of them wait */
void hostnote(Proc*);		/* post a note */
void hostcalm(void);		/* the notes of the current process are delivered */
extern int hostsleepers;	/* processes that wait */
extern int hostnokproc;		/* kproc fails */
extern int hostnotes;		/* notes that servers posted */
extern int hostunpins, hostpins;
extern vlong hosttotal;		/* memstat's pages */
extern long hostfail, hostallocs;	/* see filehost.c */

/* names and data, as a program would have them */
int hwrite(char *name, char *text);	/* create and write; 0 or -1 */
char *hread(char *name);		/* whole contents, or nil; good until the next */
char *hls(char *name);			/* names in a directory, each with a blank */
char *herr(void);			/* the error string */
char *hns(void);			/* the name space as #p/ns shows it */
char *hpath(char *name);		/* of the channel that opening it gives */
Chan *hpipe(Chan *c[2]);		/* both ends open; c[0] or nil */
Proc *hserve(Srv *s, Chan *end);	/* a process that serves s there; takes the reference */
long hexact(Chan *c, void *p, long n);	/* one read */
