/*
 * ethertest: for ether.sh, on a machine whose ether0 and ether1 are on one
 * wire.  `ethertest` tries both, `ethertest jumbo` frames longer than 1514, `ethertest
 * link dir` waits for the link of ether0 to go and come, and says when in dir;
 * `ethertest foreign dir n` waits for frames from the other end of ether0's wire,
 * at least n of them bad.  For net.sh: `ethertest echo dir` answers the frames of another
 * machine, `ethertest ask n` wants n of them answered over a line that loses some, and
 * `ethertest arp` asks for 10.0.2.2.  For tap.sh: `ethertest sums dir n` waits for n UDP packets, and
 * looks at their checksums.
 */
#include <u.h>
#include <libc.h>

enum { Hdr = 14, Type = 0x88b5, Other = 0x88b6, Queue = 1024 };

typedef struct Conv Conv;
struct Conv {
	int ctl, data;
	char dir[32];
};

static int faults;
static volatile int empty;	/* there is nothing to read, which an alarm ends */
static uchar addr[2][6];

#define check(c) ((c) ? (void)0 : fault(__LINE__, #c))

static void fault(int line, char *what)
{
	print("ethertest.c:%d: %s (%r)\n", line, what);
	faults++;
}

static void readfile(char *name, char *buf, int n)
{
	int fd = open(name, OREAD), m = -1;

	if(fd >= 0)
		m = read(fd, buf, n-1);
	if(m < 0)
		sysfatal("%s: %r", name);
	buf[m] = 0;
	close(fd);
}

/* the number after key in a file of counts */
static vlong count(char *name, char *key)
{
	char buf[1024], *p;

	readfile(name, buf, sizeof buf);
	p = strstr(buf, key);
	if(p == nil)
		sysfatal("%s: no %s", name, key);
	return strtoll(p+strlen(key), nil, 10);
}

static vlong ifcount(int unit, char *key)
{
	char name[32];

	snprint(name, sizeof name, "#l/ether%d/stats", unit);
	return count(name, key);
}

static vlong convcount(Conv *c, char *key)
{
	char name[64];

	snprint(name, sizeof name, "%s/stats", c->dir);
	return count(name, key);
}

static void convopen(Conv *c, int unit, char *msg)
{
	char num[16], name[64];
	int n;

	snprint(name, sizeof name, "#l/ether%d/clone", unit);
	c->ctl = open(name, ORDWR);
	if(c->ctl < 0 || (n = read(c->ctl, num, sizeof num - 1)) <= 0)
		sysfatal("%s: %r", name);
	num[n] = 0;
	snprint(c->dir, sizeof c->dir, "#l/ether%d/%d", unit, atoi(num));
	snprint(name, sizeof name, "%s/data", c->dir);
	c->data = open(name, ORDWR);
	if(c->data < 0)
		sysfatal("%s: %r", name);
	if(msg != nil)
		check(fprint(c->ctl, "%s", msg) > 0);
}

static void convclose(Conv *c)
{
	close(c->ctl);
	close(c->data);
}

static void myaddr(int unit)
{
	char name[32], buf[16], two[3] = "";
	int i;

	snprint(name, sizeof name, "#l%d/ether%d/addr", unit, unit);
	readfile(name, buf, sizeof buf);
	check(strlen(buf) == 12);
	for(i = 0; i < 6; i++){
		memmove(two, buf+2*i, 2);
		addr[unit][i] = strtoul(two, nil, 16);
	}
}

static void fill(uchar *p, int n, uchar *dst, int type, int seed)
{
	int i;

	memmove(p, dst, 6);
	memset(p+6, 0x5a, 6);
	p[12] = type>>8;
	p[13] = type;
	for(i = Hdr; i < n; i++)
		p[i] = seed + i*7;
}

static int sends(Conv *c, uchar *dst, int type, int n, int seed)
{
	static uchar buf[10000];

	fill(buf, n, dst, type, seed);
	return write(c->data, buf, n);
}

