/*
 * t_ipnamed: what has broken others, each by its name: IP headers, fragments,
 * UDP and TCP headers and options that are not as they should be.  What is
 * spoilt is not heard, or only what is good of it, and what comes next is.
 */
#include <stdio.h>
#include "u.h"
#include "lib.h"
#include "9p.h"
#include "check.h"
#include "host.h"
#include "net.h"
#include "frame.h"

#define A (&hosts[0])
#define B (&hosts[1])

enum {
	Udphdr = 8,
	Tcphdr = 20,
	Text = 64,	/* bytes of a datagram */
	Fin = 1, Syn = 2, Rst = 4, Psh = 8, Ack = 16, Urg = 32,
	Nosum = 1, Noipsum = 2,
};

static void steps(int n)
{
	while(n-- > 0)
		netstep();
}

static void named(int ok, char *name)
{
	if(!ok)
		printf("%s:\n", name);
	check(ok);
}

/* --- datagrams --- */
static char udir[64];
static int udp;	/* B's data */

/* fill bytes of c, from port 5 to port 9 */
static uchar *datagram(Frame4 *f, int c)
{
	uchar *h;

	h = frame4(f, 17, Udphdr+Text);
	put2(h, 5);
	put2(h+2, 9);
	put2(h+4, Udphdr+Text);
	memset(h+Udphdr, c, Text);
	return h;
}

static int waits(void)
{
	char *s;

	s = hget(B, hname(udir, "status"));
	return s != nil && (s = strstr(s, "qin ")) != nil && strtoul(s+4, nil, 10) > 0;
}

/* nothing has been heard, and a good datagram is */
static int good(void)
{
	Frame4 f;
	char *s;
	int bad;

	for(bad = 0; waits(); bad = 1)
		hread(B, udp);
	if(bad)
		return 0;

	datagram(&f, 'g');
	framesend(&f, B);
	s = hread(B, udp);
	return s != nil && strlen(s) == Text && s[0] == 'g' && s[Text-1] == 'g';
}

/* one of c's, then a good one */
static int heard(int c)
{
	char *s;

	s = waits()? hread(B, udp): nil;
	return s != nil && strlen(s) == Text && s[0] == c && s[Text-1] == c && good();
}

static struct {
	char *name;
	u8int at;	/* in the IP packet */
	u8int n;	/* bytes */
	u32int v;
	u8int how;
	u8int heard;
} patches[] = {
	{ "nothing wrong", 0, 1, 0x45, 0, 1 },
	{ "version 0", 0, 1, 0x05, 0, 0 },
	{ "version 5", 0, 1, 0x55, 0, 0 },
	{ "version 6", 0, 1, 0x65, 0, 0 },
	{ "version 15", 0, 1, 0xF5, 0, 0 },
	{ "header of no words", 0, 1, 0x40, 0, 0 },
	{ "header of 4 words", 0, 1, 0x44, 0, 0 },
	{ "header over the datagram's", 0, 1, 0x47, 0, 0 },
	{ "header of 15 words", 0, 1, 0x4F, 0, 0 },
	{ "total length 0", 2, 2, 0, 0, 0 },
	{ "total length below the header's", 2, 2, 19, 0, 0 },
	{ "total length of the header alone", 2, 2, 20, 0, 0 },
	{ "total length within the datagram's header", 2, 2, 27, 0, 0 },
	{ "total length within the datagram", 2, 2, 60, 0, 0 },
	{ "total length of more than came", 2, 2, 20+Udphdr+Text+1, 0, 0 },
	{ "total length 65535", 2, 2, 65535, 0, 0 },
	{ "a fragment and no others", 6, 2, 0x2000, 0, 0 },
	{ "a fragment beyond the greatest packet", 6, 2, 0x1FFF, 0, 0 },
	{ "the same, and more to come", 6, 2, 0x3FFF, 0, 0 },
	{ "the bit that is never set", 6, 2, 0x8000, 0, 1 },
	{ "unknown protocol", 9, 1, 255, 0, 0 },
	{ "wrong checksum", 10, 2, 0x1234, Noipsum, 0 },
	{ "checksum 0", 10, 2, 0, Noipsum, 0 },
	{ "from all", 12, 4, 0xFFFFFFFF, 0, 0 },
	{ "from all of the network", 12, 4, 0x0A0000FF, 0, 0 },
	{ "from a group", 12, 4, 0xE0000001, 0, 0 },
	{ "to another", 16, 4, 0x0A000003, 0, 0 },
	{ "to loopback", 16, 4, 0x7F000001, 0, 0 },
	{ "to nobody", 16, 4, 0, 0, 0 },
	{ "to port 0", 22, 2, 0, 0, 0 },
	{ "datagram of no length", 24, 2, 0, 0, 0 },
	{ "datagram shorter than its header", 24, 2, 7, 0, 0 },
	{ "datagram longer than the packet", 24, 2, Udphdr+Text+1, 0, 0 },
	{ "datagram of 65535", 24, 2, 65535, 0, 0 },
	{ "wrong datagram checksum", 26, 2, 0x1234, Nosum, 0 },
	{ "no datagram checksum", 26, 2, 0, Nosum, 1 },
};

