/*
 * pack.c: making messages of the domain name system, RFC 1035 section 4;
 * dns(2).  Of compression it uses one case, which is nearly all there is to
 * gain: a record whose owner is the question's name points to it.  Nothing
 * sleeps.
 */
#include "u.h"
#include "libc.h"
#include "dns.h"

enum {
	Hdrlen = 12,
	Wirename = 255,
	Maxlabel = 63,
};

typedef struct Out Out;
struct Out {
	uchar *p;
	uchar *e;
	int full;
	int badname;
};

static void put1(Out *o, int v)
{
	if(o->p >= o->e)
		o->full = 1;
	else
		*o->p++ = v;
}

static void put2(Out *o, u32int v)
{
	put1(o, v>>8);
	put1(o, v);
}

static void put4(Out *o, u32int v)
{
	put2(o, v>>16);
	put2(o, v);
}

static int digit(int c)
{
	return c >= '0' && c <= '9';
}

/* the next byte of a label: -1 at its end, -2 if it is badly written */
static int labelbyte(char **s)
{
	char *p;
	int c;

	p = *s;
	if(*p == 0 || *p == '.')
		return -1;
	if(*p != '\\'){
		*s = p+1;
		return (uchar)*p;
	}
	if(!digit(p[1]) || !digit(p[2]) || !digit(p[3]))
		return -2;
	c = (p[1]-'0')*100 + (p[2]-'0')*10 + p[3]-'0';
	*s = p+4;
	return c > 255? -2: c;
}

/* to Wirename bytes at w; how many, or -1 */
static int wirename(uchar *w, char *s)
{
	int n, c, len;

	if(strcmp(s, ".") == 0)
		s = "";
	for(n = 0; *s != 0; n = len){
		for(len = n+1; (c = labelbyte(&s)) >= 0; len++){
			if(len >= Wirename-1 || len-n > Maxlabel)
				return -1;
			w[len] = c;
		}
		if(c == -2 || len == n+1)
			return -1;
		w[n] = len-n-1;
		if(*s == '.')
			s++;
	}
	w[n] = 0;
	return n+1;
}

int dnsnameok(char *name)
{
	uchar w[Wirename];

	if(wirename(w, name) > 0)
		return 0;
	werrstr("bad domain name: %q", name);
	return -1;
}

static void putname(Out *o, char *s)
{
	uchar w[Wirename];
	int i, n;

	if((n = wirename(w, s)) < 0)
		o->badname = 1;
	for(i = 0; i < n; i++)
		put1(o, w[i]);
}

/* as strings of at most 255 bytes */
static void puttext(Out *o, char *s)
{
	int n, k, i;

	n = strlen(s);
	do{
		k = n > 255? 255: n;
		put1(o, k);
		for(i = 0; i < k; i++)
			put1(o, *s++);
		n -= k;
	}while(n > 0);
}

static void putvalue(Out *o, Rr *r)
{
	int i;

	switch(r->type){
	case DnsA:
	case DnsAAAA:
		for(i = 0; i < r->naddr; i++)
			put1(o, r->addr[i]);
		break;
	case DnsSRV:
		put2(o, r->pref);
		put2(o, r->weight);
		put2(o, r->port);
		putname(o, r->host);
		break;
	case DnsMX:
		put2(o, r->pref);
		/* fall through */
	case DnsNS:
	case DnsCNAME:
	case DnsPTR:
		putname(o, r->host);
		break;
	case DnsSOA:
		putname(o, r->host);
		putname(o, r->text);
		for(i = 0; i < 5; i++)
			put4(o, r->soa[i]);
		break;
	case DnsTXT:
		puttext(o, r->text);
		break;
	}
}

static void putrr(Out *o, Dnsmsg *m, Rr *r)
{
	uchar *len;

	if(m->nquestion > 0 && cistrcmp(r->name, m->qname) == 0)
		put2(o, 0xC000 | Hdrlen);
	else
		putname(o, r->name);
	put2(o, r->type);
	put2(o, r->class);
	put4(o, r->ttl);
	len = o->p;
	put2(o, 0);
	putvalue(o, r);
	if(!o->full){
		len[0] = (o->p - len - 2)>>8;
		len[1] = o->p - len - 2;
	}
}

static void head(Out *o, Dnsmsg *m, int *count)
{
	int i;

	put2(o, m->id);
	put2(o, m->flags);
	put2(o, m->nquestion);
	for(i = 0; i < 3; i++)
		put2(o, count[i]);
	if(m->nquestion > 0){
		putname(o, m->qname);
		put2(o, m->qtype);
		put2(o, m->qclass);
	}
}

int dnspack(Dnsmsg *m, uchar *p, int n)
{
	Out o = { .p = p, .e = p+n };
	int count[3] = {0}, none[3] = {0};
	Rr *r;
	int i;

	for(r = m->rr; r != nil; r = r->next)
		count[r->section]++;
	head(&o, m, count);
	for(i = 0; i < 3; i++)
		for(r = m->rr; r != nil; r = r->next)
			if(r->section == i)
				putrr(&o, m, r);
	if(o.full && !o.badname){
		o = (Out){ .p = p, .e = p+n };
		m->flags |= Dnstrunc;
		head(&o, m, none);
	}
	if(!o.full && !o.badname)
		return o.p - p;
	werrstr("dns message: %s", o.badname? "bad name": "no room");
	return -1;
}
