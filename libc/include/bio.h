/*
 * bio.h: buffered input and output, bio(2).  A Biobuf is for one direction.
 * Those for writing are flushed at exit by the process that made them.
 */
#pragma once
typedef struct Biobuf Biobuf;
typedef struct Biobuf Biobufhdr;	/* Binits does not use Biobuf.room */

enum {
	Bsize = 8*1024,
	Bungetsize = UTFmax+1,	/* bytes that can be put back at the start of a buffer */
	Beof = -1,
	Bbad = -2,
};

struct Biobuf {
	uchar *rp;		/* reading: next byte */
	uchar *re;		/* end of what was read */
	uchar *lo;		/* how far one can go back */
	uchar *wp;		/* writing: next place */
	uchar *we;		/* end of the buffer; wp == we: not open for writing, or full */
	uchar *buf;		/* the buffer, after room to put bytes back */
	int size;
	int fd;
	int mode;		/* OREAD or OWRITE; -1: closed */
	int eof;		/* reading: the last byte asked for was not there */
	int bad;		/* an operation failed */
	int runelen;		/* bytes of the last Bgetrune; 0: none to put back */
	int linelen;		/* of the last Brdline */
	int owned;		/* Bterm closes fd and frees this */
	vlong offset;		/* in the file, of re or of buf */
	long (*iof)(Biobuf*, void*, long);	/* instead of read or write on fd */
	void (*lethal)(char*);	/* called on errors */
	void *aux;		/* the program's */
	Biobuf *next;		/* list of those to flush */
	uchar room[Bungetsize+Bsize];
};

int Binit(Biobuf *b, int fd, int mode);
int Binits(Biobuf *b, int fd, int mode, uchar *room, int size);
Biobuf *Bopen(char *file, int mode);
Biobuf *Bfdopen(int fd, int mode);
void Biofn(Biobuf *b, long (*f)(Biobuf*, void*, long));
void Blethal(Biobuf *b, void (*f)(char*));
int Bterm(Biobuf *b);
int Bfildes(Biobuf *b);
int Bbuffered(Biobuf *b);
vlong Boffset(Biobuf *b);
vlong Bseek(Biobuf *b, vlong offset, int whence);
int Bflush(Biobuf *b);

int Bfill(Biobuf *b);		/* Bgetc with an empty buffer */
int Bungetc(Biobuf *b);
long Bgetrune(Biobuf *b);
int Bungetrune(Biobuf *b);
int Bgetd(Biobuf *b, double *d);
long Bread(Biobuf *b, void *p, long n);
void *Brdline(Biobuf *b, int delim);
int Blinelen(Biobuf *b);
char *Brdstr(Biobuf *b, int delim, int nulldelim);
int Bscan(Biobuf *b, char *fmt, ...);
int Bvscan(Biobuf *b, char *fmt, va_list args);

int Bspill(Biobuf *b, int c);	/* Bputc with a full buffer */
int Bputrune(Biobuf *b, long r);
long Bwrite(Biobuf *b, const void *p, long n);
int Bprint(Biobuf *b, char *fmt, ...);
int Bvprint(Biobuf *b, char *fmt, va_list args);

/* Next byte, or Beof. */
static inline int Bgetc(Biobuf *b)
{
	return b->rp < b->re? *b->rp++: Bfill(b);
}

/* 0, or Beof. */
static inline int Bputc(Biobuf *b, int c)
{
	if(b->wp >= b->we)
		return Bspill(b, c);
	*b->wp++ = c;
	return 0;
}

#define BGETC(b) Bgetc(b)
#define BPUTC(b, c) Bputc(b, c)
#define BOFFSET(b) Boffset(b)
#define BLINELEN(b) Blinelen(b)
#define BFILDES(b) Bfildes(b)
