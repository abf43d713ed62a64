/*
 * consmux: several views of one console as a file server, fs/consmux.  See
 * consmux(4).
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>

extern Srv consmuxsrv;

static void usage(void)
{
	fprint(2, "usage: consmux [-r] [-k key] [-l logsize] [-m mountpoint] [-s srvname] [-M from]\n");
	exits("usage");
}

int main(int argc, char **argv)
{
	Hostopt o = { .flag = MREPL, .argv = argv };
	char *key, *size;

	key = "^\\";
	size = "16K";
	ARGBEGIN{
	case 'k':
		key = EARGF(usage());
		break;
	case 'l':
		size = EARGF(usage());
		break;
	case 'm':
		o.mtpt = EARGF(usage());
		break;
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
	if(argc != 0 || (o.redo && o.name == nil && o.take == nil))
		usage();
	if(o.name == nil && o.mtpt == nil && o.take == nil)
		o.name = "consmux";
	o.arg = smprint("key=%q log=%q", key, size);
	consmuxsrv.owner = getuser();
	if(hostmain(&consmuxsrv, &o) < 0)
		sysfatal("%s: %r", o.take != nil? o.take: o.name != nil? o.name: o.mtpt);
	exits(nil);
}
