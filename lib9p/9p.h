/*
 * 9p.h: 9P2000 and the one interface of every file server, Srv.
 *
 * A Srv is a table of handlers.  A request reaches it as a Req: data, not a
 * stack.  srvcall() checks the request (fid state, modes, names, counts) and
 * calls the handler; the handler answers now, or keeps the Req and answers
 * later; either way exactly once, with respond().  Three hosts make Reqs:
 *
 *	fdsrv	messages from a descriptor or any byte channel (user, Linux)
 *	mnt	the kernel's file operations, no marshalling (kernel)
 *	tests	by hand
 *
 * Who owns what: the host owns the Req and its Buf until srvcall, the server
 * from srvcall to respond, the host again after.  Fids are counted; a Req
 * holds a reference on the fids it names.  Strings in a Req belong to the
 * host and live until respond returns; strings in Req.d at respond(Tstat)
 * belong to the server and are copied before respond returns.
 *
 * Locks: srvcall holds none across a handler, except Srv.lk when SrvLocked
 * asks for it.  respond() takes only leaf locks, runs no client code, never
 * sleeps, and may be called under any server lock, but not from an interrupt.
 */
#pragma once
#include "qid.h"

typedef struct Srv Srv;
typedef struct Conn Conn;
typedef struct Fid Fid;
typedef struct Req Req;
typedef struct Mreq Mreq;
typedef struct Lending Lending;
typedef struct Lend Lend;
typedef struct Buf Buf;
typedef struct Sfile Sfile;
typedef struct Srvwalk Srvwalk;
typedef struct Fcall Fcall;
typedef struct File File;
typedef struct Tree Tree;
typedef struct Img Img;
typedef struct Held Held;

#define VERSION9P "9P2000"
/*
 * What the two sides may agree on besides: 9P2000. and some of these letters,
 * as many of the client's as the server means; 9P2000 if none.
 *	i	a request for a fid may be sent without waiting for what makes, opens
 *		or creates it; if that fails, it fails
 *	v	a file whose contents have changed has another qid.vers
 */
#define VERSION9PX "9P2000.iv"

enum {
	MAXWELEM = 16,		/* names in one Twalk */
	IOHDRSZ = 24,		/* Twrite's and Rread's overhead, rounded up */
	MAXMSIZE = (1<<20) + IOHDRSZ,
	MINMSIZE = 256,
	STATMAX = 65535,
	BIT8SZ = 1, BIT16SZ = 2, BIT32SZ = 4, BIT64SZ = 8,
	QIDSZ = 13,
	STATFIXLEN = 49,	/* a stat record with four empty names, its size field included */
	NAMEMAX = 1023,		/* bytes of one path element */
	RREADHDR = 4+1+2+4,	/* an Rread without its data */
	BUFPAGE = 4096,		/* size of the pages of a Buf */
	MAXFIDS = 1<<16,	/* fids of one connection of messages */
	MAXREQS = 1<<13,	/* requests outstanding on one */
};
#define NOFID (~0U)
#define NOTAG ((u16int)~0U)

enum {	/* message types */
	Tversion = 100, Rversion,
	Tauth = 102, Rauth,
	Tattach = 104, Rattach,
	Rerror = 107,
	Tflush = 108, Rflush,
	Twalk = 110, Rwalk,
	Topen = 112, Ropen,
	Tcreate = 114, Rcreate,
	Tread = 116, Rread,
	Twrite = 118, Rwrite,
	Tclunk = 120, Rclunk,
	Tremove = 122, Rremove,
	Tstat = 124, Rstat,
	Twstat = 126, Rwstat,
};

/*
 * Where the data of a read or write is.  Either one piece of memory (p), or
 * whole pinned pages in the host's own addressing (page[], byte 0 at
 * page[0]+off).  Servers use it only through reqput, reqget and reqmove.
 */
struct Buf {
	uchar *p;
	uchar **page;
	u32int off;
	u32int n;		/* bytes in all */
};

/*
 * A Req needs no clearing between calls.  A linked host sets, always: type,
 * srv, conn, done, and fid (of which it keeps a reference until the answer);
 * and by type:
 *	Tauth		afid (from fidnew) uname name; no fid
 *	Tattach		uname name afid, fid from fidnew
 *	Twalk		newfid (from fidnew, or fid itself) nwname wname wqid
 *	Topen		mode
 *	Tcreate		name mode perm
 *	Tread Twrite	offset count buf
 *	Tstat		buf, of plain memory
 *	Twstat		d
 *	Tflush		srvflush sets all but srv, conn and done
 * After Tclunk and Tremove, whatever their answer but "fid in use", the host
 * drops its reference with fidclose.  After a Tattach or Twalk that failed or
 * fell short it does so with the new fid.
 */
