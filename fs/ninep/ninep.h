/*
 * ninep.h: the parts of the 9P2000.L translator.
 *
 *	ninep.c	the Srv: plain 9P2000 towards clients
 *	node.c	names: the live tree of names that clients hold, symbolic links
 *	wstat.c	renaming and changes of attributes
 *	rpc.c	one function per 9P2000.L message
 *	name.c	names that are not UTF-8, errno values
 *
 * Handlers block in rpcs: the kernel host runs them in the caller's process
 * (SrvBlocks), the user host in workers.  The protocol is that of diod's
 * protocol.md and Linux's include/net/9p/9p.h.
 */
#pragma once

typedef struct L9io L9io;
typedef struct L9 L9;
typedef struct L9attr L9attr;
typedef struct L9set L9set;
typedef struct L9msg L9msg;
typedef struct Node Node;
typedef struct Ffid Ffid;

/*
 * The transport.  rpc sends the message t[0..nt), whose tag it fills in,
 * followed by out's first nout bytes (out may be nil), and waits for the answer.
 * The answer's first nr bytes go to r; when it is an Rread and in is given, its
 * data goes to in instead.  Returns the bytes of the answer in all; -1
 * with the error string set when it was interrupted (then it has been flushed) or the host has gone.
 */
struct L9io {
	u32int msize;		/* greatest message it can carry */
	char *aname;		/* what to attach to there; nil: "" */
	u32int uid;		/* as whom; ~0: the host knows */
	long (*rpc)(L9io*, uchar *t, u32int nt, Buf *out, u32int nout, uchar *r, u32int nr, Buf *in);
	void *aux;
};

enum {
	L9hdr = 7,		/* size type tag */
	L9small = 4400,		/* any message but those with data or directory entries: a path is at most 4096 */
	L9names = 7*1024,	/* a Treaddir's answer */
};

struct L9 {	/* a session with one host */
	char *tag;		/* its name, malloced */
	L9 *next;
	L9io *io;
	u32int msize;
	QLock lk;		/* the node tree and fid numbers; never held over an rpc */
	QLock renaming;		/* held over what makes names: before lk */
	u32int nextfid;
	u32int *freefid;
	u32int nfreefid, capfreefid;
	Node *root;
	Node **hash;
	u32int nhash, nnode;
	u64int uniq;
};

struct L9attr {		/* Rgetattr's answer */
	Qid qid;
	u32int mode, uid, gid;
	u64int size;
	vlong atime, mtime;	/* seconds */
};

struct L9set {		/* Tsetattr's wishes */
	u32int valid;
	u32int mode, uid, gid;
	u64int size;
	vlong atime, mtime;
};

enum {	/* L9set.valid */
	L9mode = 1<<0, L9uid = 1<<1, L9gid = 1<<2, L9size = 1<<3,
	L9atime = 1<<4, L9mtime = 1<<5, L9atimeset = 1<<7, L9mtimeset = 1<<8,
};

enum {	/* the L dialect's own numbers: Linux's, on every host */
	Sifmt = 0170000, Sifdir = 0040000, Sifreg = 0100000, Siflnk = 0120000,
	Lordonly = 0, Lowronly = 1, Lordwr = 2, Locreat = 0100, Loexcl = 0200,
	Lotrunc = 01000, Lononblock = 04000, Lolarge = 0100000, Lonofollow = 0400000,
	Latremovedir = 0x200,
	Tlreaddir = 40,
	L9qtlink = 0x02,	/* Qid.type of a symbolic link */
};

/*
 * A name in the host's tree that some fid holds, or that leads to one.  One
 * Node per live name, so a rename through one fid is seen by all.
 */
struct Node {
	long ref;
	Node *parent;		/* nil: the root, or removed */
	char *name;		/* as the host spells it */
	u32int hfid;		/* walked to the file itself; NOFID until needed */
	Qid qid;		/* as the host gave it */
	Node *target;		/* of a symbolic link that resolves */
	u8int removed;
	Node *next;		/* hash chain */
};

struct Ffid {	/* Fid.aux */
	L9 *l;
	Node *node;
	u32int ofid;		/* the open file; NOFID */
	L9attr attr;		/* when it was opened */
	/* directory reads: a window on the host's listing, one reader at a time */
	QLock lk;
	uchar *buf, *p, *e;
	u64int hostoff;		/* where the next window begins */
	u64int index;		/* of the entry last taken apart */
	u8int atend;
	Qid eqid;
	char *ename;		/* in buf, host's spelling */
	char *shown;		/* and ours: malloced */
	char uid[16], gid[16];
};

/* the host's: how to reach the share of that name; nil and errstr */
extern L9io *(*ninepdial)(char *tag);

/* rpc.c; all sleep; -1 with the error string set to the traditional text */
L9 *l9new(L9io *io);	/* version, attach */
void l9free(L9 *l);
u32int l9fid(L9 *l);			/* an unused number; NOFID: no memory */
void l9clunk(L9 *l, u32int fid);	/* and reuse the number */
int l9walk(L9 *l, u32int fid, u32int newfid, int n, char **name, Qid *q);	/* names walked; newfid is set only when all */
int l9open(L9 *l, u32int fid, u32int flags, u32int *iounit);
int l9create(L9 *l, u32int dirfid, char *name, u32int flags, u32int mode, Qid *q);
int l9mkdir(L9 *l, u32int dirfid, char *name, u32int mode, Qid *q);
long l9read(L9 *l, u32int fid, vlong off, u32int n, Buf *to);
long l9write(L9 *l, u32int fid, vlong off, u32int n, Buf *from);
int l9getattr(L9 *l, u32int fid, L9attr *a);
int l9setattr(L9 *l, u32int fid, L9set *s);
int l9rename(L9 *l, u32int dir, char *name, u32int newdir, char *newname);
int l9unlink(L9 *l, u32int dir, char *name, int isdir);
int l9fsync(L9 *l, u32int fid);
char *l9readlink(L9 *l, u32int fid);	/* malloced */
long l9readdir(L9 *l, u32int fid, u64int off, uchar *buf, u32int n);
int l9dirent(uchar **p, uchar *e, Qid *q, u64int *off, char **name);	/* takes one entry apart: 1, 0 end, -1 malformed; name is terminated in place */

/* node.c; nodes are referenced */
Node *nodewalk(L9 *l, Node *n, int nname, char **name, int *nwalked, Qid *q);	/* client's names; nil if not all the way */
void nodeclose(L9 *l, Node *n);
void nodeincref(Node *n);
Node *nodereal(Node *n);		/* through links; not referenced anew */
int nodefid(L9 *l, Node *n, u32int *fid);	/* a fid walked to n itself, kept by n */
Node *nodechild(L9 *l, Node *dir, char *hostname, Qid *q);	/* the node for a name just made */
void noderenamed(L9 *l, Node *n, char *newname);	/* n's name has changed to a malloced one, which it takes */
void noderemoved(L9 *l, Node *n);
char *nodename(L9 *l, Node *n);		/* host's: a malloced copy; the root's is empty */
Qid nodeqid(Node *n);			/* what clients see */
int nodeislink(Node *n);

/* name.c */
char *nameenc(char *host);		/* to UTF-8: malloced */
char *namedec(char *client);		/* back: malloced; nil for a name that no host file has */
char *l9error(u32int ecode);

/* ninep.c, wstat.c */
L9 *ffidsession(Fid *f);
int ffidany(L9 *l, Ffid *f, u32int *fid);	/* the open file if there is one: it may have been removed by name */
void npwstat(Req *r);
