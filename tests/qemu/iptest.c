/*
 * iptest: for ip.sh, on a machine whose ether0 and ether1 are on one wire.
 * Two stacks of the kernel, /net and the one bound to the directory given, have a card each
 * and talk: tcp over both versions of IP, calls, datagrams and echoes.
 */
#include <u.h>
#include <libc.h>
#include "hostile.h"

enum {
	Bulk = 1<<20,
	Piece = 9000,
	Patience = 60*1000,	/* ms: only a guard */
};

static char *net[2] = { "/net" };
static char *addr4[] = { "10.1.0.1", "10.1.0.2" };
static char *addr6[] = { "fd00::1", "fd00::2" };

/* write s to fd; 0 or -1 */
static int say(int fd, char *fmt, ...)
{
	char buf[128];
	va_list a;
	int n;

	va_start(a, fmt);
	n = vsnprint(buf, sizeof buf, fmt, a);
	va_end(a);
	return write(fd, buf, n) == n? 0: -1;
}

/* a conversation: its ctl, and its directory */
static int conv(int side, char *proto, char *dir, int ndir)
{
	char buf[16];
	int fd, n;

	snprint(dir, ndir, "%s/%s/clone", net[side], proto);
	if((fd = open(dir, ORDWR)) < 0 || (n = read(fd, buf, sizeof buf-1)) <= 0)
		sysfatal("%s: %r", dir);
	buf[n] = 0;
	snprint(dir, ndir, "%s/%s/%s", net[side], proto, buf);
	return fd;
}

static int part(char *dir, char *name, int mode)
{
	char path[96];
	int fd;

	snprint(path, sizeof path, "%s/%s", dir, name);
	if((fd = open(path, mode)) < 0)
		sysfatal("%s: %r", path);
	return fd;
}

static void up(int side)
{
	char dir[64];
	int fd;

	fd = conv(side, "ipifc", dir, sizeof dir);
	need(say(fd, "bind ether /net/ether%d", side) == 0);
	need(say(fd, "add %s /24", addr4[side]) == 0);
	need(say(fd, "add %s /64", addr6[side]) == 0);
	close(fd);
}

/* what the stream has at off */
static uchar at(long off)
{
	return off*7 ^ off>>8 ^ off>>16;
}

/* --- tcp --- */

/* the second stack's side: one call, whose bytes go back */
static void echo(int ctl, char *dir)
{
	char buf[Piece], name[64];
	int l, d, n;

	USED(ctl);
	l = part(dir, "listen", ORDWR);
	if((n = read(l, buf, 15)) <= 0)
		sysfatal("listen: %r");
	buf[n] = 0;
	snprint(name, sizeof name, "%s/tcp/%s", net[1], buf);
	need(say(l, "accept %s", buf) == 0);
	d = part(name, "data", ORDWR);
	while((n = read(d, buf, sizeof buf)) > 0)
		if(write(d, buf, n) != n)
			sysfatal("echo: %r");
	if(n < 0)
		sysfatal("echo: %r");
	exits(nil);
}

static void sends(int d)
{
	uchar buf[Piece];
	long off;
	int i, n;

	for(off = 0; off < Bulk; off += n){
		n = below(Piece)+1;
		if(n > Bulk-off)
			n = Bulk-off;
		for(i = 0; i < n; i++)
			buf[i] = at(off+i);
		if(write(d, buf, n) != n)
			sysfatal("write at %ld: %r", off);
	}
	exits(nil);
}

static void takes(int d)
{
	uchar buf[Piece];
	long off;
	int i, n;

	for(off = 0; off < Bulk; off += n){
		if((n = read(d, buf, sizeof buf)) <= 0){
			fprint(2, "end at %ld: %r\n", off);
			faults++;
			return;
		}
		for(i = 0; i < n && buf[i] == at(off+i); i++)
			;
		if(i < n){
			fprint(2, "wrong byte at %ld\n", off+i);
			faults++;
			return;
		}
	}
}

static void child(char *what)
{
	Waitmsg *w;

	if((w = wait()) == nil)
		sysfatal("wait: %r");
	if(w->msg[0] != 0){
		fprint(2, "%s: %s\n", what, w->msg);
		faults++;
	}
	free(w);
}

