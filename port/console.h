/*
 * console.h: the console's parts, to each other: print.c (output), console.c
 * (input, processes' output), srv/cons.c (#c).
 */
#pragma once
typedef struct Req Req;

/* print.c; none sleeps */
int consoutput(char *s, int n);
int consoutroom(void);
int conscolumn(void);
int printpanicking(void);
int kmesgread(char *buf, int n, vlong off);
void kmesgclear(void);
int kprintdivert(int on);
int kprintread(char *buf, int n);

/* console.c: input under a lock, and after it; any level */
int constake(char *p, int n);
void conswake(void);

/* console.c; these sleep */
void consstart(void);		/* once a process can be made; may be called again */
long consread(Req*);		/* typed text into the Req: bytes, or -1 */
long conswrite(Req*);		/* its data to the console: bytes, or -1 */
int consctl(char *msg);		/* 0, or -1 and errstr */
int consctlread(char *buf, int n);	/* the settings: bytes */
void consctlopen(void);
void consctlclose(void);	/* the last one ends raw and hold */
char *consuser(void);		/* whose the console was made: valid until it changes twice; nil: the host owner's */
void consflush(void);		/* waits until output is sent, for a second at most */
