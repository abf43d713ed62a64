/*
 * image.c: images, the bytes into which a server's state is put when it moves.
 *
 * Numbers are little-endian; a string is its length in two bytes, its bytes
 * and a zero, so that a reader can use it where it is.  Whoever reads an
 * image trusts nothing in it: every access is checked against its end, and
 * after the first error all of them yield nothing, which leaves one place to
 * look for errors.  The memory grows by doubling.  No locks; nothing sleeps
 * but the allocator.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

enum { Firstcap = 1024 };

void imginit(Img *m)
{
	*m = (Img){ .p = nil };
}

void imgopen(Img *m, uchar *p, usize n)
{
	*m = (Img){ .p = p, .n = n };
}

void imgfree(Img *m)
{
	free(m->p);
	imginit(m);
}

char *imgerr(Img *m)
{
	return m->err;
}

int imgok(Img *m)
{
	if(m->err == nil)
		return 0;
	werrstr("%s", m->err);
	return -1;
}

int imgend(Img *m)
{
	if(m->err == nil && m->at != m->n)
		m->err = Ebadimage;
	return imgok(m);
}

void imgfail(Img *m, char *err)
{
	if(m->err == nil)
		m->err = err;
}

/* --- writing --- */

/* n more bytes, to be written at the result before the next put; nil if there is no room */
uchar *imgroom(Img *m, usize n)
{
	uchar *p;
	usize cap;

	if(m->err != nil)
		return nil;
	if(n > m->cap - m->n){
		for(cap = m->cap > 0? m->cap: Firstcap; cap - m->n < n; cap *= 2)
			;
		if((p = realloc(m->p, cap)) == nil){
			m->err = Enomem;
			return nil;
		}
		m->p = p;
		m->cap = cap;
	}
	p = m->p + m->n;
	m->n += n;
	return p;
}

void imgput1(Img *m, u8int v)
{
	uchar *p;

	if((p = imgroom(m, 1)) != nil)
		*p = v;
}

void imgput2(Img *m, u16int v)
{
	uchar *p;

	if((p = imgroom(m, 2)) != nil)
		put2(p, v);
}

void imgput4(Img *m, u32int v)
{
	uchar *p;

	if((p = imgroom(m, 4)) != nil)
		put4(p, v);
}

void imgput8(Img *m, u64int v)
{
	uchar *p;

	if((p = imgroom(m, 8)) != nil)
		put8(p, v);
}

void imgputn(Img *m, const void *s, usize n)
{
	uchar *p;

	if((p = imgroom(m, n)) != nil && n > 0)
		memmove(p, s, n);
}

void imgputs(Img *m, char *s)
{
	usize n;

	if(s == nil)
		s = "";
	n = strlen(s);
	if(n > 0xFFFF){
		imgfail(m, Etoolong);
		return;
	}
	imgput2(m, n);
	imgputn(m, s, n+1);
}

void imgputqid(Img *m, Qid *q)
{
	uchar *p;

	if((p = imgroom(m, QIDSZ)) != nil)
		putqid(p, q);
}

/* --- reading --- */
usize imgleft(Img *m)
{
	return m->err != nil? 0: m->n - m->at;
}

uchar *imggetn(Img *m, usize n)
{
	uchar *p;

	if(m->err == nil && n > m->n - m->at)
		m->err = Ebadimage;
	if(m->err != nil)
		return nil;
	p = m->p + m->at;
	m->at += n;
	return p;
}

u8int imgget1(Img *m)
{
	uchar *p;

	return (p = imggetn(m, 1)) != nil? *p: 0;
}

u16int imgget2(Img *m)
{
	uchar *p;

	return (p = imggetn(m, 2)) != nil? get2(p): 0;
}

u32int imgget4(Img *m)
{
	uchar *p;

	return (p = imggetn(m, 4)) != nil? get4(p): 0;
}

u64int imgget8(Img *m)
{
	uchar *p;

	return (p = imggetn(m, 8)) != nil? get8(p): 0;
}

char *imggets(Img *m)
{
	uchar *p;
	usize n;

	n = imgget2(m);
	p = imggetn(m, n+1);
	if(p != nil && memchr(p, 0, n+1) != p+n){
		imgfail(m, Ebadimage);
		p = nil;
	}
	return p != nil? (char*)p: "";
}

void imggetqid(Img *m, Qid *q)
{
	uchar *p;

	if((p = imggetn(m, QIDSZ)) != nil)
		getqid(p, q);
	else
		*q = (Qid){ .path = 0 };
}