static void headers(void)
{
	Frame4 f;
	uchar *p;
	uint i;

	for(i = 0; i < nelem(patches); i++){
		datagram(&f, 'b');
		framesum(f.ip, f.n-Ethlen, 0, 0);	/* the datagram's, before it is patched */
		p = f.ip+patches[i].at;
		switch(patches[i].n){
		case 1: p[0] = patches[i].v; break;
		case 2: put2(p, patches[i].v); break;
		case 4: put4(p, patches[i].v); break;
		}
		f.noipsum = patches[i].how == Noipsum;
		f.nosum = patches[i].how == Nosum;
		framesend(&f, B);
		named(patches[i].heard? heard('b'): good(), patches[i].name);
	}
}

/* --- options of IP: passed over, whatever they say --- */
static struct {
	char *name;
	uchar opt[8];
} ipopts[] = {
	{ "no length", { 7 } },
	{ "length 0", { 7, 0 } },
	{ "length 1", { 7, 1, 4 } },
	{ "longer than the header", { 7, 255, 4 } },
	{ "record route, its pointer outside", { 7, 7, 255 } },
	{ "source route", { 131, 7, 4, 10, 0, 0, 9 } },
	{ "a length in the last byte", { 1, 1, 1, 1, 1, 1, 1, 68 } },
};

static void ipoptions(void)
{
	Frame4 f;
	uint i;

	for(i = 0; i < nelem(ipopts); i++){
		datagram(&f, 'b');
		framesum(f.ip, f.n-Ethlen, 0, 0);
		memmove(f.ip+28, f.ip+20, Udphdr+Text);
		memmove(f.ip+20, ipopts[i].opt, 8);
		f.ip[0] = 0x47;
		put2(f.ip+2, 28+Udphdr+Text);
		f.n += 8;
		f.nosum = 1;
		framesend(&f, B);
		named(heard('b'), ipopts[i].name);
	}
}

/* --- fragments: of a datagram of 72 bytes --- */
static struct {
	char *name;
	struct {
		u16int off, n;	/* bytes */
		u8int last;	/* there is no more */
	} part[5];
	u8int heard;
} frags[] = {
	{ "in order", { { 0, 24, 0 }, { 24, 24, 0 }, { 48, 24, 1 } }, 1 },
	{ "in reverse", { { 48, 24, 1 }, { 24, 24, 0 }, { 0, 24, 0 } }, 1 },
	{ "one twice", { { 0, 24, 0 }, { 0, 24, 0 }, { 24, 24, 0 }, { 48, 24, 1 } }, 1 },
	{ "header in two", { { 0, 8, 0 }, { 8, 64, 1 } }, 1 },
	{ "one missing", { { 0, 24, 0 }, { 48, 24, 1 } }, 0 },
	{ "no first", { { 24, 24, 0 }, { 48, 24, 1 } }, 0 },
	{ "no last", { { 0, 24, 0 }, { 24, 24, 0 } }, 0 },
	{ "one over another", { { 0, 32, 0 }, { 24, 24, 0 }, { 48, 24, 1 } }, 0 },
	{ "one within another", { { 0, 48, 0 }, { 8, 8, 0 }, { 48, 24, 1 } }, 1 },
	{ "two ends", { { 48, 24, 1 }, { 24, 16, 1 }, { 0, 24, 0 } }, 0 },
	{ "something behind the end", { { 48, 24, 1 }, { 72, 24, 0 }, { 24, 24, 0 }, { 0, 16, 0 } }, 0 },
	{ "parts of no bytes", { { 0, 24, 0 }, { 24, 0, 0 }, { 48, 24, 1 } }, 0 },
	{ "not a multiple of 8, and more to come", { { 0, 21, 0 }, { 24, 48, 1 } }, 0 },
	{ "beyond the greatest packet", { { 0, 24, 0 }, { 65528, 24, 1 } }, 0 },
};

