/* pwd: print the name of the working directory, as fd2path(2) gives it. */
#include <u.h>
#include <libc.h>

int main(int argc, char **argv)
{
	char dir[4096];

	ARGBEGIN{
	default:
		fprint(2, "usage: pwd\n");
		exits("usage");
	}ARGEND
	USED(argc); USED(argv);
	if(getwd(dir, sizeof dir) == nil)
		sysfatal("%r");
	print("%s\n", dir);
	exits(nil);
}
