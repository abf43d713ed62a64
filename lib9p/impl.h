/*
 * impl.h: what the files of lib9p share among themselves.
 *
 * Little-endian access, and the calls between srv.c (checks), resp.c
 * (answers), fid.c (fids and connections) and msg.c (messages).
 */
#pragma once

static inline u16int get2(const uchar *p)
{
	return (u16int)(p[0] | p[1]<<8);
}
static inline u32int get4(const uchar *p)
{
	return p[0] | p[1]<<8 | p[2]<<16 | (u32int)p[3]<<24;
}
static inline u64int get8(const uchar *p)
{
	return get4(p) | (u64int)get4(p+4)<<32;
}
static inline uchar *put2(uchar *p, u32int v)
{
	p[0] = v;
	p[1] = v>>8;
	return p+2;
}
static inline uchar *put4(uchar *p, u32int v)
{
	put2(p, v);
	put2(p+2, v>>16);
	return p+4;
}
static inline uchar *put8(uchar *p, u64int v)
{
	put4(p, v);
	put4(p+4, v>>32);
	return p+8;
}
static inline uchar *putqid(uchar *p, const Qid *q)
{
	*p = q->type;
	put4(p+1, q->vers);
	return put8(p+5, q->path);
}
static inline void getqid(const uchar *p, Qid *q)
{
	q->type = *p;
	q->vers = get4(p+1);
	q->path = get8(p+5);
}

/*
 * Fid.busy: how many walks, stats and wstats are using the fid, and whether
 * one request has it to itself, or its number is only reserved, or it was
 * clunked.  Req.fidlock says which of these its request holds.
 */
#define BUSYEXCL 0x80000000U
#define BUSYNEW 0x40000000U
#define BUSYGONE 0x20000000U
enum {
	LockNone = 0,
	LockShared,
	LockExcl,
};

/*
 * fidorder.c: requests that wait for others to have made or opened their fid;
 * under the host's lock
 */
typedef struct Fidorder Fidorder;
struct Fidorder {
	Mreq *first;		/* by next, as they came; their messages at msg */
	u32int n;
	usize bytes;
};
int fidordermust(Fidorder *o, Conn *c, uchar *msg, u32int n);	/* does this one have to wait? */
void fidorderkeep(Fidorder *o, Mreq *m, uchar *msg);	/* then m does, with a copy of the message */
int fidorderrun(Fidorder *o, Conn *c);	/* those that may; 0: none */
void fidorderseen(Fidorder *o, Conn *c, Msgmem *x, uchar *msg, u32int n);	/* before the message, which may be a flush of a kept one, or end all */
void fidorderdrop(Fidorder *o, Msgmem *x);	/* all are forgotten */

enum { Lendleast = 1024 };	/* what is less is copied sooner than lent */

enum { MsgResumed = 2 };	/* Req.msg: restorereq takes it up */

/* dirconv.c */
u32int bufputdir(Buf *b, u32int off, Dir *d);	/* a record: bytes; 0: no room; all or nothing */

/* image.c */
uchar *imgroom(Img *m, usize n);	/* where n more bytes are to be put, until the next put; nil */
void imgputqid(Img *m, Qid *q);
void imggetqid(Img *m, Qid *q);

/* fid.c */
char *fidshare(Req *r);			/* for walk, stat, wstat; nil or error */
char *fidexcl(Req *r);			/* for open, create, walk in place */
char *fidgone(Fid *f);			/* clunk: out of the table for good; nil or error */
void fidfree(Req *r);			/* give back what r holds of fid->busy */
void fidlive(Fid *f);			/* no longer new */
void fiddrop(Fid *f);			/* fidclose for respond: destroys later */
void fidunlink(Fid *f);			/* out of the table, dropping its reference by fiddrop */
char *fidclone(Fid *from, Fid *to);
Fid *fidkeep(Fid *t);			/* see fidtemp */
void fidtempend(Fid *t);
void fidswap(Fid *a, Fid *b);
int fidwaits(Conn *c, u32int num);	/* is it being made, opened or created? */
void connunref(Conn *c);
static inline void connref(Conn *c)
{
	__atomic_add_fetch(&c->ref, 1, __ATOMIC_RELAXED);
}
void connreset(Conn *c);

