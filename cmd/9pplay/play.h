/*
 * play.h: plays 9P transcripts (tests/9p/README) against a server that is
 * reached through Trans, a channel of whole messages; on Pintle and on the
 * test host.  Needs u.h, lib.h and 9p.h.
 */
#pragma once

typedef struct Trans Trans;
typedef struct Play Play;
typedef struct Bind Bind;
typedef struct Client Client;
typedef struct Toks Toks;

struct Trans {
	int (*send)(Trans *t, uchar *msg, u32int n);	/* 0, or -1 and errstr */
	int (*recv)(Trans *t, uchar *buf, u32int max);	/* bytes, or -1 and errstr if no answer will come */
	void (*close)(Trans *t);			/* hang up and free */
	int linked;					/* no raw messages, no Tversion */
	void *aux;
};

enum {
	Maxbind = 64,
	Maxtok = 64,
	Maxclient = 8,
	Playmsize = 64*1024+IOHDRSZ,
};

struct Bind {	/* a transcript's name for a number */
	char name[24];
	u64int num;
	u32int vers;
};

struct Client {
	char name[24];
	Trans *t;
	Bind fid[Maxbind];
	int nfid;
	Bind tag[Maxbind];
	int ntag;
	int greeted;	/* has sent something */
};

struct Toks {
	char *s[Maxtok];	/* NUL-terminated, in Play.line */
	u32int n[Maxtok];	/* their lengths; data may hold NULs */
	int ntok;
};

struct Play {
	Trans *(*open)(Play *p);	/* a new client's channel; nil and errstr */
	char *owner;			/* what $owner stands for */
	char *only;			/* nil, or what directive "for" must name for the rest to be played */
	void *aux;
	int passed, failed;
	/* the player's own */
	char *file;
	int lineno;
	Client client[Maxclient];
	int nclient;
	Client *cur;
	Bind qid[Maxbind];
	int nqid;
	Bind vers[Maxbind];
	int nvers;
	vlong next;	/* the offset after the last read */
	char *line;
	uchar *msg;
	char *say;
	int skip;
};

int play(Play *p, char *file, char *text);	/* failures; prints what differs */

/* text.c */
int toksplit(Play *p, char *line, Toks *t);	/* 0, or -1 and errstr */
int textfcall(Play *p, Toks *t, int at, Fcall *f, Dir *d);	/* a T-message; likewise */
int textmatch(Play *p, Toks *t, int at, Fcall *f);	/* an R-message as expected? */
void textshow(Play *p, Fcall *f, char *buf, int n);	/* as a transcript would say it */
int texttag(Client *c, char *name, u16int *tag);	/* a new one if it has none yet; -1 */
char *textname(Bind *b, int nb, u64int num);
