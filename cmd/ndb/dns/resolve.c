/*
 * resolve.c: finding the records of a name: in the cache, or by asking the
 * servers of the network to find them (RFC 1035, section 7; RFC 2308 for
 * answers that there is nothing).
 *
 * Servers are asked one after the other, and again with more patience, each
 * time with a new id from a new port.  Of an answer it believes only what
 * was asked for: records of the name, and of the names that its aliases lead
 * to, as far as they are in the same answer.  A datagram that is not the
 * answer is passed over and waiting goes on.
 *
 * Called by many processes at once; no locks but the cache's.
 */
#include <u.h>
#include <libc.h>
#include <dns.h>
#include "resolve.h"

enum {
	Rounds = 3,
	Patience = 1500,	/* ms for the first answer; doubles with each round */
	Tcptime = 10000,
};

char Enoname[] = "name does not exist";
char Enodata[] = "resource does not exist";
static char Enoservers[] = "no name servers: no dns= for this network in the database";
static char Enoanswer[] = "no answer from the name servers";
static char Ealias[] = "too many aliases";

/* --- one question to one server --- */
typedef struct Try Try;
struct Try {
	Dnsnet *net;
	Dnsmsg *m;		/* the answer */
	char *name;
	int type;
	uchar *buf;		/* Dnsmax */
};

static int isanswer(Try *t, u16int id, uchar *p, int n)
{
	Dnsmsg *m;

	m = t->m;
	if(dnsunpack(m, p, n) < 0)
		return 0;
	if(m->id == id && (m->flags & (Dnsresp|Dnsopmask)) == Dnsresp && m->nquestion == 1 &&
	   m->qtype == t->type && m->qclass == DnsIN && cistrcmp(m->qname, t->name) == 0)
		return 1;
	dnsfree(m->rr);
	m->rr = nil;
	return 0;
}

/* 0: its answer is in t->m */
static int ask(Try *t, int server, int tcp, int ms)
{
	uchar q[Dnsudpmax];
	u16int id;
	void *c;
	int n, r;

	id = t->net->id();
	memset(t->m, 0, sizeof *t->m);
	t->m->id = id;
	t->m->flags = Dnsrecurse;
	t->m->nquestion = 1;
	t->m->qtype = t->type;
	t->m->qclass = DnsIN;
	strecpy(t->m->qname, t->m->qname+Dnsnamelen, t->name);
	if((n = dnspack(t->m, q, sizeof q)) < 0)
		return -1;
	if((c = t->net->open(server, tcp, ms)) == nil)
		return -1;
	r = -1;
	if(t->net->send(c, q, n) == n)
		while((n = t->net->recv(c, t->buf, Dnsmax)) >= 0)
			if(isanswer(t, id, t->buf, n)){
				r = 0;
				break;
			}
	t->net->close(c);
	return r;
}

/* does the answer say something of the name? */
static int decided(Dnsmsg *m)
{
	int code;

	code = m->flags & Dnsrmask;
	return code == 0 || code == Dnsrname;
}

static char *codename(int code)
{
	static char *names[] = {
		[Dnsrformat] = "format error", [Dnsrserver] = "server failure",
		[Dnsrnotimp] = "not implemented", [Dnsrrefused] = "refused",
	};

	return code < (int)nelem(names) && names[code] != nil? names[code]: "failed";
}

/* an answer from one of the servers in t->m: 0 */
static int askall(Try *t, int *code)
{
	int i, n, round;

	n = t->net->servers();
	for(round = 0; round < Rounds; round++)
		for(i = 0; i < n; i++){
			if(t->net->stop(t->net->arg)){
				werrstr("interrupted");
				return -1;
			}
			if(ask(t, i, 0, Patience<<round) < 0)
				continue;
			if((t->m->flags & Dnstrunc) != 0){
				dnsfree(t->m->rr);
				if(ask(t, i, 1, Tcptime) < 0)
					continue;
			}
			if(decided(t->m))
				return 0;
			*code = t->m->flags & Dnsrmask;
			dnsfree(t->m->rr);
		}
	if(*code != 0)
		werrstr("name server: %s", codename(*code));
	else
		werrstr(n > 0? Enoanswer: Enoservers);
	return -1;
}

/* --- what an answer says --- */

