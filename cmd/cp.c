/*
 * cp: copy files.  -g keeps the group, -u group and owner, -x modes and
 * modification times; -r copies trees.  A file is never copied onto itself,
 * nor a directory into itself.  With mv(1) in fcopy.h: what both need.
 */
#include <u.h>
#include <libc.h>
#include "fcopy.h"

static Copyopts opt;

/* from to the name to, or into it if todir: 0, or -1 after a message */
static int copyto(char *from, char *to, int todir)
{
	char *base, *name;
	int r;

	if(!todir)
		return fcopyname(from, to, &opt);
	base = fcopybase(from);
	name = fcopyjoin(to, base);
	r = fcopyname(from, name, &opt);
	free(base);
	free(name);
	return r;
}

static void usage(void)
{
	fprint(2, "usage: cp [-gux] from to\n\tcp [-rgux] from ... dir\n");
	exits("usage");
}

int main(int argc, char **argv)
{
	Dir *d;
	int i, todir, bad = 0;
	char *to;

	ARGBEGIN{
	case 'r':
		opt.recurse = 1;
		break;
	case 'g':
		opt.gid = 1;
		break;
	case 'u':
		opt.uid = opt.gid = 1;
		break;
	case 'x':
		opt.attrs = 1;
		break;
	default:
		usage();
	}ARGEND
	if(argc < 2)
		usage();
	opt.cmd = "cp";
	to = argv[argc-1];
	d = dirstat(to);
	todir = d != nil && (d->mode & DMDIR);
	free(d);
	if(argc > 2 && !todir){
		fprint(2, "cp: %s: not a directory\n", to);
		exits("copy");
	}
	for(i = 0; i < argc-1; i++)
		bad |= copyto(argv[i], to, todir) < 0;
	exits(bad ? "errors" : nil);
}
