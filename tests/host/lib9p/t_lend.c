/* needs: lib9p fs/ramfs.c tests/host/lib9p/world.c */
/*
 * t_lend: answers to long reads refer to the file's own memory until they are
 * sent.  Whatever becomes of the file meanwhile, they say what was there when
 * the server answered; and nothing of it is left when they are gone.
 */
#include <stdio.h>
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "host.h"
#include "world.h"

extern Srv ramfssrv;

enum { Size = 70000, Msize = 65536+IOHDRSZ };

static World w;
static uchar was[Size], got[Msize], msg[Msize];
static u16int tag;

static void put(int i, Fcall *f)
{
	u32int n;

	f->tag = ++tag;
	n = convS2M(f, msg, sizeof msg);
	if(n == 0)
		abort();
	worldsend(&w, i, msg, n);
}

/* the answer that waits, which is no error */
static u32int answer(int i)
{
	int n;

	n = worldrecv(&w, i, got, sizeof got);
	check(n >= 7 && got[4] != Rerror);
	return n;
}

static void ask(int i, Fcall f)
{
	put(i, &f);
	answer(i);
}

static void writeat(int i, vlong off, u32int n, int c)
{
	static uchar data[Msize];

	memset(data, c, n);
	ask(i, (Fcall){ .type = Twrite, .fid = 2, .offset = off, .count = n, .data = (char*)data });
	if(off + n <= Size)
		memset(was+off, c, n);
}

static void session(int i)
{
	tag = NOTAG-1;
	ask(i, (Fcall){ .type = Tversion, .msize = Msize, .version = VERSION9P });
	w.c[i]->lends = 1;
	ask(i, (Fcall){ .type = Tattach, .fid = 1, .afid = NOFID, .uname = "glenda", .aname = "" });
	ask(i, (Fcall){ .type = Twalk, .fid = 1, .newfid = 2 });
}

/* a file with a hole at a clean start, open by two */
static void fresh(void)
{
	memset(was, 0, sizeof was);
	worldopenn(&w, &ramfssrv, nil, 2, Msize);
	session(0);
	session(1);
	ask(0, (Fcall){ .type = Tcreate, .fid = 2, .name = "f", .perm = 0666, .mode = ORDWR });
	ask(1, (Fcall){ .type = Twalk, .fid = 1, .newfid = 3, .nwname = 1, .wname = { "f" } });
	ask(1, (Fcall){ .type = Topen, .fid = 3, .mode = OREAD });
	writeat(0, 0, 20000, 'a');
	writeat(0, 50000, 20000, 'b');
}

static void readat(vlong off, u32int n)
{
	put(1, &(Fcall){ .type = Tread, .fid = 3, .offset = off, .count = n });
}

/* the answer to readat says what then was in the file */
static void same(uchar *then, vlong off, u32int n)
{
	check(answer(1) == n + RREADHDR);
	check(memcmp(got+RREADHDR, then+off, n) == 0);
}

static void lengthen(u32int n)
{
	uchar rec[200];
	Dir d;

	dirnull(&d);
	d.length = n;
	ask(0, (Fcall){ .type = Twstat, .fid = 2, .nstat = convD2M(&d, rec, sizeof rec), .stat = rec });
}

static void overwrite(void)
{
	uchar then[Size];
	int i;

	fresh();
	memmove(then, was, Size);
	readat(100, 60000);
	for(i = 0; i < 10; i++)
		writeat(0, 5000*i, 7000, 'c'+i);
	same(then, 100, 60000);
	readat(0, 65536);
	same(was, 0, 65536);
	worldclose(&w);
}

static void truncated(void)
{
	fresh();
	readat(0, 65536);
	lengthen(10);
	lengthen(Size);
	same(was, 0, 65536);
	readat(3, 5000);
	check(answer(1) == 5000+RREADHDR && got[RREADHDR+6] == 'a' && got[RREADHDR+7] == 0);
	worldclose(&w);
}

