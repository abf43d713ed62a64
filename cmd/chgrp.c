/* chgrp: change the group of files; -u or -o the owner instead, where the server allows it. */
#include <u.h>
#include <libc.h>

int main(int argc, char **argv)
{
	Dir d;
	int i, owner = 0, bad = 0;

	ARGBEGIN{
	case 'o':
	case 'u':
		owner = 1;
		break;
	default:
	usage:
		fprint(2, "usage: chgrp [-ou] group file ...\n");
		exits("usage");
	}ARGEND
	if(argc < 2)
		goto usage;
	nulldir(&d);
	if(owner)
		d.uid = argv[0];
	else
		d.gid = argv[0];
	for(i = 1; i < argc; i++)
		if(dirwstat(argv[i], &d) < 0){
			fprint(2, "chgrp: %s: %r\n", argv[i]);
			bad = 1;
		}
	exits(bad ? "errors" : nil);
}
