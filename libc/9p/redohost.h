/*
 * redohost.h: how the user host keeps a restart log, between redohost.c,
 * which writes it, and redoback.c, which goes on from it.
 */
#pragma once

typedef struct Redohost Redohost;
typedef struct Redoconn Redoconn;

enum {
	RedoConns = 32,			/* connections of one instance */
	RedoMsize = 64*1024 + IOHDRSZ,	/* longest message, and so the slots' size */
	RedoLog = 256*1024,
	/* Redorec.kind */
	RecNew = 1,	/* a connection: num is its id, data 4 bytes of base */
	RecHangup,
	RecMsg,		/* a message; num counts those of its connection */
	RecTaken,	/* after a Tversion: so many answers had been taken for writing */
	RecError,	/* after a message: its answer's text, with the NUL */
	/* Redorec.result of a RecMsg */
	ResAnswered = 1,
	ResError,	/* and a RecError follows */
	ResParked,
};

/*
 * Hconn.hook.  Counts of answers go up by one with each answer that is
 * written on the connection, and so does the count that pipe(3) keeps of the
 * messages written there; base is the difference.
 */
struct Redoconn {
	u32int id;		/* its post is name.id.serve */
	u32int slot;
	u32int base;
	u32int sent, taken;	/* under outlk */
	u32int nmsg;		/* messages logged */
	u32int at;		/* bytes of the slot that are logged */
	/* while it is replayed */
	u32int made;		/* answers */
	u32int out;		/* which had been written */
	u32int limit;		/* more must not be taken yet */
	u8int doomed;		/* its answers are for nobody */
	Held *pend;		/* answers of before the checkpoint */
};

struct Redohost {
	Redo log;
	Host *h;
	vlong now;		/* the time, for the request that is handled */
	u32int nextid;
	Hconn *slot[RedoConns];
	Redorec *rec;		/* of the message that is handled */
	u32int missed;		/* messages handled while there was no memory for the log */
	u8int off;		/* there is none */
	u8int replaying;
	Redoconn add;		/* replaying: id, slot and base of the next connection */
	Redoconn hand[RedoConns];	/* handed over */
	int nhand;
};

/* redohost.c */
extern Redohost redo;
extern Hosthook redohooks;
int redocheck(Redohost *r);		/* a new checkpoint: 0, or -1 and it goes on without a log */
void redoservename(Redohost *r, u32int id, char *buf, int n);
void redoclean(char *name, Redohost *r);	/* remove the posts of connections that r, or nil, has not */
void redoputconns(Redohost *r, Img *m);	/* what a checkpoint has before the image */
int redogetconns(Redohost *r, Img *m, Redoconn *c, int max);	/* their number; -1 and errstr */
int redostart(Host *h, char *name);	/* with the name's lock: 1: it goes on, 0: the log is new; -1 and errstr */
int redojoin(Host *h, char *name);	/* use the segment that is there */

/* redoback.c */
int redoback(Redohost *r);		/* become what the log tells, frozen; -1 and errstr: end, then */
int redohanded(Redohost *r, Img *m);	/* a restart brings what redoputconns wrote; -1 and errstr */
int redoadopt(Host *h);		/* joined, and its connections are there: go on with their log; nothing is changed in it; -1 and errstr */
