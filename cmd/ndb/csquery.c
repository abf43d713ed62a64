/* csquery: ask the connection server, from the arguments or line by line; ndb(8). */
#include <u.h>
#include <libc.h>
#include <askfile.h>

static void usage(void)
{
	fprint(2, "usage: ndb/csquery [-f file] [question ...]\n");
	exits("usage");
}

int main(int argc, char **argv)
{
	char *file;
	int bad;

	file = "/net/cs";
	ARGBEGIN{
	case 'f':
		file = EARGF(usage());
		break;
	default:
		usage();
	}ARGEND
	if((bad = askall(file, argc, argv, nil)) < 0)
		sysfatal("%s: %r", file);
	exits(bad > 0? "no answer": nil);
}
