/*
 * file.c: files on Linux; see linux.h.  /env is the directory $LENV; /bin,
 * /rc, /sys and /lib are below $LROOT if that is set; a few device files are
 * made up when they are opened.
 */
#include "linux.h"

enum {
	Lrdonly = 0, Lcreat = 0100, Lexcl = 0200, Ltrunc = 01000, Lcloexec = 02000000,
	Sdir = 0040000, Sfmt = 0170000,
	Dirroom = 65536,
};

typedef struct Lst Lst;
struct Lst {	/* Linux's struct stat */
	u64int dev, ino, nlink;
	u32int mode, uid, gid, pad;
	u64int rdev;
	s64int size, blksize, blocks, atime, ansec, mtime, mnsec, ctime, cnsec, spare[3];
};

long notewrite(int pid, const char *text, long n);

/* A variable of Linux's environment */
static char *lgetenv(char *name, char *none)
{
	char **e;
	long n;

	n = strlen(name);
	for(e = lenv; *e; e++)
		if(strncmp(*e, name, n) == 0 && (*e)[n] == '=')
			return *e+n+1;
	return none;
}

static char *envdir(void)
{
	return lgetenv("LENV", "/tmp/.lenv");
}

char *fsname(char *buf, int n, char *name)
{
	static char *const pintles[] = { "/bin/", "/rc/", "/sys/", "/lib/" };
	char *root;
	uint i;

	root = lgetenv("LROOT", nil);
	for(i = 0; root && i < nelem(pintles); i++)
		if(strncmp(name, pintles[i], strlen(pintles[i])) == 0){
			snprint(buf, n, "%s%s", root, name);
			return buf;
		}
	if(strcmp(name, "/env") == 0 || strncmp(name, "/env/", 5) == 0){
		snprint(buf, n, "%s%s", envdir(), name+4);
		return buf;
	}
	if(strcmp(name, "/dev/random") == 0)
		return "/dev/urandom";
	if(strcmp(name, "/dev/cons") == 0)
		return "/dev/tty";
	return name;
}

/* A descriptor from which text can be read */
static int textfile(char *text)
{
	int fd;

	fd = lsys(Lmemfd, "text", 0L);
	lsys(Lwrite, (long)fd, text, strlen(text));
	lsys(Llseek, (long)fd, 0L, 0L);
	return fd;
}

/* Files that are not Linux's; -2: it is none */
static int madeup(char *name)
{
	char buf[32], *p;
	int fd, pid;

	if(strcmp(name, "#c/pid") == 0 || strcmp(name, "#c/ppid") == 0){
		snprint(buf, sizeof buf, "%11ld ", lsys(name[4] == 'i'? Lgetpid: Lgetppid));
		return textfile(buf);
	}
	if(strcmp(name, "/dev/user") == 0)
		return textfile("glenda");
	if(strcmp(name, "/dev/sysname") == 0)
		return textfile("linux");
	if(strncmp(name, "#d/", 3) == 0)
		return lsys(Lfcntl, strtol(name+3, nil, 10), 1030L, 0L);	/* dup, close on exec */
	if(strncmp(name, "/fd/", 4) == 0)
		return lsys(Ldup, strtol(name+4, nil, 10));
	if(strncmp(name, "/proc/", 6) == 0){
		pid = strtol(name+6, &p, 10);
		if(strcmp(p, "/note") == 0 || strcmp(p, "/notepg") == 0){
			fd = textfile("");
			self->fd[fd].kind = Fnote;
			self->fd[fd].pid = p[5]? -pid: pid;
			return fd;
		}
	}
	return -2;
}

static long lmode(int mode)
{
	static const char how[4] = { 0, 1, 2, 0 };
	long m;

	m = how[mode & 3];
	if(mode & OTRUNC)
		m |= Ltrunc;
	if(mode & OCEXEC)
		m |= Lcloexec;
	return m;
}

static int opened(long fd, char *name, int mode)
{
	Fdinfo *f;
	Lst st;

	if(fd < 0)
		return fail(fd);
	if(fd >= Lmaxfd){
		lsys(Lclose, fd);
		return fail(-Lebadf);
	}
	f = &self->fd[fd];
	memset(f, 0, sizeof *f);
	if(lsys(Lfstat, fd, &st) == 0 && (st.mode & Sfmt) == Sdir)
		f->kind = Fdir;
	if(mode & ORCLOSE){
		f->rclose = 1;
		strecpy(f->name, f->name+sizeof f->name, name);
	}
	return fd;
}

