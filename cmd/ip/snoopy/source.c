/*
 * source.c: where frames come from: a conversation of an Ethernet interface,
 * ether(3), or a file of them as tcpdump's and wireshark's older format has
 * it: 24 bytes of head, then for each frame 16 bytes - seconds, parts of a
 * second, bytes kept, bytes there were - and the bytes kept.
 */
#include <u.h>
#include <libc.h>
#include <ip.h>
#include "snoopy.h"

enum {
	Magic = 0xA1B2C3D4,	/* parts are microseconds */
	Magicns = 0xA1B23C4D,	/* nanoseconds */
	Headlen = 24,
	Reclen = 16,
	Linkether = 1,
	Snaplen = 65535,
};

#define Second 1000000000LL

static u32int get4(Source *s, uchar *p)
{
	return s->swap? nhgetl(p): p[0] | p[1]<<8 | p[2]<<16 | (u32int)p[3]<<24;
}

static int openfile(Source *s)
{
	uchar head[Headlen];
	u32int magic;

	if(readn(s->fd, head, sizeof head) != sizeof head)
		goto bad;
	magic = get4(s, head);
	if(magic != Magic && magic != Magicns){
		s->swap = 1;
		magic = get4(s, head);
	}
	if((magic != Magic && magic != Magicns) || get4(s, head+20) != Linkether)
		goto bad;
	s->frac = magic == Magic? 1000: 1;
	return 0;
bad:
	werrstr("no file of Ethernet frames");
	return -1;
}

static int openether(Source *s, char *name, int promiscuous)
{
	char path[128], num[32];
	long n;

	snprint(path, sizeof path, "%s/clone", name);
	s->ctl = open(path, ORDWR|OCEXEC);
	if(s->ctl < 0)
		return -1;
	n = read(s->ctl, num, sizeof num-1);
	if(n <= 0 || fprint(s->ctl, "connect -1") < 0 || (promiscuous && fprint(s->ctl, "promiscuous") < 0))
		return -1;
	num[n] = 0;
	snprint(path, sizeof path, "%s/%d/data", name, atoi(num));
	s->fd = open(path, OREAD|OCEXEC);
	return s->fd < 0? -1: 0;
}

int sourceopen(Source *s, char *name, int promiscuous)
{
	Dir *d;
	int dir;

	*s = (Source){ .fd = -1, .ctl = -1 };
	if((d = dirstat(name)) == nil)
		return -1;
	dir = (d->mode & DMDIR) != 0;
	free(d);
	if(dir)
		return openether(s, name, promiscuous);
	s->fd = open(name, OREAD|OCEXEC);
	return s->fd < 0? -1: openfile(s);
}

int sourceread(Source *s, uchar *p, int max, int *whole, vlong *when)
{
	uchar rec[Reclen];
	u32int n;
	int m;

	if(s->ctl >= 0){
		m = read(s->fd, p, max);
		*whole = m;
		*when = nsec();
		return m;
	}
	m = readn(s->fd, rec, sizeof rec);
	if(m == 0)
		return 0;
	n = get4(s, rec+8);
	if(m != sizeof rec || n > (u32int)max || readn(s->fd, p, n) != (long)n){
		werrstr("the file is cut off");
		return -1;
	}
	*whole = get4(s, rec+12);
	*when = get4(s, rec)*Second + (vlong)get4(s, rec+4)*s->frac;
	return n;
}

static void put4(uchar *p, u32int v)
{
	int i;

	for(i = 0; i < 4; i++)
		p[i] = v>>8*i;
}

int tracebegin(int fd)
{
	uchar head[Headlen] = {0};

	put4(head, Magicns);
	head[4] = 2;	/* version 2.4 */
	head[6] = 4;
	put4(head+16, Snaplen);
	put4(head+20, Linkether);
	return write(fd, head, sizeof head) == sizeof head? 0: -1;
}

int traceadd(int fd, uchar *p, int n, int whole, vlong when)
{
	uchar rec[Reclen];

	put4(rec, when/Second);
	put4(rec+4, when%Second);
	put4(rec+8, n);
	put4(rec+12, whole);
	return write(fd, rec, sizeof rec) == sizeof rec && write(fd, p, n) == n? 0: -1;
}