struct Req {
	u8int type;		/* Txxx */
	u8int state;		/* Rxxx below; the library's */
	u8int flushed;		/* a flush has been asked for; the answer may be anything */
	u8int hold;		/* the library's: reasons to put off the answer */
	u16int tag;
	u8int fidlock;		/* the library's: what it has of fid->busy */
	u8int msg;		/* the library's: part of a Mreq */
	u8int opened;		/* the library's: counted in fid->file->nopen */
	u16int oldtag;		/* the library's: Tflush in an image: what it waits for */
	Srv *srv;
	Conn *conn;
	Fid *fid;
	Fid *newfid;		/* Twalk: where to; same as fid when in place */
	Fid *afid;		/* Tattach, Tauth: or nil */
	Req *oldreq;		/* Tflush: what is to be flushed, or nil when it is gone */

	/* what is asked */
	vlong offset;		/* Tread Twrite */
	u32int count;
	u32int perm;		/* Tcreate */
	u8int mode;		/* Topen Tcreate */
	u16int nwname;		/* Twalk */
	char **wname;
	char *name;		/* Tcreate: name; Tattach Tauth: aname */
	char *uname;		/* Tattach Tauth */
	Dir d;			/* Twstat: asked for; Tstat: answer */
	Buf buf;		/* Tread: room; Twrite: data; Tstat: room for the record */

	/* the answer, valid after respond */
	char *err;		/* nil: success; lives in ebuf or is static */
	u32int rcount;		/* Tread Twrite: bytes done; Tstat: record's bytes */
	u16int nwqid;		/* Twalk */
	Qid *wqid;		/* Twalk: room for nwname, from the host */
	Qid qid;		/* Tattach Tauth Topen Tcreate */
	u32int iounit;		/* Topen Tcreate */
	char ebuf[ERRMAX];

	/* the server's, from srvcall to respond */
	void *aux;
	Req *next;
	Req *prev;

	/* the host's */
	void (*done)(Req*);	/* linked: called by respond, see reqdone */
	void *host;
	Req *tagnext;		/* the library's: the connection's tag table */
	Lending *lent;		/* the library's: of a Tread whose data may be lent, see reqlend; else nil */
	Req *flushes;		/* the library's: the Tflush waiting for this one's answer */
	u32int gen;		/* the library's: Conn.gen when it came */
};

enum {	/* Req.state */
	Ridle = 0,		/* with the host */
	Rbusy,			/* with the server */
	Rdone,			/* answered, and the host's again */
	Rheld,			/* with the server, and its answer will have to wait */
	Rans,			/* answered, waits */
	Rfin,			/* answered, being handed to the host */
};

/*
 * A linked host's done(r) is called once for each srvcall, perhaps before
 * srvcall returns, in any process, perhaps under a server's spin lock.  The
 * Req is the host's again when done says so: done calls reqdone(r) as its
 * last use of r, then wakes whoever waits (whom it looked up before).  With a
 * nil done the library does that itself.  After srvcall the host waits until
 * reqisdone(r).
 */
static inline void reqdone(Req *r)
{
	__atomic_store_n(&r->state, Rdone, __ATOMIC_RELEASE);
}
static inline int reqisdone(Req *r)
{
	return __atomic_load_n(&r->state, __ATOMIC_ACQUIRE) == Rdone;
}

/* what reqlend was given for an answer */
struct Lending {
	Iopart *part;		/* the first is the header's */
	u32int npart, max;	/* npart 0: nothing */
	u32int n;		/* bytes, without the header's */
};

/* a host's, for an answer of connquick's */
struct Lend {
	Lending l;
	Req r;
	Iopart part[4];
};

/*
 * A request that came as a message, and what its host and the library keep
 * with it.  The host clears it once; it may be used again and again.  rbuf is
 * malloced by the library where an answer needs it (nrbuf says how much there
 * is), kept for the next request and freed by the host.
 */
struct Mreq {
	Req r;
	Req hang;		/* the library's: flushes r when the client goes away */
	u8int hanging;
	u8int tagged;		/* r is in the tag table */
	u8int stale;		/* not to be sent */
	char *wname[MAXWELEM];
	Qid wqid[MAXWELEM];
	uchar *rbuf;
	u32int nrbuf;
	uchar small[256];	/* short answers */
	Mreq *next;		/* in Conn.out; then the host's */
	uchar *msg;		/* the host's: where the request's bytes are */
	void *host;		/* the host's */
	Lending lent;		/* the library's */
	Buf *data;		/* the host's: where a Tread's data is to go, a Twrite's is, see connown; else nil */
	u64int seq;		/* the library's: which came first to the server */
	Held *held;		/* the library's: a parked request that is taken up again */
};

struct Fid {
	long ref;
	u32int fid;		/* number in the connection; NOFID for a linked client */
	u32int index;		/* the library's: in an image, of one that is clunked */
	Conn *conn;
	Srv *srv;
	char *uid;		/* the attach's user; shared by all fids walked from it */
	Qid qid;
	s16int omode;		/* OREAD..OEXEC; -1: not open */
	u8int rclose;		/* remove on clunk */
	u8int made;		/* the server has seen it: destroyfid is due */
	u32int busy;		/* the library's: who uses it, whether it is new or gone */
	void *aux;		/* the server's */
	Sfile *sfile;		/* static trees: the file */
	File *file;		/* in-memory trees: the file, referenced */
	u64int dirindex;	/* directory reads: the entry next to be given */
	vlong diroffset;	/* and the offset at which it must be asked for */
	u32int dircount;	/* how much was asked for the last time */
	Fid *next;		/* the connection's table, or Srv.dead */
	Req *rcreq;		/* ORCLOSE over messages: for the remove at the end */
};