/* what the counts say of a frame that was lost */
static void lost(Conv *c)
{
	char buf[1024], name[64];
	int i;

	print("a frame has not come to %s: %r\n", c->dir);
	snprint(name, sizeof name, "%s/stats", c->dir);
	readfile(name, buf, sizeof buf);
	print("%s", buf);
	for(i = 0; i < 2; i++){
		snprint(name, sizeof name, "#l/ether%d/stats", i);
		readfile(name, buf, sizeof buf);
		print("%s", buf);
	}
	exits("lost");
}

/* the next frame of c is the one that fill makes, from src, padded */
static int comes(Conv *c, uchar *src, uchar *dst, int type, int n, int seed)
{
	static uchar buf[10000], want[10000];
	int m;

	alarm(20*1000);
	m = read(c->data, buf, sizeof buf);
	alarm(0);
	if(m < 0)
		lost(c);
	memset(want, 0, 60);
	fill(want, n, dst, type, seed);
	memmove(want+6, src, 6);
	return m == (n < 60 ? 60 : n) && memcmp(buf, want, m) == 0;
}

static int refused(Conv *c, char *msg)
{
	return fprint(c->ctl, "%s", msg) < 0;
}

static uchar bcast[6] = { 255, 255, 255, 255, 255, 255 };
static uchar group[6] = { 1, 0, 94, 1, 2, 3 };
static uchar nobody[6] = { 2, 9, 9, 9, 9, 9 };

/* by type, in order, in full, to several readers */
static void types(void)
{
	Conv a, b, b2, o, all;
	int n, i = 0;

	convopen(&a, 0, "connect 0x88b5");
	convopen(&b, 1, "connect 0x88b5");
	convopen(&b2, 1, "connect 34997");
	convopen(&o, 1, "connect 0x88b6");
	convopen(&all, 1, "connect -1");
	check(count("#l/ether1/stats", "link:") == 1);
	for(n = Hdr; n <= 1514; n += i++%3 == 0 ? 1 : 97){
		check(sends(&a, addr[1], Type, n, n) == n);
		check(comes(&b, addr[0], addr[1], Type, n, n));
		check(comes(&b2, addr[0], addr[1], Type, n, n));
		check(comes(&all, addr[0], addr[1], Type, n, n));
	}
	check(sends(&a, bcast, Other, 100, 1) == 100);
	check(comes(&o, addr[0], bcast, Other, 100, 1));
	check(comes(&all, addr[0], bcast, Other, 100, 1));
	check(sends(&o, addr[0], Type, 1514, 2) == 1514);
	check(comes(&a, addr[1], addr[0], Type, 1514, 2));
	check(convcount(&o, "in:") == 1 && convcount(&b, "waiting:") == 0 && convcount(&o, "out:") == 1);
	check(ifcount(0, "out:") >= i+1 && ifcount(1, "in:") >= i+1 && ifcount(0, "in:") >= 1);
	convclose(&a);
	convclose(&b);
	convclose(&b2);
	convclose(&o);
	convclose(&all);
}

