/*
 * env: a server of environments, fs/env, as a program.  See env(3).
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>

extern Srv envsrv;

static void usage(void)
{
	fprint(2, "usage: env [-r] [-s name] [-M from]\n");
	exits("usage");
}

int main(int argc, char **argv)
{
	Hostopt o = { .name = "env", .argv = argv };

	ARGBEGIN{
	case 'M':
		o.take = EARGF(usage());
		break;
	case 'r':
		o.redo = 1;
		break;
	case 's':
		o.name = EARGF(usage());
		break;
	default:
		usage();
	}ARGEND
	if(argc != 0)
		usage();
	envsrv.owner = getuser();
	if(hostmain(&envsrv, &o) < 0)
		sysfatal("%s: %r", o.take != nil? o.take: o.name);
	exits(nil);
}
