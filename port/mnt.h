/*
 * mnt.h: what chan.c, the name files and the mount files share: paths, mount
 * points, and calls on a server by either transport.
 */
#pragma once
typedef struct Call Call;
typedef struct Cross Cross;
typedef struct Melem Melem;
typedef struct Place Place;

/*
 * The name of a channel, immutable once a Chan has it.  The first root bytes
 * ("/" or "#x...") cannot be walked out of.
 */
struct Path {
	long ref;
	u32int len;
	u32int cap;
	u32int root;
	Cross *cross;		/* the last mount point on the way */
	char s[];
};

/*
 * A mount point passed on the way: after the first at bytes of the name we
 * went from the covered file to what is mounted on it.
 */
struct Cross {
	long ref;
	u32int at;
	Chan *from;		/* the covered file */
	Cross *prev;		/* the one before, nearer the root */
};

/* path.c; none sleeps but pathclose and crosspop, which may close channels */
Path *pathnew(char *s, u32int root, u32int more);	/* room for more bytes; nil: no memory */
Path *pathcopy(Path*, u32int more);
Path *pathadd(Path*, char *elem, u32int len);	/* p itself or a longer one instead; nil: no memory, p is gone */
Path *pathaddn(Path*, char **elem, u16int *len, int n);	/* several */
int pathparent(Path*);			/* length of the name one up, -1 at the root */
void pathcut(Path*, u32int len);
char *pathlast(Path*);			/* the last element: borrowed */
int crosspush(Path*, Chan *from);	/* at the present end; 0 or -1 */
int crosshere(Path*, u32int len);	/* is a mount crossed at len */
Chan *crosspop(Path*);			/* the covered file, counted */
void pathclose(Path*);			/* nil is allowed */
void pathdrop(Path*, Chan **dead);

/*
 * A mount point as it was at some time: shared between name spaces and
 * channels, never changed; bind and unmount put another in its place.
 */
struct Melem {
	Chan *to;		/* unopened */
	u32int id;		/* order of mounting in the name space; 0: the covered directory itself */
	u16int flag;		/* MCREATE, MCACHE */
	u8int mounted;		/* by mount, not bind */
	char *spec;		/* mount's; malloced, or nil */
};
struct Mhead {
	long ref;
	Chan *from;		/* what is covered */
	int n;
	Melem e[];
};
Mhead *mountpoint(u32int dev, Qid *q);	/* in the current name space: counted, or nil */
void mheadincref(Mhead*);
void mheadclose(Mhead*);		/* nil is allowed */
void mheaddrop(Mhead*, Chan **dead);
int nscovers(u32int dev);		/* may there be a mount point on that tree, in the current name space? */
int nsbind(Chan *new_, Chan *old, int flag, int mounted, char *spec);
int nsunmount(Chan *mounted, Chan *old);	/* mounted nil: all */

/* union.c */
Udir *udirnew(void);
void udirdrop(Udir*, Chan **dead);
void udirown(Udir*, int i);		/* the channel itself is open on the i'th element */
long dirread(Chan *c, uchar *p, long n, vlong off);	/* off -1: where it is */
Chan *unioncreate(Mhead *mh);		/* the element to create in, borrowed; nil and errstr */

/*
 * A connection to a server.  Linked ones last for ever; one with a mux lives
 * as long as the channel it is spoken on, which each Chan of it has a
 * reference on.
 */
struct Mnt {
	int type;		/* for stat: #letter, or M */
	u32int dev;		/* of a linked server; a mux has one for each tree */
	u32int msize;
	Srv *srv;
	Conn *conn;
	Mux *mux;		/* nil: linked */
};
enum {
	NROOM = 18,		/* 64 KiB at any offset, and one to spare */
	SMALLIO = 512,		/* transfers up to this are copied twice rather than pinned */
};

/* where a transfer's data is: in b, or if that is nil in the current process's memory */
struct Place {
	Buf *b;
	uintptr va;
};

/*
 * A request under way.  Its memory is never anything else than a Call, so a
 * wake-up that comes late does no harm.
 */
struct Call {
	Req r;			/* first */
	Mnt *m;
	Chan *chan;		/* asked through */
	Chan *subst;		/* mntsubst */
	Await w;		/* for the answer; AwLeft: it has been left with the server */
	Rendez rend;		/* the same on a stream, and to be its reader */
	void (*fin)(Call*);	/* mux: nobody waits; called when it is done, in any process, perhaps under Mux.lk */
	u8int leave;		/* may be abandoned: all it uses belongs to it */
	u32int more;		/* SrvMore: said by mntmore, or being asked for */
	u8int sent;		/* mux: the server has it, or will */
	u8int copying;		/* mux: an answer's data is being put in place */
	u8int quit;		/* mux: meanwhile its caller has given up */
	u8int offered;		/* mux: may read for all */
	u16int tag;
	u32int fidn, newfidn, afidn;
	uchar *stat;		/* Twstat: the record */
	u16int nstat;
	void *own;		/* malloced: freed with it */
	Buf pin;		/* user pages it has pinned; n 0: none */
	uchar small[SMALLIO];
	Call *next, *prev;
	Chan *sparechan;	/* free ones its process keeps at hand, of those at mntreq */
	Path *sparepath;
	Cross *sparecross;
	Qid wqid[MAXWELEM];
	uchar *room[NROOM];
};

