/*
 * ramfs: a file server whose files are in its memory, fs/ramfs.c, mounted
 * here, posted in /srv, or on standard input and output.  See ramfs(4).
 */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>

extern Srv ramfssrv;

#define LIMIT "max=768M"

static void usage(void)
{
	fprint(2, "usage: ramfs [-abciprsu] [-m mountpoint] [-S srvname] [-M from]\n");
	exits("usage");
}

/* the memory is nobody else's to read, not even its owner's: proc(3) */
static void private(void)
{
	char path[64];
	int fd;

	snprint(path, sizeof path, "/proc/%d/ctl", getpid());
	fd = open(path, OWRITE|OCEXEC);
	if(fd < 0 || write(fd, "private", 7) < 0)
		sysfatal("private: %r");
	close(fd);
}

int main(int argc, char **argv)
{
	Hostopt o = { .mtpt = "/tmp", .flag = -1, .arg = LIMIT, .argv = argv };
	int stdio;
	Srv *s;

	s = &ramfssrv;
	stdio = 0;
	ARGBEGIN{
	case 'a':
		o.flag = MAFTER;
		break;
	case 'b':
		o.flag = MBEFORE;
		break;
	case 'c':
		o.flag = (o.flag < 0? MREPL: o.flag) | MCREATE;
		break;
	case 'i':
		stdio = 1;
		break;
	case 'm':
		o.mtpt = EARGF(usage());
		break;
	case 'M':
		o.take = EARGF(usage());
		break;
	case 'p':
		private();
		break;
	case 'r':
		o.redo = 1;
		break;
	case 's':
		o.name = "ramfs";
		o.mtpt = nil;
		break;
	case 'S':
		o.name = EARGF(usage());
		o.mtpt = nil;
		break;
	case 'u':
		o.arg = "";
		break;
	default:
		usage();
	}ARGEND
	if(argc != 0 || (o.redo && o.name == nil && o.take == nil))
		usage();
	s->owner = getuser();
	if(stdio){
		if(s->init(s, o.arg) < 0 || srvfd(s, 0, 1) < 0)
			sysfatal("serve: %r");
		exits(nil);
	}
	if(o.flag < 0)
		o.flag = MREPL|MCREATE;
	if(hostmain(s, &o) < 0)
		sysfatal("%s: %r", o.take != nil? o.take: o.name != nil? o.name: o.mtpt);
	exits(nil);
}
