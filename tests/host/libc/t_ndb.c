/* needs: libc/ndb/scan.c libc/ndb/db.c libc/ndb/info.c libc/base/token.c libc/ip/addr.c libc/ip/parse.c libc/base/fmt.c libc/base/fmtout.c libc/base/fmtverb.c libc/base/fmtbuf.c libc/base/quote.c libc/base/utf.c tests/host/libc/shim.c */
/* flags: -Dopen=fileopen -Dread=fileread -Dclose=fileclose -Ddirstat=filedir -Ddirfstat=fddir */
/* the network database over files in memory: entries, searches, inheritance, changes, random text */
#include "u.h"
#include "libc.h"
#include "ndb.h"
#include "check.h"

typedef struct Mem Mem;
static struct Mem {
	char *name;
	char *text;
	int made;	/* as a file that says nothing of its length */
	int vers;
} mem[8];
static struct { Mem *m; long at; } fds[4];

static Mem *find(const char *name)
{
	uint i;

	for(i = 0; i < nelem(mem); i++)
		if(mem[i].name != nil && mem[i].text != nil && strcmp(mem[i].name, name) == 0)
			return &mem[i];
	return nil;
}

int fileopen(char *name, int mode)
{
	int fd;

	USED(mode);
	for(fd = 0; fds[fd].m != nil; fd++)
		;
	fds[fd].m = find(name);
	fds[fd].at = 0;
	return fds[fd].m != nil? fd: -1;
}

long fileread(int fd, void *p, long n)
{
	long left;

	left = strlen(fds[fd].m->text) - fds[fd].at;
	n = n > left? left: n > 7? 7: n;
	memmove(p, fds[fd].m->text + fds[fd].at, n);
	fds[fd].at += n;
	return n;
}

int fileclose(int fd)
{
	fds[fd].m = nil;
	return 0;
}

static Dir *statof(Mem *m)
{
	Dir *d;

	if(m == nil || (d = mallocz(sizeof *d, 1)) == nil)
		return nil;
	d->qid.path = m - mem;
	d->qid.vers = m->made? 0: m->vers;
	d->length = m->made? 0: (vlong)strlen(m->text);
	return d;
}

Dir *filedir(char *name)
{
	return statof(find(name));
}

Dir *fddir(int fd)
{
	return statof(fds[fd].m);
}

static void file(int i, char *name, char *text)
{
	mem[i].name = name;
	mem[i].text = text;
	mem[i].vers++;
}

/* the pairs, with a stroke between lines */
static char *show(Ndbtuple *t)
{
	static char buf[1024];
	Ndbtuple *line, *l;
	char *p, *e;
	int same;

	p = buf;
	e = buf + sizeof buf;
	*p = 0;
	line = nil;
	for(; t != nil; t = t->entry){
		same = 0;
		if((l = line) != nil)
			do
				same |= l == t;
			while((l = l->line) != line);
		if(!same){
			if(line != nil)
				p = seprint(p, e, " |");
			line = t;
		}
		p = seprint(p, e, "%s%s=%s", p == buf? "": " ", t->attr, t->val);
	}
	return buf;
}

static void shown(Ndbtuple *t, char *want)
{
	checkstr(show(t), want);
	ndbfree(t);
}

static void entries(void)
{
	Ndbs s = {0};
	Ndb *db;

	file(0, "a", "# head\n\n\tip=1.2.3.4 lonely\nsys=x ip=1.1.1.1 #c=1\n\n# between\n   dom=x.org\tq=\"a b\" r=\"open\n\ts=# t= u==\n"
		"=novalue y\r\nz#=w#\nlast=1");
	db = ndbopen("a");
	check(db != nil);
	if(db == nil)
		return;
	s.db = db;
	shown(ndbparse(&s), "ip=1.2.3.4 lonely=");
	shown(ndbparse(&s), "sys=x ip=1.1.1.1 | dom=x.org q=a b r=open | s=# t= u==");
	shown(ndbparse(&s), "y=");
	shown(ndbparse(&s), "z#=w#");
	shown(ndbparse(&s), "last=1");
	check(ndbparse(&s) == nil);
	check(ndbparse(&s) == nil);
	ndbclose(db);
	check(ndbopen("none") == nil);
}

