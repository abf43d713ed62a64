/*
 * image.c: the pages of program files.
 *
 * An image is named by its file's {dev, qid}, version included, so a changed
 * file is another image.  It is in use while segments refer to it; then it
 * has a channel to read by.  When no longer in use it closes the channel and
 * stays, with its pages, until they are wanted for something else.
 *
 * A slot of the table is empty, a page with the image's own reference, or
 * busy: being read.  Text segments map an image's pages without further
 * references; imagetrim looks them up through the segments before it takes
 * a page away.  It marks the page SlotOut first; who finds it in that state
 * makes it SlotPage again, and it stays.  Finding and mapping happen under
 * Segment.lk, unmapping too, so none slips through.
 *
 * Locks: images.lk (names, lists, ref, c) or Image.lk (the table, size), one
 * at a time, both within Segment.lk.  Memory may be asked for under
 * Image.lk; as that may lead to imagereclaim, that one only tries for locks,
 * and touches no image in use.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "segment.h"

enum {
	Nhash = 32,
	Cluster = 8,	/* pages read at a time */
	Ndirect = 4,
	Patience = 100,	/* tries when a read fails for lack of memory */
	Maxidle = 256,	/* images not in use: their headers are the kernel's own memory */
	Maxtexts = 8,	/* text segments of one image that imagetrim deals with */
};

struct Image {
	Lock lk;
	long ref;
	u32int dev;
	Qid qid;
	int cached;		/* in the hash table */
	Chan *c;
	uchar *(*direct)(Fid*, vlong);
	Ptab tab;
	u64int size;		/* of the file, when a read came up short */
	u64int hand;		/* imagetrim's */
	Rendez wait;
	u32int gen;		/* goes up when a busy slot no longer is */
	Segment *texts;
	Image *hash;
	Image *next, *prev;	/* in use, or idle */
};

typedef struct List List;
struct List { Image *head, *tail; };

static struct {
	Lock lk;
	Image *hash[Nhash];
	List inuse;
	List idle;		/* longest first */
	u32int nidle;
} images;

static struct {
	Srv *srv;
	uchar *(*page)(Fid*, vlong);
} direct[Ndirect];

void imagedirect(Srv *s, uchar *(*page)(Fid*, vlong))
{
	int i;

	for(i = 0; i < Ndirect; i++)
		if(direct[i].srv == nil || direct[i].srv == s){
			direct[i].page = page;
			direct[i].srv = s;
			return;
		}
	panic("imagedirect: more than %d servers", Ndirect);
}

static void listadd(List *l, Image *img)
{
	img->next = nil;
	img->prev = l->tail;
	if(l->tail != nil)
		l->tail->next = img;
	else
		l->head = img;
	l->tail = img;
}

static void listdel(List *l, Image *img)
{
	if(img->prev != nil)
		img->prev->next = img->next;
	else
		l->head = img->next;
	if(img->next != nil)
		img->next->prev = img->prev;
	else
		l->tail = img->prev;
}

static Image **bucket(u32int dev, u64int path)
{
	return &images.hash[(dev*31 + path + (path>>32)) % Nhash];
}

/* images.lk is held from here ... */

static void idleadd(Image *img)
{
	listadd(&images.idle, img);
	images.nidle++;
}

static void idledel(Image *img)
{
	listdel(&images.idle, img);
	images.nidle--;
}

static void unhash(Image *img)
{
	Image **h;

	for(h = bucket(img->dev, img->qid.path); *h != nil; h = &(*h)->hash)
		if(*h == img){
			*h = img->hash;
			break;
		}
	img->cached = 0;
}

static Image *lookup(Chan *c)
{
	Image *img;

	for(img = *bucket(c->dev, c->qid.path); img != nil; img = img->hash)
		if(img->dev == c->dev && img->qid.path == c->qid.path
		&& img->qid.vers == c->qid.vers && img->qid.type == c->qid.type)
			return img;
	return nil;
}

/* an idle image of another version of c's file, no longer found nor listed */
static Image *oldversion(Chan *c)
{
	Image *img;

	for(img = *bucket(c->dev, c->qid.path); img != nil; img = img->hash)
		if(img->ref == 0 && img->dev == c->dev && img->qid.path == c->qid.path){
			unhash(img);
			idledel(img);
			return img;
		}
	return nil;
}

static void use(Image *img, Chan *c)
{
	if(img->ref++ > 0)
		return;
	idledel(img);
	listadd(&images.inuse, img);
	img->c = c;
	chanincref(c);
}

/* ... to here */