static void fragment(int id, u32int off, u32int n, int last)
{
	Frame4 whole, f;
	uchar *h, *p;

	h = datagram(&whole, 'f');
	put2(h+6, 0);	/* no checksum */
	p = frame4(&f, 17, n);
	if(off < Udphdr+Text)
		memmove(p, h+off, n < Udphdr+Text-off? n: Udphdr+Text-off);
	put2(f.ip+4, id);
	put2(f.ip+6, off/8 | (last? 0: 0x2000));
	f.nosum = 1;
	framesend(&f, B);
}

static void fragments(void)
{
	uint i, k;

	for(i = 0; i < nelem(frags); i++){
		for(k = 0; k < nelem(frags[i].part) && (frags[i].part[k].n != 0 || frags[i].part[k].off != 0); k++)
			fragment(100+i, frags[i].part[k].off, frags[i].part[k].n, frags[i].part[k].last);
		named(frags[i].heard? heard('f'): good(), frags[i].name);
	}
}

/* --- IPv6: loopback's address, on a wire --- */
static int heard6(int data, uchar *from, uchar *to)
{
	Frame4 f;
	uchar *ip, *h;
	char *s;

	memset(&f, 0, sizeof f);
	f.b[0] = 2;
	f.b[5] = 2;
	f.b[12] = 0x86;
	f.b[13] = 0xDD;
	ip = f.b+Ethlen;
	ip[0] = 0x60;
	put2(ip+4, Udphdr+2);
	ip[6] = 17;
	ip[7] = 64;
	memmove(ip+8, from, 16);
	memmove(ip+24, to, 16);
	h = ip+40;
	put2(h, 5);
	put2(h+2, 9);
	put2(h+4, Udphdr+2);
	framesum6(ip, 40+Udphdr+2);
	B->st->input(B->nic, f.b, Ethlen+40+Udphdr+2);
	s = hget(B, hname(udir, "status"));
	if(s == nil || (s = strstr(s, "qin ")) == nil || strtoul(s+4, nil, 10) == 0)
		return 0;
	hread(B, data);
	return 1;
}

static void loopback6(void)
{
	static uchar self[16] = { [15] = 1 }, a[16] = { 0xFD, [15] = 1 }, b[16] = { 0xFD, [15] = 2 };
	char dir[64];
	int ifc, ctl, data;

	ifc = hconv(B, "ipifc", dir);
	check(hwrite(B, ifc, "bind loopback /dev/null"));
	check(hwrite(B, ifc, "add ::1 /128"));
	ctl = hconv(B, "udp", udir);
	check(hwrite(B, ctl, "headers"));
	check(hwrite(B, ctl, "announce *!9"));
	data = hopen(B, hname(udir, "data"), ORDWR);
	check(heard6(data, a, b));
	check(!heard6(data, a, self));
	check(!heard6(data, self, b));
	hclose(B, data);
	hclose(B, ctl);
	check(hwrite(B, ifc, "unbind"));
	hclose(B, ifc);
}

/* --- a connection by hand, from port 7 to port 80 --- */
static u32int seq, ack;		/* ours, theirs */
static u8int flags;		/* of what B sent last */
static u32int nsaid;		/* bytes of data in all */
static u16int from;

static void tap(uchar *b, u32int n)
{
	uchar *t;

	if(b[12] != 8 || b[13] != 0 || b[23] != 6 || n < 54)
		return;
	t = b+34;
	if(b[29] != 2 || (t[2]<<8 | t[3]) != from)
		return;
	flags = t[13];
	nsaid += (b[16]<<8 | b[17]) - 20 - (t[12]>>4)*4;
	ack = ((u32int)t[4]<<24 | t[5]<<16 | t[6]<<8 | t[7]) + (flags & (Syn|Fin)? 1: 0);
}

