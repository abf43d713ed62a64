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
	fprint(2, "usage: ramfs [-abcipsu] [-m mountpoint] [-S srvname]\n");
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
	char *mtpt, *name, *limit;
	int flag, stdio;
	Srv *s;

	s = &ramfssrv;
	mtpt = "/tmp";
	name = nil;
	limit = LIMIT;
	flag = -1;
	stdio = 0;
	ARGBEGIN{
	case 'a':
		flag = MAFTER;
		break;
	case 'b':
		flag = MBEFORE;
		break;
	case 'c':
		flag = (flag < 0? MREPL: flag) | MCREATE;
		break;
	case 'i':
		stdio = 1;
		break;
	case 'm':
		mtpt = EARGF(usage());
		break;
	case 'p':
		private();
		break;
	case 's':
		name = "ramfs";
		mtpt = nil;
		break;
	case 'S':
		name = EARGF(usage());
		mtpt = nil;
		break;
	case 'u':
		limit = "";
		break;
	default:
		usage();
	}ARGEND
	if(argc != 0)
		usage();
	s->owner = getuser();
	if(s->init(s, limit) < 0)
		sysfatal("%r");
	if(stdio){
		if(srvfd(s, 0, 1) < 0)
			sysfatal("serve: %r");
		exits(nil);
	}
	if(srvpost(s, name, mtpt, flag < 0? MREPL|MCREATE: flag, "") < 0)
		sysfatal("%s: %r", name != nil? name: mtpt);
	exits(nil);
}
