/*
 * ps: the processes of the machine, one line each: user, pid, user and
 * system time as minutes:seconds, memory in K, state, program.  -a its arguments instead of
 * the program, -r real time since its start, -p priorities too.  The
 * fields are those of /proc/n/status (proc(3)).
 */
#include <u.h>
#include <libc.h>
#include <bio.h>

enum {	/* fields of the status file */
	Fname, Fuser, Fstate, Fuser_ms, Fsys_ms, Freal_ms,
	Fcuser_ms, Fcsys_ms, Fcreal_ms, Fmem, Fbasepri, Fpri, Nfield,
};

static int showargs, showpri, showreal;
static Biobuf out;

static long readfile(int pid, char *file, char *buf, long n)
{
	char path[64];
	int fd;
	long m;

	snprint(path, sizeof path, "/proc/%d/%s", pid, file);
	fd = open(path, OREAD);
	if(fd < 0)
		return -1;
	m = readn(fd, buf, n-1);
	close(fd);
	if(m >= 0)
		buf[m] = 0;
	return m;
}

static void puttime(char *ms, int width)
{
	ulong s = strtoul(ms, nil, 10) / 1000;

	Bprint(&out, " %*lud:%.2lud", width, s/60, s%60);
}

/* a process may go while we look: then there is nothing to say */
static void psline(int pid)
{
	char status[1024], args[512], *f[Nfield+1];
	int n;

	if(readfile(pid, "status", status, sizeof status) <= 0)
		return;
	n = tokenize(status, f, nelem(f));
	if(n < Nfield)
		return;
	Bprint(&out, "%-10s %8d", f[Fuser], pid);
	puttime(f[Fuser_ms], 4);
	puttime(f[Fsys_ms], 3);
	if(showreal)
		puttime(f[Freal_ms], 4);
	if(showpri)
		Bprint(&out, " %2s %2s", f[Fbasepri], f[Fpri]);
	Bprint(&out, " %7sK %-8.8s ", f[Fmem], f[Fstate]);
	if(showargs && readfile(pid, "args", args, sizeof args) > 0)
		Bprint(&out, "%s\n", args);
	else
		Bprint(&out, "%s\n", f[Fname]);
}

static int cmppid(const void *a, const void *b)
{
	int p = *(int*)a, q = *(int*)b;

	return (p > q) - (p < q);
}

int main(int argc, char **argv)
{
	Dir *d;
	long i, n;
	int fd, *pid, npid = 0;

	ARGBEGIN{
	case 'a':
		showargs = 1;
		break;
	case 'p':
		showpri = 1;
		break;
	case 'r':
		showreal = 1;
		break;
	default:
		fprint(2, "usage: ps [-apr]\n");
		exits("usage");
	}ARGEND
	USED(argc);
	USED(argv);
	fd = open("/proc", OREAD);
	if(fd < 0)
		sysfatal("/proc: %r");
	n = dirreadall(fd, &d);
	if(n < 0)
		sysfatal("/proc: %r");
	pid = malloc((n+1) * sizeof pid[0]);
	if(pid == nil)
		sysfatal("%r");
	for(i = 0; i < n; i++)
		if(d[i].name[0] >= '1' && d[i].name[0] <= '9')
			pid[npid++] = atoi(d[i].name);
	qsort(pid, npid, sizeof pid[0], cmppid);
	Binit(&out, 1, OWRITE);
	for(i = 0; i < npid; i++)
		psline(pid[i]);
	if(Bterm(&out) < 0)
		sysfatal("write: %r");
	exits(nil);
}
