/*
 * rm: remove files; -r whole trees, -f without a word about what is not
 * there or cannot be removed.
 */
#include <u.h>
#include <libc.h>

static int force, recurse;
static char *status;

static void complain(char *name)
{
	if(force)
		return;
	fprint(2, "rm: %s: %r\n", name);
	status = "errors";
}

static void removetree(char *name);

/* the children first: a directory must be empty to go */
static void removechildren(char *dir)
{
	Dir *d;
	long i, n;
	int fd;
	char *child;

	fd = open(dir, OREAD);
	if(fd < 0){
		complain(dir);
		return;
	}
	n = dirreadall(fd, &d);
	close(fd);
	if(n < 0){
		complain(dir);
		return;
	}
	for(i = 0; i < n; i++){
		child = smprint("%s/%s", dir, d[i].name);
		if(child == nil)
			sysfatal("%r");
		if(!(d[i].mode & DMDIR) && remove(child) == 0){
			free(child);
			continue;
		}
		removetree(child);
		free(child);
	}
	free(d);
}

static void removetree(char *name)
{
	Dir *d;
	int isdir;

	if(remove(name) == 0)
		return;
	if(!recurse){
		complain(name);
		return;
	}
	d = dirstat(name);
	isdir = d != nil && (d->mode & DMDIR);
	free(d);
	if(!isdir){
		remove(name);	/* again, for its error */
		complain(name);
		return;
	}
	removechildren(name);
	if(remove(name) < 0)
		complain(name);
}

int main(int argc, char **argv)
{
	int i;

	ARGBEGIN{
	case 'f':
		force = 1;
		break;
	case 'r':
		recurse = 1;
		break;
	default:
		fprint(2, "usage: rm [-fr] file ...\n");
		exits("usage");
	}ARGEND
	for(i = 0; i < argc; i++)
		removetree(argv[i]);
	exits(status);
}