static void imagefree(Image *img)
{
	u64int i, v;

	for(i = ptabnext(&img->tab, 0); i != NoSlot; i = ptabnext(&img->tab, i+1)){
		v = *ptabget(&img->tab, i);
		if((v & SlotState) != SlotBusy)
			pagefree(slotpa(v));
	}
	ptabfree(&img->tab);
	free(img);
}

static Image *imagenew(Chan *c)
{
	Image *img;
	int i;

	img = mallocz(sizeof *img, 1);
	if(img == nil)
		return nil;
	img->dev = c->dev;
	img->qid = c->qid;
	img->size = ~0UL;
	ptabinit(&img->tab);
	for(i = 0; i < Ndirect; i++)
		if(c->fid != nil && direct[i].srv != nil && c->fid->srv == direct[i].srv)
			img->direct = direct[i].page;
	return img;
}

Image *imageopen(Chan *c)
{
	Image *img, *new, *old;
	int fixed;

	fixed = chanfixed(c);
	old = new = nil;
	for(;;){
		lock(&images.lk);
		img = fixed? lookup(c): nil;
		if(img == nil && new != nil){
			img = new;
			new = nil;
			if(fixed){
				old = oldversion(c);
				img->hash = *bucket(c->dev, c->qid.path);
				*bucket(c->dev, c->qid.path) = img;
				img->cached = 1;
			}
			idleadd(img);
		}
		if(img != nil)
			use(img, c);
		unlock(&images.lk);
		if(img != nil)
			break;
		new = imagenew(c);
		if(new == nil)
			return nil;
	}
	if(new != nil)
		imagefree(new);
	if(old != nil)
		imagefree(old);
	return img;
}

void imageincref(Image *img)
{
	lock(&images.lk);
	img->ref++;
	unlock(&images.lk);
}

void imageput(Image *img)
{
	Chan *c;
	Image *old;
	int dead;

	c = nil;
	old = nil;
	dead = 0;
	lock(&images.lk);
	if(--img->ref == 0){
		c = img->c;
		img->c = nil;
		listdel(&images.inuse, img);
		dead = !img->cached || img->tab.nused == 0;
		if(!dead)
			idleadd(img);
		else if(img->cached)
			unhash(img);
		if(images.nidle > Maxidle){
			old = images.idle.head;
			unhash(old);
			idledel(old);
		}
	}
	unlock(&images.lk);
	if(dead)
		imagefree(img);
	if(old != nil)
		imagefree(old);
	if(c != nil)
		chanclose(c);
}

Chan *imagechan(Image *img)
{
	Chan *c;

	lock(&images.lk);
	c = img->c;
	if(c != nil)
		chanincref(c);
	unlock(&images.lk);
	return c;
}

u64int imagesize(Image *img)
{
	return img->size;
}

/* a page used in place, put into the table; img->lk is held */
static u64int directpage(Image *img, u64int pg)
{
	uchar *p;

	if(img->direct == nil || pg >= 1UL<<51)
		return 0;
	p = img->direct(img->c->fid, pg<<PGSHIFT);
	if(p == nil || (uintptr)p & (PGSZ-1) || pagefixed(paddr(p)) < 0)
		return 0;
	if(ptabput(&img->tab, pg, paddr(p)|SlotPage) == nil)
		return 0;
	return paddr(p);
}

/* the page that is here, or 0; img->lk is held */
static inline u64int pagehere(Image *img, u64int pg)
{
	u64int *v, pa;

	v = ptabget(&img->tab, pg);
	if(v == nil)
		return directpage(img, pg);
	if((*v & SlotState) == SlotBusy)
		return 0;
	pa = slotpa(*v);
	*v = pa|SlotPage;
	return pa;
}

void imagefindn(Image *img, u64int pg, u64int *pa, int n)
{
	int i;

	lock(&img->lk);
	for(i = 0; i < n; i++)
		pa[i] = pagehere(img, pg+i);
	unlock(&img->lk);
}

u64int imagefind(Image *img, u64int pg, int ref)
{
	u64int pa;

	lock(&img->lk);
	pa = pagehere(img, pg);
	if(pa != 0 && ref)
		pageincref(pa);
	unlock(&img->lk);
	return pa;
}

/* reading */

typedef struct Load Load;
struct Load {
	Image *img;
	u64int pg;
	u64int n;
	uchar *page[Cluster];
};

/* make up to n empty slots from pg on busy: how many */
static u64int claim(Image *img, u64int pg, u64int n)
{
	u64int i;

	for(i = 0; i < n; i++)
		if(ptabget(&img->tab, pg+i) != nil || ptabput(&img->tab, pg+i, SlotBusy) == nil)
			break;
	return i;
}

