/* needs: libc/dns/unpack.c libc/dns/pack.c libc/dns/rr.c cmd/ndb/dns/cache.c cmd/ndb/dns/resolve.c libc/ip/addr.c libc/ip/parse.c libc/ip/fmt.c libc/base/cistr.c libc/base/token.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c tests/host/libc/shim.c */
/* flags: -Icmd/ndb/dns */
/* messages of the domain name system; the resolver and its cache against servers made up here, in time made up here */
#include "u.h"
#include "libc.h"
#include "ip.h"
#include "dns.h"
#include "resolve.h"
#include "check.h"

static int locked;

void qlock(QLock *q)
{
	USED(q);
	check(locked++ == 0);
}

void qunlock(QLock *q)
{
	USED(q);
	check(--locked == 0);
}

/* --- messages --- */
static uchar raw[4096];
static int nraw;

static void bytes(char *p, int n)
{
	memmove(raw+nraw, p, n);
	nraw += n;
}
#define B(s) bytes(s, sizeof s-1)

/* a header with that many answers, and a question for a.b */
static void begin(int nanswer)
{
	nraw = 0;
	B("\0\7\x81\x80\0\1\0");
	raw[nraw++] = nanswer;
	B("\0\0\0\0" "\1a\1b\0" "\0\1\0\1");
}

static void unpacked(char *want)
{
	char buf[2048], val[512], *p, *e;
	uchar *copy;
	Dnsmsg m;
	Rr *r;
	int ok;

	p = buf;
	e = buf+sizeof buf;
	*p = 0;
	copy = malloc(nraw);	/* with a fence right behind it */
	memmove(copy, raw, nraw);
	ok = dnsunpack(&m, copy, nraw) == 0;
	free(copy);
	if(!ok){
		checkstr("bad", want);
		return;
	}
	for(r = m.rr; r != nil; r = r->next){
		rrtext(val, sizeof val, r);
		p = seprint(p, e, "%s%s %s %s", p == buf? "": "; ", r->name, dnstypename(r->type), val);
	}
	checkstr(buf, want);
	dnsfree(m.rr);
}

static void names(void)
{
	int n;

	begin(1);
	B("\xC0\x0C\0\1\0\1\0\0\0\1\0\4\1\2\3\4");
	unpacked("a.b ip 1.2.3.4");
	n = nraw;
	for(nraw = 0; nraw < n; nraw++)
		unpacked("bad");
	begin(1);
	B("\1c\xC0\x0E\0\5\0\1\0\0\0\1\0\2\xC0\x0C");
	unpacked("c.b cname a.b");
	begin(1);	/* to itself, forward, in a ring, beyond the end */
	B("\xC0\x15\0\5\0\1\0\0\0\1\0\2\xC0\x0C");
	unpacked("bad");
	begin(1);
	B("\xC0\x17\0\5\0\1\0\0\0\1\0\2\xC0\x0C");
	unpacked("bad");
	begin(1);
	B("\1x\xC0\x15\0\5\0\1\0\0\0\1\0\2\xC0\x0C");
	unpacked("bad");
	begin(1);
	B("\xFF\xFF\0\5\0\1\0\0\0\1\0\2\xC0\x0C");
	unpacked("bad");
	begin(1);	/* a length of 64, of 128 */
	B("\x40" "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnop\0\0\1\0\1\0\0\0\1\0\4\1\2\3\4");
	unpacked("bad");
	begin(1);	/* bytes that names have seldom */
	B("\4.\\ \xE4\0\0\1\0\1\0\0\0\1\0\4\1\2\3\4");
	unpacked("\\046\\092\\032\\228 ip 1.2.3.4");
	check(dnsnameok("\\046\\092\\032\\228") == 0);
}

