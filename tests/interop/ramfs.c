/*
 * ramfs.c: fs/ramfs.c served under Linux, to the one client at the other end
 * of a Unix socket: ramfs socket owner file.  The file is made when it has
 * connected.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>

extern Srv ramfssrv;
int hostcreate(char *name);	/* host.c */

static long ioread(Io *io, void *buf, long n)
{
	return read(io->fd, buf, n);
}

static long iowrite(Io *io, const void *buf, long n)
{
	long i, k;

	for(i = 0; i < n; i += k){
		k = write(io->fd, (char*)buf + i, n - i);
		if(k <= 0)
			return -1;
	}
	return n;
}

int main(int argc, char **argv)
{
	Io io = { .read = ioread, .write = iowrite };

	if(argc != 4)
		sysfatal("usage: ramfs socket owner file");
	io.fd = open(argv[1], ORDWR);
	if(io.fd < 0)
		sysfatal("%s: %r", argv[1]);
	close(hostcreate(argv[3]));
	ramfssrv.owner = argv[2];
	if(ramfssrv.init(&ramfssrv, "max=256M") < 0 || srvio(&ramfssrv, &io) < 0)
		sysfatal("%r");
	exits(nil);
}