/*
 * One client's connection: its fids by number, its requests by tag.  A kernel
 * mount of a linked server uses one without numbers or tags.
 */
struct Conn {
	Srv *srv;
	u32int msize;		/* greatest message; bounds linked reads and writes too */
	long ref;		/* the host's, and one for each fid and message; atomic */
	Lock lk;		/* protects all below */
	Fid **fids;		/* hash by number, grows */
	u32int nfids, fidcap;
	Req **tags;
	u32int ntags, tagcap;
	u8int session;		/* a Tversion was accepted */
	u8int hungup;
	u8int lends;		/* the host's: it uses connparts */
	Lend *lend;		/* the host's: what connquick may lend by, see lendparts; nil: nothing */
	u32int gen;		/* goes up when the connection is reset */
	Fid *spare;		/* a few free ones */
	int nspare;
	Fid *hand;		/* and one more, which changes by exchange alone */
	Mreq *out, *outlast;	/* answered, in the order to be sent */
	void (*reply)(Conn*);	/* message hosts: connout has something; see connmsg */
	void (*gone)(Conn*);	/* the last reference is dropped, c is freed next; or nil */
	void *host;
	Held *held, *heldlast;	/* the host's: what waits to be sent or handled, see srvsave */
};

enum {	/* Srv.flags */
	SrvBlocks = 1<<0,	/* kernel's own: handlers may block and use the current process */
	SrvLocked = 1<<1,	/* srvcall holds lk around each handler */
	SrvInorder = 1<<2,	/* requests of one connection are handled in the order sent, see srvinorder */
	SrvMore = 1<<4,		/* kernel's own: tells by mntmore when a read could go on at once */
	SrvAtonce = 1<<5,	/* opens, stats, reads and writes are answered before their handlers return */
	SrvVersions = 1<<7,	/* a file's qid.vers changes whenever its contents do */
	SrvFidorder = 1<<6,	/* srvio is to keep requests for a fid that is being made, opened or created until that is answered; then
				   srvio's clients may send them at once.  respond is not called under a lock that handlers take */
	SrvNoauth = 1<<3,	/* Tauth: "authentication not required" (the default without .auth) */
};

/*
 * The one server table, in the kernel and out.  Handlers end in respond();
 * a nil handler has the default said here.
 */
struct Srv {
	char *name;
	int dc;			/* the kernel's #x letter, or 0 */
	u32int flags;
	void *aux;		/* the instance's state */
	Sfile *files;		/* a static tree: then walk1, stat, open and directory reads have defaults */
	int nfiles;
	Tree *tree;		/* or an in-memory tree, likewise */
	QLock lk;
	u32int msize;		/* greatest accepted; 0: MAXMSIZE */
	char *owner;		/* the host owner, for static trees; nil: "sys" */
	Lock dlk;		/* the library's: protects dead */
	Fid *dead;		/* the library's: to be destroyed when no lock is held */
	u64int seq;		/* the library's: of the next message */

	int (*init)(Srv*, char *arg);	/* make an instance's state; -1 and errstr */
	void (*fini)(Srv*);

	void (*auth)(Req*);	/* set afid->qid, with QTAUTH, and afid->aux; its reads and writes come to read and write; default: refused */
	void (*attach)(Req*);	/* set fid->qid and fid->aux; default: the tree's root, aname must be empty */
	char *(*walk1)(Fid*, char *name, Qid*);	/* one element, fid is the new fid already; ".." included; nil or error string */
	char *(*clone)(Fid *from, Fid *to);	/* copy aux; default: shares nothing */
	void (*walk)(Req*);	/* instead of walk1 and clone, for servers that answer walks later; newfid
				   is never fid: a walk in place gets a fresh one, whose aux, qid, file and
				   sfile change places with fid's when it succeeds */
	void (*open)(Req*);	/* may change fid->qid; default: yes; fid->omode is set by the library on success */
	void (*create)(Req*);	/* set fid->qid (and file, aux); default: Eperm */
	void (*read)(Req*);	/* default: Enoread.  Directories of trees are read by the library, but for
				   those whose Sfile has a read */
	void (*write)(Req*);	/* default: Enowrite */
	void (*remove)(Req*);	/* default: Eperm; the fid is gone in any case */
	void (*flush)(Req*);	/* r->oldreq is Rbusy: have it answered soon, then respond(r); default: waits for it */
	void (*stat)(Req*);	/* fill r->d; strings live until respond returns */
	void (*wstat)(Req*);	/* r->d: fields not to change are ~0 or empty; default: Eperm */
	void (*destroyfid)(Fid*);	/* last reference gone; aux may be nil; not called under respond */
	void (*destroyreq)(Req*);	/* the host is about to reuse or free r, whose aux is not nil: the last chance
				   to give back what that stands for */
	void (*hangup)(Conn*);	/* the client is gone; its requests are flushed after this */