static void values(void)
{
	begin(5);
	B("\0\0\17\0\1\0\0\0\1\0\5\0\12\1m" "\0");
	B("\0\0\20\0\1\0\0\0\1\0\6\2ab\2cd");
	B("\0\0\34\0\1\0\0\0\1\0\20" "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1");
	B("\0\0\6\0\1\0\0\0\1\0\30" "\1s\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5");
	B("\0\xFF\x00\0\1\0\0\0\1\0\3abc");	/* a type nobody knows */
	unpacked(" mx 10 m;  txt abcd;  ipv6 2001:db8::1;  soa s  1 2 3 4 5");
	begin(1);	/* an address of three bytes; strings longer than the record; a record longer than its length */
	B("\xC0\x0C\0\1\0\1\0\0\0\1\0\3\1\2\3");
	unpacked("bad");
	begin(1);
	B("\xC0\x0C\0\20\0\1\0\0\0\1\0\2\5ab");
	unpacked("bad");
	begin(1);
	B("\xC0\x0C\0\5\0\1\0\0\0\1\0\1\xC0\x0C");
	unpacked("bad");
}

/* a name as long as it may be, and longer */
static void longnames(void)
{
	static uchar buf[Dnsudpmax];
	char name[Dnsnamelen];
	Dnsmsg m = { .nquestion = 1, .qtype = DnsA, .qclass = DnsIN }, got;
	int i, n, len;

	for(len = 250; len <= 256; len++){
		for(i = 0; i < len; i++)
			name[i] = i%50 == 49 && i < len-1? '.': 'x';
		name[i] = 0;
		strecpy(m.qname, m.qname+sizeof m.qname, name);
		n = dnspack(&m, buf, sizeof buf);
		check((n > 0) == (len <= 253) && (dnsnameok(name) == 0) == (len <= 253));
		if(n > 0){
			check(dnsunpack(&got, buf, n) == 0);
			checkstr(got.qname, name);
		}
	}
	check(dnsnameok("a..b") < 0 && dnsnameok(".a") < 0 && dnsnameok("a\\25") < 0 && dnsnameok("a\\256") < 0);
	check(dnsnameok("") == 0 && dnsnameok(".") == 0 && dnsnameok("a.") == 0);
	memset(name, 'y', 64);
	name[64] = 0;
	check(dnsnameok(name) < 0);
	name[63] = 0;
	check(dnsnameok(name) == 0);
}

static void addrnames(void)
{
	uchar a[16], b[16];
	char buf[128];
	int i;

	for(i = 0; i < 16; i++)
		a[i] = i*23+5;
	checkstr(dnsaddrname(buf, sizeof buf, (uchar*)"\1\2\3\xff", 4), "255.3.2.1.in-addr.arpa");
	check(dnsnameaddr(buf, b) == 4 && memcmp(b, "\1\2\3\xff", 4) == 0);
	dnsaddrname(buf, sizeof buf, a, 16);
	check(strlen(buf) == 72 && dnsnameaddr(buf, b) == 16 && memcmp(a, b, 16) == 0);
	check(dnsnameaddr("1.2.3.in-addr.arpa", b) < 0 && dnsnameaddr("1.2.3.400.in-addr.arpa", b) < 0 && dnsnameaddr("", b) < 0);
	buf[3] = 'g';
	buf[2] = 'g';
	check(dnsnameaddr(buf, b) < 0);
	check(dnstype("A") == DnsA && dnstype("ipv6") == DnsAAAA && dnstype("what") < 0);
}

