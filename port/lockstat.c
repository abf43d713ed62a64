/*
 * lockstat.c: where Locks were waited for, read through #c/lockstat.
 *
 * Nothing is counted unless a processor finds a Lock taken, so that it costs
 * nothing otherwise.  A place is the call of lock() that had to wait.  The
 * table is filled by compare-and-swap and its counts by atomic addition, at any
 * level, without Locks; places are never taken out, and those that come when it
 * is full are counted together.  Nothing here sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "lock.h"

enum {
	Nsite = 128,
};

typedef struct Site Site;
struct Site {
	uintptr pc;	/* behind the call; 0: free.  The last is for all others */
	u64int waits;
	u64int turns;
};

static Site sites[Nsite+1];

static Site *siteof(uintptr pc)
{
	uintptr was;
	int i, n;

	i = pc/4 % Nsite;
	for(n = 0; n < Nsite; n++){
		was = 0;
		if(__atomic_compare_exchange_n(&sites[i].pc, &was, pc, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED) || was == pc)
			return &sites[i];
		i = (i+1) % Nsite;
	}
	return &sites[Nsite];
}

/* the lock() before pc has waited, and its loop has run so many times.  Any level */
void lockwaited(uintptr pc, u32int turns)
{
	Site *s;

	s = siteof(pc);
	__atomic_fetch_add(&s->waits, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&s->turns, turns, __ATOMIC_RELAXED);
}

void lockstatclear(void)
{
	Site *s;

	for(s = sites; s <= &sites[Nsite]; s++){
		__atomic_store_n(&s->waits, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&s->turns, 0, __ATOMIC_RELAXED);
	}
}

/* a line for each place with a count, and the sum; malloced, nil: no memory */
char *lockstattext(void)
{
	enum { Line = 100 };
	uintptr off;
	u64int waits, turns;
	char *buf, *p, *e, *name;
	Site *s;

	buf = mallocz((Nsite+2)*Line, 0);
	if(buf == nil)
		return nil;
	p = buf;
	e = buf + (Nsite+2)*Line;
	waits = turns = 0;
	for(s = sites; s <= &sites[Nsite]; s++){
		if(s->waits == 0)
			continue;
		off = 0;
		name = s->pc != 0? symname(s->pc, &off): nil;
		p = seprint(p, e, "%11llud %11llud %.60s+%#lux\n", (uvlong)s->waits, (uvlong)s->turns, name? name: "elsewhere", (ulong)off);
		waits += s->waits;
		turns += s->turns;
	}
	seprint(p, e, "%11llud %11llud total\n", (uvlong)waits, (uvlong)turns);
	return buf;
}
