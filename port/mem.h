/*
 * mem.h: physical pages, segments, images, user memory.
 *
 * Page structures exist for all of memory, but one is touched only when its
 * page is first handed out.  A Segment is a range of an address space with
 * a sparse table of pages; an Image caches the pages of a program's file.
 * Reservation: every page that a process may come to need privately is
 * counted when it asks (rfork, exec, brk, segattach), so faults don't fail.
 */
#pragma once
typedef struct Page Page;
typedef struct Segment Segment;
typedef struct Image Image;
typedef struct Buf Buf;
typedef struct Chan Chan;

/* physical pages: page.c.  None sleeps. */
u64int pagealloc(int zero);		/* physical address of a page with one reference; 0: none left */
void pageincref(u64int pa);
void pagefree(u64int pa);		/* drops a reference */
long pageref(u64int pa);
u64int pagerun(usize npages);		/* physically contiguous; 0: none */
void pagerunfree(u64int pa, usize npages);
void pageinit(void);
typedef struct Memstat Memstat;
struct Memstat {
	u64int total, free, kernel, user, reserved, swaptotal, swapfree;	/* pages */
};
void memstat(Memstat*);
/* kernel memory: malloc.c gives lib.h's malloc mallocz realloc free; none sleeps, malloc may fail */
void mallocinit(void);

enum {	/* segment types */
	SegText, SegData, SegBss, SegStack, SegShared, SegPhys, SegFixed,
	NSEG = 16,		/* segments of a process */
	SegRO = 1<<8, SegCexec = 1<<9, SegNoswap = 1<<10,	/* attributes */
};
extern char *segtypename[];

/*
 * The address space of a process: Proc.seg[], Proc.mmu.  All of these sleep.
 */
int segcopyall(Proc *child, int sharemem);	/* rfork: child's segments from up's (stack always copied); reserves */
void segfreeall(Proc*);				/* exit, exec: drop segments and mmu */
long sysexec(char *path, char **argv, Ureg*);	/* exec.c: path and args are kernel memory, consumed */
int segfetch(Proc *p, uintptr va, void *buf, usize n, int write);	/* another process's memory (#p/mem); bytes or -1 */
typedef struct Seginfo Seginfo;
struct Seginfo { int type; u32int attr; uintptr base, top; long ref; char *name; };
int seginfo(Proc *p, int i, Seginfo*);		/* i'th segment: 1, 0 none */
void segflushprof(Proc*);

/*
 * The pages of user memory as a Buf (lib9p's) for a request's data: pinned
 * until bufunpin, copied through the direct map, so no fault happens under a
 * lock.  room[] holds up to nroom page pointers, more are malloced.
 * write: the kernel will store into them (a read call).  -1: bad address or over the user's pin bound.
 */
int bufpin(Buf *b, uintptr va, usize n, int write, uchar **room, int nroom);
void bufunpin(Buf *b, uchar **room);
