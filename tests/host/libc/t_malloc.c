/* needs: libc/malloc/malloc.c libc/malloc/span.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c tests/host/libc/shim.c */
/* flags: -Dmalloc=xmalloc -Dfree=xfree -Drealloc=xrealloc -Dcalloc=xcalloc -Dmallocz=xmallocz -Dabort=xabort -Dwrite=xwrite -DSHIMNOMALLOCZ */
/* malloc over an arena of its own: random use, growth, every misuse it says it finds */
#include "u.h"
#include "libc.h"
#include "check.h"

enum { Arena = 64<<20, Nblock = 3000 };

static char arena[Arena] __attribute__((aligned(16)));
static char *top = arena;
static usize limit = Arena;
char *argv0 = "t_malloc";
static char said[300];
static void *escape[5];
static int catching;

void *sbrk(long n)
{
	char *old;

	old = top;
	if((usize)(top+n - arena) > limit)
		return (void*)-1;
	top += n;
	return old;
}

int brkcut(void *from, void *to)
{
	if(top != from)
		return -1;
	top = to;
	return 0;
}

long xwrite(int fd, const void *p, long n)
{
	check(fd == 2 && n < (long)sizeof said);
	memmove(said, p, n);
	said[n] = 0;
	return n;
}

void xabort(void)
{
	if(!catching)
		__builtin_trap();
	__builtin_longjmp(escape, 1);
}

extern Lock heaplock;

/* does doing end the program, and with these words? */
static void dies(void (*f)(void), char *words)
{
	int died;

	said[0] = 0;
	catching = 1;
	died = 1;
	if(__builtin_setjmp(escape) == 0){
		f();
		died = 0;
	}
	catching = 0;
	heaplock.users = 0;
	check(died);
	if(strstr(said, words) == nil)
		checkstr(said, words);
}

static u64int seed = 99;

static u64int rnd(u64int n)
{
	seed = seed*6364136223846793005UL + 1442695040888963407UL;
	return (seed>>20)%n;
}

static usize somesize(void)
{
	switch(rnd(10)){
	case 0:
		return rnd(200000);
	case 1:
	case 2:
		return rnd(10000);
	case 3:
		return 0;
	}
	return rnd(300);
}

static struct {
	uchar *p;
	usize n;
	uchar c;
} block[Nblock];

static int whole(int i)
{
	usize k;

	for(k = 0; k < block[i].n; k++)
		if(block[i].p[k] != block[i].c)
			return 0;
	return 1;
}

static void fill(int i, usize from)
{
	if(from < block[i].n)
		memset(block[i].p + from, block[i].c, block[i].n - from);
}

/* blocks keep their bytes, whatever happens around them */
static void randomly(int rounds)
{
	usize n, old;
	uchar *p;
	int i, r, bad;

	bad = 0;
	for(r = 0; r < rounds; r++){
		i = rnd(Nblock);
		if(block[i].p == nil){
			block[i].n = somesize();
			block[i].p = rnd(8)? malloc(block[i].n): mallocalign(block[i].n, 16<<rnd(9), 0, 0);
			block[i].c = r;
			bad += block[i].p == nil || ((uintptr)block[i].p & 15) != 0;
			fill(i, 0);
		}else if(rnd(3) == 0){
			n = somesize()+1;
			bad += !whole(i);
			p = realloc(block[i].p, n);
			bad += p == nil;
			old = block[i].n;
			block[i].p = p;
			block[i].n = n < old? n: old;
			bad += !whole(i);
			block[i].n = n;
			fill(i, old);
		}else{
			bad += !whole(i);
			free(block[i].p);
			block[i].p = nil;
		}
		if(r%1000 == 0)
			bad += malloccheck(0) < 0;
	}
	for(i = 0; i < Nblock; i++){
		bad += block[i].p != nil && !whole(i);
		free(block[i].p);
		block[i].p = nil;
	}
	bad += malloccheck(0) < 0;
	checkint(bad, 0);
}

