/*
 * unpack.c: taking messages of the domain name system apart, RFC 1035
 * section 4, RFC 3596 (AAAA), RFC 2782 (SRV); dns(2).
 *
 * The bytes are hostile.  Nothing is read beyond their end.  A compressed
 * name may only point before the place it is pointed from, and each pointer
 * before the last, so that it ends; it has 255 bytes at most.  What a record
 * says must be as long as its length says.  Nothing sleeps.
 */
#include "u.h"
#include "libc.h"
#include "dns.h"

enum {
	Hdrlen = 12,
	Wirename = 255,		/* bytes of a name, lengths and the root's included */
};

typedef struct In In;
struct In {
	uchar *p;		/* the message */
	int n;
	int at;
	int bad;		/* something was read beyond the end */
};

static char Ebad[] = "malformed dns message";

static int get1(In *x)
{
	if(x->at >= x->n){
		x->bad = 1;
		return 0;
	}
	return x->p[x->at++];
}

static u32int get2(In *x)
{
	u32int v;

	v = get1(x)<<8;
	return v | get1(x);
}

static u32int get4(In *x)
{
	u32int v;

	v = get2(x)<<16;
	return v | get2(x);
}

static char *putlabel(char *to, uchar *p, int n)
{
	int i, c;

	for(i = 0; i < n; i++){
		c = p[i];
		if(c <= ' ' || c >= 0x7F || c == '.' || c == '\\'){
			*to++ = '\\';
			*to++ = '0' + c/100;
			*to++ = '0' + c/10%10;
			*to++ = '0' + c%10;
		}else
			*to++ = c;
	}
	return to;
}

/*
 * A name as text, at most Wirename bytes of it, so that Dnsnamelen is room
 * enough: 253 bytes in labels and between, four characters each at most.
 */
static int getname(In *x, char *to)
{
	int at, low, c, wire, back;
	char *start;

	start = to;
	at = low = x->at;
	back = -1;		/* where the name ends in its place */
	for(wire = 1;;){
		if(at >= x->n)
			goto bad;
		c = x->p[at++];
		if(c == 0)
			break;
		if(c >= 0xC0 && at < x->n){
			c = (c&0x3F)<<8 | x->p[at++];
			if(back < 0)
				back = at;
			if(c >= low)
				goto bad;
			at = low = c;
			continue;
		}
		wire += c+1;
		if(c > 63 || wire > Wirename || c > x->n - at)
			goto bad;
		if(to > start)
			*to++ = '.';
		to = putlabel(to, x->p+at, c);
		at += c;
	}
	*to = 0;
	x->at = back < 0? at: back;
	return 0;
bad:
	*start = 0;
	x->bad = 1;
	return -1;
}

/* the strings of a TXT record's n bytes as one */
static void gettext(In *x, int n, char *to)
{
	int end, k, c;

	end = x->at + n;
	while(x->at < end){
		k = get1(x);
		if(k > end - x->at){
			x->bad = 1;
			break;
		}
		for(; k > 0; k--)
			if((c = get1(x)) != 0)
				*to++ = c;
	}
	*to = 0;
}

static void getsoa(In *x, Rr *v, char *host, char *text)
{
	int i;

	getname(x, host);
	getname(x, text);
	for(i = 0; i < 5; i++)
		v->soa[i] = get4(x);
}

/* the value of n bytes into v, host and text: 1; 0: a type that is left out */
static int getvalue(In *x, Rr *v, int n, char *host, char *text)
{
	switch(v->type){
	case DnsA:
	case DnsAAAA:
		v->naddr = v->type == DnsA? 4: 16;
		if(n != v->naddr){
			x->bad = 1;
			return 0;
		}
		memmove(v->addr, x->p + x->at, n);
		x->at += n;
		return 1;
	case DnsSRV:
		v->pref = get2(x);
		v->weight = get2(x);
		v->port = get2(x);
		getname(x, host);
		return 1;
	case DnsMX:
		v->pref = get2(x);
		getname(x, host);
		return 1;
	case DnsNS:
	case DnsCNAME:
	case DnsPTR:
		getname(x, host);
		return 1;
	case DnsSOA:
		getsoa(x, v, host, text);
		return 1;
	case DnsTXT:
		gettext(x, n, text);
		return 1;
	}
	x->at += n;
	return 0;
}

/* the next record onto *last; -1 and errstr */
static int getrr(In *x, int section, char *text, Rr ***last)
{
	char name[Dnsnamelen], host[Dnsnamelen];
	Rr v = { .section = section }, *r;
	int n, end, known;

	host[0] = text[0] = 0;
	getname(x, name);
	v.type = get2(x);
	v.class = get2(x);
	v.ttl = get4(x);
	if(v.ttl > 0x7FFFFFFF)
		v.ttl = 0;	/* RFC 2181, section 8 */
	n = get2(x);
	if(x->bad || n > x->n - x->at)
		goto bad;
	end = x->at + n;
	known = getvalue(x, &v, n, host, text);
	if(x->bad || x->at != end)
		goto bad;
	if(!known)
		return 0;
	if((r = rrnew(name, v.type, host, text)) == nil)
		return -1;
	v.name = r->name;
	v.host = r->host;
	v.text = r->text;
	*r = v;
	**last = r;
	*last = &r->next;
	return 0;
bad:
	werrstr(Ebad);
	return -1;
}

static int getrrs(In *x, Dnsmsg *m, int *count)
{
	Rr **last;
	char *text;
	int i, k, r;

	if((text = malloc(Dnsmax)) == nil)
		return -1;
	last = &m->rr;
	r = 0;
	for(i = 0; i < 3; i++)
		for(k = 0; k < count[i] && r == 0; k++)
			r = getrr(x, i, text, &last);
	free(text);
	return r;
}

int dnsunpack(Dnsmsg *m, uchar *p, int n)
{
	In x = { .p = p, .n = n };
	int count[3], i;

	memset(m, 0, sizeof *m);
	m->id = get2(&x);
	m->flags = get2(&x);
	m->nquestion = get2(&x);
	for(i = 0; i < 3; i++)
		count[i] = get2(&x);
	if(x.bad || n > Dnsmax || m->nquestion > 1 || count[0]+count[1]+count[2] > Dnsmaxrr)
		goto bad;
	if(m->nquestion == 1){
		getname(&x, m->qname);
		m->qtype = get2(&x);
		m->qclass = get2(&x);
	}
	if(x.bad)
		goto bad;
	if(getrrs(&x, m, count) == 0)
		return 0;
	dnsfree(m->rr);
	m->rr = nil;
	return -1;
bad:
	werrstr(Ebad);
	return -1;
}
