/*
 * moves.c: the pause of a move against what there is to be moved.
 *
 *	moves fids n | bytes n
 *
 * A ramfs with n fids besides a few, or a file of n bytes, goes to a new
 * process, into the kernel and out of it.  Prints, with tabs between: what, n,
 * and the three pauses as the servers tell them, in ns; under -icount those
 * are guest instructions.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>

static char name[32], post[64], ctl[64], dir[64];	/* of this run's server */

static void must(int ok, char *what)
{
	if(!ok)
		sysfatal("%s: %r", what);
}

static long ioread(Io *io, void *buf, long n)
{
	return read(io->fd, buf, n);
}

static long iowrite(Io *io, const void *buf, long n)
{
	return write(io->wfd, (void*)buf, n);
}

/* the answer, "ok requests ... pause ns", in buf of 256 bytes: the pause */
static vlong pauseof(char *buf, long n)
{
	char *f[16];
	int i, k;

	must(n > 0, "no answer");
	buf[n] = 0;
	k = tokenize(buf, f, nelem(f));
	for(i = 1; i+1 < k; i++)
		if(strcmp(f[i], "pause") == 0)
			return strtoll(f[i+1], nil, 10);
	sysfatal("not moved: %s %s", f[0], k > 1? f[1]: "");
}

static vlong command(char *what)
{
	char buf[256];
	long n;
	int fd;

	fd = open(ctl, ORDWR);
	must(fd >= 0 && write(fd, what, strlen(what)) > 0, what);
	n = read(fd, buf, sizeof buf - 1);
	close(fd);
	return pauseof(buf, n);
}

/* run ramfs with these arguments: what it says */
static long ramfs(char *opt, char *value, char *buf, long size)
{
	Waitmsg *w;
	long n;
	int p[2];

	must(pipe(p) == 0, "pipe");
	if(fork() == 0){
		dup(p[1], 1);
		close(p[0]);
		close(p[1]);
		execl("/bin/ramfs", "ramfs", opt, value, nil);
		exits("exec");
	}
	close(p[1]);
	w = wait();
	must(w != nil && w->msg[0] == 0, "ramfs");
	free(w);
	n = read(p[0], buf, size);
	close(p[0]);
	return n;
}

static vlong fromkernel(void)
{
	char buf[256];
	long n;

	n = ramfs("-M", dir, buf, sizeof buf - 1);
	return pauseof(buf, n);
}

static C9 *attach(Io *io, u32int *root)
{
	C9 *c;

	*io = (Io){ .read = ioread, .write = iowrite };
	io->fd = io->wfd = open(post, ORDWR);
	must(io->fd >= 0 && (c = c9new(io, 64*1024)) != nil, post);
	*root = c9fidnew(c);
	must(c9attach(c, *root, NOFID, getuser(), "", nil) == 0, "attach");
	return c;
}

static void makefids(C9 *c, u32int root, long n)
{
	while(n-- > 0)
		must(c9walk(c, root, c9fidnew(c), "", nil) == 0, "walk");
}

static void makebytes(C9 *c, u32int root, long n)
{
	static char buf[32*1024];
	long at, k;
	u32int f;

	f = c9fidnew(c);
	must(c9walk(c, root, f, "", nil) == 0 && c9create(c, f, "file", OWRITE, 0600, nil, nil) == 0, "create");
	for(at = 0; at < n; at += k){
		k = n-at < (long)sizeof buf? n-at: (long)sizeof buf;
		must(c9write(c, f, buf, k, at) == k, "write");
	}
}

int main(int argc, char **argv)
{
	char buf[64];
	Io io;
	C9 *c;
	u32int root;
	vlong restart, in, out;
	long n;

	must(argc == 3, "usage: moves fids|bytes n");
	n = atol(argv[2]);
	snprint(name, sizeof name, "moves%d", getpid());
	snprint(post, sizeof post, "/srv/%s", name);
	snprint(ctl, sizeof ctl, "/srv/%s.ctl", name);
	snprint(dir, sizeof dir, "#h/%s", name);
	ramfs("-S", name, buf, sizeof buf);
	c = attach(&io, &root);
	if(strcmp(argv[1], "fids") == 0)
		makefids(c, root, n);
	else
		makebytes(c, root, n);
	command("restart");	/* so that everything is there */
	restart = command("restart");
	in = command("kernel");
	out = fromkernel();
	print("%s\t%ld\t%lld\t%lld\t%lld\n", argv[1], n, restart, in, out);
	must(remove(post) == 0, post);
	exits(nil);
}