static void exhaustion(void)
{
	void *p[500], *big;
	int i, n;

	limit = top - arena + (1<<20);
	for(n = 0; n < 500 && (p[n] = malloc(200000)) != nil; n++)
		;
	check(n > 3 && n < 500);
	big = realloc(p[0], 50<<20);
	check(big == nil);
	check(malloc(1UL<<40) == nil && malloc(~0UL) == nil && calloc(1UL<<33, 1UL<<33) == nil);
	check(realloc(p[0], ~0UL) == nil);
	for(i = 0; i < n; i++)
		free(p[i]);
	check(malloccheck(0) == 0);
	limit = Arena;
}

static void giveback(void)
{
	char *before;
	void *p;

	before = top;
	p = malloc(20<<20);
	check(p != nil && top - before > 10<<20);
	free(p);
	check(top - before < 2<<20);
	p = malloc(20<<20);
	check(p != nil);
	free(p);
}

static void details(void)
{
	char *p, *q;
	int i;
	usize n;

	p = calloc(100, 7);
	for(i = 0; i < 700; i++)
		check(p[i] == 0);
	n = msize(p);
	check(n >= 700);
	memset(p, 1, n);	/* all of it may be used now */
	check(malloccheck(0) == 0);
	free(p);
	free(nil);
	check(realloc(nil, 0) != nil);
	p = realloc(nil, 10);
	check(p != nil && realloc(p, 0) == nil);
	p = malloc(1);
	check(getmalloctag(p) != 0);
	setmalloctag(p, 0x1234);
	checkint(getmalloctag(p), 0x1234);
	q = realloc(p, 100000);
	check(q != p);
	free(q);
	p = mallocz(5000, 1);
	for(i = 0; i < 5000; i++)
		n += p[i];
	free(p);
	p = mallocalign(100, 4096, 32, 0);
	checkint((uintptr)p%4096, 32);
	free(p);
	p = mallocalign(100, 16, 0, 128);
	check((uintptr)p/128 == (uintptr)(p+99)/128);
	p = realloc(p, 1000);
	check(p != nil);
	free(p);
	check(mallocalign(100, 16, 0, 64) == nil && mallocalign(10, 24, 0, 0) == nil);
	p = malloc(400000);	/* grows in place into what is free above */
	q = malloc(400000);
	check(q > p);
	free(q);
	q = realloc(p, 600000);
	check(p == q);
	p = realloc(q, 300000);	/* and what it gives up can be had */
	check(p == q);
	q = malloc(250000);
	check(q > p && q < p+600000);
	free(q);
	free(p);
}

static char *v, *w;

static void freeit(void)
{
	free(v);
}

static void mallocit(void)
{
	v = malloc(48);
}

static void reallocit(void)
{
	v = realloc(v, 5000);
}

static void checkit(void)
{
	malloccheck(1);
}

static void misuse(void)
{
	char *s;

	v = malloc(40);
	free(v);
	dies(freeit, "freed twice");
	v = malloc(100000);
	w = malloc(10);
	free(v);
	dies(freeit, "freed twice");
	s = "static";
	v = s;
	dies(freeit, "not a block");
	w = malloc(100);
	v = w+16;
	memset(w, 0, 100);
	dies(freeit, "no block");
	v = w+3;
	dies(freeit, "not a block");
	free(w);
	v = malloc(40);
	v[40] = 1;		/* one byte too many */
	dies(freeit, "beyond its end");
	dies(reallocit, "beyond its end");
	check(strstr(said, "40 bytes") != nil);
	check(malloccheck(0) < 0);
	dies(checkit, "heap damaged");
	v[40] = (char)0xA5;	/* as it was */
	check(malloccheck(0) == 0);
	v[-16] ^= 1;		/* the header */
	dies(freeit, "before its start");
	v[-16] ^= 1;
	v = malloc(100000);
	v[100001] = 0;
	dies(freeit, "beyond its end");
	v = malloc(48);
	free(v);
	memset(v, 0x5A, 8);	/* use after free */
	dies(mallocit, "after it was freed");
	memset(v, 0, 8);
}

int main(void)
{
	details();
	randomly(50000);
	exhaustion();
	giveback();
	randomly(20000);
	misuse();
	return checkdone();
}