	/*
	 * With save and restore the server is movable, see srvsave.  Such a
	 * server's flush has the request answered before it returns.
	 */
	int (*save)(Srv*, Img*);	/* the instance's state but not its fids; called frozen; changes nothing; -1 and errstr */
	int (*restore)(Srv*, Img*);	/* instead of init, from hostile bytes; -1 and errstr with nothing left */
	void (*savefid)(Fid*, Img*);	/* the server's part of a fid, aux.  sfile and file are saved by the library */
	int (*restorefid)(Fid*, Img*);	/* all but aux is set; -1 and errstr, then destroyfid is called all the same */
	void (*savereq)(Req*, Img*);	/* progress of a parked request; nothing: its handler is called again */
	void (*restorereq)(Req*, Img*);	/* instead of the handler, if savereq saved something: go on; answers or parks r */
	void (*leave)(Srv*);	/* it goes on elsewhere, or did not begin: what is called from now on, destroyfid and fini,
				   is to be seen nowhere else.  A host that ends with its process does not call it */
};

/*
 * One file of a static tree; its index in Srv.files is its qid.path's low
 * 32 bits.  Entry 0 is the root directory, a mode with DMDIR.
 */
struct Sfile {
	char *name;
	u32int mode;		/* DMxxx and permissions */
	u32int dir;		/* index of the directory it is in; 0: the root (not "up": the kernel's macro) */
	vlong length;
	char *uid;		/* nil: srvowner() */
	void (*read)(Req*);	/* nil: Srv.read */
	void (*write)(Req*);
};

/* --- the server library: srv.c, resp.c, fid.c --- */
void srvcall(Req *r);			/* check, then the handler; may be answered on return, see reqdone */
void respond(Req *r, char *err);	/* answer; err nil: success.  err is copied */
void responderr(Req *r);		/* answer with the error string */
/*
 * Linked clients: flush old through r.  When both are done the flush is over;
 * old may have succeeded.  r is done only after old's answer.
 */
void srvflush(Req *r, Req *old);
/*
 * Two requests of a linked client that are over at once.  srvwalk: the n names
 * from f at a server that has no Srv.walk: how many could be walked, their
 * qids in q; if all, to is the new fid, with a reference.  -1 and err: not the
 * first.  good: the names have passed namecheck or are "..".  stop, unless
 * nil, is asked about each qid; where it says 1 the walk ends (stopped), and
 * no fid is left.  at, unless nil, is called with the fid when all were walked,
 * which goes after that, to being nil; it may srvcall a request with it whose
 * answer it waits for.
 * fidclunk: clunk f, and drop the caller's reference, unless there is more to
 * it than that: then 0, and a Tclunk is needed.
 */
struct Srvwalk {
	char **name;
	int n;
	u8int good;
	u8int stopped;
	Qid *q;
	int (*stop)(Qid*, void*);
	void (*at)(Fid*, void*);
	void *arg;
	Fid *to;
	char *err;
};
int srvwalk(Fid *f, Srvwalk *w);
/* may its clients send a request that relies on those before without waiting for their answers? */
static inline int srvinorder(Srv *s)
{
	return (s->flags & SrvInorder) != 0 && s->walk == nil;
}
int fidclunk(Fid *f);
void srvreap(Srv *s);			/* destroy fids whose last user was an answer; srvcall does it in passing */
char *srvowner(Srv *s);
Fid *fidnew(Conn *c, u32int num);	/* ref 1; num NOFID: in no table; nil and errstr: memory, Edupfid */
Fid *fidlookup(Conn *c, u32int num);	/* takes a reference; nil: unknown */
void fidincref(Fid *f);
void fidclose(Fid *f);			/* drops a reference; the last calls destroyfid: not under a server's lock */
int fiduid(Fid *f, char *uid);		/* give a new fid its user; srvcall does it at attach and walk */
u32int createperm(u32int perm, u32int dirmode);	/* a new file's permissions in that directory, open(5) */
int dirisnull(Dir *d);			/* a wstat that changes nothing */
void dirnull(Dir *d);			/* make it one */

/*
 * Connections.  A linked host makes one, attaches through it, hangs up and
 * closes it.  A message host also sets reply, and for each message calls
 * connmsg from its reading process; msg and m are the library's until
 * connout gives m back.  reply(c) is called without locks of the library but
 * perhaps under a server's: it may take answers with connout and send them,
 * or have somebody do so.  Answers come out in the order in which they must
 * be sent.  connanswer makes the message; 0 says it is not to be sent,
 * because the client is gone.
 */
Conn *connnew(Srv *s);			/* nil: memory */
void connhangup(Conn *c);		/* flush all, clunk all; idempotent; not under a server's lock */
void connclose(Conn *c);		/* drops the host's reference */
void connmsg(Conn *c, uchar *msg, u32int n, Mreq *m);
void connrefuse(Conn *c, u16int tag, Mreq *m, char *err);	/* instead of that, m without its message: answers with an error */
u32int connquick(Conn *c, uchar *msg, u32int n, uchar *out, u32int room);	/* instead of all that, if it can be answered at once */
Mreq *connout(Conn *c);			/* nil: no answer is waiting */
int connready(Conn *c);			/* is one? */
u32int connanswer(Mreq *m, uchar **msg);
/*
 * A host that sets Conn.lends asks this first: an answer of *n parts, of which
 * all but the first may lie in the server's own memory (reqlend), which stays
 * until msgmemgive.  0: it has none; connanswer, which may be called at any
 * time before that, copies them.
 */