/* --- servers made up --- */
typedef struct Said Said;
static struct Said {	/* what a server says about a name */
	char *name;
	int type;
	char *answer;	/* records: owner type ttl value, ; between; in ()s authority */
	int flags;
} world[] = {
	{"www.x", DnsA, "www.x ip 100 1.2.3.4;www.x ip 50 1.2.3.5", 0},
	{"al.x", DnsA, "al.x cname 100 www.x;www.x ip 100 1.2.3.4", 0},
	{"far.x", DnsA, "far.x cname 100 al.x", 0},
	{"loop.x", DnsA, "loop.x cname 100 loop2.x", 0},
	{"loop2.x", DnsA, "loop2.x cname 100 loop.x", 0},
	{"ring.x", DnsA, "ring.x cname 100 ring2.x;ring2.x cname 100 ring.x", 0},
	{"evil.x", DnsA, "evil.x ip 100 6.6.6.6;bank.x ip 9999 6.6.6.6;other.x cname 5 evil.x", 0},
	{"bank.x", DnsA, "bank.x ip 100 7.7.7.7", 0},
	{"no.x", DnsA, "(x soa 30 ns.x me.x 1 1 1 1 20)", Dnsrname},
	{"www.x", DnsMX, "(x soa 30 ns.x me.x 1 1 1 1 20)", 0},
	{"bare.x", DnsA, "", Dnsrname},
	{"big.x", DnsTXT, "big.x txt 100 all_of_it", Dnstrunc},
	{"zero.x", DnsA, "zero.x ip 0 1.1.1.1", 0},
	{"fails.x", DnsA, "", Dnsrserver},
	{"deadalias.x", DnsA, "deadalias.x cname 100 gone.x;(x soa 30 ns.x me.x 1 1 1 1 20)", Dnsrname},
	{"mixed.x", DnsALL, "mixed.x ip 100 1.2.3.4;mixed.x mx 100 5 m.x;y.x ip 100 1.1.1.1", 0},
};

typedef struct Talk Talk;
struct Talk {
	int server;
	int tcp;
	Dnsmsg q;
	int step;	/* what has come of it */
};

static int nservers = 2;
static int dead;	/* a bit for each server that is silent */
static int spoof;	/* answers that are none come first */
static int asked, askedtcp, opened;
static vlong now = 1000000000000LL;

static int servers(void)
{
	return nservers;
}

static void *open1(int server, int tcp, int ms)
{
	Talk *t;

	check(ms > 0 && server >= 0 && server < nservers && locked == 0);
	t = mallocz(sizeof *t, 1);
	t->server = server;
	t->tcp = tcp;
	opened++;
	return t;
}

static int send1(void *c, uchar *p, int n)
{
	Talk *t;

	t = c;
	asked++;
	askedtcp += t->tcp;
	check(dnsunpack(&t->q, p, n) == 0 && t->q.nquestion == 1 && t->q.flags == Dnsrecurse && t->q.rr == nil);
	return n;
}

static Rr *record(char *s, int section)
{
	uchar ip[IPaddrlen];
	char *f[10];
	int n, i, type;
	Rr *r;

	n = tokenize(s, f, nelem(f));
	check(n >= 4);
	type = dnstype(f[1]);
	r = rrnew(f[0], type, type == DnsMX? f[4]: f[3], type == DnsTXT? f[3]: n > 4? f[4]: "");
	if(type == DnsA){
		parseip(ip, f[3]);
		r->naddr = 4;
		memmove(r->addr, ip+IPv4off, 4);
	}
	if(type == DnsMX)
		r->pref = atoi(f[3]);
	for(i = 0; r->type == DnsSOA && i < 5; i++)
		r->soa[i] = atoi(f[5+i]);
	r->ttl = atoi(f[2]);
	r->section = section;
	return r;
}

static Rr *records(char *s)
{
	char buf[512], *f[10], *p;
	int i, n, auth;
	Rr *list;

	strecpy(buf, buf+sizeof buf, s);
	n = getfields(buf, f, nelem(f), 1, ";");
	list = nil;
	for(i = 0; i < n && *f[i] != 0; i++){
		auth = *f[i] == '(';
		if(auth && (p = strchr(f[i], ')')) != nil)
			*p = 0;
		list = rrcat(list, record(f[i]+auth, auth? Dnsauthority: Dnsanswer));
	}
	return list;
}

