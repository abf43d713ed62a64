/* snoopy: print what goes over an Ethernet, or was kept in a file; snoopy(8). */
#include <u.h>
#include <libc.h>
#include <bio.h>
#include <ip.h>
#include "snoopy.h"

enum { Maxframe = 65536 };

static Biobuf out;
static int stamps = 1;
static int payload;		/* bytes of it to be printed */
static vlong first;

static void usage(void)
{
	fprint(2, "usage: ip/snoopy [-pt] [-n count] [-f filter] [-w file] [-x bytes] [etherdir | file]\n");
	exits("usage");
}

static void show(Packet *k, uchar *p, int n, vlong when)
{
	Layer *l;
	int i, j;

	if(first == 0)
		first = when;
	if(stamps)
		Bprint(&out, "%lld.%6.6lld ", (when-first)/1000000000, (when-first)/1000%1000000);
	for(i = 0; i < k->n; i++){
		l = &k->layer[i];
		Bprint(&out, "%s%s(", i > 0? " ": "", l->proto);
		for(j = 0; j < l->n; j++)
			Bprint(&out, "%s%s=%s", j > 0? " ": "", l->name[j], l->val[j]);
		Bprint(&out, ")");
	}
	if(k->rest > 0)
		Bprint(&out, " data(%d)", k->rest);
	Bputc(&out, '\n');
	for(i = n-k->rest, j = 0; k->rest > 0 && i < n && j < payload; i++, j++)
		Bprint(&out, "%s%2.2ux", j == 0? "\t": j%32 == 0? "\n\t": " ", p[i]);
	if(j > 0)
		Bputc(&out, '\n');
}

/* the descriptor of a file for frames, -1 if name is nil */
static int keepin(char *name)
{
	int fd;

	if(name == nil)
		return -1;
	fd = create(name, OWRITE|OCEXEC, 0664);
	if(fd < 0 || tracebegin(fd) < 0)
		sysfatal("%s: %r", name);
	return fd;
}

/* until count frames have passed the filter; 0: until there are no more */
static int snoop(Source *s, Filter *f, int fd, long count)
{
	static uchar buf[Maxframe];
	static Packet k;
	int n, whole;
	vlong when;
	long seen;

	for(seen = 0; count == 0 || seen < count;){
		n = sourceread(s, buf, sizeof buf, &whole, &when);
		if(n <= 0)
			return n;
		decode(&k, buf, n, whole);
		if(!filtermatch(f, &k))
			continue;
		seen++;
		if(fd >= 0 && traceadd(fd, buf, n, whole, when) < 0)
			return -1;
		if(fd < 0){
			show(&k, buf, n, when);
			if(Bflush(&out) < 0)
				return -1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	char *name, *keep;
	int promiscuous;
	Filter *f;
	Source s;
	long count;

	name = "/net/ether0";
	keep = nil;
	f = nil;
	promiscuous = 1;
	count = 0;
	ARGBEGIN{
	case 'f':
		if((f = filterparse(EARGF(usage()))) == nil)
			sysfatal("%r");
		break;
	case 'n':
		count = atol(EARGF(usage()));
		break;
	case 'p':
		promiscuous = 0;
		break;
	case 't':
		stamps = 0;
		break;
	case 'w':
		keep = EARGF(usage());
		break;
	case 'x':
		payload = atoi(EARGF(usage()));
		break;
	default:
		usage();
	}ARGEND
	if(argc > 1)
		usage();
	if(argc == 1)
		name = argv[0];
	fmtinstall('I', eipfmt);
	fmtinstall('V', eipfmt);
	fmtinstall('E', eipfmt);
	Binit(&out, 1, OWRITE);
	if(sourceopen(&s, name, promiscuous) < 0 || snoop(&s, f, keepin(keep), count) < 0)
		sysfatal("%s: %r", name);
	exits(nil);
}