/* slots from i on are empty again; img->lk is held */
static void unclaim(Load *l, u64int i)
{
	for(; i < l->n; i++)
		ptabdel(&l->img->tab, l->pg+i);
}

/* pages for the busy slots, or for fewer of them if there are not so many */
static void getpages(Load *l)
{
	u64int pa, i;

	for(i = 0; i < l->n; i++){
		pa = userpage(0);
		if(pa == 0)
			break;
		l->page[i] = kaddr(pa);
	}
	lock(&l->img->lk);
	unclaim(l, i);
	if(i < l->n)
		l->img->gen++;
	unlock(&l->img->lk);
	if(i < l->n)
		wakeup(&l->img->wait);
	l->n = i;
}

/* fill the pages: bytes, less at the end of the file and, with *err, when a read failed */
static u64int readpages(Load *l, int *err)
{
	u64int done;
	Buf b;
	long r;

	*err = 0;
	for(done = 0; done < l->n*PGSZ; done += r){
		b = (Buf){ .page = &l->page[done/PGSZ], .off = done%PGSZ, .n = l->n*PGSZ - done };
		r = chanreadbuf(l->img->c, &b, (l->pg<<PGSHIFT) + done);
		if(r < 0 || r > (long)b.n){
			*err = 1;
			break;
		}
		if(r == 0)
			break;
	}
	return done;
}

/*
 * done bytes have been read: whole pages, and the last of the file, take
 * their places.  The first page does even if the file ends before it, for
 * the size to be found.
 */
static int finish(Load *l, u64int done, int err)
{
	u64int i, n;

	n = done/PGSZ;
	if(!err && done < l->n*PGSZ){
		if(done%PGSZ != 0 || done == 0)
			memset(l->page[n++] + done%PGSZ, 0, PGSZ - done%PGSZ);
	}
	lock(&l->img->lk);
	for(i = 0; i < n; i++)
		ptabput(&l->img->tab, l->pg+i, paddr(l->page[i])|SlotPage);
	unclaim(l, n);
	if(!err && done < l->n*PGSZ)
		l->img->size = MIN(l->img->size, (l->pg<<PGSHIFT) + done);
	l->img->gen++;
	unlock(&l->img->lk);
	wakeup(&l->img->wait);
	for(i = n; i < l->n; i++)
		pagefree(paddr(l->page[i]));
	return n > 0? 0: -1;
}

static int load(Image *img, u64int pg, u64int n, int killonly)
{
	Load l = { .img = img, .pg = pg, .n = n };
	u64int done;
	int err;

	getpages(&l);
	if(l.n == 0)
		return memwait();
	up->killonly += killonly;
	done = readpages(&l, &err);
	up->killonly -= killonly;
	return finish(&l, done, err);
}

static int loadonce(Image *img, u64int pg, u64int npg, int killonly)
{
	u64int *v, n;
	u32int gen;

	n = 0;
	lock(&img->lk);
	v = ptabget(&img->tab, pg);
	if(v == nil)
		n = claim(img, pg, MIN(npg, Cluster));
	else if((*v & SlotState) != SlotBusy){
		unlock(&img->lk);
		return 0;
	}
	gen = img->gen;
	unlock(&img->lk);
	if(n > 0)
		return load(img, pg, n, killonly);
	if(v == nil)
		return memwait();
	return waitgen(&img->wait, &img->gen, gen);
}

/*
 * The server, or what lies between, may be short of memory too, and in
 * pieces larger than a page; that passes.
 */
int imageload(Image *img, u64int pg, u64int npg, int killonly)
{
	int i, r;

	for(i = 0; ; i++){
		r = loadonce(img, pg, npg, killonly);
		if(r == 0 || i == Patience || strcmp(geterr(), Enomem) != 0 || memnap() < 0)
			break;
		npg = 1;
	}
	return r;
}

/* text segments */

static Segment *findtext(Image *img, uintptr base, uintptr top, u64int fstart, u64int flen, u32int attr)
{
	Segment *s;

	for(s = img->texts; s != nil; s = s->imgnext)
		if(s->base == base && s->top == top && s->fstart == fstart && s->flen == flen && s->attr == attr && segtryref(s))
			return s;
	return nil;
}

Segment *imagetext(Image *img, uintptr base, uintptr top, u64int fstart, u64int flen, u32int attr)
{
	Segment *s, *new;

	lock(&images.lk);
	s = findtext(img, base, top, fstart, flen, attr);
	unlock(&images.lk);
	if(s != nil)
		return s;
	new = segnew(SegText, attr, base, top);
	if(new == nil)
		return nil;
	new->fstart = fstart;
	new->flen = flen;
	new->image = img;
	lock(&images.lk);
	img->ref++;
	new->imgnext = img->texts;
	img->texts = new;
	unlock(&images.lk);
	return new;
}

