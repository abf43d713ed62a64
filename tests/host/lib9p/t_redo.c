/* needs: libc/9p/redo.c lib9p/err.c */
/*
 * t_redo: the restart log.  Random operations beside a model; between any two
 * stores, and with any part of a block stored, the memory is copied, as a
 * death would leave it, and must read as before or as after the operation.
 */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "redo.h"
#include "check.h"
#include "host.h"

enum {
	Nslot = 3,
	Cap = 160,
	Most = 256*1024,	/* the memory's greatest size */
	Maxrec = 4096,
	Maxdata = 12000,
};

typedef struct Rec Rec;
typedef struct Model Model;

struct Rec {
	int kind;
	u32int conn, num, n;
	vlong time;
	u32int result;
	u32int hash;		/* of the data */
};

struct Model {
	int have;		/* a checkpoint */
	u32int npre, nimg, hash;
	int nrec;
	Rec rec[Maxrec];
	u32int slotn[Nslot], slotnum[Nslot];
	uchar slot[Nslot][Cap];
};

static Model before, now;
static Redo redo;
static uchar *last;		/* the memory after the last store */
static uchar *copy;
static long snapshots, bothways;
static int refuse;		/* resize says no */
static int inslot = -1;		/* the operation is about this slot */

static u32int hash(const void *p, u32int n)
{
	return crc32(n, p, n);
}

static u32int rnd(u32int n)
{
	return (u32int)random()%n;
}

/* --- reading what is left --- */
static int samelog(Redo *t, Model *m)
{
	Redorec *x;
	uchar *pre, *img;
	u64int npre, nimg;
	Rec *e;
	int i;

	pre = redopre(t, &npre);
	img = redoimage(t, &nimg);
	if(npre != m->npre || nimg != m->nimg || img != pre+npre || hash(pre, npre+nimg) != m->hash)
		return 0;
	x = nil;
	for(i = 0; i < m->nrec; i++){
		e = &m->rec[i];
		if((x = redonext(t, x)) == nil || x->kind != e->kind || x->conn != e->conn || x->num != e->num
		|| x->time != e->time || x->n != e->n || x->result != e->result || hash(x->data, x->n) != e->hash)
			return 0;
	}
	return redonext(t, x) == nil;
}

static int sameslot(Redo *t, Model *m, int i)
{
	uchar *p, *room;
	u32int n, num, left, k;

	p = redoslot(t, i, &n, &num);
	if(n != m->slotn[i] || num != m->slotnum[i] || memcmp(p, m->slot[i], n) != 0)
		return 0;
	room = redoroom(t, i, &left);
	for(k = 0; k < left; k++)
		if(room[k] != 0)
			return 0;
	return room == p+n && n+left == Cap;
}

/* what copy holds must be one of the two */
static void look(u64int size)
{
	Redo t;
	int i, ok;

	snapshots++;
	t = (Redo){ .p = copy, .size = size };
	if(redoopen(&t, "test") < 0){
		check(!before.have || !now.have);
		return;
	}
	ok = now.have && samelog(&t, &now);
	if(!ok && before.have && samelog(&t, &before)){
		bothways++;
		ok = 1;
	}
	check(ok);
	for(i = 0; i < Nslot; i++){
		redosettle(&t, i);
		check(sameslot(&t, &now, i) || (i == inslot && sameslot(&t, &before, i)));
	}
}

/* bytes at off were stored: look at some parts of that, and at all of it */
static void stored(Redo *r, u64int off, u64int n)
{
	u64int k;
	int i;

	for(i = 0; i < 2 && n > 8; i++){
		k = rnd(n);
		memmove(copy, last, r->size);
		memmove(copy+off, r->p+off, k);
		look(r->size);
	}
	memmove(last+off, r->p+off, n);
	memmove(copy, last, r->size);
	look(r->size);
}

static int resize(Redo *r, u64int size)
{
	if(refuse || size > Most){
		werrstr("%s", Enomem);
		return -1;
	}
	if(size < r->size){
		memset(r->p+size, 0, r->size-size);
		memset(last+size, 0, r->size-size);
	}
	r->size = size;
	return 0;
}

/* --- operations: the model is told first --- */
static void fill(uchar *p, u32int n)
{
	u32int i;

	for(i = 0; i < n; i++)
		p[i] = rnd(3) == 0? 0: random();
}

static void checkpoint(void)
{
	static uchar data[2*Maxdata];
	u64int gen;
	int r;

	before = now;
	now.have = 1;
	now.npre = rnd(100);
	now.nimg = rnd(8) == 0? rnd(Maxdata): rnd(300);
	fill(data, now.npre+now.nimg);
	now.hash = hash(data, now.npre+now.nimg);
	now.nrec = 0;
	refuse = rnd(4) == 0;
	gen = redo.gen;
	r = redocheckpoint(&redo, data, now.npre, data+now.npre, now.nimg);
	check(r == 0 || refuse);
	check(redo.gen == gen + (r == 0));
	if(r < 0)
		now = before;
	refuse = 0;
}

static void forget(void)
{
	before = now;
	now.have = 0;
	now.nrec = 0;
	redoforget(&redo);
	check(redoleft(&redo) == 0);
}

static void append(void)
{
	uchar data[Maxdata];
	Redorec *x;
	Rec *e;

	before = now;
	e = &now.rec[now.nrec++];
	*e = (Rec){ .kind = 1+rnd(3), .conn = rnd(1000), .num = random(), .time = random() };
	e->n = rnd(20) == 0? rnd(Maxdata): rnd(60);
	fill(data, e->n);
	e->hash = hash(data, e->n);
	x = redolog(&redo, e->kind, e->conn, e->num, e->time, data, e->n);
	if(x == nil){
		now = before;
		checkpoint();
		return;
	}
	before = now;
	e->result = 1+rnd(2);
	redoresult(&redo, x, e->result);
}

