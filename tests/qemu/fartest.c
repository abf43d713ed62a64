/*
 * fartest: reads and writes files in calls of a given size, and streams bytes
 * over TCP, for far.sh.  Each says how many KiB a second it was.
 *
 *	fartest read|check|write file bytes size
 *	fartest serve addr		then one of them calls: what it wants comes first
 *	fartest get|put addr bytes
 *
 * What is written, and expected by check, follows from the offset.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>

#define MIN(a, b) ((a) < (b)? (a): (b))

enum {
	Most = 4<<20,
	Stream = 256<<10,	/* one read or write of a stream */
};

static uchar buf[Most];

static void fill(vlong off, long n)
{
	long i;

	for(i = 0; i < n; i++)
		buf[i] = (off+i)*7 ^ (off+i)>>9;
}

static int same(vlong off, long n)
{
	long i;

	for(i = 0; i < n; i++)
		if(buf[i] != (uchar)((off+i)*7 ^ (off+i)>>9))
			return 0;
	return 1;
}

static void said(vlong bytes, vlong since)
{
	print("%lld KiB/s\n", bytes*1000000000/1024/(nsec()-since+1));
}

static void readall(char *name, vlong bytes, long size, int check)
{
	vlong off, since;
	long n;
	int fd;

	since = nsec();
	if((fd = open(name, OREAD)) < 0)
		sysfatal("%s: %r", name);
	for(off = 0; (n = read(fd, buf, size)) > 0; off += n)
		if(check && !same(off, n))
			sysfatal("%s: wrong at %lld", name, off);
	if(n < 0)
		sysfatal("%s: %r", name);
	if(off != bytes)
		sysfatal("%s: %lld bytes", name, off);
	close(fd);
	said(bytes, since);
}

static void writeall(char *name, vlong bytes, long size)
{
	vlong off, since;
	int fd;

	since = nsec();
	if((fd = create(name, OWRITE, 0666)) < 0)
		sysfatal("%s: %r", name);
	for(off = 0; off < bytes; off += size){
		size = MIN(size, bytes-off);
		fill(off, size);
		if(write(fd, buf, size) != size)
			sysfatal("%s: %r", name);
	}
	if(close(fd) < 0)
		sysfatal("%s: %r", name);
	said(bytes, since);
}

/* move bytes from or to a conversation: 0 or -1 */
static int move(int fd, vlong bytes, int in)
{
	long n;

	for(; bytes > 0; bytes -= n){
		n = MIN(bytes, Stream);
		if((n = in? read(fd, buf, n): write(fd, buf, n)) <= 0)
			return -1;
	}
	return 0;
}

static void served(int fd)
{
	char want[32], *f[2];

	if(readn(fd, want, sizeof want) != sizeof want || getfields(want, f, 2, 1, " ") != 2)
		sysfatal("call: %r");
	if(move(fd, atoll(f[1]), strcmp(f[0], "put") == 0) < 0 || (f[0][0] == 'p' && write(fd, "!", 1) != 1))
		sysfatal("%s: %r", f[0]);
	exits(nil);
}

static void serve(char *addr)
{
	char adir[NETPATHLEN], ldir[NETPATHLEN];
	int fd;

	if(announce(addr, adir) < 0)
		sysfatal("%s: %r", addr);
	if(background(3) < 0)
		sysfatal("background: %r");
	while((fd = listen(adir, ldir)) >= 0){
		if(fork() == 0)
			served(accept(fd, ldir));
		close(fd);
	}
}

static void call(char *addr, char *what, vlong bytes)
{
	char want[32];
	vlong since;
	int fd;

	if((fd = dial(addr, nil, nil, nil)) < 0)
		sysfatal("%s: %r", addr);
	since = nsec();
	memset(want, 0, sizeof want);
	snprint(want, sizeof want, "%s %lld", what, bytes);
	if(write(fd, want, sizeof want) != sizeof want || move(fd, bytes, what[0] == 'g') < 0)
		sysfatal("%s: %r", addr);
	if(what[0] == 'p' && read(fd, buf, 1) != 1)
		sysfatal("%s: %r", addr);
	said(bytes, since);
}

int main(int argc, char **argv)
{
	if(argc == 3 && strcmp(argv[1], "serve") == 0)
		serve(argv[2]);
	else if(argc == 4)
		call(argv[2], argv[1], sizearg(argv[3]));
	else if(argc == 5 && strcmp(argv[1], "write") == 0)
		writeall(argv[2], sizearg(argv[3]), MIN(sizearg(argv[4]), Most));
	else if(argc == 5)
		readall(argv[2], sizearg(argv[3]), MIN(sizearg(argv[4]), Most), argv[1][0] == 'c');
	else
		sysfatal("usage: fartest read|check|write file bytes size | serve addr | get|put addr bytes");
	exits(nil);
}