static int reply(Talk *t, uchar *p, int max, Said *s)
{
	Dnsmsg m;
	int n;

	m = t->q;
	m.flags = Dnsresp|Dnscanrec|Dnsrecurse;
	if(s == nil)
		m.flags |= Dnsrname;
	else{
		m.flags |= s->flags;
		m.rr = records(s->answer);
	}
	if(t->tcp)
		m.flags &= ~Dnstrunc;
	else if(m.flags & Dnstrunc){
		dnsfree(m.rr);
		m.rr = nil;
	}
	n = dnspack(&m, p, max);
	dnsfree(m.rr);
	check(n > 0);
	return n;
}

/* something that looks like an answer */
static int forge(Talk *t, uchar *p, int max, int how)
{
	Said lie = { .answer = "www.x ip 100 6.6.6.6" };
	Talk x;

	x = *t;
	switch(how){
	case 0:
		x.q.id ^= 1;
		break;
	case 1:
		strecpy(x.q.qname, x.q.qname+sizeof x.q.qname, "www.y");
		break;
	case 2:
		x.q.qtype = DnsTXT;
		break;
	case 3:
		memset(p, 0xC0, 100);
		return 100;
	case 4:
		return 0;
	case 5:	/* a question */
		reply(&x, p, max, &lie);
		p[2] &= 0x7F;
		return 60;
	}
	return reply(&x, p, max, &lie);
}

static int recv1(void *c, uchar *p, int max)
{
	Talk *t;
	uint i;

	t = c;
	if(dead>>t->server & 1)
		return -1;
	if(spoof && t->step < 6)
		return forge(t, p, max, t->step++);
	if(t->step++ > 6)
		return -1;
	t->step = 7;
	for(i = 0; i < nelem(world); i++)
		if(world[i].type == t->q.qtype && cistrcmp(world[i].name, t->q.qname) == 0)
			return reply(t, p, max, &world[i]);
	return reply(t, p, max, nil);
}

static void close1(void *c)
{
	opened--;
	free(c);
}

static vlong now1(void)
{
	return now;
}

static u16int id1(void)
{
	static u16int id = 77;

	return id += 991;
}

static int stopped;
static int stop1(void *arg)
{
	check(arg == &stopped);
	return stopped;
}

static Dnsnet net = { servers, open1, send1, recv1, close1, now1, id1, stop1, &stopped };

/* ask, with so many questions to servers */
static void asks(char *name, int type, char *want, int questions)
{
	char buf[1024], val[512], *p, *e;
	int code;
	Rr *rr, *r;

	asked = 0;
	p = buf;
	e = buf+sizeof buf;
	*p = 0;
	if(resolve(&net, name, type, &rr, &code) < 0)
		rerrstr(buf, sizeof buf);
	for(r = rr; r != nil; r = r->next){
		rrtext(val, sizeof val, r);
		p = seprint(p, e, "%s%s %s %ud %s", p == buf? "": "; ", r->name, dnstypename(r->type), r->ttl, val);
	}
	dnsfree(rr);
	checkstr(buf, want);
	checkint(asked, questions);
	checkint(opened, 0);
}

#define S 1000000000LL
static void resolving(void)
{
	asks("www.x", DnsA, "www.x ip 100 1.2.3.4; www.x ip 50 1.2.3.5", 1);
	now += 10*S;
	asks("WWW.x", DnsA, "www.x ip 40 1.2.3.4; www.x ip 40 1.2.3.5", 0);
	now += 39*S;
	asks("www.x", DnsA, "www.x ip 1 1.2.3.4; www.x ip 1 1.2.3.5", 0);
	now += 1*S;
	asks("www.x", DnsA, "www.x ip 100 1.2.3.4; www.x ip 50 1.2.3.5", 1);
	cacheflush();
	asks("al.x", DnsA, "al.x cname 100 www.x; www.x ip 100 1.2.3.4", 1);
	asks("www.x", DnsA, "www.x ip 100 1.2.3.4", 0);
	asks("al.x", DnsCNAME, "al.x cname 100 www.x", 0);
	cacheflush();
	asks("far.x", DnsA, "far.x cname 100 al.x; al.x cname 100 www.x; www.x ip 100 1.2.3.4", 2);
	asks("far.x", DnsA, "far.x cname 100 al.x; al.x cname 100 www.x; www.x ip 100 1.2.3.4", 0);
	asks("loop.x", DnsA, "too many aliases", 2);
	asks("ring.x", DnsA, "too many aliases", 1);
	asks("evil.x", DnsA, "evil.x ip 100 6.6.6.6", 1);
	asks("bank.x", DnsA, "bank.x ip 100 7.7.7.7", 1);
	asks("zero.x", DnsA, "zero.x ip 0 1.1.1.1", 1);
	asks("zero.x", DnsA, "zero.x ip 0 1.1.1.1", 1);
	asks("mixed.x", DnsALL, "mixed.x ip 100 1.2.3.4; mixed.x mx 100 5 m.x", 1);
	asks("bad..name", DnsA, "bad domain name: bad..name", 0);
}

