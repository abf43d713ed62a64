/*
 * chan.h: channels (open or walked files), names, mount tables, descriptors.
 * A Chan stands for a fid at a server, reached through a Mnt: a linked Srv
 * or a 9P channel.  Everything here may sleep unless it says otherwise, and
 * runs in a process.
 */
#pragma once
#include "9p.h"
typedef struct Chan Chan;
typedef struct Cfile Cfile;
typedef struct Mnt Mnt;
typedef struct Path Path;
typedef struct Mhead Mhead;
typedef struct Udir Udir;
typedef struct Mux Mux;
typedef struct Msglink Msglink;
typedef struct Part Part;
typedef struct Upart Upart;

enum {	/* Chan.flag */
	COpen = 1<<0,
	CMsg = 1<<1,		/* a mounted connection's channel: not for ordinary reads and writes */
	CRclose = 1<<2,		/* opened ORCLOSE */
	CGone = 1<<3,		/* its fid went with a Tremove */
	CQuick = 1<<5,		/* open at a server with SrvMore, not a directory */
	CCache = 1<<6,		/* of a mount that lets contents be kept */
	CKeeps = 1<<7,		/* open, and mntcache.c keeps some of it */
	CEnv = 1<<4,		/* the root of #e: walks from it start at the current process's environment, envroot */
};

struct Chan {
	long ref;
	u16int mode;		/* while open: OREAD, OWRITE, ORDWR or OEXEC */
	u16int flag;
	Mnt *mnt;
	Fid *fid;		/* linked transport */
	u32int fidnum;		/* channel transport */
	u32int dev;		/* the instance's number: with qid.path, a file's identity in the mount table */
	Qid qid;
	u32int iounit;		/* most bytes of one read or write, never 0 while open */
	u32int big;		/* SrvMore: how long the last read was, if it was long */
	vlong offset;		/* changed atomically */
	vlong known;		/* the file holds what is written to it, so far; atomic, mntread.c's */
	Cfile *cfile;		/* CKeeps */
	Path *path;		/* the name it was reached by; nil: none */
	Mhead *umh;		/* directory reached through this mount point: a union, if it has several elements */
	Udir *udir;		/* open directory: position */
	Mux *mux;		/* 9P is spoken on it: the mount's connection */
	Chan *next;		/* free ones */
};

/* channels: chan.c */
void chanincref(Chan*);
void chanclose(Chan*);			/* drops a reference; the last clunks.  nil is allowed */
long chanread(Chan*, void *kbuf, long n, vlong off);	/* kernel memory */
long chanwrite(Chan*, const void *kbuf, long n, vlong off);
long chanreadbuf(Chan*, Buf*, vlong off);		/* into pinned pages; not directories */
long chanwritebuf(Chan*, Buf*, vlong off);
long chanreaduser(Chan*, uintptr va, long n, vlong off);	/* memory of the current process */
long chandirread(Chan*, uintptr va, long n, vlong off);	/* off -1: at the channel's own, which advances */
long chanwriteuser(Chan*, uintptr va, long n, vlong off);
long chanrecord(Chan *c, uchar *buf, long r);		/* mend a record that came from c's server: r, or -1 */
int chanstat(Chan*, uchar *buf, int n);			/* a stat record: bytes; too small: 2, and the size needed in buf */
int chanwstat(Chan*, uchar *buf, int n);		/* one record; buf is spoilt */
vlong chanlength(Chan*);				/* as stat says, or -1 */
Chan *chanclone(Chan*);			/* a second, unopened one for an unopened one */
int chanopen(Chan*, int omode);		/* an own, unopened one becomes open; 0, or -1: to be closed by the caller */
char *chanpath(Chan*);			/* borrowed; "" if it has no name */
int chanfixed(Chan*);			/* may be cached: an image key {dev, qid} is stable */
int chansame(Chan*, Chan*);		/* the same file? */
int chanisunion(Chan*);
int pipechans(Chan *c[2]);		/* both ends of a new pipe, open; sysfile.c */

