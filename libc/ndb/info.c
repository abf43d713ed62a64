/*
 * info.c: what the database says about a system, its networks included;
 * ndb(2)'s ndbipinfo and ipattr.
 *
 * A network is an entry with ipnet, ip and, unless its address class says
 * it, ipmask.  The networks that hold an address are asked from the one with
 * the longest mask to the shortest, and one attribute is taken from one
 * entry only, so that a system's own words override its network's.
 */
#include "u.h"
#include "libc.h"
#include "ip.h"
#include "ndb.h"

enum {
	Maxattr = 32,		/* asked for at once */
	Maxnet = 16,		/* networks around one address */
};

typedef struct Net Net;
struct Net {
	Ndbtuple *entry;
	int bits;
};

typedef struct Ask Ask;
struct Ask {
	Ndb *db;
	char **attrs;
	int n;
	u8int got[Maxattr];
	Ndbtuple *list;
};

char *ipattr(char *name)
{
	uchar ip[IPaddrlen];
	char *p;
	int dots, hex;

	if(parseip(ip, name) != -1)
		return "ip";
	dots = hex = 0;
	for(p = name; *p != 0; p++){
		if(*p == '.')
			dots = 1;
		hex += (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'f') || (*p >= 'A' && *p <= 'F');
	}
	if(hex == 12 && p - name == 12)
		return "ether";
	return dots? "dom": "sys";
}

/* is ip in the network of entry e?  the bits of its mask, or -1 */
static int innet(Ndbtuple *e, Ndbtuple *line, uchar *ip)
{
	uchar net[IPaddrlen], mask[IPaddrlen], a[IPaddrlen];
	Ndbtuple *t;

	t = ndbfindattr(e, line, "ip");
	if(t == nil || parseip(net, t->val) == -1)
		return -1;
	t = ndbfindattr(e, line, "ipmask");
	if(t == nil || parseipmask(mask, t->val, isv4(net)) == -1)
		defmask(net, mask);
	if(isv4(net) != isv4(ip))
		return -1;
	maskip(ip, mask, a);
	maskip(net, mask, net);
	return memcmp(a, net, IPaddrlen) == 0? maskbits(mask): -1;
}

/* into n[k], kept in order, the longest mask first; the new k */
static int netadd(Net *n, int k, Net new)
{
	int i;

	if(k == Maxnet){
		ndbfree(new.entry);
		return k;
	}
	for(i = k; i > 0 && n[i-1].bits < new.bits; i--)
		n[i] = n[i-1];
	n[i] = new;
	return k+1;
}

/* the networks that ip is in */
static int nets(Ndb *db, uchar *ip, Net *n)
{
	Ndbtuple *e, *t;
	Ndbs s = { .db = db };
	Net new;
	int k;

	k = 0;
	while((e = ndbparse(&s)) != nil){
		t = ndbfindattr(e, nil, "ipnet");
		new = (Net){ .entry = e, .bits = t == nil? -1: innet(e, t, ip) };
		if(new.bits < 0)
			ndbfree(e);
		else
			k = netadd(n, k, new);
	}
	return k;
}

/* the addresses of the system named v, as pairs called attr; nil: the database has none */
static Ndbtuple *addrs(Ndb *db, char *attr, char *v)
{
	Ndbtuple *e, *t, *list;
	Ndbs s;

	list = nil;
	for(e = ndbsearch(db, &s, ipattr(v), v); e != nil && list == nil; e = ndbsnext(&s, ipattr(v), v)){
		for(t = e; t != nil; t = t->entry)
			if(strcmp(t->attr, "ip") == 0)
				list = ndbconcatenate(list, ndbnew(attr, t->val));
		ndbfree(e);
	}
	ndbfree(e);
	return list;
}

static void add(Ask *a, char *attr, char *v, int resolve)
{
	uchar ip[IPaddrlen];
	Ndbtuple *t;

	t = nil;
	if(resolve && parseip(ip, v) == -1)
		t = addrs(a->db, attr, v);
	if(t == nil)
		t = ndbnew(attr, v);
	a->list = ndbconcatenate(a->list, t);
}

/* all values that e has for an attribute, those of the line first */
static int values(Ask *a, Ndbtuple *e, Ndbtuple *line, char *attr, int resolve)
{
	Ndbtuple *t, *l;
	int n;

	n = 0;
	if((l = line) != nil)
		do{
			if(strcmp(l->attr, attr) == 0){
				add(a, attr, l->val, resolve);
				n++;
			}
		}while((l = l->line) != line);
	if(n > 0)
		return n;
	for(t = e; t != nil; t = t->entry)
		if(strcmp(t->attr, attr) == 0){
			add(a, attr, t->val, resolve);
			n++;
		}
	return n;
}

/* from e, what is asked for and no entry before it had */
static void take(Ask *a, Ndbtuple *e, Ndbtuple *line)
{
	char *attr;
	int i, at;

	for(i = 0; i < a->n; i++){
		if(a->got[i])
			continue;
		attr = a->attrs[i];
		at = *attr == '@';
		a->got[i] = values(a, e, line, attr+at, at) > 0;
	}
}

/* from the networks around an address */
static void fromnets(Ask *a, char *addr)
{
	uchar ip[IPaddrlen];
	Net n[Maxnet];
	int i, k;

	if(parseip(ip, addr) == -1)
		return;
	k = nets(a->db, ip, n);
	for(i = 0; i < k; i++){
		take(a, n[i].entry, nil);
		ndbfree(n[i].entry);
	}
}

Ndbtuple *ndbipinfo(Ndb *db, char *attr, char *val, char **attrs, int n)
{
	Ask a = { .db = db, .attrs = attrs, .n = n };
	Ndbtuple *e, *t, *ips;
	Ndbs s;

	if(n > Maxattr)
		a.n = Maxattr;
	ips = strcmp(attr, "ip") == 0? ndbnew(attr, val): nil;
	for(e = ndbsearch(db, &s, attr, val); e != nil; e = ndbsnext(&s, attr, val)){
		take(&a, e, s.t);
		for(t = e; t != nil; t = t->entry)
			if(strcmp(t->attr, "ip") == 0)
				ips = ndbconcatenate(ips, ndbnew("ip", t->val));
		ndbfree(e);
	}
	for(t = ips; t != nil; t = t->entry)
		fromnets(&a, t->val);
	ndbfree(ips);
	return a.list;
}