int open(char *file, int mode)
{
	char buf[512];
	int fd;

	fd = madeup(file);
	if(fd != -2)
		return fail(fd);
	file = fsname(buf, sizeof buf, file);
	return opened(lsys(Lopen, file, lmode(mode), 0L), file, mode);
}

int create(char *file, int mode, ulong perm)
{
	char buf[512];
	long fd, m;

	if(strncmp(file, "/env/", 5) == 0)
		lsys(Lmkdir, envdir(), 0777L);
	file = fsname(buf, sizeof buf, file);
	if(perm & DMDIR){
		fd = lsys(Lmkdir, file, (long)(perm & 0777));
		if(fd == 0)
			fd = lsys(Lopen, file, 0L, 0L);
		return opened(fd, file, mode);
	}
	m = lmode(mode | OTRUNC) | Lcreat;
	if(mode & OEXCL)
		m |= Lexcl;
	return opened(lsys(Lopen, file, m, (long)(perm & 0777)), file, mode);
}

void fdclosed(int fd)
{
	Fdinfo *f;

	if(fd < 0 || fd >= Lmaxfd)
		return;
	f = &self->fd[fd];
	if(f->rclose)
		lsys(Lunlink, f->name);
	free(f->pending);
	memset(f, 0, sizeof *f);
}

int close(int fd)
{
	fdclosed(fd);
	return fail(lsys(Lclose, (long)fd));
}

int dup(int old, int to)
{
	long fd;

	if(to < 0)
		fd = lsys(Ldup, (long)old);
	else
		fd = lsys(Ldup2, (long)old, (long)to);
	if(fd >= 0 && fd < Lmaxfd && fd != old){
		memset(&self->fd[fd], 0, sizeof self->fd[fd]);
		self->fd[fd].kind = self->fd[old].kind;
	}
	return fail(fd);
}

int pipe(int fd[2])
{
	return fail(lsys(Lsocketpair, 1L, 1L, 0L, fd));
}

static void todir(Dir *d, Lst *st, char *name)
{
	memset(d, 0, sizeof *d);
	d->type = 'M';
	d->dev = st->dev;
	d->qid.path = st->ino;
	d->qid.vers = st->mtime;
	d->qid.type = (st->mode & Sfmt) == Sdir? QTDIR: 0;
	d->mode = (st->mode & 0777) | (u32int)d->qid.type<<24;
	d->atime = st->atime;
	d->mtime = st->mtime;
	d->length = (st->mode & Sfmt) == Sdir? 0: st->size;
	d->name = name;
	d->uid = d->gid = d->muid = "glenda";
}

static int putstat(Lst *st, char *name, uchar *buf, int n)
{
	char *slash;
	Dir d;

	slash = strrchr(name, '/');
	todir(&d, st, slash && slash[1]? slash+1: name);
	return convD2M(&d, buf, n);
}

int stat(char *file, uchar *buf, int n)
{
	char tmp[512];
	Lst st;
	long r;

	file = fsname(tmp, sizeof tmp, file);
	r = lsys(Lstat, file, &st);
	return r < 0? fail(r): putstat(&st, file, buf, n);
}

int fd2path(int fd, char *buf, int n)
{
	char name[40];
	long r;

	snprint(name, sizeof name, "/proc/self/fd/%d", fd);
	r = lsys(Lreadlink, name, buf, (long)n-1);
	if(r < 0)
		return fail(r);
	buf[r] = 0;
	return 0;
}

int fstat(int fd, uchar *buf, int n)
{
	char name[512];
	Lst st;
	long r;

	r = lsys(Lfstat, (long)fd, &st);
	if(r < 0 || fd2path(fd, name, sizeof name) < 0)
		return fail(r);
	return putstat(&st, name, buf, n);
}