/* whose a frame is: others' only for the promiscuous, groups' for who joined; one's own not */
static void addresses(void)
{
	Conv a, b, p, m, l, br;

	convopen(&a, 0, "connect 0x88b5");
	convopen(&l, 0, "connect 0x88b5");
	convopen(&b, 1, "connect 0x88b5");
	convopen(&p, 1, "connect 0x88b5");
	convopen(&m, 1, "connect 0x88b5");
	check(fprint(p.ctl, "promiscuous") > 0 && ifcount(1, "prom:") == 1);
	check(fprint(m.ctl, "addmulti 01005e010203") > 0);
	check(sends(&a, nobody, Type, 80, 1) == 80);
	check(sends(&a, group, Type, 80, 2) == 80);
	check(sends(&a, addr[0], Type, 80, 3) == 80);
	check(sends(&a, addr[1], Type, 80, 4) == 80);
	check(comes(&p, addr[0], nobody, Type, 80, 1));
	check(comes(&p, addr[0], group, Type, 80, 2));
	check(comes(&p, addr[0], addr[1], Type, 80, 4));
	check(comes(&m, addr[0], group, Type, 80, 2));
	check(comes(&m, addr[0], addr[1], Type, 80, 4));
	check(comes(&b, addr[0], addr[1], Type, 80, 4));
	check(comes(&l, addr[0], addr[0], Type, 80, 3));
	check(fprint(m.ctl, "remmulti 01005e010203") > 0);
	convopen(&br, 0, "connect 0x88b5");
	check(fprint(br.ctl, "bridge") > 0);
	check(sends(&br, group, Type, 80, 5) == 80 && sends(&br, addr[1], Type, 80, 6) == 80);
	memset(nobody, 0x5a, 6);	/* as fill has it: the bridge's frames keep their source */
	check(comes(&m, nobody, addr[1], Type, 80, 6));
	check(convcount(&a, "waiting:") == 0 && convcount(&br, "in:") == 0);
	convclose(&p);
	check(ifcount(1, "prom:") == 0);
	convclose(&a);
	convclose(&b);
	convclose(&m);
	convclose(&l);
	convclose(&br);
}

/* who does not read loses; the other has all */
static void lazy(void)
{
	Conv a, b, slow;
	vlong soft = ifcount(1, "soft overflows:");
	int i;

	convopen(&a, 0, nil);
	convopen(&b, 1, "connect 0x88b5");
	convopen(&slow, 1, "connect 0x88b5");
	for(i = 0; i < Queue+50; i++){
		check(sends(&a, addr[1], Type, 1000, i) == 1000);
		check(comes(&b, addr[0], addr[1], Type, 1000, i));
	}
	check(convcount(&slow, "waiting:") == Queue && convcount(&slow, "soft overflows:") == 50);
	check(convcount(&b, "soft overflows:") == 0 && ifcount(1, "soft overflows:") == soft+50);
	for(i = 0; i < Queue; i++)
		check(comes(&slow, addr[0], addr[1], Type, 1000, i));
	convclose(&a);
	convclose(&b);
	convclose(&slow);
}

static void bad(void)
{
	Conv a, b;
	char name[64];
	uchar h[64];
	int i, fd;

	convopen(&a, 0, nil);
	check(sends(&a, addr[1], Type, Hdr-1, 1) < 0 && sends(&a, addr[1], Type, 1515, 1) < 0);
	check(refused(&a, "connect") && refused(&a, "connect x") && refused(&a, "connect 5") && refused(&a, "connect 65536"));
	check(refused(&a, "connect -2") && refused(&a, "connect 4294967295") && refused(&a, "dance"));
	check(refused(&a, "addmulti 00005e010203") && refused(&a, "addmulti 01005e01020") && refused(&a, "addmulti 01005e01020g"));
	for(i = 0; i < 16; i++)
		check(fprint(a.ctl, "addmulti 01005e0102%.2x", i) > 0);
	check(refused(&a, "addmulti 01005e010310") && fprint(a.ctl, "addmulti 01005e010200") > 0);
	check(open("#l9/ether9/clone", ORDWR) < 0 && open("#lx", OREAD) < 0 && open("#l0/ether1/addr", OREAD) < 0);
	check(open("#l/ether0/stats", ORDWR) < 0 && open("#l/ether0/63/data", ORDWR) < 0);
	strecpy(name, name+sizeof name, a.dir);
	convclose(&a);
	fd = open(name, OREAD);
	check(fd < 0);
	convopen(&a, 0, nil);
	convopen(&b, 1, "connect 0x88b5");
	check(fprint(b.ctl, "headersonly") > 0);
	check(sends(&a, addr[1], Type, 1000, 9) == 1000 && read(b.data, h, sizeof h) == 64);
	check(memcmp(h, addr[1], 6) == 0 && h[58]<<8 == (1000&0xff00) && h[59] == (1000&0xff) && h[57] == (uchar)(9+57*7));
	convclose(&a);
	convclose(&b);
}

