/*
 * virtiorng.c: entropy from the host (VIRTIO 1.1 section 5.4).  A buffer is
 * always with the device until enough has come; each one returned goes into the
 * pool.  After the first few, one is asked for each minute, by timer.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "9p.h"
#include "virtio.h"

enum {
	Chunk = 64,
	Atonce = 4,			/* chunks to begin with */
	Everyns = 60,			/* seconds between later ones */
};

typedef struct Rng Rng;
struct Rng {
	Vqueue *q;
	Timer timer;
	uchar *buf;
	int got;
};

static void ask(Rng *g)
{
	Vseg s = { paddr(g->buf), Chunk };

	lock(&g->q->lk);
	if(vqadd(g->q, &s, 0, 1, g) == 0)
		vqkick(g->q);
	unlock(&g->q->lk);
}

static void again(Timer *t)
{
	ask(t->arg);
}

static void intr(Vqueue *q)
{
	Rng *g;
	u32int n;

	lock(&q->lk);
	g = vqget(q, &n);
	unlock(&q->lk);
	if(g == nil)
		return;
	if(n > Chunk)
		n = Chunk;
	randadd(g->buf, n, 8*n);
	if(++g->got < Atonce){
		ask(g);
		return;
	}
	g->timer.when = monons() + Everyns*1000000000LL;
	timeradd(&g->timer);
}

void virtiornginit(void)
{
	Pcidev *p = nil;
	Virtdev *d;
	Rng *g;

	while((d = virtioprobe(&p, Vrng, 0)) != nil){
		g = mallocz(sizeof *g, 1);
		if(g == nil || (g->buf = malloc(Chunk)) == nil)
			return;
		g->timer.f = again;
		g->timer.arg = g;
		g->q = virtioqueue(d, 0, intr, g);
		if(g->q == nil || virtiostart(d, "rng") < 0){
			kprint("virtiorng: %s\n", geterr());
			continue;
		}
		ask(g);
	}
}