/* the records of name out of the answer section, of one type or all; in rest what is left */
static Rr *pick(Rr **rest, char *name, int type)
{
	Rr **p, *r, *got, **last;

	got = nil;
	last = &got;
	for(p = rest; (r = *p) != nil;){
		if(r->section != Dnsanswer || r->class != DnsIN || cistrcmp(r->name, name) != 0 ||
		   (r->type != type && type != DnsALL)){
			p = &r->next;
			continue;
		}
		*p = r->next;
		r->next = nil;
		*last = r;
		last = &r->next;
	}
	return got;
}

/* how long nothing may be believed; 0: not */
static u32int nonettl(Dnsmsg *m)
{
	Rr *r;

	for(r = m->rr; r != nil; r = r->next)
		if(r->section == Dnsauthority && r->type == DnsSOA)
			return r->soa[4] < r->ttl? r->soa[4]: r->ttl;
	return 0;
}

typedef struct Find Find;
struct Find {
	Dnsnet *net;
	char name[Dnsnamelen];	/* where the aliases have led */
	int type;
	int naliases;
	Rr *rr;			/* found so far */
	int code;
	int none;		/* a server said that there is nothing */
};

/* an alias of f->name, whose record is kept: 0, or -1 and errstr */
static int follow(Find *f, Rr *alias)
{
	dnsfree(alias->next);
	alias->next = nil;
	f->rr = rrcat(f->rr, alias);
	strecpy(f->name, f->name+sizeof f->name, alias->host);
	if(++f->naliases <= Maxalias)
		return 0;
	werrstr(Ealias);
	return -1;
}

static int nothing(Find *f, int code)
{
	f->none = 1;
	f->code = code;
	werrstr(code == Dnsrname? Enoname: Enodata);
	return -1;
}

/* 1: found; 0: an alias leads on; -1 and errstr: there is nothing; -2: the cache does not know */
static int fromcache(Find *f)
{
	Rr *rr;

	switch(cacheget(f->name, f->type, f->net->now(), &rr)){
	case Cachehit:
		f->rr = rrcat(f->rr, rr);
		return 1;
	case Cachenoname:
		return nothing(f, Dnsrname);
	case Cachenodata:
		return nothing(f, 0);
	}
	if(f->type == DnsCNAME || f->type == DnsALL)
		return -2;
	if(cacheget(f->name, DnsCNAME, f->net->now(), &rr) != Cachehit)
		return -2;
	return follow(f, rr);
}

/* take what the answer has, from alias to alias; as fromcache */
static int believe(Find *f, Dnsmsg *m)
{
	int led, code;
	Rr *rr;

	for(led = 0;; led = 1){
		if((rr = pick(&m->rr, f->name, f->type)) != nil){
			cacheput(f->name, f->type, rr, f->net->now());
			f->rr = rrcat(f->rr, rr);
			return 1;
		}
		if(f->type == DnsCNAME || (rr = pick(&m->rr, f->name, DnsCNAME)) == nil)
			break;
		cacheput(f->name, DnsCNAME, rr, f->net->now());
		if(follow(f, rr) < 0)
			return -1;
	}
	code = m->flags & Dnsrmask;
	if(led && code == 0 && nonettl(m) == 0)
		return 0;	/* the server left it to us to go on */
	cachenone(f->name, f->type, code == Dnsrname? Cachenoname: Cachenodata, nonettl(m), f->net->now());
	return nothing(f, code);
}

static int fromservers(Find *f)
{
	Dnsmsg *m;
	Try t;
	int r;

	r = -1;
	m = malloc(sizeof *m);
	t = (Try){ .net = f->net, .m = m, .name = f->name, .type = f->type, .buf = malloc(Dnsmax) };
	if(m == nil || t.buf == nil)
		goto out;
	r = askall(&t, &f->code);
	if(r == 0){
		f->code = 0;
		r = believe(f, m);
		dnsfree(m->rr);
	}
out:
	free(m);
	free(t.buf);
	return r;
}

int resolve(Dnsnet *net, char *name, int type, Rr **rr, int *code)
{
	Find f = { .net = net, .type = type };
	int r;

	*rr = nil;
	*code = 0;
	if(dnsnameok(name) < 0)
		return -1;
	strecpy(f.name, f.name+sizeof f.name, name);
	do{
		r = fromcache(&f);
		if(r == -2)
			r = fromservers(&f);
	}while(r == 0);
	*code = f.code;
	if(r > 0){
		*rr = f.rr;
		return 0;
	}
	dnsfree(f.rr);
	return f.none? -2: -1;
}