/* mnt.c */
Call *callnew(Mnt*, Chan*, int type);	/* nil: no memory.  With a nil chan set r.fid or fidn */
void callfree(Call*);			/* nil is allowed */
int callrun(Call**);			/* 0; -1 and errstr.  Sets it to nil if it had to be left with the server */
int callwait(Call*);			/* 0: it is done; -1: a note came first */
void callwaitu(Call*);			/* the same, not to be interrupted */
int mntwalk(Chan *from, char **names, int n, Qid *q, Chan **to, Mhead **mh);	/* names walked, or -1; all: *to is there */
Chan *mntopen(Chan *c, int omode);	/* c, or what the server gave instead (c is closed then); nil: c is as it was */
int mntcreate(Chan *c, char *name, int omode, u32int perm);
void mntclunk(Chan *c);
int mntremove(Chan *c);			/* the fid is gone in any case */
long mntstat(Chan *c, uchar *buf, u32int n);	/* bytes, or -1; no room: 2, and the size field */
int mntwstat(Chan *c, uchar *buf, u32int n);
long mntio(Chan *c, int type, Buf *b, vlong off);
long mntiouser(Chan *c, int type, uintptr va, long n, vlong off);
long mntquickread(Chan *c, uintptr va, long n, vlong off);	/* CQuick */
long mntquickwrite(Chan *c, uintptr va, u32int n, vlong off);	/* at most SMALLIO */
void bufslice(Buf *b, u32int off, u32int n, Buf *part);

/* chan.c */
Chan *channew(Mnt*);			/* one reference, counted on the Mnt, no fid; nil: no memory */
Chan *chandupfid(Chan*);
Chan *chanopenas(Chan*, int omode);	/* an own, unopened one: the open one, which may be another; nil: it was closed, errstr */
int chanisopen(Chan*, int omode, u32int iounit);	/* mark it; -1: no memory */
void chandrop(Chan*, Chan **dead);	/* drop a reference; the last puts it on *dead */
void chanreap(Chan *dead);		/* close them; what hangs from them too, without recursion */

/* the transports: mntlink.c, mntchan.c */
int linkwalk(Chan *from, char **names, int n, Qid *q, Chan **to, Mhead **mh);	/* mntwalk for servers without a walk of their own */
/* may linkwalkstat be used?  The server needs no copies of what a request refers to, since it does not keep it */
static inline int linkahead(Chan *from)
{
	Srv *s;

	s = from->mnt->srv;
	return s->flags & SrvBlocks && s->walk == nil && (from->flag & CEnv) == 0;
}
int linkwalkstat(Chan *from, char **names, int n, Qid *q, uchar *buf, u32int nbuf, long *len, Mhead **mh);
void linkwait(Call**);
void linkdone(Req*);
extern Call *linklatehead;
void linkbury(void);
static inline void linklate(void)	/* free what servers were left with and have answered since */
{
	if(__atomic_load_n(&linklatehead, __ATOMIC_RELAXED) != nil)
		linkbury();
}
void muxrun(Call*);			/* r.err says how it ended */
int muxmay(Mux*, int type);		/* are several to be in flight? */
long muxmany(Chan *c, int type, Buf *b, vlong off);	/* large reads and writes, several requests in flight */
void muxclunk(Chan *c);
u32int muxfid(Mux*);			/* a free number; NOFID: none left */
void muxfidfree(Mux*, u32int fid);
void muxfidgone(Call*);
long mntdirect(Chan *c, int type, Place *p, long done, long n, vlong off);	/* as mntio, the data done bytes into p, nothing kept of it */
/* mntcache.c, for channels with CCache; CKeeps, once open */
void cacheopen(Chan *c);
void cacheclose(Chan *c);
void cachechanged(Chan *c);		/* all is forgotten of its file */
void cachegone(Mux*);
long cacheio(Chan *c, int type, Place *p, long n, vlong off);	/* instead of mntio */
u64int cachereclaim(u64int n);		/* free pages; any level; pages freed */
/* mntbatch.c: a walk and what comes after in one message */
enum { MuxStep = -3 };
int muxahead(Chan *from);		/* may it be? */
int muxwalkopen(Chan *from, char **names, int n, Qid *q, int omode, Chan **to);
int muxwalkstat(Chan *from, char **names, int n, Qid *q, uchar *buf, u32int nbuf, long *len);
void muxinit(void);			/* once, with processes */
void muxfree(Mux*);			/* its channel is being closed */
Chan *muxtc(Mux*);
