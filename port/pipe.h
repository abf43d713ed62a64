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

extern Srv pipesrv;

/* port/pipe.c */
char *pipejoin(Pipe*, int side);	/* one more user of that side; nil or the error */
void pipeleave(Pipe*, int side);	/* one less */
void piperead(Req*);			/* of data, data1 */
void pipewrite(Req*);
void pipeflush(Req*);
void pipefree(Pipe*);			/* nobody refers to it */
void pipeinit(void);			/* once */
