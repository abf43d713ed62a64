/*
 * 9p: speak to a 9P server without mounting it: read, write, stat, ls, create
 * and remove files from the command line.
 *
 *	9p [-a address] [-n aname] verb file ...
 *
 * The address is a file to open, as /srv/name; -a - is standard input and
 * output, for a server at the other end of a pipe.  The same source makes
 * the host's 9p, where an address is a Unix socket: see tests/interop.
 */
#include <u.h>
#include <libc.h>
#include <9p.h>

enum { Bufsz = 64*1024 };

static C9 *c;
static u32int rootfid;
static char *aname = "";

static void usage(void)
{
	fprint(2, "usage: 9p [-a address] [-n aname] read file\n"
		"\t9p ... write [-t] file\n"
		"\t9p ... stat file ...\n"
		"\t9p ... ls [-l] file ...\n"
		"\t9p ... create [-d] file ...\n"
		"\t9p ... rm file ...\n");
	exits("usage");
}

static long ioread(Io *io, void *buf, long n)
{
	return read(io->fd, buf, n);
}

static long iowrite(Io *io, const void *buf, long n)
{
	return write(io->wfd, (void*)buf, n);
}

static u32int walk(char *name)
{
	u32int fid = c9fidnew(c);

	if(fid == NOFID || c9walk(c, rootfid, fid, name, nil) < 0)
		sysfatal("%s: %r", name);
	return fid;
}

static void doread(char *name)
{
	static char buf[Bufsz];
	u32int fid = walk(name);
	vlong off = 0;
	long n;

	if(c9open(c, fid, OREAD, nil, nil) < 0)
		sysfatal("%s: %r", name);
	while((n = c9read(c, fid, buf, sizeof buf, off)) > 0){
		if(write(1, buf, n) != n)
			sysfatal("write: %r");
		off += n;
	}
	if(n < 0)
		sysfatal("%s: %r", name);
	c9clunk(c, fid);
}

static void dowrite(char *name, int mode)
{
	static char buf[Bufsz];
	u32int fid = walk(name);
	vlong off = 0;
	long n;

	if(c9open(c, fid, OWRITE|mode, nil, nil) < 0)
		sysfatal("%s: %r", name);
	while((n = read(0, buf, sizeof buf)) > 0){
		if(c9write(c, fid, buf, n, off) != n)
			sysfatal("%s: %r", name);
		off += n;
	}
	if(c9clunk(c, fid) < 0)
		sysfatal("%s: %r", name);
}

static char *modestr(u32int mode, char *buf)
{
	int i;

	buf[0] = mode & DMDIR ? 'd' : mode & DMAPPEND ? 'a' : '-';
	buf[1] = mode & DMEXCL ? 'l' : '-';
	for(i = 0; i < 9; i++)
		buf[2+i] = mode & (0400>>i) ? "rwx"[i%3] : '-';
	buf[11] = 0;
	return buf;
}

static void show(Dir *d, int full)
{
	char mode[12];

	if(full)
		print("%s %s %s %lld %ud %s\n", modestr(d->mode, mode), d->uid, d->gid, d->length, d->mtime, d->name);
	else
		print("%s\n", d->name);
}

static void dostat(char *name)
{
	char mode[12];
	u32int fid = walk(name);
	Dir *d = c9stat(c, fid);

	if(d == nil)
		sysfatal("%s: %r", name);
	print("%q %q %q %q q (%.16llux %ud %.2ux) m %s at %ud mt %ud l %lld\n",
		d->name, d->uid, d->gid, d->muid, (uvlong)d->qid.path, d->qid.vers, d->qid.type,
		modestr(d->mode, mode), d->atime, d->mtime, d->length);
	free(d);
	c9clunk(c, fid);
}

static void lsdir(u32int fid, char *name, int full)
{
	vlong off = 0;
	long i, n;
	Dir *d;

	if(c9open(c, fid, OREAD, nil, nil) < 0)
		sysfatal("%s: %r", name);
	while((n = c9dirread(c, fid, &off, &d)) > 0){
		for(i = 0; i < n; i++)
			show(&d[i], full);
		free(d);
	}
	if(n < 0)
		sysfatal("%s: %r", name);
}

static void dols(char *name, int full)
{
	u32int fid = walk(name);
	Dir *d = c9stat(c, fid);

	if(d == nil)
		sysfatal("%s: %r", name);
	if(d->mode & DMDIR)
		lsdir(fid, name, full);
	else
		show(d, full);
	free(d);
	c9clunk(c, fid);
}

static void docreate(char *name, int isdir)
{
	char *dir = strdup(name), *elem;
	u32int fid;

	if(dir == nil)
		sysfatal("%r");
	elem = strrchr(dir, '/');
	if(elem != nil)
		*elem++ = 0;
	fid = walk(elem != nil ? dir : "");
	if(c9create(c, fid, elem != nil ? elem : dir, OREAD, isdir ? DMDIR|0775 : 0664, nil, nil) < 0)
		sysfatal("%s: %r", name);
	c9clunk(c, fid);
	free(dir);
}

static void doremove(char *name)
{
	if(c9remove(c, walk(name)) < 0)
		sysfatal("%s: %r", name);
}

static void connect(char *addr)
{
	static Io io = { .read = ioread, .write = iowrite };
	Qid q;

	io.fd = 0;
	io.wfd = 1;
	if(strcmp(addr, "-") != 0)
		io.fd = io.wfd = open(addr, ORDWR);
	if(io.fd < 0)
		sysfatal("%s: %r", addr);
	c = c9new(&io, MAXMSIZE);
	if(c == nil)
		sysfatal("%s: %r", addr);
	rootfid = c9fidnew(c);
	if(c9attach(c, rootfid, NOFID, getuser(), aname, &q) < 0)
		sysfatal("%s: attach: %r", addr);
}

/* the verb's own one option, if it is given */
static int option(int *argc, char ***argv, char *opt)
{
	if(*argc < 1 || strcmp((*argv)[0], opt) != 0)
		return 0;
	(*argc)--;
	(*argv)++;
	return 1;
}

int main(int argc, char **argv)
{
	char *addr = nil, *verb;
	int i, opt;

	ARGBEGIN{
	case 'a':
		addr = EARGF(usage());
		break;
	case 'n':
		aname = EARGF(usage());
		break;
	default:
		usage();
	}ARGEND
	if(argc < 2 || addr == nil)
		usage();
	quotefmtinstall();
	verb = argv[0];
	argc--;
	argv++;
	connect(addr);
	opt = option(&argc, &argv, strcmp(verb, "ls") == 0 ? "-l" : strcmp(verb, "create") == 0 ? "-d" : "-t");
	for(i = 0; i < argc; i++){
		if(strcmp(verb, "read") == 0)
			doread(argv[i]);
		else if(strcmp(verb, "write") == 0)
			dowrite(argv[i], opt ? OTRUNC : 0);
		else if(strcmp(verb, "stat") == 0)
			dostat(argv[i]);
		else if(strcmp(verb, "ls") == 0)
			dols(argv[i], opt);
		else if(strcmp(verb, "create") == 0)
			docreate(argv[i], opt);
		else if(strcmp(verb, "rm") == 0)
			doremove(argv[i]);
		else
			usage();
	}
	exits(nil);
}
