/*
 * Files' descriptions (dirstat(2)): the calls give stat(5) records in
 * machine-independent form, these a Dir.  A Dir and its strings are one
 * malloced piece, so one free frees both.
 */
#include "u.h"
#include "libc.h"
#include "9p.h"

enum {
	First = 512,		/* enough for nearly every record */
	Tries = 3,		/* the record may grow between two calls */
	Maxdir = 65535+2,	/* one read of a directory */
};

#define short16(p) ((p)[0] | (p)[1]<<8)

typedef struct What What;
struct What {	/* the file: by name, or by descriptor */
	char *name;
	int fd;
};

static int getstat(What *w, uchar *buf, int n)
{
	if(w->name)
		return stat(w->name, buf, n);
	return fstat(w->fd, buf, n);
}

/* A Dir with its strings behind it from a record of n bytes at m. */
static Dir *convert(uchar *m, uint n)
{
	Dir *d;

	if(statcheck(m, n) < 0){
		werrstr("malformed stat record");
		return nil;
	}
	d = malloc(sizeof *d + n);
	if(d == nil)
		return nil;
	if(convM2D(m, n, d, (char*)(d+1)) != 0)
		return d;
	werrstr("malformed stat record");
	free(d);
	return nil;
}

static Dir *describe(What *w)
{
	uchar small[First], *buf;
	Dir *d;
	int i, n, room;

	room = sizeof small;
	buf = small;
	d = nil;
	for(i = 0; i < Tries; i++){
		n = getstat(w, buf, room);
		if(n > BIT16SZ)
			d = convert(buf, n);
		if(n != BIT16SZ)
			break;
		room = short16(buf) + BIT16SZ;
		if(buf != small)
			free(buf);
		buf = malloc(room);
		if(buf == nil)
			return nil;
	}
	if(i == Tries)
		werrstr("stat record will not stay");
	if(buf != small)
		free(buf);
	return d;
}

Dir *dirstat(char *file)
{
	return describe(&(What){.name = file});
}

Dir *dirfstat(int fd)
{
	return describe(&(What){.fd = fd});
}

static int change(What *w, Dir *d)
{
	uchar *buf;
	uint n;
	int r;

	n = sizeD2M(d);
	buf = malloc(n);
	if(buf == nil)
		return -1;
	r = -1;
	if(convD2M(d, buf, n) != n)
		werrstr("names too long for a stat record");
	else
		r = w->name? wstat(w->name, buf, n): fwstat(w->fd, buf, n);
	free(buf);
	return r;
}

/* Change what in d is not as nulldir leaves it; -1 on error. */
int dirwstat(char *file, Dir *d)
{
	return change(&(What){.name = file}, d);
}

int dirfwstat(int fd, Dir *d)
{
	return change(&(What){.fd = fd}, d);
}

/* A d that asks for no change. */
void nulldir(Dir *d)
{
	memset(d, ~0, sizeof *d);
	d->name = d->uid = d->gid = d->muid = "";
}

/* Records in n bytes at m, or -1 if they are not well formed. */
static long count(uchar *m, long n)
{
	long i, len;

	for(i = 0; n > 0; i++, m += len, n -= len){
		len = n >= BIT16SZ? short16(m) + BIT16SZ: n+1;
		if(len > n || statcheck(m, len) < 0){
			werrstr("malformed directory contents");
			return -1;
		}
	}
	return i;
}

/* As Dirs, malloced in one piece; their number, or -1. */
static long unpack(uchar *m, long n, Dir **dp)
{
	long i, num, len;
	char *strs;
	Dir *d;

	num = count(m, n);
	if(num <= 0)
		return num;
	d = malloc(num*sizeof *d + n);
	if(d == nil)
		return -1;
	strs = (char*)(d+num);
	for(i = 0; i < num; i++){
		len = short16(m) + BIT16SZ;
		if(convM2D(m, len, d+i, strs) == 0){
			free(d);
			werrstr("malformed directory contents");
			return -1;
		}
		strs += len;
		m += len;
	}
	*dp = d;
	return num;
}

/* The next entries; *dp is the caller's to free, nil if there are none. */
long dirread(int fd, Dir **dp)
{
	uchar *buf;
	long n;

	*dp = nil;
	buf = malloc(Maxdir);
	if(buf == nil)
		return -1;
	n = read(fd, buf, Maxdir);
	if(n > 0)
		n = unpack(buf, n, dp);
	free(buf);
	return n;
}

/* All entries that are left; those read before an error count. */
long dirreadall(int fd, Dir **dp)
{
	uchar *buf, *bigger;
	long n, room, m;

	*dp = nil;
	buf = nil;
	room = 0;
	for(n = 0;; n += m){
		if(room-n < Maxdir){
			room = 2*room + Maxdir;
			bigger = realloc(buf, room);
			if(bigger == nil){
				free(buf);
				return -1;
			}
			buf = bigger;
		}
		m = read(fd, buf+n, Maxdir);
		if(m <= 0)
			break;
	}
	if(n > 0)
		m = unpack(buf, n, dp);
	free(buf);
	return m;
}
