/*
 * Biobufs: setting up, flushing, positions, the end.  Those open for writing
 * are in a list under its lock; at exit the process that opened the first
 * one flushes them.  A Biobuf itself has no lock: one user at a time.
 */
#include "u.h"
#include "libc.h"
#include "bio.h"
#include "biolib.h"

static Biobuf *writers;
static Lock writerslock;
static int exitpid;		/* flushes at its exit; a child does not */

static void flushall(void)
{
	Biobuf *b;

	lock(&writerslock);
	for(b = writers; b != nil; b = b->next)
		Bflush(b);
	unlock(&writerslock);
}

static void enlist(Biobuf *b)
{
	int pid;

	pid = getpid();
	lock(&writerslock);
	b->next = writers;
	writers = b;
	if(exitpid != pid && atexit(flushall))
		exitpid = pid;
	unlock(&writerslock);
}

static void delist(Biobuf *b)
{
	Biobuf **l;

	lock(&writerslock);
	for(l = &writers; *l != nil; l = &(*l)->next)
		if(*l == b){
			*l = b->next;
			break;
		}
	unlock(&writerslock);
}

/* Note an error; what the failed operation returns. */
int biofail(Biobuf *b, char *what)
{
	b->bad = 1;
	if(b->lethal)
		b->lethal(what);
	return Beof;
}

/* Use room[0..size) as buffer.  mode is OREAD or OWRITE; 0, or Beof if it is neither. */
int Binits(Biobuf *b, int fd, int mode, uchar *room, int size)
{
	mode &= ~(OTRUNC|OCEXEC|ORCLOSE|OEXCL);
	if((mode != OREAD && mode != OWRITE) || size <= Bungetsize){
		werrstr("Binits: bad mode or size");
		return Beof;
	}
	if(b != nil)
		memset(b, 0, __builtin_offsetof(Biobuf, room));
	b->buf = room+Bungetsize;
	b->size = size-Bungetsize;
	b->fd = fd;
	b->mode = mode;
	b->lo = b->rp = b->re = b->wp = b->we = b->buf;
	if(mode == OWRITE){
		b->we += b->size;
		enlist(b);
	}
	return 0;
}

int Binit(Biobuf *b, int fd, int mode)
{
	return Binits(b, fd, mode, b->room, sizeof b->room);
}

/* A Biobuf on fd, which Bterm will close; nil on error. */
Biobuf *Bfdopen(int fd, int mode)
{
	Biobuf *b;

	b = malloc(sizeof *b);
	if(b == nil)
		return nil;
	if(Binit(b, fd, mode) < 0){
		free(b);
		return nil;
	}
	b->owned = 1;
	return b;
}

/* Open a file to read, or create it to write. */
Biobuf *Bopen(char *file, int mode)
{
	Biobuf *b;
	int fd;

	switch(mode & 3){
	case OREAD:
		fd = open(file, mode);
		break;
	case OWRITE:
		fd = create(file, mode, 0666);
		break;
	default:
		werrstr("Bopen: bad mode");
		return nil;
	}
	if(fd < 0)
		return nil;
	b = Bfdopen(fd, mode);
	if(b == nil)
		close(fd);
	return b;
}

void Biofn(Biobuf *b, long (*f)(Biobuf*, void*, long))
{
	b->iof = f;
}

void Blethal(Biobuf *b, void (*f)(char*))
{
	b->lethal = f;
}

/* Write out what is buffered; 0, or Beof if that failed. */
int Bflush(Biobuf *b)
{
	long n, m;
	uchar *p;

	if(b->mode != OWRITE)
		return b->mode == OREAD? 0: Beof;
	for(p = b->buf; (n = b->wp-p) > 0; p += m){
		m = b->iof? b->iof(b, p, n): write(b->fd, p, n);
		if(m <= 0){
			b->wp = b->buf;
			return biofail(b, "write error");
		}
		b->offset += m;
	}
	b->wp = b->buf;
	return b->bad? Beof: 0;
}

/* Flush, and let go of what Bopen made. */
int Bterm(Biobuf *b)
{
	int r;

	if(b == nil)
		return 0;
	r = 0;
	if(b->mode == OWRITE){
		r = Bflush(b);
		delist(b);
	}
	b->mode = -1;
	b->wp = b->we = b->rp = b->re;
	if(b->owned){
		if(close(b->fd) < 0)
			r = Beof;
		free(b);
	}
	return r;
}

int Bfildes(Biobuf *b)
{
	return b->fd;
}

/* Bytes in the buffer: to be read, or to be written. */
int Bbuffered(Biobuf *b)
{
	return b->mode == OWRITE? b->wp - b->buf: b->re - b->rp;
}

/* Where the next byte comes from or goes to. */
vlong Boffset(Biobuf *b)
{
	if(b->mode == OWRITE)
		return b->offset + (b->wp - b->buf);
	return b->offset - (b->re - b->rp);
}

/* Move as seek(2); the new offset, or Beof.  Stays in the buffer if it can. */
vlong Bseek(Biobuf *b, vlong offset, int whence)
{
	vlong back;

	b->runelen = 0;
	b->eof = 0;
	if(b->mode == OWRITE){
		if(Bflush(b) < 0)
			return Beof;
	}else{
		if(whence == 1){
			offset += Boffset(b);
			whence = 0;
		}
		back = b->offset - offset;
		if(whence == 0 && back >= 0 && back <= b->re - b->lo && b->re > b->lo){
			b->rp = b->re - back;
			return offset;
		}
	}
	offset = seek(b->fd, offset, whence);
	if(offset < 0)
		return biofail(b, "seek error");
	b->offset = offset;
	if(b->mode == OREAD)
		b->lo = b->rp = b->re = b->buf;
	return offset;
}
