/*
 * mux.h: a connection on which 9P is spoken, shared by the files that do so:
 * mntchan.c (calls), mnttag.c (tags, fids), mntin.c (answers), mntmsg.c
 * (messages), mntver.c (version, auth, attach), mntread.c (large transfers).
 */
#pragma once
typedef struct Tag Tag;
typedef struct Tree1 Tree1;

enum {	/* Tag.use */
	TagFree,
	TagCall,	/* sent, k waits */
	TagAsync,	/* a clunk or remove that nobody waits for: the answer frees fid */
	TagLimbo,	/* abandoned: fid is being made, or NOFID */
	TagHeld,	/* answered, but its Tflush is not; fid is to be clunked, or NOFID */
	TagFlush,	/* a Tflush of mate */
	TagLate,	/* nothing sent: fid is to be clunked when there is occasion */
	TagDefer,	/* the same, in Mux.defer */
};

struct Tag {
	u8int use;
	u8int type;		/* what was sent */
	u8int flushing;		/* a Tflush for it is out */
	u16int mate;
	u16int next;		/* free ones */
	u32int fid;
	Call *k;
};

/* an attached tree: the same one, whoever attaches */
struct Tree1 {
	u32int dev;
	Tree1 *next;
	char aname[];
};

enum {	/* Mux.state */
	MuxIdle,
	MuxBusy,	/* negotiating */
	MuxLive,
	MuxDead,
};

enum {
	Mintags = 32,
	Maxtags = 1<<15,
	Maxlimbo = 64,		/* abandoned requests: then the connection is given up */
	Maxclunk = 64,		/* clunks nobody waits for */
	Maxdefer = 8,		/* and of these, not sent yet */
	Maxdepth = 6,		/* connections spoken over connections */
	Msghdr = 7,
	Treadlen = Msghdr+16,
	Headlen = Msghdr+QIDSZ+4,	/* as much of an answer as has a fixed place */
};

struct Mux {
	Mnt m;
	Chan *tc;		/* what it is spoken on; it owns us */
	int depth;
	Msglink link;		/* link.send nil: a byte stream, read by who waits */

	Lock lk;		/* for all below; taken before a Rendez's */
	u8int state;
	char why[ERRMAX];	/* of its death */
	Tag *tags;
	u32int ntags;
	u16int freetag;		/* NOTAG: none */
	u32int nlimbo, nclunk, nlate, nbusy;
	u16int defer[Maxdefer];	/* tags of clunks to go with the next request */
	int ndefer;
	u32int nstray;		/* answers to nothing */
	u32int ntrips;		/* how often a request was sent while no other was waited for */
	u8int inorder;		/* without a link: the version says i, see VERSION9PX */
	u8int versions;		/* and v */
	u32int nextfid;
	u32int *freefid;
	u32int nfree, freecap;
	Tree1 *trees;
	Call *ver;		/* waits for Rversion */
	char version[16];
	Rendez verr;		/* for the end of somebody else's negotiation */

	/* streams */
	u8int reading;		/* somebody reads for all */
	u8int writing;
	Rendez wr;
	Call *waiting;		/* for an answer, or to be the reader */
	uchar *rbuf;
	u32int nr;

	/* pieces of messages that came through the link */
	QLock acclk;
	uchar *acc;
	u32int nacc;

	Mux *next, **prev;	/* all there are */
};

/* mntmsg.c: no locks, nothing sleeps */
u32int msgsize(Call*);			/* of its request, data of a Twrite included */
void msgmake(Call*, uchar *p, u32int size);	/* without the data of a Twrite */
u32int msgread(Call*, uchar *p);	/* a Tread: Treadlen */
void msgflush(uchar *p, u16int tag, u16int old);	/* Msghdr+2 bytes */
void msgclunk(uchar *p, u16int tag, u32int fid);	/* Msghdr+4 */
char *msganswer(Call*, Mux*, Part *s, uchar *h);	/* take the answer in s; nil or the error */
u32int msg4(uchar *p);
u16int msg2(uchar *p);

/* mnttag.c; with lk held, but for muxdie */
void muxfidput(Mux*, u32int fid);	/* the number is free; NOFID is allowed */
int muxtag(Mux*, int use, int type, u32int fid, Call*);	/* a new one; -1: no memory */
void muxtagput(Mux*, int tag);
void muxtagover(Mux*, int tag);		/* nothing more will come for it */
void muxend(Mux*, Call*);		/* its tag has done its work */
void muxerr(Call*, char *e);
void muxdone(Call*);			/* the last use of it; lk may be held */
void muxdie(Mux*, char *why);

/* mntin.c */
int muxinput(Mux*, Part *s, uchar *head);	/* one whole message, and its first Headlen bytes; 0: it has to come again (Part.u) */
int muxbadsize(Mux*, u32int n);		/* then the connection is dead */
u32int muxsink(void *mx, Part *s);	/* Msglink's */

/* mntver.c */
void muxeach(void (*f)(Mux*));		/* of all that have clunks in defer; f may sleep */

/* mntchan.c */
void muxlate(Mux*);			/* try to send the clunks that could not be sent before */
int muxput(Mux*, Part *s, int nowait);	/* as Msglink.send */
void muxready(Call*);			/* before it gets a tag */
int muxcalltag(Mux*, Call*);		/* lk is held; 0, or -1: no memory */
void muxstart(Call*);			/* send it */
int muxleave(Mux*, Call*);		/* with lk held: its caller gives up.  1: too many have */
int muxwait(Call*);			/* for muxdone of one that is muxready, and perhaps never sent; 0, -1: a note came */
void muxfinish(Call*, int cancel);	/* wait for it; cancel: as if a note had come */

/* mntbatch.c */
int muxsendall(Mux*, Call **k, int n, u32int gone);	/* as one message; 0: not possible, nothing was done */
int muxdefer(Mux*, u32int fid);		/* let its clunk wait: 1, or 0: not this one's */
void muxclunks(Mux*);			/* send those that wait */

/* does the server take several requests in one message, and handle them in their order? */
static inline int muxinorder(Mux *mx)
{
	return mx->link.send != nil? peek(*mx->link.inorder): mx->inorder;
}
