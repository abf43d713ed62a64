/*
 * ipsrv: the IP stack in user space, ipsrv(8).
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>
#include "stack.h"

static void usage(void)
{
	fprint(2, "usage: ipsrv [-s srvname] [-m mountpoint] [-M from]\n");
	exits("usage");
}

int main(int argc, char **argv)
{
	Hostopt o = { .flag = MBEFORE, .argv = argv };
	Srv *s;

	ARGBEGIN{
	case 'm':
		o.mtpt = EARGF(usage());
		break;
	case 'M':
		o.take = EARGF(usage());
		break;
	case 's':
		o.name = EARGF(usage());
		break;
	default:
		usage();
	}ARGEND
	if(argc != 0)
		usage();
	if(o.name == nil && o.mtpt == nil && o.take == nil)
		o.name = "net";
	s = ipuser(&o);
	s->owner = getuser();
	if(hostmain(s, &o) < 0)
		sysfatal("%s: %r", o.take != nil? o.take: o.name != nil? o.name: o.mtpt);
	exits(nil);
}
