/*
 * moveraw: movetest's clients that speak 9P themselves, each on a connection
 * of its own: with many calls under way; with messages in pieces, several at
 * once, a move between the pieces; and one that does not read its answers
 * until the pipe and the server are full of them.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include "movetest.h"

enum {
	Inflight = 12,
	Piece = 512,
	Deafn = 60,
	Deafsize = 8192,
};

static long ioread(Io *io, void *buf, long n)
{
	return read(io->fd, buf, n);
}

static long iowrite(Io *io, const void *buf, long n)
{
	return write(io->wfd, (void*)buf, n);
}

static int connect(int i)
{
	char path[64];
	int fd;

	snprint(path, sizeof path, "/srv/%s%d", post, i);
	fd = open(path, ORDWR);
	need(fd >= 0);
	return fd;
}

/* attached, and a new file open: its fid */
static u32int begin(C9 *c, char *file)
{
	u32int root, f;

	root = c9fidnew(c);
	f = c9fidnew(c);
	need(c9attach(c, root, NOFID, getuser(), "", nil) == 0);
	need(c9walk(c, root, f, "", nil) == 0);
	need(c9create(c, f, file, ORDWR, 0600, nil, nil) == 0);
	return f;
}

/* --- calls --- */
static void round1(C9 *c, u32int f, long n)
{
	C9call *k[Inflight];
	Fcall t, r;
	long v[Inflight], got;
	int i;

	for(i = 0; i < Inflight; i++){
		v[i] = n*Inflight+i;
		t = (Fcall){ .type = Twrite, .fid = f, .offset = v[i]%100*sizeof v[i], .count = sizeof v[i], .data = (char*)&v[i] };
		need((k[i] = c9send(c, &t)) != nil);
	}
	for(i = 0; i < Inflight; i++)
		need(c9wait(c, k[i], &r) == 0 && r.count == sizeof v[i]);
	for(i = 0; i < Inflight; i++){
		t = (Fcall){ .type = Tread, .fid = f, .offset = v[i]%100*sizeof v[i], .count = sizeof v[i] };
		need((k[i] = c9send(c, &t)) != nil);
	}
	for(i = 0; i < Inflight; i++){
		if(i == Inflight/2){
			need(c9flush(c, k[i], &r) >= 0);
			continue;
		}
		need(c9wait(c, k[i], &r) == 0 && r.count == sizeof got);
		memmove(&got, r.data, sizeof got);
		need(got == v[i]);
	}
}

void rawcalls(void)
{
	Io io = { .read = ioread, .write = iowrite };
	C9 *c;
	Qid q, q1;
	u32int f, g;
	long n;

	io.fd = io.wfd = connect(1);
	need((c = c9new(&io, 8192)) != nil);
	f = begin(c, "rawcalls");
	need((g = c9fidnew(c)) != NOFID && c9walk(c, f, g, "", &q) < 0);
	for(n = 0; going(); n++)
		round1(c, f, n);
	g = c9fidnew(c);
	need(c9attach(c, g, NOFID, getuser(), "", &q) == 0 && c9walk(c, g, g, "rawcalls", &q1) == 0);
	need(q1.vers == (u32int)n*Inflight);
	need(c9remove(c, f) == 0);
}

/* --- messages by hand --- */
static uchar out[64*1024], in[Deafsize+IOHDRSZ];

static u32int put(Fcall *t)
{
	u32int n;

	n = convS2M(t, out, sizeof out);
	need(n > 0);
	return n;
}

static void answer(Io *io, Fcall *r)
{
	int n;

	n = readmsg(io, in, sizeof in);
	need(n > 0 && convM2S(in, n, r) == (u32int)n);
	need(r->type != Rerror);
}

/* a call at one go */
static void call(int fd, Io *io, Fcall *t, Fcall *r)
{
	u32int n;

	n = put(t);
	need(write(fd, out, n) == (long)n);
	answer(io, r);
	need(r->type == t->type+1 && r->tag == t->tag);
}

/* fid 1 is an open new file */
static void beginraw(int fd, Io *io, char *file)
{
	Fcall t, r;

	*io = (Io){ .read = ioread, .write = iowrite, .fd = fd, .wfd = fd };
	t = (Fcall){ .type = Tversion, .tag = NOTAG, .msize = Deafsize+IOHDRSZ, .version = VERSION9P };
	call(fd, io, &t, &r);
	t = (Fcall){ .type = Tattach, .tag = 1, .fid = 1, .afid = NOFID, .uname = getuser(), .aname = "" };
	call(fd, io, &t, &r);
	t = (Fcall){ .type = Tcreate, .tag = 1, .fid = 1, .name = file, .perm = 0600, .mode = ORDWR };
	call(fd, io, &t, &r);
}

/* two writes and half a read in one piece, a move, the other half */
void rawpieces(void)
{
	static char data[Piece];
	Io io;
	Fcall t, r;
	u32int n, cut;
	long i;
	int fd;

	fd = connect(2);
	beginraw(fd, &io, "rawpieces");
	for(i = 0; going(); i++){
		memset(data, i, sizeof data);
		t = (Fcall){ .type = Twrite, .tag = 1, .fid = 1, .offset = 0, .count = sizeof data, .data = data };
		n = put(&t);
		memmove(out+n, out, n);
		out[n+BIT32SZ+BIT8SZ] = 2;
		cut = 1 + i*37%(2*n-1);
		need(write(fd, out, cut) == (long)cut);
		awaitmoves(1);
		need(write(fd, out+cut, 2*n-cut) == (long)(2*n-cut));
		answer(&io, &r);
		need(r.type == Rwrite && r.tag == 1 && r.count == sizeof data);
		answer(&io, &r);
		need(r.type == Rwrite && r.tag == 2 && r.count == sizeof data);
		t = (Fcall){ .type = Tread, .tag = 3, .fid = 1, .offset = 0, .count = sizeof data };
		call(fd, &io, &t, &r);
		need(r.count == sizeof data && memcmp(r.data, data, sizeof data) == 0);
	}
}

void rawdeaf(void)
{
	static char data[Deafsize];
	Io io;
	Fcall t, r;
	u32int n;
	int fd, i;

	fd = connect(3);
	beginraw(fd, &io, "rawdeaf");
	for(i = 0; i < Deafsize; i++)
		data[i] = i*3;
	t = (Fcall){ .type = Twrite, .tag = 1, .fid = 1, .offset = 0, .count = Deafsize, .data = data };
	call(fd, &io, &t, &r);
	while(going()){
		for(i = 0; i < Deafn; i++){
			t = (Fcall){ .type = Tread, .tag = i, .fid = 1, .offset = i, .count = Deafsize-i };
			n = put(&t);
			need(write(fd, out, n) == (long)n);
		}
		awaitmoves(2);
		for(i = 0; i < Deafn; i++){
			answer(&io, &r);
			need(r.type == Rread && r.tag == i && r.count == (u32int)(Deafsize-i));
			need(memcmp(r.data, data+i, r.count) == 0);
		}
	}
}