u32int connparts(Mreq *m, Iopart **part, u32int *n);
/*
 * The same of an answer of connquick's, if Conn.lend was set and npart is not
 * 0 after it: the data's place in out has been left as it was.  lendparts says
 * what goes there, behind the header at head; or lendput puts it there, and
 * npart is 0 then.  In any case lendover, before *lend is used again, when the
 * answer is away: it calls the server if r.aux is not nil.
 */
u32int lendparts(Lend *lend, uchar *head, Iopart **part);	/* how many parts */
void lendput(Lend *lend);
void lendover(Lend *lend);
/*
 * The data of a Tread or Twrite may be in memory of the client's that the
 * host has for a while: with m->data set, a Twrite's message ends before its
 * data, and of a Tread's answer only the first RREADHDR bytes are at *msg if
 * m->data is still set then.  Before that memory goes, and before anything
 * else of the server runs, the host calls connown, which copies.
 */
void connown(Mreq *m);

/* data, for handlers */
int reqput(Req *r, u32int off, const void *p, u32int n);	/* to the client; bytes copied, cut at r->count */
/*
 * reqput's twin for servers with much data of their own: if reqlends says that
 * it makes a difference, the bytes at p may be read until destroyreq(r),
 * which the server then makes sure of by setting r->aux.  In order, from 0 on.
 */
int reqlends(Req *r);
void reqlend(Req *r, u32int off, const void *p, u32int n);
int reqget(Req *r, u32int off, void *p, u32int n);		/* from the client */
int reqmove(Req *r, u32int to, Req *w, u32int from, u32int n);	/* from a write to a read */
u32int bufput(Buf *b, u32int off, const void *p, u32int n);
u32int bufget(Buf *b, u32int off, void *p, u32int n);
void readbuf(Req *r, const void *p, vlong n);	/* answer a read from n bytes at offset 0 of p: sets rcount */
void readstr(Req *r, const char *s);
/*
 * Answer a directory read with whole entries: gen fills in the i'th entry
 * (strings borrowed until its next call) and returns 1, 0 at the end, -1 to
 * skip i.  Offsets other than 0 and the one expected: "bad offset in
 * directory read".  A count with no room for the next entry is "i/o count too
 * small", but none where less is asked for than the last time, by a client that
 * fills up a buffer.  Sets rcount; returns nil or the error.
 */
char *dirread9p(Req *r, int (*gen)(u64int i, Dir *d, void *arg), void *arg);
/*
 * The same with a gen that may put into *i the position of the entry that it
 * gives, which is the first one not before *i; it returns 1, or 0 at the end.
 */
char *dirreadat(Req *r, int (*gen)(u64int *i, Dir *d, void *arg), void *arg);
int hasperm(Dir *d, char *uid, int want);	/* want: AREAD|AWRITE|AEXEC; 1 if d's mode allows it to uid */
int omode2perm(int omode);			/* what an open mode asks for */
vlong sizearg(char *s);			/* bytes, from a number with or without K, M, G; -1 */

/* static trees: stree.c, used by default where Srv.files is set */
char *streewalk1(Fid *f, char *name, Qid *q);
void streestat(Req *r);
void streeopen(Req *r);
void streeread(Req *r);
void streedir(Srv *s, int i, Dir *d);	/* describe file i; borrowed strings */
char *streemayopen(Req *r);		/* for open handlers: nil, or why not */

/*
 * In-memory trees: file.c the files, tree.c the handlers; walk1, open, stat
 * and directory reads are the defaults where Srv.tree is set, the others are
 * there to be named in the Srv.  A File is counted: by its tree, its fids,
 * its children and whoever holds it.
 */
struct File {
	long ref;
	Dir d;			/* strings owned by the File; change under tree->lk */
	File *parent;		/* the root's: itself */
	void *aux;
	File *child, *last;	/* of this directory, in the order made */
	File *sibling, *prev;
	File *hnext;		/* Tree.hash */
	Tree *tree;
	u64int seq;		/* goes up along siblings; the qid's path */
	u8int removed;
	u32int nopen;		/* fids that have it open */
};
struct Tree {
	File *root;
	QLock lk;		/* all links and all Dirs */
	u64int qidgen;
	void (*destroy)(File*);	/* frees aux; last reference, no lock held */
	void *aux;
	File **hash;		/* by parent and name */
	u32int nhash, nfiles;
	File *orphans;		/* removed, and still in use */
	File **saved;		/* while it is restored: all files, by path, referenced */
	u32int nsaved;
};
Tree *treenew(char *uid, char *gid, u32int mode, void (*destroy)(File*));	/* nil: memory */
void treefree(Tree *t);			/* all its files; no fids may be left */
/*
 * Make a file in dir: referenced for the caller.  Its group is the
 * directory's, its permissions are as given.  Nil and errstr: Eexist,
 * Enotdir, Enonexist (dir was removed), Enomem.
 */
