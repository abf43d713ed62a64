/*
 * cache.c: what the servers have said, until its time is over.
 *
 * A set is all records of one type that a name has, or the knowledge that
 * there are none: of that type (Cachenodata), or of any (Cachenoname, kept
 * under type 0).  Sets are found by a hash of the name, in which letters
 * have no case, and are in a list by their last use; when there are too many
 * the first of that goes.
 *
 * One lock for all of it; under it nothing sleeps.
 */
#include <u.h>
#include <libc.h>
#include <dns.h>
#include "resolve.h"

enum { Nhash = 1024 };

#define Second 1000000000LL

typedef struct Set Set;
struct Set {
	Set *hnext;
	Set *prev, *next;	/* by last use */
	int type;
	int what;		/* Cachehit: rr; or why there is nothing */
	vlong until;		/* ns */
	Rr *rr;
	u32int hash;
	char name[];
};

static QLock lk;
static Set *hash[Nhash];
static Set *first, *last;
static Cachestat count;

static u32int namehash(char *s)
{
	u32int h;
	int c;

	for(h = 2166136261U; (c = (uchar)*s) != 0; s++){
		if(c >= 'A' && c <= 'Z')
			c += 'a'-'A';
		h = (h ^ c) * 16777619;
	}
	return h;
}

static void unlist(Set *s)
{
	*(s->prev != nil? &s->prev->next: &first) = s->next;
	*(s->next != nil? &s->next->prev: &last) = s->prev;
}

static void listlast(Set *s)
{
	s->prev = last;
	s->next = nil;
	*(last != nil? &last->next: &first) = s;
	last = s;
}

static void drop(Set *s)
{
	Set **p;

	for(p = &hash[s->hash % Nhash]; *p != s; p = &(*p)->hnext)
		;
	*p = s->hnext;
	unlist(s);
	count.sets--;
	dnsfree(s->rr);
	free(s);
}

/* one that has not run out */
static Set *find(char *name, int type, vlong now)
{
	u32int h;
	Set *s;

	h = namehash(name);
	for(s = hash[h % Nhash]; s != nil; s = s->hnext)
		if(s->hash == h && s->type == type && cistrcmp(s->name, name) == 0)
			break;
	if(s == nil || s->until > now)
		return s;
	drop(s);
	return nil;
}

/* in the place of the one there is */
static Set *fresh(char *name, int type, vlong now)
{
	usize n;
	Set *s;

	if((s = find(name, type, now)) != nil)
		drop(s);
	while(count.sets >= Maxcached)
		drop(first);
	n = strlen(name)+1;
	if((s = mallocz(sizeof *s + n, 1)) == nil)
		return nil;
	memmove(s->name, name, n);
	s->type = type;
	s->hash = namehash(name);
	s->hnext = hash[s->hash % Nhash];
	hash[s->hash % Nhash] = s;
	listlast(s);
	count.sets++;
	return s;
}

static void copy(Rr **to, Rr *from, u32int ttl)
{
	Rr *r;

	for(; from != nil; from = from->next){
		if((r = rrcopy(from)) == nil)
			break;
		r->ttl = ttl;
		*to = r;
		to = &r->next;
	}
}

int cacheget(char *name, int type, vlong now, Rr **rr)
{
	Set *s;
	int r;

	*rr = nil;
	qlock(&lk);
	s = find(name, type, now);
	if(s == nil)
		s = find(name, 0, now);
	r = Cachemiss;
	if(s == nil)
		count.misses++;
	else{
		count.hits++;
		unlist(s);
		listlast(s);
		r = s->what;
		copy(rr, s->rr, (s->until - now + Second-1)/Second);
		if(r == Cachehit && *rr == nil)
			r = Cachemiss;	/* no memory: the server may be asked */
	}
	qunlock(&lk);
	return r;
}

void cacheput(char *name, int type, Rr *rr, vlong now)
{
	u32int ttl;
	Rr **to, *r;
	Set *s;

	qlock(&lk);
	s = fresh(name, type, now);
	if(s == nil)
		goto out;
	s->what = Cachehit;
	ttl = Maxttl;
	to = &s->rr;
	for(r = rr; r != nil; r = r->next){
		if(r->type != type || cistrcmp(r->name, name) != 0)
			continue;
		if(r->ttl < ttl)
			ttl = r->ttl;
		if((*to = rrcopy(r)) == nil)
			break;
		to = &(*to)->next;
	}
	s->until = now + ttl*Second;
	if(r != nil || s->rr == nil || ttl == 0)
		drop(s);
out:
	qunlock(&lk);
}

void cachenone(char *name, int type, int what, u32int ttl, vlong now)
{
	Set *s;

	if(ttl > Maxnegttl)
		ttl = Maxnegttl;
	if(ttl == 0)
		return;
	qlock(&lk);
	s = fresh(name, what == Cachenoname? 0: type, now);
	if(s != nil){
		s->what = what;
		s->until = now + ttl*Second;
	}
	qunlock(&lk);
}

void cacheflush(void)
{
	qlock(&lk);
	while(first != nil)
		drop(first);
	qunlock(&lk);
}

void cachestat(Cachestat *s)
{
	qlock(&lk);
	*s = count;
	qunlock(&lk);
}

void cachewalk(void (*f)(char*, int, vlong, Rr*, void*), void *arg, vlong now)
{
	Set *s;

	qlock(&lk);
	for(s = first; s != nil; s = s->next)
		if(s->until > now)
			f(s->name, s->type, (s->until - now)/Second, s->rr, arg);
	qunlock(&lk);
}
