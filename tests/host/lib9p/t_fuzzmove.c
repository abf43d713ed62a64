/* needs: lib9p fs/ramfs.c fs/env/[a-z]*.c fs/mbox/[a-z]*.c fs/consmux/[a-z]*.c tests/host/lib9p/kinds.c tests/host/lib9p/fifo.c tests/host/lib9p/world.c tests/host/lib9p/gen.c */
/*
 * t_fuzzmove: hostile images.  Those of servers with random clients, damaged
 * and their sums mended, are refused or make a server that goes on serving,
 * hostile clients too, and whose own image is accepted.  Nobody asks for
 * memory out of proportion to the image; nothing is left of what was refused
 * (ASan).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "gen.h"
#include "kinds.h"
#include "host.h"
#include "world.h"

enum {
	Maximage = 1<<20,
	Tag = 4,
	Head = Tag+8+4,		/* of a section */
};

static uchar msg[2*8192+100], ans[MAXMSIZE], img[Maximage], other[Maximage];
static int taken, dropped;

/* requests; live says which fids may be in use already */
static void randomly(World *w, Gen *like, u64int seed, u64int live, int n)
{
	Gen g[Worldconns];
	int i, k;

	for(k = 0; k < Worldconns; k++){
		g[k] = *like;
		g[k].x = seed+k;
		g[k].nfid = 8;
		g[k].ntag = 20;
		g[k].live = live;
	}
	for(i = 0; i < n; i++){
		k = genrand(&g[0], Worldconns);
		g[k].tag = genrand(&g[0], 20);
		worldsend(w, k, msg, genmsg(&g[k], msg, sizeof msg));
		while(worldrecv(w, k, ans, sizeof ans) > 0)
			if((ans[5]|ans[6]<<8) == g[k].tag)
				genlearn(&g[k], ans);
	}
}

/* --- damage --- */
static void put(uchar *p, u64int v, int n)
{
	for(; n > 0; n--, v >>= 8)
		*p++ = v;
}

static u64int get(uchar *p, int n)
{
	u64int v;

	v = 0;
	while(n > 0)
		v = v<<8 | p[--n];
	return v;
}

/* where the i'th section starts, or the image's end */
static usize section(uchar *p, usize n, int i)
{
	usize at;

	at = 15;	/* the magic line */
	at += 2+get(p+at, 2)+1;
	while(i-- > 0 && at < n)
		at += Head+get(p+at+Tag, 8);
	return at;
}

/* change some of the n bytes at p, perhaps make them fewer or more: how many there are */
static usize damage(Gen *g, uchar *p, usize n, usize nother)
{
	usize i, k, from;
	int times;

	for(times = 1+genrand(g, 3); times > 0 && n > 0; times--){
		i = genrand(g, n);
		switch(genrand(g, 7)){
		case 0:
			p[i] ^= 1<<genrand(g, 8);
			break;
		case 1:
			p[i] = genrand(g, 256);
			break;
		case 2:
			p[i] = genrand(g, 2)? 0xFF: 0;
			break;
		case 3:	/* a small number is off by one */
			p[i] += genrand(g, 2)? 1: -1;
			break;
		case 4:	/* some are left out */
			k = 1+genrand(g, 40);
			if(k > n-i)
				k = n-i;
			memmove(p+i, p+i+k, n-i-k);
			n -= k;
			break;
		case 5:	/* or twice there */
			k = 1+genrand(g, 40);
			if(k > n-i)
				k = n-i;
			memmove(p+i+k, p+i, n-i);
			n += k;
			break;
		case 6:	/* or from elsewhere */
			from = genrand(g, nother);
			k = 1+genrand(g, 100);
			if(k > n-i)
				k = n-i;
			if(k > nother-from)
				k = nother-from;
			memmove(p+i, other+from, k);
			break;
		}
	}
	return n;
}