File *filecreate(File *dir, char *name, char *uid, u32int mode, void *aux);
char *fileremove(File *f, char *uid);	/* out of its tree; nil, or Enotempty, Eroot, Enonexist; keeps the caller's reference */
File *filewalk(File *dir, char *path);	/* referenced; nil and errstr: Enonexist */
void fileincref(File *f);
void fileclose(File *f);
void filetouch(File *f, char *uid);	/* contents changed: vers, mtime, muid */
/*
 * wstat(5) on a file for uid, all or nothing.  If the length is to change,
 * trunc does it, after every check; its error stops everything.  Nil trunc:
 * lengths cannot be changed.
 */
char *filewstat(File *f, Dir *d, char *uid, char *(*trunc)(File*, vlong, void*), void *arg);
/*
 * For Srv.save and Srv.restore: all files, those that were removed and are
 * still open too.  savefile and restorefile do aux; restorefile is called
 * after all else of the file is set, and its error (-1 and errstr) ends it,
 * destroy being called for that file too.  Counts of opens come with the fids.
 */
void treesave(Tree *t, Img *m, void (*savefile)(File*, Img*));
Tree *treerestore(Img *m, void (*destroy)(File*), int (*restorefile)(File*, Img*, void *arg), void *arg);	/* nil and errstr */
void fidsetfile(Fid *f, File *file);	/* for create handlers: takes over the caller's reference; sets qid */
char *treewalk1(Fid *f, char *name, Qid *q);
void treestat(Req *r);
void treeopen(Req *r);
void treeread(Req *r);			/* of directories */
void treecreate(Req *r);
void treeremove(Req *r);
char *treemayopen(Req *r);		/* for open handlers: nil, or why not; counts the open */
char *treemaycreate(Req *r);		/* for create handlers; masks r->perm with the directory's */
char *treemayremove(Req *r);

/* --- images: image.c; saving and restoring a server: save.c, restore.c, treesave.c --- */
/*
 * Bytes being written (imginit) or read (imgopen), numbers little-endian.
 * The first error sticks; after it puts do nothing and gets give 0, "" and
 * nil, so that only the end need be checked.
 */
struct Img {
	uchar *p;
	usize n;		/* bytes in it */
	usize cap;
	usize at;		/* read so far */
	char *err;		/* static */
};
void imginit(Img *m);			/* empty, to be written */
void imgopen(Img *m, uchar *p, usize n);	/* to be read; p stays the caller's */
void imgfree(Img *m);			/* what imginit began */
char *imgerr(Img *m);			/* nil, or what went wrong */
int imgok(Img *m);			/* 0, or -1 and errstr */
int imgend(Img *m);			/* the same, and all must have been read */
void imgfail(Img *m, char *err);	/* err is static */
usize imgleft(Img *m);		/* bytes not read yet: bounds all counts */
void imgput1(Img *m, u8int v);
void imgput2(Img *m, u16int v);
void imgput4(Img *m, u32int v);
void imgput8(Img *m, u64int v);
void imgputs(Img *m, char *s);	/* at most 65535 bytes; nil is "" */
void imgputn(Img *m, const void *p, usize n);	/* the bytes alone, without their count */
u8int imgget1(Img *m);
u16int imgget2(Img *m);
u32int imgget4(Img *m);
u64int imgget8(Img *m);
char *imggets(Img *m);		/* in the image */
uchar *imggetn(Img *m, usize n);	/* in the image; nil when it is shorter */

/*
 * What waits on a connection besides what the server has: in Conn.held, in
 * the order of the kinds.  HeldAnswer is sent as it is (and may be the rest
 * of a message); HeldParked is a request that the old side had begun;
 * HeldNew was read and not given to connmsg.
 */
enum { HeldAnswer = 1, HeldParked, HeldNew };
struct Held {
	Held *next;
	u8int kind;
	u32int n;		/* bytes of msg */
	u32int nprog;		/* and of the progress that follows them */
	u64int seq;		/* parked: which came first to the server */
	Fid *fid;		/* parked: instead of the message's, which is clunked */
	Fid *afid;
	uchar msg[];
};
Held *heldnew(int kind, uchar *msg, u32int n, uchar *prog, u32int nprog);	/* nil and errstr: memory */
void heldfree(Held *h);			/* not under a server's lock */
void heldadd(Conn *c, Held *h);		/* at the end */
Held *heldnext(Conn **c, int n, int *which);	/* out of c[*which]: what is to be sent or handled next; nil: no more */
/*
 * Save a server with its n connections: all that are served.  Nothing of the
 * server runs meanwhile (the host holds its lock and no writer takes
 * answers), answers not yet sent are in connout or Conn.held, and so are
 * messages read and not handled.  Changes nothing: to go on is to thaw.
 * -1 and errstr; the Img is begun by the caller and freed by him.
 */
int srvsave(Srv *s, Conn **c, int n, Img *m);
/*
 * *s is a fresh copy of the server's table: make its state, and at most max
 * Conns as connnew makes them, with their fids and what they hold.  Sends
 * and runs nothing.  The number of Conns, or -1 and errstr with nothing left.
 * Then the host sets reply (gone, host), and when the old side has let go
 * takes everything by heldnext: answers it sends, the others go to connheld.
 */
