/*
 * Reading from a Biobuf.  What was consumed stays in front of rp: up to
 * Bungetsize bytes are carried along when the buffer is filled anew, so a
 * byte or a rune can always be put back.
 */
#include "u.h"
#include "libc.h"
#include "bio.h"
#include "biolib.h"

long biomore(Biobuf *b, uchar *keep)
{
	uchar *from;
	long n, ahead, room;

	from = keep - Bungetsize;
	if(from < b->lo)
		from = b->lo;
	ahead = b->re - keep;
	if(keep > b->buf){
		memmove(b->buf - (keep-from), from, b->re - from);
		b->rp -= keep - b->buf;
		b->re = b->buf + ahead;
		b->lo = b->buf - (keep-from);
	}
	room = b->size - ahead;
	if(room <= 0)
		return 0;
	n = b->iof? b->iof(b, b->re, room): read(b->fd, b->re, room);
	if(n < 0){
		biofail(b, "read error");
		return -1;
	}
	b->re += n;
	b->offset += n;
	return n;
}

int Bfill(Biobuf *b)
{
	if(b->mode != OREAD)
		return Beof;
	if(b->rp >= b->re && biomore(b, b->rp) <= 0){
		b->eof = 1;
		return Beof;
	}
	b->eof = 0;
	return *b->rp++;
}

/* Put back the last byte read, or the end of the file; 1, or Beof if there was none. */
int Bungetc(Biobuf *b)
{
	if(b->mode != OREAD)
		return Beof;
	if(b->eof){
		b->eof = 0;
		return 1;
	}
	if(b->rp <= b->lo)
		return Beof;
	b->rp--;
	b->runelen = 0;
	return 1;
}

/* Next rune, Runeerror for a malformed byte, Beof. */
long Bgetrune(Biobuf *b)
{
	Rune r;
	int c;

	c = Bgetc(b);
	if(c < Runeself){
		b->runelen = c >= 0;
		return c;
	}
	b->rp--;
	while(!fullrune((char*)b->rp, b->re - b->rp))
		if(biomore(b, b->rp) <= 0)
			break;
	if(fullrune((char*)b->rp, b->re - b->rp))
		b->runelen = chartorune(&r, (char*)b->rp);
	else{
		r = Runeerror;
		b->runelen = 1;
	}
	b->rp += b->runelen;
	return r;
}

int Bungetrune(Biobuf *b)
{
	if(b->eof){
		b->eof = 0;
		return 1;
	}
	if(b->runelen == 0)
		return Beof;
	b->rp -= b->runelen;
	b->runelen = 0;
	return 1;
}

/* Read n bytes, fewer only at the end; 0 there, negative on an error. */
long Bread(Biobuf *b, void *p, long n)
{
	uchar *to;
	long m, left;

	if(b->mode != OREAD)
		return Beof;
	to = p;
	for(left = n; left > 0; left -= m){
		if(b->rp >= b->re){
			m = biomore(b, b->rp);
			if(m < 0 && left == n)
				return Beof;
			if(m <= 0)
				break;
		}
		m = b->re - b->rp;
		if(m > left)
			m = left;
		memmove(to, b->rp, m);
		b->rp += m;
		to += m;
	}
	b->eof = 0;
	b->runelen = 0;
	return n-left;
}

/*
 * A pointer to the next line in the buffer, its last byte delim, valid until
 * the next operation; Blinelen tells its length.  Nil if there is no delim:
 * Blinelen then is 0 at the end of the file, else the bytes that are there,
 * either the last ones or more than the buffer holds.
 */
void *Brdline(Biobuf *b, int delim)
{
	uchar *line, *p;
	long looked;

	b->linelen = 0;
	if(b->mode != OREAD)
		return nil;
	b->eof = 0;
	b->runelen = 0;
	looked = 0;
	while((p = memchr(b->rp+looked, delim, b->re - b->rp - looked)) == nil){
		looked = b->re - b->rp;
		if(looked >= b->size || biomore(b, b->rp) <= 0){
			b->linelen = b->re - b->rp;
			return nil;
		}
	}
	line = b->rp;
	b->linelen = p+1 - line;
	b->rp = p+1;
	return line;
}

int Blinelen(Biobuf *b)
{
	return b->linelen;
}

/* Add n bytes at p to the string s of len bytes; the string, or nil and s freed. */
static char *append(char *s, long len, void *p, long n)
{
	char *t;

	t = realloc(s, len+n+1);
	if(t == nil){
		free(s);
		return nil;
	}
	memmove(t+len, p, n);
	t[len+n] = 0;
	return t;
}

/*
 * The next line of any length, malloced and terminated; delim is dropped if
 * nulldelim is set.  A last line needs no delim.  Nil at the end.
 */
char *Brdstr(Biobuf *b, int delim, int nulldelim)
{
	char *s;
	uchar *p;
	long n, len;

	s = nil;
	for(len = 0;; len += n){
		p = Brdline(b, delim);
		n = b->linelen;
		if(p == nil && n == 0)
			break;
		if(p != nil){
			s = append(s, len, p, n);
			len += n;
			if(s != nil && nulldelim)
				s[--len] = 0;
			break;
		}
		s = append(s, len, b->rp, n);
		b->rp += n;
		if(s == nil)
			break;
	}
	b->linelen = s? len: 0;
	return s;
}
