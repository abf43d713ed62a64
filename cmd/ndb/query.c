/* query: print entries of the network database, or one of their values; ndb(8). */
#include <u.h>
#include <libc.h>
#include <bio.h>
#include <ndb.h>

static Biobuf out;

static void usage(void)
{
	fprint(2, "usage: ndb/query [-a] [-f file] attr value [rattr]\n"
		"       ndb/query -i [-c] [-f file] [-x netdir] attr value rattr ...\n");
	exits("usage");
}

static void pair(Ndbtuple *t)
{
	Bprint(&out, strpbrk(t->val, " \t#") != nil? "%s=\"%s\"": *t->val? "%s=%s": "%s", t->attr, t->val);
}

static void entry(Ndbtuple *e)
{
	Ndbtuple *t;

	for(t = e; t != nil; t = t->entry){
		pair(t);
		Bprint(&out, t->entry != nil? " ": "\n");
	}
}

/* the values of an attribute in e: all, or the first, the line's first.  How many */
static int values(Ndbtuple *e, Ndbtuple *line, char *attr, int all)
{
	Ndbtuple *t;
	int n;

	if(!all){
		if((t = ndbfindattr(e, line, attr)) == nil)
			return 0;
		Bprint(&out, "%s\n", t->val);
		return 1;
	}
	n = 0;
	for(t = e; t != nil; t = t->entry)
		if(strcmp(t->attr, attr) == 0){
			Bprint(&out, "%s\n", t->val);
			n++;
		}
	return n;
}

static int search(Ndb *db, char *attr, char *val, char *rattr, int all)
{
	Ndbtuple *e;
	Ndbs s;
	int n;

	n = 0;
	for(e = ndbsearch(db, &s, attr, val); e != nil; e = ndbsnext(&s, attr, val)){
		if(rattr == nil){
			entry(e);
			n++;
		}else
			n += values(e, s.t, rattr, all);
		ndbfree(e);
		if(rattr != nil && n > 0 && !all)
			break;
	}
	return n;
}

static int info(Ndbtuple *list)
{
	int found;

	found = list != nil;
	entry(list);
	ndbfree(list);
	return found;
}

int main(int argc, char **argv)
{
	char *file, *net;
	int all, cs, ip, n;
	Ndb *db;

	file = net = nil;
	all = cs = ip = 0;
	ARGBEGIN{
	case 'a':
		all = 1;
		break;
	case 'c':
		cs = 1;
		break;
	case 'f':
		file = EARGF(usage());
		break;
	case 'i':
		ip = 1;
		break;
	case 'x':
		net = EARGF(usage());
		break;
	default:
		usage();
	}ARGEND
	if(argc < 2 || (ip && argc < 3) || (!ip && (cs || argc > 3)))
		usage();
	Binit(&out, 1, OWRITE);
	if(cs && ip)
		n = info(csipinfo(net, argv[0], argv[1], argv+2, argc-2));
	else if((db = ndbopen(file)) == nil)
		sysfatal("%s: %r", file != nil? file: "/lib/ndb/local");
	else if(ip)
		n = info(ndbipinfo(db, argv[0], argv[1], argv+2, argc-2));
	else
		n = search(db, argv[0], argv[1], argv[2], all);
	Bterm(&out);
	exits(n > 0? nil: "not found");
}
