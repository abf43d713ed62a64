/*
 * netstat: the conversations of an IP stack, a line each, or its interfaces:
 * netstat(1).  It reads the files of ip(3); a conversation may end while we
 * look, then there is nothing to say.
 */
#include <u.h>
#include <libc.h>
#include <bio.h>
#include <ip.h>

static Biobuf out;
static char *net = "/net";
static int all;

static void usage(void)
{
	fprint(2, "usage: netstat [-airs] [-p proto] [net]\n");
	exits("usage");
}

/* the file's text without the newline at its end, cut; -1: it is not there */
static int readtext(char *buf, int n, char *fmt, ...)
{
	char name[256];
	va_list args;
	int fd;
	long m;

	va_start(args, fmt);
	vsnprint(name, sizeof name, fmt, args);
	va_end(args);
	fd = open(name, OREAD);
	if(fd < 0)
		return -1;
	m = readn(fd, buf, n-1);
	close(fd);
	if(m < 0)
		return -1;
	if(m > 0 && buf[m-1] == '\n')
		m--;
	buf[m] = 0;
	return 0;
}

static void conv(char *proto, char *num)
{
	char name[256], status[512], local[128], remote[128], *f[2];
	Dir *d;

	if(readtext(status, sizeof status, "%s/%s/%s/status", net, proto, num) < 0 ||
		readtext(local, sizeof local, "%s/%s/%s/local", net, proto, num) < 0 ||
		readtext(remote, sizeof remote, "%s/%s/%s/remote", net, proto, num) < 0)
		return;
	if(getfields(status, f, 2, 1, " \n") < 1)
		return;
	if(!all && strcmp(f[0], "Closed") == 0)
		return;
	snprint(name, sizeof name, "%s/%s/%s/ctl", net, proto, num);
	d = dirstat(name);
	Bprint(&out, "%-7s %-4s %-10s %-12s %-28s %s\n", proto, num, d != nil? d->uid: "?", f[0], local, remote);
	free(d);
}

static int bynumber(const void *a, const void *b)
{
	int x, y;

	x = atoi(((Dir*)a)->name);
	y = atoi(((Dir*)b)->name);
	return (x > y)-(x < y);
}

static void proto(char *name)
{
	char dir[256];
	Dir *d;
	long i, n;
	int fd;

	snprint(dir, sizeof dir, "%s/%s", net, name);
	fd = open(dir, OREAD);
	if(fd < 0)
		return;
	n = dirreadall(fd, &d);
	close(fd);
	if(n < 0)
		return;
	qsort(d, n, sizeof d[0], bynumber);
	for(i = 0; i < n; i++)
		if(d[i].name[0] >= '0' && d[i].name[0] <= '9')
			conv(name, d[i].name);
	free(d);
}

/* which directories of net are protocols: they have a clone, and a status in what it makes */
static int isproto(Dir *d)
{
	char name[256];

	if(!(d->mode & DMDIR) || strcmp(d->name, "ipifc") == 0 || strncmp(d->name, "ether", 5) == 0)
		return 0;
	snprint(name, sizeof name, "%s/%s/clone", net, d->name);
	return access(name, AEXIST) == 0;
}

static void eachproto(void (*fn)(char*))
{
	Dir *d;
	long i, n;
	int fd;

	fd = open(net, OREAD);
	if(fd < 0)
		sysfatal("%s: %r", net);
	n = dirreadall(fd, &d);
	close(fd);
	for(i = 0; i < n; i++)
		if(isproto(&d[i]))
			fn(d[i].name);
	if(n >= 0)
		free(d);
}

/* --- the other tables --- */
static void stats(char *name)
{
	char buf[8192], *line[128];
	int i, n;

	if(readtext(buf, sizeof buf, "%s/%s/stats", net, name) < 0)
		return;
	n = getfields(buf, line, nelem(line), 1, "\n");
	for(i = 0; i < n; i++)
		Bprint(&out, "%s %s\n", name, line[i]);
}

static void interfaces(void)
{
	Ipifc *list, *i;
	Iplifc *l;

	list = readipifc(net, nil, -1);
	for(i = list; i != nil; i = i->next){
		Bprint(&out, "%d %s mtu %ud in %llud out %llud errin %llud errout %llud\n", i->index, i->dev, i->mtu,
			(uvlong)i->pktin, (uvlong)i->pktout, (uvlong)i->errin, (uvlong)i->errout);
		for(l = i->lifc; l != nil; l = l->next)
			Bprint(&out, "\t%I%M%s\n", l->ip, l->mask, l->tentative? " tentative": "");
	}
	freeipifc(list);
}

static void file(char *name)
{
	char path[256], buf[8192];
	int fd;
	long n;

	snprint(path, sizeof path, "%s/%s", net, name);
	fd = open(path, OREAD);
	if(fd < 0)
		sysfatal("%s: %r", path);
	while((n = read(fd, buf, sizeof buf)) > 0)
		Bwrite(&out, buf, n);
	close(fd);
}

int main(int argc, char **argv)
{
	char *only = nil;
	int what = 0;

	fmtinstall('I', eipfmt);
	fmtinstall('M', eipfmt);
	ARGBEGIN{
	case 'a':
		all = 1;
		break;
	case 'i':
	case 'r':
	case 's':
		what = ARGC();
		break;
	case 'p':
		only = EARGF(usage());
		break;
	default:
		usage();
	}ARGEND
	if(argc > 1)
		usage();
	if(argc == 1)
		net = argv[0];
	Binit(&out, 1, OWRITE);
	if(what == 'i')
		interfaces();
	else if(what == 'r')
		file("iproute");
	else if(only != nil)
		(what == 's'? stats: proto)(only);
	else
		eachproto(what == 's'? stats: proto);
	if(Bterm(&out) < 0)
		sysfatal("write: %r");
	exits(nil);
}
