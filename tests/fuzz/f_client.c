/* needs: lib9p host */
/*
 * f_client: lib9p's client and a hostile server.  The bytes say what the
 * client does next and how the server answers what it gets: properly, with
 * the wrong type, tag, count or size, with an error, in pieces, or not at
 * all.  Whatever it does, calls end and say 0 or -1, counts are within what
 * was asked for, and nothing is left.
 */
#include <stdlib.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "fuzz.h"

typedef struct Evil Evil;
struct Evil {
	Bytes b;
	uchar out[2*8192];	/* to be read by the client */
	u32int n, at;
	int closed;
};

/* the fixed part of a proper answer to a message of that type */
static u32int bodysize(int type)
{
	switch(type){
	case Tversion:
		return 4+2+6;
	case Tauth:
	case Tattach:
		return QIDSZ;
	case Twalk:
		return 2+QIDSZ;
	case Topen:
	case Tcreate:
		return QIDSZ+4;
	case Tread:
	case Twrite:
		return 4;
	}
	return 0;
}

static void answer(Evil *x, const uchar *t)
{
	uchar *m;
	u32int n;
	u8int how;

	how = take1(&x->b);
	m = x->out+x->n;
	if(sizeof x->out - x->n < 1024 || how == 0xFF){
		x->closed = 1;
		return;
	}
	if(how & 0x80){	/* anything */
		x->n += taken(&x->b, m, how & 0x7F);
		return;
	}
	m[4] = how & 0x40? Rerror: t[4]+1;
	if(how & 0x20)
		m[4] = take1(&x->b);
	memmove(m+5, t+5, 2);
	if(how & 0x10)
		m[5] = take1(&x->b);
	n = how & 8? take1(&x->b): bodysize(t[4]);
	if(t[4] == Tversion && how < 4){
		memmove(m+7, t+7, n);
	}else if(taken(&x->b, m+7, n) < n)
		memset(m+7, 0, n);
	if(t[4] == Tread && how < 8){	/* as many as it says, up to a few */
		m[8] = m[9] = m[10] = 0;
		n += taken(&x->b, m+11, m[7]);
	}
	n += 7;
	m[0] = n + (how & 4? take1(&x->b): 0);
	m[1] = n>>8;
	m[2] = m[3] = 0;
	x->n += n;
}

static long evilread(Io *io, void *buf, long n)
{
	Evil *x;

	x = io->aux;
	if(x->at == x->n)
		return x->closed || !more(&x->b)? 0: -1;
	if(n > (long)(x->n - x->at))
		n = x->n - x->at;
	memmove(buf, x->out+x->at, n);
	x->at += n;
	if(x->at == x->n)
		x->at = x->n = 0;
	return n;
}

static long evilwrite(Io *io, const void *p, long n)
{
	Evil *x;
	uchar hdr[32];

	x = io->aux;
	if(x->closed)
		return -1;
	memset(hdr, 0, sizeof hdr);
	memmove(hdr, p, n < (long)sizeof hdr? n: (long)sizeof hdr);
	answer(x, hdr);
	return n;
}

static void listing(C9 *c, u32int fid)
{
	vlong off;
	Dir *d;
	int i;

	off = 0;
	for(i = 0; i < 20 && c9dirread(c, fid, &off, &d) > 0; i++)
		free(d);
}

static void flushed(C9 *c, u32int fid)
{
	C9call *k;
	Fcall t, r;

	memset(&t, 0, sizeof t);
	t.type = Tread;
	t.fid = fid;
	t.count = 100;
	if((k = c9send(c, &t)) != nil)
		c9flush(c, k, &r);
}

static void act(C9 *c, Bytes *b, u32int *fid)
{
	static char data[3*8192];
	char *path[] = { "a", "a/b/c", "", "..", "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s" };
	Qid q;
	Dir *d, null;
	u32int f, n;
	long k;

	f = fid[take1(b)&3];
	switch(take1(b)%15){
	case 0: c9auth(c, fid[0], "glenda", "", &q); break;
	case 1: c9attach(c, f, NOFID, "glenda", "", &q); break;
	case 2: c9walk(c, f, fid[take1(b)&3], path[take1(b)%nelem(path)], &q); break;
	case 3: c9open(c, f, take1(b), &q, &n); break;
	case 4: c9create(c, f, "new", ORDWR, 0666, &q, &n); break;
	case 5:
	case 6:
		n = take2(b)%sizeof data;
		k = c9read(c, f, data, n, take2(b));
		must(k >= -1 && k <= (long)n);
		break;
	case 7:
		n = take2(b)%sizeof data;
		k = c9write(c, f, data, n, take2(b));
		must(k >= -1 && k <= (long)n);
		break;
	case 8:
		n = take2(b)%sizeof data;
		k = c9readn(c, f, data, n, take2(b));
		must(k >= -1 && k <= (long)n);
		break;
	case 9:
		n = take2(b)%sizeof data;
		k = c9writen(c, f, data, n, 0);
		must(k >= -1 && k <= (long)n);
		break;
	case 10:
		if((d = c9stat(c, f)) != nil){
			must(strlen(d->name) < 65536 && strlen(d->muid) < 65536);
			free(d);
		}
		break;
	case 11: listing(c, f); break;
	case 12: dirnull(&null); c9wstat(c, f, &null); break;
	case 13: flushed(c, f); break;
	case 14: c9clunk(c, f); break;
	}
}

int LLVMFuzzerTestOneInput(const uchar *p, usize n)
{
	Evil *x;
	Io io;
	C9 *c;
	u32int fid[4];
	int i;

	if((x = mallocz(sizeof *x, 1)) == nil)
		return 0;
	x->b = (Bytes){ p, p+n };
	io = (Io){ .read = evilread, .write = evilwrite, .aux = x };
	if((c = c9new(&io, 8192+IOHDRSZ)) != nil){
		for(i = 0; i < 4; i++)
			fid[i] = c9fidnew(c);
		for(i = 0; i < 200 && more(&x->b) && !c9dead(c); i++)
			act(c, &x->b, fid);
		c9free(c);
	}
	free(x);
	return 0;
}
