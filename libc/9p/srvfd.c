/* srvfd.c: serves 9P on descriptors; postings in /srv. */
#include <u.h>
#include <libc.h>
#include <9p.h>
#include <srvhost.h>

static long ioread(Io *io, void *buf, long n)
{
	return read(io->fd, buf, n);
}

static long iowrite(Io *io, const void *buf, long n)
{
	return write(io->wfd, (void*)buf, n);
}

int srvfd(Srv *s, int rfd, int wfd)
{
	Io io = { .read = ioread, .write = iowrite, .fd = rfd, .wfd = wfd };

	return srvio(s, &io);
}

static int post(int fd, char *name)
{
	char path[256], num[16];
	int s, n, r = -1;

	snprint(path, sizeof path, "/srv/%s", name);
	s = create(path, OWRITE|OCEXEC, 0600);
	if(s < 0)
		return -1;
	n = snprint(num, sizeof num, "%d", fd);
	if(write(s, num, n) == n)
		r = 0;
	close(s);
	return r;
}

int srvpost(Srv *s, char *name, char *mtpt, int flag, char *aname)
{
	int p[2], pid;

	if(pipe(p) < 0)
		return -1;
	pid = rfork(RFPROC|RFFDG|RFNAMEG|RFNOTEG|RFNOWAIT);
	if(pid == 0){
		close(p[0]);
		exits(srvfd(s, p[1], p[1]) < 0 ? "serve" : nil);
	}
	close(p[1]);
	if(pid < 0 || (name != nil && post(p[0], name) < 0))
		goto bad;
	if(mtpt != nil && mount(p[0], -1, mtpt, flag, aname) < 0)
		goto bad;
	close(p[0]);
	return pid;
bad:
	close(p[0]);	/* the server sees its client gone, and ends */
	return -1;
}
