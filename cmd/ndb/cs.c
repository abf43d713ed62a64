/*
 * cs: the connection server, the file /net/cs; ndb(8).  It makes of
 * network!host!service what is to be written to which clone file, one answer
 * for each way there is, from the network database and, for names that it
 * has not, from dns, which it finds as dns in the net directory or in /srv.
 *
 * Questions are answered in processes of their own, so that one that waits
 * for dns holds up nobody else.  A question uses the database as it is then:
 * a Db is counted, and goes with its last user when its files have changed.
 *
 * Locks: dblk protects the current Db and the counts; files are read under it.
 */
#include <u.h>
#include <libc.h>
#include <ip.h>
#include <ndb.h>
#include <askfile.h>

enum {
	Maxquestions = 100,
	Maxaddrs = 32,
	Maxdepth = 4,		/* $attributes that lead to another */
};

typedef struct Db Db;
struct Db {
	long ref;
	Ndb *ndb;
};

typedef struct Host Host;
struct Host {	/* addresses, each once, in the order found */
	int n;
	char addr[Maxaddrs][64];
};

static char *netroot = "/net";
static char *dbfile;
static QLock dblk;
static Db *current;

/* --- the database --- */
static void dbput(Db *d)
{
	qlock(&dblk);
	if(--d->ref == 0){
		ndbclose(d->ndb);
		free(d);
	}
	qunlock(&dblk);
}

/* read it (again); the caller has the lock.  An unreadable one leaves the old. */
static void dbload(void)
{
	Ndb *ndb;
	Db *d;

	if((ndb = ndbopen(dbfile)) == nil)
		return;
	if((d = mallocz(sizeof *d, 1)) == nil){
		ndbclose(ndb);
		return;
	}
	d->ndb = ndb;
	d->ref = 1;
	if(current != nil && --current->ref == 0){
		ndbclose(current->ndb);
		free(current);
	}
	current = d;
}

static Db *dbget(void)
{
	Db *d;

	qlock(&dblk);
	if(current == nil || ndbchanged(current->ndb))
		dbload();
	if((d = current) != nil)
		d->ref++;
	qunlock(&dblk);
	if(d == nil)
		werrstr("cs: no database: %r");
	return d;
}

/* --- this system --- */

/* what the database says about the attribute for this system's addresses, or its name */
static Ndbtuple *myinfo(Ndb *db, char *attr)
{
	char addr[64], *want[1];
	Ipifc *all, *i;
	Iplifc *l;
	Ndbtuple *t;

	want[0] = attr;
	t = nil;
	all = readipifc(netroot, nil, -1);
	for(i = all; i != nil && t == nil; i = i->next)
		for(l = i->lifc; l != nil && t == nil; l = l->next){
			snprint(addr, sizeof addr, "%I", l->ip);
			t = ndbipinfo(db, "ip", addr, want, 1);
		}
	freeipifc(all);
	return t != nil? t: ndbipinfo(db, "sys", sysname(), want, 1);
}

/* --- hosts --- */
static void addaddr(Host *h, char *addr)
{
	uchar ip[IPaddrlen];
	char text[64];
	int i;

	if(parseip(ip, addr) < 0)
		return;
	snprint(text, sizeof text, "%I", ip);
	for(i = 0; i < h->n; i++)
		if(strcmp(h->addr[i], text) == 0)
			return;
	if(h->n < Maxaddrs)
		strecpy(h->addr[h->n], h->addr[h->n]+sizeof h->addr[0], text), h->n++;
}

static void fromndb(Ndb *db, char *attr, char *name, Host *h)
{
	Ndbtuple *e, *t;
	Ndbs s;

	for(e = ndbsearch(db, &s, attr, name); e != nil; e = ndbsnext(&s, attr, name)){
		if(ndbfindattr(e, nil, "ipnet") == nil)
			for(t = e; t != nil; t = t->entry)
				if(strcmp(t->attr, "ip") == 0)
					addaddr(h, t->val);
		ndbfree(e);
	}
}

/* dns in the net directory; if it started after us it is only in /srv */
static int opendns(void)
{
	char path[64];
	int fd;

	snprint(path, sizeof path, "%s/dns", netroot);
	if(access(path, AEXIST) < 0 && (fd = open("/srv/dns", ORDWR|OCEXEC)) >= 0){
		mount(fd, -1, netroot, MAFTER, "");
		close(fd);
	}
	return open(path, ORDWR|OCEXEC);
}

static void asktype(int fd, char *name, char *type, Host *h)
{
	char buf[2048], *f[4];
	long n;

	if(fprint(fd, "%s %s", name, type) < 0)
		return;
	seek(fd, 0, 0);
	while((n = read(fd, buf, sizeof buf-1)) > 0){
		buf[n] = 0;
		if(tokenize(buf, f, nelem(f)) == 3 && strcmp(f[1], type) == 0)
			addaddr(h, f[2]);
	}
}

static void fromdns(char *name, Host *h)
{
	int fd;

	if((fd = opendns()) < 0)
		return;
	asktype(fd, name, "ip", h);
	asktype(fd, name, "ipv6", h);
	close(fd);
}

/* a name without a point in the domains of this network, and as it is */
static void indomains(Ndb *db, char *name, Host *h)
{
	Ndbtuple *list, *t;
	char full[512];

	list = strchr(name, '.') == nil? myinfo(db, "dnsdomain"): nil;
	for(t = list; t != nil && h->n == 0; t = t->entry){
		snprint(full, sizeof full, "%s.%s", name, t->val);
		fromndb(db, "dom", full, h);
		if(h->n == 0)
			fromdns(full, h);
	}
	ndbfree(list);
	if(h->n == 0)
		fromdns(name, h);
}