static void searches(void)
{
	Ndbtuple *t, *e;
	Ndb *db;
	Ndbs s;
	char *v;

	file(0, "/lib/ndb/local", "database=\n\tfile=/lib/ndb/local\n\tfile=/lib/ndb/common\n\tfile=/gone\n"
		"sys=a ip=10.0.0.1\nsys=b\n\tip=10.0.0.2 ether=aa\n\tip=10.0.0.3 ether=bb\n");
	file(1, "/lib/ndb/common", "tcp=http port=80\ntcp=x port=7\nudp=x port=8\nsys=a tcp=x\n");
	db = ndbopen(nil);
	check(db != nil && db->next != nil && db->next->next != nil && db->next->next->text == nil);
	if(db == nil)
		return;
	shown(ndbsearch(db, &s, "tcp", "http"), "tcp=http port=80");
	shown(ndbsearch(db, &s, "sys", "a"), "sys=a ip=10.0.0.1");
	shown(ndbsnext(&s, "sys", "a"), "sys=a tcp=x");
	check(ndbsnext(&s, "sys", "a") == nil);
	check(ndbsearch(db, &s, "sys", "A") == nil);
	e = ndbsearch(db, &s, "ip", "10.0.0.3");
	check(s.t != nil && strcmp(s.t->val, "10.0.0.3") == 0);
	t = ndbfindattr(e, s.t, "ether");
	checkstr(t != nil? t->val: nil, "bb");
	ndbfree(e);
	v = ndbgetvalue(db, &s, "ip", "10.0.0.3", "ether", nil);
	checkstr(v, "bb");
	free(v);
	v = ndbgetvalue(db, nil, "tcp", "x", "port", &e);
	checkstr(v, "7");
	free(v);
	shown(e, "tcp=x port=7");
	v = ndbgetvalue(db, nil, "sys", "a", "tcp", nil);
	checkstr(v, "x");
	free(v);
	check(ndbgetvalue(db, nil, "tcp", "x", "nothing", &e) == nil && e == nil);
	ndbclose(db);
}

static void changes(void)
{
	Ndb *db;
	Ndbs s;

	file(0, "/lib/ndb/local", "database=\n\tfile=/net/ndb\n\tfile=/lib/ndb/local\nsys=a\n");
	file(1, "/net/ndb", nil);
	mem[1].made = 1;
	db = ndbopen(nil);
	check(db != nil && !ndbchanged(db));
	if(db == nil)
		return;
	mem[1].text = "ip=1.2.3.4 sys=me\n";
	check(ndbchanged(db));
	check(ndbreopen(db) == 0 && !ndbchanged(db));
	shown(ndbsearch(db, &s, "sys", "me"), "ip=1.2.3.4 sys=me");
	mem[1].text = "ip=1.2.3.5 sys=me\n";
	check(ndbchanged(db) && ndbreopen(db) == 0);
	shown(ndbsearch(db, &s, "sys", "me"), "ip=1.2.3.5 sys=me");
	mem[1].text = nil;
	check(ndbchanged(db) && ndbreopen(db) == 0 && !ndbchanged(db));
	check(ndbsearch(db, &s, "sys", "me") == nil);
	file(0, "/lib/ndb/local", "sys=c\n");
	check(ndbchanged(db) && ndbreopen(db) == 0);
	shown(ndbsearch(db, &s, "sys", "c"), "sys=c");
	mem[0].text = nil;
	check(ndbchanged(db) && ndbreopen(db) < 0);
	shown(ndbsearch(db, &s, "sys", "c"), "sys=c");
	ndbclose(db);
	mem[1].made = 0;
	mem[1].name = nil;
}

