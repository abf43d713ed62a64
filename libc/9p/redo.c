/*
 * redo.c: the restart log: a server's checkpoint, the requests since, and the
 * messages just read, in memory that outlives the processes that use it.
 *
 *	head		who it is; written once
 *	arenas		two descriptors, of which the whole one of higher gen counts
 *	slots		the state of each in 8 bytes; then two buffers for each
 *	...		the arenas: checkpoint, log; one is old or nothing
 *
 * The memory may be left between any two stores, or with a part of a block
 * stored, and must then mean what it meant before or after the operation.  So
 * each operation prepares what counts for nothing yet and ends in one aligned
 * store: an arena's gen, a record's len, a slot's state.  Before a record's
 * len is stored the len of its successor is 0.  The sums are there for what a
 * wild store may have left.
 *
 * A slot's buffer beyond the bytes it is known to hold is zero, and no message
 * begins with four zeros: whether a read came to its end is seen even if
 * nobody lived to record it.  The other buffer is zero but in redodrop.
 *
 * No locks, no sleep.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"
#include "redo.h"

enum {
	Version = 1,
	Page = 4096,
	Namelen = 64,
	Arenas = 512,		/* offset of their descriptors */
	Slots = 1024,		/* of the slots' states */
	Maxslot = (Page-Slots)/8,
};

typedef struct Head Head;
typedef struct Arena Arena;

struct Head {
	char magic[8];
	u32int version;
	u32int nslot;
	u32int slotcap;
	u32int sum;		/* of the rest; stored last */
	char name[Namelen];
};

struct Arena {
	u64int gen;		/* stored last; 0: nothing */
	u64int off, size;
	u64int npre, nimg;
	u32int sum;		/* of the above */
	u32int datasum;		/* of pre and img */
};

static const char Magic[8] = "9predo\n";

/* --- stores --- */
static void step(Redo *r, u64int off, u64int n)
{
	if(r->step != nil)
		r->step(r, off, n);
}

static void put(Redo *r, u64int off, const void *p, u64int n)
{
	if(n == 0)
		return;
	memmove(r->p+off, p, n);
	step(r, off, n);
}

static void zero(Redo *r, u64int off, u64int n)
{
	if(n == 0)
		return;
	memset(r->p+off, 0, n);
	step(r, off, n);
}

/* what makes all before it count; nothing moves across it */
static void commit8(Redo *r, u64int off, u64int v)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n((u64int*)(r->p+off), v, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	step(r, off, 8);
}

static void commit4(Redo *r, u64int off, u32int v)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n((u32int*)(r->p+off), v, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	step(r, off, 4);
}

static u64int round(u64int n, u64int to)
{
	return (n + to-1) & ~(to-1);
}

/* not 0, and cheap: eight bytes at a time */
static u32int sum(u64int h, const void *data, u64int n)
{
	const uchar *p;
	u64int w;

	p = data;
	for(; n >= 8; n -= 8, p += 8){
		memmove(&w, p, 8);
		h = (h ^ w) * 0x9E3779B97F4A7C15UL;
		h ^= h>>29;
	}
	w = n;
	while(n-- > 0)
		w = w<<8 | *p++;
	h = (h ^ w) * 0x9E3779B97F4A7C15UL;
	return (u32int)(h>>32) | 1;
}

/* --- the whole --- */
static u64int firstarena(u32int nslot, u32int slotcap)
{
	return round(Page + 2*(u64int)nslot*slotcap, Page);
}

u64int redoleast(Redo *r, u32int nslot, u32int slotcap)
{
	return firstarena(nslot, slotcap) + 4*(u64int)r->leastlog;
}

static u32int headsum(Head *h)
{
	Head t;

	t = *h;
	t.sum = 0;
	return sum(1, &t, sizeof t);
}

int redoformat(Redo *r, char *name, u32int nslot, u32int slotcap)
{
	Head h;

	memset(&h, 0, sizeof h);
	memmove(h.magic, Magic, sizeof Magic);
	h.version = Version;
	h.nslot = nslot;
	h.slotcap = slotcap = round(slotcap, 8);
	if(nslot > Maxslot || strlen(name) >= Namelen || r->size < firstarena(nslot, slotcap)){
		werrstr("restart log: bad size or name");
		return -1;
	}
	strecpy(h.name, h.name+Namelen, name);
	put(r, 0, &h, sizeof h);
	commit4(r, __builtin_offsetof(Head, sum), headsum(&h));
	r->nslot = nslot;
	r->slotcap = slotcap;
	r->arena = -1;
	r->gen = 0;
	r->log = r->at = r->end = 0;
	return 0;
}

/* --- arenas --- */
static u64int arenaoff(int i)
{
	return Arenas + i*sizeof(Arena);
}

static u32int arenasum(Arena *a)
{
	return sum(2, a, __builtin_offsetof(Arena, sum));
}

