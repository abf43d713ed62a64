/*
 * ptab.c: sparse arrays of slots, as segment.h says.
 *
 * A directory of leaves of 64 slots.  A new leaf need not be cleared, since
 * a word of bits says which slots count; the same word makes going over the
 * used ones cheap, which is what fork and exit do.
 *
 * The owner's lock protects a Ptab.  Nothing sleeps.
 */
#include "u.h"
#include "lib.h"
#include "kern.h"
#include "mach.h"
#include "mem.h"
#include "segment.h"

void ptabinit(Ptab *t)
{
	memset(t->near, 0, sizeof t->near);
	t->dir = t->near;
	t->ndir = NearLeaves;
	t->nused = 0;
}

static int grow(Ptab *t, u64int leaf)
{
	Leaf **d;
	u64int n;

	n = t->ndir;
	while(n <= leaf)
		n *= 2;
	d = mallocpromised(n*sizeof *d);
	if(d == nil)
		return -1;
	memcpy(d, t->dir, t->ndir*sizeof *d);
	memset(d+t->ndir, 0, (n-t->ndir)*sizeof *d);
	if(t->dir != t->near)
		free(t->dir);
	t->dir = d;
	t->ndir = n;
	return 0;
}

u64int *ptabputnew(Ptab *t, u64int i, u64int v)
{
	Leaf *l;
	u64int *s;

	if(i/LeafSlots >= t->ndir && grow(t, i/LeafSlots) < 0)
		return nil;
	l = t->dir[i/LeafSlots];
	if(l == nil){
		l = mallocpromised(sizeof *l);
		if(l == nil)
			return nil;
		l->used = 0;
		t->dir[i/LeafSlots] = l;
	}
	if(!(l->used & leafbit(i))){
		l->used |= leafbit(i);
		t->nused++;
	}
	s = &l->slot[i%LeafSlots];
	*s = v;
	return s;
}

void ptabdel(Ptab *t, u64int i)
{
	Leaf *l;

	l = leafof(t, i);
	if(l == nil || !(l->used & leafbit(i)))
		return;
	l->used &= ~leafbit(i);
	t->nused--;
	if(l->used == 0){
		t->dir[i/LeafSlots] = nil;
		free(l);
	}
}

u64int ptabnext(Ptab *t, u64int i)
{
	u64int leaf, used;
	Leaf *l;

	for(leaf = i/LeafSlots; leaf < t->ndir; leaf++){
		l = t->dir[leaf];
		if(l != nil){
			used = l->used;
			if(leaf == i/LeafSlots)
				used &= ~0UL << i%LeafSlots;
			if(used != 0)
				return leaf*LeafSlots + __builtin_ctzl(used);
		}
	}
	return NoSlot;
}

void ptabfree(Ptab *t)
{
	u32int i;

	for(i = 0; i < t->ndir; i++)
		if(t->dir[i] != nil)
			free(t->dir[i]);
	if(t->dir != t->near)
		free(t->dir);
	ptabinit(t);
}
