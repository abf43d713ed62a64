/*
 * thread.h: processes that share memory, threads that take turns in them, and
 * channels between all of these, thread(2).  A threaded program has
 * threadmain instead of main, which runs as the first thread.
 */
#pragma once
typedef struct Alt Alt;
typedef struct Channel Channel;
typedef struct Ioproc Ioproc;

enum {	/* Alt.op */
	CHANEND,	/* ends the array: wait */
	CHANSND,
	CHANRCV,
	CHANNOP,	/* skip this entry */
	CHANNOBLK,	/* ends the array: do not wait */
};

struct Alt {
	Channel *c;
	void *v;	/* value to send, or where to; nil: nothing, zeros */
	int op;
	char *err;	/* set when chosen: why it failed, or nil */
	/* the library's, while waiting */
	int index;
	void *thread;
	Alt *next;
	Alt *prev;
};

extern int mainstacksize;	/* the program may define it */
void threadmain(int argc, char **argv);

int proccreate(void (*f)(void*), void *arg, uint stack);	/* the new thread's id, or -1 */
int procrfork(void (*f)(void*), void *arg, uint stack, int flags);
int threadcreate(void (*f)(void*), void *arg, uint stack);
void threadexits(char *status) noreturn_;
void threadexitsall(char *status) noreturn_;
void yield(void);

int threadid(void);
int threadpid(int id);
int threadgetgrp(void);
int threadsetgrp(int grp);
void threadkill(int id);
void threadkillgrp(int grp);
void threadint(int id);
void threadintgrp(int grp);
char *threadgetname(void);
void threadsetname(char *fmt, ...);
void **threaddata(void);
void **procdata(void);
int threadnotify(int (*f)(void *ureg, char *note), int in);

void procexec(Channel *pidc, char *file, char **argv);	/* returns only if it failed */
void procexecl(Channel *pidc, char *file, ...);
Channel *threadwaitchan(void);	/* of Waitmsg*, one for each procexec that ends */

int alt(Alt *alts);
Channel *chancreate(int elemsize, int nelem);
int chaninit(Channel *c, int elemsize, int nelem);
void chanfree(Channel *c);
int chanclose(Channel *c);
int chanclosing(Channel *c);	/* values left in a closed channel, -1: it is not closed */
int chanprint(Channel *c, char *fmt, ...);
int send(Channel *c, void *v);		/* 1; -1 closed or interrupted */
int recv(Channel *c, void *v);
int nbsend(Channel *c, void *v);	/* and 0: it would wait */
int nbrecv(Channel *c, void *v);
int sendp(Channel *c, void *p);
void *recvp(Channel *c);
int nbsendp(Channel *c, void *p);
void *nbrecvp(Channel *c);
int sendul(Channel *c, ulong v);
ulong recvul(Channel *c);
int nbsendul(Channel *c, ulong v);
ulong nbrecvul(Channel *c);

/* ioproc(2): calls that block, done by another process */
Ioproc *ioproc(void);
void closeioproc(Ioproc *io);
void iointerrupt(Ioproc *io);
long iocall(Ioproc *io, long (*op)(va_list*), ...);
int ioopen(Ioproc *io, char *file, int mode);
int ioclose(Ioproc *io, int fd);
long ioread(Ioproc *io, int fd, void *buf, long n);
long ioreadn(Ioproc *io, int fd, void *buf, long n);
long iowrite(Ioproc *io, int fd, void *buf, long n);
int iodial(Ioproc *io, char *addr, char *local, char *dir, int *cfdp);
int iosleep(Ioproc *io, long ms);

struct Channel {	/* the library's; chaninit sets up one of the program's */
	int size;	/* of a value */
	int cap;	/* values it holds */
	int n;		/* values in it */
	int first;
	int closed;
	int waiting;	/* entries in the queues */
	int freed;	/* free when nobody waits any more */
	int own;	/* chancreate made it */
	uchar *buf;
	struct {
		Alt *head, *tail;
	} q[2];		/* who waits to send, to receive */
};
