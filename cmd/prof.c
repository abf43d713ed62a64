/*
 * prof: where a running process spends its time.  With -s it starts the
 * counting; later it prints the functions that time was spent in, most first:
 * share, milliseconds, name.  The counts are /proc/n/profile's: the first
 * of all user time, the others of 8 bytes of text each (proc(3)).
 */
#include <u.h>
#include <libc.h>
#include <sym.h>

enum {
	Grain = 8,
	Maxcounts = 8<<20,
};

typedef struct Cost Cost;
struct Cost {
	char *name;
	uvlong ms;
};

static int openproc(char *pid, char *file, int mode)
{
	char path[64];
	int fd;

	snprint(path, sizeof path, "/proc/%s/%s", pid, file);
	fd = open(path, mode);
	if(fd < 0)
		sysfatal("%s: %r", path);
	return fd;
}

static u32int *readcounts(char *pid, long *n)
{
	int fd = openproc(pid, "profile", OREAD);
	char *buf = nil;
	long have = 0, got = 0;

	do{
		have += got;
		if(have > Maxcounts)
			sysfatal("/proc/%s/profile: too long", pid);
		buf = realloc(buf, have + 65536);
		if(buf == nil)
			sysfatal("%r");
	}while((got = read(fd, buf+have, 65536)) > 0);
	if(got < 0)
		sysfatal("/proc/%s/profile: %r", pid);
	close(fd);
	*n = have / sizeof(u32int);
	return (u32int*)buf;
}

static int cmpcost(const void *a, const void *b)
{
	const Cost *x = a, *y = b;

	return x->ms < y->ms ? 1 : x->ms > y->ms ? -1 : 0;
}

static void report(char *pid)
{
	Symtab *t = symread(openproc(pid, "text", OREAD));
	u32int *ms;
	Cost *c;
	Sym *s;
	long i, n;

	if(t == nil)
		sysfatal("/proc/%s/text: %r", pid);
	ms = readcounts(pid, &n);
	c = mallocz((t->nsym+1) * sizeof c[0], 1);
	if(c == nil)
		sysfatal("%r");
	for(i = 1; i < n; i++){
		s = ms[i] != 0 ? symfind(t, t->textbase + i*Grain) : nil;
		if(s != nil){
			c[s - t->sym].name = s->name;
			c[s - t->sym].ms += ms[i];
		}
	}
	qsort(c, t->nsym, sizeof c[0], cmpcost);
	for(i = 0; i < t->nsym && c[i].ms > 0; i++)
		print("%3llud.%llud%% %8llud %s\n", c[i].ms*100/ms[0], c[i].ms*1000/ms[0]%10, c[i].ms, c[i].name);
}

int main(int argc, char **argv)
{
	int start = 0;

	ARGBEGIN{
	case 's':
		start = 1;
		break;
	default:
	usage:
		fprint(2, "usage: prof [-s] pid\n");
		exits("usage");
	}ARGEND
	if(argc != 1)
		goto usage;
	if(!start)
		report(argv[0]);
	else if(fprint(openproc(argv[0], "ctl", OWRITE), "profile") < 0)
		sysfatal("/proc/%s/ctl: %r", argv[0]);
	exits(nil);
}
