/*
 * segment.h: what the memory files (page memres malloc ptab segment image
 * fault pin exec sysmem swap) and #g know and nobody else.
 */
#pragma once
typedef struct Leaf Leaf;
typedef struct Ptab Ptab;

/* one per physical page; read only after its page was handed out once, or is the head of a free block */
struct Page {
	u32int ref;
	u8int kind;
	u8int order;	/* free block: log2 of its pages */
	u16int pad;
	union {
		u32int next;	/* free block */
		u32int pins;	/* user page: how many of the references are pins */
		u32int npages;	/* first of a run */
	};
	union {
		u32int prev;	/* free block */
		u32int tag;	/* kernel page or run: malloc's */
	};
};
enum {	/* Page.kind */
	KindInner,	/* inside a block, or of no use */
	KindFree,	/* first page of a free block */
	KindIdle,	/* in a processor's cache */
	KindKern,
	KindUser,
	KindRun,	/* first page of a run */
	KindFixed,	/* not ours: a program used in place.  Never freed, always shared */
};

/* page.c */
extern Page *pages;
extern u64int npages;
static inline Page *pageof(u64int pa)	/* nil: no such page */
{
	return pa>>PGSHIFT < npages? &pages[pa>>PGSHIFT]: nil;
}
static inline int pageshared(u64int pa)	/* others than the one who asks (and pins) refer to it */
{
	Page *p;

	p = pageof(pa);
	return p == nil || p->kind == KindFixed || p->ref - p->pins > 1;
}
int pagepinned(u64int pa);
void pagepin(u64int pa);		/* with a reference */
void pagesunpin(uchar **page, u64int n);	/* n pinned ones, by their addresses in the kernel */
int pagefixed(u64int pa);		/* declare a page outside the allocator's memory; -1: it is inside */
u64int pagesfree(void);			/* cheap, without the processors' caches */
u64int pagesidle(void);			/* as many may be in a processor's cache */
int pageslow(void);			/* the pager should work */
int pageavail(void);			/* a user would get one */
static inline void pagecopy(u64int to, u64int from)
{
	memcpy(kaddr(to), kaddr(from), PGSZ);
}
static inline void pagezero(u64int pa)
{
	void *p;
	u64int n;

	p = kaddr(pa);
	n = PGSZ/8;
	__asm__ volatile("rep stosq" : "+D"(p), "+c"(n) : "a"(0) : "memory");
}

/* memres.c: counts, in pages.  Any level */
int memreserve(u64int n);		/* 0, or -1 and "not enough memory" */
void memunreserve(u64int n);
int memkernel(u64int n);		/* n more for the kernel's own use: 0, -1 */
void memunkernel(u64int n);
void memtotal(s64int pages, s64int swap);	/* there is more */
void memcounts(Memstat*);

/* malloc.c: may take what reservations hold back, for tables without which a promised page cannot be given */
void *mallocpromised(usize n);

/*
 * ptab.c: a sparse array of slots, one per page; empty, or one of the states
 * with a page's physical address or a swap block's number in the high bits.
 * The owner's lock protects it.
 */
enum {
	LeafSlots = 64,
	NearLeaves = 4,
};
enum {	/* state of a slot: its low bits */
	SlotPage = 1,	/* physical address; the slot holds a reference */
	SlotOut = 2,	/* likewise, being written to swap (a segment) or about to be dropped (an image); whoever uses it makes it SlotPage again */
	SlotSwap = 3,	/* block number << 12 */
	SlotBusy = 4,	/* being read; in a segment with the block number, which belongs to the reader */
	SlotState = 7,
};
struct Leaf {
	u64int used;			/* which slots are not empty */
	u64int slot[LeafSlots];
};
struct Ptab {
	Leaf **dir;
	u32int ndir;
	u32int nused;			/* slots */
	Leaf *near[NearLeaves];		/* dir, while that is enough */
};
void ptabinit(Ptab*);
u64int *ptabputnew(Ptab*, u64int i, u64int v);	/* as ptabput, whatever it takes */
void ptabdel(Ptab*, u64int i);
u64int ptabnext(Ptab*, u64int i);	/* lowest used index >= i, or NoSlot */
void ptabfree(Ptab*);			/* the table, not what slots refer to */
#define NoSlot (~0UL)
static inline u64int slotpa(u64int v) { return v & ~0xfffUL; }
static inline u64int leafbit(u64int i) { return 1UL << i%LeafSlots; }
static inline Leaf *leafof(Ptab *t, u64int i)
{
	return i/LeafSlots < t->ndir? t->dir[i/LeafSlots]: nil;
}
static inline u64int *ptabget(Ptab *t, u64int i)	/* the slot, nil if empty */
{
	Leaf *l;

	l = leafof(t, i);
	return l != nil && l->used & leafbit(i)? &l->slot[i%LeafSlots]: nil;
}
static inline u64int *ptabput(Ptab *t, u64int i, u64int v)	/* nil: no memory */
{
	Leaf *l;

	l = leafof(t, i);
	if(l == nil)
		return ptabputnew(t, i, v);
	t->nused += !(l->used & leafbit(i));
	l->used |= leafbit(i);
	l->slot[i%LeafSlots] = v;
	return &l->slot[i%LeafSlots];
}

/*
 * A Segment lives in a pool and is never given back, so one may be locked
 * on the strength of a stale pointer, as long as it is then checked that it
 * is still the right one.  lk protects all but ref, and the list of images'
 * text segments.
 */