static void removed(void)
{
	fresh();
	readat(4000, 65536);
	ask(0, (Fcall){ .type = Tremove, .fid = 2 });
	ask(1, (Fcall){ .type = Tclunk, .fid = 3 });
	worldclose(&w);		/* its clients left: the answer is never sent */

	fresh();
	readat(4000, 65536);
	ask(0, (Fcall){ .type = Tremove, .fid = 2 });
	put(1, &(Fcall){ .type = Tclunk, .fid = 3 });
	same(was, 4000, 65536);
	answer(1);
	worldclose(&w);
}

/* a first chunk that is small, and grows while it is lent */
static void small(void)
{
	fresh();
	lengthen(2000);
	readat(0, 2000);
	writeat(0, 1000, 7000, 'x');
	check(answer(1) == 2000+RREADHDR && got[RREADHDR+1500] == 'a');
	readat(0, 8000);
	same(was, 0, 8000);
	worldclose(&w);
}

/* what was lent is in the image too */
static void moved(void)
{
	fresh();
	readat(0, 65536);
	worldmove(&w);
	writeat(0, 0, 20000, 'z');
	check(answer(1) == 65536+RREADHDR && got[RREADHDR] == 'a' && got[RREADHDR+55000] == 'b');
	worldclose(&w);
}

/* an answer of connquick's to conn 1: its bytes, parts put together, into got */
static u32int quickread(Lend *d, vlong off, u32int n)
{
	u32int k;

	w.c[1]->lend = d;
	tag++;
	k = convS2M(&(Fcall){ .type = Tread, .tag = tag, .fid = 3, .offset = off, .count = n }, msg, sizeof msg);
	memset(got, 0xAA, sizeof got);
	k = connquick(w.c[1], msg, k, got, sizeof got);
	w.c[1]->lend = nil;
	return k;
}

/* what d has lent, as the answer in got */
static void gather(Lend *d, u32int len)
{
	static uchar all[Msize];
	Iopart *p;
	u32int i, n, at;

	n = lendparts(d, got, &p);
	at = 0;
	for(i = 0; i < n; at += p[i++].n)
		memmove(all+at, p[i].p, p[i].n);
	check(at == len);
	memmove(got, all, at);
}

static void quick(void)
{
	Lend d = { .l = {} };
	uchar then[Size];

	fresh();
	memmove(then, was, Size);
	check(quickread(&d, 7000, 9000) == 9000+RREADHDR && d.l.npart == 3);
	check(got[RREADHDR] == 0xAA);		/* it was not copied */
	writeat(0, 0, 20000, 'q');
	gather(&d, 9000+RREADHDR);
	check(memcmp(got+RREADHDR, then+7000, 9000) == 0);
	lendover(&d);
	check(d.l.npart == 0 && d.r.aux == nil);

	memmove(then, was, Size);
	check(quickread(&d, 100, 4096) == 4096+RREADHDR && d.l.npart == 2);
	writeat(0, 0, 20000, 'r');
	lendput(&d);
	check(d.l.npart == 0 && memcmp(got+RREADHDR, then+100, 4096) == 0);
	check(d.r.aux != nil);
	check(quickread(&d, 0, 4096) == 4096+RREADHDR && got[RREADHDR] == 'r');	/* not before lendover */
	lendover(&d);
	check(quickread(&d, 0, 1023) == 1023+RREADHDR && d.l.npart == 0 && d.r.aux == nil);
	check(quickread(&d, 0, 65536) == 65536+RREADHDR && d.l.npart == 0);	/* more parts than there is room for */
	check(memcmp(got+RREADHDR, was, 65536) == 0);
	check(quickread(&d, Size, 4096) == RREADHDR && d.l.npart == 0);
	lendover(&d);
	worldclose(&w);
}

/* no memory for a copy: the write fails, and the file is as it was */
static void nomemory(void)
{
	uchar then[Size];

	fresh();
	memmove(then, was, Size);
	readat(0, 16384);
	hostfail = 1;
	put(0, &(Fcall){ .type = Twrite, .fid = 2, .offset = 5, .count = 3, .data = "xyz" });
	hostfail = 0;
	check(worldrecv(&w, 0, got, sizeof got) > 0 && got[4] == Rerror);
	same(then, 0, 16384);
	readat(0, 16384);
	same(then, 0, 16384);
	worldclose(&w);
}

int main(void)
{
	overwrite();
	truncated();
	removed();
	small();
	moved();
	quick();
	nomemory();
	return checkdone();
}
