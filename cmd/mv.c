/*
 * mv: give files other names.  Within a directory it is one wstat, so
 * nothing is copied and an open file stays open; between directories a file
 * is copied, with mode and time, and the old one removed only when the new
 * one is complete.
 */
#include <u.h>
#include <libc.h>
#include "fcopy.h"

static Copyopts opt = { .cmd = "mv", .recurse = 1, .attrs = 1 };

/* the directory part: "." for a bare name */
static char *dirpart(char *name)
{
	char *s = strdup(name), *slash;

	if(s == nil)
		sysfatal("%r");
	slash = strrchr(s, '/');
	if(slash == nil)
		strcpy(s, *s ? "." : "");
	else if(slash == s)
		s[1] = 0;
	else
		*slash = 0;
	return s;
}

static int samedir(char *from, char *to)
{
	char *a = dirpart(from), *b = dirpart(to);
	Dir *da = dirstat(a), *db = dirstat(b);
	int same = da != nil && db != nil && fcopysame(da, db);

	free(da);
	free(db);
	free(a);
	free(b);
	return same;
}

/* a rename does not replace: the file in the way goes first, if it is one */
static int renamefile(char *from, Dir *df, char *to)
{
	Dir d, *dt;
	int r, same, inway;

	dt = dirstat(to);
	inway = dt != nil;
	same = inway && fcopysame(df, dt);
	free(dt);
	if(same){
		fprint(2, "mv: %s and %s are the same file\n", from, to);
		return -1;
	}
	nulldir(&d);
	d.name = fcopybase(to);
	r = dirwstat(from, &d);
	if(r < 0 && inway && remove(to) == 0)
		r = dirwstat(from, &d);
	free(d.name);
	if(r < 0)
		return fcopyfail(&opt, from);
	return 0;
}

static int removeall(char *name)
{
	Dir *d;
	long i, n;
	int fd, bad = 0;
	char *child;

	if(remove(name) == 0)
		return 0;
	fd = open(name, OREAD);
	if(fd < 0)
		return fcopyfail(&opt, name);
	n = dirreadall(fd, &d);
	close(fd);
	for(i = 0; i < n; i++){
		child = fcopyjoin(name, d[i].name);
		bad |= removeall(child);
		free(child);
	}
	if(n > 0)
		free(d);
	if(bad == 0 && remove(name) < 0)
		bad = fcopyfail(&opt, name);
	return bad;
}

static int movefile(char *from, char *to)
{
	Dir *d = dirstat(from);
	int r;

	if(d == nil)
		return fcopyfail(&opt, from);
	if(samedir(from, to))
		r = renamefile(from, d, to);
	else{
		r = fcopyname(from, to, &opt);
		if(r == 0)
			r = removeall(from);
	}
	free(d);
	return r;
}

int main(int argc, char **argv)
{
	Dir *d;
	char *to, *base, *name;
	int i, todir, bad = 0;

	ARGBEGIN{
	default:
	usage:
		fprint(2, "usage: mv from to\n\tmv from ... dir\n");
		exits("usage");
	}ARGEND
	if(argc < 2)
		goto usage;
	to = argv[argc-1];
	d = dirstat(to);
	todir = d != nil && (d->mode & DMDIR);
	free(d);
	if(argc > 2 && !todir){
		fprint(2, "mv: %s: not a directory\n", to);
		exits("mv");
	}
	for(i = 0; i < argc-1; i++){
		if(!todir){
			bad |= movefile(argv[i], to);
			continue;
		}
		base = fcopybase(argv[i]);
		name = fcopyjoin(to, base);
		bad |= movefile(argv[i], name);
		free(base);
		free(name);
	}
	exits(bad ? "errors" : nil);
}
