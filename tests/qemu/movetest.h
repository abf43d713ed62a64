/*
 * movetest.h: clients that use a server while it moves, movetest.c and
 * moveraw.c.
 *
 * Each client is a process that goes round until told to stop.  In memory
 * shared by all: how many rounds each has made, so that the mover goes on
 * only when all have done something, and how often the server has moved.
 */
#pragma once

enum { Maxclients = 32 };

typedef struct Shared Shared;
struct Shared {
	long moves;
	long stop;
	long rounds[Maxclients];
};
extern Shared *sh;
extern char *mnt;	/* where the server is mounted */
extern char *post;	/* a further connection, in /srv, for raw clients */

#define need(e) do{ if(!(e)) fail(__FILE__, __LINE__, #e); }while(0)
void fail(char *file, int line, char *what) noreturn_;
int going(void);		/* one more round: 0 when told to stop */
void awaitmoves(int n);		/* n more */
char *name(char *fmt, ...);	/* a file's, under mnt; good for a few calls */

/* moveraw.c */
void rawcalls(void);
void rawpieces(void);
void rawdeaf(void);