static u32int datasum(uchar *p, Arena *a)
{
	return sum(3, p+a->off, a->npre+a->nimg);
}

/* a checkpoint that can be believed? */
static int arenaok(Redo *r, Arena *a)
{
	if(a->gen == 0 || a->sum != arenasum(a))
		return 0;
	if(a->off < firstarena(r->nslot, r->slotcap) || a->off%Page != 0 || a->off > r->size)
		return 0;
	if(a->size > r->size-a->off || a->npre > a->size || a->nimg > a->size - a->npre)
		return 0;
	return round(a->npre+a->nimg, 8)+8 <= a->size && a->datasum == datasum(r->p, a);
}

static void arenause(Redo *r, int i, Arena *a)
{
	r->arena = i;
	r->gen = a->gen;
	r->log = r->at = a->off + round(a->npre+a->nimg, 8);
	r->end = a->off+a->size;
}

static void getarena(Redo *r, int i, Arena *a)
{
	memmove(a, r->p+arenaoff(i), sizeof *a);
}

int redoopen(Redo *r, char *name)
{
	Head h;
	Arena a[2];
	Redorec *x;
	int i;

	if(r->size < Page)
		goto bad;
	memmove(&h, r->p, sizeof h);
	if(memcmp(h.magic, Magic, sizeof Magic) != 0 || h.version != Version || h.sum != headsum(&h))
		goto bad;
	if(h.nslot > Maxslot || memchr(h.name, 0, Namelen) == nil || strcmp(h.name, name) != 0
	|| r->size < firstarena(h.nslot, h.slotcap))
		goto bad;
	r->nslot = h.nslot;
	r->slotcap = h.slotcap;
	getarena(r, 0, &a[0]);
	getarena(r, 1, &a[1]);
	i = a[1].gen > a[0].gen;	/* if that is spoilt the other one is no use: it is of the past */
	if(!arenaok(r, &a[i]))
		goto bad;
	arenause(r, i, &a[i]);
	for(x = nil; (x = redonext(r, x)) != nil; )
		r->at += x->len;
	return 0;
bad:
	werrstr("restart log: not a whole log of %s", name);
	return -1;
}

/*
 * Where to put an arena of that size: before the current one or after it; the
 * memory grows if it must.  0: no room.
 */
static u64int place(Redo *r, u64int size)
{
	Arena a;
	u64int off;

	off = firstarena(r->nslot, r->slotcap);
	if(r->arena >= 0){
		getarena(r, r->arena, &a);
		if(size > a.off-off)
			off = a.off+a.size;
	}
	if(off+size <= r->size)
		return off;
	if(r->resize == nil){
		werrstr("%s", Enospace);
		return 0;
	}
	return r->resize(r, off+size) < 0? 0: off;
}

/* give back what lies beyond the current arena, if it is much; failing that does no harm */
static void shrink(Redo *r, Arena *a)
{
	u64int top;

	top = a->off+a->size;
	if(top < redoleast(r, r->nslot, r->slotcap))
		top = redoleast(r, r->nslot, r->slotcap);
	if(r->resize != nil && r->size > top + top/2)
		r->resize(r, top);
}

int redocheckpoint(Redo *r, const void *pre, u64int npre, const void *img, u64int nimg)
{
	Arena a;
	u64int gen, desc, room;
	int i;

	room = npre+nimg;
	if(room < r->leastlog)
		room = r->leastlog;
	memset(&a, 0, sizeof a);
	a.npre = npre;
	a.nimg = nimg;
	a.size = round(npre+nimg+room, Page);
	if((a.off = place(r, a.size)) == 0)
		return -1;
	i = r->arena == 0;
	desc = arenaoff(i);
	commit8(r, desc, 0);
	put(r, a.off, pre, npre);
	put(r, a.off+npre, img, nimg);
	zero(r, a.off+round(npre+nimg, 8), sizeof(Redorec));
	a.datasum = datasum(r->p, &a);
	gen = r->gen+1;
	a.gen = gen;
	a.sum = arenasum(&a);
	a.gen = 0;
	put(r, desc, &a, sizeof a);
	commit8(r, desc, gen);
	a.gen = gen;
	arenause(r, i, &a);
	shrink(r, &a);
	return 0;
}

u64int redoleft(Redo *r)
{
	return r->arena < 0? 0: r->end - r->at;
}

void redoforget(Redo *r)
{
	if(r->arena < 0)
		return;
	commit8(r, arenaoff(!r->arena), 0);	/* the older one first */
	commit8(r, arenaoff(r->arena), 0);
	r->arena = -1;
}

uchar *redopre(Redo *r, u64int *n)
{
	Arena a;

	getarena(r, r->arena, &a);
	*n = a.npre;
	return r->p+a.off;
}

uchar *redoimage(Redo *r, u64int *n)
{
	Arena a;

	getarena(r, r->arena, &a);
	*n = a.nimg;
	return r->p+a.off+a.npre;
}