static void segment(Frame4 *f, int fl, void *opt, u32int nopt, char *data)
{
	uchar *h;

	h = frame4(f, 6, Tcphdr+nopt+strlen(data));
	put2(h, from);
	put2(h+2, 80);
	put4(h+4, seq);
	put4(h+8, fl & Ack? ack: 0);
	h[12] = (Tcphdr+nopt)/4<<4;
	h[13] = fl;
	put2(h+14, 4096);
	memmove(h+Tcphdr, opt, nopt);
	memmove(h+Tcphdr+nopt, data, strlen(data));
}

static void say(int fl, void *opt, u32int nopt, char *data)
{
	Frame4 f;

	segment(&f, fl, opt, nopt, data);
	framesend(&f, B);
}

static char ldir[64];

/* B's data; Nofid: it did not answer */
static int open(void *opt, u32int nopt)
{
	char dir[64];
	int fid, data;

	from++;
	seq = from*1000;
	flags = 0;
	nsaid = 0;
	say(Syn, opt, nopt, "");
	if(flags != (Syn|Ack))
		return Nofid;
	seq++;
	say(Ack, nil, 0, "");
	fid = hopen(B, hname(ldir, "listen"), ORDWR);
	snprint(dir, sizeof dir, "tcp/%s", hread(B, fid));
	data = hopen(B, hname(dir, "data"), ORDWR);
	hclose(B, fid);
	return data;
}

/* B still reads what is said next, and sends */
static int alive(int data)
{
	char *s;

	say(Ack|Psh, nil, 0, "alive");
	seq += 5;
	s = hread(B, data);
	return s != nil && strcmp(s, "alive") == 0 && hwrite(B, data, "yes") && nsaid == 3;
}

static void end(int data)
{
	say(Rst|Ack, nil, 0, "");
	hclose(B, data);
}

static struct {
	char *name;
	u8int n;
	uchar opt[20];
} tcpopts[] = {
	{ "none", 0, { 0 } },
	{ "length 0", 4, { 2, 0, 5, 180 } },
	{ "length 1", 4, { 2, 1, 5, 180 } },
	{ "length beyond the header", 4, { 2, 255, 5, 180 } },
	{ "length beyond the header, in the last byte", 4, { 1, 1, 1, 2 } },
	{ "a greatest segment of 0", 4, { 2, 4, 0, 0 } },
	{ "a greatest segment of 1", 4, { 2, 4, 0, 1 } },
	{ "a greatest segment of 5 bytes' length", 8, { 2, 5, 5, 180, 0 } },
	{ "a window scale of 255", 4, { 3, 3, 255 } },
	{ "a window scale of no length", 4, { 3, 0 } },
	{ "timestamps cut short", 8, { 8, 10, 0, 0, 0, 1 } },
	{ "timestamps of 2 bytes", 4, { 8, 2 } },
	{ "selective ones permitted, twice", 4, { 4, 2, 4, 2 } },
	{ "selective ones permitted, of 3 bytes", 4, { 4, 3, 0 } },
	{ "unknown, of no length", 4, { 200, 0 } },
	{ "unknown, of all there is", 12, { 200, 12 } },
	{ "an end in front of others", 8, { 0, 2, 4, 0, 0, 3, 3, 99 } },
	{ "a selective acknowledgement of 1 byte", 4, { 5, 3, 1 } },
	{ "a selective acknowledgement without blocks", 4, { 5, 2 } },
	{ "a selective acknowledgement of what was not sent", 12, { 5, 10, 127, 0, 0, 0, 127, 0, 0, 9 } },
	{ "a selective acknowledgement backwards", 12, { 5, 10, 0, 0, 0, 9, 0, 0, 0, 1 } },
	{ "selective acknowledgements beyond the header", 12, { 5, 34, 0, 0, 0, 1, 0, 0, 0, 2 } },
};

/* in a call, and on a connection */
static void tcpoptions(void)
{
	int data;
	uint i;

	for(i = 0; i < nelem(tcpopts); i++){
		data = open(tcpopts[i].opt, tcpopts[i].n);
		named(data != Nofid && alive(data), tcpopts[i].name);
		end(data);
		data = open(nil, 0);
		say(Ack, tcpopts[i].opt, tcpopts[i].n, "");
		named(data != Nofid && alive(data), tcpopts[i].name);
		end(data);
	}
}