static int changefile(char *file, uchar *buf, int n)
{
	char strs[1024], new[1024], *slash;
	Dir d;
	long r;

	if(n > (int)sizeof strs || convM2D(buf, n, &d, strs) == 0)
		return fail(-Leinval);
	r = 0;
	if(d.mode != ~0U)
		r = lsys(Lchmod, file, (long)(d.mode & 0777));
	if(r >= 0 && d.length != -1)
		r = lsys(Ltruncate, file, (long)d.length);
	if(r >= 0 && d.mtime != ~0U){
		long tv[4] = { d.mtime, 0, d.mtime, 0 };

		r = lsys(Lutimes, file, tv);
	}
	if(r >= 0 && d.name[0]){
		slash = strrchr(file, '/');
		snprint(new, sizeof new, "%.*s%s", slash? (int)(slash+1-file): 0, file, d.name);
		r = lsys(Lrename, file, new);
	}
	return r < 0? fail(r): n;
}

int wstat(char *file, uchar *buf, int n)
{
	return changefile(file, buf, n);
}

int fwstat(int fd, uchar *buf, int n)
{
	char name[512];

	if(fd2path(fd, name, sizeof name) < 0)
		return -1;
	return changefile(name, buf, n);
}

int remove(const char *file)
{
	char buf[512];
	long r;

	file = fsname(buf, sizeof buf, (char*)file);
	r = lsys(Lunlink, file);
	if(r == -Leisdir)
		r = lsys(Lrmdir, file);
	return fail(r);
}

int chdir(char *dir)
{
	return fail(lsys(Lchdir, dir));
}

/* More directory entries as stat records; bytes, 0 at the end */
static long dirfill(int fd, Fdinfo *f)
{
	uchar raw[8192], *p;
	char name[700], path[512];
	long n, i, len;
	Lst st;

	f->at = f->waiting = 0;
	if(f->pending == nil && (f->pending = malloc(Dirroom)) == nil)
		return -1;
	n = lsys(Lgetdents, (long)fd, raw, sizeof raw);
	if(n <= 0)
		return fail(n);
	fd2path(fd, path, sizeof path);
	for(i = 0; i < n; i += len){
		p = raw+i;
		len = p[16] | p[17]<<8;
		if(strcmp((char*)p+19, ".") == 0 || strcmp((char*)p+19, "..") == 0)
			continue;
		snprint(name, sizeof name, "%s/%s", path, (char*)p+19);
		if(lsys(Lstat, name, &st) < 0)
			continue;
		f->waiting += putstat(&st, name, f->pending+f->waiting, Dirroom-f->waiting);
	}
	return f->waiting? f->waiting: dirfill(fd, f);
}

static long readdir(int fd, Fdinfo *f, uchar *buf, long n)
{
	long m, len;

	if(f->at >= f->waiting && (m = dirfill(fd, f)) <= 0)
		return m;
	for(m = 0; f->at < f->waiting; m += len){
		len = (f->pending[f->at] | f->pending[f->at+1]<<8) + 2;
		if(m+len > n)
			break;
		memmove(buf+m, f->pending+f->at, len);
		f->at += len;
	}
	return m;
}

long pread(int fd, void *buf, long n, vlong off)
{
	if(fd >= 0 && fd < Lmaxfd && self->fd[fd].kind == Fdir)
		return readdir(fd, &self->fd[fd], buf, n);
	if(off == -1)
		return fail(lsys(Lread, (long)fd, buf, n));
	return fail(lsys(Lpread, (long)fd, buf, n, off));
}

long pwrite(int fd, const void *buf, long n, vlong off)
{
	if(fd >= 0 && fd < Lmaxfd && self->fd[fd].kind == Fnote)
		return notewrite(self->fd[fd].pid, buf, n);
	if(off == -1)
		return fail(lsys(Lwrite, (long)fd, buf, n));
	return fail(lsys(Lpwrite, (long)fd, buf, n, off));
}

vlong seek(int fd, vlong off, int whence)
{
	return fail(lsys(Llseek, (long)fd, off, (long)whence));
}

/* ---- what Linux has not */

static int none(void) __attribute__((used));

static int none(void)
{
	return fail(-38);
}

#define absent(name) asm(".globl " #name "\n\t.set " #name ",none\n");
absent(bind)
absent(mount)
absent(unmount)
absent(rendezvous)
absent(segattach)
absent(segdetach)
absent(segfree)
absent(segflush)
absent(segbrk)
absent(fauth)
absent(fversion)
