/*
 * io.c: whole messages from a channel that may or may not keep their bounds.
 *
 * A Msgin reads as much as the channel gives and cuts it into messages; on a
 * channel that keeps bounds that is one read each, and the message lies at
 * the start of the buffer.  One process uses a Msgin; reads may sleep.
 */
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "impl.h"

enum {
	Least = BIT32SZ+BIT8SZ+BIT16SZ,
};

static int readall(Io *io, uchar *p, u32int n)
{
	u32int got;
	long k;

	for(got = 0; got < n; got += k){
		k = io->read(io, p+got, n-got);
		if(k < 0)
			return -1;
		if(k == 0)
			break;
	}
	return got;
}

/*
 * One whole message into the max bytes at buf, nothing read beyond it: its
 * length, 0 at the end, -1 and errstr if the channel fails, ends within a
 * message, or the message is too long or too short.  Sleeps.
 */
int readmsg(Io *io, uchar *buf, u32int max)
{
	u32int size;
	int n;

	n = readall(io, buf, BIT32SZ);
	if(n <= 0)
		return n;
	size = n < BIT32SZ? 0: get4(buf);
	if(size < Least || size > max){
		werrstr("%s", Ebotch);
		return -1;
	}
	n = readall(io, buf+BIT32SZ, size-BIT32SZ);
	if(n < 0)
		return -1;
	if((u32int)n < size-BIT32SZ){
		werrstr("%s", Ehungup);
		return -1;
	}
	return size;
}

int msginopen(Msgin *in, Io *io, u32int msize)
{
	in->io = io;
	in->buf = nil;
	in->cap = in->start = in->end = 0;
	return msginsize(in, msize);
}

int msginsize(Msgin *in, u32int msize)
{
	uchar *p;

	if(msize <= in->cap)
		return 0;
	if((p = realloc(in->buf, msize)) == nil){
		werrstr("%s", Enomem);
		return -1;
	}
	in->buf = p;
	in->cap = msize;
	return 0;
}

/* nothing is left: one read, which mostly gives one message.  As msginread; -2: it did not */
static int readone(Msgin *in, uchar **msg)
{
	u32int size;
	long k;

	in->start = in->end = 0;
	k = in->io->read(in->io, in->buf, in->cap);
	if(k <= 0)
		return k < 0? -1: 0;
	in->end = k;
	if(k < Least || (size = get4(in->buf)) != (u32int)k)
		return -2;
	in->start = size;
	*msg = in->buf;
	return size;
}

/* have n bytes from start on: 1, 0 if the channel ends before the first, -1 */
static int fill(Msgin *in, u32int n)
{
	long k;

	if(in->cap-in->start < n){
		memmove(in->buf, in->buf+in->start, in->end-in->start);
		in->end -= in->start;
		in->start = 0;
	}
	while(in->end-in->start < n){
		k = in->io->read(in->io, in->buf+in->end, in->cap-in->end);
		if(k < 0)
			return -1;
		if(k == 0){
			if(in->end == in->start)
				return 0;
			werrstr("%s", Ehungup);
			return -1;
		}
		in->end += k;
	}
	return 1;
}

int msginread(Msgin *in, uchar **msg)
{
	u32int size;
	int r;

	if(in->start == in->end && (r = readone(in, msg)) != -2)
		return r;
	if((r = fill(in, BIT32SZ)) <= 0)
		return r;
	size = get4(in->buf+in->start);
	if(size < Least || size > in->cap){
		werrstr("%s", Ebotch);
		return -1;
	}
	if(fill(in, size) < 0)
		return -1;
	*msg = in->buf+in->start;
	in->start += size;
	return size;
}

int msginnext(Msgin *in, uchar **msg)
{
	u32int left, size;

	left = in->end-in->start;
	if(left < BIT32SZ || (size = get4(in->buf+in->start)) < Least || size > left)
		return 0;
	*msg = in->buf+in->start;
	in->start += size;
	return size;
}

uchar *msgintake(Msgin *in, uchar *fresh)
{
	uchar *old;

	old = in->buf;
	in->end -= in->start;
	memmove(fresh, old+in->start, in->end);
	in->start = 0;
	in->buf = fresh;
	return old;
}

void msginclose(Msgin *in)
{
	free(in->buf);
	in->buf = nil;
	in->cap = in->start = in->end = 0;
}