/* the addresses of a host as it is written in a question: 0, or -1 and errstr */
static int hostaddrs(Ndb *db, char *name, Host *h, int depth)
{
	Ndbtuple *list, *t;
	uchar ip[IPaddrlen];

	if(*name == '$' && depth < Maxdepth){
		list = myinfo(db, name+1);
		for(t = list; t != nil; t = t->entry)
			hostaddrs(db, t->val, h, depth+1);
		ndbfree(list);
	}else if(parseip(ip, name) >= 0)
		addaddr(h, name);
	else{
		fromndb(db, ipattr(name), name, h);
		if(h->n == 0)
			indomains(db, name, h);
	}
	if(h->n > 0)
		return 0;
	werrstr("cs: can't translate address: %q", name);
	return -1;
}

/* --- network!host!service --- */

/* a service's port on a network: 0, or -1 and errstr */
static int service(Ndb *db, char *net, char *name, char *port, int n)
{
	char *end, *v;
	ulong p;

	p = strtoul(name, &end, 10);
	if(strcmp(name, "*") == 0 || (*end == 0 && end != name && p <= 65535 && *name >= '0' && *name <= '9')){
		snprint(port, n, "%s", name);
		return 0;
	}
	if((v = ndbgetvalue(db, nil, net, name, "port", nil)) != nil){
		snprint(port, n, "%s", v);
		free(v);
		return 0;
	}
	werrstr("cs: can't translate service: %q", name);
	return -1;
}

static int exists(char *net)
{
	char path[128];

	snprint(path, sizeof path, "%s/%s/clone", netroot, net);
	return access(path, AEXIST) == 0;
}

/* the answers for one network; hint, if not empty, is ! and what followed the service */
static int answernet(Question *q, Ndb *db, char *net, char **f, char *hint)
{
	char port[32];
	Host *h;
	int i, r;

	if(service(db, net, f[2], port, sizeof port) < 0)
		return -1;
	if(strcmp(f[1], "*") == 0)
		return addanswer(q, "%s/%s/clone %s%s", netroot, net, port, hint);
	if((h = mallocz(sizeof *h, 1)) == nil)
		return -1;
	r = hostaddrs(db, f[1], h, 0);
	for(i = 0; i < h->n && r == 0; i++)
		r = addanswer(q, "%s/%s/clone %s!%s%s", netroot, net, h->addr[i], port, hint);
	free(h);
	return r;
}

static int answeraddr(Question *q, Ndb *db)
{
	char *f[4], *net, hint[32];
	int n;

	n = getfields(q->text, f, nelem(f), 0, "!");
	if(n == 2 && strcmp(f[1], "*") == 0)
		f[n++] = "*";
	if(n < 3 || *f[0] == 0 || *f[1] == 0 || *f[2] == 0 || strchr(f[0], '/') != nil){
		werrstr("cs: bad address: network!host!service is wanted");
		return -1;
	}
	snprint(hint, sizeof hint, "%s%s", n == 4? "!": "", n == 4? f[3]: "");
	net = strcmp(f[0], "net") == 0? "tcp": f[0];
	if(!exists(net)){
		werrstr("cs: no such network: %q", net);
		return -1;
	}
	return answernet(q, db, net, f, hint);
}

/* --- questions about the database --- */
static int addpair(Question *q, Ndbtuple *t)
{
	return addanswer(q, strpbrk(t->val, " \t#") != nil? "%s=\"%s\"": "%s=%s", t->attr, t->val);
}

/* all pairs of the entries with attr=val, or those asked for */
static int answerentries(Question *q, Ndb *db, char *attr, char *val, char **want, int n)
{
	Ndbtuple *e, *t;
	Ndbs s;
	int i, r;

	r = 0;
	for(e = ndbsearch(db, &s, attr, val); e != nil; e = ndbsnext(&s, attr, val)){
		for(t = e; t != nil && r == 0; t = t->entry){
			for(i = 0; i < n && strcmp(want[i], t->attr) != 0; i++)
				;
			if(n == 0 || i < n)
				r = addpair(q, t);
		}
		ndbfree(e);
	}
	return r;
}

/* ![ipinfo ]attr=val [attr ...] */
static int answerndb(Question *q, Ndb *db)
{
	char *f[32], *val, **want;
	Ndbtuple *list, *t;
	int n, info, r;

	n = tokenize(q->text+1, f, nelem(f));
	info = n > 0 && strcmp(f[0], "ipinfo") == 0;
	if(n-info < 1 || (val = strchr(f[info], '=')) == nil){
		werrstr("cs: bad question: attr=value is wanted");
		return -1;
	}
	*val++ = 0;
	want = f+info+1;
	n -= info+1;
	if(!info)
		return answerentries(q, db, f[0], val, want, n);
	r = 0;
	list = ndbipinfo(db, f[1], val, want, n);
	for(t = list; t != nil && r == 0; t = t->entry)
		r = addpair(q, t);
	ndbfree(list);
	return r;
}

static int answer(Question *q)
{
	Db *d;
	int r;

	if((d = dbget()) == nil)
		return -1;
	r = *q->text == '!'? answerndb(q, d->ndb): answeraddr(q, d->ndb);
	dbput(d);
	return r;
}

static Askfile file = { .file = "cs", .max = Maxquestions, .answer = answer };

static void usage(void)
{
	fprint(2, "usage: ndb/cs [-f file] [-x netdir] [-S srvname]\n");
	exits("usage");
}

int main(int argc, char **argv)
{
	static char net[NETPATHLEN];
	char *name;

	name = "cs";
	ARGBEGIN{
	case 'f':
		dbfile = EARGF(usage());
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