/* --- the log --- */
static u32int recsum(Redorec *x)
{
	Redorec h;

	h = *x;
	h.len = h.sum = h.result = 0;
	return sum(sum(4, &h, sizeof h), x->data, x->n);
}

Redorec *redolog(Redo *r, int kind, u32int conn, u32int num, vlong time, const void *data, u32int n)
{
	Redorec h;
	u64int at, len;

	at = r->at;
	len = round(sizeof h + n, 8);
	if(r->arena < 0 || len+sizeof h > r->end-at)
		return nil;
	h = (Redorec){ .time = time, .num = num, .n = n, .conn = conn, .kind = kind };
	h.sum = sum(sum(4, &h, sizeof h), data, n);
	put(r, at, &h, sizeof h);
	put(r, at+sizeof h, data, n);
	zero(r, at+len, 8);
	commit4(r, at, len);
	r->at = at+len;
	return (Redorec*)(r->p+at);
}

void redoresult(Redo *r, Redorec *x, u32int result)
{
	commit4(r, (uchar*)&x->result - r->p, result);
}

Redorec *redonext(Redo *r, Redorec *x)
{
	u64int at;

	at = x == nil? r->log: (u64int)((uchar*)x - r->p) + x->len;
	if(sizeof *x > r->end-at)
		return nil;
	x = (Redorec*)(r->p+at);
	if(x->len < sizeof *x || x->len%8 != 0 || x->len > r->end-at || x->n > x->len-sizeof *x)
		return nil;
	return x->sum == recsum(x)? x: nil;
}

/* --- slots: a state is num<<32 | have<<2 | dirty<<1 | which buffer --- */
typedef struct Slot Slot;
struct Slot {
	u32int num, have;
	int which;
	int dirty;		/* the other buffer may be not all zero */
};

static Slot getslot(Redo *r, u32int i)
{
	Slot s;
	u64int v;

	v = __atomic_load_n((u64int*)(r->p+Slots+8*i), __ATOMIC_ACQUIRE);
	s = (Slot){ .num = v>>32, .have = (u32int)v>>2, .which = v&1, .dirty = v>>1 & 1 };
	if(s.have > r->slotcap)
		s.have = r->slotcap;
	return s;
}

static void setslot(Redo *r, u32int i, Slot s)
{
	commit8(r, Slots+8*i, (u64int)s.num<<32 | s.have<<2 | s.dirty<<1 | s.which);
}

static u64int bufoff(Redo *r, u32int i, int which)
{
	return Page + (2*(u64int)i+which)*r->slotcap;
}

int redoused(Redo *r, u32int i)
{
	Slot s;

	s = getslot(r, i);
	return s.num != 0 || s.have != 0 || s.dirty;
}

uchar *redoslot(Redo *r, u32int i, u32int *have, u32int *num)
{
	Slot s;

	s = getslot(r, i);
	*have = s.have;
	*num = s.num;
	return r->p+bufoff(r, i, s.which);
}

uchar *redoroom(Redo *r, u32int i, u32int *n)
{
	Slot s;

	s = getslot(r, i);
	*n = r->slotcap-s.have;
	return r->p+bufoff(r, i, s.which)+s.have;
}

void redoread(Redo *r, u32int i, u32int n)
{
	Slot s;

	s = getslot(r, i);
	s.have += n;
	setslot(r, i, s);
}

void redodrop(Redo *r, u32int i, u32int n, u32int num)
{
	Slot s;
	u64int old, new;
	u32int was;

	s = getslot(r, i);
	old = bufoff(r, i, s.which);
	new = bufoff(r, i, !s.which);
	was = s.have;
	put(r, new, r->p+old+n, was-n);
	s = (Slot){ .num = num, .have = was-n, .which = !s.which, .dirty = 1 };
	setslot(r, i, s);
	zero(r, old, was);
	s.dirty = 0;
	setslot(r, i, s);
}

/*
 * The bytes there are if there are any after the first have: up to the end of
 * the message that the last of them is in, which may end in zeros.
 */
static u32int filled(Redo *r, uchar *p, u32int have)
{
	u32int n, at, size;

	n = r->slotcap;
	while(n > have && p[n-1] == 0)
		n--;
	if(n == have)
		return have;
	for(at = 0; at < n; at += size){
		if(r->slotcap-at < BIT32SZ)
			return n;
		size = get4(p+at);
		if(size < BIT32SZ || size > r->slotcap-at)
			return n;
	}
	return at;
}

void redosettle(Redo *r, u32int i)
{
	Slot s;

	s = getslot(r, i);
	if(s.dirty){
		zero(r, bufoff(r, i, !s.which), r->slotcap);
		s.dirty = 0;
	}
	s.have = filled(r, r->p+bufoff(r, i, s.which), s.have);
	setslot(r, i, s);
}
