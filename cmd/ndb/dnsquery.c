/* dnsquery: ask the resolver, from the arguments or line by line; ndb(8). */
#include <u.h>
#include <libc.h>
#include <ip.h>
#include <askfile.h>

static void usage(void)
{
	fprint(2, "usage: ndb/dnsquery [-f file] [name [type]]\n");
	exits("usage");
}

/* without a type, a name's address is asked for, and an address's name */
static void complete(char *q, int n)
{
	uchar ip[IPaddrlen];

	if(strpbrk(q, " \t!") == nil && strcmp(q, "refresh") != 0 && strcmp(q, "dump") != 0 && strcmp(q, "stats") != 0)
		seprint(q+strlen(q), q+n, parseip(ip, q) < 0? " ip": " ptr");
}

int main(int argc, char **argv)
{
	char *file, q[1024], *one[1];
	int bad;

	file = "/net/dns";
	ARGBEGIN{
	case 'f':
		file = EARGF(usage());
		break;
	default:
		usage();
	}ARGEND
	if(argc > 2)
		usage();
	if(argc == 2){
		snprint(q, sizeof q, "%s %s", argv[0], argv[1]);
		one[0] = q;
		argv = one;
		argc = 1;
	}
	if((bad = askall(file, argc, argv, complete)) < 0)
		sysfatal("%s: %r", file);
	exits(bad > 0? "no answer": nil);
}