struct Segment {
	QLock lk;
	long ref;		/* Proc.seg[]s, #g's files, and those at work on it */
	int type;
	u32int attr;
	uintptr base, top;	/* page aligned */
	u64int resv;		/* pages reserved for it */
	Ptab tab;		/* by page from base; a stack's from top down */
	Image *image;		/* file behind it, referenced, or nil */
	u64int fstart;		/* where base is in the file, page aligned */
	u64int flen;		/* bytes of the file; then zeros */
	u64int pa;		/* SegPhys: where base is */
	Seglink *links;		/* processes that have it */
	int nlink;
	Rendez wait;		/* for a busy slot */
	u32int gen;		/* goes up when a busy slot no longer is */
	u64int hand;		/* the pager's: next page to look at */
	uintptr lastnew;	/* fault.c's: the last page that was filled with zeros */
	Segment *next;		/* pool's free ones */
	Segment *all;		/* every one there ever was */
	Segment *imgnext;	/* text segments of one image: image.c's */
	char name[NAMELEN];	/* class of segattach, or "" */
};

/* segment.c */
extern Segment *segall;
Segment *segnew(int type, u32int attr, uintptr base, uintptr top);	/* one reference, nothing reserved; nil: no memory */
void segput(Segment*);			/* drops a reference.  Sleeps */
int segtryref(Segment*);		/* 0: it is gone */
int segreserve(Segment*, u64int npages);	/* as much as npages pages need: more or less than before */
u64int segcost(u64int npages);		/* what is to be reserved for that many */
u64int seglinkcost(Segment*);		/* pages to reserve before seglinkin */
void seglinkin(Proc*, int i, Segment*, u32int attr);	/* into Proc.seg[i], with the reference and the reservation */
Segment *segunlink(Proc*, int i);	/* out of seg[i]: the reference is the caller's, the reservation gone */
struct Mmu *linkmmu(Seglink*);		/* nil: the process is exiting; else it lasts as long as the segment is locked */
int segindex(Proc*, uintptr va);	/* -1: none */
Segment *seglock(uintptr va);		/* up's segment at va, locked: up->seg[up->lastseg]; nil and errstr */
Segment *segref(Proc*, uintptr va);	/* any process's, referenced; nil and errstr */
void segunmap(Segment*, uintptr va, uintptr end, Proc *but);	/* in all address spaces; locked */
int segoverlap(Proc*, uintptr base, uintptr top, Segment *but);	/* 1: there is one in the way */
void segdrop(Segment*, uintptr va, uintptr end);	/* unmap and free pages; locked */
int segprivate(Proc*, uintptr va);	/* text at va becomes p's own, to be written by a debugger */
static inline u64int segslot(Segment *s, uintptr va)
{
	return s->type == SegStack? (s->top - PGSZ - va) >> PGSHIFT: (va - s->base) >> PGSHIFT;
}
static inline uintptr slotva(Segment *s, u64int i)
{
	return s->type == SegStack? s->top - PGSZ - (i<<PGSHIFT): s->base + (i<<PGSHIFT);
}
static inline int segistext(Segment *s)	/* pages straight from the image */
{
	return s->type == SegText && !(s->attr & SegPriv);
}

#define Segend (USERTOP - StackMax - PGSZ)	/* segments other than the stack lie below; a page is left free */
int segisclass(char *class);		/* sysmem.c: is it one that #g cannot name */

/* fault.c */
enum { PageRetry = 1, PageFail = 2 };	/* what segpage gives that is no address */
static inline int pageready(u64int pa) { return (pa & (PGSZ-1)) == 0; }
u64int segpage(Segment *s, uintptr va, int write, Proc *self);
typedef void Segmove(void *arg, usize done, uchar *mem, usize n);	/* move n bytes, done were before */
long segio(Segment *s, uintptr va, usize n, int write, Segmove *move, void *arg);	/* referenced; to the end of the segment: bytes, -1 */
void segaround(Segment *s, Proc *p, uintptr va, uintptr but);	/* map the image's pages near va that are at hand, but one; s is locked, and linked to p */
u64int userpage(int flags);		/* pagealloc for a user, leaving some for the kernel */
int waitgen(Rendez *r, u32int *gen, u32int was);	/* until *gen is not was: 0; -1 killed */

/* image.c */
Image *imageopen(Chan *c);		/* referenced; nil and errstr.  c stays the caller's */
void imageincref(Image*);
void imageput(Image*);
u64int imagefind(Image*, u64int pg, int ref);	/* page of the file, if here; ref: with a reference */
void imagefindn(Image*, u64int pg, u64int *pa, int n);	/* n pages from pg on, without references; 0: not here */
int imageload(Image*, u64int pg, u64int npg, int killonly);	/* have pg, and up to npg beginning there, read; 0, -1 */
u64int imagesize(Image*);		/* the file's bytes if known, else ~0 */
Segment *imagetext(Image *img, uintptr base, uintptr top, u64int fstart, u64int flen, u32int attr);	/* referenced; the same one for all that ask for the same */
void imageuntext(Segment*);		/* it is gone */
Chan *imagechan(Image*);		/* referenced, or nil */
u64int imagereclaim(u64int n);		/* free pages of images not in use, and of files that are kept; any level; pages freed */
u64int imagetrim(u64int n);		/* free pages of images in use that were not used since the last time.  Sleeps */

/* swap.c */
int memwait(void);			/* a user page could not be had: make room.  No locks held.  -1: hopeless */
int memnap(void);			/* the kernel itself is short: make room and wait a little.  -1: killed */
int swapdup(u64int block);		/* one more slot refers to it; -1: there are too many */
void swapfree(u64int block);
int swapread(u64int block, u64int pa);	/* sleeps */
u64int swapavail(void);			/* free blocks */
void pagerkick(void);