static void tcp(char *addr, int port)
{
	char dir[64];
	int l, c, d;

	doing = addr;
	l = conv(1, "tcp", dir, sizeof dir);
	need(say(l, "announce %d", port) == 0);
	if(fork() == 0)
		echo(l, dir);
	close(l);
	c = conv(0, "tcp", dir, sizeof dir);
	need(say(c, "connect %s!%d", addr, port) == 0);
	d = part(dir, "data", ORDWR);
	if(fork() == 0)
		sends(d);
	takes(d);
	child("sender");
	close(d);
	close(c);
	child("echo");
}

static void refused(void)
{
	char dir[64], err[ERRMAX];
	int c;

	doing = "refused";
	c = conv(0, "tcp", dir, sizeof dir);
	need(say(c, "connect %s!99", addr4[1]) < 0);
	rerrstr(err, sizeof err);
	need(strcmp(err, "connection refused") == 0);
	close(c);
}

/* --- datagrams, echoes --- */
static void udp(void)
{
	char da[64], db[64], buf[2000], got[2000];
	int a, b, i, ad, bd;

	doing = "udp";
	a = conv(0, "udp", da, sizeof da);
	b = conv(1, "udp", db, sizeof db);
	need(say(b, "connect %s!5000 6000", addr4[0]) == 0);
	need(say(a, "connect %s!6000 5000", addr4[1]) == 0);
	ad = part(da, "data", ORDWR);
	bd = part(db, "data", ORDWR);
	for(i = 1; i < 1400; i += 200){
		memset(buf, i, sizeof buf);
		need(write(ad, buf, i) == i);
		need(read(bd, got, sizeof got) == i && memcmp(buf, got, i) == 0);
		need(write(bd, buf, i) == i);
		need(read(ad, got, sizeof got) == i);
	}
	memset(buf, 7, sizeof buf);	/* in fragments */
	need(write(ad, buf, sizeof buf) == sizeof buf);
	need(read(bd, got, sizeof got) == sizeof got && memcmp(buf, got, sizeof buf) == 0);
	close(ad);
	close(bd);
	close(a);
	close(b);
}

/* the card lets a group's frames in while somebody wants them */
static void group(char *ifc, char *addr)
{
	char da[64], db[64], got[100];
	int a, b, ad, bd;

	doing = addr;
	a = conv(0, "udp", da, sizeof da);
	b = conv(1, "udp", db, sizeof db);
	need(say(b, "headers") == 0);
	need(say(b, "announce 5001") == 0);
	need(say(a, "connect %s!5001", addr) == 0);
	ad = part(da, "data", ORDWR);
	bd = part(db, "data", ORDWR);
	need(say(b, "addmulti %s %s", ifc, addr) == 0);
	need(write(ad, "wanted", 6) == 6);
	need(read(bd, got, sizeof got) == 52+6 && memcmp(got+52, "wanted", 6) == 0);
	need(say(b, "remmulti %s %s", ifc, addr) == 0);
	close(ad);
	close(bd);
	close(a);
	close(b);
}

static void ping(char *proto, char *addr, int hdr, int request, int answer)
{
	char dir[64];
	uchar m[104], got[200];
	int c, d, i, n;

	doing = proto;
	c = conv(0, proto, dir, sizeof dir);
	need(say(c, "connect %s!1", addr) == 0);
	d = part(dir, "data", ORDWR);
	n = hdr+64;
	for(i = 0; i < n; i++)
		m[i] = i < hdr+8? 0: i;
	m[hdr] = request;
	need(write(d, m, n) == n);
	need(read(d, got, sizeof got) == n);
	need(got[hdr] == answer && memcmp(got+hdr+8, m+hdr+8, 56) == 0);
	close(d);
	close(c);
}

static int late(void *u, char *msg)
{
	USED(u);
	if(strcmp(msg, "alarm") != 0)
		return 0;
	fprint(2, "iptest: %s: nothing happens\n", doing);
	exits("late");
	return 1;
}

int main(int argc, char **argv)
{
	if(argc < 2)
		sysfatal("usage: iptest dir");
	net[1] = argv[1];
	atnotify(late, 1);
	alarm(Patience);
	up(0);
	up(1);
	tcp(addr4[1], 7);
	tcp(addr6[1], 7);
	refused();
	udp();
	group(addr4[1], "224.1.2.3");
	group(addr6[1], "ff05::1:3");
	ping("icmp", addr4[1], 20, 8, 0);
	ping("icmpv6", addr6[1], 40, 128, 129);
	if(faults != 0)
		exits("faults");
	exits(nil);
}
