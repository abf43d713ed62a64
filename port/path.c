/*
 * path.c: the names channels were reached by.
 *
 * A Path is a string and the mount points passed on the way to it.  While a
 * name is being walked the walker owns its Path alone and changes it in
 * place; once a Chan has it, it is shared by count and never changed.  The
 * list of crossings hangs from its newest end, so paths with a common
 * beginning share its crossings.
 *
 * The string is what fd2path and #p/ns tell; the crossings are what makes
 * ".." lexical: one up from the root of a mounted tree is one up from the
 * file it covers, whatever name the tree is also known by.
 * No locks: counts are atomic.  Only closing sleeps, since it may drop the
 * last reference to a covered file.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "proc.h"
#include "chan.h"
#include "mnt.h"

enum { Usual = 128 };	/* bytes there is room for in most */

static Path *pathget(u32int cap)
{
	Call *k;
	Path *p;

	if(cap == Usual && (k = (Call*)up->mntreq) != nil && (p = k->sparepath) != nil){
		k->sparepath = nil;
		return p;
	}
	return malloc(sizeof *p + cap);
}

static void pathput(Path *p)
{
	Call *k;

	if(p->cap == Usual && (k = (Call*)up->mntreq) != nil && k->sparepath == nil)
		k->sparepath = p;
	else
		free(p);
}

static Path *pathalloc(u32int cap)
{
	Path *p;

	cap = cap <= Usual? Usual: (cap + 31) & ~31U;
	if((p = pathget(cap)) == nil)
		return seterrp(Enomem);
	p->ref = 1;
	p->cap = cap;
	p->cross = nil;
	return p;
}

Path *pathnew(char *s, u32int root, u32int more)
{
	Path *p;
	u32int n;

	n = strlen(s);
	if((p = pathalloc(n + more + 2)) == nil)
		return nil;
	memmove(p->s, s, n+1);
	p->len = n;
	p->root = root;
	return p;
}

/* one to be extended by about more bytes */
Path *pathcopy(Path *o, u32int more)
{
	Path *p;

	if(o == nil)
		return pathnew("", 0, more);
	if((p = pathalloc(o->len + more + 2)) == nil)
		return nil;
	memmove(p->s, o->s, o->len+1);
	p->len = o->len;
	p->root = o->root;
	if((p->cross = o->cross) != nil)
		incref(&p->cross->ref);
	return p;
}

static __attribute__((noinline)) Path *pathgrow(Path *p, u32int more)
{
	Path *np;

	np = pathcopy(p, p->len + more);
	pathclose(p);
	return np;
}

static inline Path *add(Path *p, char *elem, u32int n)
{
	char *s;

	if(p->len + n + 2 > p->cap && (p = pathgrow(p, n)) == nil)
		return nil;
	s = p->s + p->len;
	if(p->len != 1 || p->s[0] != '/'){
		*s++ = '/';
		p->len++;
	}
	p->len += n;
	memmove(s, elem, n);
	s[n] = 0;
	return p;
}

Path *pathadd(Path *p, char *elem, u32int n)
{
	return add(p, elem, n);
}

Path *pathaddn(Path *p, char **elem, u16int *len, int n)
{
	int i;

	for(i = 0; i < n && p != nil; i++)
		p = add(p, elem[i], len[i]);
	return p;
}

int pathparent(Path *p)
{
	u32int i;

	if(p->len <= p->root)
		return -1;
	for(i = p->len-1; i > p->root && p->s[i] != '/'; i--)
		;
	return i;
}

void pathcut(Path *p, u32int len)
{
	p->len = len;
	p->s[len] = 0;
}

/* of "/" and "#c" themselves, all */
char *pathlast(Path *p)
{
	int i;

	if((i = pathparent(p)) < 0)
		return p->s;
	return p->s[i] == '/'? p->s+i+1: p->s+i;
}

static Cross *crossget(void)
{
	Call *k;
	Cross *x;

	if((k = (Call*)up->mntreq) != nil && (x = k->sparecross) != nil){
		k->sparecross = nil;
		return x;
	}
	return malloc(sizeof *x);
}

static void crossput(Cross *x)
{
	Call *k;

	if((k = (Call*)up->mntreq) != nil && k->sparecross == nil)
		k->sparecross = x;
	else
		free(x);
}

int crosspush(Path *p, Chan *from)
{
	Cross *x;

	if((x = crossget()) == nil)
		return seterr(Enomem);
	x->ref = 1;
	x->at = p->len;
	x->from = from;
	chanincref(from);
	x->prev = p->cross;
	p->cross = x;
	return 0;
}

int crosshere(Path *p, u32int len)
{
	return p != nil && p->cross != nil && p->cross->at == len;
}

static void crossdrop(Cross *x, Chan **dead)
{
	Cross *next;

	for(; x != nil && decref(&x->ref) == 0; x = next){
		next = x->prev;
		chandrop(x->from, dead);
		crossput(x);
	}
}

/* the caller gets a reference to the covered file */
Chan *crosspop(Path *p)
{
	Cross *x;
	Chan *c, *dead;

	x = p->cross;
	c = x->from;
	chanincref(c);
	if((p->cross = x->prev) != nil)
		incref(&x->prev->ref);
	dead = nil;
	crossdrop(x, &dead);
	chanreap(dead);
	return c;
}

/* drop a reference; channels whose last goes with it are put on *dead, for chanreap */
void pathdrop(Path *p, Chan **dead)
{
	if(p == nil || decref(&p->ref) > 0)
		return;
	if(p->cross != nil)
		crossdrop(p->cross, dead);
	pathput(p);
}

void pathclose(Path *p)
{
	Chan *dead;

	if(p == nil)
		return;
	dead = nil;
	pathdrop(p, &dead);
	if(dead != nil)
		chanreap(dead);
}
