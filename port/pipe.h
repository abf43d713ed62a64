/*
 * pipe.h: pipes, between port/pipe.c (data) and port/srv/pipe.c (files).
 */
#pragma once

enum {
	Qdir,
	Qdata,			/* and Qdata+1: qid.path's low two bits */
};

typedef struct Msg Msg;
typedef struct End End;
typedef struct Pipe Pipe;
typedef struct Reader Reader;

struct Msg {
	Msg *next;
	Req *r;			/* waits for it to be taken: the data is in r->buf */
	u32int n;
	u32int off;		/* taken already */
	u32int cap;
	uchar data[];
};

struct Reader {	/* a process that waits for data, on its stack */
	Reader *next;
	Await w;
	Buf *b;			/* room */
	u32int got;
	u32int left;		/* of the message: it was cut short */
};

struct End {	/* what is to be read at data or data1 */
	Pipe *p;
	int opens;
	u8int gone;		/* was open, and is not any more */
	Msg *head, *tail;
	u32int bytes;		/* copied */
	u32int charge;		/* the same with what the messages themselves take */
	Reader *readers, *lastreader;
	Msg *spare;
	u32int nwait;		/* who wait for room to send, in: */
	Rendez room;
	u32int (*sink)(void*, Part*);
	void *sinkarg;
	u32int sinkgen;		/* goes up when it is set */
	u8int draining;		/* it gets what was written before */
	int insink;		/* calls of it */
	int nsinkwait;		/* who wait for their end, in: */
	Rendez sinkr;
	u32int nmsg;		/* messages written to it */
	u8int inorder;		/* Msglink's, set by who reads it */
};

struct Pipe {
	u32int held;		/* 1: locked; 2: and somebody may wait for it, in: */
	Rendez lockr;
	long ref;		/* fids */
	u64int id;
	u32int time;
	char owner[NAMELEN];
	End end[2];
};

static inline Pipe *pipeof(Fid *f)
{
	return f->aux;
}

static inline int sideof(Fid *f)
{
	return (f->qid.path & 3) - Qdata;
}

/*
 * The lock: held across copies, so not a spin lock; cheaper than a QLock when
 * it is free.
 */
void pipelockwait(Pipe*);

static inline void pipehold(Pipe *p)
{
	u32int v;

	v = 0;
	if(!__atomic_compare_exchange_n(&p->held, &v, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		pipelockwait(p);
}

static inline void piperelease(Pipe *p)
{
	if(__atomic_exchange_n(&p->held, 0, __ATOMIC_SEQ_CST) == 2)
		wakeup(&p->lockr);
}

/* hand a message to the first reader that waits, if all fits there: him, to be woken; or nil */
static inline Reader *pipehandone(End *e, Part *s)
{
	Reader *r;

	if((r = e->readers) == nil || r->b->n < s->n)
		return nil;
	e->readers = r->next;
	r->got = partcopy(r->b, 0, s, 0, s->n);
	return r;
}

extern Srv pipesrv;

/* port/pipe.c; the pipe is held */
void pipemsgfree(End*, Msg*);
Msg *pipetakefirst(End*);		/* off the queue */
int pipeisroom(End*, u32int n);
u32int pipehand(End*, Part*, u32int off, Reader **done);	/* to those who wait; they are left in *done.  How far that went */
int pipequeue(End*, Part*, u32int off);	/* a copy; -1 and errstr: no memory */

/* port/pipe.c */
void pipewakereaders(Reader*);		/* not held */
char *pipejoin(Pipe*, int side);	/* one more user of that side; nil or the error */
void pipeleave(Pipe*, int side);	/* one less */
void piperead(Req*);			/* of data, data1 */
void pipewrite(Req*);
void pipeflush(Req*);
void pipefree(Pipe*);			/* nobody refers to it */
void pipeinit(void);			/* once */

/* port/pipesink.c; the pipe is held, but not during a sink's calls */
u32int sinkcalls(End*, Part*, u32int off);

/* give it from off on, if there is a sink: how far it was taken; there is none any more if not to the end */
static inline u32int sinkput(End *e, Part *s, u32int off)
{
	return e->sink == nil? off: sinkcalls(e, s, off);
}

void sinkhangup(End*);			/* there is one, and this is its last call */
int pipelink(Chan*, Msglink*);		/* linkhook */
int pipemsg(Chan*, Part*);		/* quickpass */