/* names: name.c; they are kernel memory */
Chan *nameopen(char *name, int omode);
Chan *nameopencut(char *name, int omode);	/* the same; name is spoilt */
Chan *namecreate(char *name, int omode, u32int perm);	/* opens and truncates what exists, unless OEXCL */
Chan *namewalk(char *name, int nomount);	/* not open, not to be opened; nomount: the file under a mount on the last element */
Chan *namestatcut(char *name, uchar *buf, u32int n, long *len);	/* for chanstat alone: as namewalk, but it may have no name if that does not matter there;
				   or nil and *len > 0: its record is in buf already, as by chanstat.  name is spoilt, unless *len is 2 */
Chan *namedir(char *name);		/* for chdir: a directory, the one under a mount */
int nameremove(char *name);
int namebind(char *new_, char *old, int flag);
int namemount(Chan *c, Chan *afid, char *old, int flag, char *aname);
int nameunmount(char *mounted, char *old);	/* mounted nil: all */
char *userstr(u64int uva, usize max);	/* malloced copy of a user string, NUL included in max; nil and errstr */

/* descriptors: fd.c */
Chan *fdchan(int fd, int mode, int checkmsg);	/* referenced; mode -1 any; checkmsg: not if 9P is spoken on it */
int fdnew(Chan*, int cexec);			/* takes the reference; -1: none left, or no chan */
int fddup(int old, int new_);
int fdclose(int fd);
Chan *fdget(int fd, int mode);			/* the same for ordinary use within one call, at less cost; until fdput */
void fdput(Chan*);
int fgrpfdclose(Fgrp*, int fd);			/* of any group */
int fgrpfdmax(Fgrp*);
int fdmax(void);				/* all descriptors in use are below */
int fdinfo(Fgrp*, int fd, char *buf, int n);	/* a line of #p/fd: bytes, 0 not open, -1 past the last */

/* linked servers: mntlink.c */
extern Srv *srvtab[];			/* from the configuration; nil at the end */
extern Srv *fstab[];			/* the movable ones among them */
void srvtabinit(void);			/* calls each init */
Chan *srvattach(int dc, char *spec);	/* #x; nil: unknown or refused */
void mntsubst(Req *r, Chan *c);		/* in a SrvBlocks server's open, or attach: the caller gets c (reference taken over, and at attach without a name) instead */
Chan *reqchan(Req *r);			/* in a SrvBlocks server: the channel asked through, or nil */
Proc *reqproc(Req *r);			/* who waits for it, or nil */
void mntmore(Req *r, u32int left);	/* SrvMore: this read was cut short by its count alone if left is not 0: that can be had at once */
int mntismore(Req *r);			/* this is the read for the rest: not to wait */
u32int devnew(void);			/* a new instance number */
void mntreqfree(Req*);			/* Proc.mntreq of a process that ends; does not sleep */
u32int bufcopy(Buf *to, u32int tooff, Buf *from, u32int fromoff, u32int n);	/* bytes; cut at either's end */
u32int partcopyall(Buf *to, u32int tooff, Part *from, u32int fromoff, u32int n);
u32int partget(Part *s, u32int off, void *p, u32int n);

/* channels that speak 9P: mntchan.c, muxver.c */
int muxversion(Chan*, u32int msize, char *version, char *answer, int n);	/* fversion(2); 0 or -1 */
Chan *muxattach(Chan *c, Chan *afid, char *uname, char *aname);	/* the root of a served tree; negotiates if need be */
Chan *muxauth(Chan *c, char *uname, char *aname);	/* an open authentication file */
Chan *muxchan(Chan*);			/* the channel that c's server is spoken to through, borrowed; nil: linked */
int muxinfo(int i, char *buf, int n);	/* a line about the i'th connection: bytes, 0 none, -1 past the last */

/*
 * Memory of the current process, in pieces, none of them empty.  Copied only
 * as far as it is there: if some has to be fetched first, failed says so, and
 * what came of the copy counts for nothing.
 */
