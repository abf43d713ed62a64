/*
 * archive.c: reading an archive(6) in place: the root in the kernel, and
 * others that a boot loader brought, which are not trusted.
 *
 * archiveopen checks everything that the others rely on, so that they cannot
 * fail; the memory must not change afterwards.
 */
#include "u.h"
#include "lib.h"
#include "qid.h"
#include "archive.h"

enum {	/* see archive(6) */
	Hdrlen = 64,
	Entlen = 48,
	Version = 1,
	Align = 4096,
	Entmax = 1<<20,
	Namemax = 255,
	Usermax = 63,
};

static inline u32int get4(const uchar *p)
{
	return p[0] | p[1]<<8 | p[2]<<16 | (u32int)p[3]<<24;
}

static inline u64int get8(const uchar *p)
{
	return get4(p) | (u64int)get4(p+4)<<32;
}

static int bad(char *why)
{
	werrstr("bad archive: %s", why);
	return -1;
}

/* is [off, off+n) within len */
static int within(u64int off, u64int n, u64int len)
{
	return off <= len && n <= len-off;
}

static const uchar *entry(Archive *a, u32int i)
{
	return a->p + Hdrlen + (u64int)i*Entlen;
}

void archiveent(Archive *a, u32int i, Arent *e)
{
	const uchar *p;

	p = entry(a, i);
	e->index = i;
	e->off = get8(p);
	e->len = get8(p+8);
	e->mode = get4(p+16);
	e->mtime = get4(p+20);
	e->parent = get4(p+24);
	e->name = a->strs + get4(p+28);
	e->uid = a->strs + get4(p+32);
	e->gid = a->strs + get4(p+36);
}

static int nameok(const char *s)
{
	return *s && strcmp(s, ".") != 0 && strcmp(s, "..") != 0 && strchr(s, '/') == nil;
}

/* does a string of at most max bytes start at off */
static int stringok(Archive *a, u64int off, u64int max)
{
	if(off >= a->nstrs)
		return 0;
	if(max >= a->nstrs-off)
		return 1;	/* the last byte of all strings is a NUL */
	return memchr(a->strs+off, 0, max+1) != nil;
}

static int stringsok(Archive *a, u32int i)
{
	const uchar *p;

	p = entry(a, i);
	return stringok(a, get4(p+28), Namemax) && stringok(a, get4(p+32), Usermax) && stringok(a, get4(p+36), Usermax);
}

static char *entcheck(Archive *a, u32int i)
{
	Arent e, up;

	if(!stringsok(a, i))
		return "string";
	archiveent(a, i, &e);
	if((e.mode & ~(DMDIR|DMEXCL|0777)) != 0)
		return "mode";
	if(e.mode & DMDIR){
		if(!within(e.off, e.len, a->nent) || (e.len > 0 && e.off <= i))
			return "children out of bounds";
	}else if(!within(e.off, e.len, a->len))
		return "data out of bounds";
	if(i == 0)
		return (e.mode & DMDIR) && e.parent == 0 ? nil : "root";
	if(!nameok(e.name))
		return "name";
	if(e.parent >= i)
		return "parent";
	archiveent(a, e.parent, &up);
	if(!(up.mode & DMDIR) || i < up.off || i-up.off >= up.len)
		return "parent";
	return nil;
}

/* the names of a directory are in order, so that none is there twice and they can be searched */
static char *ordercheck(Archive *a, u32int i)
{
	Arent e, k, last;
	u64int j;

	archiveent(a, i, &e);
	if(!(e.mode & DMDIR))
		return nil;
	for(j = 0; j < e.len; j++){
		archiveent(a, e.off+j, &k);
		if(k.parent != i)
			return "parent";
		if(j > 0 && strcmp(last.name, k.name) >= 0)
			return "order of names";
		last = k;
	}
	return nil;
}

int archiveopen(Archive *a, const uchar *p, u64int n)
{
	u64int strs;
	char *e;
	u32int i;

	if(n < Hdrlen || memcmp(p, "pintlear", 8) != 0)
		return bad("not an archive");
	if(get4(p+8) != Version)
		return bad("version");
	a->p = p;
	a->nent = get4(p+12);
	a->len = get8(p+16);
	strs = get8(p+24);
	a->nstrs = get8(p+32);
	if(a->len > n || a->len % Align != 0)
		return bad("length");
	if(a->nent == 0 || a->nent > Entmax || !within(Hdrlen, (u64int)a->nent*Entlen, a->len))
		return bad("number of entries");
	if(a->nstrs == 0 || !within(strs, a->nstrs, a->len) || p[strs+a->nstrs-1] != 0)
		return bad("strings");
	a->strs = (const char*)p + strs;
	for(i = 0; i < a->nent; i++)
		if((e = entcheck(a, i)) != nil)
			return bad(e);
	for(i = 0; i < a->nent; i++)
		if((e = ordercheck(a, i)) != nil)
			return bad(e);
	return 0;
}

int archivewalk(Archive *a, Arent *dir, const char *name, Arent *e)
{
	u32int i;

	if(!archivechild(a, dir->index, name, &i))
		return 0;
	archiveent(a, i, e);
	return 1;
}

int archivechild(Archive *a, u32int dir, const char *name, u32int *i)
{
	u64int lo, hi, mid;
	const char *s;
	int c;

	lo = get8(entry(a, dir));
	hi = lo + get8(entry(a, dir)+8);
	while(lo < hi){
		mid = lo + (hi-lo)/2;
		s = a->strs + get4(entry(a, mid)+28);
		c = (uchar)name[0] - (uchar)s[0];
		if(c == 0 && (c = strcmp(name, s)) == 0){
			*i = mid;
			return 1;
		}
		if(c < 0)
			hi = mid;
		else
			lo = mid+1;
	}
	return 0;
}

int archiveisdir(Archive *a, u32int i)
{
	return (get4(entry(a, i)+16) & DMDIR) != 0;
}
