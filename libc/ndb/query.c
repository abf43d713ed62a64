/*
 * query.c: asking the connection server and the resolver, ndb(2).
 *
 * Both are a file: a query is written, and the answers are read from offset 0
 * on, one each.  An answer is pairs in ndb(6)'s form.  Everything waits.
 */
#include "u.h"
#include "libc.h"
#include "ndb.h"
#include "scan.h"

enum {
	Maxquery = 512,
	Maxanswer = 4096,
};

/* text's pairs as one line */
static Ndbtuple *pairs(char *text, long n)
{
	Scan s = { .p = text, .e = text+n };
	Ndbtuple *hit;

	return scanentry(&s, nil, nil, &hit);
}

/* ask netroot/file: the pairs of all answers, a line for each; nil and errstr */
static Ndbtuple *ask(char *netroot, char *file, char *query)
{
	char path[128], buf[Maxanswer];
	Ndbtuple *all;
	long n;
	int fd;

	snprint(path, sizeof path, "%s/%s", netroot != nil? netroot: "/net", file);
	fd = open(path, ORDWR|OCEXEC);
	if(fd < 0)
		return nil;
	all = nil;
	if(write(fd, query, strlen(query)) >= 0){
		seek(fd, 0, 0);
		while((n = read(fd, buf, sizeof buf)) > 0)
			all = ndbconcatenate(all, pairs(buf, n));
		if(all == nil)
			werrstr("%s: no answer", path);
	}
	close(fd);
	return all;
}

Ndbtuple *dnsquery(char *netroot, char *name, char *type)
{
	char q[Maxquery];

	if(snprint(q, sizeof q, "!%s %s", name, type) >= (int)sizeof q-1){
		werrstr("name too long");
		return nil;
	}
	return ask(netroot, "dns", q);
}

char *csgetvalue(char *netroot, char *attr, char *val, char *rattr, Ndbtuple **tp)
{
	char q[Maxquery], *v;
	Ndbtuple *e, *t;

	v = nil;
	e = nil;
	if(snprint(q, sizeof q, "!%s=%q %s", attr, val, rattr) < (int)sizeof q-1)
		e = ask(netroot, "cs", q);
	if((t = ndbfindattr(e, nil, rattr)) != nil)
		v = strdup(t->val);
	if(v == nil || tp == nil){
		ndbfree(e);
		e = nil;
	}
	if(tp != nil)
		*tp = e;
	return v;
}

Ndbtuple *csipinfo(char *netroot, char *attr, char *val, char **attrs, int n)
{
	char q[Maxquery], *p, *e;
	int i;

	e = q + sizeof q;
	p = seprint(q, e, "!ipinfo %s=%q", attr, val);
	for(i = 0; i < n; i++)
		p = seprint(p, e, " %s", attrs[i]);
	if(p >= e-1){
		werrstr("query too long");
		return nil;
	}
	return ask(netroot, "cs", q);
}