/* data whose urgent pointer is nothing like it */
static void urgent(void)
{
	static u16int at[] = { 0, 1, 4, 5, 65535 };
	Frame4 f;
	char *s;
	int data;
	uint i;

	data = open(nil, 0);
	for(i = 0; i < nelem(at); i++){
		segment(&f, Ack|Urg, nil, 0, "soon");
		put2(f.ip+Ip4len+18, at[i]);
		framesend(&f, B);
		seq += 4;
		s = hread(B, data);
		named(s != nil && strcmp(s, "soon") == 0, "urgent pointer");
	}
	segment(&f, Ack|Urg, nil, 0, "");	/* nothing is urgent */
	framesend(&f, B);
	check(alive(data));
	end(data);
}

static struct {
	char *name;
	u8int at, n;	/* in TCP's header */
	u32int v;
	u8int nosum;
} segs[] = {
	{ "header of no words", 12, 1, 0, 0 },
	{ "header of 4 words", 12, 1, 0x40, 0 },
	{ "header longer than the segment", 12, 1, 0xF0, 0 },
	{ "wrong checksum", 16, 2, 0x1234, 1 },
	{ "checksum 0", 16, 2, 0, 1 },
	{ "no flags", 13, 1, 0, 0 },
	{ "a call on a connection", 13, 1, Syn, 0 },
	{ "a call and its end", 13, 1, Syn|Fin, 0 },
	{ "data before the window", 4, 4, 1, 0 },
	{ "data beyond the window", 4, 4, 0x70000000, 0 },
	{ "data as far away as can be", 4, 4, 0, 0 },
	{ "an end beyond the window", 4, 4, 0x71000000, 0 },
	{ "to port 0", 2, 2, 0, 0 },
};

static void segments(void)
{
	Frame4 f;
	uchar *h;
	int data, one;
	uint i;

	for(i = 0; i < nelem(segs); i++){
		data = open(nil, 0);
		one = i == 10;	/* a single byte that lies neither before nor behind the next */
		if(one)
			segs[i].v = seq + 0x80000000;
		segment(&f, Ack|Psh | (i == 11? Fin: 0), nil, 0, one? "w": "wrong");
		framesum(f.ip, f.n-Ethlen, 0, 0);
		h = f.ip+Ip4len+segs[i].at;
		switch(segs[i].n){
		case 1: h[0] = segs[i].v; break;
		case 2: put2(h, segs[i].v); break;
		case 4: put4(h, segs[i].v); break;
		}
		f.nosum = segs[i].nosum;
		framesend(&f, B);
		named(alive(data), segs[i].name);
		end(data);
	}
	from++;	/* calls that are none */
	say(Syn|Fin|Rst, nil, 0, "");
	named(flags != (Syn|Ack), "a call, an end and a reset");
}

/* a reset that is not where the next byte is, in the window or out of it, ends nothing */
static void resets(void)
{
	static int off[] = { -1, 1, 100, 0x10000000 };
	int data;
	uint i;

	data = open(nil, 0);
	for(i = 0; i < nelem(off); i++){
		seq += off[i];
		say(Rst, nil, 0, "");
		seq -= off[i];
		named(alive(data) || i > 0, "reset");
		nsaid = 0;
	}
	end(data);
}

int main(void)
{
	char dir[64];
	int ctl, a, lctl;

	netopen(5);
	ctl = hconv(B, "udp", udir);
	check(hwrite(B, ctl, "connect 10.0.0.1!5 9"));
	udp = hopen(B, hname(udir, "data"), ORDWR);
	a = hconv(A, "udp", dir);	/* neighbours know each other; and no more is heard of A */
	check(hwrite(A, a, "connect 10.0.0.2!9 5"));
	hclose(A, a);
	a = hconv(A, "tcp", dir);
	check(!hwrite(A, a, "connect 10.0.0.2!81"));
	hclose(A, a);
	steps(100);
	line.cut = 1;

	check(good());
	headers();
	ipoptions();
	fragments();
	hclose(B, udp);
	hclose(B, ctl);
	loopback6();

	line.tap = tap;
	lctl = hconv(B, "tcp", ldir);
	check(hwrite(B, lctl, "announce *!80"));
	tcpoptions();
	urgent();
	segments();
	resets();
	hclose(B, lctl);
	netclose();
	return checkdone();
}