/* f->busy grows by add, unless one of its bits is in no; nil or error */
static inline char *fidbusy(Fid *f, u32int no, u32int add)
{
	u32int v;

	v = __atomic_load_n(&f->busy, __ATOMIC_RELAXED);
	do{
		if(v & (BUSYNEW|BUSYGONE))
			return Eunknownfid;
		if(v & no)
			return Efidinuse;
	}while(!__atomic_compare_exchange_n(&f->busy, &v, v+add, 1, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return nil;
}
/* as fidshare, without a request */
static inline char *fidhold(Fid *f)
{
	return fidbusy(f, BUSYEXCL, 1);
}
static inline void fidunhold(Fid *f)
{
	__atomic_sub_fetch(&f->busy, 1, __ATOMIC_RELEASE);
}

/* to, which is no file yet, is from's, with the server's clone for aux; nil or error */
static inline char *fidsamefile(Fid *from, Fid *to)
{
	Srv *s;

	s = from->srv;
	to->qid = from->qid;
	to->sfile = from->sfile;
	if((to->file = from->file) != nil)
		fileincref(to->file);
	to->made = 1;
	return s->clone != nil? s->clone(from, to): nil;
}
/*
 * fidclone with t, which is no fid of the connection, but memory of the
 * caller's: while he holds from, from's user and connection are t's too.  What
 * only open fids and those of a table have need not be set in it.  It
 * ends with fidkeep, which makes a fid of it with one reference (nil and
 * errstr: no memory), or fidtempend, also after an error.
 */
static inline char *fidtemp(Fid *from, Fid *t)
{
	t->ref = 1;
	t->fid = NOFID;
	t->conn = from->conn;
	t->srv = from->srv;
	t->uid = from->uid;
	t->omode = -1;
	t->rclose = 0;
	t->busy = 0;
	t->aux = nil;
	t->rcreq = nil;
	return fidsamefile(from, t);
}

int fidnumbered(Fid *f);		/* does its number lead to it? */
int fiduidlike(Fid *f, char *uid, Fid *other);	/* fiduid, sharing other's if it is the same */
void connheldfree(Conn *c);

/*
 * save.c, restore.c, treesave.c: an image's parts
 */
#define IMGMAGIC "Pintle image 3\n"
#define TAGHEAD "head"
#define TAGDATA "data"
#define TAGCONN "conn"
enum { TAGSZ = 4 };
typedef struct Key Key;
struct Key {
	u64int key;
	void *p;
};
void keysort(Key *k, usize n);
usize sectbegin(Img *m, char *tag);
void sectend(Img *m, usize at);
File *treesaved(Tree *t, u64int path);	/* the file of a tree that is being restored; referenced; nil */
void treerestored(Tree *t);		/* no more of them will be asked for */

/* file.c, tree.c */
File *fileentry(File *dir, const char *name);	/* tree->lk held; not referenced */
Tree *treealloc(void (*destroy)(File*));
File *filerestore(Tree *t, File *parent, Dir *d, int removed);
void filefidclose(Fid *f);

/* resp.c */
enum {	/* what becomes of a flush */
	FlushGone,	/* nothing to wait for */
	FlushWait,	/* chained to what it waits for */
	FlushCall,	/* and the server is to be told */
};
int flushattach(Req *old, Req *r);	/* conn->lk held */
void flushrun(Req *r, int how);		/* the rest of it, without lk */
void reqhold(Req *r);			/* put off the answer */
void reqrelease(Req *r);
int reqanswered(Req *r);		/* held, and answered */
void reqhangdone(Req *r);		/* Req.done of Mreq.hang */

/* msg.c: lk held by the callers of the first two */
void tagremove(Conn *c, Mreq *m);
void outappend(Conn *c, Mreq *m);
void msgflushall(Conn *c);
char *msgstatroom(Mreq *m);

/* fid.c's srvreap, mostly nothing to do */
static inline void reap(Srv *s)
{
	if(__atomic_load_n(&s->dead, __ATOMIC_RELAXED) != nil)
		srvreap(s);
}

/* data.c */
void reqkeep(Req *r);			/* copy what was lent to where it is to be if nothing is; nothing is, then */

/* msg.c */
char *msgnewfid(Conn *c, u32int num, Fid **f);	/* a fid with that number, two references; nil or the error */
int msgtagfree(Conn *c, u16int tag);	/* has no request got it? */

/* srv.c */
char *msgwalk(Fid *f, u32int num, Srvwalk *w, int *got);	/* srvwalk to a fid with that number; nil or the error */
void srvstart(Req *r);			/* what srvcall does before the checks */
void srvrun(Req *r);			/* and after */
void srvremove(Req *r);			/* call the remove handler */