/* a read ends by a note; many sent at once, faster than the wire takes them */
static void many(void)
{
	Conv a, b;
	int i, pid, n = 3000, ok = 0;
	char buf[2000], type[16];

	convopen(&a, 0, nil);
	convopen(&b, 1, "connect 0x88b5");
	snprint(buf, sizeof buf, "%s/type", b.dir);
	readfile(buf, type, sizeof type);
	check(atoi(type) == Type);
	pid = fork();
	if(pid == 0){
		for(i = 0; i < n; i++)
			if(sends(&a, addr[1], Type, 60 + i%1400, i) < 0)
				sysfatal("send: %r");
		exits(nil);
	}
	check(waitpid() == pid);
	check(convcount(&a, "out:") == n);
	while(convcount(&b, "in:") + convcount(&b, "soft overflows:") + ifcount(1, "overflows:") < n)
		sleep(1);
	for(i = convcount(&b, "waiting:"); i > 0; i--)
		ok += read(b.data, buf, sizeof buf) >= 60;
	check(ok == Queue);
	empty = 1;
	alarm(100);
	check(read(b.data, buf, sizeof buf) < 0);
	empty = 0;
	alarm(0);
	convclose(&a);
	convclose(&b);
}

/* raw frames are the owner's alone; the last: nobody comes back from none */
static void users(void)
{
	Conv a;
	char name[64];
	int fd = open("#c/user", OWRITE);

	convopen(&a, 0, nil);
	check(fd >= 0 && write(fd, "none", 4) == 4);
	check(open("#l/ether0/clone", ORDWR) < 0 && open("#l/ether0/stats", OREAD) >= 0);
	snprint(name, sizeof name, "%s/data", a.dir);
	check(open(name, OREAD) < 0 && open(name, OWRITE) < 0);
}

static void jumbo(void)
{
	Conv a, b;
	int n;

	convopen(&a, 0, nil);
	convopen(&b, 1, "connect 0x88b5");
	for(n = 60; n <= 9014; n += 407){
		check(sends(&a, addr[1], Type, n, n) == n);
		check(comes(&b, addr[0], addr[1], Type, n, n));
	}
	check(sends(&a, addr[1], Type, 9014, 3) == 9014 && comes(&b, addr[0], addr[1], Type, 9014, 3));
	check(sends(&a, addr[1], Type, 9015, 3) < 0);
	check(ifcount(1, "framing errs:") == 0);
}

static void mark(char *dir, char *name)
{
	char buf[128];
	int fd;

	snprint(buf, sizeof buf, "%s/%s", dir, name);
	fd = create(buf, OWRITE, 0666);
	if(fd < 0)
		sysfatal("%s: %r", buf);
	close(fd);
}

static void waitlink(int on)
{
	while(ifcount(0, "link:") != on)
		sleep(20);
}

static void thelink(char *dir)
{
	Conv a, b;

	convopen(&a, 0, nil);
	convopen(&b, 1, "connect 0x88b5");
	check(ifcount(0, "link:") == 1);
	mark(dir, "off");
	waitlink(0);
	check(sends(&a, addr[1], Type, 100, 1) == 100);
	check(ifcount(0, "output errs:") == 1);
	mark(dir, "on");
	waitlink(1);
	check(sends(&a, addr[1], Type, 100, 2) == 100);
	check(comes(&b, addr[0], addr[1], Type, 100, 2));
	check(ifcount(0, "output errs:") == 1);
}

/* the host sends a runt, one too long and a good one, until told that they came */
static void foreign(char *dir, int nbad)
{
	uchar buf[2000];
	Conv a;

	convopen(&a, 0, "connect 0x88b5");
	mark(dir, "send");
	check(read(a.data, buf, sizeof buf) == 64 && buf[63] == 'x');
	check(ifcount(0, "framing errs:") >= nbad);
	check(convcount(&a, "in:") >= 1);
	mark(dir, "came");
}