static void info(char *attr, char *val, char *attrs, char *want)
{
	char buf[64], *f[8];
	Ndb *db;
	int n;

	db = ndbopen(nil);
	check(db != nil);
	strecpy(buf, buf+sizeof buf, attrs);
	n = getfields(buf, f, nelem(f), 1, " ");
	shown(ndbipinfo(db, attr, val, f, n), want);
	ndbclose(db);
}

static void inherits(void)
{
	file(0, "/lib/ndb/local",
		"ipnet=world ip=10.0.0.0\n\tdns=10.9.9.9 dns=10.9.9.8\n\tauth=wide smtp=post\n"
		"ipnet=lab ip=10.1.0.0 ipmask=255.255.0.0\n\tauth=near ipgw=10.1.0.1\n"
		"ipnet=room ip=10.1.2.0 ipmask=/24\n\tipgw=10.1.2.1\n"
		"ipnet=six ip=2001:db8:: ipmask=/32\n\tdns=2001:db8::53\n"
		"sys=near dom=near.org\n\tip=10.1.0.7 ip=10.1.0.8\n"
		"sys=pc dom=pc.org ip=10.1.2.3 ether=112233445566\n\tbootf=/386/9pc\n"
		"sys=own ip=10.1.2.4\n\tauth=here\n\tip=2001:db8::4\n");
	info("sys", "pc", "ipgw auth bootf dns", "bootf=/386/9pc | ipgw=10.1.2.1 | auth=near | dns=10.9.9.9 | dns=10.9.9.8");
	info("ip", "10.1.2.3", "ether ipgw", "ether=112233445566 | ipgw=10.1.2.1");
	info("ip", "10.1.2.99", "ether ipgw", "ipgw=10.1.2.1");
	info("ip", "10.200.0.1", "auth ipgw @smtp", "auth=wide | smtp=post");
	info("sys", "own", "auth dns", "auth=here | dns=10.9.9.9 | dns=10.9.9.8");
	info("ip", "2001:db8::7", "dns auth", "dns=2001:db8::53");
	info("sys", "pc", "@auth", "auth=10.1.0.7 | auth=10.1.0.8");
	info("ip", "11.0.0.1", "dns", "");
	info("sys", "nobody", "dns", "");
	checkstr(ipattr("1.2.3.4"), "ip");
	checkstr(ipattr("fe80::1"), "ip");
	checkstr(ipattr("112233aabbCC"), "ether");
	checkstr(ipattr("a.b"), "dom");
	checkstr(ipattr("112233aabbC"), "sys");
}

/* anything can be searched, and what is found is in the text */
static void noise(void)
{
	static char letters[] = "ab=\" \t\n#ip.\r10";
	char text[200], *attrs[] = { "a", "ip", "b" };
	Ndb *db;
	Ndbs s;
	Ndbtuple *t;
	u32int r;
	int i, k, n;

	r = 1;
	for(i = 0; i < 3000; i++){
		for(k = 0; k < (int)sizeof text-1; k++){
			r = r*1103515245 + 12345;
			text[k] = letters[(r>>16) % (sizeof letters-1)];
		}
		text[k] = 0;
		if(i%2)
			memmove(text, "ipnet= ip=10.0.0.0\n", 19);
		file(0, "/lib/ndb/local", text);
		db = ndbopen(nil);
		s = (Ndbs){ .db = db };
		for(n = 0; (t = ndbparse(&s)) != nil; n++){
			check(t->attr[0] != 0 && strstr(text, t->attr) != nil && strstr(text, t->val) != nil);
			ndbfree(t);
		}
		check(n <= 100);
		for(t = ndbsearch(db, &s, "a", "b"); t != nil; t = ndbsnext(&s, "a", "b")){
			check(s.t != nil && strcmp(s.t->attr, "a") == 0 && strcmp(s.t->val, "b") == 0);
			ndbfree(t);
		}
		ndbfree(ndbipinfo(db, "ip", "10.0.0.1", attrs, nelem(attrs)));
		ndbclose(db);
	}
}

int main(void)
{
	entries();
	searches();
	changes();
	inherits();
	noise();
	return checkdone();
}