int srvrestore(Srv *s, Img *m, Conn **c, int max);
/*
 * As connmsg, for what is parked or new.  h is as the message: the host
 * frees it when m has come out of connout.
 */
void connheld(Conn *c, Held *h, Mreq *m);
extern vlong (*srvclock)(void);		/* the time for trees and movable servers; nsec, unless requests are replayed */

/* --- channels of messages: io.c --- */
typedef struct Io Io;
typedef struct Msgin Msgin;
struct Io {	/* a byte or message channel */
	long (*read)(Io*, void*, long);		/* bytes, 0 at the end, -1 and errstr */
	long (*write)(Io*, const void*, long);	/* all of it, or -1 and errstr */
	int fd;
	int wfd;
	void *aux;
};
struct Msgin {	/* messages read from an Io, whose reads need not keep their bounds */
	Io *io;
	uchar *buf;
	u32int cap;
	u32int start, end;	/* bytes read and not given yet */
};
int readmsg(Io *io, uchar *buf, u32int max);	/* one whole 9P message: bytes, 0 at the end, -1; two reads */
int msginopen(Msgin *in, Io *io, u32int msize);	/* -1 and errstr: memory */
int msginsize(Msgin *in, u32int msize);		/* the greatest message from now on; likewise */
int msginread(Msgin *in, uchar **msg);		/* as readmsg; in in->buf until the next call */
int msginnext(Msgin *in, uchar **msg);	/* one that was read already: its length, or 0 */
uchar *msgintake(Msgin *in, uchar *fresh);	/* the caller keeps the last message's buffer, and gives one of in->cap */
void msginclose(Msgin *in);

/*
 * Memory for the requests of one connection of messages: msgmem.c.  Cleared
 * memory is an empty Msgmem.
 */
typedef struct Msgmem Msgmem;
typedef struct Msgkeep Msgkeep;
struct Msgmem {
	Lock lk;
	Msgkeep *spare;
	int nspare, nbig;
	uchar *buf;		/* a spare reader's buffer, of bufcap */
	u32int bufcap;
	usize held;		/* bytes, of those that msgmemhold counted */
};
Mreq *msgmemtake(Msgmem *x, Msgin *in, uchar **msg, u32int n);	/* for what msginread gave; may move *msg,
				   and take in's buffer along; nil: memory */
Mreq *msgmemcopy(Msgmem *x, uchar **msg, u32int n);	/* with room for n bytes of a message at *msg; nil: memory */
Mreq *msgmemheld(Msgmem *x, void *own);	/* for a message within own, malloced, which goes with it; nil: memory */
void msgmemhold(Msgmem *x, Mreq *m, u32int n);	/* it waits: count its memory, and n bytes of message, in held until msgmemgive */
void msgmemgive(Msgmem *x, Mreq *m);	/* it came out of connout and has been sent */
void msgmemfree(Msgmem *x);		/* all have been given back */

/* --- byte-channel host: fdsrv.c; srvfd is user libc's --- */
/*
 * Serve one client until it hangs up: 0, or -1 and errstr.  The caller's
 * process reads messages and runs handlers; answers given in other processes
 * are written by them, so a client that does not read may block them: such
 * a server uses a channel that does not block, or answers under no lock.
 * io is not used after the return.
 */
int srvio(Srv *s, Io *io);
int srvfd(Srv *s, int rfd, int wfd);

/* --- blocking handlers: worker.c --- */
typedef struct Workers Workers;
typedef struct Worker Worker;
typedef struct Workhost Workhost;
struct Worker {
	Workers *w;
	Req *r;			/* what it works on */
	void (*fn)(Req*);
	u64int id;		/* of the job, never used again */
	u64int nag;		/* instead: the job to be interrupted until it is done */
	int intr;		/* its job has been interrupted */
	Worker *next;		/* idle, or busy */
	Worker *prev;
	long sem;		/* the host's */
	void *proc;		/* the host's */
	long pid;		/* the host's */
};
struct Workhost {
	int (*spawn)(void (*f)(void*), void *arg);	/* a process that shares memory; -1 and errstr */
	void (*start)(Worker *w);	/* in the new process, first; may be nil */
	void (*wait)(Worker *w);	/* until woken, whatever interrupts; a wake that comes first is not lost */
	void (*wake)(Worker *w);	/* under spin locks */
	void (*interrupt)(Worker *w);	/* its blocked call, if it is in one, fails soon; under spin locks,
					   perhaps before start */
	void (*settle)(Worker *w);	/* in w: no interrupt asked for before may strike later; may be nil */
	void (*nap)(long ms);		/* nil: an interrupt is never lost, even if it comes before the call */
};
/*
 * Processes that run blocking functions for a server's handlers.  workrun
 * has fn(r) called in one, at once if fewer than max are busy, else answers
 * "too many requests".  fn answers r; when a call of its own fails because
 * of an interrupt it answers Eintr if r->flushed and tries again if not.
 * Srv.flush is workflush, or calls it.
 */
