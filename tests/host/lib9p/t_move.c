/* needs: lib9p fs/ramfs.c fs/env/[a-z]*.c fs/mbox/[a-z]*.c fs/consmux/[a-z]*.c tests/host/lib9p/kinds.c tests/9p/gate.c tests/host/lib9p/fifo.c tests/host/lib9p/world.c tests/host/lib9p/gen.c */
/*
 * t_move: a server that is saved and restored now and then, and one that is
 * not, are given the same random requests by the same clients, some of whom
 * do not take their answers for a while: all answers are the same.  Among
 * the servers are one whose requests wait half done and one that ignores
 * flushes.  Then: limits, every allocation failing, images that are refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "gen.h"
#include "kinds.h"
#include "host.h"
#include "world.h"

extern Srv gatesrv;

enum { Maxans = 3*8192 };

static uchar msg[2*8192+100], a1[Maxans], a2[Maxans];

static Srv gate;	/* gatesrv, movable */
static char *gatelines[] = { "open", "fail" };
static char *gatenames[] = { "gate", "slow", "open", "ctl", "gate", "slow" };

static Kind gatekind = {
	.name = "gate", .table = &gate,
	.like = { .writer = 1, .line = gatelines, .nline = nelem(gatelines), .name = gatenames, .nname = nelem(gatenames) },
};

/* the gate's only state are requests that wait; its ctl tells nobody how often it was called */
static int gatesave(Srv *s, Img *m)
{
	USED(s);
	USED(m);
	return 0;
}

static int gaterestore(Srv *s, Img *m)
{
	USED(m);
	return s->init(s, nil);
}

static void quiet(Req *r)
{
	respond(r, nil);
}

static void gateinit(void)
{
	static Sfile files[10];
	int i;

	gate = gatesrv;
	gate.save = gatesave;
	gate.restore = gaterestore;
	gate.files = files;
	for(i = 0; i < gate.nfiles; i++){
		files[i] = gatesrv.files[i];
		if(strcmp(files[i].name, "ctl") == 0)
			files[i].read = quiet;
	}
}

/* --- the same with and without moves --- */
enum { Ntag = 20 };

/* a client: it makes requests, and knows what each tag asked for last */
typedef struct Client Client;
struct Client {
	Gen g;
	Fcall asked[Ntag];
	int waits[Ntag];
};

static int seen[256], moves, waited, late;

static void show(char *what, uchar *m, int n)
{
	int i;

	printf("%s", what);
	for(i = 0; i < n && i < 100; i++)
		printf(" %02x", m[i]);
	printf("\n");
}

/* take a client's answers from both: are they the same? */
static int compare(World *w1, World *w2, int i, Client *k)
{
	int n1, n2, tag;

	for(;;){
		n1 = worldrecv(w1, i, a1, sizeof a1);
		n2 = worldrecv(w2, i, a2, sizeof a2);
		if(n1 < 0 && n2 < 0)
			return 1;
		if(n1 != n2 || memcmp(a1, a2, n1) != 0){
			show("moved", a1, n1);
			show("unmoved", a2, n2);
			return 0;
		}
		seen[a1[4]]++;
		tag = a1[5] | a1[6]<<8;
		if(tag >= Ntag)
			continue;
		late += k->waits[tag] > 0;
		k->waits[tag] = 0;
		k->g.last = k->asked[tag];
		genlearn(&k->g, a1);
	}
}

/* sometimes both are saved, and sometimes that is used */
static void maybemove(World *w1, World *w2, Gen *dice)
{
	Img m, again;

	if(genrand(dice, 12) != 0)
		return;
	if(genrand(dice, 2)){
		worldmove(w1);
		moves++;
		return;
	}
	check(worldsave(w2, &m) == 0 && worldsave(w2, &again) == 0);
	check(m.n == again.n && memcmp(m.p, again.p, m.n) == 0);
	imgfree(&m);
	imgfree(&again);
}

/* a client that has taken its answers leaves, or begins anew */
static int session(World *w1, World *w2, int i, Client *k, Gen *dice)
{
	u32int how;

	how = genrand(dice, 300);
	if(how > 1)
		return 1;
	if(!compare(w1, w2, i, k))
		return 0;
	if(how == 0){
		worldhang(w1, i);
		worldhang(w2, i);
	}
	worldversion(w1, i);
	worldversion(w2, i);
	k->g.live = 0;
	memset(k->waits, 0, sizeof k->waits);
	return 1;
}

static void send(World *w1, World *w2, int i, Client *k, Gen *dice)
{
	u32int n;
	int t;

	t = genrand(dice, Ntag);
	k->g.tag = t;
	n = genmsg(&k->g, msg, sizeof msg);
	if(k->waits[t] == 0)
		k->asked[t] = k->g.last;
	if(genrand(dice, 20) == 0){	/* read, and then came the move */
		worldhold(w1, i, msg, n);
		worldmove(w1);
		moves++;
	}else
		worldsend(w1, i, msg, n);
	worldsend(w2, i, msg, n);
}

/* one request: does all go on the same? */
static int step(Kind *k, World *w1, World *w2, Client *c, Gen *dice)
{
	int i, t, ok;

	hostclock += 1000000000;
	i = genrand(dice, Worldconns);
	send(w1, w2, i, &c[i], dice);
	ok = 1;
	if(genrand(dice, 5) != 0){
		t = c[i].g.tag;
		c[i].waits[t] = -1;
		ok = compare(w1, w2, i, &c[i]);
		if(c[i].waits[t] < 0){
			c[i].waits[t] = 1;
			waited++;
		}
	}
	if(ok && k != &gatekind)	/* whose reads outlive their clients, but not a move */
		ok = session(w1, w2, i, &c[i], dice);
	maybemove(w1, w2, dice);
	return ok;
}

static void run(Kind *k, u64int seed, int nops)
{
	static Client c[Worldconns];
	World w1, w2;
	Gen dice;
	int i, op, ok;

	worldopen(&w1, k->table, k->arg);
	worldopen(&w2, k->table, k->arg);
	dice = (Gen){ .x = seed ^ 0x5555 };
	memset(c, 0, sizeof c);
	for(i = 0; i < Worldconns; i++){
		worldversion(&w1, i);
		worldversion(&w2, i);
		c[i].g = k->like;
		c[i].g.x = seed+i;
		c[i].g.nfid = 8;
		c[i].g.ntag = Ntag;
	}
	ok = 1;
	for(op = 0; op < nops && ok; op++)
		ok = step(k, &w1, &w2, c, &dice);
	for(i = 0; i < Worldconns && ok; i++)
		ok = compare(&w1, &w2, i, &c[i]);
	if(!ok)
		printf("%s: seed %lu op %d\n", k->name, seed, op);
	check(ok);
	worldclose(&w1);
	worldclose(&w2);
}

static void testsame(Kind *k, int n)
{
	int i;

	memset(seen, 0, sizeof seen);
	moves = waited = late = 0;
	for(i = 1; i <= n; i++)
		run(k, i*0x9E3779B97F4A7C15UL, 1000);
	printf("%s: %d moves, %d requests waited, %d were answered late\n", k->name, moves, waited, late);
	check(moves > 10*n);
	check(seen[Rread] > n && seen[Rwrite] > n && seen[Rwalk] > n && seen[Ropen] > n);
}

int main(int argc, char **argv)
{
	int i, n;

	n = argc > 1? atoi(argv[1]): 40;
	for(i = 0; i < nkinds; i++)
		testsame(&kinds[i], n);
	gateinit();
	testsame(&gatekind, n);
	return checkdone();
}
