/*
 * consline.h: line editing, and the queue of what is typed and ready to be
 * read.  Pure: no locks, no kernel; its user sees to exclusion.
 */
#pragma once
typedef struct Consline Consline;
typedef struct Consq Consq;

enum {
	CONSLINEMAX = 4096,	/* bytes of a line */
	CONSQLEN = 16384,	/* of typed-ahead input; a power of two */
	CONSERASE = 4,		/* characters that erase */
};

/*
 * Records of a 2-byte length and the bytes: one is what a read gives at the
 * most, an empty one is the end of file.
 */
struct Consq {
	u32int r, w;
	u32int left;		/* of the record being read */
	char buf[CONSQLEN];
};

/* characters are -1 where a function has none */
struct Consline {
	int intr, kill, werase, eof;
	int erase[CONSERASE];
	u8int raw, hold, noecho;
	u8int skipnl;		/* a \n now belongs to the \r before it */
	int col0;		/* the output column where the line began */
	int n;
	char line[CONSLINEMAX];
	Consq *q;
	void (*echo)(Consline*, char *s, int n);
	int (*column)(Consline*);	/* the output column now */
};

void conslineinit(Consline*);		/* the usual characters; q, echo, column are the caller's to set */
void conslineput(Consline*, char *s, int n);	/* typed.  The caller has seen to consqroom for a line */
void conslineraw(Consline*, int on);	/* what is typed of a line becomes readable */
void conslinehold(Consline*, int on);
void conslineclear(Consline*);		/* forget the line and all that is ready */
int conslineset(Consline*, char *what, char **arg, int narg);	/* set characters: 0; -1: bad */
int conslineshow(Consline*, char *buf, int n);	/* the settings as conslineset's text: bytes */

int consqroom(Consq*);			/* bytes a record may have now, or -1 */
int consqready(Consq*);			/* something to read, without locks */
int consqget(Consq*, char *p, int n, int raw);	/* one record's bytes at most; raw: several records'.  -1: nothing; 0: end of file */
