/* world.c: see world.h */
#include <stdlib.h>
#include <stdio.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "world.h"

void *__real_malloc(usize);

static int nopened;	/* some connections lend, others copy: the answers are the same */

typedef struct Wmsg Wmsg;
struct Wmsg {
	Mreq m;
	Held *h;	/* where the message is, or in m.msg */
};

static void *must(usize n)
{
	void *p;

	if((p = __real_malloc(n)) == nil)
		abort();
	memset(p, 0, n);
	return p;
}

static void msgfree(Mreq *m)
{
	Wmsg *g;
	Srv *s;

	g = (Wmsg*)m;
	s = m->r.srv;
	if(s->destroyreq != nil && m->r.aux != nil)
		s->destroyreq(&m->r);
	if(g->h != nil)
		heldfree(g->h);
	free(m->rbuf);
	free(m->msg);
	free(g);
}

static void keep(Conn *c)
{
	USED(c);
}

static void drop(Conn *c)
{
	Mreq *m;

	while((m = connout(c)) != nil)
		msgfree(m);
}

static void hang(Conn *c)
{
	c->reply = drop;
	drop(c);
	connhangup(c);
	connclose(c);
}

static void connopen(World *w, int i)
{
	if((w->c[i] = connnew(w->s)) == nil)
		abort();
	w->c[i]->reply = keep;
	w->c[i]->lends = ++nopened%3 != 0;
	w->sent[i] = nil;
}

void worldversion(World *w, int i)
{
	static uchar v[] = { 19,0,0,0, Tversion, 0xFF,0xFF, 0x18,0x20,0,0, 6,0, '9','P','2','0','0','0' };

	worldsend(w, i, v, sizeof v);
}

static Srv *srvcopy(Srv *table, u32int msize)
{
	Srv *s;

	s = must(sizeof *s);
	*s = *table;
	s->owner = "glenda";
	s->msize = msize;
	return s;
}

void worldopen(World *w, Srv *table, char *arg)
{
	worldopenn(w, table, arg, Worldconns, Worldmsize);
}

void worldopenn(World *w, Srv *table, char *arg, int n, u32int msize)
{
	int i;

	w->table = table;
	w->n = n;
	w->msize = msize;
	w->s = srvcopy(table, msize);
	if(w->s->init(w->s, arg) < 0)
		abort();
	for(i = 0; i < w->n; i++)
		connopen(w, i);
}

static void sentfree(World *w, int i)
{
	Held *h;

	while((h = w->sent[i]) != nil){
		w->sent[i] = h->next;
		heldfree(h);
	}
}

void worldclose(World *w)
{
	int i;

	for(i = 0; i < w->n; i++){
		hang(w->c[i]);
		sentfree(w, i);
	}
	srvreap(w->s);
	w->s->fini(w->s);
	free(w->s);
}

void worldhang(World *w, int i)
{
	hang(w->c[i]);
	sentfree(w, i);
	connopen(w, i);
}

void worldsend(World *w, int i, uchar *msg, u32int n)
{
	Wmsg *g;

	g = must(sizeof *g);
	g->m.msg = must(n+1);
	memmove(g->m.msg, msg, n);
	connmsg(w->c[i], g->m.msg, n, &g->m);
}

void worldhold(World *w, int i, uchar *msg, u32int n)
{
	Held *h;

	h = must(sizeof *h + n);
	h->kind = HeldNew;
	h->n = n;
	memmove(h->msg, msg, n);
	heldadd(w->c[i], h);
}

static void sentadd(World *w, int i, Held *h)
{
	Held **l;

	for(l = &w->sent[i]; *l != nil; l = &(*l)->next)
		;
	*l = h;
	h->next = nil;
}

void worldgo(World *w)
{
	Held *h;
	Wmsg *g;
	int i;

	while((h = heldnext(w->c, w->n, &i)) != nil){
		if(h->kind == HeldAnswer){
			sentadd(w, i, h);
			continue;
		}
		g = must(sizeof *g);
		g->h = h;
		connheld(w->c[i], h, &g->m);
	}
}

/* m's answer to the max bytes at buf */
static u32int take(Mreq *m, uchar *buf, u32int max)
{
	Iopart *part, one;
	uchar *p;
	u32int n, np, i;

	if((n = connparts(m, &part, &np)) == 0){
		n = connanswer(m, &p);
		one = (Iopart){ p, n };
		part = &one;
		np = 1;
	}
	if(n > max)
		abort();
	for(i = 0; i < np; i++){
		memmove(buf, part[i].p, part[i].n);
		buf += part[i].n;
	}
	return n;
}

int worldrecv(World *w, int i, uchar *buf, u32int max)
{
	Held *h;
	Mreq *m;
	u32int n;

	if((h = w->sent[i]) != nil){
		w->sent[i] = h->next;
		n = h->n;
		if(n > max)
			abort();
		memmove(buf, h->msg, n);
		heldfree(h);
		return n;
	}
	do{
		if((m = connout(w->c[i])) == nil)
			return -1;
		n = take(m, buf, max);
		msgfree(m);
	}while(n == 0);
	return n;
}

int worldsave(World *w, Img *m)
{
	imginit(m);
	return srvsave(w->s, w->c, w->n, m);
}

int worldrestore(World *w, World *old, uchar *p, usize n)
{
	Img m;
	int i;

	w->table = old->table;
	w->n = old->n;
	w->msize = old->msize;
	w->s = srvcopy(old->table, old->msize);
	imgopen(&m, p, n);
	if((i = srvrestore(w->s, &m, w->c, w->n)) < 0){
		free(w->s);
		return -1;
	}
	for(; i < w->n; i++)
		connopen(w, i);
	for(i = 0; i < w->n; i++){
		w->c[i]->reply = keep;
		w->c[i]->lends = ++nopened%3 != 0;
		w->sent[i] = nil;
	}
	return 0;
}

void worldmove(World *w)
{
	World new;
	Img m;
	char e[ERRMAX];
	int i;

	if(worldsave(w, &m) < 0 || worldrestore(&new, w, m.p, m.n) < 0){
		rerrstr(e, sizeof e);
		printf("move: %s\n", e);
		abort();
	}
	imgfree(&m);
	for(i = 0; i < w->n; i++){
		new.sent[i] = w->sent[i];
		w->sent[i] = nil;
	}
	worldclose(w);
	*w = new;
	worldgo(w);
}