struct Upart {
	Iopart *v;
	u8int failed;
};

/*
 * What is written to one end of a channel, on its way to the other: a
 * message, or a piece of some.
 */
struct Part {
	uchar *h;		/* first these */
	u32int nh;
	Buf *b;			/* then these, or nil */
	Upart *u;		/* or these, or nil */
	u32int n;		/* bytes of all */
	Buf *room;		/* where the answer's data is wanted, of a Tread; for as long as the call lasts.  Or nil */
};
/* the same, where it mostly is: the header's bytes, to one piece of memory */
static inline u32int partcopy(Buf *to, u32int tooff, Part *s, u32int off, u32int n)
{
	if(off > s->nh || n > s->nh-off || to->p == nil || tooff > to->n || n > to->n-tooff)
		return partcopyall(to, tooff, s, off, n);
	memmove(to->p+tooff, s->h+off, n);
	return n;
}

/*
 * What a channel can offer to who speaks 9P on it, a mount or a server that
 * is linked in: whole messages without a reader process.  linkhook is set by
 * the server that can (pipe).
 */
struct Msglink {
	void *end;
	/* one message.  0; -1 and errstr (interrupted, hung up); 1: nowait and no room */
	int (*send)(void *end, Part *msg, int nowait);
	/* until there is room for a message of n bytes, or the other side has hung up; -1: interrupted */
	int (*wait)(void *end, u32int n);
	/*
	 * What the other side writes goes to f(arg, it) from now on, in the
	 * writer's process, and what it has written before at once in this one.
	 * f says how many bytes it took.  If not all, the rest waits as if there
	 * were no f, and nothing more is given to it until it is set again.
	 * A nil Part, the last call: the other side hung up.  f nil: no more
	 * calls, and none is under way on return.  -1 and errstr: somebody else
	 * has this end, or f has the other one.
	 */
	int (*sink)(void *end, u32int (*f)(void*, Part*), void *arg);
	/* does what is sent go to the other side's f, in the sender's process? */
	int (*direct)(void *end);
	/*
	 * Who speaks 9P at an end says here that several messages may come as
	 * one; of a server it says too that it handles requests in the order
	 * sent, each wholly before the next.
	 */
	u8int *mine;		/* at this end */
	u8int *inorder;		/* at the other */
};
extern int (*linkhook)(Chan*, Msglink*);	/* 1 if c is such a channel */
/*
 * Short transfers of CQuick channels that need no request, by the server that
 * can (pipe).  quickget waits for data: the bytes, and what is left at once of
 * a message; -1 and errstr.  quickput: n, or -1: it has to go the usual way.
 */
extern long (*quickget)(Chan*, uchar *p, u32int n, u32int *left);
extern long (*quickput)(Chan*, uchar *p, u32int n);
/*
 * One message on a CQuick channel, whole, waiting for room if need be: 0; -1
 * and errstr (interrupted, hung up).  One that has user memory in it (msg->u)
 * goes straight to the Msglink.sink of the other side: 1; 0 if there is none, or
 * it can do nothing with user memory, or some was not there: then nothing is
 * sent, and it may be tried again.
 */
extern int (*quickpass)(Chan*, Part *msg);
int srvpost(Chan*, char *name, u32int perm);	/* srv/srv.c: post it, as the current user; 0, or -1 and errstr.  The reference is taken over */
char *srvposted(char *name, Chan **c);		/* what the host owner has posted as name, referenced, for the kernel's own use; nil or error */
void srvunpost(Chan *end);			/* remove the posts of the pipe that end belongs to */
extern int (*srvnamehook)(Chan*, char *buf, int n);	/* the name c is posted under: 1, or 0 */

/* name spaces: namespace.c */
int nsread(Pgrp*, int i, char *buf, int n);	/* i'th line of #p/ns: bytes, 0 at the end */
u32int pgrpid(Pgrp*);
int pgrpisnomount(Pgrp*);		/* RFNOMNT */