/* whole messages come, as many as a write of the client's brings */
static void arrive(int i)
{
	uchar *p;
	u32int n, size, left;

	before = now;
	p = redoroom(&redo, i, &left);
	for(n = 0; left-n >= 7 && rnd(3) != 0; n += size){
		size = 7+rnd(40);
		if(size > left-n)
			size = left-n;
		memset(p+n, 0, size);
		p[n] = size;
		fill(p+n+4, rnd(size-3));
	}
	memmove(now.slot[i]+now.slotn[i], p, n);
	now.slotn[i] += n;
	if(n == 0)
		return;
	memmove(last+(p-redo.p), p, n);
	memmove(copy, last, redo.size);
	look(redo.size);
	redoread(&redo, i, n);
}

static void drop(int i)
{
	u32int k, n;

	before = now;
	n = 0;
	for(k = 0; k < now.slotn[i] && rnd(4) != 0; k += now.slot[i][k])
		n++;
	now.slotn[i] -= k;
	now.slotnum[i] += n;
	memmove(now.slot[i], now.slot[i]+k, now.slotn[i]);
	redodrop(&redo, i, k, now.slotnum[i]);
}

/* go on as a new process, from what is there */
static void reopen(void)
{
	Redo t;
	int i;

	if(!now.have)
		return;
	before = now;
	t = (Redo){ .p = redo.p, .size = redo.size, .resize = resize, .step = stored, .leastlog = redo.leastlog };
	check(redoopen(&t, "test") == 0);
	check(t.at == redo.at && t.end == redo.end && t.arena == redo.arena && t.gen == redo.gen);
	redo = t;
	for(i = 0; i < Nslot; i++)
		redosettle(&redo, i);
}

static void begin(void)
{
	memset(redo.p, 0, Most);
	memset(last, 0, Most);
	memset(&now, 0, sizeof now);
	before = now;
	redo = (Redo){ .p = redo.p, .resize = resize, .step = stored, .leastlog = 2048 };
	redo.size = redoleast(&redo, Nslot, Cap);
	check(redoformat(&redo, "test", Nslot, Cap) == 0);
	check(redolog(&redo, 1, 0, 0, 0, nil, 0) == nil);
}

static void property(int rounds)
{
	int i, k;

	begin();
	for(i = 0; i < rounds; i++){
		k = rnd(Nslot);
		inslot = -1;
		if(rnd(100) == 0)
			forget();
		switch(rnd(20)){
		case 0:
			checkpoint();
			break;
		case 1:
			reopen();
			break;
		case 2: case 3: case 4: case 5:
			inslot = k;
			arrive(k);
			break;
		case 6: case 7: case 8:
			inslot = k;
			drop(k);
			break;
		default:
			append();
			break;
		}
	}
}

/* --- what is not a log, or not all of one --- */
static void wild(void)
{
	uchar *p;
	Redo t;
	Redorec *x;
	u32int n, num;
	int i, k, opened;

	begin();
	redo.step = nil;
	checkpoint();
	for(i = 0; i < 50; i++)
		append();
	opened = 0;
	for(i = 0; i < 3000; i++){
		p = malloc(redo.size);
		memmove(p, redo.p, redo.size);
		for(k = rnd(4); k >= 0; k--)
			p[rnd(4) == 0? rnd(redo.size): rnd(8192)] = random();
		t = (Redo){ .p = p, .size = rnd(3) == 0? rnd(redo.size+1): redo.size };
		if(redoopen(&t, "test") == 0){
			opened++;
			for(x = nil; (x = redonext(&t, x)) != nil; )
				check((uchar*)x+x->len <= p+t.size && x->n <= x->len);
			for(k = 0; k < (int)t.nslot; k++){
				redosettle(&t, k);
				redoslot(&t, k, &n, &num);
				check(n <= t.slotcap);
			}
		}
		free(p);
	}
	check(opened > 100 && opened < 3000);
	t = redo;
	check(redoopen(&t, "other") < 0);
}

/* a byte of the checkpoint or of a record that is not what was stored is found */
static void damaged(void)
{
	Redo t;
	Redorec *x;
	u64int n;
	uchar *p;
	int k;

	begin();
	redo.step = nil;
	while(!now.have || now.nimg == 0)
		checkpoint();
	p = redoimage(&redo, &n);
	t = (Redo){ .p = redo.p, .size = redo.size };
	check(redoopen(&t, "test") == 0 && t.gen == redo.gen);
	p[rnd(n)] ^= 1<<rnd(8);
	check(redoopen(&t, "test") < 0);

	while(redo.gen < 10)
		checkpoint();
	x = redolog(&redo, 1, 2, 3, 4, "0123456789", 10);
	for(k = 4; k < (int)(sizeof *x)+10; k++){
		if(k >= (int)__builtin_offsetof(Redorec, result) && k < (int)sizeof *x)
			continue;
		((uchar*)x)[k] ^= 0x10;
		check(redonext(&redo, nil) == nil);
		((uchar*)x)[k] ^= 0x10;
		check(redonext(&redo, nil) == x);
	}
}

int main(int argc, char **argv)
{
	u32int seed;
	int i;

	seed = argc > 1? (u32int)atoi(argv[1]): 1;
	srandom(seed);
	redo.p = malloc(Most);
	last = malloc(Most);
	copy = malloc(Most);
	for(i = 0; i < 6; i++)
		property(400);
	printf("%ld deaths, %ld of them before\n", snapshots, bothways);
	check(snapshots > 5000 && bothways > 1000);
	wild();
	damaged();
	free(redo.p);
	free(last);
	free(copy);
	return checkdone();
}
