/*
 * mbox.h: the messages (store.c, field.c) to the server (mbox.c) and to its
 * moves (save.c).
 *
 * Locks: Srv.lk is held for all that is declared here.
 */
#pragma once

enum {
	Nevent = 1024,		/* kept for readers that are behind */
	Fieldmax = 1000,	/* of one message that are files */
	Namelen = 255,		/* of a field that is a file */
	Draftmax = 64,		/* messages being written */
	Msgmax = 1<<20,		/* messages at once */
	Linemax = 48,		/* bytes of an event's line */
	Nflags = 4,
};
#define Maxmax (1LL<<30)	/* bytes of a mailbox */

enum {	/* qid.path: these, or a message's number and one of its files */
	Qroot,
	Qnew,
	Qevent,
	Qctl,
	Qshift = 12,
	Qdir = 0,		/* of a message */
	Qheader,
	Qbody,
	Qraw,
	Qflags,
	Qfield = 16,		/* and the field's index */
};
#define Maxnum (1ULL<<(64-Qshift))

enum {	/* what happened */
	Enew,
	Edel,
	Eflags,
};

typedef struct Mbox Mbox;
typedef struct Msg Msg;
typedef struct Field Field;
typedef struct Event Event;
typedef struct Slot Slot;
typedef struct Mfid Mfid;

/* one field of a header; what it says is a part of Msg.raw */
struct Field {
	u32int name;
	u32int hash;		/* of the name in lower case */
	u32int val, vlen;	/* with its line breaks, without the white space around it */
	u8int nlen;
	u8int file;		/* the first of its name, and that can be a file's */
};

/* a message, or (num 0) one that is being written, a draft */
struct Msg {
	u64int num;
	long ref;		/* one of the box, one for each fid */
	uchar *raw;
	u32int n, cap;
	u32int head, hend;	/* the header, without the empty line after it */
	u32int body;		/* where it begins */
	Field *field;		/* nil until somebody looks, see msgparse */
	u32int nfield;
	u8int bad;		/* a draft that will not be a message: a write failed */
	u8int flags;
	u32int vers;		/* of the flags */
	u32int mtime;
	Msg *next, *prev;	/* removed and still open */
};

struct Event {
	u64int num;
	u8int kind;
};

struct Slot {
	u64int num;
	Msg *m;			/* nil: removed */
};

struct Mbox {
	Slot *slot;		/* in the order of num */
	u32int nslot, maxslot;	/* used, allocated */
	u32int nlive;
	u32int ndraft;
	u64int next;		/* number of the next message */
	u64int used, max;	/* bytes */
	u64int nevent;		/* ever; the last of them are in event */
	Event event[Nevent];
	u32int vers;		/* of the root directory */
	u32int mtime;
	Msg *gone;		/* removed, but open */
	Req *wait, **waitl;	/* reads of event, in the order they came */
	u32int nreader;		/* fids that have event open */
};

/* a fid's */
struct Mfid {
	Msg *m;			/* message or draft, referenced */
	u64int seq;		/* event: the next one to be given */
	u8int n, at;		/* and what is left of a line that was given in part */
	char line[Linemax];
};

/* store.c: messages */
Mbox *boxnew(u64int max);			/* nil: memory */
void boxfree(Mbox *b);				/* nobody has a message any more */
Msg *msgfind(Mbox *b, u64int num);		/* borrowed; nil: there is none */
Msg *msgafter(Mbox *b, u64int num);		/* the first of that number or a higher one; borrowed, nil */
Msg *draftnew(Mbox *b);				/* referenced by the caller; nil: too many, or no memory */
char *draftappend(Mbox *b, Msg *m, Req *r);	/* a write's bytes; nil, or the error, and m is bad */
char *draftput(Mbox *b, Msg *m, uchar *p, u32int n);	/* likewise */
void drafttruncate(Mbox *b, Msg *m);
int draftcommit(Mbox *b, Msg *m);		/* a message now, still the caller's too; 0: there is nothing to append */
int msgenter(Mbox *b, Msg *m, u64int num, int gone);	/* a draft is this message, or was; -1: it cannot be */
void msgremove(Mbox *b, Msg *m);
void msgclose(Mbox *b, Msg *m);			/* drops a reference; nil is allowed */
void boxevent(Mbox *b, int kind, u64int num);
u32int boxnow(void);

/* field.c: what a message says */
void msgsplit(Msg *m);				/* finds header and body, counts the fields */
char *msgparse(Msg *m);			/* finds the fields; nil, or Enomem */
int fieldfind(Msg *m, char *name);		/* the index of the file of that name, or -1; parsed */
void fieldname(Msg *m, int i, char *buf);	/* Namelen+1 bytes; parsed */
u32int fieldput(Msg *m, int i, Req *r);		/* answers a read of it; its length.  r may be nil */

/* move.c */
int mboxsave(Srv *s, Img *m);
int mboxrestore(Srv *s, Img *m);
void mboxsavefid(Fid *f, Img *m);
int mboxrestorefid(Fid *f, Img *m);