Workers *workersnew(Workhost *h, int max);	/* nil: memory */
void workersfree(Workers *w);			/* lets idle ones exit; the rest when they have answered */
void workrun(Workers *w, Req *r, void (*fn)(Req*));
void workflush(Workers *w, Req *r);

/* --- client: client.c --- */
typedef struct C9 C9;
typedef struct C9call C9call;
/*
 * A client's end of a connection, for one process at a time.  Every function
 * returns -1 or nil and sets errstr if the server says no, or the connection
 * is lost, which c9dead tells.  Answers are not trusted.
 */
C9 *c9new(Io *io, u32int msize);	/* agrees on a version; nil and errstr */
void c9free(C9 *c);			/* does not close io */
int c9dead(C9 *c);
u32int c9iounit(C9 *c);			/* greatest count of one Tread or Twrite */
u32int c9fidnew(C9 *c);			/* a free number; NOFID if there is no memory */
void c9fidfree(C9 *c, u32int fid);	/* c9clunk and c9remove do it */
int c9auth(C9 *c, u32int afid, char *uname, char *aname, Qid *q);
int c9attach(C9 *c, u32int fid, u32int afid, char *uname, char *aname, Qid *q);
int c9walk(C9 *c, u32int fid, u32int newfid, char *path, Qid *q);	/* any number of elements; all or nothing */
int c9open(C9 *c, u32int fid, int mode, Qid *q, u32int *iounit);
int c9create(C9 *c, u32int fid, char *name, int mode, u32int perm, Qid *q, u32int *iounit);
long c9read(C9 *c, u32int fid, void *buf, long n, vlong off);	/* stops at a short answer */
long c9write(C9 *c, u32int fid, const void *buf, long n, vlong off);
/*
 * The same with several requests on their way at once: only for plain files
 * that stand still, of which at least n bytes are known to be there.
 */
long c9readn(C9 *c, u32int fid, void *buf, long n, vlong off);
long c9writen(C9 *c, u32int fid, const void *buf, long n, vlong off);
Dir *c9stat(C9 *c, u32int fid);		/* one piece of memory, to be freed */
long c9dirread(C9 *c, u32int fid, vlong *off, Dir **d);	/* the next entries, malloced; 0 at the end */
int c9wstat(C9 *c, u32int fid, Dir *d);
int c9clunk(C9 *c, u32int fid);
int c9remove(C9 *c, u32int fid);
/* one call, for those who want to do other things meanwhile */
C9call *c9send(C9 *c, Fcall *t);	/* nil and errstr; t is not needed after */
int c9wait(C9 *c, C9call *k, Fcall *r);	/* r's strings and data are the C9's until its next call; k is gone */
int c9flush(C9 *c, C9call *k, Fcall *r);	/* give up k: 0, or 1 if its answer came, in r; k is gone */

/* --- message conversion: conv.c --- */
struct Fcall {
	u8int type;
	u16int tag;
	u32int fid;
	u32int msize;
	char *version;
	u16int oldtag;
	char *ename;
	Qid qid;
	u32int iounit;
	Qid aqid;
	u32int afid;
	char *uname;
	char *aname;
	u32int perm;
	char *name;
	u8int mode;
	u32int newfid;
	u16int nwname;
	char *wname[MAXWELEM];
	u16int nwqid;
	Qid wqid[MAXWELEM];
	vlong offset;
	u32int count;
	char *data;
	u16int nstat;
	uchar *stat;
};
u32int convM2S(uchar *m, u32int n, Fcall *f);	/* bytes used or 0; strings are terminated in place in m */
u32int convS2M(Fcall *f, uchar *m, u32int n);	/* bytes made or 0 */
u32int sizeS2M(Fcall *f);
uint convM2D(uchar *m, uint n, Dir *d, char *strs);	/* strs: room of n bytes, or nil for no strings */
uint convD2M(Dir *d, uchar *m, uint n);	/* too small: writes the 2-byte size only, returns 2 */
uint sizeD2M(Dir *d);
int statcheck(uchar *m, uint n);	/* one well-formed record of n bytes: 0, else -1 */
int namecheck(const char *name);	/* 0 if fit as a file's name (not "." or ".."); -1 and errstr */

/* error strings that programs test for: err.c */
extern char Enonexist[], Eexist[], Eperm[], Enotdir[], Eisdir[], Ebadoffset[], Ebadcount[], Ebaduse[],
	Eunknownfid[], Edupfid[], Ebadtag[], Efidinuse[], Eopen[], Enotopen[], Enoread[], Enowrite[],
	Enocreate[], Enoremove[], Enowstat[], Enostat[], Ebadattach[], Enoauth[], Eio[], Einuse[],
	Enomem[], Eintr[], Ehungup[], Eshort[], Ebadarg[], Ebadname[], Etoolong[], Enotempty[], Eexcl[],
	Ebadmsg[], Ebotch[], Egreg[], Enospace[], Ebadmode[], Ebadstat[], Eimmutable[], Eauth[], Enegoff[],
	Enotowner[], Enotmember[], Edirchange[], Etoobig[], Erofs[], Eremoved[], Eroot[], Enofids[], Enoreqs[],
	Ebadimage[];
