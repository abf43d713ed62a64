/*
 * pin.c: user memory as a Buf, held in place for a server.
 *
 * A pinned page has a reference and is counted in Page.pins.  As long as it
 * is, it is not swapped out, and fork copies it rather than share it, so it
 * stays the page that the process itself sees.
 *
 * What one process can pin is bounded by the size of its request.  Requests
 * that need more page pointers than the caller has room for are counted
 * against their user as well, so that a user with many processes cannot pin
 * all of memory.
 *
 * Locks: accts.lk, a leaf; Segment.lk while a segment's pages are looked up.
 * bufpin sleeps, bufunpin doesn't.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "9p.h"
#include "segment.h"

typedef struct Acct Acct;
typedef struct Many Many;

struct Acct {	/* a user that had many pages pinned once */
	char user[NAMELEN];
	u64int npages;
	Acct *next;
};

struct Many {	/* pointers to pages, when there are many */
	Acct *acct;
	u64int npages;
	uchar *page[];
};

static struct {
	Lock lk;
	Acct *list;
	u64int max;	/* pages of one user */
} accts;

/* accts.lk is held */
static Acct *acctof(char *user)
{
	Acct *a;

	for(a = accts.list; a != nil; a = a->next)
		if(strcmp(a->user, user) == 0)
			break;
	return a;
}

static Acct *acctnew(char *user)
{
	Acct *a, *new;
	Memstat m;

	memstat(&m);
	new = mallocz(sizeof *new, 1);
	if(new == nil)
		return nil;
	strecpy(new->user, new->user+sizeof new->user, user);
	lock(&accts.lk);
	accts.max = m.total/8 + 16;
	a = acctof(user);
	if(a == nil){
		a = new;
		new = nil;
		a->next = accts.list;
		accts.list = a;
	}
	unlock(&accts.lk);
	free(new);
	return a;
}

/* count n pages against up's user; nil and errstr: too many */
static Acct *charge(u64int n)
{
	Acct *a;
	int over;

	lock(&accts.lk);
	a = acctof(up->user);
	unlock(&accts.lk);
	if(a == nil && (a = acctnew(up->user)) == nil)
		return nil;
	lock(&accts.lk);
	over = a->npages > 0 && a->npages + n > accts.max;	/* one request may always be */
	if(!over)
		a->npages += n;
	unlock(&accts.lk);
	return !over? a: seterrp("too much memory in use for i/o");
}

static void uncharge(Acct *a, u64int n)
{
	lock(&accts.lk);
	a->npages -= n;
	unlock(&accts.lk);
}

/*
 * Pin pages from va on that lie in s and are there already, fit to be used as
 * they are: how many.  The others are segpage's business.
 */
static long pinhere(Segment *s, uintptr va, long n, int write, uchar **page)
{
	u64int slot, *v;
	Page *p;
	long i, step;

	if(s->type == SegPhys || segistext(s))
		return 0;
	n = MIN(n, (long)((s->top - va) >> PGSHIFT));
	slot = segslot(s, va);
	step = s->type == SegStack? -1: 1;
	for(i = 0; i < n; i++, slot += step){
		v = ptabget(&s->tab, slot);
		if(v == nil || (*v & SlotState) != SlotPage)
			break;
		p = pageof(*v);
		if(p == nil || p->kind != KindUser || (write && p->ref - p->pins > 1))
			break;
		__atomic_add_fetch(&p->ref, 1, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&p->pins, 1, __ATOMIC_SEQ_CST);
		page[i] = kaddr(slotpa(*v));
	}
	return i;
}

/* pin pages from va on, as long as it goes without sleeping and in one segment: how many; -1 */
static long pinsome(uintptr va, long n, int write, uchar **page)
{
	Segment *s;
	u64int pa;
	long i;

	s = seglock(va);
	if(s == nil)
		return -1;
	if(s->type == SegPhys || (write && !(up->seglink[up->lastseg].prot & MMUWRITE))){
		qunlock(&s->lk);
		return seterr("bad address");
	}
	for(i = pinhere(s, va, n, write, page), va += i<<PGSHIFT; i < n && va < s->top; i++){
		pa = segpage(s, va, write, nil);
		if(!pageready(pa))
			return pa == PageFail? -1: i;
		pagepin(pa);
		page[i] = kaddr(pa);
		va += PGSZ;
	}
	qunlock(&s->lk);
	return i;
}

static u64int buflen(Buf *b)
{
	return ((u64int)b->off + b->n + PGSZ-1) >> PGSHIFT;
}

static uchar **manypages(u64int n)
{
	Many *m;

	m = malloc(sizeof *m + n*sizeof m->page[0]);
	if(m == nil)
		return nil;
	m->npages = n;
	m->acct = charge(n);
	if(m->acct == nil){
		free(m);
		return nil;
	}
	return m->page;
}

static void manyfree(uchar **page)
{
	Many *m;

	m = (Many*)((uchar*)page - sizeof *m);
	uncharge(m->acct, m->npages);
	free(m);
}

int bufpin(Buf *b, uintptr va, usize n, int write, uchar **room, int nroom)
{
	u64int i, npages;
	long r;

	*b = (Buf){ .page = room, .off = va & (PGSZ-1), .n = n };
	if(n == 0)
		return 0;
	if(va >= USERTOP || n > USERTOP - va || n > 1U<<30){
		b->n = 0;
		return seterr("bad address");
	}
	npages = buflen(b);
	if(npages > (u64int)nroom)
		b->page = manypages(npages);
	if(b->page == nil){
		b->page = room;
		b->n = 0;
		return -1;
	}
	va = PGDOWN(va);
	for(i = 0; i < npages; i += r){
		r = pinsome(va + (i<<PGSHIFT), npages-i, write, b->page+i);
		if(r < 0)
			break;
	}
	if(i == npages)
		return 0;
	pagesunpin(b->page, i);
	if(b->page != room)
		manyfree(b->page);
	b->page = room;
	b->n = 0;
	return -1;
}

void bufunpin(Buf *b, uchar **room)
{
	if(b->n == 0 || b->page == nil)
		return;
	pagesunpin(b->page, buflen(b));
	if(b->page != room)
		manyfree(b->page);
	b->page = room;
	b->n = 0;
}
