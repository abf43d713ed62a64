/*
 * sysmem.c: the calls that change an address space: brk segbrk segattach
 * segdetach segfree segflush, as their manual pages say.
 *
 * Only the process itself changes its seg[], under seglock; the size of a
 * segment changes under its lk.  All sleep.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "9p.h"
#include "chan.h"
#include "segment.h"

enum {
	Attachro = 0x40,	/* SG_RONLY */
	Attachcexec = 0x100,	/* SG_CEXEC */
	Nphys = 16,
};

typedef struct Phys Phys;
struct Phys {	/* device memory by class name */
	char name[NAMELEN];
	u64int pa, len;
	u32int attr;
};
static Phys phys[Nphys];
static int nphys;

Segment *(*segglobal)(char *class);
static char Eoverlap[] = "segments overlap";

int segphysadd(char *name, u64int pa, u64int len, u32int attr)
{
	Phys *p;

	if(nphys == Nphys || pa%PGSZ != 0 || len == 0)
		return seterr(Ebadarg);
	p = &phys[nphys++];
	strecpy(p->name, p->name+sizeof p->name, name);
	p->pa = pa;
	p->len = PGROUND(len);
	p->attr = attr;
	return 0;
}

/* s, which is up's, is to end at top */
static int resize(Segment *s, uintptr top)
{
	int r;

	if(top > Segend)
		return seterr(Ebadarg);
	if(segoverlap(up, s->base, top, s))
		return seterr(Eoverlap);
	qlock(&s->lk);
	if(top < s->top){
		segdrop(s, top, s->top);
		s->top = top;
	}
	r = segreserve(s, (top - s->base) >> PGSHIFT);
	if(r == 0)
		s->top = top;
	qunlock(&s->lk);
	return r;
}

static Segment *heap(void)
{
	Segment *s;
	int i;

	for(i = 0; i < NSEG; i++){
		s = up->seg[i];
		if(s != nil && s->attr & SegBrk)
			return s;
	}
	return seterrp("process has no bss");
}

long sys_brk(u64int *a)
{
	Segment *s;
	uintptr addr;

	s = heap();
	if(s == nil)
		return -1;
	addr = a[0];
	/* the data's last page may hold the program's end */
	if(addr > Segend || addr + PGSZ <= s->base)
		return seterr(Ebadarg);
	return resize(s, MAX(PGROUND(addr), s->base));
}

long sys_segbrk(u64int *a)
{
	Segment *s;
	uintptr addr;
	int i;

	addr = a[1];
	if(addr == 0){
		s = heap();
		return s != nil? (long)s->top: -1;
	}
	i = segindex(up, a[0]);
	if(i < 0)
		return seterr("bad address");
	s = up->seg[i];
	if((s->type != SegBss && s->type != SegShared) || addr > Segend || addr < s->base)
		return seterr(Ebadarg);
	return resize(s, PGROUND(addr)) < 0? -1: (long)addr;
}

/* attaching */

/* a new segment of a class made for the asking; its pages are reserved */
static Segment *newclass(char *class, uintptr va, uintptr end)
{
	Segment *s;
	Phys *p;

	if(strcmp(class, "memory") == 0)
		s = segnew(SegBss, 0, va, end);
	else if(strcmp(class, "shared") == 0)
		s = segnew(SegShared, 0, va, end);
	else{
		for(p = phys; p < phys+nphys; p++)
			if(strcmp(class, p->name) == 0)
				break;
		if(p == phys+nphys)
			return nil;
		if(end-va > p->len)
			return seterrp(Ebadarg);
		if(!isowner())
			return seterrp(Eperm);
		s = segnew(SegPhys, p->attr, va, end);
		if(s != nil){
			s->pa = p->pa;
			strecpy(s->name, s->name+sizeof s->name, class);
		}
		return s;
	}
	if(s != nil && segreserve(s, (end-va) >> PGSHIFT) < 0){
		segput(s);
		return nil;
	}
	return s;
}

int segisclass(char *class)
{
	int i;

	for(i = 0; i < nphys; i++)
		if(strcmp(class, phys[i].name) == 0)
			return 1;
	return strcmp(class, "memory") == 0 || strcmp(class, "shared") == 0;
}