/* an image with one section damaged, in img; keep bytes of the state are as they were */
static usize damaged(Gen *g, Img *m, Img *m2, usize keep)
{
	uchar first[16];
	usize at, end, n, len;
	int sect;

	memmove(img, m->p, m->n);
	memmove(other, m2->p, m2->n);
	sect = 1+genrand(g, 1+Worldconns);
	at = section(img, m->n, sect);
	end = section(img, m->n, sect+1);
	memmove(first, img+at+Head, sizeof first);
	len = damage(g, img+at+Head, end-at-Head, m2->n);
	n = at+Head+len;
	memmove(img+n, m->p+end, m->n-end);
	if(sect == 1 && len >= keep)
		memmove(img+at+Head, first, keep);
	put(img+at+Tag, len, 8);
	put(img+at+Tag+8, quicksum(img+at+Head, len), 4);
	return n + m->n-end;
}

/* --- use --- */
static void try(World *w, Gen *like, Gen *g, usize n)
{
	World new, again;
	Img m;
	uchar *p;
	int ok;

	p = malloc(n);	/* alone, so that ASan sees its end */
	memmove(p, img, n);
	hostbiggest = 0;
	ok = worldrestore(&new, w, p, n) == 0;
	check(hostbiggest < 64*n + 65536);
	free(p);
	if(!ok){
		dropped++;
		return;
	}
	taken++;
	worldgo(&new);
	randomly(&new, like, g->x, 0xFF, 60);
	ok = worldsave(&new, &m) == 0 && worldrestore(&again, &new, m.p, m.n) == 0;
	check(ok);
	imgfree(&m);
	if(ok)
		worldclose(&again);
	worldclose(&new);
}

static void run(Kind *k, u64int seed, int n)
{
	World w;
	Img m, m2;
	Gen g;
	int i;

	worldopen(&w, k->table, k->arg);
	for(i = 0; i < Worldconns; i++)
		worldversion(&w, i);
	randomly(&w, &k->like, seed, 0, 60);
	check(worldsave(&w, &m2) == 0);
	randomly(&w, &k->like, seed*3, 0xFF, 100);
	check(worldsave(&w, &m) == 0);
	g = (Gen){ .x = seed };
	if(2*m.n < Maximage)
		for(i = 0; i < n; i++)
			try(&w, &k->like, &g, damaged(&g, &m, &m2, k->fixed));
	imgfree(&m);
	imgfree(&m2);
	worldclose(&w);
}

/* of an image of little, every byte of the connections is changed in turn */
static void each(Kind *k, int mask)
{
	World w;
	Img m;
	Gen g;
	usize at, i, end;
	int sect;

	worldopen(&w, k->table, k->arg);
	worldversion(&w, 0);
	randomly(&w, &k->like, 5, 0, 60);
	check(worldsave(&w, &m) == 0);
	g = (Gen){ .x = 1 };
	for(sect = 2; sect < 2+Worldconns; sect++){
		at = section(m.p, m.n, sect);
		end = section(m.p, m.n, sect+1);
		for(i = at+Head; i < end; i++){
			memmove(img, m.p, m.n);
			img[i] ^= mask;
			put(img+at+Tag+8, quicksum(img+at+Head, end-at-Head), 4);
			genrand(&g, 2);
			try(&w, &k->like, &g, m.n);
		}
	}
	imgfree(&m);
	worldclose(&w);
}

/* bytes that were never an image */
static void raw(Kind *k, u64int seed)
{
	World w, new;
	Gen g;
	usize n, i;

	worldopen(&w, k->table, k->arg);
	g = (Gen){ .x = seed };
	n = genrand(&g, 200);
	for(i = 0; i < n; i++)
		img[i] = genrand(&g, 256);
	check(worldrestore(&new, &w, img, n) < 0);
	worldclose(&w);
}

int main(int argc, char **argv)
{
	u64int i;
	int k, n;

	n = argc > 1? atoi(argv[1]): 5;
	for(i = 1; i <= (u64int)n; i++)
		for(k = 0; k < nkinds; k++){
			run(&kinds[k], i*0x9E3779B97F4A7C15UL, 40);
			raw(&kinds[k], i*0xD1342543DE82EF95UL);
		}
	for(k = 0; k < nkinds; k++)
		each(&kinds[k], k&1? 0x01: 0x80);
	printf("%d taken, %d refused\n", taken, dropped);
	check(taken > dropped/20 && dropped > taken/20);
	return checkdone();
}
