/*
 * stack.h: an IP stack to its host.  The stack is a Srv like others; what it
 * needs besides is here.  All of lwIP's state is global, so one copy of the
 * code is one stack; a second one is a copy of the objects with other names.
 *
 * Srv.lk is the one lock: input and tick take it, handlers have it, and the
 * functions of Nichost are called with it.
 */
#pragma once

typedef struct Nic Nic;
typedef struct Nichost Nichost;
typedef struct Ipstack Ipstack;

enum {
	Nicname = 64,
};

struct Nic {	/* an Ethernet that a stack has open; in the stack's memory */
	char dev[Nicname];
	uchar addr[6];	/* open sets it, */
	u32int mtu;	/* and this: the greatest frame without its header, */
	u8int csum;	/* and this: TCP's checksums are put in behind send */
	u8int sumok;	/* the host's, before each input: checksums of TCP and UDP need not be looked at */
	int id;		/* of its conversation with the device, to the host; open sets it.  In a move open
			   is given the other side's, to go on with that one; else -1 */
	Ipstack *stack;	/* whose it is */
	void *host;	/* the host's */
	void *aux;	/* the stack's */
};

struct Nichost {
	int (*open)(Nic*);	/* of nic->dev; -1 and errstr.  Frames may come from now on */
	void (*send)(Nic*, uchar *frame, u32int n);	/* does not sleep, keeps nothing; a full queue drops */
	void (*close)(Nic*);	/* no frame comes after it */
	int (*multi)(Nic*, uchar *addr, int add);	/* frames to this address are wanted, or no more; -1: they will not come.  Or nil */
	void (*begin)(Ipstack*);	/* tick is to be called from now on; said with each conversation.  Nil: it is in any case */
};

struct Ipstack {
	Srv *srv;		/* the table: the host copies it and calls init or restore */
	Nichost *host;		/* the host sets it before that */
	void (*input)(Nic*, uchar *frame, u32int n);	/* a frame has come; copied.  May sleep for the lock */
	u32int (*tick)(void);	/* do what is due: in so many ms it is to be called again.  Likewise */
};

extern Ipstack ipstack;

struct Hostopt;
Srv *ipuser(struct Hostopt *o);	/* user.c, for a program: what hostmain is to serve, with o's part of it */
