/*
 * mem.h: physical pages, kernel memory, segments, images, user memory.
 *
 * Page structures exist for all of memory, but one is touched only when its
 * page is first handed out.  A Segment is a range of an address space with
 * a sparse table of pages; an Image caches the pages of a program's file.
 * Reservation: every page that a process may come to need privately is
 * counted when it asks (rfork, exec, brk, segattach), so faults don't fail.
 *
 * Locks, outermost first: Proc.seglock, Segment.lk (two at once only in
 * fork: the parent's, and the child's that nobody else knows yet),
 * the images' locks, malloc's, page.c's.  The first two are QLocks.  None is
 * held while a server is asked for a page: the page is marked busy, and who
 * else wants it sleeps.
 */
#pragma once
typedef struct Page Page;
typedef struct Segment Segment;
typedef struct Seglink Seglink;
typedef struct Image Image;
typedef struct Buf Buf;
typedef struct Chan Chan;
typedef struct Fid Fid;
typedef struct Srv Srv;

/* physical pages: page.c.  None sleeps; any level */
enum {	/* pagealloc's flags */
	PageZero = 1<<0,
	PageUser = 1<<1,	/* counted in a reservation, or a cache: not the kernel's own; some are kept from it */
	PageTable = 1<<2,	/* counted in a reservation: a page table, or such like, of a process */
};
u64int pagealloc(int flags);		/* physical address of a page with one reference; 0: none left */
void pageincref(u64int pa);
void pagefree(u64int pa);		/* drops a reference */
long pageref(u64int pa);
u64int pagerun(usize npages);		/* physically contiguous, page aligned; 0: none */
void pagerunfree(u64int pa, usize npages);
void pageinit(void);
typedef struct Memstat Memstat;
struct Memstat {
	u64int total, free, kernel, user, reserved, swaptotal, swapfree;	/* pages */
};
void memstat(Memstat*);
extern u64int (*cachehook)(u64int n);	/* free so many pages that are kept for no need; any level; pages freed.  Or nil */

/*
 * kernel memory: malloc.c gives lib.h's malloc mallocz realloc free; none
 * sleeps, malloc may fail, any level.  Memory of 500 bytes and more is
 * aligned to 64.
 */
void mallocinit(void);
usize msize(void *p);			/* bytes that may be used */
void mallocstat(char *buf, int n);	/* for people: how many objects of each size are in use */

enum {	/* segment types */
	SegText, SegData, SegBss, SegStack, SegShared, SegPhys,
	NSEG = 16,		/* segments of a process */
	/* attributes; those of segattach(2) first */
	SegRO = 1<<0, SegCexec = 1<<1, SegNoswap = 1<<2,
	SegExec = 1<<3, SegBrk = 1<<4, SegPriv = 1<<5, SegUncached = 1<<6, SegWC = 1<<7,
	StackMax = 16*1024*1024,	/* declared limit of a stack */
	StackStep = 8,		/* pages that a stack reserves at a time */
};
extern char *segtypename[];

struct Seglink {	/* one per Proc.seg[]: in the list of the segment's users, under its lk */
	Proc *p;
	Seglink *next, **prev;
	u16int attr;	/* SegRO, SegCexec: of this use alone */
	u16int prot;	/* MMUxxx: what the process may do */
	u32int resv;	/* pages reserved for this use's tables */
};

/*
 * The address space of a process: Proc.seg[], Proc.mmu.  All of these sleep.
 */
int segcopyall(Proc *child, int sharemem);	/* rfork: child's segments from up's (stack always copied); reserves.  child->pid is set; -1: nothing is left */
void segfreeall(Proc*);				/* exit, a failed fork: drop segments and mmu */
long sysexec(char *path, char **argv, Ureg*);	/* exec.c: path and args are kernel memory, the caller's; sets the frame but cs and ss */
long segfetch(Proc *p, uintptr va, void *buf, usize n, int write);	/* another process's memory (#p/mem), to the end of the segment: bytes or -1.  p cannot exit meanwhile, and is stopped if it is to be written */
typedef struct Seginfo Seginfo;
struct Seginfo { int type; u32int attr; uintptr base, top; long ref; char name[NAMELEN]; };
int seginfo(Proc *p, int i, Seginfo*);		/* i'th segment: 1, 0 none */
Chan *segtextchan(Proc *p);			/* the file it was executed from, referenced; nil */
u64int segpages(Proc *p);			/* pages of its segments but the stack, for #p/status */
int segkey(uintptr va, u64int *seg, u64int *off);	/* up's address: names the memory in all processes that share it (but not across exec); -1: bad address */

/* class of segattach(2) for device memory, at boot; attr: SegRO SegUncached SegWC */
int segphysadd(char *name, u64int pa, u64int len, u32int attr);
/* set by #g's init: the named segment, referenced; nil and errstr */
extern Segment *(*segglobal)(char *class);

/*
 * The pages of user memory as a Buf (lib9p's) for a request's data: pinned
 * until bufunpin, copied through the direct map, so no fault happens under a
 * lock.  room[] holds up to nroom page pointers, more are malloced.
 * write: the kernel will store into them (a read call).  -1: bad address or over the user's pin bound.
 * The pages stay the process's own while pinned: a fork meanwhile copies them.
 * bufunpin is called once, by any process.
 */
mustcheck int bufpin(Buf *b, uintptr va, usize n, int write, uchar **room, int nroom);
void bufunpin(Buf *b, uchar **room);

/*
 * Programs used in place: a linked server whose files lie in memory for
 * ever may give their pages to user processes.  page returns the
 * page-aligned address of the page of f's file at off, if all of it is there
 * (up to the end of the file, then zeros), else nil; called at any level.
 */
void imagedirect(Srv *s, uchar *(*page)(Fid *f, vlong off));

/* swap: swap.c.  Sleep */
int swapon(Chan *c);			/* a file or partition open for reading and writing; takes a reference of its own */
int swapstat(char *buf, int n);		/* the text of #c/swap: bytes */