static void echo(char *dir)
{
	uchar buf[2000];
	Conv a;
	int n;

	convopen(&a, 0, "connect 0x88b5");
	mark(dir, "echo");
	while((n = read(a.data, buf, sizeof buf)) > 0){
		memmove(buf, bcast, 6);
		buf[12] = Other>>8;
		buf[13] = (uchar)Other;
		check(write(a.data, buf, n) == n);
	}
}

/* whether the answer to frame i comes soon; those to the ones before may come again */
static int answered(Conv *c, int i, int n)
{
	static uchar buf[2000], want[2000];
	int m;

	fill(want, n, bcast, Other, i);
	alarm(300);
	while((m = read(c->data, buf, sizeof buf)) > 0)
		if(m == n && memcmp(buf+Hdr, want+Hdr, n-Hdr) == 0)
			break;
	alarm(0);
	return m > 0;
}

static void ask(int n)
{
	Conv a;
	int i, size;

	convopen(&a, 0, "connect 0x88b6");
	for(i = 0; i < n; i++){
		size = 60 + i*37%1400;
		do
			check(sends(&a, bcast, Type, size, i) == size);
		while(!answered(&a, i, size));
	}
	check(convcount(&a, "out:") >= n);
}

static void arp(void)
{
	static uchar q[60] = { 255, 255, 255, 255, 255, 255, [12] = 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, [28] = 10, 0, 2, 15, [38] = 10, 0, 2, 2 };
	uchar buf[2000];
	Conv a;
	int n;

	convopen(&a, 0, "connect 0x806");
	memmove(q+22, addr[0], 6);
	check(write(a.data, q, sizeof q) == sizeof q);
	n = read(a.data, buf, sizeof buf);
	check(n >= 42 && buf[21] == 2 && memcmp(buf+28, q+38, 4) == 0 && memcmp(buf+38, q+28, 4) == 0);
}

/* the sum of 16-bit words, as RFC 1071 has it */
static ulong words(ulong s, uchar *p, int n)
{
	int i;

	for(i = 0; i < n; i++)
		s += i & 1 ? p[i] : p[i]<<8;
	while(s>>16 != 0)
		s = (s & 0xffff) + (s>>16);
	return s;
}

static void sums(char *dir, int n)
{
	uchar buf[2000], *ip = buf+Hdr;
	Conv a;
	int len, m;

	convopen(&a, 0, "connect 0x800");
	mark(dir, "send");
	while(n > 0 && faults == 0){
		m = read(a.data, buf, sizeof buf);
		if(m < Hdr+28 || ip[0] != 0x45 || ip[9] != 17)
			continue;
		len = (ip[2]<<8 | ip[3]) - 20;
		check(len >= 8 && Hdr+20+len <= m);
		check((ip[26] | ip[27]) != 0);
		check(words(17 + len, ip+12, 8+len) == 0xffff);
		n--;
	}
	mark(dir, "came");
}

static int caught(void *u, char *s)
{
	USED(u);
	if(empty)
		alarm(100);	/* this one may have come before the read */
	return strcmp(s, "alarm") == 0;
}

int main(int argc, char **argv)
{
	char *mode = argc > 1 ? argv[1] : "";

	atnotify(caught, 1);
	myaddr(0);
	if(strcmp(mode, "foreign") == 0 && argc == 4)
		foreign(argv[2], atoi(argv[3]));
	else if(strcmp(mode, "echo") == 0 && argc == 3)
		echo(argv[2]);
	else if(strcmp(mode, "ask") == 0 && argc == 3)
		ask(atoi(argv[2]));
	else if(strcmp(mode, "sums") == 0 && argc == 4)
		sums(argv[2], atoi(argv[3]));
	else if(strcmp(mode, "arp") == 0)
		arp();
	else{
		myaddr(1);
		if(strcmp(mode, "jumbo") == 0)
			jumbo();
		else if(strcmp(mode, "link") == 0 && argc == 3)
			thelink(argv[2]);
		else{
			types();
			addresses();
			lazy();
			bad();
			many();
			users();
		}
	}
	exits(faults ? "faults" : nil);
}