void imageuntext(Segment *s)
{
	Segment **p;

	if(s->image == nil)
		return;
	lock(&images.lk);
	for(p = &s->image->texts; *p != nil; p = &(*p)->imgnext)
		if(*p == s){
			*p = s->imgnext;
			break;
		}
	unlock(&images.lk);
}

/* making room */

u64int (*cachehook)(u64int);

u64int imagereclaim(u64int n)
{
	Image *img, *next;
	u64int freed;

	freed = cachehook == nil? 0: cachehook(n);
	if(freed >= n || images.idle.head == nil || !canlock(&images.lk))
		return freed;
	for(img = images.idle.head; img != nil && freed < n; img = next){
		next = img->next;
		freed += img->tab.nused;
		unhash(img);
		idledel(img);
		imagefree(img);
	}
	unlock(&images.lk);
	return freed;
}

/* the text segments that may map img's page pg, referenced; -1: too many */
static int texts(Image *img, u64int pg, Segment **seg)
{
	Segment *s;
	int n;

	n = 0;
	lock(&images.lk);
	for(s = img->texts; s != nil && n <= Maxtexts; s = s->imgnext){
		if(pg < s->fstart>>PGSHIFT || pg - (s->fstart>>PGSHIFT) >= (s->top - s->base)>>PGSHIFT)
			continue;
		if(segtryref(s)){
			if(n < Maxtexts)
				seg[n] = s;
			n++;
		}
	}
	unlock(&images.lk);
	return n;
}

/* has any process used the page since this was last asked; if not, it is mapped no longer */
static int unmapunused(Segment *s, u64int pg)
{
	Seglink *l;
	uintptr va;
	Mmu *m;
	int used;

	va = s->base + (pg<<PGSHIFT) - s->fstart;
	used = 0;
	qlock(&s->lk);
	for(l = s->links; l != nil; l = l->next)
		if((m = linkmmu(l)) != nil && mmuused(m, va, 1))
			used = 1;
	if(!used)
		segunmap(s, va, va+PGSZ, nil);
	qunlock(&s->lk);
	return used;
}

static int pageunused(Image *img, u64int pg)
{
	Segment *seg[Maxtexts+1];
	int i, n, used;

	n = texts(img, pg, seg);
	used = n > Maxtexts;
	n = MIN(n, Maxtexts);
	for(i = 0; i < n; i++)
		if(!used && unmapunused(seg[i], pg))
			used = 1;
	for(i = 0; i < n; i++)
		segput(seg[i]);
	return !used;
}

/* the next page of img that only the image refers to, marked; NoSlot: none, the hand is back at the start */
static u64int mark(Image *img)
{
	u64int i, *v;

	lock(&img->lk);
	for(i = ptabnext(&img->tab, img->hand); i != NoSlot; i = ptabnext(&img->tab, i+1)){
		v = ptabget(&img->tab, i);
		if((*v & SlotState) == SlotPage && pageref(slotpa(*v)) == 1){
			*v = slotpa(*v)|SlotOut;
			break;
		}
	}
	img->hand = i == NoSlot? 0: i+1;
	unlock(&img->lk);
	return i;
}

/* drop a marked page, unless somebody found it since; 1: dropped */
static int drop(Image *img, u64int pg, int unused)
{
	u64int *v, pa;

	pa = 0;
	lock(&img->lk);
	v = ptabget(&img->tab, pg);
	if(v != nil && (*v & SlotState) == SlotOut){
		*v = slotpa(*v)|SlotPage;
		if(unused){
			pa = slotpa(*v);
			ptabdel(&img->tab, pg);
		}
	}
	unlock(&img->lk);
	if(pa == 0)
		return 0;
	pagefree(pa);
	return 1;
}

/* the image in use that was looked at longest ago, referenced */
static Image *nextinuse(u64int *count)
{
	Image *img;

	lock(&images.lk);
	img = images.inuse.head;
	if(img != nil){
		listdel(&images.inuse, img);
		listadd(&images.inuse, img);
		img->ref++;
	}
	*count = 0;
	for(Image *i = images.inuse.head; i != nil; i = i->next)
		++*count;
	unlock(&images.lk);
	return img;
}

u64int imagetrim(u64int want)
{
	u64int freed, pg, i, n;
	Image *img;

	freed = 0;
	n = 1;
	for(i = 0; i < n && freed < want; i++){
		img = nextinuse(&n);
		if(img == nil)
			break;
		while(freed < want && (pg = mark(img)) != NoSlot)
			freed += drop(img, pg, pageunused(img, pg));
		imageput(img);
	}
	return freed;
}