static void nothings(void)
{
	cacheflush();
	asks("no.x", DnsA, Enoname, 1);
	asks("no.x", DnsA, Enoname, 0);
	asks("no.x", DnsMX, Enoname, 0);
	asks("www.x", DnsMX, Enodata, 1);
	asks("www.x", DnsMX, Enodata, 0);
	asks("www.x", DnsA, "www.x ip 100 1.2.3.4; www.x ip 50 1.2.3.5", 1);
	now += 20*S;
	asks("no.x", DnsA, Enoname, 1);
	asks("bare.x", DnsA, Enoname, 1);
	asks("bare.x", DnsA, Enoname, 1);
	asks("deadalias.x", DnsA, Enoname, 1);
	asks("gone.x", DnsA, Enoname, 0);
	asks("deadalias.x", DnsA, Enoname, 0);
}

static void troubles(void)
{
	char *www;

	www = "www.x ip 100 1.2.3.4; www.x ip 50 1.2.3.5";
	cacheflush();
	dead = 1;
	asks("www.x", DnsA, www, 2);
	cacheflush();
	dead = 3;
	asks("www.x", DnsA, "no answer from the name servers", 6);
	dead = 0;
	spoof = 1;
	asks("www.x", DnsA, www, 1);
	spoof = 0;
	askedtcp = 0;
	asks("big.x", DnsTXT, "big.x txt 100 all_of_it", 2);
	checkint(askedtcp, 1);
	asks("fails.x", DnsA, "name server: server failure", 6);
	nservers = 0;
	asks("bank.x", DnsA, "no name servers: no dns= for this network in the database", 0);
	nservers = 2;
	cacheflush();
	stopped = 1;
	asks("www.x", DnsA, "interrupted", 0);
	stopped = 0;
}

/* more names than it keeps: the last ones are there */
static void full(void)
{
	Cachestat s;
	char name[32];
	Rr *rr, *got;
	int i;

	cacheflush();
	for(i = 0; i < Maxcached+500; i++){
		snprint(name, sizeof name, "n%d.x", i);
		rr = rrnew(name, DnsNS, "h", "");
		rr->ttl = 1000;
		cacheput(name, DnsNS, rr, now);
		dnsfree(rr);
		if(i > 0){	/* in use, so it stays */
			check(cacheget("n0.x", DnsNS, now, &got) == Cachehit && got != nil && got->next == nil);
			dnsfree(got);
		}
	}
	cachestat(&s);
	checkint(s.sets, Maxcached);
	check(cacheget("n1.x", DnsNS, now, &got) == Cachemiss);
	check(cacheget(name, DnsNS, now, &got) == Cachehit);
	dnsfree(got);
	cacheflush();
	cachestat(&s);
	checkint(s.sets, 0);
}

int main(void)
{
	fmtinstall('I', eipfmt);
	names();
	values();
	longnames();
	addrnames();
	resolving();
	nothings();
	troubles();
	full();
	return checkdone();
}
