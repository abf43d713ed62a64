/*
 * unmount: undo a bind or mount; with one name, all of them there.
 * bind(1), bind(2).
 */
#include <u.h>
#include <libc.h>

int main(int argc, char **argv)
{
	char *what = nil, *where;

	ARGBEGIN{
	default:
	usage:
		fprint(2, "usage: unmount [new] old\n");
		exits("usage");
	}ARGEND
	if(argc < 1 || argc > 2)
		goto usage;
	if(argc == 2)
		what = argv[0];
	where = argv[argc-1];
	if(unmount(what, where) < 0){
		if(what != nil)
			fprint(2, "unmount: %s from %s: %r\n", what, where);
		else
			fprint(2, "unmount: %s: %r\n", where);
		exits("unmount");
	}
	exits(nil);
}
