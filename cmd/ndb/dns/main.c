/*
 * dns: a caching resolver as the file /net/dns, and for other machines on
 * port 53; ndb(8).  It has the servers of its network find what it does not
 * know; resolve.c asks, cache.c remembers, net.c talks, serve.c answers the
 * network.
 */
#include <u.h>
#include <libc.h>
#include <ip.h>
#include <dns.h>
#include <askfile.h>
#include "resolve.h"
#include "dat.h"

enum { Maxquestions = 100 };

static int stop(void *q)
{
	return unasked(q);
}

/* ndb(6) has no way to write a quote or the end of a line */
static char *quoted(char *s)
{
	char *p;

	for(p = s; *p != 0; p++)
		if(*p == '"')
			*p = '\'';
		else if(*p == '\n' || *p == '\r')
			*p = ' ';
	return s;
}

/* the record as pairs */
static int addpairs(Question *q, Rr *r)
{
	char val[2048], *type;

	type = dnstypename(r->type);
	if(r->type == DnsMX)
		return addanswer(q, "dom=%s mx=%s pref=%d", r->name, r->host, r->pref);
	if(r->type == DnsSRV)
		return addanswer(q, "dom=%s srv=%s pref=%d weight=%d port=%d", r->name, r->host, r->pref, r->weight, r->port);
	if(r->type == DnsAAAA)
		type = "ip";
	rrtext(val, sizeof val, r);
	if(r->type == DnsTXT || r->type == DnsSOA)
		return addanswer(q, "dom=%s %s=\"%s\"", r->name, type, quoted(val));
	return addanswer(q, "dom=%s %s=%s", r->name, type, val);
}

static int addrecord(Question *q, Rr *r)
{
	char val[2048];

	rrtext(val, sizeof val, r);
	return addanswer(q, "%s %s\t%s", r->name, dnstypename(r->type), val);
}

/* --- about the server itself --- */
static void addset(char *name, int type, vlong left, Rr *rr, void *q)
{
	char val[2048];

	if(rr == nil)
		addanswer(q, "%s %s\t%lld none", name, type != 0? dnstypename(type): "all", left);
	for(; rr != nil; rr = rr->next){
		rrtext(val, sizeof val, rr);
		addanswer(q, "%s %s\t%lld %s", name, dnstypename(type), left, val);
	}
}

/* 1: it was a word for us */
static int control(Question *q)
{
	Cachestat s;

	if(strcmp(q->text, "refresh") == 0)
		cacheflush();
	else if(strcmp(q->text, "dump") == 0)
		cachewalk(addset, q, nsec());
	else if(strcmp(q->text, "stats") == 0){
		cachestat(&s);
		addanswer(q, "sets %d hits %lld misses %lld", s.sets, s.hits, s.misses);
	}else
		return 0;
	return 1;
}

/* --- questions: [!]name type --- */

/* the name under which an address is looked up */
static void ptrname(char *name, int n)
{
	uchar ip[IPaddrlen];

	if(parseip(ip, name) < 0)
		return;
	if(isv4(ip))
		dnsaddrname(name, n, ip+IPv4off, 4);
	else
		dnsaddrname(name, n, ip, 16);
}

static int answer(Question *q)
{
	char name[Dnsnamelen], *f[3];
	int n, type, pairs, code, r;
	Dnsnet net;
	Rr *rr, *p;

	if(control(q))
		return 0;
	pairs = *q->text == '!';
	n = tokenize(q->text+pairs, f, nelem(f));
	type = n == 2? dnstype(f[1]): DnsA;
	if(n < 1 || n > 2 || type < 0 || strlen(f[0]) >= sizeof name){
		werrstr(n == 2 && type < 0? "dns: unknown type: %q": "dns: bad question", f[1]);
		return -1;
	}
	n = strecpy(name, name+sizeof name, f[0]) - name;
	if(n > 1 && name[n-1] == '.')
		name[n-1] = 0;
	if(type == DnsPTR)
		ptrname(name, sizeof name);
	net = dnsnet;
	net.stop = stop;
	net.arg = q;
	if(resolve(&net, name, type, &rr, &code) < 0){
		werrstr("dns: %r");
		return -1;
	}
	r = 0;
	for(p = rr; p != nil && r == 0; p = p->next)
		r = pairs? addpairs(q, p): addrecord(q, p);
	dnsfree(rr);
	return r;
}

static int serving;

static void start(void)
{
	if(serving && dnsserve() < 0)
		fprint(2, "dns: port %d: %r\n", Dnsport);
}

static Askfile file = { .file = "dns", .max = Maxquestions, .answer = answer, .start = start };

static void usage(void)
{
	fprint(2, "usage: ndb/dns [-s] [-f file] [-x netdir] [-S srvname]\n");
	exits("usage");
}

int main(int argc, char **argv)
{
	static char net[NETPATHLEN];
	char *name;

	name = "dns";
	ARGBEGIN{
	case 'f':
		dbfile = EARGF(usage());
		break;
	case 's':
		serving = 1;
		break;
	case 'S':
		name = EARGF(usage());
		break;
	case 'x':
		setnetmtpt(net, sizeof net, EARGF(usage()));
		netroot = net;
		break;
	default:
		usage();
	}ARGEND
	if(argc != 0)
		usage();
	fmtinstall('I', eipfmt);
	if(askfile(&file, name, netroot) < 0)
		sysfatal("%s: %r", netroot);
	exits(nil);
}