/* a free range of len bytes, as high as possible; 0: none */
static uintptr place(u64int len)
{
	uintptr top;
	int i;

	for(top = Segend; top >= UTZERO && top - UTZERO >= len; ){
		for(i = 0; i < NSEG; i++)
			if(up->seg[i] != nil && top-len < up->seg[i]->top && up->seg[i]->base < top)
				break;
		if(i == NSEG)
			return top-len;
		top = up->seg[i]->base;
	}
	return 0;
}

/* take up s, and its reference */
static long attach(Segment *s, u32int attr)
{
	int i;

	for(i = 0; i < NSEG && up->seg[i] != nil; i++)
		;
	if(i == NSEG)
		seterr("too many segments");
	else if(s->base < UTZERO || s->top > Segend)
		seterr(Ebadarg);
	else if(segoverlap(up, s->base, s->top, nil))
		seterr(Eoverlap);
	else if(memreserve(seglinkcost(s)) == 0){
		qlock(&up->seglock);
		seglinkin(up, i, s, attr);
		qunlock(&up->seglock);
		return s->base;
	}
	segput(s);
	return -1;
}

static long attachnew(char *class, uintptr va, u64int len, u32int attr)
{
	Segment *s;
	uintptr end;

	if(len == 0 || va >= Segend || len > Segend)
		return seterr(Ebadarg);
	len = PGROUND(va%PGSZ + len);
	va = va == 0? place(len): PGDOWN(va);
	end = va + len;
	if(va < UTZERO || end > Segend)
		return seterr(Ebadarg);
	if(segoverlap(up, va, end, nil))
		return seterr(Eoverlap);
	s = newclass(class, va, end);
	return s != nil? attach(s, attr): -1;
}

long sys_segattach(u64int *a)
{
	Segment *s;
	char *class;
	u32int attr;
	long r;

	if(a[0] & ~(u64int)(Attachro|Attachcexec))
		return seterr(Ebadarg);
	attr = 0;
	if(a[0] & Attachro)
		attr |= SegRO;
	if(a[0] & Attachcexec)
		attr |= SegCexec;
	class = userstr(a[1], NAMELEN);
	if(class == nil)
		return -1;
	if(segisclass(class))
		r = attachnew(class, a[2], a[3], attr);
	else if(segglobal == nil)
		r = seterr("unknown segment class");
	else{
		s = segglobal(class);
		r = s != nil? attach(s, attr): -1;
	}
	free(class);
	return r;
}

long sys_segdetach(u64int *a)
{
	Segment *s;
	int i;

	i = segindex(up, a[0]);
	if(i < 0)
		return seterr("bad address");
	s = up->seg[i];
	if(s->type == SegText || s->type == SegStack)
		return seterr(Ebadarg);
	mmuunmap(up->mmu, s->base, s->top);
	qlock(&up->seglock);
	segunlink(up, i);
	qunlock(&up->seglock);
	segput(s);
	return 0;
}

/* only whole pages inside the span are freed; those of text are the image's */
long sys_segfree(u64int *a)
{
	Segment *s;
	uintptr va, end;

	va = a[0];
	if(a[1] > USERTOP || va > USERTOP - a[1])
		return seterr("bad address");
	s = seglock(va);
	if(s == nil)
		return -1;
	end = va + a[1];
	if(end > s->top){
		qunlock(&s->lk);
		return seterr("bad address");
	}
	va = PGROUND(va);
	end = PGDOWN(end);
	if(!segistext(s) && s->type != SegPhys)
		segdrop(s, va, end);
	qunlock(&s->lk);
	return 0;
}

/* the caches of this machine need no help; the range is checked all the same */
long sys_segflush(u64int *a)
{
	uintptr va, end;
	int i;

	if(a[1] > USERTOP || a[0] > USERTOP - a[1])
		return seterr("bad address");
	end = a[0] + a[1];
	for(va = a[0]; va < end; va = up->seg[i]->top){
		i = segindex(up, va);
		if(i < 0)
			return seterr("bad address");
	}
	return 0;
}
