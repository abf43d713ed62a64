/*
 * hosti.h: servers of fs/ that run in the kernel, between host.c (#h, the
 * files), inst.c (instances), proc.c (processes that they have), move.c
 * (freezing and restoring them), link.c (connections) and stream.c (those
 * that are not pipes).
 *
 * Inst.lk, the instance lock, is held whenever anything of the server runs,
 * and guards the Inst and its Links.  Nobody waits for a client with it.
 * Order: insts.lk, Link.startlk, Inst.lk, the server's own, a pipe's, a
 * mount's.
 */
#pragma once
typedef struct Inst Inst;
typedef struct Link Link;

enum {	/* Inst.state */
	Coming,		/* an incoming one: being described */
	Restored,	/* from its image, and not running yet */
	Live,
	Freezing,
	Frozen,		/* nothing of it runs; the image can be had */
	Gone,
};

struct Inst {
	long ref;		/* the list's, each link's, fid's and call's */
	u32int id;
	u8int state;
	u8int made;		/* srv is to be ended by fini */
	char name[NAMELEN];
	char owner[NAMELEN];
	Srv *kind;
	Srv srv;		/* the server's table, and its state */
	QLock lk;
	Link *links, **last;
	int nlinks;
	Link *dirty;		/* have answers to be sent */
	struct Hostproc *procs;	/* its own processes */
	Fid *holder;		/* the open ctl file that froze it or brings it in */
	Img img;		/* Frozen: for those who read it; Coming: what was written */
	Chan **in;		/* Coming: what the connections will be spoken on */
	int nin;
	Conn **conns;		/* Restored: as many */
	vlong since;		/* when it was frozen, here or where it comes from; 0: not told */

	/* of the last move, for status */
	u32int moves;
	vlong pause;
	u32int held;
	u32int fids;
	usize bytes;
	Inst *next;
};

struct Link {
	long ref;		/* the instance's, the Conn's, its processes' */
	Inst *x;
	Conn *c;
	Chan *chan;		/* the server's end */
	Msglink ml;		/* send nil: a stream */
	Msgmem mem;
	u8int gone;		/* it is over */
	u8int backed;		/* answers wait for the client to read: no new messages until it does */
	u8int started;		/* startall has seen to it */
	u8int isdirty;
	QLock startlk;		/* one process at a time lets messages come, or not */
	Mreq *cur;		/* runs, and uses the client's memory */
	usize maxheld;		/* bytes that its requests may keep waiting, and answers not read */
	Held *answers;		/* to be sent first, */
	usize nanswers;		/* bytes of them, */
	Mreq *pend;		/* then this, taken out of connout */
	u32int sent;		/* bytes of the first of them that a stream has */
	Proc *writer;		/* waits for room, when there was none */
	Proc *reader;		/* of a stream */
	Rendez idle;		/* for them to be gone */
	uchar *acc;		/* the beginning of a message */
	u32int nacc, acccap;
	uchar *rbuf;		/* read, by us from a stream or by the old side, and not used yet */
	u32int rat, rn, rcap;
	Link *next;
	Link *dirtynext;
};

/* inst.c */
void kindinit(void);			/* before any server is started */
Srv *kindnth(int i);			/* the kinds that are linked in; nil past the last */
Srv *kindfind(char *name);
Inst *instfind(char *name);		/* referenced, or nil */
Inst *instnth(int i);			/* likewise */
char *instname(Inst *x, char *buf, int n);	/* as its directory is called */
void instput(Inst *x);			/* drops a reference.  Not with x->lk, nor insts.lk */
int instnew(char *kind, char *name, char *arg);	/* with a connection posted as name; 0, or -1 and errstr */
Inst *instcoming(Fid *holder);		/* nil and errstr */
int instpost(Inst *x, char *name);	/* one more connection */
int instremove(Inst *x);
void instflush(Inst *x);		/* send what there is to be sent; x->lk held */
void instunlock(Inst *x);		/* that, and let go of the lock */
int instnameok(char *name);		/* 0, or -1 and errstr */
int instcommit(Inst *x);		/* a Restored one goes Live, instead of the Frozen one of that name if there is one */
int instletgo(Inst *x, Fid *holder);	/* the end of one that is frozen, or did not become live, by holder; its ends are not hung up */
void instkind(Inst *x, Srv *k);		/* a table without state */
void instcount(Inst *x, u32int *fids, u32int *reqs);	/* x->lk held */

/* proc.c */
void hostprocs(Inst *x);		/* x->state has become Live or Gone; x->lk held */

/* move.c: 0, or -1 and errstr */
int freeze(Inst *x, Fid *holder);
int thaw(Inst *x, Fid *holder);
int freezesave(Inst *x);		/* make the image, if there is none; x->lk held */
int comingconn(Inst *x, int fd);
int comingwrite(Inst *x, Req *r);	/* some of the image; x->lk held */
int restore(Inst *x);
void takeall(Inst *x);			/* go on with what the connections hold; x->lk held */
void startall(Inst *x);

/* link.c */
Link *linknew(Inst *x, Chan *chan, Conn *c);	/* takes chan's reference over; c nil: a new one.  Nil and errstr: chan is the caller's still.  x->lk held */
void linkput(Link *l);
void linkend(Link *l);			/* x->lk held */
void linkstart(Link *l);		/* messages may come */
void linkstop(Link *l);			/* none comes any more, and none is being handled */
u32int linkinput(Link *l, Part *s);	/* how much was taken; x->lk held */
void linkflush(Link *l);		/* x->lk held */
void linkdirty(Link *l);		/* likewise: instunlock flushes it */
int linkhold(Link *l);			/* a copy of what is in our hands, to Conn.held; x->lk held; -1 and errstr: memory */
int linktake(Link *l, Held *h);		/* the other way, of a restored one; h is gone; likewise */
int linknext(Link *l, Part *s);		/* what is to be sent next; 0: nothing */
void linksent(Link *l);			/* it was, or need not be */

int linkrest(Link *l);			/* use what was read before: 1 if all is used and more can be had; x->lk held */
void linkidle(Link *l);			/* end its processes; it is gone, or not live */
int linkinit(void);			/* -1: no memory */

/* stream.c */
int streamstart(Link *l);		/* a process to read it; -1 and errstr */
int streamwrite(Link *l, Part *s);	/* -1: interrupted */
