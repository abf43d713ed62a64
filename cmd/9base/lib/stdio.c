/*
 * stdio.c: files, characters and blocks.
 *
 * A FILE is read or written; between the two come fseek or fflush.  While
 * r < re there is input read ahead; while w > buf there is output to flush.
 * Nothing is locked: only programs of one process use this.
 */
#include <stdio.h>

static uchar bufs[FOPEN_MAX][BUFSIZ];
FILE stdio_files[FOPEN_MAX] = {
	{ .fd = 0, .how = 'r', .buf = bufs[0] },
	{ .fd = 1, .how = 'w', .buf = bufs[1] },
	{ .fd = 2, .how = 'w', .buf = bufs[2], .line = 1 },
};

static void flushall(void)
{
	int i;

	for(i = 0; i < FOPEN_MAX; i++)
		if(stdio_files[i].how)
			fflush(&stdio_files[i]);
}

static FILE *fileinit(FILE *f, int fd, const char *how)
{
	memset(f, 0, sizeof *f);
	f->fd = fd;
	f->how = strchr(how, '+') ? '+' : how[0] == 'r' ? 'r' : 'w';
	f->buf = bufs[f-stdio_files];
	return f;
}

static FILE *filenew(int fd, const char *how)
{
	FILE *f;

	for(f = stdio_files; f < stdio_files+FOPEN_MAX; f++)
		if(f->how == 0)
			return fileinit(f, fd, how);
	werrstr("too many open files");
	return nil;
}

static int fileopen(const char *name, const char *how)
{
	int mode, fd;

	mode = strchr(how, '+') ? ORDWR : how[0] == 'r' ? OREAD : OWRITE;
	switch(how[0]){
	case 'r':
		return open((char*)name, mode);
	case 'w':
		return create((char*)name, mode, 0666);
	}
	fd = open((char*)name, mode);
	if(fd < 0)
		return create((char*)name, mode, 0666);
	seek(fd, 0, 2);
	return fd;
}

FILE *fdopen(int fd, const char *how)
{
	return filenew(fd, how);
}

FILE *fopen(const char *name, const char *how)
{
	FILE *f;
	int fd;

	fd = fileopen(name, how);
	if(fd < 0)
		return nil;
	f = filenew(fd, how);
	if(f == nil)
		close(fd);
	return f;
}

FILE *freopen(const char *name, const char *how, FILE *f)
{
	int fd;

	fclose(f);
	fd = fileopen(name, how);
	if(fd < 0)
		return nil;
	return fileinit(f, fd, how);
}

int fclose(FILE *f)
{
	int bad;

	if(f->how == 0)
		return EOF;
	bad = fflush(f) | close(f->fd);
	f->how = 0;
	f->fd = -1;
	return bad < 0 ? EOF : 0;
}

int fflush(FILE *f)
{
	long n;

	if(f == nil){
		flushall();
		return 0;
	}
	if(f->w == nil)
		return 0;
	n = f->w - f->buf;
	f->w = nil;
	if(n > 0 && write(f->fd, f->buf, n) != n){
		f->err = 1;
		return EOF;
	}
	return 0;
}

/* reads ahead; 0 at the end */
static int fill(FILE *f)
{
	long n;

	if(f == stdin)
		fflush(stdout);
	n = read(f->fd, f->buf+1, BUFSIZ-1);	/* a byte is left for ungetc */
	if(n <= 0){
		f->r = f->re = nil;
		f->eof = 1;
		f->err |= n < 0;
		return 0;
	}
	f->r = f->buf+1;
	f->re = f->r+n;
	return 1;
}

int fgetc(FILE *f)
{
	if(f->r == f->re && (f->eof || !fill(f)))
		return EOF;
	return *f->r++;
}

int ungetc(int c, FILE *f)
{
	if(c == EOF)
		return EOF;
	if(f->r == nil)
		f->r = f->re = f->buf+1;
	if(f->r == f->buf)
		return EOF;
	*--f->r = c;
	f->eof = 0;
	return c;
}

int fputc(int c, FILE *f)
{
	uchar b;

	b = c;
	return fwrite(&b, 1, 1, f) == 1 ? b : EOF;
}

char *fgets(char *s, int n, FILE *f)
{
	char *p;
	int c;

	p = s;
	while(p-s < n-1){
		c = fgetc(f);
		if(c == EOF)
			break;
		*p++ = c;
		if(c == '\n')
			break;
	}
	*p = 0;
	return p > s ? s : nil;
}

int fputs(const char *s, FILE *f)
{
	usize n;

	n = strlen(s);
	return fwrite(s, 1, n, f) == n ? 0 : EOF;
}

int puts(const char *s)
{
	return fputs(s, stdout) | fputc('\n', stdout);
}

size_t fread(void *p, size_t size, size_t n, FILE *f)
{
	uchar *to;
	usize want, have;

	to = p;
	want = size*n;
	while(want > 0){
		if(f->r == f->re && (f->eof || !fill(f)))
			break;
		have = f->re - f->r;
		if(have > want)
			have = want;
		memmove(to, f->r, have);
		f->r += have;
		to += have;
		want -= have;
	}
	return size ? (to-(uchar*)p)/size : 0;
}

size_t fwrite(const void *p, size_t size, size_t n, FILE *f)
{
	static int set;
	const uchar *from;
	usize left, room;
	int nl;

	if(!set){
		set = 1;
		atexit(flushall);
	}
	from = p;
	nl = 0;
	for(left = size*n; left > 0; left -= room){
		if(f->w == nil)
			f->w = f->buf;
		room = f->buf+BUFSIZ - f->w;
		if(room > left)
			room = left;
		memmove(f->w, from, room);
		nl |= f->line && memchr(from, '\n', room);
		f->w += room;
		from += room;
		if(f->w == f->buf+BUFSIZ && fflush(f) < 0)
			return 0;
	}
	if(nl)
		fflush(f);
	return f->err ? 0 : n;
}

int fseek(FILE *f, long off, int whence)
{
	fflush(f);
	if(whence == SEEK_CUR)
		off -= f->re - f->r;
	f->r = f->re = nil;
	f->eof = 0;
	return seek(f->fd, off, whence) < 0 ? -1 : 0;
}

long ftell(FILE *f)
{
	long off;

	off = seek(f->fd, 0, 1);
	if(off < 0)
		return -1;
	if(f->w)
		return off + (f->w - f->buf);
	return off - (f->re - f->r);
}

void rewind(FILE *f)
{
	fseek(f, 0, 0);
	f->err = 0;
}
